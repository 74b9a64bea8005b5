package metrics_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

// recorded is a family as the exporter was seen to have it; testdata/exporter.txt explains it.
type recorded struct{ name, kind, labels, needs, help string }

func recordedFamilies(t *testing.T) (list []recorded) {
	t.Helper()
	text, err := os.ReadFile("testdata/exporter.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 5 {
			t.Fatalf("not five columns: %q", line)
		}
		list = append(list, recorded{fields[0], fields[1], fields[2], fields[3], fields[4]})
	}
	return list
}

// withPrefix is a recorded name under the prefix that was asked for.
func withPrefix(name, prefix string) string {
	if prefix == "gnatsd" {
		return name
	}
	_, rest, _ := strings.Cut(name, "_")
	return prefix + "_" + rest
}

// ask is the parameter that asks for a prefix; without one the names are those of an exporter that was given none.
func ask(prefix string) string {
	if prefix == "gnatsd" {
		return ""
	}
	return "&prefix=" + prefix
}

func TestFamiliesAreTheExporters(t *testing.T) {
	for _, prefix := range []string{"gnatsd", "nats"} {
		t.Run(prefix, func(t *testing.T) {
			s := &source{connections: crowd(2)}
			_, text := scrape(t, newHandler(s), "/metrics?connz_detailed=1"+ask(prefix))
			found := families(t, text)
			known := map[string]bool{withPrefix("gnatsd_varz_http_req_stats_metrics", prefix): true} // the exporter has no such path to count
			for _, r := range recordedFamilies(t) {
				name := withPrefix(r.name, prefix)
				known[name] = true
				compare(t, name, r, found[name])
			}
			for name := range found {
				own := strings.HasPrefix(name, "sinew_") || strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_")
				if !own && !known[name] {
					t.Errorf("%s: the exporter has no such family", name)
				}
			}
		})
	}
}

func compare(t *testing.T, name string, want recorded, got *dto.MetricFamily) {
	t.Helper()
	switch {
	case want.needs != "-" && got != nil:
		t.Errorf("%s is there: the record says it needs %s", name, want.needs)
	case want.needs != "-":
	case got == nil:
		t.Errorf("%s is missing", name)
	default:
		if kind := strings.ToLower(got.GetType().String()); kind != want.kind {
			t.Errorf("%s: type %s, want %s", name, kind, want.kind)
		}
		if got.GetHelp() != want.help {
			t.Errorf("%s: help %q, want %q", name, got.GetHelp(), want.help)
		}
		sets := strings.Fields(want.labels)
		slices.Sort(sets)
		if have := labelSets(got); !slices.Equal(have, sets) {
			t.Errorf("%s: labels %q, want %q", name, have, sets)
		}
	}
}

// metricPattern finds the names in an expression: what is not a label, a function or a keyword.
var metricPattern = regexp.MustCompile(`\b(?:gnatsd|jetstream|nats)_[a-z_]+`)

func TestBoardsFindWhatTheyAskFor(t *testing.T) {
	text, err := os.ReadFile("testdata/boards.txt")
	if err != nil {
		t.Fatal(err)
	}
	absent := map[string]bool{} // what there is nothing to say about without streams
	for _, r := range recordedFamilies(t) {
		if r.needs == "jetstream" {
			absent[r.name], absent[withPrefix(r.name, "nats")] = true, true
		}
	}
	h := newHandler(&source{})
	board, asked := "", 0
	var found map[string]*dto.MetricFamily
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, prefix, ok := strings.Cut(line, ".json "); ok && strings.HasPrefix(line, "grafana") {
			board = name
			_, page := scrape(t, h, "/metrics?"+ask(prefix))
			found = families(t, page)
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		names := metricPattern.FindAllString(line, -1)
		if len(names) == 0 {
			t.Errorf("%s: no metric in %q", board, line)
		}
		for _, name := range names {
			asked++
			if found[name] == nil && !absent[name] {
				t.Errorf("%s asks for %s, which is not there", board, name)
			}
		}
	}
	if asked < 60 {
		t.Errorf("the boards ask for %d metrics only", asked)
	}
}
