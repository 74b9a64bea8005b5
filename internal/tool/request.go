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
	count       int
	untilEmpty  bool
	body        bodySource
	printer     printer
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
  sinew request services.ping "" --replies 0 --timeout 500ms
  sinew request orders.list "" --wait-for-empty --json`,
		Args:              usageArgs(cobra.RangeArgs(1, 2)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              r.run,
	}
	flags := cmd.Flags()
	flags.VarP(&r.headers, "header", "H", "add a header; may be repeated")
	flags.IntVar(&r.replies, "replies", 1, "how many replies to wait for; 0 takes all that come within --timeout")
	flags.DurationVar(&r.gap, "reply-timeout", 300*time.Millisecond, "longest wait between two replies, when --replies is above 1")
	flags.BoolVar(&r.untilEmpty, "wait-for-empty", false, "take replies until an empty one comes")
	flags.IntVar(&r.count, "count", 1, "how many requests to send, one after the other")
	r.body.register(flags)
	r.printer.registerShape(flags)
	flags.BoolVar(&r.noTemplates, "no-templates", false, "leave placeholders as they are")
	return cmd
}

func (r *request) check(cmd *cobra.Command) error {
	switch {
	case r.replies < 0:
		return errors.New("--replies must not be negative")
	case r.count < 1:
		return errors.New("--count must be at least 1")
	case r.untilEmpty && cmd.Flags().Changed("replies"):
		return errors.New("--replies and --wait-for-empty exclude each other")
	}
	return errors.Join(r.printer.check(), r.body.check())
}

func (r *request) run(cmd *cobra.Command, args []string) error {
	if err := r.check(cmd); err != nil {
		return usage(cmd, err)
	}
	if r.untilEmpty {
		r.replies = 0
	}
	r.printer.out = bufio.NewWriter(cmd.OutOrStdout())
	var nc *nats.Conn
	defer func() {
		if nc != nil {
			nc.Close()
		}
	}()
	sent := 0
	return r.body.each(cmd, args, func(body string) (err error) {
		if nc == nil {
			if nc, err = r.open(cmd); err != nil {
				return err
			}
		}
		for range r.count {
			sent++
			if err := r.send(cmd, nc, r.message(nc, args[0], body, sent)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *request) message(nc *nats.Conn, subject, body string, n int) *nats.Msg {
	expand := untouched
	if !r.noTemplates {
		expand = placeholders(n, time.Now(), nil)
	}
	msg := r.headers.message(subject, body, expand)
	msg.Reply = nc.NewRespInbox()
	return msg
}

// send publishes msg and shows what comes to its reply subject.
func (r *request) send(cmd *cobra.Command, nc *nats.Conn, msg *nats.Msg) error {
	replies, err := nc.SubscribeSync(msg.Reply)
	if err != nil {
		return fmt.Errorf("subscribe for the reply: %w", explain(err))
	}
	// It fails only when the connection is gone, and the subscription with it.
	defer func() { _ = replies.Unsubscribe() }()
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
		if r.untilEmpty && len(reply.Data) == 0 {
			return nil
		}
		if err := r.show(cmd, reply, time.Since(start)); err != nil {
			return err
		}
	}
	return nil
}

func (r *request) show(cmd *cobra.Command, reply *nats.Msg, took time.Duration) error {
	if r.printer.raw || r.printer.json {
		r.printer.print(reply, time.Now())
	} else {
		fmt.Fprintf(cmd.ErrOrStderr(), "Received with rtt %v\n", took)
		r.printer.headers(reply.Header)
		r.printer.line(reply.Data)
	}
	if err := r.printer.out.Flush(); err != nil {
		return fmt.Errorf("show the reply: %w", err)
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
	case r.untilEmpty:
		return fmt.Errorf("no empty reply on %q within %v, after %d others; wait longer with --timeout", subject, r.timeout, got)
	case got == 0:
		return fmt.Errorf("no reply on %q within %v; wait longer with --timeout", subject, r.timeout)
	case got < r.replies:
		fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d replies came\n", got, r.replies)
	}
	return nil
}
