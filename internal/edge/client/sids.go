package client

import (
	"sync"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/keyset"
)

// sidTable finds a session's subscriptions by sid. The zero value is empty. It is owned by the session's worker, but for
// all, which any goroutine may call: the lock is against that, and the owner takes it only to change something.
type sidTable struct {
	mu  sync.Mutex
	set keyset.Set[bySID]
}

// bySID is a subscription found by its sid.
type bySID struct{ *broker.Subscription }

func (b bySID) Key() string { return b.SID() }

func (t *sidTable) len() int { return t.set.Len() }

func (t *sidTable) find(sid []byte) *broker.Subscription {
	found, _ := keyset.Find(&t.set, keyset.Hash(sid), sid)
	return found.Subscription
}

// add puts in a subscription whose sid is not in the table.
func (t *sidTable) add(s *broker.Subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set.Add(keyset.Hash(s.SID()), bySID{s})
}

// remove takes s out, if it is in the table.
func (t *sidTable) remove(s *broker.Subscription) {
	sid := s.SID()
	hash := keyset.Hash(sid)
	found, _ := keyset.Find(&t.set, hash, sid)
	if found.Subscription != s {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set.Remove(hash, sid)
}

// clear takes all out.
func (t *sidTable) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set = keyset.Set[bySID]{}
}

// all returns the subscriptions in no order. It is safe for concurrent use.
func (t *sidTable) all() []*broker.Subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.set.Len() == 0 {
		return nil
	}
	list := make([]*broker.Subscription, 0, t.set.Len())
	for _, one := range t.set.AppendAll(nil) {
		list = append(list, one.Subscription)
	}
	return list
}
