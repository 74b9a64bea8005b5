//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// reload is a workload of reloads under load: messages flow at a fixed rate, while the configuration, which has many users,
// is replaced again and again by one in which some of them are others. Measured are the latencies of messages that were
// due while a reload was going on, and how long the reloads took. Every message has to arrive, in order.
type reload struct {
	users     int // in the configuration
	connected int // of them
	rate      int // messages a second
}

const (
	// reloadTick is how often a batch of messages is published.
	reloadTick = time.Millisecond
	// reloadPause is between two reloads.
	reloadPause = 100 * time.Millisecond
	// reloadLimit is how long one may take.
	reloadLimit = 30 * time.Second
	// batchDigits is the length of a batch's number in the subject.
	batchDigits = 8
	// shareChanged is one in how many users differs from one configuration to the next.
	shareChanged = 100
	// shareHashed is one in how many users has a hashed password.
	shareHashed = 10
)

// configuration is that of a version: the users at its turn have other permissions than in the version before, and one of
// them is another user.
func (w reload) configuration(version int) string {
	// The least cost: nobody measures how long logins take.
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		panic(err) // neither too long a password nor too low a cost
	}
	var b strings.Builder
	b.WriteString("no_auth_user: bench\nauthorization {\n  timeout: 30\n  users: [\n    {user: bench, password: bench}\n")
	for i := range w.users {
		name, password := fmt.Sprintf("user%d", i), "secret"
		turn := i % shareChanged
		if i%shareHashed == 0 {
			password = string(hash)
		}
		if turn == version%shareChanged && i >= w.connected && i < w.connected+shareChanged*10 {
			name = fmt.Sprintf("guest%d", i)
		}
		subject := fmt.Sprintf("app.%d.>", i)
		if turn == version%shareChanged {
			subject = fmt.Sprintf("other.%d.>", i)
		}
		fmt.Fprintf(&b, "    {user: %s, password: %q, permissions: {publish: {allow: [%q, \"_INBOX.>\"]}, subscribe: [\"mine.%d.>\", \"_INBOX.>\"]}}\n",
			name, password, subject, i)
	}
	b.WriteString("  ]\n}\n")
	fmt.Fprintf(&b, "write_deadline: \"%ds\"\n", 10+version%2)
	return b.String()
}

// measure reloads for duration, and gives the latencies of the messages of those times.
func (w reload) measure(ctx context.Context, b *bench, srv *server) (measurement, error) {
	idle, err := w.connect(srv)
	defer closeAll(idle)
	if err != nil {
		return nil, err
	}
	f, err := w.open(srv)
	if err != nil {
		return nil, err
	}
	defer f.close()
	ended := make(chan error, 2)
	go func() { ended <- f.publish() }()
	go func() { ended <- f.receive() }()
	took, used, err := w.reloads(ctx, b.duration, srv, f, ended)
	if err != nil {
		srv.kill()
		return nil, errors.Join(err, <-ended)
	}
	f.stop.Store(true)
	for range 2 {
		if err := <-ended; err != nil {
			return nil, errors.Join(err, srv.alive())
		}
	}
	m := measurement{reloaded: median(took), cpu: float64(used.Nanoseconds()) / 1e3 / float64(len(took))}
	m.latencies(&f.latency)
	return m, nil
}

// reloads replaces the configuration for a while, after a pause for warming up. It returns how long each reload took, in
// milliseconds, and the server's processor time, that for the messages included.
func (w reload) reloads(ctx context.Context, d time.Duration, srv *server, f *flow, ended <-chan error) (took []float64, used time.Duration, err error) {
	base, err := os.ReadFile(srv.config)
	if err != nil {
		return nil, 0, err
	}
	first, _, _ := bytes.Cut(base, []byte("no_auth_user"))
	pause := d / 4
	before, err := cpuTime(srv.pid)
	for version, end := 1, time.Now().Add(d+pause); err == nil && time.Now().Before(end); version++ {
		select {
		case <-ctx.Done():
			return took, 0, ctx.Err()
		case err := <-ended:
			return took, 0, errors.Join(err, srv.alive(), errEnded)
		case <-time.After(pause):
		}
		if pause != reloadPause {
			before, err = cpuTime(srv.pid)
			pause = reloadPause
		}
		if err := os.WriteFile(srv.config, append(bytes.Clone(first), w.configuration(version)...), 0o600); err != nil {
			return took, 0, err
		}
		f.during.Store(true)
		begin := time.Now()
		err := srv.reload(version)
		took = append(took, float64(time.Since(begin).Nanoseconds())/1e6)
		f.during.Store(false)
		if err != nil {
			return took, 0, err
		}
	}
	after, afterErr := cpuTime(srv.pid)
	return took, after - before, errors.Join(err, afterErr)
}

// reload sends SIGHUP and returns when the log says that the new configuration is in force for the nth time.
func (s *server) reload(n int) error {
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		return err
	}
	for end := time.Now().Add(reloadLimit); ; {
		text, err := os.ReadFile(s.logs)
		if err != nil {
			return err
		}
		switch {
		case bytes.Contains(text, []byte("Failed to reload")):
			return fmt.Errorf("the reload failed; its log ends: %s", s.logTail())
		case bytes.Count(text, []byte("Reloaded server configuration")) >= n:
			return nil
		case time.Now().After(end):
			return fmt.Errorf("reload %d is not done within %v; the log ends: %s", n, reloadLimit, s.logTail())
		}
		time.Sleep(200 * time.Microsecond)
	}
}

// connect logs some of the users in, each with a subscription.
func (w reload) connect(srv *server) (conns []io.Closer, err error) {
	for i := range w.connected {
		conn, err := dialRaw(srv.port, 1)
		if err != nil {
			return conns, err
		}
		conns = append(conns, conn)
		if err := readUntil(conn, "INFO "); err != nil {
			return conns, err
		}
		if err := barrier(conn, fmt.Sprintf("CONNECT {\"verbose\":false,\"protocol\":0,\"user\":\"user%d\",\"pass\":\"secret\"}\r\nSUB mine.%d.x 1\r\n", i, i)); err != nil {
			return conns, fmt.Errorf("log in user %d: %w", i, err)
		}
	}
	return conns, nil
}

// flow is the messages: one publisher with a batch each tick, whose number is in the subject, and one subscriber.
type flow struct {
	publisher, subscriber rawConn
	each                  int64 // messages of a batch
	line                  []byte
	size                  int // of an arriving message

	stop   atomic.Bool
	sent   atomic.Int64 // batches; written by the publisher when it has ended, and -1 before
	during atomic.Bool  // a reload is going on

	due     [1 << 20]atomic.Int64 // when each batch was due, in Unix nanoseconds; negative while a reload went on
	latency histogram             // owned by the subscriber
}

func (w reload) open(srv *server) (*flow, error) {
	f := &flow{each: int64(w.rate) * int64(reloadTick) / int64(time.Second), publisher: -1, subscriber: -1}
	f.sent.Store(-1)
	m := message{payload: 16}
	f.line = m.appendPublish(nil, "bench."+strings.Repeat("0", batchDigits))
	f.size = m.arriving("bench.", batchDigits, "1").size()
	var err error
	if f.subscriber, err = dialPlain(srv.port, 1); err != nil {
		return nil, err
	}
	if err = barrier(f.subscriber, "SUB bench.* 1\r\n"); err == nil {
		f.publisher, err = dialPlain(srv.port, 1)
	}
	if err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// publish writes a batch each tick, late ones at once, until stop is set.
func (f *flow) publish() error {
	block := bytes.Repeat(f.line, int(f.each))
	begin := time.Now()
	var n int64
	for ; !f.stop.Load() && n < int64(len(f.due)); n++ {
		due := begin.Add(time.Duration(n) * reloadTick)
		time.Sleep(time.Until(due))
		stamp := due.UnixNano()
		if f.during.Load() {
			stamp = -stamp
		}
		f.due[n].Store(stamp)
		for at := 0; at < len(block); at += len(f.line) {
			putDigits(block[at+len("PUB bench."):at+len("PUB bench.")+batchDigits], uint32(n))
		}
		if _, err := f.publisher.Write(block); err != nil {
			return err
		}
	}
	if err := barrier(f.publisher, ""); err != nil {
		return err
	}
	f.sent.Store(n)
	// Messages come before the PONG of the subscriber: then it looks whether all are there.
	_, err := f.subscriber.Write([]byte("PING\r\n"))
	return err
}

// receive takes messages until the PONG, and fails when one is missing, or comes too early or twice.
func (f *flow) receive() error {
	buf := make([]byte, receiveBytes)
	held, received := 0, int64(0)
	for {
		n, err := f.subscriber.Read(buf[held:])
		if err != nil {
			return err
		}
		now, b := time.Now().UnixNano(), buf[:held+n]
		for len(b) > 0 {
			if bytes.HasPrefix(b, []byte("MSG bench.")) && len(b) >= f.size {
				if err := f.take(b[:f.size], received, now); err != nil {
					return err
				}
				received++
				b = b[f.size:]
				continue
			}
			line, rest, whole := bytes.Cut(b, []byte("\r\n"))
			if !whole || bytes.HasPrefix(b, []byte("MSG bench.")) {
				break
			}
			switch {
			case bytes.Equal(line, []byte("PONG")):
				return f.complete(received)
			case !bytes.HasPrefix(line, []byte("INFO ")) && !bytes.Equal(line, []byte("PING")):
				return fmt.Errorf("received %q", excerpt(line))
			}
			b = rest
		}
		held = copy(buf, b)
	}
}

// take looks at one message, the one after received others.
func (f *flow) take(message []byte, received, now int64) error {
	number, err := strconv.ParseInt(string(message[len("MSG bench."):len("MSG bench.")+batchDigits]), 10, 64)
	if err != nil || number != received/f.each {
		return fmt.Errorf("message %d is of batch %d, not %d: %w", received, number, received/f.each, errLost)
	}
	if due := f.due[number].Load(); due < 0 {
		f.latency.record(time.Duration(now + due))
	}
	return nil
}

var errLost = errors.New("a message was lost or came twice")

func (f *flow) complete(received int64) error {
	if due := f.sent.Load() * f.each; received != due {
		return fmt.Errorf("received %d messages of %d: %w", received, due, errLost)
	}
	return nil
}

func (f *flow) close() {
	for _, conn := range []rawConn{f.publisher, f.subscriber} {
		if conn >= 0 {
			conn.Close()
		}
	}
}

func median(values []float64) float64 { return spreadOf(values).Median }
