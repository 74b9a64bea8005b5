package netio

import (
	"container/list"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// tlsLayer is TLS on a connection: crypto/tls over a shim that never waits. Reading is the worker's; writing belongs to
// whoever holds the output's writing flag; the shim's buffers have a lock of their own because reading may write too.
type tlsLayer struct {
	conn *tls.Conn
	shim *tlsShim
}

func (t *tlsLayer) state() *tls.ConnectionState {
	state := t.conn.ConnectionState()
	return &state
}

const (
	// tlsPiece is how much is encrypted before the system is asked to take it: some full records, which with what TLS
	// adds fit a large chunk.
	tlsPiece = 48 << 10
	// tlsAhead is how much is read from the system at once.
	tlsAhead = 64 << 10
)

// read fills p with plaintext. full reports that there may be more without new bytes from the peer. w lends a buffer to
// read ahead.
func (t *tlsLayer) read(w *Worker, p []byte) (n int, full bool, err error) {
	if w.cipher == nil {
		w.cipher = make([]byte, tlsAhead)
	}
	t.shim.ahead = w.cipher
	t.shim.held = false
	defer t.shim.keepAhead()
	for n < len(p) {
		// What is read ahead should find room in p, or else it had to be copied to be kept.
		t.shim.hold = n > 0 && n+tlsAhead > len(p)
		m, err := t.conn.Read(p[n:])
		n += m
		if err != nil {
			if errors.Is(err, errWouldBlock) {
				return n, t.shim.held, nil
			}
			if n > 0 {
				return n, true, nil // the error comes again
			}
			return 0, false, err
		}
	}
	return n, true, nil
}

// write encrypts b and gives the result to the system. It returns how much plaintext it took and how many encrypted bytes
// the system did not take yet. Nothing encrypted may wait before.
func (t *tlsLayer) write(c *Conn, b []byte, wait bool) (n, held int, err error) {
	for len(b) > 0 {
		piece := b[:min(len(b), tlsPiece)]
		t.shim.expect(len(piece))
		if _, err := t.conn.Write(piece); err != nil {
			return n, 0, err
		}
		n += len(piece)
		b = b[len(piece):]
		if held, err = t.shim.drain(c, wait); held > 0 || err != nil {
			return n, held, err
		}
	}
	return n, 0, nil
}

// errWouldBlock is what the shim reads when there is nothing now; crypto/tls goes on after it because it is temporary.
var errWouldBlock error = wouldBlock{}

type wouldBlock struct{}

func (wouldBlock) Error() string   { return "nothing to read now" }
func (wouldBlock) Timeout() bool   { return true }
func (wouldBlock) Temporary() bool { return true }

// tlsShim is the net.Conn under crypto/tls. During the handshake it waits for what the worker feeds it and writes to the
// connection; afterwards it reads from the socket without waiting and keeps what is written until drain.
type tlsShim struct {
	owner *Conn
	pull  func(p []byte) (int, error) // reads from the socket without waiting

	mu      sync.Mutex
	arrived sync.Cond
	raw     []byte // received, not decrypted
	ahead   []byte // the worker's buffer, while it reads
	hold    bool   // nothing more is to be read from the socket now
	held    bool   // something would have been
	idle    bool   // the handshake waits for the peer
	cipher  []byte // encrypted, not sent
	up      bool   // the handshake is over
	err     error  // ends the handshake
}

func newShim(c *Conn, pull func([]byte) (int, error)) *tlsShim {
	s := &tlsShim{owner: c, pull: pull}
	s.arrived.L = &s.mu
	return s
}

// feed gives the handshake what was received. It reports false when there is too much of it.
func (s *tlsShim) feed(p []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw = append(s.raw, p...)
	s.arrived.Signal()
	return len(s.raw) <= maxHandshake
}

// maxHandshake bounds what a peer may send ahead of the handshake's progress.
const maxHandshake = 64 << 10

func (s *tlsShim) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.arrived.Signal()
}

func (s *tlsShim) Read(p []byte) (int, error) {
	s.mu.Lock()
	for !s.up && len(s.raw) == 0 && s.err == nil {
		s.idle = true
		s.arrived.Wait()
	}
	s.idle = false
	if len(s.raw) == 0 && s.up {
		s.mu.Unlock() // raw is the reading worker's now
		if s.hold {
			s.held = true
			return 0, errWouldBlock
		}
		n, err := s.pull(s.ahead)
		if err != nil {
			return 0, err
		}
		s.mu.Lock()
		s.raw = s.ahead[:n]
	}
	defer s.mu.Unlock()
	if len(s.raw) == 0 {
		return 0, s.err
	}
	n := copy(p, s.raw)
	if s.raw = s.raw[n:]; len(s.raw) == 0 {
		s.raw = nil
	}
	return n, nil
}

// keepAhead ends reading: what was read ahead and not decrypted is copied out of the worker's buffer.
func (s *tlsShim) keepAhead() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead = nil
	s.raw = slices.Clone(s.raw)
}

// expect gives room for n bytes of plaintext, encrypted. Only who holds the output's writing flag may call it.
func (s *tlsShim) expect(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cipher == nil {
		s.cipher = newChunk(n + n/32 + 64)
	}
}

func (s *tlsShim) Write(p []byte) (int, error) {
	s.mu.Lock()
	if s.up {
		s.cipher = append(s.cipher, p...)
		s.mu.Unlock()
		return len(p), nil
	}
	err := s.err
	s.mu.Unlock()
	if err != nil {
		return 0, err
	}
	s.owner.Write(p)
	return len(p), nil
}

// drain gives the system what is encrypted and returns how much it did not take. Only who holds the output's writing
// flag may call it.
func (s *tlsShim) drain(c *Conn, wait bool) (held int, err error) {
	s.mu.Lock()
	out := s.cipher
	s.cipher = nil
	s.mu.Unlock()
	if len(out) == 0 {
		return 0, nil
	}
	n, err := c.driver.writeOne(c, out, wait) // outside the lock: it may wait, and reading must go on
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < len(out) {
		s.cipher = append(out[:copy(out, out[n:])], s.cipher...)
	} else {
		freeChunk(out)
	}
	return len(s.cipher), err
}

// waiting reports whether encrypted bytes wait to be sent.
func (s *tlsShim) waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.cipher) > 0
}

// finish ends the handshake's way of reading and writing.
func (s *tlsShim) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = true
}

func (s *tlsShim) Close() error                     { s.fail(net.ErrClosed); return nil }
func (s *tlsShim) LocalAddr() net.Addr              { return s.owner.local }
func (s *tlsShim) RemoteAddr() net.Addr             { return s.owner.remote }
func (s *tlsShim) SetDeadline(time.Time) error      { return nil }
func (s *tlsShim) SetReadDeadline(time.Time) error  { return nil }
func (s *tlsShim) SetWriteDeadline(time.Time) error { return nil }

// StartTLS begins a handshake as the server. What the present Data call leaves is its first bytes; what was sent before
// goes out in clear. done is called like the handler's methods when the handshake is over; with an error, which is
// ErrTLSTimeout or wraps ErrTLSHandshake, the connection is still open and in clear. After success Data gets plaintext.
// timeout must be positive. For this connection's callbacks only.
func (c *Conn) StartTLS(config *tls.Config, timeout time.Duration, done func(w *Worker, err error)) {
	shim := newShim(c, c.driver.pull)
	c.in.handshake = shim
	layer := &tlsLayer{conn: tls.Server(shim, config), shim: shim}
	c.engine.running.Go(func() {
		place := c.engine.handshakes.enter(shim)
		defer c.engine.handshakes.leave(place)
		timer := time.AfterFunc(timeout, func() { shim.fail(ErrTLSTimeout) })
		err := layer.conn.Handshake()
		timer.Stop()
		if err != nil && !errors.Is(err, ErrTLSTimeout) {
			err = fmt.Errorf("%w: %w", ErrTLSHandshake, err)
		}
		c.driver.post(c, func(w *Worker) {
			c.in.handshake = nil
			if err == nil {
				shim.finish()
				c.tls.Store(layer)
				c.in.again, c.in.reread = true, true
				c.driver.wake(c)
			}
			done(w, err)
		})
	})
}

// handshakes knows those that go on, oldest first. A handshake holds a goroutine and buffers, so peers that begin one and
// fall silent must not be able to pile them up. It is safe for concurrent use.
type handshakes struct {
	mu    sync.Mutex
	shims list.List
}

const (
	// maxHandshakes is how many go on before one that waits for its peer gives way to each new one.
	maxHandshakes = 512
	// searchHandshakes is how many of the oldest are looked at for that.
	searchHandshakes = 64
)

func (h *handshakes) enter(s *tlsShim) *list.Element {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.shims.Front()
	for searched := 0; old != nil && h.shims.Len() >= maxHandshakes && searched < searchHandshakes; searched++ {
		next := old.Next()
		if old.Value.(*tlsShim).giveWay() {
			h.shims.Remove(old) // now: in a flood it takes its time to leave, and must not hide those behind it
		}
		old = next
	}
	return h.shims.PushBack(s)
}

func (h *handshakes) leave(place *list.Element) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shims.Remove(place) // nothing when it gave way
}

// giveWay ends the handshake if it waits for its peer, and reports whether it did.
func (s *tlsShim) giveWay() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.idle || s.err != nil {
		return false
	}
	s.err = ErrTLSTimeout
	s.arrived.Signal()
	return true
}

// receive gives what was read to the handshake that is going on.
func (c *Conn) receiveHandshake(data []byte) {
	if !c.in.handshake.feed(data) {
		c.in.handshake.fail(io.ErrShortBuffer)
	}
}
