package packaging

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"sinew.dev/sinew/internal/testkit/network"
	"sinew.dev/sinew/internal/testkit/process"
)

// A container is an image's root folder with what a runtime adds: arguments, mounts, a user.
type container struct {
	root string
	args []string // in place of CMD; nil leaves CMD
	env  []string // added to the image's
	user uint32
}

// nobody is a user without rights, as Kubernetes' runAsUser or docker run --user gives.
const nobody = 65532

// newContainer copies the scratch image, so that tests may add files to its root.
func newContainer(t testing.TB) *container {
	t.Helper()
	network.Need(t)
	if os.Getuid() != 0 {
		t.Skip("changing the root folder takes root")
	}
	root := t.TempDir()
	// Folders of tests are their user's alone; a container's user has to get through.
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(root, os.DirFS(scratchImage(t))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(root, "tmp"), 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	return &container{root: root}
}

// entry is the command of "docker run": ENTRYPOINT, then the arguments given or else CMD.
func (c *container) entry(t testing.TB) *exec.Cmd {
	t.Helper()
	image := stageNamed(t, "scratch")
	args := c.args
	if args == nil {
		args = image.last(t, "CMD").args(t)
	}
	return c.exec(t, append(image.last(t, "ENTRYPOINT").args(t), args...))
}

// exec is the command of "docker exec" and of a hook: it looks for the program in the image's PATH.
func (c *container) exec(t testing.TB, args []string) *exec.Cmd {
	t.Helper()
	env := append(strings.Fields(stageNamed(t, "scratch").last(t, "ENV").rest), "HOME=/") // runtimes set it; the image knows no users
	env = append(env, c.env...)
	cmd := &exec.Cmd{Path: c.lookup(t, env, args[0]), Args: args, Env: env, Dir: "/"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Chroot:     c.root,
		Credential: &syscall.Credential{Uid: c.user, Gid: c.user},
	}
	return cmd
}

// lookup finds a program inside the root as a runtime does.
func (c *container) lookup(t testing.TB, env []string, name string) string {
	t.Helper()
	if strings.Contains(name, "/") {
		return name
	}
	for _, pair := range env {
		list, isPath := strings.CutPrefix(pair, "PATH=")
		if !isPath {
			continue
		}
		for dir := range strings.SplitSeq(list, ":") {
			if info, err := os.Stat(filepath.Join(c.root, dir, name)); err == nil && info.Mode()&0o111 != 0 {
				return filepath.Join(dir, name)
			}
		}
	}
	t.Fatalf("%s is not in the image's PATH (%q)", name, env)
	return ""
}

const monitoring = "http://127.0.0.1:8222"

// TestImageRuns runs the image as it is, as root and as nobody, on its own ports, and talks to it.
func TestImageRuns(t *testing.T) {
	for name, user := range map[string]uint32{"root": 0, "nobody": nobody} {
		t.Run(name, func(t *testing.T) {
			c := newContainer(t)
			c.user = user
			server := process.Serve(t, c.entry(t), monitoring+"/healthz")
			roundTrip(t, "nats://127.0.0.1:4222")
			var varz struct {
				Host string `json:"host"`
				Port int    `json:"port"`
			}
			document(t, "/varz", &varz)
			if varz.Host != "0.0.0.0" || varz.Port != 4222 {
				t.Errorf("clients are served on %s:%d, want all interfaces and 4222: others reach the container from outside", varz.Host, varz.Port)
			}
			server.Signal(t, syscall.SIGTERM) // docker stop
			if code := server.Wait(t); code != 0 {
				t.Errorf("exit code %d after SIGTERM, want 0", code)
			}
		})
	}
}

// TestImageTakesFlags gives flags after the image's name, as "docker run IMAGE -p 4444" does.
func TestImageTakesFlags(t *testing.T) {
	c := newContainer(t)
	c.args = []string{"-p", "4444", "-a", "0.0.0.0", "-m", "8222"}
	process.Serve(t, c.entry(t), monitoring+"/healthz")
	roundTrip(t, "nats://127.0.0.1:4444")
}

// TestImageHasTheTool calls the tool by the image's other name.
func TestImageHasTheTool(t *testing.T) {
	c := newContainer(t)
	process.Serve(t, c.entry(t), monitoring+"/healthz")
	output, code, err := process.Run(c.exec(t, []string{"sinew", "pub", "greet", "hello"}))
	if err != nil || code != 0 || !strings.Contains(output, `"greet"`) {
		t.Errorf("sinew pub: %q, exit %d, %v", output, code, err)
	}
}

// TestImageHealthcheck runs the command of HEALTHCHECK beside a server and without one.
func TestImageHealthcheck(t *testing.T) {
	c := newContainer(t)
	_, command, found := strings.Cut(stageNamed(t, "scratch").last(t, "HEALTHCHECK").rest, "CMD ")
	if !found {
		t.Fatal("HEALTHCHECK has no CMD")
	}
	check := func() (string, int) {
		output, code, err := process.Run(c.exec(t, step{rest: command}.args(t)))
		if err != nil {
			t.Fatal(err)
		}
		return output, code
	}
	if output, code := check(); code != 1 {
		t.Errorf("without a server: exit %d, want 1\n%s", code, output)
	}
	process.Serve(t, c.entry(t), monitoring+"/healthz")
	if output, code := check(); code != 0 {
		t.Errorf("beside a server: exit %d, want 0\n%s", code, output)
	}
}

// TestAlpineEntry runs the script of the alpine image, with a stand-in for the binary that prints its arguments.
func TestAlpineEntry(t *testing.T) {
	dir := t.TempDir()
	standIn := "#!/bin/sh\necho \"$(basename \"$0\")\" \"$@\"\n"
	for _, name := range []string{"nats-server", "sinew"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(standIn), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	image := stageNamed(t, "alpine")
	for _, test := range []struct {
		args []string
		want string
	}{
		{image.last(t, "CMD").args(t), "nats-server --config /etc/nats/nats-server.conf"},
		{nil, "nats-server"},
		{[]string{"-p", "4444", "-n", "two words"}, "nats-server -p 4444 -n two words"},
		{[]string{"--help"}, "nats-server --help"},
		{[]string{"nats-server", "-DV"}, "nats-server -DV"},
		{[]string{"sinew", "sub", ">"}, "sinew sub >"},
		{[]string{"sh", "-c", "echo shell"}, "shell"},
	} {
		cmd := exec.Command("docker/docker-entrypoint.sh", test.args...)
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
		output, code, err := process.Run(cmd)
		if err != nil || code != 0 || strings.TrimSpace(output) != test.want {
			t.Errorf("%q: %q, exit %d, %v; want %q", test.args, output, code, err, test.want)
		}
	}
	if copied := image.all("COPY"); !slices.ContainsFunc(copied, func(s step) bool {
		return s.rest == "packaging/docker/docker-entrypoint.sh /usr/local/bin/"
	}) {
		t.Error("the alpine image does not copy the script that this test runs")
	}
}

// document fetches a page of the monitoring port.
func document(t testing.TB, path string, v any) {
	t.Helper()
	code, body, err := process.Get(monitoring + path)
	if err != nil || code != 200 {
		t.Fatalf("get %s: %d, %v", path, code, err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		t.Fatalf("get %s: %v", path, err)
	}
}

// roundTrip asks and answers over one connection.
func roundTrip(t testing.TB, url string, options ...nats.Option) {
	t.Helper()
	nc, err := nats.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	sub, err := nc.Subscribe("echo", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	reply, err := nc.Request("echo", []byte("hello"), process.Patience)
	if err != nil || string(reply.Data) != "hello" {
		t.Fatalf("request: %v, %v", reply, err)
	}
}
