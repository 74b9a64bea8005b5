package bench

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

func TestStampsAreReadBack(t *testing.T) {
	c := newClock()
	for size, want := range map[int]stamped{
		0: {}, 15: {}, 16: {run: c.run, due: time.Hour}, 23: {run: c.run, due: time.Hour},
		24: {run: c.run, due: time.Hour, sender: 7, number: 9}, 100: {run: c.run, due: time.Hour, sender: 7, number: 9},
	} {
		payload := make([]byte, size)
		c.mark(payload, 7)
		c.stamp(payload, 9, time.Hour)
		if got := readStamp(payload); got != want {
			t.Errorf("of %d bytes the stamp is %+v, want %+v", size, got, want)
		}
	}
}

// counting is a subscriber of one publisher that counts.
func counting(publishers int) *subscriber {
	s := newSubscriber(nil, &run{Options: Options{Subject: "x", Publishers: publishers}})
	s.begin(newClock())
	return s
}

func (s *subscriber) take(c clock, size, sender, number int, due time.Duration) {
	payload := make([]byte, size)
	c.mark(payload, sender)
	c.stamp(payload, number, due)
	s.receive(&nats.Msg{Data: payload})
}

func TestEveryMessageIsCountedOnce(t *testing.T) {
	s := counting(2)
	c := s.clock
	for i := range 5 {
		s.take(c, 24, 0, i, 1)
		s.take(c, 24, 1, i, 1)
	}
	s.take(c, 24, 0, 7, 1) // 5 and 6 are lost
	if s.done != 11 || s.repeated != 0 || s.foreign != 0 || s.latency.count != 11 {
		t.Errorf("in order: %+v", s.counts)
	}
	s.take(c, 24, 0, 7, 1)  // again
	s.take(c, 24, 0, 5, 1)  // late
	s.take(c, 24, 99, 0, 1) // of nobody
	if s.done != 14 || s.repeated != 2 {
		t.Errorf("%d messages, %d repeated; want 14, 2", s.done, s.repeated)
	}
	s.take(newClock(), 24, 0, 0, 1)      // another run
	s.take(c.warmUp(), 24, 0, 0, 1)      // left over from warming up
	s.receive(&nats.Msg{Data: []byte{}}) // too short to tell
	if s.done != 15 || s.foreign != 1 {
		t.Errorf("%d messages, %d foreign; want 15, 1", s.done, s.foreign)
	}
}

func TestNumbersGoAround(t *testing.T) {
	s := counting(1)
	const last = 1<<32 - 1
	s.next[0] = last - 1
	for _, number := range []uint32{last - 1, last, 0, 1} {
		s.take(s.clock, 24, 0, int(number), 1)
	}
	if s.repeated != 0 || s.next[0] != 2 {
		t.Errorf("%d are repeated, %d is next", s.repeated, s.next[0])
	}
}

func TestMessagesWithoutTimeAreCountedNotTimed(t *testing.T) {
	s := counting(1)
	for i := range 10 {
		due := time.Duration(0)
		if i%4 == 0 {
			due = 1
		}
		s.take(s.clock, 24, 0, i, due)
	}
	if s.done != 10 || s.timed != 9 || s.latency.count != 3 {
		t.Errorf("%d came, timed up to %d, %d latencies; want 10, 9, 3", s.done, s.timed, s.latency.count)
	}
}

func TestOthersCountWhereNobodyOfUsSends(t *testing.T) {
	s := counting(0)
	s.take(newClock(), 100, 0, 0, time.Hour)
	s.receive(&nats.Msg{Data: []byte("hello, this is no stamp at all")})
	if s.done != 2 || s.foreign != 0 || s.latency.count != 0 || s.timed != 2 {
		t.Errorf("counts are %+v", s.counts)
	}
}

// TestReceivingAllocatesNothing: the bench must not be what is measured.
func TestReceivingAllocatesNothing(t *testing.T) {
	s := counting(1)
	payload := make([]byte, 128)
	s.clock.mark(payload, 0)
	msg := &nats.Msg{Data: payload}
	number := 0
	if got := testing.AllocsPerRun(1000, func() {
		s.clock.stamp(payload, number, 1)
		s.receive(msg)
		number++
	}); got != 0 {
		t.Errorf("a message takes %v allocations", got)
	}
}

// BenchmarkReceive is what counting adds to the client library's work.
func BenchmarkReceive(b *testing.B) {
	s := counting(1)
	payload := make([]byte, 128)
	s.clock.mark(payload, 0)
	msg := &nats.Msg{Data: payload}
	number := 0
	for b.Loop() {
		due := time.Duration(0)
		if number%strideOfLongRuns == 0 {
			due = 1
		}
		s.clock.stamp(payload, number, due)
		s.receive(msg)
		number++
	}
}
