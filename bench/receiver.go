//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// receiveBytes is the size of the one buffer that a receiver reads all its connections into. It fits a
// second-level cache.
const receiveBytes = 256 << 10

// receiver reads many raw connections on one epoll loop: one wait and one read each that is ready. What it does
// with the bytes is up to handle, which runs in the loop.
type receiver struct {
	epoll  int
	handle func(i int, b []byte) error // of connection i; b is valid during the call
	turned func()                      // after each turn of the loop; may be nil
	stop   atomic.Bool
}

// newReceiver makes a receiver of the connections; connection i is conns[i].
func newReceiver(conns []rawConn, handle func(i int, b []byte) error) (*receiver, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll descriptor: %w", err)
	}
	r := &receiver{epoll: epoll, handle: handle}
	for i, conn := range conns {
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(conn), Pad: int32(i)}
		if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, int(conn), &event); err != nil {
			unix.Close(epoll)
			return nil, fmt.Errorf("add a connection to epoll: %w", err)
		}
	}
	return r, nil
}

// ignore stops reading a connection. It may be called while the loop runs.
func (r *receiver) ignore(conn rawConn) error {
	if err := unix.EpollCtl(r.epoll, unix.EPOLL_CTL_DEL, int(conn), nil); err != nil {
		return fmt.Errorf("take a connection out of epoll: %w", err)
	}
	return nil
}

// run reads until stop is set, an error, or the end of a connection.
func (r *receiver) run() error {
	buf := make([]byte, receiveBytes)
	events := make([]unix.EpollEvent, 128)
	for !r.stop.Load() {
		n, err := unix.EpollWait(r.epoll, events, int(stopPoll.Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for connections: %w", err)
		}
		for i := range max(n, 0) {
			if err := r.read(&events[i], buf); err != nil {
				return err
			}
		}
		if r.turned != nil {
			r.turned()
		}
	}
	return nil
}

// stopPoll is how often a receiver without input looks at its stop flag.
const stopPoll = 20 * time.Millisecond

func (r *receiver) read(event *unix.EpollEvent, buf []byte) error {
	n, err := rawConn(event.Fd).Read(buf)
	if errors.Is(err, io.EOF) {
		return errors.New("the server closed a connection")
	}
	if err != nil {
		return err
	}
	return r.handle(int(event.Pad), buf[:n])
}

// close ends the epoll descriptor, once run has returned; the connections stay open.
func (r *receiver) close() { unix.Close(r.epoll) }
