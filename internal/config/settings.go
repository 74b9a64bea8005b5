package config

import (
	"crypto/tls"
	"time"
)

// Setting is one key with the value that holds, for people and programs to read.
type Setting struct {
	// Key is the dotted name in canonical words. Of users, accounts and mappings it has the name in brackets:
	// "authorization.users[alice]".
	Key string
	// Value is a bool, a number, a string, or a list or map of such; durations are strings, and secrets are replaced by
	// words that say what kind they are.
	Value any
	// Position is where it was set, the zero value for a default.
	Position Position
}

// Settings are what holds under a configuration: each top-level key that Sinew has, and what a file says in blocks.
func (c *Config) Settings() []Setting {
	list := make([]Setting, 0, len(topSettings)+16)
	for _, s := range topSettings {
		list = append(list, Setting{Key: s.key, Value: plainValue(s.value(c)), Position: c.Origin(s.key)})
	}
	list = append(list, c.tlsSettings()...)
	list = append(list, c.authorizationSettings()...)
	list = append(list, c.accountSettings()...)
	for i := range c.Mappings {
		list = append(list, mappingSetting("mappings", &c.Mappings[i]))
	}
	return list
}

// topSetting is a key outside any block, and how to read it.
type topSetting struct {
	key   string
	value func(*Config) any
}

// topSettings are in the order of docs/configuration.md. Keys that set two others at once (listen, http, https) are left out.
var topSettings = []topSetting{
	{"host", func(c *Config) any { return c.Host }},
	{"port", func(c *Config) any { return c.Port }},
	{"client_advertise", func(c *Config) any { return c.ClientAdvertise }},
	{"server_name", func(c *Config) any { return c.ServerName }},
	{"server_tags", func(c *Config) any { return c.ServerTags }},
	{"server_metadata", func(c *Config) any { return c.ServerMetadata }},
	{"feature_flags", func(c *Config) any { return c.FeatureFlags }},
	{"no_header_support", func(c *Config) any { return c.NoHeaderSupport }},
	{"http_port", func(c *Config) any { return c.Monitor.Port }},
	{"https_port", func(c *Config) any { return c.Monitor.HTTPSPort }},
	{"http_base_path", func(c *Config) any { return c.Monitor.BasePath }},
	{"pid_file", func(c *Config) any { return c.PidFile }},
	{"ports_file_dir", func(c *Config) any { return c.PortsFileDir }},
	{"prof_port", func(c *Config) any { return c.ProfPort }},
	{"prof_block_rate", func(c *Config) any { return c.ProfBlockRate }},
	{"debug", func(c *Config) any { return c.Log.Debug }},
	{"trace", func(c *Config) any { return c.Log.Trace }},
	{"trace_verbose", func(c *Config) any { return c.Log.TraceVerbose }},
	{"trace_headers", func(c *Config) any { return c.Log.TraceHeaders }},
	{"logtime", func(c *Config) any { return c.Log.Time }},
	{"logtime_utc", func(c *Config) any { return c.Log.TimeUTC }},
	{"log_file", func(c *Config) any { return c.Log.File }},
	{"remote_syslog", func(c *Config) any { return c.Log.RemoteSyslog }},
	{"syslog", func(c *Config) any { return c.Log.Syslog }},
	{"log_format", func(c *Config) any { return c.Log.Format.String() }},
	{"log_size_limit", func(c *Config) any { return c.Log.SizeLimit }},
	{"log_max_num", func(c *Config) any { return c.Log.MaxFiles }},
	{"max_traced_msg_len", func(c *Config) any { return c.Log.MaxTracedBytes }},
	{"max_connections", func(c *Config) any { return c.Limits.MaxConnections }},
	{"max_subscriptions", func(c *Config) any { return c.Limits.MaxSubscriptions }},
	{"max_sub_tokens", func(c *Config) any { return c.Limits.MaxSubTokens }},
	{"max_control_line", func(c *Config) any { return c.Limits.MaxControlLine }},
	{"max_payload", func(c *Config) any { return c.Limits.MaxPayload }},
	{"max_pending", func(c *Config) any { return c.Limits.MaxPending }},
	{"max_closed_clients", func(c *Config) any { return c.Limits.MaxClosedClients }},
	{"write_deadline", func(c *Config) any { return c.Limits.WriteDeadline }},
	{"write_timeout", func(c *Config) any { return c.Limits.WriteTimeout.String() }},
	{"no_fast_producer_stall", func(c *Config) any { return c.Limits.NoFastProducerStall }},
	{"ping_interval", func(c *Config) any { return c.PingInterval }},
	{"ping_max", func(c *Config) any { return c.PingMax }},
	{"lame_duck_duration", func(c *Config) any { return c.LameDuckDuration }},
	{"lame_duck_grace_period", func(c *Config) any { return c.LameDuckGrace }},
	{"connect_error_reports", func(c *Config) any { return c.ConnectErrorReports }},
	{"reconnect_error_reports", func(c *Config) any { return c.ReconnectErrorReports }},
	{"disable_sublist_cache", func(c *Config) any { return c.DisableSublistCache }},
	{"allow_non_tls", func(c *Config) any { return c.AllowNonTLS }},
	{"no_auth_user", func(c *Config) any { return c.NoAuthUser }},
	{"system_account", func(c *Config) any { return c.SystemAccount }},
	{"no_system_account", func(c *Config) any { return c.NoSystemAccount }},
}

// plainValue makes a value one that JSON can have, durations strings and what is missing empty.
func plainValue(v any) any {
	switch v := v.(type) {
	case time.Duration:
		return v.String()
	case []string:
		if v == nil {
			return []string{}
		}
	case map[string]string:
		if v == nil {
			return map[string]string{}
		}
	case map[string]bool:
		if v == nil {
			return map[string]bool{}
		}
	}
	return v
}

func (c *Config) tlsSettings() []Setting {
	t := c.TLS
	if t == nil {
		return nil
	}
	var list []Setting
	add := func(key string, v any) {
		key = "tls." + key
		list = append(list, Setting{Key: key, Value: plainValue(v), Position: c.Origin(key)})
	}
	if t.CertFile != "" {
		add("cert_file", t.CertFile)
		add("key_file", t.KeyFile)
	}
	if len(t.Certificates) > 0 {
		var pairs []any
		for _, pair := range t.Certificates {
			pairs = append(pairs, map[string]any{"cert_file": pair.CertFile, "key_file": pair.KeyFile})
		}
		add("certs", pairs)
	}
	add("ca_file", t.CAFile)
	add("verify", t.Verify)
	add("verify_and_map", t.VerifyAndMap)
	add("pinned_certs", t.PinnedCerts)
	add("insecure", t.Insecure)
	add("timeout", t.Timeout)
	add("handshake_first", t.first())
	add("min_version", map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[t.MinVersion])
	add("cipher_suites", t.suites())
	add("curve_preferences", t.curves())
	add("allow_insecure_cipher_suites", t.AllowInsecureCipherSuites)
	add("connection_rate_limit", t.ConnectionRateLimit)
	return list
}

// first is handshake_first as a file would say it.
func (t *TLS) first() any {
	if t.HandshakeFirst && t.HandshakeFallback > 0 {
		return t.HandshakeFallback.String()
	}
	return t.HandshakeFirst
}

func (t *TLS) suites() []string {
	var names []string
	for _, id := range t.CipherSuites {
		names = append(names, tls.CipherSuiteName(id))
	}
	return names
}

func (t *TLS) curves() []string {
	var names []string
	for _, id := range t.CurvePreferences {
		for name, known := range curves {
			if known == id {
				names = append(names, name)
			}
		}
	}
	return names
}
