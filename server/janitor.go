package server

import (
	"runtime/debug"
	"time"
)

// idleAfter is how long nothing must have happened before memory is given back to the system.
const idleAfter = 5 * time.Second

// janitor gives memory back when the server has fallen idle: what a burst of connections or messages left behind would
// stay until the next burst otherwise. It ends with the server.
func (s *Server) janitor() {
	tick := time.NewTicker(idleAfter)
	defer tick.Stop()
	var last, cleaned uint64
	for {
		select {
		case <-s.ending:
			return
		case <-tick.C:
		}
		t, h := &s.broker.Traffic, s.hub.Stats()
		now := uint64(t.InMsgs.Load()) + uint64(t.OutMsgs.Load()) + h.TotalConnections + uint64(h.Connections) + uint64(h.Subscriptions)
		if now == last && now != cleaned {
			debug.FreeOSMemory()
			cleaned = now
		}
		last = now
	}
}
