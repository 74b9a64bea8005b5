package top

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

const twoAccounts = `
	server_name: n1
	accounts {
		A: { users: [ { user: a, password: a } ] }
		B: { users: [ { user: b, password: b } ] }
		S: { users: [ { user: s, password: s } ] }
	}
	system_account: S`

// sources are the ways to ask a server. Those that the server does not know are left out.
func sources(t *testing.T, s *testServer) map[string]Source {
	t.Helper()
	all := map[string]Source{"http": s.source(t)}
	nc := s.client(t, "top", nats.UserInfo("s", "s"))
	if _, err := nc.Request("$SYS.REQ.SERVER."+nc.ConnectedServerId()+".VARZ", nil, patience); err != nil {
		t.Logf("the system account's services are not tested: %v", err)
		return all
	}
	all["system account"] = NewSystemSource(nc, "", patience)
	all["system account by name"] = NewSystemSource(nc, "n1", patience)
	all["system account by ID"] = NewSystemSource(nc, nc.ConnectedServerId(), patience)
	return all
}

// TestSourcesAgree asks one server in every way for everything.
func TestSourcesAgree(t *testing.T) {
	s := startServer(t, twoAccounts)
	worker := s.client(t, "worker", nats.UserInfo("a", "a"))
	subscribe(t, worker, "jobs.*", "group")
	subscribe(t, worker, "news", "")
	sender := s.client(t, "sender", nats.UserInfo("b", "b"))
	subscribe(t, sender, "news", "")
	flood(t, worker, "jobs.1", 40, 10)
	for name, source := range sources(t, s) {
		t.Run(name, func(t *testing.T) {
			ctx := testContext(t)
			server, err := source.Server(ctx)
			if err != nil || server.Name != "n1" || server.Connections < 2 || server.Mem <= 0 || server.Now.IsZero() || server.InMsgs < 40 {
				t.Errorf("the server is %+v, %v", server, err)
			}
			conns, page, err := source.Connections(ctx, Query{Limit: 10, Sort: "msgs_to", Account: "A"})
			if err != nil || len(conns) != 1 || page.Total != 1 || page.at.IsZero() {
				t.Fatalf("connections are %+v, %+v, %v", conns, page, err)
			}
			if c := conns[0]; c.Name != "worker" || c.User != "a" || c.Account != "A" || c.InMsgs != 40 || c.OutBytes != 400 || c.Subscriptions != 2 {
				t.Errorf("the connection is %+v", c)
			}
			if got, _, err := source.Connections(ctx, Query{Limit: 10, User: "b"}); err != nil || len(got) != 1 || got[0].Name != "sender" {
				t.Errorf("connections of user b are %+v, %v", got, err)
			}
			if got, _, err := source.Connections(ctx, Query{Limit: 10, CID: conns[0].CID}); err != nil || len(got) != 1 || got[0].CID != conns[0].CID {
				t.Errorf("connection %d is %+v, %v", conns[0].CID, got, err)
			}
			if got, _, err := source.Connections(ctx, Query{Limit: 10, Account: "nobody"}); err != nil || len(got) != 0 {
				t.Errorf("connections of nobody are %+v, %v", got, err)
			}
			checkSubscriptions(t, source, conns[0].CID)
		})
	}
}

func checkSubscriptions(t *testing.T, source Source, cid uint64) {
	t.Helper()
	queries := []struct {
		q    Query
		want string
	}{
		{Query{Limit: 1000, Account: "A"}, "A jobs.* group 40, A news  0"},
		{Query{Limit: 1000, CID: cid}, "A jobs.* group 40, A news  0"},
		{Query{Limit: 1000, Account: "A", Test: "jobs.7"}, "A jobs.* group 40"},
		{Query{Limit: 1000, Account: "B"}, "B news  0"},
		{Query{Limit: 1000, CID: cid + 1000}, ""},
	}
	for _, query := range queries {
		subs, _, err := source.Subscriptions(testContext(t), query.q)
		if err != nil {
			t.Errorf("%+v: %v", query.q, err)
			continue
		}
		var got []string
		for _, word := range []string{"jobs.*", "news"} {
			for _, sub := range subs {
				if sub.Subject == word {
					got = append(got, fmt.Sprintf("%s %s %s %d", sub.Account, sub.Subject, sub.Queue, sub.Msgs))
				}
			}
		}
		if strings.Join(got, ", ") != query.want {
			t.Errorf("%+v: subscriptions are %q, want %q", query.q, got, query.want)
		}
	}
}

func TestAccounts(t *testing.T) {
	s := startServer(t, twoAccounts)
	if !s.has(t, "/accstatz") {
		t.Skip("this server has no /accstatz")
	}
	worker := s.client(t, "worker", nats.UserInfo("a", "a"))
	subscribe(t, worker, "jobs.*", "")
	flood(t, worker, "jobs.1", 30, 10)
	for name, source := range sources(t, s) {
		accounts, _, err := source.Accounts(testContext(t))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		found := false
		for _, a := range accounts {
			if a.Name == "A" {
				found = a.Connections == 1 && a.flow() == Flow{InMsgs: 30, OutMsgs: 30, InBytes: 300, OutBytes: 300}
			}
		}
		if !found {
			t.Errorf("%s: accounts are %+v", name, accounts)
		}
	}
}

// TestServerKnowsEverySort: an order that the server does not know would be an error on the screen.
func TestServerKnowsEverySort(t *testing.T) {
	s := startServer(t, twoAccounts)
	s.client(t, "some", nats.UserInfo("a", "a"))
	for name, source := range sources(t, s) {
		for _, c := range connectionColumns {
			if _, _, err := source.Connections(testContext(t), Query{Limit: 10, Sort: c.server}); err != nil {
				t.Errorf("%s: sort by %s: %v", name, c.name, err)
			}
		}
	}
}

func TestPagesCoverACrowd(t *testing.T) {
	s := startServer(t, "")
	s.crowd(t, 250, 1)
	seen := make(map[uint64]bool)
	for offset := 0; offset < 250; offset += 100 {
		conns, page, err := s.source(t).Connections(testContext(t), Query{Limit: 100, Offset: offset})
		if err != nil || page.Total != 250 || page.Offset != offset || len(conns) > 100 {
			t.Fatalf("from %d: %d connections, %+v, %v", offset, len(conns), page, err)
		}
		for _, c := range conns {
			seen[c.CID] = true
		}
	}
	if len(seen) != 250 {
		t.Errorf("the pages have %d connections", len(seen))
	}
}

func TestMonitorAddresses(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "http://127.0.0.1:8222"},
		{"9000", "http://127.0.0.1:9000"},
		{"nats.example.com:9000", "http://nats.example.com:9000"},
		{"nats.example.com", "http://nats.example.com"},
		{"[::1]:9000", "http://[::1]:9000"},
		{"https://h/base/", "https://h/base"},
		{"http://u:secret@h:1/a/b?x=y#z", "http://u:xxxxx@h:1/a/b"},
		{"ftp://h", ""},
		{"http://", ""},
		{"http://h:port", ""},
		{"http://u:secret@h\x00", ""},
	}
	for _, test := range tests {
		source, err := NewHTTPSource(HTTPOptions{Address: test.text, Timeout: time.Second})
		if (err != nil) != (test.want == "") {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if err != nil {
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: the error tells the password: %v", test.text, err)
			}
			continue
		}
		if got := source.Place(); got != test.want {
			t.Errorf("%q is %s, want %s", test.text, got, test.want)
		}
		source.Close()
	}
}

func TestBasePathAndTLS(t *testing.T) {
	folder := t.TempDir()
	certificate(t, folder)
	s := &testServer{nats: freeAddress(t), http: freeAddress(t)}
	s.start(t, fmt.Sprintf("https: %q\nhttp_base_path: /watch/here\ntls { cert_file: %q, key_file: %q }",
		s.http, filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")))
	pool := x509.NewCertPool()
	text, err := os.ReadFile(filepath.Join(folder, "cert.pem"))
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	tests := []struct {
		address string
		tls     *tls.Config
		want    string // of the error
	}{
		{"https://" + s.http + "/watch/here", &tls.Config{RootCAs: pool}, ""},
		{"https://" + s.http + "/watch/here/", &tls.Config{InsecureSkipVerify: true}, ""},
		{"https://" + s.http + "/watch/here", nil, "--tlsca"},
		{"https://" + s.http, &tls.Config{RootCAs: pool}, "has no /varz; is there a base path to add?"},
	}
	for _, test := range tests {
		source, err := NewHTTPSource(HTTPOptions{Address: test.address, TLS: test.tls, Timeout: patience})
		if err != nil {
			t.Fatal(err)
		}
		_, err = source.Server(testContext(t))
		if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.address, err, test.want)
		}
		source.Close()
	}
}

// certificate writes cert.pem and key.pem for 127.0.0.1, signed by itself.
func certificate(t *testing.T, folder string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestErrorsSayWhatToDo asks things that are no NATS server, or not there.
func TestErrorsSayWhatToDo(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"web page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "is no document of a NATS server"},
		{"other JSON", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") }, "does not answer as a NATS server does"},
		{"refusal", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no\nreally", http.StatusForbidden) }, "/varz: no"},
		{"silence", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "--timeout"},
		{"half an answer", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, `{"server_id":"`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "--timeout"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write([]byte(strings.Repeat(" ", 1<<20))); err != nil {
					return
				}
			}
		}, "is no document of a NATS server"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			stranger := httptest.NewServer(test.answer)
			defer stranger.Close()
			timeout := patience
			if test.want == "--timeout" {
				timeout = 50 * time.Millisecond
			}
			source, err := NewHTTPSource(HTTPOptions{Address: stranger.URL, Timeout: timeout})
			if err != nil {
				t.Fatal(err)
			}
			defer source.Close()
			if _, err := source.Server(testContext(t)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q in it", err, test.want)
			}
		})
	}
	source, err := NewHTTPSource(HTTPOptions{Address: freeAddress(t), Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Server(testContext(t)); err == nil || !strings.Contains(err.Error(), "is the server running") {
		t.Errorf("the error of a server that is not there is %v", err)
	}
}

func TestUserOutsideTheSystemAccount(t *testing.T) {
	s := startServer(t, twoAccounts)
	source := NewSystemSource(s.client(t, "top", nats.UserInfo("a", "a")), "", patience)
	if _, err := source.Server(testContext(t)); err == nil || !strings.Contains(err.Error(), "give a user of the system account") {
		t.Errorf("the error is %v", err)
	}
}

// TestManyRowsAreBounded: a short text must not become very many rows.
func TestManyRowsAreBounded(t *testing.T) {
	var rows list[Connection]
	if err := rows.UnmarshalJSON([]byte("[" + strings.Repeat("{},", 2*maxRows) + "{}]")); err != nil || len(rows) != maxRows {
		t.Errorf("%d rows are read, %v", len(rows), err)
	}
	for _, text := range []string{"null", "[]"} {
		if err := rows.UnmarshalJSON([]byte(text)); err != nil || len(rows) != 0 {
			t.Errorf("%s gives %d rows, %v", text, len(rows), err)
		}
	}
	for _, text := range []string{"{}", "7", `[7]`, `["x"`} {
		if err := rows.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
