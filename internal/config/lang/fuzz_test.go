package lang

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
)

// FuzzParse checks that no text panics or hangs, and that the JSON of what was understood, which is a
// configuration itself, means the same.
func FuzzParse(f *testing.F) {
	for _, v := range readVerdicts(f) {
		f.Add(v.Text)
	}
	environment := map[string]string{"X": "[a, $Y]", "Y": "{b: 1k}", "C": "$C"}
	o := verdict{Env: environment, Files: map[string]string{"f": "x: 1", "g": "include g"}}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := Parse("f", []byte(text), o.options())
		if err != nil {
			return
		}
		digest := doc.Digest()
		again, err := json.Marshal(doc.Root.Interface())
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("sha256:%x", sha256.Sum256(append(bytes.Clone(again), '\n'))); digest != want {
			t.Fatalf("%q has the digest %s, but that of %s is %s", text, digest, again, want)
		}
		if !readableJSON(again) {
			return
		}
		second, err := Parse("f", again, o.options())
		if err != nil {
			t.Fatalf("%q as JSON: %s: %v", text, again, err)
		}
		if second.Digest() != digest {
			t.Fatalf("%q means %s, read again %v", text, again, second.Root.Interface())
		}
	})
}

// readableJSON reports whether the JSON uses nothing that the language lacks: escapes it does not know,
// numbers with an exponent.
func readableJSON(text []byte) bool {
	inString := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && inString:
			return false
		case c == '"':
			inString = !inString
		case c == 'e' && !inString && i > 0 && isDigit(text[i-1]):
			return false
		}
	}
	return true
}
