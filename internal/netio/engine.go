package netio

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Engine runs connections. It is safe for concurrent use.
type Engine struct {
	options Options
	stalls  atomic.Int64
	running sync.WaitGroup
	system  system

	handshakes handshakes

	mu        sync.Mutex
	closed    bool
	slots     uint32   // slots ever used
	free      []uint32 // slots not used now
	listeners map[*Listener]struct{}
}

// New starts an engine.
func New(o Options) (*Engine, error) {
	if o.ReadBuffer <= 0 {
		o.ReadBuffer = defaultReadBuffer
	}
	e := &Engine{options: o, listeners: map[*Listener]struct{}{}}
	if err := e.system.start(e); err != nil {
		return nil, fmt.Errorf("start the network engine: %w", err)
	}
	return e, nil
}

// Stats counts since the engine began.
func (e *Engine) Stats() Stats { return Stats{Stalls: e.stalls.Load()} }

// Busy reports whether a loop works for most of its time. Where there are no loops it is not known, and true.
func (e *Engine) Busy() bool { return e.system.busy() }

// Close stops listening, closes every connection with ErrEngineClosed, and waits for all callbacks.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	listeners := make([]*Listener, 0, len(e.listeners))
	for l := range e.listeners {
		listeners = append(listeners, l)
	}
	e.mu.Unlock()
	for _, l := range listeners {
		_ = l.Close()
	}
	e.system.stop(e)
	e.running.Wait()
	return nil
}

// newSlot gives a connection its number; dense, so that workers can index by it.
func (e *Engine) newSlot() uint32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if k := len(e.free) - 1; k >= 0 {
		slot := e.free[k]
		e.free = e.free[:k]
		return slot
	}
	e.slots++
	return e.slots - 1
}

func (e *Engine) freeSlot(slot uint32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.free = append(e.free, slot)
}

// Listener accepts connections.
type Listener struct {
	engine  *Engine
	addr    net.Addr
	options atomic.Pointer[ConnOptions]
	accept  Accept
	close   func() error
	once    sync.Once
	err     error
	fd      int
	paused  atomic.Bool
}

// Listen accepts connections at address; network is "tcp", "tcp4" or "tcp6". accept is called for each.
func (e *Engine) Listen(network, address string, o ConnOptions, accept Accept) (*Listener, error) {
	l := &Listener{engine: e, accept: accept}
	l.SetOptions(o)
	if err := e.system.listen(e, l, network, address); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.listeners[l] = struct{}{}
	return l, nil
}

// SetOptions changes the options of connections that are accepted from now on. Safe for concurrent use.
func (l *Listener) SetOptions(o ConnOptions) { l.options.Store(o.withDefaults()) }

// Addr is where the listener listens.
func (l *Listener) Addr() net.Addr { return l.addr }

// Close stops accepting; connections that exist go on.
func (l *Listener) Close() error {
	l.once.Do(func() {
		l.engine.mu.Lock()
		delete(l.engine.listeners, l)
		l.engine.mu.Unlock()
		l.err = l.close()
	})
	return l.err
}
