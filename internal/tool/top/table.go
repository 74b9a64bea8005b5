package top

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// display chooses how a table's cells are written.
type display struct {
	units
	totals bool // what was counted in all, in place of rates
}

// column is one column of a table of R.
type column[R any] struct {
	name  string // for --sort
	alias string // another name for it, or none
	title string
	// text is what a cell shows, unless number is set.
	text func(r *R, d display) string
	// number is what a column of numbers sorts by. It reports false when the number is not known. If text is nil it is
	// also what the cell shows.
	number func(r *R, d display) (float64, bool)
	// rising sorts a column of numbers from the smallest.
	rising bool
	// width is the least width; a title may be wider.
	width int
	// drop tells which columns give way on narrow terminals: the highest first, zero never.
	drop int
	// server is the order to ask the server for when the table is sorted by this column.
	server string
	// alarm tells which cells need attention, or is nil.
	alarm func(r *R) bool
}

// flowWidth is the room for a number that changes all the time, so that the columns stand still.
const flowWidth = 6

// cell writes one cell.
func (c *column[R]) cell(r *R, d display) string {
	if c.text != nil {
		return clean(c.text(r, d))
	}
	if n, ok := c.number(r, d); ok {
		return d.number(n)
	}
	return unknown
}

// right tells whether cells are aligned to the right.
func (c *column[R]) right() bool { return c.number != nil }

// table holds the rows of one view, sorted and filtered. It belongs to one goroutine.
type table[R any] struct {
	columns []column[R]
	key     func(r *R) string      // tells rows apart
	field   func(s *Snapshot) *[]R // where a snapshot has them
	display display

	all      []R   // as the server gave them
	rows     []*R  // sorted, and those that the filter lets through
	widths   []int // of the widest cell of each column, or nil
	sorted   int   // the column
	backward bool
	filter   []string // in lower case; a row has to show each of them

	selected string // key of the selected row; empty is none
	first    int    // row at the top of the screen
}

// set gives the table the rows of a new sample.
func (t *table[R]) set(rows []R) {
	t.all = rows
	t.arrange()
}

// arrange filters and sorts.
func (t *table[R]) arrange() {
	var order []int
	for i := range t.all {
		if t.passes(&t.all[i]) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int {
		// The order of equal rows is the server's, and stays the same from one sample to the next.
		return cmp.Or(t.compare(&t.all[i], &t.all[j]), i-j)
	})
	t.rows, t.widths = make([]*R, len(order)), nil
	for i, from := range order {
		t.rows[i] = &t.all[from]
	}
}

func (t *table[R]) passes(r *R) bool {
	if len(t.filter) == 0 {
		return true
	}
	var line strings.Builder
	for i := range t.columns {
		if t.columns[i].number == nil || i == 0 {
			line.WriteString(strings.ToLower(t.columns[i].cell(r, t.display)))
			line.WriteByte('\n')
		}
	}
	for _, word := range t.filter {
		if !strings.Contains(line.String(), word) {
			return false
		}
	}
	return true
}

// compare orders two rows: texts from A to Z, numbers from the largest unless they are rising, or all that backward. What
// is not known stays last.
func (t *table[R]) compare(a, b *R) int {
	c := &t.columns[t.sorted]
	order := 0
	if c.number == nil {
		order = cmp.Compare(strings.ToLower(c.text(a, t.display)), strings.ToLower(c.text(b, t.display)))
	} else {
		x, known := c.number(a, t.display)
		y, other := c.number(b, t.display)
		switch {
		case known && !other:
			return -1
		case other && !known:
			return 1
		case known:
			order = cmp.Compare(x, y)
		}
	}
	if t.falling() {
		return -order
	}
	return order
}

// falling tells whether what is largest comes first.
func (t *table[R]) falling() bool {
	c := &t.columns[t.sorted]
	return (c.number != nil && !c.rising) != t.backward
}

// setFilter shows only rows with all these words in them.
func (t *table[R]) setFilter(words []string) {
	t.filter = words
	t.first = 0
	t.arrange()
}

func (t *table[R]) setDisplay(d display) {
	t.display = d
	t.arrange()
}

// sortBy sorts by the column of that name, or the only one whose name begins so.
func (t *table[R]) sortBy(name string) error {
	found := -1
	for i, c := range t.columns {
		if c.name == name || (c.alias == name && name != "") {
			found = i
			break
		}
		if strings.HasPrefix(c.name, name) {
			if found >= 0 {
				found = len(t.columns) // more than one
				continue
			}
			found = i
		}
	}
	if found < 0 || found == len(t.columns) || name == "" {
		return fmt.Errorf("cannot sort by %q; columns are %s", name, strings.Join(t.names(), ", "))
	}
	t.sortColumn(found)
	return nil
}

// moveSort sorts by the column before or after the one it is sorted by.
func (t *table[R]) moveSort(by int) {
	t.sortColumn((t.sorted + by + len(t.columns)) % len(t.columns))
}

func (t *table[R]) sortColumn(i int) {
	t.sorted, t.backward, t.first = i, false, 0
	t.arrange()
}

func (t *table[R]) reverse() {
	t.backward = !t.backward
	t.first = 0
	t.arrange()
}

// sort describes the order.
func (t *table[R]) sort() (name string, backward bool) { return t.columns[t.sorted].name, t.backward }

func (t *table[R]) serverSort() string { return t.columns[t.sorted].server }

func (t *table[R]) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

func (t *table[R]) len() int { return len(t.rows) }

// selection is the row that is selected: its place, and the key; -1 when none is, or it is gone.
func (t *table[R]) selection() (int, string) {
	if t.selected == "" {
		return -1, ""
	}
	for i := range t.rows {
		if t.key(t.rows[i]) == t.selected {
			return i, t.selected
		}
	}
	return -1, ""
}

// move selects the row by rows further down, or up if by is negative. page is how many rows the screen shows.
func (t *table[R]) move(by, page int) {
	if len(t.rows) == 0 {
		return
	}
	at, _ := t.selection()
	switch {
	case at >= 0:
		at += by
	case by == 1:
		at = t.first // the first step selects what is at the top
	default:
		at = t.first + by
	}
	at = max(0, min(at, len(t.rows)-1))
	t.selected = t.key(t.rows[at])
	t.scroll(page)
}

func (t *table[R]) unselect() { t.selected = "" }

// scroll brings the selected row onto the screen, which shows page rows.
func (t *table[R]) scroll(page int) {
	if at, _ := t.selection(); at >= 0 {
		t.first = max(min(t.first, at), at-page+1)
	}
	t.first = max(0, min(t.first, len(t.rows)-page))
}
