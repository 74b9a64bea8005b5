//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"golang.org/x/sys/unix"
)

// rawConn is a blocking TCP socket without Go's poller: one system call a read or write. Reading, writing and
// each closing belongs to one goroutine at a time.
type rawConn int

// Read reads once.
func (c rawConn) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(c), b)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, fmt.Errorf("read from the server: %w", err)
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Write writes all of b.
func (c rawConn) Write(b []byte) (int, error) {
	written := 0
	for written < len(b) {
		n, err := unix.Write(int(c), b[written:])
		if err != nil && !errors.Is(err, unix.EINTR) {
			return written, fmt.Errorf("write to the server: %w", err)
		}
		written += max(n, 0)
	}
	return written, nil
}

// Close closes the socket.
func (c rawConn) Close() error { return unix.Close(int(c)) }

// dialRaw connects to a port on loopback. The last byte of the source address 127.0.0.x may be chosen, so that
// many short connections do not run out of ports; 1 is the ordinary one.
func dialRaw(port int, source byte) (rawConn, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("make a socket: %w; raise the limit of open files (ulimit -n)", err)
	}
	if err := connectLoopback(fd, port, source); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("connect to 127.0.0.1:%d: %w", port, err)
	}
	return rawConn(fd), nil
}

func connectLoopback(fd, port int, source byte) error {
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return err
	}
	if source > 1 {
		// The port is chosen at connect, when the whole pair of addresses is known, not at bind.
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1); err != nil {
			return err
		}
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, source}}); err != nil {
			return err
		}
	}
	return unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
}

// connectLine says what a plain client library would. Protocol 0 keeps the server from sending INFO lines
// later, in the middle of what is counted.
const connectLine = `CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":false,` +
	`"lang":"bench","version":"1","protocol":0}` + "\r\n"

// dial connects to a server as a client: INFO, TLS if asked, CONNECT, and a PING that is answered.
func dial(srv *server) (io.ReadWriteCloser, error) {
	if srv.tls {
		return dialTLS(srv.port)
	}
	return dialPlain(srv.port, 1)
}

// dialPlain is dial on a raw socket.
func dialPlain(port int, source byte) (rawConn, error) {
	conn, err := dialRaw(port, source)
	if err != nil {
		return -1, err
	}
	if err := greet(conn, true); err != nil {
		conn.Close()
		return -1, err
	}
	return conn, nil
}

func dialTLS(port int) (io.ReadWriteCloser, error) {
	plain, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	if err := readUntil(plain, "INFO "); err != nil {
		plain.Close()
		return nil, err
	}
	// The certificate was made a moment ago by ourselves; there is nothing to verify.
	conn := tls.Client(plain, &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		plain.Close()
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	if err := greet(conn, false); err != nil {
		plain.Close()
		return nil, err
	}
	return conn, nil
}

// greet does a client's part up to the first PONG, after reading INFO if that is still to come.
func greet(conn io.ReadWriter, info bool) error {
	if info {
		if err := readUntil(conn, "INFO "); err != nil {
			return err
		}
	}
	return barrier(conn, connectLine)
}

// barrier sends lines and a PING, and waits for the PONG: the server has then handled what came before.
// Nothing but control lines may be due on the connection.
func barrier(conn io.ReadWriter, lines string) error {
	if _, err := io.WriteString(conn, lines+"PING\r\n"); err != nil {
		return err
	}
	return readUntil(conn, "PONG")
}

// readUntil reads lines until one begins with want. It must be the last that is due, or what follows it in
// the same read is lost.
func readUntil(conn io.Reader, want string) error {
	var held []byte
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return fmt.Errorf("wait for %s: %w", want, err)
		}
		held = append(held, buf[:n]...)
		for {
			line, rest, found := bytes.Cut(held, []byte("\n"))
			if !found {
				break
			}
			held = rest
			switch {
			case bytes.HasPrefix(line, []byte(want)):
				return nil
			case bytes.HasPrefix(line, []byte("-ERR")):
				return fmt.Errorf("wait for %s: the server answered %s", want, bytes.TrimSpace(line))
			}
		}
	}
}
