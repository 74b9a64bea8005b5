package auth

// Renew returns what becomes of an identity that former Users gave when u replaces them: the identity of the same user
// now, perhaps in another account. It reports false when the connection has to log in again, because the user is gone or
// its password, hash or token is another; of a hash and a password that fits it counts as the same. The identity of a
// connection that did not have to log in is nil, and stays so while u requires nothing. Callers check the connection's
// type with AllowsConnection. It may take as long as a bcrypt hash once for each user.
func (u *Users) Renew(old *Identity) (*Identity, bool) {
	if old == nil || !u.Required() {
		return nil, old == nil && !u.Required()
	}
	id := u.counterpart(old)
	if id == nil || !u.keepsSecret(old, id) {
		return nil, false
	}
	return id, true
}

// Knows reports whether there is still a user that proves itself as old did, by whatever password.
func (u *Users) Knows(old *Identity) bool { return old != nil && u.counterpart(old) != nil }

// counterpart finds the user who proves itself as old did.
func (u *Users) counterpart(old *Identity) *Identity {
	switch {
	case old.method == byToken:
		return u.token
	case old.method == byNKey:
		return u.nkeys[old.User]
	case u.single != nil && u.single.User == old.User:
		return u.single
	}
	return u.names[old.User]
}

func (u *Users) keepsSecret(old, id *Identity) bool {
	if Hashed(old.secret) == Hashed(id.secret) {
		return sameText(old.secret, id.secret)
	}
	if kept, ok := u.renewals.Load(old); ok {
		return kept.(bool)
	}
	kept := sameSecret(old.secret, id.secret)
	u.renewals.Store(old, kept)
	return kept
}
