package tool_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"
)

func TestUnreachableServer(t *testing.T) {
	address := freeAddress(t)
	for _, url := range []string{address, "nats://" + address, "nats://user:hunter2@" + address, "nats://hunter2@" + address} {
		run(t, "pub", "a", "x", "-s", url).check(t, 1, "", fmt.Sprintf(
			"sinew: cannot reach nats://%s: connection refused; start a server with \"sinew\", or name one with -s\n", address))
	}
}

func TestErrorsKeepSecrets(t *testing.T) {
	for _, url := range []string{"nats://u:hunter2@127.0.0.1:bad", "nats://u:hunter2%zz@127.0.0.1", "nats://u:hun/ter2@127.0.0.1:1"} {
		got := run(t, "pub", "a", "x", "-s", url)
		if got.code != 1 || strings.Contains(got.err, "hunter2") || strings.Contains(got.err, "ter2") {
			t.Errorf("%s gives %d, %s", url, got.code, got.err)
		}
	}
	t.Setenv("NATS_TIMEOUT", "hunter2")
	run(t, "pub", "a", "x").check(t, 1, "", "sinew: $NATS_TIMEOUT is not a valid --timeout\n")
}

func TestSilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	address := listener.Addr().String()
	run(t, "pub", "a", "x", "-s", address, "--timeout", "100ms").check(t, 1, "",
		"sinew: no answer from nats://"+address+" within 100ms; is it a NATS server? Wait longer with --timeout\n")
}

func TestCredentials(t *testing.T) {
	nkey, seedFile := newNkey(t)
	users := startServer(t, `authorization { users = [ {user: u, password: p}, {nkey: `+nkey+`} ] }`)
	token := startServer(t, `authorization { token: secret }`)
	refused := "sinew: nats://%s refused us: Authorization Violation; say who you are with --user and --password, --token, --nkey or --creds\n"
	sent := "Published 1 bytes to \"a\"\n"
	_, otherSeed := newNkey(t)
	tests := []struct {
		name, address string
		flags         string
		code          int
		want          string
	}{
		{"user", users, "--user u --password p", 0, sent},
		{"wrong password", users, "--user u --password q", 1, fmt.Sprintf(refused, users)},
		{"nobody", users, "", 1, fmt.Sprintf(refused, users)},
		{"nkey", users, "--nkey " + seedFile, 0, sent},
		{"wrong nkey", users, "--nkey " + otherSeed, 1, fmt.Sprintf(refused, users)},
		{"token", token, "--token secret", 0, sent},
		{"user as token", token, "--user secret", 0, sent},
		{"wrong token", token, "--token wrong", 1, fmt.Sprintf(refused, token)},
		{"two kinds", users, "--user u --token t", 1, "sinew: --user, --token are all set (by flag, environment or context); choose one\n"},
		{"certificate without key", users, "--tlscert x", 1, "sinew: --tlscert and --tlskey belong together; give both\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"pub", "a", "x", "-s", test.address}, strings.Fields(test.flags)...)
			run(t, args...).check(t, test.code, "", test.want)
		})
	}
}

// newNkey makes a user, and returns its public key and the file with its seed.
func newNkey(t *testing.T) (public, seedFile string) {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err = pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	seedFile = filepath.Join(t.TempDir(), "user.nk")
	if err := os.WriteFile(seedFile, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	return public, seedFile
}

func TestWhereSettingsComeFrom(t *testing.T) {
	address := startServer(t, `authorization { users = [ {user: u, password: p} ] }`)
	folder := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", folder)
	folder = filepath.Join(folder, "nats", "context")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	good := fmt.Sprintf(`{"description":"x","url":"nats://%s","user":"u","password":"p","tls_first":false,"jetstream_domain":""}`, address)
	for name, text := range map[string]string{"good": good, "broken": `{"url":`} {
		if err := os.WriteFile(filepath.Join(folder, name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nowhere := "nats://" + freeAddress(t)
	tests := []struct {
		name string
		env  map[string]string
		args string
		want string // part of standard error
	}{
		{"environment", map[string]string{"NATS_URL": address, "NATS_USER": "u", "NATS_PASSWORD": "p"}, "", "Published"},
		{
			"flag over environment",
			map[string]string{"NATS_URL": nowhere, "NATS_USER": "u", "NATS_PASSWORD": "no"},
			"-s " + address + " --password p", "Published",
		},
		{"context", nil, "--context good", "Published"},
		{"context from the environment", map[string]string{"NATS_CONTEXT": "good"}, "", "Published"},
		{"flag over context", nil, "--context good -s " + nowhere, "cannot reach " + nowhere},
		{"environment over context", map[string]string{"NATS_URL": nowhere}, "--context good", "cannot reach " + nowhere},
		{"no such context", nil, "--context other", `there is no context "other"; there are: broken, good`},
		{"broken context", nil, "--context broken", `context "broken" in ` + filepath.Join(folder, "broken.json") + `: unexpected end of JSON input`},
		{"a path is no context", nil, "--context ../context/good", `"../context/good" is no name for a context`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			got := run(t, append([]string{"pub", "a", "x"}, strings.Fields(test.args)...)...)
			if !strings.Contains(got.err, test.want) {
				t.Errorf("standard error is %q, want %q in it", got.err, test.want)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	certFile, keyFile := newCertificate(t)
	address := startServer(t, fmt.Sprintf("tls { cert_file: %q, key_file: %q }", certFile, keyFile))
	run(t, "pub", "a", "x", "-s", address, "--tlsca", certFile).check(t, 0, "", "Published 1 bytes to \"a\"\n")
	got := run(t, "pub", "a", "x", "-s", address)
	want := "sinew: cannot trust nats://" + address + ": x509: certificate signed by unknown authority"
	if got.code != 1 || !strings.HasPrefix(got.err, want) || !strings.HasSuffix(got.err, "; name its authority with --tlsca\n") {
		t.Errorf("without the authority: %d, %s", got.code, got.err)
	}
}

// newCertificate makes a certificate for loopback that is its own authority.
func newCertificate(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", private)
}

func TestSubOutlivesTheServer(t *testing.T) {
	address := freeAddress(t)
	kill := startServerAt(t, address, "")
	sub := start(t, "Subscribed", "sub", "-s", address, "a", "--raw", "--count", "1")
	kill()
	sub.err.await(t, "Lost the connection")
	startServerAt(t, address, "")
	sub.err.await(t, "Connected again to nats://"+address)
	nc := client(t, address)
	// The subscription was sent anew, but may arrive after our message.
	for began := time.Now(); len(sub.ended) == 0 && time.Since(began) < patience; {
		if err := nc.Publish("a", []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if got := sub.wait(); got.code != 0 || got.out != "x\n" {
		t.Errorf("ends with %d, having shown %q; %s", got.code, got.out, got.err)
	}
}
