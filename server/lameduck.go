package server

import (
	"context"
	"time"
)

// LameDuck takes the server out of service gently: it accepts nobody any more, tells the clients, waits for the grace
// period, closes them one after the other over the rest of lame_duck_duration, and shuts down. It returns when that is
// done. Shutdown ends it at once; a second call does nothing.
func (s *Server) LameDuck() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.mu.Lock()
	if s.stopped || s.lame != nil {
		s.mu.Unlock()
		return
	}
	s.lame = cancel
	c := s.config
	s.mu.Unlock()

	s.log.Infof("Entering lame duck mode, stop accepting new clients")
	// With the manager's leave it takes longer than a stop may.
	s.told(s.manager.Extend(c.LameDuckDuration+stopTime, "Lame duck mode: clients move to other servers"))
	s.closeListeners()
	if s.system != nil {
		s.system.LameDuck()
	}
	if s.hub.Stats().Connections == 0 {
		s.Shutdown()
		return
	}
	s.hub.LameDuck()
	if pause(ctx, c.LameDuckGrace) {
		s.evictAll(ctx, c.LameDuckDuration-c.LameDuckGrace)
	}
	s.Shutdown()
}

// longestEviction is the longest time between two closed connections.
const longestEviction = time.Second

// evictAll closes all clients in random order, spread over d.
func (s *Server) evictAll(ctx context.Context, d time.Duration) {
	n := s.hub.Stats().Connections
	if n == 0 {
		return
	}
	s.log.Infof("Closing existing clients")
	interval := min(d/time.Duration(n), longestEviction)
	batch := 1
	if interval < time.Millisecond { // timers are not finer than that
		interval = time.Millisecond
		batch = max(1, n/int(max(d, time.Millisecond)/time.Millisecond))
	}
	for {
		for range batch {
			if !s.hub.Evict() {
				return
			}
		}
		if !pause(ctx, interval) {
			return
		}
	}
}

// pause waits for d and reports false if ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
