package config

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Validate reports whether the parts of a configuration fit together. It is asked before the server
// starts or reloads, after Load and Apply. The error is the first fault found.
func (c *Config) Validate() error {
	for _, check := range []func(*Config) error{
		checkName, checkLimits, checkLameDuck, checkPorts, checkAdvertise, checkMonitor, checkTLS,
		checkNoAuthUser, checkSystemAccount,
	} {
		if err := check(c); err != nil {
			return err
		}
	}
	return nil
}

func checkName(c *Config) error {
	if strings.ContainsRune(c.ServerName, ' ') {
		return errors.New("server name cannot contain spaces")
	}
	return nil
}

func checkLimits(c *Config) error {
	l := &c.Limits
	switch {
	case int64(l.MaxPayload) > l.MaxPending:
		return fmt.Errorf("max_payload (%d) cannot be higher than max_pending (%d)", l.MaxPayload, l.MaxPending)
	case l.MaxPayload < 0:
		return fmt.Errorf("max_payload (%d) cannot be negative", l.MaxPayload)
	case l.MaxControlLine < 0:
		return fmt.Errorf("max_control_line (%d) cannot be negative", l.MaxControlLine)
	case l.MaxClosedClients < 0:
		return fmt.Errorf("max_closed_clients (%d) cannot be negative", l.MaxClosedClients)
	}
	return nil
}

func checkLameDuck(c *Config) error {
	if c.LameDuckGrace >= c.LameDuckDuration {
		return fmt.Errorf("lame duck grace period (%v) should be strictly lower than lame duck duration (%v)",
			c.LameDuckGrace, c.LameDuckDuration)
	}
	return nil
}

func checkPorts(c *Config) error {
	for _, p := range []struct {
		name string
		port int
	}{
		{"port", c.Port}, {"http_port", c.Monitor.Port}, {"https_port", c.Monitor.HTTPSPort}, {"prof_port", c.ProfPort},
	} {
		if p.port < RandomPort || p.port > 65535 {
			return fmt.Errorf("invalid %s %d", p.name, p.port)
		}
	}
	return nil
}

// checkAdvertise checks the port of client_advertise if there is one.
func checkAdvertise(c *Config) error {
	_, digits, err := net.SplitHostPort(c.ClientAdvertise)
	if err != nil {
		return nil // a host alone
	}
	if _, err := strconv.Atoi(digits); err != nil {
		return fmt.Errorf("invalid client_advertise %q: %w", c.ClientAdvertise, err)
	}
	return nil
}

func checkMonitor(c *Config) error {
	m := &c.Monitor
	switch {
	case m.Port != 0 && m.HTTPSPort != 0:
		return fmt.Errorf("can't specify both HTTP (%d) and HTTPs (%d) ports", m.Port, m.HTTPSPort)
	case m.HTTPSPort != 0 && c.TLS == nil:
		return errors.New("TLS cert and key required for HTTPS")
	}
	return nil
}

// checkTLS reports a tls block that no client could connect to. The reference server starts with one.
func checkTLS(c *Config) error {
	if c.TLS != nil && c.TLS.CertFile == "" && len(c.TLS.Certificates) == 0 {
		return fmt.Errorf("%v: tls has no certificate: cert_file and key_file are missing", c.TLS.Position)
	}
	return nil
}

func checkNoAuthUser(c *Config) error {
	if c.NoAuthUser == "" {
		return nil
	}
	if c.hasUser(c.NoAuthUser) {
		return nil
	}
	if !c.hasUsers() {
		return fmt.Errorf(`no_auth_user: "%s" present, but users/nkeys are not defined`, c.NoAuthUser)
	}
	return fmt.Errorf(`no_auth_user: "%s" not present as user or nkey in authorization block or account configuration`, c.NoAuthUser)
}

func checkSystemAccount(c *Config) error {
	switch c.SystemAccount {
	case "", GlobalAccount, DefaultSystemAccount:
		return nil
	}
	for i := range c.Accounts {
		if c.Accounts[i].Name == c.SystemAccount || c.Accounts[i].NKey == c.SystemAccount {
			return nil
		}
	}
	return errors.New("error resolving system account: account missing")
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

// Advice is what a server should say at its start about a configuration that holds, but is not good.
func (c *Config) Advice() []string {
	var advice []string
	if c.Limits.MaxPayload > MaxPayloadWarn {
		advice = append(advice, "Maximum payloads over 8.00 MB are generally discouraged and could lead to poor performance")
	}
	if c.hasPlainSecret() {
		advice = append(advice, "Plaintext passwords detected, use nkeys or bcrypt")
	}
	if a := &c.Authorization; a.Password != "" && a.User == "" {
		advice = append(advice, "authorization has a password without a user: clients are not asked for it")
	}
	return advice
}

func (c *Config) hasPlainSecret() bool {
	plain := func(secret string) bool { return secret != "" && !IsBcrypt(secret) }
	inUsers := func(users []User) bool {
		for i := range users {
			if plain(users[i].Password) {
				return true
			}
		}
		return false
	}
	a := &c.Authorization
	if plain(a.Password) || plain(a.Token) || inUsers(a.Users) {
		return true
	}
	for i := range c.Accounts {
		if inUsers(c.Accounts[i].Users) {
			return true
		}
	}
	return false
}

// IsBcrypt reports whether a password or token of the file is a bcrypt hash rather than the secret itself:
// "$2a$11$..." with the versions a, b, x and y.
func IsBcrypt(secret string) bool {
	const form = "$2a$11$"
	return len(secret) >= len(form) && secret[:2] == "$2" && strings.IndexByte("abxy", secret[2]) >= 0 &&
		secret[3] == '$' && isDigit(secret[4]) && isDigit(secret[5]) && secret[6] == '$'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
