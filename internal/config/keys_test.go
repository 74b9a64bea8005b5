package config

import (
	"strings"
	"testing"
)

// samples are good values for the keys whose type alone does not say one.
var samples = map[string]string{
	"listen": "5", "http": "5", "https": "5", "server_tags": "a", "server_metadata": "{a: b}",
	"feature_flags": "{a: true}", "mappings": "{a: b}", "accounts": "[A]", "write_timeout": "close",
	"tls.cert_file": "cert.pem, key_file: key.pem", "tls.key_file": "key.pem, cert_file: cert.pem",
	"tls.ca_file": "cert.pem", "tls.certs": "[{cert_file: cert.pem, key_file: key.pem}]",
	"tls.timeout": "5", "tls.pinned_certs": "[" + strings.Repeat("ab", 32) + "]",
	"tls.cipher_suites": "[TLS_AES_128_GCM_SHA256]", "tls.curve_preferences": "[X25519]",
	"tls.min_version": `"1.3"`, "tls.handshake_first": "auto",
	"authorization.timeout": "5", "authorization.users[]": "[{user: u, password: p}]",
	"authorization.default_permissions": "{publish: a}",
	"<permissions>.publish":             "a", "<permissions>.subscribe": "{allow: [a, \"b q\"], deny: c}",
	"<permissions>.allow_responses":       "{max: 1, expires: \"1m\"}",
	"accounts.<name>.users":               "[{user: u, password: p}]",
	"accounts.<name>.default_permissions": "{publish: a}",
	"accounts.<name>.mappings":            "{a: b}",
	"accounts.<name>.nkey":                "ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA",
	"no_auth_user":                        "u",
	"tls.ocsp_peer":                       "true", "log_format": "json",
	"authorization.users[].user": "u, password: p", "authorization.users[].password": "p, user: u",
	"authorization.users[].proxy_required": "true, user: u", "authorization.users[].nkey": "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
	"authorization.users[].permissions":              "{publish: a}, user: u, password: p",
	"authorization.users[].allowed_connection_types": "[STANDARD], user: u, password: p",
	"<mappings>.destination":                         "b, weight: 5", "<mappings>.weight": "50%, destination: b", "<mappings>.cluster": "c, destination: b, weight: 5",
	"tls.certs[].cert_file": "cert.pem, key_file: key.pem", "tls.certs[].key_file": "key.pem, cert_file: cert.pem",
}

// sample is a good value for a row of the list of keys.
func sample(key, kind string) string {
	if s, ok := samples[key]; ok {
		return s
	}
	switch {
	case strings.HasPrefix(kind, "bool"):
		return "true"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "size"):
		return "5"
	case strings.HasPrefix(kind, "duration"):
		return `"40s"`
	}
	return "x"
}

// written is a configuration in which the key of a row, under one of its names, has a value.
func written(key, name, value string) string {
	key = strings.Replace(key, "<permissions>", "authorization.default_permissions", 1)
	key = strings.Replace(key, "<mappings>", "mappings.a", 1)
	parts := strings.Split(strings.ReplaceAll(key, "<name>", "A"), ".")
	last := strings.TrimSuffix(parts[len(parts)-1], "[]")
	if name != "" {
		last = name
	}
	text := last + ": " + value
	for i := len(parts) - 2; i >= 0; i-- {
		if block, ok := strings.CutSuffix(parts[i], "[]"); ok {
			text = block + ": [{" + text + "\n}]"
		} else {
			text = parts[i] + " {" + text + "\n}"
		}
	}
	return text
}

// TestEveryKnownKeyIsTakenOrRefused walks the list of all keys of the reference server. None may be unknown,
// and what is refused must be refused by name.
func TestEveryKnownKeyIsTakenOrRefused(t *testing.T) {
	taken, refused := 0, 0
	for _, k := range Keys() {
		key := k.Name
		for _, name := range append([]string{""}, k.Aliases...) {
			text := written(key, name, sample(key, k.Type))
			_, _, err := load(t, text)
			switch {
			case err == nil:
				taken++
			case refusedByName(err.Error(), key):
				refused++
			default:
				t.Errorf("%s: %q: %v", key, text, err)
			}
		}
	}
	if taken < 100 || refused < 200 {
		t.Errorf("%d keys taken, %d refused: the walk has lost its way", taken, refused)
	}
}

// refusedByName reports whether an error names the key, or the block it is in, as not supported.
func refusedByName(err, key string) bool {
	key = strings.ReplaceAll(key, "<name>", "A")
	parts := strings.Split(key, ".")
	for i := range parts {
		prefix := strings.TrimSuffix(strings.Join(parts[:i+1], "."), "[]")
		if strings.Contains(err, `"`+prefix+`" is not supported yet`) && strings.HasPrefix(err, "c.conf:1:") {
			return true
		}
	}
	return false
}

func TestRefusedKeysOutsideTheList(t *testing.T) {
	for text, want := range map[string]string{
		"authorization {\n users: [{user: a, proxy_required: true}]}": `c.conf:2:20: "authorization.users[].proxy_required" is not supported yet`,
		"accounts { A {\n exports: [{stream: a}] } }":                 `c.conf:2:2: "accounts.A.exports" is not supported yet`,
		"tls { cert_match: x }":                                       `c.conf:1:6: "tls.cert_match" is not supported yet`,
		"jetstream {}":                                                `c.conf:1:0: "jetstream" is not supported yet`,
		"ws { port: 5 }":                                              `c.conf:1:0: "websocket" is not supported yet`,
	} {
		if _, _, err := load(t, text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestFeaturesTurnedOffAreTaken(t *testing.T) {
	mustLoad(t, `jetstream: disabled, syslog: off, proxy_protocol: false, cluster {}, ocsp: false
		accounts { A { imports: [], exports: [], jetstream: false } }`)
}
