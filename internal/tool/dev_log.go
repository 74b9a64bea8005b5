package tool

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sync"
)

// maxHeld is how many lines are kept while the server starts.
const maxHeld = 1000

// devLog takes the lines of the server's log and shows them short: a developer knows the day and the process. Until
// follow is called it keeps them: what a good start says is in the report. It is safe for concurrent use.
type devLog struct {
	coloured bool

	mu      sync.Mutex
	out     io.Writer
	held    [][]byte
	holding bool
}

func newDevLog(out io.Writer, coloured bool) *devLog {
	return &devLog{out: out, coloured: coloured, holding: true}
}

// Write takes one or more whole lines.
func (l *devLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range bytes.Lines(p) {
		if !l.holding {
			l.show(line)
		} else if len(l.held) < maxHeld {
			l.held = append(l.held, bytes.Clone(line))
		}
	}
	return len(p), nil
}

// release shows all lines that were kept: the start went wrong.
func (l *devLog) release() { l.end(func([]byte) bool { return true }) }

// follow shows the kept lines that need attention, and from now on every line.
func (l *devLog) follow() {
	l.end(func(line []byte) bool {
		parts := logLine.FindSubmatch(plainLine(line))
		return parts == nil || slices.Contains([]string{"WRN", "ERR", "FTL"}, string(parts[2]))
	})
}

func (l *devLog) end(want func(line []byte) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.held {
		if want(line) {
			l.show(line)
		}
	}
	l.held, l.holding = nil, false
}

var (
	// logLine is a line of the log: [pid] date time [level] text.
	logLine = regexp.MustCompile(`^\[\d+\] \S+ (\d\d:\d\d:\d\d\.\d{3})\d* \[(\w+)\] (.*)`)
	colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	// levels are the colours of the levels.
	levels = map[string]string{"ERR": "31", "FTL": "31", "WRN": "33", "INF": "32", "DBG": "36", "TRC": "35"}
)

func plainLine(line []byte) []byte { return colours.ReplaceAll(line, nil) }

// show writes one line. Nobody could do anything about an error: it is the screen that is gone.
func (l *devLog) show(line []byte) {
	line = bytes.TrimRight(plainLine(line), "\n")
	parts := logLine.FindSubmatch(line)
	switch {
	case parts == nil:
		fmt.Fprintf(l.out, "%s\n", line)
	case l.coloured:
		fmt.Fprintf(l.out, "\x1b[2m%s\x1b[0m \x1b[%sm%s\x1b[0m %s\n", parts[1], levels[string(parts[2])], parts[2], parts[3])
	default:
		fmt.Fprintf(l.out, "%s %s %s\n", parts[1], parts[2], parts[3])
	}
}
