package status

import (
	"errors"
	"net/url"
	"strings"
	"time"
)

// The documents below tell of parts of the server that it does not have yet; they say so the way tools expect.

// Routez is the document of /routez.
type Routez struct {
	ServerID   string     `json:"server_id"`
	ServerName string     `json:"server_name"`
	Now        time.Time  `json:"now"`
	NumRoutes  int        `json:"num_routes"`
	Routes     []struct{} `json:"routes"`
}

// Gatewayz is the document of /gatewayz.
type Gatewayz struct {
	ServerID string              `json:"server_id"`
	Now      time.Time           `json:"now"`
	Outbound map[string]struct{} `json:"outbound_gateways"`
	Inbound  map[string]struct{} `json:"inbound_gateways"`
}

// Leafz is the document of /leafz.
type Leafz struct {
	ServerID string     `json:"server_id"`
	Now      time.Time  `json:"now"`
	NumLeafs int        `json:"leafnodes"`
	Leafs    []struct{} `json:"leafs"`
}

// Jsz is the document of /jsz.
type Jsz struct {
	Memory          uint64 `json:"memory"`
	Storage         uint64 `json:"storage"`
	ReservedMemory  uint64 `json:"reserved_memory"`
	ReservedStorage uint64 `json:"reserved_storage"`
	Accounts        int    `json:"accounts"`
	HAAssets        int    `json:"ha_assets"`
	API             struct {
		Level  int    `json:"level"`
		Total  uint64 `json:"total"`
		Errors uint64 `json:"errors"`
	} `json:"api"`
	ServerID string    `json:"server_id"`
	Now      time.Time `json:"now"`
	Disabled bool      `json:"disabled,omitempty"`
	Config   struct {
		MaxMemory  int64 `json:"max_memory"`
		MaxStorage int64 `json:"max_storage"`
	} `json:"config"`
	Streams   int    `json:"streams"`
	Consumers int    `json:"consumers"`
	Messages  uint64 `json:"messages"`
	Bytes     uint64 `json:"bytes"`
	Total     int    `json:"total"`
}

// NoRoutes is the Routez of a server without routes.
func NoRoutes(id, name string, now time.Time) *Routez {
	return &Routez{ServerID: id, ServerName: name, Now: now.UTC(), Routes: []struct{}{}}
}

// NoGateways is the Gatewayz of a server without gateways.
func NoGateways(id string, now time.Time) *Gatewayz {
	return &Gatewayz{ServerID: id, Now: now.UTC(), Outbound: map[string]struct{}{}, Inbound: map[string]struct{}{}}
}

// NoLeafs is the Leafz of a server without leaf nodes.
func NoLeafs(id string, now time.Time) *Leafz {
	return &Leafz{ServerID: id, Now: now.UTC(), Leafs: []struct{}{}}
}

// NoJetStream is the Jsz of a server without JetStream.
func NoJetStream(id string, now time.Time) *Jsz {
	return &Jsz{ServerID: id, Now: now.UTC(), Disabled: true}
}

// NoIPQueues is the document of /ipqueuesz: the queues of the reference server's own goroutines, which this server does
// not have.
func NoIPQueues() map[string]IPQueue { return map[string]IPQueue{} }

// IPQueue is one queue inside a server.
type IPQueue struct {
	Pending    int `json:"pending"`
	InProgress int `json:"in_progress,omitempty"`
}

// ErrNoRaft: there are no Raft groups to tell of.
var ErrNoRaft = errors.New("No Raft nodes registered") // what tools expect

// RoutezOptions is what can be asked of /routez.
type RoutezOptions struct {
	Subscriptions bool `json:"subscriptions"`
	SubsDetail    bool `json:"subscriptions_detail"` // objects rather than subjects
}

// GatewayzOptions is what can be asked of /gatewayz.
type GatewayzOptions struct {
	Name          string `json:"name"` // of the other cluster; empty: all
	Accounts      bool   `json:"accounts"`
	AccountName   string `json:"account_name"` // only this one
	Subscriptions bool   `json:"subscriptions"`
	SubsDetail    bool   `json:"subscriptions_detail"`
}

// LeafzOptions is what can be asked of /leafz.
type LeafzOptions struct {
	Subscriptions bool   `json:"subscriptions"`
	Account       string `json:"account"`
}

// JszOptions is what can be asked of /jsz.
type JszOptions struct {
	Account          string `json:"account,omitempty"`
	Accounts         bool   `json:"accounts,omitempty"`
	Streams          bool   `json:"streams,omitempty"`
	Consumers        bool   `json:"consumer,omitempty"`
	DirectConsumers  bool   `json:"direct_consumer,omitempty"`
	Config           bool   `json:"config,omitempty"`
	LeaderOnly       bool   `json:"leader_only,omitempty"`
	Offset           int    `json:"offset,omitempty"`
	Limit            int    `json:"limit,omitempty"`
	Raft             bool   `json:"raft,omitempty"`
	StreamLeaderOnly bool   `json:"stream_leader_only,omitempty"`
}

// IPQueueszOptions is what can be asked of /ipqueuesz.
type IPQueueszOptions struct {
	All    bool   `json:"all"`    // the empty ones, too
	Filter string `json:"filter"` // a part of the name
}

// RaftzOptions is what can be asked of /raftz.
type RaftzOptions struct {
	Account string `json:"account"`
	Group   string `json:"group"`
}

// ParseRoutez reads the options from the parameters of a request.
func ParseRoutez(values url.Values) (o RoutezOptions, err error) {
	p := parameters{values: values}
	o.Subscriptions, o.SubsDetail = p.subs()
	return o, p.err
}

// ParseGatewayz reads the options from the parameters of a request.
func ParseGatewayz(values url.Values) (o GatewayzOptions, err error) {
	p := parameters{values: values}
	o.Subscriptions, o.SubsDetail = p.subs()
	o.Accounts = p.bool("accs")
	o.Name, o.AccountName = values.Get("gw_name"), values.Get("acc_name")
	return o, p.err
}

// ParseLeafz reads the options from the parameters of a request.
func ParseLeafz(values url.Values) (o LeafzOptions, err error) {
	p := parameters{values: values}
	o.Subscriptions, o.Account = p.bool("subs"), values.Get("acc")
	return o, p.err
}

// ParseJsz reads the options from the parameters of a request.
func ParseJsz(values url.Values) (o JszOptions, err error) {
	p := parameters{values: values}
	o.Account = values.Get("acc")
	o.Accounts = p.bool("accounts")
	o.Streams = p.bool("streams")
	o.Consumers = p.bool("consumers")
	o.DirectConsumers = p.bool("direct-consumers")
	o.Config = p.bool("config")
	o.Offset = p.int("offset")
	o.Limit = p.int("limit")
	o.LeaderOnly = p.bool("leader-only")
	o.Raft = p.bool("raft")
	o.StreamLeaderOnly = p.bool("stream-leader-only")
	return o, p.err
}

// ParseIPQueuesz reads the options from the parameters of a request.
func ParseIPQueuesz(values url.Values) (o IPQueueszOptions, err error) {
	p := parameters{values: values}
	o.All, o.Filter = p.bool("all"), values.Get("queues")
	return o, p.err
}

// subs reads how subscriptions are asked for.
func (p *parameters) subs() (subjects, detail bool) {
	if strings.EqualFold(p.values.Get("subs"), "detail") {
		return false, true
	}
	return p.bool("subs"), false
}

// Select answers o for a server without JetStream. The error is a *ParameterError.
func (o JszOptions) Select(id string, now time.Time) (*Jsz, error) {
	if o.LeaderOnly {
		return nil, badParameter("filtered response: not leader")
	}
	return NoJetStream(id, now), nil
}
