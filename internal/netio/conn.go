package netio

import (
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"
)

// Conn is one connection. Methods that say so are safe for concurrent use; the others are for this connection's
// callbacks only.
type Conn struct {
	engine  *Engine
	handler Handler
	driver  driver // how bytes come and go; set before the first callback
	slot    uint32 // dense number among the engine's connections
	remote  net.Addr
	local   net.Addr
	options atomic.Pointer[ConnOptions]
	tls     atomic.Pointer[tlsLayer]

	closing atomic.Bool
	reason  atomic.Pointer[error] // not nil before closing is set

	in  input
	out output

	dueAt int64 // the timer, Unix ns; 0: none
	endAt int64 // when CloseAfterFlush gives up, Unix ns; 0: not called

	stalls atomic.Int64 // see Stalls; here, where it does not move what is used often
}

// driver is what the ways of doing I/O differ in. Implementations are safe for concurrent use.
type driver interface {
	// write hands bytes to the system and returns how many it took. A nil error with fewer means that it takes no more
	// now. It waits only if wait is set, which it is when await's goroutine calls out.drain.
	write(c *Conn, bufs [][]byte, wait bool) (int, error)
	// writeOne is write for one piece.
	writeOne(c *Conn, p []byte, wait bool) (int, error)
	// pull reads without waiting; errWouldBlock: there is nothing now.
	pull(p []byte) (int, error)
	// await asks for out.drain to be called when the system takes bytes again.
	await(c *Conn)
	// post runs f on the connection's worker.
	post(c *Conn, f func(w *Worker)) bool
	// release gives the system's resources back. Nobody reads or writes any more.
	release(c *Conn)
	// wake makes the worker look at c: it is paused no more, or is to be closed.
	wake(c *Conn)
	// reschedule tells that the timer was changed; called by the connection's worker.
	reschedule(c *Conn)
}

// input is what was received and not consumed. It is owned by the connection's worker.
type input struct {
	handshake *tlsShim // takes what is read while a TLS handshake goes on

	left   []byte // unconsumed bytes
	need   int    // how many the handler needs before it can go on; 0: unknown
	paused bool
	again  bool  // Data is to be called once more without new bytes
	reread bool  // there may be plaintext in the TLS layer
	until  int64 // reading is put off so long, Unix ns; 0: it is not
}

// muted reports whether nothing is to be read now.
func (in *input) muted() bool { return in.paused || in.until != 0 }

// RemoteAddr is the peer's address. Safe for concurrent use.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// LocalAddr is our address. Safe for concurrent use.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// Closing reports whether the connection is closed or about to be. Safe for concurrent use.
func (c *Conn) Closing() bool { return c.closing.Load() }

// SetOptions changes the bounds of the output. Safe for concurrent use.
func (c *Conn) SetOptions(o ConnOptions) { c.options.Store(o.withDefaults()) }

// TLS is the state of the TLS connection, or nil. Safe for concurrent use.
func (c *Conn) TLS() *tls.ConnectionState {
	if layer := c.tls.Load(); layer != nil {
		return layer.state()
	}
	return nil
}

// Post runs f soon, one at a time with the callbacks. It reports false, and f never runs, when the connection is
// closed. Safe for concurrent use.
func (c *Conn) Post(f func(w *Worker)) bool { return c.driver.post(c, f) }

// Close ends the connection; what waits to be sent is discarded. The first reason counts. Handler.Closed follows later,
// never during this call. Safe for concurrent use.
func (c *Conn) Close(reason error) {
	if !c.reason.CompareAndSwap(nil, &reason) {
		return
	}
	c.closing.Store(true)
	c.out.kill(c)
	c.driver.wake(c)
}

// flushTime bounds how long CloseAfterFlush waits for the peer to take what is pending.
const flushTime = 2 * time.Second

// CloseAfterFlush ends the connection when all that was sent before has gone out, or after two seconds. No more input
// is handled. For this connection's callbacks only.
func (c *Conn) CloseAfterFlush(reason error) {
	c.in.paused = true
	c.endAt = time.Now().Add(flushTime).UnixNano()
	c.dueAt = 0
	c.driver.reschedule(c)
	c.driver.post(c, func(*Worker) { c.out.finish(c, reason) }) // behind what this turn has staged
}

// Pause stops Data from being called until Resume.
func (c *Conn) Pause() { c.in.paused = true }

// Resume ends a pause: Data is called again with what it left, even if nothing new came. Safe for concurrent use.
func (c *Conn) Resume() {
	c.driver.post(c, func(*Worker) {
		c.in.paused = false
		c.in.again = true
		c.driver.wake(c)
	})
}

// SetTimer makes Handler.Timer be called after d; it replaces the timer set before. Zero stops it.
func (c *Conn) SetTimer(d time.Duration) {
	c.dueAt = 0
	if d > 0 {
		c.dueAt = time.Now().Add(d).UnixNano()
	}
	c.driver.reschedule(c)
}

// Write queues a copy of p behind all that was queued before. It never waits. Safe for concurrent use; within a turn
// Worker.Reserve is cheaper.
func (c *Conn) Write(p []byte) { c.out.write(c, p) }

// Pending is how many bytes wait to be sent. Safe for concurrent use.
func (c *Conn) Pending() int64 { return c.out.pending.Load() }

// Stalls is how often those who send to this connection were slowed because it did not keep up. Safe for concurrent use.
func (c *Conn) Stalls() int64 { return c.stalls.Load() }

// soonest is when something is due for c first, Unix ns; 0: nothing.
func soonest(c *Conn) int64 {
	at := c.dueAt
	for _, other := range [...]int64{c.in.until, c.endAt} {
		if other != 0 && (at == 0 || other < at) {
			at = other
		}
	}
	return at
}
