package config

import (
	"crypto/tls"
	"encoding/hex"
	"strings"
	"time"

	"sinew.dev/sinew/internal/config/lang"
)

var tlsBlock = &block[TLS]{
	fields: map[string]setter[TLS]{
		"cert_file":                    tlsFile(func(t *TLS) *string { return &t.CertFile }),
		"key_file":                     tlsFile(func(t *TLS) *string { return &t.KeyFile }),
		"ca_file":                      tlsFile(func(t *TLS) *string { return &t.CAFile }),
		"certs":                        setCertificates,
		"verify":                       tlsSwitch(func(t *TLS) *bool { return &t.Verify }),
		"verify_and_map":               tlsSwitch(func(t *TLS) *bool { return &t.VerifyAndMap }),
		"insecure":                     tlsSwitch(func(t *TLS) *bool { return &t.Insecure }),
		"timeout":                      setTLSTimeout,
		"pinned_certs":                 setPinnedCerts,
		"cipher_suites":                setCipherSuites,
		"allow_insecure_cipher_suites": tlsSwitch(func(t *TLS) *bool { return &t.AllowInsecureCipherSuites }),
		"curve_preferences":            setCurves,
		"min_version":                  setMinVersion,
		"handshake_first":              setHandshakeFirst,
		"connection_rate_limit":        setRateLimit,
		"verify_cert_and_check_known_urls": func(d *decoder, e entry, _ *TLS) {
			d.fault(e.pos, "verify_cert_and_check_known_urls not supported in this context")
		},
		"ocsp_peer": nil, "cert_store": nil, "cert_match_by": nil, "cert_match": nil,
		"ca_certs_match": nil, "cert_match_skip_invalid": nil,
	},
	aliases: map[string]string{
		"certificates": "certs", "first": "handshake_first", "immediate": "handshake_first",
	},
	unknown: "error parsing tls config, unknown field %q",
}

func setTLS(d *decoder, e entry, c *Config) {
	if !d.is(e, lang.Object) {
		return
	}
	before := len(d.errs)
	t := &TLS{Timeout: DefaultTLSTimeout, MinVersion: tls.VersionTLS12, Position: e.pos}
	decode(d, tlsBlock, e, e.value.Map, t)
	t.Verify = t.Verify || t.VerifyAndMap
	if len(d.errs) > before {
		return
	}
	if _, err := t.Build(d.readFile); err != nil {
		d.fault(e.pos, "%v", err)
		return
	}
	c.TLS = t
}

// tlsFile and tlsSwitch are text and boolean in the words that the reference has for this block.
func tlsFile(field func(*TLS) *string) setter[TLS] {
	return func(d *decoder, e entry, t *TLS) {
		if e.value.Kind != lang.String {
			d.fault(e.pos, "error parsing tls config, expected '%s' to be filename", e.key)
			return
		}
		*field(t) = e.value.Text
	}
}

func tlsSwitch(field func(*TLS) *bool) setter[TLS] {
	return func(d *decoder, e entry, t *TLS) {
		if e.value.Kind != lang.Bool {
			d.fault(e.pos, "error parsing tls config, expected '%s' to be a boolean", e.key)
			return
		}
		*field(t) = e.value.Truth
	}
}

func setCertificates(d *decoder, e entry, t *TLS) {
	if e.value.Kind != lang.List {
		d.fault(e.pos, "error parsing certificates config: expected a list, got %s", e.value.Kind)
		return
	}
	t.Certificates = nil
	for _, item := range e.value.List {
		if item.Kind != lang.Object {
			d.fault(item.Pos, "error parsing certificates config: expected a map, got %s", item.Kind)
			continue
		}
		var pair CertPair
		before := len(d.errs)
		decode(d, certPairBlock, inside(e.path()+"[]"), item.Map, &pair)
		if len(d.errs) > before {
			continue
		}
		if pair.CertFile == "" || pair.KeyFile == "" {
			d.fault(item.Pos, "error parsing certificates config: both 'cert_file' and 'key_file' options are required")
		}
		t.Certificates = append(t.Certificates, pair)
	}
}

var certPairBlock = &block[CertPair]{
	fields: map[string]setter[CertPair]{
		"cert_file": text(func(p *CertPair) *string { return &p.CertFile }),
		"key_file":  text(func(p *CertPair) *string { return &p.KeyFile }),
	},
	unknown: "error parsing tls certs config, unknown field %q",
}

func setTLSTimeout(d *decoder, e entry, t *TLS) {
	if timeout, ok := d.floatSeconds(e, "tls"); ok {
		if t.Timeout = timeout; timeout <= 0 {
			t.Timeout = DefaultTLSTimeout
		}
	}
}

func setPinnedCerts(d *decoder, e entry, t *TLS) {
	const what = "hex-encoded sha256 of DER encoded SubjectPublicKeyInfo"
	if e.value.Kind != lang.List {
		d.fault(e.pos, "error parsing tls config, expected 'pinned_certs' to be a list of %s", what)
		return
	}
	t.PinnedCerts = nil
	for _, item := range e.value.List {
		digest := strings.ToLower(item.Text)
		if raw, err := hex.DecodeString(digest); err != nil || len(raw) != 32 {
			d.fault(item.Pos, "error parsing tls config, 'pinned_certs' key %v does not look like %s", item.Interface(), what)
			continue
		}
		t.PinnedCerts = append(t.PinnedCerts, digest)
	}
}

func setCipherSuites(d *decoder, e entry, t *TLS) {
	known := make(map[string]uint16)
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		known[suite.Name] = suite.ID
	}
	t.CipherSuites = nil
	named(d, e, "cipher", func(name string) bool {
		id, ok := known[name]
		t.CipherSuites = append(t.CipherSuites, id)
		return ok
	})
}

// curves are the key exchanges by the names of Go.
var curves = map[string]tls.CurveID{
	"CurveP256": tls.CurveP256, "CurveP384": tls.CurveP384, "CurveP521": tls.CurveP521,
	"X25519": tls.X25519, "X25519MLKEM768": tls.X25519MLKEM768,
	"SecP256r1MLKEM768": tls.SecP256r1MLKEM768, "SecP384r1MLKEM1024": tls.SecP384r1MLKEM1024,
}

func setCurves(d *decoder, e entry, t *TLS) {
	t.CurvePreferences = nil
	named(d, e, "curve preference", func(name string) bool {
		id, ok := curves[name]
		t.CurvePreferences = append(t.CurvePreferences, id)
		return ok
	})
}

// named takes a list of names that may not be empty.
func named(d *decoder, e entry, what string, take func(name string) bool) {
	if !d.is(e, lang.List) {
		return
	}
	if len(e.value.List) == 0 {
		d.fault(e.pos, "error parsing tls config, '%s' cannot be empty", e.key)
	}
	for _, item := range e.value.List {
		if item.Kind != lang.String || !take(item.Text) {
			d.fault(item.Pos, "unrecognized %s %v", what, item.Interface())
		}
	}
}

func setMinVersion(d *decoder, e entry, t *TLS) {
	if e.value.Kind != lang.String {
		d.fault(e.pos, "error parsing tls config: 'min_version' wrong type: %v", e.value.Interface())
		return
	}
	switch e.value.Text {
	case "1.2":
		t.MinVersion = tls.VersionTLS12
	case "1.3":
		t.MinVersion = tls.VersionTLS13
	case "1.0", "1.1":
		d.fault(e.pos, "error parsing tls config: unsupported TLS version: TLS %s", e.value.Text)
	default:
		d.fault(e.pos, "error parsing tls config: unknown version: %s", e.value.Text)
	}
}

func setHandshakeFirst(d *decoder, e entry, t *TLS) {
	switch v := e.value; v.Kind {
	case lang.Bool:
		t.HandshakeFirst, t.HandshakeFallback = v.Truth, 0
	case lang.String:
		t.HandshakeFirst = true
		t.HandshakeFallback = d.fallback(e, t)
	default:
		d.fault(e.pos, "field %q should be a boolean or a string, got %s", e.key, v.Kind)
	}
}

// fallback is the time of a handshake_first that is a word. The words for booleans may be quoted here.
func (d *decoder) fallback(e entry, t *TLS) time.Duration {
	switch strings.ToLower(e.value.Text) {
	case "auto", "auto_fallback":
		return AutoHandshakeFallback
	case "true", "on":
		return 0
	case "false", "off":
		t.HandshakeFirst = false
		return 0
	}
	wait, err := time.ParseDuration(e.value.Text)
	if err != nil {
		d.fault(e.pos, "field %q's value %q is invalid", e.key, e.value.Text)
		return 0
	}
	return max(wait, 0)
}

func setRateLimit(d *decoder, e entry, t *TLS) {
	if e.value.Kind != lang.Int {
		d.fault(e.pos, "error parsing tls config, 'connection_rate_limit' wrong type")
		return
	}
	t.ConnectionRateLimit = max(e.value.Number, 0)
}

// suiteNames are the cipher suites that may be listed without allow_insecure_cipher_suites.
func suiteNames() []string {
	var names []string
	for _, suite := range tls.CipherSuites() {
		names = append(names, suite.Name)
	}
	return names
}
