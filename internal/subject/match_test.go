package subject_test

import (
	"testing"

	"sinew.dev/sinew/internal/subject"
)

func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		pattern, literal string
		want             bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a", "ab", false},
		{"ab", "a", false},
		{"a.b", "a", false},
		{"a", "a.b", false},
		{"*", "a", true},
		{"*", "a.b", false},
		{"*.b", "a.b", true},
		{"a.*", "a.b", true},
		{"a.*", "a", false},
		{"a.*", "a.", false},
		{"a.*.c", "a.bbb.c", true},
		{"a.*.c", "a..c", false},
		{"a.*.c", "a.b.d", false},
		{"a.*.c", "a.b.c.d", false},
		{">", "a", true},
		{">", "a.b.c", true},
		{">", "", false},
		{"a.>", "a", false},
		{"a.>", "a.b", true},
		{"a.>", "a.b.c", true},
		{"a.>", "ab.c", false},
		{"*.>", "a.b.c", true},
		{"*.>", "a", false},
		{"a.*", "a.*", true},
		{"a.*", "a.>", true},
		{"a.*", "a.**", true},
		{"a.b", "a.*", false},
		{"a*", "ab", false},
		{"a*", "a*", true},
		{"a.>b", "a.>b", true},
		{"a.>b", "a.b", false},
		{"", "", true},
		{"", "a", false},
	} {
		if got := subject.Match(tc.pattern, tc.literal); got != tc.want {
			t.Errorf("Match(%q, %q) = %v", tc.pattern, tc.literal, got)
		}
		if got := subject.Match(tc.pattern, []byte(tc.literal)); got != tc.want {
			t.Errorf("Match(%q, []byte(%q)) = %v", tc.pattern, tc.literal, got)
		}
	}
}

func TestSubset(t *testing.T) {
	for _, tc := range []struct {
		subj, pattern string
		want          bool
	}{
		{"a.b", "a.b", true},
		{"a.b", "a.*", true},
		{"a.b", "a.>", true},
		{"a.b", ">", true},
		{"a.*", "a.*", true},
		{"a.*", "a.>", true},
		{"a.*", "a.b", false},
		{"a.>", "a.*", false},
		{"a.>", "a.>", true},
		{"a.*.>", "a.>", true},
		{"a.>", "a.*.>", false},
		{"*.b", "*.*", true},
		{"*.*", "*.b", false},
		{">", ">", true},
		{">", "*", false},
		{"*", ">", true},
		{"a", "a.>", false},
		{"a.**", "a.*", true},
		{"a.>>", "a.*", true},
		{"a.b.c", "a.*", false},
	} {
		if got := subject.IsSubset(tc.subj, tc.pattern); got != tc.want {
			t.Errorf("IsSubset(%q, %q) = %v", tc.subj, tc.pattern, got)
		}
	}
}

func TestOverlap(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"a", "a.b", false},
		{"a.*", "*.b", true},
		{"a.*", "b.*", false},
		{"a.*.c", "a.b.*", true},
		{"a.*.c", "a.b.d", false},
		{"a.>", "a.b.c", true},
		{"a.>", "a", false},
		{"a.>", "*", false},
		{"a.>", "*.*.c", true},
		{">", "a.b", true},
		{"a.b", "a.*.>", false},
		{"a.*", "a.*.*", false},
		{"a.b*", "a.bc", false},
	} {
		if got := subject.Overlap(tc.a, tc.b); got != tc.want {
			t.Errorf("Overlap(%q, %q) = %v", tc.a, tc.b, got)
		}
		if got := subject.Overlap(tc.b, tc.a); got != tc.want {
			t.Errorf("Overlap(%q, %q) = %v", tc.b, tc.a, got)
		}
	}
}

// TestSubsetAndOverlapAgreeWithMatch compares them with their definitions over every literal of up to three
// tokens from a small alphabet. A letter that no pattern names stands for all other tokens, and one token
// more than the longest pattern for all longer subjects.
func TestSubsetAndOverlapAgreeWithMatch(t *testing.T) {
	patterns := subjects([]string{"a", "b", "*", ">"}, 3)
	literals := subjects([]string{"a", "b", "x"}, 4)
	for _, p := range patterns {
		for _, q := range patterns {
			if !subject.Valid(p) || !subject.Valid(q) {
				continue
			}
			subset, overlap := true, false
			for _, l := range literals {
				inP, inQ := subject.Match(p, l), subject.Match(q, l)
				subset = subset && (!inP || inQ)
				overlap = overlap || inP && inQ
			}
			if got := subject.IsSubset(p, q); got != subset {
				t.Errorf("IsSubset(%q, %q) = %v", p, q, got)
			}
			if got := subject.Overlap(p, q); got != overlap {
				t.Errorf("Overlap(%q, %q) = %v", p, q, got)
			}
		}
	}
}

// subjects returns all subjects of 1 to most tokens.
func subjects(tokens []string, most int) []string {
	if most == 1 {
		return tokens
	}
	shorter := subjects(tokens, most-1)
	all := append([]string(nil), tokens...)
	for _, s := range shorter {
		for _, token := range tokens {
			all = append(all, token+"."+s)
		}
	}
	return all
}
