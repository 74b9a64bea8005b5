package server

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"

	"sinew.dev/sinew/internal/config"
)

// errPinned: a client's certificate is none of those allowed.
var errPinned = errors.New("certificate not pinned")

// tlsConfig makes the configuration of a listener from its tls block. Files are read now.
func tlsConfig(block *config.TLS) (*tls.Config, error) {
	c, err := block.Build(os.ReadFile)
	if err != nil {
		return nil, fmt.Errorf("TLS configuration: %w", err)
	}
	if len(block.PinnedCerts) > 0 {
		if c.ClientAuth == tls.NoClientCert {
			c.ClientAuth = tls.RequestClientCert
		}
		pins := slices.Clone(block.PinnedCerts)
		c.VerifyConnection = func(state tls.ConnectionState) error { return checkPins(pins, &state) }
	}
	return c, nil
}

// checkPins compares the peer's public key with the digests allowed.
func checkPins(pins []string, state *tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errPinned
	}
	digest := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
	if !slices.Contains(pins, hex.EncodeToString(digest[:])) {
		return errPinned
	}
	return nil
}
