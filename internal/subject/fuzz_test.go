package subject_test

import (
	"strings"
	"testing"

	"sinew.dev/sinew/internal/subject"
)

// naiveValid is Valid by the definition, token by token.
func naiveValid(subj string) bool {
	tokens := strings.Split(subj, ".")
	for i, token := range tokens {
		if token == "" || token == ">" && i+1 < len(tokens) {
			return false
		}
	}
	return true
}

// naiveMatch is Match by the definition, for a valid pattern.
func naiveMatch(pattern, literal string) bool {
	p, l := strings.Split(pattern, "."), strings.Split(literal, ".")
	for i, token := range p {
		if token == ">" {
			return literal != "" && i < len(l)
		}
		if i >= len(l) || token != l[i] && (token != "*" || l[i] == "") {
			return false
		}
	}
	return len(p) == len(l)
}

func FuzzMatch(f *testing.F) {
	for _, p := range []string{"a", "a.*", "*.b", "a.>", ">", "a.*.c", "*", "a*.>b", "*.>"} {
		for _, l := range []string{"a", "a.b", "a.b.c", "a.", "", "a..c", "a.*", "a.>", "a.>.c", ".b"} {
			f.Add(p, l)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, literal string) {
		valid := subject.Valid(pattern)
		if want := naiveValid(pattern); valid != want {
			t.Errorf("Valid(%q) = %v", pattern, valid)
		}
		got, subset := subject.Match(pattern, literal), subject.IsSubset(literal, pattern)
		overlap := subject.Overlap(pattern, literal)
		if got != subject.Match(pattern, []byte(literal)) {
			t.Errorf("Match(%q, %q) differs for bytes", pattern, literal)
		}
		if !valid {
			return // no more than that it does not panic
		}
		if want := naiveMatch(pattern, literal); got != want {
			t.Errorf("Match(%q, %q) = %v", pattern, literal, got)
		}
		if subject.ValidLiteral(literal) && (subset != got || overlap != got) {
			t.Errorf("%q and literal %q: Match %v, IsSubset %v, Overlap %v", pattern, literal, got, subset, overlap)
		}
		if subset && !overlap && subject.Valid(literal) {
			t.Errorf("%q is a subset of %q without overlap", literal, pattern)
		}
	})
}

func FuzzTransform(f *testing.F) {
	for _, dest := range []string{
		"o.$1", "$0.{{wildcard(1)}}.>", "{{partition(-5,1,2)}}", "{{partition(3)}}", "{{random(7)}}", "{{split(1,-)}}",
		"{{split(1,)}}.x", "{{splitFromLeft(1,2)}}", "{{splitFromRight(1,2)}}", "{{sliceFromLeft(1,3)}}.a",
		"{{sliceFromRight(1,-3)}}", "{{left(1,2)}}.{{right(2,1)}}", "a..b", "{{{left(1,2)}}}", "",
		"{{left(1,-9223372036854775808)}}", "{{partition(-9223372036854775808,1)}}",
	} {
		f.Add("w.*.*", dest, "w.abc-def.é")
		f.Add("*.>", dest+".>", "a--b.c.d")
		f.Add("w", dest, "w")
	}
	f.Fuzz(func(t *testing.T, src, dest, subj string) {
		_, _ = subject.NewStrictTransform(src, dest) // must not panic
		tr, err := subject.NewTransform(src, dest)
		if err != nil {
			return
		}
		got, ok := tr.Apply(subj, func(n int) int { return n - 1 })
		if ok != subject.IsSubset(subj, src) {
			t.Fatalf("%q to %q: Apply(%q) gives %v", src, dest, subj, ok)
		}
		if !ok || !subject.ValidLiteral(subj) {
			return
		}
		// Only functions that cut tokens make tokens that were not there: wildcards, and by split empty ones.
		if !subject.ValidLiteral(got) && !cutsTokens(dest) {
			t.Errorf("%q to %q: %q becomes %q", src, dest, subj, got)
		}
	})
}

func cutsTokens(dest string) bool {
	dest = strings.ToLower(dest)
	return strings.Contains(dest, "split") || strings.Contains(dest, "left") || strings.Contains(dest, "right")
}

func FuzzMappings(f *testing.F) {
	f.Add("a.*", "b.$1", 20, "a.b", "c", 50, "a.x", 3)
	f.Add("a.>", "a.>", 20, "a.b", "c", 50, "a.b", 60)
	f.Fuzz(func(t *testing.T, src1, dest1 string, weight1 int, src2, dest2 string, weight2 int, subj string, drawn int) {
		m, err := subject.NewMappings([]subject.Mapping{
			{Source: src1, Destinations: []subject.Destination{{Subject: dest1, Weight: weight1}}},
			{Source: src2, Destinations: []subject.Destination{{Subject: dest2, Weight: weight2}}},
		})
		if err != nil {
			return
		}
		matches := m.Matches([]byte(subj))
		if want := subject.IsSubset(subj, src1) || subject.IsSubset(subj, src2); matches != want {
			t.Errorf("sources %q, %q: Matches(%q) = %v", src1, src2, subj, matches)
		}
		got, ok := m.Map(subj, func(n int) int { return int(uint(drawn) % uint(n)) })
		if !matches && (!ok || got != subj) {
			t.Errorf("sources %q, %q: %q becomes %q, %v", src1, src2, subj, got, ok)
		}
	})
}
