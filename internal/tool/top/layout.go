package top

import "strings"

// gap is the space between columns.
const gap = "  "

// placed is a column on the screen.
type placed struct{ index, width int }

// layout chooses the columns that fit into width cells, and how wide they are. A negative width gives every column all
// the room its cells want.
func (t *table[R]) layout(width int) []placed {
	var shown []placed
	for i := range t.columns {
		switch {
		case width < 0:
			shown = append(shown, placed{i, max(t.least(i), t.wanted(i))})
		case t.wanted(i) > 0 || t.columns[i].drop == 0 || t.sorted == i:
			shown = append(shown, placed{i, t.least(i)}) // others are empty
		}
	}
	if width < 0 {
		return shown
	}
	for total(shown) > width {
		last := t.droppable(shown)
		if last < 0 {
			break
		}
		shown = append(shown[:last], shown[last+1:]...)
	}
	for total(shown) > width {
		widest := t.shrinkable(shown)
		if widest < 0 {
			break
		}
		shown[widest].width--
	}
	t.widen(shown, width-total(shown))
	return shown
}

// shrinkable finds the widest column of text; -1 when there is none that has room to give.
func (t *table[R]) shrinkable(shown []placed) int {
	at, most := -1, 4
	for i, p := range shown {
		if !t.columns[p.index].right() && p.width > most {
			at, most = i, p.width
		}
	}
	return at
}

// least is the least width of a column: that of its title and the mark of the sorted one, and of all its numbers, which
// would be wrong if they were cut short.
func (t *table[R]) least(i int) int {
	c := &t.columns[i]
	width := max(c.width, textWidth(c.title))
	if t.sorted == i {
		width = max(width, textWidth(c.title)+2)
	}
	if c.number != nil {
		width = max(width, t.wanted(i))
	}
	return width
}

// wanted is the width of the widest cell of all rows, so that scrolling changes nothing.
func (t *table[R]) wanted(column int) int {
	if t.widths == nil {
		t.widths = make([]int, len(t.columns))
		for i := range t.columns {
			for _, r := range t.rows {
				t.widths[i] = max(t.widths[i], textWidth(t.columns[i].cell(r, t.display)))
			}
		}
	}
	return t.widths[column]
}

func total(shown []placed) int {
	sum := (len(shown) - 1) * len(gap)
	for _, p := range shown {
		sum += p.width
	}
	return sum
}

// droppable finds the column to leave out next. The one that the table is sorted by stays.
func (t *table[R]) droppable(shown []placed) int {
	at, most := -1, 0
	for i, p := range shown {
		if drop := t.columns[p.index].drop; drop > most && p.index != t.sorted {
			at, most = i, drop
		}
	}
	return at
}

// widen gives the space that is left to the columns that want more, a cell at a time, so that a long name leaves
// something to a long user.
func (t *table[R]) widen(shown []placed, space int) {
	wanted := make([]int, len(shown))
	for i, p := range shown {
		wanted[i] = t.wanted(p.index)
	}
	for space > 0 {
		given := false
		for i := range shown {
			if shown[i].width < wanted[i] && space > 0 {
				shown[i].width++
				space--
				given = true
			}
		}
		if !given {
			return
		}
	}
}

// heading writes the line of titles. The sorted column bears a mark.
func (t *table[R]) heading(shown []placed, paint paint) string {
	cells := make([]string, len(shown))
	for i, p := range shown {
		c := &t.columns[p.index]
		title := c.title
		if p.index != t.sorted {
			cells[i] = paint.heading(fit(title, p.width, c.right()))
			continue
		}
		mark := "▲"
		if t.falling() {
			mark = "▼"
		}
		cells[i] = paint.sorted(fit(title+" "+mark, p.width, c.right()))
	}
	return strings.Join(cells, paint.heading(gap))
}

// line writes one row.
func (t *table[R]) line(r *R, shown []placed, paint paint) string {
	cells := make([]string, len(shown))
	for i, p := range shown {
		c := &t.columns[p.index]
		cells[i] = fit(c.cell(r, t.display), p.width, c.right())
		if c.alarm != nil && c.alarm(r) {
			cells[i] = paint.alarm(cells[i])
		}
	}
	return strings.Join(cells, gap)
}

// lines writes the titles and the rows from first on, height lines in all, none wider than width.
func (t *table[R]) lines(width, height int, paint paint) []string {
	if height <= 0 {
		return nil
	}
	t.scroll(height - 1)
	shown := t.layout(width)
	rest := strings.Repeat(" ", max(0, width-total(shown)))
	lines := []string{t.heading(shown, paint) + paint.heading(rest)}
	for i := t.first; i < len(t.rows) && len(lines) < height; i++ {
		line := t.line(t.rows[i], shown, paint)
		if t.selected != "" && t.key(t.rows[i]) == t.selected {
			line = paint.selected(strings.TrimRight(t.line(t.rows[i], shown, paint.plain()), " "), width)
		}
		lines = append(lines, line)
	}
	return lines
}

// plain writes the whole table without colours or padding at the ends of lines.
func (t *table[R]) plain() []string {
	shown := t.layout(-1)
	lines := []string{strings.TrimRight(t.heading(shown, paint{}), " ")}
	for i := range t.rows {
		lines = append(lines, strings.TrimRight(t.line(t.rows[i], shown, paint{}), " "))
	}
	return lines
}
