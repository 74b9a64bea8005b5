package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes of the tool.
const (
	exitOK     = 0
	exitFailed = 1 // the command was understood, and did not succeed
	exitUsage  = 2 // the command line was not understood
)

// Main runs one command line, without the program's name, until it ends or is interrupted. It returns the process's
// exit code: 0 on success, 1 on failure, 2 for a command line that makes no sense. A first interrupt lets the command
// finish in order, a second one ends the process.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Once the first signal is taken, the next one has its usual effect again.
	context.AfterFunc(ctx, stop)
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
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(notes, "sinew:", err)
	if usage := (usageError{}); errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

const rootLong = `Sinew is a messaging server that speaks the NATS protocol, and the tool to try it with.

Without a command, sinew starts the server: "sinew", "sinew -c sinew.conf". See "sinew --help" for its flags.
The flags below are the tool's, and stand after the command.`

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
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	link := &connection{}
	link.register(root.PersistentFlags())
	root.AddCommand(newPub(link), newSub(link), newRequest(link), newReply(link), newBench(link), newTop(link),
		newVersion())
	return root
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
	help := "sinew help"
	if cmd.HasParent() {
		help += " " + cmd.Name()
	}
	return usageError{err, help}
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
