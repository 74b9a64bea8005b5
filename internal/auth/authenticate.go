package auth

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/nats-io/nkeys"
)

// Authenticate finds the user that the credentials belong to, as Authenticator. Its time depends on the configuration
// and on the kind of credentials, not on whether a user exists: where hashes are configured, a refusal costs one.
func (u *Users) Authenticate(ctx context.Context, c *Credentials) (*Identity, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !u.Required() {
		return &Identity{Account: u.account}, nil
	}
	id, err := u.identify(c)
	if err != nil {
		return nil, err
	}
	if !id.AllowsConnection(c.ConnectionType) {
		return nil, fmt.Errorf("%s: %w", id, ErrConnectionType)
	}
	return id, nil
}

// identify chooses the way by what there is: users with nkeys first, then certificates, then names.
func (u *Users) identify(c *Credentials) (*Identity, error) {
	switch {
	case u.token != nil && c.Token == "":
		return nil, ErrNoCredentials
	case u.token != nil:
		return u.checkSecret(u.token, c.Token)
	case u.single != nil:
		return u.checkSingle(c)
	case u.provesNKey(c):
		return u.checkNKey(c)
	case u.certificates != nil:
		return u.checkCertificate(c)
	case c.empty() && u.noAuth != nil:
		return u.noAuth, nil
	}
	return u.checkName(c)
}

func (u *Users) checkSingle(c *Credentials) (*Identity, error) {
	if c.empty() {
		return nil, ErrNoCredentials
	}
	id := u.single
	if id.secret == "" || !sameText(id.User, c.User) {
		return u.unknown(c.User, c.Password)
	}
	return u.checkSecret(id, c.Password)
}

// provesNKey reports whether the client has to sign, or is the one that need not.
func (u *Users) provesNKey(c *Credentials) bool {
	if len(u.nkeys) == 0 {
		return false
	}
	return c.NKey != "" || (c.empty() && u.noAuth != nil && u.noAuth.method == byNKey)
}

func (u *Users) checkNKey(c *Credentials) (*Identity, error) {
	if c.NKey == "" {
		return u.noAuth, nil
	}
	id := u.nkeys[c.NKey]
	switch {
	case id == nil:
		return nil, fmt.Errorf("nkey %q: %w", c.NKey, ErrUnknownUser)
	case id == u.noAuth:
		return id, nil
	case !verify(c.NKey, c.Nonce, c.Signature):
		return nil, fmt.Errorf("nkey %q: %w", c.NKey, ErrSignature)
	}
	return id, nil
}

// verify checks the signature of the nonce, which old clients write in the standard base64.
func verify(nkey string, nonce []byte, signature string) bool {
	if len(nonce) == 0 || signature == "" {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		if raw, err = base64.StdEncoding.DecodeString(signature); err != nil {
			return false
		}
	}
	key, err := nkeys.FromPublicKey(nkey)
	return err == nil && key.Verify(nonce, raw) == nil
}

// checkCertificate asks for the password too, if the certificate's user has one: it is a second proof.
func (u *Users) checkCertificate(c *Credentials) (*Identity, error) {
	if len(c.PeerCertificates) == 0 {
		return nil, fmt.Errorf("user %q: no certificate: %w", c.User, ErrNoCredentials)
	}
	id := u.certificates.find(c.PeerCertificates[0], c.ConnectionType)
	if id == nil {
		return nil, ErrCertificate
	}
	return u.checkSecret(id, c.Password)
}

func (u *Users) checkName(c *Credentials) (*Identity, error) {
	if c.empty() {
		return nil, ErrNoCredentials
	}
	id := u.names[c.User]
	if id == nil || (u.mapped && id.secret == "" && id != u.noAuth) {
		return u.unknown(c.User, c.Password)
	}
	return u.checkSecret(id, c.Password)
}

func (u *Users) checkSecret(id *Identity, given string) (*Identity, error) {
	if secretMatches(id.secret, given) {
		return id, nil
	}
	if !Hashed(id.secret) {
		u.spend(given)
	}
	return nil, fmt.Errorf("%s: %w", id, ErrSecret)
}

// unknown refuses a user that does not exist, after the work that a wrong password costs.
func (u *Users) unknown(name, given string) (*Identity, error) {
	sameText(name, given)
	u.spend(given)
	return nil, fmt.Errorf("user %q: %w", name, ErrUnknownUser)
}

// spend takes the time of checking a hash, if there are hashes.
func (u *Users) spend(given string) {
	if u.decoy != "" {
		secretMatches(u.decoy, given)
	}
}

// Cheap reports whether Authenticate takes microseconds for c: no hash is computed.
func (u *Users) Cheap(c *Credentials) bool {
	return u.decoy == "" || (c.empty() && u.certificates == nil) || u.provesNKey(c)
}
