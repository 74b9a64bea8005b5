package top

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// NewSystemSource returns a Source that asks through the system account, which the connection's user must be in. target is
// a server's name or ID; empty is the server that the connection leads to. timeout bounds each request. Close closes the
// connection.
func NewSystemSource(nc *nats.Conn, target string, timeout time.Duration) Source {
	return documents{&systemAsker{conn: nc, target: target, timeout: timeout}}
}

type systemAsker struct {
	conn    *nats.Conn
	target  string
	timeout time.Duration
	id      string // of the server that bears the target's name; empty while not known
}

func (s *systemAsker) place() string {
	return "system account at " + s.conn.ConnectedUrlRedacted()
}

func (s *systemAsker) close() { s.conn.Close() }

// envelope is what a service's answer comes in.
type envelope struct {
	Server struct {
		ID string `json:"id"`
	} `json:"server"`
	Data  json.RawMessage `json:"data"`
	Error *struct {
		Code        int    `json:"code"`
		Description string `json:"description"`
	} `json:"error"`
}

func (s *systemAsker) ask(ctx context.Context, r request, document any) error {
	if !s.conn.IsConnected() {
		return errors.New("lost the connection to the server; trying again")
	}
	ctx, cancel := bounded(ctx, s.timeout)
	defer cancel()
	id, err := s.server(ctx)
	if err != nil {
		return err
	}
	body, err := json.Marshal(r.body)
	if err != nil {
		return err
	}
	subject := fmt.Sprintf("$SYS.REQ.SERVER.%s.%s", id, r.service)
	if r.account {
		subject = "$SYS.REQ.ACCOUNT.PING." + r.service
	}
	reply, err := s.request(ctx, subject, body, func(e *envelope) bool { return e.Server.ID == id })
	if err != nil {
		s.id = "" // a server that started again has another one
		return err
	}
	if reply.Error != nil {
		return fmt.Errorf("%s: %s", subject, reply.Error.Description)
	}
	if err := json.Unmarshal(reply.Data, document); err != nil {
		return fmt.Errorf("%s: the answer is no document of a NATS server: %w", subject, err)
	}
	return nil
}

// server returns the ID of the server to ask.
func (s *systemAsker) server(ctx context.Context) (string, error) {
	if s.target == "" {
		return s.conn.ConnectedServerId(), nil
	}
	if s.id != "" {
		return s.id, nil
	}
	if isServerID(s.target) {
		s.id = s.target
		return s.id, nil
	}
	filter, err := json.Marshal(map[string]any{"server_name": s.target, "exact_match": true})
	if err != nil {
		return "", err
	}
	reply, err := s.request(ctx, "$SYS.REQ.SERVER.PING.VARZ", filter, func(e *envelope) bool { return e.Server.ID != "" })
	if errors.Is(err, errSilent) {
		return "", fmt.Errorf("no server is called %q, or it did not answer within %v", s.target, s.timeout)
	}
	if err != nil {
		return "", err
	}
	s.id = reply.Server.ID
	return s.id, nil
}

// isServerID tells a server's public key from a name.
func isServerID(s string) bool {
	return len(s) == 56 && s[0] == 'N' && strings.ToUpper(s) == s
}

var errSilent = errors.New("no answer")

// request returns the first answer that is wanted: several servers may send one.
func (s *systemAsker) request(ctx context.Context, subject string, body []byte, wanted func(*envelope) bool) (*envelope, error) {
	inbox := s.conn.NewRespInbox()
	sub, err := s.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, s.explain(subject, err)
	}
	defer func() { _ = sub.Unsubscribe() }() // it fails when the connection is gone, and then so is the subscription
	if err := s.conn.PublishRequest(subject, inbox, body); err != nil {
		return nil, s.explain(subject, err)
	}
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err == nil && len(msg.Data) == 0 && msg.Header.Get("Status") == "503" {
			err = nats.ErrNoResponders
		}
		if err != nil {
			return nil, s.explain(subject, err)
		}
		reply := &envelope{}
		if len(msg.Data) <= maxReply && json.Unmarshal(msg.Data, reply) == nil && wanted(reply) {
			return reply, nil
		}
	}
}

func (s *systemAsker) explain(subject string, err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, nats.ErrNoResponders):
		return errors.New("no server answers in this account; give a user of the system account, " +
			"or the monitoring port with --url")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("%w to %s within %v; --timeout sets how long to wait", errSilent, subject, s.timeout)
	}
	return fmt.Errorf("%s: %w", subject, err)
}
