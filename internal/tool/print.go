package tool

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/spf13/pflag"
)

// printer writes received messages. It belongs to one goroutine.
type printer struct {
	out          *bufio.Writer
	raw          bool // bodies only
	json         bool // an object a line
	headersOnly  bool // no bodies
	subjectsOnly bool
	timestamp    bool // when each message came
	delta        bool // how long after start each message came
	start        time.Time
	count        int // messages written so far
}

// registerShape adds the flags that say how messages look.
func (p *printer) registerShape(flags *pflag.FlagSet) {
	flags.BoolVarP(&p.raw, "raw", "r", false, "show bodies and nothing else")
	flags.BoolVarP(&p.json, "json", "j", false, "show each message as a line of JSON")
}

// check refuses flags that exclude each other.
func (p *printer) check() error {
	var chosen []string
	for _, mode := range []struct {
		on   bool
		flag string
	}{{p.raw, "--raw"}, {p.json, "--json"}, {p.headersOnly, "--headers-only"}, {p.subjectsOnly, "--subjects-only"}} {
		if mode.on {
			chosen = append(chosen, mode.flag)
		}
	}
	if len(chosen) > 1 {
		return fmt.Errorf("%s and %s exclude each other", chosen[0], chosen[1])
	}
	if p.timestamp && p.delta {
		return errors.New("--timestamp and --delta-time exclude each other")
	}
	return nil
}

// print writes one message, numbered from 1. The caller flushes out.
func (p *printer) print(msg *nats.Msg, now time.Time) {
	p.count++
	switch {
	case p.raw:
		p.line(msg.Data)
		return
	case p.json:
		p.object(msg, now)
		return
	}
	fmt.Fprintf(p.out, "[#%d]", p.count)
	if p.timestamp {
		fmt.Fprintf(p.out, " @ %s", now.Format("2006-01-02 15:04:05.000000"))
	}
	if p.delta {
		fmt.Fprintf(p.out, " @ %v", now.Sub(p.start).Round(time.Microsecond))
	}
	fmt.Fprintf(p.out, " Received on %q", msg.Subject)
	if msg.Reply != "" {
		fmt.Fprintf(p.out, " with reply %q", msg.Reply)
	}
	p.out.WriteByte('\n')
	if p.subjectsOnly {
		return
	}
	p.headers(msg.Header)
	if !p.headersOnly {
		p.line(msg.Data)
		p.out.WriteByte('\n')
	}
}

// record is a message in JSON. A body that is no text is in Base64.
type record struct {
	Subject string      `json:"subject"`
	Reply   string      `json:"reply,omitempty"`
	Header  nats.Header `json:"header,omitempty"`
	Data    *string     `json:"data,omitempty"`
	Base64  string      `json:"data_base64,omitempty"`
	Time    time.Time   `json:"time"` // when it came
}

func (p *printer) object(msg *nats.Msg, now time.Time) {
	r := record{Subject: msg.Subject, Reply: msg.Reply, Header: msg.Header, Time: now}
	if text := string(msg.Data); utf8.ValidString(text) {
		r.Data = &text
	} else {
		r.Base64 = base64.StdEncoding.EncodeToString(msg.Data)
	}
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	// A record always has a JSON form, and what p.out cannot write it keeps for Flush.
	_ = enc.Encode(r)
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
