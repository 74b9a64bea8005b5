package status

import "strings"

// overlap reports whether some subject matches both patterns. Either may be a literal subject, which matches itself.
func overlap(a, b string) bool {
	for {
		headA, restA, moreA := strings.Cut(a, ".")
		headB, restB, moreB := strings.Cut(b, ".")
		if headA == ">" || headB == ">" {
			return true
		}
		if headA != headB && headA != "*" && headB != "*" {
			return false
		}
		if !moreA || !moreB {
			return moreA == moreB
		}
		a, b = restA, restB
	}
}

// validPattern reports whether s has no empty token, and ">" only as its last.
func validPattern(s string) bool {
	for {
		head, rest, more := strings.Cut(s, ".")
		if head == "" || head == ">" && more {
			return false
		}
		if !more {
			return true
		}
		s = rest
	}
}

// literal reports whether a message could be published on s: a valid pattern without wildcards.
func literal(s string) bool {
	if !validPattern(s) {
		return false
	}
	for token := range strings.SplitSeq(s, ".") {
		if token == "*" || token == ">" {
			return false
		}
	}
	return true
}
