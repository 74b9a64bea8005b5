package tool_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/version"
)

func TestManPages(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "man", "man1")
	good(t, "man", folder)
	pages := map[string][]string{
		"sinew.1": {
			".SH \"COMMANDS\"", `\fBpub\fR`, `\fBdev\fR`, ".SH \"SERVER FLAGS\"", `\-\-signal`, ".SH \"EXIT STATUS\"", "context.txt",
			`sinew\-pub(1)`,
		},
		"sinew-pub.1":         {`\fB\-\-count int\fR`, "CONNECTION OPTIONS", `\fB\-s, \-\-server URLs\fR`, ".SH \"EXAMPLES\"", "sinew(1)"},
		"sinew-context.1":     {`\fBls\fR`, `sinew\-context\-add(1)`},
		"sinew-context-add.1": {"CONNECTION OPTIONS", `\fB\-\-embed\fR`},
		"sinew-context-ls.1":  {`\fB\-\-names\fR`},
		"sinew-dev.1":         {`\fB\-V, \-\-trace\fR`},
	}
	for name, parts := range pages {
		text := readFile(t, filepath.Join(folder, name))
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %s", name, part)
			}
		}
	}
	for _, name := range []string{"sinew-dev.1", "sinew-context-ls.1", "sinew-healthcheck.1"} {
		if strings.Contains(readFile(t, filepath.Join(folder, name)), "CONNECTION") {
			t.Errorf("%s has the flags of a connection", name)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "sinew-man.1")); err == nil {
		t.Error("the hidden command has a page")
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("there is no groff to read the pages with")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		// -ww warns of all that is odd; -z shows no page.
		output, err := exec.Command(groff, "-man", "-Tutf8", "-ww", "-z", file).CombinedOutput()
		if err != nil || strings.Contains(string(output), "warning") {
			t.Errorf("%s: %v\n%s", filepath.Base(file), err, output)
		}
	}
}

func TestManNeedsAFolder(t *testing.T) {
	if got := run(t, "man"); got.code != 2 {
		t.Errorf("gives %d, %s", got.code, got.err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run(t, "man", file); got.code != 1 || !strings.Contains(got.err, "make the folder") {
		t.Errorf("gives %d, %s", got.code, got.err)
	}
}

func TestVersionInJSON(t *testing.T) {
	var got map[string]string
	if err := json.Unmarshal([]byte(good(t, "version", "--json").out), &got); err != nil {
		t.Fatal(err)
	}
	if got["version"] != version.Version() || got["nats_version"] != "2.15.2" || got["os"] == "" || got["arch"] == "" || got["go"] == "" {
		t.Errorf("says %v", got)
	}
}

func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		got := good(t, "completion", shell)
		if !strings.Contains(got.out, "sinew") {
			t.Errorf("%s: %s", shell, got.out)
		}
		if path, err := exec.LookPath(shell); err == nil && shell == "bash" {
			check := exec.Command(path, "-n")
			check.Stdin = strings.NewReader(got.out)
			if output, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s cannot read its script: %v\n%s", shell, err, output)
			}
		}
	}
}

func TestCompletions(t *testing.T) {
	noContexts(t)
	good(t, "context", "add", "prod", "-s", "a")
	good(t, "context", "add", "preview", "-s", "a")
	tests := []struct {
		words []string
		want  string
	}{
		{[]string{"context", "select", "pr"}, "preview\nprod\n:4\n"},
		{[]string{"context", "show", "pro"}, "prod\n:4\n"},
		{[]string{"context", "rm", "prod", ""}, ":4\n"},
		{[]string{"pub", "--context", "pre"}, "preview\n:4\n"},
		{[]string{"pub", ""}, ":4\n"},
		{[]string{"sub", "--user", ""}, ":4\n"},
		{[]string{"pub", "--creds", ""}, ":0\n"}, // files
		{[]string{"health"}, "healthcheck\tAsk a server whether it is well, for probes\n:4\n"},
	}
	for _, test := range tests {
		got := good(t, append([]string{"__complete"}, test.words...)...)
		if got.out != test.want {
			t.Errorf("completing %q gives %q, want %q", test.words, got.out, test.want)
		}
	}
}

func TestHelpShowsEachCommandItsFlags(t *testing.T) {
	overview := good(t, "help").out
	for _, want := range []string{"Messages:\n  pub ", "Servers:\n  bench ", "Setting up:\n  completion "} {
		if !strings.Contains(overview, want) {
			t.Errorf("%q is missing in\n%s", want, overview)
		}
	}
	if strings.Contains(overview, "Additional Commands") || strings.Contains(overview, "man ") {
		t.Errorf("a command has no group:\n%s", overview)
	}
	for _, name := range []string{"dev", "healthcheck", "version", "context"} {
		if got := good(t, "help", name).out; strings.Contains(got, "--tlscert") || strings.Contains(got, "true|false") {
			t.Errorf("help of %s has flags of a connection:\n%s", name, got)
		}
	}
	for _, name := range []string{"pub", "sub", "request", "reply", "bench", "rtt"} {
		if got := good(t, "help", name).out; !strings.Contains(got, "--server") || strings.Contains(got, "true|false") {
			t.Errorf("help of %s has no flags of a connection:\n%s", name, got)
		}
	}
	if got := good(t, "help", "context", "add").out; !strings.Contains(got, "--server") {
		t.Errorf("help of context add has no flags of a connection:\n%s", got)
	}
}
