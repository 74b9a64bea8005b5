package tool_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// startMonitored runs a server with monitoring and more configuration. It returns the addresses for clients and browsers.
func startMonitored(t *testing.T, config string) (address, monitor string) {
	t.Helper()
	monitor = freeAddress(t)
	return startServer(t, fmt.Sprintf("http: %q\n%s", monitor, config)), monitor
}

func TestHealthOfMonitoringPort(t *testing.T) {
	_, monitor := startMonitored(t, "")
	for _, target := range []string{"http://" + monitor, monitor, "http://" + monitor + "/", "http://" + monitor + "/healthz"} {
		run(t, "healthcheck", target).check(t, 0, "http://"+monitor+"/healthz: ok\n", "")
	}
	run(t, "healthcheck", monitor, "--quiet").check(t, 0, "", "")
	run(t, "healthcheck", "http://"+monitor+"/healthz?js-server-only=true").
		check(t, 0, "http://"+monitor+"/healthz?js-server-only=true: ok\n", "")
}

// TestHealthOfALeavingServer: one in lame duck mode takes nobody any more.
func TestHealthOfALeavingServer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals")
	}
	pid := filepath.Join(t.TempDir(), "pid")
	address, monitor := startMonitored(t, fmt.Sprintf("pid_file: %q\nlame_duck_grace_period: 60s\nlame_duck_duration: 90s", pid))
	client(t, address) // as long as somebody is there it stays
	binary, err := serverBinary()
	if err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(binary, "--signal", "ldm="+pid).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	got := run(t, "healthcheck", monitor)
	for began := time.Now(); got.code == 0 && time.Since(began) < patience; {
		got = run(t, "healthcheck", monitor)
	}
	if want := "sinew: http://" + monitor + "/healthz: error: "; got.code != 1 || !strings.HasPrefix(got.err, want) {
		t.Errorf("gives %d, %s; want 1, %s", got.code, got.err, want)
	}
}

func TestHealthOfClientPort(t *testing.T) {
	address := startServer(t, "authorization { user: u, password: p }")
	run(t, "healthcheck", "nats://"+address).check(t, 0, "nats://"+address+": ok\n", "")
	certFile, keyFile := newCertificate(t)
	secure := startServer(t, fmt.Sprintf("tls { cert_file: %q, key_file: %q }", certFile, keyFile))
	run(t, "healthcheck", "tls://"+secure).check(t, 0, "tls://"+secure+": ok\n", "")
}

func TestHealthOfHTTPS(t *testing.T) {
	certFile, keyFile := newCertificate(t)
	monitor := freeAddress(t)
	startServer(t, fmt.Sprintf("https: %q\ntls { cert_file: %q, key_file: %q }", monitor, certFile, keyFile))
	other, _ := newCertificate(t)
	// On loopback certificates do not matter, unless it is said whom to trust.
	run(t, "healthcheck", "https://"+monitor).check(t, 0, "https://"+monitor+"/healthz: ok\n", "")
	run(t, "healthcheck", "https://"+monitor, "--tlsca", certFile).check(t, 0, "https://"+monitor+"/healthz: ok\n", "")
	got := run(t, "healthcheck", "https://"+monitor, "--tlsca", other)
	if got.code != 1 || !strings.Contains(got.err, "certificate signed by unknown authority") {
		t.Errorf("with another authority: %d, %s", got.code, got.err)
	}
	run(t, "healthcheck", "https://"+monitor, "--tlsca", other, "--insecure").
		check(t, 0, "https://"+monitor+"/healthz: ok\n", "")
}

func TestHealthFindsThePort(t *testing.T) {
	ports := t.TempDir()
	certFile, keyFile := newCertificate(t)
	tests := []struct {
		name, config string
		want         string // CLIENT and MONITOR stand for the addresses
	}{
		{"monitoring port", "http: MONITOR", "http://MONITOR/healthz"},
		{"base path", "http: MONITOR\nhttp_base_path: /nats", "http://MONITOR/nats/healthz"},
		{"client port", "listen: CLIENT", "nats://CLIENT"},
		{"any interface", "listen: CLIENTPORT", "nats://CLIENT"},
		{"TLS first", "listen: CLIENT\ntls { cert_file: CERT, key_file: KEY, handshake_first: true }", "nats://CLIENT"},
		{"ports file", "listen: \"127.0.0.1:-1\"\nhttp: \"127.0.0.1:-1\"\nhttp_base_path: /x\nports_file_dir: PORTS", "/x/healthz"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			address, monitor := freeAddress(t), freeAddress(t)
			_, port, _ := net.SplitHostPort(address)
			fill := strings.NewReplacer("CLIENTPORT", port, "CLIENT", address, "MONITOR", monitor, "CERT", certFile,
				"KEY", keyFile, "PORTS", ports)
			config := fill.Replace(test.config)
			file := filepath.Join(t.TempDir(), "server.conf")
			if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			startServerAt(t, address, config)
			got := good(t, "healthcheck", "-c", file)
			if !strings.HasSuffix(got.out, fill.Replace(test.want)+": ok\n") {
				t.Errorf("shows %q, want %q", got.out, fill.Replace(test.want))
			}
		})
	}
}

func TestHealthFromPortsFiles(t *testing.T) {
	folder := t.TempDir()
	place := "ports_file_dir: " + fmt.Sprintf("%q", folder)
	run(t, "healthcheck", "--ports", folder).check(t, 1, "", "sinew: there is no ports file in "+folder+"; is the server running?\n")
	// A server that was killed leaves its file behind.
	stale := filepath.Join(folder, "sinew_1.ports")
	if err := os.WriteFile(stale, []byte(`{"nats":["nats://`+freeAddress(t)+`"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(stale, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, monitor := startMonitored(t, place)
	// The file is written last of all when a server starts.
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		if files, _ := filepath.Glob(filepath.Join(folder, "*.ports")); len(files) == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the server writes no ports file")
		}
	}
	run(t, "healthcheck", "--ports", folder).check(t, 0, "http://"+monitor+"/healthz: ok\n", "")
	files, err := filepath.Glob(filepath.Join(folder, "*.ports"))
	if err != nil || len(files) != 2 {
		t.Fatalf("the files are %v, %v", files, err)
	}
	for _, file := range files {
		if file != stale {
			run(t, "healthcheck", "--ports", file).check(t, 0, "http://"+monitor+"/healthz: ok\n", "")
		}
	}
	got := run(t, "healthcheck", "--ports", stale)
	if got.code != 1 || !strings.Contains(got.err, "connection refused") {
		t.Errorf("the stale file gives %d, %s", got.code, got.err)
	}
}

func TestHealthFailures(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	stranger := httptest.NewServer(http.NotFoundHandler())
	defer stranger.Close()
	elsewhere := httptest.NewServer(http.RedirectHandler("http://192.0.2.1/", http.StatusFound))
	defer elsewhere.Close()
	nobody := freeAddress(t)
	quiet := silent.Addr().String()
	random := filepath.Join(t.TempDir(), "random.conf")
	if err := os.WriteFile(random, []byte("port: -1"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		line string
		code int
		want string
	}{
		{"http://" + nobody, 1, "cannot reach http://" + nobody + "/healthz: connection refused; name another port, or the server's file with --config"},
		{"nats://" + nobody, 1, "cannot reach nats://" + nobody + ": connection refused"},
		{"http://" + quiet + " --timeout 50ms", 1, "no answer from http://" + quiet + "/healthz within 50ms"},
		{"nats://" + quiet + " --timeout 50ms", 1, "no answer from nats://" + quiet + " within 50ms"},
		{stranger.URL, 1, "answered 404 Not Found; is it the monitoring port of a NATS server?"},
		{elsewhere.URL, 1, "answered 302 Found"},
		{"nats://" + strings.TrimPrefix(stranger.URL, "http://") + " --timeout 100ms", 1, "no answer from nats://"},
		{"-c /nowhere/a.conf", 1, "/nowhere/a.conf"},
		{"-c " + random, 1, "lets the system choose the port; set ports_file_dir in it"},
		{"--ports /nowhere", 1, "is the server running?"},
		{"ftp://a", 1, "the target begins with ftp://; it must be http, https, nats or tls"},
		{"http://", 1, "the target names no host"},
		{"http://a --ports x", 2, "give one of TARGET, --config and --ports"},
		{"--timeout 0s", 2, "--timeout must be positive"},
		{"--user x", 2, "--user means nothing to healthcheck"},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			got := run(t, append([]string{"healthcheck"}, strings.Fields(test.line)...)...)
			if got.code != test.code || !strings.Contains(got.err, test.want) || got.out != "" {
				t.Errorf("gives %d, %s%s; want %d, %s", got.code, got.out, got.err, test.code, test.want)
			}
		})
	}
}
