package server_test

import (
	"fmt"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/observe/status"
)

func TestMaxConnectionsTurnsAwayTheNext(t *testing.T) {
	r := start(t, "max_connections: 3")
	first := r.login("")
	r.login("")
	r.login("")
	for range 5 {
		w := r.dial()
		if said := w.rest(); said != "-ERR 'maximum connections exceeded'\r\n" {
			t.Errorf("one too many was told %q", said)
		}
	}
	_ = first.Close()
	r.awaitVarz("a free place", func(v *status.Varz) bool { return v.Connections == 2 })
	r.login("")
	r.awaitVarz("all places to be taken", func(v *status.Varz) bool { return v.Connections == 3 })
}

func TestAccountLimits(t *testing.T) {
	r := start(t, `accounts { A: {limits: {max_connections: 1, max_payload: 5, max_subscriptions: 2}, users: [`+alice+`]}, B: {users: [`+bob+`]} }`)
	a := r.login(asAlice)
	second := r.dial()
	second.say(connectLine(asAlice))
	if said := second.rest(); said != "-ERR 'maximum account active connections exceeded'\r\n" {
		t.Errorf("one too many was told %q", said)
	}
	r.login(asBob)
	r.login(asBob)
	a.say("SUB a 1", "SUB b 2", "SUB c 3")
	a.expect("-ERR 'maximum subscriptions exceeded'")
	a.say("UNSUB 1", "SUB c 4", "PUB c 1", "x")
	a.expect("MSG c 4 1", "x")
	a.say("PUB c 6")
	if said := a.rest(); said != "-ERR 'Maximum Payload Violation'\r\n" {
		t.Errorf("too large a message: %q", said)
	}
	r.awaitVarz("the place to be free", func(v *status.Varz) bool { return v.Connections == 2 })
	r.login(asAlice)
}

func TestMaxSubscriptionsAndTokens(t *testing.T) {
	r := start(t, "max_subscriptions: 2, max_sub_tokens: 3")
	w := r.login("")
	w.say("SUB a.b.c.d 1")
	w.expect(`-ERR 'Permissions Violation for Subscription to "a.b.c.d", too many tokens'`)
	w.say("SUB a 1", "SUB b 2", "SUB c 3")
	w.expect("-ERR 'maximum subscriptions exceeded'")
	w.barrier()
}

func TestLinesAndMessagesAreBounded(t *testing.T) {
	r := start(t, "max_control_line: 512, max_payload: 1000")
	tests := []struct{ name, bytes, said string }{
		{"a line without an end", "SUB " + strings.Repeat("x", 2000), "-ERR 'maximum control line exceeded'\r\n"},
		{"a long line", "SUB " + strings.Repeat("x", 600) + " 1\r\n", "-ERR 'maximum control line exceeded'\r\n"},
		{"a large message", "PUB x 1001\r\n", "-ERR 'Maximum Payload Violation'\r\n"},
		{"a size beyond all numbers", "PUB x 99999999999999999999\r\n", ""},
		{"headers larger than all", "HPUB x 12 5\r\n", ""},
		{"no operation", "GET / HTTP/1.1\r\n", "-ERR 'Unknown Protocol Operation'\r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r.t = t
			w := r.login("")
			if _, err := fmt.Fprint(w, test.bytes); err != nil {
				t.Fatal(err)
			}
			if said := w.rest(); test.said != "" && said != test.said {
				t.Errorf("was told %q, want %q", said, test.said)
			}
		})
	}
}

func TestSilentClientTimesOut(t *testing.T) {
	r := start(t, "authorization {user: a, password: b, timeout: 0.2}")
	if said := r.dial().rest(); said != "-ERR 'Authentication Timeout'\r\n" {
		t.Errorf("was told %q", said)
	}
}
