//go:build unix

package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
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
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"sinew.dev/sinew/internal/observe/status"
)

// process is the server as a process of its own.
type process struct {
	*exec.Cmd
	t      *testing.T
	dir    string
	stderr output // what it writes there, unless the test took that over
	exited chan struct{}
}

// output is a text that grows.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// command is a command line of the server that is not started yet. It writes a ports file into dir.
func command(t *testing.T, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(exe, args...), t: t, dir: t.TempDir(), exited: make(chan struct{})}
	p.Env = append(os.Environ(), childEnv+"=1", "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "GOMEMLIMIT=")
	p.Stderr = &p.stderr
	return p
}

// launch starts a server on free ports of loopback.
func launch(t *testing.T, args ...string) *process {
	t.Helper()
	p := command(t, args...)
	p.begin()
	return p
}

// begin starts the server on free ports of loopback and waits until it has said which.
func (p *process) begin() {
	p.t.Helper()
	p.Args = append(p.Args, "-a", "127.0.0.1", "-p", "-1", "-m", "-1", "--ports_file_dir", p.dir)
	if err := p.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		_ = p.Wait() // ProcessState has the exit code
		close(p.exited)
	}()
	p.t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.exited
	})
	await(p.t, "the ports file", func() bool {
		select {
		case <-p.exited:
			p.t.Fatalf("the server ended: %s", p.stderr.String())
		default:
		}
		return len(p.ports().Nats) == 1
	})
}

type portsFile struct {
	Nats, Monitoring, Profile []string
}

func (p *process) portsPath() string {
	return filepath.Join(p.dir, fmt.Sprintf("%s_%d.ports", filepath.Base(p.Args[0]), p.Process.Pid))
}

func (p *process) ports() (ports portsFile) {
	text, err := os.ReadFile(p.portsPath())
	if err == nil {
		_ = json.Unmarshal(text, &ports) // half a file is read again
	}
	return ports
}

// end sends a signal and returns the exit code.
func (p *process) end(sig os.Signal) int {
	p.t.Helper()
	if err := p.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
	return p.code()
}

func (p *process) code() int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.ProcessState.ExitCode()
	case <-time.After(patience):
		p.t.Fatalf("the server does not end: %s", p.stderr.String())
		return 0
	}
}

func (p *process) dial(options ...nats.Option) *nats.Conn {
	p.t.Helper()
	nc, err := nats.Connect(p.ports().Nats[0], append(options, nats.Timeout(patience), nats.NoReconnect())...)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(nc.Close)
	return nc
}

// awaitText polls a file until it has a text.
func awaitText(t *testing.T, path, text string) {
	t.Helper()
	await(t, text+" in "+filepath.Base(path), func() bool {
		content, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(content), text)
	})
}

// run runs a command line that ends by itself.
func runCommand(t *testing.T, args ...string) (code int, stderr string) {
	t.Helper()
	p := command(t, args...)
	err := p.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode(), p.stderr.String()
}

func TestSignalsBySignalFlag(t *testing.T) {
	dir := t.TempDir()
	pid, log, file := filepath.Join(dir, "pid"), filepath.Join(dir, "log"), filepath.Join(dir, "conf")
	writeFile(t, file, "debug: true\n")
	p := launch(t, "-c", file, "-P", pid, "-l", log)
	number := strconv.Itoa(p.Process.Pid)
	if text, err := os.ReadFile(pid); err != nil || string(text) != number {
		t.Errorf("pid file %q, %v", text, err)
	}
	send := func(text string) {
		t.Helper()
		if code, said := runCommand(t, "--signal", text); code != 0 || said != "" {
			t.Errorf("--signal %s: exit code %d, %s", text, code, said)
		}
	}
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	send("reopen=" + number)
	awaitText(t, log+".1", `[INF] Trapped "user defined signal 1" signal`)
	awaitText(t, log, "[INF] File log re-opened")
	send("reload=" + pid)
	awaitText(t, log, "[INF] Reloaded server configuration (sha256:")
	writeFile(t, file, "debug: maybe\n")
	send("reload=" + pid)
	awaitText(t, log, "[ERR] Failed to reload server configuration: "+file+":1:")
	writeFile(t, pid, number+"\n") // as an editor leaves it
	nc := p.dial()
	send("ldm=" + pid)
	awaitText(t, log, "[INF] Entering lame duck mode")
	send("term=" + number)
	awaitText(t, log, `[INF] Trapped "terminated" signal`)
	if err := nc.Flush(); err != nil {
		t.Errorf("SIGTERM ended lame duck mode: %v", err)
	}
	send("quit=" + number)
	if code := p.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	awaitText(t, log, "[INF] Server Exiting..")
	for _, path := range []string{pid, p.portsPath()} {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", filepath.Base(path), err)
		}
	}
	if code, said := runCommand(t, "-sl", "reload="+number); code != 1 || said != fmt.Sprintf("nats-server: signal \"reload\" %s: no such process\n", number) {
		t.Errorf("a process that has ended: exit code %d, %s", code, said)
	}
}

func TestStopSignalKills(t *testing.T) {
	p := launch(t)
	if code, said := runCommand(t, "--signal", fmt.Sprintf("stop=%d", p.Process.Pid)); code != 0 {
		t.Error(said)
	}
	p.code()
	if status := p.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Errorf("ended with %v", p.ProcessState)
	}
	if _, err := os.Stat(p.portsPath()); err != nil {
		t.Errorf("who is killed cannot remove the ports file: %v", err)
	}
}

func TestSignalsThatCannotBeSent(t *testing.T) {
	dir := t.TempDir()
	bad, none := filepath.Join(dir, "bad.pid"), filepath.Join(dir, "none.pid")
	writeFile(t, bad, "not a number")
	for text, want := range map[string]string{
		"nonsense":        `unknown signal "nonsense"; there are ldm, stop, quit, term, reopen and reload`,
		"=1":              `unknown signal ""; there are ldm, stop, quit, term, reopen and reload`,
		"reload=" + bad:   "invalid pid: not a number",
		"reload=" + none:  "invalid pid: " + none + " (open " + none + ": no such file or directory)",
		"reload=0":        "invalid pid: 0",
		"reload=-1":       "invalid pid: -1",
		"reload=99999999": `signal "reload" 99999999: no such process`,
		"reload=abc*":     "invalid pid: abc",
	} {
		if code, said := runCommand(t, "--signal", text); code != 1 || said != "nats-server: "+want+"\n" {
			t.Errorf("%s: exit code %d, %s", text, code, said)
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPortsFileIsTheReferences(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		p := launch(t, "--profile", "-1")
		text, err := os.ReadFile(p.portsPath())
		const url = `"(nats|http)://127\.0\.0\.1:\d+"`
		form := regexp.MustCompile(`^\{"nats":\[` + url + `\],"monitoring":\[` + url + `\],"profile":\[` + url + `\]\}$`)
		if err != nil || !form.Match(text) {
			t.Errorf("%s, %v", text, err)
		}
		if code := p.end(sig); code != 0 {
			t.Errorf("%v: exit code %d", sig, code)
		}
		if _, err := os.Stat(p.portsPath()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v: the ports file is left: %v", sig, err)
		}
	}
}

func TestProfilesWithoutSecrets(t *testing.T) {
	p := launch(t, "--profile", "-1", "--user", "joe", "--pass=hush")
	for path, want := range map[string]string{
		"":                  "full goroutine stack dump",
		"heap?debug=1":      "heap profile:",
		"allocs?debug=1":    "heap profile:",
		"goroutine?debug=1": "goroutine profile:",
		"block?debug=1":     "--- contention:",
		"mutex?debug=1":     "--- mutex:",
		"symbol":            "num_symbols: 1",
		"trace?seconds=0.1": "go 1.",
		"profile?seconds=1": "\x1f\x8b", // compressed
		"cmdline":           "--user\x00[REDACTED]\x00--pass=[REDACTED]",
	} {
		response, err := web.Get(p.ports().Profile[0] + "/debug/pprof/" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s, %.200q, %v", path, response.Status, body, err)
		}
		if strings.Contains(string(body), "hush") || strings.Contains(string(body), "joe") {
			t.Errorf("%s tells a secret", path)
		}
	}
}

func TestStartErrorsSayWhatToDo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := strconv.Itoa(portNumber(taken.Addr()))
	none := filepath.Join(t.TempDir(), "none", "file")
	for _, c := range []struct{ args, text, advice string }{
		{"-p " + port, "[FTL] Error listening on port: 127.0.0.1:" + port + `, "listen tcp 127.0.0.1:` + port + `: bind: address already in use"`, "Another process has this port"},
		{"-m " + port, "[FTL] Can't start monitoring: can't listen to the monitor port: listen tcp 127.0.0.1:" + port + ": bind: address already in use", "Another process has this port"},
		{"--profile " + port, "[FTL] error starting profiler: listen tcp 127.0.0.1:" + port + ": bind: address already in use", "Another process has this port"},
		{"-a 192.0.2.1 -p 65000", `[FTL] Error listening on port: 192.0.2.1:65000, "listen tcp 192.0.2.1:65000: bind: cannot assign requested address"`, "none of this machine's"},
		{"-P " + none, "[FTL] Could not write pidfile: open " + none + ": no such file or directory", ""},
		{"-l " + none, "nats-server: error opening file: open " + none + ": no such file or directory", "Make the directory first"},
		{"-r tcp://127.0.0.1:1", `nats-server: error connecting to syslog: "dial tcp 127.0.0.1:1: connect: connection refused"`, ""},
		{"-r foo://127.0.0.1:1", `nats-server: error invalid network type: "foo"`, "there are udp, tcp and unix"},
	} {
		args := append([]string{"-a", "127.0.0.1", "-p", "-1"}, strings.Fields(c.args)...)
		if code, said := runCommand(t, args...); code != 1 || !strings.Contains(said, c.text) || !strings.Contains(said, c.advice) {
			t.Errorf("%s: exit code %d, %s", c.args, code, said)
		}
	}
}

func portNumber(a net.Addr) int { return a.(*net.TCPAddr).Port }

func TestStartWithoutAPortsFolderGoesOn(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	p := command(t, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", none)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.Wait()
		close(p.exited)
	}()
	await(t, "the start", func() bool { return strings.Contains(p.stderr.String(), "Server is ready") })
	if code := p.end(syscall.SIGTERM); code != 0 || !strings.Contains(p.stderr.String(), "[ERR] Error writing ports file ("+none) {
		t.Errorf("exit code %d, %s", code, p.stderr.String())
	}
}

func TestResourcesAreTold(t *testing.T) {
	p := command(t)
	p.Env = append(p.Env, "GOMEMLIMIT=200MiB", "GOMAXPROCS=3")
	p.begin()
	var v status.Varz
	getJSON(t, p.ports().Monitoring[0]+"/varz", &v)
	if v.MemLimit != 200<<20 || v.MaxProcs != 3 {
		t.Errorf("varz: memory %d, processors %d", v.MemLimit, v.MaxProcs)
	}
	if text := p.stderr.String(); !strings.Contains(text, "3 event loops (GOMAXPROCS 3), memory 200.0 MiB (GOMEMLIMIT), ") {
		t.Error(text)
	}
}

func TestTooFewDescriptorsAreWarnedOf(t *testing.T) {
	p := command(t)
	p.Args = append([]string{"sh", "-c", `ulimit -n 200; exec "$0" "$@"`, p.Path}, p.Args[1:]...)
	p.Path = "/bin/sh"
	p.Args = append(p.Args, "-a", "192.0.2.1") // an error at the start is the end
	_ = p.Run()
	if text := p.stderr.String(); !strings.Contains(text, "[WRN] max_connections is 65536, but there are file descriptors for 136: ") {
		t.Error(text)
	}
}
