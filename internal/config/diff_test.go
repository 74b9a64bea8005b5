package config

import "testing"

// TestRefusedChanges holds the words of the reference server for the same change under SIGHUP.
func TestRefusedChanges(t *testing.T) {
	const users = "authorization {users: [{user: a, password: b},{user: c, password: d}]}\n"
	for _, c := range []struct{ from, to, want string }{
		{"", "server_name: x", "ServerName: old=, new=x"},
		{"", "max_pending: 1MB", "MaxPending: old=67108864, new=1048576"},
		{"", "max_pending: 1MB\nserver_name: x", "ServerName: old=, new=x"},
		{"", "max_subs: 5", "MaxSubs: old=0, new=5"},
		{"", "max_sub_tokens: 5", "MaxSubTokens: old=0, new=5"},
		{"", "max_closed_clients: 5", "MaxClosedClients: old=10000, new=5"},
		{"", "write_timeout: close", "WriteTimeout: old=, new=close"},
		{"", `lame_duck_duration: "40s"`, "LameDuckDuration: old=2m0s, new=40s"},
		{"", `lame_duck_grace_period: "1s"`, "LameDuckGracePeriod: old=10s, new=1s"},
		{"", "disable_sublist_cache: true", "NoSublistCache: old=false, new=true"},
		{"", "no_header_support: true", "NoHeaderSupport: old=false, new=true"},
		{"", "http: 34619", "HTTPPort: old=0, new=34619"},
		{"", "https_port: 1234", "HTTPSPort: old=0, new=1234"},
		{"", `http_base_path: "/x"`, "HTTPBasePath: old=, new=/x"},
		{"", "log_size_limit: 5k", "LogSizeLimit: old=0, new=5000"},
		{"", "log_max_num: 5", "LogMaxFiles: old=0, new=5"},
		{"", "prof_port: 5", "ProfPort: old=0, new=5"},
		{"", "feature_flags: {a: true}", "FeatureFlags: old=map[], new=map[a:true]"},
		{"", "allow_non_tls: true", "AllowNonTLS: old=false, new=true"},
		{users, users + "no_auth_user: a", "NoAuthUser: old=, new=a"},
		{users + "no_auth_user: a", users, "NoAuthUser: old=a, new="},
		{users + "no_auth_user: a", users + "no_auth_user: c", "NoAuthUser: old=a, new=c"},
		{"accounts: [A]", "accounts: [A]\nsystem_account: A", "SystemAccount: old=, new=A"},
		{"accounts: [A]\nsystem_account: A", "accounts: [A]", "SystemAccount: old=A, new="},
		{"", "no_system_account: true", "NoSystemAccount: old=false, new=true"},
		{"", "host: localhost", "Host: old=0.0.0.0, new=localhost"},
		{"port: 5", "port: 0", "Port: old=5, new=4222"},
		{"", "listen: 5678", "Port: old=4222, new=5678"},
	} {
		changes := Diff(mustLoad(t, "logtime: true\n"+c.from), mustLoad(t, "logtime: true\n"+c.to))
		err := FirstRefusal(changes)
		if want := "config reload not supported for " + c.want; err == nil || err.Error() != want {
			t.Errorf("%q to %q: got %v, want %s", c.from, c.to, err, want)
		}
	}
}

func TestTakenChanges(t *testing.T) {
	const tls = "tls { cert_file: cert.pem, key_file: key.pem }"
	const secret = "authorization {user: a, password: hidden}"
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"", "", nil},
		{"\n\n" + secret, secret, nil},
		{"mappings {a: b}", "\n\nmappings {a: b}", nil},
		{"", "port: -1", nil},
		{"", "system_account: \"$SYS\"", nil},
		{"", "debug: true", []string{"debug = true"}},
		{"", "trace_headers: true", []string{"trace = true", "trace_headers = true"}},
		{"", "max_payload: 1k\nmax_conn: 5", []string{"max_connections = 5", "max_payload = 1000"}},
		{"", `ping_interval: "3s"`, []string{"ping_interval = 3s"}},
		{"", secret, []string{"authorization username", "authorization password"}},
		{"", "authorization {token: b, timeout: 3}", []string{"authorization timeout = 3", "authorization token"}},
		{"", "accounts: [A]", []string{"accounts"}},
		{"", "mappings {a: b}", []string{"mappings"}},
		{"", tls, []string{"tls = enabled", "authorization timeout = 3"}},
		{tls, tls, []string{"tls = enabled"}},
		{tls, "", []string{"tls = disabled", "authorization timeout = 2"}},
		{"", "server_tags: a", []string{"tags"}},
		{
			"authorization {users: [{user: a, password: b}]}\nno_auth_user: a", secret,
			[]string{"no_auth_user", "authorization username", "authorization password", "authorization users"},
		},
	} {
		changes := Diff(mustLoad(t, "logtime: true\n"+c.from), mustLoad(t, "logtime: true\n"+c.to))
		if err := FirstRefusal(changes); err != nil {
			t.Errorf("%q to %q: %v", c.from, c.to, err)
		}
		var got []string
		for _, change := range changes {
			got = append(got, change.String())
		}
		if len(got) != len(c.want) {
			t.Errorf("%q to %q: got %q, want %q", c.from, c.to, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%q to %q: got %q, want %q", c.from, c.to, got, c.want)
				break
			}
		}
	}
}
