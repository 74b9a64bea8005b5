package logs

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"sinew.dev/sinew/internal/observe"
)

// Options say which lines are written and what stands before their text.
type Options struct {
	Debug, Trace bool // write lines of these levels
	PID          bool // begin lines with the process
	Time         bool // and with the time, in microseconds
	UTC          bool // rather than local time
	Colour       bool // colour the levels, for terminals
}

// IsTerminal reports whether f is a terminal, on which colours are of use.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Log is an observe.Logger that writes lines. It is safe for concurrent use; lines come out whole.
//
// What cannot be written is lost: a server does not stop because its disk is full.
type Log struct {
	options atomic.Pointer[Options]
	pid     int
	buffers sync.Pool // of *[]byte

	mu   sync.Mutex
	out  io.Writer // where lines go; file if that is not nil
	file *file
}

var _ observe.Logger = (*Log)(nil)

// New returns a log that writes to w, a line a call, never two at once.
func New(w io.Writer, o Options) *Log {
	l := &Log{out: w, pid: os.Getpid(), buffers: sync.Pool{New: func() any { b := make([]byte, 0, 256); return &b }}}
	l.SetOptions(o)
	return l
}

// Open returns a log that appends to a file, which is made if there is none.
func Open(path string, f FileOptions, o Options) (*Log, error) {
	l := New(io.Discard, o)
	if err := l.RedirectToFile(path, f); err != nil {
		return nil, err
	}
	return l, nil
}

// SetOptions changes the options for the lines to come.
func (l *Log) SetOptions(o Options) { l.options.Store(&o) }

// Options returns the options in force.
func (l *Log) Options() Options { return *l.options.Load() }

// SetLevels switches the lines for debugging and tracing on and off, and leaves the other options.
func (l *Log) SetLevels(debug, trace bool) {
	for {
		old := l.options.Load()
		changed := *old
		changed.Debug, changed.Trace = debug, trace
		if l.options.CompareAndSwap(old, &changed) {
			return
		}
	}
}

// Redirect writes the lines to come to w. A file that was written to is closed; a writer is not.
func (l *Log) Redirect(w io.Writer) error { return l.redirect(w, nil) }

// RedirectToFile writes the lines to come to a file. If that cannot be opened, lines go where they went before.
func (l *Log) RedirectToFile(path string, o FileOptions) error {
	f, err := openFile(path, o)
	if err != nil {
		return err
	}
	return l.redirect(f, f)
}

func (l *Log) redirect(w io.Writer, f *file) error {
	l.mu.Lock()
	old := l.file
	l.out, l.file = w, f
	l.mu.Unlock()
	if old == nil {
		return nil
	}
	return old.close()
}

// Reopen opens the log file anew by its name: somebody has moved the file away. If that fails, lines go on into the old
// one. Without a file it does nothing.
func (l *Log) Reopen() error {
	l.mu.Lock()
	f := l.file
	var err error
	if f != nil {
		err = f.reopen()
	}
	l.mu.Unlock()
	if f != nil && err == nil {
		l.Infof("File log re-opened")
	}
	return err
}

// Close closes the file, if there is one. Lines that come later are dropped.
func (l *Log) Close() error { return l.Redirect(io.Discard) }

// Fatalf writes an FTL line. It does not end the process.
func (l *Log) Fatalf(format string, args ...any) { l.write(fatal, format, args) }

// Errorf writes an ERR line.
func (l *Log) Errorf(format string, args ...any) { l.write(failure, format, args) }

// Warnf writes a WRN line.
func (l *Log) Warnf(format string, args ...any) { l.write(warning, format, args) }

// Infof writes an INF line.
func (l *Log) Infof(format string, args ...any) { l.write(info, format, args) }

// Debugf writes a DBG line if that level is on.
func (l *Log) Debugf(format string, args ...any) {
	if l.options.Load().Debug {
		l.write(debug, format, args)
	}
}

// Tracef writes a TRC line if that level is on.
func (l *Log) Tracef(format string, args ...any) {
	if l.options.Load().Trace {
		l.write(trace, format, args)
	}
}

// write formats before it takes the lock: arguments may have methods of their own.
func (l *Log) write(v level, format string, args []any) {
	o := l.options.Load()
	buffer := l.buffers.Get().(*[]byte)
	line := appendLine((*buffer)[:0], o, v, time.Now(), l.pid, format, args)

	l.mu.Lock()
	_, _ = l.out.Write(line) // there is no better place to tell of it
	if l.file != nil && l.file.full() {
		for _, note := range l.file.rotate(time.Now()) {
			_, _ = l.file.Write(appendLine(nil, o, note.level, time.Now(), l.pid, "%s", []any{note.text}))
		}
	}
	l.mu.Unlock()

	if cap(line) <= maxPooled {
		*buffer = line
		l.buffers.Put(buffer)
	}
}

// maxPooled is the size, in bytes, above which a line's buffer is not kept: one long trace must not hold memory.
const maxPooled = 16 << 10
