package sublist

import "sinew.dev/sinew/internal/keyset"

// literals finds entries by their subject, one for each. There may be millions, so it is split in many sets when it
// grows, and none takes long to enlarge. The zero value is empty. It is guarded by its list's lock.
type literals[T Entry] struct {
	sets []keyset.Set[bySubject[T]] // none, one, or manySets
	used int
}

// bySubject is an entry found by its subject.
type bySubject[T Entry] struct{ entry T }

func (b bySubject[T]) Key() string { return b.entry.Subject() }

const (
	manySets   = 256
	splitAbove = 4096 // entries
)

// of returns the set for a hash.
func (l *literals[T]) of(hash uint64) *keyset.Set[bySubject[T]] {
	if len(l.sets) == 1 {
		return &l.sets[0]
	}
	return &l.sets[hash>>32%manySets]
}

// find is a function because methods cannot have type parameters.
func find[T Entry, S string | []byte](l *literals[T], subj S) (e T, ok bool) {
	if l.used == 0 {
		return e, false
	}
	hash := keyset.Hash(subj)
	found, ok := keyset.Find(l.of(hash), hash, subj)
	return found.entry, ok
}

// add puts in an entry whose subject is not there yet.
func (l *literals[T]) add(e T) {
	if l.sets == nil {
		l.sets = make([]keyset.Set[bySubject[T]], 1)
	}
	if l.used == splitAbove && len(l.sets) == 1 {
		all := l.sets[0].AppendAll(nil)
		l.sets = make([]keyset.Set[bySubject[T]], manySets)
		for _, one := range all {
			hash := keyset.Hash(one.Key())
			l.of(hash).Add(hash, one)
		}
	}
	hash := keyset.Hash(e.Subject())
	l.of(hash).Add(hash, bySubject[T]{e})
	l.used++
}

// remove takes out the entry with this subject, which is there.
func (l *literals[T]) remove(subj string) {
	hash := keyset.Hash(subj)
	l.of(hash).Remove(hash, subj)
	if l.used--; l.used == 0 {
		l.sets = nil
	}
}

func (l *literals[T]) appendAll(all []T) []T {
	for i := range l.sets {
		for _, one := range l.sets[i].AppendAll(nil) {
			all = append(all, one.entry)
		}
	}
	return all
}
