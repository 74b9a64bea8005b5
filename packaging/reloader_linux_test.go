package packaging

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"sinew.dev/sinew/internal/testkit/process"
)

// lameDuckPatience is longer than the shortest lame duck, which the configuration bounds to 30 s.
const lameDuckPatience = 60 * time.Second

func after() <-chan time.Time { return time.After(lameDuckPatience) }

// readPid reads a pid file as the chart's reloader does, which takes the whole text for a number.
func readPid(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// startReloader watches the file of a pod and sends SIGHUP when its content changes. It is the program of the chart's
// sidecar where that is installed (nats-server-config-reloader, part of nats-io/nack), and else a loop of the test that
// does the same: read the pid file once, compare digests, signal the process of the shared pid namespace.
func startReloader(t *testing.T, p *pod) {
	t.Helper()
	config := filepath.Join(p.root, helmConfigDir, "nats.conf")
	pidFile := filepath.Join(p.root, helmPidDir, "nats.pid")
	if path, err := exec.LookPath("nats-server-config-reloader"); err == nil {
		reloader := process.Start(t, exec.Command(path, "-pid", pidFile, "-config", config))
		reloader.Until(t, "the reloader to watch", func() bool { return strings.Contains(reloader.Output(), "ready to kick") })
		return
	}
	pid := readPid(t, pidFile)
	last := digest(t, config)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			text, err := os.ReadFile(config)
			if err != nil {
				continue // between two versions
			}
			if now := sha256.Sum256(text); now != last {
				last = now
				_ = syscall.Kill(pid, syscall.SIGHUP) // the test fails if the server is gone
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
}

func digest(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(text)
}

// TestHelmReload replaces the file as the kubelet does. What can be reloaded takes effect, connections stay, the
// variable is read again; a broken file changes nothing, and the next good one is taken.
func TestHelmReload(t *testing.T) {
	p := startPod(t, helmConfig)
	startReloader(t, p)
	var lost atomic.Bool
	nc, err := nats.Connect("nats://127.0.0.1:4222", nats.DisconnectErrHandler(func(*nats.Conn, error) { lost.Store(true) }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()

	withPayload := func(bytes string) string {
		return strings.Replace(helmConfig, `"http_port"`, `"max_payload": `+bytes+`, "http_port"`, 1)
	}
	payload := func() int64 {
		var varz struct {
			MaxPayload int64  `json:"max_payload"`
			Name       string `json:"server_name"`
		}
		document(t, "/varz", &varz)
		if varz.Name != helmPodName {
			t.Errorf("after a reload the server is called %q", varz.Name)
		}
		return varz.MaxPayload
	}
	p.config.publish(t, withPayload("2048"))
	p.server.Until(t, "the first change", func() bool { return payload() == 2048 })
	p.config.publish(t, withPayload("[not a size"))
	p.server.Until(t, "the refusal of a broken file", func() bool {
		return strings.Contains(p.server.Output(), "[ERR] Failed to reload server configuration")
	})
	if got := payload(); got != 2048 {
		t.Errorf("a broken file changed max_payload to %d", got)
	}
	p.config.publish(t, withPayload("4096"))
	p.server.Until(t, "the second change", func() bool { return payload() == 4096 })
	if lost.Load() || !nc.IsConnected() {
		t.Error("the reloads cost a connection")
	}
}

// TestHelmRealExporter runs the exporter of the chart, where it is installed, with the chart's flags.
func TestHelmRealExporter(t *testing.T) {
	path, err := exec.LookPath("prometheus-nats-exporter")
	if err != nil {
		t.Skip("there is no prometheus-nats-exporter here; TestHelmExporter asks what it asks")
	}
	startPod(t, helmConfig)
	const metrics = "http://127.0.0.1:7777/metrics"
	process.Serve(t, exec.Command(path, "-port=7777", "-connz", "-routez", "-subz", "-varz", "-prefix=nats",
		"-use_internal_server_id", monitoring+"/"), metrics)
	_, body, err := process.Get(metrics)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nats_varz_connections", "nats_connz_num_connections", "nats_subsz_num_subscriptions", "nats_routez_num_routes"} {
		if !strings.Contains(string(body), name+"{") {
			t.Errorf("the exporter has no %s:\n%s", name, body)
		}
	}
}
