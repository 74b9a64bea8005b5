package config

import "slices"

// nearest is the known word that an unknown one was most likely meant for: one with at most two slips, and
// fewer than half its letters. It is empty when there is none.
func nearest(word string, known []string) string {
	if len(word) > 64 {
		return ""
	}
	slices.Sort(known) // the same answer each time when two are equally near
	best, least := "", 3
	for _, candidate := range known {
		if n := distance(word, candidate); n < least && 2*n < len(candidate) {
			best, least = candidate, n
		}
	}
	return best
}

// distance is how many letters must be put in, left out, replaced, or swapped with the next to make b of a.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range len(b) {
			replaced := last[j]
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
