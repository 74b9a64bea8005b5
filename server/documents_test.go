package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

// TestMonitoringOverHTTPSAsksForNoCertificate: verify is about clients. A reload brings new certificates here, too.
func TestMonitoringOverHTTPSAsksForNoCertificate(t *testing.T) {
	a := newAuthority(t)
	first := a.issue("server")
	config := func(s *issued) string {
		return `https: "127.0.0.1:-1"` + "\n" + tlsBlock(a, s, "verify: true")
	}
	r := start(t, config(first), "-m", "0")
	client := func() *http.Client {
		return &http.Client{Transport: &http.Transport{TLSClientConfig: a.trust(), DisableKeepAlives: true}}
	}
	url := "https://" + r.MonitorAddr().String()
	get := func() (*status.Varz, *x509.Certificate) {
		response, err := client().Get(url + "/varz")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var v status.Varz
		if err := json.NewDecoder(response.Body).Decode(&v); err != nil {
			t.Fatal(err)
		}
		return &v, response.TLS.PeerCertificates[0]
	}
	v, shown := get()
	if fmt.Sprintf("https://127.0.0.1:%d", v.HTTPSPort) != url || v.HTTPPort != 0 || !v.TLSVerify {
		t.Errorf("/varz of %s: %d, %d, verify %v", url, v.HTTPSPort, v.HTTPPort, v.TLSVerify)
	}
	r.reload(config(a.issue("server")))
	if _, now := get(); now.Equal(shown) {
		t.Error("the certificate is the old one after a reload")
	}
	response, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{}}}).Get(url)
	if err == nil {
		response.Body.Close()
		t.Error("a certificate of an unknown authority is taken")
	}
}

// TestConnzTellsOfClosedSubscriptionsBeyondAHundred: what a connection was subscribed to is remembered within a budget.
func TestConnzTellsOfClosedSubscriptionsBeyondAHundred(t *testing.T) {
	r := start(t, "")
	w := r.login(`"name":"many"`)
	for i := range 1000 {
		w.say(fmt.Sprintf("SUB many.%d %d", i, i))
	}
	w.barrier()
	w.Close()
	r.awaitClosed("many", "Client Closed")
	var doc status.Connz
	r.get("/connz?state=closed&subs=1", &doc)
	if len(doc.Conns) != 1 || doc.Conns[0].NumSubs != 1000 || len(doc.Conns[0].Subs) != 1000 {
		t.Errorf("%+v", doc.Conns)
	}
}

// TestConnzUnderChurn reads documents while connections and subscriptions come and go: each is whole.
func TestConnzUnderChurn(t *testing.T) {
	r := start(t, "")
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			w := r.login(fmt.Sprintf(`"name":"c%d"`, i))
			for j := range 20 {
				w.say(fmt.Sprintf("SUB s.%d %d", j, j))
			}
			for j := range 10 {
				w.say(fmt.Sprintf("UNSUB %d", j))
			}
			w.barrier()
			w.Close()
		}
	}()
	for _, query := range []string{"subs=1", "subs=detail&state=all", "sort=subs&subs=1", "state=closed&subs=detail&auth=1", "acc=$G&subs=1"} {
		for range 8 {
			response, err := http.Get("http://" + r.MonitorAddr().String() + "/connz?limit=300&" + query)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			var doc status.Connz
			if err != nil || json.Unmarshal(body, &doc) != nil || len(doc.Conns) != doc.NumConns {
				t.Fatalf("%s: %v, %d of %d connections, %s", query, err, len(doc.Conns), doc.NumConns, body[max(0, len(body)-200):])
			}
			for _, c := range doc.Conns {
				if len(c.Subs) > 20 || c.Stop.IsZero() != (c.Reason == "") {
					t.Fatalf("%s: %+v", query, c)
				}
			}
		}
	}
	close(stop)
	<-done
}

// TestBeingSentSomethingIsActivity: a connection that only receives is not idle.
func TestBeingSentSomethingIsActivity(t *testing.T) {
	r := start(t, "")
	listener, publisher := r.login(`"name":"listener"`), r.login("")
	listener.say("SUB x 1", "PING")
	listener.expect("PONG")
	active := func() time.Time {
		var doc status.Connz
		r.get("/connz", &doc)
		for _, c := range doc.Conns {
			if c.Name == "listener" {
				return c.LastActivity
			}
		}
		t.Fatal("the connection is not shown")
		return time.Time{}
	}
	before := active()
	for deadline := time.Now().Add(10 * time.Second); !active().After(before); {
		if time.Now().After(deadline) {
			t.Fatal("deliveries do not count as activity")
		}
		publisher.say("PUB x 2", "hi", "PING")
		publisher.expect("PONG")
	}
}
