package interop

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sinew.dev/sinew/test/interop/internal/certs"
)

// keyList is every key of the reference server: the table that the server under test has built in.
const keyList = "../../internal/config/keys.csv"

// walkFile holds what the reference server says of every text of the walk.
const walkFile = "testdata/config/walk.jsonl"

// TestConfigurationKeys sets every key of the reference, under each of its names, to good values and bad ones, and
// compares what -t says with what the reference says. Where the key belongs to a feature that we do not have, the
// server must say so, with the place.
func TestConfigurationKeys(t *testing.T) {
	dir := walkDir(t)
	binary := serverBinary(t)
	var asked []asking
	for _, key := range readKeys(t) {
		for _, text := range key.texts() {
			asked = append(asked, asking{key: key.name, text: text})
		}
	}
	got := askAll(t, binary, dir, asked)
	if *record {
		writeVerdicts(t, walkFile, asked, got)
		return
	}
	want := readVerdicts(t, walkFile)
	taken, refused, odd := 0, 0, 0
	for i, a := range asked {
		verdict, known := want[a.text]
		if !known {
			t.Errorf("%s: %q is not in %s: record it", a.key, a.text, walkFile)
			continue
		}
		if got[i].says(notYet) {
			refused++
			if *reference != "" || !later.MatchString(a.key) || !notYetAt(a.key).MatchString(got[i].Said) {
				t.Errorf("%s: %q: %s", a.key, a.text, got[i].Said)
			}
			continue
		}
		same, differ := compareVerdicts(got[i], verdict)
		if !same {
			t.Errorf("%s: %q:\n  here         %d %s\n  on reference %d %s", a.key, a.text,
				got[i].Code, got[i].Said, verdict.Code, verdict.Said)
		}
		taken++
		odd += min(differ, 1)
	}
	t.Logf("%d texts as on the reference, %d of them with words of our own; %d of later features", taken, odd, refused)
	if *reference == "" && (taken < 1500 || refused < 200) {
		t.Errorf("%d taken, %d refused: the walk has lost its way", taken, refused)
	}
}

// configKey is one row of the key list.
type configKey struct {
	name    string
	aliases []string
	kind    string
}

func readKeys(t *testing.T) []configKey {
	t.Helper()
	f, err := os.Open(keyList)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var keys []configKey
	for _, row := range rows[1:] {
		if row[5] == "Sinew" {
			continue // a key of our own
		}
		k := configKey{name: row[0], kind: row[2]}
		for _, alias := range strings.Split(row[1], ",") {
			// A remark, such as "ws (block alias)", is no name.
			if alias = strings.TrimSpace(alias); alias != "" && !strings.ContainsAny(alias, "( ") {
				k.aliases = append(k.aliases, alias)
			}
		}
		keys = append(keys, k)
	}
	return keys
}

// goodValues are values for the keys whose type alone does not tell one.
var goodValues = map[string][]string{
	"listen": {"5", `"localhost:5"`, `"[::1]:5"`, "127.0.0.1:-1", ":5", `"localhost"`},
	"http":   {"5", `"localhost:5"`, ":5"}, "https": {"5", `"localhost:5"`},
	"server_tags": {"a", `"a, b"`, "[a, b]"}, "server_metadata": {"{a: b}", "{a: 5}"},
	"feature_flags": {"{js_ack_fc_v2: true}", "{a: b}"}, "write_timeout": {"close", "retry", "default", "Close"},
	"mappings":      {"{a: b}", `{"a.*": "b.$1"}`, "{a: [{destination: b, weight: 50%}, {destination: c, weight: 60}]}", "{a: {dest: b}}", `{a: {destination: b, weight: 5, cluster: c}}`},
	"accounts":      {"[A]", "[A, A]", "{A: {}}", "{A: {}, A: {}}", "{$G: {}}", "{A: {colour: red}}", "{A: 5}"},
	"tls.cert_file": {"server.pem, key_file: server.key", "none.pem, key_file: server.key"},
	"tls.key_file":  {"server.key, cert_file: server.pem", "server.pem, cert_file: server.pem"},
	"tls.ca_file":   {"ca.pem", "none.pem", "server.key"},
	"tls.certs":     {"[{cert_file: server.pem, key_file: server.key}]", "[{cert_file: server.pem}]", "[{colour: red}]"},
	"tls.timeout":   {"5", "0.5", `"5s"`, "-1"}, "tls.cipher_suites": {"[TLS_AES_128_GCM_SHA256]", "[TLS_RSA_WITH_RC4_128_SHA]"},
	"tls.pinned_certs":      {"[" + strings.Repeat("ab", 32) + "]", "[" + strings.Repeat("AB", 32) + "]"},
	"tls.curve_preferences": {"[X25519]", "[CurveP256, CurveP384, CurveP521]", "[X25519MLKEM768]"},
	"tls.min_version":       {`"1.3"`, `"1.2"`, `"1.1"`, `"1.0"`, `"1.4"`, "1.3"},
	"tls.handshake_first":   {"true", "auto", `"300ms"`, "auto_fallback", `"on"`, `"off"`, `"-1s"`},
	"tls.ocsp_peer":         {"true"}, "authorization.timeout": {"5", "0.5", `"5s"`, "61", `"2m"`, "-1"},
	"authorization.users[]": {
		"[{user: u, password: p}]", "[{user: u, password: p}, {user: u, password: q}]", "[{username: u, pass: p}]", "[{user: u}]", "[{password: p}]",
		"[{user: u, password: p, colour: red}]", "[{user: u, password: p, clients: [STANDARD]}]", "[{user: u, password: p, clients: [FAST]}]",
		"[{nkey: " + userNKey + "}]", "[{nkey: " + userNKey + ", user: u}]", "[{nkey: UABC}]", "[{user: 5, password: p}]", "[{user: u, password: 5}]",
		"[{user: u, password: p, permissions: {publish: a}}]", "[{user: u, password: p, permission: 5}]", "[{user: u, password: p, allowed_connection_types: 5}]",
	},
	"authorization.default_permissions":   {"{publish: a}", "{publish: a..b}", "{colour: red}", "{publish: {allow: a, deny: b}}"},
	"<permissions>.publish":               {"a", "[a, b]", "{allow: a}", "{deny: [a]}", "{colour: red}", `"a b"`},
	"<permissions>.subscribe":             {"a", `{allow: [a, "b q"], deny: c}`, `"a q r"`},
	"<permissions>.allow_responses":       {"true", `{max: 1, expires: "1m"}`, "{max: -1}", "{max: a}", "{expires: 5}", "{colour: red}"},
	"accounts.<name>.users":               {"[{user: u, password: p}]", "[{user: u, password: p}, {user: u, password: p}]"},
	"accounts.<name>.default_permissions": {"{publish: a}"},
	"accounts.<name>.mappings":            {"{a: b}", "{a: {dest: b, weight: 200}}"},
	"accounts.<name>.nkey":                {accountNKey, "ABC"}, "system_account": {`"$SYS"`, "A"},
	"lame_duck_duration": {`"40s"`, `"29s"`, "40s"}, "lame_duck_grace_period": {`"40s"`, `"-1s"`, "0s"},
	"max_sub_tokens": {"1", "255", "256"}, "no_auth_user": {"u"},
	"authorization.users[].user":                     {"u, password: p", "u"},
	"authorization.users[].password":                 {"p, user: u", "$2a$11$PWIFAL8RsWyGI3jVZtO9Nu8.6jOxzxfZo7c, user: u"},
	"authorization.users[].nkey":                     {userNKey},
	"authorization.users[].permissions":              {"{publish: a}, user: u, password: p"},
	"authorization.users[].allowed_connection_types": {"[STANDARD], user: u, password: p", "standard, user: u", "[FAST], user: u, password: p"},
	"authorization.users[].proxy_required":           {"true, user: u"},
	"<permissions>.publish.allow":                    {"a", "[a, b]", `"a b"`}, "<permissions>.publish.deny": {"a", "[a, b]"},
	"<permissions>.subscribe.allow": {"a", `[a, "b q"]`, `"a b c"`}, "<permissions>.subscribe.deny": {"a", `["b q"]`},
	"<permissions>.allow_responses.max": {"5", "-1", "0"}, "<permissions>.allow_responses.expires": {`"5s"`, `"-1s"`},
	"<mappings>.destination": {"b, weight: 5", "b"}, "<mappings>.weight": {"50%, destination: b", "50, destination: b", `"150", destination: b`, "-1, destination: b"},
	"<mappings>.cluster":    {"c, destination: b, weight: 5"},
	"tls.certs[].cert_file": {"server.pem, key_file: server.key", "none.pem, key_file: server.key"},
	"tls.certs[].key_file":  {"server.key, cert_file: server.pem"},
}

const (
	userNKey    = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
	accountNKey = "ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA"
)

// anyValues are tried with every key: a value of each type, and nothing. numbers are tried with those that take a number or a
// time, and strange ones with the first of each type.
var (
	anyValues = []string{"off", "5", "1.5", "abc", `""`, "[]", "[a]", "{}", "{a: b}"}
	numbers   = []string{"true", "0", "-5", "1k", "3000000000", "9223372036854775807", "99999999999999999999", `"5"`, `"40s"`, "40s", "2026-01-02T03:04:05Z"}
	strange   = []string{"[5]", "$UNSET_VARIABLE_OF_THE_TEST", "(\n a b\n)\n"}
	strangers = []string{"port", "host", "debug", "server_tags", "write_deadline", "accounts", "mappings", "authorization.users[]", "tls.timeout", "system_account"}
)

// later are the keys of features that our server does not have: the walk sets them, under each name, to one value.
var later = regexp.MustCompile(`^(proxy_protocol|default_js_domain|ocsp|ocsp_cache|default_sentinel|operator|` +
	`trusted_keys|proxies\..*|resolver.*|cluster\..*|gateway\..*|leafnodes\..*|jetstream.*|store_dir|websocket\..*|mqtt\..*|` +
	`authorization\.(proxy_required|auth_callout)|accounts\.<name>\.(imports|exports|jetstream|msg_trace)|authorization\.users\[\]\.proxy_required|tls\.(ocsp_peer|cert_store|cert_match.*|ca_certs_match))$`)

// texts are the files that the walk tries for a key.
func (k configKey) texts() []string {
	var texts []string
	good := k.good()
	if later.MatchString(k.name) {
		for _, name := range append(k.aliases, k.last()) {
			texts = append(texts, k.text(name, good[0]))
		}
		return texts
	}
	for _, value := range good {
		texts = append(texts, k.text("", value))
	}
	for _, value := range k.values() {
		texts = append(texts, k.text("", value))
	}
	for _, alias := range append(k.aliases, strings.ToUpper(k.last())) {
		texts = append(texts, k.text(alias, good[0]), k.text(alias, "{a: {b: 5}}"))
	}
	// An unknown neighbour, before and behind.
	texts = append(texts, k.text("", good[0]+"\ncolour: red"), k.text("colour: red\n"+k.last(), good[0]))
	slices.Sort(texts)
	return slices.Compact(texts)
}

func (k configKey) values() []string {
	values := anyValues
	if strings.Contains("int size duration number port percent", strings.TrimLeft(strings.FieldsFunc(k.kind+" ", func(r rune) bool { return strings.ContainsRune(" |0123456789", r) })[0], `"`)) {
		values = slices.Concat(values, numbers)
	}
	if slices.Contains(strangers, k.name) {
		values = slices.Concat(values, strange)
	}
	return values
}

func (k configKey) good() []string {
	if values := goodValues[k.name]; values != nil {
		return values
	}
	switch {
	case strings.HasPrefix(k.kind, "bool"):
		return []string{"true"}
	case strings.HasPrefix(k.kind, "int"), strings.HasPrefix(k.kind, "size"):
		return []string{"5"}
	case strings.HasPrefix(k.kind, "duration"):
		return []string{`"40s"`}
	case k.kind == "url":
		return []string{"udp://localhost:514"}
	}
	return []string{"x"}
}

func (k configKey) last() string {
	parts := strings.Split(strings.TrimSuffix(k.name, "[]"), ".")
	return parts[len(parts)-1]
}

// places are where keys stand whose block has no name of its own.
var places = strings.NewReplacer("<permissions>", "authorization.default_permissions", "<mappings>", "mappings.a", "<name>", "A")

// text is a file in which the key, under a name, has a value. An empty name is the key's own.
func (k configKey) text(name, value string) string {
	parts := strings.Split(places.Replace(k.name), ".")
	if name == "" {
		name = k.last()
	}
	text := name + ": " + value
	for i := len(parts) - 2; i >= 0; i-- {
		block, list := strings.CutSuffix(parts[i], "[]")
		more := ""
		if i == len(parts)-2 {
			more = k.neighbours(block, value)
		}
		if list {
			text = block + ": [{" + more + text + "\n}]"
		} else {
			text = block + " {" + more + text + "\n}"
		}
	}
	return text
}

// neighbours are what the block of a key cannot do without.
func (k configKey) neighbours(block, value string) string {
	switch {
	case block == "tls" && !strings.Contains(value, "_file") && !slices.Contains([]string{"cert_file", "key_file", "certs"}, k.last()):
		return "cert_file: server.pem, key_file: server.key\n"
	case block == "users" && !strings.Contains(value, "user: ") && !slices.Contains([]string{"user", "nkey"}, k.last()):
		return "user: u\n"
	case block == "a" && !strings.Contains(value, "destination") && k.last() != "destination":
		return "destination: b\n"
	}
	return ""
}

// walkDir is a folder with the certificates that the texts name.
func walkDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := certs.New(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

const notYet = "is not supported yet"

// notYetAt is how a refusal of a key of a later feature looks: it names the key, or the block it is in.
func notYetAt(key string) *regexp.Regexp {
	parts := strings.Split(places.Replace(key), ".")
	var names []string
	for i := range parts {
		names = append(names, regexp.QuoteMeta(strings.TrimSuffix(strings.Join(parts[:i+1], "."), "[]")))
	}
	return regexp.MustCompile(`(?m)^walk\.conf:\d+:\d+: "(` + strings.Join(names, "|") + `)" is not supported yet$`)
}

func readVerdicts(t *testing.T, path string) map[string]verdict {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := make(map[string]verdict)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one struct {
			Text string
			verdict
		}
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		all[one.Text] = one.verdict
	}
	return all
}

func writeVerdicts(t *testing.T, path string, asked []asking, got []verdict) {
	t.Helper()
	var out strings.Builder
	written := make(map[string]bool)
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for i, a := range asked {
		if written[a.text] {
			continue
		}
		written[a.text] = true
		if err := encoder.Encode(struct {
			Text string `json:"text"`
			verdict
		}{a.text, got[i]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
