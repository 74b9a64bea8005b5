package sublist

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestCachedResultsAreCounted compares what two lists count with what two caches hold, while subscriptions change, results
// give way to others, and caches grow and are emptied.
func TestCachedResultsAreCounted(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	lists := [...]*List[*entry]{New[*entry](), New[*entry]()}
	var caches [2]Cache[*entry]
	var most [2]int64
	for step := range 20_000 {
		l := random.IntN(2)
		subject := fmt.Sprintf("s.%d", random.IntN(3000))
		if random.IntN(10) == 0 {
			subject += strings.Repeat("x", inSlot)
		}
		switch {
		case random.IntN(20) == 0:
			lists[l].Insert(&entry{subject: subject, sid: fmt.Sprint(step), queue: []string{"", "", "q", "r"}[random.IntN(4)]})
		case step%5000 == 4999:
			caches[l].Reset()
		default:
			r := caches[random.IntN(2)].Match(lists[l], []byte(subject))
			most[l] = max(most[l], int64(len(r.Plain)+len(r.Queues)))
		}
		if step%1000 != 0 {
			continue
		}
		for l, list := range lists {
			results, fanout := int64(0), int64(0)
			for c := range caches {
				for i := range caches[c].slots {
					if s := &caches[c].slots[i]; s.list == list {
						results++
						fanout += int64(len(s.result.Plain) + len(s.result.Queues))
					}
				}
			}
			st := list.Stats()
			if st.Cached != results || st.Fanout != fanout || st.MaxFanout != most[l] {
				t.Fatalf("step %d, list %d: %+v, want %d results with %d, at most %d", step, l, st, results, fanout, most[l])
			}
		}
	}
	if lists[0].Stats().Cached < 1000 {
		t.Errorf("only %d results are cached", lists[0].Stats().Cached)
	}
}
