//go:build unix

package server

import (
	"errors"
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

// sendSignal is --signal: it sends a signal to other servers and returns the exit code.
func sendSignal(text string, stderr io.Writer) int {
	command, target := config.ParseSignal(text)
	sig, ok := commands[command]
	if !ok {
		return fail(stderr, fmt.Errorf("unknown signal %q; there are ldm, stop, quit, term, reopen and reload", command))
	}
	pids, err := targets(target, runningServers)
	if err != nil {
		return fail(stderr, err)
	}
	var errs []error
	for _, pid := range pids {
		if err := syscall.Kill(pid, sig); err != nil {
			errs = append(errs, fmt.Errorf("signal %q %d: %w", command, pid, err))
		}
	}
	if len(errs) > 0 {
		return fail(stderr, errors.Join(errs...))
	}
	return 0
}

// targets finds the processes that a target means: a process id, a file that holds one, the beginning of ids and "*", or,
// empty, the one server that runs. running lists servers.
func targets(target string, running func() ([]int, error)) ([]int, error) {
	prefix, many := strings.CutSuffix(target, "*")
	if target != "" && !many {
		pid, err := parsePid(target)
		return []int{pid}, err
	}
	if _, err := strconv.ParseUint(prefix, 10, 32); prefix != "" && err != nil {
		return nil, fmt.Errorf("invalid pid: %s", prefix)
	}
	all, err := running()
	if err != nil {
		return nil, fmt.Errorf("unable to resolve pid, try providing one: %w", err)
	}
	var pids []int
	for _, pid := range all {
		if strings.HasPrefix(strconv.Itoa(pid), prefix) {
			pids = append(pids, pid)
		}
	}
	switch {
	case len(pids) == 0:
		return nil, errors.New("no nats-server processes running")
	case len(pids) > 1 && !many:
		return nil, severalServers(pids)
	}
	return pids, nil
}

func severalServers(pids []int) error {
	text := "multiple nats-server processes running:"
	for _, pid := range pids {
		text += "\n" + strconv.Itoa(pid)
	}
	return errors.New(text)
}

// parsePid takes a process id, or reads it from a file.
func parsePid(target string) (int, error) {
	text := target
	if _, err := strconv.Atoi(target); err != nil {
		content, err := os.ReadFile(target)
		if err != nil {
			return 0, fmt.Errorf("invalid pid: %s (%w)", target, err)
		}
		text = strings.TrimSpace(string(content))
	}
	pid, err := strconv.Atoi(text)
	if err != nil || pid <= 0 { // zero and less are groups of processes
		return 0, fmt.Errorf("invalid pid: %.20s", text)
	}
	return pid, nil
}

// isServer reports whether a program of this name with these arguments, its own name first, is a server, ours or the
// reference's. Called sinew it may also be the tool.
func isServer(name string, args []string) bool {
	switch name {
	case "nats-server":
		return true
	case "sinew":
		return len(args) < 2 || strings.HasPrefix(args[1], "-") || args[1] == "dev"
	}
	return false
}
