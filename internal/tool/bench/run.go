package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// run is one measurement. It is owned by the goroutine that called Run.
type run struct {
	Options
	clock       clock
	subjects    []string // to send to, in turn
	conns       []*nats.Conn
	sending     []*nats.Conn // those of senders
	senders     []*sender
	subscribers []*subscriber
	began       time.Time
	disturbed   uint64 // reconnects before measuring began
	cut         bool   // somebody ended it before its end
}

// connect makes all clients, subscribers first, and returns when the server knows every subscription.
func (r *run) connect() error {
	r.subjects = subjects(r.Subject, r.Subjects)
	for range r.Subscribers {
		nc, err := r.dial()
		if err != nil {
			return err
		}
		sub := newSubscriber(nc, r)
		if err := sub.start(); err != nil {
			return err
		}
		r.subscribers = append(r.subscribers, sub)
	}
	for range r.Publishers + r.Requesters {
		nc, err := r.dial()
		if err != nil {
			return err
		}
		r.sending = append(r.sending, nc)
	}
	return nil
}

// subjects are count subjects below one, or that one if count is zero.
func subjects(subject string, count int) []string {
	if count == 0 {
		return []string{subject}
	}
	all := make([]string, count)
	for i := range all {
		all[i] = subject + "." + strconv.Itoa(i)
	}
	return all
}

// reconnectWait is the time between attempts to reach a server that went away.
const reconnectWait = 50 * time.Millisecond

func (r *run) dial() (*nats.Conn, error) {
	nc, err := r.Connect(
		func(o *nats.Options) error { o.AllowReconnect = true; return nil },
		nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(0, 0),
		nats.MaxReconnects(int(max(r.Timeout/reconnectWait, 1))),
		// What is sent while the server is away must fail, or else it would be counted as sent.
		nats.ReconnectBufSize(-1),
	)
	if err != nil {
		return nil, err
	}
	r.conns = append(r.conns, nc)
	if r.PayloadBytes > int(nc.MaxPayload()) {
		return nil, fmt.Errorf("the server takes messages of %d bytes at most, not %d", nc.MaxPayload(), r.PayloadBytes)
	}
	return nc, nil
}

func (r *run) close() {
	for _, nc := range r.conns {
		nc.Close()
	}
}

// warmUp sends messages that do not count, so that buffers, caches and the processors' clocks are as they will be.
func (r *run) warmUp(ctx context.Context) error {
	if r.WarmUp == 0 {
		return nil
	}
	warm := *r
	warm.clock, warm.Messages, warm.Duration, warm.Progress = r.clock.warmUp(), r.WarmUp, 0, nil
	for _, s := range r.subscribers {
		s.begin(warm.clock)
	}
	if err := warm.measure(ctx); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	for _, s := range r.subscribers {
		s.begin(r.clock)
	}
	r.disturbed = r.reconnects()
	return nil
}

// measure lets all senders begin at once, then waits for them and for what they sent.
func (r *run) measure(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.began = time.Now()
	r.senders = r.newSenders()
	var sending sync.WaitGroup
	for _, s := range r.senders {
		sending.Go(func() {
			if err := s.run(ctx, r.began); err != nil {
				// One failure ends the run; the first one is reported.
				cancel(err)
			}
		})
	}
	sent := make(chan struct{})
	go func() {
		sending.Wait()
		close(sent)
	}()
	err := r.wait(ctx, sent)
	if err != nil {
		cancel(err)
	}
	<-sent
	if err != nil {
		r.cut = errors.Is(err, errInterrupted)
		r.settle()
	}
	return err
}

// newSenders shares the messages out.
func (r *run) newSenders() []*sender {
	count := len(r.sending)
	senders := make([]*sender, count)
	for i, nc := range r.sending {
		share := math.MaxInt
		if r.Duration == 0 {
			share = r.Messages / count
			if i < r.Messages%count {
				share++
			}
		}
		senders[i] = newSender(nc, r, i, share)
	}
	return senders
}

// expected is how many messages all subscribers together should get, of what was sent until now.
func (r *run) expected() int64 {
	others := r.Publishers == 0 // send, and what they sent we do not know
	if r.Requesters > 0 || (others && (r.Duration > 0 || r.cut)) {
		return 0
	}
	sent := int64(r.Messages)
	if r.Publishers > 0 {
		sent = 0
		for _, s := range r.senders {
			sent += s.done.Load()
		}
	}
	if r.Queue != "" {
		return min(sent, sent*int64(len(r.subscribers)))
	}
	return sent * int64(len(r.subscribers))
}

// reconnects is how often connections were lost and came back.
func (r *run) reconnects() uint64 {
	var count uint64
	for _, nc := range r.conns {
		count += nc.Stats().Reconnects
	}
	return count
}
