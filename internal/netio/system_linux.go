package netio

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// system is the engine's event loops.
type system struct {
	loops      []*loop
	generation atomic.Uint32
	spare      spare
	portable   portable
}

func (y *system) start(e *Engine) error {
	if e.options.Portable {
		return nil
	}
	n := e.options.Loops
	if n <= 0 {
		n = max(1, runtime.GOMAXPROCS(0))
	}
	for range n {
		l, err := newLoop(e)
		if err != nil {
			return err
		}
		y.loops = append(y.loops, l)
	}
	for _, l := range y.loops {
		e.running.Add(1)
		go l.run()
	}
	return nil
}

// stop closes all connections and lets the loops end.
func (y *system) stop(e *Engine) {
	y.portable.stop()
	for _, l := range y.loops {
		l.mu.Lock()
		l.stop = true
		l.mu.Unlock()
		l.ask(post{f: func(*Worker) {
			for _, s := range l.table {
				if s != nil {
					s.conn.Close(ErrEngineClosed)
				}
			}
		}})
	}
}

// size is how many loops there are.
func (y *system) size() int { return len(y.loops) }

// everywhere runs f once on each loop, soon.
func (y *system) everywhere(f func(*Worker)) {
	for _, l := range y.loops {
		l.ask(post{f: f})
	}
}

// busy reports whether a loop works for most of its time, and does so now.
func (y *system) busy() bool {
	for _, l := range y.loops {
		if l.busy.Load() >= fullFrom && !l.dozing.Load() {
			return true
		}
	}
	return len(y.loops) == 0
}

// choose is the loop for a new connection: the first ones are packed until they are rather busy.
func (e *Engine) choose() *loop {
	for _, l := range e.system.loops {
		if l.busy.Load() < fullFrom {
			return l
		}
	}
	return e.idlest()
}

func (e *Engine) idlest() *loop {
	best := e.system.loops[0]
	for _, l := range e.system.loops[1:] {
		if l.busy.Load() < best.busy.Load() {
			best = l
		}
	}
	return best
}

func (y *system) listen(e *Engine, l *Listener, network, address string) error {
	if e.options.Portable {
		return y.portable.listen(e, l, network, address)
	}
	config := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true}}
	nl, err := config.Listen(context.Background(), network, address)
	if err != nil {
		return err
	}
	l.addr = nl.Addr()
	file, err := nl.(*net.TCPListener).File()
	_ = nl.Close() // the descriptor was copied
	if err != nil {
		return fmt.Errorf("take over the listening socket: %w", err)
	}
	l.fd, err = unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	_ = file.Close()
	if err != nil {
		return fmt.Errorf("take over the listening socket: %w", err)
	}
	if err := unix.SetNonblock(l.fd, true); err != nil {
		return err
	}
	first := y.loops[0]
	l.close = func() error { return first.unlisten(l) }
	started := make(chan error, 1)
	first.ask(post{f: func(*Worker) { started <- first.watch(l) }})
	return <-started
}

// watch makes the loop accept for l.
func (l *loop) watch(listener *Listener) error {
	l.listeners = append(l.listeners, listener)
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: slotListen, Pad: int32(listener.fd)}
	return unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, listener.fd, &ev)
}

// unlisten ends a listener and waits until the loop knows.
func (l *loop) unlisten(listener *Listener) error {
	done := make(chan error, 1)
	l.ask(post{f: func(*Worker) {
		for i, one := range l.listeners {
			if one == listener {
				l.listeners = append(l.listeners[:i:i], l.listeners[i+1:]...)
				break
			}
		}
		done <- unix.Close(listener.fd)
	}})
	return <-done
}

const (
	// acceptBurst is how many connections are accepted before others get their turn.
	acceptBurst = 64
	// acceptPause is how long accepting rests when there are no descriptors left.
	acceptPause = 100 * time.Millisecond
)

// accept takes the connections that wait at the listener with descriptor fd.
func (e *Engine) accept(l *loop, fd uint32) {
	var listener *Listener
	for _, one := range l.listeners {
		if one.fd == int(fd) {
			listener = one
		}
	}
	if listener == nil || listener.paused.Load() {
		return
	}
	for range acceptBurst {
		nfd, from, err := unix.Accept4(listener.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch err {
		case nil:
			e.accepted(l, listener, nfd, from)
		case unix.EINTR, unix.ECONNABORTED:
		case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
			l.restAccepting(listener)
			return
		default:
			return
		}
	}
}

// restAccepting stops watching the listener for a moment, so that a loop without descriptors does not spin.
func (l *loop) restAccepting(listener *Listener) {
	listener.paused.Store(true)
	_ = unix.EpollCtl(l.epfd, unix.EPOLL_CTL_DEL, listener.fd, nil)
	l.engine.running.Add(1)
	time.AfterFunc(acceptPause, func() {
		defer l.engine.running.Done()
		l.ask(post{f: func(*Worker) {
			listener.paused.Store(false)
			for _, one := range l.listeners {
				if one == listener {
					ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: slotListen, Pad: int32(listener.fd)}
					_ = unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, listener.fd, &ev)
				}
			}
		}})
	})
}

func (e *Engine) accepted(l *loop, listener *Listener, fd int, from unix.Sockaddr) {
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) // slower without, nothing worse
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	s := e.newSocket(fd, listener.options.Load())
	s.conn.remote = tcpAddr(from)
	s.conn.local = listener.addr
	to := e.choose()
	s.loop.Store(to)
	if to == l {
		l.add(s, listener.accept)
		return
	}
	to.ask(post{f: func(*Worker) { to.add(s, listener.accept) }})
}

func (e *Engine) newSocket(fd int, o *ConnOptions) *socket {
	s := &socket{fd: fd, generation: e.system.generation.Add(1)}
	s.conn.engine = e
	s.conn.driver = s
	s.conn.slot = e.newSlot()
	s.conn.options.Store(o)
	return s
}

// endpoint is a TCP address in little memory.
type endpoint struct{ netip.AddrPort }

func (endpoint) Network() string { return "tcp" }

func tcpAddr(sa unix.Sockaddr) net.Addr {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return endpoint{netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))}
	case *unix.SockaddrInet6:
		return endpoint{netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))}
	}
	return endpoint{}
}

// Attach makes nc one of the engine's connections; open makes its handler. A TCP connection's descriptor is taken over,
// any other is driven by goroutines. nc must not be used any more.
func (e *Engine) Attach(nc net.Conn, o ConnOptions, open Accept) error {
	tcp, ok := nc.(*net.TCPConn)
	if e.options.Portable || !ok {
		return e.system.portable.attach(e, nc, o.withDefaults(), open)
	}
	fd, err := takeOver(tcp)
	if err != nil {
		return err
	}
	s := e.newSocket(fd, o.withDefaults())
	s.conn.remote, s.conn.local = nc.RemoteAddr(), nc.LocalAddr()
	to := e.choose()
	s.loop.Store(to)
	to.ask(post{f: func(*Worker) { to.add(s, open) }})
	return nil
}

func takeOver(tcp *net.TCPConn) (int, error) {
	defer func() { _ = tcp.Close() }() // the descriptor is copied
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0, err
	}
	fd := -1
	if e := raw.Control(func(old uintptr) { fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }); e != nil {
		return 0, e
	}
	if err != nil {
		return 0, os.NewSyscallError("fcntl", err)
	}
	return fd, unix.SetNonblock(fd, true)
}

// pull is driver.pull.
func (s *socket) pull(p []byte) (int, error) {
	n, errno := rawRead(s.fd, p)
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return 0, errWouldBlock
	case errno != 0:
		return 0, errno
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}
