package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// result is one figure of one workload over all rounds. A spread that is not known is left out of the JSON.
type result struct {
	Workload string `json:"workload"`
	Metric   metric `json:"metric"`
	Per      string `json:"per"` // what is counted, such as "message"

	OursEach      []float64 `json:"ours_each,omitempty"`
	ReferenceEach []float64 `json:"reference_each,omitempty"`
	Ours          spread    `json:"ours,omitzero"`
	Reference     spread    `json:"reference,omitzero"`
	Ratio         spread    `json:"ratio,omitzero"`

	Goal    string `json:"goal,omitempty"`
	Verdict string `json:"verdict,omitempty"`
	Error   string `json:"error,omitempty"` // the workload could not be measured
}

// IsZero keeps a spread without values, which JSON cannot write, out of the file.
func (s spread) IsZero() bool { return !s.known() }

// report is everything that goes into the file.
type report struct {
	Begun     time.Time `json:"begun"`
	Machine   string    `json:"machine"`
	Ours      string    `json:"ours"`
	Reference string    `json:"reference"`
	Rounds    int       `json:"rounds"`
	Duration  string    `json:"duration"`
	Results   []result  `json:"results"`
}

// add condenses the rounds of one workload, which counts things of the name per, into one result for each
// metric that either side gave.
func (r *report) add(workload, per string, ours, reference []measurement, err error) {
	if err != nil {
		r.Results = append(r.Results, result{
			Workload: workload, Metric: "–", Error: err.Error(),
			Ours: spreadOf(nil), Reference: spreadOf(nil), Ratio: spreadOf(nil),
		})
	}
	for _, m := range metricOrder {
		a, b := column(ours, m), column(reference, m)
		if len(a)+len(b) == 0 {
			continue
		}
		one := result{
			Workload: workload, Metric: m, Per: per,
			OursEach: a, ReferenceEach: b,
			Ours: spreadOf(a), Reference: spreadOf(b), Ratio: spreadOf(ratios(a, b)),
		}
		if g, ok := goalFor(workload, m); ok {
			one.Goal, one.Verdict = g.String(), g.verdict(one)
		}
		r.Results = append(r.Results, one)
	}
}

// column is one metric over the rounds.
func column(rounds []measurement, m metric) []float64 {
	var values []float64
	for _, round := range rounds {
		if v, ok := round[m]; ok {
			values = append(values, v)
		}
	}
	return values
}

// writeMarkdown prints the table: one row a figure, and below it how many goals are met.
func (r *report) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Ours: %s. Reference: %s. %s; %d rounds of %s.\n\n", r.Ours, r.Reference, r.Machine, r.Rounds, r.Duration)
	b.WriteString("| workload | figure | ours | reference | ratio (min to max) | goal | verdict |\n")
	b.WriteString("|---|---|--:|--:|--:|---|---|\n")
	met, missed := 0, []string(nil)
	for _, one := range r.Results {
		if one.Error != "" {
			fmt.Fprintf(&b, "| %s | – | | | | | not measured: %s |\n", one.Workload, cell(one.Error))
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", one.Workload, one.Metric.label(one.Per),
			one.Metric.median(one.Ours), one.Metric.median(one.Reference), ratioText(one.Ratio), one.Goal, one.Verdict)
		switch {
		case one.Verdict == "not met":
			missed = append(missed, one.Workload+" "+string(one.Metric))
		case one.Verdict != "":
			met++
		}
	}
	fmt.Fprintf(&b, "\nGoals met: %d of %d.", met, met+len(missed))
	if len(missed) > 0 {
		fmt.Fprintf(&b, " Not met: %s.", strings.Join(missed, ", "))
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// cell makes a text fit a cell of a Markdown table.
func cell(text string) string {
	return strings.NewReplacer("\n", "; ", "|", "\\|").Replace(text)
}

// writeJSON writes everything, single rounds included.
func (r *report) writeJSON(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the results: %w", err)
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// label says what the metric is, for things of which each is a `per`.
func (m metric) label(per string) string {
	switch m {
	case rate:
		return plural(per) + "/s"
	case cpu:
		return "server CPU / " + per
	case kept:
		return "rate kept by the others"
	case costs:
		return "CPU / " + per + " against before"
	case document:
		return "document"
	case memory:
		return "RssAnon / " + per
	case reloaded:
		return "SIGHUP to in force"
	case startup:
		return "exec to first PONG"
	case idleMemory:
		return "idle VmRSS"
	case binarySize:
		return "binary"
	default:
		return string(m)
	}
}

func plural(noun string) string {
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return stem + "ies"
	}
	return noun + "s"
}

// median is the middle value with its unit, or a dash.
func (m metric) median(s spread) string {
	if !s.known() {
		return "–"
	}
	return m.format(s.Median)
}

// format writes a value of the metric with its unit.
func (m metric) format(v float64) string {
	switch m {
	case cpu, p50, p99, p999:
		return significant(v) + " µs"
	case startup, document, reloaded:
		return significant(v) + " ms"
	case memory, idleMemory, binarySize:
		return scaled(v) + "B"
	case kept, costs:
		return significant(v)
	default:
		return strings.TrimSuffix(scaled(v), " ")
	}
}

func ratioText(s spread) string {
	if !s.known() {
		return "–"
	}
	return fmt.Sprintf("×%s (%s to %s)", significant(s.Median), significant(s.Min), significant(s.Max))
}

// scaled writes a number with k, M or G for thousands.
func scaled(v float64) string {
	for _, unit := range []struct {
		size   float64
		suffix string
	}{{1e9, " G"}, {1e6, " M"}, {1e3, " K"}} {
		if math.Abs(v) >= unit.size {
			return significant(v/unit.size) + unit.suffix
		}
	}
	return significant(v) + " "
}

// significant writes a number with three significant digits, and never in the form 1e+06.
func significant(v float64) string {
	if v == 0 {
		return "0"
	}
	decimals := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	return strconv.FormatFloat(v, 'f', decimals, 64)
}
