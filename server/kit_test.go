package server_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"sinew.dev/sinew/internal/observe/status"
	"sinew.dev/sinew/server"
)

// patience bounds every wait. It is long, for busy machines; nothing waits that long when all is well.
const patience = 20 * time.Second

// childEnv makes the test binary a server: a process of its own whose memory can be looked at.
const childEnv = "SINEW_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(server.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	time.Local = time.FixedZone("test", 5*60*60) // so that local times are told from UTC everywhere
	goleak.VerifyTestMain(m)
}

// rig is a running server with its files.
type rig struct {
	*server.Server
	t    testing.TB
	file string // its configuration
	log  string
}

// start runs a server with monitoring on free ports of loopback until the test ends.
func start(t testing.TB, config string, args ...string) *rig {
	t.Helper()
	r, err := tryStart(t, config, args...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tryStart(t testing.TB, config string, args ...string) (*rig, error) {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, file: filepath.Join(dir, "server.conf"), log: filepath.Join(dir, "server.log")}
	r.write(config)
	s, err := server.New(server.Options{Args: append([]string{"-c", r.file, "-a", "127.0.0.1", "-p", "-1", "-m", "-1", "-l", r.log}, args...)})
	if err != nil {
		return nil, err
	}
	r.Server = s
	t.Cleanup(s.Shutdown)
	return r, s.Start()
}

// write replaces the configuration file.
func (r *rig) write(config string) {
	r.t.Helper()
	if err := os.WriteFile(r.file, []byte(config), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// reload replaces the configuration file and makes the server read it.
func (r *rig) reload(config string) {
	r.t.Helper()
	r.write(config)
	if err := r.Reload(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) logText() string {
	r.t.Helper()
	text, err := os.ReadFile(r.log)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// web asks monitoring; connections are not kept, so that no goroutine is.
var web = &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}

func getJSON(t testing.TB, url string, into any) {
	t.Helper()
	response, err := web.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) get(path string, into any) {
	r.t.Helper()
	getJSON(r.t, fmt.Sprintf("http://%s%s", r.MonitorAddr(), path), into)
}

func (r *rig) varz() *status.Varz {
	r.t.Helper()
	var v status.Varz
	r.get("/varz", &v)
	return &v
}

// clientSubs is how many subscriptions clients have: /varz counts the server's own, too.
func (r *rig) clientSubs() int {
	r.t.Helper()
	var doc status.Subsz
	r.get("/subsz?subs=1&limit=1000000", &doc)
	return clientSubs(&doc)
}

// clientSubs counts the subscriptions that are of connections.
func clientSubs(doc *status.Subsz) (n int) {
	for i := range doc.Subs {
		if doc.Subs[i].CID != 0 {
			n++
		}
	}
	return n
}

// await polls until done.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !done(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited too long for: %s", what)
		}
	}
}

// awaitVarz polls /varz until done.
func (r *rig) awaitVarz(what string, done func(*status.Varz) bool) {
	r.t.Helper()
	await(r.t, what, func() bool { return done(r.varz()) })
}

// closedReason is what /connz says of a closed connection with this name; empty: nothing yet.
func (r *rig) closedReason(name string) string {
	r.t.Helper()
	var c status.Connz
	r.get("/connz?state=closed&limit=1000", &c)
	for i := range c.Conns {
		if c.Conns[i].Name == name {
			return c.Conns[i].Reason
		}
	}
	return ""
}

func (r *rig) awaitClosed(name, reason string) {
	r.t.Helper()
	got := ""
	await(r.t, "the end of connection "+name, func() bool {
		got = r.closedReason(name)
		return got != ""
	})
	if got != reason {
		r.t.Errorf("connection %s: closed with %q, want %q", name, got, reason)
	}
}

// nats connects with the Go client.
func (r *rig) nats(options ...nats.Option) *nats.Conn {
	r.t.Helper()
	nc, err := nats.Connect(r.URL(), append([]nats.Option{nats.Timeout(patience), nats.NoReconnect()}, options...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(nc.Close)
	return nc
}

// wire is a bare connection.
type wire struct {
	net.Conn
	t     testing.TB
	in    *bufio.Reader
	hello serverInfo
}

type serverInfo struct {
	Port         int    `json:"port"`
	MaxPayload   int    `json:"max_payload"`
	LameDuck     bool   `json:"ldm"`
	AuthRequired bool   `json:"auth_required"`
	TLSRequired  bool   `json:"tls_required"`
	Nonce        string `json:"nonce"`
}

func dialTCP(t testing.TB, addr string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(3 * patience))
	return conn
}

// dial connects and reads INFO.
func (r *rig) dial() *wire {
	r.t.Helper()
	return newWire(r.t, dialTCP(r.t, r.Addr().String()))
}

func newWire(t testing.TB, conn net.Conn) *wire {
	t.Helper()
	w := &wire{Conn: conn, t: t, in: bufio.NewReaderSize(conn, 64<<10)}
	w.hello = w.info()
	return w
}

func (w *wire) info() (info serverInfo) {
	w.t.Helper()
	line := w.line()
	doc, ok := strings.CutPrefix(line, "INFO ")
	if !ok || json.Unmarshal([]byte(doc), &info) != nil {
		w.t.Fatalf("got %q, want INFO", line)
	}
	return info
}

// login connects, sends CONNECT with these fields besides the usual, and waits for PONG.
func (r *rig) login(fields string) *wire {
	r.t.Helper()
	w := r.dial()
	w.connect(fields)
	return w
}

func (w *wire) connect(fields string) {
	w.t.Helper()
	w.say(connectLine(fields))
	w.barrier()
}

func connectLine(fields string) string {
	doc := `"verbose":false,"pedantic":false,"headers":true,"no_responders":true`
	if fields != "" {
		doc += "," + fields
	}
	return "CONNECT {" + doc + "}"
}

// say sends lines.
func (w *wire) say(lines ...string) {
	w.t.Helper()
	if _, err := io.WriteString(w, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		w.t.Fatal(err)
	}
}

// line reads one line.
func (w *wire) line() string {
	w.t.Helper()
	line, err := w.in.ReadString('\n')
	if err != nil {
		w.t.Fatalf("reading a line: %v (after %q)", err, line)
	}
	return strings.TrimRight(line, "\r\n")
}

// expect reads lines that must be these.
func (w *wire) expect(lines ...string) {
	w.t.Helper()
	for _, want := range lines {
		if got := w.line(); got != want {
			w.t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// barrier sends PING and fails unless PONG is all that comes, but for the server's own PING: everything before has been
// handled.
func (w *wire) barrier() {
	w.t.Helper()
	w.say("PING")
	w.skipPings()
	w.expect("PONG")
}

// skipPings reads PINGs that are next: on a busy machine a test takes longer than it takes the server to send one.
func (w *wire) skipPings() {
	w.t.Helper()
	for {
		if next, err := w.in.Peek(len("PING\r\n")); err != nil || string(next) != "PING\r\n" {
			return
		}
		w.line()
	}
}

// rest reads until the server closes.
func (w *wire) rest() string {
	w.t.Helper()
	text, err := io.ReadAll(w.in)
	if err != nil {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			w.t.Fatalf("the server did not close; it said %q", text)
		}
	}
	return string(text)
}
