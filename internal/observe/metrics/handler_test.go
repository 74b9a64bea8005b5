package metrics_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"sinew.dev/sinew/internal/observe/metrics"
)

func TestFormats(t *testing.T) {
	const text = "text/plain; version=0.0.4; charset=utf-8"
	const open = "application/openmetrics-text; version=1.0.0; charset=utf-8"
	h := newHandler(&source{connections: crowd(1)})
	for _, c := range []struct {
		accept, encoding string
		want             string
		zip              bool
	}{
		{"", "", text, false},
		{"*/*", "gzip", text, true},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "gzip, deflate, br, zstd", text, true},
		{"text/plain", "gzip;q=0", text, false},
		{"text/plain", "br, gzip; q=0.5", text, true},
		{"text/plain", "identity", text, false},
		{"application/openmetrics-text; version=1.0.0", "", open, false},
		{"application/openmetrics-text", "", "application/openmetrics-text; version=0.0.1; charset=utf-8", false},
		// Prometheus 2 and 3, with protobuf in front, as they ask.
		{"application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", "gzip", open, true},
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", "gzip", open, true},
	} {
		response, body := scrape(t, h, "/metrics", "Accept: "+c.accept, "Accept-Encoding: "+c.encoding)
		got := response.Header.Get("Content-Type")
		if response.StatusCode != http.StatusOK || !strings.HasPrefix(got, c.want) {
			t.Errorf("Accept %q: %d, %q; want %q", c.accept, response.StatusCode, got, c.want)
		}
		if zip := response.Header.Get("Content-Encoding") == "gzip"; zip != c.zip {
			t.Errorf("Accept-Encoding %q: compressed %t, want %t", c.encoding, zip, c.zip)
		}
		if !strings.Contains(body, "\ngnatsd_varz_in_msgs{server_id=\""+serverID+"\"} 11\n") {
			t.Errorf("Accept %q: in_msgs is missing", c.accept)
		}
		if end := strings.HasSuffix(body, "\n# EOF\n"); end != strings.HasPrefix(c.want, "application/openmetrics") {
			t.Errorf("Accept %q: ends with # EOF: %t", c.accept, end)
		}
	}
}

// TestOpenMetricsKeepsNames: boards ask for the exporter's counters by names that OpenMetrics does not give to counters.
func TestOpenMetricsKeepsNames(t *testing.T) {
	_, body := scrape(t, newHandler(&source{connections: crowd(3)}), "/metrics?connz_detailed=1", "Accept: application/openmetrics-text;version=1.0.0")
	kinds, families := map[string]string{}, 0
	current, kind := "", ""
	for line := range strings.Lines(strings.TrimSuffix(body, "# EOF\n")) {
		line = strings.TrimSuffix(line, "\n")
		if text, ok := strings.CutPrefix(line, "# TYPE "); ok {
			current, kind, _ = strings.Cut(text, " ")
			if kinds[current] != "" {
				t.Errorf("family %s is there twice", current)
			}
			kinds[current] = kind
			families++
			continue
		}
		if strings.HasPrefix(line, "# HELP ") || strings.HasPrefix(line, "# UNIT ") {
			continue
		}
		name, _, _ := strings.Cut(strings.ReplaceAll(line, "{", " "), " ")
		want := current
		if kind == "counter" {
			want += "_total"
		}
		if kind != "summary" && kind != "histogram" && name != want {
			t.Errorf("sample %s in family %s of type %s", name, current, kind)
		}
	}
	if families < 150 {
		t.Errorf("%d families only", families)
	}
	for name, want := range map[string]string{
		"gnatsd_connz_in_msgs": "unknown", "gnatsd_connz_start": "unknown", "gnatsd_varz_in_msgs": "gauge",
		"sinew_connections_closed": "", "sinew_producer_stalls": "counter",
	} {
		if want != "" && kinds[name] != want {
			t.Errorf("%s: type %q, want %q", name, kinds[name], want)
		}
	}
}

func TestOwnFamiliesLint(t *testing.T) {
	s := &source{operations: metrics.Operations{Closed: map[string]uint64{"Stale Connection": 1}}}
	_, body := scrape(t, newHandler(s), "/metrics")
	var own []*dto.MetricFamily
	for name, f := range families(t, body) {
		if strings.HasPrefix(name, "sinew_") {
			own = append(own, f)
		}
	}
	if len(own) < 9 {
		t.Errorf("%d families of our own only", len(own))
	}
	problems, err := promlint.NewWithMetricFamilies(own).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestValues(t *testing.T) {
	s := &source{connections: crowd(3), operations: metrics.Operations{
		LameDuck: true, Closed: map[string]uint64{"Stale Connection": 21, "Client Closed": 0},
		PublishViolations: 22, SubscribeViolations: 23, Reloads: 24, FailedReloads: 25, LastReloadFailed: true,
	}}
	s.connections[0].Account, s.connections[0].TLS = "A", secured
	_, body := scrape(t, newHandler(s), "/metrics?connz_detailed=true&limit=2")
	found := families(t, body)
	for _, c := range []struct {
		name   string
		want   float64
		labels []string
	}{
		{"gnatsd_varz_in_msgs", 11, nil},
		{"gnatsd_varz_cpu", 0.5, nil},
		{"gnatsd_varz_start", 1788403202188, nil},
		{"gnatsd_varz_config_load_time", 1788403262188, nil},
		{"gnatsd_varz_ping_interval", 1.2e11, nil},
		{"gnatsd_varz_version", 1, []string{"value=2.15.2"}},
		{"gnatsd_varz_http_req_stats_varz", 3, nil},
		{"gnatsd_subsz_cache_hit_rate", 0.25, nil},
		{"gnatsd_connz_total", 3, nil},
		{"gnatsd_connz_limit", 2, nil},
		{"gnatsd_connz_in_bytes", 12, nil},
		{"gnatsd_connz_subscriptions", 21, nil},
		{"gnatsd_connz_rtt", 146, []string{"cid=2", "port=50002", "account=", "name_tag=$G", "..."}},
		{"gnatsd_connz_out_bytes", 6, []string{"cid=1", "..."}},
		{"gnatsd_connz_start", 1788403202188, []string{"cid=1", "..."}},
		{"gnatsd_healthz_status", 0, nil},
		{"gnatsd_healthz_status_value", 1, []string{"value=ok"}},
		{"jetstream_server_jetstream_disabled", 1, []string{"server_name=n1", "..."}},
		{"sinew_build_info", 1, []string{"version=1.2.3", "nats_version=2.15.2", "..."}},
		{"sinew_lame_duck", 1, nil},
		{"sinew_connections_closed_total", 21, []string{"reason=Stale Connection"}},
		{"sinew_connections_closed_total", 0, []string{"reason=Client Closed"}},
		{"sinew_permission_violations_total", 22, []string{"operation=publish"}},
		{"sinew_permission_violations_total", 23, []string{"operation=subscribe"}},
		{"sinew_config_reloads_total", 24, []string{"result=ok"}},
		{"sinew_config_reloads_total", 25, []string{"result=failed"}},
		{"sinew_config_last_reload_successful", 0, nil},
		{"sinew_config_load_timestamp_seconds", 1788403262.188, nil},
		{"sinew_producer_stalls_total", 16, nil},
		{"sinew_tls_certificate_expiry_timestamp_seconds", 1819939202, nil},
	} {
		if got := value(t, found, c.name, c.labels...); got != c.want {
			t.Errorf("%s%q: %v, want %v", c.name, c.labels, got, c.want)
		}
	}
	if n := len(found["gnatsd_connz_rtt"].GetMetric()); n != 2 {
		t.Errorf("%d connections are shown, want the limit of 2", n)
	}
}

func TestConnectionLabels(t *testing.T) {
	s := &source{connections: crowd(1)}
	s.connections[0].Account, s.connections[0].TLS = "A", secured
	_, body := scrape(t, newHandler(s), "/metrics?connz_detailed=1")
	want := `gnatsd_connz_rtt{account="A",account_id="A",cid="1",ip="127.0.0.1",kind="Client",lang="go",name="service-1",name_tag="A",` +
		`port="50001",server_id="` + serverID + `",tls_cipher_suite="TLS_AES_128_GCM_SHA256",tls_version="1.3",type="nats",version="1.51.0"} 146`
	if !strings.Contains(body, "\n"+want+"\n") {
		t.Errorf("missing\n%s\nin\n%s", want, body)
	}
}

func TestConnectionsOnRequestOnly(t *testing.T) {
	h := newHandler(&source{connections: crowd(2000)})
	_, body := scrape(t, h, "/metrics")
	found := families(t, body)
	if found["gnatsd_connz_rtt"] != nil || len(found["gnatsd_connz_in_msgs"].GetMetric()) != 1 {
		t.Error("there are series for each connection though nobody asked")
	}
	if got := value(t, found, "gnatsd_connz_in_msgs"); got != 6000 {
		t.Errorf("in_msgs of all: %v, want 6000", got)
	}
	_, body = scrape(t, h, "/metrics?connz_detailed=1")
	if n := strings.Count(body, "\ngnatsd_connz_rtt{"); n != 1024 { // reading the whole page takes seconds with -race
		t.Errorf("%d connections, want 1024", n)
	}
}

func TestUnhealthy(t *testing.T) {
	_, body := scrape(t, newHandler(&source{notReady: `not "ready"`}), "/metrics")
	found := families(t, body)
	if got := value(t, found, "gnatsd_healthz_status"); got != 1 {
		t.Errorf("status %v, want 1", got)
	}
	if got := value(t, found, "gnatsd_healthz_status_value", `value=not "ready"`); got != 0 {
		t.Errorf("status value %v, want 0", got)
	}
}

func TestBadParameters(t *testing.T) {
	h := newHandler(&source{})
	for target, want := range map[string]string{
		"?prefix=1a":                         `prefix "1a": use letters`,
		"?prefix=a-b":                        `prefix "a-b": use letters`,
		"?prefix=sinew":                      `not go, process or sinew`,
		"?prefix=go":                         `not go, process or sinew`,
		"?prefix=%0a":                        `prefix "\n": use`,
		"?connz_detailed=x":                  `connz_detailed "x": use 1 or 0`,
		"?limit=0":                           `limit "0": use a number`,
		"?limit=9999999999999999z":           `limit "9999999999999999z": use a number`,
		"?prefix=" + strings.Repeat("a", 65): `use letters`,
	} {
		response, body := scrape(t, h, "/metrics"+target)
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q, want 400 and %q", target, response.StatusCode, body, want)
		}
	}
	for _, target := range []string{"", "?x=y", "?connz_detailed=0", "?prefix=", "?prefix=_a9", "?limit=5"} {
		if response, _ := scrape(t, h, "/metrics"+target); response.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", target, response.StatusCode)
		}
	}
}

// TestScrapesAreBounded: two are made at once, a third waits for its turn and not for ever.
func TestScrapesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := newHandler(&source{enter: func() { <-release }})
		for range 2 {
			go h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil))
		}
		synctest.Wait()
		start := time.Now()
		response, _ := scrape(t, h, "/metrics")
		if response.StatusCode != http.StatusServiceUnavailable || time.Since(start) != 10*time.Second {
			t.Errorf("%d after %v, want 503 after 10 s", response.StatusCode, time.Since(start))
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(gone, http.MethodGet, "/metrics", nil))
		close(release)
		synctest.Wait()
		if response, _ := scrape(t, h, "/metrics"); response.StatusCode != http.StatusOK {
			t.Errorf("afterwards: %d", response.StatusCode)
		}
	})
}

// FuzzConnectionName: what clients call themselves cannot break a scrape.
func FuzzConnectionName(f *testing.F) {
	for _, name := range []string{"", "plain", `a"b\c`, "a\nb 1\n# TYPE x", "\xff\xfe", "ünïcödé\x00", strings.Repeat("é", 200), strings.Repeat("a", 255) + "é"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		s := &source{connections: crowd(1)}
		c := &s.connections[0]
		c.Name, c.Lang, c.Version, c.Account = name, name, name, name
		_, body := scrape(t, newHandler(s), "/metrics?connz_detailed=1")
		series := families(t, body)["gnatsd_connz_rtt"].GetMetric()
		if len(series) != 1 {
			t.Fatalf("%d series", len(series))
		}
		want := strings.ToValidUTF8(name, "")
		for _, l := range series[0].GetLabel() {
			if l.GetName() != "name" {
				continue
			}
			got := l.GetValue()
			if len(got) > 3*256+3 {
				t.Errorf("%d bytes of name", len(got))
			}
			if len(name) <= 256 && strings.ReplaceAll(got, "\uFFFD", "") != strings.ReplaceAll(want, "\uFFFD", "") {
				t.Errorf("name %q, want %q", got, want)
			}
		}
	})
}

func BenchmarkScrape(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		for _, c := range []struct{ name, target, encoding string }{
			{"plain", "/metrics", ""},
			{"gzip", "/metrics", "gzip"},
			{"detailed-plain", "/metrics?connz_detailed=1&limit=100000", ""},
			{"detailed-gzip", "/metrics?connz_detailed=1&limit=100000", "gzip"},
		} {
			b.Run(fmt.Sprintf("%s/connections=%d", c.name, n), func(b *testing.B) {
				h := newHandler(&source{connections: crowd(n)})
				r := httptest.NewRequest(http.MethodGet, c.target, nil)
				r.Header.Set("Accept-Encoding", c.encoding)
				b.ReportAllocs()
				for b.Loop() {
					w := sink{header: http.Header{}}
					h.ServeHTTP(&w, r)
					b.ReportMetric(float64(w.bytes), "body-bytes")
				}
			})
		}
	}
}

// sink counts what is written to it.
type sink struct {
	header http.Header
	bytes  int
}

func (s *sink) Header() http.Header { return s.header }
func (s *sink) WriteHeader(int)     {}

func (s *sink) Write(b []byte) (int, error) {
	s.bytes += len(b)
	return len(b), nil
}
