package logs

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	// syslogTime bounds each connect and each write.
	syslogTime = time.Second
	// firstRetry and lastRetry are the pauses between attempts to reach a daemon that is away: each twice the one before.
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
	// maxDatagram is the longest message, in bytes, for sockets that take messages whole; longer ones are cut.
	maxDatagram = 32 << 10
)

// severities are the syslog severities of levels. The facility is 0, as the reference server's.
var severities = [...]int{fatal: 2, failure: 3, warning: 4, info: 5, debug: 7, trace: 5}

// syslog is a sink that sends each line to a daemon.
type syslog struct {
	addresses []address // tried in this order
	named     bool      // messages carry the name of this machine: they go to another
	tag, host string

	conn net.Conn // nil while the daemon is away
	buf  []byte
}

type address struct{ network, address string }

// dialSyslog connects to this machine's daemon if the text is empty, and else to the one at a URL.
func dialSyslog(text string) (*syslog, error) {
	s := &syslog{tag: filepath.Base(os.Args[0])}
	var err error
	if text == "" {
		s.addresses, err = localSyslog()
	} else {
		s.addresses, err = remoteSyslog(text)
		s.named = err == nil && s.addresses[0].network != "unix"
	}
	if err != nil {
		return nil, err
	}
	if s.host, err = os.Hostname(); err != nil {
		s.host = "localhost"
	}
	if err := s.connect(); err != nil {
		if text == "" {
			err = errNoLocalSyslog
		}
		return nil, fmt.Errorf("error connecting to syslog: %q", err.Error())
	}
	return s, nil
}

// errNoLocalSyslog: no daemon listens here.
var errNoLocalSyslog = errors.New("Unix syslog delivery error")

// remoteSyslog reads a URL.
func remoteSyslog(text string) ([]address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w; write the address as udp://host:514", err)
	}
	switch u.Scheme {
	case "udp", "udp4", "udp6", "tcp", "tcp4", "tcp6":
		if u.Port() == "" {
			return nil, fmt.Errorf("error invalid syslog address: %q has no port; the usual one is 514", text)
		}
		return []address{{u.Scheme, u.Host}}, nil
	case "unix":
		return []address{{"unix", u.Path}, {"unixgram", u.Path}}, nil
	}
	return nil, fmt.Errorf("error invalid network type: %q; there are udp, tcp and unix", u.Scheme)
}

func (s *syslog) connect() error {
	var first error
	for _, a := range s.addresses {
		conn, err := net.DialTimeout(a.network, a.address, syslogTime)
		if err == nil {
			s.conn = conn
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// deliver sends line by line. While the daemon is away it waits and tries again, until the log is closed.
func (s *syslog) deliver(b *batch, closing <-chan struct{}) (lost int, why error) {
	away := false
	b.each(func(_ int, v level, line []byte) {
		for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
			err := s.send(v, line)
			if err == nil {
				away = false
				return
			}
			if !away {
				complain("syslog: %v; lines of the log wait until it is back", err)
				away = true
			}
			if !waitOpen(pause, closing) {
				lost, why = lost+1, err
				return
			}
		}
	})
	return lost, why
}

// waitOpen waits for d and reports false when there is no time for that.
func waitOpen(d time.Duration, closing <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-closing:
		return false
	case <-timer.C:
		return true
	}
}

// send sends a message. A connection that has broken is made anew, once.
func (s *syslog) send(v level, line []byte) error {
	if s.conn != nil && s.write(v, line) == nil {
		return nil
	}
	if err := s.connect(); err != nil {
		return err
	}
	return s.write(v, line)
}

func (s *syslog) write(v level, line []byte) error {
	s.buf = s.message(s.buf[:0], v, time.Now(), line)
	if s.whole() && len(s.buf) > maxDatagram {
		s.buf = append(s.buf[:maxDatagram-1], '\n')
	}
	err := s.conn.SetWriteDeadline(time.Now().Add(syslogTime))
	if err == nil {
		_, err = s.conn.Write(s.buf)
	}
	if err == nil || s.whole() && errors.Is(err, syscall.EMSGSIZE) {
		return nil // one that is too long for the socket never gets through
	}
	_ = s.conn.Close() // it is of no use any more
	s.conn = nil
	return err
}

// whole reports whether the socket takes messages whole.
func (s *syslog) whole() bool {
	_, tcp := s.conn.(*net.TCPConn)
	return !tcp && s.conn.RemoteAddr().Network() != "unix"
}

// message appends a message in the form of the reference server: RFC 3164 with an RFC 3339 time for other machines, and
// for this one what its C library sends.
func (s *syslog) message(b []byte, v level, now time.Time, line []byte) []byte {
	b = strconv.AppendInt(append(b, '<'), int64(severities[v]), 10)
	b = append(b, '>')
	if s.named {
		b = now.AppendFormat(b, time.RFC3339)
		b = append(append(append(b, ' '), s.host...), ' ')
	} else {
		b = append(now.AppendFormat(b, time.Stamp), ' ')
	}
	b = append(append(b, s.tag...), '[')
	b = append(strconv.AppendInt(b, int64(os.Getpid()), 10), "]: "...)
	return append(b, line...)
}

// hurry has nothing to do: no call takes longer than syslogTime.
func (s *syslog) hurry() {}

func (s *syslog) close() error {
	if s.conn == nil {
		return nil
	}
	return s.conn.Close()
}
