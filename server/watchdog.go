package server

import (
	"context"
	"os"
	"time"

	"sinew.dev/sinew/internal/systemd"
)

// supervise connects to the service manager, if there is one that wants to know how we are. Faults are logged: a server
// that cannot tell works all the same.
func (s *Server) supervise() {
	var err error
	if s.manager, err = systemd.New(os.Getenv); err != nil {
		s.log.Warnf("Service manager: %v", err)
	}
	if s.watchdog, err = systemd.WatchdogInterval(os.Getenv, os.Getpid()); err != nil {
		s.log.Warnf("Service manager: %v", err)
	}
}

// told logs what the service manager could not be told.
func (s *Server) told(err error) {
	if err != nil {
		s.log.Warnf("%v", err)
	}
}

// feedWatchdog tells the service manager that the server is alive, twice in each interval, as long as all event loops turn
// and no lock is stuck. It ends with the server.
func (s *Server) feedWatchdog() {
	pause := s.watchdog / 2
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := s.alive(pause); err != nil {
			s.log.Errorf("Watchdog: %v", err)
		} else {
			s.told(s.manager.Watchdog())
		}
		select {
		case <-s.ending:
			return
		case <-tick.C:
		}
	}
}

// alive returns nil when everything that serves clients has moved within a time.
func (s *Server) alive(within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	s.hub.Stats() // takes the locks of the sessions
	s.inLameDuck()
	return s.engine.Probe(ctx)
}
