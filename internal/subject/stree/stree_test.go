package stree

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/subject"
)

// tokens are short, so that subjects meet, and hold bytes on both sides of the dot.
var tokens = []string{"a", "b", "ab", "a-b", "a!", "a/b", "z", "é", "\x01", "long-token-with-a-common-start-1", "long-token-with-a-common-start-2"}

func randomSubject(random *rand.Rand) string {
	parts := make([]string, 1+random.IntN(4))
	for i := range parts {
		parts[i] = tokens[random.IntN(len(tokens))]
		if random.IntN(3) == 0 {
			parts[i] = fmt.Sprint(random.IntN(300))
		}
	}
	return strings.Join(parts, ".")
}

func randomPattern(random *rand.Rand) string {
	parts := strings.Split(randomSubject(random), ".")
	for i := range parts {
		if random.IntN(2) == 0 {
			parts[i] = "*"
		}
	}
	if random.IntN(3) == 0 {
		parts[len(parts)-1] = ">"
	}
	return strings.Join(parts, ".")
}

// check compares a tree with the map that it should equal.
func check(t *testing.T, tree *Tree[int], want map[string]int, random *rand.Rand) {
	t.Helper()
	if tree.Len() != len(want) {
		t.Fatalf("%d subjects, want %d", tree.Len(), len(want))
	}
	names := slices.Sorted(maps.Keys(want))
	i := 0
	for s, v := range tree.All() {
		if i >= len(names) || string(s) != names[i] || *v != want[names[i]] {
			t.Fatalf("subject %d is %q with %d", i, s, *v)
		}
		i++
	}
	if i != len(names) {
		t.Fatalf("All yielded %d of %d", i, len(names))
	}
	for range 30 {
		pattern := randomPattern(random)
		var matching, got []string
		for _, name := range names {
			if subject.Match(pattern, name) {
				matching = append(matching, name)
			}
		}
		for s, v := range tree.Match([]byte(pattern)) {
			got = append(got, string(s))
			if *v != want[string(s)] {
				t.Fatalf("%q: %q has %d, want %d", pattern, s, *v, want[string(s)])
			}
		}
		if !slices.Equal(got, matching) {
			t.Fatalf("%q matches %q, want %q", pattern, got, matching)
		}
	}
}

func TestATreeIsAMap(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	for range 20 {
		var tree Tree[int]
		want := map[string]int{}
		growing := true
		for step := range 4000 {
			s := randomSubject(random)
			if random.IntN(10) < 7 == growing {
				v, added := tree.Put([]byte(s))
				if _, there := want[s]; added == there {
					t.Fatalf("seed %d: put %q: added %v", seed, s, added)
				}
				*v = step
				want[s] = step
			} else {
				if len(want) > 0 && random.IntN(2) == 0 {
					for s = range want {
						break
					}
				}
				_, there := want[s]
				if tree.Delete([]byte(s)) != there {
					t.Fatalf("seed %d: delete %q, which is there: %v", seed, s, there)
				}
				delete(want, s)
			}
			v := tree.Get([]byte(s))
			if w, there := want[s]; there != (v != nil) || (there && *v != w) {
				t.Fatalf("seed %d: get %q: %v", seed, s, v)
			}
			if step%1000 == 999 {
				check(t, &tree, want, random)
				growing = !growing
			}
		}
	}
}

func TestSubjectsInOrderFillTheLeaves(t *testing.T) {
	for name, each := range map[string]func(i int) int{
		"rising": func(i int) int { return i }, "falling": func(i int) int { return 100_000 - i },
	} {
		var tree Tree[[2]uint64]
		for i := range 100_000 {
			tree.Put(fmt.Appendf(nil, "orders.eu.%08d", each(i)))
		}
		per := tree.Bytes() / tree.Len()
		if per > 80 {
			t.Errorf("%s: %d bytes for a subject of 18 with a value of 16", name, per)
		}
	}
}

func TestAnEmptiedTreeIsEmpty(t *testing.T) {
	var tree Tree[int]
	for i := range 10_000 {
		tree.Put(fmt.Append(nil, "s.", i))
	}
	for i := range 10_000 {
		if !tree.Delete(fmt.Append(nil, "s.", i)) {
			t.Fatalf("%d is gone", i)
		}
	}
	if tree.Len() != 0 || tree.Bytes() != 0 || tree.Delete([]byte("s.1")) {
		t.Errorf("%d subjects and %d bytes are left", tree.Len(), tree.Bytes())
	}
	for s := range tree.Match([]byte(">")) {
		t.Errorf("found %q", s)
	}
}

// counting counts what a cursor is asked.
type counting struct {
	Cursor
	seeks, nexts int
}

func (c *counting) Seek(s []byte) bool { c.seeks++; return c.Cursor.Seek(s) }
func (c *counting) Next() bool         { c.nexts++; return c.Cursor.Next() }

func TestAMatchJumpsOverWhatCannotMatch(t *testing.T) {
	var tree Tree[int]
	for region := range 10 {
		for device := range 1000 {
			tree.Put(fmt.Appendf(nil, "r%d.d%04d.temperature", region, device))
			tree.Put(fmt.Appendf(nil, "r%d.d%04d.voltage", region, device))
		}
	}
	for pattern, limit := range map[string]int{
		"r5.d0042.voltage": 3, "r5.d0042.*": 5, "*.d0042.voltage": 50, "r7.>": 2010, "nothing.>": 2, "*.*": 10_010, "zz": 2,
	} {
		c := &counting{Cursor: tree.Cursor()}
		n := 0
		for range Matches(c, []byte(pattern)) {
			n++
		}
		if c.seeks+c.nexts > limit {
			t.Errorf("%q: %d seeks and %d nexts for %d matches", pattern, c.seeks, c.nexts, n)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a.*.c", "a.b.c a.b a.b.c.d a-b.c b")
	f.Add(">", "a b.c")
	f.Add("*.>", "a b.c b.d.e")
	f.Fuzz(func(t *testing.T, pattern, subjects string) {
		if !subject.Valid(pattern) {
			return
		}
		var tree Tree[int]
		want := map[string]bool{}
		for _, s := range strings.Split(subjects, " ") {
			if subject.ValidLiteral(s) {
				tree.Put([]byte(s))
				if subject.Match(pattern, s) {
					want[s] = true
				}
			}
		}
		last := ""
		for s := range tree.Match([]byte(pattern)) {
			if !want[string(s)] || string(s) <= last {
				t.Fatalf("%q: %q, after %q", pattern, s, last)
			}
			last = string(s)
			delete(want, last)
		}
		if len(want) > 0 {
			t.Fatalf("%q misses %v", pattern, want)
		}
	})
}

func BenchmarkTree(b *testing.B) {
	const n = 1_000_000
	name := func(buf []byte, i uint64) []byte {
		i = i * 2654435761 % n
		return fmt.Appendf(buf, "sensors.site%03d.device%04d.temp", i%1000, i/1000)
	}
	var tree Tree[[2]uint64]
	buf := make([]byte, 0, 64)
	b.Run("Put", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			buf = name(buf[:0], uint64(i))
			tree.Put(buf)
		}
	})
	for i := range uint64(n) {
		tree.Put(name(buf[:0], i))
	}
	b.Run("Get", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			buf = name(buf[:0], uint64(i))
			if tree.Get(buf) == nil {
				b.Fatal("lost")
			}
		}
		b.ReportMetric(float64(tree.Bytes())/float64(tree.Len()), "B/subject")
	})
	b.Run("MatchOneDeviceOfEachSite", func(b *testing.B) {
		for range b.N {
			found := 0
			for range tree.Match([]byte("sensors.*.device0007.temp")) {
				found++
			}
			if found != 1000 {
				b.Fatal(found)
			}
		}
	})
}
