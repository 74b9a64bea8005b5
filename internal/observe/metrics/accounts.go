package metrics

import "sinew.dev/sinew/internal/observe/status"

// perAccount are the series of an account.
var perAccount = []struct {
	name  string
	value func(*status.AccountStat) int64
}{
	{"current_connections", func(a *status.AccountStat) int64 { return int64(a.Conns) }},
	{"leaf_nodes", func(a *status.AccountStat) int64 { return int64(a.LeafNodes) }},
	{"received_bytes", func(a *status.AccountStat) int64 { return a.Received.Bytes }},
	{"received_messages", func(a *status.AccountStat) int64 { return a.Received.Msgs }},
	{"sent_bytes", func(a *status.AccountStat) int64 { return a.Sent.Bytes }},
	{"sent_messages", func(a *status.AccountStat) int64 { return a.Sent.Msgs }},
	{"slow_consumers", func(a *status.AccountStat) int64 { return a.SlowConsumers }},
	{"subscriptions", func(a *status.AccountStat) int64 { return int64(a.NumSubs) }},
	{"total_connections", func(a *status.AccountStat) int64 { return int64(a.TotalConns) }},
}

// accounts writes what is in use of each account, as /accstatz has it.
func (p *page) accounts(labels string, stats []*status.AccountStat) {
	sets := make([]string, len(stats))
	for i, a := range stats {
		set := label(label(nil, "account", a.Account), "account_id", a.Account)
		sets[i] = string(label(set, "account_name", a.Name)) + "," + labels
	}
	for _, s := range perAccount {
		p.family(p.prefix+"_accstatz_"+s.name, gauge, s.name)
		for i, a := range stats {
			p.count(sets[i], s.value(a))
		}
	}
}
