package sysevents

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/subject"
)

// UserInfo is who a client is, as it may ask itself.
type UserInfo struct {
	User        string        `json:"user"`
	Account     string        `json:"account"`
	AccountName string        `json:"account_name,omitempty"`
	UserName    string        `json:"user_name,omitempty"`
	Permissions *Permissions  `json:"permissions,omitempty"` // nil: everything is allowed
	Expires     time.Duration `json:"expires,omitempty"`
}

// Permissions is what a user may do.
type Permissions struct {
	Publish   *SubjectPermission  `json:"publish"`
	Subscribe *SubjectPermission  `json:"subscribe"`
	Responses *ResponsePermission `json:"responses,omitempty"`
}

// SubjectPermission lists the subjects that are allowed and denied.
type SubjectPermission struct {
	Allow []string `json:"allow,omitempty"`
	Deny  []string `json:"deny,omitempty"`
}

// ResponsePermission bounds the answers to messages that are delivered.
type ResponsePermission struct {
	MaxMsgs int           `json:"max"`
	Expires time.Duration `json:"ttl"`
}

// userInfo answers a client that asks who it is.
func (s *System) userInfo(m *broker.Received) {
	s.sendFrom(s.tenants, m, &answer{Data: s.control.UserInfo(m.From)})
}

// identify answers IDZ, whatever the request says.
func (s *System) identify(m *broker.Received) {
	info := s.info.Load()
	if body := s.encode(serverID{info.Name, info.Host, info.ID}); body != nil {
		s.services.Answer(m, nil, body)
	}
}

// statsz answers with the server's load. Without a reply subject it makes everybody hear of it.
func (s *System) statsz(m *broker.Received) {
	if !s.meant(s.services, m, &StatszEventOptions{}) {
		return
	}
	if m.Reply == "" {
		m.Reply = s.statsSubject
	}
	if body := s.encode(s.statsDocument()); body != nil {
		s.services.Answer(m, nil, body)
	}
}

// connections answers with an account's connections, if it has any here.
func (s *System) connections(m *broker.Received) {
	if err := parse(m.Payload, &EventFilterOptions{}); err != nil {
		s.log.Errorf("SYSTEM - request for the connections of an account: %v", err)
		return
	}
	stat := s.accountStat(accountToken(m.Subject))
	if m.Reply == "" || stat == nil || stat.TotalConns == 0 {
		return
	}
	if body := s.encode(s.connectionsDocument(stat)); body != nil {
		s.services.Answer(m, nil, body)
	}
}

// countSubscriptions answers with how many subscriptions a subject has in an account that is used here.
func (s *System) countSubscriptions(m *broker.Received) {
	var request struct {
		Account string `json:"acc"`
		Subject string `json:"subject"`
		Queue   []byte `json:"queue"`
	}
	if err := json.Unmarshal(m.Payload, &request); err != nil {
		s.log.Errorf("SYSTEM - request for the subscriptions of an account: %v", err)
		return
	}
	for _, a := range s.accounts() {
		if a.Name() == request.Account && a.Connections() > 0 {
			s.services.Answer(m, nil, strconv.AppendInt(nil, int64(subscribers(a, request.Subject, string(request.Queue))), 10))
		}
	}
}

// debugSubscribers answers with how many subscriptions there are in the requester's account: of a subject, or within a
// pattern; of one queue group, if the request names one.
func (s *System) debugSubscribers(m *broker.Received) {
	n := 0
	if fields := strings.Fields(string(m.Payload)); len(fields) == 1 {
		n = subscribers(m.Account, fields[0], "")
	} else if len(fields) > 1 {
		n = subscribers(m.Account, fields[0], fields[1])
	}
	s.services.Answer(m, nil, strconv.AppendInt(nil, int64(n), 10))
}

// subscribers counts subscriptions that are not the server's own. An empty queue counts all of them.
func subscribers(a *broker.Account, pattern, queue string) (n int) {
	if !subject.Valid(pattern) {
		return 0
	}
	count := func(sub *broker.Subscription) {
		if sub.Sink().Kind() != broker.Inside && (queue == "" || sub.Queue() == queue) {
			n++
		}
	}
	if !subject.IsLiteral(pattern) {
		for _, sub := range a.Interest().All() {
			if subject.IsSubset(sub.Subject(), pattern) {
				count(sub)
			}
		}
		return n
	}
	found := a.Interest().Match([]byte(pattern))
	for _, sub := range found.Plain {
		count(sub)
	}
	for _, group := range found.Queues {
		for _, sub := range group {
			count(sub)
		}
	}
	return n
}

// reload makes the server read its configuration again.
func (s *System) reload(m *broker.Received) {
	if !s.meant(s.services, m, &EventFilterOptions{}) {
		return
	}
	s.slow.do(func() {
		err := s.control.Reload()
		if err != nil {
			s.log.Errorf("Failed to reload server configuration: %v", err)
		}
		s.done(m, err)
	}, func() { s.send(m, busy()) })
}

// kick closes a client's connection.
func (s *System) kick(m *broker.Received) { s.actOn(m, s.control.Kick) }

// lameDuckOne tells one client to leave.
func (s *System) lameDuckOne(m *broker.Received) { s.actOn(m, s.control.LameDuck) }

// actOn does something to the connection that a request names. The reference keeps silent when it cannot read the request;
// we say so.
func (s *System) actOn(m *broker.Received, act func(cid uint64) error) {
	var request struct {
		CID uint64 `json:"cid"`
	}
	if err := json.Unmarshal(m.Payload, &request); err != nil {
		s.send(m, &answer{Error: &apiError{http.StatusBadRequest, err.Error()}})
		return
	}
	s.done(m, act(request.CID))
}

// done answers a request to do something.
func (s *System) done(m *broker.Received, err error) {
	if err != nil {
		s.send(m, &answer{Error: &apiError{http.StatusInternalServerError, err.Error()}})
		return
	}
	s.deliver(s.services, m, nil)
}
