package journal

import "sinew.dev/sinew/internal/vfs"

// Source has something to commit. Its methods are called by the journal's goroutines, one at a time for one method.
type Source interface {
	// Gather adds what waits to the batch. It must not block. The mark is the source's own; Committed gets it back. more says
	// that something is left, for which there was no room: Gather will be called again.
	Gather(b *Batch) (mark uint64, more bool)
	// Committed tells that what Gather added before it returned this mark is on disk, or why it may not be. A Gather that
	// added nothing has no Committed. After an error it is not known whether the frame is there: nobody may be told that
	// it is.
	Committed(mark uint64, err error)
}

// Batch is a frame that gathers. It is owned by whoever it was passed to.
type Batch struct {
	frame   []byte // aligned; the header's place is kept free
	used    int    // bytes of frame
	runs    int
	sources []gathered
	err     error
}

type gathered struct {
	source Source
	mark   uint64
}

func newBatch(bytes int) *Batch { return &Batch{frame: vfs.Buffer(bytes), used: headerBytes} }

func (b *Batch) reset(bytes int) {
	clear(b.sources)
	b.sources, b.used, b.runs, b.err = b.sources[:0], headerBytes, 0, nil
	if len(b.frame) > bytes {
		b.frame = vfs.Buffer(bytes) // one run was larger than a frame usually is
	}
}

// Room is how many bytes of data one more run may have. A batch without a run takes a run of any length that a file
// of the journal holds.
func (b *Batch) Room() int { return max(0, len(b.frame)-b.used-runBytes) }

// Empty reports whether there is no run yet.
func (b *Batch) Empty() bool { return b.runs == 0 }

// Run adds a run with room for bytes of data, and returns that room for the caller to fill in at once; r.Data is ignored.
// It returns nil when there is no room; an empty batch makes room.
func (b *Batch) Run(r *Run, bytes int) []byte {
	if bytes > b.Room() {
		if !b.Empty() {
			return nil
		}
		b.frame = vfs.Buffer(vfs.Aligned(headerBytes + runBytes + bytes))
	}
	encodeRun(b.frame[b.used:], r, bytes)
	from := b.used + runBytes
	b.used = from + bytes
	b.runs++
	return b.frame[from:b.used:b.used]
}

// Add adds a run with its data, and reports false when there is no room.
func (b *Batch) Add(r *Run) bool {
	room := b.Run(r, len(r.Data))
	if room == nil {
		return false
	}
	copy(room, r.Data)
	return true
}

// gather asks a source.
func (b *Batch) gather(s Source) (more bool) {
	before := b.runs
	mark, more := s.Gather(b)
	if b.runs > before {
		b.sources = append(b.sources, gathered{s, mark})
	}
	return more
}

// finish completes the frame and returns it.
func (b *Batch) finish(h *header, store StoreID) []byte {
	h.body, h.runs = b.used-headerBytes, b.runs
	h.length = vfs.Aligned(b.used)
	clear(b.frame[b.used:h.length])
	h.crc = encodeHeader(b.frame, h, store)
	return b.frame[:h.length]
}
