package status

import (
	"fmt"
	"net/url"
	"strconv"
)

// defaultLimit is how many rows a page has if no limit is asked for.
const defaultLimit = 1024

// ParameterError says which parameter of a request cannot be understood. Its text is what monitoring tools expect, and
// the answer is a bad request.
type ParameterError struct{ text string }

func (e *ParameterError) Error() string { return e.text }

func badParameter(format string, args ...any) error {
	return &ParameterError{fmt.Sprintf(format, args...)}
}

// parameters reads values one after the other and keeps the first error, so that the order of the calls decides which
// of several errors is reported.
type parameters struct {
	values url.Values
	err    error
}

func (p *parameters) bool(name string) bool {
	return decode(p, name, "boolean", strconv.ParseBool)
}

func (p *parameters) int(name string) int {
	return decode(p, name, "int", strconv.Atoi)
}

func (p *parameters) uint64(name string) uint64 {
	return decode(p, name, "uint64", func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) })
}

// decode reads one parameter; one that is missing or empty is zero.
func decode[T any](p *parameters, name, kind string, parse func(string) (T, error)) T {
	var zero T
	text := p.values.Get(name)
	if text == "" || p.err != nil {
		return zero
	}
	value, err := parse(text)
	if err != nil {
		p.err = badParameter("Error decoding %s for '%s': %v", kind, name, err)
		return zero
	}
	return value
}

// pageOf brings what was asked for into range. A limit has no upper bound: the rows there are bound it.
func pageOf(offset, limit int) (int, int) {
	if limit <= 0 {
		limit = defaultLimit
	}
	return max(offset, 0), limit
}
