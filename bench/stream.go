//go:build linux

package main

import (
	"context"
	"fmt"
	"time"
)

// stream is a workload of messages that flow one way: lanes side by side, each with one publishing connection
// and some subscribing ones.
type stream struct {
	message
	lanes       int
	subscribers int  // of each lane
	queue       bool // the subscribers of a lane are one queue group
	subjects    int  // literal subjects in rotation, received through one wildcard subscription; 1 is no wildcard
}

// measure runs the stream against a server for duration, after a warm-up.
func (w stream) measure(ctx context.Context, b *bench, srv *server) (measurement, error) {
	t, err := w.open(srv)
	if err != nil {
		return nil, err
	}
	defer t.close()
	t.start()
	if err := t.wait(ctx, b.duration/4); err != nil {
		return nil, err
	}
	from, to, err := t.count(ctx, b.duration)
	if err != nil {
		return nil, err
	}
	if err := t.finish(); err != nil {
		return nil, err
	}
	return perMessage(from, to), nil
}

// reading is what has happened by a moment: messages received, processor time the server used.
type reading struct {
	at       time.Time
	messages int64
	cpu      time.Duration
}

// perMessage gives the rate and the cost of what happened between two readings.
func perMessage(from, to reading) measurement {
	messages := float64(to.messages - from.messages)
	return measurement{
		rate: messages / to.at.Sub(from.at).Seconds(),
		cpu:  float64((to.cpu - from.cpu).Nanoseconds()) / 1e3 / messages,
	}
}

// measureStalled compares the rate of all subscribers but the last while that one reads with their rate from
// the moment it stops reading.
func (w stream) measureStalled(ctx context.Context, b *bench, srv *server) (measurement, error) {
	t, err := w.open(srv)
	if err != nil {
		return nil, err
	}
	defer t.close()
	stalled := t.lanes[0].subscribers[w.subscribers-1]
	t.start()
	if err := t.wait(ctx, b.duration/4); err != nil {
		return nil, err
	}
	from, to, err := t.count(ctx, b.duration)
	if err != nil {
		return nil, err
	}
	nine := float64(w.subscribers-1) / float64(w.subscribers)
	before := perMessage(from, to)[rate] * nine
	if err := t.stall(stalled); err != nil {
		return nil, err
	}
	if from, to, err = t.count(ctx, b.duration); err != nil {
		return nil, err
	}
	if err := t.finish(); err != nil {
		return nil, err
	}
	during := perMessage(from, to)
	during[kept] = during[rate] / before
	return during, nil
}

// open connects everything and subscribes.
func (w stream) open(srv *server) (*traffic, error) {
	t := newTraffic(srv)
	for i := range w.lanes {
		l, err := w.openLane(srv, i)
		t.lanes = append(t.lanes, l)
		if err != nil {
			t.close()
			return nil, err
		}
	}
	if err := t.attach(); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// openLane makes lane number i. On an error it returns what it has opened.
func (w stream) openLane(srv *server, i int) (*lane, error) {
	l := &lane{queue: w.queue, wake: make(chan struct{}, 1)}
	subject := fmt.Sprintf("bench.%d", i)
	subjects, pattern, fixed, free := []string{subject}, subject, subject, 0
	if w.subjects > 1 {
		subjects, pattern = rotation(subject, w.subjects), subject+".*"
		fixed, free = subject+".", subjectDigits
	}
	l.blocks = encodeBlocks(w.message, subjects)
	for j := range w.subscribers {
		// Two-digit or longer, so that each subscriber of a fan has another sid of the same length: a server
		// cannot send all of them the same bytes.
		sid := fmt.Sprint(max(w.subscribers, 10) + j)
		s := &subscriber{counter: counter{shape: w.arriving(fixed, free, sid)}}
		if err := s.open(srv, pattern, w.queue, sid); err != nil {
			return l, err
		}
		l.subscribers = append(l.subscribers, s)
	}
	deliveries := w.subscribers
	if w.queue {
		deliveries = 1
	}
	l.window = window(w.lanes, deliveries, l.subscribers[0].counter.shape.size(), l.blocks)
	var err error
	l.publisher, err = dial(srv)
	return l, err
}

// open connects and subscribes.
func (s *subscriber) open(srv *server, pattern string, queue bool, sid string) error {
	conn, err := dial(srv)
	if err != nil {
		return err
	}
	s.conn = conn
	group := ""
	if queue {
		group = "workers "
	}
	return barrier(conn, fmt.Sprintf("SUB %s %s%s\r\n", pattern, group, sid))
}

// subjectDigits is the length of the token that rotates.
const subjectDigits = 6

// rotation is n literal subjects below a prefix, in the order they are published.
func rotation(prefix string, n int) []string {
	subjects := make([]string, n)
	for i := range subjects {
		subjects[i] = fmt.Sprintf("%s.%0*d", prefix, subjectDigits, i)
	}
	return shuffled(subjects)
}
