package tool

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
)

// pub is the command `sinew pub`.
type pub struct {
	*connection
	headers     headers
	reply       string
	count       int
	sleep       time.Duration
	jitter      time.Duration
	body        bodySource
	quiet       bool
	noTemplates bool
	sent        int // messages so far, for {{Count}}
}

func newPub(link *connection) *cobra.Command {
	p := &pub{connection: link}
	cmd := &cobra.Command{
		Use:     "pub SUBJECT [BODY]",
		Aliases: []string{"publish"},
		Short:   "Publish a message",
		Long: "Publish a message, and wait until the server has taken it.\n\n" +
			"The body is read from standard input when it is absent or \"-\".\n\n" + templateHelp,
		Example: `  sinew pub greetings hello
  sinew pub greetings "hello {{Count}}" --count 3 -H Language:en
  echo hello | sinew pub greetings
  tail -f log.txt | sinew pub log.lines --send-on newline --quiet`,
		Args:              usageArgs(cobra.RangeArgs(1, 2)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              p.run,
	}
	flags := cmd.Flags()
	flags.VarP(&p.headers, "header", "H", "add a header; may be repeated")
	flags.StringVar(&p.reply, "reply", "", "`subject` for replies")
	flags.IntVar(&p.count, "count", 1, "how many messages to publish")
	flags.DurationVar(&p.sleep, "sleep", 0, "how long to wait between messages")
	flags.DurationVar(&p.jitter, "jitter", 0, "wait up to this much longer between messages, at random")
	p.body.register(flags)
	flags.BoolVarP(&p.quiet, "quiet", "q", false, "do not say what was published")
	flags.BoolVar(&p.noTemplates, "no-templates", false, "leave placeholders as they are")
	return cmd
}

func (p *pub) check() error {
	switch {
	case p.count < 1:
		return errors.New("--count must be at least 1")
	case p.sleep < 0 || p.jitter < 0:
		return errors.New("--sleep and --jitter must not be negative")
	}
	return p.body.check()
}

func (p *pub) run(cmd *cobra.Command, args []string) error {
	if err := p.check(); err != nil {
		return usage(cmd, err)
	}
	var nc *nats.Conn
	defer func() {
		if nc != nil {
			nc.Close()
		}
	}()
	return p.body.each(cmd, args, func(body string) (err error) {
		// A body that cannot be read should not connect first.
		if nc == nil {
			if nc, err = p.open(cmd); err != nil {
				return err
			}
		}
		if p.count == 1 || p.sleep > 0 || p.jitter > 0 {
			return p.publishEach(cmd, nc, args[0], body)
		}
		return p.publishAll(cmd, nc, args[0], body)
	})
}

// publishEach waits for the server after every message.
func (p *pub) publishEach(cmd *cobra.Command, nc *nats.Conn, subject, body string) error {
	for n := 1; n <= p.count; n++ {
		msg := p.message(subject, body)
		if err := publish(nc, msg); err != nil {
			return err
		}
		if err := settle(cmd.Context(), nc, p.timeout); err != nil {
			return err
		}
		p.say(cmd, "Published %d bytes to %q\n", len(msg.Data), msg.Subject)
		if n < p.count && !pause(cmd.Context(), p.sleep+upTo(p.jitter)) {
			return fmt.Errorf("interrupted after %d of %d messages", n, p.count)
		}
	}
	return nil
}

// publishAll waits for the server once, after the last message.
func (p *pub) publishAll(cmd *cobra.Command, nc *nats.Conn, subject, body string) error {
	total := 0
	for n := 1; n <= p.count; n++ {
		if cmd.Context().Err() != nil {
			return fmt.Errorf("interrupted after %d of %d messages", n-1, p.count)
		}
		msg := p.message(subject, body)
		if err := publish(nc, msg); err != nil {
			return err
		}
		total += len(msg.Data)
	}
	if err := settle(cmd.Context(), nc, p.timeout); err != nil {
		return err
	}
	p.say(cmd, "Published %d bytes in %d messages to %q\n", total, p.count, subject)
	return nil
}

func (p *pub) say(cmd *cobra.Command, format string, args ...any) {
	if !p.quiet {
		fmt.Fprintf(cmd.ErrOrStderr(), format, args...)
	}
}

func (p *pub) message(subject, body string) *nats.Msg {
	p.sent++
	expand := untouched
	if !p.noTemplates {
		expand = placeholders(p.sent, time.Now(), nil)
	}
	msg := p.headers.message(subject, body, expand)
	msg.Reply = p.reply
	return msg
}

// publish hands msg to the client library, and refuses what the server would not take or never deliver.
func publish(nc *nats.Conn, msg *nats.Msg) error {
	if slices.Contains(strings.Split(msg.Subject, "."), "") {
		return badSubject(msg.Subject)
	}
	err := nc.PublishMsg(msg)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("the message has %d bytes; the server takes %d at most (its max_payload), headers included",
			len(msg.Data), nc.MaxPayload())
	case errors.Is(err, nats.ErrBadSubject):
		return badSubject(msg.Subject)
	}
	if objection := nc.LastError(); objection != nil {
		err = objection
	}
	return fmt.Errorf("publish to %q: %w", msg.Subject, explain(err))
}

func badSubject(subject string) error {
	return fmt.Errorf("%q is not a valid subject: no spaces, no empty token between dots", subject)
}

// upTo is a random time below limit.
func upTo(limit time.Duration) time.Duration {
	if limit <= 0 {
		return 0
	}
	return rand.N(limit)
}

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
