package tool_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

func TestPubSendsOneMessage(t *testing.T) {
	address := startServer(t, "")
	sub := watch(t, client(t, address), ">")
	got := run(t, "pub", "-s", address, "a.b", "hello", "--reply", "r.x", "-H", "k: v:w", "-H", "k:u", "-H", "lower:x")
	got.check(t, 0, "", "Published 5 bytes to \"a.b\"\n")
	msg := next(t, sub)
	if msg.Subject != "a.b" || msg.Reply != "r.x" || string(msg.Data) != "hello" {
		t.Errorf("got %q, reply %q, %q", msg.Subject, msg.Reply, msg.Data)
	}
	if want := (nats.Header{"k": {"v:w", "u"}, "lower": {"x"}}); !reflect.DeepEqual(msg.Header, want) {
		t.Errorf("headers are %v, want %v", msg.Header, want)
	}
}

func TestPubReadsStandardInput(t *testing.T) {
	address := startServer(t, "")
	sub := watch(t, client(t, address), "a")
	body := "two\nlines\x00\xff\n"
	for _, args := range [][]string{{"a"}, {"a", "-"}} {
		got := runWith(t, strings.NewReader(body), append([]string{"pub", "-s", address}, args...)...)
		got.check(t, 0, "", "Published 12 bytes to \"a\"\n")
		if msg := next(t, sub); string(msg.Data) != body {
			t.Errorf("body is %q, want %q", msg.Data, body)
		}
	}
	run(t, "pub", "-s", address, "a", "").check(t, 0, "", "Published 0 bytes to \"a\"\n")
	if msg := next(t, sub); len(msg.Data) != 0 {
		t.Errorf("body is %q, want none", msg.Data)
	}
}

func TestPubFillsPlaceholders(t *testing.T) {
	address := startServer(t, "")
	sub := watch(t, client(t, address), "a.*")
	args := []string{"pub", "-s", address, "a.{{Count}}", "{{ Count }} {{Nope}}", "-H", "n:{{Count}}"}
	run(t, append(args, "--count", "3")...).check(t, 0, "", "Published 30 bytes in 3 messages to \"a.{{Count}}\"\n")
	for n := 1; n <= 3; n++ {
		msg := next(t, sub)
		want := fmt.Sprintf("a.%d %d %d {{Nope}}", n, n, n)
		if got := fmt.Sprintf("%s %s %s", msg.Subject, msg.Header.Get("n"), msg.Data); got != want {
			t.Errorf("message is %q, want %q", got, want)
		}
	}
	run(t, "pub", "-s", address, "a.b", "{{Count}}", "--no-templates").check(t, 0, "", "Published 9 bytes to \"a.b\"\n")
	if msg := next(t, sub); string(msg.Data) != "{{Count}}" {
		t.Errorf("body is %q", msg.Data)
	}
}

func TestPubWithSleepReportsEachMessage(t *testing.T) {
	address := startServer(t, "")
	run(t, "pub", "-s", address, "a", "x", "--count", "2", "--sleep", "1ns").
		check(t, 0, "", "Published 1 bytes to \"a\"\nPublished 1 bytes to \"a\"\n")

	long := start(t, "Published", "pub", "-s", address, "a", "x", "--count", "2", "--sleep", "1h")
	long.stop().check(t, 1, "", "Published 1 bytes to \"a\"\nsinew: interrupted after 1 of 2 messages\n")
}

func TestPubReportsWhatTheServerRefuses(t *testing.T) {
	address := startServer(t, `
		max_payload: 1024
		authorization { users = [ { user: u, password: p, permissions: { publish: "ok.>" } } ] }`)
	pub := []string{"pub", "-s", address, "--user", "u", "--password", "p"}
	tests := []struct {
		name    string
		args    []string
		code    int
		wantErr string
	}{
		{"allowed", []string{"ok.a", "x"}, 0, "Published 1 bytes to \"ok.a\"\n"},
		{"denied", []string{"no", "x"}, 1, "sinew: Permissions Violation for Publish to \"no\"; connect as a user who may\n"},
		{
			"denied, many",
			[]string{"no", "x", "--count", "9"},
			1,
			"sinew: Permissions Violation for Publish to \"no\"; connect as a user who may\n",
		},
		{
			"too large",
			[]string{"ok.a", strings.Repeat("x", 1025)},
			1,
			"sinew: the message has 1025 bytes; the server takes 1024 at most (its max_payload), headers included\n",
		},
		{
			"space",
			[]string{"ok a", "x"},
			1,
			"sinew: \"ok a\" is not a valid subject: no spaces, no empty token between dots\n",
		},
		{
			"empty token",
			[]string{"ok..a", "x"},
			1,
			"sinew: \"ok..a\" is not a valid subject: no spaces, no empty token between dots\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run(t, append(pub, test.args...)...).check(t, test.code, "", test.wantErr)
		})
	}
}
