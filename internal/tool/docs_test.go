package tool_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedExamplesRun runs the commands in docs/tool.md, one block after the other. In a block the commands that
// go on until interrupted are started first.
func TestDocumentedExamplesRun(t *testing.T) {
	t.Setenv("NATS_URL", startServer(t, ""))
	text, err := os.ReadFile("../../docs/tool.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 5 {
		t.Fatalf("found %d blocks of examples", len(blocks))
	}
	for _, block := range blocks {
		lines := strings.Split(strings.TrimSpace(block[1]), "\n")
		t.Run(lines[0], func(t *testing.T) { runExamples(t, lines) })
	}
}

func runExamples(t *testing.T, lines []string) {
	var going []*background
	for _, line := range lines {
		switch args := words(t, line); args[0] {
		case "sub":
			going = append(going, start(t, "Subscribed", args...))
		case "reply":
			going = append(going, start(t, "Answering", args...))
		}
	}
	for _, line := range lines {
		stdin := ""
		if text, command, ok := strings.Cut(line, " | "); ok {
			stdin, line = strings.TrimPrefix(text, "echo ")+"\n", command
		}
		args := words(t, line)
		if args[0] == "sub" || args[0] == "reply" {
			continue
		}
		if got := runWith(t, strings.NewReader(stdin), args...); got.code != 0 {
			t.Errorf("%s ends with %d: %s", line, got.code, got.err)
		}
	}
	for _, b := range going {
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
