package tool

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
)

// printer writes received messages. It belongs to one goroutine.
type printer struct {
	out         *bufio.Writer
	raw         bool // bodies only
	headersOnly bool // no bodies
	timestamp   bool // when each message came
	count       int  // messages written so far
}

// print writes one message, numbered from 1. The caller flushes out.
func (p *printer) print(msg *nats.Msg, now time.Time) {
	p.count++
	if p.raw {
		p.line(msg.Data)
		return
	}
	fmt.Fprintf(p.out, "[#%d]", p.count)
	if p.timestamp {
		fmt.Fprintf(p.out, " @ %s", now.Format("2006-01-02 15:04:05.000000"))
	}
	fmt.Fprintf(p.out, " Received on %q", msg.Subject)
	if msg.Reply != "" {
		fmt.Fprintf(p.out, " with reply %q", msg.Reply)
	}
	p.out.WriteByte('\n')
	p.headers(msg.Header)
	if !p.headersOnly {
		p.line(msg.Data)
		p.out.WriteByte('\n')
	}
}

// headers writes them sorted by name, and an empty line after them.
func (p *printer) headers(header nats.Header) {
	if len(header) == 0 {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[key] {
			fmt.Fprintf(p.out, "%s: %s\n", key, value)
		}
	}
	p.out.WriteByte('\n')
}

// line writes a body so that it ends its line.
func (p *printer) line(body []byte) {
	p.out.Write(body)
	if len(body) == 0 || body[len(body)-1] != '\n' {
		p.out.WriteByte('\n')
	}
}
