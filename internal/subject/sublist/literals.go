package sublist

import "hash/maphash"

// literals finds entries by their subject, one for each. It holds nothing but the entries, because there may be
// millions: a table of open addressing, which is split in many when it grows so that none takes long to enlarge. The
// zero value is empty. It is guarded by its list's lock.
type literals[T Entry] struct {
	tables []table[T] // none, one, or manyTables
	used   int
}

const (
	manyTables = 256
	splitAbove = 4096 // entries
)

func literalHash[S string | []byte](subj S) uint64 {
	// The conversion does not copy: nothing keeps the bytes.
	return maphash.String(seed, string(subj))
}

// of returns the table for a hash.
func (l *literals[T]) of(hash uint64) *table[T] {
	if len(l.tables) == 1 {
		return &l.tables[0]
	}
	return &l.tables[hash>>32%manyTables]
}

func (l *literals[T]) find(subj string) (T, bool) { return find(l, subj) }

// find is a function because methods cannot have type parameters.
func find[T Entry, S string | []byte](l *literals[T], subj S) (e T, ok bool) {
	if l.used == 0 {
		return e, false
	}
	hash := literalHash(subj)
	t := l.of(hash)
	if i := slotOf(t, hash, subj); i >= 0 {
		return t.slots[i], true
	}
	return e, false
}

// add puts in an entry whose subject is not there yet.
func (l *literals[T]) add(e T) {
	if l.tables == nil {
		l.tables = make([]table[T], 1)
	}
	if l.used == splitAbove && len(l.tables) == 1 {
		all := l.tables[0].slots
		l.tables = make([]table[T], manyTables)
		var none T
		for _, old := range all {
			if old != none {
				hash := literalHash(old.Subject())
				l.of(hash).add(hash, old)
			}
		}
	}
	hash := literalHash(e.Subject())
	l.of(hash).add(hash, e)
	l.used++
}

// remove takes out the entry with this subject, which is there.
func (l *literals[T]) remove(subj string) {
	hash := literalHash(subj)
	l.of(hash).remove(hash, subj)
	if l.used--; l.used == 0 {
		l.tables = nil
	}
}

func (l *literals[T]) appendAll(all []T) []T {
	var none T
	for i := range l.tables {
		for _, e := range l.tables[i].slots {
			if e != none {
				all = append(all, e)
			}
		}
	}
	return all
}

// table is open addressing with linear probing; the zero entry marks a free slot.
type table[T Entry] struct {
	slots []T // a power of two of them, at most seven eighths used
	used  int
}

func slotOf[T Entry, S string | []byte](t *table[T], hash uint64, subj S) int {
	if t.used == 0 {
		return -1
	}
	var none T
	mask := len(t.slots) - 1
	for i := int(hash) & mask; t.slots[i] != none; i = (i + 1) & mask {
		if t.slots[i].Subject() == string(subj) {
			return i
		}
	}
	return -1
}

func (t *table[T]) add(hash uint64, e T) {
	if (t.used+1)*8 > len(t.slots)*7 {
		t.resize(max(4, 2*len(t.slots)))
	}
	t.place(hash, e)
	t.used++
}

func (t *table[T]) place(hash uint64, e T) {
	var none T
	mask := len(t.slots) - 1
	i := int(hash) & mask
	for t.slots[i] != none {
		i = (i + 1) & mask
	}
	t.slots[i] = e
}

func (t *table[T]) resize(n int) {
	old := t.slots
	t.slots = make([]T, n)
	var none T
	for _, e := range old {
		if e != none {
			t.place(literalHash(e.Subject()), e)
		}
	}
}

// remove closes the gap, so that no probe sequence is cut.
func (t *table[T]) remove(hash uint64, subj string) {
	gap := slotOf(t, hash, subj)
	var none T
	mask := len(t.slots) - 1
	for i := (gap + 1) & mask; t.slots[i] != none; i = (i + 1) & mask {
		home := int(literalHash(t.slots[i].Subject())) & mask
		if (i-home)&mask >= (i-gap)&mask {
			t.slots[gap], gap = t.slots[i], i
		}
	}
	t.slots[gap] = none
	t.used--
	switch {
	case t.used == 0:
		t.slots = nil
	case len(t.slots) > 16 && t.used*4 < len(t.slots):
		t.resize(len(t.slots) / 2)
	}
}
