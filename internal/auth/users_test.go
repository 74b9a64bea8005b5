package auth

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"
	"golang.org/x/crypto/bcrypt"
)

func mustUsers(t testing.TB, o UsersOptions) *Users {
	t.Helper()
	if o.DefaultAccount == "" {
		o.DefaultAccount = "$G"
	}
	u, err := NewUsers(o)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func hash(t testing.TB, password string) string {
	t.Helper()
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(h)
}

// signer is a client with an nkey.
type signer struct {
	nkeys.KeyPair
	public string
}

func newSigner(t testing.TB) signer {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return signer{pair, public}
}

// credentials signs the nonce.
func (s signer) credentials(t testing.TB, encoding *base64.Encoding) *Credentials {
	t.Helper()
	nonce := []byte(NewNonce())
	raw, err := s.Sign(nonce)
	if err != nil {
		t.Fatal(err)
	}
	return &Credentials{NKey: s.public, Nonce: nonce, Signature: encoding.EncodeToString(raw)}
}

// login is one attempt: who it gets in as, or why it is refused.
type login struct {
	credentials *Credentials
	label       string
	err         error
}

func checkLogins(t *testing.T, u *Users, logins []login) {
	t.Helper()
	for i, l := range logins {
		if l.credentials.ConnectionType == "" {
			l.credentials.ConnectionType = Standard
		}
		id, err := u.Authenticate(t.Context(), l.credentials)
		switch {
		case !errors.Is(err, l.err):
			t.Errorf("%d: %+v: %v, not %v", i, l.credentials, err, l.err)
		case err == nil && id.Label != l.label:
			t.Errorf("%d: %+v: is %s", i, l.credentials, id.Label)
		case err != nil && l.credentials.Password != "" && strings.Contains(err.Error(), l.credentials.Password):
			t.Errorf("%d: error shows the password: %v", i, err)
		}
	}
}

func TestSingleUser(t *testing.T) {
	for _, password := range []string{"secret", hash(t, "secret")} {
		checkLogins(t, mustUsers(t, UsersOptions{User: "u", Password: password}), []login{
			{&Credentials{User: "u", Password: "secret"}, "u", nil},
			{&Credentials{User: "u", Password: "secret", Token: "x", NKey: "x", JWT: "x"}, "u", nil},
			{&Credentials{User: "u", Password: "wrong!"}, "", ErrSecret},
			{&Credentials{User: "u"}, "", ErrSecret},
			{&Credentials{User: "x", Password: "secret"}, "", ErrUnknownUser},
			{&Credentials{Password: "secret"}, "", ErrUnknownUser},
			{&Credentials{Token: "secret"}, "", ErrUnknownUser},
			{&Credentials{}, "", ErrNoCredentials},
		})
	}
	checkLogins(t, mustUsers(t, UsersOptions{User: "u"}), []login{
		{&Credentials{User: "u"}, "", ErrUnknownUser}, {&Credentials{}, "", ErrNoCredentials},
	})
}

func TestToken(t *testing.T) {
	for _, token := range []string{"secret", hash(t, "secret")} {
		checkLogins(t, mustUsers(t, UsersOptions{Token: token}), []login{
			{&Credentials{Token: "secret"}, "[REDACTED]", nil},
			{&Credentials{Token: "secret", User: "u", Password: "x"}, "[REDACTED]", nil},
			{&Credentials{Token: "wrong"}, "", ErrSecret},
			{&Credentials{User: "secret"}, "", ErrNoCredentials},
			{&Credentials{Password: "secret"}, "", ErrNoCredentials},
			{&Credentials{}, "", ErrNoCredentials},
		})
	}
}

func TestUserList(t *testing.T) {
	u := mustUsers(t, UsersOptions{
		Users: []UserOptions{
			{Name: "a", Password: "secret"},
			{Name: "h", Password: hash(t, "secret")},
			{Name: "np"},
			{Name: "ws", Password: "secret", ConnectionTypes: []ConnectionType{WebSocket}},
		},
		Accounts: []AccountUsers{{Account: "X", Users: []UserOptions{{Name: "x", Password: "secret"}}}},
	})
	checkLogins(t, u, []login{
		{&Credentials{User: "a", Password: "secret"}, "a", nil},
		{&Credentials{User: "a", Password: "secret", Token: "z", JWT: "z", NKey: "z"}, "a", nil},
		{&Credentials{User: "h", Password: "secret"}, "h", nil},
		{&Credentials{User: "h", Password: "wrong!"}, "", ErrSecret},
		{&Credentials{User: "a", Password: "wrong!"}, "", ErrSecret},
		{&Credentials{User: "A", Password: "secret"}, "", ErrUnknownUser},
		{&Credentials{User: "a"}, "", ErrSecret},
		{&Credentials{User: "np"}, "np", nil},
		{&Credentials{User: "np", Password: "wrong!"}, "", ErrSecret},
		{&Credentials{User: "ws", Password: "secret"}, "", ErrConnectionType},
		{&Credentials{User: "ws", Password: "secret", ConnectionType: WebSocket}, "ws", nil},
		{&Credentials{Token: "secret"}, "", ErrUnknownUser},
		{&Credentials{JWT: "x"}, "", ErrNoCredentials},
		{&Credentials{}, "", ErrNoCredentials},
	})
	id, err := u.Authenticate(t.Context(), &Credentials{User: "x", Password: "secret", ConnectionType: Standard})
	if err != nil || id.Account != "X" || id.User != "x" || id.String() != "user:x" {
		t.Errorf("%+v, %v", id, err)
	}
	if u.NonceRequired() || !u.Required() {
		t.Error("what is required is wrong")
	}
}

func TestNKey(t *testing.T) {
	known, other := newSigner(t), newSigner(t)
	u := mustUsers(t, UsersOptions{Users: []UserOptions{
		{NKey: known.public}, {Name: "a", Password: "secret"},
	}})
	forged := other.credentials(t, base64.RawURLEncoding)
	forged.NKey = known.public
	replayed := known.credentials(t, base64.RawURLEncoding)
	replayed.Nonce = []byte(NewNonce())
	both := other.credentials(t, base64.RawURLEncoding)
	both.User, both.Password = "a", "secret"
	checkLogins(t, u, []login{
		{known.credentials(t, base64.RawURLEncoding), known.public, nil},
		{known.credentials(t, base64.StdEncoding), known.public, nil},
		{other.credentials(t, base64.RawURLEncoding), "", ErrUnknownUser},
		{both, "", ErrUnknownUser},
		{forged, "", ErrSignature},
		{replayed, "", ErrSignature},
		{&Credentials{NKey: known.public, Nonce: []byte("n")}, "", ErrSignature},
		{&Credentials{NKey: known.public, Nonce: []byte("n"), Signature: "!"}, "", ErrSignature},
		{&Credentials{NKey: known.public, Nonce: []byte("n"), Signature: "AAAA"}, "", ErrSignature},
		{&Credentials{User: known.public}, "", ErrUnknownUser},
		{&Credentials{User: "a", Password: "secret"}, "a", nil},
	})
	if !u.NonceRequired() {
		t.Error("no nonce is offered")
	}
}

func TestNoAuthUser(t *testing.T) {
	key := newSigner(t)
	users := []UserOptions{
		{Name: "a", Password: "secret"},
		{NKey: key.public},
		{Name: "ws", ConnectionTypes: []ConnectionType{WebSocket}},
	}
	u := mustUsers(t, UsersOptions{Users: users, NoAuthUser: "a"})
	checkLogins(t, u, []login{
		{&Credentials{}, "a", nil},
		{&Credentials{JWT: "x"}, "a", nil},
		{&Credentials{Signature: "x"}, "a", nil},
		{&Credentials{User: "a"}, "", ErrSecret},
		{&Credentials{Password: "x"}, "", ErrUnknownUser},
		{&Credentials{Token: "x"}, "", ErrUnknownUser},
		{&Credentials{NKey: key.public}, "", ErrSignature},
	})
	if id, ok := u.NoAuthUser(); !ok || id.Label != "a" {
		t.Error("the first operation has to be CONNECT")
	}
	u = mustUsers(t, UsersOptions{Users: users, NoAuthUser: key.public})
	checkLogins(t, u, []login{
		{&Credentials{}, key.public, nil},
		{&Credentials{NKey: key.public, Signature: "xx"}, key.public, nil},
		{&Credentials{User: "a", Password: "secret"}, "a", nil},
	})
	if _, ok := u.NoAuthUser(); ok {
		t.Error("an nkey needs no CONNECT")
	}
	u = mustUsers(t, UsersOptions{Users: users, NoAuthUser: "ws"})
	checkLogins(t, u, []login{
		{&Credentials{}, "", ErrConnectionType}, {&Credentials{ConnectionType: WebSocket}, "ws", nil},
	})
	if _, ok := u.NoAuthUser(); ok {
		t.Error("a connection of the wrong type is admitted")
	}
}

func TestCertificateUsersElsewhere(t *testing.T) {
	o := UsersOptions{Users: []UserOptions{{Name: "np"}, {Name: "CN=bob"}, {Name: "a", Password: "b"}}, MappedElsewhere: true}
	checkLogins(t, mustUsers(t, o), []login{
		{&Credentials{User: "np"}, "", ErrUnknownUser},
		{&Credentials{User: "CN=bob"}, "", ErrUnknownUser},
		{&Credentials{User: "a", Password: "b"}, "a", nil},
	})
	o.NoAuthUser = "np"
	checkLogins(t, mustUsers(t, o), []login{
		{&Credentials{User: "np"}, "np", nil},
		{&Credentials{}, "np", nil},
		{&Credentials{User: "CN=bob"}, "", ErrUnknownUser},
	})
}

func TestNobodyIsRequired(t *testing.T) {
	for _, o := range []UsersOptions{{}, {Password: "alone"}, {Accounts: []AccountUsers{{Account: "A"}}, VerifyAndMap: true}} {
		u := mustUsers(t, o)
		if u.Required() || u.NonceRequired() {
			t.Errorf("%+v requires something", o)
		}
		id, err := u.Authenticate(t.Context(), &Credentials{})
		if err != nil || id.Account != "$G" || id.Permissions != nil {
			t.Errorf("%+v, %v", id, err)
		}
	}
}

func TestDefaultPermissions(t *testing.T) {
	only := func(s string) *PermissionOptions { return &PermissionOptions{PublishAllow: []string{s}} }
	u := mustUsers(t, UsersOptions{
		DefaultPermissions: only("d"),
		Users: []UserOptions{
			{Name: "a"},
			{Name: "e", Permissions: &PermissionOptions{}},
			{Name: "f", Permissions: &PermissionOptions{SubscribeAllow: []string{"q"}}},
		},
		Accounts: []AccountUsers{
			{Account: "A", DefaultPermissions: only("d2"), Users: []UserOptions{{Name: "x"}, {Name: "x2", Permissions: only("z")}}},
			{Account: "B", Users: []UserOptions{{Name: "y"}}},
		},
	})
	for name, want := range map[string]string{"a": "d", "e": "d d2 z", "f": "d d2 z", "x": "d2", "x2": "z", "y": "d d2 z"} {
		id, err := u.Authenticate(t.Context(), &Credentials{User: name, ConnectionType: Standard})
		if err != nil {
			t.Fatal(err)
		}
		for _, subj := range []string{"d", "d2", "z"} {
			can := id.Permissions == nil || id.Permissions.CanPublish([]byte(subj))
			if can != strings.Contains(" "+want+" ", " "+subj+" ") {
				t.Errorf("%s: PUB %s: %v", name, subj, can)
			}
		}
		if unlimited := name == "e" || name == "y"; unlimited != (id.Permissions == nil) {
			t.Errorf("%s: permissions are %v", name, id.Permissions)
		}
	}
}

func TestConfigurationErrors(t *testing.T) {
	key := newSigner(t).public
	one := []UserOptions{{Name: "a", Password: "b"}}
	in := []AccountUsers{{Account: "A", Users: one}}
	for _, c := range []struct {
		options UsersOptions
		want    string
	}{
		{UsersOptions{User: "a", Password: "b", Token: "c"}, "Cannot have a user/pass and token"},
		{UsersOptions{Token: "c", Users: one}, "Can not have a token and a users array"},
		{UsersOptions{User: "c", Users: one}, "Can not have a single user/pass and a users array"},
		{UsersOptions{Token: "c", Accounts: in}, "Can not have a token and accounts"},
		{UsersOptions{User: "c", Accounts: in}, "Can not have a single user/pass and accounts"},
		{UsersOptions{Users: append(one[:1:1], one...)}, `Duplicate user "a" detected`},
		{UsersOptions{Users: one, Accounts: in}, `Duplicate user "a" detected`},
		{UsersOptions{Users: []UserOptions{{NKey: key}, {NKey: key}}}, `Duplicate nkey "` + key + `" detected`},
		{UsersOptions{Users: []UserOptions{{NKey: key, Password: "x"}}}, "Nkey users do not take usernames or passwords"},
		{UsersOptions{Users: []UserOptions{{NKey: key, Name: "x"}}}, "Nkey users do not take usernames or passwords"},
		{UsersOptions{Users: []UserOptions{{NKey: "UAX"}}}, "Not a valid public nkey for a user"},
		{UsersOptions{Users: []UserOptions{{Password: "x"}}}, "User entry requires a user"},
		{UsersOptions{NoAuthUser: "zz"}, `no_auth_user: "zz" present, but users/nkeys are not defined`},
		{UsersOptions{NoAuthUser: "zz", User: "zz"}, `no_auth_user: "zz" present, but users/nkeys are not defined`},
		{
			UsersOptions{NoAuthUser: "zz", Users: one},
			`no_auth_user: "zz" not present as user or nkey in authorization block or account configuration`,
		},
		{
			UsersOptions{DefaultPermissions: &PermissionOptions{PublishAllow: []string{"a..b"}}, Users: one},
			`subject "a..b" is not a valid subject`,
		},
		{
			UsersOptions{Users: []UserOptions{{Name: "a", Permissions: &PermissionOptions{SubscribeDeny: []string{"a b."}}}}},
			`queue "b." is not a valid queue`,
		},
	} {
		if _, err := NewUsers(c.options); err == nil || err.Error() != c.want {
			t.Errorf("%+v: %v", c.options, err)
		}
	}
	mustUsers(t, UsersOptions{Password: "c", Users: one})
	mustUsers(t, UsersOptions{Token: "c", Accounts: []AccountUsers{{Account: "A"}}})
}

func TestPlaintext(t *testing.T) {
	for _, c := range []struct {
		options UsersOptions
		want    bool
	}{
		{UsersOptions{}, false},
		{UsersOptions{User: "u"}, false},
		{UsersOptions{Password: "p"}, true},
		{UsersOptions{Token: "t"}, false},
		{UsersOptions{User: "u", Password: "p"}, true},
		{UsersOptions{User: "u", Password: hash(t, "p")}, false},
		{UsersOptions{Users: []UserOptions{{Name: "a", Password: hash(t, "p")}}}, false},
		{UsersOptions{Users: []UserOptions{{Name: "a", Password: hash(t, "p")}, {Name: "b"}}}, true},
		{UsersOptions{Users: []UserOptions{{NKey: newSigner(t).public}}}, false},
	} {
		if got := mustUsers(t, c.options).Plaintext(); got != c.want {
			t.Errorf("%+v: %v", c.options, got)
		}
	}
}

func TestHashed(t *testing.T) {
	h := hash(t, "b")
	for secret, want := range map[string]bool{
		h: true, "$2b" + h[3:]: true, "$2x" + h[3:]: true, "$2y" + h[3:]: true, "$2a$04$": true, "$2a$04$abc": true,
		"$2c" + h[3:]: false, "x" + h: false, "$2a$4$abc": false, "$2a$04": false, "": false, "$2a$0x$abc": false,
	} {
		if Hashed(secret) != want {
			t.Errorf("%q: %v", secret, !want)
		}
	}
	for _, version := range []string{"$2b", "$2x", "$2y"} {
		if !secretMatches(version+h[3:], "b") {
			t.Errorf("a hash that begins with %s does not match", version)
		}
	}
	if secretMatches("$2a$04$abc", "$2a$04$abc") || !secretMatches("$2a$4$abc", "$2a$4$abc") {
		t.Error("a broken hash is a password, or the other way round")
	}
}

// TestCheap makes sure that no hash is computed where Cheap promises it.
func TestCheap(t *testing.T) {
	key := newSigner(t)
	plain := mustUsers(t, UsersOptions{Users: []UserOptions{{Name: "a", Password: "b"}}})
	mixed := mustUsers(t, UsersOptions{Users: []UserOptions{
		{Name: "a", Password: "b"}, {Name: "h", Password: hash(t, "b")}, {NKey: key.public},
	}})
	token := mustUsers(t, UsersOptions{Token: hash(t, "b")})
	for _, c := range []struct {
		users       *Users
		credentials Credentials
		want        bool
	}{
		{plain, Credentials{User: "a", Password: "b"}, true},
		{plain, Credentials{User: "zz", Password: "b"}, true},
		{mixed, Credentials{User: "h", Password: "b"}, false},
		{mixed, Credentials{User: "a", Password: "b"}, false},
		{mixed, Credentials{User: "zz"}, false},
		{mixed, Credentials{}, true},
		{mixed, Credentials{NKey: key.public}, true},
		{token, Credentials{Token: "b"}, false},
		{token, Credentials{}, true},
	} {
		if c.users.Cheap(&c.credentials) != c.want {
			t.Errorf("%+v: cheap is %v", c.credentials, !c.want)
		}
	}
}

func TestDecoyIsTheMostExpensiveHash(t *testing.T) {
	dear, err := bcrypt.GenerateFromPassword([]byte("x"), bcrypt.MinCost+1)
	if err != nil {
		t.Fatal(err)
	}
	u := mustUsers(t, UsersOptions{Users: []UserOptions{
		{Name: "a", Password: hash(t, "b")},
		{Name: "b", Password: string(dear)},
		{Name: "c", Password: hash(t, "b")},
		{Name: "d", Password: "$2a$99$broken"},
	}})
	if u.decoy != string(dear) {
		t.Errorf("the decoy is %s", u.decoy)
	}
}

func TestNonce(t *testing.T) {
	a, b := NewNonce(), NewNonce()
	if raw, err := base64.RawURLEncoding.DecodeString(a); err != nil || len(raw) != 11 || len(a) != 15 || a == b {
		t.Errorf("%q, %q: %v", a, b, err)
	}
}

func TestParseConnectionType(t *testing.T) {
	for name, want := range map[string]ConnectionType{
		"standard": Standard, "WebSocket": WebSocket, "leafnode": LeafNode, "leafnode_ws": LeafNodeWS, "mqtt": MQTT,
		"MQTT_WS": MQTTWS, "in_process": InProcess,
	} {
		if got, err := ParseConnectionType(name); got != want || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if _, err := ParseConnectionType("foo"); err == nil || err.Error() != `invalid connection types ["FOO"]` {
		t.Error(err)
	}
}
