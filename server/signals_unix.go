//go:build unix

package server

import (
	"os"
	"os/signal"
	"syscall"
)

// watchSignals gives the signals that a running server understands, until it is told to end that. A reader of the log that
// goes away shall not end the server.
func watchSignals() (<-chan os.Signal, func()) {
	signal.Ignore(syscall.SIGPIPE)
	c := make(chan os.Signal, 8)
	signal.Notify(c, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	return c, func() { signal.Stop(c) }
}

// handleSignal does what a signal asks for and reports true when the process is to end.
func (s *Server) handleSignal(sig os.Signal) (done bool) {
	s.log.Infof("Trapped %q signal", sig)
	switch sig {
	case syscall.SIGHUP:
		if err := s.Reload(); err != nil {
			s.log.Errorf("Failed to reload server configuration: %v", err)
		}
	case syscall.SIGUSR1:
		s.ReopenLog()
	case syscall.SIGUSR2:
		go s.LameDuck()
	case syscall.SIGTERM:
		if s.inLameDuck() {
			return false // it ends by itself, and clients are moving
		}
		s.Shutdown()
		return true
	default:
		s.Shutdown()
		return true
	}
	return false
}
