package tool

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"sinew.dev/sinew/internal/tool/contexts"
)

// explainConnect says why connecting failed, and what to try next. dialErr is the last failure to dial, if any.
func (c *connection) explainConnect(err, dialErr error) error {
	where := contexts.PublicURLs(c.server)
	if errors.Is(err, nats.ErrNoServers) && dialErr != nil {
		err = dialErr
	}
	var badURL *url.Error
	var dialing *net.OpError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted")
	case errors.As(err, &badURL):
		// The library's error repeats the URL, and in it the password.
		return fmt.Errorf("the server's URL is not valid: %w", badURL.Err)
	case errors.As(err, &untrusted):
		return fmt.Errorf("cannot trust %s: %w; name its authority with --tlsca", where, untrusted.Err)
	case errors.Is(err, nats.ErrTimeout), isTimeout(err):
		return fmt.Errorf("no answer from %s within %v; is it a NATS server? Wait longer with --timeout", where, c.timeout)
	case errors.As(err, &dialing) && dialing.Op == "dial":
		return fmt.Errorf("cannot reach %s: %s; start a server with \"sinew\", or name one with -s", where, dialCause(dialing))
	case isRefusal(err):
		return fmt.Errorf("%s refused us: %s; say who you are with --user and --password, --token, --nkey or --creds",
			where, plain(err))
	case errors.Is(err, nats.ErrSecureConnRequired):
		return fmt.Errorf("%s wants TLS; name its authority with --tlsca", where)
	}
	return fmt.Errorf("cannot connect to %s: %s", where, plain(err))
}

// isRefusal tells whether the server turned down who we said we are.
func isRefusal(err error) bool {
	for _, refusal := range []error{
		nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired, nats.ErrNkeysNotSupported,
	} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// dialCause is the short form of why dialling failed: "connection refused", "no such host".
func dialCause(err *net.OpError) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return fmt.Sprintf("%s: %s", dns.Name, dns.Err)
	}
	return err.Err.Error()
}

// settle waits until the server has seen everything sent on nc, and returns what it objected to, if anything.
func settle(ctx context.Context, nc *nats.Conn, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := nc.FlushWithContext(ctx)
	// The server reports an error before it answers the flush, and the library keeps it.
	if objection := nc.LastError(); objection != nil {
		return explain(objection)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the server did not confirm within %v; wait longer with --timeout", timeout)
	}
	return explain(err)
}

// explain says what an error on a standing connection means, and what to try next. It returns nil for nil.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted")
	case errors.Is(err, nats.ErrPermissionViolation):
		return fmt.Errorf("%s; connect as a user who may", plain(err))
	case errors.Is(err, nats.ErrConnectionClosed):
		return errors.New("the server closed the connection")
	}
	return errors.New(plain(err))
}

// plain is the error's text without the client library's prefixes.
func plain(err error) string {
	text := strings.TrimPrefix(err.Error(), "nats: ")
	return strings.TrimPrefix(text, "permissions violation: ")
}
