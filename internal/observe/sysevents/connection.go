package sysevents

import (
	"time"

	"github.com/nats-io/nuid"

	"sinew.dev/sinew/internal/observe/status"
)

// The types of events, as their documents name them.
const (
	connectType     = "io.nats.server.advisory.v1.client_connect"
	disconnectType  = "io.nats.server.advisory.v1.client_disconnect"
	connectionsType = "io.nats.server.advisory.v1.account_connections"
)

// typed begins each event.
type typed struct {
	Type string    `json:"type"`
	ID   string    `json:"id"` // unique
	Time time.Time `json:"timestamp"`
}

func newTyped(kind string, now time.Time) typed {
	return typed{Type: kind, ID: nuid.Next(), Time: now.UTC()}
}

// ClientInfo is the client in an event.
type ClientInfo struct {
	Start      *time.Time    `json:"start,omitempty"`
	Host       string        `json:"host,omitempty"`
	ID         uint64        `json:"id,omitempty"`
	Account    string        `json:"acc,omitempty"`
	Service    string        `json:"svc,omitempty"`
	User       string        `json:"user,omitempty"`
	Name       string        `json:"name,omitempty"`
	Lang       string        `json:"lang,omitempty"`
	Version    string        `json:"ver,omitempty"`
	RTT        time.Duration `json:"rtt,omitempty"`
	Server     string        `json:"server,omitempty"`
	Cluster    string        `json:"cluster,omitempty"`
	Alternates []string      `json:"alts,omitempty"`
	Stop       *time.Time    `json:"stop,omitempty"`
	JWT        string        `json:"jwt,omitempty"`
	IssuerKey  string        `json:"issuer_key,omitempty"`
	NameTag    string        `json:"name_tag,omitempty"`
	Tags       []string      `json:"tags,omitempty"`
	Kind       string        `json:"kind,omitempty"`
	ClientType string        `json:"client_type,omitempty"`
	ClientID   string        `json:"client_id,omitempty"`
	Nonce      string        `json:"nonce,omitempty"`
	Reply      string        `json:"reply,omitempty"`
}

// clientInfo describes a connection.
func clientInfo(c *status.Connection) ClientInfo {
	start := c.Start.UTC()
	info := ClientInfo{
		Start: &start, Host: c.Host, ID: c.ID, Account: c.Account, User: c.User, Name: c.Name, Lang: c.Lang,
		Version: c.Version, JWT: c.JWT, IssuerKey: c.IssuerKey, NameTag: c.Account, Tags: c.Tags,
		Kind: c.Kind, ClientType: c.Type, ClientID: c.MQTTClient,
	}
	if info.Kind == "" {
		info.Kind, info.ClientType = "Client", "nats"
	}
	return info
}

// connectEvent tells that a client has logged in.
type connectEvent struct {
	typed
	Server *ServerInfo `json:"server"`
	Client ClientInfo  `json:"client"`
}

// disconnectEvent tells that a connection has ended, or that its client was refused. Sent and Received are the client's
// view, unlike those of accounts and servers.
type disconnectEvent struct {
	typed
	Server   *ServerInfo      `json:"server"`
	Client   ClientInfo       `json:"client"`
	Sent     status.DataStats `json:"sent"`
	Received status.DataStats `json:"received"`
	Reason   string           `json:"reason"`
}

// connectionsEvent tells how many connections an account has, and what they did so far.
type connectionsEvent struct {
	typed
	Server *ServerInfo `json:"server"`
	*status.AccountStat
}

func (s *System) connectDocument(c *status.Connection) *connectEvent {
	now := time.Now()
	return &connectEvent{newTyped(connectType, now), s.stamp(now), clientInfo(c)}
}

func (s *System) disconnectDocument(c *status.Connection, reason string) *disconnectEvent {
	now := time.Now()
	stop := c.Stop.UTC()
	info := clientInfo(c)
	info.Stop, info.RTT = &stop, c.RTT
	if info.RTT < time.Millisecond {
		info.RTT = info.RTT.Truncate(time.Microsecond)
	}
	return &disconnectEvent{
		newTyped(disconnectType, now), s.stamp(now), info,
		status.DataStats{MsgBytes: status.MsgBytes{Msgs: c.InMsgs, Bytes: c.InBytes}},
		status.DataStats{MsgBytes: status.MsgBytes{Msgs: c.OutMsgs, Bytes: c.OutBytes}},
		reason,
	}
}

func (s *System) connectionsDocument(stat *status.AccountStat) *connectionsEvent {
	now := time.Now()
	return &connectionsEvent{newTyped(connectionsType, now), s.stamp(now), stat}
}
