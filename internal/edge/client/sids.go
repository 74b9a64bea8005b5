package client

import (
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/keyset"
)

// sidTable finds a session's subscriptions by sid. The zero value is empty. It is owned by the session's worker.
type sidTable struct{ set keyset.Set[bySID] }

// bySID is a subscription found by its sid.
type bySID struct{ *broker.Subscription }

func (b bySID) Key() string { return b.SID() }

func (t *sidTable) len() int { return t.set.Len() }

func (t *sidTable) find(sid []byte) *broker.Subscription {
	found, _ := keyset.Find(&t.set, keyset.Hash(sid), sid)
	return found.Subscription
}

// add puts in a subscription whose sid is not in the table.
func (t *sidTable) add(s *broker.Subscription) { t.set.Add(keyset.Hash(s.SID()), bySID{s}) }

// remove takes s out, if it is in the table.
func (t *sidTable) remove(s *broker.Subscription) {
	sid := s.SID()
	hash := keyset.Hash(sid)
	if found, _ := keyset.Find(&t.set, hash, sid); found.Subscription == s {
		t.set.Remove(hash, sid)
	}
}

// all returns the subscriptions in no order.
func (t *sidTable) all() []*broker.Subscription {
	list := make([]*broker.Subscription, 0, t.len())
	for _, one := range t.set.AppendAll(nil) {
		list = append(list, one.Subscription)
	}
	return list
}
