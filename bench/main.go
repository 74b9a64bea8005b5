//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// options is the command line.
type options struct {
	rounds    int
	duration  time.Duration
	run       *regexp.Regexp
	ours      string
	reference string
	json      string
	list      bool
}

func main() {
	if task := os.Getenv(clientEnv); task != "" {
		exit(runClient(task))
	}
	opts, err := parseOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		exit(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = runAll(ctx, opts)
	stop()
	exit(err)
}

// exit ends the process with the error on standard error, if there is one.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func parseOptions(args []string) (options, error) {
	var o options
	var pattern string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 5, "how many times each server is measured in each workload")
	flags.DurationVar(&o.duration, "duration", 2*time.Second, "how long each measure counts, after a warm-up of a quarter of it")
	flags.StringVar(&pattern, "run", "", "measure only the workloads whose name matches this regular expression")
	flags.StringVar(&o.ours, "ours", "", "path of our server's binary (default: build ./cmd/sinew)")
	flags.StringVar(&o.reference, "reference", "", "path of the reference server's binary (default: install nats-server "+referenceVersion+")")
	flags.StringVar(&o.json, "json", "", "also write all results, single rounds included, to this file")
	flags.BoolVar(&o.list, "list", false, "print the names of the workloads and end")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; workloads are chosen with -run", flags.Arg(0))
	}
	if o.rounds < 1 || o.duration < 10*time.Millisecond {
		return o, errors.New("-rounds must be at least 1 and -duration at least 10ms")
	}
	var err error
	if o.run, err = regexp.Compile(pattern); err != nil {
		return o, fmt.Errorf("-run: %w", err)
	}
	return o, nil
}

// selected is the workloads to run.
func selected(pattern *regexp.Regexp) ([]workload, error) {
	var chosen []workload
	var names []string
	for _, w := range workloads() {
		names = append(names, w.name)
		if pattern.MatchString(w.name) {
			chosen = append(chosen, w)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("-run %q matches none of the workloads %s", pattern, strings.Join(names, ", "))
	}
	return chosen, nil
}

// runAll prepares both servers, measures every chosen workload and reports.
func runAll(ctx context.Context, opts options) error {
	chosen, err := selected(opts.run)
	if err != nil {
		return err
	}
	if opts.list {
		for _, w := range chosen {
			fmt.Println(w.name)
		}
		return nil
	}
	dir, err := os.MkdirTemp("", "sinew-bench-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer os.RemoveAll(dir)
	b, err := prepare(ctx, opts, dir)
	if err != nil {
		return err
	}
	r := &report{Begun: time.Now(), Machine: machine(), Rounds: opts.rounds, Duration: opts.duration.String()}
	r.Ours, r.Reference = versionOf(ctx, b.ours), versionOf(ctx, b.reference)
	// Blocking system calls keep their place among the running goroutines for a while; with places to spare
	// nobody waits for one.
	runtime.GOMAXPROCS(max(16, runtime.GOMAXPROCS(0)))
	failed := b.runWorkloads(ctx, chosen, r)
	if err := r.writeMarkdown(os.Stdout); err != nil {
		return err
	}
	if opts.json != "" {
		if err := r.writeJSON(opts.json); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d workloads could not be measured; the table says why", failed, len(chosen))
	}
	return ctx.Err()
}

// prepare finds or makes both binaries and the certificate.
func prepare(ctx context.Context, opts options, dir string) (*bench, error) {
	b := &bench{
		ours:      target{name: "ours"},
		reference: target{name: "reference"},
		rounds:    opts.rounds, duration: opts.duration, dir: dir,
	}
	var err error
	if opts.ours != "" {
		b.ours.binary, err = resolve(opts.ours, "-ours")
	} else {
		progress("building our server")
		b.ours.binary, err = buildOurs(ctx, dir)
	}
	if err != nil {
		return nil, err
	}
	if opts.reference != "" {
		b.reference.binary, err = resolve(opts.reference, "-reference")
	} else {
		b.reference.binary, err = installReference(ctx)
	}
	if err != nil {
		return nil, err
	}
	return b, writeCertificate(dir)
}

// machine describes where the figures come from.
func machine() string {
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		kernel = []byte("unknown")
	}
	return fmt.Sprintf("%s/%s, %d CPUs, Linux %s, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		strings.TrimSpace(string(kernel)), runtime.Version())
}

// progress tells the user on standard error what goes on.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
