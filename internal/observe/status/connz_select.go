package status

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// ConnzSource is where a Connz gets its rows. Its functions are called at most once, and only if needed.
type ConnzSource struct {
	ServerID   string
	Now        time.Time
	Open       func() []Row
	Closed     func() []Row
	HasAccount func(name string) bool
}

// Row is a connection that may be in a Connz.
type Row interface {
	// Number is the connection's ID.
	Number() uint64
	// Describe tells what is known of the connection now. It is called for rows that are shown, and for all of them if
	// they are sorted or filtered by anything but their number.
	Describe() Connection
}

// Number is the connection's ID: a Connection is a Row that is described already.
func (c *Connection) Number() uint64 { return c.ID }

// Describe returns a copy.
func (c *Connection) Describe() Connection { return *c }

// ConnzPage is a Connz whose connections are chosen and not yet described: there may be so many that one does not want
// them all in memory.
type ConnzPage struct {
	Connz // without connections

	options ConnzOptions
	rows    []Row
}

// Document is the whole page.
func (p *ConnzPage) Document() *Connz {
	doc := p.Connz
	if p.rows != nil {
		doc.Conns = make([]*ConnInfo, len(p.rows))
	}
	for i := range p.rows {
		doc.Conns[i] = &ConnInfo{}
		p.describe(i, doc.Conns[i])
	}
	return &doc
}

// describe makes in info what is shown of row i.
func (p *ConnzPage) describe(i int, info *ConnInfo) {
	c := p.rows[i].Describe()
	c.info(info, p.Now, &p.options)
}

// order compares two connections.
type order func(a, b *Connection, now time.Time) int

// orders are the ways to sort. Those that count have the greatest first.
var orders = map[string]order{
	"cid":        func(a, b *Connection, _ time.Time) int { return 0 }, // what ties are broken by
	"start":      func(a, b *Connection, _ time.Time) int { return a.Start.Compare(b.Start) },
	"subs":       func(a, b *Connection, _ time.Time) int { return cmp.Compare(b.NumSubs, a.NumSubs) },
	"pending":    func(a, b *Connection, _ time.Time) int { return cmp.Compare(b.Pending, a.Pending) },
	"msgs_to":    func(a, b *Connection, _ time.Time) int { return cmp.Compare(b.OutMsgs, a.OutMsgs) },
	"msgs_from":  func(a, b *Connection, _ time.Time) int { return cmp.Compare(b.InMsgs, a.InMsgs) },
	"bytes_to":   func(a, b *Connection, _ time.Time) int { return cmp.Compare(b.OutBytes, a.OutBytes) },
	"bytes_from": func(a, b *Connection, _ time.Time) int { return cmp.Compare(b.InBytes, a.InBytes) },
	"last":       func(a, b *Connection, _ time.Time) int { return b.LastActivity.Compare(a.LastActivity) },
	"idle":       func(a, b *Connection, _ time.Time) int { return a.LastActivity.Compare(b.LastActivity) },
	"uptime": func(a, b *Connection, now time.Time) int { // the youngest first
		return cmp.Compare(a.until(now).Sub(a.Start), b.until(now).Sub(b.Start))
	},
	"stop":   func(a, b *Connection, _ time.Time) int { return b.Stop.Compare(a.Stop) },
	"reason": func(a, b *Connection, _ time.Time) int { return strings.Compare(a.Reason, b.Reason) },
	"rtt":    func(a, b *Connection, _ time.Time) int { return cmp.Compare(b.RTT, a.RTT) },
}

// Select answers o with the rows of s. The error is a *ParameterError.
func (o ConnzOptions) Select(s ConnzSource) (*ConnzPage, error) {
	compare, err := o.check()
	if err != nil {
		return nil, err
	}
	page := &ConnzPage{Connz: Connz{ServerID: s.ServerID, Now: s.Now.UTC()}, options: o}
	page.Offset, page.Limit = pageOf(o.Offset, o.Limit)
	if o.CID != 0 {
		page.Limit = 1
	}
	if o.Account != "" && s.HasAccount != nil && !s.HasAccount(o.Account) {
		page.ServerID = "" // how one tells an unknown account from an empty one, with no list in place of an empty one
		return page, nil
	}
	rows := o.ofState(s)
	page.Total = len(rows)
	if o.plain() {
		if o.CID != 0 {
			rows = slices.DeleteFunc(rows, func(r Row) bool { return r.Number() != o.CID })
		}
		slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Number(), b.Number()) })
	} else {
		rows, page.Total = o.described(rows, compare, s.Now)
	}
	first := min(page.Offset, len(rows))
	last := first + min(page.Limit, len(rows)-first)
	page.rows = slices.Clone(rows[first:last]) // the others may go
	if page.rows == nil {
		page.rows = []Row{}
	}
	page.NumConns = len(page.rows)
	return page, nil
}

// plain reports whether connections can be chosen and sorted by their numbers alone.
func (o *ConnzOptions) plain() bool {
	return (o.Sort == "" || o.Sort == "cid") && o.Account == "" && o.User == "" && o.MQTTClient == "" && o.FilterSubject == ""
}

// described returns those asked for of some rows, described and sorted, and how many are in the account asked for.
func (o *ConnzOptions) described(rows []Row, compare order, now time.Time) (chosen []Row, total int) {
	list := make([]*Connection, 0, len(rows))
	for _, r := range rows {
		c := r.Describe()
		if o.Account != "" && c.account() != o.Account {
			continue
		}
		if total++; o.matches(&c) {
			list = append(list, &c)
		}
	}
	slices.SortFunc(list, func(a, b *Connection) int { return cmp.Or(compare(a, b, now), cmp.Compare(a.ID, b.ID)) })
	for _, c := range list {
		chosen = append(chosen, c)
	}
	return chosen, total
}

// ofState returns the connections with the state asked for. A connection that closed between the two calls counts once,
// as closed.
func (o *ConnzOptions) ofState(s ConnzSource) []Row {
	var open, closed []Row
	if o.State != ConnClosed {
		open = s.Open()
	}
	if o.State != ConnOpen {
		closed = s.Closed()
	}
	if len(closed) == 0 {
		return open
	}
	gone := make(map[uint64]bool, len(closed))
	for _, r := range closed {
		gone[r.Number()] = true
	}
	open = slices.DeleteFunc(open, func(r Row) bool { return gone[r.Number()] })
	return append(open, closed...)
}

// matches reports whether a connection in scope is among those asked for. The subscriptions, which are dear to get, are
// asked last.
func (o *ConnzOptions) matches(c *Connection) bool {
	switch {
	case o.CID != 0 && c.ID != o.CID:
	case o.User != "" && c.User != o.User:
	case o.MQTTClient != "" && c.MQTTClient != o.MQTTClient:
	case o.FilterSubject != "" && o.FilterSubject != ">" && !c.listens(o.FilterSubject):
	default:
		return true
	}
	return false
}

// listens reports whether the connection could get a message on a subject that filter matches.
func (c *Connection) listens(filter string) bool {
	return validPattern(filter) && slices.ContainsFunc(c.subscriptions(), func(sub SubDetail) bool {
		return overlap(sub.Subject, filter)
	})
}
