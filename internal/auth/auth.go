package auth

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
)

// Why somebody is not let in. Clients are told none of it, logs are.
var (
	ErrUnknownUser    = errors.New("unknown user")
	ErrWrongSecret    = errors.New("wrong password or token")
	ErrWrongSignature = errors.New("the nonce's signature does not verify")
	ErrNoCredentials  = errors.New("no credentials")
	ErrConnectionType = errors.New("connection type not allowed for this user")
	ErrCertificate    = errors.New("the certificate names no user")
)

// ConnectionType is how somebody connects.
type ConnectionType string

// The connection types, by the names that configurations and JWTs use.
const (
	Standard   ConnectionType = "STANDARD"
	WebSocket  ConnectionType = "WEBSOCKET"
	LeafNode   ConnectionType = "LEAFNODE"
	LeafNodeWS ConnectionType = "LEAFNODE_WS"
	MQTT       ConnectionType = "MQTT"
	MQTTWS     ConnectionType = "MQTT_WS"
	InProcess  ConnectionType = "IN_PROCESS"
)

// ParseConnectionType reads a connection type, in any case, and reports whether there is one of that name.
func ParseConnectionType(s string) (ConnectionType, bool) {
	t := ConnectionType(strings.ToUpper(s))
	return t, slices.Contains([]ConnectionType{Standard, WebSocket, LeafNode, LeafNodeWS, MQTT, MQTTWS, InProcess}, t)
}

// Credentials is what a connection shows.
type Credentials struct {
	User, Password, Token string
	NKey                  string // a public user key
	Signature             string // of the nonce, base64
	JWT                   string
	Nonce                 []byte // what INFO offered to sign
	ConnectionType        ConnectionType
	PeerCertificates      []*x509.Certificate // verified; the peer's own first
}

// anonymous reports whether there is nothing that says who this is.
func (c *Credentials) anonymous() bool {
	return c.User == "" && c.Password == "" && c.Token == "" && c.NKey == "" && c.Signature == "" && c.JWT == ""
}

// Identity is who a connection is. It is immutable.
type Identity struct {
	Account     string
	User        string       // the user's name or public key; empty for a token
	Label       string       // how monitoring and logs name the user
	Permissions *Permissions // nil: everything is allowed

	secret string // what it was let in with, to tell after a reload whether that still holds
}

// Authenticator finds out who a connection is. Implementations are safe for concurrent use. Errors are for the log.
type Authenticator interface {
	Authenticate(ctx context.Context, c *Credentials) (*Identity, error)
}

// nonceBytes is how much randomness a nonce has.
const nonceBytes = 11

// NewNonce returns a random text for a client to sign.
func NewNonce() string {
	var b [nonceBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
