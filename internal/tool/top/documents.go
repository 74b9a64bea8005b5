package top

import "time"

// Flow counts messages and their bytes since a server, a connection or an account began. In is what the server received,
// out is what it sent.
type Flow struct {
	InMsgs   int64 `json:"in_msgs"`
	OutMsgs  int64 `json:"out_msgs"`
	InBytes  int64 `json:"in_bytes"`
	OutBytes int64 `json:"out_bytes"`
}

// Rates are a Flow per second.
type Rates struct {
	InMsgs   float64 `json:"in_msgs"`
	OutMsgs  float64 `json:"out_msgs"`
	InBytes  float64 `json:"in_bytes"`
	OutBytes float64 `json:"out_bytes"`
}

// Server is what we read of the document of /varz.
type Server struct {
	ID      string    `json:"server_id"`
	Name    string    `json:"server_name"`
	Version string    `json:"version"`
	Start   time.Time `json:"start"`
	Now     time.Time `json:"now"`
	Uptime  string    `json:"uptime"`
	CPU     float64   `json:"cpu"` // per cent of one core
	Cores   int       `json:"cores"`
	Mem     int64     `json:"mem"` // resident bytes
	Flow
	Connections      int    `json:"connections"`
	TotalConnections uint64 `json:"total_connections"` // since it started
	Subscriptions    uint32 `json:"subscriptions"`
	SlowConsumers    int64  `json:"slow_consumers"`
	// Rates is nil until there are two samples.
	Rates *Rates `json:"rates"`
}

// Connection is what we read of an entry of /connz.
type Connection struct {
	CID          uint64    `json:"cid"`
	Kind         string    `json:"kind,omitempty"`
	Type         string    `json:"type,omitempty"`
	Name         string    `json:"name"`
	Account      string    `json:"account,omitempty"`
	User         string    `json:"authorized_user,omitempty"`
	IP           string    `json:"ip"`
	Port         int       `json:"port"`
	Start        time.Time `json:"start"`
	LastActivity time.Time `json:"last_activity"`
	Uptime       string    `json:"uptime"`
	Idle         string    `json:"idle"`
	RTT          string    `json:"rtt,omitempty"` // as Go writes durations
	Pending      int64     `json:"pending_bytes"`
	Flow
	Subscriptions uint32             `json:"subscriptions"`
	Lang          string             `json:"lang,omitempty"`
	Version       string             `json:"version,omitempty"`
	Details       list[Subscription] `json:"subscriptions_list_detail,omitempty"`
	// Rates is nil while they are not known.
	Rates *Rates `json:"rates"`
}

// Subscription is what we read of an entry of /subsz.
type Subscription struct {
	Account string `json:"account"`
	Subject string `json:"subject"`
	Queue   string `json:"qgroup,omitempty"`
	SID     string `json:"sid"`
	CID     uint64 `json:"cid"`
	Msgs    int64  `json:"msgs"` // delivered so far
	// Rate is messages a second, nil while it is not known.
	Rate *float64 `json:"rate"`
}

// Subject sums up all subscriptions of an account on one subject.
type Subject struct {
	Account     string `json:"account"`
	Subject     string `json:"subject"`
	Queues      int    `json:"queue_groups"`
	Subscribers int    `json:"subscribers"` // members of queue groups included
	// Msgs counts deliveries: a message that three subscribers get counts three times.
	Msgs int64 `json:"msgs"`
	// Rate is deliveries a second, nil while it is not known.
	Rate *float64 `json:"rate"`
}

// Account is what we read of an entry of /accstatz.
type Account struct {
	Name          string `json:"acc"`
	Connections   int    `json:"conns"`
	Leafs         int    `json:"leafnodes"`
	Subscriptions uint32 `json:"num_subscriptions"`
	Sent          Volume `json:"sent"`     // by the server
	Received      Volume `json:"received"` // by the server
	SlowConsumers int64  `json:"slow_consumers"`
	// Rates is nil while they are not known.
	Rates *Rates `json:"rates"`
}

func (a *Account) flow() Flow {
	return Flow{InMsgs: a.Received.Msgs, InBytes: a.Received.Bytes, OutMsgs: a.Sent.Msgs, OutBytes: a.Sent.Bytes}
}

// Volume is an amount of messages.
type Volume struct {
	Msgs  int64 `json:"msgs"`
	Bytes int64 `json:"bytes"`
}

// Page tells which part of all rows there are was asked for.
type Page struct {
	Total  int `json:"total"` // rows on the server
	Offset int `json:"offset"`
	Limit  int `json:"limit"`

	at time.Time // when, by the server's clock
}
