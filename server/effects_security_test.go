package server_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"sinew.dev/sinew/internal/observe/status"
)

const (
	allowed = "in"
	denied  = "-ERR 'Authorization Violation'"
)

// login tells whether a client with these fields is let in.
func login(fields string) func(*rig) string {
	return func(r *rig) string {
		if said := talk(fields)(r); said != "" {
			return said
		}
		return allowed
	}
}

// signer is a user with an nkey.
type signer struct {
	pair   nkeys.KeyPair
	public string
}

func newSigner() signer {
	pair, err := nkeys.CreateUser()
	if err != nil {
		panic(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		panic(err)
	}
	return signer{pair, public}
}

// login tells whether the user is let in.
func (s signer) login(r *rig) string {
	w := r.dial()
	signature, err := s.pair.Sign([]byte(w.hello.Nonce))
	if err != nil {
		r.t.Fatal(err)
	}
	if said := w.talk(fmt.Sprintf("%q:%q,%q:%q", "nkey", s.public, "sig", base64.RawURLEncoding.EncodeToString(signature))); said != "" {
		return said
	}
	if w.hello.Nonce == "" {
		return "nobody asked"
	}
	return allowed
}

func userEffects() []effect {
	const (
		publish   = `-ERR 'Permissions Violation for Publish to "a"'`
		subscribe = `-ERR 'Permissions Violation for Subscription to "a"'`
		any       = "authorization {users: [" + alice + "]}"
	)
	users := func(permissions string) string {
		return "=authorization {users: [{user: alice, password: wonder, permissions {" + permissions + "}}]}"
	}
	s := newSigner()
	asked := `SUB replies 1|SUB in 2|PUB in replies 1|x|PUB replies 1|y|PUB replies 1|z`
	answers := func(r *rig) string { return talk(asAlice, strings.Split(asked, "|")...)(r) }
	late := func(r *rig) string {
		w := r.login(asAlice)
		defer w.Close()
		w.say("SUB in 2", "PUB in replies 1", "x")
		w.expect("MSG in 2 replies 1", "x")
		end := time.NewTimer(100 * time.Millisecond) // longer than the shorter of the two times
		defer end.Stop()
		<-end.C
		return w.ask("PUB replies 1", "y")
	}
	const answering = `publish: in, subscribe: ">", allow_responses: `
	one := `MSG in 2 replies 1|x|MSG replies 1 1|y|-ERR 'Permissions Violation for Publish to "replies"'`
	return []effect{
		{key: "authorization.user", with: "authorization {user: alice, password: wonder}", see: login(""), want: denied},
		{key: "authorization.password", base: "authorization {user: alice, password: other}", with: "=authorization {user: alice, password: wonder}", see: login(asAlice), want: allowed},
		{key: "authorization.token", with: "authorization {token: secret}", see: login(`"auth_token":"other"`), want: denied},
		{key: "authorization.timeout", base: any, with: "=authorization {timeout: 0.2, users: [" + alice + "]}", see: silentFor(time.Second), want: "-ERR 'Authentication Timeout'"},
		{key: "authorization.users[]", base: "authorization {users: [" + bob + "]}", with: "=" + any, see: login(asAlice), want: allowed},
		{
			key: "authorization.default_permissions", base: any, with: "=authorization {users: [" + alice + "], default_permissions {publish: b}}",
			see: talk(asAlice, "PUB a 1", "x"), want: publish,
		},
		{key: "authorization.users[].user", base: "authorization {users: [" + bob + "]}", with: "=" + any, see: login(asAlice), want: allowed},
		{
			key: "authorization.users[].password", base: "authorization {users: [{user: alice, password: other}]}", with: "=" + any,
			see: login(asAlice), want: allowed,
		},
		{key: "authorization.users[].nkey", base: any, with: fmt.Sprintf("=authorization {users: [{nkey: %s}]}", s.public), see: s.login, want: allowed},
		{
			key: "authorization.users[].permissions", base: any, with: users("publish: b"), see: talk(asAlice, "PUB a 1", "x"), want: publish,
		},
		{
			key: "authorization.users[].allowed_connection_types", base: any,
			with: "=authorization {users: [{user: alice, password: wonder, allowed_connection_types: [WEBSOCKET]}]}", see: login(asAlice), want: denied,
		},
		{key: "no_auth_user", base: any, with: "no_auth_user: alice", see: login(""), want: allowed, refused: "NoAuthUser"},
		{key: "<permissions>.publish", base: any, with: users("publish: b"), see: talk(asAlice, "PUB a 1", "x"), want: publish},
		{key: "<permissions>.subscribe", base: any, with: users("subscribe: b"), see: talk(asAlice, "SUB a 1"), want: subscribe},
		{key: "<permissions>.publish.allow", base: any, with: users("publish {allow: b}"), see: talk(asAlice, "PUB a 1", "x"), want: publish},
		{key: "<permissions>.publish.deny", base: any, with: users("publish {deny: a}"), see: talk(asAlice, "PUB a 1", "x"), want: publish},
		{key: "<permissions>.subscribe.allow", base: any, with: users("subscribe {allow: b}"), see: talk(asAlice, "SUB a 1"), want: subscribe},
		{key: "<permissions>.subscribe.deny", base: any, with: users("subscribe {deny: a}"), see: talk(asAlice, "SUB a 1"), want: subscribe},
		{key: "<permissions>.allow_responses", base: any, with: users(answering + "true"), see: answers, want: one},
		{
			key: "<permissions>.allow_responses.max", base: strings.TrimPrefix(users(answering+"true"), "="), with: users(answering + "{max: 2}"), see: answers,
			want: "MSG in 2 replies 1|x|MSG replies 1 1|y|MSG replies 1 1|z",
		},
		{
			key: "<permissions>.allow_responses.expires", base: strings.TrimPrefix(users(answering+"{max: 5}"), "="),
			with: users(answering + `{max: 5, expires: "20ms"}`), see: late, want: `-ERR 'Permissions Violation for Publish to "replies"'`,
		},
	}
}

// silentFor is what a client is told that says nothing for some time.
func silentFor(wait time.Duration) func(*rig) string {
	return func(r *rig) string {
		w := r.dial()
		defer w.Close()
		_ = w.SetReadDeadline(time.Now().Add(wait))
		line, _ := w.in.ReadString('\n')
		return strings.TrimRight(line, "\r\n")
	}
}

func accountEffects() []effect {
	account := func(more string) string { return "accounts {A {users: [" + alice + "], " + more + "}}" }
	plain := account("limits {}")
	limits := func(more string) string { return "=" + account("limits {"+more+"}") }
	const key = "ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA"
	secondOfAccount := func(r *rig) string {
		first := r.login(asAlice)
		defer func() {
			_ = first.Close()
			r.awaitVarz("the first client's end", func(v *status.Varz) bool { return v.Connections == 0 })
		}()
		return login(asAlice)(r)
	}
	return []effect{
		{key: "accounts", base: "authorization {users: [" + bob + "]}", with: "=accounts {A {users: [" + alice + "]}}", see: login(asAlice), want: allowed},
		{key: "accounts.<name>.users", base: "accounts {A {users: [" + bob + "]}}", with: "=accounts {A {users: [" + alice + "]}}", see: login(asAlice), want: allowed},
		{
			key: "accounts.<name>.default_permissions", base: plain, with: "=" + account("default_permissions {publish: b}"),
			see: talk(asAlice, "PUB a 1", "x"), want: `-ERR 'Permissions Violation for Publish to "a"'`,
		},
		{key: "accounts.<name>.mappings", base: plain, with: "=" + account("mappings {a: b}"), see: talk(asAlice, "SUB b 1", "PUB a 1", "x"), want: "MSG b 1 1|x"},
		{
			key: "accounts.<name>.nkey", base: "accounts {A {}}", with: "=accounts {A {nkey: " + key + "}}, system_account: " + key,
			see: inVarz(func(v *status.Varz) any { return v.SystemAccount }), want: key, startOnly: "the account can be named by it, as by system_account",
		},
		{key: "accounts.<name>.limits.max_connections", base: plain, with: limits("max_connections: 1"), see: secondOfAccount, want: "-ERR 'maximum account active connections exceeded'"},
		{
			key: "accounts.<name>.limits.max_subscriptions", base: plain, with: limits("max_subscriptions: 1"), see: talk(asAlice, "SUB a 1", "SUB b 2"),
			want: "-ERR 'maximum subscriptions exceeded'",
		},
		{key: "accounts.<name>.limits.max_payload", base: plain, with: limits("max_payload: 4"), see: talk(asAlice, "PUB a 5", "hello"), want: "-ERR 'Maximum Payload Violation'"},
		{
			key: "system_account", base: "accounts {SYS {}}", with: "system_account: SYS", see: inVarz(func(v *status.Varz) any { return v.SystemAccount }), want: "SYS",
			refused: "SystemAccount",
		},
		{
			key: "no_system_account", with: "no_system_account: true", see: inVarz(func(v *status.Varz) any { return v.SystemAccount }), want: "",
			refused: "NoSystemAccount",
		},
	}
}

func tlsEffects(t *testing.T) []effect {
	a, other := newAuthority(t), newAuthority(t)
	first, second := a.issue("first"), a.issue("second")
	user := a.issue("alice", "alice@example.com")
	plain := strings.TrimSpace(tlsBlock(a, first, ""))
	more := func(text string) string { return "=" + strings.TrimSpace(tlsBlock(a, first, text)) }
	pair := func(one *issued) string { return fmt.Sprintf("cert_file: %q, key_file: %q", one.cert, one.key) }
	shake := func(c *tls.Config) func(*rig) string { return func(r *rig) string { return r.shake(c) } }
	state := func(c *tls.Config, get func(tls.ConnectionState) any) func(*rig) string {
		return func(r *rig) string {
			conn := tls.Client(r.dial().Conn, c)
			defer conn.Close()
			if err := conn.Handshake(); err != nil {
				return err.Error()
			}
			return fmt.Sprint(get(conn.ConnectionState()))
		}
	}
	name := func(s tls.ConnectionState) any { return s.PeerCertificates[0].Subject.CommonName }
	old := a.trust()
	old.MaxVersion = tls.VersionTLS12
	ancient := a.trust()
	ancient.MaxVersion = tls.VersionTLS12
	ancient.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256}
	mine := a.trust(user)
	const insecure = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"
	return []effect{
		{key: "tls.cert_file", base: plain, with: "=" + fmt.Sprintf("tls {%s, timeout: 10}", pair(second)), see: state(a.trust(), name), want: "second"},
		{key: "tls.key_file", base: plain, with: "=" + fmt.Sprintf("tls {%s, timeout: 10}", pair(second)), see: state(a.trust(), name), want: "second"},
		{
			key: "tls.ca_file", base: fmt.Sprintf("tls {%s, ca_file: %q, verify: true, timeout: 10}", pair(first), other.file), with: more("verify: true"),
			see: shake(mine), want: "in",
		},
		{key: "tls.certs", base: plain, with: "=" + fmt.Sprintf("tls {certs: [{%s}, {%s}], timeout: 10}", pair(second), pair(first)), see: state(a.trust(), name), want: "second"},
		{key: "tls.certs[].cert_file", base: plain, with: "=" + fmt.Sprintf("tls {certs: [{%s}], timeout: 10}", pair(second)), see: state(a.trust(), name), want: "second"},
		{key: "tls.certs[].key_file", base: plain, with: "=" + fmt.Sprintf("tls {certs: [{%s}], timeout: 10}", pair(second)), see: state(a.trust(), name), want: "second"},
		{key: "tls.verify", base: plain, with: more("verify: true"), see: shake(a.trust()), want: "refused"},
		{
			key: "tls.verify_and_map", base: plain + "\n" + "authorization {users: [{user: \"alice@example.com\"}, " + bob + "]}",
			with: more("verify_and_map: true") + "\nauthorization {users: [{user: \"alice@example.com\"}, " + bob + "]}", see: shake(mine), want: "in",
		},
		{key: "tls.pinned_certs", base: plain, with: more(fmt.Sprintf("verify: true, pinned_certs: [%q]", second.pin)), see: shake(mine), want: "refused"},
		{
			key: "tls.timeout", base: plain, with: "=" + fmt.Sprintf("tls {%s, timeout: 0.2}", pair(first)), see: silentHandshake(time.Second), want: "closed",
		},
		{
			key: "tls.cipher_suites", base: plain, with: more("cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]"),
			see: state(old, func(s tls.ConnectionState) any { return tls.CipherSuiteName(s.CipherSuite) }), want: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
		},
		{
			key: "tls.allow_insecure_cipher_suites", base: plain, with: more("allow_insecure_cipher_suites: true, cipher_suites: [" + insecure + "]"),
			see: state(ancient, func(s tls.ConnectionState) any { return tls.CipherSuiteName(s.CipherSuite) }), want: insecure,
		},
		{
			key: "tls.curve_preferences", base: plain, with: more("curve_preferences: [CurveP384]"),
			see: state(a.trust(), func(s tls.ConnectionState) any { return s.CurveID }), want: "CurveP384",
		},
		{key: "tls.min_version", base: plain, with: more(`min_version: "1.3"`), see: shake(old), want: "refused"},
		{key: "tls.handshake_first", base: plain, with: more("handshake_first: true"), see: first1(a), want: "in"},
		{key: "tls.connection_rate_limit", base: plain, with: more("connection_rate_limit: 1"), see: throttled, want: "true"},
		{key: "allow_non_tls", base: plain, with: "allow_non_tls: true", see: login(""), want: allowed, refused: "AllowNonTLS"},
	}
}

// shake tells whether a client is let in over TLS.
func (r *rig) shake(c *tls.Config) string {
	w, err := r.overTLS(r.dial().Conn, c, "")
	if err != nil {
		return "refused"
	}
	_ = w.Close()
	return "in"
}

// first1 tells whether a client may begin with the handshake.
func first1(a *authority) func(*rig) string {
	return func(r *rig) string {
		conn := tls.Client(dialTCP(r.t, r.Addr().String()), a.trust())
		defer conn.Close()
		if conn.Handshake() != nil {
			return "refused"
		}
		line := make([]byte, len("INFO "))
		if _, err := io.ReadFull(conn, line); err != nil || string(line) != "INFO " {
			return "refused"
		}
		return "in"
	}
}

// silentHandshake tells whether a client that does not begin with TLS is closed.
func silentHandshake(wait time.Duration) func(*rig) string {
	return func(r *rig) string {
		w := r.dial()
		defer w.Close()
		_ = w.SetReadDeadline(time.Now().Add(wait))
		_, err := io.ReadAll(w.in)
		if err == nil || !strings.Contains(err.Error(), "timeout") {
			return "closed"
		}
		return "still there"
	}
}

// throttled tells whether one of several connections at once is sent away.
func throttled(r *rig) string {
	for range 5 {
		w := r.dial()
		_ = w.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		line, _ := w.in.ReadString('\n')
		_ = w.Close()
		if strings.Contains(line, "throttling") {
			return "true"
		}
	}
	return "false"
}
