// Package certs makes the certificates of the tests: made anew for each run they never expire, and no key lies
// in the repository.
package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// lifetime is far longer than any test run, on both sides of now.
const lifetime = 24 * time.Hour

// Dir is a folder of PEM files: ca.pem; server.pem and server.key for localhost and 127.0.0.1; client.pem and
// client.key with the mail address alice@example.com and the name CN=alice,O=sinew; and stranger.pem and
// stranger.key, a client certificate of another authority.
type Dir struct {
	Path      string
	ClientPin string // hex SHA-256 of the client's public key info
}

// New writes the files into path.
func New(path string) (Dir, error) {
	dir := Dir{Path: path}
	ca, err := authority("sinew test authority")
	if err != nil {
		return dir, err
	}
	other, err := authority("another authority")
	if err != nil {
		return dir, err
	}
	if err := writePEM(filepath.Join(path, "ca.pem"), "CERTIFICATE", ca.cert.Raw); err != nil {
		return dir, err
	}
	for _, leaf := range []struct {
		name   string
		issuer *issuer
		shape  x509.Certificate
	}{
		{"server", ca, x509.Certificate{
			Subject:     pkix.Name{CommonName: "localhost"},
			DNSNames:    []string{"localhost"},
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}},
		{"client", ca, x509.Certificate{
			Subject:        pkix.Name{CommonName: "alice", Organization: []string{"sinew"}},
			EmailAddresses: []string{"alice@example.com"},
			ExtKeyUsage:    []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}},
		{"stranger", other, x509.Certificate{
			Subject:     pkix.Name{CommonName: "mallory"},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}},
	} {
		pin, err := leaf.issuer.issue(path, leaf.name, leaf.shape)
		if err != nil {
			return dir, fmt.Errorf("issue %s certificate: %w", leaf.name, err)
		}
		if leaf.name == "client" {
			dir.ClientPin = pin
		}
	}
	return dir, nil
}

// issuer signs certificates.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func authority(name string) (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	shape := validNow(x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	})
	raw, err := x509.CreateCertificate(rand.Reader, &shape, &shape, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(raw)
	return &issuer{cert: cert, key: key}, err
}

// issue writes name.pem and name.key and returns the hex SHA-256 of the public key info.
func (i *issuer) issue(path, name string, shape x509.Certificate) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	shape = validNow(shape)
	shape.KeyUsage = x509.KeyUsageDigitalSignature
	raw, err := x509.CreateCertificate(rand.Reader, &shape, i.cert, key.Public(), i.key)
	if err != nil {
		return "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	if err := writePEM(filepath.Join(path, name+".pem"), "CERTIFICATE", raw); err != nil {
		return "", err
	}
	if err := writePEM(filepath.Join(path, name+".key"), "PRIVATE KEY", secret); err != nil {
		return "", err
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:]), nil
}

func validNow(shape x509.Certificate) x509.Certificate {
	now := time.Now()
	shape.SerialNumber = big.NewInt(now.UnixNano())
	shape.NotBefore, shape.NotAfter = now.Add(-lifetime), now.Add(lifetime)
	return shape
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
