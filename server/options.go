package server

import (
	"net"
	"runtime"
	"strconv"

	"sinew.dev/sinew/internal/account"
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/edge/client"
	"sinew.dev/sinew/internal/netio"
	"sinew.dev/sinew/internal/subject"
	"sinew.dev/sinew/internal/version"
)

// apiLevel is the JetStream API level that INFO names, with JetStream or without.
const apiLevel = 5

// clientOptions makes what client sessions follow out of the configuration.
func (s *Server) clientOptions(c *config.Config, addr net.Addr) (*client.Options, error) {
	users, err := users(c)
	if err != nil {
		return nil, err
	}
	o := &client.Options{
		DefaultAccount:   account.Global,
		SystemAccount:    c.SystemAccount,
		MaxConnections:   c.Limits.MaxConnections,
		MaxSubscriptions: c.Limits.MaxSubscriptions,
		MaxSubTokens:     c.Limits.MaxSubTokens,
		MaxControlLine:   int(c.Limits.MaxControlLine),
		MaxPayload:       int(c.Limits.MaxPayload),
		MaxClosed:        c.Limits.MaxClosedClients,
		PingInterval:     c.PingInterval,
		PingMax:          c.PingMax,
		AuthTimeout:      c.AuthTimeout(),
		Conn:             connOptions(c),
		Trace:            c.Log.Trace || c.Log.TraceVerbose || c.Log.TraceHeaders,
		TraceSystem:      c.Log.TraceVerbose,
		TraceHeaders:     c.Log.TraceHeaders,
		MaxTraced:        c.Log.MaxTracedBytes,
	}
	if users.Required() {
		o.Auth = users
	}
	if c.TLS != nil {
		tc, err := tlsConfig(c.TLS)
		if err != nil {
			return nil, err
		}
		o.TLS = &client.TLS{
			Config: tc, Timeout: c.TLS.Timeout, Optional: c.AllowNonTLS, First: c.TLS.HandshakeFirst,
			FirstWait: c.TLS.HandshakeFallback, RateLimit: int(c.TLS.ConnectionRateLimit),
		}
	}
	o.Info = s.info(c, addr, o)
	o.TraceServer = client.TraceServer{
		Name: o.Info.ServerName, Host: o.Info.Host, ID: s.id, Version: version.Speaks, FeatureFlags: featureFlags(c),
	}
	return o, nil
}

func connOptions(c *config.Config) netio.ConnOptions {
	return netio.ConnOptions{
		MaxPending:      c.Limits.MaxPending,
		WriteDeadline:   c.Limits.WriteDeadline,
		RetryWrites:     c.Limits.WriteTimeout == config.WriteTimeoutRetry,
		NoProducerStall: c.Limits.NoFastProducerStall,
	}
}

// info is the server's part of INFO.
func (s *Server) info(c *config.Config, addr net.Addr, o *client.Options) client.Info {
	info := client.Info{
		ServerID:     s.id,
		ServerName:   c.ServerName,
		Version:      version.Speaks,
		Proto:        1,
		GitCommit:    version.Commit(),
		GoVersion:    runtime.Version(),
		Host:         c.Host,
		Port:         portOf(addr),
		Headers:      !c.NoHeaderSupport,
		AuthRequired: o.Auth != nil,
		MaxPayload:   o.MaxPayload,
		APILevel:     apiLevel,
		XKey:         s.xkey,
		SinewVersion: version.Version(),
	}
	if info.ServerName == "" {
		info.ServerName = s.id
	}
	if c.ClientAdvertise != "" {
		info.Host, info.Port = advertised(c.ClientAdvertise, info.Port)
	}
	if o.TLS != nil {
		info.TLSRequired, info.TLSAvailable = !o.TLS.Optional, o.TLS.Optional
		info.TLSVerify = c.TLS.Verify || c.TLS.VerifyAndMap
	}
	return info
}

// featureFlags are the reference's flags with their defaults, and what the configuration says of them. None has an effect
// yet.
func featureFlags(c *config.Config) map[string]bool {
	flags := map[string]bool{
		"js_ack_fc_v2": false, "js_api_reply_v2": false, "js_raft_delete_range": true, "js_snapshot_sources": false,
	}
	for name, on := range c.FeatureFlags {
		if _, known := flags[name]; known {
			flags[name] = on
		}
	}
	return flags
}

// advertised splits client_advertise; port is taken when it names none.
func advertised(text string, port int) (string, int) {
	host, number, err := net.SplitHostPort(text)
	if err != nil {
		return text, port
	}
	if n, err := strconv.Atoi(number); err == nil && n > 0 {
		port = n
	}
	return host, port
}

func portOf(a net.Addr) int {
	_, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0
	}
	return n
}

// prepared is what is set on one account.
type prepared struct {
	name     string
	mappings *subject.Mappings
	limits   account.Limits
}

// accounts makes what is set on each account out of the configuration.
func accounts(c *config.Config) ([]prepared, error) {
	global, err := mappings(c.Mappings)
	if err != nil {
		return nil, err
	}
	list := []prepared{{account.Global, global, account.Unlimited}}
	system := c.SystemAccount != ""
	for i := range c.Accounts {
		a := &c.Accounts[i]
		m, err := mappings(a.Mappings)
		if err != nil {
			return nil, err
		}
		list = append(list, prepared{a.Name, m, account.Limits{
			MaxConnections:   int(a.Limits.MaxConnections),
			MaxSubscriptions: int(a.Limits.MaxSubscriptions),
			MaxPayload:       int(a.Limits.MaxPayload),
			MaxLeafNodes:     int(a.Limits.MaxLeafNodes),
		}})
		system = system && a.Name != c.SystemAccount
	}
	if system {
		list = append(list, prepared{c.SystemAccount, nil, account.Unlimited})
	}
	return list, nil
}

// setAccounts makes the broker's accounts what they are to be.
func setAccounts(b *broker.Broker, list []prepared) {
	for i := range list {
		a := b.Account(list[i].name)
		a.SetMappings(list[i].mappings)
		a.SetLimits(&list[i].limits)
	}
}
