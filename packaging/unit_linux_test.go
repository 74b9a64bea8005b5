package packaging

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sinew.dev/sinew/internal/testkit/network"
	"sinew.dev/sinew/internal/testkit/process"
)

// A unit is a file of systemd: its sections' keys with all their values, in the order of the file.
type unit map[string][]string

// readUnit parses one of ours. Keys are unique over the sections we use.
func readUnit(t testing.TB, name string) unit {
	t.Helper()
	u := unit{}
	for line := range strings.Lines(read(t, "packaging/systemd/"+name)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '[' {
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found {
			t.Fatalf("%s: %q is no assignment", name, line)
		}
		u[key] = append(u[key], value)
	}
	return u
}

// one returns the value of a key that must stand once.
func (u unit) one(t testing.TB, key string) string {
	t.Helper()
	if len(u[key]) != 1 {
		t.Fatalf("the unit has %d values of %s: %q", len(u[key]), key, u[key])
	}
	return u[key][0]
}

// TestUnitOfInstancesIsACopy compares sinew@.service with sinew.service, but for what names the instance.
func TestUnitOfInstancesIsACopy(t *testing.T) {
	single, instance := readUnit(t, "sinew.service"), readUnit(t, "sinew@.service")
	differ := []string{"Description", "StateDirectory", "LogsDirectory", "RuntimeDirectory", "WorkingDirectory", "Environment", "EnvironmentFile", "Alias"}
	for key := range single {
		if !slices.Contains(differ, key) && !slices.Equal(single[key], instance[key]) {
			t.Errorf("%s: sinew.service has %q, sinew@.service %q", key, single[key], instance[key])
		}
	}
	for key := range instance {
		if single[key] == nil {
			t.Errorf("only sinew@.service has %s", key)
		}
	}
}

// TestUnitIsHardened asks systemd how exposed the service is: 0 is not at all, 10 fully; below 2 it calls it OK.
func TestUnitIsHardened(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip(err)
	}
	path, err := filepath.Abs("systemd/sinew.service")
	if err != nil {
		t.Fatal(err)
	}
	output, code, err := process.Run(exec.Command(analyze, "security", "--offline=true", "--threshold=20", "--no-pager", path))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(output, "unrecognized option") || strings.Contains(output, "Unknown") {
		t.Skip("this systemd-analyze cannot read a file")
	}
	if code != 0 {
		t.Errorf("more exposed than 2.0:\n%s", output)
	}
}

// TestUnitVerifies has systemd read the units, with the programs they name in place.
func TestUnitVerifies(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip(err)
	}
	root := t.TempDir()
	units := filepath.Join(root, "etc", "systemd", "system")
	for _, name := range []string{"sinew.service", "sinew@.service"} {
		// verify looks for the programs and manuals of this machine; there they are not installed.
		text := strings.ReplaceAll(read(t, "packaging/systemd/"+name), "/usr/bin/sinew", "/bin/true")
		text = strings.ReplaceAll(text, "man:sinew(1) ", "")
		if err := os.MkdirAll(units, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(units, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		output, code, err := process.Run(exec.Command(analyze, "verify", filepath.Join(units, name)))
		if err != nil || code != 0 || strings.Contains(output, name+":") {
			t.Errorf("%s: exit %d, %v\n%s", name, code, err, output)
		}
	}
}

// A service is what systemd runs of a unit: its command lines with the variables of its environment filled in.
type service struct {
	unit unit
	env  map[string]string
	main *process.Server
}

// command is one of the unit's command lines, with our binary in place of the installed one.
func (s *service) command(t *testing.T, line string) *exec.Cmd {
	t.Helper()
	var args []string
	for _, word := range strings.Fields(line) {
		name, isVariable := strings.CutPrefix(word, "$")
		value, known := s.env[strings.Trim(name, "{}")]
		switch {
		case !isVariable:
			args = append(args, word)
		case !known:
			t.Fatalf("%q: the unit does not set %s", line, word)
		case strings.HasPrefix(name, "{"):
			args = append(args, value) // one word, as it is
		default:
			args = append(args, strings.Fields(value)...) // as many words as it has
		}
	}
	if args[0] == "/usr/bin/sinew" {
		args[0] = process.Binary(t)
	}
	return exec.Command(args[0], args[1:]...)
}

// reload runs the lines of ExecReload, one after the other, until one fails.
func (s *service) reload(t *testing.T) (failed string) {
	t.Helper()
	for _, line := range s.unit["ExecReload"] {
		output, code, err := process.Run(s.command(t, line))
		if err != nil {
			t.Fatal(err)
		}
		if code != 0 {
			return line + ": " + output
		}
	}
	return ""
}

// TestUnitLives takes a server through its life as systemd does with the unit: start and wait for READY=1, watch for
// WATCHDOG=1, reload a good file and a bad one, stop with KillSignal.
func TestUnitLives(t *testing.T) {
	network.Need(t)
	s := &service{unit: readUnit(t, "sinew.service"), env: map[string]string{}}
	if got := s.unit.one(t, "Type"); got != "notify" {
		t.Fatalf("Type is %s, want notify", got)
	}
	for pair := range strings.FieldsSeq(s.unit.one(t, "Environment")) {
		name, value, _ := strings.Cut(pair, "=")
		s.env[name] = value
	}
	dir := t.TempDir()
	config := filepath.Join(dir, filepath.Base(s.env["SINEW_CONFIG"]))
	s.env["SINEW_CONFIG"] = config
	text := read(t, "packaging/systemd/sinew.conf")
	write := func(more string) {
		if err := os.WriteFile(config, []byte(text+more), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	manager := listenNotify(t, filepath.Join(dir, "notify"))
	cmd := s.command(t, s.unit.one(t, "ExecStart"))
	cmd.Dir = dir
	// A shorter watchdog than the unit's, so that the test sees it bark; the server pings at half of it.
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+manager.path, "WATCHDOG_USEC="+strconv.Itoa(int(time.Second/time.Microsecond)))
	s.main = process.Start(t, cmd)
	s.env["MAINPID"] = strconv.Itoa(s.main.Pid())
	manager.expect(t, "READY=1")
	roundTrip(t, "nats://127.0.0.1:4222")
	manager.expect(t, "WATCHDOG=1")

	write("\nmax_payload: 4096\n")
	if failed := s.reload(t); failed != "" {
		t.Fatalf("reload: %s", failed)
	}
	manager.expect(t, "RELOADING=1")
	manager.expect(t, "READY=1")
	var varz struct {
		MaxPayload int `json:"max_payload"`
	}
	if document(t, "/varz", &varz); varz.MaxPayload != 4096 {
		t.Errorf("after the reload max_payload is %d, want 4096", varz.MaxPayload)
	}
	write("\nmax_payloaad: 4096\n")
	if failed := s.reload(t); !strings.Contains(failed, "max_payloaad") {
		t.Errorf("reload of a bad file: %q, want a failure that names the key", failed)
	}
	roundTrip(t, "nats://127.0.0.1:4222")

	if got := s.unit.one(t, "KillSignal"); got != "SIGUSR2" {
		t.Fatalf("KillSignal is %s, want that of lame duck mode", got)
	}
	s.main.Signal(t, syscall.SIGUSR2)
	manager.expect(t, "STOPPING=1")
	if code := s.main.Wait(t); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

// A notifySocket is systemd's end of NOTIFY_SOCKET.
type notifySocket struct {
	path string
	conn *net.UnixConn
}

func listenNotify(t *testing.T, path string) *notifySocket {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &notifySocket{path: path, conn: conn}
}

// expect reads until a datagram has the line, and passes over others.
func (n *notifySocket) expect(t *testing.T, line string) {
	t.Helper()
	if err := n.conn.SetReadDeadline(time.Now().Add(process.Patience)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for {
		size, err := n.conn.Read(buf)
		if err != nil {
			t.Fatalf("waiting for %s: %v", line, err)
		}
		if slices.Contains(strings.Split(string(buf[:size]), "\n"), line) {
			return
		}
	}
}
