package tool

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/tool/bench"
)

// benchmark is the command `sinew bench`.
type benchmark struct {
	*connection
	options bench.Options
	json    bool
	quiet   bool
}

func newBench(link *connection) *cobra.Command {
	b := &benchmark{connection: link}
	cmd := &cobra.Command{
		Use:   "bench [SUBJECT]",
		Short: "Measure a server",
		Long: `Measure how many messages a second a server takes and delivers, and how long they take.

The publishers share --msgs; every subscriber gets all of them, unless --queue makes the subscribers one group.
With --request clients send requests instead, each waiting for its reply; --sub clients answer them. With --sub 0
somebody else answers, or listens. Without any of the three there is one publisher and one subscriber.

Unpaced, publishers fill all buffers on the way, and latency is mostly the wait in them. Give --rate for the latency
at a given load. Messages below 16 bytes carry no time, and only requests measure latency then.

SUBJECT is "sinew.bench" by default. MB are 1,000,000 bytes, of bodies alone.`,
		Example: `  sinew bench --msgs 1000000
  sinew bench --pub 1 --sub 10 --size 1024
  sinew bench --rate 50000 --msgs 100000
  sinew bench --request 4 --msgs 50000
  sinew bench --pub 4 --sub 0 --json`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: b.run,
	}
	flags := cmd.Flags()
	flags.IntVar(&b.options.Publishers, "pub", 0, "`number` of publishers")
	flags.IntVar(&b.options.Subscribers, "sub", 0, "`number` of subscribers, or of answering clients")
	flags.IntVar(&b.options.Requesters, "request", 0, "`number` of requesting clients")
	flags.IntVar(&b.options.Messages, "msgs", 100_000, "how many messages to send, by all clients together")
	flags.IntVar(&b.options.PayloadBytes, "size", 128, "bytes in a message")
	flags.Float64Var(&b.options.Rate, "rate", 0, "messages a second, by all clients together (default: as fast as can be)")
	flags.StringVar(&b.options.Queue, "queue", "", "make the subscribers one queue `group`")
	flags.BoolVar(&b.json, "json", false, "report in JSON; times are nanoseconds")
	flags.BoolVar(&b.quiet, "no-progress", false, "draw no progress bar on a terminal")
	return cmd
}

func (b *benchmark) run(cmd *cobra.Command, args []string) error {
	o := b.options
	o.Subject = "sinew.bench"
	if len(args) > 0 {
		o.Subject = args[0]
	}
	if err := b.defaults(cmd, &o); err != nil {
		return usage(cmd, err)
	}
	bar := newProgress(cmd.ErrOrStderr())
	if !b.quiet {
		o.Progress = bar.update
	}
	o.Connect = func() (*nats.Conn, error) { return b.open(cmd) }
	// The timeout may still come from the environment.
	if err := b.complete(cmd.Flags()); err != nil {
		return err
	}
	o.Timeout = b.timeout
	report, err := bench.Run(cmd.Context(), o)
	bar.clear()
	if report.Empty() {
		return err
	}
	return errors.Join(err, b.show(cmd, report))
}

// defaults chooses the clients that were not asked for, and checks the rest.
func (b *benchmark) defaults(cmd *cobra.Command, o *bench.Options) error {
	flags := cmd.Flags()
	switch {
	case o.Publishers > 0 && o.Requesters > 0:
		return errors.New("--pub and --request exclude each other")
	case o.Requesters > 0 && !flags.Changed("sub"):
		o.Subscribers = 1
	case !flags.Changed("pub") && !flags.Changed("sub") && o.Requesters == 0:
		o.Publishers, o.Subscribers = 1, 1
	}
	switch {
	case o.Publishers < 0 || o.Subscribers < 0 || o.Requesters < 0:
		return errors.New("a number of clients must not be negative")
	case o.Publishers+o.Subscribers+o.Requesters == 0:
		return errors.New("give at least one of --pub, --sub and --request")
	case o.Messages < 1:
		return errors.New("--msgs must be at least 1")
	case o.PayloadBytes < 0:
		return errors.New("--size must not be negative")
	case o.Rate < 0:
		return errors.New("--rate must not be negative")
	}
	return nil
}

func (b *benchmark) show(cmd *cobra.Command, report bench.Report) error {
	out := cmd.OutOrStdout()
	if !b.json {
		return report.WriteText(out)
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s\n", text)
	return err
}
