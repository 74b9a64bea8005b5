package config

import (
	"net"
	"strconv"
	"strings"
	"time"

	"sinew.dev/sinew/internal/config/lang"
)

// topLevel is what a file may hold outside any block.
var topLevel = &block[Config]{
	fields: map[string]setter[Config]{
		"listen":           setListen,
		"port":             orDefault(func(c *Config) *int { return &c.Port }, DefaultPort),
		"host":             setHost,
		"client_advertise": text(func(c *Config) *string { return &c.ClientAdvertise }),
		"server_name":      setServerName,
		"server_tags":      setServerTags,
		"server_metadata":  setServerMetadata,
		"feature_flags":    setFeatureFlags,

		"debug":              boolean(func(c *Config) *bool { return &c.Log.Debug }),
		"trace":              boolean(func(c *Config) *bool { return &c.Log.Trace }),
		"trace_verbose":      boolean(func(c *Config) *bool { return &c.Log.TraceVerbose }),
		"trace_headers":      boolean(func(c *Config) *bool { return &c.Log.TraceHeaders }),
		"logtime":            boolean(func(c *Config) *bool { return &c.Log.Time }),
		"logtime_utc":        boolean(func(c *Config) *bool { return &c.Log.TimeUTC }),
		"log_file":           text(func(c *Config) *string { return &c.Log.File }),
		"log_size_limit":     number(func(c *Config) *int64 { return &c.Log.SizeLimit }),
		"log_max_num":        number(func(c *Config) *int { return &c.Log.MaxFiles }),
		"syslog":             boolean(func(c *Config) *bool { return &c.Log.Syslog }),
		"remote_syslog":      text(func(c *Config) *string { return &c.Log.RemoteSyslog }),
		"log_format":         setLogFormat,
		"max_traced_msg_len": number(func(c *Config) *int { return &c.Log.MaxTracedBytes }),

		"pid_file":        text(func(c *Config) *string { return &c.PidFile }),
		"ports_file_dir":  text(func(c *Config) *string { return &c.PortsFileDir }),
		"prof_port":       number(func(c *Config) *int { return &c.ProfPort }),
		"prof_block_rate": number(func(c *Config) *int { return &c.ProfBlockRate }),

		"max_connections":        orDefault(func(c *Config) *int { return &c.Limits.MaxConnections }, -1),
		"max_subscriptions":      number(func(c *Config) *int { return &c.Limits.MaxSubscriptions }),
		"max_sub_tokens":         setMaxSubTokens,
		"max_control_line":       orDefault(func(c *Config) *int32 { return &c.Limits.MaxControlLine }, DefaultMaxControlLine),
		"max_payload":            orDefault(func(c *Config) *int32 { return &c.Limits.MaxPayload }, DefaultMaxPayload),
		"max_pending":            orDefault(func(c *Config) *int64 { return &c.Limits.MaxPending }, DefaultMaxPending),
		"max_closed_clients":     orDefault(func(c *Config) *int { return &c.Limits.MaxClosedClients }, DefaultMaxClosedClients),
		"write_deadline":         seconds(func(c *Config) *time.Duration { return &c.Limits.WriteDeadline }, DefaultWriteDeadline),
		"write_timeout":          setWriteTimeout,
		"no_fast_producer_stall": boolean(func(c *Config) *bool { return &c.Limits.NoFastProducerStall }),

		"ping_interval":           seconds(func(c *Config) *time.Duration { return &c.PingInterval }, DefaultPingInterval),
		"ping_max":                orDefault(func(c *Config) *int { return &c.PingMax }, DefaultPingMax),
		"lame_duck_duration":      setLameDuckDuration,
		"lame_duck_grace_period":  setLameDuckGrace,
		"connect_error_reports":   number(func(c *Config) *int { return &c.ConnectErrorReports }),
		"reconnect_error_reports": number(func(c *Config) *int { return &c.ReconnectErrorReports }),
		"disable_sublist_cache":   boolean(func(c *Config) *bool { return &c.DisableSublistCache }),
		"no_header_support":       boolean(func(c *Config) *bool { return &c.NoHeaderSupport }),

		"http":           setMonitor(func(c *Config) *int { return &c.Monitor.Port }),
		"https":          setMonitor(func(c *Config) *int { return &c.Monitor.HTTPSPort }),
		"http_port":      number(func(c *Config) *int { return &c.Monitor.Port }),
		"https_port":     number(func(c *Config) *int { return &c.Monitor.HTTPSPort }),
		"http_base_path": setBasePath,

		"tls":               setTLS,
		"allow_non_tls":     boolean(func(c *Config) *bool { return &c.AllowNonTLS }),
		"authorization":     setAuthorization,
		"no_auth_user":      text(func(c *Config) *string { return &c.NoAuthUser }),
		"accounts":          setAccounts,
		"system_account":    setSystemAccount,
		"no_system_account": boolean(func(c *Config) *bool { return &c.NoSystemAccount }),
		"mappings":          setMappings(func(c *Config) *[]Mapping { return &c.Mappings }),

		"proxy_protocol": nil, "default_js_domain": nil, "ocsp": nil,
		"ocsp_cache": nil, "default_sentinel": nil, "operator": nil, "trusted_keys": nil, "resolver": nil,
		"resolver_preload": nil, "resolver_pinned_accounts": nil, "resolver_tls": nil, "proxies": nil,
		"cluster": nil, "gateway": nil, "leafnodes": nil, "jetstream": nil, "store_dir": nil,
		"websocket": nil, "mqtt": nil,
	},
	aliases: map[string]string{
		"net": "host", "logfile": "log_file", "logfile_size_limit": "log_size_limit",
		"logfile_max_num": "log_max_num", "pidfile": "pid_file", "max_conn": "max_connections",
		"max_subs": "max_subscriptions", "max_subscription_tokens": "max_sub_tokens",
		"no_sublist_cache": "disable_sublist_cache", "maps": "mappings", "monitor_port": "http_port",
		"system": "system_account", "no_system": "no_system_account", "no_sys_acc": "no_system_account",
		"operators": "operator", "root": "operator", "roots": "operator", "root_operator": "operator",
		"root_operators": "operator", "trusted": "trusted_keys", "account_resolver": "resolver",
		"accounts_resolver": "resolver", "storedir": "store_dir", "ws": "websocket",
	},
}

// finish settles what needs the whole file.
func (d *decoder) finish(c *Config) {
	c.Log.Trace = c.Log.Trace || c.Log.TraceVerbose || c.Log.TraceHeaders
	if c.NoSystemAccount && c.SystemAccount == DefaultSystemAccount {
		c.SystemAccount = ""
	}
	d.checkIdentities(c)
}

func setListen(d *decoder, e entry, c *Config) {
	if host, port, ok := d.address(e); ok {
		if host != "" {
			c.Host = host
			d.origins["host"] = e.pos
		}
		d.origins["port"] = e.pos
		if c.Port = port; port == 0 {
			c.Port = DefaultPort
		}
	}
}

// setMonitor takes the address of a monitoring listener.
func setMonitor(field func(*Config) *int) setter[Config] {
	return func(d *decoder, e entry, c *Config) {
		if host, port, ok := d.address(e); ok {
			c.Monitor.Host, *field(c) = host, port
			d.origins[e.path()+"_port"] = e.pos
		}
	}
}

// address takes a port, or "host:port".
func (d *decoder) address(e entry) (host string, port int, ok bool) {
	switch v := e.value; v.Kind {
	case lang.Int:
		if port = int(v.Number); int64(port) != v.Number {
			d.fault(e.pos, "%s value is too big", e.key)
			return "", 0, false
		}
		return "", port, true
	case lang.String:
		host, digits, err := net.SplitHostPort(v.Text)
		if err != nil {
			d.fault(e.pos, "could not parse address string %q", v.Text)
			return "", 0, false
		}
		if port, err = strconv.Atoi(digits); err != nil {
			d.fault(e.pos, "could not parse port %q", digits)
			return "", 0, false
		}
		return host, port, true
	default:
		d.fault(e.pos, "expected port or host:port, got %s", v.Kind)
		return "", 0, false
	}
}

func setHost(d *decoder, e entry, c *Config) {
	if !d.is(e, lang.String) {
		return
	}
	if c.Host = e.value.Text; c.Host == "" {
		c.Host = DefaultHost
	}
}

func setServerName(d *decoder, e entry, c *Config) {
	if !d.is(e, lang.String) {
		return
	}
	if strings.ContainsRune(e.value.Text, ' ') {
		d.fault(e.pos, "server name cannot contain spaces")
		return
	}
	c.ServerName = e.value.Text
}

// setServerTags takes one string with tags between commas, or a list of tags.
func setServerTags(d *decoder, e entry, c *Config) {
	list, ok := d.strings(e.value, func(v *lang.Value) {
		d.fault(e.pos, "error parsing tags: expected a string or a list of strings, got %s", v.Kind)
	})
	if !ok {
		return
	}
	if e.value.Kind == lang.String {
		list = strings.Split(list[0], ",")
	}
	c.ServerTags = nil
	for _, tag := range list {
		if tag = strings.ToLower(strings.TrimSpace(tag)); tag != "" {
			c.ServerTags = append(c.ServerTags, tag)
		}
	}
}

func setServerMetadata(d *decoder, e entry, c *Config) {
	if e.value.Kind != lang.Object {
		d.fault(e.pos, "error parsing metadata: expected a map, got %s", e.value.Kind)
		return
	}
	c.ServerMetadata = make(map[string]string)
	for _, item := range e.value.Map.Entries() {
		if item.Value.Kind != lang.String {
			d.fault(item.KeyPos, "error parsing metadata %q: expected a string, got %s", item.Key, item.Value.Kind)
			continue
		}
		c.ServerMetadata[item.Key] = item.Value.Text
	}
}

func setFeatureFlags(d *decoder, e entry, c *Config) {
	if e.value.Kind != lang.Object {
		d.fault(e.pos, "error parsing feature flags: expected a map, got %s", e.value.Kind)
		return
	}
	c.FeatureFlags = make(map[string]bool)
	for _, item := range e.value.Map.Entries() {
		if item.Value.Kind != lang.Bool {
			d.fault(item.KeyPos, "error parsing feature flag %q: expected bool, got %s", item.Key, item.Value.Kind)
			continue
		}
		c.FeatureFlags[item.Key] = item.Value.Truth
	}
}

func setMaxSubTokens(d *decoder, e entry, c *Config) {
	switch {
	case !d.is(e, lang.Int):
	case e.value.Number > 255:
		d.fault(e.pos, "%s value is too big", e.key)
	case e.value.Number <= 0:
		d.fault(e.pos, "%s value can not be negative", e.key)
	default:
		c.Limits.MaxSubTokens = int(e.value.Number)
	}
}

func setWriteTimeout(d *decoder, e entry, c *Config) {
	if !d.is(e, lang.String) {
		return
	}
	switch e.value.Text {
	case "default":
		c.Limits.WriteTimeout = WriteTimeoutDefault
	case "close":
		c.Limits.WriteTimeout = WriteTimeoutClose
	case "retry":
		c.Limits.WriteTimeout = WriteTimeoutRetry
	default:
		d.fault(e.pos, "write_timeout must be 'default', 'close' or 'retry'")
	}
}

func setLogFormat(d *decoder, e entry, c *Config) {
	if !d.is(e, lang.String) {
		return
	}
	if err := c.Log.Format.Set(e.value.Text); err != nil {
		d.fault(e.pos, "%v", err)
	}
}

// String is the word of the file.
func (w WriteTimeout) String() string {
	switch w {
	case WriteTimeoutClose:
		return "close"
	case WriteTimeoutRetry:
		return "retry"
	}
	return "default"
}

func setLameDuckDuration(d *decoder, e entry, c *Config) {
	if !d.is(e, lang.String) {
		return
	}
	t, ok := d.parseDuration(e)
	if ok && t < MinLameDuckDuration {
		d.fault(e.pos, "invalid lame_duck_duration of %v, minimum is %v seconds", t, MinLameDuckDuration.Seconds())
		return
	}
	c.LameDuckDuration = t
}

func setLameDuckGrace(d *decoder, e entry, c *Config) {
	if !d.is(e, lang.String) {
		return
	}
	t, ok := d.parseDuration(e)
	if ok && t < 0 {
		d.fault(e.pos, "invalid lame_duck_grace_period, needs to be positive")
		return
	}
	c.LameDuckGrace = t
}

func setBasePath(d *decoder, e entry, c *Config) {
	if d.is(e, lang.String) {
		c.Monitor.BasePath = "/" + strings.Trim(e.value.Text, "/")
	}
}

func setSystemAccount(d *decoder, e entry, c *Config) {
	switch {
	case e.value.Kind != lang.String:
		d.fault(e.pos, "system account name must be a string")
	case e.value.Text == "":
		c.SystemAccount = DefaultSystemAccount
	default:
		c.SystemAccount = e.value.Text
	}
}
