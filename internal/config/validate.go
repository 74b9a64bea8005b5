package config

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Problem is something that keeps the parts of a configuration from fitting together: the server does not start with it.
type Problem struct {
	// Key is what is wrong, or the part of it that is named first: see Config.Origin.
	Key  string
	Text string
	// Placed reports whether the place belongs to the message: those that the reference server has, too, have none.
	Placed bool
}

// Validate reports whether the parts of a configuration fit together. It is asked before the server starts or reloads,
// after Load and Apply. The error is the first problem, in the words of the reference server where it has any.
func (c *Config) Validate() error {
	problems := c.Problems()
	if len(problems) == 0 {
		return nil
	}
	first := problems[0]
	if first.Placed {
		return &Error{Position: c.Origin(first.Key), Text: first.Text}
	}
	return errors.New(first.Text)
}

// Problems are all that keep the parts of a configuration from fitting together.
func (c *Config) Problems() []Problem {
	var all []Problem
	for _, check := range []func(*Config) []Problem{
		checkName, checkLimits, checkLameDuck, checkPorts, checkAdvertise, checkMonitor, checkTLS, checkNoAuthUser, checkSystemAccount,
	} {
		all = append(all, check(c)...)
	}
	return all
}

// firstSet is the first of some keys that the file sets: the others have their defaults.
func (c *Config) firstSet(keys ...string) string {
	for _, key := range keys {
		if c.Origin(key).IsValid() {
			return key
		}
	}
	return keys[0]
}

// problem is a list of one, or of none if there is nothing to say.
func problem(wrong bool, key, format string, args ...any) []Problem {
	if !wrong {
		return nil
	}
	return []Problem{{Key: key, Text: fmt.Sprintf(format, args...)}}
}

func checkName(c *Config) []Problem {
	return problem(strings.ContainsRune(c.ServerName, ' '), "server_name", "server name cannot contain spaces")
}

func checkLimits(c *Config) []Problem {
	l := &c.Limits
	return slices.Concat(
		problem(int64(l.MaxPayload) > l.MaxPending, c.firstSet("max_payload", "max_pending"),
			"max_payload (%d) cannot be higher than max_pending (%d)", l.MaxPayload, l.MaxPending),
		problem(l.MaxPayload < 0, "max_payload", "max_payload (%d) cannot be negative", l.MaxPayload),
		problem(l.MaxControlLine < 0, "max_control_line", "max_control_line (%d) cannot be negative", l.MaxControlLine),
		problem(l.MaxClosedClients < 0, "max_closed_clients", "max_closed_clients (%d) cannot be negative", l.MaxClosedClients),
	)
}

func checkLameDuck(c *Config) []Problem {
	return problem(c.LameDuckGrace >= c.LameDuckDuration, c.firstSet("lame_duck_grace_period", "lame_duck_duration"),
		"lame duck grace period (%v) should be strictly lower than lame duck duration (%v)", c.LameDuckGrace, c.LameDuckDuration)
}

func checkPorts(c *Config) []Problem {
	var all []Problem
	for _, p := range []struct {
		key  string
		port int
	}{
		{"port", c.Port}, {"http_port", c.Monitor.Port}, {"https_port", c.Monitor.HTTPSPort}, {"prof_port", c.ProfPort},
	} {
		all = append(all, problem(p.port < RandomPort || p.port > 65535, p.key, "invalid %s %d", p.key, p.port)...)
	}
	return all
}

// checkAdvertise checks the port of client_advertise if there is one.
func checkAdvertise(c *Config) []Problem {
	_, digits, err := net.SplitHostPort(c.ClientAdvertise)
	if err != nil {
		return nil // a host alone
	}
	_, err = strconv.Atoi(digits)
	return problem(err != nil, "client_advertise", "invalid client_advertise %q: %v", c.ClientAdvertise, err)
}

func checkMonitor(c *Config) []Problem {
	m := &c.Monitor
	if m.Port != 0 && m.HTTPSPort != 0 {
		return problem(true, "https_port", "can't specify both HTTP (%d) and HTTPs (%d) ports", m.Port, m.HTTPSPort)
	}
	return problem(m.HTTPSPort != 0 && c.TLS == nil, "https_port", "TLS cert and key required for HTTPS")
}

// checkTLS reports a tls block that no client could connect to. The reference server starts with one.
func checkTLS(c *Config) []Problem {
	if c.TLS == nil || c.TLS.CertFile != "" || len(c.TLS.Certificates) > 0 {
		return nil
	}
	return []Problem{{Key: "tls", Text: "tls has no certificate: cert_file and key_file are missing", Placed: true}}
}

func checkNoAuthUser(c *Config) []Problem {
	const key = "no_auth_user"
	if c.NoAuthUser == "" || c.hasUser(c.NoAuthUser) {
		return nil
	}
	if !c.hasUsers() {
		return problem(true, key, `no_auth_user: "%s" present, but users/nkeys are not defined`, c.NoAuthUser)
	}
	return problem(true, key, `no_auth_user: "%s" not present as user or nkey in authorization block or account configuration`, c.NoAuthUser)
}

func checkSystemAccount(c *Config) []Problem {
	switch c.SystemAccount {
	case "", GlobalAccount, DefaultSystemAccount:
		return nil
	}
	for i := range c.Accounts {
		if c.Accounts[i].Name == c.SystemAccount || c.Accounts[i].NKey == c.SystemAccount {
			return nil
		}
	}
	return problem(true, "system_account", "error resolving system account: account missing")
}

// hasUsers reports whether there is a list of users anywhere.
func (c *Config) hasUsers() bool {
	if len(c.Authorization.Users) > 0 {
		return true
	}
	for i := range c.Accounts {
		if len(c.Accounts[i].Users) > 0 {
			return true
		}
	}
	return false
}

// hasUser reports whether a list of users has this name or nkey.
func (c *Config) hasUser(id string) bool {
	in := func(users []User) bool {
		for i := range users {
			if users[i].Name == id || users[i].NKey == id {
				return true
			}
		}
		return false
	}
	if in(c.Authorization.Users) {
		return true
	}
	for i := range c.Accounts {
		if in(c.Accounts[i].Users) {
			return true
		}
	}
	return false
}
