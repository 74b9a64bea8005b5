package tool_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// send publishes messages that show all that a subscriber prints.
func send(t *testing.T, nc *nats.Conn) {
	t.Helper()
	messages := []*nats.Msg{
		{Subject: "a.b", Data: []byte("one")},
		{Subject: "a.c", Reply: "r.x", Data: []byte("two\n"), Header: nats.Header{"b": {"2"}, "A": {"1", "3"}}},
		{Subject: "a.d"},
	}
	for _, msg := range messages {
		if err := nc.PublishMsg(msg); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
}

func TestSubShowsMessages(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"all", nil, `[#1] Received on "a.b"
one

[#2] Received on "a.c" with reply "r.x"
A: 1
A: 3
b: 2

two

[#3] Received on "a.d"


`},
		{"headers only", []string{"--headers-only"}, `[#1] Received on "a.b"
[#2] Received on "a.c" with reply "r.x"
A: 1
A: 3
b: 2

[#3] Received on "a.d"
`},
		{"raw", []string{"--raw"}, "one\ntwo\n\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"sub", "-s", address, "a.>", "--count", "3"}, test.args...)
			sub := start(t, "Subscribed", args...)
			send(t, nc)
			sub.wait().check(t, 0, test.want, "Subscribed to a.>\n")
		})
	}
}

func TestSubShowsWhenMessagesCame(t *testing.T) {
	address := startServer(t, "")
	sub := start(t, "Subscribed", "sub", "-s", address, "a.>", "--count", "1", "-t")
	send(t, client(t, address))
	pattern := `^\[#1\] @ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} Received on "a\.b"\none\n\n$`
	if got := sub.wait(); !regexp.MustCompile(pattern).MatchString(got.out) {
		t.Errorf("output is %q, want %s", got.out, pattern)
	}
}

func TestSubShowsAllThatCameBeforeTheInterrupt(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	const count = 20_000
	sub := start(t, "Subscribed to a, b", "sub", "-s", address, "a", "b", "--raw")
	var want strings.Builder
	for i := range count {
		body := fmt.Sprintf("%08d\n", i)
		want.WriteString(body)
		if err := nc.Publish("a", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	// The server has delivered all of them when it answers the flush.
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	got := sub.stop()
	if got.code != 0 || got.out != want.String() {
		t.Errorf("exit code %d, %d bytes shown, want %d; %s", got.code, len(got.out), want.Len(), got.err)
	}
}

func TestSubSharesAQueueGroup(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	const count = 200
	var subs []*background
	for range 3 {
		subs = append(subs, start(t, "Subscribed", "sub", "-s", address, "q", "--queue", "g", "--raw"))
	}
	for range count {
		if err := nc.Publish("q", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, sub := range subs {
		lines += strings.Count(sub.stop().out, "x\n")
	}
	if lines != count {
		t.Errorf("the group got %d messages, want %d", lines, count)
	}
}

func TestSubReportsWhatTheServerRefuses(t *testing.T) {
	address := startServer(t, `authorization { users = [ { user: u, password: p, permissions: { subscribe: "ok.>" } } ] }`)
	sub := []string{"sub", "-s", address, "--user", "u", "--password", "p"}
	run(t, append(sub, "no")...).
		check(t, 1, "", "sinew: Permissions Violation for Subscription to \"no\"; connect as a user who may\n")
	run(t, append(sub, "ok.a", "ok..b")...).
		check(t, 1, "", "sinew: \"ok..b\" is not a valid subject: no spaces, no empty token between dots\n")
}
