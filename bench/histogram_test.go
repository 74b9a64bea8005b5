package main

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestPercentilesAgreeWithSorting(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var h histogram
	var values []time.Duration
	for range 20_000 {
		v := time.Duration(random.Uint64() >> (20 + random.IntN(40)))
		values = append(values, v)
		h.record(v)
	}
	slices.Sort(values)
	for _, p := range []float64{0, 0.1, 10, 50, 90, 99, 99.9, 99.99, 100} {
		rank := max(1, int(p/100*float64(len(values))+0.999999))
		want, got := values[rank-1], h.percentile(p)
		if off := max(got-want, want-got); off > want/100 {
			t.Errorf("percentile %v = %v, want %v to 1 %%", p, got, want)
		}
	}
}

func TestEveryValueFallsIntoItsBucket(t *testing.T) {
	previous := -1
	for shift := range 64 {
		for _, v := range []uint64{1<<shift - 1, 1 << shift, 1<<shift + 1<<shift/3} {
			bucket := bucketOf(v)
			if bucket < previous {
				t.Errorf("bucket of %d is %d, below that of a smaller value", v, bucket)
			}
			previous = bucket
			middle := bucketMiddle(bucket)
			if off := max(middle, v) - min(middle, v); off > v/100 {
				t.Errorf("the bucket of %d has its middle at %d", v, middle)
			}
		}
	}
	if last := bucketOf(1<<64 - 1); last != len(histogram{}.counts)-1 {
		t.Errorf("the largest value is in bucket %d of %d", last, len(histogram{}.counts))
	}
}

func TestHistogramWithoutAndWithFewValues(t *testing.T) {
	var h histogram
	if got := h.percentile(50); got != 0 {
		t.Errorf("median of nothing = %v", got)
	}
	h.record(-time.Second)
	if got := h.percentile(100); got != 0 || h.total != 1 {
		t.Errorf("a negative duration gave %v of %d values, want it as zero", got, h.total)
	}
}

func TestMergeAddsCounts(t *testing.T) {
	var a, b histogram
	a.record(10)
	b.record(20)
	b.record(30)
	a.merge(&b)
	for p, want := range map[float64]time.Duration{1: 10, 50: 20, 100: 30} {
		if got := a.percentile(p); got != want {
			t.Errorf("percentile %v = %d, want %d", p, got, want)
		}
	}
}
