package main

import (
	"math"
	"slices"
)

// spread is the middle and the ends of a few values. All are NaN when there were none.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// spreadOf summarises values, of which it leaves out those that are not numbers. It does not change them.
func spreadOf(values []float64) spread {
	sorted := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			sorted = append(sorted, v)
		}
	}
	if len(sorted) == 0 {
		return spread{math.NaN(), math.NaN(), math.NaN()}
	}
	slices.Sort(sorted)
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + median) / 2
	}
	return spread{Median: median, Min: sorted[0], Max: sorted[len(sorted)-1]}
}

// known tells whether there was any value.
func (s spread) known() bool { return !math.IsNaN(s.Median) }

// ratios divides the values of the same round, ours by the reference's. A round that either side lacks, or
// whose reference is zero, is left out.
func ratios(ours, reference []float64) []float64 {
	var result []float64
	for i := range min(len(ours), len(reference)) {
		if r := ours[i] / reference[i]; !math.IsNaN(r) && !math.IsInf(r, 0) {
			result = append(result, r)
		}
	}
	return result
}
