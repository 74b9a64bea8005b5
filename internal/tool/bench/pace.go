package bench

import (
	"context"
	"time"
)

// pace says when messages are due. The zero value paces nothing. It belongs to one goroutine.
//
// A message that is late because an earlier one was held up counts from when it was due: else the time that it had to
// wait would be left out, just when the server is slow. But the system's alarm clock may wake us late, by up to a
// millisecond, and that is not the server's fault: what became due while we slept counts from when we woke.
type pace struct {
	interval float64       // nanoseconds between messages of this sender
	start    time.Duration // when the first one is due
	woke     time.Duration // when we slept last
	clock    clock
	timer    *time.Timer
}

// newPace lets senders take turns, of which this one is the index-th.
func newPace(rate float64, index, senders int) pace {
	interval := float64(senders) / rate * float64(time.Second)
	return pace{interval: interval, start: time.Duration(interval * float64(index) / float64(senders))}
}

func (p *pace) on() bool { return p.interval > 0 }

func (p *pace) begin(c clock, began time.Time) {
	p.clock = c
	p.start += began.Sub(c.start)
}

// wait returns when message i is due, and the time its latency counts from.
func (p *pace) wait(ctx context.Context, i int) (time.Duration, error) {
	due := p.start + time.Duration(float64(i)*p.interval)
	early := due - p.clock.now()
	if early <= 0 {
		return max(due, p.woke), ctx.Err()
	}
	if p.timer == nil {
		p.timer = time.NewTimer(early)
	} else {
		p.timer.Reset(early)
	}
	select {
	case <-p.timer.C:
		p.woke = p.clock.now()
		return p.woke, nil
	case <-ctx.Done():
		p.timer.Stop()
		return 0, ctx.Err()
	}
}

// sleep waits for a time, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
