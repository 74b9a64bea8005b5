package metrics_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"sinew.dev/sinew/internal/observe/metrics"
	"sinew.dev/sinew/internal/observe/status"
)

const serverID = "NDSQMOX6AWOXINWEODK576NHL2NUDCGCSC5AFXYRHT7OS3DX4YJUW34S"

var began = time.Date(2026, 9, 3, 2, 40, 2, 188888000, time.UTC)

// source is a server with some connections. Its values differ from each other where they could be mixed up.
type source struct {
	connections []status.Connection
	notReady    string
	operations  metrics.Operations
	enter       func() // called at each scrape
}

func (s *source) Varz() *status.Varz {
	if s.enter != nil {
		s.enter()
	}
	return &status.Varz{
		ServerID: serverID, ServerName: "n1", Version: "2.15.2", GoVersion: "go1.26", Proto: 1, Port: 4291, AuthRequired: true,
		ConnectURLs: []string{"127.0.0.1:4291"}, MaxConnections: 65536, PingInterval: 2 * time.Minute, PingMax: 2,
		MaxPayload: 1 << 20, MaxPending: 64 << 20, Start: began, Now: began.Add(time.Hour), ConfigLoadTime: began.Add(time.Minute),
		InMsgs: 11, InBytes: 12, OutMsgs: 13, OutBytes: 14, SlowConsumers: 15, StalledClients: 16, CPU: 0.5,
		SlowConsumerStats: &status.KindCounts{Clients: 15}, DiskIOWaitStats: &status.DiskIOWait{},
		Metadata: map[string]string{"version": "x", "a b": "y"}, FeatureFlags: map[string]bool{"f": true}, Tags: []string{"t"},
		TLSCertNotAfter: began.AddDate(1, 0, 0), Subscriptions: 17, Connections: len(s.connections),
	}
}

func (s *source) Subsz(o status.SubszOptions) (*status.Subsz, error) {
	return o.Select(status.SubszSource{ServerID: serverID, Interest: status.Interest{NumSubs: 17, CacheHitRate: 0.25}})
}

func (s *source) Healthz(o status.HealthzOptions) *status.Healthz {
	return o.Select(status.Health{NotReady: s.notReady})
}

func (s *source) AccountStatz(status.AccountStatzOptions) *status.AccountStatz {
	stat := &status.AccountStat{Account: "A", Name: "a name", Conns: 21, LeafNodes: 22, TotalConns: 43, NumSubs: 24, SlowConsumers: 25}
	stat.Received = status.DataStats{MsgBytes: status.MsgBytes{Msgs: 26, Bytes: 27}}
	stat.Sent = status.DataStats{MsgBytes: status.MsgBytes{Msgs: 28, Bytes: 29}}
	return &status.AccountStatz{ServerID: serverID, Accounts: []*status.AccountStat{stat}}
}

func (s *source) Connections() []status.Connection { return slices.Clone(s.connections) }

func (s *source) Operations() metrics.Operations { return s.operations }

// requests is as though every path had been asked for.
func requests() map[string]uint64 {
	counts := map[string]uint64{"/": 1, "/metrics": 2}
	for _, name := range strings.Fields("accountz accstatz connz gatewayz healthz jsz leafz routez subsz varz") {
		counts["/"+name] = 3
	}
	return counts
}

func newHandler(s *source) *metrics.Handler {
	return metrics.New(s, metrics.Options{Version: "1.2.3", Requests: requests})
}

// crowd is n connections, the newest first, as though they came out of a map.
func crowd(n int) []status.Connection {
	list := make([]status.Connection, 0, n)
	for i := n; i > 0; i-- {
		list = append(list, status.Connection{
			ID: uint64(i), Host: "127.0.0.1", Port: 50000 + i, Start: began, LastActivity: began.Add(time.Second),
			RTT: 146 * time.Microsecond, Pending: 2, InMsgs: 3, InBytes: 4, OutMsgs: 5, OutBytes: 6, NumSubs: 7,
			Name: fmt.Sprintf("service-%d", i), Lang: "go", Version: "1.51.0", Account: "$G",
		})
	}
	return list
}

// scrape asks with headers, "Name: value" each.
func scrape(t testing.TB, h http.Handler, target string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	response := w.Result()
	var body io.Reader = response.Body
	if response.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = z
	}
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// families reads an exposition the way Prometheus' own library does.
func families(t testing.TB, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	found, err := parser.TextToMetricFamilies(bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return found
}

// labelSets are the names of the labels that series of a family have, each set once.
func labelSets(f *dto.MetricFamily) []string {
	sets := map[string]bool{}
	for _, m := range f.GetMetric() {
		var names []string
		for _, l := range m.GetLabel() {
			names = append(names, l.GetName())
		}
		slices.Sort(names)
		sets[strings.Join(names, ",")] = true
	}
	return slices.Sorted(maps.Keys(sets))
}

// value is the one of the series with these labels, which must be there.
func value(t testing.TB, found map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	t.Helper()
	for _, m := range found[name].GetMetric() {
		if hasLabels(m, labels) {
			switch {
			case m.Gauge != nil:
				return m.Gauge.GetValue()
			case m.Counter != nil:
				return m.Counter.GetValue()
			case m.Untyped != nil:
				return m.Untyped.GetValue()
			}
		}
	}
	t.Fatalf("no series %s with %q", name, labels)
	return 0
}

// hasLabels reports whether m has all of these, "name=value" each, and no more than server_id besides.
func hasLabels(m *dto.Metric, labels []string) bool {
	matched := 0
	for _, l := range m.GetLabel() {
		switch {
		case slices.Contains(labels, l.GetName()+"="+l.GetValue()):
			matched++
		case l.GetName() != "server_id" && !slices.Contains(labels, "..."):
			return false
		}
	}
	return matched == len(labels) || matched == len(labels)-1 && slices.Contains(labels, "...")
}

// secured is how a connection with TLS 1.3 is described.
var secured = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256}
