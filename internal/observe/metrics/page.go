package metrics

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is the type of a family, as the text format calls it.
type kind string

const (
	gauge   kind = "gauge"
	counter kind = "counter"
	untyped kind = "untyped"
)

// page is an exposition in the making. It is owned by one goroutine.
type page struct {
	buf    []byte
	out    io.Writer // where buf goes when it is full; nil: it grows
	err    error     // of out, the first one
	prefix string    // of the names that the exporter has under a prefix
	stream string    // of the names that have to do with JetStream
	open   bool      // OpenMetrics rather than the text format
	name   string    // of the family that samples belong to
}

// full is how many bytes are gathered before they go to out.
const full = 32 << 10

// family begins a family; its samples follow.
//
// OpenMetrics wants "_total" at the end of every counter's samples. The exporter has counters without it, and boards ask
// for them by those names, so they become of unknown type there.
func (p *page) family(name string, k kind, help string) {
	p.name = name
	if p.open {
		base, total := strings.CutSuffix(name, "_total")
		switch {
		case k == counter && total:
			name = base
		case k != gauge:
			k = "unknown"
		}
	}
	p.buf = append(p.buf, "# HELP "...)
	p.buf = append(p.buf, name...)
	p.buf = append(p.buf, ' ')
	p.buf = append(p.buf, help...)
	p.buf = append(p.buf, "\n# TYPE "...)
	p.buf = append(p.buf, name...)
	p.buf = append(p.buf, ' ')
	p.buf = append(p.buf, k...)
	p.buf = append(p.buf, '\n')
}

// count adds a whole number; labels is as label makes it, without braces.
func (p *page) count(labels string, value int64) {
	p.labelled(labels)
	p.buf = strconv.AppendInt(p.buf, value, 10)
	p.end()
}

// value adds any number.
func (p *page) value(labels string, value float64) {
	p.labelled(labels)
	p.buf = strconv.AppendFloat(p.buf, value, 'g', -1, 64)
	p.end()
}

// text adds a number that is text already.
func (p *page) text(labels, value string) {
	p.labelled(labels)
	p.buf = append(p.buf, value...)
	p.end()
}

func (p *page) labelled(labels string) {
	p.buf = append(p.buf, p.name...)
	p.buf = append(p.buf, '{')
	p.buf = append(p.buf, labels...)
	p.buf = append(p.buf, "} "...)
}

func (p *page) end() {
	p.buf = append(p.buf, '\n')
	if p.out != nil && len(p.buf) >= full {
		p.flush()
	}
}

// flush gives what was gathered to out.
func (p *page) flush() {
	if p.err == nil {
		_, p.err = p.out.Write(p.buf)
	}
	p.buf = p.buf[:0]
}

// Write takes what others encode.
func (p *page) Write(b []byte) (int, error) {
	p.buf = append(p.buf, b...)
	return len(b), nil
}

// maxLabel is how many bytes of a label's value are shown. Clients choose their names, and each is repeated in every
// series of its connection.
const maxLabel = 256

// label adds a label and its value to others.
func label(to []byte, name, value string) []byte {
	if len(to) > 0 {
		to = append(to, ',')
	}
	to = append(to, name...)
	to = append(to, `="`...)
	return append(escape(to, value), '"')
}

// escape adds a label's value. One byte that is not UTF-8 would make the reader refuse the whole scrape.
func escape(to []byte, value string) []byte {
	if len(value) <= maxLabel && harmless(value) {
		return append(to, value...)
	}
	cut := len(value) > maxLabel
	if cut {
		value = strings.ToValidUTF8(value[:maxLabel], "") // the last character may be half of one
	}
	for _, r := range value { // what is not UTF-8 becomes U+FFFD
		switch r {
		case '\\':
			to = append(to, `\\`...)
		case '"':
			to = append(to, `\"`...)
		case '\n':
			to = append(to, `\n`...)
		default:
			to = utf8.AppendRune(to, r)
		}
	}
	if cut {
		to = append(to, "…"...)
	}
	return to
}

// harmless reports whether a value is written as it is.
func harmless(value string) bool {
	for i := range len(value) {
		if b := value[i]; b >= utf8.RuneSelf || b == '\\' || b == '"' || b == '\n' {
			return false
		}
	}
	return true
}
