package server_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"sinew.dev/sinew/internal/observe/status"
)

// series is what a scrape found.
type series map[string]*dto.MetricFamily

// scrape reads metrics from a URL.
func scrape(t testing.TB, client *http.Client, url string) series {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v, %s", url, response.StatusCode, err, text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	found, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (r *rig) metrics(parameters string) series {
	r.t.Helper()
	return scrape(r.t, web, fmt.Sprintf("http://%s/metrics%s", r.MonitorAddr(), parameters))
}

// value is the one of a series that has this label, "name=value", or of the only one; -1: there is none.
func (s series) value(name, label string) float64 {
	for _, m := range s[name].GetMetric() {
		has := func(l *dto.LabelPair) bool { return l.GetName()+"="+l.GetValue() == label }
		if label == "" && len(m.GetLabel()) <= 1 || slices.ContainsFunc(m.GetLabel(), has) {
			return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue() // two are zero
		}
	}
	return -1
}

func (s series) expect(t *testing.T, name, label string, want float64) {
	t.Helper()
	if got := s.value(name, label); got != want {
		t.Errorf("%s{%s}: %v, want %v", name, label, got, want)
	}
}

func TestMetricsFollowTheLoad(t *testing.T) {
	r := start(t, "")
	nc := r.nats(nats.Name("loader"))
	sub, err := nc.SubscribeSync("load.*")
	if err != nil {
		t.Fatal(err)
	}
	const messages, size = 50, 100
	for i := range messages {
		if err := nc.Publish(fmt.Sprintf("load.%d", i), make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	}
	for range messages {
		if _, err := sub.NextMsg(patience); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	found, v := r.metrics("?connz_detailed=1"), r.varz()
	for _, prefix := range []string{"gnatsd_varz_", "gnatsd_connz_"} {
		subs := 1.0
		if prefix == "gnatsd_varz_" { // which counts the server's own, too
			subs = float64(v.Subscriptions)
		}
		for name, want := range map[string]float64{
			"in_msgs": messages, "in_bytes": messages * size, "out_msgs": messages, "out_bytes": messages * size, "subscriptions": subs,
		} {
			found.expect(t, prefix+name, "", want)
			if prefix == "gnatsd_connz_" {
				found.expect(t, prefix+name, "name=loader", want)
			}
		}
	}
	found.expect(t, "gnatsd_varz_connections", "", 1)
	found.expect(t, "gnatsd_connz_num_connections", "", 1)
	found.expect(t, "gnatsd_varz_start", "", float64(v.Start.UnixMilli()))
	found.expect(t, "gnatsd_varz_server_id", "value="+r.ID(), 1)
	found.expect(t, "gnatsd_varz_http_req_stats_metrics", "", 1)
	if v.HTTPReqStats["/metrics"] != 1 {
		t.Errorf("http_req_stats %v, want one request for /metrics", v.HTTPReqStats)
	}
	for _, name := range []string{"go_goroutines", "process_resident_memory_bytes", "go_gc_gomemlimit_bytes"} {
		if found[name] == nil && name != "process_resident_memory_bytes" { // not every system tells that
			t.Errorf("%s is missing", name)
		}
	}
	r.metrics("?prefix=nats").expect(t, "nats_varz_in_msgs", "", messages)
}

func TestMetricsTellWhyConnectionsEnd(t *testing.T) {
	const config = `
		ping_interval: "100ms"
		ping_max: 1
		authorization: {timeout: 10, users: [
			{user: a, password: a, permissions: {publish: "ok.>", subscribe: "ok.>"}}
		]}`
	r := start(t, config)
	before := r.metrics("")
	before.expect(t, "sinew_connections_closed_total", "reason=Authentication Failure", 0)
	w := r.dial()
	w.say(connectLine(`"user":"a","pass":"wrong"`))
	w.rest()
	stale := r.login(`"user":"a","pass":"a"`)
	r.awaitVarz("the stale connection's end", func(v *status.Varz) bool { return v.StaleConnections == 1 })
	_ = stale.rest()

	r.reload(`authorization: {timeout: 10, users: [{user: a, password: a, permissions: {publish: "ok.>", subscribe: "ok.>"}}]}`)
	nc := r.nats(nats.UserInfo("a", "a"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	for _, subject := range []string{"ok.x", "no.x", "no.y"} {
		if err := nc.Publish(subject, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := nc.SubscribeSync("no.z"); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	nc.Close()
	await(t, "the client's end", func() bool {
		return r.metrics("").value("sinew_connections_closed_total", "reason=Client Closed") == 1
	})
	found := r.metrics("")
	found.expect(t, "sinew_connections_closed_total", "reason=Authentication Failure", 1)
	found.expect(t, "sinew_connections_closed_total", "reason=Stale Connection", 1)
	found.expect(t, "sinew_permission_violations_total", "operation=publish", 2)
	found.expect(t, "sinew_permission_violations_total", "operation=subscribe", 1)
	found.expect(t, "gnatsd_varz_stale_connection_stats_clients", "", 1)
}

func TestMetricsTellOfReloads(t *testing.T) {
	r := start(t, "max_payload: 1000")
	first := r.metrics("")
	first.expect(t, "sinew_config_last_reload_successful", "", 1)
	first.expect(t, "sinew_config_reloads_total", "result=ok", 0)
	r.reload("max_payload: 2000")
	loaded := r.metrics("")
	loaded.expect(t, "sinew_config_reloads_total", "result=ok", 1)
	loaded.expect(t, "gnatsd_varz_max_payload", "", 2000)
	if then, now := first.value("sinew_config_load_timestamp_seconds", ""), loaded.value("sinew_config_load_timestamp_seconds", ""); now < then {
		t.Errorf("loaded at %v after %v", now, then)
	}
	r.write("max_payload: what")
	if r.Reload() == nil {
		t.Fatal("a bad file was taken")
	}
	failed := r.metrics("")
	failed.expect(t, "sinew_config_last_reload_successful", "", 0)
	failed.expect(t, "sinew_config_reloads_total", "result=failed", 1)
	failed.expect(t, "gnatsd_varz_max_payload", "", 2000)
}

func TestMetricsOverHTTPSAndBelowABasePath(t *testing.T) {
	a := newAuthority(t)
	s := a.issue("server")
	r := start(t, "https_port: -1, http_base_path: \"/nats\"\n"+tlsBlock(a, s, ""), "-m", "0")
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: a.trust().RootCAs, ServerName: "127.0.0.1"},
	}}
	base := fmt.Sprintf("https://%s", r.MonitorAddr())
	found := scrape(t, client, base+"/nats/metrics")
	found.expect(t, "sinew_tls_certificate_expiry_timestamp_seconds", "", float64(s.Leaf.NotAfter.Unix()))
	found.expect(t, "gnatsd_varz_http_req_stats_metrics", "", 1)
	response, err := client.Get(base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("without the base path: %d, want 404", response.StatusCode)
	}
}

// BenchmarkMetrics scrapes a server with 1000 connections, over HTTP on one connection, as Prometheus does.
func BenchmarkMetrics(b *testing.B) {
	r := start(b, "ping_interval: 60")
	for i := range 1000 {
		conn := dialTCP(b, r.Addr().String())
		if _, err := fmt.Fprintf(conn, "CONNECT {\"verbose\":false,\"name\":\"service-%d\",\"lang\":\"go\",\"version\":\"1.55.0\"}\r\nSUB x.%d 1\r\n", i, i); err != nil {
			b.Fatal(err)
		}
	}
	await(b, "all subscriptions", func() bool { return r.varz().Subscriptions == 1000 })
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: patience}
	defer client.CloseIdleConnections()
	for _, c := range []struct{ name, parameters, encoding string }{
		{"plain", "", ""},
		{"gzip", "", "gzip"},
		{"detailed-plain", "?connz_detailed=1", ""},
		{"detailed-gzip", "?connz_detailed=1", "gzip"},
	} {
		b.Run(c.name, func(b *testing.B) {
			request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s/metrics%s", r.MonitorAddr(), c.parameters), nil)
			if err != nil {
				b.Fatal(err)
			}
			request.Header.Set("Accept-Encoding", c.encoding)
			longest := time.Duration(0)
			for b.Loop() {
				began := time.Now()
				response, err := client.Do(request)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(n), "body-bytes")
				longest = max(longest, time.Since(began))
			}
			b.ReportMetric(float64(longest.Microseconds()), "longest-µs")
		})
	}
}
