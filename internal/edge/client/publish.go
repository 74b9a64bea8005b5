package client

import (
	"bytes"
	"math/rand/v2"

	"sinew.dev/sinew/internal/proto"
	"sinew.dev/sinew/internal/subject"
)

// direct reports whether messages on subj go straight to the account's subscribers: the client may publish there, and
// nothing maps the subject.
func (s *Session) direct(subj []byte) bool {
	if reservedSubject(subj) {
		return false
	}
	if id := s.identity.Load(); id != nil && id.Permissions != nil && !id.Permissions.CanPublish(subj) {
		return false
	}
	m := s.account.Mappings()
	return m == nil || !m.Matches(subj)
}

// peculiar reports whether a message needs more than being delivered.
func (s *Session) peculiar(m *proto.Message) bool {
	return (m.HasReply() && reservedReply(m.Reply())) || (m.HasHeader() && bytes.Contains(m.Header(), traceDest))
}

// endRun delivers what was collected.
func (s *Session) endRun(t *Turn) {
	run := t.ingress.Pending()
	if run == nil {
		return
	}
	n, size := int64(len(run.Messages)), int64(run.Bytes)
	t.work += run.TailBytes*run.Fanout + len(run.Messages)
	subj := run.Subject
	unreached := t.ingress.End()
	s.inMsgs.Add(n)
	s.inBytes.Add(size)
	if len(unreached) > 0 && s.has(noResponders) {
		s.answerUnreached(t, subj, unreached)
	}
}

// publishSome publishes the message in f, for which Begin was called, or goes on with it. It reports false when so many
// subscribers are left that others must have their turn first: then the message stays unconsumed, and comes again.
func (s *Session) publishSome(t *Turn, f *proto.Found) (done bool) {
	if s.rest == nil {
		s.rest = t.takeRest()
	}
	t.ingress.Add(&f.Message)
	if !t.ingress.EndSome(s.rest, deliveryBudget) {
		t.work += deliveryBudget + 1
		return false
	}
	unreached := s.rest.Unreached
	t.giveRest(s.rest)
	s.rest = nil
	t.work += deliveryBudget
	s.inMsgs.Add(1)
	s.inBytes.Add(int64(f.Message.Size()))
	if len(unreached) > 0 && s.has(noResponders) {
		s.answerUnreached(t, f.Subject, unreached)
	}
	return true
}

// answerUnreached tells the client which of its requests nobody listens to.
func (s *Session) answerUnreached(t *Turn, subj []byte, unreached []proto.Message) {
	for i := range unreached {
		if !unreached[i].HasReply() {
			continue
		}
		reply := unreached[i].Reply()
		for _, sub := range s.account.Interest().Match(reply).Plain {
			if sub.Sink() != s {
				continue
			}
			if !sub.Ended() { // it does not count as a delivery
				s.sendNoResponders(t, reply, sub.SID(), subj)
			}
			break
		}
	}
}

// sendNoResponders sends the status that nobody is there. It is not counted as a message.
func (s *Session) sendNoResponders(t *Turn, reply []byte, sid string, subj []byte) {
	var m proto.Message
	m, _ = proto.AppendMessage(nil, nil, proto.NoResponders(nil, subj), nil)
	if b := t.worker.Reserve(s.conn, proto.MsgSize(reply, sid, &m)); b != nil {
		proto.PutMsg(b, reply, sid, &m)
	}
}

// publish is the general path of one message: reserved subjects, mapping, permissions, pedantic and verbose clients,
// tracing.
func (s *Session) publish(t *Turn, subj []byte, m *proto.Message) {
	s.endRun(t)
	dest := subj
	if reservedSubject(subj) && !s.mayUseReserved(subj) {
		s.denyPublish(t, subj, m)
		return
	}
	if m.HasReply() && reservedReply(m.Reply()) {
		s.denyReply(t, m.Reply())
		return
	}
	if mappings := s.account.Mappings(); mappings != nil && mappings.Matches(subj) {
		mapped, ok := mappings.Map(string(subj), rand.IntN)
		if dest = []byte(mapped); !ok {
			dest = nil // it is lost, but for the permission
		}
	}
	if !s.mayPublish(t, dest) {
		s.denyPublish(t, dest, m)
		return
	}
	if s.has(pedantic) && !subject.ValidLiteral(subj) {
		s.warn(t, "Invalid Publish Subject")
	}
	s.acknowledge(t) // before what the message brings
	if dest == nil {
		s.inMsgs.Add(1)
		s.inBytes.Add(int64(m.Size()))
		return
	}
	t.ingress.Begin(s.account, s, dest)
	trace := s.traceOf(subj, dest, m)
	if trace != nil {
		t.ingress.Trace(&trace.Trace)
	}
	t.ingress.Add(m)
	s.endRun(t)
	if trace != nil {
		s.report(trace)
	}
}

func (s *Session) mayPublish(t *Turn, subj []byte) bool {
	id := s.identity.Load()
	if id == nil || id.Permissions == nil || id.Permissions.CanPublish(subj) {
		return true
	}
	grants := s.replies.Load()
	return grants != nil && grants.use(string(subj), s.now(t))
}

func (s *Session) denyPublish(t *Turn, subj []byte, m *proto.Message) {
	text := `Permissions Violation for Publish to "` + string(subj) + `"`
	s.hub.publishViolations.Add(1)
	s.hub.log.Errorf("%s - Publish Violation - Subject %q", s, subj)
	s.warn(t, text)
	if trace := s.traceOf(subj, subj, m); trace != nil {
		trace.report.Events[0].Error = text
		s.report(trace)
	}
}

func (s *Session) denyReply(t *Turn, reply []byte) {
	s.hub.publishViolations.Add(1)
	s.hub.log.Errorf("%s - Publish Violation - Reply %q", s, reply)
	s.warn(t, `Permissions Violation for Publish with Reply of "`+string(reply)+`"`)
}

// The prefixes that clients may not publish to, or not ask answers at.
var (
	gatewayReply    = []byte("_GR_.")
	gatewayReplyOld = []byte("$GR.")
	raftGroup       = []byte("$NRG.")
	serviceReply    = []byte("_R_.")
	jetStreamAck    = []byte("$JS.ACK.")
)

func reservedSubject(subj []byte) bool {
	return (subj[0] == '$' || subj[0] == '_') &&
		(bytes.HasPrefix(subj, gatewayReply) || bytes.HasPrefix(subj, gatewayReplyOld) || bytes.HasPrefix(subj, raftGroup))
}

// mayUseReserved lets the system account publish to Raft groups.
func (s *Session) mayUseReserved(subj []byte) bool {
	return bytes.HasPrefix(subj, raftGroup) && s.isSystem()
}

func (s *Session) isSystem() bool {
	return s.account.Name() == s.hub.options.Load().SystemAccount
}

func reservedReply(reply []byte) bool {
	return (reply[0] == '$' || reply[0] == '_') &&
		(bytes.HasPrefix(reply, serviceReply) || bytes.HasPrefix(reply, jetStreamAck) ||
			bytes.HasPrefix(reply, gatewayReply) || bytes.HasPrefix(reply, gatewayReplyOld))
}
