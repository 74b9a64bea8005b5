package consumer

import (
	"encoding/binary"
	"errors"
	"slices"
)

// snapshotVersion is the first byte of a snapshot.
const snapshotVersion = 1

var errSnapshot = errors.New("this is no snapshot of a consumer's state")

// AppendSnapshot writes the state behind b: 4 bytes and more for each pending message.
func (s *State) AppendSnapshot(b []byte) []byte {
	b = append(b, snapshotVersion)
	for _, n := range []uint64{s.delivered.Consumer, s.delivered.Stream, s.floor.Consumer, s.floor.Stream, uint64(s.pending.live)} {
		b = binary.AppendUvarint(b, n)
	}
	var seq, number uint64
	var deadline int64
	s.pending.each(func(e *entry) {
		b = binary.AppendUvarint(b, e.seq-seq)
		b = binary.AppendUvarint(b, e.consumer-number)
		b = binary.AppendUvarint(b, uint64(e.deliveries))
		b = binary.AppendVarint(b, e.deadline-deadline)
		seq, number, deadline = e.seq, e.consumer, e.deadline
	})
	b = binary.AppendUvarint(b, uint64(s.queued))
	for _, seq := range s.queue {
		if e := s.pending.find(seq); e != nil && e.queued {
			b = binary.AppendUvarint(b, seq)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(s.exhausted)))
	gone := make([]uint64, 0, len(s.exhausted))
	for seq := range s.exhausted {
		gone = append(gone, seq)
	}
	slices.Sort(gone) // so that replicas write the same
	for _, seq := range gone {
		b = binary.AppendUvarint(b, seq)
	}
	return b
}

// Restore makes the state of a snapshot, and returns what follows it in b.
func Restore(c Config, b []byte) (*State, []byte, error) {
	if len(b) == 0 || b[0] != snapshotVersion {
		return nil, nil, errSnapshot
	}
	r := reader{b: b[1:]}
	s := &State{config: c}
	s.delivered = Position{r.number(), r.number()}
	s.floor = Position{r.number(), r.number()}
	var last entry
	for range r.count() {
		e := entry{seq: last.seq + r.number(), consumer: last.consumer + r.number(), deliveries: uint32(r.number())}
		e.deadline = last.deadline + r.signed()
		if e.seq <= last.seq || e.consumer <= last.consumer || e.deliveries == 0 || e.seq > s.delivered.Stream {
			return nil, nil, errSnapshot
		}
		s.pending.push(e)
		if e.deliveries > 1 {
			s.again++
		}
		if e.deadline != 0 {
			s.due.push(timer{e.deadline, e.seq})
		}
		last = e
	}
	for range r.count() {
		e := s.pending.find(r.number())
		if e == nil || e.queued || e.deadline != 0 {
			return nil, nil, errSnapshot
		}
		e.queued = true
		s.queue = append(s.queue, e.seq)
		s.queued++
	}
	if n := r.count(); n > 0 {
		s.exhausted = make(map[uint64]struct{}, n)
		for range n {
			s.exhausted[r.number()] = struct{}{}
		}
	}
	if r.bad {
		return nil, nil, errSnapshot
	}
	return s, r.b, nil
}

// reader reads numbers until one is missing.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) signed() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

// count is a number of things of at least one byte each.
func (r *reader) count() int {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}
