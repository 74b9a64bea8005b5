package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"sinew.dev/sinew/internal/vfs"
)

// Recovery is what Open found.
type Recovery struct {
	From, Next LSN // the first frame that was needed, and the one that will be written next
	Frames     int // read back
	Runs       int
	Clean      bool     // the journal was closed
	Damage     []Damage // what was on disk and cannot be read any more

	tail       uint64 // the file to go on in; 0: a new one
	tailOffset int64
	crc        uint32 // of the last frame
}

// Damage is frames that had been committed and are not whole any more: a later frame proves that they were there.
type Damage struct {
	File        string
	Offset      int64 // bytes
	First, Last LSN
}

func (d Damage) String() string {
	if d.First == d.Last {
		return fmt.Sprintf("%s: frame %d at offset %d is damaged", d.File, d.First, d.Offset)
	}
	return fmt.Sprintf("%s: frames %d to %d at offset %d are damaged", d.File, d.First, d.Last, d.Offset)
}

// recovery walks the frames that there are.
type recovery struct {
	options *Options
	ring    *ring
	replay  func(LSN, *Run) error
	files   []*reader
	found   *Recovery

	current *reader
	offset  int64
	next    LSN  // the frame that is looked for
	chained bool // found.crc is that of the frame before
}

// recoverFrames reads back what the files hold and tells the ring what each is.
func recoverFrames(o *Options, r *ring, replay func(LSN, *Run) error) (*Recovery, error) {
	rec := &recovery{options: o, ring: r, replay: replay, found: &Recovery{From: o.From}}
	defer rec.close()
	if err := rec.open(); err != nil {
		return nil, err
	}
	rec.next = o.From
	for _, f := range rec.files {
		if f.first != 0 && f.first <= o.From && (rec.current == nil || f.first > rec.current.first) {
			rec.current, rec.next = f, f.first
		}
	}
	if err := rec.walk(); err != nil {
		return nil, err
	}
	rec.finish()
	return rec.found, nil
}

func (rec *recovery) open() error {
	numbers, err := rec.ring.numbers()
	if err != nil {
		return err
	}
	for _, number := range numbers {
		rec.ring.last = number
		path := rec.ring.path(number)
		f, err := rec.options.FS.Open(path, vfs.Options{Direct: true})
		if err != nil {
			return fmt.Errorf("open %s: %w", path, err)
		}
		in := &reader{file: f, number: number, path: path, store: rec.options.Store, limit: rec.options.FileBytes}
		rec.files = append(rec.files, in)
		h, _, err := in.frame(0)
		switch {
		case err == nil:
			in.first = h.lsn
		case errors.Is(err, errForeign):
			return fmt.Errorf("%s belongs to another store; move it away, or name the store's own directory", path)
		case errors.Is(err, ErrNewer):
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func (rec *recovery) close() {
	for _, f := range rec.files {
		_ = f.file.Close() // it was only read
	}
}

// walk goes from frame to frame to the end.
func (rec *recovery) walk() error {
	for {
		// A frame whose write failed was written again, as the first of another file: that one counts.
		for _, f := range rec.files {
			if f.first == rec.next && f != rec.current {
				rec.current, rec.offset = f, 0
			}
		}
		if rec.current != nil {
			h, body, err := rec.current.frame(rec.offset)
			if err == nil && h.lsn == rec.next && (!rec.chained || h.previous == rec.found.crc) {
				if err := rec.take(&h, body); err != nil {
					return err
				}
				continue
			}
			if errors.Is(err, ErrNewer) {
				return fmt.Errorf("%s: %w", rec.current.path, err)
			}
		}
		if !rec.skipDamage() {
			return nil
		}
	}
}

func (rec *recovery) take(h *header, body []byte) error {
	rec.offset += int64(h.length)
	rec.found.crc, rec.chained = h.crc, true
	rec.next++
	if h.lsn < rec.options.From {
		return nil
	}
	rec.found.Frames++
	rec.found.Clean = h.kind == shutdown
	return decodeRuns(body, h.runs, func(r *Run) error {
		rec.found.Runs++
		return rec.replay(h.lsn, r)
	})
}

// skipDamage looks for a frame behind the one that is missing, which proves that it had been on disk, and goes on there.
func (rec *recovery) skipDamage() bool {
	var best *reader
	var first LSN
	var at int64
	for _, f := range rec.files {
		from := int64(0)
		switch {
		case f == rec.current:
			from = rec.offset + vfs.Align
		case f.first != 0 && f.first < rec.next:
			continue
		}
		lsn, offset, ok := f.scan(from, rec.next)
		if ok && (best == nil || lsn < first) {
			best, first, at = f, lsn, offset
		}
	}
	if best == nil {
		return false
	}
	if first > rec.options.From {
		d := Damage{File: best.path, Offset: 0, First: max(rec.next, rec.options.From), Last: first - 1}
		if rec.current != nil {
			d.File, d.Offset = rec.current.path, rec.offset
		}
		rec.found.Damage = append(rec.found.Damage, d)
	}
	if best.first == 0 {
		best.first = first
	}
	rec.current, rec.offset, rec.next, rec.chained = best, at, first, false
	return true
}

// finish tells the ring which files are in use.
func (rec *recovery) finish() {
	rec.found.Next = max(rec.next, rec.options.From)
	used := slices.DeleteFunc(slices.Clone(rec.files), func(f *reader) bool { return f.first == 0 })
	slices.SortFunc(used, func(a, b *reader) int { return cmp.Compare(a.first, b.first) })
	for i, f := range used {
		e := extent{number: f.number, first: f.first}
		switch {
		case f == rec.current && rec.next >= rec.options.From:
			rec.found.tail, rec.found.tailOffset = f.number, rec.offset
		case i+1 < len(used):
			e.last = used[i+1].first - 1
		default:
			e.last = rec.next - 1
		}
		rec.ring.used = append(rec.ring.used, e)
	}
	for _, f := range rec.files {
		if f.first == 0 {
			rec.ring.free = append(rec.ring.free, f.number)
		}
	}
	rec.ring.release(rec.options.From)
}

// reader reads the frames of one file.
type reader struct {
	file   vfs.File
	number uint64
	path   string
	store  StoreID
	limit  int64
	first  LSN // 0: there is no frame at its beginning

	window []byte // what was read last
	at     int64  // its offset
}

// readBytes is how much is read at once.
const readBytes = 1 << 20

// bytes returns n bytes of the file, which are valid until the next call. The file may end before them.
func (f *reader) bytes(offset int64, n int) ([]byte, error) {
	if offset >= f.at && offset+int64(n) <= f.at+int64(len(f.window)) {
		from := offset - f.at
		return f.window[from : from+int64(n)], nil
	}
	size := max(vfs.Aligned(n), readBytes)
	if cap(f.window) < size {
		f.window = vfs.Buffer(size)
	}
	f.window = f.window[:size]
	got, err := f.file.ReadAt(f.window, offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	f.window, f.at = f.window[:got], offset
	if err != nil {
		return nil, err
	}
	return f.window[:min(n, got)], nil
}

// frame reads the frame at an offset. The body is valid until the next call.
func (f *reader) frame(offset int64) (h header, body []byte, err error) {
	if offset >= f.limit {
		return h, nil, errNoFrame
	}
	b, err := f.bytes(offset, vfs.Align)
	if err != nil {
		return h, nil, err
	}
	if h, err = decodeHeader(b, f.store, int(f.limit-offset)); err != nil {
		return h, nil, err
	}
	if b, err = f.bytes(offset, h.length); err != nil {
		return h, nil, err
	}
	if len(b) < h.length || checksum(b, h.body) != h.crc {
		return h, nil, errNoFrame
	}
	return h, b[headerBytes : headerBytes+h.body], nil
}

// scan looks for the first whole frame behind an offset that comes after lsn.
func (f *reader) scan(from int64, lsn LSN) (LSN, int64, bool) {
	for offset := from; offset < f.limit; offset += vfs.Align {
		b, err := f.bytes(offset, vfs.Align)
		if err == nil && len(b) == 0 {
			return 0, 0, false // the file is shorter than it should be
		}
		if h, _, err := f.frame(offset); err == nil && h.lsn > lsn {
			return h.lsn, offset, true
		}
	}
	return 0, 0, false
}
