package interop

import (
	"crypto/tls"
	"fmt"
	"syscall"

	"sinew.dev/sinew/test/interop/internal/document"
)

// monitored are the servers, by the name of the file that holds their documents.
var monitored = map[string]monitoredServer{
	"plain": {
		config: `
			server_name: plain
			no_system_account: true
			max_payload: 1000
			mappings: { "m.a": "m.b", "w": [{destination: "w1", weight: 70%}, {destination: "w2", weight: 20%}],
				"p.*.*": "q.{{wildcard(2)}}.$1", "c": [{destination: "c1", weight: 30%, cluster: X}, {destination: "c2", weight: 70%}] }
		`,
		load: func(c *crowd) {
			mixed(c, nil)
			c.closed(4)
		},
		requests: plainRequests,
	},
	"accounts": {
		config: `
			server_name: accounts
			no_system_account: true
			accounts {
				A { users: [{user: alice, password: pw}, {user: al2, password: pw, permissions: {publish: "foo", subscribe: ["foo", "bar.>"]}}]
					mappings: {"m.a": "m.b"}, limits: {max_connections: 10} }
				B { users: [{user: bob, password: pw}] }
				EMPTY { users: [{user: eve, password: pw}] }
			}
		`,
		load: func(c *crowd) {
			tenants(c)
			c.closed(2)
		},
		requests: accountRequests("$G", "A", "B", "EMPTY", "NONE"),
	},
	"system": {
		config: `
			server_name: system
			accounts {
				A { users: [{user: alice, password: pw}, {user: al2, password: pw}] }
				B { users: [{user: bob, password: pw}] }
				SYS { users: [{user: sys, password: pw}] }
			}
			system_account: SYS
		`,
		rules: []document.Rules{withSystem},
		load: func(c *crowd) {
			tenants(c)
			c.closed(2)
		},
		requests: []string{
			"/varz", "/accountz", "/accountz?acc=SYS", "/accountz?acc=A", "/accountz?acc=$G", "/connz?auth=1", "/connz?acc=SYS&auth=1",
			"/connz?state=closed&auth=1",
		},
	},
	"default": {
		config:   "server_name: default",
		rules:    []document.Rules{withSystem},
		requests: []string{"/varz", "/accountz", "/accountz?acc=$SYS", "/accstatz", "/accstatz?unused=1", "/connz", "/ipqueuesz", "/subsz?acc=$G"},
	},
	"token": {
		config: `
			server_name: token
			no_system_account: true
			authorization { token: "S3CRET", timeout: 7 }
		`,
		load: func(c *crowd) {
			c.come("known", `"verbose":false,"auth_token":"S3CRET","name":"known"`).sync()
			c.come("unknown", `"verbose":false,"auth_token":"wrong","name":"unknown"`).until("-ERR")
			c.closed(1)
		},
		requests: []string{"/varz", "/connz?auth=1", "/connz?state=all&auth=true", "/connz?user=[REDACTED]&auth=1", "/connz?user=S3CRET"},
	},
	"tls": {
		config: `
			server_name: tls
			max_payload: 1000
			no_system_account: true
			tls { cert_file: "CERTS/server.pem", key_file: "CERTS/server.key", ca_file: "CERTS/ca.pem", verify: true, timeout: 3 }
		`,
		load: func(c *crowd) {
			pair, err := tls.LoadX509KeyPair(c.certs.Path+"/client.pem", c.certs.Path+"/client.key")
			if err != nil {
				c.t.Fatal(err)
			}
			// The certificate was made a moment ago by ourselves; there is nothing to verify.
			secure := func(version uint16) *tls.Config {
				return &tls.Config{
					InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{pair},
				}
			}
			mixed(c, secure(tls.VersionTLS13))
			old := secure(tls.VersionTLS12)
			old.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
			c.arrive("old", `"verbose":false,"name":"old"`, old).sync()
			c.closed(4)
		},
		requests: []string{"/varz", "/connz", "/connz?auth=1&subs=1", "/connz?state=closed&auth=1&subs=detail"},
	},
	"options": {
		config: `
			server_name: options
			no_system_account: true
			http_base_path: "/mon"
			server_tags: ["region:eu", "b"]
			server_metadata: {rack: r1, a: b}
			write_timeout: retry
			write_deadline: "7s"
			max_connections: 11
			max_subscriptions: 12
			max_control_line: 2048
			max_pending: 1MB
			max_payload: 2000
			ping_interval: 11s
			ping_max: 5
			client_advertise: "1.2.3.4:5555"
			authorization { user: u, password: p, timeout: 1.5 }
			feature_flags: { js_raft_delete_range: false }
		`,
		load: func(c *crowd) { c.come("u", `"verbose":false,"user":"u","pass":"p"`).sync() },
		requests: []string{
			"/mon/varz", "/mon", "/mon/", "/varz", "/", "/mon/connz?auth=1", "/mon/nope", "//mon/varz?a=b", "/mon/healthz", "/monvarz",
			"/mon/raftz", "/mon/debug/vars", "/mon/accountz",
		},
	},
	"lame_duck": {
		config: `
			server_name: duck
			no_system_account: true
			lame_duck_duration: "60s"
			lame_duck_grace_period: "1s"
		`,
		load: func(c *crowd) {
			g := c.come("duck", `"verbose":false,"protocol":1`)
			g.sync()
			if err := c.server.Signal(syscall.SIGUSR2); err != nil {
				c.t.Fatal(err)
			}
			g.until("INFO ")
			c.unhealthy()
		},
		requests: []string{
			"/healthz", "/healthz?details=1", "/healthz?js-enabled-only=1", "/healthz?js-server-only=1", "/healthz?js-meta-only=1",
			"/healthz?js-enabled=1", "/healthz?account=A", "/healthz?stream=S", "/healthz?consumer=C&details=true", "/connz",
		},
	},
}

// mixed is clients of all kinds, no two with the same counts, and some that have left for different reasons.
func mixed(c *crowd, secure *tls.Config) {
	c.t.Helper()
	alpha := c.arrive("alpha", `"verbose":false,"name":"alpha","lang":"go","version":"1.2.3","protocol":1,"headers":true,"no_responders":true`, secure)
	alpha.say("SUB foo 1", "SUB foo.* workers 2", "SUB bar 3", "UNSUB 3 5", "SUB gone 4", "UNSUB 4")
	alpha.sync()
	beta := c.arrive("beta", `"verbose":false,"name":"b<\"&>é","lang":"python3","version":"2.0.0"`, secure)
	beta.say("SUB foo 9", "SUB > all")
	beta.sync()
	gamma := c.arrive("gamma", `"verbose":false,"name":"gamma","headers":true,"echo":false`, secure)
	gamma.sync()
	delta := c.arrive("delta", `"verbose":false,"name":"delta"`, secure)
	delta.say("SUB d.1 1", "SUB d.2 q 2", "UNSUB 2 9")
	delta.sync()
	epsilon := c.arrive("epsilon", `"verbose":false,"name":"epsilon"`, secure)
	epsilon.sync()
	zeta := c.arrive("zeta", `"verbose":false,"name":"zeta"`, secure)
	zeta.say("SUB z 1")
	zeta.sync()
	silent := c.arrive("silent", ``, secure)
	silent.say("SUB bar 7")
	silent.until("+OK")

	gamma.say(
		"PUB foo 5", "hello", "PUB foo 5", "hello", "PUB foo 7", "hello 3", "PUB bar reply 3", "bar", "PUB bar 3", "bar",
		"HPUB foo.x 12 14", "NATS/1.0\r\n\r\n"+"hi", "PUB m.a 2", "mm",
	)
	gamma.sync()
	alpha.say("PUB bar 10", "0123456789", "PUB nobody foo 1", "x")
	alpha.sync()
	beta.say("PUB d.2 4", "four")
	beta.sync()

	_ = delta.conn.Close()
	c.closed(1)
	epsilon.say("GARBAGE")
	epsilon.until("-ERR")
	c.closed(2)
	zeta.say("PUB z 1000000", "x")
	zeta.until("-ERR")
	c.closed(3)
	line := c.arrive("line", `"verbose":false`, secure)
	line.say(fmt.Sprintf("SUB %05000d 1", 1))
	line.until("-ERR")
}

// tenants is clients of several accounts.
func tenants(c *crowd) {
	c.t.Helper()
	alice := c.come("alice", `"verbose":false,"user":"alice","pass":"pw","name":"one"`)
	alice.say("SUB foo 1", "SUB bar.> q 2")
	alice.sync()
	al2 := c.come("al2", `"verbose":false,"user":"al2","pass":"pw","name":"two","lang":"go","version":"1"`)
	al2.say("SUB bar.* 1")
	al2.sync()
	bob := c.come("bob", `"verbose":false,"user":"bob","pass":"pw","name":"three"`)
	bob.say("SUB foo 1", "SUB m.b 2")
	bob.sync()
	alice.say("PUB foo 5", "hello", "PUB bar.1 2", "xx", "PUB m.a 1", "m")
	alice.sync()
	bob.say("PUB foo 3", "bob", "PUB foo 3", "bob")
	bob.sync()
	gone := c.come("gone", `"verbose":false,"user":"bob","pass":"pw","name":"gone"`)
	gone.say("SUB x 1") // the reference may count what it publishes for no account, if it leaves
	gone.sync()
	_ = gone.conn.Close()
	c.closed(1)
	c.come("stranger", `"verbose":false,"user":"alice","pass":"wrong","name":"stranger"`).until("-ERR")
}
