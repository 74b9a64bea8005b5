package main

import (
	"strings"
	"testing"
)

func TestIsServer(t *testing.T) {
	tests := []struct {
		line string
		want bool
	}{
		{"", true},
		{"sinew", true},
		{"sinew -p 4222", true},
		{"sinew --config sinew.conf", true},
		{"sinew --help", true},
		{"sinew help", false},
		{"sinew pub -s nats://example.com a b", false},
		{"sinew version", false},
		{"sinew __complete pub", false},
		{"nats-server", true},
		{"/usr/local/bin/nats-server help", true},
		{"nats-server.exe pub", true},
		{"my-nats-server pub", false},
	}
	for _, test := range tests {
		if got := isServer(strings.Fields(test.line)); got != test.want {
			t.Errorf("isServer(%q) = %v, want %v", test.line, got, test.want)
		}
	}
}
