package client

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"sinew.dev/sinew/internal/auth"
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/netio"
	"sinew.dev/sinew/internal/observe"
	"sinew.dev/sinew/internal/proto"
)

// Hub knows all client connections of a server. It is safe for concurrent use.
type Hub struct {
	broker    *broker.Broker
	publisher *broker.Publisher
	log       observe.Logger
	options   atomic.Pointer[Options]
	tracing   atomic.Bool
	context   context.Context // ends when the hub closes
	cancel    context.CancelFunc
	logins    logins
	strangers strangers
	events    Events // set before the first Accept
	handshake rate   // TLS handshakes

	mu       sync.Mutex
	sessions map[uint64]*Session
	closed   closedRing

	turnedAway int // sessions that are about to be closed because there are too many

	lastID        atomic.Uint64
	traceSeq      atomic.Uint64
	total         atomic.Uint64 // connections ever accepted
	subscriptions atomic.Int64
	slowPending   atomic.Int64
	slowDeadline  atomic.Int64
	stale         atomic.Int64

	publishViolations, subscribeViolations atomic.Int64 // what permissions did not allow
}

// NewHub returns a hub whose sessions publish and subscribe in b. The publisher sends what the server has to say.
func NewHub(b *broker.Broker, p *broker.Publisher, log observe.Logger, o *Options) *Hub {
	h := &Hub{broker: b, publisher: p, log: log, sessions: map[uint64]*Session{}}
	h.context, h.cancel = context.WithCancel(context.Background())
	h.follow(o)
	return h
}

// follow makes o what holds from now on.
func (h *Hub) follow(o *Options) {
	h.options.Store(o)
	h.tracing.Store(o.Trace)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed.resize(o.MaxClosed)
}

// Close waits for logins that are being checked. The engine's Close ends the connections.
func (h *Hub) Close() {
	h.cancel()
	h.logins.close()
}

// Accept begins a session, as netio's accept callback. It runs on the connection's worker.
func (h *Hub) Accept(c *netio.Conn, w *netio.Worker) netio.Handler {
	o := h.options.Load()
	s := &Session{hub: h, conn: c, id: h.lastID.Add(1), start: w.Now().UnixNano()}
	s.host, s.port = hostPort(c.RemoteAddr())
	s.last.Store(s.start)
	s.flags.Store(verbose | pedantic)
	s.limits = proto.Limits{MaxControlLine: o.MaxControlLine, MaxPayload: o.MaxPayload}
	h.total.Add(1)
	t := turnOf(w)
	if refusal := h.register(s, o, w.Now()); refusal != "" {
		h.log.Errorf("%s - %s", s, refusal)
		s.sendInfo(t, o)
		s.refuse(t, refusal, MaxConnections)
		return s
	}
	h.log.Debugf("%s - Client connection created", s)
	if o.Auth != nil && o.Auth.NonceRequired() {
		s.nonce = auth.NewNonce()
	}
	s.begin(t, o)
	return s
}

// begin greets the client and says what comes first: TLS, a login, or any operation.
func (s *Session) begin(t *Turn, o *Options) {
	if o.Auth == nil || !o.Auth.Required() {
		if !s.bind(t, nil) {
			return
		}
	}
	if o.TLS == nil {
		s.sendInfo(t, o)
		s.awaitLogin(o)
		return
	}
	s.phase = awaitingTLS
	if o.TLS.First {
		s.set(tlsFirst, true)
		if o.TLS.FirstWait > 0 {
			s.conn.SetTimer(o.TLS.FirstWait)
			return
		}
	} else {
		s.sendInfo(t, o)
	}
	s.conn.SetTimer(o.TLS.Timeout)
}

// register makes the session known, and says why it cannot stay.
func (h *Hub) register(s *Session, o *Options, now time.Time) (refusal string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions[s.id] = s
	switch {
	case len(h.sessions)-h.turnedAway > o.MaxConnections:
		refusal = "maximum connections exceeded"
	case o.TLS != nil && !h.handshake.allow(o.TLS.RateLimit, now):
		refusal = "Connection throttling is active. Please try again later."
	default:
		return ""
	}
	s.set(turnedAway, true)
	h.turnedAway++
	return refusal
}

// forget moves a session to those that were closed, which row describes.
func (h *Hub) forget(s *Session, row *Snapshot) {
	switch row.Reason {
	case SlowConsumerPending:
		h.slowPending.Add(1)
		s.countSlow()
		h.log.Warnf("%s - Slow Consumer Detected: MaxPending of %d Exceeded", s, h.options.Load().Conn.MaxPending)
	case SlowConsumerDeadline:
		h.slowDeadline.Add(1)
		s.countSlow()
		h.log.Warnf("%s - Slow Consumer Detected: WriteDeadline of %v exceeded", s, h.options.Load().Conn.WriteDeadline)
	}
	h.log.Debugf("%s - Client connection closed: %s", s, row.Reason)
	h.bury(s, row)
	if h.events.Disconnected != nil {
		h.events.Disconnected(row)
	}
}

// bury moves a session to those that were closed, unless Evict did.
func (h *Hub) bury(s *Session, row *Snapshot) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sessions[s.id] == s {
		h.remove(s)
		h.closed.add(row)
	}
}

// countSlow counts the session among its account's slow consumers.
func (s *Session) countSlow() {
	if s.account != nil {
		s.account.SlowConsumers.Add(1)
	}
}

// remove forgets a session; the lock is held.
func (h *Hub) remove(s *Session) {
	delete(h.sessions, s.id)
	if s.has(turnedAway) {
		h.turnedAway--
	}
}

// authFailed reports a login that was refused.
func (h *Hub) authFailed(s *Session, err error) {
	h.log.Errorf("%s - authentication error: %v", s, err)
	s.tellAuthFailed()
}

// all returns the sessions.
func (h *Hub) all() []*Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*Session, 0, len(h.sessions))
	for _, s := range h.sessions {
		list = append(list, s)
	}
	return list
}

// LameDuck tells all clients that understand it that the server is about to go away.
func (h *Hub) LameDuck() {
	for _, s := range h.all() {
		s.sendLameDuck()
	}
}

// Evict closes one connection because the server shuts down, and reports whether there was one.
func (h *Hub) Evict() bool {
	h.mu.Lock()
	var victim *Session
	for _, s := range h.sessions { // the order of a map is as random as is wanted
		victim = s
		break
	}
	h.mu.Unlock()
	if victim == nil {
		return false
	}
	victim.conn.Close(ServerShutdown)
	row := victim.snapshot(time.Now(), ServerShutdown)
	row.subs = packSubs(victim.subs.all())
	h.bury(victim, &row)
	return true
}

// String is how the log names the session: its address and number, and once they are known its client, its account and
// its user.
func (s *Session) String() string {
	label := s.LogLabel()
	name := fmt.Sprintf("%s - cid:%d", label.Remote, label.CID)
	if label.Client != "" {
		name += fmt.Sprintf(" - %q", label.Client)
	}
	if label.User != "" {
		name += fmt.Sprintf(" - %q", label.Account+"/"+label.User)
	}
	return name
}

// LogLabel is the same in parts, as observe.Connection.
func (s *Session) LogLabel() observe.Label {
	label := observe.Label{Remote: net.JoinHostPort(s.host, fmt.Sprint(s.port)), CID: s.id}
	d := s.details.Load()
	if d == nil {
		return label
	}
	if label.Client = d.Name; d.Lang != "" || d.Version != "" {
		label.Client = "v" + d.Version + ":" + d.Lang + ":" + d.Name
	}
	if id := s.identity.Load(); id != nil {
		label.Account, label.User = id.Account, id.String()
	}
	return label
}

func hostPort(a net.Addr) (string, int) {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().String(), tcp.Port
	}
	if ap, err := netip.ParseAddrPort(a.String()); err == nil {
		return ap.Addr().Unmap().String(), int(ap.Port())
	}
	return a.String(), 0
}
