package netio

import (
	"errors"
	"time"
)

// Why a connection was closed, unless its owner gave a reason of its own. Test with errors.Is.
var (
	// ErrPeerClosed: the other side has nothing more to send.
	ErrPeerClosed = errors.New("connection closed by peer")
	// ErrSlowConsumerPending: more than ConnOptions.MaxPending bytes wait to be sent.
	ErrSlowConsumerPending = errors.New("slow consumer: too many pending bytes")
	// ErrSlowConsumerDeadline: the peer did not take what was pending within ConnOptions.WriteDeadline.
	ErrSlowConsumerDeadline = errors.New("slow consumer: write deadline exceeded")
	// ErrRead wraps what reading failed with.
	ErrRead = errors.New("read")
	// ErrWrite wraps what writing failed with.
	ErrWrite = errors.New("write")
	// ErrEngineClosed: the engine was closed.
	ErrEngineClosed = errors.New("engine closed")
	// ErrTLSTimeout: the peer did not finish the handshake in time.
	ErrTLSTimeout = errors.New("TLS handshake timeout")
	// ErrTLSHandshake wraps what the handshake failed with.
	ErrTLSHandshake = errors.New("TLS handshake")
)

// Options says how an engine works.
type Options struct {
	// Loops is how many event loops there are on Linux; 0: GOMAXPROCS. Connections are spread over more than one only when
	// it is busy.
	Loops int
	// Portable takes the driver that works on every system, also where there is a better one.
	Portable bool
	// ReadBuffer is a worker's buffer in bytes; 0: 128 KiB.
	ReadBuffer int
	// NewState makes what a worker has as its State; it is called once for each worker. May be nil.
	NewState func(w *Worker) any
}

const (
	defaultReadBuffer    = 128 << 10
	defaultMaxPending    = 64 << 20
	defaultWriteDeadline = 10 * time.Second
)

// ConnOptions bounds a connection's output.
type ConnOptions struct {
	// MaxPending is how many bytes may wait to be sent; with more the connection is closed. 0: 64 MiB.
	MaxPending int64
	// WriteDeadline is how long the peer may need to take all that is pending at one time. 0: 10 s.
	WriteDeadline time.Duration
	// RetryWrites keeps a connection beyond WriteDeadline as long as its peer takes some bytes in each.
	RetryWrites bool
	// NoProducerStall drops what would go to a connection with more than three quarters of MaxPending waiting, instead
	// of slowing those who send to it.
	NoProducerStall bool
}

func (o ConnOptions) withDefaults() *ConnOptions {
	if o.MaxPending <= 0 {
		o.MaxPending = defaultMaxPending
	}
	if o.WriteDeadline <= 0 {
		o.WriteDeadline = defaultWriteDeadline
	}
	return &o
}

// Handler is the protocol on one connection. Its methods are called one at a time, on the connection's worker.
type Handler interface {
	// Data gets the bytes that were received and not consumed yet, oldest first. It returns how many it consumes and,
	// when the rest is the beginning of something whose whole length it knows, that length, else zero. data is valid
	// during the call only.
	Data(w *Worker, data []byte) (consumed, need int)
	// Timer is called when the time given to Conn.SetTimer is over.
	Timer(w *Worker)
	// Closed is the last call, exactly one. Nothing is sent any more.
	Closed(w *Worker, reason error)
}

// Trimmer may be implemented by a worker's State.
type Trimmer interface {
	// Trim gives back memory that is kept for speed; the worker has been idle for a while.
	Trim()
}

// Accept makes the handler of a new connection; nil refuses it. It is called like the handler's methods, before them.
type Accept func(c *Conn, w *Worker) Handler

// Stats counts since the engine began.
type Stats struct {
	Stalls int64 // how often reading from a connection was put off because those it sends to do not keep up
}
