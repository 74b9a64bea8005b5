package config

import (
	"fmt"
	"reflect"
)

// Change is one difference between two configurations.
type Change struct {
	// Option is the reference server's name for it, "MaxPending", and Key the file's, "max_pending".
	Option, Key string
	// Reloadable reports whether a running server takes it.
	Reloadable bool
	// Old and New are for messages. They are empty for what holds secrets, or is too large for a line.
	Old, New string
	// Details are lines about users, accounts and the like that come (+), go (-) and change (~). Only Compare fills them in.
	Details []string
}

// Err is nil for a change that a running server takes, or says why the whole reload is refused.
func (c Change) Err() error {
	if c.Reloadable {
		return nil
	}
	return fmt.Errorf("config reload not supported for %s: old=%s, new=%s", c.Option, c.Old, c.New)
}

// String says what is new, as the log does after a reload: "max_payload = 1000".
func (c Change) String() string {
	if c.New == "" {
		return c.Key
	}
	return c.Key + " = " + c.New
}

// Diff names what differs between two configurations, as a reload sees it, in a fixed order. A tls block is
// named whenever the new configuration has one, for its files may have changed.
func Diff(old, new *Config) []Change {
	var changes []Change
	for i := range differences {
		if c, ok := differences[i].compare(old, new); ok {
			changes = append(changes, c)
		}
	}
	return changes
}

// FirstRefusal is the reason to refuse a reload with these changes, or nil.
func FirstRefusal(changes []Change) error {
	for _, c := range changes {
		if err := c.Err(); err != nil {
			return err
		}
	}
	return nil
}

// difference is one option that a reload looks at.
type difference struct {
	option, key string
	reloadable  bool
	// silent options show no values.
	silent bool
	value  func(*Config) any
	// same replaces the comparison of values, allow the answer of reloadable.
	same, allow func(old, new *Config) bool
}

func (d *difference) compare(old, new *Config) (Change, bool) {
	was, is := d.value(old), d.value(new)
	if d.same != nil {
		if d.same(old, new) {
			return Change{}, false
		}
	} else if reflect.DeepEqual(was, is) {
		return Change{}, false
	}
	c := Change{Option: d.option, Key: d.key, Reloadable: d.reloadable}
	if d.allow != nil {
		c.Reloadable = d.allow(old, new)
	}
	if !d.silent {
		c.Old, c.New = fmt.Sprint(was), fmt.Sprint(is)
	}
	return c, true
}

// The first group is refused, in the order in which the reference server looks.
var differences = []difference{
	{option: "ServerName", key: "server_name", value: func(c *Config) any { return c.ServerName }},
	{option: "Host", key: "host", value: func(c *Config) any { return c.Host }},
	{option: "Port", key: "port", value: func(c *Config) any { return c.Port }, same: samePort},
	{option: "MaxSubs", key: "max_subscriptions", value: func(c *Config) any { return c.Limits.MaxSubscriptions }},
	{option: "MaxSubTokens", key: "max_sub_tokens", value: func(c *Config) any { return c.Limits.MaxSubTokens }},
	{option: "MaxPending", key: "max_pending", value: func(c *Config) any { return c.Limits.MaxPending }},
	{option: "MaxClosedClients", key: "max_closed_clients", value: func(c *Config) any { return c.Limits.MaxClosedClients }},
	{option: "WriteTimeout", key: "write_timeout", value: func(c *Config) any { return unset(c.Limits.WriteTimeout.String(), "default") }},
	{option: "LameDuckDuration", key: "lame_duck_duration", value: func(c *Config) any { return c.LameDuckDuration }},
	{option: "LameDuckGracePeriod", key: "lame_duck_grace_period", value: func(c *Config) any { return c.LameDuckGrace }},
	{option: "NoSublistCache", key: "disable_sublist_cache", value: func(c *Config) any { return c.DisableSublistCache }},
	{option: "NoHeaderSupport", key: "no_header_support", value: func(c *Config) any { return c.NoHeaderSupport }},
	{option: "HTTPHost", key: "http", value: func(c *Config) any { return c.Monitor.Host }},
	{option: "HTTPPort", key: "http_port", value: func(c *Config) any { return c.Monitor.Port }},
	{option: "HTTPSPort", key: "https_port", value: func(c *Config) any { return c.Monitor.HTTPSPort }},
	{option: "HTTPBasePath", key: "http_base_path", value: func(c *Config) any { return unset(c.Monitor.BasePath, "/") }},
	{option: "LogSizeLimit", key: "log_size_limit", value: func(c *Config) any { return c.Log.SizeLimit }},
	{option: "LogMaxFiles", key: "log_max_num", value: func(c *Config) any { return c.Log.MaxFiles }},
	{option: "ProfPort", key: "prof_port", value: func(c *Config) any { return c.ProfPort }},
	{option: "FeatureFlags", key: "feature_flags", value: func(c *Config) any { return c.FeatureFlags }, same: sameFlags},
	{option: "AllowNonTLS", key: "allow_non_tls", value: func(c *Config) any { return c.AllowNonTLS }},
	{option: "NoSystemAccount", key: "no_system_account", value: func(c *Config) any { return c.NoSystemAccount }},
	{option: "SystemAccount", key: "system_account", value: func(c *Config) any { return unset(c.SystemAccount, DefaultSystemAccount) }},
	{option: "NoAuthUser", key: "no_auth_user", value: func(c *Config) any { return c.NoAuthUser }, allow: userWasRemoved},

	{option: "Debug", key: "debug", reloadable: true, value: func(c *Config) any { return c.Log.Debug }},
	{option: "Trace", key: "trace", reloadable: true, value: func(c *Config) any { return c.Log.Trace }},
	{option: "TraceVerbose", key: "trace_verbose", reloadable: true, value: func(c *Config) any { return c.Log.TraceVerbose }},
	{option: "TraceHeaders", key: "trace_headers", reloadable: true, value: func(c *Config) any { return c.Log.TraceHeaders }},
	{option: "Logtime", key: "logtime", reloadable: true, value: func(c *Config) any { return c.Log.Time }},
	{option: "LogtimeUTC", key: "logtime_utc", reloadable: true, value: func(c *Config) any { return c.Log.TimeUTC }},
	{option: "LogFile", key: "log_file", reloadable: true, value: func(c *Config) any { return c.Log.File }},
	{option: "Syslog", key: "syslog", reloadable: true, value: func(c *Config) any { return c.Log.Syslog }},
	{option: "RemoteSyslog", key: "remote_syslog", reloadable: true, value: func(c *Config) any { return c.Log.RemoteSyslog }},
	{option: "LogFormat", key: "log_format", reloadable: true, value: func(c *Config) any { return c.Log.Format }},
	{option: "MaxTracedMsgLen", key: "max_traced_msg_len", reloadable: true, value: func(c *Config) any { return c.Log.MaxTracedBytes }},
	{option: "TLS", key: "tls", reloadable: true, value: tlsState, same: withoutTLS},
	{option: "AuthTimeout", key: "authorization timeout", reloadable: true, value: func(c *Config) any { return c.AuthTimeout().Seconds() }},
	{option: "Username", key: "authorization username", reloadable: true, silent: true, value: func(c *Config) any { return c.Authorization.User }},
	{option: "Password", key: "authorization password", reloadable: true, silent: true, value: func(c *Config) any { return c.Authorization.Password }},
	{option: "Token", key: "authorization token", reloadable: true, silent: true, value: func(c *Config) any { return c.Authorization.Token }},
	{option: "Users", key: "authorization users", reloadable: true, silent: true, value: func(c *Config) any { return plainUsers(c.Authorization.Users) }},
	{option: "Accounts", key: "accounts", reloadable: true, silent: true, value: func(c *Config) any { return plainAccounts(c.Accounts) }},
	{option: "Mappings", key: "mappings", reloadable: true, silent: true, value: func(c *Config) any { return plainMappings(c.Mappings) }},
	{option: "MaxConn", key: "max_connections", reloadable: true, value: func(c *Config) any { return c.Limits.MaxConnections }},
	{option: "MaxControlLine", key: "max_control_line", reloadable: true, value: func(c *Config) any { return c.Limits.MaxControlLine }},
	{option: "MaxPayload", key: "max_payload", reloadable: true, value: func(c *Config) any { return c.Limits.MaxPayload }},
	{option: "WriteDeadline", key: "write_deadline", reloadable: true, value: func(c *Config) any { return c.Limits.WriteDeadline }},
	{option: "NoFastProducerStall", key: "no_fast_producer_stall", reloadable: true, value: func(c *Config) any { return c.Limits.NoFastProducerStall }},
	{option: "PingInterval", key: "ping_interval", reloadable: true, value: func(c *Config) any { return c.PingInterval }},
	{option: "MaxPingsOut", key: "ping_max", reloadable: true, value: func(c *Config) any { return c.PingMax }},
	{option: "ConnectErrorReports", key: "connect_error_reports", reloadable: true, value: func(c *Config) any { return c.ConnectErrorReports }},
	{option: "ReconnectErrorReports", key: "reconnect_error_reports", reloadable: true, value: func(c *Config) any { return c.ReconnectErrorReports }},
	{option: "PidFile", key: "pid_file", reloadable: true, value: func(c *Config) any { return c.PidFile }},
	{option: "PortsFileDir", key: "ports_file_dir", reloadable: true, value: func(c *Config) any { return c.PortsFileDir }},
	{option: "ProfBlockRate", key: "prof_block_rate", reloadable: true, value: func(c *Config) any { return c.ProfBlockRate }},
	{option: "ClientAdvertise", key: "client_advertise", reloadable: true, value: func(c *Config) any { return c.ClientAdvertise }},
	{option: "Tags", key: "tags", reloadable: true, silent: true, value: func(c *Config) any { return c.ServerTags }},
	{option: "Metadata", key: "metadata", reloadable: true, silent: true, value: func(c *Config) any { return c.ServerMetadata }},
}

// unset shows a default as nothing, as the reference server does.
func unset(value, standard string) string {
	if value == standard {
		return ""
	}
	return value
}

// samePort ignores a new port that asks for any: the server keeps the one it has.
func samePort(old, new *Config) bool { return new.Port == RandomPort || old.Port == new.Port }

func sameFlags(old, new *Config) bool {
	if len(old.FeatureFlags) == 0 && len(new.FeatureFlags) == 0 {
		return true
	}
	return reflect.DeepEqual(old.FeatureFlags, new.FeatureFlags)
}

func withoutTLS(old, new *Config) bool { return old.TLS == nil && new.TLS == nil }

func tlsState(c *Config) any {
	if c.TLS == nil {
		return "disabled"
	}
	return "enabled"
}

// userWasRemoved allows no_auth_user to go together with the user it names.
func userWasRemoved(old, new *Config) bool {
	return new.NoAuthUser == "" && !new.hasUser(old.NoAuthUser)
}

// plainUsers, plainAccounts and plainMappings are copies without positions: moving a line changes nothing.
func plainUsers(users []User) []User {
	out := make([]User, len(users))
	for i, u := range users {
		u.Position = Position{}
		u.Permissions = u.Permissions.plain()
		out[i] = u
	}
	return out
}

func (p *Permissions) plain() *Permissions {
	if p == nil {
		return nil
	}
	out := *p
	out.Position = Position{}
	return &out
}

func plainAccounts(accounts []Account) []Account {
	out := make([]Account, len(accounts))
	for i, a := range accounts {
		a.Position = Position{}
		a.Users = plainUsers(a.Users)
		a.DefaultPermissions = a.DefaultPermissions.plain()
		a.Mappings = plainMappings(a.Mappings)
		out[i] = a
	}
	return out
}

func plainMappings(mappings []Mapping) []Mapping {
	out := make([]Mapping, len(mappings))
	for i, m := range mappings {
		m.Position = Position{}
		destinations := make([]Destination, len(m.Destinations))
		for j, t := range m.Destinations {
			t.Position = Position{}
			destinations[j] = t
		}
		m.Destinations = destinations
		out[i] = m
	}
	return out
}
