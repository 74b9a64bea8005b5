package auth

import "testing"

// TestRenew follows what the reference server does with connections at a reload. It differs where only the hash of an
// unchanged password changed, which can not be known, and where the user moved to another account, which is left to the
// caller.
func TestRenew(t *testing.T) {
	key := newSigner(t)
	list := func(users ...UserOptions) UsersOptions { return UsersOptions{Users: users} }
	plain, hashed := UserOptions{Name: "a", Password: "b"}, UserOptions{Name: "a", Password: hash(t, "b")}
	other := UserOptions{Name: "c", Password: "d"}
	single, token := UsersOptions{User: "a", Password: "b"}, UsersOptions{Token: "t"}
	ab := &Credentials{User: "a", Password: "b"}
	signed := &Credentials{NKey: key.public}
	moved := UsersOptions{Accounts: []AccountUsers{{Account: "A", Users: []UserOptions{plain}}}}
	noAuth := UsersOptions{Users: []UserOptions{{NKey: key.public}}, NoAuthUser: key.public}
	for _, c := range []struct {
		name          string
		before, after UsersOptions
		credentials   *Credentials
		kept          bool
		account       string
		known         bool // though not kept
	}{
		{"same", list(plain, other), list(other, plain), ab, true, "$G", true},
		{"another password", list(plain), list(UserOptions{Name: "a", Password: "bb"}), ab, false, "", true},
		{"password hashed", list(plain), list(hashed), ab, true, "$G", true},
		{"hash undone", list(hashed), list(plain), ab, true, "$G", true},
		{"another password hashed", list(plain), list(UserOptions{Name: "a", Password: hash(t, "z")}), ab, false, "", true},
		{"same hash", list(hashed), list(hashed), ab, true, "$G", true},
		{"another hash", list(hashed), list(UserOptions{Name: "a", Password: hash(t, "b")}), ab, false, "", true},
		{"removed", list(plain), list(other), ab, false, "", false},
		{"moved", list(plain), moved, ab, true, "A", true},
		{"single from list", list(plain), single, ab, true, "$G", true},
		{"list from single", single, list(plain), ab, true, "$G", true},
		{"single changed", single, UsersOptions{User: "a", Password: "c"}, ab, false, "", true},
		{"token kept", token, token, &Credentials{Token: "t"}, true, "$G", true},
		{"token changed", token, UsersOptions{Token: "u"}, &Credentials{Token: "t"}, false, "", true},
		{"token to user", token, list(plain), &Credentials{Token: "t"}, false, "", false},
		{"nothing required any more", list(plain), UsersOptions{}, ab, false, "", false},
		{"nkey kept", noAuth, list(UserOptions{NKey: key.public}), signed, true, "$G", true},
		{"nkey removed", noAuth, list(plain), signed, false, "", false},
		{"nkey turned into a name", noAuth, list(UserOptions{Name: key.public}), signed, false, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.credentials.ConnectionType = Standard
			old, err := mustUsers(t, c.before).Authenticate(t.Context(), c.credentials)
			if err != nil {
				t.Fatal(err)
			}
			u := mustUsers(t, c.after)
			if c.kept && !u.Knows(old) || u.Knows(old) != c.known && !c.kept {
				t.Errorf("Knows is %v", u.Knows(old))
			}
			for range 2 { // the second answer may be remembered
				id, kept := u.Renew(old)
				if kept != c.kept || (kept && id.Account != c.account) || (!kept && id != nil) {
					t.Errorf("%+v, %v", id, kept)
				}
			}
		})
	}
}

func TestRenewOfNobody(t *testing.T) {
	if id, ok := mustUsers(t, UsersOptions{}).Renew(nil); id != nil || !ok {
		t.Error("a connection without identity is closed though none is required")
	}
	if _, ok := mustUsers(t, UsersOptions{Token: "t"}).Renew(nil); ok {
		t.Error("a connection without identity stays though one is required")
	}
}

func TestRenewedIdentityHasItsNewLimits(t *testing.T) {
	before := mustUsers(t, UsersOptions{Users: []UserOptions{{Name: "a"}}})
	after := mustUsers(t, UsersOptions{Users: []UserOptions{{
		Name: "a", Permissions: &PermissionOptions{PublishAllow: []string{"x"}}, ConnectionTypes: []ConnectionType{MQTT},
	}}})
	old, err := before.Authenticate(t.Context(), &Credentials{User: "a", ConnectionType: Standard})
	if err != nil {
		t.Fatal(err)
	}
	id, ok := after.Renew(old)
	if !ok || id.Permissions.CanPublish([]byte("y")) || id.AllowsConnection(Standard) || !id.AllowsConnection(MQTT) {
		t.Errorf("%+v, %v", id, ok)
	}
}
