package examples

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"sinew.dev/sinew/internal/testkit/process"
)

// plain is where the examples serve clients, encrypted what clients of those with TLS connect to.
const (
	plain     = "nats://127.0.0.1:4222"
	encrypted = "tls://localhost:4222"
)

// connect connects or fails the test, and disconnects with it.
func connect(t *testing.T, url string, options ...nats.Option) *nats.Conn {
	t.Helper()
	// Errors of the server that a test looks for are read by LastError.
	options = append(options, nats.NoReconnect(), nats.Timeout(process.Patience), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	nc, err := nats.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// refuse fails the test when a connection is accepted.
func refuse(t *testing.T, url string, options ...nats.Option) {
	t.Helper()
	nc, err := nats.Connect(url, append(options, nats.Timeout(process.Patience))...)
	if err == nil {
		nc.Close()
		t.Error("a client was accepted that should not be")
	}
}

// listen subscribes, and returns when the server knows of it.
func listen(t *testing.T, nc *nats.Conn, subject string) *nats.Subscription {
	t.Helper()
	sub, err := nc.SubscribeSync(subject)
	if err != nil {
		t.Fatal(err)
	}
	flush(t, nc)
	return sub
}

// flush waits until the server has seen all that was sent.
func flush(t *testing.T, nc *nats.Conn) {
	t.Helper()
	if err := nc.FlushTimeout(process.Patience); err != nil {
		t.Fatal(err)
	}
}

// send publishes and returns when the server has taken it.
func send(t *testing.T, nc *nats.Conn, subject string) {
	t.Helper()
	if err := nc.Publish(subject, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	flush(t, nc)
}

// next returns the subject of the next message.
func next(t *testing.T, sub *nats.Subscription) string {
	t.Helper()
	m, err := sub.NextMsg(process.Patience)
	if err != nil {
		t.Fatalf("on %s: %v", sub.Subject, err)
	}
	return m.Subject
}

// nothing fails the test when a message is there. The server has sent it before it answered the flush of its sender,
// if it sends it at all, and the subscriber's own flush brings it in.
func nothing(t *testing.T, nc *nats.Conn, sub *nats.Subscription) {
	t.Helper()
	flush(t, nc)
	if n, _, err := sub.Pending(); err != nil || n != 0 {
		t.Errorf("%d messages on %s (%v), want none", n, sub.Subject, err)
	}
}

// denied fails the test unless the server refused the last operation of the connection.
func denied(t *testing.T, nc *nats.Conn) {
	t.Helper()
	deadline := time.Now().Add(process.Patience)
	for !errors.Is(nc.LastError(), nats.ErrPermissionViolation) {
		if time.Now().After(deadline) {
			t.Fatalf("last error %v, want a permissions violation", nc.LastError())
		}
		_ = nc.Flush() // the error comes before the answer to it
	}
}

// roundTrip asks and answers over one connection.
func roundTrip(t *testing.T, nc *nats.Conn, subject string) {
	t.Helper()
	sub, err := nc.Subscribe(subject, func(m *nats.Msg) { _ = m.Respond(m.Data) })
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	if _, err := nc.Request(subject, []byte("hello"), process.Patience); err != nil {
		t.Fatalf("request on %s: %v", subject, err)
	}
}

// certificates are the options of a client of the TLS examples: it trusts the authority of make-certs.sh and, if it has
// one, shows its own certificate. They are read here, for nats.go's own helpers read them at each connection.
func (r *run) certificates(t *testing.T, own bool) nats.Option {
	t.Helper()
	config := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	pem, err := os.ReadFile(r.path("examples/certs/ca.pem"))
	if err != nil || !config.RootCAs.AppendCertsFromPEM(pem) {
		t.Fatalf("read the authority: %v", err)
	}
	if own {
		pair, err := tls.LoadX509KeyPair(r.path("examples/certs/client.pem"), r.path("examples/certs/client-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return nats.Secure(config)
}

// page decodes a monitoring document.
func page(t *testing.T, path string) map[string]any {
	t.Helper()
	code, body, err := process.Get(monitoring + path)
	if err != nil || code != 200 {
		t.Fatalf("get %s: %d, %v", path, code, err)
	}
	var document map[string]any
	if err := json.Unmarshal(body, &document); err != nil {
		t.Fatal(err)
	}
	return document
}
