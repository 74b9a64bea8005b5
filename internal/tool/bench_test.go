package tool_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

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
			if got != test.want || report.Lost != 0 {
				t.Errorf("got %s, lost %d; want %s", got, report.Lost, test.want)
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

Latency   p50 \S+  p90 \S+  p99 \S+  p99.9 \S+  max \S+

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
