package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes of the tool.
const (
	exitOK     = 0
	exitFailed = 1 // the command was understood, and did not succeed
	exitUsage  = 2 // the command line was not understood
)

// sameInterrupt is how long after a signal another one still counts as the same: timeout(1) and other programs that run
// programs send theirs to the process and to its group.
const sameInterrupt = 500 * time.Millisecond

// Main runs one command line, without the program's name, until it ends or is interrupted. It returns the process's
// exit code: 0 on success, 1 on failure, 2 for a command line that makes no sense. A first interrupt lets the command
// finish in order, a second one ends the process, unless it follows at once.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Once the first signal is taken, the next one has its usual effect again.
	context.AfterFunc(ctx, func() { time.AfterFunc(sameInterrupt, stop) })
	return Run(ctx, args, stdin, stdout, stderr)
}

// Run is Main without signals: the command is interrupted when ctx ends. It does not write to stdout and stderr after
// it has returned. It reads the environment variables that `sinew help` names.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// Notices about the connection come from the client library's goroutines.
	notes := &lockedWriter{w: stderr}
	defer notes.close()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(notes)
	finish(root)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(notes, "sinew:", err)
	if outcome := (outcomeError{}); errors.As(err, &outcome) {
		return outcome.code
	}
	if usage := (usageError{}); errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

const rootLong = `Sinew is a messaging server that speaks the NATS protocol, and the tool to work with it.

Without a command, sinew starts the server: "sinew", "sinew -c sinew.conf". See "sinew --help" for its flags.
The flags below are those of commands that connect to a server, and stand after the command. What they do not say comes
from the environment, then from the selected context.`

// groups are the headings of the overview, and the commands under each. Others come last.
var groups = []struct {
	id, title string
	commands  []string
}{
	{"messages", "Messages:", []string{"pub", "sub", "request", "reply"}},
	{"servers", "Servers:", []string{"dev", "top", "bench", "rtt", "healthcheck", "config"}},
	{"setup", "Setting up:", []string{"context", "completion", "version", "help"}},
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:                   "sinew",
		DisableFlagsInUseLine: true,
		Short:                 "A messaging server that speaks NATS",
		Long:                  rootLong,
		SilenceErrors:         true,
		SilenceUsage:          true,
		// One wrong or missing letter in a command still finds it.
		SuggestionsMinimumDistance: 2,
		Args:                       usageArgs(noCommand),
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE:          checkConnects,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	link := &connection{}
	link.register(root.PersistentFlags())
	root.AddCommand(newPub(link), newSub(link), newRequest(link), newReply(link))
	root.AddCommand(newDev())
	root.AddCommand(newBench(link))
	root.AddCommand(newTop(link))
	root.AddCommand(newRTT(link))
	root.AddCommand(newHealthcheck())
	root.AddCommand(newContext(link))
	root.AddCommand(newConfig())
	root.AddCommand(newVersion(), newMan())
	return root
}

// finish adds what concerns all commands. The root's streams are set by then: the completion command keeps them.
func finish(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			for _, shell := range cmd.Commands() {
				unconnected(shell)
			}
			unconnected(cmd)
		case "help":
			unconnected(cmd)
		}
	}
	for _, group := range groups {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.title})
		for _, cmd := range root.Commands() {
			if slices.Contains(group.commands, cmd.Name()) {
				cmd.GroupID = group.id
			}
		}
	}
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		hideConnection(cmd)
		help(cmd, args)
	})
	completeFlags(root)
}

// completeFlags completes the values of the connection's flags that are not files.
func completeFlags(root *cobra.Command) {
	contextNames := func(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		return completeContext(nil, nil, prefix)
	}
	// It fails for flags that do not exist, and for a second registration.
	if err := root.RegisterFlagCompletionFunc("context", contextNames); err != nil {
		panic(err)
	}
	for _, flag := range []string{"server", "user", "password", "token", "inbox-prefix", "socks-proxy", "connection-name", "timeout"} {
		if err := root.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions); err != nil {
			panic(err)
		}
	}
}

func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var hint string
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return fmt.Errorf("unknown command %q%s", args[0], hint)
}

// usageError is a command line that makes no sense. Its text ends with where to read more.
type usageError struct {
	err  error
	help string
}

func (e usageError) Error() string { return fmt.Sprintf("%v; see %q", e.err, e.help) }
func (e usageError) Unwrap() error { return e.err }

func usage(cmd *cobra.Command, err error) error {
	path := strings.TrimPrefix(cmd.CommandPath(), "sinew")
	return usageError{err, "sinew help" + path}
}

// usageArgs makes the complaints of an argument check usage errors.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage(cmd, err)
		}
		return nil
	}
}

// lockedWriter lets several goroutines write lines to w until it is closed. It is safe for concurrent use.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer // nil when closed
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.w == nil {
		return len(p), nil
	}
	return l.w.Write(p)
}

func (l *lockedWriter) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.w = nil
}
