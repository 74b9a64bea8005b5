package logs

import (
	"fmt"
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
	JSON         bool // write JSON objects, in which nothing has a colour
}

// IsTerminal reports whether f is a terminal, on which colours are of use.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Log is an observe.Logger that writes lines. It is safe for concurrent use; lines come out whole.
//
// What cannot be written is lost: a server does not stop because its disk is full. Lost tells how much that was.
type Log struct {
	options atomic.Pointer[Options]
	bare    atomic.Bool // lines have no prefix: syslog adds its own
	lost    atomic.Uint64
	pid     int
	buffers sync.Pool // of *[]byte

	mu  sync.Mutex // held while a line is handed on, which does not wait for readers
	out output
}

// output takes lines, one at a time.
type output interface {
	// put takes one line with its end. The line is valid during the call only.
	put(v level, line []byte)
	close() error
}

var _ observe.Logger = (*Log)(nil)

// New returns a log that writes to w, a line a call, never two at once. w should not be slow: see RedirectToStream.
func New(w io.Writer, o Options) *Log {
	l := &Log{pid: os.Getpid(), buffers: sync.Pool{New: func() any { b := make([]byte, 0, 256); return &b }}}
	l.out = &writer{log: l, w: w}
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

// Lost is how many lines could not be written so far.
func (l *Log) Lost() uint64 { return l.lost.Load() }

// Redirect writes the lines to come to w, as New does.
func (l *Log) Redirect(w io.Writer) error { return l.redirect(&writer{log: l, w: w}, false) }

// RedirectToStream writes the lines to come to an open file that stays the caller's: standard error, most likely. Unless it
// is a regular file, lines are queued, so that a terminal or a pipe that nobody reads holds nobody up.
func (l *Log) RedirectToStream(f *os.File) error {
	if stat, err := f.Stat(); err == nil && stat.Mode().IsRegular() {
		return l.Redirect(f)
	}
	return l.redirect(newQueue(l, stream{f: f}), false)
}

// RedirectToFile writes the lines to come to a file. If that cannot be opened, lines go where they went before. What is
// no regular file, such as /dev/stdout, is written like a stream.
func (l *Log) RedirectToFile(path string, o FileOptions) error {
	f, err := openFile(l, path, o)
	if err != nil {
		return err
	}
	if stat, err := f.file.Stat(); err == nil && !stat.Mode().IsRegular() {
		return l.redirect(newQueue(l, stream{f: f.file, own: true}), false)
	}
	return l.redirect(f, false)
}

// RedirectToSyslog sends the lines to come to a syslog daemon: this machine's if the address is empty, or the one at an
// address such as udp://host:514, tcp://host:514 or unix:///dev/log. Lines are queued, and wait there while the daemon is
// away. If it cannot be reached now, lines go where they went before.
func (l *Log) RedirectToSyslog(address string) error {
	s, err := dialSyslog(address)
	if err != nil {
		return err
	}
	return l.redirect(newQueue(l, s), true)
}

func (l *Log) redirect(to output, bare bool) error {
	l.mu.Lock()
	old := l.out
	l.out = to
	l.bare.Store(bare)
	l.mu.Unlock()
	return old.close()
}

// Reopen opens the log file anew by its name: somebody has moved the file away. If that fails, lines go on into the old
// one.
func (l *Log) Reopen() error {
	l.mu.Lock()
	f, ok := l.out.(*file)
	var err error
	if ok {
		err = f.reopen()
	}
	l.mu.Unlock()
	switch {
	case !ok:
		l.Infof("File log re-open ignored, not a file logger")
	case err == nil:
		l.Infof("File log re-opened")
	}
	return err
}

// Close closes the file, if there is one, and waits a moment until queued lines are out. Lines that come later are dropped.
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
	buffer := l.buffers.Get().(*[]byte)
	line := l.format((*buffer)[:0], v, format, args)
	l.mu.Lock()
	l.out.put(v, line)
	l.mu.Unlock()
	if cap(line) <= maxPooled {
		*buffer = line
		l.buffers.Put(buffer)
	}
}

// maxPooled is the size, in bytes, above which a line's buffer is not kept: one long trace must not hold memory.
const maxPooled = 16 << 10

// format appends a whole line.
func (l *Log) format(b []byte, v level, format string, args []any) []byte {
	o, now := l.options.Load(), time.Now()
	switch {
	case o.JSON:
		return appendJSON(b, o, v, now, l.pid, format, args)
	case l.bare.Load():
		return appendText(b, format, args)
	}
	return appendLine(b, o, v, now, l.pid, format, args)
}

// remark is a line of the log about the log itself, for outputs to put in.
func (l *Log) remark(v level, format string, args ...any) []byte {
	return l.format(nil, v, format, args)
}

// lostLines is what the log says when lines get through again.
func (l *Log) lostLines(n uint64, why error) []byte {
	return l.remark(warning, "%d lines of the log were lost here: %v", n, why)
}

// complaining is set while a complaint of a file is on its way.
var complaining atomic.Bool

// complainAside is complain for those who must not wait for whoever reads standard error. Nobody waits for its goroutine:
// if standard error hangs there is only one, and it ends with the process.
func complainAside(format string, args ...any) {
	if complaining.CompareAndSwap(false, true) {
		go func() {
			defer complaining.Store(false)
			complain(format, args...)
		}()
	}
}

// complain tells on standard error what the log cannot tell.
func complain(format string, args ...any) {
	_, _ = fmt.Fprintf(os.Stderr, "nats-server: "+format+"\n", args...) // there is no better place
}

// writer is an output that writes each line at once.
type writer struct {
	log *Log
	w   io.Writer
}

func (w *writer) put(_ level, line []byte) {
	if _, err := w.w.Write(line); err != nil {
		w.log.lost.Add(1)
	}
}

func (w *writer) close() error { return nil }
