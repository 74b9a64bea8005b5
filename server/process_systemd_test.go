//go:build unix

package server_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// manager is systemd's end of NOTIFY_SOCKET.
type manager struct {
	t    *testing.T
	conn net.PacketConn
}

func newManager(t *testing.T, name string) *manager {
	t.Helper()
	conn, err := net.ListenPacket("unixgram", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(2 * patience))
	return &manager{t, conn}
}

// next is the next message; pings are left out unless it is one that is waited for.
func (m *manager) next(pings bool) string {
	m.t.Helper()
	buf := make([]byte, 4096)
	for {
		n, _, err := m.conn.ReadFrom(buf)
		if err != nil {
			m.t.Fatal(err)
		}
		if text := string(buf[:n]); (text == "WATCHDOG=1") == pings {
			return text
		}
	}
}

func (m *manager) expect(forms ...string) {
	m.t.Helper()
	for _, form := range forms {
		if got := m.next(false); !regexp.MustCompile("^" + form + "$").MatchString(got) {
			m.t.Errorf("got %q, want %q", got, form)
		}
	}
}

// TestTheServiceManagerHearsAll is the life of a unit with Type=notify-reload and WatchdogSec.
func TestTheServiceManagerHearsAll(t *testing.T) {
	sockets := []string{filepath.Join(t.TempDir(), "notify")}
	if runtime.GOOS == "linux" {
		sockets = append(sockets, fmt.Sprintf("@sinew-process-test-%d", os.Getpid()))
	}
	for _, socket := range sockets {
		file := filepath.Join(t.TempDir(), "conf")
		writeFile(t, file, "debug: false\n")
		m := newManager(t, socket)
		p := command(t, "-c", file)
		p.Env = append(p.Env, "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=200000")
		p.begin()
		m.expect(`READY=1\nSTATUS=Ready for clients on 127\.0\.0\.1:\d+`)
		for range 3 {
			m.next(true)
		}
		hup := func(text string) {
			writeFile(t, file, text)
			if err := p.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		}
		const reloading = `RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=.*`
		hup("debug: true\n")
		m.expect(reloading, `READY=1\nSTATUS=Ready; the configuration was loaded again`)
		hup("debug: maybe\n")
		m.expect(reloading, `READY=1\nSTATUS=Ready with the old configuration: .*conf:1:.*`)
		m.next(true)
		if err := p.Process.Signal(syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		m.expect(`EXTEND_TIMEOUT_USEC=\d+\nSTATUS=Lame duck mode.*`, `STOPPING=1\nSTATUS=Shutting down`)
		if code := p.code(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
}

// TestWithoutAManagerTheServerRuns: what the environment says is of no use, and no reason to stop.
func TestWithoutAManagerTheServerRuns(t *testing.T) {
	p := command(t)
	p.Env = append(p.Env, "NOTIFY_SOCKET=/nonexistent/notify", "WATCHDOG_USEC=often")
	p.begin()
	if code := p.end(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"[WRN] Service manager: connect to NOTIFY_SOCKET: ", `[WRN] Service manager: WATCHDOG_USEC is "often"`} {
		if !strings.Contains(p.stderr.String(), want) {
			t.Errorf("the log has no %q: %s", want, p.stderr.String())
		}
	}
}
