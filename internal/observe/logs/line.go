package logs

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

type level int

const (
	fatal level = iota
	failure
	warning
	info
	debug
	trace
)

// labels are the levels in text, in the colours of a terminal, and in JSON.
var labels = [...]struct{ plain, coloured, word string }{
	fatal:   {"[FTL] ", "[\x1b[31mFTL\x1b[0m] ", "fatal"},
	failure: {"[ERR] ", "[\x1b[31mERR\x1b[0m] ", "error"},
	warning: {"[WRN] ", "[\x1b[0;93mWRN\x1b[0m] ", "warn"},
	info:    {"[INF] ", "[\x1b[32mINF\x1b[0m] ", "info"},
	debug:   {"[DBG] ", "[\x1b[36mDBG\x1b[0m] ", "debug"},
	trace:   {"[TRC] ", "[\x1b[33mTRC\x1b[0m] ", "trace"},
}

// appendLine appends a whole line, its end included.
func appendLine(b []byte, o *Options, v level, now time.Time, pid int, format string, args []any) []byte {
	if o.PID {
		b = append(strconv.AppendInt(append(b, '['), int64(pid), 10), "] "...)
	}
	if o.Time {
		if o.UTC {
			now = now.UTC()
		}
		b = now.AppendFormat(b, "2006/01/02 15:04:05.000000 ")
	}
	if o.Colour {
		b = append(b, labels[v].coloured...)
	} else {
		b = append(b, labels[v].plain...)
	}
	return appendText(b, format, args)
}

// appendText appends the text of a line, and its end.
func appendText(b []byte, format string, args []any) []byte {
	text := len(b)
	b = fmt.Appendf(b, format, args...)
	return append(escape(b, text), '\n')
}

// escape writes the control characters of b[from:] as one does in Go strings: what a client sends must neither look
// like lines of the log nor steer a terminal.
func escape(b []byte, from int) []byte {
	i := slices.IndexFunc(b[from:], control)
	if i < 0 {
		return b
	}
	rest := slices.Clone(b[from+i:])
	b = b[:from+i]
	for _, c := range rest {
		if control(c) {
			quoted := strconv.QuoteRune(rune(c))
			b = append(b, quoted[1:len(quoted)-1]...)
		} else {
			b = append(b, c)
		}
	}
	return b
}

func control(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }
