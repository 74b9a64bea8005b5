//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// target is one of the two programs under test. Immutable.
type target struct {
	name   string // "ours" or "reference"
	binary string
}

// server is a running server. Its methods may be called from any goroutine.
type server struct {
	pid     int
	port    int
	monitor int // port of the monitoring documents; 0: none
	tls     bool
	startup time.Duration // from exec to the first PONG, or to INFO with TLS

	cmd    *exec.Cmd
	config string // path
	logs   string // path
	ended  chan struct{}
	status error // of the process, once ended is closed
}

// serverOptions is how a workload wants its server.
type serverOptions struct {
	tls     bool
	monitor bool          // over HTTP
	env     []string      // added to ours and to the reference
	more    func() string // added to the configuration
}

// startServer runs a target on a random loopback port, with its configuration and log in dir, and returns when
// it has answered. A port that another process took in the meantime is tried again with another.
func startServer(ctx context.Context, t target, dir string, opts serverOptions) (*server, error) {
	var srv *server
	var err error
	for range 3 {
		if srv, err = startOnce(ctx, t, dir, opts); err == nil || !errors.Is(err, errEnded) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("start %s (%s): %w", t.name, t.binary, err)
	}
	return srv, nil
}

var errEnded = errors.New("the server ended by itself")

func startOnce(ctx context.Context, t target, dir string, opts serverOptions) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, t.name+".conf")
	monitor := 0
	if opts.monitor {
		if monitor, err = freePort(); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(config, []byte(configuration(port, monitor, dir, opts)), 0o600); err != nil {
		return nil, err
	}
	srv := &server{
		port: port, monitor: monitor, tls: opts.tls, config: config, logs: filepath.Join(dir, t.name+".log"), ended: make(chan struct{}),
	}
	logs, err := os.Create(srv.logs)
	if err != nil {
		return nil, err
	}
	defer logs.Close()
	srv.cmd = exec.CommandContext(ctx, t.binary, "-c", config)
	srv.cmd.Stdout, srv.cmd.Stderr = logs, logs
	srv.cmd.Env = append(os.Environ(), opts.env...)
	begin := time.Now()
	if err := srv.cmd.Start(); err != nil {
		return nil, err
	}
	srv.pid = srv.cmd.Process.Pid
	go func() {
		srv.status = srv.cmd.Wait()
		close(srv.ended)
	}()
	if err := srv.awaitAnswer(begin); err != nil {
		srv.kill()
		return nil, err
	}
	return srv, nil
}

// configuration is the same for both but for the ports. The long ping interval keeps PINGs out of what is
// counted; all else is as the servers have it by default.
func configuration(port, monitor int, dir string, opts serverOptions) string {
	text := fmt.Sprintf("listen: \"127.0.0.1:%d\"\nping_interval: \"1h\"\n", port)
	if monitor != 0 {
		text += fmt.Sprintf("http: \"127.0.0.1:%d\"\n", monitor)
	}
	if opts.tls {
		text += fmt.Sprintf("tls {\n  cert_file: %q\n  key_file: %q\n  timeout: 30\n}\n", certificatePath(dir), keyPath(dir))
	}
	if opts.more != nil {
		text += opts.more()
	}
	return text
}

// freePort asks the kernel for a port nobody listens on.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// startLimit is how long a server may take to answer.
const startLimit = 15 * time.Second

// awaitAnswer asks again and again until the server answers, and notes how long that took.
func (s *server) awaitAnswer(begin time.Time) error {
	for {
		err := s.knock()
		if err == nil {
			s.startup = time.Since(begin)
			return nil
		}
		if !errors.Is(err, unix.ECONNREFUSED) {
			return fmt.Errorf("%w; its log ends: %s", err, s.logTail())
		}
		select {
		case <-s.ended:
			return fmt.Errorf("%w: %v; its log ends: %s", errEnded, s.status, s.logTail())
		case <-time.After(200 * time.Microsecond):
		}
		if time.Since(begin) > startLimit {
			return fmt.Errorf("no answer on port %d within %v; its log ends: %s", s.port, startLimit, s.logTail())
		}
	}
}

// knock connects once, up to the first PONG. With TLS it is content with INFO.
func (s *server) knock() error {
	conn, err := dialRaw(s.port, 1)
	if err != nil {
		return err
	}
	defer conn.Close()
	if s.tls {
		return readUntil(conn, "INFO ")
	}
	return greet(conn, true)
}

// logTail is the end of what the server logged, on one line.
func (s *server) logTail() string {
	text, err := os.ReadFile(s.logs)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	lines = lines[max(len(lines)-5, 0):]
	return strings.TrimSpace(string(bytes.Join(lines, []byte(" | "))))
}

// kill ends the process at once; everything that waits for the server then fails.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // an error means it has ended already
	<-s.ended
}

// stop asks the process to end, and kills it when it does not within a few seconds.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // an error means it has ended already
	select {
	case <-s.ended:
	case <-time.After(5 * time.Second):
		s.kill()
	}
}

// alive fails when the server has ended, which explains errors on its connections better than they do.
func (s *server) alive() error {
	select {
	case <-s.ended:
		return fmt.Errorf("%w: %v; its log ends: %s", errEnded, s.status, s.logTail())
	default:
		return nil
	}
}
