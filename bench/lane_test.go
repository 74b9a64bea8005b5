//go:build linux

package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestBlocksRotateThroughAllSubjectsEqually(t *testing.T) {
	for _, c := range []struct{ payload, subjects int }{{16, 1}, {4096, 1}, {100_000, 1}, {16, 1000}, {16, 30_000}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			subjects := rotation("bench", c.subjects)
			m := message{payload: c.payload}
			size := len(m.appendPublish(nil, subjects[0]))
			seen := map[string]int{}
			for _, b := range encodeBlocks(m, subjects) {
				if len(b.bytes) != size*int(b.messages) || len(b.bytes) > max(2*blockBytes, size) {
					t.Fatalf("a block of %d messages has %d bytes", b.messages, len(b.bytes))
				}
				for rest := b.bytes; len(rest) > 0; rest = rest[size:] {
					seen[string(bytes.Fields(rest[:min(size, 60)])[1])]++
				}
			}
			if len(seen) != c.subjects {
				t.Errorf("%d subjects are published, want %d", len(seen), c.subjects)
			}
			for subject, n := range seen {
				if n != seen[subjects[0]] {
					t.Fatalf("%s is published %d times, %s %d times", subject, n, subjects[0], seen[subjects[0]])
				}
			}
		})
	}
}

func TestPublishedMessageArrivesInItsShape(t *testing.T) {
	for _, m := range []message{{payload: 0}, {payload: 16}, {payload: 128, headers: true}} {
		published := string(m.appendPublish(nil, "bench.0.000001"))
		arrived := strings.Replace(strings.Replace(published, "PUB", "MSG", 1), "000001", "000001 10", 1)
		shape := m.arriving("bench.0.", 6, "10")
		if !shape.startsAt([]byte(arrived)) || shape.size() != len(arrived) || !strings.HasSuffix(arrived, string(shape.body)) {
			t.Errorf("%q is not of the shape %+v", arrived, shape)
		}
	}
}

func newLane(queue bool, window int64, subscribers int) *lane {
	l := &lane{queue: queue, window: window, wake: make(chan struct{}, 1)}
	for range subscribers {
		l.subscribers = append(l.subscribers, &subscriber{})
	}
	return l
}

func TestProgressIsTheSlowestOrTheGroup(t *testing.T) {
	for queue, want := range map[bool]int64{false: 10, true: 60} {
		l := newLane(queue, 100, 3)
		for i, s := range l.subscribers {
			s.received.Store(int64(10 * (i + 1)))
		}
		if got := l.progress(); got != want {
			t.Errorf("queue %v: progress %d, want %d", queue, got, want)
		}
	}
	l := newLane(false, 100, 2)
	l.sent.Store(50)
	l.subscribers[0].received.Store(50)
	l.subscribers[1].stalled.Store(true)
	if l.progress() != 50 || l.received() != 50 || l.due() != 50 {
		t.Errorf("with one stalled: progress %d, received %d, due %d; want 50 each", l.progress(), l.received(), l.due())
	}
}

func TestAdmitWaitsForTheWindow(t *testing.T) {
	l := newLane(false, 100, 1)
	done := make(chan struct{})
	if !l.admit(100, done) {
		t.Fatal("a block that fits the window is not admitted")
	}
	l.sent.Store(100)
	admitted := make(chan bool)
	go func() { admitted <- l.admit(20, done) }()
	for l.need.Load() == 0 {
		select {
		case <-admitted:
			t.Fatal("a block beyond the window is admitted")
		default:
		}
	}
	l.subscribers[0].received.Store(69)
	l.progressed()
	select {
	case <-admitted:
		t.Fatal("the publisher goes on before half the window has drained")
	default:
	}
	l.subscribers[0].received.Store(70)
	l.progressed()
	if !<-admitted {
		t.Error("the publisher is stopped, want it to go on")
	}
}

func TestAdmitEndsWhenDone(t *testing.T) {
	l := newLane(false, 100, 1)
	l.sent.Store(100)
	done := make(chan struct{})
	close(done)
	if l.admit(1, done) {
		t.Error("admitted beyond the window")
	}
}
