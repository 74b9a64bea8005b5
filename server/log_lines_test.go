package server_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/server"
)

// TestRefusalsAreLogged: what a client was refused stands in the log as an error, with the client's name.
func TestRefusalsAreLogged(t *testing.T) {
	dir := t.TempDir()
	file, log := filepath.Join(dir, "sinew.conf"), filepath.Join(dir, "log")
	text := "listen: \"127.0.0.1:-1\"\nmax_subscriptions: 1\nmax_sub_tokens: 2\nmax_control_line: 512\nmax_payload: 9\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Options{Args: []string{"-c", file, "-l", log}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	for _, c := range []struct{ lines, logged string }{
		{"SUB a 1\r\nSUB b 2", "maximum subscriptions exceeded"},
		{"SUB a.b.c 1", `Subscription Violation Too Many Tokens - Subject "a.b.c", SID 1`},
		{"PUB " + strings.Repeat("a", 600) + " 1", "maximum control line exceeded"},
		{"PUB a 10", "maximum payload exceeded"},
	} {
		refused(t, s.Addr().String(), c.lines)
		content, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(content)), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, "[ERR]") || !strings.HasSuffix(last, ` - "joe" - `+c.logged) {
			t.Errorf("the last line is %s, want %s", last, c.logged)
		}
	}
}

// refused sends lines and waits for the error that answers them.
func refused(t *testing.T, addr, lines string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "CONNECT {\"verbose\":false,\"name\":\"joe\"}\r\n%s\r\n", lines)
	answers := bufio.NewScanner(conn)
	for answers.Scan() {
		if strings.HasPrefix(answers.Text(), "-ERR") {
			return
		}
	}
	t.Errorf("%.40q was not refused: %v", lines, answers.Err())
}
