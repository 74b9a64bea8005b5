package server_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"sinew.dev/sinew/internal/observe/status"
)

// tlsBlock is a tls block with the server's certificate and more.
func tlsBlock(a *authority, s *issued, more string) string {
	return fmt.Sprintf("tls {cert_file: %q, key_file: %q, ca_file: %q, timeout: 10, %s}\n", s.cert, s.key, a.file, more)
}

// secure reads INFO in clear, does the handshake and logs in. It returns what went wrong, at whatever step.
func (r *rig) secure(c *tls.Config, fields string) (*wire, error) {
	r.t.Helper()
	w := r.dial()
	if !w.hello.TLSRequired {
		r.t.Fatal("INFO does not ask for TLS")
	}
	return r.overTLS(w.Conn, c, fields)
}

// overTLS does the handshake and logs in. With TLS 1.3 a client learns only afterwards that its certificate was refused.
func (r *rig) overTLS(conn net.Conn, c *tls.Config, fields string) (*wire, error) {
	secured := tls.Client(conn, c)
	if err := secured.Handshake(); err != nil {
		return nil, err
	}
	w := &wire{Conn: secured, t: r.t}
	if _, err := io.WriteString(secured, connectLine(fields)+"\r\nPING\r\n"); err != nil {
		return nil, err
	}
	said := make([]byte, len("PONG\r\n"))
	if _, err := io.ReadFull(secured, said); err != nil {
		return nil, fmt.Errorf("after %q: %w", said, err)
	}
	if string(said) != "PONG\r\n" {
		rest, _ := io.ReadAll(secured)
		return nil, errors.New(string(said) + string(rest))
	}
	return w, nil
}

func TestTLSCarriesMessages(t *testing.T) {
	a := newAuthority(t)
	r := start(t, tlsBlock(a, a.issue("server"), ""))
	nc := r.nats(nats.Secure(a.trust()))
	sub, err := nc.SubscribeSync("x")
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("0123456789", 50_000)
	if err := nc.Publish("x", []byte(body)); err != nil {
		t.Fatal(err)
	}
	if m, err := sub.NextMsg(patience); err != nil || string(m.Data) != body {
		t.Errorf("got %v", err)
	}
	if _, err := r.secure(newAuthority(t).trust(), ""); err == nil {
		t.Error("a client took a certificate of somebody else's authority")
	}
	clear := r.dial()
	clear.say(connectLine(""), "PING")
	if said := clear.rest(); strings.Contains(said, "PONG") {
		t.Errorf("a client in clear was told %q", said)
	}
	r.awaitVarz("the refused to be gone", func(v *status.Varz) bool { return v.Connections == 1 })
	var c status.Connz
	r.get("/connz", &c)
	if len(c.Conns) != 1 || c.Conns[0].TLSVersion != "1.3" {
		t.Errorf("/connz shows %+v", c.Conns)
	}
}

func TestTLSVerifyRefusesWhoHasNoCertificate(t *testing.T) {
	a := newAuthority(t)
	r := start(t, tlsBlock(a, a.issue("server"), "verify: true"))
	if _, err := r.secure(a.trust(a.issue("client")), ""); err != nil {
		t.Errorf("a client with a certificate: %v", err)
	}
	if _, err := r.secure(a.trust(), ""); err == nil {
		t.Error("a client without a certificate was let in")
	}
	if _, err := r.secure(a.trust(newAuthority(t).issue("client")), ""); err == nil {
		t.Error("a client with a certificate of another authority was let in")
	}
	r.awaitVarz("the refused to go", func(v *status.Varz) bool { return v.Connections == 1 })
}

func TestTLSPinnedCertificatesOnly(t *testing.T) {
	a := newAuthority(t)
	good, other := a.issue("good"), a.issue("other")
	for _, verify := range []string{"verify: true", "verify: false"} {
		r := start(t, tlsBlock(a, a.issue("server"), fmt.Sprintf("pinned_certs: [%q], %s", good.pin, verify)))
		if _, err := r.secure(a.trust(good), ""); err != nil {
			t.Errorf("%s: the pinned certificate: %v", verify, err)
		}
		if _, err := r.secure(a.trust(other), ""); err == nil {
			t.Errorf("%s: another certificate was let in", verify)
		}
		if _, err := r.secure(a.trust(), ""); err == nil {
			t.Errorf("%s: a client without a certificate was let in", verify)
		}
	}
}

func TestTLSHandshakeBeforeInfo(t *testing.T) {
	a := newAuthority(t)
	r := start(t, tlsBlock(a, a.issue("server"), "handshake_first: true"))
	secured := tls.Client(dialTCP(t, r.Addr().String()), a.trust())
	w := newWire(t, secured) // INFO comes encrypted
	w.connect("")
	clear := dialTCP(t, r.Addr().String())
	if _, err := io.WriteString(clear, connectLine("")+"\r\nPING\r\n"); err != nil {
		t.Fatal(err)
	}
	if said, _ := io.ReadAll(clear); strings.Contains(string(said), "INFO") {
		t.Errorf("in clear came %q", said)
	}
}

func TestTLSHandshakeFirstFallsBackToInfo(t *testing.T) {
	a := newAuthority(t)
	r := start(t, tlsBlock(a, a.issue("server"), `handshake_first: "100ms"`))
	if _, err := r.secure(a.trust(), ""); err != nil { // waits for INFO
		t.Errorf("a client that waits for INFO: %v", err)
	}
	newWire(t, tls.Client(dialTCP(t, r.Addr().String()), a.trust())).connect("")
}

func TestTLSCertificateNamesTheUser(t *testing.T) {
	a := newAuthority(t)
	r := start(t, tlsBlock(a, a.issue("server"), "verify_and_map: true")+`
		accounts {
			ONE: {users: [{user: "alice@example.com", permissions: {publish: "a.>"}}]}
			TWO: {users: [{user: "CN=bob,O=Sinew"}]}
		}`)
	alice, err := r.secure(a.trust(a.issue("x", "alice@example.com")), "")
	if err != nil {
		t.Fatalf("the user named by the e-mail address: %v", err)
	}
	if _, err := r.secure(a.trust(a.issue("bob")), ""); err != nil {
		t.Fatalf("the user named by the subject: %v", err)
	}
	if _, err := r.secure(a.trust(a.issue("mallory", "mallory@example.com")), `"user":"alice@example.com"`); err == nil {
		t.Error("a certificate that names no user was let in")
	}
	if _, err := r.secure(a.trust(), `"user":"alice@example.com"`); err == nil {
		t.Error("a client without a certificate was let in")
	}
	if _, err := io.WriteString(alice, "PUB b 1\r\nx\r\n"); err != nil {
		t.Fatal(err)
	}
	want := `-ERR 'Permissions Violation for Publish to "b"'`
	said := make([]byte, len(want))
	if _, err := io.ReadFull(alice, said); err != nil || string(said) != want {
		t.Errorf("said %q, %v", said, err)
	}
	r.awaitVarz("the refused to be gone", func(v *status.Varz) bool { return v.Connections == 2 })
	var c status.Connz
	r.get("/connz?auth=true", &c)
	got := map[string]string{}
	for i := range c.Conns {
		got[c.Conns[i].AuthorizedUser] = c.Conns[i].Account
	}
	if got["alice@example.com"] != "ONE" || got["CN=bob,O=Sinew"] != "TWO" || len(got) != 2 {
		t.Errorf("/connz shows %v", got)
	}
}

func TestTLSReloadTakesTheNewCertificate(t *testing.T) {
	a, b := newAuthority(t), newAuthority(t)
	r := start(t, tlsBlock(a, a.issue("server"), ""))
	old, err := r.secure(a.trust(), "")
	if err != nil {
		t.Fatal(err)
	}
	r.reload(tlsBlock(b, b.issue("server"), ""))
	if _, err := r.secure(b.trust(), ""); err != nil {
		t.Errorf("the new certificate: %v", err)
	}
	if _, err := r.secure(a.trust(), ""); err == nil {
		t.Error("the old certificate is still shown")
	}
	if _, err := io.WriteString(old, "PING\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(old, make([]byte, len("PONG\r\n"))); err != nil {
		t.Errorf("who was connected before: %v", err)
	}
}

func TestTLSHandshakeThatNeverEndsIsClosed(t *testing.T) {
	a := newAuthority(t)
	config := strings.Replace(tlsBlock(a, a.issue("server"), ""), "timeout: 10", "timeout: 0.2", 1)
	r := start(t, config)
	silent, half := r.dial(), r.dial()
	if _, err := half.Write([]byte{0x16, 3, 1, 2, 0, 1}); err != nil {
		t.Fatal(err)
	}
	silent.rest()
	half.rest()
	r.awaitVarz("them to be gone", func(v *status.Varz) bool { return v.Connections == 0 })
}

func TestOptionalTLSServesClientsInClearToo(t *testing.T) {
	a := newAuthority(t)
	for _, auth := range []string{"", userList(alice)} {
		r := start(t, tlsBlock(a, a.issue("server"), "")+"allow_non_tls: true\n"+auth)
		clear := r.login(asAlice)
		clear.say("SUB x 1")
		clear.barrier()
		secured, err := r.overTLS(r.dial().Conn, a.trust(), asAlice)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(secured, "PUB x 2\r\nhi\r\n"); err != nil {
			t.Fatal(err)
		}
		clear.expect("MSG x 1 2", "hi")
	}
}
