package main

import (
	"bytes"
	"fmt"
)

// counter counts the messages in the bytes of one connection without parsing each of them. Since all have one
// length it steps from line to line, and in a buffer full of messages it looks only at the first and the
// last: anything else between them, such as a PING, would have moved the last one away from its place. Then,
// and at the ends of a buffer, it steps one by one. The first message of all is compared whole.
//
// Bytes may be split in any way between calls of feed. It is owned by the goroutine that reads.
type counter struct {
	shape *shape

	messages int64 // complete ones
	pings    int64
	pongs    int64

	rest    int    // bytes of the current message still to come
	line    []byte // the start of a line whose end has not come, or of the first message
	checked bool   // the first message was compared
}

// maxLine bounds a control line; an INFO line is the longest.
const maxLine = 64 << 10

// feed takes the next bytes. It fails on anything but messages of the shape, PING, PONG, INFO and +OK; an
// -ERR is given as the error. It keeps no reference to b.
func (c *counter) feed(b []byte) error {
	for len(b) > 0 {
		n, err := c.step(b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// step takes at least one byte of b and returns how many.
func (c *counter) step(b []byte) (int, error) {
	switch {
	case c.rest > 0:
		return c.finish(b), nil
	case len(c.line) > 0 || !c.checked:
		return c.gather(b)
	case b[0] != c.shape.prefix[0]:
		return c.gather(b)
	}
	if n := c.leap(b); n > 0 {
		return n, nil
	}
	if len(b) < c.shape.headerBytes() {
		return c.gather(b) // too short to be sure
	}
	if !c.shape.startsAt(b) {
		return 0, fmt.Errorf("received %q where a message like %q was due", excerpt(b), c.shape.prefix)
	}
	c.rest = c.shape.size()
	return c.finish(b), nil
}

// leap counts all the whole messages in b at once when the first and the last are where they should be.
// It returns zero when they are not, or when there are fewer than two.
func (c *counter) leap(b []byte) int {
	size := c.shape.size()
	n := len(b) / size
	if n < 2 || !c.shape.startsAt(b) || !c.shape.startsAt(b[(n-1)*size:]) {
		return 0
	}
	c.messages += int64(n)
	return n * size
}

// finish takes the rest of the current message.
func (c *counter) finish(b []byte) int {
	n := min(c.rest, len(b))
	c.rest -= n
	if c.rest == 0 {
		c.messages++
	}
	return n
}

// gather adds to the line until it is complete, or the first message is, and then handles it.
func (c *counter) gather(b []byte) (int, error) {
	end := bytes.IndexByte(b, '\n') + 1
	whole := end > 0
	if !whole {
		end = len(b)
	}
	c.line = append(c.line, b[:end]...)
	if len(c.line) > maxLine {
		return 0, fmt.Errorf("received a line of more than %d bytes: %q", maxLine, excerpt(c.line))
	}
	if !whole {
		return end, nil
	}
	if c.line[0] == c.shape.prefix[0] && c.shape.startsAt(c.line) && len(c.line) == c.shape.headerBytes() {
		return c.message(b, end)
	}
	err := c.control(c.line)
	c.line = c.line[:0]
	return end, err
}

// message begins the message whose line ended in b[:end]. Only the first one's body is looked at; when it has
// not come as a whole yet, that is left to the next one.
func (c *counter) message(b []byte, end int) (int, error) {
	c.line = c.line[:0]
	c.rest = len(c.shape.body)
	body := b[end:]
	if !c.checked && len(body) >= len(c.shape.body) {
		if !bytes.HasPrefix(body, c.shape.body) {
			return 0, fmt.Errorf("received a message whose payload is not what was sent: %q", excerpt(body))
		}
		c.checked = true
	}
	return end, nil
}

// control handles a line that is not a message's.
func (c *counter) control(line []byte) error {
	text := bytes.TrimRight(line, "\r\n")
	switch {
	case bytes.Equal(text, []byte("PING")):
		c.pings++
	case bytes.Equal(text, []byte("PONG")):
		c.pongs++
	case bytes.Equal(text, []byte("+OK")), bytes.HasPrefix(text, []byte("INFO ")):
	case bytes.HasPrefix(text, []byte("-ERR")):
		return fmt.Errorf("the server answered %s", text)
	default:
		return fmt.Errorf("received %q where a message like %q was due", excerpt(line), c.shape.prefix)
	}
	return nil
}

// excerpt shortens bytes for an error text.
func excerpt(b []byte) []byte { return b[:min(len(b), 80)] }
