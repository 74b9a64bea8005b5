package sublist

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sinew.dev/sinew/internal/subject"
)

type entry struct{ subject, queue, sid string }

func (e *entry) Subject() string { return e.subject }
func (e *entry) Queue() string   { return e.queue }
func (e *entry) SID() string     { return e.sid }

// show writes a result in an order of its own.
func show(r *Result[*entry]) string {
	var parts []string
	for _, e := range r.Plain {
		parts = append(parts, e.subject+"/"+e.sid)
	}
	for _, members := range r.Queues {
		var names []string
		for _, e := range members {
			names = append(names, e.subject+"/"+e.sid)
		}
		slices.Sort(names)
		parts = append(parts, members[0].queue+"["+strings.Join(names, " ")+"]")
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// naive is what a list should answer.
func naive(entries []*entry, subj string) string {
	r := &Result[*entry]{}
	for _, e := range entries {
		if !subject.Match(e.subject, subj) {
			continue
		}
		if e.queue == "" {
			r.Plain = append(r.Plain, e)
			continue
		}
		i := slices.IndexFunc(r.Queues, func(m []*entry) bool { return m[0].queue == e.queue })
		if i < 0 {
			r.Queues = append(r.Queues, []*entry{e})
		} else {
			r.Queues[i] = append(r.Queues[i], e)
		}
	}
	return show(r)
}

func randomPattern(random *rand.Rand, wild bool) string {
	tokens := []string{"a", "b", "c", "foo*", ">x", strings.Repeat("long", 12)}
	n := 1 + random.IntN(4)
	var parts []string
	for i := range n {
		switch k := random.IntN(10); {
		case wild && k < 3:
			parts = append(parts, "*")
		case wild && k == 3 && i == n-1:
			parts = append(parts, ">")
		default:
			parts = append(parts, tokens[random.IntN(len(tokens))])
		}
	}
	return strings.Join(parts, ".")
}

func TestListAndCacheAgreeWithAScan(t *testing.T) {
	seed := rand.Uint64()
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	list := New[*entry]()
	other := New[*entry]() // shares the cache
	other.Insert(&entry{subject: ">", sid: "other"})
	var cache Cache[*entry]
	var entries []*entry
	for step := range 30000 {
		switch k := random.IntN(10); {
		case k < 2 || len(entries) == 0:
			e := &entry{subject: randomPattern(random, true), sid: strconv.Itoa(random.IntN(5))}
			if random.IntN(3) == 0 {
				e.queue = "q" + strconv.Itoa(random.IntN(3))
			}
			list.Insert(e)
			entries = append(entries, e)
		case k < 4:
			i := random.IntN(len(entries))
			if !list.Remove(entries[i]) {
				t.Fatalf("step %d: %+v was not found", step, entries[i])
			}
			if list.Remove(entries[i]) {
				t.Fatalf("step %d: %+v was found twice", step, entries[i])
			}
			entries = slices.Delete(entries, i, i+1)
		default:
			subj := randomPattern(random, false)
			want := naive(entries, subj)
			got := cache.Match(list, []byte(subj))
			if show(got) != want {
				t.Fatalf("step %d, %s:\n got %s\nwant %s", step, subj, show(got), want)
			}
			if !slices.IsSortedFunc(got.Plain, func(a, b *entry) int { return strings.Compare(a.sid, b.sid) }) {
				t.Fatalf("step %d: not ordered by sid", step)
			}
			if again := show(list.Match([]byte(subj))); again != want {
				t.Fatalf("step %d, %s without a cache: %s", step, subj, again)
			}
			if show(cache.Match(other, []byte(subj))) != ">/other" {
				t.Fatalf("step %d: one list's result was given for another", step)
			}
		}
		if len(entries) > 60 {
			list.RemoveAll(entries[30:])
			entries = entries[:30]
		}
		if list.Len() != len(entries) || len(list.All()) != len(entries) {
			t.Fatalf("step %d: %d entries, want %d", step, list.Len(), len(entries))
		}
	}
	list.RemoveAll(entries)
	if !list.root.empty() || list.single.used+len(list.several) != 0 {
		t.Error("an emptied list keeps nodes")
	}
}

func TestManyLiteralsComeAndGo(t *testing.T) {
	list := New[*entry]()
	entries := make([]*entry, 20000)
	for i := range entries {
		entries[i] = &entry{subject: "s." + strconv.Itoa(i), sid: "1"}
		list.Insert(entries[i])
	}
	rand.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	for i, e := range entries {
		if got := list.Match([]byte(e.subject)).Plain; len(got) != 1 || got[0] != e {
			t.Fatalf("%s was not found", e.subject)
		}
		if !list.Remove(e) || len(list.Match([]byte(e.subject)).Plain) != 0 {
			t.Fatalf("%s was not removed", e.subject)
		}
		if list.Len() != len(entries)-i-1 {
			t.Fatalf("%d entries are left", list.Len())
		}
	}
	if list.single.sets != nil {
		t.Error("an emptied list keeps its tables")
	}
}

func TestWildcardTokensOfASubjectAreLiteral(t *testing.T) {
	list := New[*entry]()
	for _, pattern := range []string{"a.*", "a.>", "a.b", "*"} {
		list.Insert(&entry{subject: pattern, sid: "1"})
	}
	for subj, want := range map[string]string{"a.*": "a.*/1 a.>/1", "a.>": "a.*/1 a.>/1", "*": "*/1", ">": "*/1", "a.": "", "": "", "a..b": ""} {
		if got := show(list.Match([]byte(subj))); got != want {
			t.Errorf("%q: %s, want %s", subj, got, want)
		}
	}
}

func TestCacheGrowsAndForgets(t *testing.T) {
	list := New[*entry]()
	list.Insert(&entry{subject: "s.*", sid: "1"})
	var cache Cache[*entry]
	subjects := make([][]byte, 20000)
	for i := range subjects {
		subjects[i] = []byte("s." + strconv.Itoa(i))
		if i%3 == 0 {
			subjects[i] = append(subjects[i], strings.Repeat("x", 50)...)
		}
	}
	for range 3 {
		for _, s := range subjects {
			if len(cache.Match(list, s).Plain) != 1 {
				t.Fatalf("%s was not matched", s)
			}
		}
	}
	if len(cache.slots) < 8192 {
		t.Errorf("%d slots for %d subjects", len(cache.slots), len(subjects))
	}
	shared := cache.Match(list, subjects[0])
	for _, s := range subjects {
		if cache.Match(list, s) != shared {
			t.Fatal("equal results are not shared")
		}
	}
	cache.Reset()
	if cache.slots != nil {
		t.Error("Reset keeps slots")
	}
}

func TestCacheDoesNotGrowForSubjectsThatNeverComeBack(t *testing.T) {
	list := New[*entry]()
	list.Insert(&entry{subject: "s.*", sid: "1"})
	var cache Cache[*entry]
	for i := range 100000 {
		cache.Match(list, []byte("s."+strconv.Itoa(i)))
	}
	if len(cache.slots) > 4*minSlots {
		t.Errorf("%d slots", len(cache.slots))
	}
}

// TestChangesAreSeenAtOnce has publishers that must never miss what was inserted before they ask.
func TestChangesAreSeenAtOnce(t *testing.T) {
	list := New[*entry]()
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			var cache Cache[*entry]
			subj := fmt.Appendf(nil, "w%d.x", worker)
			for i := range 3000 {
				e := &entry{subject: string(subj), sid: strconv.Itoa(i)}
				if i%2 == 0 {
					e.subject = fmt.Sprintf("w%d.*", worker)
				}
				if len(cache.Match(list, subj).Plain) != 0 {
					t.Error("an old result was given")
					return
				}
				list.Insert(e)
				if got := cache.Match(list, subj).Plain; len(got) != 1 || got[0] != e {
					t.Error("an insert was not seen")
					return
				}
				list.Remove(e)
			}
		})
	}
	wg.Wait()
}

func TestMatchDoesNotAllocate(t *testing.T) {
	list := New[*entry]()
	list.Insert(&entry{subject: "a.*", sid: "1"})
	list.Insert(&entry{subject: "a.b", queue: "q", sid: "2"})
	var cache Cache[*entry]
	subj := []byte("a.b")
	if n := testing.AllocsPerRun(100, func() { cache.Match(list, subj) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a.*", "a.>", "a.b")
	f.Add("*", ">", "a..b")
	f.Add("a.b", "a.*.c", "a")
	f.Fuzz(func(t *testing.T, one, two, subj string) {
		var entries []*entry
		list := New[*entry]()
		for i, pattern := range []string{one, two} {
			if subject.Valid(pattern) {
				e := &entry{subject: pattern, sid: strconv.Itoa(i)}
				entries = append(entries, e)
				list.Insert(e)
			}
		}
		if !subject.Valid(subj) {
			list.Match([]byte(subj)) // must not panic
			return
		}
		if got, want := show(list.Match([]byte(subj))), naive(entries, subj); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func BenchmarkMatchCached(b *testing.B) {
	list := New[*entry]()
	list.Insert(&entry{subject: "s.*", sid: "1"})
	for _, n := range []int{1, 1000, 100000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			subjects := make([][]byte, n)
			for i := range subjects {
				subjects[i] = []byte("s." + strconv.Itoa(i))
			}
			var cache Cache[*entry]
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				cache.Match(list, subjects[i%n])
			}
		})
	}
}
