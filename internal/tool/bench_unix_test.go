//go:build unix

package tool_test

import (
	"encoding/json"
	"syscall"
	"testing"
	"time"

	"sinew.dev/sinew/internal/tool/bench"
)

// TestBenchLatencyOmitsNothing stops the server for a while. Not only the message that is on its way then is late: all that
// were due meanwhile are, and a bench that waited with them would hide that.
func TestBenchLatencyOmitsNothing(t *testing.T) {
	address := freeAddress(t)
	server, _ := startProcess(t, address, "")
	seen := watch(t, client(t, address), "there")
	const rate, pause = 2000, 300 * time.Millisecond
	b := start(t, "", "bench", "-s", address, "--request", "1", "--rate", "2000", "--msgs", "2000", "--json", "there")
	next(t, seen)
	if err := server.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(pause, func() { server.Signal(syscall.SIGCONT) })
	var report bench.Report
	if got := b.wait(); got.code != 0 || json.Unmarshal([]byte(got.out), &report) != nil {
		t.Fatalf("bench ends with %d, %s:\n%s", got.code, got.err, got.out)
	}
	var late int64
	for _, bucket := range report.Latency.Buckets {
		if bucket.UpTo > 2*pause/10 { // the bucket may begin at half of its end
			late += bucket.Count
		}
	}
	if want := int64(rate * pause.Seconds() / 2); late < want || report.Latency.Max < pause*9/10 {
		t.Errorf("%d of %d were late, at least %d should be; the longest took %v", late, report.Latency.Samples, want, report.Latency.Max)
	}
}
