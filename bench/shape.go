package main

import (
	"bytes"
	"fmt"
	"strconv"
)

// shape is what every message a connection receives looks like. All have the same length; only `free` bytes
// inside the line may differ from message to message (the part of a subject that rotates).
// Immutable once made.
type shape struct {
	prefix []byte // from the verb to the free bytes
	free   int
	tail   []byte // from behind the free bytes to the line's CRLF
	body   []byte // headers and payload and CRLF
}

// headerBytes is the length of the line, its CRLF included.
func (s *shape) headerBytes() int { return len(s.prefix) + s.free + len(s.tail) }

// size is the length of a whole message on the wire.
func (s *shape) size() int { return s.headerBytes() + len(s.body) }

// startsAt tells whether b begins with a line of this shape, as far as b reaches.
func (s *shape) startsAt(b []byte) bool {
	if !prefixAgrees(b, s.prefix) {
		return false
	}
	behind := len(s.prefix) + s.free
	return len(b) <= behind || prefixAgrees(b[behind:], s.tail)
}

// prefixAgrees compares two slices over the length of the shorter one.
func prefixAgrees(a, b []byte) bool {
	n := min(len(a), len(b))
	return bytes.Equal(a[:n], b[:n])
}

// message is one kind of message: how it is published and how it arrives.
type message struct {
	payload int  // bytes
	headers bool // with one small header, as HPUB
}

// headerBlock is what the headers workload sends with each message.
const headerBlock = "NATS/1.0\r\nBench: sinew\r\n\r\n"

// body is what follows the line: headers, payload, CRLF.
func (m message) body() []byte {
	var b []byte
	if m.headers {
		b = append(b, headerBlock...)
	}
	b = append(b, bytes.Repeat([]byte{'x'}, m.payload)...)
	return append(b, "\r\n"...)
}

// sizes is the last part of the line, from the space before it to CRLF.
func (m message) sizes() string {
	if m.headers {
		return fmt.Sprintf(" %d %d\r\n", len(headerBlock), len(headerBlock)+m.payload)
	}
	return " " + strconv.Itoa(m.payload) + "\r\n"
}

// appendPublish appends the whole publish on subject to b.
func (m message) appendPublish(b []byte, subject string) []byte {
	verb := "PUB "
	if m.headers {
		verb = "HPUB "
	}
	b = append(append(append(b, verb...), subject...), m.sizes()...)
	return append(b, m.body()...)
}

// arriving is the shape of the message at a subscription sid, when its subject is `fixed` followed by free
// bytes that rotate.
func (m message) arriving(fixed string, free int, sid string) *shape {
	verb := "MSG "
	if m.headers {
		verb = "HMSG "
	}
	return &shape{
		prefix: []byte(verb + fixed),
		free:   free,
		tail:   []byte(" " + sid + m.sizes()),
		body:   m.body(),
	}
}
