package subject_test

import (
	"testing"

	"sinew.dev/sinew/internal/subject"
)

func TestValidity(t *testing.T) {
	for _, tc := range []struct {
		subj                           string
		valid, validLiteral, isLiteral bool
		tokens                         int
	}{
		{"", false, false, true, 0},
		{"a", true, true, true, 1},
		{"a.b.c", true, true, true, 3},
		{"é.ü", true, true, true, 2},
		{"$SYS.x", true, true, true, 2},
		{"a b", true, true, true, 1},
		{".", false, false, true, 2},
		{".a", false, false, true, 2},
		{"a.", false, false, true, 2},
		{"a..b", false, false, true, 3},
		{"*", true, false, false, 1},
		{">", true, false, false, 1},
		{"a.*", true, false, false, 2},
		{"a.*.b", true, false, false, 3},
		{"*.*.>", true, false, false, 3},
		{"a.>", true, false, false, 2},
		{"a.>.b", false, false, false, 3},
		{">.a", false, false, false, 2},
		{"a.>.", false, false, false, 3},
		{"a.*.", false, false, false, 3},
		{"a*b", true, true, true, 1},
		{"a.b>", true, true, true, 2},
		{">a", true, true, true, 1},
		{"a>.b", true, true, true, 2},
		{"**", true, true, true, 1},
		{">>.a", true, true, true, 2},
	} {
		if got := subject.Valid(tc.subj); got != tc.valid {
			t.Errorf("Valid(%q) = %v", tc.subj, got)
		}
		if got := subject.ValidLiteral(tc.subj); got != tc.validLiteral {
			t.Errorf("ValidLiteral(%q) = %v", tc.subj, got)
		}
		if got := subject.ValidLiteral([]byte(tc.subj)); got != tc.validLiteral {
			t.Errorf("ValidLiteral([]byte(%q)) = %v", tc.subj, got)
		}
		if got := subject.IsLiteral(tc.subj); got != tc.isLiteral {
			t.Errorf("IsLiteral(%q) = %v", tc.subj, got)
		}
		if got := subject.Tokens(tc.subj); got != tc.tokens {
			t.Errorf("Tokens(%q) = %d", tc.subj, got)
		}
	}
}

func TestConfiguredSubjectsHaveNoWhiteSpace(t *testing.T) {
	for subj, want := range map[string]bool{
		"a.b": true, "a.*.>": true, "é": true, "a\vb": true,
		"a b": false, "a.\tb": false, "a\r": false, "\na": false, "a.b\f": false, "": false, "a..b": false,
	} {
		if got := subject.ValidConfig(subj); got != want {
			t.Errorf("ValidConfig(%q) = %v", subj, got)
		}
	}
}
