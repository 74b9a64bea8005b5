package vfs

import (
	"errors"
	"io"
	"unsafe"
)

// Align is what offsets, lengths and buffers of a Direct file are multiples of, in bytes.
const Align = 4096

// ErrLocked: another process holds the lock.
var ErrLocked = errors.New("locked by another process")

// FS is a file system. Names are paths of the file system; what opens them decides their root. It is safe for concurrent
// use.
type FS interface {
	// Open opens a file; os.ErrNotExist and os.ErrExist are found in its errors.
	Open(name string, o Options) (File, error)
	// Remove removes a file or an empty directory.
	Remove(name string) error
	// Rename replaces what has the new name, if anything has.
	Rename(from, to string) error
	// MkdirAll makes a directory and those above it.
	MkdirAll(dir string) error
	// List returns what is in a directory, sorted by name.
	List(dir string) ([]Entry, error)
	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error
	// Lock takes a file's lock until it is closed, or until the process ends. The file is made if there is none. It fails
	// with ErrLocked when somebody else has it.
	Lock(name string) (io.Closer, error)
	// Space tells how many bytes the disk under dir has and how many of them this process may still fill.
	Space(dir string) (free, total int64, err error)
}

// Entry is one name in a directory.
type Entry struct {
	Name  string
	Bytes int64 // of a file
	Dir   bool
}

// Options says how to open a file.
type Options struct {
	Write     bool // for reading and writing; else for reading only
	Create    bool // make it if there is none
	Exclusive bool // with Create: fail with os.ErrExist if there is one
	// Direct bypasses the page cache where that is possible. Offsets, lengths and buffers (see Buffer) are multiples of
	// Align, whether it is possible or not.
	Direct bool
	// Durable makes each write return when its bytes are on disk.
	Durable bool
}

// File is an open file. Its methods may be called from several goroutines; overlapping writes are the caller's fault.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync returns when the file's bytes and length are on disk. After it failed, what was written since the last success
	// may be lost although a later Sync succeeds: the caller must write it elsewhere.
	Sync() error
	// Truncate makes the file longer, with zeros, or shorter.
	Truncate(bytes int64) error
	// Size is the file's length in bytes.
	Size() (int64, error)
}

// Buffer returns a zeroed buffer that begins at a multiple of Align, for Direct files.
func Buffer(bytes int) []byte {
	b := make([]byte, bytes+Align)
	skip := 0
	if rest := uintptr(unsafe.Pointer(unsafe.SliceData(b))) % Align; rest != 0 {
		skip = int(Align - rest)
	}
	return b[skip : skip+bytes : skip+bytes]
}

// Aligned is the smallest multiple of Align that is at least bytes.
func Aligned(bytes int) int { return (bytes + Align - 1) &^ (Align - 1) }
