package client

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"sinew.dev/sinew/internal/auth"
	"sinew.dev/sinew/internal/netio"
)

// connect is the document of a CONNECT line. What is absent keeps the value it had: connectDefaults.
type connect struct {
	Verbose      bool   `json:"verbose"`
	Pedantic     bool   `json:"pedantic"`
	Echo         bool   `json:"echo"`
	Lang         string `json:"lang"`
	Version      string `json:"version"`
	Name         string `json:"name"`
	Protocol     int    `json:"protocol"`
	Headers      bool   `json:"headers"`
	NoResponders bool   `json:"no_responders"`
	User         string `json:"user"`
	Pass         string `json:"pass"`
	Token        string `json:"auth_token"`
	JWT          string `json:"jwt"`
	NKey         string `json:"nkey"`
	Signature    string `json:"sig"`
	Account      string `json:"account"`
	NewAccount   bool   `json:"new_account"`
}

func connectDefaults() connect { return connect{Verbose: true, Pedantic: true, Echo: true} }

// details is what /connz shows of a session's CONNECT. Immutable.
type details struct {
	Name, Lang, Version string
	User                string
	NKey                string
	JWT                 string
	token               bool
}

// label is how monitoring names who the client says it is.
func (d *details) label() string {
	switch {
	case d.NKey != "":
		return d.NKey
	case d.User != "":
		return d.User
	case d.token:
		return "[REDACTED]"
	}
	return ""
}

// login handles CONNECT. It may come again on a live connection, which then is authenticated anew.
func (s *Session) login(t *Turn, doc []byte) {
	s.endRun(t)
	c := connectDefaults()
	if err := json.Unmarshal(doc, &c); err != nil {
		s.hub.log.Debugf("%s - CONNECT cannot be read: %v", s, err)
		s.close(ProtocolViolation)
		return
	}
	if s.account != nil && s.has(connected) {
		s.unbind()
	}
	s.flags.And(^(verbose | pedantic | noEcho | headers | noResponders | asyncInfo))
	s.set(verbose, c.Verbose)
	s.set(pedantic, c.Pedantic)
	s.set(noEcho, !c.Echo)
	s.set(asyncInfo, c.Protocol >= 1)
	s.details.Store(&details{Name: c.Name, Lang: c.Lang, Version: c.Version, User: c.User, NKey: c.NKey, JWT: c.JWT, token: c.Token != ""})
	if s.rtt.Load() == 0 {
		s.rtt.Store(max(1, time.Now().UnixNano()-s.start)) // what the answer to INFO took, until PONG says it better
	}
	if c.Protocol < 0 || c.Protocol > 1 {
		s.refuse(t, "invalid client protocol", BadProtocolVersion)
		return
	}
	if c.Account != "" || c.NewAccount {
		s.hub.log.Errorf("%s - authentication error: the legacy field \"account\" of CONNECT", s)
		s.refuse(t, "Authorization Violation", AuthFailure)
		return
	}
	s.authenticate(t, &c)
}

// authenticate finds out who the client is, off the worker when that takes long, and goes on with admit.
func (s *Session) authenticate(t *Turn, c *connect) {
	o := s.hub.options.Load()
	if o.Auth == nil || !o.Auth.Required() {
		s.admit(t, c, nil)
		return
	}
	creds := &auth.Credentials{
		User: c.User, Password: c.Pass, Token: c.Token, NKey: c.NKey, Signature: c.Signature, JWT: c.JWT,
		Nonce: []byte(s.nonce), ConnectionType: auth.Standard,
	}
	if state := s.conn.TLS(); state != nil {
		creds.PeerCertificates = state.PeerCertificates
	}
	if o.Auth.Cheap(creds) {
		id, err := o.Auth.Authenticate(context.Background(), creds)
		s.authenticated(t, c, id, err)
		return
	}
	s.phase = authenticating
	s.conn.Pause()
	s.hub.logins.add(func() {
		if s.conn.Closing() {
			return
		}
		id, err := o.Auth.Authenticate(s.hub.context, creds)
		s.conn.Post(func(w *netio.Worker) {
			if s.phase != authenticating {
				return
			}
			s.phase = awaitingLogin
			if s.hub.options.Load() == o {
				s.authenticated(turnOf(w), c, id, err)
			} else {
				s.authenticate(turnOf(w), c) // a reload came between: who was let in then may be nobody now
			}
			if s.phase != authenticating {
				s.conn.Resume()
			}
		})
	})
}

func (s *Session) authenticated(t *Turn, c *connect, id *auth.Identity, err error) {
	if err != nil {
		s.hub.authFailed(s, err)
		s.refuse(t, "Authorization Violation", AuthFailure)
		return
	}
	s.admit(t, c, id)
}

// admit binds the client to its account and lets it work.
func (s *Session) admit(t *Turn, c *connect, id *auth.Identity) {
	if !s.bind(t, id) {
		return
	}
	takesHeaders := c.Headers && s.hub.options.Load().Info.Headers
	if c.NoResponders && !takesHeaders {
		s.refuse(t, "no responders requires headers support", NoRespondersHeaders)
		return
	}
	s.limits.Headers = takesHeaders
	s.set(headers, takesHeaders)
	s.set(noResponders, c.NoResponders)
	s.set(connected, true)
	s.set(greeted, false)
	s.phase = ready
	s.tellConnected()
	s.acknowledge(t)
	s.schedulePing()
}

const accountFull = "maximum account active connections exceeded"

// bind makes the session one of the account's. A nil identity is who connects without authentication.
func (s *Session) bind(t *Turn, id *auth.Identity) bool {
	o := s.hub.options.Load()
	name := o.DefaultAccount
	if id != nil {
		name = id.Account
	}
	s.identity.Store(id)
	a := s.hub.broker.Account(name)
	stays := a == s.account
	if !s.has(counted) || !stays {
		if s.has(counted) {
			s.account.Disconnect()
			s.set(counted, false)
			s.tellCounted(s.account)
		}
		s.account = a
		if !a.Connect() {
			s.refuse(t, accountFull, MaxAccountConnections)
			return false
		}
		s.set(counted, true)
		s.tellCounted(a)
	}
	s.bindReplies(id, stays)
	s.limits.MaxControlLine, s.limits.MaxPayload = o.MaxControlLine, o.MaxPayload
	if limit := a.Limits().MaxPayload; limit >= 0 && int(limit) < o.MaxPayload {
		s.limits.MaxPayload = int(limit)
	}
	return true
}

// bindReplies lets the session answer as its user may. Grants of a session that stays in its account hold on while the
// rule is the same: who took a request before a reload may answer it afterwards.
func (s *Session) bindReplies(id *auth.Identity, stays bool) {
	var grants *replyGrants
	if id != nil && id.Permissions != nil {
		if limit, expires, ok := id.Permissions.Responses(); ok {
			grants = newReplyGrants(limit, expires)
		}
	}
	if old := s.replies.Load(); stays && old != nil && grants != nil && old.max == grants.max && old.expires == grants.expires {
		return
	}
	s.replies.Store(grants)
}

// loginUnasked handles a first operation that is not CONNECT: it is refused, unless there is a user for those who do
// not say who they are.
func (s *Session) loginUnasked(t *Turn) bool {
	o := s.hub.options.Load()
	if o.Auth != nil {
		if id, ok := o.Auth.NoAuthUser(); ok {
			if !s.bind(t, id) {
				return false
			}
			s.phase = ready
			s.tellConnected()
			s.schedulePing()
			return true
		}
	}
	s.hub.authFailed(s, errors.New("the first operation was not CONNECT"))
	s.refuse(t, "Authorization Violation", AuthFailure)
	return false
}

// checkInfo handles INFO from a client: only its form matters.
func (s *Session) checkInfo(doc []byte) {
	if !json.Valid(doc) {
		s.close(ProtocolViolation)
	}
}
