package consumer

import (
	"slices"
	"time"

	"sinew.dev/sinew/internal/jetstream/jsapi"
)

// Config is the part of a consumer's configuration that its state follows.
type Config struct {
	Ack     jsapi.AckPolicy
	AckWait time.Duration // how long an acknowledgement may take
	// BackOff, if not empty, replaces AckWait: the wait after the first delivery, the second, and so on; the last one holds
	// for all that follow.
	BackOff    []time.Duration
	MaxDeliver int // deliveries of one message; below 1: any number
}

// Position is a place in a consumer's own sequence, which counts deliveries, and in its stream's.
type Position struct{ Consumer, Stream uint64 }

// State is a consumer's state. Times are Unix nanoseconds. It is owned by its stream's loop.
type State struct {
	config    Config
	delivered Position
	floor     Position // all up to here is acknowledged, or needs no acknowledgement
	pending   ring
	due       heap // when pending messages must be delivered again; entries may be out of date
	queue     []uint64
	queued    int // of queue, those that are still to be delivered
	exhausted map[uint64]struct{}
	again     int // pending messages that were delivered more than once
}

// New returns the state of a consumer that begins with the message at start.
func New(c Config, start uint64) *State {
	s := &State{config: c}
	s.delivered.Stream = max(start, 1) - 1
	s.floor = s.delivered
	return s
}

// SetConfig changes what holds for deliveries to come. The acknowledgement policy cannot change.
func (s *State) SetConfig(c Config) { s.config = c }

// Delivered is the last delivery, and the last message that was delivered for the first time.
func (s *State) Delivered() Position { return s.delivered }

// Floor is how far everything is acknowledged.
func (s *State) Floor() Position { return s.floor }

// Pending is how many messages wait for an acknowledgement.
func (s *State) Pending() int { return s.pending.live }

// Redelivered is how many messages were delivered more than once and are not acknowledged.
func (s *State) Redelivered() int { return s.again + len(s.exhausted) }

// Delivery is one delivery of a message.
type Delivery struct {
	Consumer uint64 // its number
	Attempt  int    // of this message, from 1
}

// Deliver notes that the message at seq is sent: a new one, behind all before, or one that Redelivery named.
func (s *State) Deliver(seq uint64, now int64) Delivery {
	s.delivered.Consumer++
	d := Delivery{Consumer: s.delivered.Consumer, Attempt: 1}
	if seq > s.delivered.Stream {
		s.delivered.Stream = seq
		if s.config.Ack == jsapi.AckNone {
			s.floor = s.delivered
			return d
		}
		s.pending.push(entry{seq: seq, consumer: d.Consumer})
	}
	e := s.pending.find(seq)
	if e == nil { // it was acknowledged in the meantime, and goes out all the same
		return d
	}
	s.unqueue(e)
	if e.deliveries++; e.deliveries == 2 {
		s.again++
	}
	d.Attempt = int(e.deliveries)
	s.schedule(e, now+int64(s.wait(d.Attempt)))
	return d
}

// wait is how long an acknowledgement of the attempt may take.
func (s *State) wait(attempt int) time.Duration {
	if n := len(s.config.BackOff); n > 0 {
		return s.config.BackOff[min(attempt, n)-1]
	}
	return s.config.AckWait
}

func (s *State) schedule(e *entry, at int64) {
	e.deadline = at
	s.due.push(timer{at, e.seq})
	if len(s.due) > 2*s.pending.live+64 {
		s.due = s.due[:0]
		s.pending.each(func(e *entry) {
			if e.deadline != 0 {
				s.due.push(timer{e.deadline, e.seq})
			}
		})
	}
}

// Ack notes that the message at seq is done with, and reports false when it was not waited for.
func (s *State) Ack(seq uint64) bool {
	if _, gone := s.exhausted[seq]; gone {
		delete(s.exhausted, seq)
		return true
	}
	e := s.pending.find(seq)
	if e == nil {
		return false
	}
	s.drop(e)
	s.advance()
	return true
}

// AckThrough notes that all messages up to seq are done with, and returns how many of them were waited for.
func (s *State) AckThrough(seq uint64) (count int) {
	if seq > s.delivered.Stream {
		return 0
	}
	for e := s.pending.first(); e != nil && e.seq <= seq; e = s.pending.first() {
		s.drop(e)
		count++
	}
	for gone := range s.exhausted {
		if gone <= seq {
			delete(s.exhausted, gone)
		}
	}
	if count > 0 {
		s.advance()
	}
	return count
}

// Progress restarts the wait for an acknowledgement, and reports false when there is none.
func (s *State) Progress(seq uint64, now int64) bool {
	e := s.pending.find(seq)
	if e == nil || e.queued {
		return false
	}
	s.schedule(e, now+int64(s.wait(int(e.deliveries))))
	return true
}

// Nak asks for the message again, after a delay, and reports false when it is not waited for. If it was delivered as often
// as it may be, it is exhausted.
func (s *State) Nak(seq uint64, delay time.Duration, now int64) (known, exhausted bool) {
	e := s.pending.find(seq)
	if e == nil || e.queued {
		return e != nil, false
	}
	if delay > 0 {
		s.schedule(e, now+int64(delay))
		return true, false
	}
	return true, s.fail(e)
}

// fail handles a delivery that came to nothing: the message waits to be delivered again, or no more is tried.
func (s *State) fail(e *entry) (exhausted bool) {
	e.deadline = 0
	if s.config.MaxDeliver > 0 && int(e.deliveries) >= s.config.MaxDeliver {
		if s.exhausted == nil {
			s.exhausted = map[uint64]struct{}{}
		}
		s.exhausted[e.seq] = struct{}{}
		s.drop(e)
		return true
	}
	e.queued = true
	s.queue = append(s.queue, e.seq)
	s.queued++
	return false
}

// Deadline is when Expire has something to do; zero: never, as it stands.
func (s *State) Deadline() int64 {
	for len(s.due) > 0 {
		if e := s.pending.find(s.due[0].seq); e != nil && e.deadline == s.due[0].at {
			return e.deadline
		}
		s.due.pop()
	}
	return 0
}

// Expire queues all messages whose acknowledgement is due by now, in the order of the stream. It returns those that were
// delivered as often as they may be: nobody waits for them any more.
func (s *State) Expire(now int64) (exhausted []uint64) {
	var late []uint64
	for at := s.Deadline(); at != 0 && at <= now; at = s.Deadline() {
		late = append(late, s.due.pop().seq)
	}
	slices.Sort(late)
	for _, seq := range late {
		if e := s.pending.find(seq); e != nil && e.deadline != 0 && s.fail(e) {
			exhausted = append(exhausted, seq)
		}
	}
	return exhausted
}

// Redelivery is the message that must be delivered again next.
func (s *State) Redelivery() (seq uint64, ok bool) {
	for len(s.queue) > 0 {
		if e := s.pending.find(s.queue[0]); e != nil && e.queued {
			return e.seq, true
		}
		s.queue = s.queue[1:]
	}
	s.queue = nil
	return 0, false
}

// Queued is how many messages must be delivered again.
func (s *State) Queued() int { return s.queued }

func (s *State) unqueue(e *entry) {
	if e.queued {
		e.queued = false
		s.queued--
		if len(s.queue) > 0 && s.queue[0] == e.seq {
			s.queue = s.queue[1:]
		}
	}
}

// drop takes a message out of those that are waited for.
func (s *State) drop(e *entry) {
	s.unqueue(e)
	if e.deliveries > 1 {
		s.again--
	}
	s.pending.remove(e)
}

// advance moves the floor to just below the first message that is waited for, or to the last one that was delivered.
func (s *State) advance() {
	if e := s.pending.first(); e != nil {
		s.floor = Position{Consumer: e.consumer - 1, Stream: max(s.floor.Stream, e.seq-1)}
	} else {
		s.floor = s.delivered
	}
}

// Removed notes that the message at seq is not in the stream any more.
func (s *State) Removed(seq uint64) {
	delete(s.exhausted, seq)
	if e := s.pending.find(seq); e != nil {
		s.drop(e)
		s.advance()
	}
}

// Purged notes that the stream begins with first now.
func (s *State) Purged(first uint64) {
	for gone := range s.exhausted {
		if gone < first {
			delete(s.exhausted, gone)
		}
	}
	for e := s.pending.first(); e != nil && e.seq < first; e = s.pending.first() {
		s.drop(e)
	}
	if first == 0 || s.floor.Stream >= first-1 {
		return
	}
	s.delivered.Stream = max(s.delivered.Stream, first-1)
	s.advance()
}

// Reset begins anew with the message at seq.
func (s *State) Reset(seq uint64) { *s = *New(s.config, seq) }
