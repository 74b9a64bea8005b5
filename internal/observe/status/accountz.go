package status

import (
	"net/url"
	"time"
)

// Accountz is the document of /accountz: the names of all accounts, or one of them in detail.
type Accountz struct {
	ServerID      string       `json:"server_id"`
	Now           time.Time    `json:"now"`
	SystemAccount string       `json:"system_account,omitempty"`
	Accounts      []string     `json:"accounts,omitempty"`
	Account       *AccountInfo `json:"account_detail,omitempty"`
}

// AccountInfo is one account of an Accountz.
type AccountInfo struct {
	AccountName string               `json:"account_name"`
	LastUpdate  time.Time            `json:"update_time,omitzero"` // when it was configured
	IsSystem    bool                 `json:"is_system,omitempty"`
	Expired     bool                 `json:"expired"`
	Complete    bool                 `json:"complete"` // what it imports is there
	JetStream   bool                 `json:"jetstream_enabled"`
	LeafCnt     int                  `json:"leafnode_connections"`
	ClientCnt   int                  `json:"client_connections"`
	SubCnt      uint32               `json:"subscriptions"`
	Mappings    map[string][]MapDest `json:"mappings,omitempty"` // by source
	NameTag     string               `json:"name_tag,omitempty"`
	Tags        []string             `json:"tags,omitempty"`
	Sublist     *Interest            `json:"sublist_stats,omitempty"`
}

// AccountzOptions is what can be asked of /accountz.
type AccountzOptions struct {
	Account string `json:"account"` // empty: the names of all
}

// ParseAccountz reads the options from the parameters of a request.
func ParseAccountz(values url.Values) (AccountzOptions, error) {
	return AccountzOptions{Account: values.Get("acc")}, nil
}

// AccountzSource is where an Accountz gets its content.
type AccountzSource struct {
	ServerID      string
	Now           time.Time
	SystemAccount string
	Names         func() []string                // of all accounts, in the order to be shown
	Account       func(name string) *AccountInfo // nil: there is none with this name
}

// Select answers o. The error is a *ParameterError.
func (o AccountzOptions) Select(s AccountzSource) (*Accountz, error) {
	doc := &Accountz{ServerID: s.ServerID, Now: s.Now.UTC(), SystemAccount: s.SystemAccount}
	if o.Account == "" {
		doc.Accounts = s.Names()
		return doc, nil
	}
	if doc.Account = s.Account(o.Account); doc.Account == nil {
		return nil, badParameter("Account %s does not exist", o.Account)
	}
	return doc, nil
}
