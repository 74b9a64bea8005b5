package subject

import (
	"strconv"
	"strings"
)

// part is one token of a destination, understood; when it is text, several of them.
type part struct {
	function function
	from     []int  // which tokens of the subject it takes, from 0
	n        int    // buckets of partition, bound of random, bytes of the other functions
	text     string // text itself; the delimiter of split
}

// input is what parts are made from.
type input struct {
	subj   string
	tokens []string
	rest   string // what the ">" of the source stands for
	random func(n int) int
}

// append appends what p makes of in.
func (p *part) append(dest []byte, in *input) []byte {
	switch p.function {
	case text:
		return append(dest, p.text...)
	case remainder:
		return append(dest, in.rest...)
	case partition:
		return strconv.AppendUint(dest, uint64(p.bucket(in)), 10)
	case random:
		if p.n <= 0 {
			return append(dest, '0')
		}
		return strconv.AppendInt(dest, int64(in.random(p.n)), 10)
	}
	return p.appendToken(dest, in.tokens[p.from[0]])
}

// appendToken appends what p makes of one token. A token too short to be cut stays whole.
func (p *part) appendToken(dest []byte, token string) []byte {
	cuts := p.n > 0 && p.n < len(token)
	switch {
	case p.function == split:
		return appendSplit(dest, token, p.text)
	case p.function == wildcard || !cuts:
		return append(dest, token...)
	}
	switch p.function {
	case splitFromLeft:
		return appendPair(dest, token, p.n)
	case splitFromRight:
		return appendPair(dest, token, len(token)-p.n)
	case sliceFromLeft:
		return appendSlices(dest, token, p.n, p.n)
	case sliceFromRight:
		first := len(token) % p.n
		if first == 0 {
			first = p.n
		}
		return appendSlices(dest, token, first, p.n)
	case left:
		return append(dest, token[:p.n]...)
	default: // right
		return append(dest, token[len(token)-p.n:]...)
	}
}

func appendPair(dest []byte, token string, at int) []byte {
	dest = append(dest, token[:at]...)
	dest = append(dest, separator)
	return append(dest, token[at:]...)
}

// appendSlices cuts token after first bytes, and then after every each bytes.
func appendSlices(dest []byte, token string, first, each int) []byte {
	for cut := first; cut < len(token); cut = each {
		dest = append(dest, token[:cut]...)
		dest = append(dest, separator)
		token = token[cut:]
	}
	return append(dest, token...)
}

// appendSplit appends the pieces of token between delimiters, as tokens. Empty pieces are left out. An empty
// delimiter is found between any two characters.
func appendSplit(dest []byte, token, delimiter string) []byte {
	start := len(dest)
	for piece := range strings.SplitSeq(token, delimiter) {
		if piece == "" {
			continue
		}
		if len(dest) > start {
			dest = append(dest, separator)
		}
		dest = append(dest, piece...)
	}
	return dest
}

// bucket hashes the tokens of p, or the whole subject if it names none, with 32-bit FNV-1a. Clients compute
// the same to know where a key goes, so the function is part of the protocol.
func (p *part) bucket(in *input) uint32 {
	buckets := uint32(int32(p.n)) // negative counts wrap, as they do in the reference server
	if buckets == 0 {
		return 0
	}
	hash := uint32(fnvOffset)
	if len(p.from) == 0 {
		return fnv1a(hash, in.subj) % buckets
	}
	for _, i := range p.from {
		hash = fnv1a(hash, in.tokens[i])
	}
	return hash % buckets
}

const (
	fnvOffset = 2166136261
	fnvPrime  = 16777619
)

// fnv1a continues hash over s. The standard library's is the same behind an interface that allocates.
func fnv1a(hash uint32, s string) uint32 {
	for i := range len(s) {
		hash = (hash ^ uint32(s[i])) * fnvPrime
	}
	return hash
}

func countWildcards(parts []part) int {
	n := 0
	for i := range parts {
		if parts[i].function == wildcard {
			n++
		}
	}
	return n
}

// isFixed reports whether parts give the same subject whatever comes in.
func isFixed(parts []part) bool {
	for i := range parts {
		if parts[i].function != text {
			return false
		}
	}
	return true
}

// joinText joins neighbouring texts into one part, so that Apply has less to do.
func joinText(parts []part) []part {
	joined := parts[:0]
	for _, p := range parts {
		last := len(joined) - 1
		if last >= 0 && p.function == text && joined[last].function == text {
			joined[last].text += string(separator) + p.text
			continue
		}
		joined = append(joined, p)
	}
	return joined
}
