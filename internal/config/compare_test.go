package config

import (
	"slices"
	"strings"
	"testing"
)

func TestCompareTellsWhatComesAndGoes(t *testing.T) {
	const tls = "tls {cert_file: cert.pem, key_file: key.pem}\n"
	for _, c := range []struct {
		old, new string
		want     []string
	}{
		{tls, "\n\n" + tls, nil},
		{tls, "tls {cert_file: cert.pem, key_file: key.pem, timeout: 5}", []string{"tls", "~ tls.timeout", "authorization timeout"}},
		{
			"authorization {users: [{user: a, password: x}, {user: b, password: x}, {user: c, password: x}]}",
			"authorization {users: [{user: c, password: x}, {user: a, password: y}, {user: d, password: x}]}",
			[]string{"authorization users", "~ user a", "- user b", "+ user d"},
		},
		{
			"accounts {A {users: [{user: a, password: x}], limits {max_conn: 5}}, B {}, C {mappings {m: n}}}",
			"accounts {A {users: [{user: a, password: y}], limits {max_conn: 6}}, D {}, C {mappings {m: o}}}",
			[]string{"accounts", "~ accounts[A]", "- accounts[B]", "~ accounts[C].mappings[m]", "+ accounts[D]", "~ accounts[A].users[a]: password"},
		},
		{"mappings {a: b, c: d}", "mappings {c: e}", []string{"mappings", "- mappings[a]", "~ mappings[c]"}},
		{"server_tags: a", "server_tags: [a, b]", []string{"tags"}},
	} {
		var got []string
		for _, change := range Compare(mustLoad(t, "logtime: true\n"+c.old), mustLoad(t, "logtime: true\n"+c.new)) {
			got = append(append(got, change.Key), change.Details...)
			if strings.Contains(strings.Join(change.Details, " ")+change.New, "x") {
				t.Errorf("%q shows a password", change)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q to %q:\n got %q\nwant %q", c.old, c.new, got, c.want)
		}
	}
}
