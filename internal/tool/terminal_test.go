package tool_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// terminal is a pane of tmux in which one command runs. tmux is a terminal of its own make: what it shows is what a user
// would see.
type terminal struct {
	t      *testing.T
	socket string
}

// startTerminal runs a command in a terminal of a size, with some more environment. It skips the test without tmux.
func startTerminal(t *testing.T, width, height int, env []string, command ...string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	// A socket's path must be short.
	folder, err := os.MkdirTemp("", "tmux")
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t, filepath.Join(folder, "s")}
	t.Cleanup(func() {
		_, _ = term.try("kill-server") // it ends by itself when the command has ended
		os.RemoveAll(folder)
	})
	args := []string{"new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height)}
	for _, variable := range env {
		args = append(args, "-e", variable)
	}
	// The pane stays when the command ends, so that its end can be seen. tmux has an option for that, but may miss it.
	args = append(args, "--", "sh", "-c", `"$@"; echo "ended with $?"; read line`, "sh")
	term.run(append(args, command...)...)
	return term
}

func (term *terminal) try(args ...string) (string, error) {
	args = append([]string{"-f", "/dev/null", "-u", "-S", term.socket}, args...)
	command := exec.Command("tmux", args...)
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	output, err := command.CombinedOutput()
	return string(output), err
}

func (term *terminal) run(args ...string) string {
	term.t.Helper()
	output, err := term.try(args...)
	if err != nil {
		term.t.Fatalf("tmux %s: %v\n%s", args[0], err, output)
	}
	return output
}

// screen is what the terminal shows.
func (term *terminal) screen() string {
	term.t.Helper()
	return term.run("capture-pane", "-p")
}

func (term *terminal) press(keys ...string) {
	term.t.Helper()
	term.run(append([]string{"send-keys"}, keys...)...)
}

func (term *terminal) resize(width, height int) {
	term.t.Helper()
	term.run("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
}

// await returns when the screen is as wanted, and fails when that takes too long.
func (term *terminal) await(what string, wanted func(screen string) bool) {
	term.t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for {
		screen := term.screen()
		if wanted(screen) {
			return
		}
		select {
		case <-look.C:
		case <-late:
			term.t.Fatalf("waiting in vain for %s; the terminal shows\n%s", what, screen)
		}
	}
}

// see returns when the screen shows all parts.
func (term *terminal) see(parts ...string) {
	term.t.Helper()
	term.await(fmt.Sprintf("%q", parts), func(screen string) bool {
		for _, part := range parts {
			if !strings.Contains(screen, part) {
				return false
			}
		}
		return true
	})
}

// gone returns when the screen does not show part any more.
func (term *terminal) gone(part string) {
	term.t.Helper()
	term.await(fmt.Sprintf("%q to go", part), func(screen string) bool { return !strings.Contains(screen, part) })
}

// ended returns when the command has ended, which it has to do with the given exit code.
func (term *terminal) ended(code int) {
	term.t.Helper()
	term.see(fmt.Sprintf("ended with %d", code))
}
