package subject

import "strings"

// Valid reports whether a client may subscribe to subj: it is not empty, has no empty token, and ">" comes last if at
// all. White space is not looked for: the wire protocol cannot carry it.
func Valid(subj string) bool {
	for rest, more := subj, true; more; {
		var token string
		token, rest, more = strings.Cut(rest, ".")
		if token == "" || (token == ">" && more) {
			return false
		}
	}
	return true
}

// ValidConfig reports whether subj may stand in a configuration: it is valid and has no white space.
func ValidConfig(subj string) bool {
	return Valid(subj) && !strings.ContainsAny(subj, " \t\n\r\f")
}

// ValidLiteral reports whether subj is valid and has no wildcard token.
func ValidLiteral[S string | []byte](subj S) bool {
	if len(subj) == 0 {
		return false
	}
	start := 0
	for i := 0; i <= len(subj); i++ {
		if i < len(subj) && subj[i] != '.' {
			continue
		}
		if i == start || (i == start+1 && isWildcard(subj[start])) {
			return false
		}
		start = i + 1
	}
	return true
}

// IsLiteral reports whether subj has no wildcard token.
func IsLiteral[S string | []byte](subj S) bool {
	for i := 0; i < len(subj); i++ {
		if isWildcard(subj[i]) && (i == 0 || subj[i-1] == '.') && (i+1 == len(subj) || subj[i+1] == '.') {
			return false
		}
	}
	return true
}

func isWildcard(c byte) bool { return c == '*' || c == '>' }

// Tokens is how many tokens subj has.
func Tokens(subj string) int { return strings.Count(subj, ".") + 1 }

// Match reports whether a valid pattern matches subj, whose tokens are compared as they are. A subj with an empty token
// matches nothing.
func Match[S string | []byte](pattern string, subj S) bool {
	p, s := 0, 0
	for {
		tail, star, end := patternToken(pattern, p)
		if tail {
			return wellFormed(subj, s)
		}
		sEnd := tokenEnd(subj, s)
		if sEnd == s || (!star && string(subj[s:sEnd]) != pattern[p:end]) {
			return false
		}
		if end == len(pattern) || sEnd == len(subj) {
			return end == len(pattern) && sEnd == len(subj)
		}
		p, s = end+1, sEnd+1
	}
}

// patternToken looks at the token of pattern that begins at p: whether it is ">" at the end, or "*", and where it ends.
func patternToken(pattern string, p int) (tail, star bool, end int) {
	end = tokenEnd(pattern, p)
	if end == p+1 {
		tail = pattern[p] == '>' && end == len(pattern)
		star = pattern[p] == '*'
	}
	return tail, star, end
}

func tokenEnd[S string | []byte](s S, i int) int {
	for i < len(s) && s[i] != '.' {
		i++
	}
	return i
}

// wellFormed reports whether there are tokens from i on and none is empty.
func wellFormed[S string | []byte](s S, i int) bool {
	for {
		end := tokenEnd(s, i)
		if end == i {
			return false
		}
		if end == len(s) {
			return true
		}
		i = end + 1
	}
}

// IsSubset reports whether pattern matches every subject that subj, a pattern too, matches.
func IsSubset(subj, pattern string) bool {
	s, p := 0, 0
	for {
		tail, star, pEnd := patternToken(pattern, p)
		if tail {
			return true
		}
		sTail, sStar, sEnd := patternToken(subj, s)
		if sTail || (!star && (sStar || subj[s:sEnd] != pattern[p:pEnd])) {
			return false
		}
		if pEnd == len(pattern) || sEnd == len(subj) {
			return pEnd == len(pattern) && sEnd == len(subj)
		}
		s, p = sEnd+1, pEnd+1
	}
}

// Overlap reports whether some subject is matched by both patterns.
func Overlap(a, b string) bool {
	i, j := 0, 0
	for {
		aTail, aStar, aEnd := patternToken(a, i)
		bTail, bStar, bEnd := patternToken(b, j)
		if aTail || bTail {
			return true
		}
		if !aStar && !bStar && a[i:aEnd] != b[j:bEnd] {
			return false
		}
		if aEnd == len(a) || bEnd == len(b) {
			return aEnd == len(a) && bEnd == len(b)
		}
		i, j = aEnd+1, bEnd+1
	}
}
