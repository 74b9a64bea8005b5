package client_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
)

// FuzzSession sends any bytes to a live session, in two pieces. Nothing may panic, the session must end when its client
// does, and other connections must be served as before.
func FuzzSession(f *testing.F) {
	f.Add([]byte("SUB a.* 1\r\nPUB a.b 5\r\nhello\r\nUNSUB 1 2\r\nPING\r\n"), uint16(7), uint8(0))
	f.Add([]byte("CONNECT {\"verbose\":true,\"pedantic\":true}\r\nHPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"), uint16(30), uint8(1))
	f.Add([]byte("SUB > q 1\r\nHPUB a _R_.x 23 23\r\nNATS/1.0\r\nK: v\r\nA:b\r\n\r\n\r\n"), uint16(50), uint8(2))
	f.Add([]byte("CONNECT {\"user\":\"alice\",\"pass\":\"wonder\"}\r\npub x 0\r\n\r\n+OK\r\n-ERR 'x'\r\nINFO {}\r\n"), uint16(0), uint8(3))
	f.Add([]byte("HPUB a 49 49\r\nNATS/1.0\r\nNats-Trace-Dest: t\r\nAccept-Encoding:s2\r\n\r\n"), uint16(20), uint8(2))
	f.Add([]byte("PUB x 99999999999999999999\r\nSUB  \t x\ty  z\r\nUNSUB 1 -1\r\n"), uint16(3), uint8(0))
	f.Add([]byte("PUB x 3000\r\n"+strings.Repeat("y", 2_000)), uint16(100), uint8(0))
	open, closed, tracing := options(), options(), options()
	closed.Auth = pairAuth(f)
	tracing.Auth = closed.Auth
	tracing.Trace, tracing.TraceSystem = true, true
	edges := []*edge{newEdge(f, open), newEdge(f, closed), newEdge(f, tracing)}
	f.Fuzz(func(t *testing.T, data []byte, split uint16, kind uint8) {
		e := *edges[int(kind)%len(edges)]
		e.t = t
		witness, in := e.login(`{"user":"alice","pass":"wonder","verbose":false}`)
		defer witness.Close()
		conn := e.dial()
		defer conn.Close()
		if kind >= 128 {
			_, _ = io.WriteString(conn, "CONNECT "+plain+"\r\n")
		}
		at := min(int(split), len(data))
		for _, piece := range [][]byte{data[:at], data[at:]} {
			_, _ = conn.Write(piece) // the session may be over
		}
		// When the client has no more to say the server ends the session, and so the reading.
		_ = conn.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Fatalf("the session does not end after %q", data)
		}
		m := mark()
		e.exchange(witness, in, "SUB "+m+" 1\r\nPUB "+m+" 2\r\nok\r\nPING\r\n", "MSG "+m+" 1 2\r\nok\r\nPONG\r\n")
	})
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// FuzzConnect sends any document as CONNECT, where users are needed. The session must end when its client does, and one
// without the password is never let in.
func FuzzConnect(f *testing.F) {
	for _, doc := range []string{
		plain, `{}`, `null`, `[]`, `{"user":"alice","pass":"wonder"}`, `{"user":"alice","pass":"wrong"}`, `{"USER":"alice","Pass":"wonder"}`,
		`{"protocol":2}`, `{"account":"x"}`, `{"nkey":"U","sig":"AAAA"}`, `{"jwt":"a.b.c","sig":"-"}`, `{"auth_token":"x"}`,
		`{"name":"\u0000\ud800","lang":"\"\\"}`, `{"verbose":"yes"}`, `{"pass":1e999}`, strings.Repeat(`{"a":`, 500), `{"headers":false,"no_responders":true}`,
	} {
		f.Add(doc)
	}
	o := options()
	o.Auth, o.Trace = pairAuth(f), true
	e := newEdge(f, o)
	f.Fuzz(func(t *testing.T, doc string) {
		if strings.ContainsAny(doc, "\r\n") || len(doc) > o.MaxControlLine-20 {
			t.Skip("another operation, or too long a line")
		}
		e := *e
		e.t = t
		conn := e.dial()
		defer conn.Close()
		_, _ = io.WriteString(conn, "CONNECT "+doc+"\r\nPING\r\n")
		_ = conn.(*net.TCPConn).CloseWrite()
		said, err := io.ReadAll(conn)
		if isTimeout(err) {
			t.Fatalf("the session does not end after %q", doc)
		}
		if bytes.Contains(said, []byte("PONG\r\n")) && !names(doc, "wonder") && !names(doc, "builder") {
			t.Errorf("let in with %q: %q", doc, said)
		}
	})
}

// names reports whether a string of the document is this one.
func names(doc, text string) bool {
	for d := json.NewDecoder(strings.NewReader(doc)); ; {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if token == text {
			return true
		}
	}
}
