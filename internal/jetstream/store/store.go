package store

import (
	"errors"
	"iter"

	"sinew.dev/sinew/internal/subject"
)

// Message is one stored message.
type Message struct {
	Seq     uint64
	Time    int64 // Unix nanoseconds
	Subject []byte
	Header  []byte // the block from "NATS/1.0" to its blank line; empty: none
	Payload []byte
	// Previous is the sequence of the message before it on the same subject; 0: there is none any more.
	Previous uint64
}

var (
	// ErrNotFound: there is no such message, or not any more.
	ErrNotFound = errors.New("no message found")
	// ErrSequence: a message must come behind all that were before.
	ErrSequence = errors.New("the sequence is not behind the last one")
)

// Store keeps the messages of one stream. It is owned by its stream's loop. What a method writes to a *Message is valid
// until the store's next change, unless it says more.
type Store interface {
	// Append stores a message, whose Previous is filled in. Its sequence is higher than all before; those between never
	// were.
	Append(m *Message) error
	// Skip says that all sequences up to seq are used up.
	Skip(seq uint64, now int64) error
	// Load finds the message at seq.
	Load(seq uint64, m *Message) error
	// Next finds the first message at from or behind that a filter wants.
	Next(f *Filter, from uint64, m *Message) error
	// Last finds the last message at upTo or before on a subject.
	Last(subject []byte, upTo uint64, m *Message) error
	// Remove takes out the message at seq and returns its size. With erase its bytes are overwritten first.
	Remove(seq uint64, erase bool) (size uint64, err error)
	// Truncate takes out all messages before first, which becomes the first sequence even if there is no such message
	// yet. It returns how many there were.
	Truncate(first uint64) (removed uint64, err error)

	// State tells what there is.
	State() State
	// Subject tells of one subject; Msgs is 0 if it has no messages.
	Subject(subject []byte) SubjectState
	// Subjects yields the subjects that match a pattern, in the order of their bytes. The slice is valid until the next.
	Subjects(pattern []byte) iter.Seq2[[]byte, SubjectState]
	// Count is how many messages at from or behind a filter wants.
	Count(f *Filter, from uint64) uint64
	// At is the sequence of the first message of that time or later; one more than the last if all are earlier.
	At(time int64) uint64
	// Deleted yields the sequences between the first and the last that have no message.
	Deleted() iter.Seq[uint64]
	// Size is what a message counts for in State.Bytes.
	Size(m *Message) uint64

	// Close gives back what the store holds.
	Close() error
}

// State is what a store holds.
type State struct {
	Msgs, Bytes uint64
	First, Last uint64 // sequences; First is Last+1 when there is no message, and both are 0 when there never was one
	FirstTime   int64  // 0: there is no message
	LastTime    int64  // of the last sequence, even if its message is gone; 0: there never was one
	Subjects    int
}

// Deleted is how many sequences between the first and the last have no message.
func (s *State) Deleted() uint64 {
	if s.Msgs == 0 {
		return 0
	}
	return s.Last - s.First + 1 - s.Msgs
}

// SubjectState is what a store holds of one subject.
type SubjectState struct {
	Msgs        uint64
	First, Last uint64 // sequences
}

// Filter is which messages are wanted. It is immutable; the zero value wants all.
type Filter struct {
	patterns [][]byte
}

// NewFilter makes a filter of valid patterns that do not overlap. None, or one that is ">", wants all.
func NewFilter(patterns ...string) *Filter {
	f := &Filter{}
	for _, p := range patterns {
		if p == ">" {
			return &Filter{}
		}
		f.patterns = append(f.patterns, []byte(p))
	}
	return f
}

// All reports whether the filter wants every message.
func (f *Filter) All() bool { return f == nil || len(f.patterns) == 0 }

// Wants reports whether a subject is wanted.
func (f *Filter) Wants(subj []byte) bool {
	if f.All() {
		return true
	}
	for _, p := range f.patterns {
		if subject.Match(string(p), subj) {
			return true
		}
	}
	return false
}

// literal is the only subject that is wanted, if there is just one.
func (f *Filter) literal() ([]byte, bool) {
	if f == nil || len(f.patterns) != 1 || !subject.IsLiteral(f.patterns[0]) {
		return nil, false
	}
	return f.patterns[0], true
}
