package script

import (
	"strings"
	"testing"

	"sinew.dev/sinew/test/interop/internal/certs"
)

func TestEscapesReverse(t *testing.T) {
	for _, text := range []string{"", "plain", `a\r\nb`, `\t\\`, `\x00\x1f\x7f`, "grüße"} {
		data, err := unescape(text)
		if err != nil {
			t.Fatalf("unescape(%q): %v", text, err)
		}
		if back := escape(data); back != text {
			t.Errorf("escape(unescape(%q)) = %q", text, back)
		}
	}
	for _, text := range []string{`\`, `\x1`, `\xzz`, `\q`} {
		if _, err := unescape(text); err == nil {
			t.Errorf("unescape(%q) succeeds", text)
		}
	}
}

func TestParseRefusesWhatItDoesNotKnow(t *testing.T) {
	for name, text := range map[string]string{
		"no separator":   "# x\n",
		"unknown header": "colour: red\n----\n",
		"unknown step":   "# x\n----\nfrobnicate 1\n",
		"indented first": "# x\n----\n\tport: 1\n",
	} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%s: parsed", name)
		}
	}
}

func TestParseDropsResults(t *testing.T) {
	s, err := Parse("# x\nconfig:\n\tport: 1\n\ndebug\n----\n")
	if err == nil {
		t.Fatalf("an unindented line of a configuration is parsed: %+v", s)
	}
	s, err = Parse("# x\nconfig:\n\tport: 1\nneeds: a b\n----\nC2: PING\nS2: PONG\nreason 2\n= Client Closed\nreload\n\ta\n\tb\n")
	if err != nil {
		t.Fatal(err)
	}
	if s.Config != "port: 1\n" || len(s.Needs) != 2 || len(s.steps) != 3 {
		t.Errorf("parsed %+v", s)
	}
	if last := s.steps[2]; last.body != "a\nb\n" || last.raw != "reload\n\ta\n\tb" {
		t.Errorf("reload is %+v", last)
	}
}

func TestExpand(t *testing.T) {
	values := Values{Certs: certs.Dir{Path: "/certs"}}
	got, err := values.expand("${certs}/x ${repeat:ab:3} ${nkey:alice}", "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got, "/certs/x ababab U") {
		t.Errorf("expanded to %q", got)
	}
	if _, err := values.expand("${nothing}", ""); err == nil {
		t.Error("an unknown value expands")
	}
}

func TestFrameLines(t *testing.T) {
	for name, c := range map[string]struct {
		frame frame
		want  string
	}{
		"line":     {frame{line: "PONG"}, "PONG"},
		"message":  {frame{line: "MSG a 1 2", payload: []byte("\r\n")}, `MSG a * 2|\r\n`},
		"no blank": {frame{line: `INFO {"port":1}`}, `INFO {"port":1}`},
		"info": {
			frame{line: `INFO {"port":1,"sinew":"x","nonce":"AAAAAAAAAAAAAAA","a":"b"} `},
			"INFO {|  \"a\": \"b\",|  \"nonce\": \"<nonce>\",|  \"port\": \"<port>\"|}",
		},
		"short nonce": {frame{line: `INFO {"nonce":"AAAA"} `}, "INFO {|  \"nonce\": \"AAAA\"|}"},
		"event": {
			frame{line: "MSG a 1 40", payload: []byte(`{"server":{"seq":4},"ts":"2026-01-02T03:04:05.6Z"}`)},
			"MSG a * #||{|  \"server\": \"map[seq:<seq>]\",|  \"ts\": \"<time>\"|}",
		},
		"trace": {
			frame{line: "MSG a 1 40", payload: []byte(`{"request":{},"server":{"seq":4}}`)},
			"MSG a * #||{|  \"request\": {},|  \"server\": {|    \"seq\": \"<seq>\"|  }|}",
		},
		"document": {
			frame{line: "MSG a 1 40", payload: []byte(`{"id":"x","mem":1,"subscriptions":2,"bytes":301,"in_bytes":5,"exports":[],"l":[{"acc":"b"},{"acc":"a"}]}`)},
			"MSG a * #||{|  \"bytes\": \"<large>\",|  \"id\": \"x\",|  \"in_bytes\": 5,|  \"l\": [|    {|      \"acc\": \"a\"|    },|    " +
				"{|      \"acc\": \"b\"|    }|  ],|  \"mem\": \"<number>\",|  \"subscriptions\": \"<number>\"|}",
		},
	} {
		if got := strings.Join(c.frame.lines(masks{sids: true}), "|"); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestDiff(t *testing.T) {
	if diff := Diff("a\nb", "a\nb"); diff != "" {
		t.Errorf("equal texts differ: %q", diff)
	}
	if diff := Diff("a\nb\nc", "a\nx\nc"); diff != "  a\n- b\n+ x\n" {
		t.Errorf("got %q", diff)
	}
}
