package store

import (
	"bytes"
	"iter"
	"math"

	"sinew.dev/sinew/internal/subject/stree"
)

// Memory is a Store in memory. Messages lie in chunks, a few hundred sequences each; those on one subject are linked in
// both directions, so that taking one out costs the same wherever it is.
type Memory struct {
	chunks   chunks
	subjects stree.Tree[SubjectState]
	state    State
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty store whose first message will have the sequence first; 0 means 1.
func NewMemory(first uint64) *Memory {
	s := &Memory{}
	if first > 1 {
		s.state.First, s.state.Last = first, first-1
	}
	return s
}

// memoryOverhead is what a message counts for besides its bytes.
const memoryOverhead = 16

// Size is what a message counts for in State.Bytes.
func (s *Memory) Size(m *Message) uint64 {
	return uint64(len(m.Subject) + len(m.Header) + len(m.Payload) + memoryOverhead)
}

// Append stores a message.
func (s *Memory) Append(m *Message) error {
	if m.Seq <= s.state.Last {
		return ErrSequence
	}
	sub, _ := s.subjects.Put(m.Subject)
	m.Previous = sub.Last
	if sub.Msgs == 0 {
		sub.First = m.Seq
	} else {
		s.chunks.at(sub.Last).setNext(m.Seq)
	}
	sub.Last = m.Seq
	sub.Msgs++
	s.chunks.append(m)
	st := &s.state
	if st.Msgs == 0 {
		st.First, st.FirstTime = m.Seq, m.Time
	}
	st.Last, st.LastTime = m.Seq, m.Time
	st.Msgs++
	st.Bytes += s.Size(m)
	return nil
}

// Skip says that all sequences up to seq are used up.
func (s *Memory) Skip(seq uint64, now int64) error {
	if seq <= s.state.Last {
		return ErrSequence
	}
	s.state.Last, s.state.LastTime = seq, now
	if s.state.Msgs == 0 {
		s.state.First = seq + 1
	}
	return nil
}

// Load finds the message at seq.
func (s *Memory) Load(seq uint64, m *Message) error {
	r := s.chunks.at(seq)
	if r == nil {
		return ErrNotFound
	}
	r.load(seq, m)
	return nil
}

const (
	// near is how many sequences are looked at one by one before anything else is tried.
	near = 256
	// few is up to how many subjects a filter is taken apart into, rather than asking each message.
	few = 16
)

// Next finds the first message at from or behind that a filter wants.
func (s *Memory) Next(f *Filter, from uint64, m *Message) error {
	from = max(from, s.state.First)
	if s.state.Msgs == 0 || from > s.state.Last {
		return ErrNotFound
	}
	if f.All() {
		return s.scan(f, from, m)
	}
	if subj, ok := f.literal(); ok {
		return s.nextOf(subj, s.subjects.Get(subj), from, m)
	}
	if s.look(f, from, near, m) {
		return nil
	}
	best, found := uint64(0), 0
	for _, p := range f.patterns {
		for subj, sub := range s.subjects.Match(p) {
			if found++; found > few {
				return s.scan(f, from+near, m)
			}
			if s.nextOf(subj, sub, from, m) == nil && (best == 0 || m.Seq < best) {
				best = m.Seq
			}
		}
	}
	if best == 0 {
		return ErrNotFound
	}
	return s.Load(best, m)
}

// scan asks one message after the other.
func (s *Memory) scan(f *Filter, from uint64, m *Message) error {
	if !s.look(f, from, math.MaxUint64-from, m) {
		return ErrNotFound
	}
	return nil
}

// look asks the messages of so many sequences.
func (s *Memory) look(f *Filter, from, sequences uint64, m *Message) bool {
	for seq, r := range s.chunks.from(from) {
		if seq-from >= sequences {
			return false
		}
		if f.All() || f.Wants(r.subject()) {
			r.load(seq, m)
			return true
		}
	}
	return false
}

// nextOf finds the first message at from or behind on one subject.
func (s *Memory) nextOf(subj []byte, sub *SubjectState, from uint64, m *Message) error {
	if sub == nil || from > sub.Last {
		return ErrNotFound
	}
	if from <= sub.First {
		return s.Load(sub.First, m)
	}
	// Who reads on knows the message before: from there it is one step.
	if r := s.chunks.at(from - 1); r != nil && bytes.Equal(r.subject(), subj) {
		return s.Load(r.next(), m)
	}
	return s.Load(s.seek(sub, from), m)
}

// seek goes along a subject's messages, from the nearer end, to the first at from or behind; from is within them.
func (s *Memory) seek(sub *SubjectState, from uint64) uint64 {
	if from-sub.First < sub.Last-from {
		seq := sub.First
		for seq < from {
			seq = s.chunks.at(seq).next()
		}
		return seq
	}
	seq := sub.Last
	for {
		before := s.chunks.at(seq).previous()
		if before < from {
			return seq
		}
		seq = before
	}
}

// Last finds the last message at upTo or before on a subject.
func (s *Memory) Last(subj []byte, upTo uint64, m *Message) error {
	sub := s.subjects.Get(subj)
	if sub == nil || upTo < sub.First {
		return ErrNotFound
	}
	seq := sub.Last
	if upTo < sub.Last {
		seq = s.seek(sub, upTo+1)
		seq = s.chunks.at(seq).previous()
	}
	return s.Load(seq, m)
}

// Remove takes out the message at seq.
func (s *Memory) Remove(seq uint64, erase bool) (uint64, error) {
	r := s.chunks.at(seq)
	if r == nil {
		return 0, ErrNotFound
	}
	size := uint64(len(r.subject())+len(r.header())+len(r.payload())) + memoryOverhead
	s.unlink(r)
	if erase {
		r.erase()
	}
	s.chunks.remove(seq)
	s.state.Msgs--
	s.state.Bytes -= size
	if seq == s.state.First {
		s.findFirst()
	}
	return size, nil
}

// unlink takes a message out of its subject's.
func (s *Memory) unlink(r record) {
	subj := r.subject()
	sub := s.subjects.Get(subj)
	if sub.Msgs--; sub.Msgs == 0 {
		s.subjects.Delete(subj)
		return
	}
	before, behind := r.previous(), r.next()
	if before == 0 {
		sub.First = behind
	} else {
		s.chunks.at(before).setNext(behind)
	}
	if behind == 0 {
		sub.Last = before
	} else {
		s.chunks.at(behind).setPrevious(before)
	}
}

// findFirst looks for the first message after the one before it is gone.
func (s *Memory) findFirst() {
	st := &s.state
	if st.Msgs == 0 {
		st.First, st.FirstTime = st.Last+1, 0
		return
	}
	for seq, r := range s.chunks.from(st.First) {
		st.First, st.FirstTime = seq, r.time()
		return
	}
}

// Truncate takes out all messages before first.
func (s *Memory) Truncate(first uint64) (removed uint64, err error) {
	for s.state.Msgs > 0 && s.state.First < first {
		if _, err := s.Remove(s.state.First, false); err != nil {
			return removed, err
		}
		removed++
	}
	if s.state.Msgs == 0 && first > s.state.Last+1 {
		s.state.First, s.state.Last = first, first-1
	}
	return removed, nil
}

// State tells what there is.
func (s *Memory) State() State {
	st := s.state
	st.Subjects = s.subjects.Len()
	return st
}

// Subject tells of one subject.
func (s *Memory) Subject(subj []byte) SubjectState {
	if sub := s.subjects.Get(subj); sub != nil {
		return *sub
	}
	return SubjectState{}
}

// Subjects yields the subjects that match a pattern.
func (s *Memory) Subjects(pattern []byte) iter.Seq2[[]byte, SubjectState] {
	return func(yield func([]byte, SubjectState) bool) {
		for subj, sub := range s.subjects.Match(pattern) {
			if !yield(subj, *sub) {
				return
			}
		}
	}
}

// Count is how many messages at from or behind a filter wants.
func (s *Memory) Count(f *Filter, from uint64) (count uint64) {
	from = max(from, s.state.First)
	switch {
	case from > s.state.Last:
		return 0
	case f.All():
		return s.chunks.count(from)
	}
	for _, p := range f.patterns {
		for _, sub := range s.subjects.Match(p) {
			count += s.countOf(sub, from)
		}
	}
	return count
}

func (s *Memory) countOf(sub *SubjectState, from uint64) uint64 {
	switch {
	case from <= sub.First:
		return sub.Msgs
	case from > sub.Last:
		return 0
	case from-sub.First < sub.Last-from:
		count := sub.Msgs
		for seq := sub.First; seq < from; seq = s.chunks.at(seq).next() {
			count--
		}
		return count
	}
	count := uint64(0)
	for seq := sub.Last; seq >= from; seq = s.chunks.at(seq).previous() {
		count++
	}
	return count
}

// At is the sequence of the first message of that time or later.
func (s *Memory) At(time int64) uint64 {
	if s.state.Msgs == 0 || time > s.state.LastTime {
		return s.state.Last + 1
	}
	for seq, r := range s.chunks.from(s.chunks.before(time)) {
		if r.time() >= time {
			return seq
		}
	}
	return s.state.Last + 1
}

// Deleted yields the sequences between the first and the last that have no message.
func (s *Memory) Deleted() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		if s.state.Msgs == 0 {
			return
		}
		want := s.state.First
		for seq := range s.chunks.from(want) {
			for ; want < seq; want++ {
				if !yield(want) {
					return
				}
			}
			want = seq + 1
		}
		for ; want <= s.state.Last; want++ {
			if !yield(want) {
				return
			}
		}
	}
}

// Close gives back the memory.
func (s *Memory) Close() error {
	*s = Memory{}
	return nil
}
