package main

import (
	"math"
	"slices"
	"testing"
)

func TestSpreadOf(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		values []float64
		want   spread
	}{
		{[]float64{5}, spread{5, 5, 5}},
		{[]float64{3, 1, 2}, spread{2, 1, 3}},
		{[]float64{4, 1, 2, 9}, spread{3, 1, 9}},
		{[]float64{nan, 7, inf, 1}, spread{4, 1, 7}},
	} {
		before := slices.Clone(c.values)
		if got := spreadOf(c.values); got != c.want {
			t.Errorf("spreadOf(%v) = %v, want %v", c.values, got, c.want)
		}
		if !slices.EqualFunc(before, c.values, func(a, b float64) bool { return a == b || a != a && b != b }) {
			t.Errorf("spreadOf changed %v to %v", before, c.values)
		}
	}
	if spreadOf(nil).known() || spreadOf([]float64{nan}).known() {
		t.Error("a spread of no values is said to be known")
	}
}

func TestRatiosPairRounds(t *testing.T) {
	for _, c := range []struct{ ours, reference, want []float64 }{
		{[]float64{10, 30}, []float64{5, 10}, []float64{2, 3}},
		{[]float64{10, 30, 50}, []float64{5}, []float64{2}},
		{[]float64{10, 0, 4}, []float64{0, 0, 2}, []float64{2}},
		{[]float64{10}, nil, nil},
	} {
		if got := ratios(c.ours, c.reference); !slices.Equal(got, c.want) {
			t.Errorf("ratios(%v, %v) = %v, want %v", c.ours, c.reference, got, c.want)
		}
	}
}
