package subject

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// Source is the pattern that a subject must match.
func (t *Transform) Source() string { return t.source }

// Apply transforms subj and reports false if it does not match the source. pick draws a number from 0 to n-1 for
// {{random(n)}}.
func (t *Transform) Apply(subj string, pick func(n int) int) (string, bool) {
	if !Match(t.source, subj) {
		return "", false
	}
	tokens := strings.Split(subj, ".")
	used := Tokens(t.source) - 1 // of the subject's tokens, those before what ">" matched
	var b strings.Builder
	b.Grow(len(subj) + 16)
	for i := range t.dest {
		if i > 0 {
			b.WriteByte('.')
		}
		p := &t.dest[i]
		switch p.kind {
		case literal:
			b.WriteString(p.text)
		case rest:
			b.WriteString(strings.Join(tokens[used:], "."))
		case partition:
			b.WriteString(strconv.Itoa(p.bucket(subj, tokens)))
		case random:
			n := 0
			if p.number > 1 {
				n = pick(p.number)
			}
			b.WriteString(strconv.Itoa(n))
		default:
			p.cut(&b, tokens[p.indexes[0]])
		}
	}
	return b.String(), true
}

// bucket hashes (FNV-1a) the chosen tokens one after the other, or the whole subject if none is chosen.
func (p *part) bucket(subj string, tokens []string) int {
	if p.number <= 0 {
		return 0
	}
	h := fnv.New32a()
	if len(p.indexes) == 0 {
		_, _ = h.Write([]byte(subj)) // never fails
	}
	for _, i := range p.indexes {
		_, _ = h.Write([]byte(tokens[i]))
	}
	return int(h.Sum32() % uint32(p.number))
}

// cut writes a token, or its pieces as tokens of their own.
func (p *part) cut(b *strings.Builder, token string) {
	n := p.number
	switch p.kind {
	case split:
		writeAll(b, strings.FieldsFunc(strings.ReplaceAll(token, p.text, "."), func(r rune) bool { return r == '.' }))
		return
	case splitFromLeft:
		writePair(b, token, n)
		return
	case splitFromRight:
		writePair(b, token, len(token)-n)
		return
	case sliceFromLeft:
		writeSlices(b, token, n, n)
		return
	case sliceFromRight:
		if n > 0 {
			writeSlices(b, token, len(token)%n, n)
			return
		}
	case left:
		if n > 0 && n < len(token) {
			token = token[:n]
		}
	case right:
		if n > 0 && n < len(token) {
			token = token[len(token)-n:]
		}
	}
	b.WriteString(token)
}

func writeAll(b *strings.Builder, pieces []string) {
	for i, piece := range pieces {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(piece)
	}
}

// writePair splits token at a place inside it.
func writePair(b *strings.Builder, token string, at int) {
	if at <= 0 || at >= len(token) {
		b.WriteString(token)
		return
	}
	b.WriteString(token[:at])
	b.WriteByte('.')
	b.WriteString(token[at:])
}

// writeSlices cuts token into a first piece and pieces of n bytes.
func writeSlices(b *strings.Builder, token string, first, n int) {
	if n <= 0 || n >= len(token) {
		b.WriteString(token)
		return
	}
	if first > 0 {
		b.WriteString(token[:first])
		token = token[first:]
		if token != "" {
			b.WriteByte('.')
		}
	}
	for len(token) > n {
		b.WriteString(token[:n])
		b.WriteByte('.')
		token = token[n:]
	}
	b.WriteString(token)
}
