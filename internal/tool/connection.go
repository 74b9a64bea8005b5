package tool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// connectionName is how the tool's connections show up in the server's monitoring.
const connectionName = "sinew CLI"

// connection holds the flags that all commands share: which server, as whom, how long to wait.
type connection struct {
	server, user, password, token          string
	creds, nkey, jwt, seed                 string
	tlsCert, tlsKey, tlsCA                 string
	inboxPrefix, socksProxy, name, context string
	tlsFirst, noContext                    bool
	// timeout bounds the connecting, each wait for the server and, in sinew request, the wait for a reply.
	timeout time.Duration
	// implied are the flags that were filled from the selected context, which nobody named for this command.
	implied []string
}

func (c *connection) register(flags *pflag.FlagSet) {
	flags.StringVarP(&c.server, "server", "s", nats.DefaultURL, "server `URLs`, separated by commas ($NATS_URL)")
	flags.StringVar(&c.user, "user", "", "user `name`; without a password it is a token ($NATS_USER)")
	flags.StringVar(&c.password, "password", "", "user's `password` ($NATS_PASSWORD)")
	flags.StringVar(&c.token, "token", "", "authentication `token` ($NATS_TOKEN)")
	flags.StringVar(&c.creds, "creds", "", "`file` with a user's JWT and seed ($NATS_CREDS)")
	flags.StringVar(&c.nkey, "nkey", "", "`file` with a user's NKEY seed ($NATS_NKEY)")
	flags.StringVar(&c.jwt, "jwt", "", "`file` with a user's JWT; goes with --seed ($NATS_JWT)")
	flags.StringVar(&c.seed, "seed", "", "`file` with the seed for --jwt ($NATS_SEED)")
	flags.StringVar(&c.tlsCert, "tlscert", "", "`file` with our TLS certificate ($NATS_CERT)")
	flags.StringVar(&c.tlsKey, "tlskey", "", "`file` with its private key ($NATS_KEY)")
	flags.StringVar(&c.tlsCA, "tlsca", "", "`file` with the TLS authorities to trust ($NATS_CA)")
	flags.BoolVar(&c.tlsFirst, "tlsfirst", false, "start TLS before the server's greeting")
	flags.StringVar(&c.socksProxy, "socks-proxy", "", "`URL` of a SOCKS5 proxy on the way ($NATS_SOCKS_PROXY)")
	flags.StringVar(&c.inboxPrefix, "inbox-prefix", "", "`prefix` of reply subjects (default _INBOX)")
	flags.StringVar(&c.name, "connection-name", connectionName, "`name` that the server shows for us")
	flags.StringVar(&c.context, "context", "", "`name` of a saved context ($NATS_CONTEXT; default: the selected one)")
	flags.BoolVar(&c.noContext, "no-context", false, "use no saved context, not even the selected one")
	flags.DurationVar(&c.timeout, "timeout", 2*time.Second, "how long to wait for the server and for replies ($NATS_TIMEOUT)")
}

// open connects. The caller closes the connection.
func (c *connection) open(cmd *cobra.Command, more ...nats.Option) (*nats.Conn, error) {
	if err := c.complete(cmd.Flags()); err != nil {
		return nil, err
	}
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	return c.dial(cmd.Context(), append(options, more...), "")
}

// dial connects with options, and says what is wrong when it cannot. An address, host and port, stands in for those of
// the server's host; empty, it does not.
func (c *connection) dial(ctx context.Context, options []nats.Option, address string) (*nats.Conn, error) {
	forward, err := c.forward()
	if err != nil {
		return nil, err
	}
	dial := &dialer{ctx: ctx, timeout: c.timeout, forward: forward, address: address}
	// The dialer goes first: an option of the caller may stand in for it.
	nc, err := nats.Connect(c.server, append([]nats.Option{nats.SetCustomDialer(dial)}, options...)...)
	if err != nil {
		return nil, c.explainConnect(err, dial.lastError())
	}
	return nc, nil
}

func (c *connection) options() ([]nats.Option, error) {
	options := []nats.Option{
		nats.Name(c.name),
		nats.Timeout(c.timeout),
		nats.DrainTimeout(c.timeout),
		nats.NoReconnect(),
		nats.ErrorHandler(quietly),
	}
	identity, err := c.identity()
	if err != nil {
		return nil, err
	}
	if identity != nil {
		options = append(options, identity)
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
	return options, nil
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
