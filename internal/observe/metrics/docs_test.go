package metrics_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/observe/metrics"
)

// namePattern finds metrics in the documentation; "gnatsd_varz_*" means some.
var namePattern = regexp.MustCompile(`\b(?:gnatsd|jetstream|sinew|go|process)_[a-z_]*[a-z*]`)

func TestDocumentationNamesWhatIsThere(t *testing.T) {
	text, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	s := &source{connections: crowd(1), operations: metrics.Operations{Closed: map[string]uint64{"Stale Connection": 1}}}
	_, page := scrape(t, newHandler(s), "/metrics?connz_detailed=1")
	found := families(t, page)
	documented := namePattern.FindAllString(string(text), -1)
	for _, name := range documented {
		if prefix, some := strings.CutSuffix(name, "*"); some {
			if !strings.Contains(page, "\n"+prefix) {
				t.Errorf("there is nothing like %s", name)
			}
		} else if found[name] == nil && !strings.HasPrefix(name, "process_") { // not every system tells of processes
			t.Errorf("%s is documented and not there", name)
		}
	}
	for name := range found {
		if strings.HasPrefix(name, "sinew_") && !strings.Contains(string(text), "| `"+name+"` |") {
			t.Errorf("%s is not documented", name)
		}
	}
}
