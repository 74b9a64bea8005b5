package config

import (
	"crypto/tls"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDefaults(t *testing.T) {
	c := Default()
	if c.Host != "127.0.0.1" || c.Port != 4222 {
		t.Errorf("without a file the server listens on %s:%d", c.Host, c.Port)
	}
	file := mustLoad(t, "debug: false")
	if file.Host != "0.0.0.0" || file.Port != 4222 {
		t.Errorf("with a file the server listens on %s:%d", file.Host, file.Port)
	}
	file.Host, file.File, file.Digest, file.origins = c.Host, "", "", nil
	if !reflect.DeepEqual(c, file) {
		t.Errorf("defaults with and without a file differ:\n%+v\n%+v", c, file)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestZeroMeansTheDefault(t *testing.T) {
	c := mustLoad(t, `port: 0, max_payload: 0, max_pending: 0, max_control_line: 0, max_closed_clients: 0
		ping_max: 0, write_deadline: "0s", host: ""`)
	want := base()
	want.File, want.Digest, want.origins = c.File, c.Digest, c.origins
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
	if c := mustLoad(t, "max_connections: 0"); c.Limits.MaxConnections != -1 {
		t.Errorf("max_connections is %d, want none to be let in", c.Limits.MaxConnections)
	}
}

func TestTopLevelValues(t *testing.T) {
	c := mustLoad(t, `
		listen: "127.0.0.1:-1"
		LogFile: "s.log", trace_headers: yes, logtime: off
		server_tags: "A, b ,", server_metadata { K: V }
		max_conn: 7, max_subs: 8, max_sub_tokens: 255, max_control_line: 2kb, max_payload: 1k, max_pending: 1g
		write_deadline: 1500ms, write_timeout: retry, ping_interval: "1m30s"
		lame_duck_duration: "30s", lame_duck_grace_period: "29s"
		http: "127.0.0.1:8222", http_base_path: "a/b/"
		no_sys_acc: true`)
	want := base()
	want.File, want.Digest, want.origins = c.File, c.Digest, c.origins
	want.Host, want.Port = "127.0.0.1", RandomPort
	want.Log = Log{File: "s.log", Trace: true, TraceHeaders: true}
	want.ServerTags, want.ServerMetadata = []string{"a", "b"}, map[string]string{"K": "V"}
	want.Limits = Limits{
		MaxConnections: 7, MaxSubscriptions: 8, MaxSubTokens: 255, MaxControlLine: 2048, MaxPayload: 1000,
		MaxPending: 1e9, MaxClosedClients: DefaultMaxClosedClients,
		WriteDeadline: 1500 * time.Millisecond, WriteTimeout: WriteTimeoutRetry,
	}
	want.PingInterval = 90 * time.Second
	want.LameDuckDuration, want.LameDuckGrace = 30*time.Second, 29*time.Second
	want.Monitor = Monitor{Host: "127.0.0.1", Port: 8222, BasePath: "/a/b"}
	want.NoSystemAccount, want.SystemAccount = true, ""
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got\n%+v, want\n%+v", c, want)
	}
}

func TestUsersAndPermissions(t *testing.T) {
	c := mustLoad(t, `authorization {
		timeout: 0.5
		permissions: { publish: "d.>" }
		users: [
			{user: a, password: x}
			{user: b, password: x, clients: [standard, MQTT], permission: {
				pub: {allow: [p], deny: q}, sub: ["s", "t queue.*"], allow_responses: {max: -1}
			}}
			{nkey: UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4, permissions: {allow_responses: true}}
			{user: c, password: x, permissions: {publish: [], subscribe: {}}}
		]
	}`)
	if got := c.AuthTimeout(); got != 500*time.Millisecond {
		t.Errorf("timeout is %v", got)
	}
	users := plainUsers(c.Authorization.Users)
	want := []User{
		{Name: "a", Password: "x", Permissions: &Permissions{Publish: &Rule{Allow: []string{"d.>"}}}},
		{Name: "b", Password: "x", ConnectionTypes: []string{"STANDARD", "MQTT"}, Permissions: &Permissions{
			Publish:        &Rule{Allow: []string{"p"}, Deny: []string{"q"}},
			Subscribe:      &Rule{Allow: []string{"s", "t queue.*"}},
			AllowResponses: &Responses{MaxMessages: -1, Expires: 2 * time.Minute},
		}},
		{NKey: "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4", Permissions: &Permissions{
			Publish:        &Rule{Allow: []string{}},
			AllowResponses: &Responses{MaxMessages: 1, Expires: 2 * time.Minute},
		}},
		{Name: "c", Password: "x", Permissions: &Permissions{}},
	}
	if !reflect.DeepEqual(users, want) {
		t.Errorf("got %+v, want %+v", users, want)
	}
	if at := c.Authorization.Users[1].Position; at.Line != 6 {
		t.Errorf("user b stands at %v", at)
	}
}

func TestAccounts(t *testing.T) {
	c := mustLoad(t, `accounts {
		B { users: [{user: b, password: x}], limits { max_conn: 5, max_pay: 1k }, default_permissions { sub: b } }
		A { maps { "x.*": [ {dest: "y.$1", weight: "30%", cluster: c}, {destination: z, weight: 20} ], w: v } }
	}`)
	want := []Account{
		{
			Name: "B", Limits: AccountLimits{MaxConnections: 5, MaxSubscriptions: -1, MaxPayload: 1000, MaxLeafNodes: -1},
			Users:              []User{{Name: "b", Password: "x", Permissions: &Permissions{Subscribe: &Rule{Allow: []string{"b"}}}}},
			DefaultPermissions: &Permissions{Subscribe: &Rule{Allow: []string{"b"}}},
		},
		{
			Name: "A", Limits: unlimited,
			Mappings: []Mapping{
				{Source: "x.*", Destinations: []Destination{{Subject: "y.$1", Weight: 30, Cluster: "c"}, {Subject: "z", Weight: 20}}},
				{Source: "w", Destinations: []Destination{{Subject: "v", Weight: 100}}},
			},
		},
	}
	if got, want := plainAccounts(c.Accounts), plainAccounts(want); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTLSBlock(t *testing.T) {
	c := mustLoad(t, `tls {
		certs: [{cert_file: cert.pem, key_file: key.pem}], ca_file: cert.pem, verify_and_map: true
		timeout: "3s", min_version: "1.3", first: "80ms", connection_rate_limit: 9
		cipher_suites: [TLS_AES_128_GCM_SHA256], curve_preferences: [X25519, CurveP384]
		pinned_certs: ["`+strings.Repeat("AB", 32)+`"]
	}`)
	got := *c.TLS
	got.Position = Position{}
	want := TLS{
		Certificates: []CertPair{{"cert.pem", "key.pem"}}, CAFile: "cert.pem", Verify: true, VerifyAndMap: true,
		Timeout: 3 * time.Second, MinVersion: tls.VersionTLS13, HandshakeFirst: true,
		HandshakeFallback: 80 * time.Millisecond, ConnectionRateLimit: 9,
		CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256}, CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP384},
		PinnedCerts: []string{strings.Repeat("ab", 32)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := c.AuthTimeout(); got != 4*time.Second {
		t.Errorf("auth timeout with TLS is %v", got)
	}
	built, err := c.TLS.Build(given(withCertificate(t, nil), nil).ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(built.Certificates) != 1 || built.ClientAuth != tls.RequireAndVerifyClientCert || built.ClientCAs == nil {
		t.Errorf("built %+v", built)
	}
}

func TestFaultsAreReportedTogetherAndInOrder(t *testing.T) {
	_, warnings, err := load(t, "prot: 1\nping_interval: 5\nmax_payload: x\nport: 99999999999\nauthorization { usr: 1\n users: 5 }")
	const want = `c.conf:1:0: unknown field "prot" (did you mean "port"?)
c.conf:3:1: invalid use of field "max_payload": expected an integer, got a string
c.conf:5:17: unknown field "usr" (did you mean "user"?)
c.conf:6:2: Expected users field to be an array, got an integer`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if len(warnings) != 1 || warnings[0].Position.Line != 2 {
		t.Errorf("warnings: %v", warnings)
	}
}

func TestValidate(t *testing.T) {
	for text, want := range map[string]string{
		"max_payload: 65MB":            "max_payload (68157440) cannot be higher than max_pending (67108864)",
		`lame_duck_grace_period: "2m"`: "lame duck grace period (2m0s) should be strictly lower than lame duck duration (2m0s)",
		"no_auth_user: x":              `no_auth_user: "x" present, but users/nkeys are not defined`,
		"no_auth_user: x, authorization {users: [{user: a, password: b}]}": `no_auth_user: "x" not present as user or nkey in authorization block or account configuration`,
		"no_auth_user: a, accounts {A {users: [{user: a, password: b}]}}":  "",
		"system_account: B":                "error resolving system account: account missing",
		"system_account: B, accounts: [B]": "",
		"https: 5":                         "TLS cert and key required for HTTPS",
		"http: 5, https: 6":                "can't specify both HTTP (5) and HTTPs (6) ports",
		"tls {}":                           "c.conf:1:0: tls has no certificate: cert_file and key_file are missing",
		"tls {cert_file: cert.pem, key_file: key.pem}": "",
		"port: 70000":             "invalid port 70000",
		`client_advertise: "a:b"`: `invalid client_advertise "a:b": strconv.Atoi: parsing "b": invalid syntax`,
		`client_advertise: "a"`:   "",
	} {
		got := ""
		if err := mustLoad(t, text).Validate(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestAdvice(t *testing.T) {
	const hash = `"$2a$11$PWIFAL8RsWyGI3jVZtO9Nu8.6jOxzxfZo7c/W0eLk017hjgUKWrhy"`
	for text, want := range map[string]int{
		"debug: false":                                               0,
		"max_payload: 9MB":                                           1,
		"authorization {user: a, password: b}":                       1,
		"authorization {user: a, password: " + hash + "}":            0,
		"authorization {password: b}":                                2,
		"authorization {token: b}":                                   1,
		"accounts {A {users: [{user: a, password: b}]}}":             1,
		"authorization {users: [{user: a, password: " + hash + "}]}": 0,
	} {
		if got := mustLoad(t, text).Advice(); len(got) != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
