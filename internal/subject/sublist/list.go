package sublist

import (
	"bytes"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"sinew.dev/sinew/internal/subject"
)

// Entry is what a list holds. Its texts are constant while it is in a list.
type Entry interface {
	comparable
	// Subject is the pattern, a valid one.
	Subject() string
	// Queue is the queue group; empty: none.
	Queue() string
	// SID orders a result: entries that share it stand together.
	SID() string
}

// Result is what matches one subject. It is immutable and may be kept; what it names may have ended since.
type Result[T Entry] struct {
	Plain  []T   // ordered by SID
	Queues [][]T // one for each queue group, at least one member each
}

// List is a set of entries. It is safe for concurrent use.
type List[T Entry] struct {
	id       uint64 // tells lists apart in a cache's hashes
	literals [literalShards]atomic.Uint32
	firsts   [firstShards]atomic.Uint32 // wildcard patterns by their first token
	anyFirst atomic.Uint32              // patterns whose first token is a wildcard
	matches  atomic.Uint64
	misses   atomic.Uint64
	cached   cached

	mu      sync.Mutex
	single  literals[T]          // literal subjects with one entry
	several map[string]*group[T] // literal subjects with more
	root    node[T]
	count   int
	inserts uint64
	removes uint64
}

// How many generations there are: a change makes stale the results of one in so many subjects, or first tokens.
const (
	literalShards = 512
	firstShards   = 64
)

var (
	seed  = maphash.MakeSeed()
	lists atomic.Uint64
)

// New returns an empty list.
func New[T Entry]() *List[T] {
	return &List[T]{id: lists.Add(1) * 0x9e3779b97f4a7c15, several: map[string]*group[T]{}}
}

func (l *List[T]) hash(subj []byte) uint64 { return maphash.Bytes(seed, subj) ^ l.id }

// generation is a sum that differs when the results for a subject may have changed. All its parts only grow.
func (l *List[T]) generation(hash uint64, first uint8) uint64 {
	return uint64(l.literals[hash%literalShards].Load()) + uint64(l.firsts[first].Load()) + uint64(l.anyFirst.Load())
}

// firstShard is the shard of a subject's first token.
func firstShard[S string | []byte](subj S) uint8 {
	h := uint32(2166136261)
	for i := 0; i < len(subj) && subj[i] != '.'; i++ {
		h = (h ^ uint32(subj[i])) * 16777619
	}
	return uint8((h ^ h>>16) % firstShards)
}

// stale makes workers look again for what matches the pattern. It is called with the lock held, after the change.
func (l *List[T]) stale(pattern string, literal bool) {
	switch {
	case literal:
		l.literals[(maphash.String(seed, pattern)^l.id)%literalShards].Add(1)
	case pattern[0] == '>' || (pattern[0] == '*' && (len(pattern) == 1 || pattern[1] == '.')):
		l.anyFirst.Add(1)
	default:
		l.firsts[firstShard(pattern)].Add(1)
	}
}

// Insert adds an entry, which must not be in the list. Matches that begin afterwards find it.
func (l *List[T]) Insert(e T) {
	pattern := e.Subject()
	literal := subject.IsLiteral(pattern)
	l.mu.Lock()
	defer l.mu.Unlock()
	if literal {
		l.insertLiteral(pattern, e)
	} else {
		l.root.at(pattern).add(e)
	}
	l.count++
	l.inserts++
	l.stale(pattern, literal)
}

func (l *List[T]) insertLiteral(pattern string, e T) {
	if g := l.several[pattern]; g != nil {
		g.add(e)
		return
	}
	one, ok := find(&l.single, pattern)
	if !ok {
		l.single.add(e)
		return
	}
	g := &group[T]{}
	g.add(one)
	g.add(e)
	l.single.remove(pattern)
	l.several[pattern] = g
}

// Remove takes an entry out and reports whether it was in the list.
func (l *List[T]) Remove(e T) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.remove(e)
}

// RemoveAll takes many entries out.
func (l *List[T]) RemoveAll(entries []T) {
	const batch = 256 // others get the lock in between
	for len(entries) > 0 {
		n := min(batch, len(entries))
		l.mu.Lock()
		for _, e := range entries[:n] {
			l.remove(e)
		}
		l.mu.Unlock()
		entries = entries[n:]
	}
}

func (l *List[T]) remove(e T) bool {
	pattern := e.Subject()
	literal := subject.IsLiteral(pattern)
	found := false
	if literal {
		found = l.removeLiteral(pattern, e)
	} else {
		found = l.root.remove(pattern, e)
	}
	if found {
		l.count--
		l.removes++
		l.stale(pattern, literal)
	}
	return found
}

func (l *List[T]) removeLiteral(pattern string, e T) bool {
	if one, ok := find(&l.single, pattern); ok {
		if one != e {
			return false
		}
		l.single.remove(pattern)
		return true
	}
	g := l.several[pattern]
	if g == nil || !g.remove(e) {
		return false
	}
	if last, ok := g.only(); ok {
		delete(l.several, pattern)
		l.single.add(last)
	}
	return true
}

// Match returns what matches a subject. Publishers ask a Cache instead.
func (l *List[T]) Match(subj []byte) *Result[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.match(subj).result(nil)
}

// Matches reports whether anything matches a subject, for those who ask before they make a message.
func (l *List[T]) Matches(subj []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := find(&l.single, subj); ok || l.several[string(subj)] != nil {
		return true
	}
	c := collector[T]{}
	if !l.root.empty() && !hollow(subj) {
		l.root.match(&c, subj)
	}
	return c.groups > 0
}

// match collects what matches; the lock is held.
func (l *List[T]) match(subj []byte) *collector[T] {
	c := &collector[T]{}
	l.collect(c, subj)
	return c
}

func (l *List[T]) collect(c *collector[T], subj []byte) {
	l.misses.Add(1)
	if one, ok := find(&l.single, subj); ok {
		c.addOne(one)
	} else if g := l.several[string(subj)]; g != nil {
		c.add(g)
	}
	if !l.root.empty() && !hollow(subj) {
		l.root.match(c, subj)
	}
}

// hollow reports whether a subject has an empty token: then it matches nothing.
func hollow(subj []byte) bool {
	return len(subj) == 0 || subj[0] == '.' || subj[len(subj)-1] == '.' || bytes.Contains(subj, []byte(".."))
}

// Len is how many entries there are.
func (l *List[T]) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// All returns the entries in no order.
func (l *List[T]) All() []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.single.appendAll(make([]T, 0, l.count))
	for _, g := range l.several {
		all = g.appendAll(all)
	}
	return l.root.appendAll(all)
}

// Stats counts since the list was made.
type Stats struct {
	Entries                           int
	Inserts, Removes, Matches, Misses uint64 // Misses: matches that no cache could answer

	// Cached is how many results all caches hold, Fanout how many entries and queue groups these have together, and
	// MaxFanout how many one had at most since the list was made.
	Cached, Fanout, MaxFanout int64
}

// Stats counts.
func (l *List[T]) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Stats{
		Entries: l.count, Inserts: l.inserts, Removes: l.removes, Matches: l.matches.Load(), Misses: l.misses.Load(),
		Cached: l.cached.results.Load(), Fanout: l.cached.fanout.Load(), MaxFanout: l.cached.maxFanout.Load(),
	}
}

// CountMatches adds to Stats.Matches. Workers call it once for many matches.
func (l *List[T]) CountMatches(n uint64) { l.matches.Add(n) }
