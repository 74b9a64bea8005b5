package tool_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inFiles makes files in a folder of the test, and that the working directory.
func inFiles(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConfigCheckShowsAllThatIsWrong(t *testing.T) {
	inFiles(t, map[string]string{
		"bad.conf": "port: 70000, max_pending: 5\n\tmax_payloda: 5\ninclude users.conf\n",
		"users.conf": "ping_interval: 5\nauthorization {\n  users: [{user: a, password: hunter2, colour: red}]\n}\n" +
			"accounts { A { jetstream: true } }\n",
		"parts.conf": "port: 70000, max_pending: 5\nhttps: 5\n" +
			"authorization { permissions { publish: \"a..b\" } }\nmappings { \"a.*\": \"b.{{wildcard(2)}}\" }\n",
		"syntax.conf": "a {\n  b: \"c\n",
	})
	run(t, "config", "check", "bad.conf").check(t, 1, `users.conf:1:0: warning: invalid use of field "ping_interval": ping_interval should be converted to a duration
    1 | ping_interval: 5
      | ^^^^^^^^^^^^^
bad.conf:2:2: unknown field "max_payloda" (did you mean "max_payload"?)
    2 |     max_payloda: 5
      |     ^^^^^^^^^^^
users.conf:3:40: unknown field "colour"
    3 |   users: [{user: a, password: *******, colour: red}]
      |                                        ^^^^^^
users.conf:5:16: "accounts.A.jetstream" is not supported yet
    5 | accounts { A { jetstream: true } }
      |                ^^^^^^^^^
`, "sinew: 4 problems in 1 file\n")
	run(t, "config", "check", "parts.conf").check(t, 1, `parts.conf:1:13: max_payload (1048576) cannot be higher than max_pending (5)
    1 | port: 70000, max_pending: 5
      |              ^^^^^^^^^^^
parts.conf:1:0: invalid port 70000
    1 | port: 70000, max_pending: 5
      | ^^^^
parts.conf:2:1: TLS cert and key required for HTTPS
    2 | https: 5
      | ^^^^^
parts.conf:3:17: subject "a..b" is not a valid subject
    3 | authorization { permissions { publish: "a..b" } }
      |                 ^^^^^^^^^^^
parts.conf:4:13: Error adding mapping for "a.*" to "b.{{wildcard(2)}}" : invalid mapping destination: wildcard index out of range in {{wildcard(2)}}: [2]
    4 | mappings { "a.*": "b.{{wildcard(2)}}" }
      |             ^^^
`, "sinew: 5 problems in 1 file\n")
	run(t, "config", "check", "syntax.conf", "none.conf").check(t, 1, `syntax.conf:2:6: Unexpected EOF.
    2 |   b: "c
      |      ^
open none.conf: no such file or directory
`, "sinew: 2 problems in 2 files\n")
}

func TestConfigCheckOfValidFiles(t *testing.T) {
	inFiles(t, map[string]string{
		"good.conf":  "debug: false\n",
		"plain.conf": "authorization { user: a, password: b }\n",
		"empty.conf": "# nothing\n",
	})
	got := run(t, "config", "check", "good.conf", "plain.conf")
	if got.code != 0 || strings.Count(got.out, "is valid (sha256:") != 2 || !strings.Contains(got.out, "note: Plaintext passwords") {
		t.Errorf("got %+v", got)
	}
	run(t, "config", "check", "empty.conf").check(t, 1, "empty.conf: warning: config has no values or is empty\n", "sinew: 1 problem in 1 file\n")
}

func TestConfigCheckQuotesNoSecretAndNoControlCharacter(t *testing.T) {
	inFiles(t, map[string]string{"c.conf": "authorization {user: a, \"password\" = \"hunter2 \x1b[31m\", token: 'hunter2', pass hunter2, oops: 1\x1b}\n" +
		`{` + strings.Repeat(`"k":1,`, 5000)})
	got := run(t, "config", "check", "c.conf")
	if got.code != 1 || strings.Contains(got.out+got.err, "hunter2") || strings.ContainsRune(got.out, '\x1b') {
		t.Errorf("got %+v", got)
	}
	if len(got.out) > 2000 {
		t.Errorf("%d bytes of output", len(got.out))
	}
}

func TestConfigShowTellsWhereValuesComeFrom(t *testing.T) {
	inFiles(t, map[string]string{
		"main.conf": "listen: \"127.0.0.1:5\"\ninclude sub/more.conf\nmax_payload: 1kb\n",
		"sub/more.conf": "ping_interval: \"3s\"\nmax_payload: 5\nhttp: 6\n" +
			"authorization { users: [\n{user: alice, password: hunter2, permissions {publish: a}}\n{user: bob, password: \"$2a$11$PWIFAL8RsWyGI3jVZtO9Nu8.6jOxzxfZo7c/W0eLk017hjgUKWrhy\"}] }\n" +
			"accounts { A { users: [{nkey: UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4}], mappings {a: b} } }",
	})
	got := run(t, "config", "show", "main.conf")
	for _, want := range []string{
		`host  main.conf:1  "127.0.0.1"`, `port  main.conf:1  5`, `http_port  sub/more.conf:3  6`, `max_payload  main.conf:3  1024`, `ping_interval  sub/more.conf:1  "3s"`,
		`max_pending  default  67108864`, `authorization.users[alice]  sub/more.conf:5  {"password":"(plain text)","permissions":{"publish":{"allow":["a"]}}}`,
		`authorization.users[bob]  sub/more.conf:6  {"password":"(bcrypt hash)"}`, `accounts[A].mappings[a]  sub/more.conf:7  [{"destination":"b","weight":100}]`,
		`accounts[A].users[UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4]  sub/more.conf:7  {}`,
	} {
		if !strings.Contains(squeezed(got.out), squeezed(want)) {
			t.Errorf("%q is not shown in\n%s", want, got.out)
		}
	}
	if got.code != 0 || strings.Contains(got.out, "hunter2") || strings.Contains(got.out, "PWIFAL8") {
		t.Errorf("got %+v", got)
	}
	var doc struct {
		File, Digest string
		Settings     []struct {
			Key, Source, File string
			Value             any
			Line              int
		}
	}
	got = run(t, "config", "show", "main.conf", "--json", "--set")
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.File != "main.conf" || !strings.HasPrefix(doc.Digest, "sha256:") || len(doc.Settings) != 10 {
		t.Errorf("got %+v", doc)
	}
	for _, s := range doc.Settings {
		if s.Source != "file" || s.Line == 0 {
			t.Errorf("set by nobody: %+v", s)
		}
	}
}

// squeezed is a text with single blanks.
func squeezed(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestConfigShowOfAWrongFile(t *testing.T) {
	inFiles(t, map[string]string{"c.conf": "colour: red"})
	run(t, "config", "show", "c.conf").check(t, 1, "", `c.conf:1:0: unknown field "colour"
    1 | colour: red
      | ^^^^^^
sinew: the configuration is wrong; see above
`)
}

func TestConfigDiff(t *testing.T) {
	inFiles(t, map[string]string{
		"one.conf":     "port: 5, max_payload: 1kb\nauthorization {users: [{user: a, password: hunter2}, {user: b, password: x}]}",
		"same.conf":    "# other layout\nauthorization {\nusers: [{user: a, pass: hunter2}, {user: b, password: x}]\n}\nmax_payload: 1024\nport: 5",
		"reload.conf":  "port: 5, max_payload: 2kb\nauthorization {users: [{user: a, password: other}, {user: c, password: x}]}",
		"restart.conf": "port: 6, max_payload: 1kb, debug: true\nauthorization {users: [{user: a, password: hunter2}, {user: b, password: x}]}",
		"wrong.conf":   "port: x",
	})
	run(t, "config", "diff", "one.conf", "same.conf").check(t, 0, "The files say the same.\n", "")
	run(t, "config", "diff", "one.conf", "reload.conf").check(t, 0, `A reload applies:
  authorization users  (clients are looked at again: who may not connect is closed, subscriptions not allowed end)
    ~ user a
    - user b
    + user c
  max_payload: 1024 -> 2048  (holds for the next message; INFO tells new clients)
`, "")
	run(t, "config", "diff", "one.conf", "restart.conf").check(t, 3, `Needs a restart; a reload is refused:
  port: 5 -> 6
A reload applies:
  debug: false -> true
`, "sinew: a restart is needed\n")
	run(t, "config", "diff", "one.conf", "restart.conf", "--json").check(t, 3, `{
  "restart": true,
  "changes": [
    {
      "key": "port",
      "reloadable": false,
      "old": "5",
      "new": "6"
    },
    {
      "key": "debug",
      "reloadable": true,
      "old": "false",
      "new": "true"
    }
  ]
}
`, "sinew: a restart is needed\n")
	if got := run(t, "config", "diff", "one.conf", "wrong.conf"); got.code != 1 || !strings.Contains(got.err, "expected an integer") {
		t.Errorf("got %+v", got)
	}
}

func TestConfigSchema(t *testing.T) {
	got := run(t, "config", "schema", "max_conn")
	if got.code != 0 || !strings.Contains(squeezed(got.out), "max_connections int 65536 yes supported client limit") {
		t.Errorf("got %+v", got)
	}
	if got := run(t, "config", "schema", "jetstream.domain"); !strings.Contains(squeezed(got.out), "no later JetStream domain") {
		t.Errorf("got %+v", got)
	}
	if got := run(t, "config", "schema", "--supported"); strings.Contains(got.out, "jetstream.domain") || !strings.Contains(got.out, "ping_interval") {
		t.Errorf("got %+v", got)
	}
	var schema map[string]any
	if got := run(t, "config", "schema", "--json"); json.Unmarshal([]byte(got.out), &schema) != nil || schema["properties"] == nil {
		t.Errorf("got %+v", got)
	}
	run(t, "config", "schema", "no_such_key").check(t, 1, "", "sinew: no key has that in its name\n")
}

// TestPageOfKeysIsCurrent: docs/configuration-keys.md ends with what "sinew config schema --markdown" writes.
func TestPageOfKeysIsCurrent(t *testing.T) {
	page, err := os.ReadFile("../../docs/configuration-keys.md")
	if err != nil {
		t.Fatal(err)
	}
	if table := run(t, "config", "schema", "--markdown").out; !strings.HasSuffix(string(page), "\n"+table) {
		t.Error("docs/configuration-keys.md is out of date: replace its table by the output of: sinew config schema --markdown")
	}
}

func TestWrongConfigCommandLines(t *testing.T) {
	for line, want := range map[string]string{
		"config nope":              `unknown command "nope"; see "sinew help config"`,
		"config check":             `requires at least 1 arg(s), only received 0; see "sinew help config check"`,
		"config diff a":            `accepts 2 arg(s), received 1; see "sinew help config diff"`,
		"config schema a --json":   `--json lists all keys; see "sinew help config schema"`,
		"config show a --yaml":     `unknown flag: --yaml; see "sinew help config show"`,
		"config chek a --whatever": `unknown flag: --whatever; see "sinew help config"`,
	} {
		got := run(t, strings.Fields(line)...)
		if got.code != 2 || !strings.Contains(got.err, want) {
			t.Errorf("%s: got %+v, want %s", line, got, want)
		}
	}
}
