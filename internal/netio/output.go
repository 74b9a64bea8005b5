package netio

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// output is what a connection sends. Any worker may send: whoever finds nobody writing takes the writing flag and
// writes outside the lock, others queue behind it. It is safe for concurrent use.
type output struct {
	pending atomic.Int64 // bytes in the backlog
	moved   atomic.Int64 // when the peer took bytes last, or the backlog began, Unix ns
	began   atomic.Int64 // when the batch began to be written, Unix ns

	mu      sync.Mutex
	backlog []chunk
	batch   int64  // bytes of the backlog that were there when the write deadline was set last
	held    int    // encrypted bytes that wait in the TLS layer
	writing bool   // somebody writes outside the lock
	waiting bool   // drain will be called when the system takes bytes
	ending  bool   // close when the backlog is empty
	endWith error  // the reason to close with then
	dead    bool   // nothing is sent any more
	events  uint32 // what the driver asked the system to report
	freed   bool   // release was called
	left    bool   // the worker knows the connection no more: the last writer releases it
}

// chunk is a piece of the backlog: buf[off:] waits.
type chunk struct {
	buf []byte
	off int
}

// The backlog's pieces: a small one for a small rest, large ones for those far behind.
const (
	smallChunk = 4 << 10
	largeChunk = 64 << 10
)

var (
	smallChunks = sync.Pool{New: func() any { b := make([]byte, 0, smallChunk); return &b }}
	largeChunks = sync.Pool{New: func() any { b := make([]byte, 0, largeChunk); return &b }}
)

func newChunk(n int) []byte {
	if n <= smallChunk {
		return *smallChunks.Get().(*[]byte)
	}
	return *largeChunks.Get().(*[]byte)
}

func freeChunk(b []byte) {
	b = b[:0]
	switch cap(b) {
	case smallChunk:
		smallChunks.Put(&b)
	case largeChunk:
		largeChunks.Put(&b)
	}
}

// maxVectors is how many pieces of the backlog are written at once.
const maxVectors = 16

// write sends p, or what the system does not take of it later. p is copied if it is kept.
func (o *output) write(c *Conn, p []byte) {
	if len(p) == 0 {
		return
	}
	o.mu.Lock()
	if o.dead || o.ending {
		o.mu.Unlock()
		return
	}
	if o.writing || len(o.backlog) > 0 || o.held > 0 {
		over := o.append(c, p)
		o.mu.Unlock()
		if over {
			c.Close(ErrSlowConsumerPending)
		}
		return
	}
	o.writing = true
	o.mu.Unlock()
	n, held, err := o.sendOne(c, p)
	o.mu.Lock()
	o.writing = false
	over := false
	o.hold(held)
	if err == nil && n < len(p) && !o.dead {
		over = o.prepend(c, p[n:])
	}
	o.settle(c, err, over, false)
}

// settle ends a write that was made outside the lock, and unlocks: it sends what others queued meanwhile, or waits for
// the system to take more, or closes.
func (o *output) settle(c *Conn, err error, over, wait bool) {
	for err == nil && !over && !o.dead && (len(o.backlog) > 0 || o.held > 0) && !o.waiting {
		var full bool
		full, err = o.pushOnce(c, wait)
		if full && !wait {
			o.waiting = true
			o.mu.Unlock()
			c.driver.await(c)
			return
		}
	}
	release := o.left && !o.freed
	o.freed = o.freed || release
	finished := o.ending && len(o.backlog) == 0 && o.held == 0 && !o.dead
	reason := o.endWith
	o.mu.Unlock()
	switch {
	case release:
		c.driver.release(c)
	case err != nil:
		c.Close(fmt.Errorf("%w: %w", ErrWrite, err))
	case over:
		c.Close(ErrSlowConsumerPending)
	case finished:
		c.Close(reason)
	}
}

// pushOnce writes the beginning of the backlog with the lock released. full: the system takes no more now.
func (o *output) pushOnce(c *Conn, wait bool) (full bool, err error) {
	var vectors [maxVectors][]byte
	k, size := 0, 0
	for k < len(o.backlog) && k < maxVectors {
		vectors[k] = o.backlog[k].buf[o.backlog[k].off:]
		size += len(vectors[k])
		k++
	}
	before := o.held
	o.writing = true
	o.mu.Unlock()
	n, held, err := o.send(c, vectors[:k], wait)
	o.mu.Lock()
	o.writing = false
	o.hold(held)
	if n > 0 {
		o.consume(n)
	}
	if n > 0 || held < before {
		o.progress(int64(n + max(0, before-held)))
	}
	return err == nil && (n < size || held > 0), err
}

// progress notes that the peer took n bytes. With the last of a batch the deadline is set anew for what waits then.
func (o *output) progress(n int64) {
	now := time.Now().UnixNano()
	o.moved.Store(now)
	if o.batch -= n; o.batch <= 0 {
		o.batch = o.pending.Load()
		o.began.Store(now)
	}
}

// send hands bytes to the system, encrypted if the connection is secured. It returns how many it took and how many
// encrypted bytes wait in the TLS layer. Only who set writing may call it.
func (o *output) send(c *Conn, bufs [][]byte, wait bool) (n, held int, err error) {
	layer := c.tls.Load()
	if layer == nil {
		if len(bufs) == 0 {
			return 0, 0, nil
		}
		n, err = c.driver.write(c, bufs, wait)
		return n, 0, err
	}
	if held, err = layer.shim.drain(c, wait); held > 0 || err != nil {
		return 0, held, err
	}
	for _, b := range bufs {
		m, held, err := layer.write(c, b, wait)
		if n += m; held > 0 || err != nil {
			return n, held, err
		}
	}
	return n, 0, nil
}

// sendOne is send for one piece, without waiting.
func (o *output) sendOne(c *Conn, p []byte) (n, held int, err error) {
	layer := c.tls.Load()
	if layer == nil {
		n, err = c.driver.writeOne(c, p, false)
		return n, 0, err
	}
	if held, err = layer.shim.drain(c, false); held > 0 || err != nil {
		return 0, held, err
	}
	return layer.write(c, p, false)
}

// hold notes how many encrypted bytes wait in the TLS layer.
func (o *output) hold(held int) {
	if o.held == held || o.dead {
		return
	}
	if o.pending.Add(int64(held-o.held)) == int64(held) {
		o.begin()
	}
	o.held = held
}

// begin notes that bytes begin to wait.
func (o *output) begin() {
	now := time.Now().UnixNano()
	o.batch = o.pending.Load()
	o.moved.Store(now)
	o.began.Store(now)
}

// nudge sends what the TLS layer has to say on its own.
func (o *output) nudge(c *Conn) {
	o.mu.Lock()
	if o.dead || o.writing || o.waiting {
		o.mu.Unlock()
		return
	}
	o.held = max(o.held, 1) // so that settle asks the layer
	o.pending.Add(1)
	o.settle(c, nil, false, false)
}

// consume forgets the first n bytes of the backlog.
func (o *output) consume(n int) {
	if o.dead {
		return
	}
	o.pending.Add(-int64(n))
	k := 0
	for n > 0 {
		first := &o.backlog[k]
		m := min(n, len(first.buf)-first.off)
		first.off += m
		n -= m
		if first.off < len(first.buf) {
			break
		}
		freeChunk(first.buf)
		k++
	}
	if k == len(o.backlog) {
		o.backlog = nil
		return
	}
	if k > 0 {
		o.backlog = append(o.backlog[:0], o.backlog[k:]...)
	}
}

// drain goes on writing when the system takes bytes again.
func (o *output) drain(c *Conn, wait bool) {
	o.mu.Lock()
	o.waiting = false
	if o.writing {
		o.mu.Unlock()
		return
	}
	o.settle(c, nil, false, wait)
}

// append queues a copy of p. over: there is more than may be pending.
func (o *output) append(c *Conn, p []byte) (over bool) {
	if o.pending.Add(int64(len(p))) == int64(len(p)) {
		o.begin()
	}
	over = o.pending.Load() > c.options.Load().MaxPending
	if k := len(o.backlog) - 1; k >= 0 { // a writer looks only at what the piece holds already
		last := &o.backlog[k]
		n := copy(last.buf[len(last.buf):cap(last.buf)], p)
		last.buf = last.buf[:len(last.buf)+n]
		p = p[n:]
	}
	for len(p) > 0 {
		b := newChunk(len(p))
		n := copy(b[:cap(b)], p)
		o.backlog = append(o.backlog, chunk{buf: b[:n]})
		p = p[n:]
	}
	return over
}

// prepend queues a copy of p before all that others queued.
func (o *output) prepend(c *Conn, p []byte) (over bool) {
	later := o.backlog
	o.backlog = nil
	over = o.append(c, p)
	o.backlog = append(o.backlog, later...)
	return over
}

// leave is called by the connection's worker when it is done with a killed connection. The system's resources are given
// back at once, or by the one who is writing.
func (o *output) leave(c *Conn) {
	o.mu.Lock()
	o.left = true
	release := !o.writing && !o.freed
	o.freed = o.freed || release
	o.mu.Unlock()
	if release {
		c.driver.release(c)
	}
}

// kill discards everything.
func (o *output) kill(c *Conn) {
	o.mu.Lock()
	o.dead = true
	if !o.writing {
		for i := range o.backlog {
			freeChunk(o.backlog[i].buf)
		}
	}
	o.backlog, o.held = nil, 0
	o.pending.Store(0)
	o.mu.Unlock()
}

// finish closes the connection when the backlog is empty.
func (o *output) finish(c *Conn, reason error) {
	o.mu.Lock()
	o.ending, o.endWith = true, reason
	empty := len(o.backlog) == 0 && o.held == 0 && !o.writing && !o.dead
	o.mu.Unlock()
	if empty {
		c.Close(reason)
	}
}

// deadline is when the connection is to be closed because its peer does not take what waits, Unix ns.
func (o *output) deadline(opts *ConnOptions) int64 {
	if opts.RetryWrites {
		return o.moved.Load() + int64(opts.WriteDeadline)
	}
	return o.began.Load() + int64(opts.WriteDeadline)
}

// reason is why the connection is closed when the backlog is empty, or did not get empty in time.
func (o *output) reason() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.endWith
}
