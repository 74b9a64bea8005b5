package netio

import (
	"net"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// socket is a connection on an event loop.
type socket struct {
	conn       Conn
	fd         int
	generation uint32 // tells connections apart that have the same slot one after the other
	loop       atomic.Pointer[loop]

	// Owned by the loop.
	heap   int32 // place among the timers plus one
	queued bool  // in loop.again
	gone   bool  // Closed was called or is due
	active bool  // something was read since the loops' load was compared last
}

// write is driver.write.
func (s *socket) write(c *Conn, bufs [][]byte, wait bool) (n int, err error) {
	if len(bufs) == 1 {
		return s.writeOne(c, bufs[0], wait)
	}
	for {
		n, errno := rawWritev(s.fd, bufs)
		if errno != unix.EINTR {
			return written(n, errno)
		}
	}
}

// writeOne is driver.writeOne.
func (s *socket) writeOne(_ *Conn, p []byte, _ bool) (int, error) {
	for {
		n, errno := rawWrite(s.fd, p)
		if errno != unix.EINTR {
			return written(n, errno)
		}
	}
}

func written(n int, errno syscall.Errno) (int, error) {
	switch errno {
	case 0:
		return n, nil
	case unix.EAGAIN:
		return 0, nil
	}
	return 0, errno
}

// await is driver.await: the loop watches for room and for the deadline.
func (s *socket) await(c *Conn) {
	l := s.loop.Load()
	l.mu.Lock()
	l.behind[s] = struct{}{}
	l.mu.Unlock()
	s.armWrite()
	l.rouse()
}

// armWrite tells the kernel to report room for writing, and leaves the rest as it is.
func (s *socket) armWrite() {
	c := &s.conn
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if c.out.waiting {
		s.watch(c.out.events | unix.EPOLLOUT)
	}
}

// watch tells the kernel which events to report; the output's lock is held.
func (s *socket) watch(events uint32) {
	c := &s.conn
	if c.out.left || c.out.dead || events == c.out.events {
		return
	}
	c.out.events = events
	ev := unix.EpollEvent{Events: events, Fd: int32(c.slot), Pad: int32(s.generation)}
	_ = unix.EpollCtl(s.loop.Load().epfd, unix.EPOLL_CTL_MOD, s.fd, &ev) // fails only for a descriptor that is not watched
}

// setEvents tells the kernel what to report. It is called by the loop.
func (s *socket) setEvents() {
	c := &s.conn
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	s.watch(s.wanted())
}

// wanted is which events are to be reported; the output's lock is held.
func (s *socket) wanted() uint32 {
	events := uint32(unix.EPOLLIN)
	if s.conn.in.muted() {
		events = 0
	}
	if s.conn.out.waiting {
		events |= unix.EPOLLOUT
	}
	return events
}

// post is driver.post.
func (s *socket) post(c *Conn, f func(w *Worker)) bool {
	if c.closing.Load() {
		return false
	}
	s.loop.Load().ask(post{socket: s, f: f})
	return true
}

// forward runs a post that came to a loop which s has left, or drops it when s is closed.
func (s *socket) forward(from *loop, f func(w *Worker)) {
	if now := s.loop.Load(); now != from {
		now.ask(post{socket: s, f: f})
	}
}

// wake is driver.wake.
func (s *socket) wake(c *Conn) {
	l := s.loop.Load()
	if c.closing.Load() {
		l.ask(post{socket: s, f: func(w *Worker) { w.owner.(*loop).remove(s) }})
		return
	}
	// Called on the loop: a pause ended.
	l.requeue(s)
}

// reschedule is driver.reschedule.
func (s *socket) reschedule(c *Conn) {
	if l := s.loop.Load(); !s.gone {
		l.timers.set(s, soonest(c))
	}
}

// release is driver.release.
func (s *socket) release(*Conn) { _ = unix.Close(s.fd) }

// add makes s one of the loop's connections and begins with it.
func (l *loop) add(s *socket, begin Accept) {
	c := &s.conn
	for int(c.slot) >= len(l.table) {
		l.table = append(l.table, nil)
	}
	l.table[c.slot] = s
	l.dull = false
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(c.slot), Pad: int32(s.generation)}
	c.out.events = ev.Events
	if err := unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, s.fd, &ev); err != nil {
		c.Close(err)
	}
	c.handler = begin(c, l.worker)
	if c.handler == nil {
		c.handler = refused{}
		c.Close(ErrEngineClosed)
	}
	if c.in.paused {
		s.setEvents()
	}
}

// remove ends a connection that was closed.
func (l *loop) remove(s *socket) {
	if l.lookup(s) == nil || s.gone {
		return
	}
	s.gone = true
	c := &s.conn
	l.timers.set(s, 0)
	l.table[c.slot] = nil
	c.out.mu.Lock()
	_ = unix.EpollCtl(l.epfd, unix.EPOLL_CTL_DEL, s.fd, nil) // it may not have been added
	c.out.mu.Unlock()
	l.mu.Lock()
	delete(l.behind, s)
	l.mu.Unlock()
	c.in.left = nil
	if c.in.handshake != nil {
		c.in.handshake.fail(net.ErrClosed)
	}
	c.out.leave(c)
	l.worker.current = c
	c.handler.Closed(l.worker, *c.reason.Load())
	l.worker.current = nil
	l.engine.freeSlot(c.slot)
}

// move hands a connection over to another loop. The turn's output is flushed before, so the order of what one peer
// sends is kept.
func (l *loop) move(s *socket, to *loop) {
	c := &s.conn
	l.worker.endTurn()
	l.timers.set(s, 0)
	l.table[c.slot] = nil
	l.mu.Lock()
	_, watched := l.behind[s]
	delete(l.behind, s)
	l.mu.Unlock()
	c.out.mu.Lock()
	_ = unix.EpollCtl(l.epfd, unix.EPOLL_CTL_DEL, s.fd, nil)
	// Whoever sees the new loop posts behind adopt.
	to.mu.Lock()
	s.loop.Store(to)
	to.posts = append(to.posts, post{f: func(*Worker) { to.adopt(s, watched) }})
	to.mu.Unlock()
	c.out.mu.Unlock()
	to.rouse()
}

// adopt takes a connection over from another loop.
func (l *loop) adopt(s *socket, watched bool) {
	c := &s.conn
	for int(c.slot) >= len(l.table) {
		l.table = append(l.table, nil)
	}
	l.table[c.slot] = s
	c.out.mu.Lock()
	c.out.events = s.wanted()
	watched = watched || c.out.waiting
	ev := unix.EpollEvent{Events: c.out.events, Fd: int32(c.slot), Pad: int32(s.generation)}
	_ = unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, s.fd, &ev)
	c.out.mu.Unlock()
	if watched {
		l.mu.Lock()
		l.behind[s] = struct{}{}
		l.mu.Unlock()
	}
	if at := soonest(c); at != 0 {
		l.timers.set(s, at)
	}
	if c.closing.Load() {
		l.remove(s)
	}
}
