package logs_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/logs"
)

const patience = 20 * time.Second

// frames are what stands before the text: as the reference server sends it, recorded with listeners like these.
var (
	far  = fmt.Sprintf(`^<%%d>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d) %s %s\[%d\]: `, regexp.QuoteMeta(hostname()), regexp.QuoteMeta(filepath.Base(os.Args[0])), os.Getpid())
	near = fmt.Sprintf(`^<%%d>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d %s\[%d\]: `, regexp.QuoteMeta(filepath.Base(os.Args[0])), os.Getpid())
)

func hostname() string { return must(os.Hostname()) }

func TestSyslogHasTheReferencesForm(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ scheme, network, address, frame string }{
		{"udp", "udp", "127.0.0.1:0", far},
		{"tcp", "tcp", "127.0.0.1:0", far},
		{"unix", "unix", filepath.Join(folder, "stream"), near},
		{"unix", "unixgram", filepath.Join(folder, "datagram"), near},
	} {
		t.Run(c.network, func(t *testing.T) {
			address, next := daemon(t, c.network, c.address)
			log := logs.New(io.Discard, logs.Options{Debug: true, Trace: true, PID: true, Time: true, Colour: true})
			if err := log.RedirectToSyslog(c.scheme + "://" + address); err != nil {
				t.Fatal(err)
			}
			for _, say := range []struct {
				do       func(string, ...any)
				severity int
			}{{log.Fatalf, 2}, {log.Errorf, 3}, {log.Warnf, 4}, {log.Infof, 5}, {log.Debugf, 7}, {log.Tracef, 5}} {
				say.do("a %d\x1b", 1)
				frame := regexp.MustCompile(fmt.Sprintf(c.frame, say.severity) + `a 1\\x1b` + "\n$")
				if got := next(); !frame.MatchString(got) {
					t.Errorf("got %q, want %s", got, frame)
				}
			}
			log.Infof("%s", strings.Repeat("x", 100_000)) // too long for a datagram
			log.Infof("bye")
			for line := ""; !strings.HasSuffix(line, ": bye\n"); {
				line = next()
			}
			if err := log.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// daemon listens and returns the address and a function that waits for the next message.
func daemon(t *testing.T, network, address string) (string, func() string) {
	t.Helper()
	if network == "udp" || network == "unixgram" {
		l := must(net.ListenPacket(network, address))
		t.Cleanup(func() { _ = l.Close() })
		_ = l.SetReadDeadline(time.Now().Add(patience))
		buf := make([]byte, 1<<17)
		return l.LocalAddr().String(), func() string {
			n, _, err := l.ReadFrom(buf)
			if err != nil {
				t.Fatal(err)
			}
			return string(buf[:n])
		}
	}
	l := must(net.Listen(network, address))
	t.Cleanup(func() { _ = l.Close() })
	var in *bufio.Reader
	return l.Addr().String(), func() string {
		if in == nil {
			in = bufio.NewReader(accept(t, l))
		}
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
}

func accept(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	_ = l.(interface{ SetDeadline(time.Time) error }).SetDeadline(time.Now().Add(patience))
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return conn
}

// TestLinesWaitWhileTheDaemonIsAway: it goes, lines are logged, it comes back, and has all of them.
func TestLinesWaitWhileTheDaemonIsAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	first := must(net.ListenPacket("unixgram", path))
	log := logs.New(io.Discard, logs.Options{})
	if err := log.RedirectToSyslog("unix://" + path); err != nil {
		t.Fatal(err)
	}
	_ = first.Close()
	_ = os.Remove(path)
	for i := range 10 {
		log.Infof("line %d", i)
	}
	_, next := daemon(t, "unixgram", path)
	for i := range 10 {
		if got, want := next(), fmt.Sprintf("]: line %d\n", i); !strings.HasSuffix(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if err := log.Close(); err != nil || log.Lost() != 0 {
		t.Errorf("%v, %d lost", err, log.Lost())
	}
}

// TestCloseDoesNotWaitForADaemonThatIsAway loses what nobody takes, and says how much.
func TestCloseDoesNotWaitForADaemonThatIsAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l := must(net.ListenPacket("unixgram", path))
	log := logs.New(io.Discard, logs.Options{})
	if err := log.RedirectToSyslog("unix://" + path); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	_ = os.Remove(path)
	log.Infof("a")
	log.Infof("b")
	began := time.Now()
	if err := log.Close(); err != nil || log.Lost() != 2 {
		t.Errorf("%v, %d lost", err, log.Lost())
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("closing took %v", took)
	}
}

func TestSyslogAddressesThatDoNotHold(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:514":               `parse "127.0.0.1:514": first path segment in URL cannot contain colon; write the address as udp://host:514`,
		"foo://127.0.0.1:1":           `error invalid network type: "foo"; there are udp, tcp and unix`,
		"unixgram:///x":               `error invalid network type: "unixgram"; there are udp, tcp and unix`,
		"udp://127.0.0.1":             `error invalid syslog address: "udp://127.0.0.1" has no port; the usual one is 514`,
		"unix:///nonexistent/dev/log": `error connecting to syslog: "dial unix /nonexistent/dev/log: connect: no such file or directory"`,
	} {
		var out strings.Builder
		log := logs.New(&out, logs.Options{})
		if err := log.RedirectToSyslog(address); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", address, err, want)
		}
		log.Infof("still here")
		if out.String() != "[INF] still here\n" {
			t.Errorf("%s: %q", address, out.String())
		}
	}
}
