package top

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// DefaultURL is where a server's monitoring listens when nothing else is said.
const DefaultURL = "http://127.0.0.1:8222"

// HTTPOptions say how to reach the monitoring port.
type HTTPOptions struct {
	// Address is a URL, which may have a base path, or HOST:PORT, or a port on this machine. Empty is DefaultURL.
	Address string
	// TLS is used for https URLs. Nil trusts the system's authorities.
	TLS *tls.Config
	// Timeout bounds each request. It must be positive.
	Timeout time.Duration
}

// NewHTTPSource returns a Source that asks the server's monitoring port. It does not connect yet.
func NewHTTPSource(o HTTPOptions) (Source, error) {
	base, err := monitorURL(o.Address)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		TLSClientConfig: o.TLS,
		MaxIdleConns:    1,
		IdleConnTimeout: time.Minute,
	}
	return documents{&httpAsker{
		base:    base,
		timeout: o.Timeout,
		client:  &http.Client{Transport: transport},
		idle:    transport.CloseIdleConnections,
	}}, nil
}

// monitorURL completes what people write for a monitoring port.
func monitorURL(address string) (*url.URL, error) {
	switch {
	case address == "":
		address = DefaultURL
	case isPort(address):
		address = "http://127.0.0.1:" + address
	case !strings.Contains(address, "://"):
		address = "http://" + address
	}
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		// The error of url.Parse repeats the URL, which may hold a password.
		return nil, errors.New("the monitoring address is not a URL such as " + DefaultURL + ", HOST:PORT or a port")
	}
	base.Path = strings.TrimRight(base.Path, "/")
	base.RawQuery, base.Fragment = "", ""
	return base, nil
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n > 0 && n < 65536
}

type httpAsker struct {
	base    *url.URL
	timeout time.Duration
	client  *http.Client
	idle    func()
}

func (h *httpAsker) place() string { return h.base.Redacted() }
func (h *httpAsker) close()        { h.idle() }

func (h *httpAsker) ask(ctx context.Context, r request, document any) error {
	ctx, cancel := bounded(ctx, h.timeout)
	defer cancel()
	target := h.base.JoinPath(r.path)
	target.RawQuery = r.query.Encode()
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return err
	}
	reply, err := h.client.Do(get)
	if err != nil {
		return h.explain(err)
	}
	defer reply.Body.Close()
	body := io.LimitReader(reply.Body, maxReply)
	if reply.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(body, 200)) // what it says is a help, and may be missing
		return h.refused(r, reply.StatusCode, string(text))
	}
	if err := json.NewDecoder(body).Decode(document); err != nil {
		if ctx.Err() != nil {
			return h.explain(ctx.Err())
		}
		return fmt.Errorf("%s/%s is no document of a NATS server: %w", h.place(), r.path, err)
	}
	return nil
}

func (h *httpAsker) refused(r request, code int, text string) error {
	if code == http.StatusNotFound {
		return fmt.Errorf("%s has no /%s; is there a base path to add?", h.place(), r.path)
	}
	if line, _, _ := strings.Cut(strings.TrimSpace(text), "\n"); line != "" {
		return fmt.Errorf("%s/%s: %s", h.place(), r.path, line)
	}
	return fmt.Errorf("%s/%s: status %d", h.place(), r.path, code)
}

// explain says what to do about a request that failed.
func (h *httpAsker) explain(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // without the URL, which we write shorter
	}
	var certificate *tls.CertificateVerificationError
	var network *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer within %v; --timeout sets how long to wait", h.place(), h.timeout)
	case errors.As(err, &certificate):
		return fmt.Errorf("%s: %w; give its authority with --tlsca", h.place(), certificate.Err)
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Errorf("%s: %w; is the server running, with a monitoring port (-m 8222)?", h.place(), network.Err)
	}
	return fmt.Errorf("%s: %w", h.place(), err)
}
