package tool

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// connectionName is how the tool's connections show up in the server's monitoring.
const connectionName = "sinew CLI"

// connection holds the flags that all commands share: which server, as whom, how long to wait.
type connection struct {
	server, user, password, token, creds, nkey string
	tlsCert, tlsKey, tlsCA, inboxPrefix        string
	context                                    string
	tlsFirst                                   bool
	// timeout bounds the connecting, each wait for the server and, in sinew request, the wait for a reply.
	timeout time.Duration
}

// sources names where a flag's value comes from when the flag is absent: first the environment variable, then
// the key in the context file.
var sources = []struct{ flag, env, key string }{
	{"server", "NATS_URL", "url"},
	{"user", "NATS_USER", "user"},
	{"password", "NATS_PASSWORD", "password"},
	{"token", "NATS_TOKEN", "token"},
	{"creds", "NATS_CREDS", "creds"},
	{"nkey", "NATS_NKEY", "nkey"},
	{"tlscert", "NATS_CERT", "cert"},
	{"tlskey", "NATS_KEY", "key"},
	{"tlsca", "NATS_CA", "ca"},
	{"tlsfirst", "", "tls_first"},
	{"inbox-prefix", "", "inbox_prefix"},
	{"timeout", "NATS_TIMEOUT", ""},
}

func (c *connection) register(flags *pflag.FlagSet) {
	flags.StringVarP(&c.server, "server", "s", nats.DefaultURL, "server `URLs`, separated by commas ($NATS_URL)")
	flags.StringVar(&c.user, "user", "", "user `name`; without a password it is a token ($NATS_USER)")
	flags.StringVar(&c.password, "password", "", "user's `password` ($NATS_PASSWORD)")
	flags.StringVar(&c.token, "token", "", "authentication `token` ($NATS_TOKEN)")
	flags.StringVar(&c.creds, "creds", "", "`file` with a user's JWT and seed ($NATS_CREDS)")
	flags.StringVar(&c.nkey, "nkey", "", "`file` with a user's NKEY seed ($NATS_NKEY)")
	flags.StringVar(&c.tlsCert, "tlscert", "", "`file` with our TLS certificate ($NATS_CERT)")
	flags.StringVar(&c.tlsKey, "tlskey", "", "`file` with its private key ($NATS_KEY)")
	flags.StringVar(&c.tlsCA, "tlsca", "", "`file` with the TLS authorities to trust ($NATS_CA)")
	flags.BoolVar(&c.tlsFirst, "tlsfirst", false, "start TLS before the server's greeting")
	flags.StringVar(&c.inboxPrefix, "inbox-prefix", "", "`prefix` of reply subjects (default _INBOX)")
	flags.StringVar(&c.context, "context", "", "`name` of a saved context ($NATS_CONTEXT)")
	flags.DurationVar(&c.timeout, "timeout", 2*time.Second, "how long to wait for the server and for replies ($NATS_TIMEOUT)")
}

// open connects. The caller closes the connection.
func (c *connection) open(cmd *cobra.Command, more ...nats.Option) (*nats.Conn, error) {
	if err := c.complete(cmd.Flags()); err != nil {
		return nil, err
	}
	dial := &dialer{ctx: cmd.Context(), timeout: c.timeout}
	options := append(c.options(), nats.SetCustomDialer(dial))
	nc, err := nats.Connect(c.server, append(options, more...)...)
	if err != nil {
		return nil, c.explainConnect(err, dial.lastError())
	}
	return nc, nil
}

// complete fills the flags that are absent from the environment, then from the context.
func (c *connection) complete(flags *pflag.FlagSet) error {
	if err := fill(flags, "context", os.Getenv("NATS_CONTEXT"), "$NATS_CONTEXT"); err != nil {
		return err
	}
	for _, source := range sources {
		if source.env == "" {
			continue
		}
		if err := fill(flags, source.flag, os.Getenv(source.env), "$"+source.env); err != nil {
			return err
		}
	}
	if c.context != "" {
		if err := c.fillFromContext(flags); err != nil {
			return err
		}
	}
	if c.timeout <= 0 {
		return fmt.Errorf("--timeout is %v; it must be positive", c.timeout)
	}
	return c.checkCredentials()
}

// fill gives a flag its value unless it has one or value is empty.
func fill(flags *pflag.FlagSet, name, value, origin string) error {
	flag := flags.Lookup(name)
	if flag == nil || flag.Changed || value == "" {
		return nil
	}
	if err := flags.Set(name, value); err != nil {
		// The flag's own error repeats the value, which may be a secret.
		return fmt.Errorf("%s is not a valid --%s", origin, name)
	}
	return nil
}

func (c *connection) checkCredentials() error {
	var given []string
	for _, kind := range []struct{ flag, value string }{
		{"--user", c.user}, {"--token", c.token}, {"--creds", c.creds}, {"--nkey", c.nkey},
	} {
		if kind.value != "" {
			given = append(given, kind.flag)
		}
	}
	if len(given) > 1 {
		return fmt.Errorf("%s are all set (by flag, environment or context); choose one", strings.Join(given, ", "))
	}
	if (c.tlsCert == "") != (c.tlsKey == "") {
		return errors.New("--tlscert and --tlskey belong together; give both")
	}
	return nil
}

func (c *connection) options() []nats.Option {
	options := []nats.Option{
		nats.Name(connectionName),
		nats.Timeout(c.timeout),
		nats.DrainTimeout(c.timeout),
		nats.NoReconnect(),
		nats.ErrorHandler(quietly),
	}
	switch {
	case c.user != "" && c.password != "":
		options = append(options, nats.UserInfo(c.user, c.password))
	case c.user != "":
		options = append(options, nats.Token(c.user))
	case c.token != "":
		options = append(options, nats.Token(c.token))
	case c.creds != "":
		options = append(options, nats.UserCredentials(c.creds))
	case c.nkey != "":
		options = append(options, nkeyFile(c.nkey))
	}
	if c.tlsCert != "" {
		options = append(options, nats.ClientCert(c.tlsCert, c.tlsKey))
	}
	if c.tlsCA != "" {
		options = append(options, nats.RootCAs(c.tlsCA))
	}
	if c.tlsFirst {
		options = append(options, nats.Secure(), nats.TLSHandshakeFirst())
	}
	if c.inboxPrefix != "" {
		options = append(options, nats.CustomInboxPrefix(c.inboxPrefix))
	}
	return options
}

// nkeyFile is the option that signs with the seed in a file.
func nkeyFile(path string) nats.Option {
	return func(o *nats.Options) error {
		sign, err := nats.NkeyOptionFromSeed(path)
		if err != nil {
			return fmt.Errorf("--nkey: %w", err)
		}
		return sign(o)
	}
}

// staying are the options of a command that runs until it is stopped: it outlives the server it talks to, and
// says on standard error what becomes of the connection.
func staying(cmd *cobra.Command) []nats.Option {
	notes := cmd.ErrOrStderr()
	return []nats.Option{
		func(o *nats.Options) error { o.AllowReconnect = true; return nil },
		nats.MaxReconnects(-1),
		nats.ReconnectWait(500 * time.Millisecond),
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if nc.IsReconnecting() {
				fmt.Fprintf(notes, "Lost the connection: %v; trying again\n", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			fmt.Fprintf(notes, "Connected again to %s\n", nc.ConnectedUrlRedacted())
		}),
	}
}

// quietly is for errors that the command finds out itself. Without a handler the library would write them.
func quietly(*nats.Conn, *nats.Subscription, error) {}

// noted is for errors that come while a command runs on.
func noted(cmd *cobra.Command) nats.ErrHandler {
	notes := cmd.ErrOrStderr()
	return func(_ *nats.Conn, _ *nats.Subscription, err error) {
		if errors.Is(err, nats.ErrSlowConsumer) {
			fmt.Fprintln(notes, "Messages were lost: they came faster than they could be handled")
			return
		}
		fmt.Fprintln(notes, "Error from the server:", plain(err))
	}
}

// dialer keeps the error that the client library replaces by "no servers available". It is safe for concurrent
// use.
type dialer struct {
	ctx     context.Context
	timeout time.Duration

	mu   sync.Mutex
	last error
}

// Dial implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	netDialer := net.Dialer{Timeout: d.timeout}
	conn, err := netDialer.DialContext(d.ctx, network, address)
	d.mu.Lock()
	d.last = err
	d.mu.Unlock()
	return conn, err
}

func (d *dialer) lastError() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}
