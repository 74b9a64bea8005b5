package top

import (
	"net"
	"strconv"
	"time"
)

// pendingAlarm is how much a client may be behind before it stands out, in bytes. Servers cut off at 64 MiB by default.
const pendingAlarm = 1 << 20

func newConnections() *table[Connection] {
	return &table[Connection]{
		field:   func(s *Snapshot) *[]Connection { return &s.Connections },
		key:     func(c *Connection) string { return strconv.FormatUint(c.CID, 10) },
		columns: connectionColumns,
	}
}

var connectionColumns = []column[Connection]{
	{
		name: "cid", title: "CID", server: "cid", rising: true,
		text:   func(c *Connection, _ display) string { return strconv.FormatUint(c.CID, 10) },
		number: func(c *Connection, _ display) (float64, bool) { return float64(c.CID), true },
	},
	{name: "name", title: "NAME", width: 20, text: func(c *Connection, _ display) string { return c.Name }},
	{name: "account", title: "ACCOUNT", drop: 7, text: func(c *Connection, _ display) string { return c.Account }},
	{name: "user", title: "USER", drop: 8, text: func(c *Connection, _ display) string { return c.User }},
	{name: "host", alias: "ip", title: "HOST", width: 15, drop: 6, text: hostOf},
	{
		name: "subs", title: "SUBS", drop: 5, server: "subs",
		number: func(c *Connection, _ display) (float64, bool) { return float64(c.Subscriptions), true },
	},
	{
		name: "pending", alias: "pending_bytes", title: "PENDING", drop: 4, server: "pending",
		number: func(c *Connection, _ display) (float64, bool) { return float64(c.Pending), true },
		alarm:  func(c *Connection) bool { return c.Pending >= pendingAlarm },
	},
	connectionFlow("msgs_to", "MSGS TO", 1, func(f *Flow) int64 { return f.OutMsgs }, func(r *Rates) float64 { return r.OutMsgs }),
	connectionFlow("msgs_from", "MSGS FROM", 1, func(f *Flow) int64 { return f.InMsgs }, func(r *Rates) float64 { return r.InMsgs }),
	connectionFlow("bytes_to", "BYTES TO", 3, func(f *Flow) int64 { return f.OutBytes }, func(r *Rates) float64 { return r.OutBytes }),
	connectionFlow("bytes_from", "BYTES FROM", 2, func(f *Flow) int64 { return f.InBytes }, func(r *Rates) float64 { return r.InBytes }),
	{
		name: "rtt", title: "RTT", drop: 9, server: "rtt",
		text:   func(c *Connection, _ display) string { return roundTrip(c.RTT) },
		number: func(c *Connection, _ display) (float64, bool) { return duration(c.RTT) },
	},
	{name: "lang", title: "LANG", drop: 10, text: func(c *Connection, _ display) string { return c.Lang }},
	{name: "version", title: "VERSION", drop: 11, text: func(c *Connection, _ display) string { return c.Version }},
	{
		name: "uptime", alias: "start", title: "UPTIME", drop: 12, server: "uptime",
		text:   func(c *Connection, _ display) string { return c.Uptime },
		number: func(c *Connection, _ display) (float64, bool) { return -float64(c.Start.UnixNano()), !c.Start.IsZero() },
	},
	{
		name: "idle", title: "IDLE", drop: 9, server: "idle",
		text: func(c *Connection, _ display) string { return c.Idle },
		number: func(c *Connection, _ display) (float64, bool) {
			return -float64(c.LastActivity.UnixNano()), !c.LastActivity.IsZero()
		},
	},
}

func hostOf(c *Connection, _ display) string {
	if c.IP == "" {
		return "" // a connection inside the server
	}
	return net.JoinHostPort(c.IP, strconv.Itoa(c.Port))
}

func duration(text string) (float64, bool) {
	d, err := time.ParseDuration(text)
	return float64(d), err == nil
}

// connectionFlow is a column that shows one counter of a connection, or how fast it grows.
func connectionFlow(name, title string, drop int, count func(*Flow) int64, rate func(*Rates) float64) column[Connection] {
	return column[Connection]{
		name: name, title: title, width: flowWidth, drop: drop, server: name,
		number: func(c *Connection, d display) (float64, bool) { return flowNumber(&c.Flow, c.Rates, d, count, rate) },
	}
}

func flowNumber(f *Flow, r *Rates, d display, count func(*Flow) int64, rate func(*Rates) float64) (float64, bool) {
	switch {
	case d.totals:
		return float64(count(f)), true
	case r == nil:
		return 0, false
	}
	return rate(r), true
}

func newSubjects() *table[Subject] {
	return &table[Subject]{
		field: func(s *Snapshot) *[]Subject { return &s.Subjects },
		key:   func(s *Subject) string { return s.Account + " " + s.Subject },
		columns: []column[Subject]{
			{name: "subject", title: "SUBJECT", width: 16, text: func(s *Subject, _ display) string { return s.Subject }},
			{name: "account", title: "ACCOUNT", drop: 2, text: func(s *Subject, _ display) string { return s.Account }},
			{
				name: "subscribers", alias: "subs", title: "SUBSCRIBERS", drop: 1,
				number: func(s *Subject, _ display) (float64, bool) { return float64(s.Subscribers), true },
			},
			{
				name: "queues", title: "QUEUES", drop: 3,
				number: func(s *Subject, _ display) (float64, bool) { return float64(s.Queues), true },
			},
			{
				name: "msgs", alias: "msgs_to", title: "MSGS", width: flowWidth,
				number: func(s *Subject, d display) (float64, bool) { return subscriptionNumber(s.Msgs, s.Rate, d) },
			},
		},
	}
}

func newSubscriptions() *table[Subscription] {
	return &table[Subscription]{
		field: func(s *Snapshot) *[]Subscription { return &s.Subscriptions },
		key: func(s *Subscription) string {
			return strconv.FormatUint(s.CID, 10) + " " + s.Account + " " + s.SID
		},
		columns: []column[Subscription]{
			{name: "subject", title: "SUBJECT", width: 16, text: func(s *Subscription, _ display) string { return s.Subject }},
			{name: "queue", title: "QUEUE", drop: 2, text: func(s *Subscription, _ display) string { return s.Queue }},
			{name: "account", title: "ACCOUNT", drop: 3, text: func(s *Subscription, _ display) string { return s.Account }},
			{
				name: "cid", title: "CID", drop: 1, rising: true,
				text:   func(s *Subscription, _ display) string { return strconv.FormatUint(s.CID, 10) },
				number: func(s *Subscription, _ display) (float64, bool) { return float64(s.CID), true },
			},
			{name: "sid", title: "SID", drop: 4, text: func(s *Subscription, _ display) string { return s.SID }},
			{
				name: "msgs", alias: "msgs_to", title: "MSGS", width: flowWidth,
				number: func(s *Subscription, d display) (float64, bool) { return subscriptionNumber(s.Msgs, s.Rate, d) },
			},
		},
	}
}

func subscriptionNumber(msgs int64, rate *float64, d display) (float64, bool) {
	switch {
	case d.totals:
		return float64(msgs), true
	case rate == nil:
		return 0, false
	}
	return *rate, true
}

func newAccounts() *table[Account] {
	return &table[Account]{
		field: func(s *Snapshot) *[]Account { return &s.Accounts },
		key:   func(a *Account) string { return a.Name },
		columns: []column[Account]{
			{name: "account", title: "ACCOUNT", width: 12, text: func(a *Account, _ display) string { return a.Name }},
			{
				name: "connections", alias: "conns", title: "CONNS",
				number: func(a *Account, _ display) (float64, bool) { return float64(a.Connections), true },
			},
			{
				name: "leafs", title: "LEAFS", drop: 5,
				number: func(a *Account, _ display) (float64, bool) { return float64(a.Leafs), true },
			},
			{
				name: "subs", title: "SUBS", drop: 4,
				number: func(a *Account, _ display) (float64, bool) { return float64(a.Subscriptions), true },
			},
			accountFlow("msgs_to", "MSGS TO", 1, func(f *Flow) int64 { return f.OutMsgs }, func(r *Rates) float64 { return r.OutMsgs }),
			accountFlow("msgs_from", "MSGS FROM", 1, func(f *Flow) int64 { return f.InMsgs }, func(r *Rates) float64 { return r.InMsgs }),
			accountFlow("bytes_to", "BYTES TO", 3, func(f *Flow) int64 { return f.OutBytes }, func(r *Rates) float64 { return r.OutBytes }),
			accountFlow("bytes_from", "BYTES FROM", 2, func(f *Flow) int64 { return f.InBytes }, func(r *Rates) float64 { return r.InBytes }),
			{
				name: "slow", alias: "slow_consumers", title: "SLOW", drop: 6,
				number: func(a *Account, _ display) (float64, bool) { return float64(a.SlowConsumers), true },
				alarm:  func(a *Account) bool { return a.SlowConsumers > 0 },
			},
		},
	}
}

func accountFlow(name, title string, drop int, count func(*Flow) int64, rate func(*Rates) float64) column[Account] {
	return column[Account]{
		name: name, title: title, width: flowWidth, drop: drop,
		number: func(a *Account, d display) (float64, bool) {
			f := a.flow()
			return flowNumber(&f, a.Rates, d, count, rate)
		},
	}
}
