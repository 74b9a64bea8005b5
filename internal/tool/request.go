package tool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
)

// request is the command `sinew request`.
type request struct {
	*connection
	headers     headers
	replies     int
	gap         time.Duration
	raw         bool
	noTemplates bool
}

func newRequest(link *connection) *cobra.Command {
	r := &request{connection: link}
	cmd := &cobra.Command{
		Use:     "request SUBJECT [BODY]",
		Aliases: []string{"req"},
		Short:   "Send a request and show the reply",
		Long: "Send a request and show the reply, and how long it took. --timeout bounds the wait.\n\n" +
			"The body is read from standard input when it is absent or \"-\".\n\n" + templateHelp,
		Example: `  sinew request time.now ""
  sinew request services.ping "" --replies 0 --timeout 500ms`,
		Args: usageArgs(cobra.RangeArgs(1, 2)),
		RunE: r.run,
	}
	flags := cmd.Flags()
	flags.VarP(&r.headers, "header", "H", "add a header; may be repeated")
	flags.IntVar(&r.replies, "replies", 1, "how many replies to wait for; 0 takes all that come within --timeout")
	flags.DurationVar(&r.gap, "reply-timeout", 300*time.Millisecond, "longest wait between two replies, when --replies is above 1")
	flags.BoolVarP(&r.raw, "raw", "r", false, "show the body and nothing else")
	flags.BoolVar(&r.noTemplates, "no-templates", false, "leave placeholders as they are")
	return cmd
}

func (r *request) run(cmd *cobra.Command, args []string) error {
	if r.replies < 0 {
		return usage(cmd, errors.New("--replies must not be negative"))
	}
	body, err := readBody(cmd, args)
	if err != nil {
		return err
	}
	nc, err := r.open(cmd)
	if err != nil {
		return err
	}
	defer nc.Close()

	expand := untouched
	if !r.noTemplates {
		expand = placeholders(1, time.Now(), nil)
	}
	msg := r.headers.message(args[0], body, expand)
	msg.Reply = nc.NewRespInbox()
	return r.send(cmd, nc, msg)
}

// send publishes msg and shows what comes to its reply subject.
func (r *request) send(cmd *cobra.Command, nc *nats.Conn, msg *nats.Msg) error {
	replies, err := nc.SubscribeSync(msg.Reply)
	if err != nil {
		return fmt.Errorf("subscribe for the reply: %w", explain(err))
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	show := printer{out: out, raw: r.raw}
	start := time.Now()
	if err := publish(nc, msg); err != nil {
		return err
	}
	deadline := start.Add(r.timeout)
	for got := 0; r.replies == 0 || got < r.replies; got++ {
		reply, err := r.next(cmd.Context(), replies, got, deadline)
		if err != nil {
			return r.ended(cmd, nc, msg.Subject, got, err)
		}
		if !r.raw {
			fmt.Fprintf(cmd.ErrOrStderr(), "Received with rtt %v\n", time.Since(start))
			show.headers(reply.Header)
		}
		show.line(reply.Data)
		if err := out.Flush(); err != nil {
			return fmt.Errorf("show the reply: %w", err)
		}
	}
	return nil
}

// next waits for one more reply after got of them.
func (r *request) next(ctx context.Context, replies *nats.Subscription, got int, deadline time.Time) (*nats.Msg, error) {
	if got > 0 && r.replies > 1 {
		if gap := time.Now().Add(r.gap); gap.Before(deadline) {
			deadline = gap
		}
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	return replies.NextMsgWithContext(ctx)
}

// ended says what it means that no further reply came after got of them.
func (r *request) ended(cmd *cobra.Command, nc *nats.Conn, subject string, got int, err error) error {
	if objection := nc.LastError(); objection != nil {
		return explain(objection)
	}
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("nobody answers requests on %q; start one that does, as with sinew reply", subject)
	case !errors.Is(err, context.DeadlineExceeded):
		return explain(err)
	case got == 0:
		return fmt.Errorf("no reply on %q within %v; wait longer with --timeout", subject, r.timeout)
	case got < r.replies:
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d replies came\n", got, r.replies)
	}
	return nil
}
