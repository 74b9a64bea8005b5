package server_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/status"
	"sinew.dev/sinew/server"
)

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func portOf(a net.Addr) string {
	if a == nil {
		return "none"
	}
	_, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return err.Error()
	}
	return port
}

func topEffects(t *testing.T) []effect {
	listen, port, http1, http2, http3, http4 := freePort(t), freePort(t), freePort(t), freePort(t), freePort(t), freePort(t)
	client := func(r *rig) string { return portOf(r.Addr()) }
	monitor := func(r *rig) string { return portOf(r.MonitorAddr()) }
	a := newAuthority(t)
	tls := tlsBlock(a, a.issue("server"), "")
	dir := t.TempDir()
	pid, ports := filepath.Join(dir, "pid"), t.TempDir()
	profiles := t.TempDir()
	advice := func(key string) func(*rig) string {
		return func(r *rig) string { return fmt.Sprint(strings.Contains(r.logText(), key+" has no effect: ")) }
	}
	const told = "a notice at the start is all there is"
	return []effect{
		{key: "listen", with: fmt.Sprintf("listen: \"127.0.0.1:%s\"", listen), see: client, want: listen, refused: "Port"},
		{key: "port", with: "port: " + port, see: client, want: port, refused: "Port"},
		{key: "host", with: "host: localhost", see: inVarz(func(v *status.Varz) any { return v.Host }), want: "localhost", refused: "Host"},
		{key: "client_advertise", with: `client_advertise: "example.com:99"`, see: field("host"), want: "example.com"},
		{key: "server_name", with: "server_name: one", see: field("server_name"), want: "one", refused: "ServerName"},
		{key: "server_tags", with: "server_tags: [A, b]", see: inVarz(func(v *status.Varz) any { return v.Tags }), want: "[a b]"},
		{key: "server_metadata", with: "server_metadata {a: b}", see: inVarz(func(v *status.Varz) any { return v.Metadata }), want: "map[a:b]"},
		{
			key: "feature_flags", with: "feature_flags {js_ack_fc_v2: true}", see: inVarz(func(v *status.Varz) any { return v.FeatureFlags["js_ack_fc_v2"] }), want: "true",
			refused: "FeatureFlags",
		},
		{key: "no_header_support", with: "no_header_support: true", see: field("headers"), want: "false", refused: "NoHeaderSupport"},
		{key: "http", with: fmt.Sprintf("http: \"127.0.0.1:%s\"", http1), see: monitor, want: http1, refused: "HTTPPort"},
		{key: "http_port", with: "http_port: " + http2, see: monitor, want: http2, refused: "HTTPPort"},
		{key: "https", base: tls, with: fmt.Sprintf("https: \"127.0.0.1:%s\"", http3), see: monitor, want: http3, startOnly: "http is in the way"},
		{key: "https_port", base: tls, with: "https_port: " + http4, see: monitor, want: http4, startOnly: "http is in the way"},
		{key: "http_base_path", with: "http_base_path: mon", see: getStatus("/mon/varz"), want: "200", refused: "HTTPBasePath"},
		{key: "pid_file", with: fmt.Sprintf("pid_file: %q", pid), see: func(*rig) string { return exists(pid) }, want: "yes"},
		{key: "ports_file_dir", with: fmt.Sprintf("ports_file_dir: %q", ports), see: func(*rig) string { return fmt.Sprint(matching(ports + "/*.ports")) }, want: "1"},
		{
			key: "prof_port", base: fmt.Sprintf("ports_file_dir: %q", profiles), with: "prof_port: -1", see: func(*rig) string { return inPortsFile(t, profiles, `"profile":`) }, want: "true",
			refused: "ProfPort",
		},
		{key: "prof_block_rate", base: "prof_port: -1", with: "prof_block_rate: 1", see: blockedIsCounted, want: "true"},
		{key: "disable_sublist_cache", with: "disable_sublist_cache: true", see: advice("disable_sublist_cache"), want: "true", refused: "NoSublistCache"},
		{key: "connect_error_reports", with: "connect_error_reports: 5", see: advice("connect_error_reports"), want: "true", startOnly: told},
		{key: "reconnect_error_reports", with: "reconnect_error_reports: 5", see: advice("reconnect_error_reports"), want: "true", startOnly: told},
		{key: "tls.insecure", base: tls, with: "=" + tlsBlock(a, a.issue("server"), "insecure: true"), see: advice("tls.insecure"), want: "true", startOnly: told},
		{
			key: "accounts.<name>.limits.max_leafnodes", base: "accounts {A {limits {max_conn: 5}}}", with: "=accounts {A {limits {max_leafs: 5}}}",
			see: advice("max_leafnodes"), want: "true", startOnly: told,
		},
		{
			key: "mappings", with: "mappings {a: b}", see: talk("", "SUB b 1", "PUB a 1", "x"), want: "MSG b 1 1|x",
		},
		{
			key: "<mappings>.destination", base: "mappings {a: [{dest: c, weight: 100%}]}", with: "=mappings {a: [{destination: b, weight: 100%}]}",
			see: talk("", "SUB b 1", "PUB a 1", "x"), want: "MSG b 1 1|x",
		},
		{
			key: "<mappings>.weight", base: "mappings {a: [{destination: b, weight: 100%}]}", with: "=mappings {a: [{destination: b, weight: 0%}]}",
			see: talk("", "SUB b 1", "SUB a 2", "PUB a 1", "x"), want: "MSG a 2 1|x",
		},
		{
			key: "<mappings>.cluster", base: "mappings {a: [{destination: b, weight: 100%}]}", with: "=mappings {a: [{destination: b, weight: 100%, cluster: elsewhere}]}",
			see: talk("", "SUB b 1", "SUB a 2", "PUB a 1", "x"), want: "MSG a 2 1|x",
		},
	}
}

// getStatus is what monitoring answers to a path.
func getStatus(path string) func(*rig) string {
	return func(r *rig) string {
		response, err := web.Get(fmt.Sprintf("http://%s%s", r.MonitorAddr(), path))
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return response.Status
		}
		return "200"
	}
}

func inPortsFile(t *testing.T, dir, text string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*.ports"))
	if err != nil || len(found) != 1 {
		t.Fatalf("ports files: %q, %v", found, err)
	}
	doc, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(strings.Contains(string(doc), text))
}

// blockedIsCounted blocks, and tells whether the block profile of this process has it.
func blockedIsCounted(*rig) string {
	count := func() (sum int64) {
		records := make([]runtime.BlockProfileRecord, 4096)
		n, _ := runtime.BlockProfile(records)
		for i := range records[:min(n, len(records))] {
			for _, pc := range records[i].Stack() {
				if f := runtime.FuncForPC(pc); f != nil && strings.HasSuffix(f.Name(), "blockedIsCounted") {
					sum += records[i].Count
					break
				}
			}
		}
		return sum
	}
	before := count()
	timer := time.NewTimer(time.Millisecond)
	<-timer.C
	return fmt.Sprint(count() > before)
}

// remoteSyslog is a daemon on loopback, and whether lines come there.
func remoteSyslog(t *testing.T) effect {
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Close() })
	looks := 0
	see := func(r *rig) string {
		looks++
		name := fmt.Sprintf("probe%d", looks) // packets of the look before may still be there
		packet := make([]byte, 64<<10)
		for end := time.Now().Add(time.Second); time.Now().Before(end); {
			talk(fmt.Sprintf("%q:%q", "name", name))(r)
			_ = daemon.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			for {
				n, _, err := daemon.ReadFrom(packet)
				if err != nil {
					break
				}
				if strings.Contains(string(packet[:n]), name) {
					return "true"
				}
			}
		}
		return "false"
	}
	return effect{
		key: "remote_syslog", base: "debug: true", with: fmt.Sprintf("log_file: \"\", remote_syslog: \"udp://%s\"", daemon.LocalAddr()),
		see: see, want: "true",
	}
}

// TestSyslogKeyAsksForTheDaemonOfThisMachine: where there is none the server does not start with the key.
func TestSyslogKeyAsksForTheDaemonOfThisMachine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.conf")
	if err := os.WriteFile(file, []byte("syslog: true, listen: \"127.0.0.1:-1\""), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Options{Args: []string{"-c", file}})
	switch {
	case err == nil:
		s.Shutdown() // there is a daemon
	case !strings.Contains(err.Error(), "error connecting to syslog"):
		t.Errorf("got %v", err)
	}
}

func logEffects(t *testing.T) []effect {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.log")
	const traced = `trace: true`
	speak := func(r *rig) { talk(`"name":"probe"`, "SUB a 1", "PUB a 5", "hello")(r) }
	has := func(text string) func(*rig) string {
		return func(r *rig) string { return fmt.Sprint(strings.Contains(r.logged(func() { speak(r) }), text)) }
	}
	asSystem := func(r *rig) string {
		return fmt.Sprint(strings.Contains(r.logged(func() { talk(asAlice, "SUB of.the.system 1")(r) }), "SUB of.the.system"))
	}
	header := func(r *rig) string {
		text := r.logged(func() { talk("", "SUB h 1", "HPUB h 12 17", "NATS/1.0\r\n\r\nhello")(r) })
		return fmt.Sprint(strings.Contains(text, "HPUB h 12 17") && !strings.Contains(text, "hello"))
	}
	stamp := func(r *rig) string {
		text := r.logged(func() { speak(r) })
		_, text, _ = strings.Cut(text, "] ")
		when, err := time.ParseInLocation("2006/01/02 15:04:05", text[:min(19, len(text))], time.UTC)
		switch {
		case err != nil:
			return "none"
		case time.Since(when).Abs() < time.Hour:
			return "UTC"
		}
		return "local"
	}
	long := func(r *rig) {
		for range 10 {
			speak(r)
		}
	}
	var effects []effect
	effects = append(effects,
		effect{key: "debug", with: "debug: true", see: has("connection created"), want: "true"},
		effect{key: "trace", with: traced, see: has("<<- [PUB a 5]"), want: "true"},
		effect{
			key: "trace_verbose", base: "trace: true, accounts {SYS {users: [" + alice + "]}}, system_account: SYS", with: "trace_verbose: true",
			see: asSystem, want: "true",
		},
		effect{key: "trace_headers", base: traced, with: "trace_headers: true", see: header, want: "true"},
		effect{key: "max_traced_msg_len", base: traced, with: "max_traced_msg_len: 2", see: has(`["hello"]`), want: "false"},
		effect{key: "logtime", base: traced, with: "logtime: false", see: stamp, want: "none"},
		effect{key: "logtime_utc", base: traced, with: "logtime_utc: true", see: stamp, want: "UTC"},
		effect{
			key: "log_file", base: "debug: true", with: fmt.Sprintf("log_file: %q", other), want: "true",
			see: func(r *rig) string {
				before, _ := os.ReadFile(other)
				speak(r)
				r.ReopenLog()
				after, _ := os.ReadFile(other)
				return fmt.Sprint(len(after) > len(before))
			},
		},
		effect{key: "log_format", base: traced, with: "log_format: json", see: has(`{"time":`), want: "true"},
		remoteSyslog(t),
		effect{
			key: "log_size_limit", base: traced, with: "log_size_limit: 1000", refused: "LogSizeLimit", want: "true",
			see: func(r *rig) string { long(r); return fmt.Sprint(matching(r.log+".*") > 2) },
		},
		effect{
			key: "log_max_num", base: "trace: true, log_size_limit: 1000", with: "log_max_num: 2", refused: "LogMaxFiles", want: "true",
			see: func(r *rig) string { long(r); return fmt.Sprint(matching(r.log+"*") <= 2) },
		},
	)
	return effects
}
