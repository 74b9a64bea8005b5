package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"net/url"
	"strings"
	"testing"
)

var (
	oidUserID  = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}
	oidEmail   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	oidSurname = asn1.ObjectIdentifier{2, 5, 4, 4}
)

// subjectOf encodes parts in the order of the certificate: "O=Acme", "OU=q && CN=eve".
func subjectOf(t testing.TB, parts ...string) []byte {
	t.Helper()
	others := map[string]asn1.ObjectIdentifier{"UID": oidUserID, "EMAIL": oidEmail, "SN": oidSurname}
	var sequence pkix.RDNSequence
	for _, p := range parts {
		var set pkix.RelativeDistinguishedNameSET
		for _, attribute := range strings.Split(p, " && ") {
			name, value, _ := strings.Cut(attribute, "=")
			oid := attributeTypes[name]
			if oid == nil {
				oid = others[name]
			}
			set = append(set, pkix.AttributeTypeAndValue{Type: oid, Value: value})
		}
		sequence = append(sequence, set)
	}
	raw, err := asn1.Marshal(sequence)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func certificate(t testing.TB, template *x509.Certificate) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(1)
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// TestSubjectNames replays which names the reference server took for a certificate's.
func TestSubjectNames(t *testing.T) {
	for _, c := range []struct {
		name           string
		parts          []string // as in the certificate
		taken, refused []string
	}{
		{
			name: "plain", parts: []string{"C=US", "O=Acme", "OU=CNCF", "CN=alice"},
			taken: []string{
				"CN=alice,OU=CNCF,O=Acme,C=US", "C=US,O=Acme,OU=CNCF,CN=alice", "CN=alice, OU=CNCF, O=Acme, C=US",
				"OU=CNCF,CN=alice,O=Acme,C=US", "cn=alice,ou=CNCF,o=Acme,c=US",
			},
			refused: []string{
				"CN=alice,OU=cncf,O=Acme,C=US", "CN=alice,OU=CNCF,O=Acme", "alice", "CN=alice",
				"CN=alice,OU=CNCF,O=Acme,C=US,C=US", "2.5.4.3=alice,OU=CNCF,O=Acme,C=US",
			},
		},
		{
			name: "domain components", parts: []string{"DC=org", "DC=OpenSSL", "O=Acme", "OU=a", "OU=b", "CN=carol"},
			taken: []string{
				"CN=carol,OU=b,OU=a,O=Acme,DC=OpenSSL,DC=org", "DC=org,DC=OpenSSL,O=Acme,OU=a,OU=b,CN=carol",
				"CN=carol,OU=a,OU=b,O=Acme,DC=OpenSSL,DC=org", "CN=carol,OU=a+OU=b,O=Acme,DC=org,DC=OpenSSL",
				"CN=carol,OU=a+OU=b,O=Acme", "O=Acme,CN=carol,OU=b,OU=a,DC=OpenSSL,DC=org",
				"CN=carol, OU=b, OU=a, O=Acme, DC=OpenSSL, DC=org",
			},
			refused: []string{
				"CN=carol,OU=b+OU=a,O=Acme,DC=OpenSSL,DC=org", "CN=carol,OU=a+OU=b,O=Acme,DC=OpenSSL,DC=org",
				"CN=carol,OU=b,OU=a,O=Acme", "CN=carol,OU=b,OU=a,O=Acme,DC=org",
			},
		},
		{
			name: "escapes", parts: []string{"O=Tulip, Inc", "CN=dan + x"},
			taken: []string{
				`CN=dan \+ x,O=Tulip\, Inc`, `CN=dan \2B x,O=Tulip\2C Inc`, `O=Tulip\, Inc,CN=dan \+ x`,
				`O=Tulip\2c Inc,CN=dan \2b x`,
			},
			refused: []string{`CN="dan + x",O="Tulip, Inc"`, `O=Tulip, Inc,CN=dan \+ x`, `CN=#1307,O=x`},
		},
		{
			name: "escaped ends", parts: []string{"O=#abc", "CN= hal "},
			taken:   []string{`CN=\ hal\ ,O=\#abc`, `O=\#abc,CN=\ hal\ `, `O=\#abc, CN=\ hal\20`},
			refused: []string{"CN= hal ,O=#abc", `O=\#abc,CN=hal`},
		},
		{
			name: "several attributes in a part", parts: []string{"C=US", "O=Acme", "OU=q && CN=eve"},
			taken: []string{
				"OU=q+CN=eve,O=Acme,C=US", "CN=eve+OU=q,O=Acme,C=US", "C=US,CN=eve+OU=q,O=Acme", "CN=eve,OU=q,O=Acme,C=US",
			},
			refused: []string{"CN=eve, OU=q,O=Acme,C=US", "O=Acme,CN=eve,OU=q,C=US"},
		},
		{
			name: "attributes without a name", parts: []string{"O=Acme", "UID=77", "CN=eve"},
			taken:   []string{"CN=eve,O=Acme"},
			refused: []string{"CN=eve,UID=77,O=Acme", "O=Acme,UID=77,CN=eve", "O=Acme,CN=eve"},
		},
		{
			name: "an email in the subject", parts: []string{"O=Acme", "CN=fred", "EMAIL=fred@x.io"},
			taken: []string{"CN=fred,O=Acme"}, refused: []string{"emailAddress=fred@x.io,CN=fred,O=Acme", "fred@x.io"},
		},
		{
			name: "all types", parts: []string{"C=US", "ST=CA", "L=LA", "STREET=1 Main", "POSTALCODE=90", "SERIALNUMBER=5", "CN=ivy"},
			taken: []string{
				"SERIALNUMBER=5,CN=ivy,POSTALCODE=90,STREET=1 Main,L=LA,ST=CA,C=US",
				"ST=CA,SERIALNUMBER=5,CN=ivy,POSTALCODE=90,STREET=1 Main,L=LA,C=US",
			},
			refused: []string{"CN=ivy,ST=CA,C=US,L=LA", "S=CA,SERIALNUMBER=5,CN=ivy,POSTALCODE=90,STREET=1 Main,L=LA,C=US"},
		},
		{
			name: "blanks and strange forms", parts: []string{"O=Acme", "CN=bob"},
			taken: []string{
				"O=Acme,CN=bob,", "CN = bob,O=Acme", "CN=bob ,O=Acme", "O=Acme , CN=bob", " O=Acme,CN=bob", "O=Acme,CN=bob ",
				`O=Acme,CN=bo\62`, "O=Acme,CN= bob", `O=Acme,CN=b\6fb`, "o =Acme,CN=bob",
			},
			refused: []string{
				"CN=bob;O=Acme", "O=Acme,CN=#130362", `O=Acme,CN=\b\o\b`, "O=Acme,+CN=bob", "O=Acme,,CN=bob", "O=Acme+CN=bob",
				"CN=bob,O=#0c0441636d65", "O=Acme,CN=#0c03626f62", `O=Acme,CN=bob\`, `O=Acme,CN=bo\6`, "",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert := certificate(t, &x509.Certificate{RawSubject: subjectOf(t, c.parts...)})
			for _, name := range c.taken {
				if mapTo(cert, name) == nil {
					t.Errorf("%q is not found", name)
				}
			}
			for _, name := range c.refused {
				if mapTo(cert, name) != nil {
					t.Errorf("%q is found", name)
				}
			}
		})
	}
}

// mapTo returns whom of the users the certificate belongs to.
func mapTo(cert *x509.Certificate, names ...string) *Identity {
	users := map[string]*Identity{}
	for _, name := range names {
		users[name] = &Identity{User: name}
	}
	return newCertificateMap(users).find(cert, Standard)
}

func TestNamesInOrder(t *testing.T) {
	uri, err := url.Parse("spiffe://x/bob")
	if err != nil {
		t.Fatal(err)
	}
	sans := certificate(t, &x509.Certificate{
		RawSubject:     subjectOf(t, "O=Acme", "CN=bob"),
		EmailAddresses: []string{"bob@x.io", "bob2@x.io"}, DNSNames: []string{"bob.x.io", "*.x.io"}, URIs: []*url.URL{uri},
	})
	components := certificate(t, &x509.Certificate{RawSubject: subjectOf(t, "DC=org", "O=Acme", "OU=a", "OU=b", "CN=eve")})
	for _, c := range []struct {
		cert  *x509.Certificate
		names []string // best first
	}{
		{sans, []string{
			"bob@x.io", "bob2@x.io", "bob.x.io", "*.x.io", "spiffe://x/bob", "CN=bob, O=Acme", "O=Acme,CN=bob",
		}},
		{components, []string{
			"CN=eve,OU=b,OU=a,O=Acme,DC=org", "O=Acme,CN=eve,OU=b,OU=a,DC=org", "CN=eve,OU=a+OU=b,O=Acme,DC=org",
			"CN=eve,OU=a+OU=b,O=Acme",
		}},
	} {
		for i, want := range c.names {
			if id := mapTo(c.cert, c.names[i:]...); id == nil || id.User != want {
				t.Errorf("%q: found %+v", c.names[i:], id)
			}
		}
	}
	if id := mapTo(sans, "BOB@x.io", "www.x.io", "bob"); id != nil {
		t.Errorf("found %+v", id)
	}
}

func TestCertificateLogin(t *testing.T) {
	key := newSigner(t)
	bob := []*x509.Certificate{certificate(t, &x509.Certificate{RawSubject: subjectOf(t, "O=Acme", "CN=bob"), DNSNames: []string{"bob.x"}})}
	eve := []*x509.Certificate{certificate(t, &x509.Certificate{RawSubject: subjectOf(t, "CN=eve")})}
	pat := []*x509.Certificate{certificate(t, &x509.Certificate{RawSubject: subjectOf(t, "CN=pat")})}
	hal := []*x509.Certificate{certificate(t, &x509.Certificate{RawSubject: subjectOf(t, "CN=hal")})}
	u := mustUsers(t, UsersOptions{VerifyAndMap: true, NoAuthUser: "a", Users: []UserOptions{
		{Name: "a", Password: "secret"},
		{Name: "np"},
		{NKey: key.public},
		{Name: "CN=bob,O=Acme"},
		{Name: "bob.x", ConnectionTypes: []ConnectionType{WebSocket}},
		{Name: "CN=pat", Password: "secret"},
		{Name: "CN=hal", Password: hash(t, "secret")},
	}})
	checkLogins(t, u, []login{
		{&Credentials{PeerCertificates: bob}, "CN=bob,O=Acme", nil},
		{&Credentials{PeerCertificates: bob, ConnectionType: WebSocket}, "bob.x", nil},
		{&Credentials{PeerCertificates: bob, User: "np"}, "CN=bob,O=Acme", nil},
		{&Credentials{PeerCertificates: bob, Token: "x"}, "CN=bob,O=Acme", nil},
		{&Credentials{PeerCertificates: bob, User: "a", Password: "secret"}, "", ErrSecret},
		{&Credentials{PeerCertificates: eve}, "", ErrCertificate},
		{&Credentials{PeerCertificates: eve, User: "a", Password: "secret"}, "", ErrCertificate},
		{&Credentials{PeerCertificates: pat}, "", ErrSecret},
		{&Credentials{PeerCertificates: pat, Password: "secret"}, "CN=pat", nil},
		{&Credentials{PeerCertificates: hal}, "", ErrSecret},
		{&Credentials{PeerCertificates: hal, Password: "secret"}, "CN=hal", nil},
		{&Credentials{}, "", ErrNoCredentials},
		{&Credentials{User: "a", Password: "secret"}, "", ErrNoCredentials},
		{&Credentials{User: "np"}, "", ErrNoCredentials},
		{&Credentials{NKey: key.public, PeerCertificates: bob}, "", ErrSignature},
	})
	signed := key.credentials(t, base64.RawURLEncoding)
	signed.PeerCertificates = bob
	checkLogins(t, u, []login{{signed, key.public, nil}})
	if _, ok := u.NoAuthUser(); ok {
		t.Error("a certificate is not asked for")
	}
}

func FuzzDistinguishedName(f *testing.F) {
	for _, name := range []string{"CN=bob,O=Acme", `O=Tulip\, Inc,CN=dan \+ x`, "CN=eve+OU=q,DC=org,", `CN=\ hal\20`, "CN=,O=", "=", `CN=\`} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		dn, ok := parseDN(name)
		if !ok {
			return
		}
		spaced, ok := parseDN(" " + name)
		if !ok || spaced.key() != dn.key() {
			t.Fatalf("a blank before %q counts", name)
		}
		if more, ok := parseDN("CN=x," + name); !ok || more.key() == dn.key() || len(more) != len(dn)+1 {
			t.Fatalf("a part more of %q does not count", name)
		}
	})
}

// FuzzCertificateSubject puts a value into a certificate and looks it up as RFC 2253 writes it.
func FuzzCertificateSubject(f *testing.F) {
	f.Add("bob", "Acme")
	f.Add(" a,b+c ", "#x\\\"<>;=")
	f.Add("", "\x00\xff")
	f.Fuzz(func(t *testing.T, cn, org string) {
		sequence := pkix.RDNSequence{
			{{Type: attributeTypes["O"], Value: org}}, {{Type: attributeTypes["CN"], Value: cn}},
		}
		dn, ok := certificateDN(sequence)
		if !ok {
			t.Fatal("no name")
		}
		parsed, ok := parseDN("CN=" + escape(cn) + ",O=" + escape(org))
		if !ok || parsed.key() != dn.key() {
			t.Fatalf("%q is not %q", parsed, dn)
		}
	})
}

// escape writes every byte of a value in hexadecimal.
func escape(value string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(value) {
		b.WriteString(`\` + string(digits[value[i]>>4]) + string(digits[value[i]&15]))
	}
	return b.String()
}
