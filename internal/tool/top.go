package tool

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/tool/top"
)

// live is the command `sinew top`.
type live struct {
	*connection
	options  top.Options
	url      string
	insecure bool
	view     string
	once     bool
	batch    int
	json     bool
}

func newTop(link *connection) *cobra.Command {
	l := &live{connection: link}
	cmd := &cobra.Command{
		Use:   "top [SERVER]",
		Short: "Show live what a server does",
		Long: `Show connections, subjects, subscriptions and accounts of a server, with their rates. Press ? for the keys.

The monitoring port is asked (--url, by default http://127.0.0.1:8222). With a server to connect to, or a context, the
services of the system account are asked over NATS, for which the user has to be in that account: SERVER is then the
name or the ID of the server to show, by default the one that the connection leads to.

TO is what clients get, FROM what they send. The server is asked for --limit rows at a time, those that come first in
the order of the table; names and rates are sorted here, among these rows.`,
		Example: `  sinew top
  sinew top -m http://nats.example.com:8222 --sort pending
  sinew top -s nats.example.com --user admin n1
  sinew top --once --view subjects
  sinew top --batch 60 --interval 10s --json`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: l.run,
	}
	flags := cmd.Flags()
	flags.StringVarP(&l.url, "url", "m", "", "`URL` of the monitoring port, or HOST:PORT, or PORT")
	flags.BoolVar(&l.insecure, "insecure", false, "do not check the certificate of an https URL")
	flags.StringVar(&l.view, "view", top.Connections.String(), "`table` to begin with: connections, subjects, subscriptions, accounts")
	flags.StringVar(&l.options.Sort, "sort", "", "`column` to sort by (default msgs_to or msgs)")
	flags.BoolVar(&l.options.Reverse, "reverse", false, "turn the order around")
	flags.StringVar(&l.options.Filter, "filter", "", "show rows with these `words`; account:NAME, user:NAME, cid:N, matches:SUBJECT")
	flags.StringVar(&l.options.Account, "account", "", "show one account")
	flags.IntVarP(&l.options.Limit, "limit", "n", top.DefaultLimit, "how many `rows` to ask for at a time")
	flags.DurationVarP(&l.options.Interval, "interval", "d", top.DefaultInterval, "`time` from one sample to the next")
	flags.BoolVar(&l.options.System, "system", false, "show subscriptions on subjects below $SYS, too")
	flags.BoolVar(&l.options.Totals, "totals", false, "show counts in all in place of rates")
	flags.BoolVarP(&l.options.Full, "raw", "b", false, "show numbers in full: 12345, not 12.3K")
	flags.BoolVar(&l.once, "once", false, "print one table, and end")
	flags.IntVar(&l.batch, "batch", 0, "print `N` tables, and end; 0 goes on until interrupted")
	flags.BoolVar(&l.json, "json", false, "print JSON, one object a line (with --once unless --batch is given)")
	return cmd
}

func (l *live) run(cmd *cobra.Command, args []string) error {
	if err := l.check(cmd); err != nil {
		return usage(cmd, err)
	}
	// The timeout and the rest may still come from the environment.
	if err := l.complete(cmd.Flags()); err != nil {
		return err
	}
	source, err := l.source(cmd, args)
	if err != nil {
		return err
	}
	defer source.Close()
	l.options.Source = source
	if l.plain(cmd) {
		count := l.batch
		if !cmd.Flags().Changed("batch") {
			count = 1
		}
		return top.Print(cmd.Context(), l.options, top.Output{
			Out: cmd.OutOrStdout(), Notes: cmd.ErrOrStderr(), Count: count, JSON: l.json,
		})
	}
	return top.Screen(cmd.Context(), l.options, cmd.InOrStdin(), cmd.OutOrStdout())
}

// plain tells whether tables are printed rather than shown.
func (l *live) plain(cmd *cobra.Command) bool {
	return l.once || l.json || cmd.Flags().Changed("batch")
}

func (l *live) check(cmd *cobra.Command) error {
	view, err := top.ParseView(l.view)
	if err != nil {
		return err
	}
	l.options.View = view
	switch {
	case l.once && cmd.Flags().Changed("batch"):
		return errors.New("--once and --batch exclude each other")
	case l.batch < 0:
		return errors.New("--batch must not be negative")
	case l.options.Limit < 1:
		return errors.New("--limit must be at least 1")
	case l.options.Interval < top.MinInterval:
		return fmt.Errorf("--interval must be at least %v", top.MinInterval)
	case !l.plain(cmd) && (!isTerminal(cmd.OutOrStdout()) || !isTerminal(cmd.InOrStdin())):
		return errors.New("this is no terminal to show a table on; print it with --once or --batch N")
	}
	return l.options.Check()
}

// source chooses whom to ask: the monitoring port, or the system account when it is said how to get there.
func (l *live) source(cmd *cobra.Command, args []string) (top.Source, error) {
	flags := cmd.Flags()
	over := len(args) > 0
	for _, name := range []string{"server", "user", "token", "creds", "nkey", "context"} {
		over = over || flags.Changed(name) && !slices.Contains(l.implied, name)
	}
	if flags.Changed("url") || !over {
		if len(args) > 0 {
			return nil, usage(cmd, errors.New("a monitoring port has one server; leave SERVER away, or --url"))
		}
		settings, err := l.tls()
		if err != nil {
			return nil, err
		}
		return top.NewHTTPSource(top.HTTPOptions{Address: l.url, TLS: settings, Timeout: l.timeout})
	}
	nc, err := l.open(cmd, forever()...)
	if err != nil {
		return nil, err
	}
	var target string
	if len(args) > 0 {
		target = args[0]
	}
	return top.NewSystemSource(nc, target, l.timeout), nil
}

// forever are the options of a connection that comes back by itself, and says nothing: the screen is not ours to write on.
func forever() []nats.Option {
	return []nats.Option{
		func(o *nats.Options) error { o.AllowReconnect = true; return nil },
		nats.MaxReconnects(-1),
		nats.ReconnectWait(500 * time.Millisecond),
		nats.DisconnectErrHandler(func(*nats.Conn, error) {}),
		// Requests to a server that is away must not reach it when it comes back.
		nats.ReconnectBufSize(-1),
	}
}

// tls is for the monitoring port. It is nil when no flag says anything.
func (l *live) tls() (*tls.Config, error) {
	if l.tlsCA == "" && l.tlsCert == "" && !l.insecure {
		return nil, nil
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: l.insecure}
	if l.tlsCA != "" {
		text, err := os.ReadFile(l.tlsCA)
		if err != nil {
			return nil, fmt.Errorf("--tlsca: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--tlsca: there is no certificate in %s", l.tlsCA)
		}
	}
	if l.tlsCert != "" {
		pair, err := tls.LoadX509KeyPair(l.tlsCert, l.tlsKey)
		if err != nil {
			return nil, fmt.Errorf("--tlscert: %w", err)
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	return settings, nil
}
