//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// traffic is a stream that runs: a goroutine for each publisher, and for the subscribers one epoll loop, or
// with TLS a goroutine each.
type traffic struct {
	srv      *server
	lanes    []*lane
	receiver *receiver // nil with TLS

	publishers sync.WaitGroup
	readers    sync.WaitGroup
	done       chan struct{} // closed when publishers shall stop, and on the first error
	endOnce    sync.Once
	closing    chan struct{} // closed when connections end on purpose

	finished bool // everything sent has arrived; owned by the measuring goroutine

	mu  sync.Mutex
	err error // the first
}

func newTraffic(srv *server) *traffic {
	return &traffic{srv: srv, done: make(chan struct{}), closing: make(chan struct{})}
}

// attach hands the subscribers' raw connections to an epoll loop.
func (t *traffic) attach() error {
	if t.srv.tls {
		return nil
	}
	var conns []rawConn
	subscribers := t.subscribers()
	for _, s := range subscribers {
		conns = append(conns, s.conn.(rawConn))
	}
	r, err := newReceiver(conns, func(i int, b []byte) error { return subscribers[i].take(b) })
	if err != nil {
		return err
	}
	r.turned = func() {
		for _, l := range t.lanes {
			l.progressed()
		}
	}
	t.receiver = r
	return nil
}

func (t *traffic) subscribers() []*subscriber {
	var all []*subscriber
	for _, l := range t.lanes {
		all = append(all, l.subscribers...)
	}
	return all
}

// start begins to read and to publish.
func (t *traffic) start() {
	if t.receiver != nil {
		t.readers.Go(func() { t.fail(t.receiver.run()) })
	}
	for _, l := range t.lanes {
		if t.receiver == nil {
			for _, s := range l.subscribers {
				t.readers.Go(func() { t.fail(t.read(l, s)) })
			}
		}
		t.publishers.Go(func() { t.fail(l.publish(t.done)) })
	}
}

// read is the reader of one connection without the epoll loop.
func (t *traffic) read(l *lane, s *subscriber) error {
	buf := make([]byte, receiveBytes)
	for {
		n, err := s.conn.Read(buf)
		select {
		case <-t.closing:
			return nil
		default:
		}
		if err != nil {
			return err
		}
		if err := s.take(buf[:n]); err != nil {
			return err
		}
		l.progressed()
	}
}

// fail notes the first error and stops the publishers. A nil error is none.
func (t *traffic) fail(err error) {
	if err == nil {
		return
	}
	t.mu.Lock()
	if t.err == nil {
		t.err = err
	}
	t.mu.Unlock()
	t.end()
}

func (t *traffic) end() { t.endOnce.Do(func() { close(t.done) }) }

// failed is the first error, or nil.
func (t *traffic) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return errors.Join(t.err, t.srv.alive())
	}
	return nil
}

// wait lets the traffic flow for a while.
func (t *traffic) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.done:
		return t.failed()
	case <-time.After(d):
		return nil
	}
}

// count takes a reading, waits, and takes another.
func (t *traffic) count(ctx context.Context, d time.Duration) (from, to reading, err error) {
	if from, err = t.reading(); err != nil {
		return
	}
	if err = t.wait(ctx, d); err != nil {
		return
	}
	to, err = t.reading()
	if err == nil && to.messages == from.messages {
		err = fmt.Errorf("not one message arrived within %v", d)
	}
	return
}

func (t *traffic) reading() (reading, error) {
	r := reading{at: time.Now()}
	for _, l := range t.lanes {
		r.messages += l.received()
	}
	var err error
	r.cpu, err = cpuTime(t.srv.pid)
	return r, err
}

// stall makes a subscriber stop reading for good.
func (t *traffic) stall(s *subscriber) error {
	s.stalled.Store(true)
	return t.receiver.ignore(s.conn.(rawConn))
}

// arrivalLimit is how long the last messages may stand still on their way.
const arrivalLimit = 10 * time.Second

// finish stops the publishers, waits until all they sent has arrived, and fails when more or less did.
func (t *traffic) finish() error {
	t.end()
	t.publishers.Wait()
	for _, l := range t.lanes {
		if err := barrier(l.publisher, ""); err != nil {
			return err
		}
	}
	if err := t.arrived(func() (have, want int64) {
		for _, l := range t.lanes {
			have, want = have+l.received(), want+l.due()
		}
		return have, want
	}); err != nil {
		return err
	}
	// Whatever came too often is in front of the PONG.
	if err := t.ping(); err != nil {
		return err
	}
	for _, l := range t.lanes {
		if have, want := l.received(), l.due(); have != want {
			return fmt.Errorf("received %d messages where %d were due", have, want)
		}
	}
	t.finished = true
	return t.failed()
}

// ping sends a PING on every subscriber that reads and waits for the PONGs.
func (t *traffic) ping() error {
	reading := int64(0)
	for _, s := range t.subscribers() {
		if s.stalled.Load() {
			continue
		}
		reading++
		if _, err := io.WriteString(s.conn, "PING\r\n"); err != nil {
			return err
		}
	}
	return t.arrived(func() (have, want int64) {
		for _, s := range t.subscribers() {
			have += s.ponged.Load()
		}
		return have, reading
	})
}

// arrived polls until a count is reached, and gives up when it stands still for arrivalLimit.
func (t *traffic) arrived(count func() (have, want int64)) error {
	last, since := int64(-1), time.Now()
	for {
		have, want := count()
		if have >= want {
			return t.failed()
		}
		if err := t.failed(); err != nil {
			return err
		}
		if have != last {
			last, since = have, time.Now()
		}
		if time.Since(since) > arrivalLimit {
			return fmt.Errorf("only %d of %d arrived, and no more within %v", have, want, arrivalLimit)
		}
		time.Sleep(time.Millisecond)
	}
}

// close ends everything, whatever state it is in.
func (t *traffic) close() {
	if !t.finished {
		t.srv.kill() // frees whoever is blocked in a write
	}
	t.end()
	t.publishers.Wait()
	close(t.closing)
	if t.receiver != nil {
		t.receiver.stop.Store(true)
		t.readers.Wait()
		t.receiver.close()
	}
	for _, l := range t.lanes {
		if l.publisher != nil {
			l.publisher.Close()
		}
		for _, s := range l.subscribers {
			s.conn.Close()
		}
	}
	t.readers.Wait()
}
