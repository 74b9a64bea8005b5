package netio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// portable is the driver for every system: a goroutine for each connection, which borrows a worker while there is
// something to handle. Where the system allows it the goroutine waits without holding a buffer.
type portable struct {
	mu    sync.Mutex
	flows map[*flow]struct{}
	pool  sync.Pool
	ended bool
}

// flow is a connection driven by goroutines.
type flow struct {
	conn Conn
	nc   net.Conn
	raw  *rawIO // nil where a read or write cannot be made without waiting

	turn   sync.Mutex // held while callbacks run
	wakeup chan struct{}
	timer  *time.Timer // guarded by turn
	gone   bool        // guarded by turn
	tired  atomic.Bool // serve is to go on in a fresh goroutine
}

// smallRead is the buffer of a connection that has to wait with one.
const smallRead = 2 << 10

func (p *portable) worker(e *Engine) *Worker {
	if w, ok := p.pool.Get().(*Worker); ok {
		return w
	}
	return newWorker(e)
}

func (p *portable) listen(e *Engine, l *Listener, network, address string) error {
	config := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true}}
	nl, err := config.Listen(context.Background(), network, address)
	if err != nil {
		return err
	}
	l.addr = nl.Addr()
	done := make(chan struct{})
	l.close = func() error {
		err := nl.Close()
		<-done
		return err
	}
	e.running.Go(func() {
		defer close(done)
		p.acceptAll(e, l, nl)
	})
	return nil
}

func (p *portable) acceptAll(e *Engine, l *Listener, nl net.Listener) {
	for {
		nc, err := nl.Accept()
		switch {
		case err == nil:
			_ = p.attach(e, nc, l.options.Load(), l.accept) // fails only when the engine closes
		case errors.Is(err, net.ErrClosed):
			return
		default:
			// No descriptors, most likely: let some be closed.
			timer := time.NewTimer(100 * time.Millisecond)
			<-timer.C
		}
	}
}

func (p *portable) attach(e *Engine, nc net.Conn, o *ConnOptions, open Accept) error {
	f := &flow{nc: nc, raw: newRawIO(nc), wakeup: make(chan struct{}, 1)}
	f.conn.engine, f.conn.driver, f.conn.slot = e, f, e.newSlot()
	f.conn.remote, f.conn.local = nc.RemoteAddr(), nc.LocalAddr()
	f.conn.options.Store(o)
	p.mu.Lock()
	if p.ended {
		p.mu.Unlock()
		_ = nc.Close()
		return ErrEngineClosed
	}
	if p.flows == nil {
		p.flows = map[*flow]struct{}{}
	}
	p.flows[f] = struct{}{}
	e.running.Add(1)
	p.mu.Unlock()
	go f.run(p, open)
	return nil
}

func (p *portable) stop() {
	p.mu.Lock()
	p.ended = true
	flows := make([]*flow, 0, len(p.flows))
	for f := range p.flows {
		flows = append(flows, f)
	}
	p.mu.Unlock()
	for _, f := range flows {
		f.conn.Close(ErrEngineClosed)
	}
}

// callback runs f as one of the connection's callbacks. It reports false when the connection is gone.
func (f *flow) callback(do func(w *Worker)) bool {
	p := &f.conn.engine.system.portable
	w := p.worker(f.conn.engine)
	f.turn.Lock()
	ok := !f.gone
	if ok {
		do(w)
		w.current = nil
		w.endTurn() // before another callback may close after what this one sent
		for f.goesOn() {
			f.again(w)
			w.endTurn()
		}
		f.signal()
	}
	f.turn.Unlock()
	p.pool.Put(w)
	return ok
}

// run begins the connection.
func (f *flow) run(p *portable, open Accept) {
	c := &f.conn
	f.callback(func(w *Worker) {
		if c.handler = open(c, w); c.handler == nil {
			c.handler = refused{}
			c.Close(ErrEngineClosed)
		}
	})
	f.serve(p)
}

// serve reads until the connection closes. Callbacks make the goroutine's stack grow, and an idle connection would keep
// it: when a timer finds the connection idle, a fresh goroutine takes over.
func (f *flow) serve(p *portable) {
	c := &f.conn
	var small []byte
	if f.raw == nil {
		small = make([]byte, smallRead)
	}
	for !c.closing.Load() {
		if !f.mayRead() {
			<-f.wakeup
			continue
		}
		if f.raw == nil {
			f.readSmall(small)
			continue
		}
		f.readRaw()
		if f.tired.CompareAndSwap(true, false) {
			go f.serve(p)
			return
		}
	}
	f.end(p)
}

// end is the last of a connection.
func (f *flow) end(p *portable) {
	c := &f.conn
	defer c.engine.running.Done()
	f.callback(func(w *Worker) {
		f.gone = true
		if f.timer != nil {
			f.timer.Stop()
		}
		c.in.left = nil
		if c.in.handshake != nil {
			c.in.handshake.fail(net.ErrClosed)
		}
		w.current = c
		c.handler.Closed(w, *c.reason.Load())
	})
	c.out.leave(c)
	p.mu.Lock()
	delete(p.flows, f)
	p.mu.Unlock()
	c.engine.freeSlot(c.slot)
}

func (f *flow) mayRead() bool {
	f.turn.Lock()
	defer f.turn.Unlock()
	return !f.conn.in.muted()
}

// goesOn reports whether Data is to be called again without new bytes.
func (f *flow) goesOn() bool {
	in := &f.conn.in
	return in.again && !in.muted() && !f.gone && !f.conn.closing.Load()
}

// again calls Data for what was left when it yielded, was resumed, or was put off, or is in the TLS layer.
func (f *flow) again(w *Worker) {
	c := &f.conn
	in := &c.in
	in.again = false
	if layer := c.tls.Load(); layer != nil && in.reread {
		in.reread = false
		if f.decrypt(w, layer) {
			return
		}
	}
	if len(in.left) > 0 && !c.closing.Load() {
		f.handle(w, w.buf[:copy(w.grown(len(in.left)), in.left)])
	}
	w.current = nil
}

// readRaw waits until there is something, without a buffer, and handles it.
func (f *flow) readRaw() {
	if err := f.raw.waitReadable(); err != nil {
		if f.tired.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
			_ = f.nc.SetReadDeadline(time.Time{}) // serve looks whether the connection was closed meanwhile
			return
		}
		f.failRead(err)
		return
	}
	f.callback(func(w *Worker) {
		c := &f.conn
		if c.in.muted() || c.closing.Load() {
			return
		}
		if layer := c.tls.Load(); layer != nil {
			f.decrypt(w, layer)
			return
		}
		buf := w.grown(len(c.in.left) + minRead)
		have := copy(buf, c.in.left)
		n, err := f.raw.read(buf[have:])
		f.received(w, buf[:have+n], n, err)
	})
}

// readSmall reads into a buffer that is f's own and handles what came.
func (f *flow) readSmall(small []byte) {
	n, err := f.nc.Read(small)
	f.callback(func(w *Worker) {
		c := &f.conn
		if c.closing.Load() {
			return
		}
		if layer := c.tls.Load(); layer != nil && n > 0 {
			layer.shim.feed(small[:n])
			f.decrypt(w, layer)
			return
		}
		buf := w.grown(len(c.in.left) + n)
		have := copy(buf, c.in.left)
		copy(buf[have:], small[:n])
		f.received(w, buf[:have+n], n, err)
	})
}

func (f *flow) received(w *Worker, data []byte, n int, err error) {
	switch {
	case n > 0:
		f.handle(w, data)
	case errors.Is(err, errWouldBlock):
	case err == nil:
		f.conn.Close(ErrPeerClosed)
	default:
		f.failRead(err)
	}
}

// decrypt handles what TLS has, if it has something.
func (f *flow) decrypt(w *Worker, layer *tlsLayer) (handled bool) {
	c := &f.conn
	buf := w.grown(len(c.in.left) + minRead)
	have := copy(buf, c.in.left)
	n, full, err := layer.read(w, buf[have:])
	if layer.shim.waiting() {
		c.out.nudge(c)
	}
	switch {
	case n > 0:
		f.handle(w, buf[:have+n])
		if full {
			c.in.again, c.in.reread = true, true
		}
	case err != nil:
		f.failRead(err)
	}
	return n > 0
}

// handle gives data to the handler and does what it asked for.
func (f *flow) handle(w *Worker, data []byte) {
	c := &f.conn
	if c.in.handshake != nil {
		c.receiveHandshake(data)
		c.in.left = nil
		return
	}
	w.feed(c, data)
	if c.in.handshake != nil {
		c.receiveHandshake(c.in.left)
		c.in.left = nil
	}
	if w.stall > 0 && !c.closing.Load() {
		c.engine.stalls.Add(1)
		c.in.until = time.Now().UnixNano() + w.stall
		f.reschedule(c)
	}
}

func (f *flow) failRead(err error) {
	if errors.Is(err, io.EOF) {
		f.conn.Close(ErrPeerClosed)
		return
	}
	f.conn.Close(fmt.Errorf("%w: %w", ErrRead, err))
}

// signal makes run look again.
func (f *flow) signal() {
	select {
	case f.wakeup <- struct{}{}:
	default:
	}
}

// write is driver.write.
func (f *flow) write(_ *Conn, bufs [][]byte, wait bool) (int, error) {
	if f.raw != nil {
		return f.raw.write(bufs, wait)
	}
	if !wait {
		return 0, nil
	}
	total := 0
	for _, b := range bufs {
		n, err := f.nc.Write(b)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// writeOne is driver.writeOne.
func (f *flow) writeOne(c *Conn, p []byte, wait bool) (int, error) {
	return f.write(c, [][]byte{p}, wait)
}

// await is driver.await: a goroutine writes until the backlog is empty or the connection closes.
func (f *flow) await(c *Conn) {
	c.engine.running.Add(1)
	go func() {
		defer c.engine.running.Done()
		watch := time.AfterFunc(c.options.Load().WriteDeadline, func() { f.checkDeadline() })
		defer watch.Stop()
		c.out.drain(c, true)
	}()
}

// checkDeadline closes the connection if its peer takes nothing, and else looks again later.
func (f *flow) checkDeadline() {
	c := &f.conn
	o := c.options.Load()
	if c.closing.Load() || c.out.pending.Load() == 0 {
		return
	}
	left := time.Duration(c.out.deadline(o) - time.Now().UnixNano())
	if left <= 0 {
		c.Close(ErrSlowConsumerDeadline)
		return
	}
	time.AfterFunc(left, f.checkDeadline)
}

// post is driver.post.
func (f *flow) post(c *Conn, do func(w *Worker)) bool {
	if c.closing.Load() {
		return false
	}
	c.engine.running.Add(1)
	go func() {
		defer c.engine.running.Done()
		f.callback(do)
	}()
	return true
}

// wake is driver.wake.
func (f *flow) wake(c *Conn) {
	if c.closing.Load() {
		f.interrupt()
	}
	f.signal()
}

// interrupt ends reads and writes that wait.
func (f *flow) interrupt() {
	_ = f.nc.SetDeadline(time.Unix(1, 0)) // a connection without deadlines is closed instead
	if f.raw == nil {
		_ = f.nc.Close()
	}
}

// reschedule is driver.reschedule.
func (f *flow) reschedule(c *Conn) {
	at := soonest(c)
	if at == 0 {
		if f.timer != nil {
			f.timer.Stop()
		}
		return
	}
	d := time.Duration(at - time.Now().UnixNano())
	if f.timer == nil {
		f.timer = time.AfterFunc(d, f.fire)
		return
	}
	f.timer.Reset(d)
}

func (f *flow) fire() {
	c := &f.conn
	e := c.engine
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	e.running.Add(1)
	e.mu.Unlock()
	defer e.running.Done()
	f.callback(func(w *Worker) {
		now := time.Now().UnixNano()
		if c.closing.Load() {
			return
		}
		if c.in.until != 0 && c.in.until <= now {
			c.in.until, c.in.again = 0, true
		}
		if c.endAt != 0 && c.endAt <= now {
			c.Close(c.out.reason())
			return
		}
		if c.dueAt != 0 && c.dueAt <= now {
			c.dueAt = 0
			w.current = c
			c.handler.Timer(w)
			if f.raw != nil {
				f.tired.Store(true)
				_ = f.nc.SetReadDeadline(time.Unix(1, 0)) // fails only when nc is closed
			}
		}
		f.reschedule(c)
	})
}

// release is driver.release.
func (f *flow) release(*Conn) { _ = f.nc.Close() }

// pull is driver.pull.
func (f *flow) pull(p []byte) (int, error) {
	if f.raw == nil {
		return 0, errWouldBlock // run feeds what it reads
	}
	return f.raw.read(p)
}

// refused handles a connection that nobody wants.
type refused struct{}

func (refused) Data(_ *Worker, data []byte) (int, int) { return len(data), 0 }
func (refused) Timer(*Worker)                          {}
func (refused) Closed(*Worker, error)                  {}
