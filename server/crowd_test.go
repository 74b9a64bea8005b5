package server_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"sinew.dev/sinew/internal/observe/status"
)

// child is a server in a process of its own.
type child struct {
	t       testing.TB
	process *exec.Cmd
	clients string // addresses
	monitor string
	profile string // where Go's profiles are, if asked for
}

// spawn runs the test binary as a server until the test ends.
func spawn(t testing.TB, config string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "server.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, process: exec.Command(exe, "-c", file, "-a", "127.0.0.1", "-p", "-1", "-m", "-1", "--ports_file_dir", dir, "-l", filepath.Join(dir, "log"))}
	c.process.Env = append(os.Environ(), childEnv+"=1")
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.process.Process.Signal(os.Interrupt)
		_ = c.process.Wait()
	})
	var ports struct{ Nats, Monitoring, Profile []string }
	await(t, "the server's ports file", func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, "*.ports"))
		if len(found) == 0 {
			return false
		}
		text, err := os.ReadFile(found[0])
		return err == nil && json.Unmarshal(text, &ports) == nil
	})
	c.clients, c.monitor = strings.TrimPrefix(ports.Nats[0], "nats://"), ports.Monitoring[0]
	if len(ports.Profile) > 0 {
		c.profile = ports.Profile[0]
	}
	return c
}

func (c *child) varz() *status.Varz {
	c.t.Helper()
	var v status.Varz
	getJSON(c.t, c.monitor+"/varz", &v)
	return &v
}

var residentLine = regexp.MustCompile(`(?m)^VmRSS:\s*(\d+) kB$`)

// resident is the process's memory in bytes, or false where the system does not tell.
func (c *child) resident() (int64, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.process.Process.Pid))
	if err != nil {
		return 0, false
	}
	match := residentLine.FindSubmatch(text)
	if match == nil {
		return 0, false
	}
	kb, err := strconv.ParseInt(string(match[1]), 10, 64)
	return kb << 10, err == nil
}

// strangers are what connections send that never log in.
var strangers = []string{
	"", // silent
	`CONNECT {"user":"` + strings.Repeat("x", 4000),
	"PING",
	// The head of a TLS record that claims 16 KiB, and the begin of a hello that claims as much.
	"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03" + strings.Repeat("\x55", 1500),
}

// clientHello is what a TLS client says first.
func clientHello() string {
	near, far := net.Pipe()
	defer near.Close()
	go func() { _ = tls.Client(far, &tls.Config{ServerName: "127.0.0.1"}).Handshake() }()
	hello := make([]byte, 16<<10)
	n, err := near.Read(hello)
	if err != nil {
		panic(err)
	}
	return string(hello[:n])
}

func TestCrowdOfStrangersTakesLittleMemoryAndKeepsNobodyOut(t *testing.T) {
	if testing.Short() {
		t.Skip("10000 connections")
	}
	crowd(t, crowdSize(), strangers, 64<<20)
}

func TestCrowdOfUnfinishedHandshakesIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of connections")
	}
	// Each costs the server a signature, so many wait for the processor at one time.
	crowd(t, min(4000, crowdSize()), []string{clientHello()}, 128<<20)
}

// crowd connects size strangers to a server. It fails if the server takes more memory than bytes, or does not let others in.
func crowd(t *testing.T, size int, strangers []string, bytes int64) {
	a := newAuthority(t)
	c := spawn(t, "allow_non_tls: true\nauthorization {user: alice, password: wonder, timeout: 60}\n"+
		strings.Replace(tlsBlock(a, a.issue("server"), ""), "timeout: 10", "timeout: 60", 1))
	conns := make([]net.Conn, size)
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.(*net.TCPConn).SetLinger(0) // leaves no port behind
				_ = conn.Close()
			}
		}
	}()
	var all sync.WaitGroup
	const dialers = 8
	for d := range dialers {
		all.Go(func() {
			for i := d; i < size; i += dialers {
				conn, err := net.DialTimeout("tcp", c.clients, patience)
				if err != nil {
					t.Errorf("connection %d: %v", i, err)
					return
				}
				conns[i] = conn
				_, _ = io.WriteString(conn, strangers[i%len(strangers)]) // who says too much may be closed
			}
		})
	}
	all.Wait()
	await(t, "the crowd to be accepted", func() bool { return c.varz().TotalConnections >= uint64(size) })
	began := time.Now()
	honest := newWire(t, dialTCP(t, c.clients))
	honest.connect(asAlice)
	r := &rig{t: t}
	if _, err := r.overTLS(newWire(t, dialTCP(t, c.clients)).Conn, a.trust(), asAlice); err != nil {
		t.Errorf("a client with TLS: %v", err)
	}
	honest.say("SUB x 1", "PUB x 2", "ok")
	for honest.line() != "ok" { // a PING may come between
	}
	if took := time.Since(began); took > 2*time.Second && !raceEnabled {
		t.Errorf("two clients needed %v to log in and get a message", took)
	}
	if n, ok := c.resident(); ok && !raceEnabled {
		t.Logf("%d connections, of which %d are left, take %d MiB", size, c.varz().Connections, n>>20)
		if n > bytes {
			t.Errorf("%d connections take %d bytes", size, n)
		}
	}
}

func TestPasswordFloodKeepsNobodyOut(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("wonder"), 10)
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, "authorization {timeout: 20, users: ["+fmt.Sprintf("{user: alice, password: %q}, ", hash)+bob+"]}")
	settled := r.login(asBob)
	settled.say("SUB x 1")
	settled.barrier()
	for range 500 {
		w := r.dial()
		w.say(connectLine(`"user":"alice","pass":"guess"`))
	}
	began := time.Now()
	for range 20 {
		settled.say("PUB x 1", "y")
		for settled.line() != "y" { // a PING may come between
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("20 messages needed %v", took)
	}
	r.login(asBob)
	r.login(asAlice) // the newest is checked first
	if v := r.varz(); v.Connections < 50 {
		t.Errorf("the flood was over already: %d connections", v.Connections)
	}
}
