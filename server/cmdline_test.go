package server

import (
	"slices"
	"strings"
	"testing"
)

func TestCommandLineIsShownWithoutSecrets(t *testing.T) {
	for in, want := range map[string]string{
		"sinew":                                                     "sinew",
		"sinew -c a.conf -DV -p 4222":                               "sinew -c a.conf -DV -p 4222",
		"sinew --user joe --pass S3CRET -D":                         "sinew --user joe --pass [REDACTED] -D",
		"sinew -pass=S3CRET --auth=S3CRET=x -p 1":                   "sinew -pass=[REDACTED] --auth=[REDACTED] -p 1",
		"sinew -auth -S3CRET -m 1":                                  "sinew -auth [REDACTED] -m 1",
		"sinew --routes nats://a:S3CRET@h:1,nats://S3CRET@h -V":     "sinew --routes nats://[REDACTED]@h:1,nats://[REDACTED]@h -V",
		"sinew -r=udp://u:S3CRET@h":                                 "sinew -r=udp://[REDACTED]@h",
		"app --db-password S3CRET --api-TOKEN=S3CRET --seed S3CRET": "app --db-password [REDACTED] --api-TOKEN=[REDACTED] --seed [REDACTED]",
		"sinew -pass":                                               "sinew -pass",
		"sinew -pass= x":                                            "sinew -pass= x",
		"-pass x":                                                   "-pass x",
	} {
		got := strings.Join(redactedArgs(strings.Fields(in)), " ")
		if got != want || strings.Contains(got, "S3CRET") {
			t.Errorf("%s: got %s", in, got)
		}
	}
	if got := redactedArgs(nil); !slices.Equal(got, []string{}) {
		t.Errorf("of nothing: %q", got)
	}
}
