package lang

import "fmt"

// Document is a parsed configuration.
type Document struct {
	// Root holds the top-level keys.
	Root *Map
}

// ParseFile reads and parses a file with o.ReadFile, which must be set. Positions carry the path as given.
func ParseFile(path string, o Options) (*Document, error) {
	if o.ReadFile == nil {
		return nil, errNoFiles
	}
	text, err := o.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text, o)
}

// Parse parses a text. The path stands in positions, and included files are looked for beside it.
// Faults of the text are of type *Error.
func Parse(path string, text []byte, o Options) (*Document, error) {
	b := &budget{bytes: MaxBytes, expanded: MaxExpanded, includes: MaxIncludes}
	if len(text) > b.bytes {
		return nil, fmt.Errorf("%s: %w", path, errTooLong)
	}
	b.bytes -= len(text)
	root, err := parseText(path, text, o, b, 0)
	if err != nil {
		return nil, err
	}
	return &Document{Root: root}, nil
}
