package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/tool/bench"
)

// benchmark is the command `sinew bench`.
type benchmark struct {
	*connection
	options bench.Options
	sizes   []string
	csv     string
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
at a given load: a message that has to wait in line then counts from when it was due. Messages below 16 bytes carry no
time, and only requests measure latency then.

SUBJECT is "sinew.bench" by default. MB are 1,000,000 bytes, of bodies alone. An interrupt prints what was measured.`,
		Example: `  sinew bench --msgs 1000000
  sinew bench --pub 1 --sub 10 --size 1K
  sinew bench --pub 10 --sub 1 --multi-subject 1000
  sinew bench --rate 50000 --duration 10s --warmup 10000
  sinew bench --request 4 --msgs 50000
  sinew bench --pub 4 --sub 0 --size 16,1K,64K --csv sizes.csv`,
		Args: usageArgs(benchArgs),
		RunE: b.run,
	}
	flags := cmd.Flags()
	flags.IntVar(&b.options.Publishers, "pub", 0, "`number` of publishers")
	flags.IntVar(&b.options.Subscribers, "sub", 0, "`number` of subscribers, or of answering clients")
	flags.IntVar(&b.options.Requesters, "request", 0, "`number` of requesting clients")
	flags.IntVar(&b.options.Messages, "msgs", 100_000, "how many messages to send, by all clients together")
	flags.DurationVar(&b.options.Duration, "duration", 0, "how long to go on, in place of --msgs")
	flags.IntVar(&b.options.WarmUp, "warmup", 0, "`number` of messages to send before, which are not measured")
	flags.StringSliceVar(&b.sizes, "size", []string{"128"}, "`bytes` in a message: 128, 1K, 1M; several, separated by commas, run in turn")
	flags.Float64Var(&b.options.Rate, "rate", 0, "messages a second, by all clients together (default: as fast as can be)")
	flags.StringVar(&b.options.Queue, "queue", "", "make the subscribers one queue `group`")
	flags.IntVar(&b.options.Subjects, "multi-subject", 0, "spread over `number` subjects: SUBJECT.0, SUBJECT.1 …")
	flags.StringVar(&b.csv, "csv", "", "write a line for each client to `file`, too")
	flags.BoolVar(&b.json, "json", false, "report in JSON; times are nanoseconds")
	flags.BoolVar(&b.quiet, "no-progress", false, "draw no progress bar on a terminal")
	return cmd
}

// benchArgs allows one subject, and helps those who are used to the nats tool.
func benchArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 1 && (args[0] == "pub" || args[0] == "sub" || args[0] == "service") {
		return errors.New("there is one command for all: sinew bench --pub N, --sub N or --request N, and one SUBJECT")
	}
	return cobra.MaximumNArgs(1)(cmd, args)
}

func (b *benchmark) run(cmd *cobra.Command, args []string) error {
	o := b.options
	o.Subject = "sinew.bench"
	if len(args) > 0 {
		o.Subject = args[0]
	}
	sizes, err := parseSizes(b.sizes)
	if err == nil {
		err = b.defaults(cmd, &o)
	}
	if err != nil {
		return usage(cmd, err)
	}
	// The timeout may still come from the environment.
	if err := b.complete(cmd.Flags()); err != nil {
		return err
	}
	o.Timeout = b.timeout
	o.Connect = func(more ...nats.Option) (*nats.Conn, error) { return b.open(cmd, more...) }
	reports, err := b.measure(cmd, o, sizes)
	if len(reports) == 0 {
		return err
	}
	return errors.Join(err, b.show(cmd.OutOrStdout(), reports), b.writeCSV(reports))
}

// measure does one run for each size. With an error it returns what was measured until then.
func (b *benchmark) measure(cmd *cobra.Command, o bench.Options, sizes []int) ([]bench.Report, error) {
	var reports []bench.Report
	for _, size := range sizes {
		bar := newProgress(cmd.ErrOrStderr())
		if !b.quiet {
			o.Progress = func(p bench.Progress) { bar.update(p.Done, p.Total, p.Rate) }
		}
		o.PayloadBytes = size
		report, err := bench.Run(cmd.Context(), o)
		bar.clear()
		if !report.Empty() {
			reports = append(reports, report)
		}
		if err != nil {
			return reports, err
		}
	}
	return reports, nil
}

// maxSize is the longest message, in bytes: no server takes more.
const maxSize = 64 << 20

// parseSizes reads numbers of bytes, such as 128, 1K or 1MiB. K is 1024.
func parseSizes(texts []string) ([]int, error) {
	var sizes []int
	for _, text := range texts {
		number := strings.TrimRight(strings.ToUpper(strings.TrimSpace(text)), "IB")
		shift := 0
		if rest, ok := strings.CutSuffix(number, "K"); ok {
			number, shift = rest, 10
		} else if rest, ok := strings.CutSuffix(number, "M"); ok {
			number, shift = rest, 20
		}
		size, err := strconv.ParseUint(number, 10, 31)
		if err != nil || size<<shift > maxSize {
			return nil, fmt.Errorf("--size %q is not a number of bytes, such as 128, 1K or 1M, up to 64M", text)
		}
		sizes = append(sizes, int(size<<shift))
	}
	if len(sizes) == 0 {
		return nil, errors.New("--size is empty")
	}
	return sizes, nil
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
	case flags.Changed("duration") && o.Duration <= 0:
		return errors.New("--duration must be positive")
	case flags.Changed("duration") && flags.Changed("msgs"):
		return errors.New("--msgs and --duration exclude each other")
	case o.Rate < 0:
		return errors.New("--rate must not be negative")
	}
	// Those who measure know the rest. The timeout is not known yet.
	check := *o
	check.Timeout = time.Second
	return check.Check()
}

func (b *benchmark) show(out io.Writer, reports []bench.Report) error {
	if b.json {
		return b.showJSON(out, reports)
	}
	for i, report := range reports {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := report.WriteText(out); err != nil {
			return err
		}
	}
	return nil
}

// showJSON writes one object, or an array of them if several sizes were asked for.
func (b *benchmark) showJSON(out io.Writer, reports []bench.Report) error {
	var document any = reports
	if len(b.sizes) == 1 {
		document = reports[0]
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s\n", text)
	return err
}

func (b *benchmark) writeCSV(reports []bench.Report) error {
	if b.csv == "" {
		return nil
	}
	file, err := os.Create(b.csv)
	if err != nil {
		return fmt.Errorf("--csv: %w", err)
	}
	return errors.Join(bench.WriteCSV(file, reports), file.Close())
}
