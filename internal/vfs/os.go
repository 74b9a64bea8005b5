package vfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
)

// OS is the operating system's file system. Names are its paths.
type OS struct{}

// Open opens a file. Files it makes belong to the user alone: they hold messages.
func (OS) Open(name string, o Options) (File, error) {
	flags := os.O_RDONLY
	if o.Write {
		flags = os.O_RDWR
	}
	if o.Create {
		flags |= os.O_CREATE
	}
	if o.Exclusive {
		flags |= os.O_EXCL
	}
	if o.Durable {
		flags |= syncFlag
	}
	if o.Direct && directFlag != 0 {
		f, err := os.OpenFile(name, flags|directFlag, 0o600)
		if err == nil {
			return newFile(f, o), nil
		}
		if !errors.Is(err, syscall.EINVAL) {
			return nil, err
		}
		// The file may have been made by the attempt that failed.
		flags &^= os.O_EXCL
	}
	f, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	return newFile(f, o), nil
}

// Remove removes a file or an empty directory.
func (OS) Remove(name string) error { return os.Remove(name) }

// Rename replaces what has the new name.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// MkdirAll makes a directory, for the user alone, and those above it.
func (OS) MkdirAll(dir string) error { return os.MkdirAll(dir, 0o700) }

// List returns what is in a directory, sorted by name.
func (OS) List(dir string) ([]Entry, error) {
	found, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	list := make([]Entry, 0, len(found))
	for _, f := range found {
		info, err := f.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue // removed in the meantime
		}
		if err != nil {
			return nil, err
		}
		list = append(list, Entry{Name: f.Name(), Bytes: info.Size(), Dir: f.IsDir()})
	}
	return list, nil
}

// Lock takes the lock of a file.
func (OS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		_ = f.Close() // the other error tells more
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return f, nil
}

// file is an open file of the operating system.
type file struct {
	name     string
	options  Options
	buffered atomic.Pointer[os.File] // takes over when the file system turns out not to do direct I/O
	*os.File
}

func newFile(f *os.File, o Options) *file { return &file{name: f.Name(), options: o, File: f} }

func (f *file) current() *os.File {
	if b := f.buffered.Load(); b != nil {
		return b
	}
	return f.File
}

func (f *file) ReadAt(p []byte, offset int64) (int, error) {
	n, err := f.current().ReadAt(p, offset)
	if f.refusesDirect(err) {
		return f.current().ReadAt(p, offset)
	}
	return n, err
}

func (f *file) WriteAt(p []byte, offset int64) (int, error) {
	n, err := f.current().WriteAt(p, offset)
	if f.refusesDirect(err) {
		n, err = f.current().WriteAt(p, offset)
	}
	if err == nil && f.options.Durable && syncFlag == 0 {
		err = f.Sync()
	}
	return n, err
}

// refusesDirect reports that err says that the file system takes direct I/O at opening only; the file is then open in the
// usual way too.
func (f *file) refusesDirect(err error) bool {
	if !f.options.Direct || directFlag == 0 || !errors.Is(err, syscall.EINVAL) || f.buffered.Load() != nil {
		return false
	}
	flags := os.O_RDONLY
	if f.options.Write {
		flags = os.O_RDWR
	}
	if f.options.Durable {
		flags |= syncFlag
	}
	b, err := os.OpenFile(f.name, flags, 0)
	if err != nil {
		return false
	}
	if !f.buffered.CompareAndSwap(nil, b) {
		_ = b.Close() // somebody else opened one too, and nothing was written to this one
	}
	return true
}

func (f *file) Sync() error { return syncData(f.current()) }

func (f *file) Size() (int64, error) {
	info, err := f.current().Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f *file) Close() error {
	err := f.File.Close()
	if b := f.buffered.Load(); b != nil {
		err = errors.Join(err, b.Close())
	}
	return err
}
