package broker

import (
	"math"
	"sync/atomic"
)

// Subscription is one sink's interest in a subject. Its texts lie in one string and its counters beside them, because
// there are many of them: 64 bytes and the text.
//
// It is immutable but for its counters, which are safe for concurrent use.
type Subscription struct {
	sink         Sink
	text         string // sid, subject, queue
	sidBytes     uint32
	subjectBytes uint32
	limit        atomic.Int64 // deliveries after which it ends; 0: none
	delivered    atomic.Int64
	state        atomic.Uint32
}

const (
	ended    = 1 << iota // no delivery any more
	filtered             // the sink must ask its permissions at each delivery
)

// NewSubscription makes a subscription of sink; the texts are copied. queue is empty for a plain subscription. A
// filtered one tells its sink to check each delivery.
func NewSubscription(sink Sink, subject, queue, sid []byte, filter bool) *Subscription {
	text := make([]byte, 0, len(sid)+len(subject)+len(queue))
	text = append(append(append(text, sid...), subject...), queue...)
	s := &Subscription{sink: sink, text: string(text), sidBytes: uint32(len(sid)), subjectBytes: uint32(len(subject))}
	if filter {
		s.state.Store(filtered)
	}
	return s
}

// Sink is who gets the messages.
func (s *Subscription) Sink() Sink { return s.sink }

// SID is the sink's own name of the subscription.
func (s *Subscription) SID() string { return s.text[:s.sidBytes] }

// Subject is the pattern subscribed to.
func (s *Subscription) Subject() string { return s.text[s.sidBytes : s.sidBytes+s.subjectBytes] }

// Queue is the queue group's name, empty for a plain subscription.
func (s *Subscription) Queue() string { return s.text[s.sidBytes+s.subjectBytes:] }

// Filtered reports whether deliveries must be checked against the sink's permissions.
func (s *Subscription) Filtered() bool { return s.state.Load()&filtered != 0 }

// SetFiltered changes what Filtered reports; permissions may change while a subscription lives.
func (s *Subscription) SetFiltered(on bool) {
	if on {
		s.state.Or(filtered)
	} else {
		s.state.And(^uint32(filtered))
	}
}

// Delivered counts the messages delivered so far.
func (s *Subscription) Delivered() int64 { return s.delivered.Load() }

// Limit is the count of deliveries after which the subscription ends; zero means none.
func (s *Subscription) Limit() int64 { return s.limit.Load() }

// SetLimit makes the subscription end after max deliveries in all; zero removes the limit. It reports whether that
// many were delivered already.
func (s *Subscription) SetLimit(max int64) (reached bool) {
	s.limit.Store(max)
	return max > 0 && s.delivered.Load() >= max
}

// End marks the subscription as ended: whoever still finds it in an old result delivers nothing. It reports whether
// this call ended it.
func (s *Subscription) End() bool { return s.state.Or(ended)&ended == 0 }

// Ended reports whether End was called.
func (s *Subscription) Ended() bool { return s.state.Load()&ended != 0 }

// Take claims up to n deliveries: how many may be made, and whether the limit is reached with them.
func (s *Subscription) Take(n int) (granted int, last bool) {
	if s.state.Load()&ended != 0 {
		return 0, false
	}
	limit := s.limit.Load()
	if limit == 0 {
		s.delivered.Add(int64(n))
		return n, false
	}
	for {
		done := s.delivered.Load()
		if done >= limit {
			return 0, false
		}
		granted = int(min(int64(n), limit-done, math.MaxInt32))
		if s.delivered.CompareAndSwap(done, done+int64(granted)) {
			return granted, done+int64(granted) == limit
		}
	}
}
