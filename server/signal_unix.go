//go:build unix

package server

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"sinew.dev/sinew/internal/config"
)

// commands are the words of --signal.
var commands = map[string]syscall.Signal{
	"stop": syscall.SIGKILL, "quit": syscall.SIGINT, "term": syscall.SIGTERM, "reopen": syscall.SIGUSR1,
	"reload": syscall.SIGHUP, "ldm": syscall.SIGUSR2,
}

// sendSignal is --signal: it sends a signal to another server and returns the exit code.
func sendSignal(text string, stderr io.Writer) int {
	command, target := config.ParseSignal(text)
	sig, ok := commands[command]
	if !ok {
		return fail(stderr, fmt.Errorf("unknown signal %q; there are ldm, stop, quit, term, reopen and reload", command))
	}
	pid, err := targetPid(target)
	if err != nil {
		return fail(stderr, err)
	}
	if err := syscall.Kill(pid, sig); err != nil {
		return fail(stderr, fmt.Errorf("signal process %d: %w", pid, err))
	}
	return 0
}

// targetPid finds the process: a number, or a file that holds one.
func targetPid(target string) (int, error) {
	if target == "" {
		return 0, fmt.Errorf("name the process: --signal <command>=<pid or pid file>")
	}
	text := target
	if _, err := strconv.Atoi(target); err != nil {
		content, err := os.ReadFile(target)
		if err != nil {
			return 0, fmt.Errorf("read the pid file: %w", err)
		}
		text = strings.TrimSpace(string(content))
	}
	pid, err := strconv.Atoi(text)
	if err != nil || pid <= 0 {
		return 0, fmt.Errorf("%q is no process id", text)
	}
	return pid, nil
}
