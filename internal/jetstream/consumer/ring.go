package consumer

import "slices"

// entry is a message that was delivered and is not acknowledged.
type entry struct {
	seq        uint64
	consumer   uint64 // number of its first delivery; zero: dead
	deadline   int64  // when it is delivered again; zero: it is queued, or the entry is dead
	deliveries uint32
	queued     bool
}

// ring is entries in the order of their sequences, which is the order they come in. What is removed in the middle stays as
// a dead entry until enough of them are there.
type ring struct {
	entries []entry
	start   int // those before are dead
	live    int
}

func (r *ring) push(e entry) {
	if r.start > 0 && len(r.entries) == cap(r.entries) {
		r.compact()
	}
	r.entries = append(r.entries, e)
	r.live++
}

// find returns a live entry, valid until the next push or remove, or nil. One that was just pushed counts as live.
func (r *ring) find(seq uint64) *entry {
	i, found := slices.BinarySearchFunc(r.entries[r.start:], seq, func(e entry, seq uint64) int {
		switch {
		case e.seq < seq:
			return -1
		case e.seq > seq:
			return 1
		}
		return 0
	})
	if !found || r.entries[r.start+i].consumer == 0 {
		return nil
	}
	return &r.entries[r.start+i]
}

// first returns the live entry with the lowest sequence, or nil.
func (r *ring) first() *entry {
	for ; r.start < len(r.entries); r.start++ {
		if r.entries[r.start].consumer != 0 {
			return &r.entries[r.start]
		}
	}
	r.entries, r.start = r.entries[:0], 0
	if cap(r.entries) > 1024 {
		r.entries = nil
	}
	return nil
}

func (r *ring) remove(e *entry) {
	*e = entry{seq: e.seq}
	r.live--
	if dead := len(r.entries) - r.live; dead > 64 && dead > 2*r.live {
		r.compact()
	}
}

func (r *ring) compact() {
	live := r.entries[:0]
	for _, e := range r.entries[r.start:] {
		if e.consumer != 0 {
			live = append(live, e)
		}
	}
	r.entries, r.start = live, 0
	if cap(live) > 1024 && len(live) < cap(live)/4 {
		r.entries = slices.Clone(live)
	}
}

func (r *ring) each(f func(*entry)) {
	for i := r.start; i < len(r.entries); i++ {
		if r.entries[i].consumer != 0 {
			f(&r.entries[i])
		}
	}
}

// timer is when a message is due.
type timer struct {
	at  int64
	seq uint64
}

// heap is timers, the earliest first.
type heap []timer

func (h *heap) push(t timer) {
	s := append(*h, t)
	i := len(s) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if s[parent].at <= s[i].at {
			break
		}
		s[parent], s[i] = s[i], s[parent]
		i = parent
	}
	*h = s
}

func (h *heap) pop() timer {
	s := *h
	top := s[0]
	last := len(s) - 1
	s[0] = s[last]
	s = s[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && s[child+1].at < s[child].at {
			child++
		}
		if s[i].at <= s[child].at {
			break
		}
		s[i], s[child] = s[child], s[i]
		i = child
	}
	*h = s
	return top
}
