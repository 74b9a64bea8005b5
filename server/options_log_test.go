package server_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sinew.dev/sinew/server"
)

// lines keeps what is written to it. It is safe for concurrent use.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestLogGoesToTheProgram(t *testing.T) {
	var log lines
	run := func(args ...string) {
		t.Helper()
		s, err := server.New(server.Options{Args: append([]string{"-a", "127.0.0.1", "-p", "-1"}, args...), Log: &log})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		s.Shutdown()
	}
	run()
	for _, want := range []string{"[INF] Starting nats-server\n", "[INF] Server Exiting..\n"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in\n%s", want, log.String())
		}
	}
	// A file that the configuration names goes before it.
	was := log.String()
	file := filepath.Join(t.TempDir(), "log")
	run("-l", file)
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "Server Exiting..") || log.String() != was {
		t.Errorf("the file holds %q, %v; the program got %q", text, err, strings.TrimPrefix(log.String(), was))
	}
}
