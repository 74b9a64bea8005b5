package subject

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestWhatIsValid(t *testing.T) {
	for _, test := range []struct {
		subj           string
		valid, literal bool
	}{
		{"a", true, true}, {"a.b.c", true, true}, {"a*", true, true}, {"a>.b", true, true}, {">a", true, true}, {"é.ü", true, true},
		{"*", true, false}, {">", true, false}, {"a.*.b", true, false}, {"a.>", true, false}, {"*.*.>", true, false},
		{"", false, false}, {".", false, false}, {"a.", false, false}, {".a", false, false}, {"a..b", false, false},
		{">.a", false, false}, {"a.>.b", false, false},
	} {
		if got := Valid(test.subj); got != test.valid {
			t.Errorf("Valid(%q) = %v", test.subj, got)
		}
		if got := ValidLiteral(test.subj); got != test.literal {
			t.Errorf("ValidLiteral(%q) = %v", test.subj, got)
		}
		if test.valid && IsLiteral([]byte(test.subj)) != test.literal {
			t.Errorf("IsLiteral(%q) = %v", test.subj, !test.literal)
		}
	}
	for _, subj := range []string{"a b", "a\tb", "a\n", "\r", "a.\f"} {
		if ValidConfig(subj) {
			t.Errorf("ValidConfig(%q)", subj)
		}
	}
	if Tokens("a.b.c") != 3 || Tokens("a") != 1 {
		t.Error("Tokens counts wrongly")
	}
}

// naiveMatch compares token lists.
func naiveMatch(pattern, subj []string) bool {
	for i, p := range pattern {
		if p == ">" && i == len(pattern)-1 {
			return len(subj) > i
		}
		if i >= len(subj) || (p != "*" && p != subj[i]) {
			return false
		}
	}
	return len(pattern) == len(subj)
}

func randomTokens(random *rand.Rand, words []string) []string {
	tokens := make([]string, 1+random.IntN(4))
	for i := range tokens {
		tokens[i] = words[random.IntN(len(words))]
	}
	return tokens
}

// universe is every subject of up to five tokens of a small alphabet: enough to tell patterns of four tokens apart.
func universe() (all [][]string) {
	level := [][]string{nil}
	for range 5 {
		var next [][]string
		for _, prefix := range level {
			for _, word := range []string{"a", "b", "c"} {
				next = append(next, append(append([]string(nil), prefix...), word))
			}
		}
		all = append(all, next...)
		level = next
	}
	return all
}

func TestMatchSubsetAndOverlapAgreeWithTheirMeaning(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	subjects := universe()
	for range 1500 {
		one, two := randomTokens(random, []string{"a", "b", "*", ">"}), randomTokens(random, []string{"a", "b", "*", ">"})
		p, q := strings.Join(one, "."), strings.Join(two, ".")
		if !Valid(p) || !Valid(q) {
			continue
		}
		subset, overlap := true, false
		for _, s := range subjects {
			inP, inQ := naiveMatch(one, s), naiveMatch(two, s)
			if Match(p, strings.Join(s, ".")) != inP {
				t.Fatalf("seed %d: Match(%q, %q) is not %v", seed, p, s, inP)
			}
			subset = subset && (!inP || inQ)
			overlap = overlap || (inP && inQ)
		}
		if IsSubset(p, q) != subset {
			t.Fatalf("seed %d: IsSubset(%q, %q) is not %v", seed, p, q, subset)
		}
		if Overlap(p, q) != overlap {
			t.Fatalf("seed %d: Overlap(%q, %q) is not %v", seed, p, q, overlap)
		}
	}
}

func TestSubjectsWithEmptyTokensMatchNothing(t *testing.T) {
	for _, subj := range []string{"", ".", "a.", "a..b", ".a"} {
		for _, pattern := range []string{">", "*", "a.>", "a.*.b", "*.a", "a.*"} {
			if Match(pattern, subj) {
				t.Errorf("%q matches %q", pattern, subj)
			}
		}
	}
}

func TestMatchingDoesNotAllocate(t *testing.T) {
	subj := []byte("a.b.c")
	m, err := NewMappings([]Mapping{{"x.y", []Destination{{"z", 100, ""}}}, {"a.*.d", []Destination{{"z", 100, ""}}}}, "")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		Match("a.*.>", subj)
		ValidLiteral(subj)
		IsLiteral(subj)
		m.Matches(subj)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a.*.b", "a.x.b")
	f.Add(">", "a..")
	f.Add("*.>", "x")
	f.Fuzz(func(t *testing.T, pattern, subj string) {
		valid := Valid(pattern)
		got := valid && Match(pattern, subj)
		if Valid(subj) && valid {
			if want := naiveMatch(strings.Split(pattern, "."), strings.Split(subj, ".")); got != want {
				t.Errorf("Match(%q, %q) = %v", pattern, subj, got)
			}
			if IsSubset(subj, pattern) && !Overlap(subj, pattern) {
				t.Errorf("%q is a subset of %q and does not overlap", subj, pattern)
			}
		} else if got {
			t.Errorf("Match(%q, %q) of an invalid subject", pattern, subj)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	subj := []byte("orders.eu.1234.created")
	for b.Loop() {
		Match("orders.*.*.created", subj)
	}
}
