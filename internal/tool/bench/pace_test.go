package bench

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestPaceCountsWaitingInLine is about coordinated omission: a sender that is held up for 50 ms at 1000 messages a second
// has fifty messages late, and each of them counts from when it was due.
func TestPaceCountsWaitingInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		p := newPace(1000, 0, 1)
		p.begin(c, time.Now())
		late := 0
		for i := range 100 {
			due, err := p.wait(t.Context(), i)
			if err != nil {
				t.Fatal(err)
			}
			if want := p.start + time.Duration(i)*time.Millisecond; due != want {
				t.Fatalf("message %d counts from %v, want %v", i, due, want)
			}
			if c.now() > due {
				late++
			}
			if i == 10 {
				time.Sleep(50*time.Millisecond + 1) // the server does not take it
			}
		}
		if late != 50 {
			t.Errorf("%d messages are late, want 50", late)
		}
	})
}

// TestPaceForgivesTheAlarmClock: what became due while we slept counts from when we woke.
func TestPaceForgivesTheAlarmClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		p := newPace(1000, 0, 1)
		p.begin(c, time.Now())
		time.Sleep(5 * time.Millisecond)
		p.woke = c.now() // it slept from message 1 on
		for i, want := range []time.Duration{5, 5, 5, 5, 5, 5, 6, 7} {
			if got, err := p.wait(t.Context(), i); err != nil || got != p.start+want*time.Millisecond {
				t.Errorf("message %d counts from %v, %v; want %d ms", i, got, err, want)
			}
		}
	})
}

func TestPaceLetsSendersTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		began := time.Now()
		want := []time.Duration{0, 1, 2, 3}
		for index := range 4 {
			p := newPace(1000, index, 4)
			p.begin(c, began)
			for i := range 3 {
				due := p.start + time.Duration(float64(i)*p.interval)
				if due != began.Sub(c.start)+(want[index]+time.Duration(4*i))*time.Millisecond {
					t.Errorf("message %d of sender %d is due after %v", i, index, due)
				}
			}
		}
	})
}

func TestPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := newPace(0.1, 1, 2)
		p.begin(newClock(), time.Now())
		if _, err := p.wait(ctx, 0); err == nil || p.clock.now() != time.Second+1 {
			t.Errorf("after %v: %v", p.clock.now(), err)
		}
	})
}
