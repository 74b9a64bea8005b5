package server

import (
	"errors"
	"fmt"
	"time"

	"sinew.dev/sinew/internal/config"
)

// errNoFile: there is no configuration file to read again.
var errNoFile = errors.New("can only reload config when a file is provided using -c or --config")

// Reload reads the configuration file again and applies what has changed. If anything in it is wrong, or cannot be
// changed while the server runs, nothing changes.
func (s *Server) Reload() error {
	if s.flags.ConfigFile == "" {
		return errNoFile
	}
	fresh, warnings, err := load(s.flags)
	if err != nil {
		return err
	}
	old := s.current()
	// The port that was chosen for us stays.
	if fresh.Port <= 0 {
		fresh.Port = old.Port
	}
	changes := config.Diff(old, fresh)
	if err := config.FirstRefusal(changes); err != nil {
		return err
	}
	if err := fresh.Validate(); err != nil {
		return err
	}
	list, err := accounts(fresh)
	if err != nil {
		return err
	}
	o, err := s.clientOptions(fresh, s.Addr())
	if err != nil {
		return err
	}
	if err := redirectLog(s.log, old, fresh); err != nil {
		return fmt.Errorf("apply the log options: %w", err)
	}
	for _, w := range warnings {
		s.log.Warnf("%s", w)
	}
	setAccounts(s.broker, list)
	s.mu.Lock()
	s.config, s.loaded = fresh, time.Now()
	s.mu.Unlock()
	s.hub.Apply(o)
	for _, change := range changes {
		s.log.Infof("Reloaded: %s", change)
	}
	s.log.Infof("Reloaded server configuration")
	return nil
}
