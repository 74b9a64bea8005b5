package bench

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// pendingBytes is how much a subscriber lets the client library keep for it before messages are dropped.
	pendingBytes = 256 << 20
	// responderQueue is the queue group of our own responders.
	responderQueue = "sinew-bench"
)

// subscriber counts messages, or answers them. Its handlers run in the client library's goroutine; the mutex lets the run
// read the counts meanwhile.
type subscriber struct {
	conn    *nats.Conn
	subject string
	queue   string
	answer  bool
	alone   bool // nobody of us sends: all messages count
	timeout time.Duration

	mu sync.Mutex
	counts
}

// counts is what a subscriber knows of what came.
type counts struct {
	clock    clock
	done     int64 // messages that count
	repeated int64 // of them, those that came again or out of order
	foreign  int64 // messages of others
	// first and last are when messages came. Not every message is timed; timed is how many had come at last.
	first, last time.Duration
	timed       int64
	latency     histogram
	next        []uint32 // number of the next message, by sender
}

func newSubscriber(nc *nats.Conn, r *run) *subscriber {
	s := &subscriber{
		conn: nc, subject: r.Subject, queue: r.Queue, timeout: r.Timeout, alone: r.Publishers == 0,
	}
	if r.Subjects > 0 {
		s.subject += ".*"
	}
	if r.Requesters > 0 {
		s.answer, s.queue = true, responderQueue
	}
	s.counts = counts{clock: r.clock, next: make([]uint32, r.Publishers)}
	return s
}

// start subscribes and returns when the server has confirmed it.
func (s *subscriber) start() error {
	handle := s.receive
	if s.answer {
		handle = respond
	}
	sub, err := s.conn.QueueSubscribe(s.subject, s.queue, handle)
	if err == nil {
		err = sub.SetPendingLimits(-1, pendingBytes)
	}
	if err == nil {
		err = s.conn.FlushTimeout(s.timeout)
	}
	if objection := s.conn.LastError(); objection != nil {
		err = objection
	}
	if errors.Is(err, nats.ErrTimeout) {
		return fmt.Errorf("the server did not confirm the subscription within %v", s.timeout)
	}
	if err != nil {
		return fmt.Errorf("subscribe to %q: %w", s.subject, err)
	}
	return nil
}

// begin counts from nothing the messages that bear this clock.
func (s *subscriber) begin(c clock) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.next)
	s.counts = counts{clock: c, next: s.next}
}

func (s *subscriber) receive(msg *nats.Msg) {
	stamp := readStamp(msg.Data)
	s.mu.Lock()
	defer s.mu.Unlock()
	sized := len(msg.Data) >= stampBytes
	if sized && stamp.run != s.clock.run {
		if !s.alone {
			// What is left over from warming up is ours, but comes too late to count.
			if stamp.run != s.clock.warmUp().run {
				s.foreign++
			}
			return
		}
		stamp.due = 0 // of another process, on its own clock
		sized = false
	}
	s.done++
	if len(msg.Data) >= numberBytes && !s.alone {
		s.number(stamp)
	}
	if sized && stamp.due == 0 {
		return // not a message to be timed
	}
	now := s.clock.now()
	if s.first == 0 {
		s.first = now
	}
	s.last, s.timed = now, s.done
	if sized {
		s.latency.record(now - stamp.due)
	}
}

// number checks that messages of one sender come in the order they were sent in, each once.
func (s *subscriber) number(stamp stamped) {
	if stamp.sender < 0 || stamp.sender >= len(s.next) {
		return
	}
	// Numbers go around after four milliards; half of that ahead is behind.
	if ahead := stamp.number - s.next[stamp.sender]; ahead > 1<<31 {
		s.repeated++
		return
	}
	s.next[stamp.sender] = stamp.number + 1
}

// came is how many messages came until now.
func (s *subscriber) came() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

func respond(msg *nats.Msg) {
	// It fails when the connection does, and then the requester times out and says so.
	_ = msg.Respond(msg.Data)
}
