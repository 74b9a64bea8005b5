package status_test

import (
	"slices"
	"testing"

	"sinew.dev/sinew/internal/observe/status"
)

// TestMappingsAreShownAsRecorded has what the reference showed for these mappings.
func TestMappingsAreShownAsRecorded(t *testing.T) {
	for _, c := range []struct {
		source string
		given  []status.MapDest
		want   []status.MapDest
	}{
		{"m.a", []status.MapDest{{"m.b", 100, ""}}, []status.MapDest{{"m.b", 100, ""}}},
		{"w", []status.MapDest{{"w1", 70, ""}}, []status.MapDest{{"w", 30, ""}, {"w1", 100, ""}}},
		{
			"x",
			[]status.MapDest{{"x1", 70, ""}, {"x2", 20, ""}},
			[]status.MapDest{{"x", 10, ""}, {"x2", 30, ""}, {"x1", 100, ""}},
		},
		{"y", []status.MapDest{{"y1", 50, ""}, {"y2", 50, ""}}, []status.MapDest{{"y1", 50, ""}, {"y2", 100, ""}}},
		{"z", []status.MapDest{{"z", 30, ""}, {"z1", 40, ""}}, []status.MapDest{{"z", 30, ""}, {"z1", 70, ""}}},
		{"ee", nil, []status.MapDest{{"ee", 100, ""}}},
		{
			"cl",
			[]status.MapDest{{"c1", 30, "X"}, {"c2", 30, "Y"}, {"c3", 20, "X"}, {"c4", 70, ""}},
			[]status.MapDest{
				{"cl", 30, ""},
				{"c4", 100, ""},
				{"c3", 20, "X"},
				{"c1", 50, "X"},
				{"cl", 100, "X"},
				{"c2", 30, "Y"},
				{"cl", 100, "Y"},
			},
		},
	} {
		given := slices.Clone(c.given)
		if got := status.ShowMapping(c.source, given); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.source, got, c.want)
		}
		if !slices.Equal(given, c.given) {
			t.Errorf("%s: what was given is changed: %v", c.source, given)
		}
	}
}

// TestAccountStatzChoosesAsRecorded has answers that the reference gave to its system service, for the same accounts.
func TestAccountStatzChoosesAsRecorded(t *testing.T) {
	conns := map[string]int{"SYS": 1, "$G": 0, "A": 2, "B": 1}
	source := status.AccountStatzSource{
		Names: func() []string { return []string{"SYS", "$G", "A", "B"} },
		Account: func(name string) *status.AccountStat {
			n, ok := conns[name]
			if !ok {
				return nil
			}
			return &status.AccountStat{Account: name, TotalConns: n}
		},
	}
	for _, c := range []struct {
		options status.AccountStatzOptions
		want    []string
	}{
		{status.AccountStatzOptions{}, []string{"SYS", "A", "B"}},
		{status.AccountStatzOptions{IncludeUnused: true}, []string{"SYS", "$G", "A", "B"}},
		{status.AccountStatzOptions{Accounts: []string{"B", "NO"}}, []string{"B"}},
		{status.AccountStatzOptions{Accounts: []string{"B", "NO", "SYS"}}, []string{"B", "SYS"}},
		{status.AccountStatzOptions{Accounts: []string{"NO"}, IncludeUnused: true}, []string{}},
		{status.AccountStatzOptions{Accounts: []string{"$G"}}, []string{}},
		{status.AccountStatzOptions{Accounts: []string{"$G", "B", "A", "B"}, IncludeUnused: true}, []string{"$G", "B", "A", "B"}},
	} {
		got := []string{}
		for _, stat := range c.options.Select(source).Accounts {
			got = append(got, stat.Account)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.options, got, c.want)
		}
	}
}
