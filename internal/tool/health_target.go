package tool

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sinew.dev/sinew/internal/config"
)

// defaultMonitorPort is where files and images put the monitoring port by custom.
const defaultMonitorPort = 8222

// healthTarget is where to ask a server how it is.
type healthTarget struct {
	url      *url.URL
	tlsFirst bool // its client port expects TLS before anything else
}

func (t healthTarget) isHTTP() bool { return strings.HasPrefix(t.url.Scheme, "http") }

func (t healthTarget) isLoopback() bool {
	if t.url.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(t.url.Hostname())
	return err == nil && ip.IsLoopback()
}

// String is the URL without what should not be shown.
func (t healthTarget) String() string { return t.url.Redacted() }

// targets are the places to ask, in the order of trying.
func (h *health) targets(args []string) ([]healthTarget, error) {
	switch {
	case len(args) > 0:
		target, err := parseTarget(args[0])
		return []healthTarget{target}, err
	case h.ports != "":
		return portsTargets(h.ports)
	case h.config != "":
		return configTargets(h.config)
	}
	return []healthTarget{
		localTarget("http", "127.0.0.1", defaultMonitorPort, "/healthz"),
		localTarget("nats", "127.0.0.1", config.DefaultPort, ""),
	}, nil
}

// parseTarget reads a URL of the monitoring or the client port. It completes host and port, and the path of the former.
func parseTarget(text string) (healthTarget, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return healthTarget{}, fmt.Errorf("the target is no URL: %w", innermostURLError(err))
	}
	port := config.DefaultPort
	switch u.Scheme {
	case "http", "https":
		port = defaultMonitorPort
		if u.Path == "" || u.Path == "/" {
			u.Path = "/healthz"
		}
	case "nats", "tls":
	default:
		return healthTarget{}, fmt.Errorf("the target begins with %s://; it must be http, https, nats or tls", u.Scheme)
	}
	if u.Hostname() == "" {
		return healthTarget{}, errors.New("the target names no host; try http://127.0.0.1:8222")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), strconv.Itoa(port))
	}
	return healthTarget{url: u}, nil
}

// innermostURLError is the cause of an error of package url or http, which repeats the whole URL.
func innermostURLError(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func localTarget(scheme, host string, port int, path string) healthTarget {
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip.Is6() {
			host = "::1"
		}
	}
	return healthTarget{url: &url.URL{Scheme: scheme, Host: net.JoinHostPort(host, strconv.Itoa(port)), Path: path}}
}

// configTargets are the ports that a configuration file names.
func configTargets(file string) ([]healthTarget, error) {
	c, _, err := config.Load(file, config.Options{})
	if err != nil {
		return nil, err
	}
	monitorHost := cmp.Or(c.Monitor.Host, c.Host)
	health := path.Join("/", c.Monitor.BasePath, "healthz")
	switch {
	case c.Monitor.Port > 0:
		return []healthTarget{localTarget("http", monitorHost, c.Monitor.Port, health)}, nil
	case c.Monitor.HTTPSPort > 0:
		return []healthTarget{localTarget("https", monitorHost, c.Monitor.HTTPSPort, health)}, nil
	case c.Port > 0 && c.Monitor.Port == 0 && c.Monitor.HTTPSPort == 0:
		target := localTarget("nats", c.Host, c.Port, "")
		target.tlsFirst = c.TLS != nil && c.TLS.HandshakeFirst && c.TLS.HandshakeFallback == 0
		return []healthTarget{target}, nil
	case c.PortsFileDir != "":
		targets, err := portsTargets(c.PortsFileDir)
		for i := range targets {
			if targets[i].isHTTP() {
				targets[i].url.Path = health
			}
		}
		return targets, err
	}
	return nil, fmt.Errorf("%s lets the system choose the port; set ports_file_dir in it, so that we find the port", file)
}

// portsTargets are the ports that a server wrote to its ports file. Of several files in a folder the newest counts: a
// server that was killed leaves its own behind.
func portsTargets(place string) ([]healthTarget, error) {
	file, err := newestPorts(place)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the ports file: %w", err)
	}
	var ports struct{ Nats, Monitoring []string }
	if err := json.Unmarshal(text, &ports); err != nil {
		return nil, fmt.Errorf("ports file %s: %w", file, err)
	}
	for _, list := range [][]string{ports.Monitoring, ports.Nats} {
		if len(list) == 0 {
			continue
		}
		// The list has all addresses of the machine; loopback comes first when it is among them.
		target, err := parseTarget(list[0])
		return []healthTarget{target}, err
	}
	return nil, fmt.Errorf("ports file %s names no port", file)
}

func newestPorts(place string) (string, error) {
	info, err := os.Stat(place)
	if err != nil {
		return "", fmt.Errorf("find the ports file: %w; is the server running?", err)
	}
	if !info.IsDir() {
		return place, nil
	}
	files, err := filepath.Glob(filepath.Join(place, "*.ports"))
	if err != nil {
		return "", fmt.Errorf("find the ports file: %w", err)
	}
	if len(files) == 0 {
		return "", fmt.Errorf("there is no ports file in %s; is the server running?", place)
	}
	return slices.MaxFunc(files, func(a, b string) int { return cmp.Compare(modified(a), modified(b)) }), nil
}

// modified is when a file was written, in nanoseconds; zero when it is gone.
func modified(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.ModTime().UnixNano()
}
