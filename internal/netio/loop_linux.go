package netio

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// loop is an event loop: one goroutine, its worker, and the connections that are its.
type loop struct {
	engine *Engine
	worker *Worker
	epfd   int
	wakefd int
	table  []*socket // by slot
	again  []*socket // whose Data is to be called without new bytes
	timers timers
	load   load
	busy   atomic.Int32 // percent
	events [256]unix.EpollEvent

	// dozing is set while the loop sleeps in epoll_wait, so that others wake it only then.
	dozing atomic.Bool
	// dull is set when the loop is idle for long and has given its buffers back.
	dull      bool
	lastEvent time.Time

	listeners []*Listener

	mu     sync.Mutex
	posts  []post
	behind map[*socket]struct{} // connections with a backlog, whose deadline must be watched
	stop   bool
}

// post is a function to be run for a connection, or for the loop itself when socket is nil.
type post struct {
	socket *socket
	f      func(w *Worker)
}

const (
	// slotListen and slotWake mark events that are no connection's.
	slotWake   = ^int32(0)
	slotListen = ^int32(1)
	// yieldEvery is how many turns a busy loop takes before it lets other goroutines run.
	yieldEvery = 16
	// watchEvery is how often backlogs are compared with the write deadline.
	watchEvery = 100 * time.Millisecond
)

func newLoop(e *Engine) (*loop, error) {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create an epoll instance: %w", err)
	}
	wakefd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		_ = unix.Close(epfd)
		return nil, fmt.Errorf("create an eventfd: %w", err)
	}
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: slotWake}
	if err := unix.EpollCtl(epfd, unix.EPOLL_CTL_ADD, wakefd, &ev); err != nil {
		_ = unix.Close(epfd)
		_ = unix.Close(wakefd)
		return nil, fmt.Errorf("watch an eventfd: %w", err)
	}
	l := &loop{engine: e, worker: newWorker(e), epfd: epfd, wakefd: wakefd, behind: map[*socket]struct{}{}}
	l.worker.owner = l
	return l, nil
}

// run handles events until the engine closes and the last connection is gone.
func (l *loop) run() {
	defer l.engine.running.Done()
	defer func() {
		_ = unix.Close(l.epfd)
		_ = unix.Close(l.wakefd)
	}()
	for turn := 1; ; turn++ {
		n := pollNow(l.epfd, l.events[:])
		if n == 0 && len(l.again) == 0 {
			n = l.wait()
		}
		for i := range n {
			l.event(&l.events[i])
		}
		l.repeat()
		l.worker.flush() // before a post closes what this turn has sent to
		if l.runPosts() {
			return
		}
		l.worker.endTurn()
		l.runTimers()
		if turn%yieldEvery == 0 {
			runtime.Gosched()
		}
	}
}

// wait sleeps until something happens or a timer is due.
func (l *loop) wait() int {
	l.dozing.Store(true)
	l.mu.Lock()
	awake := len(l.posts) > 0 || l.stop
	watching := len(l.behind) > 0
	l.mu.Unlock()
	if awake {
		l.dozing.Store(false)
		return 0
	}
	timeout := l.timeout(watching)
	l.load.sleep()
	n, err := unix.EpollWait(l.epfd, l.events[:], timeout)
	l.load.wake()
	l.dozing.Store(false)
	l.rest(n)
	if err != nil {
		return 0 // EINTR; nothing else can happen to descriptors that are ours
	}
	if n == 0 && timeout < 0 {
		return 0
	}
	return n
}

// idleAfter is how long a loop sleeps before it gives its buffers back.
const idleAfter = 5 * time.Second

// rest gives buffers back when the loop has had nothing to do for a while.
func (l *loop) rest(events int) {
	now := time.Now()
	switch {
	case events > 0:
		l.dull, l.lastEvent = false, now
	case !l.dull && now.Sub(l.lastEvent) >= idleAfter:
		l.worker.trim()
		l.dull = true
	}
}

// timeout is how long to sleep, in milliseconds.
func (l *loop) timeout(watching bool) int {
	limit := time.Duration(-1)
	if !l.dull {
		limit = idleAfter
	}
	if watching {
		limit = watchEvery
	}
	if due := l.timers.next(); due != 0 {
		left := max(0, time.Duration(due-time.Now().UnixNano()))
		if limit < 0 || left < limit {
			limit = left
		}
	}
	if limit < 0 {
		return -1
	}
	return int((limit + time.Millisecond - 1) / time.Millisecond)
}

func (l *loop) event(ev *unix.EpollEvent) {
	switch ev.Fd {
	case slotWake:
		var b [8]byte
		_, _ = rawRead(l.wakefd, b[:]) // only resets the counter
		return
	case slotListen:
		l.engine.accept(l, uint32(ev.Pad))
		return
	}
	l.dull = false
	slot := uint32(ev.Fd)
	if int(slot) >= len(l.table) {
		return
	}
	s := l.table[slot]
	if s == nil || int32(s.generation) != ev.Pad {
		return
	}
	if ev.Events&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		s.conn.out.drain(&s.conn, false)
	}
	gone := ev.Events&(unix.EPOLLERR|unix.EPOLLHUP) != 0
	if gone && s.conn.in.muted() {
		s.conn.Close(ErrPeerClosed) // it is reported for ever otherwise
		return
	}
	if gone || ev.Events&unix.EPOLLIN != 0 {
		l.read(s)
	}
}

// read takes what came for one connection and handles it, if it is something.
func (l *loop) read(s *socket) (handled bool) {
	c := &s.conn
	if c.closing.Load() {
		return false
	}
	in := &c.in
	if in.muted() {
		s.setEvents()
		return false
	}
	if in.again && !in.reread {
		return false // what is left comes first
	}
	w := l.worker
	own := in.need > ownBuffer && len(in.left) < cap(in.left)
	var buf []byte
	have := len(in.left)
	if own {
		buf = in.left[:min(cap(in.left), in.need)]
	} else {
		if have+minRead > len(w.buf) {
			w.buf = append(make([]byte, 0, 2*(have+minRead)), w.buf...)[:2*(have+minRead)]
		}
		buf = w.buf
		copy(buf, in.left)
	}
	s.active = true
	n, ok := l.receive(s, buf[have:])
	if !ok {
		return false
	}
	data := buf[:have+n]
	if own {
		in.left = data
		if len(data) < in.need && len(data) == cap(in.left) {
			in.left = w.room(nil, data, in.need)
		}
		if len(data) < in.need {
			return true
		}
	}
	l.handle(s, data)
	return true
}

// receive reads into p, decrypting if the connection is secured. ok: there is something to handle.
func (l *loop) receive(s *socket, p []byte) (n int, ok bool) {
	c := &s.conn
	if layer := c.tls.Load(); layer != nil {
		return l.decrypt(s, layer, p)
	}
	n, errno := rawRead(s.fd, p)
	switch {
	case errno == unix.EAGAIN || errno == unix.EINTR:
		return 0, false
	case errno != 0:
		c.Close(fmt.Errorf("%w: %w", ErrRead, errno))
		return 0, false
	case n == 0:
		c.Close(ErrPeerClosed)
		return 0, false
	}
	return n, true
}

func (l *loop) decrypt(s *socket, layer *tlsLayer, p []byte) (n int, ok bool) {
	c := &s.conn
	n, full, err := layer.read(l.worker, p)
	if layer.shim.waiting() {
		c.out.nudge(c)
	}
	if full {
		c.in.again, c.in.reread = true, true
		l.requeue(s)
	}
	switch {
	case n > 0:
		return n, true
	case errors.Is(err, io.EOF):
		c.Close(ErrPeerClosed)
	case err != nil:
		c.Close(fmt.Errorf("%w: %w", ErrRead, err))
	}
	return 0, false
}

// requeue makes repeat look at s.
func (l *loop) requeue(s *socket) {
	if !s.queued {
		s.queued = true
		l.again = append(l.again, s)
	}
}

// handle gives data to the handler and does what it asked for.
func (l *loop) handle(s *socket, data []byte) {
	w := l.worker
	c := &s.conn
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
	if c.in.again {
		l.requeue(s)
	}
	if w.stall > 0 && !c.closing.Load() {
		l.engine.stalls.Add(1)
		c.in.until = time.Now().UnixNano() + w.stall
		l.timers.set(s, soonest(c))
	}
	if c.in.paused || c.in.until != 0 {
		s.setEvents()
	}
}

// repeat calls Data again for those who yielded or were resumed.
func (l *loop) repeat() {
	if len(l.again) == 0 {
		return
	}
	round := l.again
	l.again = nil
	for _, s := range round {
		s.queued = false
		c := &s.conn
		if c.closing.Load() || !c.in.again || l.lookup(s) == nil {
			continue
		}
		c.in.again = false
		if c.in.paused {
			continue
		}
		s.setEvents()
		if c.in.reread {
			c.in.reread = false
			if l.read(s) {
				continue
			}
		}
		if len(c.in.left) > 0 && !c.closing.Load() {
			left := l.worker.buf[:copy(l.worker.grown(len(c.in.left)), c.in.left)]
			l.handle(s, left)
		}
	}
}

// lookup returns s if it is this loop's still.
func (l *loop) lookup(s *socket) *socket {
	if int(s.conn.slot) < len(l.table) && l.table[s.conn.slot] == s {
		return s
	}
	return nil
}

// runPosts runs what others asked for. It reports true when the loop is to end.
func (l *loop) runPosts() (done bool) {
	l.mu.Lock()
	posts, stop := l.posts, l.stop
	l.posts = nil
	l.mu.Unlock()
	for _, p := range posts {
		switch {
		case p.socket == nil:
			p.f(l.worker)
		case l.lookup(p.socket) != nil:
			p.f(l.worker)
		default:
			p.socket.forward(l, p.f)
		}
	}
	if !stop {
		return false
	}
	for _, s := range l.table {
		if s != nil {
			return false
		}
	}
	return true
}

// ask makes the loop run p soon. It reports false when the loop has ended.
func (l *loop) ask(p post) {
	l.mu.Lock()
	l.posts = append(l.posts, p)
	l.mu.Unlock()
	l.rouse()
}

// rouse ends the loop's sleep.
func (l *loop) rouse() {
	if l.dozing.Load() {
		one := [8]byte{0: 1}
		_, _ = unix.Write(l.wakefd, one[:]) // full means that it is awake already
	}
}

// runTimers calls the timers that are due and closes connections that do not take their bytes.
func (l *loop) runTimers() {
	now := time.Now().UnixNano()
	for {
		s := l.timers.due(now)
		if s == nil {
			break
		}
		l.fire(s, now)
	}
	l.load.tick(l, now)
	if now-l.load.watched < int64(watchEvery) {
		return
	}
	l.load.watched = now
	l.mu.Lock()
	var late []*socket
	for s := range l.behind {
		c := &s.conn
		switch {
		case c.closing.Load() || c.out.pending.Load() == 0:
			delete(l.behind, s)
		case now > c.out.deadline(c.options.Load()):
			late = append(late, s)
		}
	}
	l.mu.Unlock()
	for _, s := range late {
		s.conn.Close(ErrSlowConsumerDeadline)
	}
}

func (l *loop) fire(s *socket, now int64) {
	c := &s.conn
	if c.closing.Load() {
		return
	}
	if c.in.until != 0 && c.in.until <= now {
		c.in.until = 0
		if len(c.in.left) > 0 && !c.in.paused {
			c.in.again = true
			l.requeue(s)
		}
		s.setEvents()
	}
	if c.endAt != 0 && c.endAt <= now {
		c.Close(c.out.reason())
		return
	}
	if c.dueAt != 0 && c.dueAt <= now {
		c.dueAt = 0
		l.worker.current = c
		c.handler.Timer(l.worker)
		l.worker.current = nil
		l.worker.endTurn()
	}
	if at := soonest(c); at != 0 {
		l.timers.set(s, at)
	}
}
