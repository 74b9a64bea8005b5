// Package keyset finds values by a text that they hold themselves, in little more memory than the pointers to them: for
// tables with very many entries.
package keyset

import "hash/maphash"

// Keyed is a value in a set; the zero value is none. Its key is constant while it is in a set.
type Keyed interface {
	comparable
	Key() string
}

// Set is a hash table of open addressing with linear probing. Half of each entry's hash is kept beside it: entries with
// other keys are never looked at, nor are those that must move, which would cost two cache misses each. The zero value is
// empty. It is not safe for concurrent use.
type Set[T Keyed] struct {
	slots []T      // a power of two of them, at most four fifths used
	tags  []uint32 // zero: the slot is free
	used  int
}

var seed = maphash.MakeSeed()

// Hash is the hash of a key, the same for all sets of a process.
func Hash[K string | []byte](key K) uint64 { return maphash.String(seed, string(key)) } // does not copy

// tag is the half of a hash that is kept. An entry's place follows from it, in sets of up to a billion entries.
func tag(hash uint64) uint32 { return max(uint32(hash), 1) }

// Len is how many entries there are.
func (s *Set[T]) Len() int { return s.used }

// Find returns the entry with a key whose hash is given.
func Find[T Keyed, K string | []byte](s *Set[T], hash uint64, key K) (entry T, ok bool) {
	if i := slot(s, hash, key); i >= 0 {
		return s.slots[i], true
	}
	return entry, false
}

// slot returns where a key is, or -1.
func slot[T Keyed, K string | []byte](s *Set[T], hash uint64, key K) int {
	if s.used == 0 {
		return -1
	}
	mask, want := len(s.slots)-1, tag(hash)
	for i := int(want) & mask; ; i = (i + 1) & mask {
		switch s.tags[i] {
		case 0:
			return -1
		case want:
			if s.slots[i].Key() == string(key) {
				return i
			}
		}
	}
}

// Add puts in an entry whose key, with this hash, is not there yet.
func (s *Set[T]) Add(hash uint64, entry T) {
	if (s.used+1)*5 > len(s.slots)*4 {
		s.resize(max(4, 2*len(s.slots)))
	}
	s.place(tag(hash), entry)
	s.used++
}

func (s *Set[T]) place(tag uint32, entry T) {
	mask := len(s.slots) - 1
	i := int(tag) & mask
	for s.tags[i] != 0 {
		i = (i + 1) & mask
	}
	s.slots[i], s.tags[i] = entry, tag
}

func (s *Set[T]) resize(n int) {
	slots, tags := s.slots, s.tags
	s.slots, s.tags = make([]T, n), make([]uint32, n)
	for i, t := range tags {
		if t != 0 {
			s.place(t, slots[i])
		}
	}
}

// Remove takes out the entry with a key, if it is there, and closes the gap so that no probe sequence is cut.
func (s *Set[T]) Remove(hash uint64, key string) (entry T, ok bool) {
	gap := slot(s, hash, key)
	if gap < 0 {
		return entry, false
	}
	entry = s.slots[gap]
	mask := len(s.slots) - 1
	for i := (gap + 1) & mask; s.tags[i] != 0; i = (i + 1) & mask {
		home := int(s.tags[i]) & mask
		if (i-home)&mask >= (i-gap)&mask {
			s.slots[gap], s.tags[gap], gap = s.slots[i], s.tags[i], i
		}
	}
	var none T
	s.slots[gap], s.tags[gap] = none, 0
	s.used--
	switch {
	case s.used == 0:
		s.slots, s.tags = nil, nil
	case len(s.slots) > 16 && s.used*8 < len(s.slots):
		s.resize(len(s.slots) / 2)
	}
	return entry, true
}

// AppendAll appends the entries, in no order.
func (s *Set[T]) AppendAll(all []T) []T {
	for i, t := range s.tags {
		if t != 0 {
			all = append(all, s.slots[i])
		}
	}
	return all
}
