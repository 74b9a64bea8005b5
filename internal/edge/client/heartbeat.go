package client

import (
	"math/rand/v2"
	"time"

	"sinew.dev/sinew/internal/netio"
	"sinew.dev/sinew/internal/proto"
)

const (
	// firstPing is when a new connection is asked for its round trip time first.
	firstPing = 2 * time.Second
	// rttEvery is how old a round trip time may become before it is measured again, however busy the connection is.
	rttEvery = time.Hour
)

// ping answers PING. The first one after CONNECT shows that the client is ready for INFO at any time.
func (s *Session) ping(t *Turn) {
	s.endRun(t)
	s.send(t, proto.PongLine)
	if s.has(connected) && !s.has(greeted) {
		s.set(greeted, true)
		if s.has(asyncInfo) {
			s.sendConnectInfo(t)
		}
	}
}

// sendConnectInfo tells the client which account it is bound to.
func (s *Session) sendConnectInfo(t *Turn) {
	info := s.info(s.hub.options.Load())
	info.ConnectInfo, info.Nonce, info.MaxPayload = true, "", s.limits.MaxPayload
	info.RemoteAccount = s.account.Name()
	info.AccountIsSys = s.isSystem()
	s.sendBytes(t, appendInfo(nil, &info))
}

// pong takes the answer to a PING of ours.
func (s *Session) pong(t *Turn) {
	s.pings = 0
	if s.pingAt != 0 {
		s.rtt.Store(max(1, time.Now().UnixNano()-s.pingAt))
		s.pingAt = 0
	}
	_ = t
}

// schedulePing starts the heartbeat of a session that has logged in.
func (s *Session) schedulePing() {
	interval := s.hub.options.Load().PingInterval
	if !s.has(pinged) && interval > firstPing {
		interval = firstPing + rand.N(firstPing/5)
	}
	s.conn.SetTimer(interval)
}

// Timer does what is due, as netio.Handler: in order of a connection's life, INFO for a client that does not begin TLS,
// the end of a handshake that never came, the end of a login that never came, the next PING.
func (s *Session) Timer(w *netio.Worker) {
	t := turnOf(w)
	o := s.hub.options.Load()
	switch s.phase {
	case awaitingTLS:
		s.overdueTLS(t, o)
	case awaitingLogin, authenticating:
		s.refuse(t, "Authentication Timeout", AuthTimeout)
	case ready:
		s.heartbeat(t, o)
	case closing:
	}
}

// heartbeat sends the next PING, unless the client was heard of, or gives the client up.
func (s *Session) heartbeat(t *Turn, o *Options) {
	now := s.now(t)
	quiet := now.Sub(time.Unix(0, s.last.Load()))
	known := s.rtt.Load() != 0 && now.Sub(time.Unix(0, s.dueAt)) < rttEvery
	switch {
	case s.has(pinged) && known && s.pings == 0 && quiet < o.PingInterval:
	case s.pings+1 > o.PingMax:
		s.hub.stale.Add(1)
		s.hub.log.Debugf("%s - Stale Client Connection - Closing", s)
		s.refuse(t, "Stale Connection", StaleConnection)
		return
	default:
		s.set(pinged, true)
		s.pings++
		s.pingAt = time.Now().UnixNano()
		s.dueAt = s.pingAt
		s.send(t, proto.PingLine)
	}
	s.conn.SetTimer(o.PingInterval)
}
