package server

import "time"

// SetLameDuck sets the times of lame duck mode, which a file cannot make as short as a test wants them.
func (s *Server) SetLameDuck(grace, duration time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := *s.config
	c.LameDuckGrace, c.LameDuckDuration = grace, duration
	s.config = &c
}

// LameDuckDuration is what LameDuck would follow.
func (s *Server) LameDuckDuration() time.Duration { return s.current().LameDuckDuration }
