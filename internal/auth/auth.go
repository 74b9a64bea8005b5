package auth

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
)

// Authenticator finds out who a client is. Implementations are safe for concurrent use.
type Authenticator interface {
	// Authenticate returns who c belongs to, or an error that says for the server's log, without secrets, why it
	// refuses. Clients are told nothing but "Authorization Violation".
	Authenticate(ctx context.Context, c *Credentials) (*Identity, error)
}

// Errors of Authenticate. They come wrapped, with the user's name.
var (
	ErrNoCredentials  = errors.New("no credentials")
	ErrUnknownUser    = errors.New("unknown user")
	ErrSecret         = errors.New("wrong password or token")
	ErrSignature      = errors.New("wrong signature")
	ErrConnectionType = errors.New("connection type not allowed")
	ErrCertificate    = errors.New("certificate belongs to no user")
)

// Credentials is what a client shows. The fields are those of CONNECT, as they came.
type Credentials struct {
	User, Password string
	Token          string
	NKey           string
	Signature      string // of Nonce, made with the seed of NKey; base64
	JWT            string

	Nonce            []byte              // the text that INFO offered
	ConnectionType   ConnectionType      // how the client is connected
	PeerCertificates []*x509.Certificate // verified by TLS, the client's own first; empty without TLS
}

// empty reports whether the client says nothing about who it is. A JWT or a signature alone names nobody here.
func (c *Credentials) empty() bool {
	return c.User == "" && c.Password == "" && c.Token == "" && c.NKey == ""
}

// nonceBytes is how many random bytes are in a nonce.
const nonceBytes = 11

// NewNonce returns a text for a client to sign: 11 random bytes as 15 characters of base64.
func NewNonce() string {
	var b [nonceBytes]byte
	rand.Read(b[:]) // never fails: the program ends when the system has no randomness
	return base64.RawURLEncoding.EncodeToString(b[:])
}
