package top

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// promptKind tells what is asked for.
type promptKind int

const (
	promptFilter promptKind = iota
	promptSort
)

// promptTexts stand before what is typed.
var promptTexts = []string{promptFilter: "Filter: ", promptSort: "Sort by: "}

// promptHints are shown while nothing is typed.
var promptHints = []string{
	promptFilter: "words, account:NAME, user:NAME, cid:N, matches:SUBJECT",
	promptSort:   "the name of a column, such as msgs_from",
}

// maxTyped is how much can be typed, in characters.
const maxTyped = 200

// prompt is a line that the user types.
type prompt struct {
	kind   promptKind
	text   []rune
	before filter // restored on escape
}

func (p *prompt) insert(text string) {
	for _, r := range clean(text) {
		if len(p.text) < maxTyped {
			p.text = append(p.text, r)
		}
	}
}

func ask(kind promptKind) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		m.prompt = &prompt{kind: kind, before: m.tables.filters[m.tables.view]}
		if kind == promptFilter {
			m.prompt.insert(m.prompt.before.text)
		}
		return nil
	}
}

// promptKey edits the line.
func (m *model) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	p := m.prompt
	switch msg.String() {
	case "esc":
		m.prompt = nil
		if p.kind == promptFilter {
			m.tables.setFilter(p.before)
		}
		return nil
	case "enter":
		m.prompt = nil
		return m.answer(p)
	case "backspace":
		p.text = p.text[:max(0, len(p.text)-1)]
	case "ctrl+u":
		p.text = p.text[:0]
	case "ctrl+w":
		p.text = withoutLastWord(p.text)
	default:
		p.insert(msg.Text)
	}
	m.typed()
	return nil
}

func withoutLastWord(text []rune) []rune {
	end := len(text)
	for end > 0 && text[end-1] == ' ' {
		end--
	}
	for end > 0 && text[end-1] != ' ' {
		end--
	}
	return slices.Clip(text[:end])
}

// typed shows at once what words choose. What the server has to choose waits for enter.
func (m *model) typed() {
	if m.prompt.kind != promptFilter {
		return
	}
	if f, err := parseFilter(string(m.prompt.text)); err == nil {
		m.tables.current().setFilter(f.words)
	}
}

// answer does what was asked for.
func (m *model) answer(p *prompt) tea.Cmd {
	text := string(p.text)
	if p.kind == promptSort {
		if err := m.tables.current().sortBy(text); err != nil {
			m.message = err.Error()
			return nil
		}
		return m.resort()
	}
	f, err := parseFilter(text)
	if err != nil {
		m.message = err.Error()
		m.tables.setFilter(p.before)
		return nil
	}
	m.back = nil
	m.tables.setFilter(f)
	return m.sample()
}
