package auth

import "slices"

// Identity is who is connected. It is immutable, and shared by all connections of one user.
type Identity struct {
	Account string // what is subscribed and published is seen there
	User    string // a name or a public nkey; empty for a token
	// Label is what monitoring shows: User, or "[REDACTED]" for a token.
	Label       string
	Permissions *Permissions // nil: everything is allowed

	method method
	secret string           // what the configuration has: a password or token, or its hash
	types  []ConnectionType // empty: all
}

// method is how an identity is proved.
type method uint8

const (
	byPassword method = iota
	byToken
	byNKey
)

// redacted stands for a token wherever people look.
const redacted = "[REDACTED]"

// AllowsConnection reports whether the user may be connected in this way.
func (id *Identity) AllowsConnection(t ConnectionType) bool {
	return len(id.types) == 0 || slices.Contains(id.types, t)
}

// String names the identity in log lines, without secrets: "user:name", "nkey:U...", or "token".
func (id *Identity) String() string {
	switch id.method {
	case byToken:
		return "token"
	case byNKey:
		return "nkey:" + id.User
	default:
		return "user:" + id.User
	}
}
