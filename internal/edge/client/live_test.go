package client_test

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sinew.dev/sinew/internal/account"
	"sinew.dev/sinew/internal/auth"
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/edge/client"
	"sinew.dev/sinew/internal/netio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait.
const patience = 20 * time.Second

// quiet logs nothing, but formats everything: what is logged must not panic either.
type quiet struct{}

func (quiet) Fatalf(format string, args ...any) { _ = fmt.Sprintf(format, args...) }
func (quiet) Errorf(format string, args ...any) { _ = fmt.Sprintf(format, args...) }
func (quiet) Warnf(format string, args ...any)  { _ = fmt.Sprintf(format, args...) }
func (quiet) Infof(format string, args ...any)  { _ = fmt.Sprintf(format, args...) }
func (quiet) Debugf(format string, args ...any) { _ = fmt.Sprintf(format, args...) }
func (quiet) Tracef(format string, args ...any) { _ = fmt.Sprintf(format, args...) }

// edge is a hub on an engine, without a server around it.
type edge struct {
	t      testing.TB
	hub    *client.Hub
	engine *netio.Engine
	conn   netio.ConnOptions
}

// options are a server's defaults, nearly.
func options() *client.Options {
	return &client.Options{
		Info: client.Info{Headers: true, ServerID: "test"}, DefaultAccount: account.Global, SystemAccount: "$SYS",
		MaxConnections: 1000, MaxControlLine: 4096, MaxPayload: 1 << 16, MaxClosed: 10,
		PingInterval: time.Minute, PingMax: 2, AuthTimeout: time.Minute,
	}
}

func newEdge(t testing.TB, o *client.Options) *edge {
	t.Helper()
	b := broker.New()
	b.Account(account.Global).SetLimits(&account.Unlimited)
	e := &edge{t: t, hub: client.NewHub(b, broker.NewPublisher(), quiet{}, o), conn: o.Conn}
	var err error
	e.engine, err = netio.New(netio.Options{Loops: 1, NewState: func(w *netio.Worker) any { return client.NewTurn(w) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.hub.Close()
		_ = e.engine.Close()
	})
	return e
}

// dial attaches one end of a TCP connection to the engine and returns the other.
func (e *edge) dial() net.Conn {
	e.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.t.Fatal(err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		e.t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		e.t.Fatal(err)
	}
	if err := e.engine.Attach(far, e.conn, e.hub.Accept); err != nil {
		e.t.Fatal(err)
	}
	_ = near.SetDeadline(time.Now().Add(patience))
	return near
}

// login connects and waits for the first PONG.
func (e *edge) login(doc string) (net.Conn, *bufio.Reader) {
	e.t.Helper()
	conn := e.dial()
	in := bufio.NewReader(conn)
	e.exchange(conn, in, "CONNECT "+doc+"\r\nPING\r\n", "PONG\r\n")
	return conn, in
}

// exchange sends something and reads until a line.
func (e *edge) exchange(conn io.Writer, in *bufio.Reader, send, until string) (got string) {
	e.t.Helper()
	if _, err := io.WriteString(conn, send); err != nil {
		e.t.Fatal(err)
	}
	for !strings.HasSuffix(got, until) {
		line, err := in.ReadString('\n')
		got += line
		if err != nil {
			e.t.Fatalf("after %q: %v", got, err)
		}
	}
	return got
}

const plain = `{"verbose":false,"pedantic":false,"headers":true,"no_responders":true}`

// mark is something that a fuzzer does not guess, so that its end is seen.
func mark() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// pairAuth knows two users, one of them with permissions.
func pairAuth(t testing.TB) *auth.Users {
	t.Helper()
	users, err := auth.NewUsers(auth.UsersOptions{
		DefaultAccount: account.Global,
		Users: []auth.UserOptions{
			{Name: "alice", Password: "wonder"},
			{Name: "bob", Password: "builder", Permissions: &auth.PermissionOptions{PublishAllow: []string{"a.>"}, SubscribeDeny: []string{"b.*"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return users
}
