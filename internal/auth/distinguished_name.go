package auth

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// distinguishedName is the parts of a name as RFC 2253 orders them, the most specific first. Each is written in one way
// only, whatever the order of attributes within it, so that parts and names are compared as text.
type distinguishedName []string

// key makes one text of the name. As the parts carry lengths, different names have different keys.
func (dn distinguishedName) key() string { return strings.Join(dn, "") }

var oidDomainComponent = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}

// attributeTypes are the attributes that a user's name may have.
var attributeTypes = map[string]asn1.ObjectIdentifier{
	"CN":           {2, 5, 4, 3},
	"SERIALNUMBER": {2, 5, 4, 5},
	"C":            {2, 5, 4, 6},
	"L":            {2, 5, 4, 7},
	"ST":           {2, 5, 4, 8},
	"STREET":       {2, 5, 4, 9},
	"O":            {2, 5, 4, 10},
	"OU":           {2, 5, 4, 11},
	"POSTALCODE":   {2, 5, 4, 17},
	"DC":           oidDomainComponent,
}

// part writes attributes, "oid=value" each, in one way.
func part(attributes []string) string {
	slices.Sort(attributes)
	var b strings.Builder
	for _, a := range attributes {
		b.WriteString(strconv.Itoa(len(a)) + ":" + a)
	}
	inner := b.String()
	return strconv.Itoa(len(inner)) + ":" + inner
}

// certificateDN converts a certificate's subject. It reports false when there is none, or a part is no text.
func certificateDN(raw pkix.RDNSequence) (distinguishedName, bool) {
	dn := make(distinguishedName, 0, len(raw))
	for _, set := range slices.Backward(raw) {
		attributes := make([]string, 0, len(set))
		for _, a := range set {
			value, ok := a.Value.(string)
			if !ok {
				return nil, false
			}
			attributes = append(attributes, a.Type.String()+"="+value)
		}
		dn = append(dn, part(attributes))
	}
	return dn, len(dn) > 0
}

// parseDN reads a name like "CN=example.com,OU=a+OU=b,O=Tulip\, Inc": parts separated by commas, the attributes of one by
// plus signs. Blanks around types and values do not count unless escaped, nor does one comma at the end. Values in
// hexadecimal (#...) and types by number are not understood.
func parseDN(text string) (distinguishedName, bool) {
	var dn distinguishedName
	var attributes []string
	for rest := text; ; {
		attribute, separator, after, ok := nextAttribute(rest)
		if !ok {
			return nil, false
		}
		attributes = append(attributes, attribute)
		if separator != '+' {
			dn = append(dn, part(attributes))
			attributes = nil
		}
		if separator == 0 || (separator == ',' && strings.TrimSpace(after) == "") {
			return dn, true
		}
		rest = after
	}
}

// nextAttribute takes one "type=value" and what ends it: a comma, a plus sign, or 0 at the end.
func nextAttribute(text string) (attribute string, separator byte, rest string, ok bool) {
	name, after, found := strings.Cut(text, "=")
	oid := attributeTypes[strings.ToUpper(strings.TrimSpace(name))]
	if !found || oid == nil {
		return "", 0, "", false
	}
	value, separator, rest, ok := nextValue(strings.TrimLeft(after, " "))
	return oid.String() + "=" + value, separator, rest, ok
}

// nextValue takes a value up to its separator and resolves escapes: \ before a special character or two hexadecimal
// digits.
func nextValue(text string) (value string, separator byte, rest string, ok bool) {
	if strings.HasPrefix(text, "#") {
		return "", 0, "", false
	}
	var b []byte
	end := 0 // of the value without unescaped blanks behind it
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ',', '+':
			return string(b[:end]), c, text[i+1:], true
		case '\\':
			plain, n := unescape(text[i+1:])
			if n == 0 {
				return "", 0, "", false
			}
			b = append(b, plain)
			end = len(b)
			i += n
		default:
			b = append(b, c)
			if c != ' ' {
				end = len(b)
			}
		}
	}
	return string(b[:end]), 0, "", true
}

// unescape resolves what follows a backslash and says how many bytes that is; 0: it is no escape.
func unescape(text string) (plain byte, n int) {
	if text == "" {
		return 0, 0
	}
	if strings.IndexByte(" \"#+,;<=>\\", text[0]) >= 0 {
		return text[0], 1
	}
	if len(text) < 2 {
		return 0, 0
	}
	b, err := hex.DecodeString(text[:2])
	if err != nil {
		return 0, 0
	}
	return b[0], 2
}
