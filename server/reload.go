package server

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"sinew.dev/sinew/internal/config"
)

// errNoFile: there is no configuration file to read again.
var errNoFile = errors.New("can only reload config when a file is provided using -c or --config")

// Reload reads the configuration file again and applies what has changed. If anything in it is wrong, or cannot be
// changed while the server runs, nothing changes. When it returns the changes hold for the clients that are connected, too.
func (s *Server) Reload() (err error) {
	defer func() { s.reloads.add(err) }()
	if s.flags.ConfigFile == "" {
		return errNoFile
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.ended() {
		return errStopped
	}
	s.told(s.manager.Reloading("Loading the configuration again"))
	err = s.reload()
	status := "Ready; the configuration was loaded again"
	if err != nil {
		status = "Ready with the old configuration: " + err.Error()
	}
	s.told(s.manager.Ready(status))
	return err
}

// reload is Reload; s.changing is held.
func (s *Server) reload() error {
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
	if s.listener != nil {
		s.listener.SetOptions(connOptions(fresh))
	}
	s.mu.Unlock()
	s.hub.Apply(o)
	if s.system != nil {
		s.system.Follow(s.systemInfo(fresh), s.broker.Accounts())
	}
	s.moveFiles(old, fresh)
	if fresh.ProfPort != 0 {
		runtime.SetBlockProfileRate(fresh.ProfBlockRate)
	}
	for _, change := range changes {
		s.log.Infof("Reloaded: %s", change)
	}
	s.log.Infof("Reloaded server configuration (%s)", fresh.Digest)
	return nil
}

// moveFiles writes the pid file and the ports file where a new configuration wants them, and removes those that are
// elsewhere. What fails is logged: everything else of the new configuration holds by now.
func (s *Server) moveFiles(old, fresh *config.Config) {
	if old.PidFile != fresh.PidFile {
		s.removeFiles(s.pid)
		s.pid = ""
		s.logged(s.writePid(fresh))
	}
	if old.PortsFileDir != fresh.PortsFileDir {
		s.removeFiles(s.ports)
		s.ports = ""
		s.logged(s.writePorts(fresh))
	}
}

// logged reports what went wrong, if anything did, with what a reload does last.
func (s *Server) logged(err error) {
	if err != nil {
		s.log.Errorf("Reload: %v", err)
	}
}

// reloadCounts counts reloads. It is safe for concurrent use.
type reloadCounts struct {
	mu         sync.Mutex
	ok, failed uint64
	lastFailed bool
}

func (c *reloadCounts) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastFailed = err != nil
	if err != nil {
		c.failed++
	} else {
		c.ok++
	}
}

func (c *reloadCounts) counts() (ok, failed uint64, lastFailed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ok, c.failed, c.lastFailed
}
