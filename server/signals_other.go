//go:build !unix

package server

import (
	"os"
	"os/signal"
)

func watchSignals() (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 8)
	signal.Notify(c, os.Interrupt)
	return c, func() { signal.Stop(c) }
}

// handleSignal does what a signal asks for and reports true when the process is to end.
func (s *Server) handleSignal(sig os.Signal) (done bool) {
	s.log.Infof("Trapped %q signal", sig)
	s.Shutdown()
	return true
}
