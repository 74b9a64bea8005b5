package monitor_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/monitor"
	"sinew.dev/sinew/internal/observe/status"
)

// server is a server with three connections and no subscriptions.
type server struct {
	ready bool
	enter func() // called when a document is made

	connections int
}

func (s *server) Varz() *status.Varz {
	if s.enter != nil {
		s.enter()
	}
	return &status.Varz{ServerName: "a<b"}
}

func (s *server) ConnzPage(o status.ConnzOptions) (*status.ConnzPage, error) {
	var rows []status.Row
	for i := range max(3, s.connections) {
		rows = append(rows, &status.Connection{ID: uint64(i + 1), Account: "$G"})
	}
	return o.Select(status.ConnzSource{
		ServerID: "N1", Now: time.Unix(10, 0),
		Open:   func() []status.Row { return rows },
		Closed: func() []status.Row { return nil },
	})
}

func (s *server) Subsz(o status.SubszOptions) (*status.Subsz, error) {
	return o.Select(status.SubszSource{ServerID: "N1", Now: time.Unix(10, 0)})
}

func (s *server) Accountz(o status.AccountzOptions) (*status.Accountz, error) {
	return o.Select(status.AccountzSource{
		ServerID: "N1", Now: time.Unix(10, 0), SystemAccount: "$SYS", Names: names,
		Account: func(name string) *status.AccountInfo {
			if name != "A" {
				return nil
			}
			return &status.AccountInfo{AccountName: name, Complete: true}
		},
	})
}

func names() []string { return []string{"$SYS", "A"} }

func (s *server) AccountStatz(o status.AccountStatzOptions) *status.AccountStatz {
	return o.Select(status.AccountStatzSource{
		ServerID: "N1", Now: time.Unix(10, 0), Names: names,
		Account: func(name string) *status.AccountStat { return &status.AccountStat{Account: name} },
	})
}

func (s *server) Healthz(o status.HealthzOptions) *status.Healthz {
	if s.ready {
		return o.Select(status.Health{})
	}
	return o.Select(status.Health{NotReady: "not ready for connections"})
}

func get(t *testing.T, h http.Handler, method, target string) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	response := w.Result()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestAnswers(t *testing.T) {
	const text, doc, page = "text/plain; charset=utf-8", "application/json", "text/html; charset=utf-8"
	h := monitor.New(&server{ready: true}, monitor.Options{
		ServerID: "N1", ServerName: "one", CommandLine: []string{"sinew", "-D"},
	})
	for _, c := range []struct {
		method, target string
		code           int
		contentType    string
		body           string // a part of it
	}{
		{"GET", "/", 200, page, `href="./varz"`},
		{"GET", "/varz", 200, doc, "{\n  \"server_id\": \"\",\n  \"server_name\": \"a\\u003cb\","},
		{"POST", "/varz", 200, doc, `"http_req_stats"`},
		{"GET", "/connz?limit=1&offset=1", 200, doc, `"cid": 2`},
		{"GET", "/connz?callback=f", 200, doc, "{\n"},
		{"GET", "/connz?limit=x", 400, text, `Error decoding int for 'limit': strconv.Atoi: parsing "x": invalid syntax`},
		{"GET", "/connz?sort=stop", 400, text, "sort by stop only valid on closed connections"},
		{"GET", "/subsz", 200, doc, `"limit": 1024`},
		{"GET", "/subscriptionsz", 200, doc, `"limit": 1024`},
		{"GET", "/subsz?test=*", 400, text, "invalid test subject, must be valid publish subject: *"},
		{"GET", "/healthz", 200, doc, `{"status":"ok"}`},
		{"GET", "/healthz?stream=S", 400, doc, `{"status":"error","error":"\"account\" must not be`},
		{"GET", "/healthz?details=x", 400, text, "Error decoding boolean for 'details'"},
		{"GET", "/accountz", 200, doc, "\"accounts\": [\n    \"$SYS\",\n    \"A\"\n  ]"},
		{"GET", "/accountz?acc=A", 200, doc, `"account_name": "A"`},
		{"GET", "/accountz?acc=B", 400, text, "Account B does not exist"},
		{"GET", "/accstatz", 200, doc, `"account_statz": []`},
		{"GET", "/accstatz?unused=1", 200, doc, `"acc": "A"`},
		{"GET", "/accstatz?unused=x", 400, text, "Error decoding boolean for 'unused'"},
		{"GET", "/routez", 200, doc, `"server_name": "one"`},
		{"GET", "/gatewayz", 200, doc, `"inbound_gateways": {}`},
		{"GET", "/leafz", 200, doc, `"leafs": []`},
		{"GET", "/jsz", 200, doc, `"disabled": true`},
		{"GET", "/routez?subs=detail", 200, doc, `"routes": []`},
		{"GET", "/routez?subs=x", 400, text, "Error decoding boolean for 'subs'"},
		{"GET", "/gatewayz?accs=x&subs=y", 400, text, "Error decoding boolean for 'subs'"},
		{"GET", "/gatewayz?accs=x", 400, text, "Error decoding boolean for 'accs'"},
		{"GET", "/leafz?subs=detail", 400, text, "Error decoding boolean for 'subs'"},
		{"GET", "/jsz?raft=x&limit=y&config=z", 400, text, "Error decoding boolean for 'config'"},
		{"GET", "/jsz?raft=x&limit=y", 400, text, "Error decoding int for 'limit'"},
		{"GET", "/jsz?leader-only=1", 400, text, "filtered response: not leader"},
		{"GET", "/raftz", 404, text, "No Raft nodes registered"},
		{"GET", "/ipqueuesz?all=1", 200, doc, "{}"},
		{"GET", "/ipqueuesz?all=x", 400, text, "Error decoding boolean for 'all'"},
		{"GET", "/stacksz", 200, doc, "monitor_test.TestAnswers"},
		{"GET", "/debug/vars", 200, "application/json; charset=utf-8", `"cmdline": ["sinew","-D"]`},
		{"GET", "/debug", 404, text, "404 page not found\n"},
		{"GET", "/nope", 404, text, "404 page not found\n"},
		{"GET", "/varz/", 404, text, "404 page not found\n"},
		{"GET", "/varz/x", 404, text, "404 page not found\n"},
		{"GET", "//varz?a=b", 307, page, `href="/varz?a=b"`},
		{"GET", "/x/../varz", 307, page, `href="/varz"`},
	} {
		response, body := get(t, h, c.method, c.target)
		if response.StatusCode != c.code || response.Header.Get("Content-Type") != c.contentType || !strings.Contains(body, c.body) {
			t.Errorf("%s %s: %s, %q:\n%s", c.method, c.target, response.Status, response.Header, body)
		}
		if origin := response.Header.Get("Access-Control-Allow-Origin"); (origin == "*") != (c.contentType == doc) {
			t.Errorf("%s %s: any origin is allowed: %q", c.method, c.target, origin)
		}
	}
}

func TestNotReadyIsUnhealthy(t *testing.T) {
	h := monitor.New(&server{}, monitor.Options{})
	response, body := get(t, h, "GET", "/healthz?details=true")
	if response.StatusCode != 500 || body != `{"status":"error","errors":[{"type":"CONNECTION","error":"not ready for connections"}]}` {
		t.Errorf("%s: %s", response.Status, body)
	}
}

func TestRequestsAreCountedByDocument(t *testing.T) {
	h := monitor.New(&server{ready: true}, monitor.Options{BasePath: "mon/"})
	for _, target := range []string{"/mon", "/mon/subsz", "/mon/subscriptionsz", "/mon/connz?limit=x", "/mon/nope", "/varz", "/mon/", "/mon/raftz", "/mon/stacksz", "/mon/debug/vars", "/mon/ipqueuesz"} {
		get(t, h, "GET", target)
	}
	_, body := get(t, h, "GET", "/mon/varz")
	var doc status.Varz
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	want := map[string]uint64{"/": 1, "/subsz": 2, "/connz": 1, "/varz": 1}
	if !maps.Equal(doc.HTTPReqStats, want) || !maps.Equal(h.Requests(), want) {
		t.Errorf("%v, %v, want %v", doc.HTTPReqStats, h.Requests(), want)
	}
}

// TestIndexLinksLead follows the links of the index page as a browser would.
func TestIndexLinksLead(t *testing.T) {
	for _, base := range []string{"", "/", "/mon", "a/b/"} {
		h := monitor.New(&server{ready: true}, monitor.Options{BasePath: base, ServerName: "<script>"})
		web := httptest.NewServer(h)
		response, body := get(t, h, "GET", "/"+strings.TrimPrefix(h.BasePath(), "/"))
		if response.StatusCode != 200 || strings.Contains(body, "<script>") {
			t.Errorf("%s: %s\n%s", base, response.Status, body)
		}
		links := regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(body, -1)
		if len(links) < 4 {
			t.Errorf("%s: %d links", base, len(links))
		}
		page, err := http.NewRequest("GET", web.URL+h.BasePath(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links {
			target, err := page.URL.Parse(link[1])
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.Get(target.String())
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != 200 && !strings.HasSuffix(target.Path, "/raftz") { // says that there are no groups
				t.Errorf("%s: %s: %s", base, target, answer.Status)
			}
		}
		web.Close()
	}
}

// TestDocumentsTakeTurns keeps a document from being finished: others wait, but not the health check.
func TestDocumentsTakeTurns(t *testing.T) {
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	h := monitor.New(&server{ready: true, enter: func() { entered <- struct{}{}; <-leave }}, monitor.Options{Concurrent: 1})
	done := make(chan int, 2)
	for range 2 {
		go func() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/varz", nil))
			done <- w.Code
		}()
	}
	<-entered
	if response, _ := get(t, h, "GET", "/healthz"); response.StatusCode != 200 {
		t.Errorf("health: %s", response.Status)
	}
	if len(entered) != 0 {
		t.Error("two documents are made at once")
	}
	close(leave)
	for range 2 {
		if code := <-done; code != 200 {
			t.Errorf("code %d", code)
		}
	}
}

// TestLargeDocumentsComeInPieces reads a document of many connections slowly: it holds up nobody else, even if only one
// document is made at once.
func TestLargeDocumentsComeInPieces(t *testing.T) {
	h := monitor.New(&server{ready: true, connections: 8000}, monitor.Options{Concurrent: 1})
	web := httptest.NewServer(h)
	defer web.Close()
	slow, err := http.Get(web.URL + "/connz?limit=8000")
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Body.Close()
	for range 3 {
		quick, err := http.Get(web.URL + "/connz?limit=100")
		if err != nil {
			t.Fatal(err)
		}
		var doc status.Connz
		if err := json.NewDecoder(quick.Body).Decode(&doc); err != nil || doc.NumConns != 100 || doc.Total != 8000 {
			t.Errorf("%s: %v, %d of %d", quick.Status, err, doc.NumConns, doc.Total)
		}
		quick.Body.Close()
	}
	var doc status.Connz
	if err := json.NewDecoder(slow.Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	for i, c := range doc.Conns {
		if c.CID != uint64(i+1) {
			t.Fatalf("connection %d is at place %d", c.CID, i+1)
		}
	}
	if len(doc.Conns) != 8000 {
		t.Errorf("%d connections", len(doc.Conns))
	}
}

// TestLargeDocumentsGiveWayWhenTheServerIsBusy compares how long a document takes.
func TestLargeDocumentsGiveWayWhenTheServerIsBusy(t *testing.T) {
	var busy atomic.Bool
	var asked atomic.Int64
	h := monitor.New(&server{ready: true, connections: 5000}, monitor.Options{Busy: func() bool {
		asked.Add(1)
		return busy.Load()
	}})
	took := func() time.Duration {
		began := time.Now()
		if response, body := get(t, h, "GET", "/connz?limit=5000"); response.StatusCode != 200 || !strings.HasSuffix(body, "}") {
			t.Errorf("%s: %d bytes", response.Status, len(body))
		}
		return time.Since(began)
	}
	idle := took()
	if n := asked.Load(); n < 20 {
		t.Errorf("it could have given way only %d times", n)
	}
	busy.Store(true)
	if slow := took(); slow < 2*idle {
		t.Errorf("%v when the server is busy, %v when not", slow, idle)
	}
}

func TestManyGoroutinesAreCounted(t *testing.T) {
	stop := make(chan struct{})
	var running sync.WaitGroup
	for range 3000 {
		running.Go(func() { <-stop })
	}
	h := monitor.New(&server{}, monitor.Options{})
	_, body := get(t, h, "GET", "/stacksz")
	close(stop)
	running.Wait()
	if !strings.Contains(body, "goroutines, counted by where they are") || !strings.Contains(body, "TestManyGoroutinesAreCounted") || len(body) > 1<<20 {
		t.Errorf("%d bytes:\n%.2000s", len(body), body)
	}
}

func TestServerBoundsWhatAClientMayDo(t *testing.T) {
	s := monitor.NewServer(monitor.New(&server{}, monitor.Options{}), func(string) {})
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 {
		t.Errorf("a timeout is missing: %+v", s)
	}
	web := httptest.NewUnstartedServer(nil)
	web.Config = s
	web.Start()
	defer web.Close()
	response, err := http.Get(web.URL + "/connz?sort=" + strings.Repeat("x", 2*s.MaxHeaderBytes))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("long request: %s", response.Status)
	}
}

func TestServerTellsOfBadConnections(t *testing.T) {
	said := make(chan string, 1)
	s := monitor.NewServer(http.NotFoundHandler(), func(text string) { said <- text })
	s.ErrorLog.Print("http: TLS handshake error")
	if text := <-said; text != "http: TLS handshake error" {
		t.Errorf("%q", text)
	}
}

func FuzzRequests(f *testing.F) {
	f.Add("/connz", "limit=1&%zz")
	f.Add("//varz/..", "a;b")
	f.Add("*", "subs=detail")
	f.Add("", "")
	for _, path := range []string{
		"varz", "connz", "subsz", "accountz", "accstatz", "healthz", "jsz", "routez", "gatewayz", "leafz", "raftz", "ipqueuesz",
	} {
		f.Add("/m/"+path, "limit=x&offset=-1&subs=detail&unused=maybe&acc=A&all=1&state=any&leader-only=1&sort=uptime&cid=1")
		f.Add("/m/"+path, "subs=1&auth=1&limit=99999999999999999999&test=a.*&accs=T&details=1&stream=S&queues=%00&acc=%ff")
	}
	h := monitor.New(&server{ready: true}, monitor.Options{BasePath: "/m"})
	f.Fuzz(func(t *testing.T, path, query string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path, r.URL.RawQuery = path, query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch w.Code {
		case 200, 307, 400, 404, 500:
		default:
			t.Errorf("%q?%q: %d", path, query, w.Code)
		}
		if w.Header().Get("Content-Type") == "application/json" && path != "/m/stacksz" && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q?%q: %q is no JSON", path, query, w.Body)
		}
	})
}
