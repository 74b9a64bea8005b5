package proto

import "errors"

// Verb tells operations apart.
type Verb uint8

// The operations that a client may send.
const (
	Connect Verb = iota + 1
	Info
	Publish       // PUB
	PublishHeader // HPUB
	Subscribe
	Unsubscribe
	Ping
	Pong
	OK
	Err
)

// What Parse and Scan report. The texts are those of the protocol's -ERR lines where there is one.
var (
	// ErrUnknownOperation: the bytes are no operation; the peer is told and the connection closed.
	ErrUnknownOperation = errors.New("Unknown Protocol Operation")
	// ErrControlLine: the argument is longer than Limits.MaxControlLine.
	ErrControlLine = errors.New("maximum control line exceeded")
	// ErrPayload: a publish is larger than Limits.MaxPayload. It is reported before the payload arrived.
	ErrPayload = errors.New("Maximum Payload Violation")
	// ErrArguments: wrong number or form of arguments; the connection closes without an -ERR line.
	ErrArguments = errors.New("protocol violation: malformed arguments")
	// ErrHeadersDisabled: HPUB on a connection without headers; closes without an -ERR line.
	ErrHeadersDisabled = errors.New("message headers not supported")
)

// Limits bounds what one operation may be.
type Limits struct {
	MaxControlLine int  // bytes of an operation's argument, without its name and line end
	MaxPayload     int  // bytes of header and payload together; negative: no bound but 2^31-1
	Headers        bool // HPUB is accepted
}

// Op is one parsed operation. Which fields are set depends on Verb. All slices point into the parsed buffer.
type Op struct {
	Verb    Verb
	Subject []byte // PUB, HPUB, SUB
	Queue   []byte // SUB; nil when absent
	SID     []byte // SUB, UNSUB
	Arg     []byte // CONNECT and INFO: the JSON; -ERR: the text
	Max     int    // UNSUB: the count, or -1 when absent or unreadable
	Reply   []byte // PUB, HPUB; nil when absent
	Header  []byte // HPUB: the header block
	Payload []byte // PUB, HPUB
	// PUB, HPUB: the sizes as they were written; HeaderSize is nil for PUB.
	HeaderSize, TotalSize []byte
}
