package script

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/nats-io/nkeys"

	"sinew.dev/sinew/test/interop/internal/certs"
)

// Values are what scripts may name with ${...}. It is immutable.
type Values struct {
	Certs certs.Dir
}

var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

// Expand replaces the ${...} of a configuration.
func (v Values) Expand(text string) (string, error) { return v.expand(text, "") }

// expand replaces the ${...} of text. nonce is that of the connection the text goes to, if any.
func (v Values) expand(text, nonce string) (string, error) {
	var failed error
	text = reference.ReplaceAllStringFunc(text, func(match string) string {
		value, err := v.value(match[2:len(match)-1], nonce)
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", match, err)
		}
		return value
	})
	return text, failed
}

func (v Values) value(name, nonce string) (string, error) {
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case "certs":
		return v.Certs.Path, nil
	case "clientpin":
		return v.Certs.ClientPin, nil
	case "nkey":
		key, err := userKey(rest)
		if err != nil {
			return "", err
		}
		return key.PublicKey()
	case "sig":
		return sign(rest, nonce, base64.RawURLEncoding)
	case "sigstd":
		return sign(rest, nonce, base64.StdEncoding)
	case "repeat":
		text, count, _ := strings.Cut(rest, ":")
		n, err := strconv.Atoi(count)
		return strings.Repeat(text, n), err
	default:
		return "", fmt.Errorf("unknown value")
	}
}

// userKey derives a key pair from a name, so that recordings show the same public key for ever.
func userKey(name string) (nkeys.KeyPair, error) {
	seed := sha256.Sum256([]byte(name))
	return nkeys.FromRawSeed(nkeys.PrefixByteUser, seed[:])
}

func sign(name, nonce string, encoding *base64.Encoding) (string, error) {
	key, err := userKey(name)
	if err != nil {
		return "", err
	}
	signature, err := key.Sign([]byte(nonce))
	return encoding.EncodeToString(signature), err
}

// unescape turns the escapes of sent text into bytes.
func unescape(text string) ([]byte, error) {
	var out []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		if i++; i == len(text) {
			return nil, fmt.Errorf("text ends in a backslash")
		}
		switch text[i] {
		case 'r':
			out = append(out, '\r')
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case '\\':
			out = append(out, '\\')
		case 'x':
			if i+2 >= len(text) {
				return nil, fmt.Errorf("\\x needs two digits")
			}
			b, err := strconv.ParseUint(text[i+1:i+3], 16, 8)
			if err != nil {
				return nil, fmt.Errorf("\\x: %w", err)
			}
			out = append(out, byte(b))
			i += 2
		default:
			return nil, fmt.Errorf("unknown escape \\%c", text[i])
		}
	}
	return out, nil
}

// escape is the inverse of unescape, for results.
func escape(data []byte) string {
	var out strings.Builder
	for _, b := range data {
		switch {
		case b == '\r':
			out.WriteString(`\r`)
		case b == '\n':
			out.WriteString(`\n`)
		case b == '\t':
			out.WriteString(`\t`)
		case b == '\\':
			out.WriteString(`\\`)
		case b < ' ' || b == 0x7f:
			fmt.Fprintf(&out, `\x%02x`, b)
		default:
			out.WriteByte(b)
		}
	}
	return out.String()
}
