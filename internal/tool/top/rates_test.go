package top

import (
	"testing"
	"time"
)

// TestRates gives one key's counters at some times, in milliseconds, and compares the rates.
func TestRates(t *testing.T) {
	epoch := time.Unix(1_700_000_000, 0)
	at := func(ms int) time.Time { return epoch.Add(time.Duration(ms) * time.Millisecond) }
	type sample struct {
		ms    int
		count int64   // negative: not on the page
		want  float64 // negative: not known
	}
	tests := []struct {
		name    string
		started int // ms
		samples []sample
	}{
		{"steady", -9000, []sample{{0, 100, -1}, {1000, 150, 50}, {2000, 350, 200}, {2500, 350, 0}}},
		{"born between samples", 600, []sample{{0, -1, 0}, {1000, 80, 80}, {2000, 100, 20}}},
		{"born before the first sample", -500, []sample{{0, 100, -1}, {1000, 100, 0}}},
		{"older, but new on the page", -9000, []sample{{0, -1, 0}, {1000, 80, -1}, {2000, 90, 10}}},
		{"samples too close are compared with the one before", -9000, []sample{
			{0, 0, -1}, {1000, 1000, 1000}, {1100, 1100, 1000}, {1200, 1200, 1000}, {2200, 1200, 200 / 1.2},
		}},
		{"two quick samples at the start", -9000, []sample{{0, 0, -1}, {100, 10, 100}, {1100, 110, 100}}},
		{"gone for a while", -9000, []sample{{0, 100, -1}, {1000, 200, 100}, {2000, -1, 0}, {3000, 400, 100}}},
		{"gone for long", -99000, []sample{{0, 100, -1}, {1000, 200, 100}, {20000, -1, 0}, {21000, 400, -1}}},
		{"counters fell", -9000, []sample{{0, 100, -1}, {1000, 200, 100}, {2000, 5, -1}, {3000, 10, 5}}},
		{"counters of another life", -9000, []sample{{0, 100, -1}, {1000, 200, 100}}},
		{"clock stands", -9000, []sample{{0, 100, -1}, {0, 200, -1}, {1000, 300, 200}}},
		{"clock goes back", -9000, []sample{{5000, 100, -1}, {1000, 200, -1}, {2000, 300, 100}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var tr tracker[int]
			for _, s := range test.samples {
				tr.begin(at(s.ms))
				if s.count < 0 {
					continue
				}
				got := -1.0
				if rates := tr.rates(7, at(test.started), Flow{OutMsgs: s.count}); rates != nil {
					got = rates.OutMsgs
				}
				if diff := got - s.want; diff > 1e-9 || diff < -1e-9 {
					t.Errorf("at %d ms with %d: %v a second, want %v", s.ms, s.count, got, s.want)
				}
			}
		})
	}
}

func TestRatesForgetWhatIsGone(t *testing.T) {
	var tr tracker[int]
	now := time.Unix(1_700_000_000, 0)
	for round := range 50 {
		now = now.Add(time.Second)
		tr.begin(now)
		for i := range 100 {
			tr.rates(round*100+i, time.Time{}, Flow{})
		}
	}
	if most := 100 * int(remembered/time.Second+1); len(tr.points) > most {
		t.Errorf("%d counters are kept, of which %d can be on a page or were lately", len(tr.points), most)
	}
}
