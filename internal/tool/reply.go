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

// replyQueue is the queue group that the nats tool uses too, so that both share requests.
const replyQueue = "NATS-RPLY-22"

// reply is the command `sinew reply`.
type reply struct {
	*connection
	headers     headers
	queue       string
	echo        bool
	command     string
	count       int
	sleep       time.Duration
	noTemplates bool
}

func newReply(link *connection) *cobra.Command {
	r := &reply{connection: link}
	cmd := &cobra.Command{
		Use:   "reply SUBJECT [BODY]",
		Short: "Answer requests on a subject",
		Long: "Answer requests on a subject, until interrupted, one after the other: with BODY, with what was asked (--echo),\n" +
			"or with the output of a command (--command).\n\n" +
			"The command runs in a shell. It finds the request's body on standard input and in $NATS_REQUEST_BODY, its\n" +
			"subject in $NATS_REQUEST_SUBJECT. When it fails, the reply has the header Nats-Service-Error.\n\n" +
			templateHelp + "\n{{Request}} is the body of the request.",
		Example: `  sinew reply time.now "{{TimeStamp}}"
  sinew reply echo --echo
  sinew reply shout --command "tr a-z A-Z"`,
		Args:              usageArgs(cobra.RangeArgs(1, 2)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              r.run,
	}
	flags := cmd.Flags()
	flags.VarP(&r.headers, "header", "H", "add a header; may be repeated")
	flags.StringVarP(&r.queue, "queue", "q", replyQueue, "share the requests with the others in this queue `group`")
	flags.BoolVar(&r.echo, "echo", false, "answer with the request's own body and headers")
	flags.StringVar(&r.command, "command", "", "answer with the output of this shell `command`")
	flags.DurationVar(&r.sleep, "sleep", 0, "take up to this much longer for each reply, at random")
	flags.IntVar(&r.count, "count", 0, "end after this many requests (default: go on)")
	flags.BoolVar(&r.noTemplates, "no-templates", false, "leave placeholders as they are")
	return cmd
}

func (r *reply) run(cmd *cobra.Command, args []string) error {
	if err := r.check(args); err != nil {
		return usage(cmd, err)
	}
	var body string
	if len(args) > 1 {
		var err error
		if body, err = readBody(cmd, args); err != nil {
			return err
		}
	}
	in, err := r.listen(cmd, args[:1], r.queue, r.count)
	if err != nil {
		return err
	}
	defer in.close()
	fmt.Fprintf(cmd.ErrOrStderr(), "Answering on %q in group %q\n", args[0], r.queue)

	show := printer{out: bufio.NewWriter(cmd.OutOrStdout())}
	err = in.each(cmd.Context(), func(msg *nats.Msg) (bool, error) {
		show.print(msg, time.Now())
		if err := show.out.Flush(); err != nil {
			return false, fmt.Errorf("show the request: %w", err)
		}
		return show.count != r.count, r.respond(cmd, msg, body, show.count)
	}, func() {})
	if err != nil || !in.nc.IsConnected() {
		return err
	}
	// The replies leave before the connection is closed, also when we are interrupted.
	return settle(context.WithoutCancel(cmd.Context()), in.nc, r.timeout)
}

func (r *reply) check(args []string) error {
	ways := 0
	for _, given := range []bool{len(args) > 1, r.echo, r.command != ""} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return errors.New("give one of BODY, --echo and --command")
	}
	if r.queue == "" {
		return errors.New("--queue must not be empty")
	}
	if r.count < 0 || r.sleep < 0 {
		return errors.New("--count and --sleep must not be negative")
	}
	return nil
}

// respond answers request number n. Only an error that ends the command is returned.
func (r *reply) respond(cmd *cobra.Command, msg *nats.Msg, body string, n int) error {
	if msg.Reply == "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "Message %d wants no reply\n", n)
		return nil
	}
	answer := r.answer(cmd, msg, body, n)
	// An interrupt cuts the pause short, not the reply.
	pause(cmd.Context(), upTo(r.sleep))
	err := msg.RespondMsg(answer)
	if errors.Is(err, nats.ErrMaxPayload) {
		fmt.Fprintf(cmd.ErrOrStderr(), "Reply %d is too large: %d bytes\n", n, len(answer.Data))
		return nil
	}
	return explain(err)
}

func (r *reply) answer(cmd *cobra.Command, msg *nats.Msg, body string, n int) *nats.Msg {
	expand := untouched
	if !r.noTemplates {
		expand = placeholders(n, time.Now(), map[string]string{"Request": string(msg.Data)})
	}
	switch {
	case r.echo:
		// The echo is exact: only our own headers have placeholders.
		answer := r.headers.message("", "", expand)
		answer.Data = msg.Data
		for key, values := range msg.Header {
			answer.Header[key] = append(answer.Header[key], values...)
		}
		return answer
	case r.command != "":
		answer := r.headers.message("", "", expand)
		// A command that has begun may end, also when we are interrupted.
		output, err := runCommand(context.WithoutCancel(cmd.Context()), r.command, msg, cmd.ErrOrStderr())
		if err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "Command failed: %v\n", err)
			answer.Header.Set("Nats-Service-Error", err.Error())
			answer.Header.Set("Nats-Service-Error-Code", "500")
			return answer
		}
		answer.Data = output
		return answer
	}
	return r.headers.message("", body, expand)
}
