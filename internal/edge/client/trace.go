package client

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/textproto"
	"strings"
	"time"

	"github.com/klauspost/compress/s2"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/netio"
	"sinew.dev/sinew/internal/proto"
)

// traceDest is the header that asks for a trace: its value is where the report goes (ADR-41).
var traceDest = []byte("Nats-Trace-Dest")

const (
	traceOnly      = "Nats-Trace-Only"
	acceptEncoding = "Accept-Encoding"
)

// messageTrace is a trace being made.
type messageTrace struct {
	broker.Trace
	dest     string
	encoding []string // values of Accept-Encoding
	report   traceReport
}

// traceReport is the document that a trace ends in.
type traceReport struct {
	Server  TraceServer  `json:"server"`
	Request traceRequest `json:"request"`
	Hops    int          `json:"hops,omitempty"`
	Events  []traceEvent `json:"events"`
}

// TraceServer identifies this server in reports.
type TraceServer struct {
	Name         string          `json:"name"`
	Host         string          `json:"host"`
	ID           string          `json:"id"`
	Version      string          `json:"ver"`
	FeatureFlags map[string]bool `json:"feature_flags,omitempty"`
	JetStream    bool            `json:"jetstream"`
	Flags        uint64          `json:"flags"`
	Sequence     uint64          `json:"seq"`
	Time         time.Time       `json:"time"`
}

type traceRequest struct {
	Header  map[string][]string `json:"header,omitempty"`
	MsgSize int                 `json:"msgsize,omitempty"`
}

// traceEvent is one thing that happened to the message: "in" it came, "sm" its subject was mapped, "eg" it went to a
// subscription or did not.
type traceEvent struct {
	Type    string    `json:"type"`
	Time    time.Time `json:"ts"`
	Kind    *int      `json:"kind,omitempty"`
	CID     uint64    `json:"cid,omitempty"`
	Name    string    `json:"name,omitempty"`
	Account string    `json:"acc,omitempty"`
	Subject string    `json:"subj,omitempty"`
	To      string    `json:"to,omitempty"`
	Sub     string    `json:"sub,omitempty"`
	Queue   string    `json:"queue,omitempty"`
	Error   string    `json:"error,omitempty"`
}

// traceOf begins a trace if the message asks for one.
func (s *Session) traceOf(subj, mapped []byte, m *proto.Message) *messageTrace {
	if !m.HasHeader() {
		return nil
	}
	dest, ok := proto.HeaderValue(m.Header(), string(traceDest))
	if !ok || len(dest) == 0 {
		return nil
	}
	only, _ := proto.HeaderValue(m.Header(), traceOnly)
	fields := headerFields(m.Header())
	trace := &messageTrace{dest: string(dest), encoding: fields[acceptEncoding]}
	trace.Only = isTrue(string(only))
	trace.report.Request = traceRequest{Header: fields, MsgSize: m.Size()}
	now, kind := time.Now().UTC(), int(broker.Client)
	trace.report.Events = []traceEvent{{
		Type: "in", Time: now, Kind: &kind, CID: s.id, Name: s.clientName(), Account: s.account.Name(), Subject: string(subj),
	}}
	if !bytes.Equal(subj, mapped) {
		trace.report.Events = append(trace.report.Events, traceEvent{Type: "sm", Time: now, To: string(mapped)})
	}
	return trace
}

func isTrue(v string) bool {
	switch strings.ToLower(v) {
	case "1", "true", "on":
		return true
	}
	return false
}

// headerFields reads a header block into its fields, keys as they are.
func headerFields(block []byte) map[string][]string {
	fields := map[string][]string{}
	for i, line := range bytes.Split(block, []byte("\r\n")) {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if i == 0 || !ok {
			continue
		}
		fields[string(key)] = append(fields[string(key)], textproto.TrimString(string(value)))
	}
	return fields
}

// deliverTraced delivers a run that is traced, or not delivered for the reason given, and records what became of it.
func (s *Session) deliverTraced(sub *broker.Subscription, run *broker.Run, refusal string) int {
	n := 0
	switch {
	case refusal != "":
	case run.Trace != nil && run.Trace.Only:
		n = len(run.Messages)
	default:
		n = s.accept(sub, run, s.flags.Load())
		switch {
		case n > 0:
		case s.conn.Closing():
			refusal = "Not delivered because client is closed"
		case sub.Ended():
			refusal = "Not delivered because subscription is closed"
		default:
			refusal = "Not delivered because auto-unsubscribe exceeded"
		}
	}
	if run.Trace != nil {
		run.Trace.Egress = append(run.Trace.Egress, broker.Egress{
			Kind: broker.Client, ID: s.id, Name: s.clientName(), Subscription: sub.Subject(), Queue: sub.Queue(), Error: refusal,
		})
	}
	return n
}

func (s *Session) clientName() string {
	if d := s.details.Load(); d != nil {
		return d.Name
	}
	return ""
}

// report publishes a finished trace.
func (s *Session) report(trace *messageTrace) {
	now := time.Now().UTC()
	for _, e := range trace.Egress {
		kind := int(e.Kind)
		trace.report.Events = append(trace.report.Events, traceEvent{
			Type: "eg", Time: now, Kind: &kind, CID: e.ID, Name: e.Name, Sub: e.Subscription, Queue: e.Queue, Error: e.Error,
		})
	}
	trace.report.Server = s.hub.options.Load().TraceServer
	trace.report.Server.Sequence = s.hub.traceSeq.Add(1)
	trace.report.Server.Time = now
	doc, err := json.Marshal(&trace.report)
	if err != nil {
		s.hub.log.Errorf("%s - message trace: %v", s, err)
		return
	}
	header, doc := compress(trace.encoding, doc)
	// The report is not the client's to send: it goes out behind what the turn has staged.
	account, dest := s.account, trace.dest
	s.conn.Post(func(*netio.Worker) { s.hub.publisher.Publish(account, dest, "", header, doc) })
}

// compress encodes a report as the one who asks accepts it, and returns the header that says so: none if nothing was
// said of it.
func compress(accept []string, doc []byte) (header, out []byte) {
	if len(accept) == 0 {
		return nil, doc
	}
	for _, one := range strings.Split(strings.ToLower(strings.Join(accept, ",")), ",") {
		one, _, _ = strings.Cut(one, ";") // a quality is not weighed
		one = strings.TrimSpace(one)
		if newWriter, ok := encodings[one]; ok {
			var b bytes.Buffer
			w := newWriter(&b)
			_, _ = w.Write(doc) // a buffer takes everything
			_ = w.Close()
			return contentEncoding(one), b.Bytes()
		}
	}
	return contentEncoding("identity"), doc
}

func contentEncoding(name string) []byte {
	return []byte("NATS/1.0\r\nContent-Encoding: " + name + "\r\n\r\n")
}

// encodings are those that reports can have.
var encodings = map[string]func(io.Writer) io.WriteCloser{
	"gzip":   func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"snappy": func(w io.Writer) io.WriteCloser { return s2.NewWriter(w, s2.WriterSnappyCompat()) },
	"s2":     func(w io.Writer) io.WriteCloser { return s2.NewWriter(w) },
}
