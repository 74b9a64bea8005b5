package server_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sinew.dev/sinew/server"
)

// TestCheckRefusesWhatWouldNotStart: a file that -t calls valid is one that a server starts with.
func TestCheckRefusesWhatWouldNotStart(t *testing.T) {
	for _, c := range []struct {
		text, complaint string // no complaint: the file is valid
	}{
		{"port: 4222", ""},
		{"max_payloda: 1", "max_payload"},
		{"max_pending: 1000", "max_pending"},
		{`lame_duck_grace_period: "3m"`, "lame duck"},
		{"https_port: 8222", "TLS cert and key required"},
		{"no_auth_user: nobody", "no_auth_user"},
		{"system_account: OTHER", "system account"},
		{`mappings { "a.*": b }, accounts { A { mappings { "a": "b.*" } } }`, "mapping"},
		{"authorization { users: [ { user: a, password: b, permissions { publish: \"a..b\" } } ] }", "a..b"},
	} {
		file := filepath.Join(t.TempDir(), "sinew.conf")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		code := server.Main([]string{"-c", file, "-t"}, io.Discard, &said)
		if wrong := c.complaint != ""; (code == 1) != wrong || !strings.Contains(said.String(), c.complaint) {
			t.Errorf("%s: exit code %d, %s", c.text, code, said.String())
		}
	}
}
