package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/observe/metrics"
	"sinew.dev/sinew/internal/observe/monitor"
	"sinew.dev/sinew/internal/version"
)

// monitoring is the HTTP listeners of a server: the documents and Go's profiles. It is safe for concurrent use.
type monitoring struct {
	server    *Server
	documents *monitor.Handler // set by start

	mu        sync.Mutex
	endpoints []*endpoint
	running   sync.WaitGroup
}

// endpoint is one HTTP listener.
type endpoint struct {
	scheme   string // "http" or "https"; "profile" for Go's profiles
	listener net.Listener
	server   *http.Server
}

func newMonitoring(s *Server) *monitoring { return &monitoring{server: s} }

// start opens the listeners that are configured.
func (m *monitoring) start(c *config.Config) error {
	if err := m.startProfiles(c); err != nil {
		return fmt.Errorf("error starting profiler: %w", err)
	}
	if err := m.startDocuments(c); err != nil {
		return fmt.Errorf("Can't start monitoring: %w", err) // the reference server's words
	}
	return nil
}

// startDocuments opens the listeners for the documents.
func (m *monitoring) startDocuments(c *config.Config) error {
	host := c.Monitor.Host
	if host == "" {
		host = c.Host
	}
	name := c.ServerName
	if name == "" {
		name = m.server.id
	}
	m.documents = monitor.New(documents{m.server}, monitor.Options{
		ServerID: m.server.id, ServerName: name, Version: version.Version() + ", speaks NATS " + version.Speaks,
		BasePath: c.Monitor.BasePath, CommandLine: redactedArgs(os.Args), Busy: m.server.engine.Busy,
		Metrics: metrics.New(documents{m.server}, metrics.Options{
			Version: version.Version(), Requests: func() map[string]uint64 { return m.documents.Requests() },
		}),
	})
	if c.Monitor.Port != 0 {
		if err := m.serve("http", host, c.Monitor.Port, m.documents, nil); err != nil {
			return err
		}
	}
	if c.Monitor.HTTPSPort != 0 {
		if c.TLS == nil {
			return fmt.Errorf("https_port needs a tls block")
		}
		if err := m.serve("https", host, c.Monitor.HTTPSPort, m.documents, c.TLS); err != nil {
			return err
		}
	}
	return nil
}

// startProfiles opens the profiles' listener if it is configured.
func (m *monitoring) startProfiles(c *config.Config) error {
	if c.ProfPort == 0 {
		return nil
	}
	runtime.SetBlockProfileRate(c.ProfBlockRate)
	return m.serve("profile", c.Host, c.ProfPort, profiles(), nil)
}

// serve opens one listener; a negative port asks for any free one.
func (m *monitoring) serve(scheme, host string, port int, h http.Handler, block *config.TLS) error {
	log := m.server.log
	e := &endpoint{scheme: scheme, server: monitor.NewServer(h, func(text string) { log.Warnf("Monitoring: %s", text) })}
	if block != nil {
		tc, err := tlsConfig(block)
		if err != nil {
			return err
		}
		tc = forMonitoring(tc)
		tc.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			if now := m.server.hub.TLSConfig(); now != nil {
				return forMonitoring(now), nil // a reload may have brought new certificates
			}
			return nil, nil
		}
		e.server.TLSConfig = tc
	}
	address := net.JoinHostPort(host, strconv.Itoa(max(port, 0)))
	l, err := net.Listen("tcp", address)
	if err != nil {
		if scheme == "profile" {
			return err
		}
		return fmt.Errorf("can't listen to the monitor port: %w", err)
	}
	e.listener = l
	if scheme == "profile" {
		log.Infof("profiling port: %d", portOf(l.Addr()))
	} else {
		log.Infof("Starting %s monitor on %s", scheme, l.Addr())
	}
	m.mu.Lock()
	m.endpoints = append(m.endpoints, e)
	m.mu.Unlock()
	m.running.Go(func() {
		if block != nil {
			_ = e.server.ServeTLS(l, "", "") // ends when stop closes it
		} else {
			_ = e.server.Serve(l)
		}
	})
	return nil
}

// forMonitoring makes a configuration for clients one for those who look at the server: they need no certificate.
func forMonitoring(c *tls.Config) *tls.Config {
	c = c.Clone()
	c.ClientAuth, c.VerifyConnection, c.GetConfigForClient = tls.NoClientCert, nil, nil
	c.NextProtos = []string{"http/1.1"}
	return c
}

// stopTime is how long requests that are being answered may take when the server stops.
const stopTime = 2 * time.Second

// stop closes the listeners and waits for what is being answered.
func (m *monitoring) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	m.mu.Lock()
	endpoints := m.endpoints
	m.mu.Unlock()
	for _, e := range endpoints {
		if e.server.Shutdown(ctx) != nil {
			_ = e.server.Close() // whoever is not done by now is cut off
		}
	}
	m.running.Wait()
}

// find returns the listener for a scheme, or nil.
func (m *monitoring) find(scheme string) net.Listener {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.endpoints {
		if e.scheme == scheme {
			return e.listener
		}
	}
	return nil
}

// urls are where the documents are.
func (m *monitoring) urls() (list []string) {
	for _, scheme := range []string{"http", "https"} {
		if l := m.find(scheme); l != nil {
			list = append(list, urls(scheme, l.Addr())...)
		}
	}
	return list
}

func (m *monitoring) profileURLs() []string {
	if l := m.find("profile"); l != nil {
		return urls("http", l.Addr())
	}
	return nil
}

// addr is where the documents are, or nil.
func (m *monitoring) addr() net.Addr {
	for _, scheme := range []string{"http", "https"} {
		if l := m.find(scheme); l != nil {
			return l.Addr()
		}
	}
	return nil
}
