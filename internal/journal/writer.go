package journal

import (
	"errors"
	"fmt"
	"time"

	"sinew.dev/sinew/internal/vfs"
)

// writer owns the file that is written to, the numbers of frames and the chain of their checksums. It is owned by its
// goroutine.
type writer struct {
	journal  *Journal
	file     vfs.File // nil after all files failed
	offset   int64
	next     LSN
	previous uint32 // CRC of the last frame
	epoch    uint64
	sealed   bool  // the last frame is a seal, or there is none that needs one
	err      error // why nothing is written any more
	empty    *Batch
}

// begin opens the file to go on with.
func (w *writer) begin(found *Recovery) error {
	w.empty = newBatch(vfs.Align)
	w.seal(found.Next == found.From)
	if found.tail == 0 {
		return w.rotate()
	}
	f, err := w.journal.ring.prepare(found.tail)
	if err != nil {
		return err
	}
	w.file, w.offset = f, found.tailOffset
	return nil
}

// run writes batches until there are no more.
func (w *writer) run() {
	j := w.journal
	defer close(j.acks)
	idle := time.NewTimer(j.options.SealAfter)
	defer idle.Stop()
	for {
		select {
		case b, ok := <-j.writes:
			if !ok {
				w.close()
				return
			}
			b.err = w.batch(b, data)
			j.acks <- b
			if !w.sealed {
				idle.Reset(j.options.SealAfter)
			}
		case <-idle.C:
			if !w.sealed && w.err == nil {
				_ = w.batch(w.empty, seal) // its failure is the next batch's
			}
		}
	}
}

// batch writes one frame. A batch without runs needs none.
func (w *writer) batch(b *Batch, kind frameKind) error {
	if b.Empty() && kind == data {
		return w.err
	}
	if w.err != nil {
		return w.err
	}
	h := header{kind: kind, lsn: w.next, previous: w.previous, epoch: w.epoch}
	frame := b.finish(&h, w.journal.options.Store)
	if int64(len(frame)) > w.journal.options.FileBytes {
		return fmt.Errorf("a frame of %d bytes does not fit in a file of %d", len(frame), w.journal.options.FileBytes)
	}
	if err := w.write(frame); err != nil {
		return err
	}
	w.next, w.previous = w.next+1, h.crc
	w.journal.durable.Store(uint64(h.lsn))
	w.seal(kind != data)
	w.journal.frames.Add(1)
	w.journal.bytes.Add(uint64(len(frame)))
	return nil
}

func (w *writer) seal(on bool) {
	w.sealed = on
	w.journal.sealed.Store(on)
}

// write puts a frame on disk. When that fails the file is never written again: what became of its latest bytes is not
// known. The frame, which is still in memory, is written to another file; if that fails too nothing more is.
func (w *writer) write(frame []byte) error {
	if w.offset+int64(len(frame)) > w.journal.options.FileBytes {
		w.journal.ring.end(w.next-1, false)
		if err := w.leave(); err != nil {
			return w.fail(err)
		}
	}
	_, err := w.file.WriteAt(frame, w.offset)
	if err != nil {
		w.report(err)
		w.journal.ring.end(w.next, true)
		if err := w.leave(); err != nil {
			return w.fail(err)
		}
		if _, err = w.file.WriteAt(frame, w.offset); err != nil {
			return w.fail(err)
		}
	}
	w.offset += int64(len(frame))
	return nil
}

// leave goes on in another file.
func (w *writer) leave() error {
	err := w.file.Close()
	if err != nil {
		w.report(err) // each write was durable by itself
	}
	w.file = nil
	if err := w.rotate(); err != nil {
		return err
	}
	if rotated := w.journal.options.Rotated; rotated != nil {
		rotated(w.journal.ring.held())
	}
	return nil
}

func (w *writer) rotate() error {
	number, f, err := w.journal.ring.take()
	if err != nil {
		return err
	}
	w.file, w.offset = f, 0
	w.journal.ring.use(number, w.next)
	return nil
}

func (w *writer) report(err error) {
	if failed := w.journal.options.Failed; failed != nil {
		failed(fmt.Errorf("write frame %d of the journal: %w", w.next, err))
	}
}

// fail makes this and all later writes fail.
func (w *writer) fail(err error) error {
	w.report(err)
	w.err = fmt.Errorf("the journal cannot be written any more: %w", err)
	return w.err
}

func (w *writer) close() {
	if w.err == nil {
		_ = w.batch(w.empty, shutdown) // w.err says it
	}
	if w.file != nil {
		w.err = errors.Join(w.err, w.file.Close())
	}
}
