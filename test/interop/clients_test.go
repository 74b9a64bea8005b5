package interop

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/test/interop/internal/certs"
	"sinew.dev/sinew/test/interop/internal/process"
	"sinew.dev/sinew/test/interop/internal/script"
)

// clientPatience bounds one scenario of a client, its start included.
const clientPatience = 60 * time.Second

// scenarios are what a client program does, each with the configuration it expects.
var scenarios = []struct{ name, config string }{
	{"basic", ""},
	{"user", `authorization: { user: alice, password: secret }`},
	{"token", `authorization: { token: s3cret }`},
	{"nkey", `authorization: { users: [{nkey: ${nkey:alice}}] }`},
	{"tls", `tls {
		cert_file: "${certs}/server.pem", key_file: "${certs}/server.key", ca_file: "${certs}/ca.pem"
		verify: true
	}`},
	{"restart", ""},
}

// TestGoClient runs the newest release of nats.go.
func TestGoClient(t *testing.T) {
	runScenarios(t, buildGoClient(t, "go.mod"))
}

// TestOldGoClient runs a release of October 2023.
func TestOldGoClient(t *testing.T) {
	runScenarios(t, buildGoClient(t, "v1.31.mod"))
}

// TestNodeClient runs the version 3 of the JavaScript client.
func TestNodeClient(t *testing.T) {
	runScenarios(t, []string{"node", filepath.Join(installNode(t), "client.js"), "@nats-io/transport-node"})
}

// TestOldNodeClient runs the version 2 of the JavaScript client, which came in one package.
func TestOldNodeClient(t *testing.T) {
	runScenarios(t, []string{"node", filepath.Join(installNode(t), "client.js"), "nats"})
}

// buildGoClient builds the one program against the versions of a module file.
func buildGoClient(t *testing.T, modfile string) []string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "client")
	cmd := exec.Command("go", "build", "-mod=readonly", "-modfile="+modfile, "-o", binary, ".")
	cmd.Dir = filepath.Join("testdata", "clients", "go")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the client: %v\n%s", err, output)
	}
	return []string{binary}
}

// installNode installs the JavaScript clients into a folder of the test, or skips where that cannot be done.
func installNode(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no JavaScript client: %v", err)
		}
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "clients", "node"))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), clientPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts")
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("no JavaScript client: npm ci: %v\n%s", err, output)
	}
	return dir
}

func runScenarios(t *testing.T, command []string) {
	dir, err := certs.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, scenario := range scenarios {
		t.Run(scenario.name, func(t *testing.T) {
			config, err := script.Values{Certs: dir}.Expand(scenario.config)
			if err != nil {
				t.Fatal(err)
			}
			run := &clientRun{
				options: process.Options{Binary: serverBinary(t), Dir: t.TempDir(), Config: config},
				command: append(command[:len(command):len(command)], scenario.name),
				certs:   dir.Path,
			}
			if err := run.play(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// clientRun is one scenario of one client on a server of its own.
type clientRun struct {
	options process.Options
	command []string // the client and all arguments but the URL
	certs   string

	server *process.Server
}

// play starts the server, runs the client and expects it to print OK and end well.
func (r *clientRun) play() (err error) {
	if r.server, err = process.Start(r.options); err != nil {
		return err
	}
	defer func() { r.server.Stop() }() // the last one: a restart replaces it
	ctx, cancel := context.WithTimeout(context.Background(), clientPatience)
	defer cancel()
	url := fmt.Sprintf("nats://localhost:%d", r.server.Port)
	cmd := exec.CommandContext(ctx, r.command[0], append(r.command[1:], url)...)
	cmd.Env = append(os.Environ(), "CERTS="+r.certs)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	said, err := r.converse(stdout, stdin)
	if waitErr := cmd.Wait(); err == nil {
		err = waitErr
	}
	if err != nil || !strings.HasSuffix(said, "OK\n") {
		return fmt.Errorf("client: %v\n%s%s\nserver:\n%s", err, said, stderr.String(), r.server.Output())
	}
	return nil
}

// converse reads the client's output to its end and restarts the server when the client asks for it.
func (r *clientRun) converse(stdout io.Reader, stdin io.WriteCloser) (string, error) {
	defer stdin.Close()
	var said strings.Builder
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if lines.Text() != "restart" {
			continue
		}
		if err := r.restart(); err != nil {
			return said.String(), err
		}
		if _, err := io.WriteString(stdin, "back\n"); err != nil {
			return said.String(), err
		}
	}
	return said.String(), lines.Err()
}

// restart ends the server and starts another one on the same port.
func (r *clientRun) restart() error {
	r.server.Stop()
	options := r.options
	options.Port = r.server.Port
	server, err := process.Start(options)
	if err != nil {
		return err
	}
	r.server = server
	return nil
}
