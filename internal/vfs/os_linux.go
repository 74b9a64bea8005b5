package vfs

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const (
	directFlag = unix.O_DIRECT
	syncFlag   = unix.O_DSYNC
)

// syncData leaves out what only matters to those who look at the file's times.
func syncData(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		for {
			if failed = unix.Fdatasync(int(fd)); failed != unix.EINTR {
				return
			}
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}
