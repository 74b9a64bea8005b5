//go:build unix

package systemd_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
	"time"

	"sinew.dev/sinew/internal/systemd"
)

// manager is a socket as the service manager has one.
func manager(t *testing.T, name string) (next func() string) {
	t.Helper()
	l, err := net.ListenPacket("unixgram", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_ = l.SetReadDeadline(time.Now().Add(20 * time.Second))
	return func() string {
		t.Helper()
		buf := make([]byte, 4096)
		n, _, err := l.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
}

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestMessages(t *testing.T) {
	names := []string{filepath.Join(t.TempDir(), "notify")}
	if runtime.GOOS == "linux" {
		names = append(names, fmt.Sprintf("@sinew-test-%d", os.Getpid()))
	}
	for _, name := range names {
		next := manager(t, name)
		n, err := systemd.New(environment(map[string]string{"NOTIFY_SOCKET": name}))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			send func() error
			want string
		}{
			{func() error { return n.Ready("up\nWATCHDOG=trigger") }, "READY=1\nSTATUS=up WATCHDOG=trigger"},
			{func() error { return n.Reloading("again") }, `RELOADING=1` + "\n" + `MONOTONIC_USEC=\d+` + "\nSTATUS=again"},
			{func() error { return n.Status("fine") }, "STATUS=fine"},
			{func() error { return n.Extend(1500*time.Millisecond, "soon") }, "EXTEND_TIMEOUT_USEC=1500000\nSTATUS=soon"},
			{n.Watchdog, "WATCHDOG=1"},
			{func() error { return n.Stopping("bye") }, "STOPPING=1\nSTATUS=bye"},
		} {
			if err := c.send(); err != nil {
				t.Error(err)
			}
			if got := next(); !regexp.MustCompile("^" + c.want + "$").MatchString(got) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWithoutAManagerNothingHappens(t *testing.T) {
	n, err := systemd.New(environment(nil))
	if n != nil || err != nil {
		t.Fatal(n, err)
	}
	for _, err := range []error{n.Ready(""), n.Watchdog(), n.Close()} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestSocketsThatCannotBeHad(t *testing.T) {
	for _, name := range []string{"vsock:2:1", "relative", filepath.Join(t.TempDir(), "none")} {
		if n, err := systemd.New(environment(map[string]string{"NOTIFY_SOCKET": name})); err == nil || n != nil {
			t.Errorf("%s: %v, %v", name, n, err)
		}
	}
}

func TestWatchdogInterval(t *testing.T) {
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
		fails     bool
	}{
		{"", "", 0, false},
		{"3000000", "", 3 * time.Second, false},
		{"3000000", "7", 3 * time.Second, false},
		{"3000000", "8", 0, false},
		{"0", "", 0, true},
		{"-1", "", 0, true},
		{"9223372036854775807", "", 0, true},
		{"often", "", 0, true},
	} {
		got, err := systemd.WatchdogInterval(environment(map[string]string{"WATCHDOG_USEC": c.usec, "WATCHDOG_PID": c.pid}), 7)
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("%q for %q: %v, %v", c.usec, c.pid, got, err)
		}
	}
}
