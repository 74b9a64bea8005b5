package subject

import "strings"

// Transform makes one subject of another: from the tokens that the wildcards of its source match, it builds
// what its destination says. It is immutable.
type Transform struct {
	source   string
	tokens   int    // of the source
	openRest bool   // source and destination end in ">"
	parts    []part // of the destination; nil when it is the same for every subject
	fixed    string // the destination, when parts is nil
}

// NewTransform returns the transform from src, a pattern, to dest, a subject whose tokens may be functions:
// $n or {{wildcard(n)}}, {{partition(buckets, n...)}}, {{partition(buckets)}}, {{random(n)}},
// {{split(n, delimiter)}}, {{splitFromLeft(n, at)}}, {{splitFromRight(n, at)}}, {{sliceFromLeft(n, bytes)}},
// {{sliceFromRight(n, bytes)}}, {{left(n, bytes)}}, {{right(n, bytes)}}, where n counts the "*" of src from 1.
// Either both end in ">" or neither does. A token that only resembles a function, like "$x" or "a{{b}}", is text.
func NewTransform(src, dest string) (*Transform, error) {
	return newTransform(src, dest, false)
}

// NewStrictTransform is NewTransform for imports, which must be able to tell subjects apart afterwards: the
// only function is wildcard, and it is used at least as often as src has "*".
func NewStrictTransform(src, dest string) (*Transform, error) {
	return newTransform(src, dest, true)
}

func newTransform(src, dest string, strict bool) (*Transform, error) {
	destTokens := strings.Split(dest, ".")
	if err := checkDestination(destTokens); err != nil {
		return nil, err
	}
	source := parseSource(src)
	if !Valid(src) || source.openRest != (destTokens[len(destTokens)-1] == ">") {
		return nil, ErrInvalidSubject
	}
	for _, token := range destTokens {
		if token == "*" {
			return nil, ErrInvalidSubject
		}
	}
	parts, err := parseParts(destTokens, source, strict)
	if err != nil {
		return nil, err
	}
	if strict && countWildcards(parts) < len(source.stars) {
		return nil, destinationError(ErrUnusedWildcards, dest)
	}
	t := &Transform{source: src, tokens: source.tokens, openRest: source.openRest}
	if isFixed(parts) {
		t.fixed = dest
	} else {
		t.parts = joinText(parts)
	}
	return t, nil
}

// Apply returns what becomes of subj. It reports false when the source does not match subj. Tokens are taken
// as they are: a subject in which a split leaves nothing of a token has an empty token, and matches nothing
// further. random returns a number from 0 to n-1; it is called for the random function only.
func (t *Transform) Apply(subj string, random func(n int) int) (string, bool) {
	if !covers(t.source, subj, false) {
		return "", false
	}
	return t.apply(subj, random), true
}

// apply is Apply for a subject that the source is known to match.
func (t *Transform) apply(subj string, random func(n int) int) string {
	if t.parts == nil {
		return t.fixed
	}
	var tokenSpace [16]string
	var destSpace [256]byte
	in := input{subj: subj, random: random}
	in.tokens, in.rest = t.tokenize(subj, tokenSpace[:0])
	dest := destSpace[:0]
	for i := range t.parts {
		if i > 0 {
			dest = append(dest, separator)
		}
		dest = t.parts[i].append(dest, &in)
	}
	return string(dest)
}

// tokenize appends to tokens as many tokens of subj as the source has, and returns with them all that the
// source's ">" stands for.
func (t *Transform) tokenize(subj string, tokens []string) (_ []string, remainder string) {
	start := 0
	for range t.tokens {
		end := tokenEnd(subj, start)
		tokens = append(tokens, subj[start:end])
		if t.openRest && len(tokens) == t.tokens {
			remainder = subj[start:]
		}
		start = min(end+1, len(subj))
	}
	return tokens, remainder
}

// sourceShape is what the parts of a destination must know of the source.
type sourceShape struct {
	tokens   int
	stars    []int // the token positions of "*", from 0
	openRest bool
}

func parseSource(src string) sourceShape {
	var shape sourceShape
	for token := range strings.SplitSeq(src, ".") {
		if token == "*" {
			shape.stars = append(shape.stars, shape.tokens)
		}
		shape.openRest = token == ">"
		shape.tokens++
	}
	return shape
}

// hasWildcards reports whether the source matches more than one subject.
func (s *sourceShape) hasWildcards() bool { return len(s.stars) > 0 || s.openRest }
