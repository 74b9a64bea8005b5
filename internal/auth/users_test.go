package auth

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"net/url"
	"testing"

	"github.com/nats-io/nkeys"
	"golang.org/x/crypto/bcrypt"
)

func hash(t *testing.T, password string) string {
	t.Helper()
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(h)
}

func newUsers(t *testing.T, o UsersOptions) *Users {
	t.Helper()
	u, err := NewUsers(o)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func login(u *Users, c Credentials) (*Identity, error) {
	if c.ConnectionType == "" {
		c.ConnectionType = Standard
	}
	return u.Authenticate(context.Background(), &c)
}

func TestPasswords(t *testing.T) {
	u := newUsers(t, UsersOptions{Users: []User{
		{Name: "plain", Password: "one", Account: "A"},
		{Name: "hashed", Password: hash(t, "two"), Account: "B"},
		{Name: "bare", Account: "A"},
	}})
	for _, test := range []struct {
		user, password, account string
		want                    error
	}{
		{"plain", "one", "A", nil}, {"hashed", "two", "B", nil}, {"bare", "", "A", nil},
		{"plain", "two", "", ErrWrongSecret}, {"plain", "", "", ErrWrongSecret}, {"hashed", "one", "", ErrWrongSecret},
		{"hashed", u.byName["hashed"].identity.secret, "", ErrWrongSecret}, {"nobody", "one", "", ErrUnknownUser}, {"", "one", "", ErrNoCredentials},
		{"", "", "", ErrNoCredentials},
	} {
		id, err := login(u, Credentials{User: test.user, Password: test.password})
		if !errors.Is(err, test.want) || (err == nil && (id.Account != test.account || id.User != test.user)) {
			t.Errorf("%q with %q: %+v, %v", test.user, test.password, id, err)
		}
	}
	if !u.Required() || u.NonceRequired() || u.Cheap(&Credentials{User: "plain"}) {
		t.Error("Required, NonceRequired or Cheap is wrong")
	}
}

func TestTokenAndSingleUser(t *testing.T) {
	for name, token := range map[string]string{"plain": "s3cret", "bcrypt": hash(t, "s3cret")} {
		u := newUsers(t, UsersOptions{Token: token, Account: "$G"})
		id, err := login(u, Credentials{Token: "s3cret"})
		if err != nil || id.Account != "$G" || id.Label != "[REDACTED]" {
			t.Errorf("%s token: %+v, %v", name, id, err)
		}
		if _, err := login(u, Credentials{Token: "other"}); !errors.Is(err, ErrWrongSecret) {
			t.Errorf("a wrong %s token: %v", name, err)
		}
		if _, err := login(u, Credentials{User: "s3cret"}); err == nil {
			t.Errorf("a %s token was taken as a name", name)
		}
	}
	u := newUsers(t, UsersOptions{User: "derek", Password: "pw", Account: "$G"})
	if id, err := login(u, Credentials{User: "derek", Password: "pw"}); err != nil || id.Label != "derek" {
		t.Errorf("the single user: %v", err)
	}
	for _, c := range []Credentials{{User: "derek"}, {User: "other", Password: "pw"}, {}} {
		if _, err := login(u, c); err == nil {
			t.Errorf("%+v was let in", c)
		}
	}
}

func TestNKeys(t *testing.T) {
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, _ := key.PublicKey()
	u := newUsers(t, UsersOptions{Users: []User{{NKey: public, Account: "A"}}})
	nonce := NewNonce()
	sig, _ := key.Sign([]byte(nonce))
	for name, encoded := range map[string]string{"raw URL": base64.RawURLEncoding.EncodeToString(sig), "standard": base64.StdEncoding.EncodeToString(sig)} {
		if id, err := login(u, Credentials{NKey: public, Signature: encoded, Nonce: []byte(nonce)}); err != nil || id.Label != public {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := base64.RawURLEncoding.EncodeToString(sig)
	for name, c := range map[string]Credentials{
		"another nonce":  {NKey: public, Signature: good, Nonce: []byte(NewNonce())},
		"no nonce":       {NKey: public, Signature: good},
		"no signature":   {NKey: public, Nonce: []byte(nonce)},
		"no base64":      {NKey: public, Signature: "?", Nonce: []byte(nonce)},
		"an unknown key": {NKey: "UABC", Signature: good, Nonce: []byte(nonce)},
	} {
		if _, err := login(u, c); err == nil {
			t.Errorf("%s was let in", name)
		}
	}
	if !u.NonceRequired() || len(nonce) != 15 || u.Cheap(&Credentials{NKey: public}) {
		t.Error("NonceRequired, the nonce's length or Cheap is wrong")
	}
}

func TestNoAuthUser(t *testing.T) {
	u := newUsers(t, UsersOptions{Users: []User{{Name: "a", Password: "b", Account: "A"}}, NoAuthUser: "a"})
	if id, err := login(u, Credentials{}); err != nil || id.User != "a" {
		t.Errorf("nobody: %v", err)
	}
	if _, err := login(u, Credentials{User: "a", Password: "wrong"}); err == nil {
		t.Error("wrong credentials became the user of those who have none")
	}
	if _, ok := u.NoAuthUser(); !ok {
		t.Error("NoAuthUser does not tell")
	}
	if _, err := NewUsers(UsersOptions{NoAuthUser: "x"}); err == nil {
		t.Error("an unknown no_auth_user was taken")
	}
}

func TestConnectionTypes(t *testing.T) {
	u := newUsers(t, UsersOptions{Users: []User{{Name: "a", Password: "b", ConnectionTypes: []ConnectionType{WebSocket}}}, NoAuthUser: "a"})
	if _, err := login(u, Credentials{User: "a", Password: "b"}); !errors.Is(err, ErrConnectionType) {
		t.Errorf("a standard connection: %v", err)
	}
	if _, err := login(u, Credentials{User: "a", Password: "b", ConnectionType: WebSocket}); err != nil {
		t.Errorf("a WebSocket: %v", err)
	}
	if _, ok := u.NoAuthUser(); ok {
		t.Error("no_auth_user ignores connection types")
	}
	if c, ok := ParseConnectionType("leafnode_ws"); !ok || c != LeafNodeWS {
		t.Error("leafnode_ws is not known")
	}
	if _, ok := ParseConnectionType("foo"); ok {
		t.Error("foo is a connection type")
	}
}

func certificate(t *testing.T, subject pkix.Name, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	der, err := asn1.Marshal(subject.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{Subject: subject, RawSubject: der}
	if change != nil {
		change(c)
	}
	return c
}

func TestCertificatesNameUsers(t *testing.T) {
	names := []string{"me@x.org", "host.x.org", "spiffe://x/y", "CN=joe,O=Org", "OU=dev,CN=mixed,O=Org", "CN=dc,DC=example,DC=com", `CN=a\,b,O=Org`}
	var list []User
	for _, n := range names {
		list = append(list, User{Name: n})
	}
	u := newUsers(t, UsersOptions{Users: list, VerifyAndMap: true})
	dc := asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}
	link, _ := url.Parse("spiffe://x/y")
	joe := pkix.Name{CommonName: "joe", Organization: []string{"Org"}}
	for _, test := range []struct {
		cert *x509.Certificate
		want string
	}{
		{certificate(t, joe, func(c *x509.Certificate) { c.EmailAddresses, c.DNSNames = []string{"me@x.org"}, []string{"host.x.org"} }), "me@x.org"},
		{certificate(t, joe, func(c *x509.Certificate) { c.DNSNames = []string{"unknown", "host.x.org"} }), "host.x.org"},
		{certificate(t, joe, func(c *x509.Certificate) { c.URIs = []*url.URL{link} }), "spiffe://x/y"},
		{certificate(t, joe, nil), "CN=joe,O=Org"},
		{certificate(t, pkix.Name{CommonName: "mixed", Organization: []string{"Org"}, OrganizationalUnit: []string{"dev"}}, nil), "OU=dev,CN=mixed,O=Org"},
		{certificate(t, pkix.Name{CommonName: "dc", ExtraNames: []pkix.AttributeTypeAndValue{{Type: dc, Value: "com"}, {Type: dc, Value: "example"}}}, nil), "CN=dc,DC=example,DC=com"},
		{certificate(t, pkix.Name{CommonName: "a,b", Organization: []string{"Org"}}, nil), `CN=a\,b,O=Org`},
		{certificate(t, pkix.Name{CommonName: "nobody"}, nil), ""},
	} {
		id, err := login(u, Credentials{PeerCertificates: []*x509.Certificate{test.cert}})
		if got := ""; err == nil {
			if got = id.User; got != test.want {
				t.Errorf("%v is %q, want %q", test.cert.Subject, got, test.want)
			}
		} else if test.want != "" || !errors.Is(err, ErrCertificate) {
			t.Errorf("%v: %v", test.cert.Subject, err)
		}
	}
	if _, err := login(u, Credentials{User: "me@x.org"}); err == nil {
		t.Error("who is known by a certificate was let in without")
	}
}

func FuzzDistinguishedName(f *testing.F) {
	f.Add("CN=a,O=b", "CN=b")
	f.Add(`CN=a\`, "=,=")
	f.Fuzz(func(t *testing.T, name, cn string) {
		u, err := NewUsers(UsersOptions{Users: []User{{Name: name}}, VerifyAndMap: true})
		if err != nil {
			return
		}
		der, err := asn1.Marshal(pkix.Name{CommonName: cn}.ToRDNSequence())
		if err == nil {
			u.bySubject(der)
		}
		u.bySubject([]byte(cn))
	})
}

func TestRenew(t *testing.T) {
	old := newUsers(t, UsersOptions{Users: []User{{Name: "same", Password: "p", Account: "A"}, {Name: "changed", Password: "p"}, {Name: "gone", Password: "p"}}})
	fresh := newUsers(t, UsersOptions{Users: []User{{Name: "same", Password: "p", Account: "B"}, {Name: "changed", Password: "q"}}})
	for name, want := range map[string]bool{"same": true, "changed": false, "gone": false} {
		id, err := login(old, Credentials{User: name, Password: "p"})
		if err != nil {
			t.Fatal(err)
		}
		now, ok := fresh.Renew(id)
		if ok != want || (ok && now.Account != "B") {
			t.Errorf("%s: %+v, %v", name, now, ok)
		}
	}
	a, b := newUsers(t, UsersOptions{Token: "x"}), newUsers(t, UsersOptions{Token: "y"})
	id, _ := login(a, Credentials{Token: "x"})
	if _, ok := b.Renew(id); ok {
		t.Error("an old token still holds")
	}
	if _, ok := a.Renew(id); !ok {
		t.Error("the same token does not hold")
	}
}

func TestDuplicatesAndBadKeys(t *testing.T) {
	for name, o := range map[string]UsersOptions{
		"a name twice": {Users: []User{{Name: "a"}, {Name: "a"}}},
		"no nkey":      {Users: []User{{NKey: "UABC"}}},
		"bad subject":  {Users: []User{{Name: "a", Permissions: &PermissionOptions{Publish: &Rule{Allow: []string{"a..b"}}}}}},
	} {
		if _, err := NewUsers(o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestWhatIsBcrypt(t *testing.T) {
	for s, want := range map[string]bool{
		"$2a$11$abc": true, "$2b$04$x": true, "$2x$10$": false, "$2y$10$z": true, "$2c$10$z": false, "$2a$1$zzzz": false, "": false, "password": false,
	} {
		if isBcrypt(s) != want {
			t.Errorf("%q is not %v", s, want)
		}
	}
}
