package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/testkit/network"
	"sinew.dev/sinew/internal/testkit/process"
)

func TestMain(m *testing.M) {
	code := network.Main(m)
	process.Cleanup()
	os.Exit(code)
}

// row is a line of README.md's table: a file in a link, what it is for, and the command that runs it.
var row = regexp.MustCompile("(?m)^\\| \\[([^]]+)\\]\\(([^)]+)\\) \\| (.+) \\| `([^`]+)` \\|$")

// commands are the commands of README.md by file.
func commands(t testing.TB) map[string]string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	byFile := map[string]string{}
	for _, match := range row.FindAllStringSubmatch(string(text), -1) {
		if match[1] != match[2] {
			t.Errorf("README.md calls %s by the name %s", match[2], match[1])
		}
		byFile[match[1]] = match[4]
	}
	return byFile
}

// A run is one example at work, in a folder of its own that has examples/ as the repository has.
type run struct {
	dir    string
	server *process.Server
}

// path is a file of the run, named as from the repository's root.
func (r *run) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

// start copies the examples, edits them, and runs the command of README.md. Edits are pairs of old and new text.
func start(t *testing.T, file string, edits ...string) *run {
	t.Helper()
	network.Need(t)
	r := &run{dir: t.TempDir()}
	if err := os.CopyFS(r.path("examples"), os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	r.edit(t, "examples/"+file, edits...)
	command := commands(t)[file]
	if file == "docker.conf" {
		command = "sinew -c examples/docker.conf" // what the image does with the file in its place
	}
	steps := strings.Split(command, " && ")
	for _, step := range steps[:len(steps)-1] {
		r.prepare(t, step)
	}
	r.server = process.Serve(t, r.command(t, steps[len(steps)-1]), readyURL(t, r.path("examples/"+file)))
	return r
}

// edit replaces text in a file of the run; each old text must be there.
func (r *run) edit(t *testing.T, name string, edits ...string) {
	t.Helper()
	raw, err := os.ReadFile(r.path(name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(text, edits[i]) {
			t.Fatalf("%s has no %q", name, edits[i])
		}
		text = strings.ReplaceAll(text, edits[i], edits[i+1])
	}
	if err := os.WriteFile(r.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// prepare runs a script that has to run before the server. The only one needs openssl.
func (r *run) prepare(t *testing.T, script string) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(r.path(script))
	cmd.Dir = r.dir
	if output, code, err := process.Run(cmd); err != nil || code != 0 {
		t.Fatalf("%s: exit %d, %v\n%s", script, code, err, output)
	}
}

// command makes a command of a line like "NAME=value sinew -c FILE".
func (r *run) command(t *testing.T, line string) *exec.Cmd {
	t.Helper()
	cmd := &exec.Cmd{Path: process.Binary(t), Dir: r.dir, Env: os.Environ()}
	words := strings.Fields(line)
	for len(words) > 0 && strings.Contains(words[0], "=") {
		cmd.Env = append(cmd.Env, words[0])
		words = words[1:]
	}
	if len(words) == 0 || words[0] != "sinew" {
		t.Fatalf("%q does not run sinew", line)
	}
	cmd.Args = words
	return cmd
}

// tool runs a command line of the tool and returns what it printed and its exit code.
func (r *run) tool(t *testing.T, line string) (output string, code int) {
	t.Helper()
	output, code, err := process.Run(r.command(t, line))
	if err != nil {
		t.Fatal(err)
	}
	return output, code
}

const monitoring = "http://127.0.0.1:8222"

// readyURL is the page that tells when the server of a file is ready. A file without monitoring is given it.
func readyURL(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^http`).Match(raw) {
		raw = append(raw, "\nhttp: \"127.0.0.1:8222\"\n"...)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return monitoring + "/healthz"
}
