package status

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Connz is the document of /connz: a page of connections.
type Connz struct {
	ServerID string      `json:"server_id"`
	Now      time.Time   `json:"now"`
	NumConns int         `json:"num_connections"` // how many are on this page
	Total    int         `json:"total"`           // how many have the state and account asked for
	Offset   int         `json:"offset"`
	Limit    int         `json:"limit"`
	Conns    []*ConnInfo `json:"connections"`
}

// ConnInfo is one connection of a Connz.
type ConnInfo struct {
	CID            uint64         `json:"cid"`
	Kind           string         `json:"kind,omitempty"`
	Type           string         `json:"type,omitempty"`
	IP             string         `json:"ip"`
	Port           int            `json:"port"`
	Start          time.Time      `json:"start"`
	LastActivity   time.Time      `json:"last_activity"`
	Stop           time.Time      `json:"stop,omitzero"`
	Reason         string         `json:"reason,omitempty"`
	RTT            string         `json:"rtt,omitempty"`
	Uptime         string         `json:"uptime"`
	Idle           string         `json:"idle"`
	Pending        int64          `json:"pending_bytes"`
	InMsgs         int64          `json:"in_msgs"`
	OutMsgs        int64          `json:"out_msgs"`
	InBytes        int64          `json:"in_bytes"`
	OutBytes       int64          `json:"out_bytes"`
	Stalls         int64          `json:"stalls,omitempty"`
	NumSubs        uint32         `json:"subscriptions"`
	Name           string         `json:"name,omitempty"`
	Lang           string         `json:"lang,omitempty"`
	Version        string         `json:"version,omitempty"`
	TLSVersion     string         `json:"tls_version,omitempty"`
	TLSCipher      string         `json:"tls_cipher_suite,omitempty"`
	TLSPeerCerts   []*TLSPeerCert `json:"tls_peer_certs,omitempty"`
	TLSFirst       bool           `json:"tls_first,omitempty"`
	AuthorizedUser string         `json:"authorized_user,omitempty"`
	Account        string         `json:"account,omitempty"`
	Subs           []string       `json:"subscriptions_list,omitempty"`
	SubsDetail     []SubDetail    `json:"subscriptions_list_detail,omitempty"`
	JWT            string         `json:"jwt,omitempty"`
	IssuerKey      string         `json:"issuer_key,omitempty"`
	NameTag        string         `json:"name_tag,omitempty"`
	Tags           []string       `json:"tags,omitempty"`
	MQTTClient     string         `json:"mqtt_client,omitempty"`
}

// TLSPeerCert is a certificate that a client presented. The digests are in hex.
type TLSPeerCert struct {
	Subject    string `json:"subject,omitempty"`
	SPKISha256 string `json:"spki_sha256,omitempty"` // of the public key alone
	CertSha256 string `json:"cert_sha256,omitempty"`
}

// ConnState says which connections are asked for.
type ConnState int

// The states a connection may be asked for by.
const (
	ConnOpen ConnState = iota
	ConnClosed
	ConnAll
)

// ConnzOptions is what can be asked of /connz. The zero value asks for the first page of the open connections.
type ConnzOptions struct {
	Sort          string    `json:"sort"` // a key of the sort table; empty means "cid"
	Auth          bool      `json:"auth"` // show users, accounts and certificates
	Subscriptions bool      `json:"subscriptions"`
	SubsDetail    bool      `json:"subscriptions_detail"` // objects rather than subjects
	Offset        int       `json:"offset"`               // below zero means zero
	Limit         int       `json:"limit"`                // zero and below means 1024
	CID           uint64    `json:"cid"`                  // zero means any
	MQTTClient    string    `json:"mqtt_client"`
	State         ConnState `json:"state"`
	User          string    `json:"user"`
	Account       string    `json:"acc"`
	FilterSubject string    `json:"filter_subject"` // with Account only; ">" means any connection
}

// ParseConnz reads the options from the parameters of a request. FilterSubject has no parameter: over HTTP it is not
// looked at.
func ParseConnz(values url.Values) (ConnzOptions, error) {
	p := parameters{values: values}
	o := ConnzOptions{
		Sort:       values.Get("sort"),
		User:       values.Get("user"),
		Account:    values.Get("acc"),
		MQTTClient: values.Get("mqtt_client"),
		Auth:       p.bool("auth"),
	}
	o.Subscriptions, o.SubsDetail = p.subs()
	o.Offset = p.int("offset")
	o.Limit = p.int("limit")
	o.CID = p.uint64("cid")
	if p.err != nil {
		return ConnzOptions{}, p.err
	}
	var err error
	if o.State, err = parseState(values.Get("state")); err != nil {
		return ConnzOptions{}, err
	}
	return o, nil
}

func parseState(text string) (ConnState, error) {
	switch strings.ToLower(text) {
	case "", "open":
		return ConnOpen, nil
	case "closed":
		return ConnClosed, nil
	case "any", "all":
		return ConnAll, nil
	}
	return 0, badParameter("Error decoding state for %s", text)
}

// check finds what cannot be answered, and the order to answer in.
func (o *ConnzOptions) check() (order, error) {
	by := o.Sort
	if by == "" {
		by = "cid"
	}
	compare, known := orders[by]
	switch {
	case !known:
		return nil, badParameter("invalid sorting option: %s", by)
	case (by == "stop" || by == "reason") && o.State != ConnClosed:
		return nil, badParameter("sort by %s only valid on closed connections", by)
	case o.FilterSubject != "" && o.Account == "":
		return nil, badParameter("filter by subject only valid with account filtering")
	case o.State < ConnOpen || o.State > ConnAll:
		return nil, badParameter("Error decoding state for %s", fmt.Sprint(int(o.State)))
	}
	return compare, nil
}
