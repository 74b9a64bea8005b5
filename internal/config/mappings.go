package config

import (
	"strconv"
	"strings"

	"sinew.dev/sinew/internal/config/lang"
)

var destinationBlock = &block[destination]{
	fields: map[string]setter[destination]{
		"destination": text(func(t *destination) *string { return &t.Subject }),
		"weight":      setWeight,
		"cluster":     text(func(t *destination) *string { return &t.Cluster }),
	},
	aliases: map[string]string{"dest": "destination"},
	unknown: "Unknown field %q for mapping destination",
}

// destination is a Destination being read.
type destination struct {
	Destination
	weighed bool
}

// setMappings takes a map from subjects to a destination, one with a weight, or a list of those.
func setMappings[T any](field func(*T) *[]Mapping) setter[T] {
	return func(d *decoder, e entry, into *T) {
		if !d.is(e, lang.Object) {
			return
		}
		mappings := make([]Mapping, 0, e.value.Map.Len())
		for _, item := range e.value.Map.Entries() {
			m := Mapping{Source: item.Key, Position: item.KeyPos}
			m.Destinations = d.destinations(e, item)
			d.checkWeights(&m)
			mappings = append(mappings, m)
		}
		*field(into) = mappings
	}
}

func (d *decoder) destinations(parent entry, item lang.Entry) []Destination {
	path := parent.path() + "." + item.Key
	switch v := item.Value; v.Kind {
	case lang.String:
		return []Destination{{Subject: v.Text, Weight: 100, Position: item.KeyPos}}
	case lang.Object:
		return d.destination(nil, path, item.KeyPos, v)
	case lang.List:
		var list []Destination
		for _, one := range v.List {
			list = d.destination(list, path, one.Pos, one)
		}
		return list
	default:
		d.fault(item.KeyPos, "Expected an entry for the mapping destination")
		return nil
	}
}

// destination appends one weighted destination to the list.
func (d *decoder) destination(list []Destination, path string, at Position, v *lang.Value) []Destination {
	if v.Kind != lang.Object {
		d.fault(at, "Expected an entry for the mapping destination")
		return list
	}
	t := destination{Destination: Destination{Position: at}}
	before := len(d.errs)
	decode(d, destinationBlock, inside(path), v.Map, &t)
	switch {
	case len(d.errs) > before: // what is missing may be what is misspelt
	case t.Subject == "":
		d.fault(at, "Missing destination for the mapping")
	case !t.weighed:
		d.fault(at, "Missing weight for mapping destination %q", t.Subject)
	}
	return append(list, t.Destination)
}

// setWeight takes a percentage as a number or as a string, with or without its sign.
func setWeight(d *decoder, e entry, t *destination) {
	t.weighed = true
	n := e.value.Number
	switch e.value.Kind {
	case lang.String:
		digits := strings.TrimSuffix(e.value.Text, "%")
		parsed, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			d.fault(e.pos, "Invalid weight %q for mapping destination", digits)
			return
		}
		n = parsed
	case lang.Int:
	default:
		d.fault(e.pos, "Unknown entry type for weight of %v", e.value.Interface())
		return
	}
	if n < 0 || n > 100 {
		d.fault(e.pos, "Invalid weight %d for mapping destination", n)
		return
	}
	t.Weight = int(n)
}

// checkWeights reports a destination that is named twice, and shares of a cluster that are more than all.
func (d *decoder) checkWeights(m *Mapping) {
	seen := make(map[string]bool)
	total := make(map[string]int)
	for _, t := range m.Destinations {
		if seen[t.Subject] {
			d.fault(m.Position, "Error adding mapping for %q : duplicate entry for %q", m.Source, t.Subject)
			return
		}
		seen[t.Subject] = true
		if total[t.Cluster] += t.Weight; total[t.Cluster] > 100 {
			d.fault(m.Position, "Error adding mapping for %q : total weight needs to be <= 100", m.Source)
			return
		}
	}
}
