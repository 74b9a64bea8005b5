package auth

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
)

// byCertificate finds the user that a certificate names: by an e-mail address, a DNS name or a URI of its alternative
// names, or else by its subject.
func (u *Users) byCertificate(cert *x509.Certificate) *account {
	for _, name := range cert.EmailAddresses {
		if a := u.byName[name]; a != nil {
			return a
		}
	}
	for _, name := range cert.DNSNames {
		if a := u.byName[name]; a != nil {
			return a
		}
	}
	for _, uri := range cert.URIs {
		if a := u.byName[uri.String()]; a != nil {
			return a
		}
	}
	if a := u.byName[cert.Subject.String()]; a != nil {
		return a
	}
	return u.bySubject(cert.RawSubject)
}

// bySubject compares distinguished names whatever the order of their parts.
func (u *Users) bySubject(der []byte) *account {
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &rdns); err != nil || len(rest) > 0 {
		return nil
	}
	want := normalise(partsOf(rdns))
	if len(want) == 0 {
		return nil
	}
	for name, a := range u.byName {
		if strings.Contains(name, "=") && slices.Equal(normalise(splitDN(name)), want) {
			return a
		}
	}
	return nil
}

// attributes are the names of RFC 2253 and the domain component, by object identifier.
var attributes = map[string]string{
	"2.5.4.3": "CN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET",
	"2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.17": "POSTALCODE",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
}

// partsOf writes each attribute as "KEY=value".
func partsOf(rdns pkix.RDNSequence) (parts []string) {
	for _, rdn := range rdns {
		for _, attribute := range rdn {
			key := attribute.Type.String()
			if name, ok := attributes[key]; ok {
				key = name
			}
			parts = append(parts, key+"="+fmt.Sprint(attribute.Value))
		}
	}
	return parts
}

// splitDN takes a distinguished name as text apart, at commas and plus signs that are not escaped, and removes the
// escapes.
func splitDN(dn string) (parts []string) {
	var b strings.Builder
	for i := 0; i < len(dn); i++ {
		switch c := dn[i]; {
		case c == '\\' && i+1 < len(dn):
			i++
			b.WriteByte(dn[i])
		case c == ',' || c == '+':
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(parts, b.String())
}

// normalise trims the parts, writes their keys in upper case, and sorts them.
func normalise(parts []string) []string {
	out := make([]string, 0, len(parts))
	for _, part := range parts {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil
		}
		out = append(out, strings.ToUpper(strings.TrimSpace(key))+"="+strings.TrimSpace(value))
	}
	slices.Sort(out)
	return out
}
