package lang

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"
)

func text(s string) Value { return Value{Kind: String, Text: s, size: len(s) + 2} }

// rawString reads a single-quoted string: no escapes, newlines allowed.
func (p *parser) rawString() (Value, error) {
	pos := p.position()
	p.step()
	start := p.at
	for p.peek() != '\'' {
		if p.done() {
			return Value{}, fault(pos, "Unexpected EOF.")
		}
		p.step()
	}
	v := text(p.text[start:p.at])
	p.step()
	return v, nil
}

// quotedString reads a double-quoted string with escapes.
func (p *parser) quotedString() (Value, error) {
	pos := p.position()
	p.step()
	var b strings.Builder
	for {
		switch c := p.peek(); {
		case p.done():
			return Value{}, fault(pos, "Unexpected EOF.")
		case c == '"':
			p.step()
			return text(b.String()), nil
		case c == '\\':
			if err := p.escape(&b); err != nil {
				return Value{}, err
			}
		default:
			b.WriteByte(c)
			p.step()
		}
	}
}

// unescaped replaces the escape sequences of the word just read: unquoted strings know them, too.
func (p *parser) unescaped(word string) (string, error) {
	p.at -= len(word) // a word lies on one line
	end := p.at + len(word)
	var b strings.Builder
	for p.at < end {
		if p.peek() != '\\' {
			b.WriteByte(p.peek())
			p.step()
			continue
		}
		if err := p.escape(&b); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// escape reads one escape sequence whose backslash is next.
func (p *parser) escape(b *strings.Builder) error {
	p.step()
	switch c := p.peek(); c {
	case 't':
		b.WriteByte('\t')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case '"', '\\':
		b.WriteByte(c)
	case 'x':
		p.step()
		digits := p.text[p.at:min(p.at+2, len(p.text))]
		raw, err := hex.DecodeString(digits)
		if err != nil || len(raw) != 1 {
			return fault(p.position(), `Expected two hexadecimal digits after '\x', but got '%s'`, digits)
		}
		b.WriteByte(raw[0])
		p.step()
	default:
		return fault(p.position(), `Invalid escape character '%s'. Only the following escape characters are allowed: \xXX, \t, \n, \r, \", \\.`, p.char())
	}
	p.step()
	return nil
}

// block reads a block string: everything up to a line that is a closing parenthesis and nothing else.
func (p *parser) block() (Value, error) {
	p.step()
	start := p.at
	for !p.done() {
		atLineStart := p.at > start && p.text[p.at-1] == '\n'
		if atLineStart && p.peek() == ')' && p.endsLine(p.at+1) {
			v := text(p.text[start:p.at])
			p.step()
			return v, nil
		}
		p.step()
	}
	return Value{}, fault(p.position(), "Unexpected EOF processing block.")
}

func (p *parser) endsLine(at int) bool {
	rest := p.text[at:]
	return rest == "" || rest[0] == '\n' || strings.HasPrefix(rest, "\r\n")
}

// booleans are the words for true and false, in any case.
var booleans = map[string]bool{
	"true": true, "yes": true, "on": true,
	"false": false, "no": false, "off": false,
}

// scalar gives an unquoted word its type. What is not quite a number is a string, so that addresses and
// names that begin with a digit need no quotes. Faults do not repeat the word: it may be a password.
func scalar(pos Position, word string) (Value, error) {
	if len(word) <= len("false") {
		if truth, ok := booleans[strings.ToLower(word)]; ok {
			return Value{Kind: Bool, Truth: truth, size: 5}, nil
		}
	}
	if word == "" {
		return text(""), nil
	}
	switch c := word[0]; {
	case c == '-' && (len(word) == 1 || !isDigit(word[1])):
		return Value{}, fault(pos, "Expected a digit after '-'.")
	case c == '.' && len(word) > 1 && isDigit(word[1]):
		return Value{}, fault(pos, "Floats must start with a digit")
	case c == '-' || isDigit(c):
		return number(pos, word)
	}
	return text(word), nil
}

// number types a word that begins like a number.
func number(pos Position, word string) (Value, error) {
	digits := digitsFrom(word, 1)
	rest := word[digits:]
	if rest == "" {
		return integer(pos, word, 1)
	}
	if scale, ok := suffixes[strings.ToLower(rest)]; ok {
		return integer(pos, word[:digits], scale)
	}
	switch rest[0] {
	case '.':
		return float(pos, word, digits)
	case '-':
		return date(pos, word)
	}
	return text(word), nil
}

// suffixes scale an integer: one letter by thousands, with a "b" or an "i" by 1024.
var suffixes = makeSuffixes()

func makeSuffixes() map[string]int64 {
	table := make(map[string]int64)
	decimal, binary := int64(1), int64(1)
	for _, letter := range []string{"k", "m", "g", "t", "p", "e"} {
		decimal *= 1000
		binary *= 1024
		table[letter] = decimal
		for _, more := range []string{"b", "i", "ib"} {
			table[letter+more] = binary
		}
	}
	return table
}

func integer(pos Position, digits string, scale int64) (Value, error) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/scale || n < math.MinInt64/scale {
		return Value{}, fault(pos, "integer is out of the range")
	}
	return Value{Kind: Int, Number: n * scale, size: 20}, nil
}

// float types a word with a dot after its first digits. Addresses come here too.
func float(pos Position, word string, dot int) (Value, error) {
	end := digitsFrom(word, dot+1)
	if end == dot+1 {
		return Value{}, fault(pos, "Floats must have a digit after the '.'")
	}
	if end != len(word) {
		return text(word), nil
	}
	f, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return Value{}, fault(pos, "float is out of the range")
	}
	return Value{Kind: Float, Real: f, size: 24}, nil
}

// date types a word with a dash after its first digits.
func date(pos Position, word string) (Value, error) {
	const form = "2006-01-02T15:04:05Z"
	t, err := time.Parse(form, word)
	if err != nil || len(word) != len(form) {
		return Value{}, fault(pos, "All ISO8601 dates must be in full Zulu form.")
	}
	return Value{Kind: Date, Date: t, size: len(form) + 2}, nil
}

// digitsFrom is the offset after the digits at from.
func digitsFrom(word string, from int) int {
	for from < len(word) && isDigit(word[from]) {
		from++
	}
	return from
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
