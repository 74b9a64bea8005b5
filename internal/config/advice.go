package config

import (
	"slices"
	"strings"
)

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
	return append(advice, c.idleKeys()...)
}

// idle are keys that files in use have, and that change nothing here: who sets one is told.
var idle = []struct{ key, why string }{
	{"connect_error_reports", "servers do not connect to each other yet"},
	{"reconnect_error_reports", "servers do not connect to each other yet"},
	{"tls.insecure", "it is about connections that this server makes, and it makes none yet"},
	{"disable_sublist_cache", "the cache of matches bounds itself, and stays"},
}

func (c *Config) idleKeys() []string {
	var advice []string
	for _, one := range idle {
		if c.Origin(one.key).IsValid() {
			advice = append(advice, one.key+" has no effect: "+one.why)
		}
	}
	if slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.Limits.MaxLeafNodes >= 0 }) {
		advice = append(advice, "max_leafnodes has no effect: there are no leaf nodes yet")
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
