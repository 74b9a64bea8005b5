package tool

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// maxSecretFile is the largest file with a credential that we read, in bytes.
const maxSecretFile = 1 << 20

// identity is the option that says who we are, or nil when nothing does.
func (c *connection) identity() (nats.Option, error) {
	switch {
	case c.user != "" && c.password != "":
		return nats.UserInfo(c.user, c.password), nil
	case c.user != "":
		return nats.Token(c.user), nil
	case c.token != "":
		return nats.Token(c.token), nil
	case c.creds != "":
		return c.credentials()
	case c.nkey != "":
		return c.nkeyUser()
	case c.jwt != "":
		return c.jwtUser()
	}
	return nil, nil
}

// credentials reads --creds, a JWT and the seed that signs for it.
func (c *connection) credentials() (nats.Option, error) {
	text, err := secretText("--creds", c.creds)
	if err != nil {
		return nil, err
	}
	defer wipe(text)
	token, err := jwtOf("--creds", c.creds, text)
	if err != nil {
		return nil, err
	}
	pair, err := seedOf("--creds", c.creds, text)
	if err != nil {
		return nil, err
	}
	return signed(token, pair), nil
}

// nkeyUser reads --nkey, the seed of a user that the server knows by its public key.
func (c *connection) nkeyUser() (nats.Option, error) {
	text, err := secretText("--nkey", c.nkey)
	if err != nil {
		return nil, err
	}
	defer wipe(text)
	pair, err := seedOf("--nkey", c.nkey, text)
	if err != nil {
		return nil, err
	}
	public, err := pair.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("--nkey: %w", err)
	}
	return nats.Nkey(public, pair.Sign), nil
}

// jwtUser reads --jwt and --seed, the two halves of --creds.
func (c *connection) jwtUser() (nats.Option, error) {
	text, err := secretText("--jwt", c.jwt)
	if err != nil {
		return nil, err
	}
	token, err := jwtOf("--jwt", c.jwt, text)
	if err != nil {
		return nil, err
	}
	text, err = secretText("--seed", c.seed)
	if err != nil {
		return nil, err
	}
	defer wipe(text)
	pair, err := seedOf("--seed", c.seed, text)
	if err != nil {
		return nil, err
	}
	return signed(token, pair), nil
}

func signed(token string, pair nkeys.KeyPair) nats.Option {
	return nats.UserJWT(func() (string, error) { return token, nil }, pair.Sign)
}

// jwtOf finds a user's JWT in text, with or without a heading around it.
func jwtOf(flag, value string, text []byte) (string, error) {
	token, err := nkeys.ParseDecoratedJWT(text)
	if err != nil || !isJWT(token) {
		return "", fmt.Errorf("%s: there is no JWT (eyJ…) in %s", flag, secretPlace(value))
	}
	return token, nil
}

// seedOf finds a user's seed in text, which is a file with nothing else or one with a heading around it.
func seedOf(flag, value string, text []byte) (nkeys.KeyPair, error) {
	pair, err := nkeys.ParseDecoratedUserNKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: there is no seed of a user (SU…) in %s", flag, secretPlace(value))
	}
	return pair, nil
}

// secretText is what a credential's value leads to. The value is one of these, as for the nats tool:
//
//	/some/path, file:///some/path   a file
//	data:;base64,…                  the file itself
//	env://NAME                      an environment variable that holds it
//	eyJ…, SU…                       the JWT or the seed itself
func secretText(flag, value string) ([]byte, error) {
	scheme, rest, _ := strings.Cut(value, "://")
	switch {
	case strings.HasPrefix(value, "data:"):
		_, encoded, _ := strings.Cut(value, ";base64,")
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(text) == 0 {
			return nil, fmt.Errorf("%s: what is embedded is not base64", flag)
		}
		return text, nil
	case scheme == "env":
		text := os.Getenv(rest)
		if text == "" {
			return nil, fmt.Errorf("%s: the environment variable %s is empty", flag, rest)
		}
		return []byte(text), nil
	case scheme == "nsc", scheme == "op":
		return nil, fmt.Errorf("%s: sinew does not run %s to get %s; write it to a file, and name that", flag, scheme, value)
	case isBare(value):
		return []byte(value), nil
	case scheme == "file":
		value = rest
	}
	return readSecret(flag, expandHome(value))
}

// isBare tells whether value is a JWT or a seed, and no file's name.
func isBare(value string) bool {
	return isJWT(value) || len(value) == 58 && strings.HasPrefix(value, "SU")
}

func isJWT(text string) bool {
	return strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2 && !strings.ContainsAny(text, " \n")
}

func readSecret(flag, path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecretFile))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return bytes.TrimSpace(text), nil
}

// secretPlace is a credential's value as an error may show it.
func secretPlace(value string) string {
	if strings.HasPrefix(value, "data:") || isBare(value) {
		return "what was given"
	}
	return value
}

func wipe(text []byte) {
	for i := range text {
		text[i] = 'x'
	}
}
