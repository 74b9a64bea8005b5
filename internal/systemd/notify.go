package systemd

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// sendTime bounds how long a message may take. The manager reads its socket all the time.
const sendTime = time.Second

// Notifier sends messages to the service manager. A nil one, for a process that was started otherwise, does nothing. It is
// safe for concurrent use.
type Notifier struct{ conn net.Conn }

// New connects to the socket that the environment names, as os.Getenv gives it. Without one it returns nil and no error.
func New(getenv func(string) string) (*Notifier, error) {
	socket := getenv("NOTIFY_SOCKET")
	switch {
	case socket == "":
		return nil, nil
	case socket[0] != '/' && socket[0] != '@':
		return nil, fmt.Errorf("NOTIFY_SOCKET is %q: only Unix sockets are supported", socket)
	}
	conn, err := net.Dial("unixgram", socket) // package net reads "@" as the beginning of an abstract name
	if err != nil {
		return nil, fmt.Errorf("connect to NOTIFY_SOCKET: %w", err)
	}
	return &Notifier{conn}, nil
}

// Ready says that the service is up, or a reload over, and describes it in a line.
func (n *Notifier) Ready(status string) error { return n.send("READY=1", statusLine(status)) }

// Reloading says that the configuration is being read again; Ready ends that.
func (n *Notifier) Reloading(status string) error {
	return n.send("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(monotonic().Microseconds(), 10), statusLine(status))
}

// Stopping says that the service ends.
func (n *Notifier) Stopping(status string) error { return n.send("STOPPING=1", statusLine(status)) }

// Status describes the service in a line.
func (n *Notifier) Status(status string) error { return n.send(statusLine(status)) }

// Extend describes the service, and asks for time before the manager loses patience with its stop.
func (n *Notifier) Extend(time time.Duration, status string) error {
	return n.send("EXTEND_TIMEOUT_USEC="+strconv.FormatInt(time.Microseconds(), 10), statusLine(status))
}

// Watchdog says that the service is alive.
func (n *Notifier) Watchdog() error { return n.send("WATCHDOG=1") }

// Close ends the connection.
func (n *Notifier) Close() error {
	if n == nil {
		return nil
	}
	return n.conn.Close()
}

// statusLine takes line ends out: they would begin other messages.
func statusLine(text string) string {
	return "STATUS=" + strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
}

func (n *Notifier) send(lines ...string) error {
	if n == nil {
		return nil
	}
	if err := n.conn.SetWriteDeadline(time.Now().Add(sendTime)); err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	if _, err := n.conn.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	return nil
}

// WatchdogInterval is how often the manager wants to hear Watchdog from the process with this id; zero: never. It expects
// twice as many.
func WatchdogInterval(getenv func(string) string, pid int) (time.Duration, error) {
	text := getenv("WATCHDOG_USEC")
	if text == "" {
		return 0, nil
	}
	if whose := getenv("WATCHDOG_PID"); whose != "" && whose != strconv.Itoa(pid) {
		return 0, nil // meant for the one that started us
	}
	const most = int64(1<<63-1) / int64(time.Microsecond)
	usec, err := strconv.ParseInt(text, 10, 64)
	if err != nil || usec <= 0 || usec > most {
		return 0, fmt.Errorf("WATCHDOG_USEC is %q: want microseconds", text)
	}
	return time.Duration(usec) * time.Microsecond, nil
}
