package metrics

import (
	"cmp"
	"crypto/tls"
	"slices"
	"strconv"
	"strings"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

// perConnection are the series of a connection; those that are sums have one for all connections, too.
var perConnection = []struct {
	name  string
	kind  kind
	help  string
	sum   bool
	value func(c *status.Connection, now time.Time) int64
}{
	{
		"idle", gauge, "idle time duration in milliseconds", false,
		func(c *status.Connection, now time.Time) int64 { return max(0, now.Sub(c.LastActivity).Milliseconds()) },
	},
	{"in_bytes", counter, "in_bytes", true, func(c *status.Connection, _ time.Time) int64 { return c.InBytes }},
	{"in_msgs", counter, "in_msgs", true, func(c *status.Connection, _ time.Time) int64 { return c.InMsgs }},
	{
		"last_activity", untyped, "epoch time at which the last activity was registred", false,
		func(c *status.Connection, _ time.Time) int64 { return c.LastActivity.UnixMilli() },
	},
	{"out_bytes", counter, "out_bytes", true, func(c *status.Connection, _ time.Time) int64 { return c.OutBytes }},
	{"out_msgs", counter, "out_msgs", true, func(c *status.Connection, _ time.Time) int64 { return c.OutMsgs }},
	{"pending_bytes", gauge, "pending_bytes", true, func(c *status.Connection, _ time.Time) int64 { return c.Pending }},
	{
		"rtt", gauge, "response time latency in microseconds", false,
		func(c *status.Connection, _ time.Time) int64 { return c.RTT.Microseconds() },
	},
	{
		"start", untyped, "epoch time at which the connection was started", false,
		func(c *status.Connection, _ time.Time) int64 { return c.Start.UnixMilli() },
	},
	{"subscriptions", gauge, "subscriptions", true, func(c *status.Connection, _ time.Time) int64 { return int64(c.NumSubs) }},
	{
		"uptime", untyped, "uptime duration in milliseconds", false,
		func(c *status.Connection, now time.Time) int64 { return max(0, now.Sub(c.Start).Milliseconds()) },
	},
}

// connections writes the sums over all open connections, and the series of those with the lowest numbers if they are
// asked for.
func (p *page) connections(labels string, all []status.Connection, r *request, serverID string, now time.Time) {
	for _, f := range []struct {
		name  string
		value int
	}{{"limit", r.limit}, {"num_connections", len(all)}, {"offset", 0}, {"total", len(all)}} {
		p.family(p.prefix+"_connz_"+f.name, gauge, f.name)
		p.count(labels, int64(f.value))
	}
	each, names := r.choose(all, serverID)
	if p.out == nil {
		size := 0
		for _, name := range names {
			size += len(name) + 64 // the family's name and the value
		}
		p.buf = slices.Grow(p.buf, size*len(perConnection))
	}
	for _, f := range perConnection {
		if !f.sum && len(each) == 0 {
			continue
		}
		p.family(p.prefix+"_connz_"+f.name, f.kind, f.help)
		if f.sum {
			sum := int64(0)
			for i := range all {
				sum += f.value(&all[i], now)
			}
			p.count(labels, sum)
		}
		for i := range each {
			p.count(names[i], f.value(each[i], now))
		}
	}
}

// choose returns the connections that have series of their own, and their labels.
func (r *request) choose(all []status.Connection, serverID string) (each []*status.Connection, names []string) {
	if !r.detailed {
		return nil, nil
	}
	for i := range all {
		each = append(each, &all[i])
	}
	slices.SortFunc(each, func(a, b *status.Connection) int { return cmp.Compare(a.ID, b.ID) })
	each = each[:min(len(each), r.limit)]
	var buf []byte
	for _, c := range each {
		buf = connectionLabels(buf[:0], c, serverID)
		names = append(names, string(buf))
	}
	return each, names
}

// connectionLabels says which connection it is, with the exporter's labels in its order.
func connectionLabels(to []byte, c *status.Connection, serverID string) []byte {
	account := c.Account
	if account == globalAccount {
		account = ""
	}
	version, cipher := "", ""
	if c.TLS != nil {
		version, cipher = strings.TrimPrefix(tls.VersionName(c.TLS.Version), "TLS "), tls.CipherSuiteName(c.TLS.CipherSuite)
	}
	for _, l := range [...]struct{ name, value string }{
		{"account", account},
		{"account_id", account},
		{"cid", strconv.FormatUint(c.ID, 10)},
		{"ip", c.Host},
		{"kind", cmp.Or(c.Kind, "Client")},
		{"lang", c.Lang},
		{"name", c.Name},
		{"name_tag", c.Account},
		{"port", strconv.Itoa(c.Port)},
		{"server_id", serverID},
		{"tls_cipher_suite", cipher},
		{"tls_version", version},
		{"type", cmp.Or(c.Type, "nats")},
		{"version", c.Version},
	} {
		to = label(to, l.name, l.value)
	}
	return to
}

// globalAccount is where clients are that were bound to no other account; the account label does not name it.
const globalAccount = "$G"
