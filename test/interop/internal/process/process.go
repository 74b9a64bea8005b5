// Package process runs a server binary as a child, the way an operator would: a configuration file, flags,
// signals and the monitoring port.
package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Patience bounds every wait for the server: for its start, a reload, its exit. It is generous because the
// machine may be busy; a healthy server takes milliseconds.
const Patience = 10 * time.Second

// poll is how often a condition is looked at that the server cannot announce.
const poll = 5 * time.Millisecond

// ErrExited says that the server ended before it was ready.
var ErrExited = errors.New("server exited")

// Options say how to start a server. Dir must exist; it receives the configuration file.
type Options struct {
	Binary string
	Dir    string
	Config string   // text of the configuration file; empty starts without one
	Flags  []string // added after the addresses
	Port   int      // client port; zero picks a free one

	BasePath string // what the configuration puts before the paths of monitoring
}

// Server is a running child. It is safe for concurrent use after Start.
type Server struct {
	Port    int // client port on 127.0.0.1
	Monitor int // HTTP monitoring port on 127.0.0.1

	config string
	base   string
	cmd    *exec.Cmd
	output syncBuffer
	exited chan struct{}
}

// Start runs the server and returns when it answers /healthz. A port that was taken between choosing and
// listening is the one failure worth a second try.
func Start(options Options) (*Server, error) {
	var err error
	for range 3 {
		var server *Server
		if server, err = start(options); err == nil {
			return server, nil
		}
		if !strings.Contains(err.Error(), "address already in use") {
			break
		}
	}
	return nil, err
}

func start(options Options) (*Server, error) {
	client, monitor, err := freePorts()
	if err != nil {
		return nil, err
	}
	if options.Port != 0 {
		client = options.Port
	}
	s := &Server{Port: client, Monitor: monitor, base: "/" + strings.Trim(options.BasePath, "/"), exited: make(chan struct{})}
	args := []string{"-a", "127.0.0.1", "-p", strconv.Itoa(client), "-m", strconv.Itoa(monitor)}
	if options.Config != "" {
		s.config = filepath.Join(options.Dir, "server.conf")
		if err := os.WriteFile(s.config, []byte(options.Config), 0o600); err != nil {
			return nil, err
		}
		args = append(args, "-c", s.config)
	}
	s.cmd = exec.Command(options.Binary, append(args, options.Flags...)...)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	go func() {
		_ = s.cmd.Wait() // the exit code is read from ProcessState
		close(s.exited)
	}()
	if err := s.until("ready", func() bool { return s.get("/healthz", nil) == nil }); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// freePorts asks the kernel for two ports, holding both so that they differ.
func freePorts() (client, monitor int, err error) {
	for _, port := range []*int{&client, &monitor} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, 0, err
		}
		defer l.Close()
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return client, monitor, nil
}

// Output is everything the server wrote to stdout and stderr so far.
func (s *Server) Output() string { return s.output.String() }

// Signal sends a signal to the server.
func (s *Server) Signal(sig os.Signal) error { return s.cmd.Process.Signal(sig) }

// Stop kills the server and waits for it. It may be called more than once.
func (s *Server) Stop() {
	_ = s.cmd.Process.Kill() // it may have ended already
	<-s.exited
}

// Wait waits for the server to end by itself and returns its exit code.
func (s *Server) Wait() (int, error) {
	select {
	case <-s.exited:
		return s.cmd.ProcessState.ExitCode(), nil
	case <-time.After(Patience):
		return 0, fmt.Errorf("server still runs after %v", Patience)
	}
}

// Reload replaces the configuration file, sends SIGHUP and waits until the new file is in force.
func (s *Server) Reload(config string, hangup os.Signal) error {
	before, err := s.loadTime()
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
		return err
	}
	if err := s.Signal(hangup); err != nil {
		return err
	}
	return s.until("reloaded", func() bool {
		after, err := s.loadTime()
		return err == nil && after != before
	})
}

func (s *Server) loadTime() (string, error) {
	var varz struct {
		ConfigLoadTime string `json:"config_load_time"`
	}
	err := s.get("/varz", &varz)
	return varz.ConfigLoadTime, err
}

// ClosedReason returns why the server closed the connection that came from the given local port, or an error
// when the closed connection does not show up in /connz.
func (s *Server) ClosedReason(port int) (string, error) {
	var reason string
	err := s.until("closed connection in /connz", func() bool {
		var connz struct {
			Connections []struct {
				Port   int    `json:"port"`
				Reason string `json:"reason"`
			} `json:"connections"`
		}
		if s.get("/connz?state=closed", &connz) != nil {
			return false
		}
		for _, c := range connz.Connections {
			if c.Port == port {
				reason = c.Reason
				return true
			}
		}
		return false
	})
	return reason, err
}

// get fetches a monitoring page and decodes its JSON into v, unless v is nil.
func (s *Server) get(path string, v any) error {
	body, err := s.Get(path)
	if err != nil || v == nil {
		return err
	}
	return json.Unmarshal(body, v)
}

// Get fetches a monitoring page.
func (s *Server) Get(path string) ([]byte, error) {
	client := http.Client{Timeout: Patience}
	response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d%s", s.Monitor, strings.TrimSuffix(s.base, "/")+path))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}

// until looks at a condition until it holds, the server ends or patience does.
func (s *Server) until(what string, holds func() bool) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	deadline := time.After(Patience)
	for {
		if holds() {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.exited:
			return fmt.Errorf("waiting for %s: %w:\n%s", what, ErrExited, s.Output())
		case <-deadline:
			return fmt.Errorf("waiting for %s: not after %v", what, Patience)
		}
	}
}

// syncBuffer collects the child's output while tests may read it.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
