package config

import (
	"github.com/nats-io/nkeys"

	"sinew.dev/sinew/internal/config/lang"
)

var accountBlock = &block[Account]{
	fields: map[string]setter[Account]{
		"nkey":  setAccountKey,
		"users": func(d *decoder, e entry, a *Account) { a.Users = d.users(e) },
		"default_permissions": func(d *decoder, e entry, a *Account) {
			a.DefaultPermissions = d.permissions(e)
		},
		"mappings":  setMappings(func(a *Account) *[]Mapping { return &a.Mappings }),
		"limits":    setAccountLimits,
		"imports":   nil,
		"exports":   nil,
		"jetstream": nil,
		"msg_trace": nil,
	},
	aliases: map[string]string{"maps": "mappings", "trace_dest": "msg_trace"},
}

var accountLimitsBlock = &block[AccountLimits]{
	fields: map[string]setter[AccountLimits]{
		"max_connections":   number(func(l *AccountLimits) *int64 { return &l.MaxConnections }),
		"max_subscriptions": number(func(l *AccountLimits) *int64 { return &l.MaxSubscriptions }),
		"max_payload":       number(func(l *AccountLimits) *int64 { return &l.MaxPayload }),
		"max_leafnodes":     number(func(l *AccountLimits) *int64 { return &l.MaxLeafNodes }),
	},
	aliases: map[string]string{
		"max_conn": "max_connections", "max_subs": "max_subscriptions", "max_pay": "max_payload",
		"max_leafs": "max_leafnodes",
	},
	unknown: "Unknown field %q parsing account limits",
}

// unlimited is the start of every account.
var unlimited = AccountLimits{MaxConnections: -1, MaxSubscriptions: -1, MaxPayload: -1, MaxLeafNodes: -1}

// setAccounts takes a map of accounts, or a list of names.
func setAccounts(d *decoder, e entry, c *Config) {
	c.Accounts = nil
	seen := make(map[string]bool)
	add := func(at Position, name string) bool {
		switch {
		case name == GlobalAccount:
			d.fault(at, "%q is a Reserved Account", name)
		case seen[name]:
			d.fault(at, "Duplicate Account Entry: %s", name)
		default:
			seen[name] = true
			return true
		}
		return false
	}
	switch e.value.Kind {
	case lang.List:
		for _, item := range e.value.List {
			if item.Kind != lang.String {
				d.fault(item.Pos, "Expected account name to be a string, got %s", item.Kind)
			} else if add(item.Pos, item.Text) {
				c.Accounts = append(c.Accounts, Account{Name: item.Text, Limits: unlimited, Position: item.Pos})
			}
		}
	case lang.Object:
		for _, item := range e.value.Map.Entries() {
			if add(item.KeyPos, item.Key) {
				c.Accounts = append(c.Accounts, d.account(e, item))
			}
		}
	default:
		d.wrong(e, "a map or a list")
	}
}

func (d *decoder) account(parent entry, item lang.Entry) Account {
	a := Account{Name: item.Key, Limits: unlimited, Position: item.KeyPos}
	if item.Value.Kind != lang.Object {
		d.fault(item.KeyPos, "Expected map entries for accounts")
		return a
	}
	decode(d, accountBlock, inside(join(parent.path(), item.Key)), item.Value.Map, &a)
	inherit(a.Users, a.DefaultPermissions)
	return a
}

func setAccountKey(d *decoder, e entry, a *Account) {
	if e.value.Kind != lang.String || !nkeys.IsValidPublicAccountKey(e.value.Text) {
		// Unlike the reference the message does not repeat it: a seed may stand here by mistake.
		d.fault(e.pos, "Not a valid public nkey for an account")
		return
	}
	a.NKey = e.value.Text
}

func setAccountLimits(d *decoder, e entry, a *Account) {
	if e.value.Kind != lang.Object {
		d.fault(e.pos, "Expected account limits to be a map/struct, got %s", e.value.Kind)
		return
	}
	decode(d, accountLimitsBlock, e, e.value.Map, &a.Limits)
}
