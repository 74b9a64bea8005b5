package client

import (
	"errors"
	"io"

	"sinew.dev/sinew/internal/netio"
)

// Reason is why a connection was closed, as /connz reports it.
type Reason string

// Error makes a Reason what a connection can be closed with.
func (r Reason) Error() string { return string(r) }

// The reasons of a client's connection.
const (
	ClientClosed          Reason = "Client Closed"
	AuthTimeout           Reason = "Authentication Timeout"
	AuthFailure           Reason = "Authentication Failure"
	TLSFailure            Reason = "TLS Handshake Failure"
	SlowConsumerPending   Reason = "Slow Consumer (Pending Bytes)"
	SlowConsumerDeadline  Reason = "Slow Consumer (Write Deadline)"
	WriteError            Reason = "Write Error"
	ReadError             Reason = "Read Error"
	ParseError            Reason = "Parse Error"
	StaleConnection       Reason = "Stale Connection"
	ProtocolViolation     Reason = "Protocol Violation"
	BadProtocolVersion    Reason = "Bad Client Protocol Version"
	WrongPort             Reason = "Incorrect Port"
	MaxAccountConnections Reason = "Maximum Account Connections Exceeded"
	MaxConnections        Reason = "Maximum Connections Exceeded"
	MaxPayload            Reason = "Maximum Message Payload Exceeded"
	MaxControlLine        Reason = "Maximum Control Line Exceeded"
	MaxSubscriptions      Reason = "Maximum Subscriptions Exceeded"
	ServerShutdown        Reason = "Server Shutdown"
	AuthExpired           Reason = "Authentication Expired"
	MissingAccount        Reason = "Missing Account"
	HeaderViolation       Reason = "Message Header Violation"
	NoRespondersHeaders   Reason = "No Responders Requires Headers"
	Kicked                Reason = "Kicked"
)

// reasons are all of them.
var reasons = []Reason{
	ClientClosed, AuthTimeout, AuthFailure, TLSFailure, SlowConsumerPending, SlowConsumerDeadline, WriteError, ReadError,
	ParseError, StaleConnection, ProtocolViolation, BadProtocolVersion, WrongPort, MaxAccountConnections, MaxConnections,
	MaxPayload, MaxControlLine, MaxSubscriptions, ServerShutdown, AuthExpired, MissingAccount, HeaderViolation,
	NoRespondersHeaders, Kicked,
}

// reasonOf translates what netio closed a connection with.
func reasonOf(err error) Reason {
	var reason Reason
	switch {
	case errors.As(err, &reason):
		return reason
	case errors.Is(err, netio.ErrSlowConsumerPending):
		return SlowConsumerPending
	case errors.Is(err, netio.ErrSlowConsumerDeadline):
		return SlowConsumerDeadline
	case errors.Is(err, netio.ErrTLSTimeout), errors.Is(err, netio.ErrTLSHandshake):
		return TLSFailure
	case errors.Is(err, netio.ErrEngineClosed):
		return ServerShutdown
	case errors.Is(err, netio.ErrWrite):
		return WriteError
	case errors.Is(err, netio.ErrPeerClosed), errors.Is(err, io.EOF):
		return ClientClosed
	case errors.Is(err, netio.ErrRead):
		return ReadError
	}
	return ReadError
}
