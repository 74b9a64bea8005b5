package netio

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	mrand "math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds how long a test waits for what must happen.
const patience = 20 * time.Second

// mode is a way in which every test of the suite runs.
type mode struct {
	name     string
	portable bool
	tls      bool
}

var modes = []mode{{"system", false, false}, {"portable", true, false}, {"system TLS", false, true}, {"portable TLS", true, true}}

func eachMode(t *testing.T, f func(t *testing.T, r *rig)) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) { f(t, newRig(t, m, ConnOptions{})) })
	}
}

// rig is an engine with one listener, and a way to connect to it.
type rig struct {
	t        *testing.T
	mode     mode
	engine   *Engine
	listener *Listener
	accept   atomic.Pointer[Accept]
	conns    chan *Conn
}

func newRig(t *testing.T, m mode, o ConnOptions) *rig {
	t.Helper()
	r := &rig{t: t, mode: m, conns: make(chan *Conn, 1000)}
	var err error
	if r.engine, err = New(Options{Portable: m.portable, Loops: 2}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.engine.Close() })
	r.listener, err = r.engine.Listen("tcp", "127.0.0.1:0", o, func(c *Conn, w *Worker) Handler {
		h := (*r.accept.Load())(c, w)
		if m.tls {
			h = &tlsFirst{Handler: h, conn: c}
		}
		r.conns <- c
		return h
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// serve says what the listener does with connections.
func (r *rig) serve(a Accept) { r.accept.Store(&a) }

// tlsFirst begins a handshake with the first bytes.
type tlsFirst struct {
	Handler
	conn    *Conn
	started bool
}

func (h *tlsFirst) Data(w *Worker, data []byte) (int, int) {
	if h.started {
		return h.Handler.Data(w, data)
	}
	h.started = true
	h.conn.StartTLS(serverTLS(), patience, func(_ *Worker, err error) {
		if err != nil {
			h.conn.Close(err)
		}
	})
	return 0, 0
}

var serverTLS = sync.OnceValue(func() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
})

func (r *rig) dial() net.Conn {
	r.t.Helper()
	nc, err := net.Dial("tcp", r.listener.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	if r.mode.tls {
		nc = tls.Client(nc, &tls.Config{InsecureSkipVerify: true}) // the certificate is made in the test
	}
	_ = nc.SetDeadline(time.Now().Add(patience))
	r.t.Cleanup(func() { _ = nc.Close() })
	return nc
}

// funcs is a handler made of functions.
type funcs struct {
	data   func(w *Worker, data []byte) (int, int)
	timer  func(w *Worker)
	closed func(reason error)
}

func (f *funcs) Data(w *Worker, data []byte) (int, int) { return f.data(w, data) }

func (f *funcs) Timer(w *Worker) {
	if f.timer != nil {
		f.timer(w)
	}
}

func (f *funcs) Closed(_ *Worker, reason error) {
	if f.closed != nil {
		f.closed(reason)
	}
}

// frames returns a Data function that calls f for each frame: a length of four bytes, then so many bytes.
func frames(f func(w *Worker, frame []byte)) func(w *Worker, data []byte) (int, int) {
	return func(w *Worker, data []byte) (consumed, need int) {
		for {
			rest := data[consumed:]
			if len(rest) < 4 {
				return consumed, 0
			}
			n := 4 + int(binary.BigEndian.Uint32(rest))
			if len(rest) < n {
				return consumed, n
			}
			f(w, rest[:n])
			consumed += n
		}
	}
}

func frame(body []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

func readFrame(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:]))
	_, err := io.ReadFull(r, body)
	return body, err
}

// echo answers each frame with itself, small ones staged and large ones as a block.
func echo(c *Conn) *funcs {
	return &funcs{data: frames(func(w *Worker, frame []byte) {
		if len(frame) > 8<<10 {
			w.WriteBlock(c, frame)
		} else {
			copy(w.Reserve(c, len(frame)), frame)
		}
	})}
}

func TestEchoOfAnySizeInAnyPieces(t *testing.T) {
	eachMode(t, func(t *testing.T, r *rig) {
		r.serve(func(c *Conn, _ *Worker) Handler { return echo(c) })
		nc := r.dial()
		seed := mrand.Uint64()
		random := mrand.New(mrand.NewPCG(seed, 1))
		var sent [][]byte
		for range 200 {
			size := random.IntN(1 << random.IntN(18))
			body := make([]byte, size)
			for i := range body {
				body[i] = byte(random.Uint32())
			}
			sent = append(sent, body)
		}
		sent = append(sent, make([]byte, 3<<20))
		go func() {
			var all []byte
			for _, body := range sent {
				all = append(all, frame(body)...)
			}
			for len(all) > 0 {
				n := min(len(all), 1+mrand.IntN(1<<mrand.IntN(20)))
				if _, err := nc.Write(all[:n]); err != nil {
					return
				}
				all = all[n:]
			}
		}()
		for i, want := range sent {
			got, err := readFrame(nc)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("seed %d: frame %d of %d bytes came back as %d, error %v", seed, i, len(want), len(got), err)
			}
		}
	})
}

// TestManyToOneKeepsEachSendersOrder: messages of many connections are forwarded to one.
func TestManyToOneKeepsEachSendersOrder(t *testing.T) {
	eachMode(t, func(t *testing.T, r *rig) {
		const senders, each = 8, 3000
		targets := make(chan *Conn, 1)
		var target atomic.Pointer[Conn]
		r.serve(func(c *Conn, _ *Worker) Handler {
			return &funcs{data: frames(func(w *Worker, f []byte) {
				if to := target.Load(); to != nil {
					copy(w.Reserve(to, len(f)), f)
				} else {
					targets <- c
				}
			})}
		})
		sink := r.dial()
		if _, err := sink.Write(frame(nil)); err != nil {
			t.Fatal(err)
		}
		target.Store(waitFor(t, "the target's first frame", targets)) // a handshake, if there is one, is over
		for s := range senders {
			nc := r.dial()
			go func() {
				var all []byte
				for i := range each {
					body := binary.BigEndian.AppendUint32([]byte{byte(s)}, uint32(i))
					all = append(all, frame(append(body, make([]byte, i%100)...))...)
				}
				_, _ = nc.Write(all)
			}()
		}
		var next [senders]uint32
		for got := 0; got < senders*each; {
			body, err := readFrame(sink)
			if err != nil {
				t.Fatal(err)
			}
			if len(body) == 0 {
				continue
			}
			if i := binary.BigEndian.Uint32(body[1:]); i != next[body[0]] {
				t.Fatalf("sender %d: message %d came, want %d", body[0], i, next[body[0]])
			}
			next[body[0]]++
			got++
		}
	})
}

func waitFor[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v := <-c:
		return v
	case <-timer.C:
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

// flood makes the server send to a peer that does not read, and returns why it was closed.
func flood(t *testing.T, m mode, o ConnOptions) error {
	r := newRig(t, m, o)
	closed := make(chan error, 1)
	r.serve(func(c *Conn, _ *Worker) Handler {
		return &funcs{data: func(w *Worker, data []byte) (int, int) { return len(data), 0 }, closed: func(err error) { closed <- err }}
	})
	nc := r.dial()
	if _, err := nc.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	c := waitFor(t, "a connection", r.conns)
	block := make([]byte, 64<<10)
	for range 200 {
		c.Post(func(w *Worker) { w.WriteBlock(c, block) })
	}
	return waitFor(t, "the end of the connection", closed)
}

func TestAPeerThatDoesNotReadIsClosed(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			if err := flood(t, m, ConnOptions{MaxPending: 1 << 20}); !errors.Is(err, ErrSlowConsumerPending) {
				t.Errorf("too many pending: %v", err)
			}
			if err := flood(t, m, ConnOptions{WriteDeadline: 300 * time.Millisecond}); !errors.Is(err, ErrSlowConsumerDeadline) {
				t.Errorf("write deadline: %v", err)
			}
		})
	}
}

func TestPauseKeepsWhatWasLeft(t *testing.T) {
	eachMode(t, func(t *testing.T, r *rig) {
		var paused bool
		resumed := make(chan struct{})
		r.serve(func(c *Conn, _ *Worker) Handler {
			reply := echo(c)
			return &funcs{data: func(w *Worker, data []byte) (int, int) {
				if !paused {
					paused = true
					c.Pause()
					go func() {
						<-resumed
						c.Resume()
					}()
					return 0, 0
				}
				return reply.data(w, data)
			}}
		})
		nc := r.dial()
		for _, part := range []string{"one", "two"} {
			if _, err := nc.Write(frame([]byte(part))); err != nil {
				t.Fatal(err)
			}
		}
		close(resumed)
		for _, want := range []string{"one", "two"} {
			if got, err := readFrame(nc); err != nil || string(got) != want {
				t.Fatalf("got %q, %v", got, err)
			}
		}
	})
}

func TestYieldBringsTheRestAgain(t *testing.T) {
	eachMode(t, func(t *testing.T, r *rig) {
		r.serve(func(c *Conn, _ *Worker) Handler {
			return &funcs{data: func(w *Worker, data []byte) (int, int) {
				copy(w.Reserve(c, 1), data[:1])
				if len(data) > 1 {
					w.Yield()
				}
				return 1, 0
			}}
		})
		nc := r.dial()
		want := []byte("one byte each turn")
		if _, err := nc.Write(want); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(nc, got); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %q, %v", got, err)
		}
	})
}

func TestTimersFireInOrderAndStop(t *testing.T) {
	eachMode(t, func(t *testing.T, r *rig) {
		fired := make(chan time.Duration, 10)
		r.serve(func(c *Conn, _ *Worker) Handler {
			began := time.Now()
			c.SetTimer(time.Hour)
			c.SetTimer(20 * time.Millisecond)
			count := 0
			return &funcs{
				data: func(_ *Worker, data []byte) (int, int) { return len(data), 0 },
				timer: func(*Worker) {
					fired <- time.Since(began)
					if count++; count < 3 {
						c.SetTimer(20 * time.Millisecond)
					}
				},
			}
		})
		nc := r.dial()
		_, _ = nc.Write([]byte("x"))
		for i := range 3 {
			if d := waitFor(t, "a timer", fired); d < time.Duration(i+1)*20*time.Millisecond {
				t.Errorf("timer %d fired after %v", i, d)
			}
		}
	})
}

func TestCloseAfterFlushSendsEverything(t *testing.T) {
	eachMode(t, func(t *testing.T, r *rig) {
		mine := errors.New("mine")
		closed := make(chan error, 1)
		body := bytes.Repeat([]byte("0123456789"), 100_000)
		r.serve(func(c *Conn, _ *Worker) Handler {
			return &funcs{
				data: func(w *Worker, data []byte) (int, int) {
					w.WriteBlock(c, body)
					copy(w.Reserve(c, 4), "end.")
					c.CloseAfterFlush(mine)
					return len(data), 0
				},
				closed: func(err error) { closed <- err },
			}
		})
		nc := r.dial()
		if _, err := nc.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(body)+4)
		if _, err := io.ReadFull(nc, got); err != nil || !bytes.HasSuffix(got, []byte("end.")) {
			t.Fatalf("reading: %v", err)
		}
		if err := waitFor(t, "the end", closed); err != mine {
			t.Errorf("closed with %v", err)
		}
	})
}

func TestThePeersEndIsReportedOnce(t *testing.T) {
	eachMode(t, func(t *testing.T, r *rig) {
		closed := make(chan error, 10)
		r.serve(func(c *Conn, _ *Worker) Handler {
			return &funcs{data: func(_ *Worker, data []byte) (int, int) { return len(data), 0 }, closed: func(err error) { closed <- err }}
		})
		nc := r.dial()
		if _, err := nc.Write([]byte("half of a mess")); err != nil {
			t.Fatal(err)
		}
		c := waitFor(t, "a connection", r.conns)
		_ = nc.Close()
		if err := waitFor(t, "the end", closed); !errors.Is(err, ErrPeerClosed) && !errors.Is(err, ErrRead) {
			t.Errorf("closed with %v", err)
		}
		c.Close(nil)
		c.Write([]byte("into the void"))
		if c.Post(func(*Worker) { t.Error("a post ran after the end") }) {
			t.Error("a post was taken after the end")
		}
		_ = r.engine.Close()
		if len(closed) != 0 {
			t.Errorf("closed once more: %v", <-closed)
		}
	})
}

func TestEngineCloseEndsEverything(t *testing.T) {
	eachMode(t, func(t *testing.T, r *rig) {
		closed := make(chan error, 100)
		r.serve(func(c *Conn, _ *Worker) Handler {
			h := echo(c)
			h.closed = func(err error) { closed <- err }
			return h
		})
		for range 50 {
			nc := r.dial()
			if _, err := nc.Write(frame([]byte("x"))); err != nil {
				t.Fatal(err)
			}
			if _, err := readFrame(nc); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.engine.Close(); err != nil {
			t.Fatal(err)
		}
		if len(closed) != 50 {
			t.Fatalf("%d of 50 connections were told", len(closed))
		}
		if err := <-closed; err != ErrEngineClosed {
			t.Errorf("closed with %v", err)
		}
	})
}

func TestConnectionsComeAndGo(t *testing.T) {
	eachMode(t, func(t *testing.T, r *rig) {
		var open atomic.Int64
		r.serve(func(c *Conn, _ *Worker) Handler {
			open.Add(1)
			h := echo(c)
			h.closed = func(error) { open.Add(-1) }
			return h
		})
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for j := range 50 {
					nc := r.dial()
					_, err := nc.Write(frame([]byte(fmt.Sprint(i, j))))
					if got, err2 := readFrame(nc); err != nil || err2 != nil || string(got) != fmt.Sprint(i, j) {
						t.Errorf("got %q, %v, %v", got, err, err2)
					}
					_ = nc.Close()
					<-r.conns
				}
			})
		}
		wg.Wait()
		_ = r.engine.Close()
		if n := open.Load(); n != 0 {
			t.Errorf("%d connections are left", n)
		}
	})
}

func TestAttachedPipe(t *testing.T) {
	for _, m := range modes[:2] {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, ConnOptions{})
			near, far := net.Pipe()
			if err := r.engine.Attach(far, ConnOptions{}, func(c *Conn, _ *Worker) Handler { return echo(c) }); err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = near.Write(frame([]byte("hello"))) }()
			if got, err := readFrame(near); err != nil || string(got) != "hello" {
				t.Errorf("got %q, %v", got, err)
			}
			_ = near.Close()
		})
	}
}

func TestAHandshakeThatDoesNotComeTimesOut(t *testing.T) {
	for _, m := range modes[:2] {
		t.Run(m.name, func(t *testing.T) {
			r := newRig(t, m, ConnOptions{})
			failed := make(chan error, 1)
			r.serve(func(c *Conn, _ *Worker) Handler {
				return &funcs{data: func(*Worker, []byte) (int, int) {
					c.StartTLS(serverTLS(), 50*time.Millisecond, func(w *Worker, err error) {
						failed <- err
						copy(w.Reserve(c, 5), "sorry")
						c.CloseAfterFlush(err)
					})
					return 0, 0
				}}
			})
			nc := r.dial()
			_, _ = nc.Write([]byte{0x16, 3, 1})
			if err := waitFor(t, "the timeout", failed); !errors.Is(err, ErrTLSTimeout) {
				t.Errorf("failed with %v", err)
			}
			if got, _ := io.ReadAll(nc); string(got) != "sorry" {
				t.Errorf("got %q in clear", got)
			}
		})
	}
}
