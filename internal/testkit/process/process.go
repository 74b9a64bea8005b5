package process

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// Patience bounds every wait for a server. It is generous because the machine may be busy; a healthy server takes
// milliseconds.
const Patience = 20 * time.Second

// poll is how often a condition is looked at that the server cannot announce.
const poll = 5 * time.Millisecond

// Server is a running child. It is safe for concurrent use.
type Server struct {
	cmd    *exec.Cmd
	output buffer
	exited chan struct{}
}

// Start starts a command and ends it with the test. What it prints is shown when the test fails.
func Start(t testing.TB, cmd *exec.Cmd) *Server {
	t.Helper()
	s := &Server{cmd: cmd, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &s.output, &s.output
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %v: %v", cmd.Args, err)
	}
	go func() {
		_ = cmd.Wait() // the exit code is read from ProcessState
		close(s.exited)
	}()
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			t.Logf("%v said:\n%s", cmd.Args, s.Output())
		}
	})
	return s
}

// Serve starts a command and waits until url answers 200, as a probe does.
func Serve(t testing.TB, cmd *exec.Cmd, url string) *Server {
	t.Helper()
	s := Start(t, cmd)
	s.Until(t, "an answer of "+url, func() bool {
		code, _, err := Get(url)
		return err == nil && code == http.StatusOK
	})
	return s
}

// Pid is the child's process id.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Output is everything the child wrote to standard output and error so far.
func (s *Server) Output() string { return s.output.String() }

// Signal sends a signal to the child.
func (s *Server) Signal(t testing.TB, sig os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatalf("signal %v: %v", sig, err)
	}
}

// Kill ends the child and waits for it. It may be called more than once.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // it may have ended already
	<-s.exited
}

// Wait waits for the child to end by itself and returns its exit code, which is -1 after a signal.
func (s *Server) Wait(t testing.TB) int {
	t.Helper()
	select {
	case <-s.exited:
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(Patience):
		t.Fatalf("%v still runs after %v", s.cmd.Args, Patience)
		return 0
	}
}

// Until waits until a condition holds; the test fails when the child ends first or patience does.
func (s *Server) Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	deadline := time.After(Patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-s.exited:
			t.Fatalf("waiting for %s: the server ended with %d:\n%s", what, s.cmd.ProcessState.ExitCode(), s.Output())
		case <-deadline:
			t.Fatalf("waiting for %s: not after %v:\n%s", what, Patience, s.Output())
		}
	}
}

// Get fetches a page and returns its status and body.
func Get(url string) (code int, body []byte, err error) {
	client := http.Client{Timeout: Patience}
	response, err := client.Get(url)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// Run runs a command to its end and returns what it printed to both outputs, and its exit code.
func Run(cmd *exec.Cmd) (output string, code int, err error) {
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Start(); err != nil {
		return "", 0, fmt.Errorf("start %v: %w", cmd.Args, err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the exit code is read from ProcessState
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(Patience):
		_ = cmd.Process.Kill()
		<-done
		return both.String(), -1, fmt.Errorf("%v still runs after %v", cmd.Args, Patience)
	}
	return both.String(), cmd.ProcessState.ExitCode(), nil
}

// buffer collects a child's output while tests read it.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
