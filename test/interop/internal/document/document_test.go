package document

import (
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	rules := Rules{
		Names: map[string]string{"7": "alpha"}, Unordered: map[string]bool{"u": true},
		Numbers: map[string]bool{"n": true}, Ignored: map[string]bool{"x": true},
	}
	for in, want := range map[string]string{
		`no JSON`:           `no JSON`,
		`{"a":1,"b":[2,1]}`: `{"a":1,"b":[2,1]}`,
		`{"n":1.5,"x":null,"cid":7,"u":["b","a"]}`: `{"n":<NUMBER>,"cid":<alpha>,"u":["a","b"]}`,
		`{"cid":8}`: `{"cid":8}`,
		"{\n  \"uptime\": \"1m0s\",\n  \"a\": [\n    {},\n    []\n  ]\n}":           "{\n  \"uptime\": <UPTIME>,\n  \"a\": [\n    {},\n    []\n  ]\n}",
		`{"now":"2026-11-24T21:45:03.602513045Z","http_req_stats":{"/":1,"/x":12}}`: `{"now":<TIME>,"http_req_stats":{"/":<NUMBER>,"/x":<NUMBER>}}`,
	} {
		got, err := rules.Normalize([]byte(in))
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		`{"now":"2026-11-24T21:45:03+01:00"}`: "cannot parse",
		`{"now":5}`:                           "no text",
		`{"uptime":"1.5s"}`:                   "no UPTIME",
		`{"mem":"5"}`:                         "no number",
		`{"a": 1}`:                            "neither compact nor indented",
	} {
		if got, err := rules.Normalize([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s, %v", in, got, err)
		}
	}
}
