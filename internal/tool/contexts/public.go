package contexts

import (
	"encoding/json"
	"strings"
)

// hidden stands for a secret.
const hidden = "********"

// embedded is how a value begins that holds the file itself, and not the file's name.
const embedded = "data:"

// fileKeys are the keys whose value names a file, or is one.
var fileKeys = map[string]bool{
	"creds": true, "nkey": true, "user_jwt": true, "user_seed": true, "cert": true, "key": true, "ca": true,
}

// Public is the value of a key as it may be shown.
func (c *Context) Public(key Key) string {
	text := c.Text(key.Name)
	switch {
	case text == "":
		return ""
	case key.Secret:
		return hidden
	case fileKeys[key.Name]:
		return publicFile(key.Name, text)
	case key.Name == "url" || key.Name == "socks_proxy":
		return PublicURLs(text)
	}
	return text
}

// publicFile hides what is not the name of a file.
func publicFile(key, text string) string {
	if strings.HasPrefix(text, embedded) {
		return "embedded"
	}
	// The nats tool takes a JWT or a seed itself in place of the file's name.
	if key == "user_jwt" && strings.HasPrefix(text, "eyJ") || key != "cert" && isSeed(text) {
		return hidden
	}
	return text
}

// isSeed tells whether text is the seed of an nkey: base32, beginning with S.
func isSeed(text string) bool {
	const seedLength = 58
	return len(text) == seedLength && text[0] == 'S' && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// PublicURLs is a list of server URLs, separated by commas, without what should not be shown: users, passwords and
// tokens.
func PublicURLs(servers string) string {
	list := strings.Split(servers, ",")
	for i, server := range list {
		scheme, rest, ok := strings.Cut(strings.TrimSpace(server), "://")
		if !ok {
			scheme, rest = "nats", strings.TrimSpace(server)
		}
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			rest = rest[at+1:]
		}
		list[i] = scheme + "://" + rest
	}
	return strings.Join(list, ", ")
}

// Redacted is a copy of c in which nothing is secret any more. Keys we do not know are left out: who can say what
// they hold.
func (c *Context) Redacted() *Context {
	public := &Context{values: make(map[string]json.RawMessage)}
	for _, key := range Keys {
		if text := c.Text(key.Name); key.absent != "" && text != "" {
			public.values[key.Name] = c.values[key.Name]
		} else if key.absent == "" {
			public.values[key.Name] = quote(c.Public(key))
		}
	}
	return public
}
