package lang

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// verdict is one configuration with what the reference server says of it.
type verdict struct {
	Text    string
	Env     map[string]string
	Files   map[string]string
	Verdict string
}

func (v *verdict) options() Options {
	return Options{
		ReadFile: func(path string) ([]byte, error) {
			if text, ok := v.Files[path]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
		LookupEnv: func(name string) (string, bool) {
			text, ok := v.Env[name]
			return text, ok
		},
	}
}

func readVerdicts(t testing.TB) []verdict {
	f, err := os.Open("../testdata/verdicts.jsonl")
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
	if len(all) < 500 {
		t.Fatalf("only %d verdicts", len(all))
	}
	return all
}

// differs names the texts where this parser means to answer otherwise than the reference server, and why.
var differs = map[string]string{
	"listen: 127.0.0.1:abc":         "a word is a word; the address is refused later",
	"listen: [1]":                   "a number may end a list",
	"server_tags: [1]":              "a number may end a list",
	"server_tags: [1]\n":            "a number may end a list",
	"server_tags: [1,2]\n":          "a number may end a list",
	"accounts: [A, 5]":              "a number may end a list",
	"server_name: a'b":              "a quote within a word is a letter, as a double quote is",
	"max_pending: 16e":              "the reference overflows",
	"authorization {timeout: 1.5s}": "a duration needs no quotes",
	"server_metadata {a: 1.5k}":     "a word that is no number is a string",
	"authorization { password: $2b$11$abc.def/gh, user: x}":            "all bcrypt versions are hashes",
	"server_name: (\r\nabc\r\n)\r\n":                                   "lines may end in CR LF",
	"{port: 4444\n":                                                    "an open brace must be closed",
	"x: 5\ninclude a.conf":                                             "same answer, other words",
	"{\n\"server_metadata\": {\n\"a\": \"b\"\n}\n, \"debug\": true\n}": "a comma may begin a line, as JSON is sometimes written",
	"server_name: (abc\n)":                                             "the reference keeps the parenthesis at the end of the file",
	"key[1, 2]":                                                        "a bracket ends a word that begins like a number too",
	"server_metadata { a: \n}":                                         "a value is on its key's line",
	"a: { b: }":                                                        "an empty value in a map is a fault",
	"server_metadata { a: }":                                           "an empty value in a map is a fault",
	"include a.conf":                                                   "the same text stands in several verdicts",
}

// grammatical reports whether a verdict is about the language, not about the meaning of keys.
func grammatical(text string) bool {
	for _, mark := range []string{"Parse error", "variable reference", "error parsing include", "is out of the range", "config is invalid", "CRASH"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

func TestVerdictsOfTheReference(t *testing.T) {
	for _, v := range readVerdicts(t) {
		if differs[v.Text] != "" {
			continue
		}
		doc, err := Parse("c.conf", []byte(v.Text), v.options())
		digest, valid := strings.CutPrefix(v.Verdict, "VALID (")
		switch {
		case grammatical(v.Verdict):
			checkFault(t, &v, err)
		case err != nil:
			t.Errorf("%q: %v, want %s", v.Text, err, v.Verdict)
		case valid && doc.Digest() != strings.TrimSuffix(digest, ")"):
			t.Errorf("%q: digest of %v is %s, want %s", v.Text, doc.Root.Interface(), doc.Digest(), digest)
		}
	}
}

func checkFault(t *testing.T, v *verdict, err error) {
	t.Helper()
	var fault *Error
	if !errors.As(err, &fault) {
		t.Errorf("%q: got %v, want a fault: %s", v.Text, err, v.Verdict)
		return
	}
	if !fault.Pos.IsValid() || fault.Text == "" {
		t.Errorf("%q: fault without position or text: %#v", v.Text, fault)
	}
}
