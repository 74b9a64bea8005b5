package main

import (
	"math/bits"
	"time"
)

// subBuckets is how many buckets each power of two is divided into: a value is known to 1 part in 128.
const subBuckets = 128

// histogram counts durations in buckets whose width grows with the value, so that a percentile is exact to
// under 1 % from nanoseconds to minutes in constant memory. The zero value is empty and ready. It is owned by
// one goroutine.
type histogram struct {
	counts [(64 - 6) * subBuckets]uint64
	total  uint64
}

// record adds one duration; a negative one counts as zero.
func (h *histogram) record(d time.Duration) {
	h.counts[bucketOf(uint64(max(d, 0)))]++
	h.total++
}

// merge adds what other holds.
func (h *histogram) merge(other *histogram) {
	for i, count := range other.counts {
		h.counts[i] += count
	}
	h.total += other.total
}

// percentile returns the smallest recorded value, to the precision of a bucket, that at least the share p
// (0 to 100) of all values do not exceed. An empty histogram gives zero.
func (h *histogram) percentile(p float64) time.Duration {
	if h.total == 0 {
		return 0
	}
	rank := uint64(p / 100 * float64(h.total))
	if float64(rank) < p/100*float64(h.total) {
		rank++
	}
	rank = min(max(rank, 1), h.total)
	var seen uint64
	for i, count := range h.counts {
		seen += count
		if seen >= rank {
			return time.Duration(bucketMiddle(i))
		}
	}
	return 0 // not reached: seen ends at total, and rank is at most that
}

// bucketOf maps a value to its bucket: below 128 one bucket a value, above that 128 for each power of two.
func bucketOf(v uint64) int {
	shift := max(bits.Len64(v)-8, 0)
	// v>>shift is in 128..255 once shift is above zero, and the first 256 values map to themselves.
	return shift*subBuckets + int(v>>shift)
}

// bucketMiddle is the value in the middle of a bucket.
func bucketMiddle(i int) uint64 {
	if i < 2*subBuckets {
		return uint64(i)
	}
	shift := i/subBuckets - 1
	low := uint64(i-shift*subBuckets) << shift
	return low + uint64(1)<<shift/2
}
