// Package logs writes a server's log, to standard error or to a file that it rotates, in nats-server's format:
//
//	[pid] 2006/01/02 15:04:05.000000 [INF] text
package logs

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"
)

// Options says where the log goes and what is in it.
type Options struct {
	File      string // empty: standard error
	SizeLimit int64  // bytes from which on the file is rotated; 0: never
	MaxFiles  int    // rotated files kept; 0: all
	Time      bool   // lines have the time
	UTC       bool   // in UTC
	Debug     bool
	Trace     bool

	stderr io.Writer // nil: os.Stderr
}

// Logger writes a log. It is safe for concurrent use.
type Logger struct {
	debug, trace atomic.Bool

	mu      sync.Mutex
	options Options
	out     io.Writer
	file    *file // nil when out is standard error
	colour  bool
	buf     []byte
}

// New opens a log.
func New(o Options) (*Logger, error) {
	l := &Logger{}
	if err := l.Configure(o); err != nil {
		return nil, err
	}
	return l, nil
}

// Configure makes the log follow other options. After an error it follows the old ones.
func (l *Logger) Configure(o Options) error {
	if o.stderr == nil {
		o.stderr = os.Stderr
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.out == nil || o.File != l.options.File {
		if err := l.open(o); err != nil {
			return err
		}
	}
	if l.file != nil {
		l.file.limit, l.file.keep = o.SizeLimit, o.MaxFiles
	}
	l.options = o
	l.debug.Store(o.Debug)
	l.trace.Store(o.Trace)
	return nil
}

// open switches to the file of o, or to standard error.
func (l *Logger) open(o Options) error {
	var next *file
	if o.File != "" {
		var err error
		if next, err = openFile(o.File); err != nil {
			return fmt.Errorf("open the log file: %w", err)
		}
	}
	if l.file != nil {
		_ = l.file.Close() // what could be lost was written already
	}
	l.file, l.colour = next, false
	if next != nil {
		l.out = next
		return nil
	}
	l.out = o.stderr
	if f, ok := o.stderr.(*os.File); ok {
		l.colour = term.IsTerminal(int(f.Fd()))
	}
	return nil
}

// Reopen closes the file and opens it again, for those who have moved it away. Without a file it does nothing.
func (l *Logger) Reopen() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.open(l.options)
}

// Close ends the log; what is logged afterwards is lost.
func (l *Logger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = io.Discard
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// level is how a line is marked, and in which colour on a terminal.
type level struct{ label, colour string }

var (
	fatal   = level{"FTL", "\x1b[31m"}
	failure = level{"ERR", "\x1b[31m"}
	warning = level{"WRN", "\x1b[0;93m"}
	info    = level{"INF", "\x1b[32m"}
	debug   = level{"DBG", "\x1b[36m"}
	trace   = level{"TRC", "\x1b[33m"}
)

// Fatalf logs why the server ends.
func (l *Logger) Fatalf(format string, args ...any) { l.write(&fatal, format, args) }

// Errorf logs an error.
func (l *Logger) Errorf(format string, args ...any) { l.write(&failure, format, args) }

// Warnf logs a warning.
func (l *Logger) Warnf(format string, args ...any) { l.write(&warning, format, args) }

// Infof logs what happens in the ordinary course of things.
func (l *Logger) Infof(format string, args ...any) { l.write(&info, format, args) }

// Debugf logs details, if that is on.
func (l *Logger) Debugf(format string, args ...any) {
	if l.debug.Load() {
		l.write(&debug, format, args)
	}
}

// Tracef logs the protocol, if that is on.
func (l *Logger) Tracef(format string, args ...any) {
	if l.trace.Load() {
		l.write(&trace, format, args)
	}
}

var pid = strconv.Itoa(os.Getpid())

func (l *Logger) write(v *level, format string, args []any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := append(append(append(l.buf[:0], '['), pid...), "] "...)
	if l.options.Time {
		now := time.Now()
		if l.options.UTC {
			now = now.UTC()
		}
		b = append(now.AppendFormat(b, "2006/01/02 15:04:05.000000"), ' ')
	}
	b = append(b, '[')
	if l.colour {
		b = append(append(append(b, v.colour...), v.label...), "\x1b[0m"...)
	} else {
		b = append(b, v.label...)
	}
	b = append(b, "] "...)
	start := len(b)
	b = fmt.Appendf(b, format, args...)
	escapeControls(b[start:])
	b = append(b, '\n')
	_, _ = l.out.Write(b) // a log that cannot be written has nowhere to say so
	if l.buf = b; cap(b) > 64<<10 {
		l.buf = nil
	}
}

// escapeControls keeps what clients send from making lines of their own, or commands to a terminal.
func escapeControls(b []byte) {
	for i, c := range b {
		if (c < ' ' && c != '\t') || c == 0x7f {
			b[i] = '?'
		}
	}
}
