package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Options say what to measure. Requesters and Publishers exclude each other.
type Options struct {
	// Connect makes one client's connection. It is called once for each client, one after the other.
	Connect func() (*nats.Conn, error)
	// Subject is where messages or requests go.
	Subject string
	// Publishers share Messages; each of the Subscribers gets all of them, unless Queue is set.
	Publishers, Subscribers int
	// Requesters share Messages; the Subscribers answer them, as one queue group.
	Requesters int
	// Queue makes the subscribers one queue group, which gets each message once.
	Queue string
	// Messages is how many are published or requested in all.
	Messages int
	// PayloadBytes is the size of each. Below 16 there is no room for the time, and no latency is measured.
	PayloadBytes int
	// Rate is how many messages a second all senders together may send. Zero does not hold them back.
	Rate float64
	// Timeout is how long to wait for a reply, for a flush, and for a message that does not come.
	Timeout time.Duration
	// Progress, if set, is told about every 100 ms how much of the whole is done. It is called from one goroutine.
	Progress func(done, total int64)
}

func (o Options) check() error {
	switch {
	case o.Connect == nil:
		return errors.New("bench: no Connect")
	case o.Publishers < 0 || o.Subscribers < 0 || o.Requesters < 0:
		return errors.New("a number of clients is negative")
	case o.Requesters > 0 && o.Publishers > 0:
		return errors.New("requests and publishing are measured one at a time")
	case o.Publishers+o.Subscribers+o.Requesters == 0:
		return errors.New("there are no clients")
	case o.Messages < 1:
		return errors.New("there are no messages")
	case o.PayloadBytes < 0 || o.PayloadBytes > 64<<20:
		return errors.New("the message size is not between 0 and 64 MiB")
	case o.Rate < 0 || math.IsNaN(o.Rate) || math.IsInf(o.Rate, 0):
		return errors.New("the rate is not a positive number")
	case o.Timeout <= 0:
		return errors.New("the timeout is not positive")
	}
	return nil
}

// Run measures, and returns when all messages have come or ctx ends. With an error the report holds what was
// measured until then, and may be empty. All connections are closed when it returns.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}
	r := &run{Options: o, clock: newClock()}
	defer r.close()
	if err := r.connect(); err != nil {
		return Report{}, err
	}
	err := r.measure(ctx)
	return r.report(), err
}

// run is one measurement.
type run struct {
	Options
	clock       clock
	conns       []*nats.Conn
	senders     []*sender
	subscribers []*subscriber
	began       time.Time
}

// connect makes all clients, subscribers first, and returns when the server knows every subscription.
func (r *run) connect() error {
	for range r.Subscribers {
		nc, err := r.dial()
		if err != nil {
			return err
		}
		sub := &subscriber{conn: nc, clock: r.clock}
		handle, queue := sub.receive, r.Queue
		if r.Requesters > 0 {
			handle, queue = sub.respond, responderQueue
		}
		if err := sub.start(r.Subject, queue, handle, r.Timeout); err != nil {
			return err
		}
		r.subscribers = append(r.subscribers, sub)
	}
	count := r.Publishers + r.Requesters
	for i := range count {
		nc, err := r.dial()
		if err != nil {
			return err
		}
		share := r.Messages / count
		if i < r.Messages%count {
			share++
		}
		r.senders = append(r.senders, newSender(nc, r, share, count))
	}
	return nil
}

func (r *run) dial() (*nats.Conn, error) {
	nc, err := r.Connect()
	if err == nil {
		r.conns = append(r.conns, nc)
		if r.PayloadBytes > int(nc.MaxPayload()) {
			return nil, fmt.Errorf("the server takes messages of %d bytes at most, not %d", nc.MaxPayload(), r.PayloadBytes)
		}
	}
	return nc, err
}

func (r *run) close() {
	for _, nc := range r.conns {
		nc.Close()
	}
}

// measure lets all senders begin at once, then waits for them and for what they sent.
func (r *run) measure(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.began = time.Now()
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
	return err
}

// report gathers what the clients measured.
func (r *run) report() Report {
	report := Report{Subject: r.Subject, PayloadBytes: r.PayloadBytes}
	latency := &histogram{}
	if len(r.senders) > 0 {
		rate := r.sendRate(latency)
		if r.Requesters > 0 {
			report.Requests = &rate
		} else {
			report.Published = &rate
		}
	}
	if len(r.subscribers) > 0 && r.Requesters == 0 {
		rate := r.receiveRate(latency)
		report.Received = &rate
		report.Lost = max(0, r.expected()-rate.Messages)
	}
	report.Latency = latency.summary()
	return report
}

func (r *run) sendRate(latency *histogram) Rate {
	var messages int64
	var last time.Time
	for _, s := range r.senders {
		messages += s.done.Load()
		if s.finished.After(last) {
			last = s.finished
		}
		latency.merge(&s.latency)
	}
	return newRate(len(r.senders), messages, r.PayloadBytes, last.Sub(r.began))
}

func (r *run) receiveRate(latency *histogram) Rate {
	var messages int64
	var first, last time.Time
	for _, s := range r.subscribers {
		s.mu.Lock()
		messages += s.done.Load()
		if first.IsZero() || (!s.first.IsZero() && s.first.Before(first)) {
			first = s.first
		}
		if s.last.After(last) {
			last = s.last
		}
		latency.merge(&s.latency)
		s.mu.Unlock()
	}
	return newRate(len(r.subscribers), messages, r.PayloadBytes, last.Sub(first))
}

// expected is how many messages all subscribers together should get.
func (r *run) expected() int64 {
	switch {
	case r.Requesters > 0:
		return 0
	case r.Queue != "":
		return int64(r.Messages)
	}
	return int64(r.Messages) * int64(len(r.subscribers))
}
