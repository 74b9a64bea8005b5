package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sinew.dev/sinew/internal/vfs"
)

// ring is the journal's files. It is safe for concurrent use.
type ring struct {
	fs    vfs.FS
	dir   string
	bytes int64 // of each file

	mu       sync.Mutex
	used     []extent // files that hold frames, in the order of their frames; the last one is written to
	free     []uint64 // files whose content is not needed any more
	last     uint64   // the highest number a file has
	released LSN      // frames before it are not needed
}

// extent is a file and the frames in it.
type extent struct {
	number      uint64
	first, last LSN  // last: 0 while it is written to
	bad         bool // a write to it failed: it is read after a restart, and never written again
}

const suffix = ".journal"

func (r *ring) path(number uint64) string {
	return filepath.Join(r.dir, fmt.Sprintf("%08d%s", number, suffix))
}

// numbers lists the files there are, in order.
func (r *ring) numbers() ([]uint64, error) {
	entries, err := r.fs.List(r.dir)
	if err != nil {
		return nil, fmt.Errorf("list the journal: %w", err)
	}
	var list []uint64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name, suffix)
		if !ok {
			continue
		}
		number, err := strconv.ParseUint(name, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is not a file of the journal", filepath.Join(r.dir, e.Name))
		}
		list = append(list, number)
	}
	slices.Sort(list)
	return list, nil
}

// take returns a file to write to: one that is free, or a new one. It is not in use yet.
func (r *ring) take() (number uint64, f vfs.File, err error) {
	r.mu.Lock()
	if n := len(r.free); n > 0 {
		number = r.free[n-1]
		r.free = r.free[:n-1]
	} else {
		r.last++
		number = r.last
	}
	r.mu.Unlock()
	if f, err = r.prepare(number); err != nil {
		return 0, nil, err
	}
	return number, f, nil
}

// fillBytes is how much of a new file is filled at once.
const fillBytes = 1 << 20

// prepare opens a file, and fills it with zeros when it has not the full length: a disk is slower where it must find
// blocks or mark them as written.
func (r *ring) prepare(number uint64) (vfs.File, error) {
	path := r.path(number)
	if err := r.fill(path); err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	f, err := r.fs.Open(path, vfs.Options{Write: true, Direct: true, Durable: true})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return f, nil
}

func (r *ring) fill(path string) error {
	f, err := r.fs.Open(path, vfs.Options{Write: true, Create: true})
	if err != nil {
		return err
	}
	size, err := f.Size()
	if err == nil && size < r.bytes {
		zeros := vfs.Buffer(fillBytes)
		for at := size; at < r.bytes && err == nil; at += int64(len(zeros)) {
			_, err = f.WriteAt(zeros[:min(r.bytes-at, int64(len(zeros)))], at)
		}
		if err == nil {
			err = errors.Join(f.Sync(), r.fs.SyncDir(r.dir))
		}
	}
	return errors.Join(err, f.Close())
}

// use says that the file is written to from now on, its first frame being first.
func (r *ring) use(number uint64, first LSN) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used = append(r.used, extent{number: number, first: first})
}

// end says that the file that is written to gets no more frames. Without a frame in it, it is free again unless it is bad.
func (r *ring) end(last LSN, bad bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := &r.used[len(r.used)-1]
	e.last, e.bad = last, bad
	r.recycle()
}

// release says that frames before lsn are not needed.
func (r *ring) release(lsn LSN) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.released = max(r.released, lsn)
	r.recycle()
}

// recycle frees the files whose frames are all released; the lock is held.
func (r *ring) recycle() {
	r.used = slices.DeleteFunc(r.used, func(e extent) bool {
		if e.last == 0 || e.last >= r.released || e.bad {
			return false
		}
		r.free = append(r.free, e.number)
		return true
	})
}

// held is how many bytes the files have that cannot be used again yet.
func (r *ring) held() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int64(len(r.used)) * r.bytes
}

// keepFree is how many free files are kept; a burst may leave more of them.
const keepFree = 2

// trim removes free files above those that are kept.
func (r *ring) trim() error {
	r.mu.Lock()
	var surplus []uint64
	if n := len(r.free); n > keepFree {
		surplus = slices.Clone(r.free[keepFree:])
		r.free = r.free[:keepFree]
	}
	r.mu.Unlock()
	var errs []error
	for _, number := range surplus {
		errs = append(errs, r.fs.Remove(r.path(number)))
	}
	return errors.Join(errs...)
}
