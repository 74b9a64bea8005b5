package tool_test

import (
	"encoding/json"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

func TestPubSendsLines(t *testing.T) {
	address := startServer(t, "")
	sub := watch(t, client(t, address), "lines")
	got := runWith(t, strings.NewReader("one\ntwo\r\n\nlast {{Count}}"), "pub", "-s", address, "lines", "--send-on", "newline")
	got.check(t, 0, "",
		"Published 3 bytes to \"lines\"\nPublished 3 bytes to \"lines\"\nPublished 0 bytes to \"lines\"\nPublished 6 bytes to \"lines\"\n")
	for _, want := range []string{"one", "two", "", "last 4"} {
		if got := string(next(t, sub).Data); got != want {
			t.Errorf("body is %q, want %q", got, want)
		}
	}
}

// TestPubSendsLinesAsTheyCome: a line leaves before the next one comes.
func TestPubSendsLinesAsTheyCome(t *testing.T) {
	address := startServer(t, "")
	sub := watch(t, client(t, address), "lines")
	in, out := io.Pipe()
	ended := make(chan result, 1)
	go func() { ended <- runWith(t, in, "pub", "-s", address, "lines", "--send-on", "newline", "--quiet") }()
	for _, line := range []string{"one", "two"} {
		if _, err := io.WriteString(out, line+"\n"); err != nil {
			t.Fatal(err)
		}
		if got := string(next(t, sub).Data); got != line {
			t.Errorf("body is %q, want %q", got, line)
		}
	}
	out.Close()
	got := <-ended
	got.check(t, 0, "", "")
}

func TestPubQuietAndForced(t *testing.T) {
	address := startServer(t, "")
	sub := watch(t, client(t, address), "a")
	runWith(t, strings.NewReader("stdin"), "pub", "-s", address, "a", "argument", "--force-stdin", "-q").check(t, 0, "", "")
	if got := string(next(t, sub).Data); got != "stdin" {
		t.Errorf("body is %q", got)
	}
	run(t, "pub", "-s", address, "a", "x", "--count", "3", "--jitter", "1ms", "-q").check(t, 0, "", "")
	run(t, "pub", "-s", address, "a", "x", "--send-on", "cr").
		check(t, 2, "", "sinew: --send-on is eof or newline; see \"sinew help pub\"\n")
}

func TestSubShowsJSON(t *testing.T) {
	address := startServer(t, "")
	sub := start(t, "Subscribed", "sub", "-s", address, "a.*", "--json", "--count", "3")
	nc := client(t, address)
	for _, msg := range []*nats.Msg{
		{Subject: "a.b", Data: []byte("<é>")},
		{Subject: "a.c", Reply: "r", Data: []byte{0xff}, Header: nats.Header{"K": {"v"}}},
		{Subject: "a.d"},
	} {
		if err := nc.PublishMsg(msg); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	got := sub.wait()
	want := []map[string]any{
		{"subject": "a.b", "data": "<é>"},
		{"subject": "a.c", "reply": "r", "data_base64": "/w==", "header": map[string]any{"K": []any{"v"}}},
		{"subject": "a.d", "data": ""},
	}
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if len(lines) != len(want) {
		t.Fatalf("shows\n%s", got.out)
	}
	for i, line := range lines {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatal(err)
		}
		if object["time"] == nil {
			t.Errorf("no time in %s", line)
		}
		delete(object, "time")
		if !reflect.DeepEqual(object, want[i]) {
			t.Errorf("shows %s, want %v", line, want[i])
		}
	}
	if !strings.Contains(got.out, "<é>") {
		t.Errorf("the text is escaped: %s", got.out)
	}
}

func TestSubLeavesOutAndTranslates(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	subs := map[string]*background{
		"[#1] Received on \"b.c\"\nx\n\n[#2] Received on \"c\"\nx\n\n": start(t, "Subscribed", "sub", "-s", address, ">",
			"-I", "a.>", "-I", "b", "--count", "2"),
		"[#1] Received on \"a.b\"\n[#2] Received on \"b\"\n": start(t, "Subscribed", "sub", "-s", address, ">", "--subjects-only", "--count", "2"),
		"X\nX\n": start(t, "Subscribed", "sub", "-s", address, ">", "--translate", "tr a-z A-Z", "--raw", "--count", "2"),
	}
	for _, subject := range []string{"a.b", "b", "b.c", "c"} {
		if err := nc.Publish(subject, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	for want, sub := range subs {
		if got := sub.wait(); got.code != 0 || got.out != want {
			t.Errorf("ends with %d, having shown\n%s\nwant\n%s\n%s", got.code, got.out, want, got.err)
		}
	}
	failing := start(t, "Subscribed", "sub", "-s", address, "d", "--translate", "exit 3", "--raw", "--count", "1")
	if err := nc.Publish("d", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if got := failing.wait(); got.code != 0 || got.out != "kept\n" || !strings.Contains(got.err, "Translating message 1 failed: exit status 3\n") {
		t.Errorf("a failing command: %d, %q, %s", got.code, got.out, got.err)
	}
}

func TestSubEndsAfterSilence(t *testing.T) {
	address := startServer(t, "")
	got := run(t, "sub", "-s", address, "a", "--wait", "50ms")
	got.check(t, 0, "", "Subscribed to a\n")
	sub := start(t, "Subscribed", "sub", "-s", address, "a", "--wait", "2s", "--raw")
	nc := client(t, address)
	if err := nc.Publish("a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got := sub.wait(); got.code != 0 || got.out != "x\n" {
		t.Errorf("ends with %d, having shown %q", got.code, got.out)
	}
}

func TestSubOnAnInbox(t *testing.T) {
	address := startServer(t, "")
	sub := start(t, "Subscribed", "sub", "-s", address, "--inbox", "--inbox-prefix", "_INBOX.joe", "--raw", "--count", "1")
	subject := regexp.MustCompile(`Subscribed to (_INBOX\.joe\.\w{22})\n`).FindStringSubmatch(sub.err.text())
	if subject == nil {
		t.Fatalf("it says %s", sub.err.text())
	}
	run(t, "pub", "-s", address, subject[1], "x").check(t, 0, "", "Published 1 bytes to \""+subject[1]+"\"\n")
	if got := sub.wait(); got.code != 0 || got.out != "x\n" {
		t.Errorf("ends with %d, having shown %q", got.code, got.out)
	}
	run(t, "sub", "a", "--inbox").
		check(t, 2, "", "sinew: --inbox stands in for SUBJECT; give one of them; see \"sinew help sub\"\n")
}

func TestSubTellsTheTime(t *testing.T) {
	address := startServer(t, "")
	sub := start(t, "Subscribed", "sub", "-s", address, "a", "--delta-time", "--count", "1")
	run(t, "pub", "-s", address, "a", "x").check(t, 0, "", "Published 1 bytes to \"a\"\n")
	if got := sub.wait(); !regexp.MustCompile(`^\[#1\] @ [0-9.]+(µs|ms|s) Received on "a"\n`).MatchString(got.out) {
		t.Errorf("shows %s", got.out)
	}
}

func TestRequestSeveral(t *testing.T) {
	address := startServer(t, "")
	start(t, "Answering", "reply", "-s", address, "svc", "{{Request}}!", "--sleep", "1ms")
	run(t, "request", "-s", address, "svc", "n{{Count}}", "--count", "3", "--raw").check(t, 0, "n1!\nn2!\nn3!\n", "")
	runWith(t, strings.NewReader("a\nb\n"), "request", "-s", address, "svc", "--send-on", "newline", "--raw").
		check(t, 0, "a!\nb!\n", "")
	got := good(t, "request", "-s", address, "svc", "x", "--json")
	var object map[string]any
	if err := json.Unmarshal([]byte(got.out), &object); err != nil || object["data"] != "x!" || got.err != "" {
		t.Errorf("shows %q, %q, %v", got.out, got.err, err)
	}
}

func TestRequestUntilAnEmptyReply(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	serve := func(subject string, bodies ...string) {
		t.Helper()
		_, err := nc.Subscribe(subject, func(msg *nats.Msg) {
			for _, body := range bodies {
				if err := msg.Respond([]byte(body)); err != nil {
					t.Error(err)
				}
			}
		})
		if err == nil {
			err = nc.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	serve("ends", "one", "two", "", "three")
	serve("goes.on", "one", "two")
	run(t, "request", "-s", address, "ends", "", "--wait-for-empty", "--raw").check(t, 0, "one\ntwo\n", "")
	run(t, "request", "-s", address, "goes.on", "", "--wait-for-empty", "--raw", "--timeout", "200ms").check(t, 1, "one\ntwo\n",
		"sinew: no empty reply on \"goes.on\" within 200ms, after 2 others; wait longer with --timeout\n")
	run(t, "request", "-s", address, "ends", "", "--wait-for-empty", "--replies", "2").
		check(t, 2, "", "sinew: --replies and --wait-for-empty exclude each other; see \"sinew help request\"\n")
}
