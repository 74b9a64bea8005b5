package subject

import (
	"errors"
	"fmt"
)

// Mapping sends messages published to one subject, or to those that a pattern matches, to others.
type Mapping struct {
	Source       string // a pattern
	Destinations []Destination
}

// Destination is one of the subjects a mapping leads to, in the notation of NewTransform.
type Destination struct {
	Subject string
	Weight  int    // percent of the messages, 0 to 100
	Cluster string // when not empty, only servers of this cluster use the destination
}

// Errors of NewMappings, besides those of NewTransform.
var (
	ErrTotalWeight = errors.New("total weight needs to be <= 100")
	ErrWeight      = errors.New("weight needs to be from 0 to 100")
)

// Mappings are the mappings of an account, as one server uses them. They are immutable. A nil *Mappings maps
// nothing.
type Mappings struct {
	rules     []rule         // in the order of definition
	literals  map[string]int // sources without wildcards, and their rules
	wildcards []int          // the rules whose source has wildcards, ascending
}

// NewMappings checks defs and returns them as a server without a cluster uses them; see ForCluster. Of two
// mappings with the same source the later one counts, in the place of the earlier. An error is a
// *MappingError.
func NewMappings(defs []Mapping) (*Mappings, error) {
	m := &Mappings{literals: make(map[string]int)}
	places := make(map[string]int, len(defs))
	for i := range defs {
		r, err := newRule(&defs[i])
		if err != nil {
			return nil, &MappingError{Source: defs[i].Source, Err: err}
		}
		if place, ok := places[r.source]; ok {
			m.rules[place] = r
			continue
		}
		places[r.source] = len(m.rules)
		m.rules = append(m.rules, r)
	}
	for i := range m.rules {
		if source := m.rules[i].source; IsLiteral(source) {
			m.literals[source] = i
		} else {
			m.wildcards = append(m.wildcards, i)
		}
	}
	return m, nil
}

// ForCluster returns m as a server of the named cluster uses it: a mapping with destinations for that cluster
// leads to those alone, any other to its destinations for no particular cluster. The empty name means no
// cluster.
func (m *Mappings) ForCluster(name string) *Mappings {
	if m == nil {
		return nil
	}
	view := *m
	view.rules = make([]rule, len(m.rules))
	for i, r := range m.rules {
		r.choices = r.choicesFor(name)
		view.rules[i] = r
	}
	return &view
}

// Matches reports whether a mapping applies to subj. It does not allocate; it costs a look-up and a
// comparison with each source that has wildcards.
func (m *Mappings) Matches(subj []byte) bool {
	if m == nil {
		return false
	}
	if _, ok := m.literals[string(subj)]; ok {
		return true
	}
	for _, i := range m.wildcards {
		if covers(m.rules[i].source, subj, false) {
			return true
		}
	}
	return false
}

// Map returns where a message to subj goes: to a destination of the first mapping that applies, chosen by
// weight; to subj itself when none applies, or when the weights leave a remainder and the choice falls there.
// It reports false when the message goes nowhere: the choice fell on the remainder of a mapping that lists
// its own source as a destination, and so says itself how much stays. random returns a number from 0 to n-1.
func (m *Mappings) Map(subj string, random func(n int) int) (dest string, ok bool) {
	if r := m.find(subj); r != nil {
		return r.choose(subj, random)
	}
	return subj, true
}

// find returns the first rule that applies to subj, or nil.
func (m *Mappings) find(subj string) *rule {
	if m == nil {
		return nil
	}
	place, found := m.literals[subj]
	for _, i := range m.wildcards {
		if found && i > place {
			break
		}
		if covers(m.rules[i].source, subj, false) {
			return &m.rules[i]
		}
	}
	if !found {
		return nil
	}
	return &m.rules[place]
}

// rule is one mapping, checked. The fields but choices are shared between the views of clusters.
type rule struct {
	source    string
	choices   []choice            // those of the server's own cluster
	byCluster map[string][]choice // by cluster; those for none under ""
}

// choice is one destination of a rule.
type choice struct {
	transform *Transform // nil: the subject stays
	upTo      int        // percent: its own weight and those before it
}

func newRule(def *Mapping) (rule, error) {
	r := rule{source: def.Source, byCluster: map[string][]choice{"": nil}}
	if !Valid(def.Source) {
		return r, ErrInvalidSubject
	}
	seen := make(map[string]bool, len(def.Destinations))
	for i := range def.Destinations {
		d := &def.Destinations[i]
		if seen[d.Subject] {
			return r, fmt.Errorf("duplicate entry for %q", d.Subject)
		}
		seen[d.Subject] = true
		if err := r.add(d); err != nil {
			return r, err
		}
	}
	if !seen[def.Source] {
		r.addRemainders()
	}
	r.choices = r.choicesFor("")
	return r, nil
}

func (r *rule) add(d *Destination) error {
	if d.Weight < 0 || d.Weight > 100 {
		return fmt.Errorf("%w: %d", ErrWeight, d.Weight)
	}
	choices := r.byCluster[d.Cluster]
	upTo := d.Weight
	if n := len(choices); n > 0 {
		upTo += choices[n-1].upTo
	}
	if upTo > 100 {
		return ErrTotalWeight
	}
	t, err := NewTransform(r.source, d.Subject)
	if err != nil {
		return err
	}
	r.byCluster[d.Cluster] = append(choices, choice{transform: t, upTo: upTo})
	return nil
}

// addRemainders lets what the weights leave over stay on its subject.
func (r *rule) addRemainders() {
	for cluster, choices := range r.byCluster {
		r.byCluster[cluster] = append(choices, choice{upTo: 100})
	}
}

func (r *rule) choicesFor(cluster string) []choice {
	if choices, ok := r.byCluster[cluster]; ok {
		return choices
	}
	return r.byCluster[""]
}

func (r *rule) choose(subj string, random func(n int) int) (dest string, ok bool) {
	if len(r.choices) > 0 && r.choices[0].upTo == 100 {
		return r.choices[0].apply(subj, random), true
	}
	drawn := random(100)
	for i := range r.choices {
		if drawn < r.choices[i].upTo {
			return r.choices[i].apply(subj, random), true
		}
	}
	return "", false
}

func (c *choice) apply(subj string, random func(n int) int) string {
	if c.transform == nil {
		return subj
	}
	return c.transform.apply(subj, random)
}
