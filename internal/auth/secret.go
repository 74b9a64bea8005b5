package auth

import (
	"crypto/sha256"
	"crypto/subtle"

	"golang.org/x/crypto/bcrypt"
)

// Hashed reports whether a configured password or token is a bcrypt hash: it begins with $2a$, $2b$, $2x$ or $2y$, and
// two digits and a $ follow.
func Hashed(secret string) bool {
	if len(secret) < 7 || secret[:2] != "$2" || secret[3] != '$' || secret[6] != '$' {
		return false
	}
	switch secret[2] {
	case 'a', 'b', 'x', 'y':
		return digit(secret[4]) && digit(secret[5])
	}
	return false
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// secretMatches compares what a client sent with what is configured. How long it takes tells nothing about the secret.
func secretMatches(configured, given string) bool {
	if Hashed(configured) {
		return bcrypt.CompareHashAndPassword([]byte(configured), []byte(given)) == nil
	}
	return sameText(configured, given)
}

// sameText compares digests, so that neither the place of a difference nor the length shows in the time.
func sameText(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// sameSecret reports whether two configured secrets are met by the same password, as far as that can be known: of two
// different hashes it can not.
func sameSecret(before, after string) bool {
	switch {
	case sameText(before, after):
		return true
	case Hashed(before) && !Hashed(after):
		return secretMatches(before, after)
	case Hashed(after) && !Hashed(before):
		return secretMatches(after, before)
	}
	return false
}
