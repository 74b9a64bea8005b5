package top

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"sinew.dev/sinew/server"
)

// patience bounds every wait in these tests. It is long, for busy machines; nothing waits that long when all is well.
const patience = 30 * time.Second

// testServer is a server under test on loopback: our own, or the one $SINEW_BIN names.
type testServer struct {
	nats, http string // host:port
	stop       func()
	cids       [2]string // of alpha and gamma, if busyServer made them: "cid:5"
}

// startServer runs a server with some more configuration until the test ends.
func startServer(t *testing.T, config string) *testServer {
	t.Helper()
	s := &testServer{nats: freeAddress(t), http: freeAddress(t)}
	s.start(t, config)
	return s
}

// start starts it on its addresses, and returns when the monitoring port answers.
func (s *testServer) start(t *testing.T, config string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "server.conf")
	if err := os.WriteFile(path, []byte(config+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(s.nats)
	_, monitor, _ := net.SplitHostPort(s.http)
	args := []string{"-a", host, "-p", port, "-c", path, "-l", filepath.Join(t.TempDir(), "log")}
	if !strings.Contains(config, "https:") {
		args = append(args, "-m", monitor)
	}
	if binary := os.Getenv("SINEW_BIN"); binary != "" {
		s.stop = startBinary(t, binary, args)
	} else {
		s.stop = startOurs(t, args)
	}
	t.Cleanup(func() { s.stop() })
	s.awaitListener(t)
}

func startBinary(t *testing.T, binary string, args []string) (stop func()) {
	t.Helper()
	command := exec.Command(binary, args...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = command.Process.Kill() // it may have ended
		_ = command.Wait()
	}
}

func startOurs(t *testing.T, args []string) (stop func()) {
	t.Helper()
	ours, err := server.New(server.Options{Args: args})
	if err == nil {
		err = ours.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return ours.Shutdown
}

func (s *testServer) awaitListener(t *testing.T) {
	t.Helper()
	for _, address := range []string{s.nats, s.http} {
		await(t, address+" listens", func() bool {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	}
}

// await returns when done is true. It looks every few milliseconds.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for !done() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("waiting in vain: %s", what)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// source asks the server's monitoring port.
func (s *testServer) source(t *testing.T) Source {
	t.Helper()
	source, err := NewHTTPSource(HTTPOptions{Address: s.http, Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(source.Close)
	return source
}

// client connects with a name.
func (s *testServer) client(t *testing.T, name string, options ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("nats://"+s.nats, append(options, nats.Name(name), nats.Timeout(patience))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// crowd makes connections that do nothing, each with a name and subscriptions.
func (s *testServer) crowd(t *testing.T, count, subs int) {
	t.Helper()
	for i := range count {
		conn, err := net.Dial("tcp", s.nats)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		var line strings.Builder
		fmt.Fprintf(&line, "CONNECT {\"verbose\":false,\"lang\":\"raw\",\"name\":\"crowd-%04d\"}\r\n", i)
		for sub := range subs {
			fmt.Fprintf(&line, "SUB crowd.%d.%d %d\r\n", i, sub, sub+1)
		}
		line.WriteString("PING\r\n")
		if _, err := conn.Write([]byte(line.String())); err != nil {
			t.Fatal(err)
		}
		reader := bufio.NewReader(conn)
		for {
			answer, err := reader.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(answer, "PONG") {
				break
			}
		}
	}
}

// flood publishes count messages and returns when the server has taken them.
func flood(t *testing.T, nc *nats.Conn, subject string, count, size int) {
	t.Helper()
	body := make([]byte, size)
	for range count {
		if err := nc.Publish(subject, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
}

// subscribe returns when the server knows.
func subscribe(t *testing.T, nc *nats.Conn, subject, queue string) {
	t.Helper()
	_, err := nc.QueueSubscribe(subject, queue, func(*nats.Msg) {})
	if err == nil {
		err = nc.FlushTimeout(patience)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// has tells whether a server's monitoring has a document.
func (s *testServer) has(t *testing.T, path string) bool {
	t.Helper()
	reply, err := http.Get("http://" + s.http + path)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	return reply.StatusCode == http.StatusOK
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}
