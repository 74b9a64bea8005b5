package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/nats-io/nkeys"
)

// User is one user of a configuration: a name, with a password or without, or an nkey.
type User struct {
	Name, Password  string // the password plain or as a bcrypt hash
	NKey            string // public
	Account         string
	Permissions     *PermissionOptions
	ConnectionTypes []ConnectionType // empty: all
}

// UsersOptions is who may connect. Names and nkeys must be unique.
type UsersOptions struct {
	Users []User
	// User and Password, or Token, are the one identity of a server without a list of users. It belongs to Account.
	User, Password, Token string
	Account               string
	// NoAuthUser is who connects without credentials: a name or nkey of Users.
	NoAuthUser string
	// VerifyAndMap takes the user from the client's certificate.
	VerifyAndMap bool
}

// Users authenticates the users of a configuration. It is immutable and safe for concurrent use.
type Users struct {
	byName       map[string]*account
	byKey        map[string]*account
	single       *account
	noAuth       *account
	verifyAndMap bool
	dummy        string // a bcrypt hash, compared for names that do not exist
}

// account is one user with what was made of it.
type account struct {
	identity Identity
	types    []ConnectionType
	token    bool
}

// NewUsers checks permissions and makes the users.
func NewUsers(o UsersOptions) (*Users, error) {
	u := &Users{byName: map[string]*account{}, byKey: map[string]*account{}, verifyAndMap: o.VerifyAndMap}
	for i := range o.Users {
		if err := u.add(&o.Users[i]); err != nil {
			return nil, err
		}
	}
	switch {
	case o.Token != "":
		u.single = &account{token: true, identity: Identity{Account: o.Account, Label: tokenLabel, secret: o.Token}}
	case o.User != "":
		u.single = &account{identity: Identity{Account: o.Account, User: o.User, Label: o.User, secret: o.Password}}
	}
	if o.NoAuthUser != "" {
		if u.noAuth = u.find(o.NoAuthUser); u.noAuth == nil {
			return nil, fmt.Errorf("no_auth_user: %q not present as user or nkey in authorization block or account configuration", o.NoAuthUser)
		}
	}
	return u, nil
}

// tokenLabel stands for a token where users are named.
const tokenLabel = "[REDACTED]"

func (u *Users) add(one *User) error {
	a := &account{types: one.ConnectionTypes, identity: Identity{Account: one.Account, User: one.Name, secret: one.Password}}
	if one.Permissions != nil {
		p, err := NewPermissions(*one.Permissions)
		if err != nil {
			return err
		}
		a.identity.Permissions = p
	}
	if one.NKey != "" {
		if !nkeys.IsValidPublicUserKey(one.NKey) {
			return fmt.Errorf("%q is no public user key", one.NKey)
		}
		a.identity.User, a.identity.secret = one.NKey, ""
	}
	a.identity.Label = a.identity.User
	if u.find(a.identity.User) != nil {
		return fmt.Errorf("duplicate user %q", a.identity.User)
	}
	if one.NKey != "" {
		u.byKey[one.NKey] = a
		return nil
	}
	u.byName[one.Name] = a
	if u.dummy == "" && isBcrypt(one.Password) {
		u.dummy = one.Password
	}
	return nil
}

func (u *Users) find(id string) *account {
	if a := u.byName[id]; a != nil {
		return a
	}
	return u.byKey[id]
}

// Required reports whether a connection must say who it is.
func (u *Users) Required() bool { return u.single != nil || len(u.byName)+len(u.byKey) > 0 }

// NonceRequired reports whether somebody has to sign a nonce.
func (u *Users) NonceRequired() bool { return len(u.byKey) > 0 }

// NoAuthUser is who a connection without credentials is.
func (u *Users) NoAuthUser() (*Identity, bool) {
	if u.noAuth == nil || !u.noAuth.takes(Standard) {
		return nil, false
	}
	return &u.noAuth.identity, true
}

// Cheap reports whether Authenticate takes microseconds for these credentials: no bcrypt, no signature.
func (u *Users) Cheap(c *Credentials) bool {
	switch {
	case c.NKey != "":
		return false
	case u.single != nil:
		return !isBcrypt(u.single.identity.secret)
	}
	return u.dummy == ""
}

// takes reports whether the user may connect that way.
func (a *account) takes(t ConnectionType) bool {
	return len(a.types) == 0 || slices.Contains(a.types, t)
}

// Authenticate finds the user.
func (u *Users) Authenticate(_ context.Context, c *Credentials) (*Identity, error) {
	a, err := u.identify(c)
	switch {
	case err != nil:
		return nil, err
	case !a.takes(c.ConnectionType):
		return nil, ErrConnectionType
	}
	return &a.identity, nil
}

func (u *Users) identify(c *Credentials) (*account, error) {
	switch {
	case c.NKey != "" && len(u.byKey) > 0:
		return u.byNKey(c)
	case u.verifyAndMap && len(c.PeerCertificates) > 0:
		if a := u.byCertificate(c.PeerCertificates[0]); a != nil {
			return a, nil
		}
		return nil, ErrCertificate
	case c.anonymous() && u.noAuth != nil:
		return u.noAuth, nil
	case u.single != nil:
		return u.checkSingle(c)
	case c.User == "":
		return nil, ErrNoCredentials
	}
	return u.byPassword(c)
}

func (u *Users) byPassword(c *Credentials) (*account, error) {
	a := u.byName[c.User]
	if a == nil {
		matches(u.dummy, c.Password) // so that the time does not tell which names exist
		return nil, ErrUnknownUser
	}
	if u.verifyAndMap && a.identity.secret == "" {
		return nil, ErrWrongSecret // known by its certificate only
	}
	if !matches(a.identity.secret, c.Password) {
		return nil, ErrWrongSecret
	}
	return a, nil
}

func (u *Users) checkSingle(c *Credentials) (*account, error) {
	one := u.single
	if one.token {
		if !matches(one.identity.secret, c.Token) {
			return nil, ErrWrongSecret
		}
		return one, nil
	}
	// Both are compared, whatever the first comparison says.
	name, password := matches(one.identity.User, c.User), matches(one.identity.secret, c.Password)
	if !name || !password {
		return nil, ErrWrongSecret
	}
	return one, nil
}

func (u *Users) byNKey(c *Credentials) (*account, error) {
	a := u.byKey[c.NKey]
	if a == nil {
		return nil, ErrUnknownUser
	}
	sig, err := base64.RawURLEncoding.DecodeString(c.Signature)
	if err != nil {
		if sig, err = base64.StdEncoding.DecodeString(c.Signature); err != nil {
			return nil, ErrWrongSignature
		}
	}
	key, err := nkeys.FromPublicKey(c.NKey)
	if err != nil || len(c.Nonce) == 0 || key.Verify(c.Nonce, sig) != nil {
		return nil, ErrWrongSignature
	}
	return a, nil
}

// Renew returns who the holder of an identity from other Users is in these. It reports false when there is nobody of that
// name any more, or when what it was let in with does not hold any more.
func (u *Users) Renew(old *Identity) (*Identity, bool) {
	a := u.single
	if a == nil || old.User != a.identity.User {
		a = u.find(old.User)
	}
	if a == nil || a.identity.secret != old.secret || !a.takes(Standard) {
		return nil, false
	}
	return &a.identity, true
}
