package client

import (
	"hash/maphash"

	"sinew.dev/sinew/internal/broker"
)

// sidTable finds a session's subscriptions by sid: open addressing over pointers, because a session may have very many.
// The zero value is empty. It is owned by the session's worker.
type sidTable struct {
	slots []*broker.Subscription // a power of two of them, at most three quarters used
	used  int
}

var sidSeed = maphash.MakeSeed()

func sidHash(sid string) uint64 { return maphash.String(sidSeed, sid) }

func (t *sidTable) len() int { return t.used }

func (t *sidTable) find(sid string) *broker.Subscription {
	if i := t.slot(sid); i >= 0 {
		return t.slots[i]
	}
	return nil
}

// slot returns where sid is, or -1.
func (t *sidTable) slot(sid string) int {
	if t.used == 0 {
		return -1
	}
	mask := len(t.slots) - 1
	for i := int(sidHash(sid)) & mask; t.slots[i] != nil; i = (i + 1) & mask {
		if t.slots[i].SID() == sid {
			return i
		}
	}
	return -1
}

// add puts in a subscription whose sid is not in the table.
func (t *sidTable) add(s *broker.Subscription) {
	if (t.used+1)*4 > len(t.slots)*3 {
		t.resize(max(4, len(t.slots)*2))
	}
	t.place(s)
	t.used++
}

func (t *sidTable) place(s *broker.Subscription) {
	mask := len(t.slots) - 1
	i := int(sidHash(s.SID())) & mask
	for t.slots[i] != nil {
		i = (i + 1) & mask
	}
	t.slots[i] = s
}

func (t *sidTable) resize(n int) {
	old := t.slots
	t.slots = make([]*broker.Subscription, n)
	for _, s := range old {
		if s != nil {
			t.place(s)
		}
	}
}

// remove takes s out, if it is in the table, and closes the gap so that no probe sequence is cut.
func (t *sidTable) remove(s *broker.Subscription) {
	gap := t.slot(s.SID())
	if gap < 0 || t.slots[gap] != s {
		return
	}
	mask := len(t.slots) - 1
	for i := (gap + 1) & mask; t.slots[i] != nil; i = (i + 1) & mask {
		home := int(sidHash(t.slots[i].SID())) & mask
		if (i-home)&mask >= (i-gap)&mask {
			t.slots[gap], gap = t.slots[i], i
		}
	}
	t.slots[gap] = nil
	t.used--
	switch {
	case t.used == 0:
		t.slots = nil
	case len(t.slots) > 16 && t.used*8 < len(t.slots):
		t.resize(len(t.slots) / 2)
	}
}

// all returns the subscriptions in no order.
func (t *sidTable) all() []*broker.Subscription {
	list := make([]*broker.Subscription, 0, t.used)
	for _, s := range t.slots {
		if s != nil {
			list = append(list, s)
		}
	}
	return list
}
