// Package observe says what can be observed of a server: here the face of its log, below documents, monitoring and the
// log's writer.
package observe

// Logger takes what a server has to say, by level. Implementations are safe for concurrent use, add the line end, and
// cost little for levels that are off.
type Logger interface {
	// Fatalf says why the server ends. It returns.
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Warnf(format string, args ...any)
	Infof(format string, args ...any)
	Debugf(format string, args ...any)
	Tracef(format string, args ...any)
}

// Discard is a Logger that says nothing.
var Discard Logger = discard{}

type discard struct{}

func (discard) Fatalf(string, ...any) {}
func (discard) Errorf(string, ...any) {}
func (discard) Warnf(string, ...any)  {}
func (discard) Infof(string, ...any)  {}
func (discard) Debugf(string, ...any) {}
func (discard) Tracef(string, ...any) {}
