package lang

import (
	"strings"
)

// budget is what one Parse may still consume, over all its texts, and where their values are kept.
type budget struct {
	bytes, expanded, includes int

	block []Value // room for the next values
}

// keep is a copy of a value that stays. They are made in blocks: a file may have very many.
func (b *budget) keep(v Value) *Value {
	const most = 64
	if len(b.block) == cap(b.block) {
		b.block = make([]Value, 0, min(most, 2*cap(b.block)+4))
	}
	b.block = append(b.block, v)
	return &b.block[len(b.block)-1]
}

// parser reads one text. Included files and environment values get parsers of their own that share the
// budget.
type parser struct {
	*scanner
	options  Options
	budget   *budget
	scopes   []*Map   // the maps being read, innermost last: where variables look
	depth    int      // nesting of maps and lists
	open     int      // braces around the top level
	includes int      // nesting of files
	env      []string // environment variables being read, to see a cycle
}

func parseText(path string, text []byte, o Options, b *budget, includes int) (*Map, error) {
	p := &parser{scanner: newScanner(path, text), options: o, budget: b, includes: includes}
	return p.document()
}

// document reads the top level. Braces around it are allowed, as JSON has them. The reference server lets one more brace
// close what nobody opened, behind a value or at the very end, and so do we; anywhere else it is a fault, for then a
// map above ended too early.
func (p *parser) document() (*Map, error) {
	if i := strings.IndexByte(p.text, 0); i >= 0 {
		return nil, fault(p.positionAt(i), "config is invalid: it holds a NUL byte")
	}
	root := &Map{}
	p.scopes = append(p.scopes, root)
	for {
		p.filler()
		switch {
		case p.done() && p.open > 0:
			return nil, fault(p.position(), "Unexpected EOF processing map.")
		case p.done():
			return root, nil
		case p.peek() == '{':
			p.step()
			p.open++
		case p.peek() == '}' && (p.open > 0 || p.lastBrace()):
			p.closeTop()
		case p.peek() == '}' && p.braceAlone():
			return nil, fault(p.position(), "Unexpected '}': no map is open here")
		default:
			if _, err := p.entry(root, p.endTop); err != nil {
				return nil, err
			}
		}
	}
}

// closeTop skips a closing brace of the top level.
func (p *parser) closeTop() {
	p.step()
	p.open = max(p.open-1, 0)
}

// lastBrace reports whether nothing follows the brace that is next.
func (p *parser) lastBrace() bool { return strings.TrimLeft(p.text[p.at+1:], " \t\r\n") == "" }

// braceAlone reports whether the brace that is next is one, rather than the start of an odd key.
func (p *parser) braceAlone() bool {
	next := p.at + 1
	return next == len(p.text) || isSpace(p.text[next]) || p.text[next] == '}'
}

// endTop reads what must follow a value at the top level.
func (p *parser) endTop() error {
	if p.peek() == '}' && !p.done() {
		p.closeTop()
		return nil
	}
	if p.done() || p.endEntry() {
		return nil
	}
	return fault(p.position(), "Expected a top-level value to end with a new line, comment or EOF, but got '%s' instead.", p.char())
}

// endMap reads what must follow a value in a map.
func (p *parser) endMap() error {
	if p.done() || p.peek() == '}' || p.endEntry() {
		return nil
	}
	return fault(p.position(), `Expected a map value terminator "," or a map terminator "}", but got '%s' instead.`, p.char())
}

// endEntry skips one terminator if there is one.
func (p *parser) endEntry() bool {
	switch p.peek() {
	case '\n', '\r', ',', ';':
		p.step()
		return true
	}
	return p.comment()
}

// object reads a map whose opening brace is next.
func (p *parser) object() (*Map, int, error) {
	start := p.position()
	if err := p.descend(start); err != nil {
		return nil, 0, err
	}
	defer func() { p.depth-- }()
	p.step()
	m, size := &Map{}, 2
	p.scopes = append(p.scopes, m)
	defer func() { p.scopes = p.scopes[:len(p.scopes)-1] }()
	for {
		p.filler()
		if p.done() {
			return nil, 0, fault(p.position(), "Unexpected EOF processing map.")
		}
		if p.peek() == '}' {
			p.step()
			return m, size, nil
		}
		n, err := p.entry(m, p.endMap)
		if err != nil {
			return nil, 0, err
		}
		size += n
	}
}

// entry reads a key and its value, or an include, into m and what must follow it. It returns the size of
// what it has added.
func (p *parser) entry(m *Map, end func() error) (int, error) {
	pos, key, quoted, err := p.key()
	if err != nil {
		return 0, err
	}
	if !quoted && strings.EqualFold(key, "include") && p.includesPath() {
		return p.include(m, pos, end)
	}
	p.space()
	if p.done() {
		return 0, fault(pos, "config is invalid: key %q has no value", key)
	}
	if c := p.peek(); c == ':' || c == '=' {
		p.step()
	}
	p.blanks()
	v, err := p.value()
	if err != nil {
		return 0, err
	}
	m.set(Entry{Key: key, KeyPos: pos, Value: v})
	p.blanks()
	return len(key) + 4 + v.size, end()
}

// key reads a key, quoted or not.
func (p *parser) key() (pos Position, key string, quoted bool, err error) {
	switch c := p.peek(); c {
	case ':', '=':
		return pos, "", false, fault(p.position(), "Unexpected key separator '%c'", c)
	case '"', '\'':
		p.step()
		pos = p.position()
		end := strings.IndexByte(p.text[p.at:], c)
		if end < 0 {
			return pos, "", true, fault(pos, "Unexpected EOF processing quoted map key.")
		}
		key = p.text[p.at : p.at+end]
		for range end + 1 {
			p.step()
		}
		return pos, key, true, nil
	}
	pos = p.position()
	return pos, p.until(endsKey), false, nil
}

// value reads one value. At the top level it may be missing, and is an empty string then, as in the reference
// server. Its position is the first character of its content: behind a quote.
func (p *parser) value() (*Value, error) {
	pos := p.position()
	quote := p.peek() == '"' || p.peek() == '\''
	v, err := p.valueAt(pos)
	if err != nil {
		return nil, err
	}
	if v.Pos = pos; quote {
		v.Pos.Column++
	}
	if p.budget.expanded -= v.size; p.budget.expanded < 0 {
		return nil, fault(pos, "%v", errTooLong)
	}
	return p.budget.keep(v), nil
}

func (p *parser) valueAt(pos Position) (Value, error) {
	switch p.peek() {
	case '\n', '\r':
		return Value{}, fault(pos, "Expected value but found new line")
	case '{':
		m, size, err := p.object()
		return Value{Kind: Object, Map: m, size: size}, err
	case '[':
		return p.list()
	case '\'':
		return p.rawString()
	case '"':
		return p.quotedString()
	case '(':
		return p.block()
	}
	word := p.until(endsWord)
	if word == "" && p.depth > 0 {
		return Value{}, fault(pos, `Unexpected map value terminator "%s".`, p.char())
	}
	if strings.Contains(word, `\`) && !isDigit(word[0]) {
		var err error
		if word, err = p.unescaped(word); err != nil {
			return Value{}, err
		}
	}
	if name, ok := variableName(word); ok {
		return p.variable(pos, name)
	}
	return scalar(pos, word)
}

// list reads an array whose opening bracket is next.
func (p *parser) list() (Value, error) {
	if err := p.descend(p.position()); err != nil {
		return Value{}, err
	}
	defer func() { p.depth-- }()
	p.step()
	list := Value{Kind: List, List: []*Value{}, size: 2}
	for {
		p.filler()
		switch p.peek() {
		case 0:
			return Value{}, fault(p.position(), "Unexpected EOF processing array.")
		case ']':
			p.step()
			return list, nil
		case ',', ';', '}':
			return Value{}, fault(p.position(), "Unexpected array value terminator '%c'.", p.peek())
		}
		v, err := p.value()
		if err != nil {
			return Value{}, err
		}
		list.List = append(list.List, v)
		list.size += v.size + 1
		if err := p.endItem(); err != nil {
			return Value{}, err
		}
	}
}

// endItem reads what must follow an item of a list.
func (p *parser) endItem() error {
	p.blanks()
	switch {
	case p.done(), p.peek() == ']', p.comment():
		return nil
	case p.peek() == ',' || isNewline(p.peek()):
		p.step()
		return nil
	}
	return fault(p.position(), `Expected an array value terminator "," or an array terminator "]", but got '%s' instead.`, p.char())
}

// descend enters a map or a list.
func (p *parser) descend(pos Position) error {
	if p.depth++; p.depth > MaxDepth {
		return fault(pos, "maps and lists nest more than %d deep", MaxDepth)
	}
	return nil
}

// positionAt is the position of an offset ahead of the cursor.
func (p *parser) positionAt(offset int) Position {
	ahead := scanner{file: p.file, text: p.text, line: 1}
	for ahead.at < offset {
		ahead.step()
	}
	return ahead.position()
}
