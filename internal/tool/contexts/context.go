package contexts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Context is a saved connection: what its file says, key by key. Keys that this package does not know are kept. Its zero
// value is an empty context. It is not safe for concurrent use.
type Context struct {
	values map[string]json.RawMessage
}

// Key is one thing that a context may say.
type Key struct {
	// Name is the key in the file.
	Name string
	// Title is how people are told of it.
	Title string
	// Secret values are not shown. A URL and the value of a credential, which is a file's name or the file itself, are
	// no secrets of this kind: Public hides the part that is.
	Secret bool
	// absent is the value of a key that was not set, as JSON.
	absent string
}

// Keys are all keys, in the order of the file.
var Keys = []Key{
	{Name: "description", Title: "Description"},
	{Name: "url", Title: "Server URLs"},
	{Name: "socks_proxy", Title: "SOCKS5 proxy"},
	{Name: "token", Title: "Token", Secret: true},
	{Name: "user", Title: "User"},
	{Name: "password", Title: "Password", Secret: true},
	{Name: "creds", Title: "Credentials"},
	{Name: "nkey", Title: "NKEY"},
	{Name: "cert", Title: "Certificate"},
	{Name: "key", Title: "Private key"},
	{Name: "ca", Title: "Authorities"},
	{Name: "nsc", Title: "nsc profile"},
	{Name: "jetstream_domain", Title: "JetStream domain"},
	{Name: "jetstream_api_prefix", Title: "JetStream API prefix"},
	{Name: "jetstream_event_prefix", Title: "JetStream event prefix"},
	{Name: "inbox_prefix", Title: "Inbox prefix"},
	{Name: "user_jwt", Title: "User JWT"},
	{Name: "user_seed", Title: "User seed"},
	{Name: "color_scheme", Title: "Colour scheme"},
	{Name: "tls_first", Title: "TLS first", absent: "false"},
	{Name: "windows_cert_store", Title: "Windows store"},
	{Name: "windows_cert_match_by", Title: "Windows match by"},
	{Name: "windows_cert_match", Title: "Windows match"},
	{Name: "windows_ca_certs_match", Title: "Windows authorities", absent: "null"},
}

// Parse reads the text of a context's file.
func Parse(text []byte) (*Context, error) {
	c := &Context{}
	if err := json.Unmarshal(text, &c.values); err != nil {
		return nil, err
	}
	for _, key := range Keys {
		if err := checkType(key, c.values[key.Name]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// checkType refuses values of a type that the nats tool cannot read: it would not read the rest of the file either.
func checkType(key Key, raw json.RawMessage) error {
	if raw == nil || string(raw) == "null" {
		return nil
	}
	switch key.absent {
	case "false":
		if err := json.Unmarshal(raw, new(bool)); err != nil {
			return fmt.Errorf("%q must be true or false", key.Name)
		}
	case "null":
		if err := json.Unmarshal(raw, new([]string)); err != nil {
			return fmt.Errorf("%q must be a list of texts", key.Name)
		}
	default:
		if err := json.Unmarshal(raw, new(string)); err != nil {
			return fmt.Errorf("%q must be a text", key.Name)
		}
	}
	return nil
}

// Text is the value of a key as people write it: "" when it is absent or says nothing.
func (c *Context) Text(key string) string {
	raw := c.values[key]
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	switch s := string(raw); s {
	case "", "null", "false":
		return ""
	default:
		return s
	}
}

// Set gives a key its value. Lists are written as JSON.
func (c *Context) Set(key, value string) error {
	i := slices.IndexFunc(Keys, func(k Key) bool { return k.Name == key })
	if i < 0 {
		return fmt.Errorf("a context has no %q", key)
	}
	raw := json.RawMessage(value)
	if Keys[i].absent == "" {
		raw = quote(value)
	}
	if !json.Valid(raw) {
		return fmt.Errorf("%q is not valid JSON", key)
	}
	if err := checkType(Keys[i], raw); err != nil {
		return err
	}
	if c.values == nil {
		c.values = make(map[string]json.RawMessage)
	}
	c.values[key] = raw
	return nil
}

// quote is text as JSON. It leaves <, > and & alone: people edit these files.
func quote(text string) json.RawMessage {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(fmt.Sprintf("contexts: %q is a text without a JSON form: %v", text, err))
	}
	return bytes.TrimSpace(out.Bytes())
}

// Format is the text of the context's file: every key, also those that say nothing, so that an editor shows what there
// is; then the keys we do not know.
func (c *Context) Format() []byte {
	var out bytes.Buffer
	write := func(key string, raw json.RawMessage) {
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		out.Write(quote(key))
		out.WriteByte(':')
		out.Write(raw)
	}
	for _, key := range Keys {
		raw := c.values[key.Name]
		if raw == nil {
			raw = key.empty()
		}
		write(key.Name, raw)
	}
	for _, key := range c.unknown() {
		write(key, c.values[key])
	}
	var text bytes.Buffer
	if err := json.Indent(&text, slices.Concat([]byte{'{'}, out.Bytes(), []byte{'}'}), "", "  "); err != nil {
		panic(fmt.Sprintf("contexts: values that Parse or Set took are not JSON: %v", err))
	}
	text.WriteByte('\n')
	return text.Bytes()
}

func (k Key) empty() json.RawMessage {
	if k.absent == "" {
		return json.RawMessage(`""`)
	}
	return json.RawMessage(k.absent)
}

// unknown are the keys of c that are none of Keys, sorted.
func (c *Context) unknown() []string {
	var list []string
	for name := range c.values {
		if !slices.ContainsFunc(Keys, func(k Key) bool { return k.Name == name }) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}
