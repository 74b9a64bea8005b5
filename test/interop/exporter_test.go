package interop

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/test/interop/internal/process"
)

// TestExporter runs prometheus-nats-exporter against the server and compares what it derives from the documents with what
// the server's own /metrics says. SINEW_EXPORTER names the program if it is not on the path; without it the test is
// skipped, and the comparison with a record of its output in internal/observe/metrics has to do.
func TestExporter(t *testing.T) {
	exporter := os.Getenv("SINEW_EXPORTER")
	if exporter == "" {
		var err error
		if exporter, err = exec.LookPath("prometheus-nats-exporter"); err != nil {
			t.Skip("prometheus-nats-exporter is not installed; SINEW_EXPORTER can name it")
		}
	}
	server, err := process.Start(process.Options{Binary: serverBinary(t), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	if _, err := server.Get("/metrics"); err != nil {
		t.Skip("the server under test has no /metrics: ", err)
	}
	publishSome(t, server.Port)
	for _, prefix := range []string{"", "nats"} {
		t.Run("prefix "+prefix, func(t *testing.T) {
			theirs := exposition(t, string(runExporter(t, exporter, server.Monitor, prefix)))
			text, err := server.Get("/metrics?connz_detailed=1&prefix=" + prefix)
			if err != nil {
				t.Fatal(err)
			}
			compareMetrics(t, theirs, exposition(t, string(text)))
		})
	}
}

// publishSome leaves a connection open that has published and received.
func publishSome(t *testing.T, port int) {
	t.Helper()
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(process.Patience))
	said := `CONNECT {"verbose":false,"name":"some \"service\"","lang":"go","version":"1"}` + "\r\nSUB a.* 1\r\n" +
		strings.Repeat("PUB a.b 5\r\nhello\r\n", 20) + "PUB b 3\r\nbye\r\nPING\r\n"
	if _, err := io.WriteString(conn, said); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if lines.Text() == "PONG" {
			return
		}
	}
	t.Fatal("no PONG: ", lines.Err())
}

// runExporter returns one scrape of the exporter.
func runExporter(t *testing.T, binary string, monitor int, prefix string) []byte {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	host, port, _ := net.SplitHostPort(address)
	args := []string{
		"-a", host, "-p", port, "-varz", "-connz", "-connz_detailed", "-subz", "-routez", "-gatewayz", "-leafz",
		"-healthz", "-healthz_js_enabled_only", "-healthz_js_server_only", "-jsz=all", "-use_internal_server_id",
	}
	if prefix != "" {
		args = append(args, "-prefix", prefix)
	}
	cmd := exec.Command(binary, append(args, fmt.Sprintf("http://127.0.0.1:%d", monitor))...)
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(output.String())
		}
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(process.Patience); time.Now().Before(end); <-tick.C {
		response, err := http.Get("http://" + address + "/metrics")
		if err != nil {
			continue
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err == nil && strings.Contains(string(text), "_varz_in_msgs{") {
			return text
		}
	}
	t.Fatal("the exporter does not answer with varz")
	return nil
}

// metricsPage is an exposition: the types of families, and series by name and labels.
type metricsPage struct {
	types  map[string]string
	series map[string]float64
}

func exposition(t *testing.T, text string) metricsPage {
	t.Helper()
	page := metricsPage{map[string]string{}, map[string]float64{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if of, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(of, " ")
			page.types[name] = kind
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		if strings.HasPrefix(line, "#") || at < 0 {
			continue
		}
		value, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		page.series[line[:at]] = value
	}
	return page
}

// moving are the ends of names whose values are of the moment of the scrape, or count the exporter's own requests.
var moving = []string{"_cpu", "_mem", "_idle", "_uptime", "_rtt", "_last_activity", "_num_matches", "_num_cache", "_cache_hit_rate"}

func compareMetrics(t *testing.T, theirs, ours metricsPage) {
	t.Helper()
	compared := 0
	for name, kind := range theirs.types {
		if foreign(name) {
			continue
		}
		if got := ours.types[name]; got != kind && !strings.Contains(name, "_http_req_stats_") {
			t.Errorf("%s: type %q, the exporter has %q", name, got, kind)
		}
	}
	for series, want := range theirs.series {
		name, _, _ := strings.Cut(series, "{")
		if foreign(name) || strings.Contains(name, "_http_req_stats_") {
			continue
		}
		got, found := ours.series[series]
		switch {
		case !found:
			t.Errorf("missing: %s", series)
		case !hasAnySuffix(name, moving) && got != want:
			t.Errorf("%s: %v, the exporter has %v", series, got, want)
		default:
			compared++
		}
	}
	if compared < 80 {
		t.Errorf("%d series compared only", compared)
	}
}

// foreign reports whether a family is about the exporter's own process.
func foreign(name string) bool {
	return strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") || strings.HasPrefix(name, "promhttp_")
}

func hasAnySuffix(s string, suffixes []string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(s, suffix) {
			return true
		}
	}
	return false
}
