package journal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"sinew.dev/sinew/internal/vfs"
)

// Defaults of Options.
const (
	DefaultFileBytes  = 64 << 20
	DefaultFrameBytes = 1 << 20
	DefaultSealAfter  = 8 * time.Millisecond
)

// Options of a Journal.
type Options struct {
	FS    vfs.FS
	Dir   string // exists
	Store StoreID

	// From is the first frame that is still needed: all before it are kept elsewhere. Zero means 1.
	From LSN

	FileBytes  int64         // of each file, a multiple of vfs.Align; zero: DefaultFileBytes
	FrameBytes int           // of a frame as a rule, a multiple of vfs.Align; zero: DefaultFrameBytes
	SealAfter  time.Duration // idle time after which a seal is written; zero: DefaultSealAfter

	// Rotated, if not nil, is told when a file is full, and how many bytes the files have that are not released. It must
	// not block.
	Rotated func(held int64)
	// Failed, if not nil, is told of every write that failed. It must not block.
	Failed func(error)
}

func (o Options) withDefaults() (Options, error) {
	if o.FileBytes == 0 {
		o.FileBytes = DefaultFileBytes
	}
	if o.FrameBytes == 0 {
		o.FrameBytes = DefaultFrameBytes
	}
	if o.SealAfter == 0 {
		o.SealAfter = DefaultSealAfter
	}
	o.From = max(o.From, 1)
	if o.FileBytes%vfs.Align != 0 || o.FrameBytes%vfs.Align != 0 || int64(o.FrameBytes) > o.FileBytes || o.FrameBytes <= 0 {
		return o, fmt.Errorf("a journal of files of %d bytes and frames of %d", o.FileBytes, o.FrameBytes)
	}
	return o, nil
}

// ErrClosed is what sources get for what was still waiting when the journal was closed, and could not be written.
var ErrClosed = errors.New("the journal is closed")

// Journal is an open journal. It is safe for concurrent use.
type Journal struct {
	options Options
	ring    *ring
	writer  writer

	mu     sync.Mutex
	dirty  []Source
	closed bool

	wake    chan struct{} // has room for one: there is something dirty
	free    chan *Batch
	writes  chan *Batch
	acks    chan *Batch
	running sync.WaitGroup

	durable atomic.Uint64 // LSN of the last frame that is on disk
	frames  atomic.Uint64
	bytes   atomic.Uint64
	sealed  atomic.Bool
}

// batches is how many frames are under way at once: one gathers, one is written, one is acknowledged.
const batches = 3

// Open reads a journal back and goes on writing behind its end. Replay is called for each run of the frames from
// o.From on, in order; what it gets is valid until it returns, and its error ends Open.
func Open(o Options, replay func(LSN, *Run) error) (*Journal, *Recovery, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	r := &ring{fs: o.FS, dir: o.Dir, bytes: o.FileBytes}
	found, err := recoverFrames(&o, r, replay)
	if err != nil {
		return nil, nil, err
	}
	j := &Journal{
		options: o, ring: r,
		wake: make(chan struct{}, 1), free: make(chan *Batch, batches), writes: make(chan *Batch), acks: make(chan *Batch, batches),
	}
	for range batches {
		j.free <- newBatch(o.FrameBytes)
	}
	j.writer = writer{journal: j, next: found.Next, previous: found.crc, epoch: rand.Uint64()}
	if err := j.writer.begin(found); err != nil {
		return nil, nil, err
	}
	j.durable.Store(uint64(found.Next - 1))
	j.running.Go(j.gather)
	j.running.Go(j.writer.run)
	j.running.Go(j.acknowledge)
	return j, found, nil
}

// Dirty says that s has something to commit. A source that is dirty already need not say it again before its Gather was
// called; it may.
func (j *Journal) Dirty(s Source) {
	j.mu.Lock()
	j.dirty = append(j.dirty, s)
	j.mu.Unlock()
	j.signal()
}

func (j *Journal) signal() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// take returns what is dirty, and whether the journal is to close.
func (j *Journal) take(list []Source) ([]Source, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	list = append(list, j.dirty...)
	clear(j.dirty)
	j.dirty = j.dirty[:0]
	return list, j.closed
}

// gather collects frames until the journal is closed.
func (j *Journal) gather() {
	defer close(j.writes)
	var waiting []Source
	for {
		closed := false
		if waiting, closed = j.take(waiting); len(waiting) == 0 {
			if closed {
				return
			}
			<-j.wake
			continue
		}
		b := <-j.free
		waiting = collect(b, waiting)
		for sent := false; !sent; {
			// While the disk is busy with the frame before, more may come.
			select {
			case j.writes <- b:
				sent = true
			case <-j.wake:
				if waiting, _ = j.take(waiting); b.Room() > 0 {
					waiting = collect(b, waiting)
				}
			}
		}
		j.signal() // what came last may not have been looked at
	}
}

// collect asks sources until there is no room, and returns those that have more.
func collect(b *Batch, sources []Source) []Source {
	rest := sources[:0]
	for i, s := range sources {
		if b.Room() == 0 {
			rest = append(rest, sources[i:]...)
			break
		}
		if b.gather(s) {
			rest = append(rest, s)
		}
	}
	clear(sources[len(rest):])
	return rest
}

// acknowledge tells sources what became of their frames.
func (j *Journal) acknowledge() {
	for b := range j.acks {
		for _, g := range b.sources {
			g.source.Committed(g.mark, b.err)
		}
		b.reset(j.options.FrameBytes)
		j.free <- b
	}
}

// Release says that all frames before lsn are kept elsewhere, so that their files can be used again.
func (j *Journal) Release(lsn LSN) error {
	j.ring.release(lsn)
	return j.ring.trim()
}

// Durable is the last frame that is on disk.
func (j *Journal) Durable() LSN { return LSN(j.durable.Load()) }

// Stats counts what was written since the journal was opened.
type Stats struct {
	Frames, Bytes uint64
	Held          int64 // bytes of files that are not released
	// Sealed: nothing was written since the last frame was proved to be on disk.
	Sealed bool
}

// Stats counts.
func (j *Journal) Stats() Stats {
	return Stats{Frames: j.frames.Load(), Bytes: j.bytes.Load(), Held: j.ring.held(), Sealed: j.sealed.Load()}
}

// Close commits what is dirty, ends the journal so that the next Open knows that nothing is missing, and waits. Dirty must
// not be called any more.
func (j *Journal) Close() error {
	j.mu.Lock()
	again := j.closed
	j.closed = true
	j.mu.Unlock()
	if again {
		return ErrClosed
	}
	j.signal()
	j.running.Wait()
	return j.writer.err
}
