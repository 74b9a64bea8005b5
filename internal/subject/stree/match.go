package stree

import (
	"bytes"
	"iter"
)

// Matches yields the subjects under a cursor that match a valid pattern, in order. Each is valid until the next.
//
// It does not look at what cannot match: where a token differs it goes on at the first subject that could have the right
// one, or behind all that share the tokens before.
func Matches(c Cursor, pattern []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		w := walk{cursor: c, pattern: pattern}
		for ok := c.Seek(w.start()); ok; {
			switch w.compare() {
			case match:
				if !yield(c.Subject()) {
					return
				}
				ok = c.Next()
			case step1:
				ok = c.Next()
			case jump:
				ok = c.Seek(w.target)
			case over:
				return
			}
		}
	}
}

// verdict is what compare found.
type verdict int

const (
	match verdict = iota
	step1         // no match, and nothing is known of the next subject
	jump          // no match before the target
	over          // no match any more
)

// walk is a pattern on its way through a cursor's subjects.
type walk struct {
	cursor  Cursor
	pattern []byte
	target  []byte
}

// start is what every match begins with: the tokens before the first wildcard.
func (w *walk) start() []byte {
	rest := w.pattern
	for len(rest) > 0 {
		token, after, _ := bytes.Cut(rest, dot)
		if wild(token) {
			return w.pattern[:len(w.pattern)-len(rest)]
		}
		rest = after
	}
	return w.pattern
}

var dot = []byte{'.'}

func wild(token []byte) bool { return len(token) == 1 && (token[0] == '*' || token[0] == '>') }

// compare says what to do with the subject under the cursor.
func (w *walk) compare() verdict {
	subject, pattern := w.cursor.Subject(), w.pattern
	at := 0 // bytes of subject whose tokens match
	for {
		if at > len(subject) {
			return step1 // the subject has fewer tokens than the pattern
		}
		token, rest, more := bytes.Cut(pattern, dot)
		if len(token) == 1 && token[0] == '>' {
			return match
		}
		length := bytes.IndexByte(subject[at:], '.')
		last := length < 0
		if last {
			length = len(subject) - at
		}
		if !wild(token) && !bytes.Equal(token, subject[at:at+length]) {
			return w.differs(subject[:at], token, more)
		}
		at += length + 1
		switch {
		case more:
			pattern = rest
		case last:
			return match
		default:
			return w.behind(subject[:at]) // the subject, and all that begin like it, have more tokens than the pattern
		}
	}
}

// differs handles a subject that begins with base, as matches do, and goes on with another token.
func (w *walk) differs(base, token []byte, more bool) verdict {
	subject := w.cursor.Subject()
	w.target = append(append(w.target[:0], base...), token...)
	if more {
		w.target = append(w.target, '.')
	}
	if bytes.Compare(subject, w.target) < 0 {
		return jump
	}
	return w.behind(base)
}

// behind goes behind all subjects that begin with base, which is empty or ends with a dot.
func (w *walk) behind(base []byte) verdict {
	if len(base) == 0 {
		return over
	}
	w.target = append(w.target[:0], base...)
	w.target[len(base)-1]++ // what follows the dot in the order of bytes
	return jump
}
