package subject

// Match reports whether pattern matches literal. Every token of literal is taken by its letters, so the
// pattern "a.*" matches a message published to "a.*" or "a.>". No wildcard takes an empty token, except
// that ">" takes the rest of a literal unseen. Match does not allocate.
func Match[S string | []byte](pattern string, literal S) bool {
	return covers(pattern, literal, true)
}

// IsSubset reports whether every subject that subj matches is matched by pattern too. It does not allocate.
func IsSubset(subj, pattern string) bool {
	return covers(pattern, subj, false)
}

// covers is Match, or, unless asLiteral, IsSubset: then "*" does not cover a token ">" (which stands for more
// than one token).
func covers[S string | []byte](pattern string, subj S, asLiteral bool) bool {
	s := 0
	for p := range len(pattern) {
		c := pattern[p]
		if c != one && c != rest || !isWildcard(pattern, p) {
			if s == len(subj) || subj[s] != c {
				return false
			}
			s++
			continue
		}
		// Here s is the start of a token: pattern's dot before p was found in subj.
		if c == rest {
			return p+1 == len(pattern) && len(subj) > 0
		}
		end := tokenEnd(subj, s)
		if end == s || !asLiteral && subj[s] == rest && end == s+1 {
			return false
		}
		s = end
	}
	return s == len(subj)
}

// Overlap reports whether some subject is matched by both a and b, which must be valid. It does not allocate.
func Overlap(a, b string) bool {
	for {
		endA, endB := tokenEnd(a, 0), tokenEnd(b, 0)
		tokenA, tokenB := a[:endA], b[:endB]
		if tokenA == ">" || tokenB == ">" {
			return true
		}
		if tokenA != tokenB && tokenA != "*" && tokenB != "*" {
			return false
		}
		if endA == len(a) || endB == len(b) {
			return endA == len(a) && endB == len(b)
		}
		a, b = a[endA+1:], b[endB+1:]
	}
}

// tokenEnd returns where the token that starts at from ends: at a dot or at the end of subj.
func tokenEnd[S string | []byte](subj S, from int) int {
	for from < len(subj) && subj[from] != separator {
		from++
	}
	return from
}
