package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// sender publishes or requests its share of the messages. It is owned by its goroutine, but for the counters.
type sender struct {
	conn     *nats.Conn
	clock    clock
	subjects []string
	first    int // the subject to begin with
	messages int
	until    time.Duration // when to stop, after the beginning; zero is never
	stride   int           // one message in stride carries the time
	payload  []byte
	request  bool
	timeout  time.Duration
	pace     pace

	done     atomic.Int64
	timeouts atomic.Int64 // requests without an answer
	finished time.Time
	latency  histogram // of requests
}

// Reading the clock takes as long as a third of publishing. A long run that is not paced reads it for some messages only:
// its latencies are so many, and so alike, that these are as good.
const (
	strideOfLongRuns = 16
	longRun          = 20_000 // messages of one sender
)

func newSender(nc *nats.Conn, r *run, index, share int) *sender {
	senders := len(r.sending)
	s := &sender{
		conn: nc, clock: r.clock, subjects: r.subjects, first: index * len(r.subjects) / senders, messages: share,
		until: r.Duration, stride: 1, payload: make([]byte, r.PayloadBytes), request: r.Requesters > 0, timeout: r.Timeout,
	}
	if r.Rate > 0 {
		s.pace = newPace(r.Rate, index, senders)
	} else if share > longRun && !s.request {
		s.stride = strideOfLongRuns
	}
	s.clock.mark(s.payload, index)
	return s
}

// run sends all messages and returns when the server has taken them.
func (s *sender) run(ctx context.Context, began time.Time) error {
	defer func() { s.finished = time.Now() }()
	s.pace.begin(s.clock, began)
	send := s.publish
	if s.request {
		send = s.ask
	}
	end := s.until
	if end > 0 {
		end += began.Sub(s.clock.start)
	}
	subject := s.first
	for i := range s.messages {
		due, err := s.due(ctx, i)
		if err != nil {
			return err
		}
		if end > 0 && due > end {
			break
		}
		if err := send(ctx, s.subjects[subject], i, due); err != nil {
			return s.explain(err, s.subjects[subject])
		}
		if subject++; subject == len(s.subjects) {
			subject = 0
		}
	}
	return s.flush(ctx)
}

// due waits until message i may be sent, and returns the time its latency counts from; zero if that is not measured.
func (s *sender) due(ctx context.Context, i int) (time.Duration, error) {
	if s.pace.on() {
		return s.pace.wait(ctx, i)
	}
	if i&255 == 0 && ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if i%s.stride != 0 && i != s.messages-1 {
		return 0, nil
	}
	return s.clock.now(), nil
}

func (s *sender) publish(ctx context.Context, subject string, i int, due time.Duration) error {
	s.clock.stamp(s.payload, i, due)
	for {
		err := s.conn.Publish(subject, s.payload)
		if err == nil {
			s.done.Add(1)
			return nil
		}
		if err := s.comeBack(ctx, err); err != nil {
			return err
		}
	}
}

// askAgain is how long to wait when nobody answers any more: those who did may come back.
const askAgain = 10 * time.Millisecond

func (s *sender) ask(ctx context.Context, subject string, i int, due time.Duration) error {
	s.clock.stamp(s.payload, i, due)
	for {
		waiting, cancel := context.WithTimeout(ctx, s.timeout)
		_, err := s.conn.RequestWithContext(waiting, subject, s.payload)
		cancel()
		switch {
		case err == nil:
			s.latency.record(s.clock.now() - due)
			s.done.Add(1)
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case s.done.Load() > 0 && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)):
			s.timeouts.Add(1)
			return nil
		case s.done.Load() > 0 && errors.Is(err, nats.ErrNoResponders):
			s.timeouts.Add(1)
			return sleep(ctx, askAgain)
		}
		if err := s.comeBack(ctx, err); err != nil {
			return err
		}
	}
}

// comeBack waits for the connection if err says that it was lost. Otherwise, or if it stays away, it returns an error.
func (s *sender) comeBack(ctx context.Context, err error) error {
	lost := errors.Is(err, nats.ErrReconnectBufExceeded) || errors.Is(err, nats.ErrDisconnected) ||
		errors.Is(err, nats.ErrConnectionReconnecting) || errors.Is(err, nats.ErrConnectionClosed)
	if !lost {
		return err
	}
	for !s.conn.IsConnected() {
		if s.conn.IsClosed() {
			return errServerGone{s.timeout}
		}
		if err := sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// errServerGone is a server that did not come back in time.
type errServerGone struct{ after time.Duration }

func (e errServerGone) Error() string {
	return fmt.Sprintf("lost the connection, and the server did not come back within %v", e.after)
}

// flushWait is how long the server may take for what lies between it and us: it reads slowly when subscribers hold it
// up.
const flushWait = 30 * time.Second

// flush waits for the server to take what was published, and asks whether it objected.
func (s *sender) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, max(s.timeout, flushWait))
	defer cancel()
	for {
		err := s.conn.FlushWithContext(ctx)
		if err == nil {
			break
		}
		if err := s.comeBack(ctx, err); err != nil {
			return s.explain(err, s.subjects[0])
		}
	}
	if err := objection(s.conn); err != nil {
		return s.explain(err, s.subjects[0])
	}
	return nil
}

// objection is what the server said was wrong with what we did.
func objection(nc *nats.Conn) error {
	if err := nc.LastError(); err != nil && nc.Stats().Reconnects == 0 && !nc.IsReconnecting() && !nc.IsClosed() {
		return err
	}
	return nil
}

func (s *sender) explain(err error, subject string) error {
	if said := objection(s.conn); said != nil {
		err = said
	}
	gone := errServerGone{}
	switch {
	case errors.Is(err, context.Canceled), errors.As(err, &gone):
		return err
	case errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("nobody answers requests on %q", subject)
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("message %d on %q: no answer in time", s.done.Load()+1, subject)
	}
	return fmt.Errorf("message %d on %q: %w", s.done.Load()+1, subject, err)
}
