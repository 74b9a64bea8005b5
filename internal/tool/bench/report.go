package bench

import (
	"errors"
	"fmt"
	"time"
)

// Report is what a run measured. Parts that do not apply are nil.
type Report struct {
	Subject      string `json:"subject"`
	Subjects     int    `json:"subjects"` // how many; 1 unless they were spread
	PayloadBytes int    `json:"payload_bytes"`
	Published    *Rate  `json:"published,omitempty"`
	Received     *Rate  `json:"received,omitempty"`
	Requests     *Rate  `json:"requests,omitempty"`
	// Lost is how many messages the subscribers should have got and did not.
	Lost int64 `json:"lost"`
	// Repeated is how many messages came again, or after a later one of the same publisher.
	Repeated int64 `json:"repeated"`
	// Foreign is how many messages of others came on the subject. They count nowhere else.
	Foreign int64 `json:"foreign"`
	// Timeouts is how many requests had no answer.
	Timeouts int64 `json:"timeouts"`
	// Reconnects is how often a client lost the server and found it again.
	Reconnects uint64   `json:"reconnects"`
	Latency    *Latency `json:"latency,omitempty"`
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

// complaint is the error of a run that came to its end, but not well.
func (r Report) complaint(timeout time.Duration) error {
	switch {
	case r.Timeouts > 0:
		return fmt.Errorf("%d requests had no answer within %v", r.Timeouts, timeout)
	case r.Repeated > 0:
		return errors.New("messages came twice or out of order")
	}
	return nil
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
	// Each has the rate of each client, if there are several.
	Each []Rate `json:"each,omitempty"`
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
// nanoseconds. Percentiles are within 0.8 %.
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

// report gathers what the clients measured. The senders have ended.
func (r *run) report() Report {
	report := Report{
		Subject: r.subjectName(), Subjects: len(r.subjects), PayloadBytes: r.PayloadBytes, Reconnects: r.reconnects() - r.disturbed,
	}
	latency := &histogram{}
	if len(r.senders) > 0 {
		rate := r.sendRate(latency)
		if r.Requesters > 0 {
			report.Requests = &rate
		} else {
			report.Published = &rate
		}
	}
	for _, s := range r.senders {
		report.Timeouts += s.timeouts.Load()
	}
	if len(r.subscribers) > 0 && r.Requesters == 0 {
		r.received(&report, latency)
	}
	report.Latency = latency.summary()
	return report
}

func (r *run) subjectName() string {
	if r.Subjects > 0 {
		return r.Subject + ".*"
	}
	return r.Subject
}

func (r *run) sendRate(latency *histogram) Rate {
	var messages int64
	var last time.Time
	var each []Rate
	for _, s := range r.senders {
		done := s.done.Load()
		messages += done
		if s.finished.After(last) {
			last = s.finished
		}
		latency.merge(&s.latency)
		each = append(each, newRate(1, done, r.PayloadBytes, s.finished.Sub(r.began)))
	}
	rate := newRate(len(r.senders), messages, r.PayloadBytes, last.Sub(r.began))
	if len(each) > 1 {
		rate.Each = each
	}
	return rate
}

// received adds what the subscribers counted.
func (r *run) received(report *Report, latency *histogram) {
	var all, timed int64
	var first, last time.Duration
	var each []Rate
	for _, s := range r.subscribers {
		s.mu.Lock()
		all += s.done
		timed += s.timed
		report.Repeated += s.repeated
		report.Foreign += s.foreign
		if s.first > 0 && (first == 0 || s.first < first) {
			first = s.first
		}
		last = max(last, s.last)
		latency.merge(&s.latency)
		rate := newRate(1, s.timed, r.PayloadBytes, s.last-s.first)
		rate.Messages = s.done
		each = append(each, rate)
		s.mu.Unlock()
	}
	rate := newRate(len(r.subscribers), timed, r.PayloadBytes, last-first)
	rate.Messages = all
	if len(each) > 1 {
		rate.Each = each
	}
	report.Received = &rate
	report.Lost = max(0, r.expected()-(all-report.Repeated))
}
