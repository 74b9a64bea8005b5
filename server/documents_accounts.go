package server

import (
	"time"

	"sinew.dev/sinew/internal/account"
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/observe/status"
)

// Accountz tells of the accounts.
func (d documents) Accountz(o status.AccountzOptions) (*status.Accountz, error) {
	d.s.mu.Lock()
	c, loaded := d.s.config, d.s.loaded
	d.s.mu.Unlock()
	return o.Select(status.AccountzSource{
		ServerID: d.s.id, Now: time.Now(), SystemAccount: c.SystemAccount, Names: d.accountNames,
		Account: func(name string) *status.AccountInfo {
			a := d.s.broker.Find(name)
			if a == nil {
				return nil
			}
			interest := interestOf(a)
			return &status.AccountInfo{
				AccountName: name, NameTag: name, LastUpdate: loaded.UTC(), IsSystem: name == c.SystemAccount,
				Complete: true, ClientCnt: int(a.Connections()), SubCnt: interest.NumSubs,
				Mappings: shownMappings(c, name), Sublist: &interest,
			}
		},
	})
}

// AccountStatz tells of the traffic of accounts.
func (d documents) AccountStatz(o status.AccountStatzOptions) *status.AccountStatz {
	return o.Select(status.AccountStatzSource{
		ServerID: d.s.id, Now: time.Now(), Names: d.accountNames,
		Account: func(name string) *status.AccountStat {
			if a := d.s.broker.Find(name); a != nil {
				return accountStat(a)
			}
			return nil
		},
	})
}

func accountStat(a *broker.Account) *status.AccountStat {
	t, conns := &a.Traffic, int(a.Connections())
	return &status.AccountStat{
		Account: a.Name(), Name: a.Name(), Conns: conns, TotalConns: conns, NumSubs: uint32(a.Interest().Len()),
		Sent:          status.ClientTraffic(t.OutMsgs.Load(), t.OutBytes.Load()),
		Received:      status.ClientTraffic(t.InMsgs.Load(), t.InBytes.Load()),
		SlowConsumers: a.SlowConsumers.Load(),
	}
}

// accountNames are the names of all accounts.
func (d documents) accountNames() []string {
	accounts := d.s.broker.Accounts()
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.Name()
	}
	return names
}

// interestOf counts what an account's index of subscriptions holds and does.
func interestOf(a *broker.Account) status.Interest {
	st := a.Interest().Stats()
	in := status.Interest{
		NumSubs: uint32(st.Entries), NumInserts: st.Inserts, NumRemoves: st.Removes, NumMatches: st.Matches,
		NumCache: uint32(st.Cached), MaxFanout: uint32(st.MaxFanout),
	}
	if st.Cached > 0 {
		in.AvgFanout = float64(st.Fanout) / float64(st.Cached)
	}
	if st.Matches > 0 {
		in.CacheHitRate = max(0, 1-float64(st.Misses)/float64(st.Matches))
	}
	return in
}

// shownMappings are the mappings of an account by their sources; nil: there are none.
func shownMappings(c *config.Config, name string) map[string][]status.MapDest {
	var defs []config.Mapping
	if name == account.Global {
		defs = c.Mappings
	}
	for i := range c.Accounts {
		if c.Accounts[i].Name == name {
			defs = c.Accounts[i].Mappings
		}
	}
	if len(defs) == 0 {
		return nil
	}
	shown := make(map[string][]status.MapDest, len(defs))
	for i := range defs {
		var given []status.MapDest
		for _, dest := range defs[i].Destinations {
			given = append(given, status.MapDest{Subject: dest.Subject, Weight: uint8(dest.Weight), Cluster: dest.Cluster})
		}
		shown[defs[i].Source] = status.ShowMapping(defs[i].Source, given)
	}
	return shown
}
