package tool_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/tool/contexts"
)

// noContexts gives the test a home without contexts, and returns the folder where they will be.
func noContexts(t *testing.T) string {
	t.Helper()
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	return filepath.Join(config, "nats", "context")
}

// good runs a command that succeeds.
func good(t *testing.T, args ...string) result {
	t.Helper()
	got := run(t, args...)
	if got.code != 0 {
		t.Fatalf("%s ends with %d: %s", strings.Join(args, " "), got.code, got.err)
	}
	return got
}

func TestContextLifeCycle(t *testing.T) {
	folder := noContexts(t)
	run(t, "context", "ls").check(t, 0, "", "No contexts in "+folder+"; make one with \"sinew context add\"\n")
	run(t, "context", "select", "a").check(t, 1, "", "sinew: there is no context \"a\", nor any other in "+folder+
		"; make one with \"sinew context add\"\n")
	run(t, "context", "add", "a", "-s", "nats://u:hunter2@a:1", "--description", "the first").
		check(t, 0, "", "Saved context \"a\" in "+filepath.Join(folder, "a.json")+"\n")
	run(t, "context", "add", "b", "--server", "b:2", "--user", "joe", "--password", "hunter2", "--tlsfirst", "--select").
		check(t, 0, "", "Saved context \"b\" in "+filepath.Join(folder, "b.json")+"\nSelected context \"b\": nats://b:2\n")
	run(t, "ctx", "ls").check(t, 0, `  NAME  SERVERS     DESCRIPTION
  a     nats://a:1  the first
* b     nats://b:2
`, "")
	run(t, "context", "ls", "--names").check(t, 0, "a\nb\n", "")
	run(t, "context", "show").check(t, 0, `Name:         b
Server URLs:  nats://b:2
User:         joe
Password:     ********
TLS first:    true
File:         `+filepath.Join(folder, "b.json")+`
Selected:     yes
`, "")
	run(t, "context", "select", "a").check(t, 0, "", "Selected context \"a\": nats://a:1\n")
	run(t, "context", "previous").check(t, 0, "", "Selected context \"b\": nats://b:2\n")
	run(t, "context", "copy", "b", "c", "--description", "a copy", "--select").
		check(t, 0, "", "Copied context \"b\" to \"c\"\nSelected context \"c\": nats://b:2\n")
	run(t, "context", "copy", "b", "a").
		check(t, 1, "", "sinew: there is a context \"a\" already; remove it first with \"sinew context rm a\"\n")
	run(t, "context", "unselect").check(t, 0, "", "Unselected context \"c\"; \"sinew context previous\" goes back to it\n")
	run(t, "context", "unselect").check(t, 0, "", "No context was selected\n")
	run(t, "context", "show").
		check(t, 1, "", "sinew: no context is selected; name one, or select one with \"sinew context select\"\n")
	run(t, "context", "rm", "a").check(t, 1, "", "sinew: there is no terminal to ask on; say --force\n")
	run(t, "context", "rm", "a", "-f").check(t, 0, "", "Removed context \"a\"\n")
	run(t, "context", "rm", "a", "-f").check(t, 1, "", "sinew: there is no context \"a\"; there are: b, c\n")
	run(t, "context", "select").check(t, 2, "", "sinew: name a context: b or c; see \"sinew help context select\"\n")
}

func TestContextHidesSecrets(t *testing.T) {
	noContexts(t)
	_, seed := newNkey(t)
	good(t, "context", "add", "a", "-s", "nats://hunter2@a", "--password", "hunter2", "--user", "u", "--select")
	good(t, "context", "add", "b", "--nkey", seed, "--embed")
	embedded := good(t, "context", "show", "b", "--secrets", "--json").out
	if !strings.Contains(embedded, `"nkey": "data:;base64,`) {
		t.Fatalf("the seed is not embedded in\n%s", embedded)
	}
	for _, args := range [][]string{
		{"ls"},
		{"ls", "--json"},
		{"show", "a"},
		{"show", "a", "--json"},
		{"show", "b"},
		{"show", "b", "--json"},
		{"select", "a"},
		{"validate"},
	} {
		got := run(t, append([]string{"context"}, args...)...)
		if strings.Contains(got.out+got.err, "hunter2") || strings.Contains(got.out+got.err, "base64,") {
			t.Errorf("context %s shows a secret:\n%s%s", strings.Join(args, " "), got.out, got.err)
		}
	}
	if got := good(t, "context", "show", "a", "--secrets"); !strings.Contains(got.out, "hunter2") {
		t.Errorf("--secrets shows none:\n%s", got.out)
	}
}

func TestContextListInJSON(t *testing.T) {
	folder := noContexts(t)
	run(t, "context", "ls", "--json").check(t, 0, "[]\n", "")
	good(t, "context", "add", "a", "-s", "nats://u:p@a", "--select")
	if err := os.WriteFile(filepath.Join(folder, "bad.json"), []byte(`{`), 0o600); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(good(t, "context", "ls", "-j").out), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0]["name"] != "a" || list[0]["selected"] != true || list[0]["url"] != "nats://a" ||
		list[1]["name"] != "bad" || !strings.Contains(list[1]["error"].(string), "unexpected end") {
		t.Errorf("the list is %v", list)
	}
}

func TestContextAddChangesWhatItIsTold(t *testing.T) {
	folder := noContexts(t)
	t.Setenv("NATS_TOKEN", "of the environment")
	seed := filepath.Join(t.TempDir(), "user.nk")
	if err := os.WriteFile(seed, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(seed))
	good(t, "context", "add", "a", "-s", "a", "--user", "joe", "--password", "p", "--description", "d", "--js-domain", "hub")
	path := filepath.Join(folder, "a.json")
	stranger := strings.Replace(readFile(t, path), "{", `{"stranger": [1],`, 1)
	if err := os.WriteFile(path, []byte(stranger), 0o600); err != nil {
		t.Fatal(err)
	}
	good(t, "context", "add", "a", "--nkey", "user.nk", "--description", "", "--inbox-prefix", "_INBOX.joe")

	want := map[string]string{
		"url": "a", "user": "", "password": "", "nkey": seed, "description": "", "jetstream_domain": "hub",
		"inbox_prefix": "_INBOX.joe", "token": "", "stranger": "[\n    1\n  ]",
	}
	saved, err := contexts.Parse([]byte(readFile(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range want {
		// The folder of temporary files may be known by several names.
		if got := saved.Text(key); got != value && (key != "nkey" || !filepath.IsAbs(got) || filepath.Base(got) != "user.nk") {
			t.Errorf("%s is %q, want %q", key, got, value)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestContextAddRefusesWhatContextsDoNotSay(t *testing.T) {
	noContexts(t)
	tests := []struct{ line, want string }{
		{"add", "accepts 1 arg(s), received 0"},
		{"add a/b", `"a/b" is no name for a context`},
		{"add a --timeout 3s", "--timeout is nothing that a context says"},
		{"add a --context b", "--context is nothing that a context says"},
		{"add a --user u --nkey n", "--user, --nkey are all set"},
		{"add a --tlscert c", "--tlscert and --tlskey belong together"},
		{"ls --user u", "--user means nothing to ls"},
		{"ls --json --names", "--json and --names exclude each other"},
		{"show a b", "accepts at most 1 arg(s), received 2"},
		{"select a b", "name one context"},
		{"lss", `unknown command "lss"; did you mean ls?`},
	}
	for _, test := range tests {
		got := run(t, append([]string{"context"}, strings.Fields(test.line)...)...)
		if got.code != 2 || !strings.Contains(got.err, test.want) || !strings.Contains(got.err, `see "sinew help context`) {
			t.Errorf("context %s gives %d, %q; want 2, %q", test.line, got.code, got.err, test.want)
		}
	}
}

// editor makes a command that stands in for the user's editor, from a line of shell in which $1 is the file.
func editor(t *testing.T, line string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the editor is a shell script")
	}
	path := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+line+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", path)
}

func TestContextEdit(t *testing.T) {
	folder := noContexts(t)
	drafts := t.TempDir()
	t.Setenv("TMPDIR", drafts)
	good(t, "context", "add", "a", "-s", "before", "--select")
	path := filepath.Join(folder, "a.json")

	editor(t, `true`)
	run(t, "context", "edit").check(t, 0, "", "Context \"a\" is as it was\n")
	editor(t, `sed 's/before/after/' "$1" > "$1.new" && mv "$1.new" "$1"`)
	run(t, "context", "edit", "a").check(t, 0, "", "Saved context \"a\" in "+path+"\n")
	if got := readFile(t, path); !strings.Contains(got, `"url": "after"`) {
		t.Errorf("the file is\n%s", got)
	}
	if left, _ := os.ReadDir(drafts); len(left) > 0 {
		t.Errorf("drafts are left: %v", left)
	}
	was := readFile(t, path)

	editor(t, `echo '{' > "$1"`)
	got := run(t, "context", "edit")
	if got.code != 1 || !strings.Contains(got.err, `context "a" is as it was`) || !strings.Contains(got.err, drafts) {
		t.Errorf("a broken edit gives %d, %s", got.code, got.err)
	}
	editor(t, `exit 3`)
	got = run(t, "context", "edit")
	if got.code != 1 || !strings.Contains(got.err, "exit status 3; name another editor in $EDITOR") {
		t.Errorf("a broken editor gives %d, %s", got.code, got.err)
	}
	if readFile(t, path) != was {
		t.Error("a failed edit changed the context")
	}
}

func TestContextValidate(t *testing.T) {
	folder := noContexts(t)
	address := startServer(t, "authorization { users = [ {user: u, password: p} ] }")
	good(t, "context", "add", "good", "-s", address, "--user", "u", "--password", "p")
	good(t, "context", "add", "wrong", "-s", address, "--user", "u", "--password", "q")
	run(t, "context", "validate").check(t, 0, "good: ok\nwrong: ok\n", "")
	run(t, "context", "validate", "good", "--connect").check(t, 0, "good: ok\n", "")
	got := run(t, "context", "validate", "--connect")
	if got.code != 1 || !strings.HasPrefix(got.out, "good: ok\nwrong: nats://"+address+" refused us") ||
		got.err != "sinew: 1 of 2 contexts are not sound\n" {
		t.Errorf("gives %d\n%s%s", got.code, got.out, got.err)
	}
	for name, text := range map[string]string{
		"creds": `{"creds":"/nowhere/a.creds"}`, "ca": `{"ca":"/nowhere/ca.pem"}`, "json": `{`, "half": `{"cert":"x"}`,
		"nsc": `{"nsc":"nsc://O/A/U"}`, "windows": `{"windows_cert_store":"windowscurrentuser"}`, "op": `{"nkey":"op://a/b"}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got = run(t, "context", "validate")
	for _, want := range []string{
		"creds: --creds: open /nowhere/a.creds: ", "ca: stat /nowhere/ca.pem: ", "unexpected end of JSON input",
		"half: --tlscert and --tlskey belong together", `nsc: context "nsc" asks nsc who we are (nsc://O/A/U)`,
		"windows: context \"windows\" takes its certificate from the Windows store", "op: --nkey: sinew does not run op",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("%q is missing in\n%s", want, got.out)
		}
	}
	if got.code != 1 || got.err != "sinew: 7 of 9 contexts are not sound\n" {
		t.Errorf("gives %d, %s", got.code, got.err)
	}
}
