package tool

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// maxHealth is how much of a server's answer we read, in bytes.
const maxHealth = 64 << 10

const healthLong = `Ask a server whether it is well, for HEALTHCHECK of Docker, probes and scripts. The exit code is 0 when it is, 1 when
it is not or does not answer, 2 when the command line makes no sense.

It asks /healthz of the monitoring port, or else waits for the greeting of the client port. Which port that is, is said
by TARGET, by the ports file of the server, or by its configuration file; without any of them it is 127.0.0.1:8222, or
127.0.0.1:4222 when nothing listens there.

TARGET is a URL of the monitoring port (http, https), with or without a path such as /healthz?js-server-only=true, or of
the client port (nats, tls). Certificates of loopback addresses are not checked.`

// health is the command `sinew healthcheck`.
type health struct {
	config, ports, authorities string
	insecure, quiet            bool
	timeout                    time.Duration
}

func newHealthcheck() *cobra.Command {
	h := &health{}
	cmd := &cobra.Command{
		Use:   "healthcheck [TARGET]",
		Short: "Ask a server whether it is well, for probes",
		Long:  healthLong,
		Example: `  sinew healthcheck
  sinew healthcheck http://127.0.0.1:8222/healthz?js-server-only=true
  sinew healthcheck -c /etc/nats/nats-server.conf --timeout 1s
  sinew healthcheck --ports /var/run/nats`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: h.run,
	}
	flags := cmd.Flags()
	flags.StringVarP(&h.config, "config", "c", "", "the server's configuration `file`")
	flags.StringVar(&h.ports, "ports", "", "the server's ports `file`, or the folder (ports_file_dir) it is in")
	flags.StringVar(&h.authorities, "tlsca", "", "`file` with the TLS authorities to trust")
	flags.BoolVar(&h.insecure, "insecure", false, "do not check the server's certificate")
	flags.BoolVarP(&h.quiet, "quiet", "q", false, "say nothing when it is well")
	flags.DurationVar(&h.timeout, "timeout", 2*time.Second, "how long to wait in all")
	return unconnected(cmd)
}

func (h *health) run(cmd *cobra.Command, args []string) error {
	if h.timeout <= 0 {
		return usage(cmd, errors.New("--timeout must be positive"))
	}
	given := 0
	for _, is := range []bool{len(args) > 0, h.config != "", h.ports != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		return usage(cmd, errors.New("give one of TARGET, --config and --ports"))
	}
	targets, err := h.targets(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), h.timeout)
	defer cancel()
	for i, target := range targets {
		err = h.probe(ctx, target)
		// Only where nobody listens it may be another port.
		if i == len(targets)-1 || !errors.Is(err, syscall.ECONNREFUSED) {
			return h.conclude(cmd, target, err)
		}
	}
	panic("tool: a health check without a target")
}

// conclude says how it went.
func (h *health) conclude(cmd *cobra.Command, target healthTarget, err error) error {
	var unwell unwellError
	var dialing *net.OpError
	switch {
	case err == nil:
		if !h.quiet {
			fmt.Fprintf(cmd.OutOrStdout(), "%s: ok\n", target)
		}
		return nil
	case errors.As(err, &unwell):
		return fmt.Errorf("%s: %w", target, err)
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted")
	case isTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer from %s within %v", target, h.timeout)
	case errors.As(err, &dialing) && dialing.Op == "dial":
		return fmt.Errorf("cannot reach %s: %s; name another port, or the server's file with --config", target, dialCause(dialing))
	}
	return fmt.Errorf("%s: %w", target, err)
}

// unwellError is a server's own word that something is wrong with it.
type unwellError struct{ text string }

func (e unwellError) Error() string { return e.text }

func (h *health) probe(ctx context.Context, target healthTarget) error {
	settings, err := h.tls(target)
	if err != nil {
		return err
	}
	if target.isHTTP() {
		return askHealth(ctx, target, settings)
	}
	return awaitGreeting(ctx, target, settings)
}

func (h *health) tls(target healthTarget) (*tls.Config, error) {
	settings := &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: target.url.Hostname(),
		// On loopback there is nobody in between, and few certificates are for such addresses.
		InsecureSkipVerify: h.insecure || h.authorities == "" && target.isLoopback(),
	}
	if h.authorities == "" {
		return settings, nil
	}
	text, err := os.ReadFile(h.authorities)
	if err != nil {
		return nil, fmt.Errorf("--tlsca: %w", err)
	}
	settings.RootCAs = x509.NewCertPool()
	if !settings.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--tlsca: there is no certificate in %s", h.authorities)
	}
	return settings, nil
}

// askHealth asks /healthz.
func askHealth(ctx context.Context, target healthTarget, settings *tls.Config) error {
	transport := &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true} // and no proxy
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.url.String(), nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return innermostURLError(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxHealth))
	if err != nil {
		return err
	}
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var said struct{ Status, Error string }
	if json.Unmarshal(text, &said) != nil || said.Status == "" {
		return unwellError{"answered " + response.Status + "; is it the monitoring port of a NATS server?"}
	}
	if said.Error == "" {
		return unwellError{said.Status}
	}
	return unwellError{said.Status + ": " + said.Error}
}

// awaitGreeting waits for the server's INFO, which it sends when it takes clients.
func awaitGreeting(ctx context.Context, target healthTarget, settings *tls.Config) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", target.url.Host)
	if err != nil {
		return err
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(end); err != nil {
			return err
		}
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if target.tlsFirst {
		secure := tls.Client(conn, settings)
		if err := secure.HandshakeContext(ctx); err != nil {
			return err
		}
		conn = secure
	}
	line, err := bufio.NewReader(io.LimitReader(conn, maxHealth)).ReadString('\n')
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	text, ok := strings.CutPrefix(line, "INFO ")
	if !ok || !json.Valid([]byte(text)) {
		return unwellError{"did not greet as a NATS server does"}
	}
	return nil
}
