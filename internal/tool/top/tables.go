package top

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say what to show. The zero value of a field means its default.
type Options struct {
	// Source is asked. It must be set, and stays the caller's to close.
	Source Source
	// View is the table to begin with.
	View View
	// Sort is the column to sort it by; empty is msgs_to or msgs.
	Sort string
	// Reverse turns that order around.
	Reverse bool
	// Filter is as the user would type it.
	Filter string
	// Account limits everything to one account.
	Account string
	// Limit is how many rows to ask the server for at a time. Default 1024.
	Limit int
	// Interval is the time from one sample to the next. Default 1 s, at least 100 ms.
	Interval time.Duration
	// System shows subscriptions on subjects below $SYS, too.
	System bool
	// Totals shows counts in place of rates, Full writes numbers in full.
	Totals, Full bool
}

const (
	// DefaultLimit is how many rows to ask for at a time, as many as servers give by default.
	DefaultLimit = 1024
	// DefaultInterval is the time between samples, MinInterval the shortest.
	DefaultInterval = time.Second
	MinInterval     = 100 * time.Millisecond
)

// ParseView finds a view by its name, or by a beginning that no other has.
func ParseView(name string) (View, error) {
	found := View(-1)
	for v, full := range viewNames {
		if full == name {
			return View(v), nil
		}
		if name != "" && strings.HasPrefix(full, name) {
			if found >= 0 {
				return 0, fmt.Errorf("the view may be %v or %v", found, View(v))
			}
			found = View(v)
		}
	}
	if found < 0 {
		return 0, fmt.Errorf("there is no view %q; views are %s", name, strings.Join(viewNames[:], ", "))
	}
	return found, nil
}

// pane is a table of any kind of row.
type pane interface {
	load(s *Snapshot)
	store(s *Snapshot)
	setFilter(words []string)
	setDisplay(d display)
	sortBy(name string) error
	moveSort(by int)
	reverse()
	sort() (name string, backward bool)
	serverSort() string
	len() int
	move(by, page int)
	unselect()
	selection() (int, string)
	lines(width, height int, paint paint) []string
	plain() []string
	top() int
}

// Check tells what is wrong with the options, Source aside.
func (o Options) Check() error {
	_, err := newTables(o)
	return err
}

// tables are all views and what is chosen in each. They belong to one goroutine.
type tables struct {
	panes   [views]pane
	filters [views]filter
	offsets [views]int
	view    View
	display display
	account string
	system  bool
	limit   int
	pages   [views]Page // of the last sample of each
}

func newTables(o Options) (*tables, error) {
	t := &tables{
		panes:   [views]pane{newConnections(), newSubjects(), newSubscriptions(), newAccounts()},
		view:    o.View,
		account: o.Account,
		system:  o.System,
		limit:   o.Limit,
	}
	if t.limit == 0 {
		t.limit = DefaultLimit
	}
	if t.limit < 1 || t.limit > maxRows {
		return nil, fmt.Errorf("the limit is not between 1 and %d", maxRows)
	}
	if o.View < 0 || o.View >= views {
		return nil, errors.New("there is no such view")
	}
	t.setDisplay(display{units: units{full: o.Full}, totals: o.Totals})
	for _, p := range t.panes {
		if err := p.sortBy("msgs_to"); err != nil {
			return nil, err
		}
	}
	if o.Sort != "" {
		if err := t.current().sortBy(strings.ToLower(o.Sort)); err != nil {
			return nil, err
		}
	}
	if o.Reverse {
		t.current().reverse()
	}
	f, err := parseFilter(o.Filter)
	if err != nil {
		return nil, err
	}
	t.setFilter(f)
	return t, nil
}

func (t *tables) current() pane { return t.panes[t.view] }

// query is what to ask the server for.
func (t *tables) query() Query {
	return t.filters[t.view].apply(Query{
		View: t.view, Sort: t.current().serverSort(), Limit: t.limit, Offset: t.offsets[t.view], Account: t.account,
		System: t.system,
	})
}

// load takes over the rows of a sample of the view that is shown.
func (t *tables) load(s *Snapshot) {
	t.pages[t.view] = s.Page
	t.current().load(s)
}

func (t *tables) setFilter(f filter) {
	t.filters[t.view] = f
	t.offsets[t.view] = 0
	t.current().setFilter(f.words)
}

func (t *tables) setDisplay(d display) {
	t.display = d
	for _, p := range t.panes {
		p.setDisplay(d)
	}
}

// turn goes to the next page of the server, or to the one before. It reports false when there is none.
func (t *tables) turn(by int) bool {
	offset := max(0, t.offsets[t.view]+by*t.limit)
	if offset == t.offsets[t.view] || (by > 0 && offset >= t.pages[t.view].Total) {
		return false
	}
	t.offsets[t.view] = offset
	return true
}

// paged tells whether the server has more rows than the page.
func (t *tables) paged() bool {
	page := t.pages[t.view]
	return page.Total > page.Limit || page.Offset > 0
}

// whereabouts says which rows those on the screen are: "1-20 of 300 (of 10000)".
func (t *tables) whereabouts(height int) string {
	rows, first := t.current().len(), t.current().top()
	if rows == 0 {
		return "no rows"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%d-%d of %d", first+1, min(first+height, rows), rows)
	if t.paged() {
		name := "rows"
		if t.view == Subjects || t.view == Subscriptions {
			name = "subscriptions"
		}
		page := t.pages[t.view]
		fmt.Fprintf(&out, ", from %s %d-%d of %d", name, page.Offset+1, min(page.Offset+page.Limit, page.Total), page.Total)
	}
	return out.String()
}

// drill finds what is behind the selected row: its subscriptions, or the connections of an account.
func (t *tables) drill() (View, filter, bool) {
	_, key := t.current().selection()
	switch {
	case key == "":
		return 0, filter{}, false
	case t.view == Connections:
		cid, err := strconv.ParseUint(key, 10, 64)
		return Subscriptions, filter{text: "cid:" + key, cid: cid}, err == nil
	case t.view == Subjects:
		account, subject, _ := strings.Cut(key, " ")
		return Subscriptions, filter{text: subject, account: account, words: []string{strings.ToLower(clean(subject))}}, true
	case t.view == Accounts:
		return Connections, filter{text: "account:" + key, account: key}, true
	}
	cid, _, _ := strings.Cut(key, " ")
	n, err := strconv.ParseUint(cid, 10, 64)
	return Connections, filter{text: "cid:" + cid, cid: n}, err == nil
}

// load implements pane.
func (t *table[R]) load(s *Snapshot) { t.set(*t.field(s)) }

// store puts the rows that are shown, in their order, back into a snapshot.
func (t *table[R]) store(s *Snapshot) {
	rows := make([]R, len(t.rows))
	for i, r := range t.rows {
		rows[i] = *r
	}
	*t.field(s) = slices.Clip(rows)
}

func (t *table[R]) top() int { return t.first }
