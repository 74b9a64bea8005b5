package observe

// Logger takes what a part of the server has to say, one line a call, without a line end. Implementations are safe for
// concurrent use. Secrets are never passed to it.
type Logger interface {
	// Fatalf tells of what makes the server stop. It returns: stopping is the caller's business.
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Warnf(format string, args ...any)
	Infof(format string, args ...any)
	// Debugf and Tracef cost next to nothing while their level is off, except for the making of args.
	Debugf(format string, args ...any)
	Tracef(format string, args ...any)
}

// Discard is a Logger that drops everything.
var Discard Logger = discard{}

type discard struct{}

func (discard) Fatalf(string, ...any) {}
func (discard) Errorf(string, ...any) {}
func (discard) Warnf(string, ...any)  {}
func (discard) Infof(string, ...any)  {}
func (discard) Debugf(string, ...any) {}
func (discard) Tracef(string, ...any) {}
