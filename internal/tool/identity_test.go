package tool

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// aJWT looks like a JWT; who checks it is the server.
const aJWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.e30.AA"

// secrets are a user's credentials in all the places they may come from.
type secrets struct {
	pair                     nkeys.KeyPair
	public, seed             string
	credsFile, nkFile, jFile string
}

func newSecrets(t *testing.T) secrets {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	creds := fmt.Sprintf("-----BEGIN NATS USER JWT-----\n%s\n------END NATS USER JWT------\n\nnoise\n"+
		"-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n", aJWT, seed)
	return secrets{
		pair: pair, public: public, seed: string(seed),
		credsFile: write("a.creds", creds), nkFile: write("a.nk", string(seed)+"\n"), jFile: write("a.jwt", aJWT+"\n"),
	}
}

func embed(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return "data:;base64," + base64.StdEncoding.EncodeToString(text)
}

// TestCredentialsSign: whatever form they come in, they name the user and sign what the server asks to be signed.
func TestCredentialsSign(t *testing.T) {
	s := newSecrets(t)
	t.Setenv("THE_CREDS", mustRead(t, s.credsFile))
	t.Setenv("THE_SEED", s.seed)
	t.Setenv("THE_JWT", aJWT)
	tests := []struct {
		name string
		link connection
		jwt  string
	}{
		{"creds file", connection{creds: s.credsFile}, aJWT},
		{"creds file as URL", connection{creds: "file://" + s.credsFile}, aJWT},
		{"creds embedded", connection{creds: embed(t, s.credsFile)}, aJWT},
		{"creds in the environment", connection{creds: "env://THE_CREDS"}, aJWT},
		{"nkey file", connection{nkey: s.nkFile}, ""},
		{"nkey from a creds file", connection{nkey: s.credsFile}, ""},
		{"nkey embedded", connection{nkey: embed(t, s.nkFile)}, ""},
		{"nkey in the environment", connection{nkey: "env://THE_SEED"}, ""},
		{"nkey itself", connection{nkey: s.seed}, ""},
		{"jwt and seed", connection{jwt: s.jFile, seed: s.nkFile}, aJWT},
		{"jwt and seed from a creds file", connection{jwt: s.credsFile, seed: s.credsFile}, aJWT},
		{"jwt and seed themselves", connection{jwt: aJWT, seed: s.seed}, aJWT},
		{"jwt and seed in the environment", connection{jwt: "env://THE_JWT", seed: "env://THE_SEED"}, aJWT},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			identity, err := test.link.identity()
			if err != nil {
				t.Fatal(err)
			}
			var o nats.Options
			if err := identity(&o); err != nil {
				t.Fatal(err)
			}
			if test.jwt == "" && o.Nkey != s.public {
				t.Errorf("the public key is %q, want %q", o.Nkey, s.public)
			}
			if test.jwt != "" {
				if got, err := o.UserJWT(); err != nil || got != test.jwt {
					t.Errorf("the JWT is %q, %v", got, err)
				}
			}
			nonce := []byte("a nonce")
			signature, err := o.SignatureCB(nonce)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.pair.Verify(nonce, signature); err != nil {
				t.Errorf("the signature is not the user's: %v", err)
			}
		})
	}
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCredentialsThatAreNone(t *testing.T) {
	s := newSecrets(t)
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := account.Seed()
	if err != nil {
		t.Fatal(err)
	}
	accountFile := filepath.Join(t.TempDir(), "account.nk")
	if err := os.WriteFile(accountFile, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	secret := strings.Repeat("hunter2", 3)
	tests := []struct {
		name string
		link connection
		want string
	}{
		{"no such file", connection{creds: "/nowhere/a"}, "--creds: open /nowhere/a: "},
		{"creds without a JWT", connection{creds: s.nkFile}, "--creds: there is no JWT (eyJ…) in " + s.nkFile},
		{"creds without a seed", connection{creds: s.jFile}, "--creds: there is no seed of a user (SU…) in " + s.jFile},
		{"nkey without a seed", connection{nkey: s.jFile}, "--nkey: there is no seed of a user (SU…) in " + s.jFile},
		{"an account's seed", connection{nkey: accountFile}, "--nkey: there is no seed of a user (SU…) in " + accountFile},
		{"nothing embedded", connection{nkey: "data:;base64,"}, "--nkey: what is embedded is not base64"},
		{"garbage embedded", connection{nkey: "data:;base64," + secret}, "--nkey: what is embedded is not base64"},
		{"text embedded", connection{nkey: "data:;base64,aHVudGVyMg=="}, "--nkey: there is no seed of a user (SU…) in what was given"},
		{"empty variable", connection{nkey: "env://NOT_SET_HERE"}, "--nkey: the environment variable NOT_SET_HERE is empty"},
		{"nsc", connection{creds: "nsc://O/A/U"}, "--creds: sinew does not run nsc to get nsc://O/A/U; write it to a file, and name that"},
		{"1Password", connection{seed: "op://v/i", jwt: aJWT}, "--seed: sinew does not run op to get op://v/i; write it to a file, and name that"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.link.identity()
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("gives %v, want %s", err, test.want)
			}
		})
	}
}

func TestExpandHome(t *testing.T) {
	if got := expandHome("~/a"); strings.HasPrefix(got, "~") || !filepath.IsAbs(got) {
		t.Errorf("~/a is %q", got)
	}
	for _, path := range []string{"", "~", "~joe/a", "/a", "a/~/b"} {
		if got := expandHome(path); got != path {
			t.Errorf("%q is %q", path, got)
		}
	}
}
