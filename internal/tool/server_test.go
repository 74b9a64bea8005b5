package tool_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"
)

// patience bounds every wait in these tests. It is long, for busy machines; nothing waits that long when all is well.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	// The tests choose their server and user themselves.
	for _, name := range []string{
		"URL", "USER", "PASSWORD", "TOKEN", "CREDS", "NKEY", "JWT", "SEED", "CERT", "KEY", "CA", "CONTEXT", "SOCKS_PROXY",
	} {
		os.Unsetenv("NATS_" + name)
	}
	// Nor do they see, or change, the contexts of whoever runs them.
	home, err := os.MkdirTemp("", "sinew-tool-home")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_CONFIG_HOME", home)
	os.Setenv("XDG_DATA_HOME", home)
	// Busy machines get more than the two seconds that people do; tests of the timeout itself use the flag.
	os.Setenv("NATS_TIMEOUT", patience.String())
	code := m.Run()
	os.RemoveAll(home)
	if binaryFolder != "" {
		os.RemoveAll(binaryFolder)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

var binaryFolder string

// serverBinary is the server to test against: $SINEW_BIN, or else our own.
func serverBinary() (string, error) {
	if path := os.Getenv("SINEW_BIN"); path != "" {
		return path, nil
	}
	return ownBinary()
}

// ownBinary is sinew, built once.
var ownBinary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "sinew-tool-test")
	if err != nil {
		return "", err
	}
	binaryFolder = folder
	path := filepath.Join(folder, "sinew")
	output, err := exec.Command("go", "build", "-o", path, "sinew.dev/sinew/cmd/sinew").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, output)
	}
	return path, nil
})

// startServer runs a server on loopback with the given configuration, which may be empty, until the test ends. It
// returns the address, host and port.
func startServer(t *testing.T, config string) string {
	t.Helper()
	address := freeAddress(t)
	startServerAt(t, address, config)
	return address
}

// startServerAt is startServer on a given address. The function it returns ends the server early.
func startServerAt(t *testing.T, address, config string) (kill func()) {
	t.Helper()
	_, kill = startProcess(t, address, config)
	return kill
}

// startProcess is startServerAt for those who send the process signals.
func startProcess(t *testing.T, address, config string) (process *os.Process, kill func()) {
	t.Helper()
	binary, err := serverBinary()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "server.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(address)
	var log bytes.Buffer
	command := exec.Command(binary, "-a", host, "-p", port, "-c", path)
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		command.Wait()
		close(exited)
	}()
	kill = func() {
		command.Process.Kill()
		<-exited
	}
	t.Cleanup(kill)
	awaitListener(t, address, exited, &log)
	return command.Process, kill
}

// awaitListener returns when something accepts connections on address. The port was free before, so it is our server.
func awaitListener(t *testing.T, address string, exited <-chan struct{}, log *bytes.Buffer) {
	t.Helper()
	up := make(chan struct{})
	options := []nats.Option{
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(5 * time.Millisecond), nats.ReconnectJitter(0, 0),
		// A server with authentication or TLS turns this connection down, but by then it is up.
		nats.SetCustomDialer(dialFunc(func(network, address string) (net.Conn, error) {
			conn, err := net.Dial(network, address)
			if err == nil {
				conn.Close()
				select {
				case <-up:
				default:
					close(up)
				}
				err = net.ErrClosed
			}
			return nil, err
		})),
	}
	nc, err := nats.Connect("nats://"+address, options...)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	select {
	case <-up:
	case <-exited:
		t.Fatalf("the server ended:\n%s", log)
	case <-time.After(patience):
		t.Fatal("the server does not listen")
	}
}

type dialFunc func(network, address string) (net.Conn, error)

func (f dialFunc) Dial(network, address string) (net.Conn, error) { return f(network, address) }

// freeAddress is a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// client is a plain client of the library, closed when the test ends.
func client(t *testing.T, address string, options ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("nats://"+address, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// watch subscribes, and returns when the server knows.
func watch(t *testing.T, nc *nats.Conn, subject string) *nats.Subscription {
	t.Helper()
	sub, err := nc.SubscribeSync(subject)
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func next(t *testing.T, sub *nats.Subscription) *nats.Msg {
	t.Helper()
	msg, err := sub.NextMsg(patience)
	if err != nil {
		t.Fatalf("no message on %s: %v", sub.Subject, err)
	}
	return msg
}
