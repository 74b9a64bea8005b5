package status

import (
	"net/url"
	"time"
)

// AccountStatz is the document of /accstatz: the traffic of accounts.
type AccountStatz struct {
	ServerID string         `json:"server_id"`
	Now      time.Time      `json:"now"`
	Accounts []*AccountStat `json:"account_statz"`
}

// AccountStat is one account's share of the traffic, of all its connections since the server started.
type AccountStat struct {
	Account       string    `json:"acc"`
	Name          string    `json:"name"`
	Conns         int       `json:"conns"` // of clients, now
	LeafNodes     int       `json:"leafnodes"`
	TotalConns    int       `json:"total_conns"` // clients and leaf nodes, now
	NumSubs       uint32    `json:"num_subscriptions"`
	Sent          DataStats `json:"sent"`     // to its subscribers
	Received      DataStats `json:"received"` // from its publishers
	SlowConsumers int64     `json:"slow_consumers"`
}

// DataStats counts messages and bytes, and how many of them went to or came from other servers.
type DataStats struct {
	MsgBytes
	Gateways *MsgBytes `json:"gateways,omitempty"`
	Routes   *MsgBytes `json:"routes,omitempty"`
	Leafs    *MsgBytes `json:"leafs,omitempty"`
}

// MsgBytes counts messages and their bytes, headers included.
type MsgBytes struct {
	Msgs  int64 `json:"msgs"`
	Bytes int64 `json:"bytes"`
}

// ClientTraffic is the DataStats of an account whose traffic is all with clients.
func ClientTraffic(msgs, bytes int64) DataStats {
	return DataStats{MsgBytes{msgs, bytes}, &MsgBytes{}, &MsgBytes{}, &MsgBytes{}}
}

// AccountStatzOptions is what can be asked of /accstatz. The zero value asks for the accounts that have connections.
type AccountStatzOptions struct {
	Accounts      []string `json:"accounts"` // empty: all; names that are unknown are passed over
	IncludeUnused bool     `json:"include_unused"`
}

// ParseAccountStatz reads the options from the parameters of a request. Accounts has no parameter.
func ParseAccountStatz(values url.Values) (AccountStatzOptions, error) {
	p := parameters{values: values}
	o := AccountStatzOptions{IncludeUnused: p.bool("unused")}
	if p.err != nil {
		return AccountStatzOptions{}, p.err
	}
	return o, nil
}

// AccountStatzSource is where an AccountStatz gets its rows.
type AccountStatzSource struct {
	ServerID string
	Now      time.Time
	Names    func() []string                // of all accounts, in the order to be shown
	Account  func(name string) *AccountStat // nil: there is none with this name
}

// Select answers o.
func (o AccountStatzOptions) Select(s AccountStatzSource) *AccountStatz {
	doc := &AccountStatz{ServerID: s.ServerID, Now: s.Now.UTC(), Accounts: []*AccountStat{}}
	names := o.Accounts
	if len(names) == 0 {
		names = s.Names()
	}
	for _, name := range names {
		if stat := s.Account(name); stat != nil && (o.IncludeUnused || stat.TotalConns > 0) {
			doc.Accounts = append(doc.Accounts, stat)
		}
	}
	return doc
}
