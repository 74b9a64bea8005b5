package tool

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"golang.org/x/net/proxy"
)

// dialer keeps the error that the client library replaces by "no servers available". It is safe for concurrent
// use.
type dialer struct {
	ctx     context.Context
	timeout time.Duration
	forward proxy.ContextDialer
	address string // goes there, whatever the library says, unless it is empty

	mu   sync.Mutex
	last error
}

// Dial implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	if d.address != "" {
		address = d.address
	}
	ctx, cancel := context.WithTimeout(d.ctx, d.timeout)
	defer cancel()
	conn, err := d.forward.DialContext(ctx, network, address)
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

// forward is how connections are made: straight, or through a proxy.
func (c *connection) forward() (proxy.ContextDialer, error) {
	straight := &net.Dialer{Timeout: c.timeout}
	if c.socksProxy == "" {
		return straight, nil
	}
	address, err := url.Parse(c.socksProxy)
	// The error of url.Parse repeats the URL, which may hold a password.
	if err != nil || (address.Scheme != "socks5" && address.Scheme != "socks5h") || address.Host == "" {
		return nil, errors.New("--socks-proxy is not a URL like socks5://user:password@host:1080")
	}
	through, err := proxy.FromURL(address, straight)
	if err != nil {
		return nil, fmt.Errorf("--socks-proxy: %w", err)
	}
	// What FromURL returns for SOCKS5 has been a ContextDialer since it exists, but its type does not promise it.
	dial, ok := through.(proxy.ContextDialer)
	if !ok {
		return nil, fmt.Errorf("--socks-proxy: %T cannot be interrupted", through)
	}
	return dial, nil
}
