package packaging

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"sinew.dev/sinew/internal/testkit/process"
)

// The NATS chart (nats-io/k8s, helm/charts/nats) as it is installed with its default values, with only the image
// replaced. What the chart makes of its values is written here as facts; each test is one call that it makes.

// helmConfig is the nats.conf of the default values. The chart writes JSON, but for the variable, which it leaves bare.
const helmConfig = `{
  "http_port": 8222,
  "lame_duck_duration": "30s",
  "lame_duck_grace_period": "10s",
  "pid_file": "/var/run/nats/nats.pid",
  "port": 4222,
  "server_name": $SERVER_NAME
}
`

// The container's arguments, where its volumes are mounted, and its hook.
var (
	helmArgs    = []string{"--config", "/etc/nats-config/nats.conf"}
	helmPreStop = []string{"nats-server", "-sl=ldm=/var/run/nats/nats.pid"}
)

const (
	helmConfigDir = "etc/nats-config"
	helmPidDir    = "var/run/nats"
	helmPodName   = "nats-0"
)

// helmProbes are the paths that the kubelet asks; every one has to answer 200.
var helmProbes = map[string]string{
	"startup":   "/healthz",
	"readiness": "/healthz?js-server-only=true",
	"liveness":  "/healthz?js-enabled-only=true",
}

// A pod is the chart's nats container with its two volumes.
type pod struct {
	*container
	config configMap
	server *process.Server
}

// startPod does what the kubelet does: mounts the volumes, starts the container, waits for the startup probe.
func startPod(t *testing.T, config string) *pod {
	t.Helper()
	p := &pod{container: newContainer(t)}
	p.args = helmArgs
	p.env = []string{"POD_NAME=" + helmPodName, "SERVER_NAME=" + helmPodName}
	p.user = nobody // a pod security standard asks for it; the volumes are open to all
	p.config = configMap{dir: p.mount(t, helmConfigDir)}
	p.mount(t, helmPidDir)
	p.config.publish(t, config)
	p.server = process.Serve(t, p.entry(t), monitoring+helmProbes["startup"])
	return p
}

// mount makes an empty volume, writable for everyone as an emptyDir is.
func (p *pod) mount(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(p.root, filepath.FromSlash(dir))
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}

// A configMap is a volume as the kubelet writes it: nats.conf links to ..data/nats.conf, and ..data to a folder that
// belongs to one version. A new version is put in place by renaming a link over ..data.
type configMap struct {
	dir     string
	version *int
}

func (c *configMap) publish(t *testing.T, config string) {
	t.Helper()
	if c.version == nil {
		c.version = new(int)
	}
	*c.version++
	folder := strings.Repeat("i", *c.version)
	old, _ := os.Readlink(filepath.Join(c.dir, "..data")) // there is none at first
	steps := []func() error{
		func() error { return os.Mkdir(filepath.Join(c.dir, ".."+folder), 0o755) },
		func() error {
			return os.WriteFile(filepath.Join(c.dir, ".."+folder, "nats.conf"), []byte(config), 0o644)
		},
		func() error { return os.Symlink(".."+folder, filepath.Join(c.dir, "..data_tmp")) },
		func() error { return os.Rename(filepath.Join(c.dir, "..data_tmp"), filepath.Join(c.dir, "..data")) },
	}
	if old == "" {
		steps = append(steps, func() error {
			return os.Symlink("..data/nats.conf", filepath.Join(c.dir, "nats.conf"))
		})
	} else {
		steps = append(steps, func() error { return os.RemoveAll(filepath.Join(c.dir, old)) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHelmDefaultsStart starts the pod and looks at what the file and the environment asked for.
func TestHelmDefaultsStart(t *testing.T) {
	p := startPod(t, helmConfig)
	for name, path := range helmProbes {
		if code, body, err := process.Get(monitoring + path); err != nil || code != 200 {
			t.Errorf("%s probe %s: %d %s %v", name, path, code, body, err)
		}
	}
	var varz struct {
		Name     string `json:"server_name"`
		Port     int    `json:"port"`
		Duration int64  `json:"lame_duck_duration"`
	}
	document(t, "/varz", &varz)
	if varz.Name != helmPodName || varz.Port != 4222 {
		t.Errorf("/varz has %+v, want the name of the pod and the port of the file", varz)
	}
	// The reloader takes the file's whole text for a number: no newline, no blanks.
	pid := readPid(t, filepath.Join(p.root, helmPidDir, "nats.pid"))
	if pid != p.server.Pid() {
		t.Errorf("the pid file says %d, want %d", pid, p.server.Pid())
	}
	roundTrip(t, "nats://127.0.0.1:4222")
}

// TestHelmPreStop runs the hook that the kubelet runs before it ends the container. With a client connected the server
// stays for the grace period, tells the client, and is not ready; the SIGTERM that follows the hook does not hurry it.
func TestHelmPreStop(t *testing.T) {
	// The chart's ten and thirty seconds are the least that the file may say of the duration; the grace period is
	// shortened, which changes when clients leave and nothing else.
	p := startPod(t, strings.Replace(helmConfig, `"10s"`, `"1s"`, 1))
	told := make(chan struct{})
	closed := make(chan struct{})
	nc, err := nats.Connect("nats://127.0.0.1:4222", nats.NoReconnect(),
		nats.LameDuckModeHandler(func(*nats.Conn) { close(told) }),
		nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	output, code, err := process.Run(p.exec(t, helmPreStop))
	if err != nil || code != 0 {
		t.Fatalf("preStop: exit %d, %v\n%s", code, err, output)
	}
	waitFor(t, "the client to be told of lame duck mode", told)
	p.server.Until(t, "readiness to be refused", func() bool {
		code, _, err := process.Get(monitoring + helmProbes["readiness"])
		return err == nil && code != 200
	})
	p.server.Signal(t, syscall.SIGTERM)
	// The connection still works: the grace period is not over, or its turn has not come.
	if err := nc.FlushTimeout(process.Patience); err != nil && !nc.IsClosed() {
		t.Errorf("flush during lame duck: %v", err)
	}
	waitFor(t, "the client to be disconnected", closed)
	if code := p.server.Wait(t); code != 0 {
		t.Errorf("exit code %d after lame duck, want 0", code)
	}
}

// TestHelmPreStopOfAnIdleServer expects it to end at once: there is nobody to wait for.
func TestHelmPreStopOfAnIdleServer(t *testing.T) {
	p := startPod(t, helmConfig)
	if output, code, err := process.Run(p.exec(t, helmPreStop)); err != nil || code != 0 {
		t.Fatalf("preStop: exit %d, %v\n%s", code, err, output)
	}
	if code := p.server.Wait(t); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

// TestHelmExporter asks what the exporter of the chart asks with its flags -varz -connz -routez -subz, and what
// -use_internal_server_id reads. Its URL ends with a slash, so the paths may begin with two.
func TestHelmExporter(t *testing.T) {
	startPod(t, helmConfig)
	nc, err := nats.Connect("nats://127.0.0.1:4222", nats.Name("exported"))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	numbers := map[string][]string{
		"/varz":   {"connections", "total_connections", "in_msgs", "out_msgs", "in_bytes", "out_bytes", "slow_consumers", "mem", "cpu", "subscriptions", "max_payload", "max_pending", "max_connections"},
		"/connz":  {"num_connections", "total", "offset", "limit"},
		"/subsz":  {"num_subscriptions", "num_cache", "num_inserts", "num_removes", "num_matches", "cache_hit_rate"},
		"/routez": {"num_routes"},
	}
	for path, names := range numbers {
		for _, slashes := range []string{"", "/"} {
			var got map[string]any
			document(t, slashes+path, &got)
			for _, name := range names {
				if _, isNumber := got[name].(float64); !isNumber {
					t.Errorf("%s has no number %s: %v", slashes+path, name, got[name])
				}
			}
			if id, _ := got["server_id"].(string); len(id) != 56 {
				t.Errorf("%s has the server_id %q", slashes+path, id)
			}
		}
	}
}

// TestHelmBox uses the context of the chart's nats-box, whose only key is the service's URL, with our tool.
func TestHelmBox(t *testing.T) {
	p := startPod(t, helmConfig)
	contexts := filepath.Join(p.root, "tmp", "nats", "context")
	if err := os.MkdirAll(contexts, 0o755); err != nil {
		t.Fatal(err)
	}
	// The chart writes the name of its service; the test has no DNS.
	context := "{\n  \"url\": \"nats://127.0.0.1\"\n}\n"
	if err := os.WriteFile(filepath.Join(contexts, "default.json"), []byte(context), 0o644); err != nil {
		t.Fatal(err)
	}
	p.env = append(p.env, "XDG_CONFIG_HOME=/tmp")
	output, code, err := process.Run(p.exec(t, []string{"sinew", "pub", "greet", "hello", "--context", "default"}))
	if err != nil || code != 0 {
		t.Errorf("sinew pub in the context of the box: exit %d, %v\n%s", code, err, output)
	}
}

// waitFor waits for a channel to be closed.
func waitFor(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-after():
		t.Fatalf("waiting for %s: not after %v", what, lameDuckPatience)
	}
}
