package top

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// action is what some keys do. The keys are as Bubble Tea names them. Help shows label for them, and nothing if it is
// empty.
type action struct {
	keys        string // separated by spaces
	label, help string
	do          func(m *model) tea.Cmd
}

// actions are all keys, but for those of a prompt.
var actions = []action{
	{"1", "1 2 3 4", "connections, subjects, subscriptions, accounts", goTo(Connections)},
	{"2", "", "", goTo(Subjects)},
	{"3", "", "", goTo(Subscriptions)},
	{"4", "", "", goTo(Accounts)},
	{"tab", "Tab", "the next of them", func(m *model) tea.Cmd { return m.visit((m.tables.view + 1) % views) }},
	{"shift+tab", "", "", func(m *model) tea.Cmd { return m.visit((m.tables.view + views - 1) % views) }},
	{"right >", "← →", "sort by the column beside", moveSort(1)},
	{"left <", "", "", moveSort(-1)},
	{"r", "r", "turn the order around", (*model).reverse},
	{"o s", "o", "sort by a column, by its name", ask(promptSort)},
	{"/ f", "/", "filter: rows that show these words", ask(promptFilter)},
	{"down j", "↑ ↓", "select a row", move(1)},
	{"up k", "", "", move(-1)},
	{"pgdown ctrl+f", "PgUp PgDn", "scroll", movePage(1)},
	{"pgup ctrl+b", "", "", movePage(-1)},
	{"home g", "", "", move(-maxRows)},
	{"end G", "", "", move(maxRows)},
	{"enter", "Enter", "what is behind the row: its subscriptions, its connections", (*model).drill},
	{"esc alt+esc backspace", "Esc", "back; take the filter away", (*model).leave},
	{"]", "[ ]", "the server's next rows, or those before", turnPage(1)},
	{"[", "", "", turnPage(-1)},
	{"space p", "Space", "pause, go on", (*model).pause},
	{"t", "t", "counts in all, or per second", func(m *model) tea.Cmd {
		d := m.tables.display
		d.totals = !d.totals
		m.tables.setDisplay(d)
		return nil
	}},
	{"b", "b", "numbers in full, or short", func(m *model) tea.Cmd {
		d := m.tables.display
		d.full = !d.full
		m.tables.setDisplay(d)
		return nil
	}},
	{"a", "a", "the server's own subscriptions ($SYS), or not", func(m *model) tea.Cmd {
		m.tables.system = !m.tables.system
		return m.sample()
	}},
	{"+ =", "+ -", "sample more often, or less", faster},
	{"-", "", "", slower},
	{"? h f1", "?", "this help", func(m *model) tea.Cmd { m.help = true; return nil }},
	{"ctrl+l", "", "", func(*model) tea.Cmd { return tea.ClearScreen }},
	{"ctrl+z", "", "", func(*model) tea.Cmd { return tea.Suspend }},
	{"q ctrl+c", "q", "quit", func(*model) tea.Cmd { return tea.Quit }},
}

// byKey finds the action of a key.
var byKey = func() map[string]func(*model) tea.Cmd {
	keys := make(map[string]func(*model) tea.Cmd)
	for _, a := range actions {
		for key := range strings.FieldsSeq(a.keys) {
			keys[key] = a.do
		}
	}
	return keys
}()

// key does what a key says.
func (m *model) key(msg tea.KeyPressMsg) tea.Cmd {
	m.message = ""
	name := msg.String()
	switch {
	case name == "ctrl+c":
		return tea.Quit
	case m.prompt != nil:
		return m.promptKey(msg)
	case m.help:
		m.help = false
		if name == "esc" || name == "?" || name == "h" || name == "enter" {
			return nil
		}
	}
	if do := byKey[name]; do != nil {
		return do(m)
	}
	return nil
}

func goTo(v View) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd { return m.visit(v) }
}

// visit shows another view. What was there before is shown until the server has answered.
func (m *model) visit(v View) tea.Cmd {
	m.back = nil
	m.tables.view = v
	return m.sample()
}

func moveSort(by int) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		m.tables.current().moveSort(by)
		return m.resort()
	}
}

// resort asks for another page if the server has more rows than one.
func (m *model) resort() tea.Cmd {
	m.tables.offsets[m.tables.view] = 0
	if m.tables.paged() {
		return m.sample()
	}
	return nil
}

func (m *model) reverse() tea.Cmd {
	m.tables.current().reverse()
	return nil
}

func move(by int) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		m.tables.current().move(by, m.rowsShown())
		return nil
	}
}

func movePage(direction int) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		page := max(1, m.rowsShown()-1)
		m.tables.current().move(direction*page, m.rowsShown())
		return nil
	}
}

func turnPage(by int) func(*model) tea.Cmd {
	return func(m *model) tea.Cmd {
		if !m.tables.turn(by) {
			m.message = "There are no more rows on the server"
			return nil
		}
		return m.sample()
	}
}

func (m *model) drill() tea.Cmd {
	view, f, ok := m.tables.drill()
	if !ok {
		m.message = "Select a row first, with the arrow keys"
		return nil
	}
	m.back = append(m.back, place{m.tables.view, m.tables.filters[m.tables.view]})
	m.tables.view = view
	m.tables.setFilter(f)
	return m.sample()
}

// leave undoes the last step into something, or else the selection and the filter.
func (m *model) leave() tea.Cmd {
	t := m.tables
	t.current().unselect()
	if last := len(m.back) - 1; last >= 0 {
		t.setFilter(filter{})
		t.view = m.back[last].view
		t.setFilter(m.back[last].filter)
		m.back = m.back[:last]
		return m.sample()
	}
	if t.filters[t.view].text == "" {
		return nil
	}
	t.setFilter(filter{})
	return m.sample()
}

func (m *model) pause() tea.Cmd {
	m.paused = !m.paused
	if m.paused {
		return nil
	}
	return m.sample()
}

// intervals are those that can be chosen with keys.
var intervals = []time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second,
	5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
}

func faster(m *model) tea.Cmd {
	for i := len(intervals) - 1; i >= 0; i-- {
		if intervals[i] < m.interval {
			return m.every(intervals[i])
		}
	}
	return nil
}

func slower(m *model) tea.Cmd {
	for _, d := range intervals {
		if d > m.interval {
			return m.every(d)
		}
	}
	return nil
}

func (m *model) every(d time.Duration) tea.Cmd {
	m.interval = d
	m.message = fmt.Sprintf("A sample every %v", d)
	if m.paused {
		return nil
	}
	return m.sample()
}
