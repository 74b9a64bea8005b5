package tool_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"sinew.dev/sinew/internal/tool/bench"
)

// measure runs sinew bench, which must succeed, and returns its report.
func measure(t *testing.T, address, flags string) bench.Report {
	t.Helper()
	got := run(t, append([]string{"bench", "-s", address, "--json"}, strings.Fields(flags)...)...)
	if got.code != 0 || got.err != "" {
		t.Fatalf("bench %s ends with %d: %s", flags, got.code, got.err)
	}
	var report bench.Report
	if err := json.Unmarshal([]byte(got.out), &report); err != nil {
		t.Fatalf("bench %s: %v\n%s", flags, err, got.out)
	}
	return report
}

func TestBenchCounts(t *testing.T) {
	address := startServer(t, "")
	tests := []struct {
		flags string
		want  string // published, received, requests: messages by clients; samples of latency
	}{
		{"--msgs 1000", "1000 by 1, 1000 by 1, -, 1000"},
		{"--msgs 1000 --pub 3 --sub 4", "1000 by 3, 4000 by 4, -, 4000"},
		{"--msgs 1000 --pub 2 --sub 3 --queue g", "1000 by 2, 1000 by 3, -, 1000"},
		{"--msgs 1000 --pub 2", "1000 by 2, -, -, 0"},
		{"--msgs 2 --pub 3 --sub 1", "2 by 3, 2 by 1, -, 2"},
		{"--msgs 100 --size 0", "100 by 1, 100 by 1, -, 0"},
		{"--msgs 100 --size 15", "100 by 1, 100 by 1, -, 0"},
		{"--msgs 100 --size 16", "100 by 1, 100 by 1, -, 100"},
		{"--msgs 10 --size 100000 some.where", "10 by 1, 10 by 1, -, 10"},
		{"--msgs 100 --request 3", "-, -, 100 by 3, 100"},
		{"--msgs 100 --request 2 --sub 2 --size 0", "-, -, 100 by 2, 100"},
		{"--msgs 100 --rate 10000 --pub 2 --sub 1", "100 by 2, 100 by 1, -, 100"},
		{"--msgs 100 --multi-subject 7 --pub 3 --sub 2", "100 by 3, 200 by 2, -, 200"},
		{"--msgs 100 --multi-subject 7 --request 2", "-, -, 100 by 2, 100"},
		{"--msgs 100 --warmup 1000", "100 by 1, 100 by 1, -, 100"},
		{"--msgs 100 --warmup 50 --request 3 --size 0", "-, -, 100 by 3, 100"},
		{"--msgs 100 --warmup 50 --pub 2 --sub 3 --queue g --size 1K", "100 by 2, 100 by 3, -, 100"},
		// A long run times one message in 16, and the last.
		{"--msgs 32001", "32001 by 1, 32001 by 1, -, 2001"},
		{"--msgs 32002", "32002 by 1, 32002 by 1, -, 2002"},
	}
	show := func(rate *bench.Rate) string {
		if rate == nil {
			return "-"
		}
		return fmt.Sprintf("%d by %d", rate.Messages, rate.Clients)
	}
	for _, test := range tests {
		t.Run(test.flags, func(t *testing.T) {
			report := measure(t, address, test.flags)
			var samples int64
			if report.Latency != nil {
				samples = report.Latency.Samples
			}
			got := fmt.Sprintf("%s, %s, %s, %d", show(report.Published), show(report.Received), show(report.Requests), samples)
			if got != test.want || report.Lost+report.Repeated+report.Foreign+report.Timeouts != 0 || report.Reconnects != 0 {
				t.Errorf("got %s; want %s in %+v", got, test.want, report)
			}
		})
	}
}

func TestBenchKeepsTheRate(t *testing.T) {
	address := startServer(t, "")
	report := measure(t, address, "--msgs 300 --rate 1000 --pub 3")
	// Message 99 of each publisher is due after 297 ms. A busy machine may make it later, never earlier.
	if got := report.Published.Seconds; got < 0.297 {
		t.Errorf("300 messages at 1000 a second took %v s", got)
	}
}

func TestBenchLatencyIsOrdered(t *testing.T) {
	l := measure(t, startServer(t, ""), "--msgs 2000 --request 2").Latency
	times := []time.Duration{1, l.Min, l.P50, l.P90, l.P99, l.P999, l.Max}
	for i := 1; i < len(times); i++ {
		if times[i] < times[i-1] {
			t.Errorf("times are out of order: %v", times)
		}
	}
	var count int64
	for _, bucket := range l.Buckets {
		count += bucket.Count
	}
	if count != l.Samples {
		t.Errorf("buckets hold %d of %d", count, l.Samples)
	}
}

func TestBenchReportsInText(t *testing.T) {
	address := startServer(t, "")
	got := run(t, "bench", "-s", address, "--msgs", "1000")
	pattern := `^Subject "sinew.bench", 128 bytes a message

Published    1 client         1,000 msgs in +[0-9.]+ s +[0-9,]+ msgs/s +[0-9.]+ MB/s
Received     1 client         1,000 msgs in +[0-9.]+ s +[0-9,]+ msgs/s +[0-9.]+ MB/s

Latency   p50 \S+  p90 \S+  p99 \S+  p99.9 \S+  max \S+  \(1,000 samples\)

(  <= \S+ +#* +[0-9,]+
)+$`
	if got.code != 0 || got.err != "" || !regexp.MustCompile(pattern).MatchString(got.out) {
		t.Errorf("bench ends with %d, %s:\n%s", got.code, got.err, got.out)
	}
}

func TestBenchFailures(t *testing.T) {
	address := startServer(t, `
		max_payload: 1024
		authorization { users = [ { user: u, password: p, permissions: { publish: ["ok", "_INBOX.>"], subscribe: ["ok", "_INBOX.>"] } } ] }`)
	tests := []struct{ flags, want string }{
		{"--request 1 --sub 0 ok", "sinew: nobody answers requests on \"ok\"\n"},
		{"--size 1025", "sinew: the server takes messages of 1024 bytes at most, not 1025\n"},
		{"--pub 1 no", `Permissions Violation for Publish to "no"`},
		{"--sub 1 no", `Permissions Violation for Subscription to "no"`},
	}
	for _, test := range tests {
		t.Run(test.flags, func(t *testing.T) {
			args := append([]string{"bench", "-s", address, "--user", "u", "--password", "p", "--msgs", "10"}, strings.Fields(test.flags)...)
			if got := run(t, args...); got.code != 1 || !strings.Contains(got.err, test.want) {
				t.Errorf("bench ends with %d, %q, want %q", got.code, got.err, test.want)
			}
		})
	}
}

func TestBenchMissesMessages(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	probe := watch(t, nc, "probe")
	// It expects ten messages from others, and gets four.
	go func() {
		for sent := 0; sent < 4; {
			before, _, _ := probe.Pending()
			if nc.PublishRequest("listen", "probe", nil) != nil || nc.Flush() != nil {
				return
			}
			// While nobody listens, the server says so before it answers the flush.
			if after, _, err := probe.Pending(); err != nil {
				return
			} else if after == before {
				sent++
			}
		}
	}()
	got := run(t, "bench", "-s", address, "--sub", "1", "--msgs", "10", "--timeout", "1s", "listen")
	want := "sinew: 6 messages are missing; none came for 1s\n"
	if got.code != 1 || got.err != want || !strings.Contains(got.out, "Lost       6 messages\n") {
		t.Errorf("bench ends with %d, %q:\n%s", got.code, got.err, got.out)
	}
}

func TestBenchInterrupted(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	seen := watch(t, nc, "there")
	b := start(t, "", "bench", "-s", address, "--pub", "1", "--rate", "100", "--msgs", "1000000", "there")
	next(t, seen)
	if got := b.stop(); got.code != 1 || got.err != "sinew: interrupted\n" || !strings.Contains(got.out, "Published") {
		t.Errorf("bench ends with %d, %q:\n%s", got.code, got.err, got.out)
	}
}

func TestBenchGoesOnForATime(t *testing.T) {
	address := startServer(t, "")
	report := measure(t, address, "--duration 300ms --pub 2 --sub 2 --rate 2000")
	if got := report.Published; got.Messages < 10 || got.Messages > 600 || got.Seconds < 0.25 || report.Received.Messages != 2*got.Messages || report.Lost != 0 {
		t.Errorf("in 300 ms at 2000 a second: %+v, %+v, lost %d", report.Published, report.Received, report.Lost)
	}
	if got := measure(t, address, "--duration 200ms --request 2").Requests; got.Messages == 0 || got.Seconds < 0.15 {
		t.Errorf("in 200 ms there were %+v", got)
	}
	// With nobody else there, listening for a time brings nothing, and nothing is missing.
	if got := run(t, "bench", "-s", address, "--duration", "100ms", "--sub", "1"); got.code != 0 || got.err != "" {
		t.Errorf("listening ends with %d, %q", got.code, got.err)
	}
}

func TestBenchSizesAndCSV(t *testing.T) {
	address := startServer(t, "")
	path := filepath.Join(t.TempDir(), "out.csv")
	got := run(t, "bench", "-s", address, "--msgs", "100", "--pub", "2", "--sub", "1", "--size", "16,1K,2KiB", "--csv", path, "--json")
	var reports []bench.Report
	if err := json.Unmarshal([]byte(got.out), &reports); got.code != 0 || err != nil || len(reports) != 3 || reports[2].PayloadBytes != 2048 {
		t.Fatalf("bench ends with %d, %s, %v:\n%s", got.code, got.err, err, got.out)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, line := range lines[1:] {
		seen = append(seen, strings.Join(line[1:5], " "))
	}
	want := []string{
		"16 publish all 100", "16 publish 1 50", "16 publish 2 50", "16 receive all 100",
		"1024 publish all 100", "1024 publish 1 50", "1024 publish 2 50", "1024 receive all 100",
		"2048 publish all 100", "2048 publish 1 50", "2048 publish 2 50", "2048 receive all 100",
	}
	if !slices.Equal(seen, want) || !slices.Contains(lines[0], "p99_9_us") || lines[4][13] != "100" {
		t.Errorf("the table is %q", lines)
	}
}

// TestBenchCountsNoOthers: messages of somebody else on the subject are told apart.
func TestBenchCountsNoOthers(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	seen := watch(t, nc, "busy")
	b := start(t, "", "bench", "-s", address, "--pub", "1", "--sub", "1", "--rate", "1000", "--msgs", "500", "--json", "busy")
	next(t, seen)
	for range 7 {
		if err := nc.Publish("busy", []byte("not one of the messages")); err != nil {
			t.Fatal(err)
		}
	}
	var report bench.Report
	if got := b.wait(); got.code != 0 || json.Unmarshal([]byte(got.out), &report) != nil {
		t.Fatalf("bench ends with %d, %s:\n%s", got.code, got.err, got.out)
	}
	if report.Received.Messages != 500 || report.Foreign != 7 || report.Lost != 0 {
		t.Errorf("received %d, foreign %d, lost %d", report.Received.Messages, report.Foreign, report.Lost)
	}
}

// TestBenchOutlivesTheServer: what is lost while the server starts again is counted, the rest goes on.
func TestBenchOutlivesTheServer(t *testing.T) {
	address := freeAddress(t)
	kill := startServerAt(t, address, "")
	seen := watch(t, client(t, address, nats.MaxReconnects(-1), nats.ReconnectWait(5*time.Millisecond)), "there")
	b := start(t, "", "bench", "-s", address, "--pub", "1", "--sub", "1", "--rate", "2000", "--msgs", "4000", "--timeout", "5s", "--json", "there")
	next(t, seen)
	kill()
	startServerAt(t, address, "")
	got := b.wait()
	var report bench.Report
	if err := json.Unmarshal([]byte(got.out), &report); err != nil {
		t.Fatalf("bench ends with %d, %s:\n%s", got.code, got.err, got.out)
	}
	if report.Published.Messages != 4000 || report.Reconnects != 2 || report.Received.Messages+report.Lost != 4000 || report.Repeated != 0 {
		t.Errorf("the report is %+v, received %+v", report, report.Received)
	}
	if (report.Lost > 0) != (got.code == 1) || (report.Lost > 0 && !strings.Contains(got.err, "messages are missing")) {
		t.Errorf("%d are lost, bench ends with %d, %q", report.Lost, got.code, got.err)
	}
}

func TestBenchEndsWhenTheServerStaysAway(t *testing.T) {
	address := freeAddress(t)
	kill := startServerAt(t, address, "")
	seen := watch(t, client(t, address), "there")
	b := start(t, "", "bench", "-s", address, "--pub", "1", "--rate", "1000", "--msgs", "1000000", "--timeout", "300ms", "there")
	next(t, seen)
	kill()
	got := b.wait()
	if got.code != 1 || !strings.Contains(got.err, "the server did not come back within 300ms") || !strings.Contains(got.out, "Published") {
		t.Errorf("bench ends with %d, %q:\n%s", got.code, got.err, got.out)
	}
}

// TestBenchCountsTimeouts: a responder that swallows some requests.
func TestBenchCountsTimeouts(t *testing.T) {
	address := startServer(t, "")
	nc := client(t, address)
	asked := 0
	_, err := nc.Subscribe("ask", func(msg *nats.Msg) {
		if asked++; asked%5 != 0 {
			_ = msg.Respond(nil) // the requester tells if it does not come
		}
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	got := run(t, "bench", "-s", address, "--request", "1", "--sub", "0", "--msgs", "20", "--timeout", "100ms", "--json", "ask")
	var report bench.Report
	if err := json.Unmarshal([]byte(got.out), &report); err != nil {
		t.Fatalf("bench ends with %d, %s:\n%s", got.code, got.err, got.out)
	}
	if got.code != 1 || report.Requests.Messages != 16 || report.Timeouts != 4 || got.err != "sinew: 4 requests had no answer within 100ms\n" {
		t.Errorf("bench ends with %d, %q, answered %d, not answered %d", got.code, got.err, report.Requests.Messages, report.Timeouts)
	}
}

// TestBenchInterruptedMissesNothing: what an interrupt keeps from being sent is not lost.
func TestBenchInterruptedMissesNothing(t *testing.T) {
	address := startServer(t, "")
	seen := watch(t, client(t, address), "there")
	b := start(t, "", "bench", "-s", address, "--pub", "2", "--sub", "3", "--rate", "5000", "--msgs", "1000000", "--json", "there")
	for range 100 {
		next(t, seen)
	}
	got := b.stop()
	var report bench.Report
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || got.code != 1 || got.err != "sinew: interrupted\n" {
		t.Fatalf("bench ends with %d, %q:\n%s", got.code, got.err, got.out)
	}
	if report.Published.Messages < 100 || report.Lost != 0 || report.Received.Messages != 3*report.Published.Messages {
		t.Errorf("published %d, received %d, lost %d", report.Published.Messages, report.Received.Messages, report.Lost)
	}
}

func TestBenchShowsProgressOnATerminal(t *testing.T) {
	binary, err := ownBinary()
	if err != nil {
		t.Fatal(err)
	}
	address := startServer(t, "")
	term := startTerminal(t, 100, 30, nil, binary, "bench", "-s", address, "--rate", "1000", "--duration", "1500ms")
	term.await("a bar with a rate", regexp.MustCompile(`\[=+ *\] +[0-9]+%  [0-9]+ msgs/s`).MatchString)
	term.see("Published", "Received", "Latency", "ended with 0")
	if screen := term.screen(); strings.Contains(screen, "[=") {
		t.Errorf("the bar stays on\n%s", screen)
	}
}

func TestDocumentedBenchExamplesRun(t *testing.T) {
	t.Setenv("NATS_URL", startServer(t, ""))
	for _, line := range documented(t, "../../docs/bench.md") {
		if got := run(t, words(t, line)...); got.code != 0 {
			t.Errorf("%s ends with %d: %s", line, got.code, got.err)
		}
	}
}

// documented are the commands in the blocks of examples of a page.
func documented(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		lines = append(lines, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	if len(lines) < 3 {
		t.Fatalf("%s has %d examples", page, len(lines))
	}
	return lines
}
