package config

import (
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nkeys"

	"sinew.dev/sinew/internal/config/lang"
)

// longTimeout is the authorization timeout above which a duration without quotes is suspected: 1m is a
// million seconds.
const longTimeout = 60 * time.Second

var authorizationBlock = &block[Authorization]{
	fields: map[string]setter[Authorization]{
		"user":     text(func(a *Authorization) *string { return &a.User }),
		"password": text(func(a *Authorization) *string { return &a.Password }),
		"token":    text(func(a *Authorization) *string { return &a.Token }),
		"timeout":  setAuthTimeout,
		"users":    func(d *decoder, e entry, a *Authorization) { a.Users = d.users(e) },
		"default_permissions": func(d *decoder, e entry, a *Authorization) {
			a.DefaultPermissions = d.permissions(e)
		},
		"proxy_required": nil,
		"auth_callout":   nil,
	},
	aliases: map[string]string{
		"username": "user", "pass": "password", "default_permission": "default_permissions",
		"permissions": "default_permissions", "auth_hook": "auth_callout",
	},
}

var userBlock = &block[User]{
	fields: map[string]setter[User]{
		"user":     text(func(u *User) *string { return &u.Name }),
		"password": text(func(u *User) *string { return &u.Password }),
		"nkey":     text(func(u *User) *string { return &u.NKey }),
		"permissions": func(d *decoder, e entry, u *User) {
			u.Permissions = d.permissions(e)
		},
		"allowed_connection_types": setConnectionTypes,
		"proxy_required":           nil,
	},
	aliases: map[string]string{
		"username": "user", "pass": "password", "permission": "permissions", "authorization": "permissions",
		"connection_types": "allowed_connection_types", "clients": "allowed_connection_types",
	},
}

// connectionTypes are the kinds of connections a user may be restricted to.
var connectionTypes = []string{
	"STANDARD", "WEBSOCKET", "LEAFNODE", "LEAFNODE_WS", "MQTT", "MQTT_WS", "IN_PROCESS",
}

func setAuthorization(d *decoder, e entry, c *Config) {
	if !d.is(e, lang.Object) {
		return
	}
	a := Authorization{Position: e.pos}
	decode(d, authorizationBlock, e, e.value.Map, &a)
	if a.Token != "" && (a.User != "" || a.Password != "") {
		d.fault(e.pos, "Cannot have a user/pass and token")
	}
	inherit(a.Users, a.DefaultPermissions)
	c.Authorization = a
}

// inherit gives the users without permissions of their own the default ones.
func inherit(users []User, permissions *Permissions) {
	for i := range users {
		if users[i].Permissions == nil {
			users[i].Permissions = permissions
		}
	}
}

func setAuthTimeout(d *decoder, e entry, a *Authorization) {
	t, ok := d.floatSeconds(e, "authorization")
	if !ok {
		return
	}
	if t > longTimeout {
		d.warn(e.pos, "invalid use of field %q: timeout of %v (%f seconds) is high, consider keeping it under 60 seconds. "+
			"possibly caused by unquoted duration; use '1m' instead of 1m, for example",
			e.key, e.value.Interface(), t.Seconds())
	}
	a.Timeout = max(t, 0)
}

func (d *decoder) users(e entry) []User {
	if e.value.Kind != lang.List {
		d.fault(e.pos, "Expected users field to be an array, got %s", e.value.Kind)
		return nil
	}
	users := make([]User, 0, len(e.value.List))
	block := inside(e.path() + "[]")
	for _, item := range e.value.List {
		if item.Kind != lang.Object {
			d.fault(item.Pos, "Expected user entry to be a map/struct, got %s", item.Kind)
			continue
		}
		u := User{Position: item.Pos}
		before := len(d.errs)
		decode(d, userBlock, block, item.Map, &u)
		if len(d.errs) == before || !identified(item.Map) {
			d.checkUser(&u)
		}
		users = append(users, u)
	}
	return users
}

// identified reports whether a user's entry says who it is, be it wrongly.
func identified(m *lang.Map) bool {
	return slices.ContainsFunc(m.Entries(), func(e lang.Entry) bool {
		key := strings.ToLower(e.Key)
		return key == "user" || key == "username" || key == "nkey"
	})
}

func (d *decoder) checkUser(u *User) {
	switch {
	case u.NKey == "" && u.Name == "":
		d.fault(u.Position, "User entry requires a user")
	case u.NKey == "":
	case !nkeys.IsValidPublicUserKey(u.NKey):
		d.fault(u.Position, "Not a valid public nkey for a user")
	case u.Name != "" || u.Password != "":
		d.fault(u.Position, "Nkey users do not take usernames or passwords")
	}
}

func setConnectionTypes(d *decoder, e entry, u *User) {
	list, ok := d.strings(e.value, func(v *lang.Value) {
		d.fault(v.Pos, "error parsing allowed connection types: expected a string or a list of strings, got %s", v.Kind)
	})
	if !ok {
		return
	}
	var unknown []string
	u.ConnectionTypes = nil
	for _, word := range list {
		word = strings.ToUpper(word)
		if !slices.Contains(connectionTypes, word) {
			unknown = append(unknown, word)
		}
		u.ConnectionTypes = append(u.ConnectionTypes, word)
	}
	if unknown != nil {
		d.fault(e.pos, "invalid connection types %q", unknown)
	}
}

// checkIdentities reports users that exist twice, anywhere, and lists of users beside a single identity.
func (d *decoder) checkIdentities(c *Config) {
	a := &c.Authorization
	names, keys := make(map[string]bool), make(map[string]bool)
	total := 0
	check := func(users []User) {
		total += len(users)
		for i := range users {
			d.checkUnique(&users[i], names, keys)
		}
	}
	for i := range c.Accounts {
		check(c.Accounts[i].Users)
	}
	check(a.Users)
	switch {
	case total == 0:
	case a.User != "":
		d.fault(a.Position, "Can not have a single user/pass and a users array")
	case a.Token != "":
		d.fault(a.Position, "Can not have a token and a users array")
	}
}

func (d *decoder) checkUnique(u *User, names, keys map[string]bool) {
	if u.Name != "" {
		if names[u.Name] {
			d.fault(u.Position, "Duplicate user %q detected", u.Name)
		}
		names[u.Name] = true
	}
	if u.NKey != "" {
		if keys[u.NKey] {
			d.fault(u.Position, "Duplicate nkey %q detected", u.NKey)
		}
		keys[u.NKey] = true
	}
}
