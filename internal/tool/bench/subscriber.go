package bench

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// pendingBytes is how much a subscriber lets the client library keep for it before messages are dropped.
const pendingBytes = 256 << 20

// subscriber counts messages, or answers them. Its methods run in the client library's goroutine; the mutex lets the
// run read the result while late messages may still come.
type subscriber struct {
	conn  *nats.Conn
	clock clock
	done  atomic.Int64

	mu          sync.Mutex
	first, last time.Time
	latency     histogram
}

// start subscribes and returns when the server has confirmed it.
func (s *subscriber) start(subject, queue string, handle nats.MsgHandler, timeout time.Duration) error {
	sub, err := s.conn.QueueSubscribe(subject, queue, handle)
	if err == nil {
		err = sub.SetPendingLimits(-1, pendingBytes)
	}
	if err == nil {
		err = s.conn.FlushTimeout(timeout)
	}
	if objection := s.conn.LastError(); objection != nil {
		err = objection
	}
	if errors.Is(err, nats.ErrTimeout) {
		return fmt.Errorf("the server did not confirm the subscription within %v", timeout)
	}
	if err != nil {
		return fmt.Errorf("subscribe to %q: %w", subject, err)
	}
	return nil
}

func (s *subscriber) receive(msg *nats.Msg) {
	now := time.Now()
	s.mu.Lock()
	if s.first.IsZero() {
		s.first = now
	}
	s.last = now
	if age, ok := s.clock.age(msg.Data, now); ok {
		s.latency.record(age)
	}
	s.mu.Unlock()
	s.done.Add(1)
}

func (s *subscriber) respond(msg *nats.Msg) {
	// It fails when the connection does, and then the requester times out and says so.
	_ = msg.Respond(msg.Data)
	s.done.Add(1)
}
