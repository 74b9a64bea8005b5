package logs

import (
	"errors"
	"os"
	"sync"
	"time"
)

const (
	// maxQueued is how many bytes of lines may wait in a queue. As many again may be on their way out.
	maxQueued = 1 << 20
	// keptQueue is the size in bytes above which an empty queue's memory is not kept.
	keptQueue = 64 << 10
	// closeTime is how long closing waits for lines to get out.
	closeTime = time.Second
)

// errSlow is why a full queue loses lines.
var errSlow = errors.New("whoever takes the log is too slow")

// batch is lines that stand one behind the other.
type batch struct {
	text   []byte
	ends   []int // of each line in text
	levels []level
}

func (b *batch) add(v level, line []byte) {
	b.text = append(b.text, line...)
	b.ends = append(b.ends, len(b.text))
	b.levels = append(b.levels, v)
}

// each calls do for every line in order.
func (b *batch) each(do func(i int, v level, line []byte)) {
	from := 0
	for i, to := range b.ends {
		do(i, b.levels[i], b.text[from:to])
		from = to
	}
}

// reset empties the batch.
func (b *batch) reset() {
	if cap(b.text) > keptQueue {
		*b = batch{}
		return
	}
	b.text, b.ends, b.levels = b.text[:0], b.ends[:0], b.levels[:0]
}

// sink is what a queue delivers to; it may be slow. deliver and close are called by the queue's goroutine alone.
type sink interface {
	// deliver hands lines on and returns how many of them are lost, and why. closing is closed when it shall not take
	// its time any more.
	deliver(b *batch, closing <-chan struct{}) (lost int, why error)
	// hurry makes a deliver that hangs return soon if it can. It may be called at any time.
	hurry()
	close() error
}

// queue is an output that lets nobody wait: a goroutine delivers, and what does not fit is lost. It is safe for
// concurrent use.
type queue struct {
	log     *Log
	sink    sink
	wake    chan struct{} // has room for one: there is something to do
	closing chan struct{}
	done    chan struct{}

	mu      sync.Mutex
	waiting batch
	lost    uint64 // after the lines that wait
}

func newQueue(l *Log, s sink) *queue {
	q := &queue{log: l, sink: s, wake: make(chan struct{}, 1), closing: make(chan struct{}), done: make(chan struct{})}
	go q.run()
	return q
}

func (q *queue) put(v level, line []byte) {
	q.mu.Lock()
	if len(q.waiting.text)+len(line) > maxQueued {
		q.lost++
		q.log.lost.Add(1)
	} else {
		q.waiting.add(v, line)
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run delivers until the queue is closed and empty.
func (q *queue) run() {
	defer close(q.done)
	var out batch
	var lost uint64
	var why error
	for {
		q.mu.Lock()
		out, q.waiting = q.waiting, out
		overflow := q.lost
		q.lost = 0
		q.mu.Unlock()
		if overflow > 0 {
			out.add(warning, q.log.lostLines(overflow, errSlow))
		}
		if len(out.ends) == 0 {
			if q.idle() {
				return
			}
			continue
		}
		if lost > 0 {
			out = withFirst(q.log.lostLines(lost, why), &out)
		}
		n, err := q.sink.deliver(&out, q.closing)
		if n > 0 {
			q.log.lost.Add(uint64(n))
			lost, why = lost+uint64(n), err
		} else {
			lost = 0
		}
		out.reset()
	}
}

// idle waits for something to do and reports true when there will be nothing any more.
func (q *queue) idle() (over bool) {
	select {
	case <-q.wake:
		return false
	case <-q.closing:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting.ends) == 0 && q.lost == 0
}

// withFirst is a batch with a warning before its lines.
func withFirst(line []byte, rest *batch) (b batch) {
	b.add(warning, line)
	rest.each(func(_ int, v level, line []byte) { b.add(v, line) })
	return b
}

// close lets waiting lines get out, for as long as closeTime. What hangs for longer is left to itself: a server that ends
// must not wait for whoever reads its log.
func (q *queue) close() error {
	close(q.closing)
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	select {
	case <-q.done:
		return q.sink.close()
	case <-timer.C:
	}
	q.sink.hurry()
	timer.Reset(closeTime)
	select {
	case <-q.done:
		return q.sink.close()
	case <-timer.C:
		return nil
	}
}

// stream is a sink that writes to an open file, many lines at once.
type stream struct {
	f   *os.File
	own bool // close it in the end
}

func (s stream) deliver(b *batch, _ <-chan struct{}) (lost int, why error) {
	n, err := s.f.Write(b.text)
	if err == nil {
		return 0, nil
	}
	for _, end := range b.ends {
		if end > n {
			lost++
		}
	}
	return lost, err
}

func (s stream) hurry() { _ = s.f.SetWriteDeadline(time.Now()) } // not possible for all files

func (s stream) close() error {
	if !s.own {
		return nil
	}
	return s.f.Close()
}
