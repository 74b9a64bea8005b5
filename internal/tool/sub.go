package tool

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
)

// sub is the command `sinew sub`.
type sub struct {
	*connection
	queue   string
	count   int
	printer printer
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
  sinew sub jobs --queue workers --count 10 --raw`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: s.run,
	}
	flags := cmd.Flags()
	flags.StringVar(&s.queue, "queue", "", "share the messages with the others in this queue `group`")
	flags.IntVar(&s.count, "count", 0, "end after this many messages (default: go on)")
	flags.BoolVarP(&s.printer.raw, "raw", "r", false, "show bodies and nothing else")
	flags.BoolVar(&s.printer.headersOnly, "headers-only", false, "do not show bodies")
	flags.BoolVarP(&s.printer.timestamp, "timestamp", "t", false, "show when each message came")
	return cmd
}

func (s *sub) run(cmd *cobra.Command, args []string) error {
	if s.count < 0 {
		return usage(cmd, errors.New("--count must not be negative"))
	}
	if s.printer.raw && s.printer.headersOnly {
		return usage(cmd, errors.New("--raw and --headers-only exclude each other"))
	}
	in, err := s.listen(cmd, args, s.queue, s.count)
	if err != nil {
		return err
	}
	defer in.close()
	fmt.Fprintln(cmd.ErrOrStderr(), "Subscribed to", strings.Join(args, ", "))

	s.printer.out = bufio.NewWriter(cmd.OutOrStdout())
	var broken error
	flush := func() {
		if err := s.printer.out.Flush(); err != nil {
			broken = fmt.Errorf("show messages: %w", err)
		}
	}
	err = in.each(cmd.Context(), func(msg *nats.Msg) (bool, error) {
		s.printer.print(msg, time.Now())
		return s.printer.count != s.count, broken
	}, flush)
	flush()
	return errors.Join(err, broken)
}
