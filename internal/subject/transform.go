package subject

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What is wrong with a transform. The texts are the reference server's, because clients and operators see them.
var (
	ErrInvalid             = errors.New("invalid subject")
	errDestination         = errors.New("invalid mapping destination")
	errTransform           = fmt.Errorf("%w: invalid transform", errDestination)
	errUnknownFunction     = fmt.Errorf("%w: unknown function", errDestination)
	errIndexOutOfRange     = fmt.Errorf("%w: wildcard index out of range", errDestination)
	errTooFewArguments     = fmt.Errorf("%w: not enough arguments passed to the function", errDestination)
	errTooManyArguments    = fmt.Errorf("%w: too many arguments passed to the function", errDestination)
	errBadArgument         = fmt.Errorf("%w: function argument is invalid or in the wrong format", errDestination)
	errNotAllWildcards     = fmt.Errorf("%w: not using all of the token wildcard(s)", errDestination)
	errOnlyWildcardAllowed = fmt.Errorf("%w: the only mapping function allowed for import transforms is {{Wildcard()}}", errDestination)
)

// Transform turns subjects that match a source into subjects made by a destination. It is immutable.
type Transform struct {
	source string
	dest   []part
}

// part is one token of a destination.
type part struct {
	kind    partKind
	text    string // literal: the token; split: the delimiter
	indexes []int  // of the source's tokens
	number  int    // position, size, buckets
}

type partKind uint8

const (
	literal   partKind = iota
	rest               // ">": the remaining tokens of the subject
	wildcard           // a token of the subject
	partition          // a number by the hash of some tokens, or of the whole subject
	random
	split
	splitFromLeft
	splitFromRight
	sliceFromLeft
	sliceFromRight
	left
	right
)

// NewTransform makes a transform from a pattern to a destination, in which tokens may be functions as
// {{wildcard(1)}} (ADR-30).
func NewTransform(source, dest string) (*Transform, error) { return newTransform(source, dest, false) }

// NewStrictTransform is NewTransform for imports: each wildcard of the source must be used, and no function but
// wildcard.
func NewStrictTransform(source, dest string) (*Transform, error) {
	return newTransform(source, dest, true)
}

func newTransform(source, dest string, strict bool) (*Transform, error) {
	if !ValidConfig(source) || dest == "" {
		return nil, ErrInvalid
	}
	t := &Transform{source: source}
	stars, tail := wildcardsOf(source)
	used := map[int]bool{}
	for remaining, more := dest, true; more; {
		var token string
		token, remaining, more = strings.Cut(remaining, ".")
		p, err := parsePart(token, stars)
		switch {
		case err != nil:
			return nil, err
		case token == "":
			return nil, errTransform
		case token == "*", token == ">" && (more || !tail):
			return nil, ErrInvalid
		case strict && p.kind != literal && p.kind != rest && p.kind != wildcard:
			return nil, errOnlyWildcardAllowed
		}
		for _, i := range p.indexes {
			used[i] = true
		}
		t.dest = append(t.dest, p)
	}
	switch {
	case tail && t.dest[len(t.dest)-1].kind != rest:
		return nil, ErrInvalid
	case strict && len(used) < len(stars):
		return nil, errNotAllWildcards
	}
	return t, nil
}

// wildcardsOf finds where the "*" tokens of a pattern are, and whether it ends in ">".
func wildcardsOf(pattern string) (stars []int, tail bool) {
	i := 0
	for remaining, more := pattern, true; more; i++ {
		var token string
		token, remaining, more = strings.Cut(remaining, ".")
		if token == "*" {
			stars = append(stars, i)
		}
		tail = token == ">" && !more
	}
	return stars, tail
}

// function is what a destination may call: how its arguments are read.
type function struct {
	kind partKind
	args int // how many there are; -1: the function reads them itself
}

// functions by name, without the upper case that their first letters may have.
var functions = map[string]function{
	"wildcard": {wildcard, 1}, "partition": {partition, -1}, "random": {random, -1}, "split": {split, 2},
	"splitfromleft": {splitFromLeft, 2}, "splitfromright": {splitFromRight, 2},
	"slicefromleft": {sliceFromLeft, 2}, "slicefromright": {sliceFromRight, 2},
	"left": {left, 2}, "right": {right, 2},
}

// spellings are the names as they may be written: the first letter of each word in either case.
var spellings = map[string][]string{
	"splitfromleft": {"split", "from", "left"}, "splitfromright": {"split", "from", "right"},
	"slicefromleft": {"slice", "from", "left"}, "slicefromright": {"slice", "from", "right"},
}

// lookUp finds a function by its name as written.
func lookUp(name string) (function, bool) {
	lower := strings.ToLower(name)
	f, ok := functions[lower]
	if !ok {
		return f, false
	}
	words := spellings[lower]
	if words == nil {
		words = []string{lower}
	}
	at := 0
	for i, word := range words {
		if name[at+1:at+len(word)] != word[1:] || (i > 0 && name[at] == word[0]) {
			return f, false
		}
		at += len(word)
	}
	return f, true
}

// parsePart reads one token of a destination.
func parsePart(token string, stars []int) (part, error) {
	if token == ">" {
		return part{kind: rest}, nil
	}
	if number, ok := strings.CutPrefix(token, "$"); ok {
		n, err := strconv.Atoi(number)
		if err != nil {
			return part{text: token}, nil
		}
		index, ok := starAt(stars, n)
		if !ok {
			return part{}, outOfRange(token, n, stars)
		}
		return part{kind: wildcard, indexes: []int{index}}, nil
	}
	if len(token) < 5 || !strings.HasPrefix(token, "{{") || !strings.HasSuffix(token, "}}") {
		return part{text: token}, nil
	}
	p, err := parseCall(token, stars)
	return p, err
}

func failed(err error, token string) error { return fmt.Errorf("%w in %s", err, token) }

func outOfRange(token string, n int, stars []int) error {
	if len(stars) == 0 {
		return failed(errIndexOutOfRange, token)
	}
	return fmt.Errorf("%w in %s: [%d]", errIndexOutOfRange, token, n)
}

// starAt is the token index of the nth "*"; the first is 1. Zero is the first token whatever it is, as the reference has
// it.
func starAt(stars []int, n int) (int, bool) {
	switch {
	case n == 0 && len(stars) > 0:
		return 0, true
	case n < 1 || n > len(stars):
		return 0, false
	}
	return stars[n-1], true
}

func parseCall(token string, stars []int) (part, error) {
	name, args, ok := strings.Cut(strings.TrimSpace(token[2:len(token)-2]), "(")
	args, closed := strings.CutSuffix(args, ")")
	if !ok || !closed {
		return part{}, failed(errUnknownFunction, token)
	}
	f, ok := lookUp(strings.TrimSpace(name))
	if !ok {
		return part{}, failed(errUnknownFunction, token)
	}
	list := strings.Split(args, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	if f.args < 0 {
		return parseNumbered(f.kind, token, list, stars)
	}
	return parseIndexed(f, token, list, stars)
}

// parseNumbered reads partition(buckets, index...) and random(n).
func parseNumbered(kind partKind, token string, list []string, stars []int) (part, error) {
	if kind == random && len(list) > 1 {
		return part{}, failed(errTooFewArguments, token)
	}
	n, err := smallNumber(list[0])
	if err != nil {
		return part{}, failed(errBadArgument, token)
	}
	p := part{kind: kind, number: n}
	for _, arg := range list[1:] {
		i, err := smallNumber(arg)
		if err != nil {
			return part{}, failed(errBadArgument, token)
		}
		index, ok := starAt(stars, i)
		if !ok {
			return part{}, outOfRange(token, i, stars)
		}
		p.indexes = append(p.indexes, index)
	}
	return p, nil
}

// parseIndexed reads the functions whose first argument is the index of a wildcard.
func parseIndexed(f function, token string, list []string, stars []int) (part, error) {
	switch {
	case list[0] == "" || len(list) < f.args:
		return part{}, failed(errTooFewArguments, token)
	case len(list) > f.args:
		return part{}, failed(errTooManyArguments, token)
	}
	n, err := smallNumber(list[0])
	if err != nil {
		return part{}, failed(errBadArgument, token)
	}
	index, ok := starAt(stars, n)
	if !ok {
		return part{}, outOfRange(token, n, stars)
	}
	p := part{kind: f.kind, indexes: []int{index}}
	switch {
	case f.kind == split:
		if p.text = list[1]; p.text == "" || strings.ContainsAny(p.text, " .") {
			return part{}, failed(errBadArgument, token)
		}
	case f.args == 2:
		if p.number, err = smallNumber(list[1]); err != nil {
			return part{}, failed(errBadArgument, token)
		}
	}
	return p, nil
}

// smallNumber reads a number that fits 32 bits.
func smallNumber(s string) (int, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	return int(n), err
}
