package subject

import "strings"

const (
	separator = '.'
	one       = '*' // the wildcard for one token
	rest      = '>' // the wildcard for one or more tokens, last only
)

// Valid reports whether subj may be subscribed to: it is not empty, no token is empty, and a token ">" is the
// last. White space is not looked at, because the wire protocol splits there before a subject exists.
func Valid(subj string) bool {
	valid, _ := classify(subj)
	return valid
}

// ValidLiteral reports whether subj is valid and has no wildcard token. It does not allocate.
func ValidLiteral[S string | []byte](subj S) bool {
	valid, literal := classify(subj)
	return valid && literal
}

// ValidConfig reports whether subj may stand in a configuration file: valid, and without the characters at
// which a client's line would be split: space, tab, carriage return, line feed, form feed.
func ValidConfig(subj string) bool {
	return Valid(subj) && !strings.ContainsAny(subj, whitespace)
}

const whitespace = " \t\r\n\f"

// IsLiteral reports whether subj has no wildcard token; it need not be valid otherwise.
func IsLiteral[S string | []byte](subj S) bool {
	for i := range len(subj) {
		if isWildcard(subj, i) {
			return false
		}
	}
	return true
}

// Tokens counts the tokens of subj, empty ones included. The empty subject has none.
func Tokens(subj string) int {
	if subj == "" {
		return 0
	}
	return strings.Count(subj, ".") + 1
}

// classify reports in one pass whether subj is valid and, if it is, whether it is a literal.
func classify[S string | []byte](subj S) (valid, literal bool) {
	literal = true
	start := 0
	for i := range len(subj) {
		switch subj[i] {
		case separator:
			if i == start {
				return false, false
			}
			start = i + 1
		case one, rest:
			if !isWildcard(subj, i) {
				continue
			}
			if subj[i] == rest && i+1 < len(subj) {
				return false, false
			}
			literal = false
		}
	}
	return start < len(subj), literal
}

// isWildcard reports whether the byte at i is a whole token, and a wildcard.
func isWildcard[S string | []byte](subj S, i int) bool {
	return (subj[i] == one || subj[i] == rest) &&
		(i == 0 || subj[i-1] == separator) &&
		(i+1 == len(subj) || subj[i+1] == separator)
}
