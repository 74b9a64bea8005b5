package status

import (
	"cmp"
	"maps"
	"slices"
)

// MapDest is a destination of a subject mapping.
type MapDest struct {
	Subject string `json:"subject"`
	// Weight is a percentage. In documents it adds up: a destination gets the messages from the weight before it up to
	// its own.
	Weight  uint8  `json:"weight"`
	Cluster string `json:"cluster,omitempty"` // of the servers that use it; empty: any
}

// ShowMapping returns the destinations of the mapping from source as documents have them: the light ones first, those for
// a cluster last, the weights added up, and the source itself where the weights leave something over, unless it is among
// the destinations already. given is left as it is.
func ShowMapping(source string, given []MapDest) []MapDest {
	byCluster := map[string][]MapDest{"": nil}
	named := false
	for _, d := range given {
		byCluster[d.Cluster] = append(byCluster[d.Cluster], d)
		named = named || d.Subject == source
	}
	var shown []MapDest
	for _, cluster := range slices.Sorted(maps.Keys(byCluster)) {
		list := byCluster[cluster]
		if len(list) == 0 && len(given) > 0 {
			continue
		}
		sum := 0
		for _, d := range list {
			sum += int(d.Weight)
		}
		if sum < 100 && !named {
			list = append(list, MapDest{Subject: source, Weight: uint8(100 - sum), Cluster: cluster})
		}
		slices.SortStableFunc(list, func(a, b MapDest) int { return cmp.Compare(a.Weight, b.Weight) })
		upTo := 0
		for _, d := range list {
			upTo += int(d.Weight)
			d.Weight = uint8(min(upTo, 100))
			shown = append(shown, d)
		}
	}
	return shown
}
