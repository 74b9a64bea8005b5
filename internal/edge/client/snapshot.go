package client

import (
	"crypto/tls"
	"maps"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

// Snapshot is what is known of a connection at one time.
type Snapshot struct {
	ID                                 uint64
	Host                               string
	Port                               int
	Start, LastActivity, Stop          time.Time
	Reason                             Reason // empty while the connection is open
	RTT                                time.Duration
	Pending                            int64 // bytes
	InMsgs, InBytes, OutMsgs, OutBytes int64
	Stalls                             int64 // how often producers were slowed for it
	NumSubs                            int
	Name, Lang, Version                string
	Account, User, NKey, JWT           string
	TLS                                *tls.ConnectionState
	TLSFirst                           bool // TLS came before INFO

	session *Session   // nil once the connection is closed
	subs    packedSubs // of a closed connection
}

// Snapshot is what is known of the connection now. Safe for concurrent use.
func (s *Session) Snapshot() Snapshot { return s.snapshot(time.Time{}, "") }

// snapshot may be called from any goroutine.
func (s *Session) snapshot(now time.Time, reason Reason) Snapshot {
	row := Snapshot{
		ID: s.id, Host: s.host, Port: s.port, Reason: reason,
		Start: time.Unix(0, s.start).UTC(), LastActivity: time.Unix(0, max(s.last.Load(), s.lastOut.Load())).UTC(),
		RTT: time.Duration(s.rtt.Load()), Pending: s.conn.Pending(), Stalls: s.conn.Stalls(),
		InMsgs: s.inMsgs.Load(), InBytes: s.inBytes.Load(), OutMsgs: s.outMsgs.Load(), OutBytes: s.outBytes.Load(),
		NumSubs: int(s.numSubs.Load()),
	}
	if d := s.details.Load(); d != nil {
		row.Name, row.Lang, row.Version, row.NKey, row.JWT = d.Name, d.Lang, d.Version, d.NKey, d.JWT
	}
	row.Account = s.accountName()
	if id := s.identity.Load(); id != nil {
		row.User = id.Label
	} else if d := s.details.Load(); d != nil {
		row.User = d.label()
	}
	if reason != "" {
		row.Stop, row.Pending = now.UTC(), 0
		if state := s.conn.TLS(); state != nil {
			row.TLS = &tls.ConnectionState{Version: state.Version, CipherSuite: state.CipherSuite}
		}
		return row
	}
	row.TLS, row.TLSFirst = s.conn.TLS(), s.has(tlsFirst)
	row.session = s
	return row
}

// Open returns the connections that are open, in no order.
func (h *Hub) Open() []Snapshot {
	sessions := h.all()
	rows := make([]Snapshot, 0, len(sessions))
	for _, s := range sessions {
		rows = append(rows, s.Snapshot())
	}
	return rows
}

// Sessions returns the sessions whose connections are open, in no order.
func (h *Hub) Sessions() []*Session { return h.all() }

// ClosedConnections returns those closed last, oldest first.
func (h *Hub) ClosedConnections() []*Snapshot {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed.all()
}

// Subscriptions returns what the connection is subscribed to, or was when it closed: of that, what is remembered. It
// waits for nobody.
func (row *Snapshot) Subscriptions() []status.SubDetail {
	if row.session == nil {
		return row.subs.details(row.Account, row.ID)
	}
	subs := row.session.subs.all()
	list := make([]status.SubDetail, len(subs))
	for i, sub := range subs {
		list[i] = status.SubDetail{
			Account: row.Account, CID: row.ID, Subject: sub.Subject(), Queue: sub.Queue(), SID: sub.SID(),
			Msgs: sub.Delivered(), Max: sub.Limit(),
		}
	}
	return list
}

// ID is the connection's number.
func (s *Session) ID() uint64 { return s.id }

// Info is the server's part of INFO as it is sent now.
func (h *Hub) Info() Info { return h.options.Load().Info }

// TLSConfig is what connections are secured with, or nil.
func (h *Hub) TLSConfig() *tls.Config {
	if t := h.options.Load().TLS; t != nil {
		return t.Config
	}
	return nil
}

// Stats is the hub's part of /varz.
type Stats struct {
	Connections      int
	TotalConnections uint64
	Subscriptions    int64
	SlowPending      int64
	SlowDeadline     int64
	Stale            int64
}

// Stats counts.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	n := len(h.sessions)
	h.mu.Unlock()
	return Stats{
		Connections: n, TotalConnections: h.total.Load(), Subscriptions: h.subscriptions.Load(),
		SlowPending: h.slowPending.Load(), SlowDeadline: h.slowDeadline.Load(), Stale: h.stale.Load(),
	}
}

// Operations is what is counted for operators and is in no document. Counts are since the hub began.
type Operations struct {
	Closed map[Reason]uint64 // connections by why they were closed; with zero if none was

	PublishViolations, SubscribeViolations int64 // what permissions did not allow
}

// Operations counts.
func (h *Hub) Operations() Operations {
	o := Operations{
		Closed:            make(map[Reason]uint64, len(reasons)),
		PublishViolations: h.publishViolations.Load(), SubscribeViolations: h.subscribeViolations.Load(),
	}
	for _, reason := range reasons {
		o.Closed[reason] = 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	maps.Copy(o.Closed, h.closed.reasons)
	return o
}
