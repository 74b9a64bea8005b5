package config

import "testing"

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"prot": "port", "prt": "port", "ports": "port", "maxpayload": "max_payload", "max_pyaload": "max_payload",
		"xy": "", "host": "host", "something": "", "": "",
	} {
		if got := nearest(word, []string{"port", "host", "max_payload", "tls"}); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		n    int
	}{{"", "abc", 3}, {"abc", "", 3}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ab", "ab", 0}} {
		if got := distance(c.a, c.b); got != c.n {
			t.Errorf("%q to %q: got %d, want %d", c.a, c.b, got, c.n)
		}
	}
}
