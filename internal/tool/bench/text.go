package bench

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	var out strings.Builder
	spread := ""
	if r.Subjects > 1 {
		spread = fmt.Sprintf(" (%s subjects)", thousands(int64(r.Subjects)))
	}
	fmt.Fprintf(&out, "Subject %q%s, %s bytes a message\n\n", r.Subject, spread, thousands(int64(r.PayloadBytes)))
	r.Published.text(&out, "Published")
	r.Received.text(&out, "Received")
	r.Requests.text(&out, "Requests")
	for _, trouble := range []struct {
		count      int64
		name, what string
	}{
		{r.Lost, "Lost", "messages"},
		{r.Repeated, "Repeated", "messages, or out of order"},
		{r.Foreign, "Foreign", "messages of others on this subject, not counted"},
		{r.Timeouts, "Timeouts", "requests without an answer"},
		{int64(r.Reconnects), "Reconnects", "of clients that lost the server"},
	} {
		if trouble.count > 0 {
			fmt.Fprintf(&out, "%-10s %s %s\n", trouble.name, thousands(trouble.count), trouble.what)
		}
	}
	r.Latency.text(&out)
	_, err := io.WriteString(w, out.String())
	return err
}

func (r *Rate) text(out *strings.Builder, name string) {
	if r == nil {
		return
	}
	clients := "clients"
	if r.Clients == 1 {
		clients = "client "
	}
	fmt.Fprintf(out, "%-9s %4d %s %12s msgs in %7.3f s  %12s msgs/s %9.2f MB/s\n", name, r.Clients, clients,
		thousands(r.Messages), r.Seconds, perSecond(r.MessagesPerSecond), r.BytesPerSecond/1e6)
	if len(r.Each) == 0 {
		return
	}
	least, most, sum := r.Each[0].MessagesPerSecond, 0.0, 0.0
	for _, one := range r.Each {
		least, most = min(least, one.MessagesPerSecond), max(most, one.MessagesPerSecond)
		sum += one.MessagesPerSecond
	}
	fmt.Fprintf(out, "          each client: least %s, mean %s, most %s msgs/s\n",
		perSecond(least), perSecond(sum/float64(len(r.Each))), perSecond(most))
}

func perSecond(rate float64) string { return thousands(int64(rate + 0.5)) }

// barWidth is the longest bar of the histogram, in characters.
const barWidth = 40

func (l *Latency) text(out *strings.Builder) {
	if l == nil {
		return
	}
	fmt.Fprintf(out, "\nLatency   p50 %v  p90 %v  p99 %v  p99.9 %v  max %v  (%s samples)\n\n",
		short(l.P50), short(l.P90), short(l.P99), short(l.P999), short(l.Max), thousands(l.Samples))
	var most int64
	for _, bucket := range l.Buckets {
		most = max(most, bucket.Count)
	}
	for _, bucket := range l.Buckets {
		bar := int(bucket.Count * barWidth / most)
		if bar == 0 && bucket.Count > 0 {
			bar = 1
		}
		fmt.Fprintf(out, "  <= %-7v %-*s %s\n", short(bucket.UpTo), barWidth, strings.Repeat("#", bar), thousands(bucket.Count))
	}
}

// short rounds a time to three digits.
func short(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// thousands writes n, which is not negative, with commas: 1,234,567.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
