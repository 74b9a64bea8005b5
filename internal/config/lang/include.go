package lang

import "path/filepath"

// includesPath reports whether the key "include" just read is a directive: a path follows on the same line,
// and no separator.
func (p *parser) includesPath() bool {
	p.blanks()
	switch p.peek() {
	case 0, '\n', '\r', ':', '=', '{', '[', '(':
		return false
	}
	return true
}

// include merges the keys of another file into m. Variables do not reach into the file, but its keys are
// variables from here on.
func (p *parser) include(m *Map, pos Position, end func() error) (int, error) {
	path, err := p.includePath()
	if err != nil {
		return 0, err
	}
	included, err := p.load(pos, path)
	if err != nil {
		return 0, err
	}
	size := 0
	for _, e := range included.entries {
		m.set(e)
		size += len(e.Key) + 4 + e.Value.size
	}
	if p.budget.expanded -= size; p.budget.expanded < 0 {
		return 0, fault(pos, "%v", errTooLong)
	}
	p.blanks()
	return size, end()
}

func (p *parser) includePath() (string, error) {
	var v Value
	var err error
	switch p.peek() {
	case '"':
		v, err = p.quotedString()
	case '\'':
		v, err = p.rawString()
	default:
		return p.until(endsWord), nil
	}
	if err != nil {
		return "", err
	}
	return v.Text, nil
}

// load reads and parses a file named beside the present one.
func (p *parser) load(pos Position, path string) (*Map, error) {
	p.budget.includes--
	if p.includes >= MaxIncludeDepth || p.budget.includes < 0 {
		return nil, fault(pos, "error parsing include file '%s', too many includes: does it include itself?", path)
	}
	full := path
	if !filepath.IsAbs(path) {
		full = filepath.Join(filepath.Dir(p.file), path)
	}
	text, err := p.read(full)
	if err != nil {
		return nil, &Error{Pos: pos, Text: "error parsing include file '" + path + "', " + err.Error(), Err: err}
	}
	if p.budget.bytes -= len(text); p.budget.bytes < 0 {
		return nil, fault(pos, "%v", errTooLong)
	}
	inner := &parser{
		scanner:  newScanner(full, text),
		options:  p.options,
		budget:   p.budget,
		depth:    p.depth,
		includes: p.includes + 1,
	}
	return inner.document()
}

func (p *parser) read(path string) ([]byte, error) {
	if p.options.ReadFile == nil {
		return nil, errNoFiles
	}
	return p.options.ReadFile(path)
}
