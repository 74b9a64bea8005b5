package client

import (
	"errors"

	"sinew.dev/sinew/internal/auth"
	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/netio"
)

// Events is what a hub tells of its sessions. Each function may be nil. They are called by the workers, for one session
// one at a time and in order, with no lock held. They must not block, and should look whether anybody cares before they
// do more.
type Events struct {
	// Connected: the client has logged in, perhaps not for the first time.
	Connected func(*Session)
	// Disconnected: the connection is closed, whether it had logged in or not. The row is not changed any more, by anybody.
	Disconnected func(row *Snapshot)
	// AuthFailed: the client may not log in. Disconnected follows.
	AuthFailed func(*Session)
	// Counted: an account has one connection more or less.
	Counted func(*broker.Account)
}

// Listen makes the hub tell of its sessions. It must be called before the first Accept.
func (h *Hub) Listen(e Events) { h.events = e }

func (s *Session) tellConnected() {
	if f := s.hub.events.Connected; f != nil {
		f(s)
	}
}

func (s *Session) tellAuthFailed() {
	if f := s.hub.events.AuthFailed; f != nil {
		f(s)
	}
}

func (s *Session) tellCounted(a *broker.Account) {
	if f := s.hub.events.Counted; f != nil {
		f(a)
	}
}

// AccountName is the account that the session is bound to, or would be. Safe for concurrent use.
func (s *Session) AccountName() string { return s.accountName() }

// Introduced reports whether the client has sent CONNECT. Safe for concurrent use.
func (s *Session) Introduced() bool { return s.details.Load() != nil }

// Identity is who is connected; nil: nobody asked. Safe for concurrent use.
func (s *Session) Identity() *auth.Identity { return s.identity.Load() }

// session returns the open session with this number, or nil.
func (h *Hub) session(id uint64) *Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[id]
}

// Errors of what is done to one connection, in the words that tools know.
var (
	ErrNoConnection = errors.New("no such client or leafnode id")
	ErrNoClient     = errors.New("no such client id")
	ErrNoLameDuck   = errors.New("client does not support Lame Duck Mode or is not ready to receive the notification")
)

// Kick closes the connection with this number.
func (h *Hub) Kick(id uint64) error {
	s := h.session(id)
	if s == nil {
		return ErrNoConnection
	}
	s.conn.Close(Kicked)
	return nil
}

// LameDuckOne tells the client with this number that the server is about to go away, so that it connects to another.
func (h *Hub) LameDuckOne(id uint64) error {
	s := h.session(id)
	switch {
	case s == nil:
		return ErrNoClient
	case !s.takesLameDuck():
		return ErrNoLameDuck
	}
	s.sendLameDuck()
	return nil
}

// takesLameDuck reports whether the client understands INFO at any time, now. Safe for concurrent use.
func (s *Session) takesLameDuck() bool { return s.has(asyncInfo) && s.has(greeted) }

// sendLameDuck sends INFO with ldm to a client that understands it.
func (s *Session) sendLameDuck() {
	s.conn.Post(func(w *netio.Worker) {
		if s.takesLameDuck() {
			info := s.info(s.hub.options.Load())
			info.LameDuck = true
			s.sendBytes(turnOf(w), appendInfo(nil, &info))
		}
	})
}
