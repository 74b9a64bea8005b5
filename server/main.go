package server

import (
	"errors"
	"fmt"
	"io"
	"os"

	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/version"
)

// program is the name that messages of the command line begin with: scripts look for the reference's.
const program = "nats-server"

// Main runs the server's command line, without the program's name, until the server ends. It returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	flags, err := config.ParseFlags(args)
	if err != nil {
		var usage *config.UsageError
		if errors.As(err, &usage) {
			fmt.Fprintln(stderr, usage)
			fmt.Fprint(stdout, config.Usage(program))
			return 0 // as nats-server
		}
		return fail(stderr, err)
	}
	switch {
	case flags.Version:
		fmt.Fprintf(stdout, "nats-server: v%s\nsinew: v%s\n", version.Speaks, version.Version())
		return 0
	case flags.Help:
		fmt.Fprint(stdout, config.Usage(program))
		return 0
	case flags.HelpTLS:
		fmt.Fprint(stdout, config.TLSUsage())
		return 0
	case flags.Signal != "":
		return sendSignal(flags.Signal, stderr)
	}
	c, warnings, err := load(flags)
	if report := judge(c, warnings, err); flags.Test {
		return test(flags.ConfigFile, report, stderr)
	} else if report.failed() {
		return fail(stderr, report.err())
	}
	for _, w := range warnings {
		fmt.Fprintln(stderr, w)
	}
	return run(flags, c, stderr)
}

// extraThreads is how many threads may run Go code besides the event loops: with none, saturated loops starve
// everything else, HTTP and TLS handshakes among it.
const extraThreads = 2

// run runs a server until a signal ends it.
func run(flags *config.Flags, c *config.Config, stderr io.Writer) int {
	os.Args = withoutSecrets(os.Args) // for all who show them
	have := takeResources()
	s, err := build(flags, c)
	if err != nil {
		return fail(stderr, err)
	}
	s.have = &have
	signals, unwatch := watchSignals()
	defer unwatch()
	s.supervise()
	if err := s.Start(); err != nil {
		return 1 // it was logged
	}
	for {
		select {
		case sig := <-signals:
			if s.handleSignal(sig) {
				return 0
			}
		case <-s.done:
			return 0
		}
	}
}
