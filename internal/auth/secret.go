package auth

import (
	"crypto/sha256"
	"crypto/subtle"

	"golang.org/x/crypto/bcrypt"
)

// isBcrypt reports whether a configured secret is a bcrypt hash: "$2" and one of a, b, x, y, then "$NN$".
func isBcrypt(secret string) bool {
	return len(secret) > 7 && secret[0] == '$' && secret[1] == '2' && secret[2] >= 'a' && secret[2] <= 'y' &&
		(secret[2] == 'a' || secret[2] == 'b' || secret[2] == 'x' || secret[2] == 'y') &&
		secret[3] == '$' && digit(secret[4]) && digit(secret[5]) && secret[6] == '$'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// matches compares a configured secret, plain or a bcrypt hash, with what a client sent. It takes the same time whatever
// the difference.
func matches(configured, sent string) bool {
	if isBcrypt(configured) {
		return bcrypt.CompareHashAndPassword([]byte(configured), []byte(sent)) == nil
	}
	// The digests have one length, so that the secret's is not told.
	a, b := sha256.Sum256([]byte(configured)), sha256.Sum256([]byte(sent))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
