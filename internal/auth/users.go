package auth

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nkeys"
	"golang.org/x/crypto/bcrypt"
)

// UsersOptions is who may connect: a single user, a token, or lists of users. All empty: everybody may.
type UsersOptions struct {
	DefaultAccount string // of the single user, the token, and Users

	User, Password string // the single user; Password may be a bcrypt hash
	Token          string // may be a bcrypt hash

	Users              []UserOptions
	DefaultPermissions *PermissionOptions // of those among Users who have none of their own; nil: everything
	Accounts           []AccountUsers

	// NoAuthUser is the name or nkey of the one among the users that a client without credentials is.
	NoAuthUser string
	// VerifyAndMap takes a client for the user whose name is in its certificate; the certificate is required then, except
	// from clients with an nkey.
	VerifyAndMap bool
	// MappedElsewhere says that certificates are mapped on another listener: users without a password are those of
	// certificates, and can not log in here by name alone.
	MappedElsewhere bool
}

var _ Authenticator = (*Users)(nil)

// AccountUsers is the users of one account.
type AccountUsers struct {
	Account            string
	Users              []UserOptions
	DefaultPermissions *PermissionOptions // as in UsersOptions
}

// UserOptions is one user, with either a Name and perhaps a Password, or an NKey.
type UserOptions struct {
	Name, Password  string             // Password may be a bcrypt hash
	NKey            string             // public, "U..."
	Permissions     *PermissionOptions // nil: the default ones; a pointer to the zero value allows everything
	ConnectionTypes []ConnectionType   // empty: all
}

// Users is who may connect by the configuration. It is immutable, and safe for concurrent use.
type Users struct {
	account       string    // of who connects when nothing is required
	single, token *Identity // at most one is not nil, and only when there are no users
	names, nkeys  map[string]*Identity
	certificates  *certificateMap // nil: certificates are not mapped
	noAuth        *Identity       // one of names or nkeys, or nil
	mapped        bool            // somewhere: users without a password are those of certificates

	decoy     string // the most expensive bcrypt hash there is; empty: none
	plaintext bool

	renewals sync.Map // *Identity of former Users to sameSecret's answer, where that ran bcrypt
}

// NewUsers checks and compiles o. The errors are for the author of the configuration, who knows these texts from the
// reference server: so they begin with capitals.
func NewUsers(o UsersOptions) (*Users, error) {
	u := &Users{
		account: o.DefaultAccount,
		names:   map[string]*Identity{}, nkeys: map[string]*Identity{},
		mapped: o.VerifyAndMap || o.MappedElsewhere,
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	u.addSingle(&o)
	if err := u.addList(o.DefaultAccount, o.Users, o.DefaultPermissions); err != nil {
		return nil, err
	}
	for _, a := range o.Accounts {
		if err := u.addList(a.Account, a.Users, a.DefaultPermissions); err != nil {
			return nil, err
		}
	}
	if err := u.setNoAuth(o.NoAuthUser); err != nil {
		return nil, err
	}
	if o.VerifyAndMap && u.listed() {
		u.certificates = newCertificateMap(u.names)
	}
	return u, nil
}

// check finds what excludes each other.
func (o *UsersOptions) check() error {
	inAccounts := slices.ContainsFunc(o.Accounts, func(a AccountUsers) bool { return len(a.Users) > 0 })
	switch {
	case o.Token != "" && (o.User != "" || o.Password != ""):
		return errors.New("Cannot have a user/pass and token")
	case o.Token != "" && len(o.Users) > 0:
		return errors.New("Can not have a token and a users array")
	case o.Token != "" && inAccounts:
		return errors.New("Can not have a token and accounts")
	case o.User != "" && len(o.Users) > 0:
		return errors.New("Can not have a single user/pass and a users array")
	case o.User != "" && inAccounts:
		return errors.New("Can not have a single user/pass and accounts")
	}
	return nil
}

func (u *Users) addSingle(o *UsersOptions) {
	switch {
	case o.User != "":
		u.single = &Identity{Account: o.DefaultAccount, User: o.User, Label: o.User, secret: o.Password}
	case o.Token != "":
		u.token = &Identity{Account: o.DefaultAccount, Label: redacted, method: byToken, secret: o.Token}
	}
	u.noteSecret(o.Token)
	u.noteSecret(o.Password)
	u.plaintext = o.Password != "" && !Hashed(o.Password)
}

func (u *Users) addList(account string, users []UserOptions, defaults *PermissionOptions) error {
	shared, err := compile(defaults)
	if err != nil {
		return err
	}
	for i := range users {
		id, err := newIdentity(account, &users[i], shared)
		if err != nil {
			return err
		}
		if err := u.add(id); err != nil {
			return err
		}
	}
	return nil
}

func compile(o *PermissionOptions) (*Permissions, error) {
	if o == nil {
		return nil, nil
	}
	p, err := NewPermissions(*o)
	if err != nil || p.unrestricted() {
		return nil, err
	}
	return p, nil
}

func newIdentity(account string, o *UserOptions, defaults *Permissions) (*Identity, error) {
	id := &Identity{
		Account: account, User: o.Name, Permissions: defaults, secret: o.Password, types: slices.Clone(o.ConnectionTypes),
	}
	switch {
	case o.NKey == "" && o.Name == "":
		return nil, errors.New("User entry requires a user")
	case o.NKey == "":
	case !nkeys.IsValidPublicUserKey(o.NKey):
		return nil, errors.New("Not a valid public nkey for a user")
	case o.Name != "" || o.Password != "":
		return nil, errors.New("Nkey users do not take usernames or passwords")
	default:
		id.User, id.method = o.NKey, byNKey
	}
	id.Label = id.User
	if o.Permissions != nil {
		own, err := compile(o.Permissions)
		if err != nil {
			return nil, err
		}
		id.Permissions = own
	}
	return id, nil
}

func (u *Users) add(id *Identity) error {
	index, kind := u.names, "user"
	if id.method == byNKey {
		index, kind = u.nkeys, "nkey"
	}
	if index[id.User] != nil {
		return fmt.Errorf("Duplicate %s %q detected", kind, id.User)
	}
	index[id.User] = id
	if id.method == byPassword {
		u.noteSecret(id.secret)
		u.plaintext = u.plaintext || !Hashed(id.secret)
	}
	return nil
}

// noteSecret keeps the most expensive hash as the decoy.
func (u *Users) noteSecret(secret string) {
	if !Hashed(secret) {
		return
	}
	cost := func(hash string) int {
		c, err := bcrypt.Cost([]byte(hash))
		if err != nil {
			return -1
		}
		return c
	}
	if u.decoy == "" || cost(secret) > cost(u.decoy) {
		u.decoy = secret
	}
}

func (u *Users) setNoAuth(name string) error {
	if name == "" {
		return nil
	}
	if !u.listed() {
		return fmt.Errorf("no_auth_user: %q present, but users/nkeys are not defined", name)
	}
	if u.noAuth = u.names[name]; u.noAuth == nil {
		u.noAuth = u.nkeys[name]
	}
	if u.noAuth == nil {
		return fmt.Errorf("no_auth_user: %q not present as user or nkey in authorization block or account configuration", name)
	}
	return nil
}

// listed reports whether there are users, other than a single one.
func (u *Users) listed() bool { return len(u.names) > 0 || len(u.nkeys) > 0 }

// Plaintext reports whether a password is configured as it is, which deserves a warning.
func (u *Users) Plaintext() bool { return u.plaintext }

// Required reports whether a connection must say who it is.
func (u *Users) Required() bool { return u.listed() || u.single != nil || u.token != nil }

// NonceRequired reports whether INFO must offer a nonce, because there are nkeys.
func (u *Users) NonceRequired() bool { return len(u.nkeys) > 0 }

// NoAuthUser is who a Standard connection is that sends something else than CONNECT first. There is none when the user
// proves itself with an nkey, or certificates are mapped: then CONNECT has to come, be it empty.
func (u *Users) NoAuthUser() (*Identity, bool) {
	id := u.noAuth
	if id == nil || id.method == byNKey || u.certificates != nil || !id.AllowsConnection(Standard) {
		return nil, false
	}
	return id, true
}
