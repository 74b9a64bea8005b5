package status_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

func TestDocumentsOfUnusedPartsAreAsRecorded(t *testing.T) {
	for name, make := range map[string]func(id string, now time.Time) any{
		"routez_off.json":   func(id string, now time.Time) any { return status.NoRoutes(id, "oracle", now) },
		"gatewayz_off.json": func(id string, now time.Time) any { return status.NoGateways(id, now) },
		"leafz_off.json":    func(id string, now time.Time) any { return status.NoLeafs(id, now) },
		"jsz_off.json":      func(id string, now time.Time) any { return status.NoJetStream(id, now) },
	} {
		want, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var server struct {
			ID  string    `json:"server_id"`
			Now time.Time `json:"now"`
		}
		if err := json.Unmarshal(want, &server); err != nil {
			t.Fatal(err)
		}
		if got := encode(t, make(server.ID, server.Now)); got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}
