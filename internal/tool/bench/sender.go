package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// responderQueue is the queue group of our own responders.
const responderQueue = "sinew-bench"

// sender publishes or requests its share of the messages. It is owned by its goroutine, but for done.
type sender struct {
	conn     *nats.Conn
	clock    clock
	subject  string
	messages int
	payload  []byte
	request  bool
	timeout  time.Duration
	interval time.Duration // between messages, zero for as fast as can be

	done     atomic.Int64
	finished time.Time
	latency  histogram // of requests
}

func newSender(nc *nats.Conn, r *run, share, senders int) *sender {
	s := &sender{
		conn: nc, clock: r.clock, subject: r.Subject, messages: share, payload: make([]byte, r.PayloadBytes),
		request: r.Requesters > 0, timeout: r.Timeout,
	}
	if r.Rate > 0 {
		s.interval = time.Duration(float64(senders) / r.Rate * float64(time.Second))
	}
	return s
}

// run sends all messages and returns when the server has taken them.
func (s *sender) run(ctx context.Context, began time.Time) error {
	defer func() { s.finished = time.Now() }()
	send := s.publish
	if s.request {
		send = s.ask
	}
	for i := range s.messages {
		due, err := s.pace(ctx, began, i)
		if err != nil {
			return err
		}
		if err := send(due); err != nil {
			return s.explain(err)
		}
		s.done.Add(1)
	}
	return s.flush(ctx)
}

// pace waits until message i is due and returns the time its latency counts from: when it was due, if we are late, and
// now if not, so that an alarm clock's inexactness is not taken for the server's.
func (s *sender) pace(ctx context.Context, began time.Time, i int) (time.Time, error) {
	if s.interval == 0 {
		if i&255 == 0 && ctx.Err() != nil {
			return time.Time{}, ctx.Err()
		}
		return time.Now(), nil
	}
	due := began.Add(time.Duration(i) * s.interval)
	wait := time.Until(due)
	if wait <= 0 {
		return due, ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return time.Now(), nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

func (s *sender) publish(due time.Time) error {
	s.clock.stamp(s.payload, due)
	return s.conn.Publish(s.subject, s.payload)
}

func (s *sender) ask(due time.Time) error {
	if _, err := s.conn.Request(s.subject, s.payload, s.timeout); err != nil {
		return err
	}
	s.latency.record(time.Since(due))
	return nil
}

// flushWait is how long the server may take for what lies between it and us: it reads slowly when subscribers hold it
// up.
const flushWait = 30 * time.Second

// flush waits for the server to take what was published, and asks whether it objected.
func (s *sender) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, max(s.timeout, flushWait))
	defer cancel()
	if err := s.conn.FlushWithContext(ctx); err != nil {
		return s.explain(err)
	}
	if err := s.conn.LastError(); err != nil {
		return s.explain(err)
	}
	return nil
}

func (s *sender) explain(err error) error {
	if objection := s.conn.LastError(); objection != nil {
		err = objection
	}
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("nobody answers requests on %q", s.subject)
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("message %d on %q: no answer in time", s.done.Load()+1, s.subject)
	}
	return fmt.Errorf("message %d on %q: %w", s.done.Load()+1, s.subject, err)
}
