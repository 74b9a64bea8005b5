package tool_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocumentedExamplesRun runs the commands in docs/tool.md, one block after the other. In a block the commands that
// go on until interrupted are started first. Our server stands in for the one at the usual ports.
func TestDocumentedExamplesRun(t *testing.T) {
	noContexts(t)
	address, monitor := startMonitored(t, "")
	t.Setenv("NATS_URL", address)
	text, err := os.ReadFile("../../docs/tool.md")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.Symlink(examples, "examples"); err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 8 {
		t.Fatalf("found %d blocks of examples", len(blocks))
	}
	there := strings.NewReplacer("127.0.0.1:4222", address, "127.0.0.1:8222", monitor)
	for _, block := range blocks {
		lines := strings.Split(strings.TrimSpace(there.Replace(block[1])), "\n")
		t.Run(lines[0], func(t *testing.T) {
			if strings.Contains(lines[0], "sinew dev") {
				os.Unsetenv("NATS_URL") // its context says where
				defer os.Setenv("NATS_URL", address)
			}
			runExamples(t, lines)
		})
	}
}

// goesOn are the commands that run until they are interrupted, and what they say when they are ready.
var goesOn = map[string]string{"dev": "Ctrl-C", "sub": "Subscribed", "reply": "Answering"}

func runExamples(t *testing.T, lines []string) {
	var going []*background
	for _, line := range lines {
		args := words(t, line)
		ready, ok := goesOn[args[0]]
		if !ok {
			continue
		}
		b := launch(t, args...)
		if args[0] == "dev" {
			b.out.await(t, ready)
		} else {
			b.err.await(t, ready)
		}
		going = append(going, b)
	}
	for _, line := range lines {
		stdin := ""
		if text, command, ok := strings.Cut(line, " | "); ok {
			stdin, line = strings.TrimPrefix(text, "echo ")+"\n", command
		}
		args := words(t, line)
		if goesOn[args[0]] != "" {
			continue
		}
		if got := runWith(t, strings.NewReader(stdin), args...); got.code != 0 {
			t.Errorf("%s ends with %d: %s", line, got.code, got.err)
		}
	}
	for _, b := range slices.Backward(going) { // the server last
		if got := b.stop(); got.code != 0 {
			t.Errorf("ends with %d: %s", got.code, got.err)
		}
	}
}

var word = regexp.MustCompile(`"([^"]*)"|\S+`)

// words splits a command line as a shell would that knows only double quotes, and drops the program's name.
func words(t *testing.T, line string) []string {
	t.Helper()
	_, line, ok := strings.Cut(line, "sinew ")
	if !ok {
		t.Fatalf("%q runs no sinew", line)
	}
	var args []string
	for _, match := range word.FindAllStringSubmatch(line, -1) {
		if strings.HasPrefix(match[0], `"`) {
			args = append(args, match[1])
		} else {
			args = append(args, match[0])
		}
	}
	return args
}
