package config

import (
	"crypto/tls"
	"errors"
	"os"
	"strings"
)

// Apply puts the command line over a configuration. It returns a new one and leaves c as it was. A faulty
// combination of TLS flags is an error.
func Apply(f *Flags, c *Config) (*Config, error) {
	out := *c
	v := &f.values
	override(f, "addr", &out.Host, v.host)
	override(f, "server_name", &out.ServerName, v.serverName)
	override(f, "client_advertise", &out.ClientAdvertise, v.clientAdvertise)
	override(f, "pid", &out.PidFile, v.pidFile)
	override(f, "ports_file_dir", &out.PortsFileDir, v.portsFileDir)
	override(f, "http_port", &out.Monitor.Port, v.httpPort)
	override(f, "https_port", &out.Monitor.HTTPSPort, v.httpsPort)
	override(f, "profile", &out.ProfPort, v.profilePort)
	override(f, "user", &out.Authorization.User, v.user)
	override(f, "pass", &out.Authorization.Password, v.pass)
	override(f, "auth", &out.Authorization.Token, v.auth)
	if v.auth != "" && !f.given["user"] && !f.given["pass"] { // the file's user gives way to the token
		out.Authorization.User, out.Authorization.Password = "", ""
	}
	if override(f, "port", &out.Port, v.port); out.Port == 0 {
		out.Port = DefaultPort
	}
	applyLog(f, &out.Log)
	if err := applyTLS(f, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// override sets a field to a flag's value if the flag was given.
func override[T any](f *Flags, name string, field *T, value T) {
	if f.given[name] {
		*field = value
	}
}

func applyLog(f *Flags, log *Log) {
	v := &f.values
	override(f, "log", &log.File, v.logFile)
	override(f, "syslog", &log.Syslog, v.syslog)
	override(f, "remote_syslog", &log.RemoteSyslog, v.remoteSyslog)
	override(f, "log_format", &log.Format, v.logFormat)
	override(f, "logtime", &log.Time, v.logtime)
	override(f, "logtime_utc", &log.TimeUTC, v.logtimeUTC)
	override(f, "debug", &log.Debug, v.debug)
	override(f, "trace", &log.Trace, v.trace)
	override(f, "log_size_limit", &log.SizeLimit, v.logSizeLimit)
	override(f, "max_traced_msg_len", &log.MaxTracedBytes, v.maxTraced)
	if f.given["VV"] {
		log.Trace, log.TraceVerbose = v.vv, v.vv
	}
	if f.given["DV"] {
		log.Debug, log.Trace = v.dv, v.dv
	}
	if f.given["DVV"] {
		log.Debug, log.Trace, log.TraceVerbose = v.dvv, v.dvv, v.dvv
	}
}

// applyTLS makes or changes the tls block by the flags.
func applyTLS(f *Flags, c *Config) error {
	v := &f.values
	given := f.given["tls"] || f.given["tlsverify"] || f.given["tlscert"] || f.given["tlskey"] || f.given["tlscacert"]
	if !given {
		return nil
	}
	if f.given["tls"] && !v.tls && !v.tlsVerify {
		c.TLS = nil
		return nil
	}
	t := TLS{Timeout: DefaultTLSTimeout, MinVersion: tls.VersionTLS12}
	if c.TLS != nil {
		t = *c.TLS
	}
	override(f, "tlsverify", &t.Verify, v.tlsVerify)
	override(f, "tlscert", &t.CertFile, v.tlsCert)
	override(f, "tlskey", &t.KeyFile, v.tlsKey)
	override(f, "tlscacert", &t.CAFile, v.tlsCA)
	if f.given["tlscert"] || f.given["tlskey"] {
		t.Certificates = nil
	}
	switch {
	case len(t.Certificates) > 0:
	case t.CertFile == "":
		return errors.New("TLS Server certificate must be present and valid")
	case t.KeyFile == "":
		return errors.New("TLS Server private key must be present and valid")
	}
	if _, err := t.Build(os.ReadFile); err != nil {
		return err
	}
	c.TLS = &t
	return nil
}

// ParseSignal splits the value of --signal: the command, and which process it is for. The target is empty,
// a process id, a pid file, or a prefix of ids that ends in "*".
func ParseSignal(s string) (command, target string) {
	command, target, _ = strings.Cut(s, "=")
	return command, target
}
