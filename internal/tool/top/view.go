package top

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Heights of terminals below which something gives way.
const (
	fullHeight  = 12 // below it one line tells of the server
	smallHeight = 6  // below it there is the table and nothing else
)

// View implements tea.Model.
func (m *model) View() tea.View {
	lines := m.render(paint{on: true})
	view := tea.NewView(strings.Join(lines, "\n"))
	view.AltScreen = true
	return view
}

// render writes exactly the lines of the screen, none wider than it.
func (m *model) render(paint paint) []string {
	if m.help {
		return m.cut(m.helpLines(paint))
	}
	above := m.above(paint)
	var below []string
	if m.height >= smallHeight || m.prompt != nil || m.footerUrgent() {
		below = []string{m.footer(paint)}
	}
	lines := append(above, m.tables.current().lines(m.width, m.height-len(above)-len(below), paint)...)
	for len(lines)+len(below) < m.height {
		lines = append(lines, "")
	}
	return m.cut(append(lines, below...))
}

// cut makes lines fit into the screen.
func (m *model) cut(lines []string) []string {
	lines = lines[:min(len(lines), max(m.height, 0))]
	for i := range lines {
		lines[i] = ansi.TruncateWc(lines[i], m.width, "")
	}
	return lines
}

// above is what stands over the table.
func (m *model) above(paint paint) []string {
	switch {
	case m.height < smallHeight:
		return nil
	case m.height < fullHeight:
		return []string{m.tabs(paint)}
	}
	lines := header(&m.server, m.place(), m.at, m.tables.display, m.width, paint)
	return append(lines, m.tabs(paint), "")
}

// tabs names the views and says what the table shows.
func (m *model) tabs(paint paint) string {
	var out strings.Builder
	for v, name := range viewNames {
		tab := fmt.Sprintf("%d %s", v+1, strings.ToUpper(name[:1])+name[1:])
		if View(v) == m.tables.view {
			out.WriteString(paint.current("[" + tab + "]"))
		} else {
			out.WriteString(paint.faint(" " + tab + " "))
		}
	}
	out.WriteString("  " + m.tables.whereabouts(m.rowsShown()))
	if text := m.tables.filters[m.tables.view].text; text != "" {
		out.WriteString("  " + paint.notice("filter "+clean(text)))
	}
	if m.tables.display.totals {
		out.WriteString("  totals")
	}
	if m.paused {
		out.WriteString("  " + paint.notice("PAUSED"))
	}
	return out.String()
}

// rowsShown is how many rows of the table there is room for.
func (m *model) rowsShown() int {
	rows := m.height - 1 // titles
	if m.height >= smallHeight || m.prompt != nil || m.footerUrgent() {
		rows--
	}
	switch {
	case m.height >= fullHeight:
		rows -= 5
	case m.height >= smallHeight:
		rows--
	}
	return max(rows, 0)
}

func (m *model) footerUrgent() bool { return m.err != nil || m.message != "" }

// footer is the prompt, or what went wrong, or the keys.
func (m *model) footer(paint paint) string {
	switch {
	case m.prompt != nil && len(m.prompt.text) == 0:
		return paint.strong(promptTexts[m.prompt.kind]) + "█ " + paint.faint(promptHints[m.prompt.kind])
	case m.prompt != nil:
		return paint.strong(promptTexts[m.prompt.kind]) + string(m.prompt.text) + "█"
	case m.message != "":
		return paint.notice(m.message)
	case m.err != nil:
		text := clean(m.err.Error())
		if m.away {
			age := time.Since(m.at).Truncate(time.Second)
			text = fmt.Sprintf("No answer for %v; trying again: %s", age, text)
		}
		return paint.alarm(text)
	}
	return paint.faint("q quit  ? help  ←→ sort  r reverse  / filter  Enter open  Space pause  1-4 views")
}

// helpLines is the help. It fits into 24 lines.
func (m *model) helpLines(paint paint) []string {
	lines := []string{paint.strong("sinew top") + "  a live view of one server" + paint.faint("   Esc goes back")}
	for _, a := range actions {
		if a.label != "" {
			lines = append(lines, "  "+paint.current(fit(a.label, 10, false))+"  "+a.help)
		}
	}
	return append(lines, "",
		"TO is what clients get, FROM what they send. Numbers are per second; t shows them in all.",
		"In a filter account:NAME, user:NAME, cid:N and matches:SUBJECT are chosen by the server,",
		"so they find rows that are not on this page.")
}
