package lang

import "strconv"

// Position is a place in a configuration text. Lines count from 1; columns count bytes from 0, as the
// reference server prints them. The zero value is no place at all.
type Position struct {
	File         string
	Line, Column int
}

// IsValid reports whether the position names a place.
func (p Position) IsValid() bool { return p.Line > 0 }

// String is "file:line:column", without the file when the text has no name.
func (p Position) String() string {
	s := strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	if p.File == "" {
		return s
	}
	return p.File + ":" + s
}
