package contexts_test

import (
	"testing"

	"sinew.dev/sinew/internal/tool/contexts"
)

func TestPublicURLs(t *testing.T) {
	tests := []struct{ servers, want string }{
		{"localhost", "nats://localhost"},
		{"nats://localhost:4222", "nats://localhost:4222"},
		{"tls://u:p@a:1, t@b", "tls://a:1, nats://b"},
		{"nats://u:p@ss@[::1]:4222", "nats://[::1]:4222"},
	}
	for _, test := range tests {
		if got := contexts.PublicURLs(test.servers); got != test.want {
			t.Errorf("%q is shown as %q, want %q", test.servers, got, test.want)
		}
	}
}
