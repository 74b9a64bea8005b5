//go:build unix

package netio

import (
	"io"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// rawIO reads and writes a socket without waiting, and waits without a buffer.
type rawIO struct{ conn syscall.RawConn }

// newRawIO returns nil when nc is no socket.
func newRawIO(nc net.Conn) *rawIO {
	sc, ok := nc.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	return &rawIO{conn: raw}
}

// waitReadable returns when there is something to read, or the end, or an error.
func (r *rawIO) waitReadable() error {
	var peek [1]byte
	return r.conn.Read(func(fd uintptr) bool {
		_, _, err := unix.Recvfrom(int(fd), peek[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return err != unix.EAGAIN && err != unix.EINTR
	})
}

// read reads without waiting. Another goroutine may be in waitReadable, which holds the lock that RawConn.Read takes.
func (r *rawIO) read(p []byte) (n int, err error) {
	e := r.conn.Control(func(fd uintptr) { n, err = unix.Read(int(fd), p) })
	switch {
	case e != nil:
		return 0, e
	case err == unix.EAGAIN || err == unix.EINTR:
		return 0, errWouldBlock
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// write writes what the system takes; with wait it waits until that is something.
func (r *rawIO) write(bufs [][]byte, wait bool) (total int, err error) {
	for _, b := range bufs {
		n := 0
		e := r.conn.Write(func(fd uintptr) bool {
			n, err = unix.Write(int(fd), b)
			return !(wait && (err == unix.EAGAIN || err == unix.EINTR))
		})
		if e != nil {
			return total, e
		}
		if err == unix.EAGAIN || err == unix.EINTR {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		total += n
		if n < len(b) {
			return total, nil
		}
		wait = false
	}
	return total, nil
}
