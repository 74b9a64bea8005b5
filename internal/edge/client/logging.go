package client

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/proto"
)

// harmless are the fields of CONNECT whose values may be logged, as long as they are plain ones. JSON offers too many
// ways to write a name that means "pass" for a list of what may not.
var harmless = map[string]bool{
	"verbose": true, "pedantic": true, "echo": true, "lang": true, "version": true, "name": true, "protocol": true,
	"headers": true, "no_responders": true, "tls_required": true, "user": true, "account": true, "new_account": true,
}

// redacted is the document of a CONNECT as it may be logged.
func redacted(doc []byte) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(doc, &fields) != nil {
		return fmt.Sprintf("[REDACTED: %d bytes that are no JSON object]", len(doc))
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := string(fields[name])
		if !harmless[name] || value[0] == '{' || value[0] == '[' {
			value = `"[REDACTED]"`
		}
		fmt.Fprintf(&b, ",%q:%s", name, value)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

// tracing reports whether this session's operations are logged.
func (s *Session) tracing() bool {
	if !s.hub.tracing.Load() {
		return false
	}
	o := s.hub.options.Load()
	id := s.identity.Load()
	return o.TraceSystem || id == nil || id.Account != o.SystemAccount
}

// traceOut logs a line that goes out.
func (s *Session) traceOut(line string) {
	s.hub.log.Tracef("%s - ->> [%s]", s, strings.TrimRight(line, " \r\n"))
}

// traceMessages logs messages that go out, without their payloads, which were logged when they came in.
func (s *Session) traceMessages(sub *broker.Subscription, run *broker.Run) {
	for i := range run.Messages {
		m := &run.Messages[i]
		verb, sizes := "MSG", fmt.Sprint(m.Size())
		if m.HasHeader() {
			verb, sizes = "HMSG", fmt.Sprint(len(m.Header()), " ", m.Size())
		}
		s.hub.log.Tracef("%s - ->> [%s %s %s %s%s]", s, verb, run.Subject, sub.SID(), withBlank(m.Reply()), sizes)
	}
}

// traceIn logs an operation that came in.
func (s *Session) traceIn(op *proto.Op) {
	line := ""
	switch op.Verb {
	case proto.Publish:
		line = fmt.Sprintf("PUB %s %s%d", op.Subject, withBlank(op.Reply), len(op.Payload))
	case proto.PublishHeader:
		line = fmt.Sprintf("HPUB %s %s%d %d", op.Subject, withBlank(op.Reply), len(op.Header), len(op.Header)+len(op.Payload))
	case proto.Subscribe:
		line = fmt.Sprintf("SUB %s %s%s", op.Subject, withBlank(op.Queue), op.SID)
	case proto.Unsubscribe:
		line = fmt.Sprintf("UNSUB %s", op.SID)
		if op.Max > 0 {
			line += fmt.Sprint(" ", op.Max)
		}
	case proto.Connect:
		line = "CONNECT " + redacted(op.Arg)
	case proto.Ping:
		line = "PING"
	case proto.Pong:
		line = "PONG"
	default:
		return
	}
	s.hub.log.Tracef("%s - <<- [%s]", s, line)
	if op.Verb == proto.Publish || op.Verb == proto.PublishHeader {
		s.tracePayload(op)
	}
}

func withBlank(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return string(b) + " "
}

func (s *Session) tracePayload(op *proto.Op) {
	o := s.hub.options.Load()
	body := op.Payload
	if len(op.Header) > 0 {
		body = append(append([]byte(nil), op.Header...), op.Payload...)
	}
	if o.TraceHeaders {
		body = op.Header
	}
	if o.MaxTraced > 0 && len(body) > o.MaxTraced {
		s.hub.log.Tracef("%s - <<- MSG_PAYLOAD: [%q...]", s, body[:o.MaxTraced])
		return
	}
	s.hub.log.Tracef("%s - <<- MSG_PAYLOAD: [%q]", s, body)
}
