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
	Open       func() []Connection
	Closed     func() []Connection
	HasAccount func(name string) bool
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
func (o ConnzOptions) Select(s ConnzSource) (*Connz, error) {
	compare, err := o.check()
	if err != nil {
		return nil, err
	}
	doc := &Connz{ServerID: s.ServerID, Now: s.Now.UTC(), Conns: []*ConnInfo{}}
	doc.Offset, doc.Limit = page(o.Offset, o.Limit)
	if o.CID != 0 {
		doc.Limit = 1
	}
	if o.Account != "" && s.HasAccount != nil && !s.HasAccount(o.Account) {
		doc.ServerID, doc.Conns = "", nil // how one tells an unknown account from an empty one
		return doc, nil
	}
	rows := o.inScope(s)
	doc.Total = len(rows)
	rows = slices.DeleteFunc(rows, func(c *Connection) bool { return !o.matches(c) })
	slices.SortFunc(rows, func(a, b *Connection) int {
		return cmp.Or(compare(a, b, s.Now), cmp.Compare(a.ID, b.ID))
	})
	rows = rows[min(doc.Offset, len(rows)):]
	for _, c := range rows[:min(doc.Limit, len(rows))] {
		doc.Conns = append(doc.Conns, c.info(s.Now, &o))
	}
	doc.NumConns = len(doc.Conns)
	return doc, nil
}

// inScope returns the connections with the state and the account asked for. A connection that closed between the two
// calls counts once, as closed.
func (o *ConnzOptions) inScope(s ConnzSource) []*Connection {
	var open, closed []Connection
	if o.State != ConnClosed {
		open = s.Open()
	}
	if o.State != ConnOpen {
		closed = s.Closed()
	}
	gone := make(map[uint64]bool, len(closed))
	rows := make([]*Connection, 0, len(open)+len(closed))
	for i := range closed {
		gone[closed[i].ID] = true
		rows = append(rows, &closed[i])
	}
	for i := range open {
		if !gone[open[i].ID] {
			rows = append(rows, &open[i])
		}
	}
	if o.Account == "" {
		return rows
	}
	return slices.DeleteFunc(rows, func(c *Connection) bool { return c.account() != o.Account })
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
