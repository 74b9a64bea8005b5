package sublist

import "sync/atomic"

// cached counts the results of one list that are in caches. It is safe for concurrent use.
type cached struct {
	results   atomic.Int64
	fanout    atomic.Int64 // of all of them together
	maxFanout atomic.Int64 // of one, ever
}

// add counts n more results, or fewer, and their fan-out.
func (c *cached) add(n, fanout int64) {
	if n != 0 {
		c.results.Add(n)
	}
	if fanout != 0 {
		c.fanout.Add(fanout)
	}
}

// saw notes a result's fan-out.
func (c *cached) saw(fanout int64) {
	for most := c.maxFanout.Load(); fanout > most; most = c.maxFanout.Load() {
		if c.maxFanout.CompareAndSwap(most, fanout) {
			return
		}
	}
}

// count tells the lists that what is in a slot gives way to another slot's content; nil: to nothing.
func count[T Entry](old, fresh *slot[T]) {
	before, after := old.fanout(), int64(0)
	if fresh != nil && fresh.list != nil {
		after = fresh.fanout()
		fresh.list.cached.saw(after)
		if fresh.list == old.list {
			fresh.list.cached.add(0, after-before)
			return
		}
		fresh.list.cached.add(1, after)
	}
	if old.list != nil {
		old.list.cached.add(-1, -before)
	}
}

// fanout is how many entries and queue groups a remembered result has.
func (s *slot[T]) fanout() int64 {
	if s.result == nil {
		return 0
	}
	return int64(len(s.result.Plain) + len(s.result.Queues))
}
