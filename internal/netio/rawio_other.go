//go:build !unix

package netio

import "net"

// rawIO is for systems where a socket can be read without waiting.
type rawIO struct{}

func newRawIO(net.Conn) *rawIO { return nil }

func (*rawIO) waitReadable() error               { return nil }
func (*rawIO) read([]byte) (int, error)          { return 0, errWouldBlock }
func (*rawIO) write([][]byte, bool) (int, error) { return 0, nil }
