package netio

import (
	"time"
)

// Worker runs callbacks to completion and stages what they send. It is owned by the goroutine that runs it; callbacks
// use it during their call only.
type Worker struct {
	// State is what Options.NewState made for this worker.
	State any

	engine  *Engine
	owner   any    // the loop, on Linux
	buf     []byte // what is read
	current *Conn  // whose callback runs
	yield   bool
	stall   int64 // how long reading from current is put off, ns

	now time.Time // zero: not asked for in this turn

	stages []stage  // targets with staged bytes
	index  []uint32 // by slot: the target's place in stages plus one
	staged int      // bytes in stages
	spare  [][]byte // empty staging buffers
	large  []byte   // an empty buffer for a large operation
	cipher []byte   // what TLS reads ahead into; nil until it does
}

// stage is what goes to one target at the end of the turn.
type stage struct {
	conn *Conn
	buf  []byte
}

const (
	minStage     = 2 << 10
	maxStage     = 64 << 10
	maxStaged    = 1 << 20 // bytes staged by a worker, all targets together
	spareStages  = 64      // empty buffers kept
	stallQuarter = 3       // of four quarters of MaxPending: more slows those who send

	// softPending is how much may wait for a target that makes progress before those who send to it are slowed a
	// little, so that what waits stays in the processor's caches.
	softPending = 1 << 20
	softStall   = 1 * time.Millisecond
	hardStall   = 3 * time.Millisecond
	maxStall    = 10 * time.Millisecond
	progressing = 10 * time.Millisecond
)

func newWorker(e *Engine) *Worker {
	w := &Worker{engine: e, buf: make([]byte, e.options.ReadBuffer)}
	if e.options.NewState != nil {
		w.State = e.options.NewState(w)
	}
	return w
}

// Now is the time, read at most once in a turn.
func (w *Worker) Now() time.Time {
	if w.now.IsZero() {
		w.now = time.Now()
	}
	return w.now
}

// Yield, called from Data, makes the rest that Data leaves come again on the next turn, after the other connections.
func (w *Worker) Yield() { w.yield = true }

// Reserve returns n bytes of what will be sent to c at the end of the turn, to be filled at once. It is nil when c is
// closed, or when c does not keep up and takes no more. c may be any connection of the engine.
func (w *Worker) Reserve(c *Conn, n int) []byte {
	if int(c.slot) < len(w.index) && !c.closing.Load() {
		if i := w.index[c.slot]; i != 0 {
			s := &w.stages[i-1]
			if have := len(s.buf); s.conn == c && have+n <= cap(s.buf) {
				s.buf = s.buf[:have+n]
				w.staged += n
				return s.buf[have : have+n : have+n]
			}
		}
	}
	return w.reserve(c, n)
}

// reserve is Reserve's slow path: a target's first bytes in a turn, or more than its buffer holds.
func (w *Worker) reserve(c *Conn, n int) []byte {
	if c.closing.Load() || w.congested(c) {
		return nil
	}
	if w.staged+n > maxStaged {
		w.flush()
	}
	i := w.stageOf(c)
	s := &w.stages[i]
	if have := len(s.buf); have+n > cap(s.buf) {
		if have+n > maxStage {
			w.staged -= have
			c.out.write(c, s.buf)
			s.buf = s.buf[:0]
			have = 0
		}
		if have+n > cap(s.buf) {
			s.buf = append(make([]byte, 0, max(2*cap(s.buf), have+n, minStage)), s.buf...)
		}
	}
	have := len(s.buf)
	s.buf = s.buf[:have+n]
	w.staged += n
	return s.buf[have : have+n : have+n]
}

// stageOf returns the place of c's stage, made if there is none.
func (w *Worker) stageOf(c *Conn) int {
	if int(c.slot) >= len(w.index) {
		w.index = append(w.index, make([]uint32, int(c.slot)+1+len(w.index)/2-len(w.index)+8)...)
	}
	if i := w.index[c.slot]; i != 0 {
		if w.stages[i-1].conn == c {
			return int(i - 1)
		}
		// The slot was another's, which is closed: what it had staged is lost with it.
		s := &w.stages[i-1]
		w.staged -= len(s.buf)
		s.conn, s.buf = c, s.buf[:0]
		return int(i - 1)
	}
	var buf []byte
	if k := len(w.spare) - 1; k >= 0 {
		buf, w.spare = w.spare[k], w.spare[:k]
	}
	w.stages = append(w.stages, stage{conn: c, buf: buf})
	w.index[c.slot] = uint32(len(w.stages))
	return len(w.stages) - 1
}

// WriteBlock sends p, behind what is staged for c, straight to the system; what that does not take is copied. It
// reports false when c is closed, or takes no more because it does not keep up. It is for blocks of 8 KiB and more.
func (w *Worker) WriteBlock(c *Conn, p []byte) bool {
	if c.closing.Load() || w.congested(c) {
		return false
	}
	if int(c.slot) < len(w.index) {
		if i := w.index[c.slot]; i != 0 {
			if s := &w.stages[i-1]; s.conn == c && len(s.buf) > 0 {
				w.staged -= len(s.buf)
				c.out.write(c, s.buf)
				s.buf = s.buf[:0]
			}
		}
	}
	c.out.write(c, p)
	return true
}

// congested looks at how much waits for c, and slows the one whose callback runs if c is behind but makes progress:
// waiting for a peer that takes nothing would only slow the others. It reports whether c shall be given nothing more.
func (w *Worker) congested(c *Conn) (drop bool) {
	pending := c.out.pending.Load()
	if pending < softPending || w.current == nil || c == w.current {
		return false
	}
	o := c.options.Load()
	full := pending > o.MaxPending/4*stallQuarter
	switch {
	case full && o.NoProducerStall:
		return true
	case w.Now().UnixNano()-c.out.moved.Load() >= int64(progressing):
	case full:
		w.stall = min(w.stall+int64(hardStall), int64(maxStall))
		c.stalls.Add(1)
	default:
		w.stall = max(w.stall, int64(softStall))
		c.stalls.Add(1)
	}
	return false
}

// flush sends everything that is staged.
func (w *Worker) flush() {
	for i := range w.stages {
		s := &w.stages[i]
		if int(s.conn.slot) < len(w.index) {
			w.index[s.conn.slot] = 0
		}
		if len(s.buf) > 0 {
			s.conn.out.write(s.conn, s.buf)
		}
		if cap(s.buf) > 0 && len(w.spare) < spareStages {
			w.spare = append(w.spare, s.buf[:0])
		}
		*s = stage{}
	}
	w.stages = w.stages[:0]
	w.staged = 0
}

// endTurn flushes and lets the clock be read anew.
func (w *Worker) endTurn() {
	if len(w.stages) > 0 {
		w.flush()
	}
	w.now = time.Time{}
}

// trim gives back what the worker keeps for speed.
func (w *Worker) trim() {
	w.spare, w.large, w.cipher, w.stages = nil, nil, nil, nil
	w.index = nil
	if s, ok := w.State.(Trimmer); ok {
		s.Trim()
	}
}

// feed gives c's handler data, which begins with what was left before, and keeps what it leaves.
func (w *Worker) feed(c *Conn, data []byte) {
	w.current, w.yield, w.stall = c, false, 0
	consumed, need := c.handler.Data(w, data)
	w.current = nil
	in := &c.in
	in.need = need
	if w.yield && !c.closing.Load() {
		in.again = true
	}
	w.keep(c, data[consumed:])
}

// ownBuffer is from which size on an operation is read into a buffer of its own instead of being moved to the front of
// the worker's again and again.
const ownBuffer = 32 << 10

// minRead is the least room a read is given.
const minRead = 16 << 10

// grown is the worker's buffer, at least n bytes long.
func (w *Worker) grown(n int) []byte {
	if len(w.buf) < n {
		w.buf = make([]byte, n)
	}
	return w.buf
}

// keep stores what a handler left. rest may lie in c's own buffer.
func (w *Worker) keep(c *Conn, rest []byte) {
	in := &c.in
	if len(rest) == 0 {
		if cap(in.left) >= ownBuffer && cap(in.left) <= 1<<20 && w.large == nil {
			w.large = in.left[:0]
		}
		in.left, in.need = nil, 0
		return
	}
	if in.need > ownBuffer && in.need > len(rest) {
		in.left = w.room(in.left, rest, in.need)
		return
	}
	if cap(in.left) < len(rest) || cap(in.left) > 4*len(rest)+1024 {
		in.left = append(make([]byte, 0, roundUp(len(rest))), rest...)
		return
	}
	in.left = in.left[:copy(in.left[:len(rest)], rest)]
}

// roundUp is the capacity of a buffer for n left bytes: powers of two, so that a peer that sends byte by byte does not
// make a new buffer with each.
func roundUp(n int) int {
	size := 64
	for size < n {
		size *= 2
	}
	return size
}

// room returns a buffer that begins with rest and has room to go on towards need. It grows as bytes really come, so
// that a length that is only claimed costs nothing.
func (w *Worker) room(left, rest []byte, need int) []byte {
	want := min(need, max(4*ownBuffer, 2*len(rest)))
	if cap(left) >= want && len(rest) < cap(left) {
		return left[:copy(left[:len(rest)], rest)]
	}
	var b []byte
	if cap(w.large) >= want {
		b, w.large = w.large[:0], nil
	} else {
		b = make([]byte, 0, want)
	}
	return append(b, rest...)
}
