package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestSlotsCoverEveryTime(t *testing.T) {
	if got := slot(math.MaxInt64); got != slots-1 {
		t.Errorf("the longest time is in slot %d of %d", got, slots)
	}
	if got := slotEnd(slots - 1); got != math.MaxInt64 {
		t.Errorf("the last slot ends at %d", got)
	}
	for i := range slots - 1 {
		end := slotEnd(i)
		if slot(end) != i || slot(end+1) != i+1 {
			t.Fatalf("slot %d ends at %d, but that is in slot %d and the next in %d", i, end, slot(end), slot(end+1))
		}
	}
}

// TestPercentilesAgainstSorting compares with the exact answer on times of many sizes.
func TestPercentilesAgainstSorting(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	for round := range 200 {
		var whole, part histogram
		times := make([]time.Duration, 1+random.IntN(3000))
		for i := range times {
			times[i] = time.Duration(math.Exp(random.Float64() * 30))
			if i%2 == 0 {
				whole.record(times[i])
			} else {
				part.record(times[i])
			}
		}
		whole.merge(&part)
		slices.Sort(times)
		if whole.min != times[0] || whole.max != times[len(times)-1] || whole.count != int64(len(times)) {
			t.Fatalf("seed %d, round %d: %d times from %v to %v", seed, round, whole.count, whole.min, whole.max)
		}
		for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999, 1} {
			exact := times[max(1, int(q*float64(len(times))+0.5))-1]
			if got := whole.percentile(q); got < exact || float64(got) > float64(exact)*1.008 {
				t.Fatalf("seed %d, round %d: percentile %v is %v, exactly %v", seed, round, q, got, exact)
			}
		}
	}
}

func TestBuckets(t *testing.T) {
	tests := []struct {
		name  string
		times []time.Duration
		want  []Bucket
	}{
		{"none", nil, nil},
		{"zero", []time.Duration{0, -5}, []Bucket{{0, 2}}},
		{"edges of a power", []time.Duration{1023, 1024, 2047, 2048}, []Bucket{{1023, 1}, {2047, 2}, {4095, 1}}},
		{"gap", []time.Duration{3, 100}, []Bucket{{3, 1}, {7, 0}, {15, 0}, {31, 0}, {63, 0}, {127, 1}}},
		{"longest", []time.Duration{math.MaxInt64}, []Bucket{{math.MaxInt64, 1}}},
	}
	for _, test := range tests {
		var h histogram
		for _, d := range test.times {
			h.record(d)
		}
		if got := h.buckets(); !slices.Equal(got, test.want) {
			t.Errorf("%s: buckets are %v, want %v", test.name, got, test.want)
		}
	}
	if (&histogram{}).summary() != nil {
		t.Error("no times have a summary")
	}
}

func TestNumbersForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", 1234: "1.23µs", 12345678: "12.3ms", 999999: "1ms", 123: "123ns"} {
		if got := short(d).String(); got != want {
			t.Errorf("%d is written %s, want %s", d, got, want)
		}
	}
}
