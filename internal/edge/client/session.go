package client

import (
	"errors"
	"sync/atomic"
	"time"

	"sinew.dev/sinew/internal/auth"
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/netio"
	"sinew.dev/sinew/internal/proto"
)

// Session is one client's connection. It is owned by its connection's worker; what other goroutines use (Deliver and
// the snapshots of the hub) is atomic or immutable, and says so.
type Session struct {
	hub  *Hub
	conn *netio.Conn
	id   uint64
	host string // the peer's address, as INFO and /connz show it
	port int

	phase   phase
	account *broker.Account // nil until bound
	limits  proto.Limits
	subs    sidTable
	nonce   string
	held    int32        // bytes of an unfinished line, while the client has not logged in
	rest    *broker.Rest // of a publish that is too large for one turn, the first operation of what is left of the data
	pings   int          // PINGs sent and not answered
	pingAt  int64        // when the last PING was sent, Unix ns
	dueAt   int64        // what the timer waits for, Unix ns

	// Shared with whoever delivers or looks.
	flags    atomic.Uint32
	identity atomic.Pointer[auth.Identity]
	details  atomic.Pointer[details]
	replies  atomic.Pointer[replyGrants] // not nil when answers to delivered requests are allowed
	start    int64                       // Unix ns
	last     atomic.Int64                // when something came in, Unix ns
	lastOut  atomic.Int64                // when something was delivered, Unix ns
	rtt      atomic.Int64                // ns
	inMsgs   atomic.Int64
	inBytes  atomic.Int64
	outMsgs  atomic.Int64
	outBytes atomic.Int64
	numSubs  atomic.Int32
}

// phase is how far a session has come.
type phase uint8

const (
	awaitingTLS    phase = iota // the next bytes are a TLS handshake, or tell that there is none
	awaitingLogin               // only CONNECT is understood
	authenticating              // an answer is awaited, nothing is read
	ready                       // any operation is
	closing                     // whatever still comes is thrown away
)

// What a session is, besides its phase.
const (
	verbose uint32 = 1 << iota
	pedantic
	noEcho
	headers      // takes HMSG
	noResponders // wants to know when a request reaches nobody
	asyncInfo    // CONNECT said protocol 1
	connected    // CONNECT was accepted
	greeted      // the first PING after CONNECT was answered
	pinged       // our first PING was sent
	tlsFirst     // TLS came, or will come, before INFO
	counted      // bound to its account's connections
	turnedAway   // refused when it came, because there are too many
)

func (s *Session) has(flag uint32) bool { return s.flags.Load()&flag != 0 }

func (s *Session) set(flag uint32, on bool) {
	if on {
		s.flags.Or(flag)
	} else {
		s.flags.And(^flag)
	}
}

// Kind is broker.Client.
func (s *Session) Kind() broker.Kind { return broker.Client }

// deliveryBudget bounds how many bytes one turn of a session delivers, all subscribers together, before the loop's other
// connections get theirs.
const deliveryBudget = 4 << 20

// Data handles what was read, as netio.Handler.
func (s *Session) Data(w *netio.Worker, data []byte) (consumed, need int) {
	if s.phase == awaitingTLS {
		if took, need := s.beginTLS(data); took || need > 0 {
			return 0, need
		} else if s.phase == closing {
			return len(data), 0
		}
	}
	turn := turnOf(w)
	s.last.Store(w.Now().UnixNano())
	turn.work = 0
	consumed, need = s.operations(turn, data)
	s.endRun(turn)
	turn.ingress.EndTurn()
	if (s.phase == awaitingLogin || s.held > 0) && !s.hold(len(data)-consumed) {
		return len(data), 0
	}
	return consumed, need
}

// hold notes what is left of the data of a client that has not logged in. It reports false, and closes, when the
// strangers together leave too much.
func (s *Session) hold(left int) bool {
	if s.phase != awaitingLogin && s.phase != awaitingTLS {
		left = 0
	}
	if s.hub.strangers.holds(s, left) {
		return true
	}
	s.hub.log.Warnf("%s - closed: clients that have not logged in hold too many bytes", s)
	s.hub.strangers.holds(s, 0)
	s.close(AuthTimeout)
	return false
}

// operations handles one operation after the other until the bytes end, or the session must wait or closes.
func (s *Session) operations(t *Turn, data []byte) (consumed, need int) {
	for consumed < len(data) {
		if s.rest != nil || (s.phase == ready && s.flags.Load()&(verbose|pedantic) == 0 && !s.tracing()) {
			n, missing := s.publishes(t, data[consumed:])
			consumed += n
			if missing > 0 || consumed == len(data) {
				return consumed, missing
			}
			if t.work > deliveryBudget {
				t.worker.Yield()
				return consumed, 0
			}
		}
		n, missing := s.operation(t, data[consumed:])
		consumed += n
		switch {
		case s.phase == closing:
			return len(data), 0
		case n == 0 || s.phase == authenticating:
			return consumed, missing
		}
	}
	return consumed, 0
}

// publishes is the fast path: it handles the canonical publishes at the beginning of data. It stops at anything else,
// and when the turn has delivered enough.
func (s *Session) publishes(t *Turn, data []byte) (consumed, need int) {
	f := &t.found
	var memo []byte // the subject of the run that is being collected
	most := 0       // bytes that this run may take
	for consumed < len(data) {
		found := s.limits.Scan(data[consumed:], memo, f)
		if found != proto.Complete {
			if found == proto.Incomplete {
				need = f.Bytes
			}
			break
		}
		if s.rest != nil { // memo is nil
			t.ingress.Begin(s.account, s, f.Subject)
			if !s.publishSome(t, f) {
				return consumed, 0
			}
			consumed += f.Bytes
			continue
		}
		if !f.Same {
			s.endRun(t)
			if t.work > deliveryBudget {
				return consumed, 0
			}
			memo = nil
			if s.direct(f.Subject) {
				memo = f.Subject
				most = deliveryBudget / max(1, t.ingress.Begin(s.account, s, memo))
			}
		}
		if memo == nil || s.peculiar(&f.Message) {
			consumed += f.Bytes
			s.endRun(t)
			memo = nil
			s.publish(t, f.Subject, &f.Message)
			continue
		}
		if len(f.Message.Tail) > most {
			s.endRun(t)
			if !s.publishSome(t, f) {
				return consumed, 0
			}
			consumed += f.Bytes
			continue
		}
		consumed += f.Bytes
		t.ingress.Add(&f.Message)
		if t.ingress.Bytes() > most {
			s.endRun(t)
			if t.work > deliveryBudget {
				return consumed, 0
			}
		}
	}
	s.endRun(t)
	return consumed, need
}

// operation handles one operation of any kind.
func (s *Session) operation(t *Turn, data []byte) (consumed, need int) {
	if s.phase == awaitingLogin && data[0]|0x20 != 'c' && !s.loginUnasked(t) {
		return 0, 0
	}
	op := &t.op
	n, need, err := s.limits.Parse(data, op)
	if err != nil {
		s.violate(t, err)
		return 0, 0
	}
	if n == 0 {
		return 0, need
	}
	if s.tracing() {
		s.traceIn(op)
	}
	s.handle(t, op)
	return n, 0
}

func (s *Session) handle(t *Turn, op *proto.Op) {
	switch op.Verb {
	case proto.Publish, proto.PublishHeader:
		var m proto.Message
		m, t.tail = proto.AppendOp(t.tail[:0], op)
		s.publish(t, op.Subject, &m)
		if cap(t.tail) > 1<<16 {
			t.tail = nil
		}
	case proto.Subscribe:
		s.subscribe(t, op)
	case proto.Unsubscribe:
		s.unsubscribe(t, op)
	case proto.Ping:
		s.ping(t)
	case proto.Pong:
		s.pong(t)
	case proto.Connect:
		s.login(t, op.Arg)
	case proto.Err:
		s.hub.log.Errorf("%s - Client Error %s", s, op.Arg)
		s.close(ParseError)
	case proto.Info:
		s.checkInfo(op.Arg)
	case proto.OK:
	}
}

// violate closes the session because of bytes that are no operation, or too large a one.
func (s *Session) violate(t *Turn, err error) {
	switch {
	case errors.Is(err, proto.ErrPayload):
		s.hub.log.Errorf("%s - maximum payload exceeded", s)
		s.refuse(t, err.Error(), MaxPayload)
	case errors.Is(err, proto.ErrControlLine):
		s.hub.log.Errorf("%s - maximum control line exceeded", s)
		s.refuse(t, err.Error(), MaxControlLine)
	case errors.Is(err, proto.ErrUnknownOperation):
		s.refuse(t, err.Error(), ProtocolViolation)
	default:
		s.close(ProtocolViolation)
	}
}

// send queues a line for this session's own client.
func (s *Session) send(t *Turn, line string) {
	if s.tracing() {
		s.traceOut(line)
	}
	if b := t.worker.Reserve(s.conn, len(line)); b != nil {
		copy(b, line)
	}
}

func (s *Session) sendBytes(t *Turn, line []byte) {
	if s.tracing() {
		s.traceOut(string(line))
	}
	if b := t.worker.Reserve(s.conn, len(line)); b != nil {
		copy(b, line)
	}
}

// warn sends an -ERR after which the session goes on.
func (s *Session) warn(t *Turn, text string) {
	s.sendBytes(t, proto.AppendErr(nil, text))
	s.hub.log.Debugf("%s - %s", s, text)
}

// refuse sends an -ERR and closes when it has gone out.
func (s *Session) refuse(t *Turn, text string, reason Reason) {
	if s.phase == closing {
		return
	}
	s.endRun(t)
	s.sendBytes(t, proto.AppendErr(nil, text))
	s.hub.log.Debugf("%s - %s", s, text)
	s.closeAfterFlush(reason)
}

func (s *Session) close(reason Reason) {
	s.phase = closing
	s.conn.Close(reason)
}

func (s *Session) closeAfterFlush(reason Reason) {
	s.phase = closing
	s.conn.CloseAfterFlush(reason)
}

// acknowledge sends +OK to a verbose client.
func (s *Session) acknowledge(t *Turn) {
	if s.has(verbose) {
		s.send(t, proto.OKLine)
	}
}

// Closed ends the session, as netio.Handler.
func (s *Session) Closed(w *netio.Worker, err error) {
	s.phase = closing
	s.hub.strangers.holds(s, 0)
	row := s.snapshot(w.Now(), reasonOf(err))
	row.subs = packSubs(s.subs.all())
	if s.account != nil {
		s.unbind()
	}
	s.hub.forget(s, &row)
}

// unbind leaves the account: its subscriptions end.
func (s *Session) unbind() {
	s.account.UnsubscribeAll(s.subs.all())
	s.hub.subscriptions.Add(-int64(s.subs.len()))
	s.subs.clear()
	s.numSubs.Store(0)
	if s.has(counted) {
		s.account.Disconnect()
		s.set(counted, false)
		s.tellCounted(s.account)
	}
}

func (s *Session) now(t *Turn) time.Time { return t.worker.Now() }
