package client

import (
	"time"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/netio"
	"sinew.dev/sinew/internal/proto"
)

// directWrite is the size from which an encoded run goes straight to the socket instead of through the staging.
const directWrite = 8 << 10

// Deliver takes a run for one of this session's subscriptions, as broker.Sink. It is called by the publishers' workers.
func (s *Session) Deliver(sub *broker.Subscription, run *broker.Run) int {
	flags := s.flags.Load()
	if (flags&noEcho != 0 && run.From == broker.Sink(s)) || sub.Filtered() || run.Trace != nil {
		if why := s.refusal(sub, run, flags); why != "" || run.Trace != nil {
			return s.deliverTraced(sub, run, why)
		}
	}
	return s.accept(sub, run, flags)
}

// refusal says why this run is not for the subscription; empty: it is.
func (s *Session) refusal(sub *broker.Subscription, run *broker.Run, flags uint32) string {
	if flags&noEcho != 0 && run.From == broker.Sink(s) {
		return "Not delivered because of no echo"
	}
	if sub.Filtered() {
		id := s.identity.Load()
		if id != nil && id.Permissions != nil && !id.Permissions.CanReceive(run.Subject, sub.Queue()) {
			return "Not delivered because subscription denies this subject"
		}
	}
	return ""
}

// accept delivers as much of the run as the subscription may still get.
func (s *Session) accept(sub *broker.Subscription, run *broker.Run, flags uint32) int {
	n := len(run.Messages)
	granted, last := sub.Take(n)
	if granted == 0 {
		return 0
	}
	turn, _ := run.Carrier.(*netio.Worker)
	plain := run.Headers > 0 && flags&headers == 0
	if granted < n || plain {
		part := run.Part(run.Messages[:granted])
		if plain {
			withoutHeaders(&part)
		}
		run = &part
	}
	if !s.queue(turn, sub.SID(), run) {
		return 0
	}
	if s.tracing() {
		s.traceMessages(sub, run)
	}
	s.outMsgs.Add(int64(granted))
	s.outBytes.Add(int64(run.Bytes))
	s.active(turn)
	if grants := s.replies.Load(); grants != nil {
		allowReplies(grants, run, turn)
	}
	if last {
		s.dropLater(sub)
	}
	return granted
}

// active notes that something was delivered. That says nothing of the client being alive, so it is kept apart from what
// comes in. It is precise to a millisecond, so that not every delivery to a busy connection writes to it.
func (s *Session) active(w *netio.Worker) {
	if at := clock(w).UnixNano(); at-s.lastOut.Load() > int64(time.Millisecond) {
		s.lastOut.Store(at)
	}
}

// clock is the time of the worker's turn; there is no worker when the server itself publishes.
func clock(w *netio.Worker) time.Time {
	if w == nil {
		return time.Now()
	}
	return w.Now()
}

// queue encodes the run into the staging of the publisher's worker, or, when it is large, to the socket.
func (s *Session) queue(w *netio.Worker, sid string, run *broker.Run) bool {
	size := runSize(run, sid)
	if w == nil {
		b := make([]byte, size)
		putRun(b, run, sid)
		s.conn.Write(b)
		return !s.conn.Closing()
	}
	if size >= directWrite {
		return w.WriteBlock(s.conn, turnOf(w).encode(run, sid))
	}
	b := w.Reserve(s.conn, size)
	if b == nil {
		return false
	}
	if run.Fanout > 1 && len(run.Messages) > 1 {
		copy(b, turnOf(w).encode(run, sid))
	} else {
		putRun(b, run, sid)
	}
	return true
}

// withoutHeaders replaces the part's messages by ones that a client without header support understands.
func withoutHeaders(part *broker.Run) {
	messages := make([]proto.Message, 0, len(part.Messages))
	for i := range part.Messages {
		m := part.Messages[i]
		if m.HasHeader() {
			m, _ = m.WithoutHeader(nil)
		}
		messages = append(messages, m)
	}
	*part = part.Part(messages)
}

// allowReplies lets the session publish to the reply subjects of what it just got.
func allowReplies(grants *replyGrants, run *broker.Run, w *netio.Worker) {
	now := clock(w)
	for i := range run.Messages {
		if run.Messages[i].HasReply() {
			grants.allow(string(run.Messages[i].Reply()), now)
		}
	}
}

// dropLater removes a subscription that has had its last message; the session's own worker forgets its sid.
func (s *Session) dropLater(sub *broker.Subscription) {
	s.conn.Post(func(*netio.Worker) { s.drop(sub) })
}
