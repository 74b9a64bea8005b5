package interop

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"sinew.dev/sinew/test/interop/internal/process"
)

// tools are the nats command and our own, with a configuration folder for both.
type tools struct {
	t           *testing.T
	nats, sinew string
	config      string
}

// bothTools finds the nats command, which NATS_CLI may name; without it the test is skipped.
func bothTools(t *testing.T) tools {
	t.Helper()
	nats := os.Getenv("NATS_CLI")
	if nats == "" {
		var err error
		if nats, err = exec.LookPath("nats"); err != nil {
			t.Skip("the nats command is not installed; NATS_CLI can name it")
		}
	}
	sinew, err := built()
	if err != nil {
		t.Fatalf("build sinew: %v", err)
	}
	return tools{t: t, nats: nats, sinew: sinew, config: t.TempDir()}
}

// run runs one of the tools, and returns its two outputs together.
func (b tools) run(tool string, args ...string) (string, error) {
	var output bytes.Buffer
	cmd := exec.CommandContext(b.t.Context(), tool, args...)
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "NATS_") && !strings.HasPrefix(pair, "XDG_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	cmd.Env = append(cmd.Env, "XDG_CONFIG_HOME="+b.config)
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	return output.String(), err
}

// good runs one of the tools, which has to succeed.
func (b tools) good(tool string, args ...string) string {
	b.t.Helper()
	output, err := b.run(tool, args...)
	if err != nil {
		b.t.Fatalf("%s %s: %v\n%s", filepath.Base(tool), strings.Join(args, " "), err, output)
	}
	return output
}

// object is a context's file, without what says nothing and without its name, which only an output has.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var values map[string]any
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	delete(values, "name")
	for key, value := range values {
		if value == "" || value == false || value == nil {
			delete(values, key)
		}
	}
	return values
}

func (b tools) file(name string) string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.config, "nats", "context", name+".json"))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// TestContextsAreShared: the same flags give the same file, and each tool reads the other's.
func TestContextsAreShared(t *testing.T) {
	b := bothTools(t)
	folder := t.TempDir()
	seed, creds := writeCredentials(t, folder)
	pem := filepath.Join(folder, "some.pem")
	if err := os.WriteFile(pem, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		flags []string
	}{
		{"plain", []string{"--server", "nats://127.0.0.1:1,nats://127.0.0.1:2", "--description", `<&> "é"`}},
		{"user", []string{"--server", "a", "--user", "joe", "--password", `p"\ä`}},
		{"token", []string{"--server", "a", "--token", "secret"}},
		{"nkey", []string{"--server", "a", "--nkey", seed}},
		{"creds", []string{"--server", "a", "--creds", creds}},
		{"embedded", []string{"--server", "a", "--creds", creds, "--embed"}},
		{"environment", []string{"--server", "a", "--nkey", "env://SEED"}},
		{"jwt", []string{"--server", "a", "--jwt", creds, "--seed", seed}},
		{"tls", []string{"--server", "a", "--tlscert", pem, "--tlskey", pem, "--tlsca", pem, "--tlsfirst"}},
		{"jetstream", []string{
			"--server", "a", "--js-domain", "hub", "--js-api-prefix", "JS.api", "--js-event-prefix", "JS.event",
		}},
		{"rest", []string{"--server", "a", "--inbox-prefix", "_INBOX.joe", "--socks-proxy", "socks5://127.0.0.1:1080"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b
			b.t = t
			theirs, ours := test.name+"-nats", test.name+"-sinew"
			// The nats command tries what it saves, and may complain of certificates that are none.
			if output, err := b.run(b.nats, append([]string{"context", "add", theirs}, test.flags...)...); err != nil {
				t.Logf("nats context add: %v\n%s", err, output)
			}
			b.good(b.sinew, append([]string{"context", "add", ours}, test.flags...)...)
			want, got := object(t, b.file(theirs)), object(t, b.file(ours))
			if test.name == "token" && want["token"] == nil {
				want["token"] = "secret" // nats 0.5.1 does not save it, but reads it
				theirs = ours
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("sinew writes %v\nnats writes  %v", got, want)
			}
			if read := object(t, b.good(b.nats, "context", "info", ours, "--json")); !reflect.DeepEqual(read, want) {
				t.Errorf("nats reads of sinew's file  %v\nwant %v", read, want)
			}
			if read := object(t, b.good(b.sinew, "context", "show", theirs, "--json", "--secrets")); !reflect.DeepEqual(read, want) {
				t.Errorf("sinew reads of nats's file %v\nwant %v", read, want)
			}
		})
	}
}

// TestSelectionIsShared: what one tool selects is what the other uses.
func TestSelectionIsShared(t *testing.T) {
	b := bothTools(t)
	server, err := process.Start(process.Options{
		Binary: serverBinary(t), Dir: t.TempDir(),
		Config: "accounts { A { users: [ {user: a, password: p} ] }, B { users: [ {user: b, password: p} ] } }",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	url := fmt.Sprintf("nats://127.0.0.1:%d", server.Port)
	b.good(b.nats, "context", "add", "a", "--server", url, "--user", "a", "--password", "p")
	b.good(b.sinew, "context", "add", "b", "--server", url, "--user", "b", "--password", "p")

	selected := func() string {
		text, err := os.ReadFile(filepath.Join(b.config, "nats", "context.txt"))
		if err != nil {
			return ""
		}
		return string(text)
	}
	steps := []struct {
		tool string
		args []string
		want string // selected afterwards
	}{
		{b.nats, []string{"select", "a"}, "a"},
		{b.sinew, []string{"select", "b"}, "b"},
		{b.nats, []string{"previous"}, "a"},
		{b.sinew, []string{"previous"}, "b"},
		{b.sinew, []string{"unselect"}, ""},
		{b.nats, []string{"select", "a"}, "a"},
		{b.nats, []string{"unselect"}, ""},
		{b.sinew, []string{"previous"}, "a"},
	}
	for _, step := range steps {
		b.good(step.tool, append([]string{"context"}, step.args...)...)
		if got := selected(); got != step.want {
			t.Fatalf("after %s context %v %q is selected, want %q", filepath.Base(step.tool), step.args, got, step.want)
		}
		if step.want == "" {
			continue
		}
		// Both connect as the user of that context; without one neither could.
		b.good(b.nats, "pub", "who", "x")
		b.good(b.sinew, "pub", "who", "x")
		if list := b.good(b.sinew, "context", "ls"); !strings.Contains(list, "* "+step.want) {
			t.Errorf("sinew lists\n%s", list)
		}
		if list := b.good(b.nats, "context", "ls"); !strings.Contains(list, step.want+"*") {
			t.Errorf("nats lists\n%s", list)
		}
	}
	b.good(b.sinew, "context", "rm", "a", "--force")
	if output, err := b.run(b.nats, "context", "info", "a"); err == nil {
		t.Errorf("nats still knows the context:\n%s", output)
	}
	b.good(b.nats, "context", "rm", "b", "--force")
	if list, _ := b.run(b.sinew, "context", "ls", "--names"); strings.Contains(list, "b\n") {
		t.Errorf("sinew still knows the context:\n%s", list)
	}
}

// TestCredentialsAreTaken: a server that wants JWTs takes what sinew makes of a credentials file, in all its forms. Our
// server does not read JWTs yet, so it is the reference that -reference names.
func TestCredentialsAreTaken(t *testing.T) {
	if *reference == "" {
		t.Skip("needs a server with operator mode; -reference can name one")
	}
	folder := t.TempDir()
	o := newOperator(t)
	server, err := process.Start(process.Options{Binary: *reference, Dir: t.TempDir(), Config: o.config(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	sinew, err := built()
	if err != nil {
		t.Fatal(err)
	}
	b := tools{t: t, sinew: sinew, config: t.TempDir()}
	url := fmt.Sprintf("nats://127.0.0.1:%d", server.Port)
	seed, creds := o.writeUser(t, folder)
	b.good(sinew, "context", "add", "file", "--server", url, "--creds", creds)
	b.good(sinew, "context", "add", "embedded", "--server", url, "--creds", creds, "--embed")
	for _, flags := range [][]string{
		{"-s", url, "--creds", creds}, {"-s", url, "--jwt", creds, "--seed", seed}, {"--context", "file"}, {"--context", "embedded"},
	} {
		b.good(sinew, append([]string{"pub", "a", "x"}, flags...)...)
	}
	if output, err := b.run(sinew, "pub", "a", "x", "-s", url); err == nil || !strings.Contains(output, "refused us") {
		t.Errorf("without credentials: %v\n%s", err, output)
	}
	_, others := newOperator(t).writeUser(t, t.TempDir())
	if output, err := b.run(sinew, "pub", "a", "x", "-s", url, "--creds", others); err == nil || !strings.Contains(output, "refused us") {
		t.Errorf("with credentials of another operator: %v\n%s", err, output)
	}
}

// operator signs for one account.
type operator struct{ key, account nkeys.KeyPair }

func newOperator(t *testing.T) operator {
	t.Helper()
	key, err := nkeys.CreateOperator()
	if err != nil {
		t.Fatal(err)
	}
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	return operator{key, account}
}

// config is that of a server which trusts the operator and knows the account.
func (o operator) config(t *testing.T) string {
	t.Helper()
	unlimited := map[string]any{
		"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "conn": -1, "leaf": -1, "wildcards": true,
	}
	return fmt.Sprintf("operator: %q\nresolver: MEMORY\nresolver_preload: { %s: %q }\n",
		jwt(t, o.key, o.key, map[string]any{"type": "operator", "version": 2}),
		publicKey(t, o.account),
		jwt(t, o.key, o.account, map[string]any{"type": "account", "version": 2, "limits": unlimited}))
}

// writeUser writes the files of a new user: the seed, and the credentials.
func (o operator) writeUser(t *testing.T, folder string) (seedFile, credsFile string) {
	t.Helper()
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	token := jwt(t, o.account, user, map[string]any{"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1})
	return writeUser(t, folder, user, token)
}

// writeCredentials writes files that look like a user's; no server knows him.
func writeCredentials(t *testing.T, folder string) (seedFile, credsFile string) {
	t.Helper()
	return newOperator(t).writeUser(t, folder)
}

func writeUser(t *testing.T, folder string, user nkeys.KeyPair, token string) (seedFile, credsFile string) {
	t.Helper()
	seed, err := user.Seed()
	if err != nil {
		t.Fatal(err)
	}
	seedFile, credsFile = filepath.Join(folder, "user.nk"), filepath.Join(folder, "user.creds")
	creds := fmt.Sprintf("-----BEGIN NATS USER JWT-----\n%s\n------END NATS USER JWT------\n\n"+
		"-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n", token, seed)
	for path, text := range map[string]string{seedFile: string(seed) + "\n", credsFile: creds} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return seedFile, credsFile
}

func publicKey(t *testing.T, pair nkeys.KeyPair) string {
	t.Helper()
	key, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// jwt is what issuer says of subject, signed.
func jwt(t *testing.T, issuer, subject nkeys.KeyPair, claims map[string]any) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	body, err := json.Marshal(map[string]any{
		"jti": "test", "iat": time.Now().Unix(), "iss": publicKey(t, issuer), "sub": publicKey(t, subject), "name": "test",
		"nats": claims,
	})
	if err != nil {
		t.Fatal(err)
	}
	text := encode([]byte(`{"typ":"JWT","alg":"ed25519-nkey"}`)) + "." + encode(body)
	signature, err := issuer.Sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}
