package sysevents

import (
	"strings"
	"time"
	"unicode"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/observe/status"
	"sinew.dev/sinew/internal/subject"
)

// accountSubjects are where the events of one account go.
type accountSubjects struct {
	connect, disconnect         string
	connections, oldConnections string // the same under its older name
}

// noSubjects are those of an account whose name can not stand in a subject.
var noSubjects = &accountSubjects{}

// subjectsOf returns the subjects of an account, or nil if it has none.
func (s *System) subjectsOf(account string) *accountSubjects {
	known, ok := s.subjects.Load(account)
	if !ok {
		made := noSubjects
		if subject.ValidLiteral(account) && !strings.ContainsFunc(account, unicode.IsSpace) {
			prefix := "$SYS.ACCOUNT." + account
			made = &accountSubjects{
				prefix + ".CONNECT", prefix + ".DISCONNECT", prefix + ".SERVER.CONNS", "$SYS.SERVER.ACCOUNT." + account + ".CONNS",
			}
		}
		known, _ = s.subjects.LoadOrStore(account, made)
	}
	if known == noSubjects {
		return nil
	}
	return known.(*accountSubjects)
}

// Connected tells that a client has logged in. describe is called at once, if at all.
func (s *System) Connected(account string, describe func() status.Connection) {
	to := s.subjectsOf(account)
	if to == nil || !s.running() || !s.interested(to.connect) {
		return
	}
	c := describe()
	s.events.Post(func() { s.publish(to.connect, s.connectDocument(&c)) })
}

// Disconnected tells that a connection has ended. describe is called at once, if at all.
func (s *System) Disconnected(account string, describe func() status.Connection) {
	to := s.subjectsOf(account)
	if to == nil || !s.running() || !s.interested(to.disconnect) {
		return
	}
	c := describe()
	s.events.Post(func() { s.publish(to.disconnect, s.disconnectDocument(&c, c.Reason)) })
}

// Where refused clients are told of in the account that they came to.
const authErrorSubject = "$SYS.ACCOUNT.CLIENT.AUTH.ERR"

// reasonRefused is why a client that was refused will be disconnected.
const reasonRefused = "Authentication Failure"

// AuthFailed tells that a client was refused: in the system account, and in the account that it came to, that of those
// who have not logged in. A nil account is not told. describe is called at once, if at all.
func (s *System) AuthFailed(in *broker.Account, describe func() status.Connection) {
	if !s.running() {
		return
	}
	here, there := s.interested(s.authenticateErr), in != nil && in.Interested([]byte(authErrorSubject))
	if !here && !there {
		return
	}
	c := describe()
	c.Stop = time.Now()
	s.events.Post(func() {
		if there {
			s.publishIn(in, authErrorSubject, s.disconnectDocument(&c, reasonRefused))
		}
		if here {
			s.publish(s.authenticateErr, s.disconnectDocument(&c, reasonRefused))
		}
	})
}

// connsEvery is how often it is told how many connections an account has, while it has any.
const connsEvery = 30 * time.Second

// Counted tells that an account has one connection more or less.
func (s *System) Counted(a *broker.Account) {
	if to := s.countedSubjects(a); to != nil {
		conns := int(a.Connections())
		s.events.Post(func() { s.publishConnections(a.Name(), to, conns) })
	}
}

// countedSubjects are where to tell of an account's connections; nil: nobody wants to know.
func (s *System) countedSubjects(a *broker.Account) *accountSubjects {
	if a.Name() == s.global || !s.running() {
		return nil
	}
	to := s.subjectsOf(a.Name())
	if to == nil || (!s.interested(to.connections) && !s.interested(to.oldConnections)) {
		return nil
	}
	return to
}

func (s *System) publishConnections(account string, to *accountSubjects, conns int) {
	stat := s.accountStat(account)
	if stat == nil {
		return
	}
	stat.Conns, stat.TotalConns = conns, conns
	if body := s.encode(s.connectionsDocument(stat)); body != nil { // one document, two names
		s.events.Publish(s.account, to.oldConnections, "", nil, body)
		s.events.Publish(s.account, to.connections, "", nil, body)
	}
}

func (s *System) publishAllConnections() {
	for _, a := range s.accounts() {
		if to := s.countedSubjects(a); to != nil && a.Connections() > 0 {
			s.publishConnections(a.Name(), to, int(a.Connections()))
		}
	}
	s.schedule(&s.connsTimer, connsEvery, s.publishAllConnections)
}

// accounts are those that requests are answered in: all.
func (s *System) accounts() []*broker.Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*broker.Account, 0, len(s.served))
	for a := range s.served {
		list = append(list, a)
	}
	return list
}

// accountStat is one account's traffic, or nil.
func (s *System) accountStat(account string) *status.AccountStat {
	doc := s.source.AccountStatz(status.AccountStatzOptions{Accounts: []string{account}, IncludeUnused: true})
	if len(doc.Accounts) != 1 {
		return nil
	}
	return doc.Accounts[0]
}
