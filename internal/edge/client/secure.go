package client

import (
	"sinew.dev/sinew/internal/netio"
)

const (
	// tlsRecord is the first byte of a TLS handshake.
	tlsRecord = 0x16
	// tlsHeader is the length of a record's header, which ends with the length of the rest, at most tlsMax.
	tlsHeader = 5
	tlsMax    = 16<<10 + 256
)

// beginTLS looks at a connection's first bytes where TLS is configured and either starts the handshake with them or, if
// that is allowed, goes on in clear. It reports whether there is a handshake, which then takes the data, or how many
// bytes must be there before one begins.
func (s *Session) beginTLS(data []byte) (took bool, need int) {
	o := s.hub.options.Load()
	if o.TLS.Optional && data[0] != tlsRecord {
		s.awaitLogin(o)
		return false, 0
	}
	if need := firstRecord(data); need > len(data) {
		if !s.hold(len(data)) {
			return false, 0
		}
		return false, need
	}
	s.hub.strangers.holds(s, 0)
	s.conn.SetTimer(0)
	s.phase = authenticating // nothing is read as operations until the handshake is over
	s.conn.StartTLS(o.TLS.Config, o.TLS.Timeout, s.secured)
	return true, 0
}

// firstRecord is the length of the TLS record that data begins with, as far as it is known; zero if it is none. A
// handshake takes a goroutine and room for all that the record claims to be: it is worth it only for who sent it.
func firstRecord(data []byte) int {
	if data[0] != tlsRecord {
		return 0
	}
	if len(data) < tlsHeader {
		return tlsHeader
	}
	n := int(data[3])<<8 | int(data[4])
	if n > tlsMax {
		return 0 // the handshake says what is wrong
	}
	return tlsHeader + n
}

// secured goes on after the handshake.
func (s *Session) secured(w *netio.Worker, err error) {
	t := turnOf(w)
	o := s.hub.options.Load()
	if err != nil {
		s.hub.log.Errorf("%s - TLS handshake error: %v", s, err)
		s.close(TLSFailure)
		return
	}
	if s.has(tlsFirst) {
		s.sendInfo(t, o)
	}
	s.awaitLogin(o)
}

// overdueTLS ends the wait for a handshake: with INFO, for a client that waits for it, or with the connection.
func (s *Session) overdueTLS(t *Turn, o *Options) {
	if s.has(tlsFirst) && o.TLS.FirstWait > 0 {
		s.set(tlsFirst, false)
		s.sendInfo(t, o)
		s.conn.SetTimer(o.TLS.Timeout)
		return
	}
	s.close(TLSFailure)
}

// awaitLogin lets the client say who it is. Where nobody has to, it may begin at once.
func (s *Session) awaitLogin(o *Options) {
	if o.Auth != nil && o.Auth.Required() {
		s.phase = awaitingLogin
		s.conn.SetTimer(o.AuthTimeout)
		return
	}
	s.phase = ready
	s.schedulePing()
}

func (s *Session) sendInfo(t *Turn, o *Options) {
	info := s.info(o)
	s.sendBytes(t, appendInfo(nil, &info))
}
