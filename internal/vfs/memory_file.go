package vfs

import (
	"errors"
	"io"
	"os"
	"slices"
	"syscall"
)

// ErrFull is what a write to a full disk returns.
var ErrFull error = syscall.ENOSPC

// memoryFile is an open file of a Memory.
type memoryFile struct {
	fs      *Memory
	name    string
	node    *node
	options Options
	closed  bool // guarded by fs.mu
}

var errMisaligned = errors.New("direct I/O at an offset or of a length that is not aligned")

// check says why the file cannot be used; the lock is held.
func (f *memoryFile) check(offset int64, bytes int) error {
	switch {
	case f.fs.crashed:
		return ErrCrashed
	case f.closed:
		return os.ErrClosed
	case f.options.Direct && (offset%Align != 0 || bytes%Align != 0):
		return pathError("direct", f.name, errMisaligned)
	case offset < 0:
		return pathError("seek", f.name, os.ErrInvalid)
	}
	return nil
}

func (f *memoryFile) ReadAt(p []byte, offset int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.check(offset, len(p)); err != nil {
		return 0, err
	}
	if offset >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.data[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memoryFile) WriteAt(p []byte, offset int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.writable(offset, len(p)); err != nil {
		return 0, err
	}
	failed := f.fs.mutate(Op{Kind: "write", Name: f.name, Offset: offset, Bytes: len(p)})
	if failed != nil && !errors.Is(failed, ErrCrashed) {
		return 0, pathError("write", f.name, failed)
	}
	end := offset + int64(len(p))
	if grow := end - int64(len(f.node.data)); failed == nil && grow > 0 && f.fs.used()+grow > f.fs.space {
		return 0, pathError("write", f.name, ErrFull)
	}
	// The write at which the power is cut reaches the disk in part, or wholly, or not at all: Crash decides.
	f.node.data = resize(f.node.data, max(end, int64(len(f.node.data))))
	copy(f.node.data[offset:], p)
	if failed != nil {
		return 0, failed
	}
	if f.options.Durable {
		f.node.synced = resize(f.node.synced, max(end, int64(len(f.node.synced))))
		copy(f.node.synced[offset:], p)
	}
	return len(p), nil
}

func (f *memoryFile) writable(offset int64, bytes int) error {
	if err := f.check(offset, bytes); err != nil {
		return err
	}
	if !f.options.Write {
		return pathError("write", f.name, os.ErrPermission)
	}
	return nil
}

func (f *memoryFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.check(0, 0); err != nil {
		return err
	}
	if err := f.fs.mutate(Op{Kind: "sync", Name: f.name}); err != nil {
		return pathError("sync", f.name, err)
	}
	f.node.synced = slices.Clone(f.node.data)
	return nil
}

func (f *memoryFile) Truncate(bytes int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.writable(0, 0); err != nil {
		return err
	}
	if err := f.fs.mutate(Op{Kind: "truncate", Name: f.name}); err != nil {
		return pathError("truncate", f.name, err)
	}
	f.node.data = resize(f.node.data, bytes)
	return nil
}

// resize makes b longer, with zeros, or shorter.
func resize(b []byte, bytes int64) []byte {
	if bytes <= int64(len(b)) {
		clear(b[bytes:])
		return b[:bytes]
	}
	return append(b, make([]byte, bytes-int64(len(b)))...)
}

func (f *memoryFile) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.check(0, 0); err != nil {
		return 0, err
	}
	return int64(len(f.node.data)), nil
}

func (f *memoryFile) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return os.ErrClosed
	}
	f.closed = true
	return nil
}
