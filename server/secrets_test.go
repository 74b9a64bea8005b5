package server_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"
)

func TestLogNeverShowsSecrets(t *testing.T) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, _ := pair.PublicKey()
	config := "debug: true, trace: true, trace_verbose: true\n"
	r := start(t, config+userList(`{user: alice, password: "S3CRET-config"}`, "{nkey: "+public+"}"))

	connects := map[string]string{
		"right":        `CONNECT {"user":"alice","pass":"S3CRET-config","verbose":false}`,
		"wrong":        `CONNECT {"user":"alice","pass":"S3CRET-wrong"}`,
		"token":        `CONNECT {"auth_token":"S3CRET-token"}`,
		"jwt":          `CONNECT {"jwt":"S3CRET-jwt","sig":"S3CRET-sig"}`,
		"escaped":      `CONNECT {"user":"alice","pass":"\"S3CRET-quote\" \\"}`,
		"spaced":       "CONNECT\t{ \"user\" : \"alice\" , \"pass\"\t:   \"S3CRET-space\" }",
		"other case":   `CONNECT {"user":"alice","PASS":"S3CRET-case","Auth_Token":"S3CRET-case2"}`,
		"escaped key":  `CONNECT {"user":"alice","p\u0061ss":"S3CRET-key"}`,
		"number":       `CONNECT {"user":"alice","pass":98765432101234}`,
		"list":         `CONNECT {"user":"alice","pass":["S3CRET-list"],"auth_token":{"a":"S3CRET-object"}}`,
		"unterminated": `CONNECT {"user":"alice","pass":"S3CRET-open`,
		"no object":    `CONNECT "S3CRET-plain"`,
		"no JSON":      `CONNECT user=alice pass=S3CRET-text`,
		"lower case":   `connect {"user":"alice","pass":"S3CRET-lower"}`,
		"proxy":        `CONNECT {"user":"alice","pass":"x","proxy_sig":"S3CRET-proxy"}`,
		"twice":        `CONNECT {"pass":"S3CRET-first","pass":"S3CRET-second"}`,
	}
	for name, line := range connects {
		w := r.dial()
		w.say(line, "PING")
		if name == "right" {
			w.expect("PONG")
			w.say(strings.Replace(line, "config", "again", 1)) // a second CONNECT on the same connection
		}
		w.rest()
	}
	signed := r.dial()
	sig, err := pair.Sign([]byte(signed.hello.Nonce))
	if err != nil {
		t.Fatal(err)
	}
	signature := base64.RawURLEncoding.EncodeToString(sig)
	signed.connect(fmt.Sprintf(`"nkey":%q,"sig":%q`, public, signature))
	r.reload(config + `authorization {user: alice, password: "S3CRET-reloaded"}`)
	r.reload(config + `authorization {token: "S3CRET-reloaded-token"}`)
	r.write(config + `authorization {token: "S3CRET-broken"`)
	if r.Reload() == nil {
		t.Error("a broken file was taken")
	}

	log := r.logText()
	if !strings.Contains(log, "<<- [CONNECT {") {
		t.Fatal("nothing was traced")
	}
	for line := range strings.Lines(log) {
		for _, secret := range []string{"S3CRET", "98765432101234", signature} {
			if strings.Contains(line, secret) {
				t.Errorf("the log shows %s", line)
			}
		}
	}
}
