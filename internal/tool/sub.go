package tool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/subject"
)

// sub is the command `sinew sub`.
type sub struct {
	*connection
	queue     string
	count     int
	ignore    []string
	inbox     bool
	wait      time.Duration
	translate string
	printer   printer
}

func newSub(link *connection) *cobra.Command {
	s := &sub{connection: link}
	cmd := &cobra.Command{
		Use:     "sub SUBJECT...",
		Aliases: []string{"subscribe"},
		Short:   "Show the messages on subjects",
		Long:    "Show the messages on subjects, until interrupted. Then those already received are still shown.",
		Example: `  sinew sub greetings
  sinew sub "orders.*.new" "invoices.>" --timestamp
  sinew sub jobs --queue workers --count 10 --raw
  sinew sub ">" --ignore-subject "_INBOX.>" --json`,
		Args:              s.args,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              s.run,
	}
	flags := cmd.Flags()
	flags.StringVar(&s.queue, "queue", "", "share the messages with the others in this queue `group`")
	flags.IntVar(&s.count, "count", 0, "end after this many messages (default: go on)")
	flags.DurationVar(&s.wait, "wait", 0, "end after this long without a message (default: go on)")
	flags.BoolVarP(&s.inbox, "inbox", "i", false, "subscribe to a new inbox, in place of SUBJECT")
	flags.StringArrayVarP(&s.ignore, "ignore-subject", "I", nil, "leave out messages on this `subject`; may be repeated")
	flags.StringVar(&s.translate, "translate", "", "show what this shell `command` makes of each body")
	s.printer.registerShape(flags)
	flags.BoolVar(&s.printer.headersOnly, "headers-only", false, "do not show bodies")
	flags.BoolVar(&s.printer.subjectsOnly, "subjects-only", false, "show neither headers nor bodies")
	flags.BoolVarP(&s.printer.timestamp, "timestamp", "t", false, "show when each message came")
	flags.BoolVarP(&s.printer.delta, "delta-time", "d", false, "show how long after the start each message came")
	return cmd
}

// args checks that there are subjects, unless an inbox stands in for them.
func (s *sub) args(cmd *cobra.Command, args []string) error {
	if !s.inbox {
		return usageArgs(cobra.MinimumNArgs(1))(cmd, args)
	}
	if len(args) > 0 {
		return usage(cmd, errors.New("--inbox stands in for SUBJECT; give one of them"))
	}
	return nil
}

func (s *sub) check() error {
	switch {
	case s.count < 0:
		return errors.New("--count must not be negative")
	case s.wait < 0:
		return errors.New("--wait must not be negative")
	}
	return s.printer.check()
}

func (s *sub) run(cmd *cobra.Command, args []string) error {
	if err := s.check(); err != nil {
		return usage(cmd, err)
	}
	if s.inbox {
		if err := s.complete(cmd.Flags()); err != nil {
			return err
		}
		args = []string{s.newInbox()}
	}
	// The server counts for us, unless it does not know which messages count.
	limit := s.count
	if len(s.ignore) > 0 {
		limit = 0
	}
	in, err := s.listen(cmd, args, s.queue, limit)
	if err != nil {
		return err
	}
	defer in.close()
	fmt.Fprintln(cmd.ErrOrStderr(), "Subscribed to", strings.Join(args, ", "))

	ctx, seen, stop := idleAfter(cmd.Context(), s.wait)
	defer stop()
	s.printer.out, s.printer.start = bufio.NewWriter(cmd.OutOrStdout()), time.Now()
	var broken error
	flush := func() {
		if err := s.printer.out.Flush(); err != nil {
			broken = fmt.Errorf("show messages: %w", err)
		}
	}
	err = in.each(ctx, func(msg *nats.Msg) (bool, error) {
		seen()
		if s.ignored(msg.Subject) {
			return true, broken
		}
		s.show(cmd, msg)
		return s.printer.count != s.count, broken
	}, flush)
	flush()
	return errors.Join(err, broken)
}

// newInbox is a subject that nobody else uses.
func (c *connection) newInbox() string {
	prefix := c.inboxPrefix
	if prefix == "" {
		prefix = "_INBOX"
	}
	return prefix + "." + nuid.Next()
}

func (s *sub) ignored(name string) bool {
	for _, pattern := range s.ignore {
		if subject.Match(pattern, name) {
			return true
		}
	}
	return false
}

// show prints a message, or what the command made of it.
func (s *sub) show(cmd *cobra.Command, msg *nats.Msg) {
	if s.translate != "" {
		output, err := runCommand(context.WithoutCancel(cmd.Context()), s.translate, msg, cmd.ErrOrStderr())
		if err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "Translating message %d failed: %v\n", s.printer.count+1, err)
		} else {
			msg.Data = output
		}
	}
	s.printer.print(msg, time.Now())
}

// idleAfter ends a context when seen was not called for as long as wait; zero is for ever.
func idleAfter(ctx context.Context, wait time.Duration) (_ context.Context, seen func(), stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	if wait == 0 {
		return ctx, func() {}, cancel
	}
	timer := time.AfterFunc(wait, cancel)
	return ctx, func() { timer.Reset(wait) }, func() {
		timer.Stop()
		cancel()
	}
}
