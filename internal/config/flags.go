package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
)

// Flags is a parsed command line. It is immutable.
type Flags struct {
	// ConfigFile is the -c file, or empty. Test asks to check it and exit.
	ConfigFile string
	Test       bool
	// Help, HelpTLS and Version ask to print something and exit.
	Help, HelpTLS, Version bool
	// Signal is "command" or "command=target": see ParseSignal.
	Signal string

	given  map[string]bool // canonical names of the flags that were given
	values values
}

// values are what flags override in a configuration.
type values struct {
	host, serverName, pidFile, clientAdvertise, portsFileDir string
	port, httpPort, httpsPort, profilePort                   int
	logFile, remoteSyslog                                    string
	syslog                                                   bool
	logFormat                                                LogFormat
	logtime, logtimeUTC, debug, trace, vv, dv, dvv           bool
	logSizeLimit                                             int64
	maxTraced                                                int
	user, pass, auth                                         string
	tls, tlsVerify                                           bool
	tlsCert, tlsKey, tlsCA                                   string
}

// UsageError is a command line that cannot be understood. The reference server prints the message and the
// usage, and leaves with exit code 0.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap is the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// later are the flags of features that are not here yet, by canonical name.
var later = []struct {
	names        []string
	bool, number bool // else text
}{
	{names: []string{"jetstream", "js"}, bool: true},
	{names: []string{"store_dir", "sd"}},
	{names: []string{"routes"}},
	{names: []string{"cluster"}},
	{names: []string{"cluster_name"}},
	{names: []string{"no_advertise"}, bool: true},
	{names: []string{"cluster_advertise"}},
	{names: []string{"connect_retries"}, number: true},
	{names: []string{"cluster_listen"}},
}

// ParseFlags parses a command line without its program name. Flags have one or two dashes. The words
// "help" and "version" are taken for their flags. A *UsageError is a fault in the flags themselves; other
// errors are words that are no command and features that are not supported yet.
func ParseFlags(args []string) (*Flags, error) {
	f := &Flags{given: make(map[string]bool)}
	set := newFlagSet()
	canonical := f.register(set)
	if err := set.Parse(args); err != nil {
		return nil, &UsageError{Err: err}
	}
	set.Visit(func(one *flag.Flag) { f.given[canonical[one.Name]] = true })
	if err := f.command(set.Arg(0)); err != nil {
		return nil, err
	}
	return f, unsupported(set)
}

// newFlagSet is one that reports errors and prints nothing.
func newFlagSet() *flag.FlagSet {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return set
}

// register declares every flag and returns the canonical name of each.
func (f *Flags) register(set *flag.FlagSet) map[string]string {
	canonical := make(map[string]string)
	r := registrar{set: set, canonical: canonical}
	v := &f.values
	r.text(&v.host, "addr", "a", "net")
	r.number(&v.port, "port", "p")
	r.text(&v.serverName, "server_name", "n", "name")
	r.text(&v.pidFile, "pid", "P")
	r.number(&v.httpPort, "http_port", "m")
	r.number(&v.httpsPort, "https_port", "ms")
	r.text(&f.ConfigFile, "config", "c")
	r.truth(&f.Test, "t")
	r.text(&f.Signal, "signal", "sl")
	r.text(&v.clientAdvertise, "client_advertise")
	r.text(&v.portsFileDir, "ports_file_dir")
	r.text(&v.logFile, "log", "l")
	r.truth(&v.syslog, "syslog", "s")
	r.text(&v.remoteSyslog, "remote_syslog", "r")
	set.Var(&v.logFormat, r.name("log_format", "log_format"), "")
	r.truth(&v.logtime, "logtime", "T")
	r.truth(&v.logtimeUTC, "logtime_utc")
	r.truth(&v.debug, "debug", "D")
	r.truth(&v.trace, "trace", "V")
	r.truth(&v.vv, "VV")
	r.truth(&v.dv, "DV")
	r.truth(&v.dvv, "DVV")
	set.Int64Var(&v.logSizeLimit, r.name("log_size_limit", "log_size_limit"), 0, "")
	r.number(&v.maxTraced, "max_traced_msg_len")
	r.text(&v.user, "user")
	r.text(&v.pass, "pass")
	r.text(&v.auth, "auth")
	r.truth(&v.tls, "tls")
	r.truth(&v.tlsVerify, "tlsverify")
	r.text(&v.tlsCert, "tlscert")
	r.text(&v.tlsKey, "tlskey")
	r.text(&v.tlsCA, "tlscacert")
	r.number(&v.profilePort, "profile")
	r.truth(&f.Help, "help", "h")
	r.truth(&f.Version, "version", "v")
	r.truth(&f.HelpTLS, "help_tls")
	for _, one := range later {
		switch {
		case one.bool:
			r.truth(new(bool), one.names...)
		case one.number:
			r.number(new(int), one.names...)
		default:
			r.text(new(string), one.names...)
		}
	}
	return canonical
}

// registrar declares flags under several names, the canonical one first.
type registrar struct {
	set       *flag.FlagSet
	canonical map[string]string
}

func (r registrar) name(name, canonical string) string {
	r.canonical[name] = canonical
	return name
}

func (r registrar) text(into *string, names ...string) {
	for _, name := range names {
		r.set.StringVar(into, r.name(name, names[0]), "", "")
	}
}

func (r registrar) number(into *int, names ...string) {
	for _, name := range names {
		r.set.IntVar(into, r.name(name, names[0]), 0, "")
	}
}

func (r registrar) truth(into *bool, names ...string) {
	for _, name := range names {
		r.set.BoolVar(into, r.name(name, names[0]), false, "")
	}
}

// command takes the first word that is not a flag.
func (f *Flags) command(word string) error {
	switch word {
	case "":
	case "help":
		f.Help = true
	case "version":
		f.Version = true
	default:
		return fmt.Errorf("unrecognized command: %q", word)
	}
	return nil
}

// unsupported reports a flag of a feature that is not here yet. One that turns its feature off does no harm.
func unsupported(set *flag.FlagSet) error {
	var errs []error
	set.Visit(func(one *flag.Flag) {
		for _, feature := range later {
			if slices.Contains(feature.names, one.Name) && one.Value.String() != "false" {
				errs = append(errs, fmt.Errorf("flag --%s is not supported yet", feature.names[0]))
			}
		}
	})
	return errors.Join(errs...)
}
