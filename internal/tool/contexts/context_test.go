package contexts_test

import (
	"bytes"
	"strings"
	"testing"

	"sinew.dev/sinew/internal/tool/contexts"
)

func TestSetAndText(t *testing.T) {
	tests := []struct{ key, value, want, err string }{
		{"url", "nats://a,nats://b", "nats://a,nats://b", ""},
		{"description", `<&> "é"`, `<&> "é"`, ""},
		{"password", "", "", ""},
		{"tls_first", "true", "true", ""},
		{"tls_first", "false", "", ""},
		{"tls_first", "maybe", "", `"tls_first" is not valid JSON`},
		{"tls_first", `"x"`, "", `"tls_first" must be true or false`},
		{"windows_ca_certs_match", `["a"]`, `["a"]`, ""},
		{"windows_ca_certs_match", `[1]`, "", `"windows_ca_certs_match" must be a list of texts`},
		{"colour", "red", "", `a context has no "colour"`},
	}
	for _, test := range tests {
		c := &contexts.Context{}
		err := c.Set(test.key, test.value)
		if got := text(err); got != test.err {
			t.Errorf("setting %s to %s: error %q, want %q", test.key, test.value, got, test.err)
		}
		if got := c.Text(test.key); got != test.want {
			t.Errorf("%s is %q after setting %q, want %q", test.key, got, test.value, test.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestFormatHasEveryKeyAndKeepsUnknownOnes(t *testing.T) {
	c, err := contexts.Parse([]byte(`{"zebra": {"a":[1, 2]}, "user":"u", "apple": null, "tls_first": true}`))
	if err != nil {
		t.Fatal(err)
	}
	got := string(c.Format())
	for _, key := range contexts.Keys {
		if !strings.Contains(got, "\n  \""+key.Name+"\": ") {
			t.Errorf("%s is missing in\n%s", key.Name, got)
		}
	}
	for _, part := range []string{`"user": "u"`, `"tls_first": true`, `"windows_ca_certs_match": null`, `"zebra": {`, `"apple": null`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is missing in\n%s", part, got)
		}
	}
	if strings.Index(got, `"apple"`) > strings.Index(got, `"zebra"`) {
		t.Error("unknown keys are not sorted")
	}
}

func TestParseRefusesWhatTheNatsToolCannotRead(t *testing.T) {
	tests := []struct{ text, want string }{
		{`{"url": 1}`, `"url" must be a text`},
		{`{"tls_first": "yes"}`, `"tls_first" must be true or false`},
		{`{"windows_ca_certs_match": "x"}`, `"windows_ca_certs_match" must be a list of texts`},
		{`[]`, "json: cannot unmarshal"},
		{`{"user":`, "unexpected end of JSON input"},
		{``, "unexpected end of JSON input"},
	}
	for _, test := range tests {
		if _, err := contexts.Parse([]byte(test.text)); !strings.HasPrefix(text(err), test.want) {
			t.Errorf("%s gives %q, want %q", test.text, text(err), test.want)
		}
	}
}

const (
	seed  = "SUAPUHZFBP6NPQS4EPKXHPNXHGSUHYBXC7OOYWGKGJYMGZCCWHNPXJQ5CQ"
	token = "eyJ0eXAiOiJKV1QifQ.e30.AA"
)

func TestSecretsAreNotPublic(t *testing.T) {
	tests := []struct{ key, value, want string }{
		{"password", "hunter2", "********"},
		{"token", "hunter2", "********"},
		{"user", "joe", "joe"},
		{"url", "nats://u:hunter2@a:1, nats://hunter2@b", "nats://a:1, nats://b"},
		{"socks_proxy", "socks5://u:hunter2@a:1", "socks5://a:1"},
		{"creds", "/home/joe/a.creds", "/home/joe/a.creds"},
		{"creds", "env://CREDS", "env://CREDS"},
		{"creds", "data:;base64,aHVudGVyMg==", "embedded"},
		{"nkey", "data:;base64,aHVudGVyMg==", "embedded"},
		{"nkey", seed, "********"},
		{"user_seed", seed, "********"},
		{"user_jwt", token, "********"},
		{"user_jwt", "/home/joe/a.jwt", "/home/joe/a.jwt"},
	}
	for _, test := range tests {
		c := &contexts.Context{}
		if err := c.Set(test.key, test.value); err != nil {
			t.Fatal(err)
		}
		for _, key := range contexts.Keys {
			if key.Name == test.key && c.Public(key) != test.want {
				t.Errorf("%s %q is shown as %q, want %q", test.key, test.value, c.Public(key), test.want)
			}
		}
		if got := c.Redacted(); got.Text(test.key) != test.want {
			t.Errorf("%s %q is redacted to %q, want %q", test.key, test.value, got.Text(test.key), test.want)
		}
		if c.Text(test.key) != test.value {
			t.Errorf("redacting changed %s", test.key)
		}
	}
}

func TestRedactedLeavesUnknownKeysOut(t *testing.T) {
	c, err := contexts.Parse([]byte(`{"mystery":"hunter2","tls_first":true}`))
	if err != nil {
		t.Fatal(err)
	}
	got := string(c.Redacted().Format())
	if strings.Contains(got, "hunter2") || !strings.Contains(got, `"tls_first": true`) {
		t.Errorf("redacted is\n%s", got)
	}
}

// FuzzParse: what is read can be written and read again, and is the same.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`{}`, `null`, `{"url":"a","x":[{"y":1e3}]}`, `{"tls_first":null,"url":null}`, `{"":"\u0000\ud800"}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := contexts.Parse(text)
		if err != nil {
			return
		}
		once := c.Format()
		again, err := contexts.Parse(once)
		if err != nil {
			t.Fatalf("cannot read what was written: %v\n%s", err, once)
		}
		if twice := again.Format(); !bytes.Equal(once, twice) {
			t.Errorf("written differently the second time:\n%s\n%s", once, twice)
		}
		for _, key := range contexts.Keys {
			if c.Text(key.Name) != again.Text(key.Name) {
				t.Errorf("%s changed from %q to %q", key.Name, c.Text(key.Name), again.Text(key.Name))
			}
		}
		c.Redacted().Format()
	})
}
