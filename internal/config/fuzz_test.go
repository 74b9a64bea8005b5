package config

import "testing"

// FuzzLoad checks that no text panics, that one is either refused or understood, and that a configuration
// does not differ from itself.
func FuzzLoad(f *testing.F) {
	for _, v := range readVerdicts(f) {
		f.Add(v.Text)
	}
	files := withCertificate(f, nil)
	f.Fuzz(func(t *testing.T, text string) {
		files["c.conf"] = text
		c, _, err := Load("c.conf", given(files, map[string]string{"X": "[a]"}))
		if (c == nil) == (err == nil) {
			t.Fatalf("%q: configuration %v with error %v", text, c, err)
		}
		if c == nil {
			return
		}
		_ = c.Validate() // either answer will do
		c.Advice()
		for _, change := range Diff(c, c) {
			if change.Key != "tls" {
				t.Fatalf("%q differs from itself: %v", text, change)
			}
		}
	})
}
