package auth

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"maps"
	"slices"
	"strings"
)

// certificateMap finds the users that certificates name. It is immutable.
type certificateMap struct {
	names map[string]*Identity
	// Users whose name is a distinguished name: by the name's parts in their order, and in any order. Where several
	// users come to the same, the first by name comes first.
	ordered, unordered map[string][]*Identity
}

func newCertificateMap(names map[string]*Identity) *certificateMap {
	m := &certificateMap{names: names, ordered: map[string][]*Identity{}, unordered: map[string][]*Identity{}}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		dn, ok := parseDN(name)
		if !ok {
			continue
		}
		m.ordered[dn.key()] = append(m.ordered[dn.key()], names[name])
		slices.Sort(dn)
		m.unordered[dn.key()] = append(m.unordered[dn.key()], names[name])
	}
	return m
}

// find returns the user that the certificate names first and that may be connected so; nil when there is none. The
// order is: email, DNS and URI among the alternative names, then the subject.
func (m *certificateMap) find(cert *x509.Certificate, t ConnectionType) *Identity {
	for _, name := range alternativeNames(cert) {
		if id := m.names[name]; id != nil && id.AllowsConnection(t) {
			return id
		}
	}
	for _, id := range m.bySubject(cert) {
		if id.AllowsConnection(t) {
			return id
		}
	}
	return nil
}

func alternativeNames(cert *x509.Certificate) []string {
	names := slices.Concat(cert.EmailAddresses, cert.DNSNames)
	for _, u := range cert.URIs {
		names = append(names, u.String())
	}
	return names
}

// bySubject returns the users that the subject names, best first: as RFC 2253 writes it, with its parts in another order,
// as the Go library writes it with the domain components after it, and without them.
func (m *certificateMap) bySubject(cert *x509.Certificate) []*Identity {
	var found []*Identity
	var raw pkix.RDNSequence
	if rest, err := asn1.Unmarshal(cert.RawSubject, &raw); err == nil && len(rest) == 0 {
		if dn, ok := certificateDN(raw); ok {
			found = append(found, m.ordered[dn.key()]...)
			slices.Sort(dn)
			found = append(found, m.unordered[dn.key()]...)
		}
	}
	text := cert.Subject.ToRDNSequence().String()
	for _, name := range []string{text + domainComponents(cert), text} {
		if id := m.names[name]; id != nil && name != "" {
			found = append(found, id)
		}
	}
	return found
}

// domainComponents writes the subject's DC parts in the order they have in the certificate.
func domainComponents(cert *x509.Certificate) string {
	var b strings.Builder
	for _, part := range cert.Subject.Names {
		if value, ok := part.Value.(string); ok && part.Type.Equal(oidDomainComponent) {
			b.WriteString(",DC=" + value)
		}
	}
	return b.String()
}
