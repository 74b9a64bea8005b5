package server

import (
	"slices"
	"strings"
	"testing"
)

func TestCommandLineShowsNoSecrets(t *testing.T) {
	for line, want := range map[string]string{
		"sinew -p 5 --user a --pass b":             "sinew -p 5 --user [REDACTED] --pass [REDACTED]",
		"sinew --user=a -pass=b=c -auth d":         "sinew --user=[REDACTED] -pass=[REDACTED] -auth [REDACTED]",
		"sinew --pass --auth x":                    "sinew --pass [REDACTED] x",
		"sinew --pass":                             "sinew --pass",
		"sinew -c pass --config=auth.conf":         "sinew -c pass --config=auth.conf",
		"sinew -r udp://a:b@h:1 x@y":               "sinew -r udp://[REDACTED]@h:1 x@y",
		"sinew --routes=nats://a:b@h,tls://c@d/@e": "sinew --routes=nats://[REDACTED]@h,tls://[REDACTED]@d/@e",
		"sinew --routes nats://a:b@c@h:1":          "sinew --routes nats://[REDACTED]@h:1",
	} {
		args := strings.Fields(line)
		before := slices.Clone(args)
		if got := strings.Join(withoutSecrets(args), " "); got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
		if !slices.Equal(args, before) {
			t.Errorf("%s: changed", line)
		}
	}
}
