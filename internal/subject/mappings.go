package subject

import (
	"errors"
	"fmt"
)

// Mapping says what becomes of messages published to a source.
type Mapping struct {
	Source       string
	Destinations []Destination
}

// Destination is one possibility of a mapping.
type Destination struct {
	Subject string
	Weight  int    // percent, 0 to 100
	Cluster string // empty: in every cluster for which there is no other
}

// Mappings are the mappings of an account, in the order in which they are tried. They are immutable.
type Mappings struct {
	list     []mapping
	literals map[string]int // sources without wildcards, their places in list
	wild     []int          // the others
}

type mapping struct {
	source string
	shares []share
	// what shares leave of 100 percent: the message keeps its subject, or is lost when the source is one of its own
	// destinations
	lost bool
}

// share is a destination with its part of 100.
type share struct {
	transform *Transform
	weight    int
}

var errWeights = errors.New("total weight needs to be <= 100")

// MappingError says which of the given mappings is wrong.
type MappingError struct {
	Mapping     int // its place
	Destination int // the place of the destination; -1: the source is meant
	Err         error
}

func (e *MappingError) Error() string { return e.Err.Error() }

// Unwrap is the cause.
func (e *MappingError) Unwrap() error { return e.Err }

// NewMappings makes the mappings that hold in a server of the cluster; empty: in no cluster. Errors are *MappingError.
func NewMappings(defs []Mapping, cluster string) (*Mappings, error) {
	m := &Mappings{literals: map[string]int{}}
	for i, def := range defs {
		if !ValidConfig(def.Source) {
			return nil, &MappingError{i, -1, fmt.Errorf("Subject %q is not a valid subject", def.Source)}
		}
		one, at, err := newMapping(def, cluster)
		if err != nil {
			return nil, &MappingError{i, at, err}
		}
		if _, again := m.literals[def.Source]; again {
			continue // the first one counts
		}
		m.list = append(m.list, one)
		if IsLiteral(def.Source) {
			m.literals[def.Source] = len(m.list) - 1
		} else {
			m.wild = append(m.wild, len(m.list)-1)
		}
	}
	return m, nil
}

// newMapping checks all destinations and keeps those that hold in the cluster. After an error, at is the faulty one.
func newMapping(def Mapping, cluster string) (m mapping, at int, err error) {
	totals := map[string]int{}
	scoped := map[string][]share{}
	lost := map[string]bool{}
	for i, d := range def.Destinations {
		t, err := NewTransform(def.Source, d.Subject)
		if err != nil {
			return m, i, fmt.Errorf("Error adding mapping for %q to %q : %w", def.Source, d.Subject, err)
		}
		if totals[d.Cluster] += d.Weight; totals[d.Cluster] > 100 {
			return m, i, fmt.Errorf("Error adding mapping for %q : %w", def.Source, errWeights)
		}
		scoped[d.Cluster] = append(scoped[d.Cluster], share{t, d.Weight})
		lost[d.Cluster] = lost[d.Cluster] || d.Subject == def.Source
	}
	if _, ok := scoped[cluster]; !ok {
		cluster = ""
	}
	return mapping{source: def.Source, shares: scoped[cluster], lost: lost[cluster]}, 0, nil
}

// find returns the place of the first mapping for subj, or -1.
func (m *Mappings) find(subj []byte) int {
	first := -1
	if i, ok := m.literals[string(subj)]; ok {
		first = i
	}
	for _, i := range m.wild {
		if first >= 0 && i > first {
			break
		}
		if Match(m.list[i].source, subj) {
			return i
		}
	}
	return first
}

// Matches reports whether there is a mapping for subj. It does not allocate.
func (m *Mappings) Matches(subj []byte) bool { return m.find(subj) >= 0 }

// Map is what subj becomes: itself if no mapping is for it. It reports false when the message is lost. pick draws a number
// from 0 to n-1.
func (m *Mappings) Map(subj string, pick func(n int) int) (string, bool) {
	i := m.find([]byte(subj))
	if i < 0 {
		return subj, true
	}
	one := &m.list[i]
	at := 0
	if len(one.shares) > 1 || (len(one.shares) == 1 && one.shares[0].weight != 100) {
		at = pick(100)
	}
	for _, share := range one.shares {
		if at < share.weight {
			return share.transform.Apply(subj, pick)
		}
		at -= share.weight
	}
	return subj, !one.lost
}
