package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cliPatience bounds a command of the scripts: all of them end by themselves, at once.
const cliPatience = 10 * time.Second

// TestCommandLine runs the command lines of testdata/cli. The binary is called nats-server there, as in the scripts
// of those who move from it: the name must not change what they see.
func TestCommandLine(t *testing.T) {
	binary, err := filepath.Abs(serverBinary(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range scripts(t, "cli") {
		t.Run(name(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.Symlink(binary, filepath.Join(dir, "nats-server")); err != nil {
				t.Fatal(err)
			}
			got, err := runCommands(dir, string(text))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, path, string(text), got)
		})
	}
}

// runCommands plays a script and returns it with the results of this run. Its lines are:
//
//	# comment
//	file NAME            make a file of the lines below that begin with a tab
//	$ nats-server ARGS   run it; the words may not contain blanks
//	first: $ ...         the same, but show only the first line of each output
//	words: $ ...         the same, but show each output as one line with single blanks
//	code: $ ...          the same, but show only the exit code
//
// followed by the results, "exit N" and the lines of "out:" and "err:".
func runCommands(dir, text string) (string, error) {
	var out strings.Builder
	var file string
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if isCommandResult(line) {
			continue
		}
		out.WriteString(line + "\n")
		switch {
		case strings.HasPrefix(line, "file "):
			file = filepath.Join(dir, strings.TrimPrefix(line, "file "))
		case strings.HasPrefix(line, "\t"):
			if err := appendLine(file, line[1:]); err != nil {
				return "", err
			}
		case strings.Contains(line, "$ nats-server"):
			mode, command, _ := strings.Cut(line, "$ nats-server")
			results, err := runCommand(dir, strings.TrimSpace(mode), strings.Fields(command))
			if err != nil {
				return "", fmt.Errorf("%s: %w", line, err)
			}
			out.WriteString(results)
		}
	}
	return out.String(), nil
}

func isCommandResult(line string) bool {
	return strings.HasPrefix(line, "exit ") || strings.HasPrefix(line, "out:") || strings.HasPrefix(line, "err:")
}

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

func runCommand(dir, mode string, args []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), cliPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "./nats-server", args...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return "", err
	}
	results := "exit " + strconv.Itoa(cmd.ProcessState.ExitCode()) + "\n"
	if mode == "code:" {
		return results, nil
	}
	return results + outputLines("out:", stdout.String(), mode) + outputLines("err:", stderr.String(), mode), nil
}

// stamps are what differs between runs of one command: the beginning of a log line, and a file's digest.
var stamps = []struct {
	shape *regexp.Regexp
	name  string
}{
	{regexp.MustCompile(`^\[\d+\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d+ `), "[<pid>] <time> "},
	{regexp.MustCompile(`sha256:[0-9a-f]{64}`), "sha256:<digest>"},
}

func outputLines(mark, output, mode string) string {
	if mode == "words:" {
		output = strings.Join(strings.Fields(output), " ")
	}
	var lines strings.Builder
	for _, line := range strings.Split(strings.TrimRight(output, "\n"), "\n") {
		if line == "" {
			continue
		}
		for _, stamp := range stamps {
			line = stamp.shape.ReplaceAllString(line, stamp.name)
		}
		lines.WriteString(mark + " " + strings.TrimRight(line, " ") + "\n")
		if mode == "first:" {
			break
		}
	}
	return lines.String()
}
