package bench

import (
	"math/bits"
	"time"
)

const (
	// subBits is how finely the times between two powers of two are told apart: into 128 parts, so within 0.8 %. A
	// histogram then takes 58 KiB, of which only what is counted in is ever touched.
	subBits  = 7
	subParts = 1 << subBits
	// slots covers every time.Duration.
	slots = (64 - subBits) * subParts
)

// histogram counts times in buckets whose width grows with the time. The zero value is empty. It belongs to one
// goroutine.
type histogram struct {
	counts   [slots]int64
	count    int64
	min, max time.Duration
}

// record counts a time; a negative one counts as zero.
func (h *histogram) record(d time.Duration) {
	d = max(d, 0)
	if h.count == 0 || d < h.min {
		h.min = d
	}
	h.max = max(h.max, d)
	h.counts[slot(d)]++
	h.count++
}

// slot is where a time is counted: exactly up to 255 ns, then by its highest 8 bits.
func slot(d time.Duration) int {
	shift := max(0, bits.Len64(uint64(d))-subBits-1)
	return shift<<subBits + int(d>>shift)
}

// slotEnd is the longest time that slot i counts.
func slotEnd(i int) time.Duration {
	shift := max(0, i>>subBits-1)
	part := i - shift<<subBits
	return time.Duration((uint64(part)+1)<<shift - 1)
}

func (h *histogram) merge(other *histogram) {
	if other.count == 0 {
		return
	}
	if h.count == 0 || other.min < h.min {
		h.min = other.min
	}
	h.max = max(h.max, other.max)
	h.count += other.count
	for i, n := range other.counts {
		h.counts[i] += n
	}
}

// percentile returns a time that the fraction q of all times do not exceed, at most 0.8 % above the least such time.
func (h *histogram) percentile(q float64) time.Duration {
	rank := max(1, int64(q*float64(h.count)+0.5))
	var seen int64
	for i, n := range h.counts {
		if seen += n; seen >= rank {
			return min(slotEnd(i), h.max)
		}
	}
	return h.max
}

// summary is nil when there are no times.
func (h *histogram) summary() *Latency {
	if h.count == 0 {
		return nil
	}
	return &Latency{
		Samples: h.count,
		Min:     h.min,
		P50:     h.percentile(0.50),
		P90:     h.percentile(0.90),
		P99:     h.percentile(0.99),
		P999:    h.percentile(0.999),
		Max:     h.max,
		Buckets: h.buckets(),
	}
}

// buckets gathers the counts between powers of two, from the first that holds any to the last.
func (h *histogram) buckets() []Bucket {
	var buckets []Bucket
	var end time.Duration
	for i, n := range h.counts {
		if slotEnd(i) > end {
			end = 1<<bits.Len64(uint64(slotEnd(i))) - 1
			if len(buckets) > 0 || n > 0 {
				buckets = append(buckets, Bucket{UpTo: end})
			}
		} else if len(buckets) == 0 && n > 0 {
			buckets = append(buckets, Bucket{UpTo: end})
		}
		if len(buckets) > 0 {
			buckets[len(buckets)-1].Count += n
		}
	}
	for len(buckets) > 0 && buckets[len(buckets)-1].Count == 0 {
		buckets = buckets[:len(buckets)-1]
	}
	return buckets
}
