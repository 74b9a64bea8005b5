package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// TLS is one tls block.
type TLS struct {
	// CertFile, KeyFile and CAFile are PEM files. Certificates is a list of pairs instead of the first two.
	CertFile, KeyFile, CAFile string
	Certificates              []CertPair
	// Verify asks clients for a certificate; VerifyAndMap also takes the user from it.
	Verify, VerifyAndMap bool
	// Insecure skips verification where this server is the client.
	Insecure bool
	// Timeout bounds a handshake.
	Timeout time.Duration
	// PinnedCerts are lower-case hex SHA-256 digests of the public keys allowed; nil allows all.
	PinnedCerts []string
	// CipherSuites and CurvePreferences are nil for Go's defaults.
	CipherSuites     []uint16
	CurvePreferences []tls.CurveID
	// AllowInsecureCipherSuites permits suites in CipherSuites that Go holds insecure.
	AllowInsecureCipherSuites bool
	// MinVersion is tls.VersionTLS12 or tls.VersionTLS13.
	MinVersion uint16
	// HandshakeFirst starts TLS before INFO. With a HandshakeFallback the server sends INFO in the clear to
	// a client that has not begun within that time.
	HandshakeFirst    bool
	HandshakeFallback time.Duration
	// ConnectionRateLimit is in handshakes per second; zero is unlimited.
	ConnectionRateLimit int64
	Position            Position
}

// CertPair is a certificate with its key, both PEM files.
type CertPair struct {
	CertFile, KeyFile string
}

// Build reads the files of the block and makes the configuration of a listener. It may be called again to
// pick up files that have changed. Pinned certificates, rates and timeouts are for the caller to keep.
func (t *TLS) Build(readFile func(path string) ([]byte, error)) (*tls.Config, error) {
	if err := t.checkSuites(); err != nil {
		return nil, err
	}
	certificates, err := t.certificates(readFile)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{
		Certificates:       certificates,
		MinVersion:         t.MinVersion,
		CipherSuites:       t.CipherSuites,
		CurvePreferences:   t.CurvePreferences,
		InsecureSkipVerify: t.Insecure,
	}
	if t.Verify || t.VerifyAndMap {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if t.CAFile != "" {
		pem, err := readFile(t.CAFile)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, errors.New("failed to parse root ca certificate")
		}
		c.ClientCAs, c.RootCAs = pool, pool
	}
	return c, nil
}

func (t *TLS) certificates(readFile func(path string) ([]byte, error)) ([]tls.Certificate, error) {
	pairs := t.Certificates
	switch {
	case t.CertFile != "" && len(pairs) > 0:
		return nil, errors.New("error parsing tls config, cannot combine 'cert_file' option with 'certs' option")
	case t.CertFile != "" && t.KeyFile == "":
		return nil, errors.New("missing 'key_file' in TLS configuration")
	case t.CertFile == "" && t.KeyFile != "":
		return nil, errors.New("missing 'cert_file' in TLS configuration")
	case t.CertFile != "":
		pairs = []CertPair{{CertFile: t.CertFile, KeyFile: t.KeyFile}}
	}
	certificates := make([]tls.Certificate, 0, len(pairs))
	for i, pair := range pairs {
		certificate, err := pair.load(readFile)
		if err != nil && t.CertFile == "" {
			return nil, fmt.Errorf("error parsing X509 certificate/key pair %d/%d: %w", i+1, len(pairs), err)
		}
		if err != nil {
			return nil, fmt.Errorf("error parsing X509 certificate/key pair: %w", err)
		}
		certificates = append(certificates, certificate)
	}
	return certificates, nil
}

func (p CertPair) load(readFile func(path string) ([]byte, error)) (tls.Certificate, error) {
	cert, err := readFile(p.CertFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readFile(p.KeyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(cert, key)
}

// checkSuites reports insecure cipher suites that were not asked for twice.
func (t *TLS) checkSuites() error {
	if t.AllowInsecureCipherSuites {
		return nil
	}
	var insecure []string
	for _, suite := range tls.InsecureCipherSuites() {
		if slices.Contains(t.CipherSuites, suite.ID) {
			insecure = append(insecure, suite.Name)
		}
	}
	if insecure == nil {
		return nil
	}
	return fmt.Errorf("insecure cipher suites configured without 'allow_insecure_cipher_suites' option set: %s",
		strings.Join(insecure, ", "))
}
