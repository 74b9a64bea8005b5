package store

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/subject"
)

// kinds are the stores that all tests run on.
var kinds = map[string]func(t *testing.T, first uint64) Store{
	"memory": func(_ *testing.T, first uint64) Store { return NewMemory(first) },
}

func each(t *testing.T, test func(t *testing.T, open func(first uint64) Store)) {
	for name, open := range kinds {
		t.Run(name, func(t *testing.T) {
			test(t, func(first uint64) Store { return open(t, first) })
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// model is a store in the simplest way: all messages, by sequence.
type model struct {
	messages    map[uint64]Message
	first, last uint64
	lastTime    int64
}

func (m *model) sequences() []uint64 { return slices.Sorted(maps.Keys(m.messages)) }

func (m *model) settle() {
	if seqs := m.sequences(); len(seqs) > 0 {
		m.first = seqs[0]
	} else {
		m.first = m.last + 1
	}
}

var patterns = []string{
	">", "a", "a.b", "a.*", "*.b", "a.>", "*.*", "c.*.e", "nobody", "k.*", "k.3", "k.7", "*", "*.1", "*.*.*",
}

func randomSubject(random *rand.Rand) string {
	if random.IntN(2) == 0 {
		return fmt.Sprint("k.", random.IntN(40))
	}
	return []string{"a", "a.b", "b.b", "a.c", "c.d.e", "c.x.e", "z"}[random.IntN(7)]
}

func TestAStoreIsItsModel(t *testing.T) {
	each(t, func(t *testing.T, open func(uint64) Store) {
		for round := range 15 {
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 1))
			first := uint64(round % 3 * 1000)
			s := open(first)
			m := &model{messages: map[uint64]Message{}}
			if first > 0 {
				m.first, m.last = first, first-1
			}
			now := int64(1000)
			for step := range 3000 {
				now += int64(random.IntN(3))
				change(t, s, m, random, now)
				if step%100 == 0 {
					compare(t, s, m, random)
				}
			}
			compare(t, s, m, random)
			must(t, s.Close())
		}
	})
}

// change does one thing to both.
func change(t *testing.T, s Store, m *model, random *rand.Rand, now int64) {
	t.Helper()
	some := m.first + uint64(random.Int64N(int64(m.last+2-min(m.first, m.last+1))))
	switch random.IntN(20) {
	default:
		seq := m.last + 1
		if random.IntN(20) == 0 {
			seq += uint64(random.IntN(700)) // as in a mirror
		}
		msg := Message{Seq: seq, Time: now, Subject: []byte(randomSubject(random)), Payload: fmt.Appendf(nil, "payload %d", seq)}
		switch random.IntN(30) {
		case 0:
			msg.Payload = make([]byte, 20_000+random.IntN(1000))
		case 1, 2, 3:
			msg.Header = fmt.Appendf(nil, "NATS/1.0\r\nN: %d\r\n\r\n", seq)
		}
		for _, other := range m.messages {
			if string(other.Subject) == string(msg.Subject) {
				msg.Previous = max(msg.Previous, other.Seq)
			}
		}
		stored := msg
		stored.Previous = 0
		must(t, s.Append(&stored))
		if stored.Previous != msg.Previous {
			t.Fatalf("message %d follows %d, want %d", seq, stored.Previous, msg.Previous)
		}
		m.messages[seq] = msg
		m.last, m.lastTime = seq, now
		if len(m.messages) == 1 {
			m.first = seq
		}
	case 0, 1, 2, 3, 4, 5, 6:
		msg, there := m.messages[some]
		size, err := s.Remove(some, random.IntN(2) == 0)
		if there != (err == nil) || (err != nil && !errors.Is(err, ErrNotFound)) || (there && size != s.Size(&msg)) {
			t.Fatalf("remove %d, there: %v: %d, %v", some, there, size, err)
		}
		delete(m.messages, some)
		if there && (some == m.first || len(m.messages) == 0) {
			m.settle()
		}
	case 7:
		if random.IntN(10) > 0 {
			return
		}
		want := uint64(0)
		for seq := range m.messages {
			if seq < some {
				delete(m.messages, seq)
				want++
			}
		}
		removed, err := s.Truncate(some)
		must(t, err)
		if removed != want {
			t.Fatalf("truncate to %d removed %d, want %d", some, removed, want)
		}
		if len(m.messages) == 0 {
			m.last = max(m.last, max(some, 1)-1)
		}
		if want > 0 || len(m.messages) == 0 {
			m.settle()
		}
		if len(m.messages) == 0 && m.last == 0 {
			m.first = 0
		}
	case 8:
		if random.IntN(10) > 0 {
			return
		}
		m.last += 1 + uint64(random.IntN(3))
		m.lastTime = now
		must(t, s.Skip(m.last, now))
		if len(m.messages) == 0 {
			m.settle()
		}
	}
}

// compare asks both everything.
func compare(t *testing.T, s Store, m *model, random *rand.Rand) {
	t.Helper()
	seqs := m.sequences()
	want := State{Msgs: uint64(len(seqs)), First: m.first, Last: m.last, LastTime: m.lastTime}
	bySubject := map[string]SubjectState{}
	for _, seq := range seqs {
		msg := m.messages[seq]
		want.Bytes += s.Size(&msg)
		sub := bySubject[string(msg.Subject)]
		if sub.Msgs++; sub.First == 0 {
			sub.First = seq
		}
		sub.Last = seq
		bySubject[string(msg.Subject)] = sub
	}
	want.Subjects = len(bySubject)
	if len(seqs) > 0 {
		want.FirstTime = m.messages[seqs[0]].Time
	}
	if got := s.State(); got != want {
		t.Fatalf("state %+v, want %+v", got, want)
	}
	var deleted []uint64
	if len(seqs) > 0 {
		for seq := m.first; seq <= m.last; seq++ {
			if _, there := m.messages[seq]; !there {
				deleted = append(deleted, seq)
			}
		}
	}
	if got := slices.Collect(s.Deleted()); !slices.Equal(got, deleted) {
		t.Fatalf("deleted %v, want %v", got, deleted)
	}
	st := s.State()
	if n := st.Deleted(); n != uint64(len(deleted)) {
		t.Fatalf("%d deleted, want %d", n, len(deleted))
	}
	for range 20 {
		from := uint64(random.Int64N(int64(m.last + 3)))
		compareLoad(t, s, m, from)
		compareTime(t, s, m, seqs, random)
		var chosen []string
		for _, p := range patterns {
			if random.IntN(6) == 0 && !slices.ContainsFunc(chosen, func(other string) bool { return subject.Overlap(p, other) }) {
				chosen = append(chosen, p)
			}
		}
		compareFilter(t, s, m, seqs, chosen, from)
		compareSubject(t, s, m, seqs, bySubject, randomSubject(random), from)
	}
	pattern := patterns[random.IntN(len(patterns))]
	for subj, sub := range s.Subjects([]byte(pattern)) {
		if !subject.Match(pattern, subj) || bySubject[string(subj)] != sub {
			t.Fatalf("%s: %s has %+v, want %+v", pattern, subj, sub, bySubject[string(subj)])
		}
		delete(bySubject, string(subj))
	}
	for subj := range bySubject {
		if subject.Match(pattern, subj) {
			t.Fatalf("%s: %s is missing", pattern, subj)
		}
	}
}

func compareLoad(t *testing.T, s Store, m *model, seq uint64) {
	t.Helper()
	var got Message
	err := s.Load(seq, &got)
	msg, there := m.messages[seq]
	if there != (err == nil) || (there && !equal(&got, &msg)) {
		t.Fatalf("message %d is %+v, %v; want %+v", seq, got, err, msg)
	}
}

// equal leaves out Previous, which changes when messages go.
func equal(a, b *Message) bool {
	return a.Seq == b.Seq && a.Time == b.Time && string(a.Subject) == string(b.Subject) &&
		string(a.Header) == string(b.Header) && string(a.Payload) == string(b.Payload)
}

func compareTime(t *testing.T, s Store, m *model, seqs []uint64, random *rand.Rand) {
	t.Helper()
	at := 990 + random.Int64N(max(m.lastTime-970, 1))
	want := m.last + 1
	for _, seq := range seqs {
		if m.messages[seq].Time >= at {
			want = seq
			break
		}
	}
	if got := s.At(at); got != want {
		t.Fatalf("the first message at %d is %d, want %d", at, got, want)
	}
}

func compareFilter(t *testing.T, s Store, m *model, seqs []uint64, chosen []string, from uint64) {
	t.Helper()
	f := NewFilter(chosen...)
	var matching []uint64
	for _, seq := range seqs {
		wanted := len(chosen) == 0 || slices.ContainsFunc(chosen, func(p string) bool { return subject.Match(p, m.messages[seq].Subject) })
		if wanted && seq >= from {
			matching = append(matching, seq)
		}
	}
	if got := s.Count(f, from); got != uint64(len(matching)) {
		t.Fatalf("%s from %d: counted %d, want %d", strings.Join(chosen, " "), from, got, len(matching))
	}
	if len(matching) > 20 {
		matching = matching[:20]
	}
	var msg Message
	for _, want := range matching {
		if err := s.Next(f, from, &msg); err != nil || msg.Seq != want {
			t.Fatalf("%s from %d: %d, %v, want %d", strings.Join(chosen, " "), from, msg.Seq, err, want)
		}
		from = msg.Seq + 1
	}
	if len(matching) == 0 {
		if err := s.Next(f, from, &msg); !errors.Is(err, ErrNotFound) {
			t.Fatalf("%s from %d: %d, %v, want nothing", strings.Join(chosen, " "), from, msg.Seq, err)
		}
	}
}

func compareSubject(t *testing.T, s Store, m *model, seqs []uint64, bySubject map[string]SubjectState, subj string, upTo uint64) {
	t.Helper()
	if got := s.Subject([]byte(subj)); got != bySubject[subj] {
		t.Fatalf("%s has %+v, want %+v", subj, got, bySubject[subj])
	}
	want := uint64(0)
	for _, seq := range seqs {
		if seq <= upTo && string(m.messages[seq].Subject) == subj {
			want = seq
		}
	}
	var msg Message
	err := s.Last([]byte(subj), upTo, &msg)
	if (want > 0) != (err == nil) || (want > 0 && msg.Seq != want) {
		t.Fatalf("the last of %s up to %d is %d, %v, want %d", subj, upTo, msg.Seq, err, want)
	}
}

func TestSequencesOnlyGrow(t *testing.T) {
	each(t, func(t *testing.T, open func(uint64) Store) {
		s := open(0)
		msg := Message{Seq: 5, Time: 1, Subject: []byte("a")}
		must(t, s.Append(&msg))
		for seq := range uint64(6) {
			msg.Seq = seq
			if err := s.Append(&msg); !errors.Is(err, ErrSequence) {
				t.Errorf("append %d behind 5: %v", seq, err)
			}
			if err := s.Skip(seq, 1); !errors.Is(err, ErrSequence) {
				t.Errorf("skip to %d behind 5: %v", seq, err)
			}
		}
	})
}

func BenchmarkMemory(b *testing.B) {
	payload := make([]byte, 128)
	b.Run("Append", func(b *testing.B) {
		s := NewMemory(0)
		b.ReportAllocs()
		var subj []byte
		for i := range b.N {
			subj = fmt.Appendf(subj[:0], "orders.%d", i%1000)
			if err := s.Append(&Message{Seq: uint64(i + 1), Subject: subj, Payload: payload}); err != nil {
				b.Fatal(err)
			}
			if i >= 1_000_000 {
				_, _ = s.Remove(uint64(i-999_999), false)
			}
		}
	})
	s := NewMemory(0)
	for i := range 1_000_000 {
		_ = s.Append(&Message{Seq: uint64(i + 1), Subject: fmt.Appendf(nil, "orders.%d", i%1000), Payload: payload})
	}
	for name, f := range map[string]*Filter{"All": NewFilter(), "Literal": NewFilter("orders.7"), "Few": NewFilter("orders.7", "orders.9"), "Wildcard": NewFilter("orders.*")} {
		b.Run("Next"+name, func(b *testing.B) {
			b.ReportAllocs()
			var msg Message
			from := uint64(1)
			for range b.N {
				if s.Next(f, from, &msg) != nil {
					from = 1
				} else {
					from = msg.Seq + 1
				}
			}
		})
	}
}
