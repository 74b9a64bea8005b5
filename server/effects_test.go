package server_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/observe/status"
	"sinew.dev/sinew/server"
)

// effect is what one key does, as a running server shows it.
type effect struct {
	key  string // as in the table of keys
	base string // configuration without the key
	with string // what sets it; it is added to base, or replaces it when it begins with "="
	// see looks at the server, and want is what it sees with the key, and not without.
	see  func(*rig) string
	want string
	// refused is how a refused reload names the option; empty: a reload applies the key, and takes it back.
	refused string
	// startOnly says why reloads are not tried.
	startOnly string
}

// TestEveryKeyHasItsEffect sets every key that is supported, at the start and by a reload, and looks whether it does
// something: what a file may say is never without effect.
func TestEveryKeyHasItsEffect(t *testing.T) {
	all := slices.Concat(topEffects(t), logEffects(t), limitEffects(), tlsEffects(t), userEffects(), accountEffects())
	shown := map[string]bool{"syslog": true} // it has a test of its own
	for _, e := range all {
		shown[e.key] = true
		t.Run(e.key, func(t *testing.T) { e.check(t) })
	}
	for _, k := range config.Keys() {
		if k.Supported && !shown[k.Name] {
			t.Errorf("%s: what is its effect?", k.Name)
		}
	}
}

func (e *effect) check(t *testing.T) {
	with := e.base + "\n" + e.with
	if text, ok := strings.CutPrefix(e.with, "="); ok {
		with = text
	}
	set := startBare(t, with)
	if got := e.see(set); got != e.want {
		t.Errorf("started with it: saw %q, want %q", got, e.want)
	}
	set.Shutdown()
	r := startBare(t, e.base)
	if e.refused != "" {
		r.write(r.head() + with)
		if err := r.Reload(); err == nil || !strings.HasPrefix(err.Error(), "config reload not supported for "+e.refused+": ") {
			t.Errorf("reloaded with it: %v, want a refusal of %s", err, e.refused)
		}
	}
	if got := e.see(r); got == e.want {
		t.Errorf("started without it: saw %q, too", got)
	}
	if e.refused != "" || e.startOnly != "" {
		return
	}
	r.reload(r.head() + with)
	if got := e.see(r); got != e.want {
		t.Errorf("reloaded with it: saw %q, want %q", got, e.want)
	}
	r.reload(r.head() + e.base)
	if got := e.see(r); got == e.want {
		t.Errorf("reloaded without it: saw %q, still", got)
	}
}

// head are the first lines of a configuration that nothing on the command line overrides; later lines win.
func (r *rig) head() string {
	return fmt.Sprintf("listen: \"127.0.0.1:-1\"\nhttp: \"127.0.0.1:-1\"\nlog_file: %q\n", r.log)
}

// startBare runs a server by its file alone.
func startBare(t *testing.T, text string) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, file: filepath.Join(dir, "server.conf"), log: filepath.Join(dir, "server.log")}
	head := r.head()
	if strings.Contains(text, "https") {
		head = strings.Replace(head, "http: ", "#", 1) // one or the other
	}
	r.write(head + text)
	s, err := server.New(server.Options{Args: []string{"-c", r.file}})
	if err != nil {
		t.Fatal(err)
	}
	r.Server = s
	t.Cleanup(s.Shutdown)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// hello is INFO as a new client gets it.
func (r *rig) hello() map[string]any {
	r.t.Helper()
	w := &wire{Conn: dialTCP(r.t, r.Addr().String()), t: r.t}
	line := make([]byte, 0, 2048)
	for b := make([]byte, 1); !strings.HasSuffix(string(line), "\n"); line = append(line, b...) {
		if _, err := w.Read(b); err != nil {
			r.t.Fatal(err)
		}
	}
	_ = w.Close()
	var info map[string]any
	if err := json.Unmarshal(line[len("INFO "):], &info); err != nil {
		r.t.Fatal(err)
	}
	return info
}

// field shows one field of INFO.
func field(name string) func(*rig) string {
	return func(r *rig) string { return fmt.Sprint(r.hello()[name]) }
}

// inVarz shows something of /varz.
func inVarz(get func(*status.Varz) any) func(*rig) string {
	return func(r *rig) string { return fmt.Sprint(get(r.varz())) }
}

// talk is what a new client with these fields in CONNECT is told, after it says lines, up to PONG or the end. One that is
// told nothing but is closed sees "closed".
func talk(fields string, lines ...string) func(*rig) string {
	return func(r *rig) string {
		r.t.Helper()
		return r.dial().talk(fields, lines...)
	}
}

func (w *wire) talk(fields string, lines ...string) string {
	return w.ask(append([]string{connectLine(fields)}, lines...)...)
}

// ask is talk on a connection that has sent CONNECT. It ends the connection.
func (w *wire) ask(lines ...string) string {
	w.t.Helper()
	defer w.Close()
	w.say(append(lines, "PING")...)
	var said []string
	for {
		line, err := w.in.ReadString('\n')
		line = strings.TrimRight(line, "\r\n")
		switch {
		case err != nil && len(said) == 0:
			return "closed"
		case line == "PONG" || err != nil:
			return strings.Join(said, "|")
		}
		if line != "PING" {
			said = append(said, line)
		}
	}
}

// logged is what the server logs while f runs.
func (r *rig) logged(f func()) string {
	r.t.Helper()
	before := r.logText()
	f()
	r.ReopenLog() // whatever was still on its way is written by then
	return r.logText()[len(before):]
}

// exists reports whether a file is there.
func exists(path string) string {
	if _, err := os.Stat(path); err != nil {
		return "no"
	}
	return "yes"
}

// matching counts files.
func matching(pattern string) int {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return -1
	}
	return len(found)
}
