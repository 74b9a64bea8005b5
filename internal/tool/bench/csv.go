package bench

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// csvHeader names the columns of WriteCSV. Times are in microseconds.
var csvHeader = []string{
	"subject", "payload_bytes", "role", "client", "messages", "seconds", "msgs_per_s", "bytes_per_s",
	"lost", "repeated", "foreign", "timeouts", "reconnects",
	"samples", "min_us", "p50_us", "p90_us", "p99_us", "p99_9_us", "max_us",
}

// WriteCSV writes reports as a table with a header: for each role a line for all its clients together (client "all"), which
// has the counts and latencies of the whole run, and one for each client, numbered from 1, if there are several.
func WriteCSV(w io.Writer, reports []Report) error {
	table := csv.NewWriter(w)
	if err := table.Write(csvHeader); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for _, r := range reports {
		for _, role := range []struct {
			name string
			rate *Rate
		}{{"publish", r.Published}, {"receive", r.Received}, {"request", r.Requests}} {
			if role.rate == nil {
				continue
			}
			if err := table.WriteAll(r.csvLines(role.name, role.rate)); err != nil {
				return fmt.Errorf("write CSV: %w", err)
			}
		}
	}
	table.Flush()
	return table.Error()
}

func (r Report) csvLines(role string, rate *Rate) [][]string {
	whole := append(r.csvRate(role, "all", rate),
		count(r.Lost), count(r.Repeated), count(r.Foreign), count(r.Timeouts), count(int64(r.Reconnects)))
	lines := [][]string{padded(append(whole, r.Latency.csv()...))}
	for i := range rate.Each {
		lines = append(lines, padded(r.csvRate(role, strconv.Itoa(i+1), &rate.Each[i])))
	}
	return lines
}

func (r Report) csvRate(role, client string, rate *Rate) []string {
	return []string{
		r.Subject, strconv.Itoa(r.PayloadBytes), role, client, count(rate.Messages),
		decimal(rate.Seconds, 6), decimal(rate.MessagesPerSecond, 1), decimal(rate.BytesPerSecond, 1),
	}
}

func (l *Latency) csv() []string {
	if l == nil {
		return nil
	}
	cells := []string{count(l.Samples)}
	for _, d := range []time.Duration{l.Min, l.P50, l.P90, l.P99, l.P999, l.Max} {
		cells = append(cells, decimal(float64(d)/1e3, 3))
	}
	return cells
}

// padded fills up a line with empty cells.
func padded(cells []string) []string {
	return append(cells, make([]string, len(csvHeader)-len(cells))...)
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

func decimal(x float64, digits int) string { return strconv.FormatFloat(x, 'f', digits, 64) }
