//go:build !linux

package netio

import "net"

// system is goroutines only.
type system struct{ portable portable }

func (y *system) start(*Engine) error { return nil }
func (y *system) busy() bool          { return true }
func (y *system) stop(*Engine)        { y.portable.stop() }

func (y *system) size() int                { return 0 }
func (y *system) everywhere(func(*Worker)) {}

func (y *system) listen(e *Engine, l *Listener, network, address string) error {
	return y.portable.listen(e, l, network, address)
}

// Attach makes nc one of the engine's connections; open makes its handler. nc must not be used any more.
func (e *Engine) Attach(nc net.Conn, o ConnOptions, open Accept) error {
	return e.system.portable.attach(e, nc, o.withDefaults(), open)
}
