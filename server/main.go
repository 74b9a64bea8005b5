package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

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
	if err != nil {
		return fail(stderr, err)
	}
	if flags.Test {
		return test(c, warnings, stderr)
	}
	for _, w := range warnings {
		fmt.Fprintln(stderr, w)
	}
	return run(flags, c, stderr)
}

func fail(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "nats-server: %s\n", strings.TrimRight(err.Error(), "\n"))
	if text := advice(err); text != "" {
		fmt.Fprintln(stderr, text)
	}
	return 1
}

// test is -t: the file was read, what it asks for is built, and nothing runs.
func test(c *config.Config, warnings []config.Warning, stderr io.Writer) int {
	if c.File == "" {
		return fail(stderr, errors.New("must specify [-c, --config] option to check configuration file syntax"))
	}
	if err := c.Validate(); err != nil {
		return fail(stderr, err)
	}
	if _, err := users(c); err != nil {
		return fail(stderr, err)
	}
	if _, err := accounts(c); err != nil {
		return fail(stderr, err)
	}
	if len(warnings) > 0 {
		var errs []error
		for _, w := range warnings {
			errs = append(errs, errors.New(w.String()))
		}
		return fail(stderr, errors.Join(errs...))
	}
	fmt.Fprintf(stderr, "nats-server: configuration file %s is valid (%s)\n", c.File, c.Digest)
	return 0
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
