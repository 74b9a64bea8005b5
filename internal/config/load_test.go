package config

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// given are options for files and an environment in memory.
func given(files, env map[string]string) Options {
	return Options{
		ReadFile: func(path string) ([]byte, error) {
			if text, ok := files[path]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.ENOENT}
		},
		LookupEnv: func(name string) (string, bool) {
			text, ok := env[name]
			return text, ok
		},
	}
}

// load loads a text as c.conf, beside a certificate.
func load(t testing.TB, text string) (*Config, []Warning, error) {
	t.Helper()
	return Load("c.conf", given(withCertificate(t, map[string]string{"c.conf": text}), nil))
}

func mustLoad(t testing.TB, text string) *Config {
	t.Helper()
	c, _, err := load(t, text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return c
}

// verdict is one configuration with what the reference server says of it.
type verdict struct {
	Text    string
	Env     map[string]string
	Files   map[string]string
	Verdict string
}

func readVerdicts(t testing.TB) []verdict {
	f, err := os.Open("testdata/verdicts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []verdict
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var v verdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// differs names the texts to which this server means to answer otherwise than the reference, and why.
var differs = map[string]string{
	"max_pending: 99999999999999999999":                     "faults do not repeat values",
	"max_pending: 16e":                                      "the reference overflows",
	"authorization { password: $2b$11$abc.def/gh, user: x}": "all bcrypt versions are hashes",
	"server_tags: $X":                                       "a list from the environment is a list",
	"include a.conf":                                        "the reference overflows its stack when a file includes itself",
	"server_name: (abc\n)":                                  "the reference keeps the parenthesis",
	"server_name: a'b":                                      "a quote within a word is a letter",
	"server_metadata {a: 1.5k}":                             "a word that is no number is a string",
	"authorization {timeout: 1.5s}":                         "a duration needs no quotes",
	"authorization {timeout: 100000000000000000000000.5}":   "no duration is that long",
	"server_name: (\r\nabc\r\n)\r\n":                        "lines may end in CR LF",
	"{port: 4444\n":                                         "an open brace must be closed",
	"{\n\"server_metadata\": {\n\"a\": \"b\"\n}\n, \"debug\": true\n}": "a comma may begin a line",
	"mappings: {a: {weight: 5}}":                                       "a weight alone says nothing",
	"accounts {A {nkey: foo}}":                                         "faults do not repeat what may be a seed",
	"accounts: 5":                                                      "a number is no account",
	"a: { b: }":                                                        "an empty value is a fault of its own",
	"server_metadata { a: }":                                           "an empty value is a fault of its own",
	"server_metadata { a: \n}":                                         "an empty value is a fault of its own",
	"key[1, 2]":                                                        "a bracket ends a word that begins like a number too",
	"tls { certs: [{cert_file: cert.pem}] }":                           "the key is called key_file",
	"accounts: [A, 5]":                                                 "a number may end a list",
}

// elsewhere marks verdicts on subjects, which package config does not judge.
var elsewhere = []string{`a..b`, `mappings: {"a.*": "b.{{foo(1)}}"}`, `mappings: {a: "b.*"}`, `mappings: {"": b}`, `mappings: {a: "a b"}`}

// own marks verdicts whose words are those of the reference's implementation; ours are others.
var own = []string{
	"Parse error", "config is invalid", "interface conversion", "runtime error", "unsupported type",
	"int64", "bool", "got 5", "got a", "got map[", "CRASH", "variable reference cycle", "error parsing include",
}

func containsAny(s string, marks []string) bool {
	for _, mark := range marks {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}

func TestVerdictsOfTheReference(t *testing.T) {
	verdicts := readVerdicts(t)
	if len(verdicts) < 500 {
		t.Fatalf("only %d verdicts", len(verdicts))
	}
	for _, v := range verdicts {
		files := withCertificate(t, v.Files)
		files["c.conf"] = v.Text
		c, warnings, err := Load("c.conf", given(files, v.Env))
		switch {
		case differs[v.Text] != "", containsAny(v.Text, elsewhere):
		case err != nil && strings.Contains(err.Error(), "is not supported yet"):
		case strings.HasPrefix(v.Verdict, "VALID"):
			if err != nil || len(warnings) > 0 || "VALID ("+c.Digest+")" != v.Verdict {
				t.Errorf("%q: got %v, warnings %v; want %s", v.Text, err, warnings, v.Verdict)
			}
		case err == nil && len(warnings) == 0:
			t.Errorf("%q: accepted, want %s", v.Text, v.Verdict)
		case !containsAny(v.Verdict, own):
			compareWords(t, &v, warnings, err)
		}
	}
}

// position is what stands before the words of a message, and hint what this server adds behind.
var (
	position = regexp.MustCompile(`^[a-z./]+:\d+:\d+: `)
	hint     = regexp.MustCompile(` \(did you mean ".*"\?\)$`)
)

func compareWords(t *testing.T, v *verdict, warnings []Warning, err error) {
	t.Helper()
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	if err != nil {
		got = append(got, strings.Split(err.Error(), "\n")...)
	}
	want := strings.Split(v.Verdict, "\n")
	slices.Sort(want)
	for i := range got {
		got[i] = hint.ReplaceAllString(got[i], "")
		if i >= len(want) || words(got[i]) != words(want[i]) {
			t.Errorf("%q: got %q, want %q", v.Text, got, want)
			return
		}
		// Positions within a list of users are those of its last key in the reference.
		if position.MatchString(want[i]) && !strings.Contains(v.Text, "users: [") && got[i] != want[i] {
			t.Errorf("%q: got %q, want %q", v.Text, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%q: got %q, want %q", v.Text, got, want)
	}
}

func words(message string) string {
	return position.ReplaceAllString(message, "")
}
