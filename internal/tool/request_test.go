package tool_test

import (
	"regexp"
	"strings"
	"testing"
)

var rtt = regexp.MustCompile(`rtt [0-9.]+(µs|ms|s)`)

// timeless hides how long things took.
func (r result) timeless() result {
	r.err = rtt.ReplaceAllString(r.err, "rtt X")
	return r
}

func TestRequestGetsTheReply(t *testing.T) {
	address := startServer(t, "")
	reply := start(t, "Answering", "reply", "-s", address, "svc.*", "{{Count}}: {{Request}}", "-H", "from:{{Count}}", "--count", "2")
	run(t, "request", "-s", address, "svc.a", "one").timeless().
		check(t, 0, "from: 1\n\n1: one\n", "Received with rtt X\n")
	run(t, "request", "-s", address, "svc.b", "{{Count}}two", "--raw", "-H", "k:v").check(t, 0, "2: 1two\n", "")

	got := reply.wait()
	shown := regexp.MustCompile(`"_INBOX[^"]+"`).ReplaceAllString(got.out, "INBOX")
	want := `[#1] Received on "svc.a" with reply INBOX
one

[#2] Received on "svc.b" with reply INBOX
k: v

1two

`
	if got.code != 0 || shown != want {
		t.Errorf("reply ends with %d, having shown\n%s\nwant\n%s", got.code, shown, want)
	}
}

func TestRequestWithoutResponders(t *testing.T) {
	address := startServer(t, "")
	run(t, "request", "-s", address, "svc", "x").
		check(t, 1, "", "sinew: nobody answers requests on \"svc\"; start one that does, as with sinew reply\n")
}

func TestRequestTimesOut(t *testing.T) {
	address := startServer(t, "")
	watch(t, client(t, address), "svc")
	run(t, "request", "-s", address, "svc", "x", "--timeout", "250ms").
		check(t, 1, "", "sinew: no reply on \"svc\" within 250ms; wait longer with --timeout\n")
}

func TestRequestTakesManyReplies(t *testing.T) {
	address := startServer(t, "")
	for _, group := range []string{"one", "two", "three"} {
		start(t, "Answering", "reply", "-s", address, "svc", "same", "--queue", group)
	}
	tests := []struct {
		name    string
		args    []string
		replies int
		note    string
	}{
		{"first", nil, 1, ""},
		{"some", []string{"--replies", "2"}, 2, ""},
		{"all", []string{"--replies", "3"}, 3, ""},
		{"more than there are", []string{"--replies", "4", "--reply-timeout", "1s"}, 3, "3 of 4 replies came\n"},
		{"until the timeout", []string{"--replies", "0", "--timeout", "1s"}, 3, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, append([]string{"request", "-s", address, "svc", "x", "--raw"}, test.args...)...)
			got.check(t, 0, strings.Repeat("same\n", test.replies), test.note)
		})
	}
}

func TestReplyEchoes(t *testing.T) {
	address := startServer(t, "")
	start(t, "Answering", "reply", "-s", address, "svc", "--echo", "-H", "Via:echo")
	run(t, "request", "-s", address, "svc", "{{Count}}", "--no-templates", "-H", "k:v").timeless().
		check(t, 0, "Via: echo\nk: v\n\n{{Count}}\n", "Received with rtt X\n")
}

func TestReplyRunsACommand(t *testing.T) {
	address := startServer(t, "")
	reply := start(t, "Answering", "reply", "-s", address, "svc.>", "--command", `printf '%s|%s|' "$NATS_REQUEST_SUBJECT" "$NATS_REQUEST_BODY"; cat`)
	// What a request holds is never run.
	body := "$(echo hacked); `echo hacked` '; echo hacked"
	run(t, "request", "-s", address, "svc.a.b", body, "--raw").check(t, 0, "svc.a.b|"+body+"|"+body+"\n", "")
	if got := reply.stop(); got.code != 0 {
		t.Errorf("reply ends with %d: %s", got.code, got.err)
	}

	reply = start(t, "Answering", "reply", "-s", address, "fail", "--command", "echo lost; exit 3")
	run(t, "request", "-s", address, "fail", "x").timeless().
		check(t, 0, "Nats-Service-Error: exit status 3\nNats-Service-Error-Code: 500\n\n\n", "Received with rtt X\n")
	reply.err.await(t, "Command failed: exit status 3\n")
}

func TestReplyNotesMessagesThatWantNone(t *testing.T) {
	address := startServer(t, "")
	reply := start(t, "Answering", "reply", "-s", address, "svc", "x", "--count", "1")
	run(t, "pub", "-s", address, "svc", "hello")
	if got := reply.wait(); got.code != 0 || !strings.HasSuffix(got.err, "Message 1 wants no reply\n") {
		t.Errorf("reply ends with %d: %s", got.code, got.err)
	}
}

func TestReplyAnswersWhatCameBeforeTheInterrupt(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	replies := watch(t, nc, "r")
	reply := start(t, "Answering", "reply", "-s", address, "svc", "{{Count}}")
	const count = 2000
	for range count {
		if err := nc.PublishRequest("svc", "r", nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := reply.stop(); got.code != 0 {
		t.Fatalf("reply ends with %d: %s", got.code, got.err)
	}
	for range count {
		next(t, replies)
	}
}
