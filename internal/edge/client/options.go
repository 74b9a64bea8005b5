package client

import (
	"crypto/tls"
	"time"

	"sinew.dev/sinew/internal/auth"
	"sinew.dev/sinew/internal/netio"
)

// Options is what a hub and its sessions follow. It is immutable once given to a hub; a reload gives another one.
type Options struct {
	Info           Info   // the server's part of INFO
	DefaultAccount string // who connects without authentication is bound to it
	SystemAccount  string // may be empty

	MaxConnections   int // sessions at once; at most this many, so zero or less refuses all
	MaxSubscriptions int // of one session; 0: no limit
	MaxSubTokens     int // tokens of a subscription's subject; 0: no limit
	MaxControlLine   int // bytes
	MaxPayload       int // bytes
	MaxClosed        int // closed connections remembered for /connz

	PingInterval time.Duration
	PingMax      int           // PINGs that may be unanswered when another one is due
	AuthTimeout  time.Duration // from the connection's begin, or the end of TLS, to a valid CONNECT

	Auth Auth // nil: nobody has to say who they are
	TLS  *TLS // nil: no TLS
	Conn netio.ConnOptions

	TraceServer TraceServer // this server in message traces

	Trace        bool // log each operation
	TraceSystem  bool // also those of the system account
	TraceHeaders bool // of messages log headers only
	MaxTraced    int  // bytes of a payload that are logged; 0: all
}

// Auth decides who may connect. Implementations are safe for concurrent use.
type Auth interface {
	auth.Authenticator
	// Required reports whether a connection must say who it is.
	Required() bool
	// NonceRequired reports whether INFO must offer a nonce to sign.
	NonceRequired() bool
	// NoAuthUser is who a connection without credentials is, if that is configured.
	NoAuthUser() (*auth.Identity, bool)
	// Renew returns who the holder of an identity that another Auth gave is now; false: nobody any more.
	Renew(old *auth.Identity) (*auth.Identity, bool)
	// Knows reports whether the holder of such an identity still exists, though perhaps with another password.
	Knows(old *auth.Identity) bool
	// Cheap reports whether Authenticate takes microseconds only, so that it may be called on a worker.
	Cheap(*auth.Credentials) bool
}

// TLS is how connections are secured.
type TLS struct {
	Config   *tls.Config
	Timeout  time.Duration // of the handshake
	Optional bool          // a client may go on in clear
	// First makes the handshake come before INFO. With a FirstWait above zero a client that is silent for so long gets
	// INFO first after all.
	First     bool
	FirstWait time.Duration
	// RateLimit bounds handshakes per second; 0: no limit.
	RateLimit int
}
