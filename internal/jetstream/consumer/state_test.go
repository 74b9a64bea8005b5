package consumer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/internal/jetstream/jsapi"
)

const second = int64(time.Second)

// run applies one line of a script to a state and returns what it answers.
func run(s **State, line string) string {
	var seq uint64
	var at, delay int64
	var word string
	fmt.Sscan(line, &word)
	rest := strings.TrimPrefix(line, word)
	switch word {
	case "deliver":
		fmt.Sscan(rest, &seq, &at)
		d := (*s).Deliver(seq, at*second)
		return fmt.Sprintf("#%d attempt %d", d.Consumer, d.Attempt)
	case "ack":
		fmt.Sscan(rest, &seq)
		return fmt.Sprint((*s).Ack(seq))
	case "ackall":
		fmt.Sscan(rest, &seq)
		return fmt.Sprint((*s).AckThrough(seq))
	case "nak":
		fmt.Sscan(rest, &seq, &delay, &at)
		known, gone := (*s).Nak(seq, time.Duration(delay*second), at*second)
		return fmt.Sprint(known, gone)
	case "progress":
		fmt.Sscan(rest, &seq, &at)
		return fmt.Sprint((*s).Progress(seq, at*second))
	case "expire":
		fmt.Sscan(rest, &at)
		return fmt.Sprint((*s).Expire(at * second))
	case "due":
		return fmt.Sprint((*s).Deadline() / second)
	case "again":
		seq, ok := (*s).Redelivery()
		return fmt.Sprint(seq, ok)
	case "removed":
		fmt.Sscan(rest, &seq)
		(*s).Removed(seq)
	case "purged":
		fmt.Sscan(rest, &seq)
		(*s).Purged(seq)
	case "reset":
		fmt.Sscan(rest, &seq)
		(*s).Reset(seq)
	case "restart":
		again, left, err := Restore((*s).config, (*s).AppendSnapshot(nil))
		if err != nil || len(left) > 0 {
			return fmt.Sprint(err, left)
		}
		*s = again
	default:
		return "what is " + line
	}
	return "ok"
}

// show is a state as the reference server's CONSUMER.INFO tells it: delivered, ack floor, pending, redelivered.
func show(s *State) string {
	d, f := s.Delivered(), s.Floor()
	return fmt.Sprintf("%d/%d %d/%d %d %d", d.Consumer, d.Stream, f.Consumer, f.Stream, s.Pending(), s.Redelivered())
}

// TestStatesAreTheReferences replays what was done with consumers of the reference server. "=" lines are what its
// CONSUMER.INFO said.
func TestStatesAreTheReferences(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		start  uint64
		script string
	}{
		"filtered": {Config{Ack: jsapi.AckExplicit, AckWait: 30 * time.Second}, 1, `
			= 0/0 0/0 0 0
			deliver 1 0 > #1 attempt 1
			deliver 4 0 > #2 attempt 1
			deliver 7 0 > #3 attempt 1
			deliver 10 0 > #4 attempt 1
			= 4/10 0/0 4 0
			ack 1 > true
			= 4/10 1/3 3 0
			ack 7 > true
			= 4/10 1/3 2 0
			restart
			ack 4 > true
			= 4/10 3/9 1 0
			ack 4 > false
			ack 10 > true
			= 4/10 4/10 0 0
			purged 13
			= 4/12 4/12 0 0`},
		"redelivered": {Config{Ack: jsapi.AckExplicit, AckWait: 3 * time.Second, MaxDeliver: 2}, 1, `
			deliver 1 0 > #1 attempt 1
			deliver 2 0 > #2 attempt 1
			deliver 3 0 > #3 attempt 1
			ack 2 > true
			= 3/3 0/0 2 0
			due > 3
			expire 2 > []
			expire 5 > []
			again > 1 true
			restart
			deliver 1 5 > #4 attempt 2
			again > 3 true
			deliver 3 5 > #5 attempt 2
			again > 0 false
			= 5/3 0/0 2 2
			ack 1 > true
			= 5/3 2/2 1 1
			expire 9 > [3]
			deliver 4 9 > #6 attempt 1
			= 6/4 2/2 1 1
			restart
			ack 4 > true
			= 6/4 6/4 0 1
			ack 3 > true
			= 6/4 6/4 0 0`},
		"ack all": {Config{Ack: jsapi.AckAll, AckWait: 30 * time.Second}, 1, `
			deliver 1 0 > #1 attempt 1
			deliver 2 0 > #2 attempt 1
			deliver 3 0 > #3 attempt 1
			deliver 4 0 > #4 attempt 1
			deliver 5 0 > #5 attempt 1
			ackall 3 > 3
			= 5/5 3/3 2 0
			ackall 1 > 0
			ackall 6 > 0
			= 5/5 3/3 2 0`},
		"ack none": {Config{Ack: jsapi.AckNone}, 1, `
			deliver 1 0 > #1 attempt 1
			deliver 5 0 > #2 attempt 1
			= 2/5 2/5 0 0
			ack 5 > false`},
		"refused": {Config{Ack: jsapi.AckExplicit, AckWait: 30 * time.Second}, 1, `
			deliver 1 0 > #1 attempt 1
			deliver 2 0 > #2 attempt 1
			deliver 3 0 > #3 attempt 1
			deliver 4 0 > #4 attempt 1
			ack 1 > true
			= 4/4 1/1 3 0
			nak 2 0 1 > true false
			= 4/4 1/1 3 0
			again > 2 true
			deliver 2 1 > #5 attempt 2
			= 5/4 1/1 3 1
			ack 2 > true
			= 5/4 2/2 2 0
			removed 3
			= 5/4 3/3 1 0
			ack 4 > true
			= 5/4 5/4 0 0`},
		"purged": {Config{Ack: jsapi.AckExplicit, AckWait: 30 * time.Second}, 1, `
			deliver 1 0 > #1 attempt 1
			deliver 2 0 > #2 attempt 1
			deliver 4 0 > #3 attempt 1
			= 3/4 0/0 3 0
			purged 6
			= 3/5 3/5 0 0
			purged 13
			= 3/12 3/12 0 0
			deliver 13 0 > #4 attempt 1
			= 4/13 3/12 1 0`},
		"started late": {Config{Ack: jsapi.AckExplicit}, 50, `
			= 0/49 0/49 0 0`},
		"waits": {Config{Ack: jsapi.AckExplicit, BackOff: []time.Duration{time.Second, 5 * time.Second}, MaxDeliver: 4}, 1, `
			deliver 1 0 > #1 attempt 1
			due > 1
			nak 1 3 0 > true false
			due > 3
			progress 1 1 > true
			due > 2
			expire 2 > []
			progress 1 2 > false
			due > 0
			nak 1 0 2 > true false
			restart
			again > 1 true
			deliver 1 10 > #2 attempt 2
			due > 15
			expire 15 > []
			deliver 1 20 > #3 attempt 3
			due > 25
			nak 1 0 21 > true false
			deliver 1 22 > #4 attempt 4
			nak 1 0 23 > true true
			= 4/1 0/0 0 1
			nak 1 0 24 > false false
			restart
			= 4/1 0/0 0 1
			removed 1
			= 4/1 0/0 0 0
			reset 1
			= 0/0 0/0 0 0`},
		"expired together": {Config{Ack: jsapi.AckExplicit, AckWait: time.Second}, 1, `
			deliver 1 3 > #1 attempt 1
			deliver 2 1 > #2 attempt 1
			deliver 3 2 > #3 attempt 1
			expire 9 > []
			again > 1 true
			ack 1 > true
			again > 2 true`},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(test.config, test.start)
			for line := range strings.Lines(test.script) {
				line = strings.TrimSpace(line)
				if line == "" {
					continue
				}
				if want, ok := strings.CutPrefix(line, "= "); ok {
					if got := show(s); got != want {
						t.Fatalf("state is %s, want %s", got, want)
					}
					continue
				}
				command, want, _ := strings.Cut(line, " > ")
				if want == "" {
					want = "ok"
				}
				if got := run(&s, command); got != want {
					t.Fatalf("%s: %s, want %s", command, got, want)
				}
			}
		})
	}
}

// model is the same thing, in the simplest way.
type model struct {
	max      int
	wait     int64
	pending  map[uint64]*modelEntry
	gone     map[uint64]bool
	queue    []uint64
	sequence uint64
	last     uint64
}

type modelEntry struct {
	deadline int64
	attempts int
}

func (m *model) fail(seq uint64) bool {
	if m.max > 0 && m.pending[seq].attempts >= m.max {
		delete(m.pending, seq)
		m.gone[seq] = true
		return true
	}
	m.pending[seq].deadline = 0
	m.queue = append(m.queue, seq)
	return false
}

func (m *model) unqueue(seq uint64) {
	m.queue = slices.DeleteFunc(m.queue, func(s uint64) bool { return s == seq })
}

func TestAStateIsItsModel(t *testing.T) {
	for range 15 {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 1))
		c := Config{Ack: jsapi.AckExplicit, AckWait: 10, MaxDeliver: random.IntN(4)}
		s := New(c, 1)
		m := &model{max: c.MaxDeliver, wait: 10, pending: map[uint64]*modelEntry{}, gone: map[uint64]bool{}}
		now := int64(1)
		for step := range 1000 {
			now += int64(random.IntN(3))
			seq := 1 + uint64(random.IntN(int(m.last)+1))
			e := m.pending[seq]
			fail := func(what string, got, want any) {
				t.Helper()
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("seed %d, step %d, %s %d: %v, want %v", seed, step, what, seq, got, want)
				}
			}
			switch random.IntN(8) {
			case 0, 1, 2:
				m.last += 1 + uint64(random.IntN(2))
				m.sequence++
				m.pending[m.last] = &modelEntry{now + m.wait, 1}
				fail("deliver", s.Deliver(m.last, now), Delivery{m.sequence, 1})
			case 3:
				_, gone := m.gone[seq]
				fail("ack", s.Ack(seq), e != nil || gone)
				delete(m.pending, seq)
				delete(m.gone, seq)
				m.unqueue(seq)
			case 4:
				known, exhausted := s.Nak(seq, 0, now)
				want := false
				if e != nil && !slices.Contains(m.queue, seq) {
					want = m.fail(seq)
				}
				fail("nak", []bool{known, exhausted}, []bool{e != nil, want})
			case 5:
				var late, gone []uint64
				for seq, e := range m.pending {
					if e.deadline != 0 && e.deadline <= now {
						late = append(late, seq)
					}
				}
				slices.Sort(late)
				for _, seq := range late {
					if m.fail(seq) {
						gone = append(gone, seq)
					}
				}
				fail("expire", s.Expire(now), gone)
			case 6:
				again, ok := s.Redelivery()
				fail("again", ok, len(m.queue) > 0)
				if ok {
					fail("again", again, m.queue[0])
					m.queue = m.queue[1:]
					m.sequence++
					m.pending[again].attempts++
					m.pending[again].deadline = now + m.wait
					fail("redeliver", s.Deliver(again, now), Delivery{m.sequence, m.pending[again].attempts})
				}
			case 7:
				if random.IntN(20) == 0 {
					snapshot := s.AppendSnapshot(nil)
					restored, left, err := Restore(c, append(snapshot, "left"...))
					if err != nil || string(left) != "left" || !bytes.Equal(restored.AppendSnapshot(nil), snapshot) {
						t.Fatalf("seed %d, step %d: the snapshot does not come back: %v", seed, step, err)
					}
					s = restored
				}
			}
			again := 0
			for _, e := range m.pending {
				if e.attempts > 1 {
					again++
				}
			}
			fail("state", []int{s.Pending(), s.Redelivered(), s.Queued()}, []int{len(m.pending), again + len(m.gone), len(m.queue)})
		}
	}
}

func FuzzRestore(f *testing.F) {
	s := New(Config{Ack: jsapi.AckExplicit, AckWait: 10, MaxDeliver: 2}, 5)
	for seq := uint64(5); seq < 20; seq++ {
		s.Deliver(seq, int64(seq))
	}
	s.Expire(20)
	s.Ack(7)
	f.Add(s.AppendSnapshot(nil))
	f.Add([]byte{snapshotVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, _, err := Restore(Config{Ack: jsapi.AckExplicit, AckWait: 10}, b)
		if err != nil {
			return
		}
		again, left, err := Restore(s.config, s.AppendSnapshot(nil))
		if err != nil || len(left) > 0 || show(again) != show(s) {
			t.Fatalf("%s comes back as %v, %v", show(s), again, err)
		}
		s.Expire(1 << 62)
		for range 10 {
			if seq, ok := s.Redelivery(); ok {
				s.Deliver(seq, 0)
			}
		}
	})
}

func BenchmarkDeliverAndAck(b *testing.B) {
	b.ReportAllocs()
	s := New(Config{Ack: jsapi.AckExplicit, AckWait: 30 * time.Second}, 1)
	for i := range b.N {
		s.Deliver(uint64(i+1), int64(i))
		if i >= 1000 {
			s.Ack(uint64(i - 999))
		}
	}
}
