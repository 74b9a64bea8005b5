package sysevents

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
)

func TestFilters(t *testing.T) {
	info := &ServerInfo{Name: "nats-one", Host: "10.1.2.3", Cluster: "east", Domain: "hub", Tags: []string{"az:1", "gpu"}}
	for _, c := range []struct {
		options EventFilterOptions
		want    bool
	}{
		{EventFilterOptions{}, true},
		{EventFilterOptions{Name: "one"}, true},
		{EventFilterOptions{Name: "One"}, false},
		{EventFilterOptions{Name: "one", ExactMatch: true}, false},
		{EventFilterOptions{Name: "nats-one", ExactMatch: true}, true},
		{EventFilterOptions{Name: "one", Cluster: "west"}, false},
		{EventFilterOptions{Cluster: "ea"}, true},
		{EventFilterOptions{Host: "10.1"}, true},
		{EventFilterOptions{Host: "10.1", ExactMatch: true}, false},
		{EventFilterOptions{Tags: []string{"GPU"}}, true},
		{EventFilterOptions{Tags: []string{"gp"}}, false},
		{EventFilterOptions{Tags: []string{"gpu", "az:1"}}, true},
		{EventFilterOptions{Tags: []string{"gpu", "az:2"}}, false},
		{EventFilterOptions{Domain: "hub"}, true},
		{EventFilterOptions{Domain: "hu"}, false},
	} {
		if got := c.options.fits(info); got != c.want {
			t.Errorf("%+v fits: %v", c.options, got)
		}
	}
	if (&EventFilterOptions{Cluster: "x"}).fits(&ServerInfo{}) {
		t.Error("a server without a cluster fits one")
	}
}

func TestErrorsNameWhatDoesNotFit(t *testing.T) {
	for body, want := range map[string]string{
		`{"limit":"x"}`: "json: cannot unmarshal string into Go struct field ConnzEventOptions.ConnzOptions.limit of type int",
		`{"host":5}`:    "json: cannot unmarshal number into Go struct field ConnzEventOptions.EventFilterOptions.host of type string",
		`[]`:            "json: cannot unmarshal array into Go value of type server.ConnzEventOptions",
		`{bad`:          "invalid character 'b' looking for beginning of object key string",
		`{}`:            "",
		`null`:          "",
		``:              "",
	} {
		got := ""
		if err := parse([]byte(body), &ConnzEventOptions{}); err != nil {
			got = describe(err)
		}
		if got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}

func TestCompress(t *testing.T) {
	body := []byte(strings.Repeat("a document ", 1000))
	plain := func(r io.Reader) (io.Reader, error) { return r, nil }
	gunzip := func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	snappy := func(r io.Reader) (io.Reader, error) { return s2.NewReader(r), nil }
	for accept, c := range map[string]struct {
		encoding string
		open     func(io.Reader) (io.Reader, error)
	}{
		"gzip": {"gzip", gunzip}, "GZip;q=0.5": {"gzip", gunzip}, "snappy": {"snappy", snappy}, "s2": {"snappy", snappy},
		"gzip, s2": {"snappy", snappy}, "br": {"identity", plain},
	} {
		header, out := compress([]byte("NATS/1.0\r\nAccept-Encoding: "+accept+"\r\n\r\n"), body)
		if want := "NATS/1.0\r\nContent-Encoding: " + c.encoding + "\r\n\r\n"; string(header) != want {
			t.Errorf("%s: header %q", accept, header)
		}
		r, err := c.open(bytes.NewReader(out))
		if err != nil {
			t.Fatalf("%s: %v", accept, err)
		}
		if back, err := io.ReadAll(r); err != nil || !bytes.Equal(back, body) {
			t.Errorf("%s: %d bytes come back: %v", accept, len(back), err)
		}
	}
	for _, header := range []string{"", "NATS/1.0\r\nOther: gzip\r\n\r\n", "NATS/1.0\r\nAccept-Encoding:\r\n\r\n"} {
		if got, out := compress([]byte(header), body); got != nil || !bytes.Equal(out, body) {
			t.Errorf("%q: header %q", header, got)
		}
	}
}
