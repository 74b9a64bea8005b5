//go:build unix

package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"sinew.dev/sinew/internal/observe/status"
)

// TestNobodyReadsStandardError: the protocol is traced into a pipe that is full. Messages flow, and the server ends when
// it is told to.
func TestNobodyReadsStandardError(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := command(t, "-DV")
	p.Stderr = w
	p.begin()
	_ = w.Close()
	nc := p.dial()
	sub, err := nc.SubscribeSync("flood")
	if err != nil {
		t.Fatal(err)
	}
	payload := []byte(strings.Repeat("x", 1000))
	const messages = 5000 // five times what the log may queue
	for range messages {
		if err := nc.Publish("flood", payload); err != nil {
			t.Fatal(err)
		}
	}
	for range messages {
		if _, err := sub.NextMsg(patience); err != nil {
			t.Fatal(err)
		}
	}
	if code := p.end(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestTheReaderOfStandardErrorGoes: it takes the pipe with it.
func TestTheReaderOfStandardErrorGoes(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := command(t, "-DV")
	p.Stderr = w
	p.begin()
	_ = w.Close()
	_ = r.Close()
	for range 3 {
		nc := p.dial()
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		nc.Close()
	}
	if code := p.end(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestLogFollowsReloads sends the log from place to place, and then where it cannot go.
func TestLogFollowsReloads(t *testing.T) {
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer daemon.Close()
	_ = daemon.SetReadDeadline(time.Now().Add(patience))
	dir := t.TempDir()
	file, one, two := filepath.Join(dir, "conf"), filepath.Join(dir, "one"), filepath.Join(dir, "two")
	writeFile(t, file, fmt.Sprintf("log_file: %q\n", one))
	p := launch(t, "-c", file)
	reload := func(text string) {
		t.Helper()
		writeFile(t, file, text)
		if err := p.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	awaitText(t, one, "[INF] Server is ready")

	reload(fmt.Sprintf("log_file: %q\nlog_format: json\n", two))
	awaitText(t, two, `"msg":"Reloaded server configuration`)
	if lines := jsonLines(t, two); lines[0]["level"] != "info" || lines[0]["pid"] != float64(p.Process.Pid) || lines[0]["time"] == nil {
		t.Errorf("%v", lines[0])
	}

	reload(fmt.Sprintf("remote_syslog: \"udp://%s\"\ndebug: true\n", daemon.LocalAddr()))
	buf := make([]byte, 4096)
	for text := ""; !strings.Contains(text, "Reloaded server configuration"); {
		n, _, err := daemon.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		if text = string(buf[:n]); !strings.HasPrefix(text, "<5>") {
			t.Errorf("%q", text)
		}
	}

	reload("logtime: false\ndebug: true\n")
	await(t, "the end of the reload on standard error", func() bool { return strings.Contains(p.stderr.String(), "Reloaded server configuration") })
	first, _, _ := strings.Cut(p.stderr.String(), "\n")
	if want := fmt.Sprintf("[%d] [INF] Reloaded: ", p.Process.Pid); !strings.HasPrefix(first, want) {
		t.Errorf("%q, want %q", first, want)
	}

	reload(fmt.Sprintf("log_file: %q\n", filepath.Join(dir, "none", "log")))
	await(t, "the refusal", func() bool {
		return strings.Contains(p.stderr.String(), "[ERR] Failed to reload server configuration: apply the log options: error opening file: open ")
	})
	var v status.Varz
	getJSON(t, p.ports().Monitoring[0]+"/varz", &v) // alive, unlike the reference server
	if code := p.end(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func jsonLines(t *testing.T, path string) (lines []map[string]any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", in.Text(), err)
		}
		lines = append(lines, line)
	}
	return lines
}

// TestConnectionsInJSON: what a line says of its connection are fields.
func TestConnectionsInJSON(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p := launch(t, "--log_format", "json", "-l", log, "-DV", "--user", "joe", "--pass", "hush")
	p.dial(nats.UserInfo("joe", "hush")).Close()
	awaitText(t, log, `"msg":"Client connection closed: Client Closed"`)
	found := false
	for _, line := range jsonLines(t, log) {
		if line["msg"] == "<<- [PING]" {
			found = true
			if line["level"] != "trace" || line["cid"] == nil || line["account"] != "$G" || line["user"] != "user:joe" ||
				!strings.HasPrefix(fmt.Sprint(line["remote"]), "127.0.0.1:") || !strings.Contains(fmt.Sprint(line["client"]), ":go:") {
				t.Errorf("%v", line)
			}
		}
	}
	if !found {
		t.Error("no trace of a PING")
	}
}

func TestAStandardStreamCanBeTheLogFile(t *testing.T) {
	p := command(t, "-l", "/dev/stderr")
	p.begin()
	if code := p.end(syscall.SIGTERM); code != 0 || !strings.Contains(p.stderr.String(), "[INF] Server Exiting..") {
		t.Errorf("exit code %d, %s", code, p.stderr.String())
	}
}
