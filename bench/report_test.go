//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReportJudgesTheMedians(t *testing.T) {
	var r report
	r.add("pub-4096", "message",
		[]measurement{{rate: 100, cpu: 2}, {rate: 150, cpu: 2}, {rate: 400, cpu: 4}},
		[]measurement{{rate: 100, cpu: 1}, {rate: 100, cpu: 1}, {rate: 100, cpu: 1}}, nil)
	r.add("idle-conn-portable", "connection", []measurement{{memory: 5000}}, nil, nil)
	r.add("headers", "message", nil, nil, errors.New("broken | twice\nover"))
	var text strings.Builder
	if err := r.writeMarkdown(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| pub-4096 | messages/s | 150 | 100 | ×1.50 (1.00 to 4.00) | ≥ ×1.00 (×1.30) | met, and the stretch goal |\n",
		"| pub-4096 | server CPU / message | 2.00 µs | 1.00 µs | ×2.00 (2.00 to 4.00) | ≤ ×1.00 (×0.630) | not met |\n",
		"| idle-conn-portable | RssAnon / connection | 5.00 KB | – | – | ≤ 6.00 KB | met |\n",
		"| headers | – | | | | | not measured: broken \\| twice; over |\n",
		"Goals met: 2 of 3. Not met: pub-4096 cpu.",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, text.String())
		}
	}
	path := filepath.Join(t.TempDir(), "result.json")
	if err := r.writeJSON(path); err != nil {
		t.Fatal(err)
	}
	checkJSON(t, path, len(r.Results))
}

func checkJSON(t *testing.T, path string, results int) {
	t.Helper()
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(written, &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Results) != results || back.Results[0].Ratio.Max != 4 || len(back.Results[0].OursEach) != 3 {
		t.Errorf("read back %+v", back.Results)
	}
}

func TestEveryGoalHasItsWorkload(t *testing.T) {
	names := map[string]bool{}
	for _, w := range workloads() {
		if names[w.name] {
			t.Errorf("two workloads are named %s", w.name)
		}
		names[w.name] = true
	}
	for _, g := range goals {
		if !names[g.workload] {
			t.Errorf("the goal %v is for %s, which does not exist", g, g.workload)
		}
	}
}

func TestNumbersKeepThreeDigits(t *testing.T) {
	for _, c := range []struct {
		metric metric
		value  float64
		want   string
	}{
		{rate, 1_234_567, "1.23 M"},
		{rate, 12, "12.0"},
		{rate, 0, "0"},
		{cpu, 0.05512, "0.0551 µs"},
		{p99, 12345, "12345 µs"},
		{memory, 430.2, "430 B"},
		{memory, -2048, "-2.05 KB"},
		{binarySize, 2.4e7, "24.0 MB"},
	} {
		if got := c.metric.format(c.value); got != c.want {
			t.Errorf("%s %v is written %q, want %q", c.metric, c.value, got, c.want)
		}
	}
}
