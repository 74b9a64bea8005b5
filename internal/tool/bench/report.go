package bench

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Report is what a run measured. Parts that do not apply are nil.
type Report struct {
	Subject      string `json:"subject"`
	PayloadBytes int    `json:"payload_bytes"`
	Published    *Rate  `json:"published,omitempty"`
	Received     *Rate  `json:"received,omitempty"`
	Requests     *Rate  `json:"requests,omitempty"`
	// Lost is how many messages the subscribers should have got and did not.
	Lost    int64    `json:"lost"`
	Latency *Latency `json:"latency,omitempty"`
}

// Empty tells whether no message was sent or received.
func (r Report) Empty() bool {
	for _, rate := range []*Rate{r.Published, r.Received, r.Requests} {
		if rate != nil && rate.Messages > 0 {
			return false
		}
	}
	return true
}

// Rate is how fast all clients of one kind together were. Published messages count from the start until the server
// has taken the last one, received messages from the first to the last.
type Rate struct {
	Clients           int     `json:"clients"`
	Messages          int64   `json:"messages"`
	Seconds           float64 `json:"seconds"`
	MessagesPerSecond float64 `json:"messages_per_second"`
	// BytesPerSecond counts payloads only.
	BytesPerSecond float64 `json:"bytes_per_second"`
}

func newRate(clients int, messages int64, payloadBytes int, elapsed time.Duration) Rate {
	rate := Rate{Clients: clients, Messages: messages, Seconds: elapsed.Seconds()}
	if elapsed > 0 {
		rate.MessagesPerSecond = float64(messages) / elapsed.Seconds()
		rate.BytesPerSecond = rate.MessagesPerSecond * float64(payloadBytes)
	}
	return rate
}

// Latency is how long messages took: from publishing to receiving, or from request to reply. In JSON, times are
// nanoseconds. Percentiles are within 3.2 %.
type Latency struct {
	Samples int64         `json:"samples"`
	Min     time.Duration `json:"min_ns"`
	P50     time.Duration `json:"p50_ns"`
	P90     time.Duration `json:"p90_ns"`
	P99     time.Duration `json:"p99_ns"`
	P999    time.Duration `json:"p99_9_ns"`
	Max     time.Duration `json:"max_ns"`
	Buckets []Bucket      `json:"buckets"`
}

// Bucket counts the times above the bucket before it and up to UpTo.
type Bucket struct {
	UpTo  time.Duration `json:"up_to_ns"`
	Count int64         `json:"count"`
}

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "Subject %q, %s bytes a message\n\n", r.Subject, thousands(int64(r.PayloadBytes)))
	r.Published.text(&out, "Published")
	r.Received.text(&out, "Received")
	r.Requests.text(&out, "Requests")
	if r.Lost > 0 {
		fmt.Fprintf(&out, "Lost       %s messages\n", thousands(r.Lost))
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
		thousands(r.Messages), r.Seconds, thousands(int64(r.MessagesPerSecond+0.5)), r.BytesPerSecond/1e6)
}

// barWidth is the longest bar of the histogram, in characters.
const barWidth = 40

func (l *Latency) text(out *strings.Builder) {
	if l == nil {
		return
	}
	fmt.Fprintf(out, "\nLatency   p50 %v  p90 %v  p99 %v  p99.9 %v  max %v\n\n",
		short(l.P50), short(l.P90), short(l.P99), short(l.P999), short(l.Max))
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
