package tool_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
)

// whoami runs `sinew pub` and returns the account's user that the server took us for, or what went wrong.
func whoami(t *testing.T, users *nats.Subscription, args ...string) string {
	t.Helper()
	got := run(t, append([]string{"pub", "who", "x"}, args...)...)
	if got.code != 0 {
		return got.err
	}
	return next(t, users).Subject
}

// TestWhoWeAre: flags go before the environment, that before the context, and what says who we are is never mixed.
func TestWhoWeAre(t *testing.T) {
	folder := noContexts(t)
	key, seed := newNkey(t)
	// Each user's subject tells who published.
	mapped := func(user string) string {
		return fmt.Sprintf(`%s { users: [ %s ], mappings: { who: "is.%s" } }`, strings.ToUpper(user), map[string]string{
			"env": `{user: env, password: p}`, "ctx": `{user: ctx, password: p}`, "flag": `{user: flag, password: p}`,
			"nkey": `{nkey: ` + key + `}`,
		}[user], user)
	}
	config := "accounts {\n"
	for _, user := range []string{"env", "ctx", "flag", "nkey"} {
		config += mapped(user) + "\n"
	}
	address := startServer(t, config+"}")
	nowhere := freeAddress(t)
	for name, text := range map[string]string{
		"ctx":   fmt.Sprintf(`{"url":%q,"user":"ctx","password":"p"}`, address),
		"key":   fmt.Sprintf(`{"url":%q,"nkey":%q}`, address, seed),
		"both":  fmt.Sprintf(`{"url":%q,"user":"ctx","password":"p","nkey":%q,"token":"t"}`, address, seed),
		"other": fmt.Sprintf(`{"url":%q}`, nowhere),
	} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	watchers := make(map[string]*nats.Subscription)
	for _, user := range []string{"env", "ctx", "flag"} {
		watchers[user] = watch(t, client(t, address, nats.UserInfo(user, "p")), "is.*")
	}
	sign, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	watchers["nkey"] = watch(t, client(t, address, sign), "is.*")

	gone := `the selected context "gone" is gone; choose another with "sinew context select"`
	tests := []struct {
		name, selected string
		env            string
		args           string
		want           string // a user, or part of the error
	}{
		{"selected context", "ctx", "", "", "ctx"},
		{"selected context with a line end", "ctx\n", "", "", "ctx"},
		{"named context", "other", "", "--context ctx", "ctx"},
		{"context of the environment over the selected one", "other", "CONTEXT=ctx", "", "ctx"},
		{"named context over the environment", "", "CONTEXT=other", "--context ctx", "ctx"},
		{"URL of the environment over the context", "ctx", "URL=" + nowhere, "", "cannot reach nats://" + nowhere},
		{"server flag over all", "other", "URL=" + nowhere, "-s " + address + " --user flag --password p", "flag"},
		{"user of the environment over the context", "ctx", "USER=env PASSWORD=p", "", "env"},
		{"user flag over both", "ctx", "USER=env PASSWORD=wrong", "--user flag --password p", "flag"},
		{"user flag with the environment's password", "ctx", "USER=env PASSWORD=p", "--user flag", "flag"},
		{"user flag does not get the context's password", "ctx", "", "--user flag", "refused us"},
		{"nkey flag over the context's user", "ctx", "", "--nkey " + seed, "nkey"},
		{"nkey of the environment over the context's user", "ctx", "NKEY=" + seed, "", "nkey"},
		{"user flag over the nkey of the environment", "ctx", "NKEY=" + seed, "--user flag --password p", "flag"},
		{"user flag over the context's nkey", "key", "", "--user flag --password p", "flag"},
		{"nkey of the context", "key", "", "", "nkey"},
		{"the first of several in one context", "both", "", "", "ctx"},
		{"user in the URL over the context's", "ctx", "", "-s nats://flag:p@" + address, "flag"},
		{"user in the environment's URL over the context's", "key", "URL=nats://env:p@" + address, "", "env"},
		{"no context", "ctx", "", "--no-context -s " + address, "refused us"},
		{"no context, though the environment names one", "ctx", "CONTEXT=ctx", "--no-context -s " + address, "refused us"},
		{"both context flags", "", "", "--no-context --context ctx", "--context and --no-context exclude each other"},
		{"selected context is gone", "gone", "", "", gone},
		{"selected context is gone, but the server is named", "gone", "", "-s nats://flag:p@" + address, "flag"},
		{"two in the environment", "", "USER=env PASSWORD=p TOKEN=t", "", "--user, --token are all set"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			choose(t, folder, test.selected)
			for _, pair := range strings.Fields(test.env) {
				name, value, _ := strings.Cut(pair, "=")
				t.Setenv("NATS_"+name, value)
			}
			watcher, isUser := watchers[test.want]
			got := whoami(t, watcher, strings.Fields(test.args)...)
			if isUser && got != "is."+test.want || !isUser && !strings.Contains(got, test.want) {
				t.Errorf("gives %q, want %q", got, test.want)
			}
		})
	}
}

// choose writes the file that names the selected context, as it may come from anywhere.
func choose(t *testing.T, folder, name string) {
	t.Helper()
	path := filepath.Join(filepath.Dir(folder), "context.txt")
	if name == "" {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestContextThatNeedsOtherTools(t *testing.T) {
	folder := noContexts(t)
	address := startServer(t, "")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nsc":     `{"nsc":"nsc://O/A/U"}`,
		"windows": fmt.Sprintf(`{"url":%q,"windows_cert_store":"windowscurrentuser"}`, address),
		"proxy":   fmt.Sprintf(`{"url":%q,"socks_proxy":"http://hunter2@a"}`, address),
		"creds":   fmt.Sprintf(`{"url":%q,"creds":"nsc://O/A/U"}`, address),
	} {
		if err := os.WriteFile(filepath.Join(folder, name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct{ args, want string }{
		{"--context nsc", `sinew: context "nsc" asks nsc who we are (nsc://O/A/U), and sinew does not run nsc; write the credentials ` +
			`to a file with "nsc generate creds", and name it: sinew context add nsc --creds FILE`},
		{"--context nsc -s nats://u:p@" + address, "Published"},
		{"--context windows", "sinew: context \"windows\" takes its certificate from the Windows store, which sinew cannot read"},
		{"--context proxy", "sinew: --socks-proxy is not a URL like socks5://user:password@host:1080"},
		{"--context creds", "sinew: --creds: sinew does not run nsc to get nsc://O/A/U; write it to a file, and name that"},
	}
	for _, test := range tests {
		got := run(t, append([]string{"pub", "a", "x"}, strings.Fields(test.args)...)...)
		if !strings.HasPrefix(got.err, test.want) {
			t.Errorf("%s gives %q, want %q", test.args, got.err, test.want)
		}
	}
}
