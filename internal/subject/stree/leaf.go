package stree

import (
	"bytes"
	"slices"
	"sort"
)

const (
	leafEntries = 64      // subjects in a leaf at most
	leafText    = 8 << 10 // bytes of text above which a leaf with two subjects or more is split
)

// leaf is a run of subjects. Each is the leaf's prefix and a piece of its text.
type leaf[V any] struct {
	prefix []byte
	text   []byte
	ends   []uint32 // of each subject's piece in text
	values []V
}

func (l *leaf[V]) len() int { return len(l.ends) }

// piece is subject i without the prefix.
func (l *leaf[V]) piece(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.text[from:l.ends[i]:l.ends[i]]
}

// append writes subject i behind b.
func (l *leaf[V]) append(b []byte, i int) []byte {
	return append(append(b, l.prefix...), l.piece(i)...)
}

// search returns the place of the first subject that is not before s, and whether it is s.
func (l *leaf[V]) search(s []byte) (i int, found bool) {
	if n := len(l.prefix); n > 0 {
		switch c := bytes.Compare(s[:min(n, len(s))], l.prefix); {
		case c < 0:
			return 0, false
		case c > 0:
			return l.len(), false
		}
		s = s[n:]
	}
	return sort.Find(l.len(), func(i int) int { return bytes.Compare(s, l.piece(i)) })
}

// insert adds a subject at the place that search gave.
func (l *leaf[V]) insert(i int, s []byte) {
	if l.len() == 0 {
		l.prefix = bytes.Clone(s)
	}
	if n := common(l.prefix, s); n < len(l.prefix) {
		l.shorten(n)
	}
	piece := s[len(l.prefix):]
	from := uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	l.text = slices.Insert(l.text, int(from), piece...)
	l.ends = slices.Insert(l.ends, i, from)
	for j := i; j < len(l.ends); j++ {
		l.ends[j] += uint32(len(piece))
	}
	var zero V
	l.values = slices.Insert(l.values, i, zero)
}

// shorten gives the end of the prefix back to the subjects.
func (l *leaf[V]) shorten(n int) {
	rest := l.prefix[n:]
	text := make([]byte, 0, len(l.text)+l.len()*len(rest))
	for i := range l.ends {
		text = append(append(text, rest...), l.piece(i)...)
	}
	for i := range l.ends {
		l.ends[i] += uint32((i + 1) * len(rest))
	}
	l.text, l.prefix = text, l.prefix[:n:n]
}

func (l *leaf[V]) remove(i int) {
	piece := l.piece(i)
	n := uint32(len(piece))
	from := l.ends[i] - n
	l.text = slices.Delete(l.text, int(from), int(from+n))
	l.ends = slices.Delete(l.ends, i, i+1)
	for j := i; j < len(l.ends); j++ {
		l.ends[j] -= n
	}
	l.values = slices.Delete(l.values, i, i+1)
}

func (l *leaf[V]) full() bool {
	return l.len() >= leafEntries || (len(l.text) > leafText && l.len() > 1)
}

// split moves the upper half to a new leaf. Subjects that come in order fill leaves when the half is cut at their end.
func (l *leaf[V]) split(at int) *leaf[V] {
	right := rebuild(l, at, l.len())
	*l = *rebuild(l, 0, at)
	return right
}

// rebuild makes a leaf of some of the subjects, with the longest prefix they share.
func rebuild[V any](l *leaf[V], from, to int) *leaf[V] {
	n := common(l.piece(from), l.piece(to-1))
	out := &leaf[V]{
		prefix: append(bytes.Clone(l.prefix), l.piece(from)[:n]...),
		ends:   make([]uint32, 0, to-from), values: slices.Clone(l.values[from:to]),
	}
	size := 0
	for i := from; i < to; i++ {
		size += len(l.piece(i)) - n
	}
	out.text = make([]byte, 0, size)
	for i := from; i < to; i++ {
		out.text = append(out.text, l.piece(i)[n:]...)
		out.ends = append(out.ends, uint32(len(out.text)))
	}
	return out
}

// common is how many bytes two texts share at their beginnings.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
