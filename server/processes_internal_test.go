//go:build unix

package server

import (
	"errors"
	"slices"
	"testing"
)

func TestTargets(t *testing.T) {
	var none []int
	for _, c := range []struct {
		target  string
		running []int
		want    []int
		err     string
	}{
		{"12", none, []int{12}, ""},
		{"", []int{7}, []int{7}, ""},
		{"", none, nil, "no nats-server processes running"},
		{"", []int{7, 70, 8}, nil, "multiple nats-server processes running:\n7\n70\n8"},
		{"*", []int{7, 70, 8}, []int{7, 70, 8}, ""},
		{"7*", []int{7, 70, 8}, []int{7, 70}, ""},
		{"70*", []int{7, 70, 8}, []int{70}, ""},
		{"9*", []int{7, 70, 8}, nil, "no nats-server processes running"},
		{"*", none, nil, "no nats-server processes running"},
		{"x*", []int{7}, nil, "invalid pid: x"},
		{"-7*", []int{7}, nil, "invalid pid: -7"},
	} {
		got, err := targets(c.target, func() ([]int, error) { return c.running, nil })
		if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) || err == nil && !slices.Equal(got, c.want) {
			t.Errorf("%q of %d: %d, %v", c.target, c.running, got, err)
		}
	}
	if _, err := targets("", func() ([]int, error) { return nil, errors.New("no /proc") }); err == nil {
		t.Error("a list that cannot be had is no error")
	}
}

func TestIsServer(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want bool
	}{
		{"nats-server", []string{"nats-server", "anything"}, true},
		{"sinew", []string{"sinew"}, true},
		{"sinew", []string{"./sinew", "-c", "x"}, true},
		{"sinew", []string{"sinew", "dev"}, true},
		{"sinew", []string{"sinew", "sub", ">"}, false},
		{"nats", []string{"nats"}, false},
		{"nats-server-conf", []string{"nats-server-config-reloader"}, false},
	} {
		if got := isServer(c.name, c.args); got != c.want {
			t.Errorf("%s %q: %v", c.name, c.args, got)
		}
	}
}
