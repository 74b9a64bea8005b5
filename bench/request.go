//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// requests is a workload of requests and replies: requesting connections with one request outstanding each, and
// one connection that answers all of them. Every request has a reply subject of its own, received through one
// wildcard subscription, as client libraries do it.
type requests struct {
	message
	requesters int
}

const (
	requestSubject = "bench.request"
	inboxPrefix    = "_INBOX.bench."
	inboxDigits    = 4 // number of the requester
	tokenDigits    = 8 // number of the request
)

// requester is one connection with a request outstanding. It is owned by the requesters' loop.
type requester struct {
	conn    rawConn
	counter counter
	publish []byte // the request, with the token at tokenAt
	tokenAt int
	token   uint32
	sent    time.Time
}

// send sends the next request.
func (r *requester) send() error {
	r.token++
	putDigits(r.publish[r.tokenAt:r.tokenAt+tokenDigits], r.token)
	r.sent = time.Now()
	_, err := r.conn.Write(r.publish)
	return err
}

// putDigits writes n in decimal over all of b, with leading zeros, and without its upper digits if they do not fit.
func putDigits(b []byte, n uint32) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// exchange is the running workload.
type exchange struct {
	requesters []*requester
	loop       *receiver
	responder  *responder

	answered atomic.Int64
	// phase counts what has been asked of the loop: 0 warm up, 1 record latencies, 2 send no more requests.
	phase   atomic.Int32
	latency histogram // owned by the loop until it has ended
	waiting int       // requests outstanding, owned by the loop
}

// measure runs requests for duration, after a warm-up.
func (w requests) measure(ctx context.Context, b *bench, srv *server) (measurement, error) {
	x, err := w.open(srv)
	if err != nil {
		return nil, err
	}
	defer x.close()
	ended := make(chan error, 2)
	go func() { ended <- x.responder.run() }()
	go func() { ended <- x.run() }()

	var from, to reading
	steps := []struct {
		phase int32
		read  *reading
		after time.Duration
	}{{0, nil, b.duration / 4}, {1, &from, b.duration}, {2, &to, 0}}
	for _, step := range steps {
		if step.read != nil {
			if *step.read, err = x.reading(srv); err != nil {
				return nil, errors.Join(err, x.abandon(srv, ended, 2))
			}
		}
		x.phase.Store(step.phase)
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), x.abandon(srv, ended, 2))
		case err := <-ended:
			return nil, errors.Join(err, srv.alive(), x.abandon(srv, ended, 1))
		case <-time.After(step.after):
		}
	}
	if err := <-ended; err != nil { // the loop ends when the last reply is in; the watchdog bounds the wait
		return nil, errors.Join(err, srv.alive(), x.abandon(srv, ended, 1))
	}
	if answered := x.responder.answered.Load(); answered != x.answered.Load() {
		err = fmt.Errorf("the responder answered %d requests, and %d replies arrived", answered, x.answered.Load())
	}
	if err := errors.Join(err, x.abandon(srv, ended, 1)); err != nil {
		return nil, err
	}
	m := perMessage(from, to)
	m.latencies(&x.latency)
	return m, nil
}

// abandon ends the server, which ends the goroutines that still run, and waits for them. What they say then is
// of no interest.
func (x *exchange) abandon(srv *server, ended <-chan error, running int) error {
	x.loop.stop.Store(true)
	srv.kill()
	for range running {
		<-ended
	}
	return nil
}

// open connects the responder and the requesters, and subscribes.
func (w requests) open(srv *server) (*exchange, error) {
	x := &exchange{}
	var err error
	if x.responder, err = w.openResponder(srv); err != nil {
		return nil, err
	}
	conns := make([]rawConn, w.requesters)
	for i := range conns {
		r, err := w.openRequester(srv, i)
		if err != nil {
			x.close()
			return nil, err
		}
		x.requesters, conns[i] = append(x.requesters, r), r.conn
	}
	if x.loop, err = newReceiver(conns, x.reply); err != nil {
		x.close()
		return nil, err
	}
	return x, nil
}

func (w requests) openRequester(srv *server, i int) (*requester, error) {
	conn, err := dialPlain(srv.port, 1)
	if err != nil {
		return nil, err
	}
	inbox := fmt.Sprintf("%s%0*d.", inboxPrefix, inboxDigits, i)
	if err := barrier(conn, "SUB "+inbox+"* 1\r\n"); err != nil {
		conn.Close()
		return nil, err
	}
	line := requestSubject + " " + inbox
	return &requester{
		conn:    conn,
		counter: counter{shape: w.arriving(inbox, tokenDigits, "1")},
		publish: w.appendPublish(nil, line+fmt.Sprintf("%0*d", tokenDigits, 0)),
		tokenAt: len("PUB ") + len(line),
	}, nil
}

// run sends the first request of each requester and then one for each reply, until phase 2.
func (x *exchange) run() error {
	for _, r := range x.requesters {
		if err := r.send(); err != nil {
			return err
		}
		x.waiting++
	}
	return x.loop.run()
}

// reply takes what requester i has received.
func (x *exchange) reply(i int, b []byte) error {
	r := x.requesters[i]
	before := r.counter.messages
	if err := r.counter.feed(b); err != nil {
		return err
	}
	switch r.counter.messages - before {
	case 0:
		return nil
	case 1:
	default:
		return errors.New("received more than one reply to a request")
	}
	x.answered.Add(1)
	switch x.phase.Load() {
	case 1:
		x.latency.record(time.Since(r.sent))
	case 2:
		if x.waiting--; x.waiting == 0 {
			x.loop.stop.Store(true)
		}
		return nil
	}
	return r.send()
}

func (x *exchange) reading(srv *server) (reading, error) {
	cpu, err := cpuTime(srv.pid)
	return reading{at: time.Now(), messages: x.answered.Load(), cpu: cpu}, err
}

// close ends the connections; nobody reads them any more.
func (x *exchange) close() {
	if x.loop != nil {
		x.loop.close()
	}
	for _, r := range x.requesters {
		r.conn.Close()
	}
	x.responder.conn.Close()
}

// responder answers each request with the request's own payload. It is owned by the goroutine of run.
type responder struct {
	conn  rawConn
	shape *shape

	answered atomic.Int64
}

func (w requests) openResponder(srv *server) (*responder, error) {
	conn, err := dialPlain(srv.port, 1)
	if err != nil {
		return nil, err
	}
	if err := barrier(conn, "SUB "+requestSubject+" 1\r\n"); err != nil {
		conn.Close()
		return nil, err
	}
	shape := w.arriving(requestSubject+" 1 "+inboxPrefix, inboxDigits+1+tokenDigits, "")
	shape.tail = []byte(w.sizes())
	return &responder{conn: conn, shape: shape}, nil
}

// run answers until the connection ends: all the requests of one read with one write.
func (r *responder) run() error {
	buf := make([]byte, receiveBytes)
	var answer []byte
	held := 0
	for {
		n, err := r.conn.Read(buf[held:])
		if err != nil {
			return err
		}
		var rest []byte
		var answered int64
		if answer, rest, answered, err = r.answers(answer[:0], buf[:held+n]); err != nil {
			return err
		}
		held = copy(buf, rest)
		if len(answer) == 0 {
			continue
		}
		r.answered.Add(answered)
		if _, err := r.conn.Write(answer); err != nil {
			return err
		}
	}
}

// answers appends the answers to all whole requests in b, and returns what is left of b. The tail of a request,
// from its reply subject on, is the tail of the answer.
func (r *responder) answers(answer, b []byte) (_, rest []byte, answered int64, err error) {
	subject := len("MSG " + requestSubject + " 1 ")
	for len(b) > 0 {
		switch {
		case !r.shape.startsAt(b):
			line, behind, found := bytes.Cut(b, []byte("\n"))
			if !found {
				return answer, b, answered, nil
			}
			if !bytes.HasPrefix(line, []byte("PING")) {
				return answer, b, answered, fmt.Errorf("the responder received %q", excerpt(line))
			}
			answer = append(answer, "PONG\r\n"...)
			b = behind
		case len(b) < r.shape.size():
			return answer, b, answered, nil
		default:
			size := r.shape.size()
			answer = append(append(answer, "PUB "...), b[subject:size]...)
			b = b[size:]
			answered++
		}
	}
	return answer, nil, answered, nil
}
