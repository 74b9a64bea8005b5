package examples

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"sinew.dev/sinew/internal/testkit/process"
)

// uses are the examples, each with a test that does what it is for.
var uses = map[string]func(t *testing.T){
	"minimal.conf":     useMinimal,
	"token.conf":       useToken,
	"users.conf":       useUsers,
	"nkeys.conf":       useNkeys,
	"accounts.conf":    useAccounts,
	"tls.conf":         useTLS,
	"mutual-tls.conf":  useMutualTLS,
	"mappings.conf":    useMappings,
	"logging.conf":     useLogging,
	"environment.conf": useEnvironment,
	"edge.conf":        useEdge,
	"docker.conf":      useDocker,
	"kubernetes.conf":  useKubernetes,
	"production.conf":  useProduction,
}

func TestExamples(t *testing.T) {
	for _, file := range slices.Sorted(maps.Keys(uses)) {
		t.Run(file, uses[file])
	}
}

// TestEveryExampleIsUsed compares the files, the tests and README.md.
func TestEveryExampleIsUsed(t *testing.T) {
	files, err := filepath.Glob("*.conf")
	if err != nil {
		t.Fatal(err)
	}
	listed := commands(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(text, []byte("# Included by ")) {
			continue
		}
		if uses[file] == nil {
			t.Errorf("no test uses %s", file)
		}
		command := listed[file]
		if command == "" {
			t.Errorf("README.md has no row for %s", file)
		}
		// The file itself says the same, for those who open only it.
		if last := command[strings.LastIndex(command, "& ")+1:]; !bytes.Contains(text, []byte("#   "+strings.TrimSpace(last))) {
			t.Errorf("%s does not have the command that README.md has: %s", file, last)
		}
	}
	for file := range listed {
		if !slices.Contains(files, file) {
			t.Errorf("README.md lists %s, which is not there", file)
		}
	}
}

func useMinimal(t *testing.T) {
	start(t, "minimal.conf")
	roundTrip(t, connect(t, plain), "greet.joe")
	if port := page(t, "/varz")["port"]; port != 4222.0 {
		t.Errorf("/varz has port %v", port)
	}
}

func useToken(t *testing.T) {
	start(t, "token.conf")
	roundTrip(t, connect(t, plain, nats.Token("s3cret-token")), "greet.joe")
	refuse(t, plain)
	refuse(t, plain, nats.Token("another"))
}

func useUsers(t *testing.T) {
	start(t, "users.conf")
	alice := connect(t, plain, nats.UserInfo("alice", "s3cret-of-alice"))
	orders := listen(t, alice, "orders.*")
	feedback := listen(t, alice, "feedback.>")
	send(t, alice, "orders.1")
	next(t, orders)

	guest := connect(t, plain)
	send(t, guest, "feedback.guest")
	next(t, feedback)
	_ = guest.Publish("orders.1", nil)
	denied(t, guest)
	nothing(t, alice, orders)

	worker := connect(t, plain, nats.UserInfo("worker", "s3cret-of-worker"))
	if _, err := worker.QueueSubscribe("orders.*", "workers", func(m *nats.Msg) { _ = m.Respond(nil) }); err != nil {
		t.Fatal(err)
	}
	flush(t, worker)
	if _, err := alice.Request("orders.2", nil, process.Patience); err != nil {
		t.Errorf("a request to the worker: %v", err)
	}
	_ = worker.Publish("orders.3", nil)
	denied(t, worker)

	auditor := connect(t, plain, nats.UserInfo("auditor", "s3cret-of-auditor"))
	all := listen(t, auditor, ">")
	send(t, alice, "secret.1")
	send(t, alice, "open.1")
	if got := next(t, all); got != "open.1" {
		t.Errorf("the auditor saw %s", got)
	}
	refuse(t, plain, nats.UserInfo("alice", "guessed"))
}

// ownKey makes a user's key and returns its public key and the option of a client that has it.
func ownKey(t *testing.T) (public string, option nats.Option) {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = pair.PublicKey(); err != nil {
		t.Fatal(err)
	}
	return public, nats.Nkey(public, pair.Sign)
}

// exampleKey is the public key in the examples, which nobody has the seed of: users replace it, and so do the tests.
const exampleKey = "UD2DQQJ7C3IGKKDMG4TLFKZSI2365VARD6BO6K2QBL6LDY2GXESEUV6Y"

func useNkeys(t *testing.T) {
	public, key := ownKey(t)
	start(t, "nkeys.conf", exampleKey, public)
	nc := connect(t, plain, key)
	orders := listen(t, nc, "orders.>")
	send(t, nc, "orders.1")
	next(t, orders)
	_ = nc.Publish("other", nil)
	denied(t, nc)
	_, strangers := ownKey(t)
	refuse(t, plain, strangers)
	refuse(t, plain)
}

func useAccounts(t *testing.T) {
	start(t, "accounts.conf")
	shop := connect(t, plain, nats.UserInfo("shop", "s3cret-of-shop"))
	lab := connect(t, plain, nats.UserInfo("lab", "s3cret-of-lab"))
	orders := listen(t, shop, "orders.>")
	send(t, lab, "orders.1")
	nothing(t, shop, orders)
	send(t, shop, "orders.2")
	if got := next(t, orders); got != "orders.2" {
		t.Errorf("the shop received %s", got)
	}
	_ = lab.Publish("danger.1", nil)
	denied(t, lab)
	if n := page(t, "/connz?acc=SHOP&auth=1")["num_connections"]; n != 1.0 {
		t.Errorf("%v connections of SHOP, want 1", n)
	}
	if shop.MaxPayload() != 256<<10 {
		t.Errorf("the shop may send %d bytes, want those of its account", shop.MaxPayload())
	}
}

func useTLS(t *testing.T) {
	r := start(t, "tls.conf")
	roundTrip(t, connect(t, encrypted, r.certificates(t, true)), "orders.1")
	refuse(t, encrypted, r.certificates(t, false))
	refuse(t, plain)
}

func useMutualTLS(t *testing.T) {
	r := start(t, "mutual-tls.conf")
	nc := connect(t, encrypted, r.certificates(t, true))
	orders := listen(t, nc, "orders.>")
	send(t, nc, "orders.1")
	next(t, orders)
	_ = nc.Publish("other", nil)
	denied(t, nc)
	refuse(t, encrypted, r.certificates(t, false))
}

func useMappings(t *testing.T) {
	start(t, "mappings.conf")
	nc := connect(t, plain)
	all := listen(t, nc, ">")
	send(t, nc, "legacy.eu.42")
	if got := next(t, all); got != "orders.42.eu" {
		t.Errorf("legacy.eu.42 arrives as %s", got)
	}
	send(t, nc, "orders.7")
	first := next(t, all)
	if !regexp.MustCompile(`^orders\.7\.[0-2]$`).MatchString(first) {
		t.Errorf("orders.7 arrives as %s", first)
	}
	send(t, nc, "orders.7")
	if again := next(t, all); again != first {
		t.Errorf("orders.7 arrives as %s, then as %s", first, again)
	}
	// One in ten: of 1000, fewer than 40 or more than 180 would be a wonder.
	const sent = 1000
	for range sent {
		if err := nc.Publish("api.price", nil); err != nil {
			t.Fatal(err)
		}
	}
	canary := 0
	for range sent {
		if next(t, all) == "api.v2.price" {
			canary++
		}
	}
	if canary < 40 || canary > 180 {
		t.Errorf("%d of %d to the canary, want about a tenth", canary, sent)
	}
}

func useLogging(t *testing.T) {
	r := start(t, "logging.conf")
	send(t, connect(t, plain), "greet.joe")
	log := func(name string) string {
		text, err := os.ReadFile(r.path(name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return string(text)
	}
	r.server.Until(t, "the trace of a publish", func() bool { return strings.Contains(log("sinew.log"), "[PUB greet.joe 5]") })
	if !strings.Contains(log("sinew.log"), "[DBG]") {
		t.Error("the log has no debug lines")
	}
	if err := os.Rename(r.path("sinew.log"), r.path("sinew.log.1")); err != nil {
		t.Fatal(err)
	}
	if output, code := r.tool(t, "sinew --signal reopen=sinew.pid"); code != 0 {
		t.Fatalf("reopen: exit %d\n%s", code, output)
	}
	r.server.Until(t, "a new log file", func() bool { return log("sinew.log") != "" })
}

func useEnvironment(t *testing.T) {
	start(t, "environment.conf")
	if name := page(t, "/varz")["server_name"]; name != "test-1" {
		t.Errorf("the server is called %v", name)
	}
	roundTrip(t, connect(t, plain, nats.UserInfo("app", "s3cret-of-app")), "greet.joe")
	refuse(t, plain)
}

func useEdge(t *testing.T) {
	start(t, "edge.conf")
	nc := connect(t, plain)
	if nc.MaxPayload() != 64<<10 {
		t.Errorf("a client may send %d bytes", nc.MaxPayload())
	}
	// As many clients as may be there, each with a message of the largest size sent to it.
	payload := make([]byte, nc.MaxPayload())
	var subs []*nats.Subscription
	for range 63 {
		subs = append(subs, listen(t, connect(t, plain), "sensors.>"))
	}
	refuse(t, plain)
	for range 20 {
		if err := nc.Publish("sensors.1.temperature", payload); err != nil {
			t.Fatal(err)
		}
		flush(t, nc)
	}
	for _, sub := range subs {
		next(t, sub)
	}
	if mem := page(t, "/varz")["mem"].(float64); mem > 64<<20 {
		t.Errorf("the process takes %.0f MiB under load", mem/(1<<20))
	} else {
		t.Logf("%.1f MiB with 64 clients and %d KiB messages", mem/(1<<20), len(payload)>>10)
	}
}

func useDocker(t *testing.T) {
	r := start(t, "docker.conf")
	roundTrip(t, connect(t, plain, nats.UserInfo("app", "s3cret-of-app")), "greet.joe")
	refuse(t, plain)
	if !strings.Contains(r.server.Output(), "Listening for client connections on 0.0.0.0:4222") {
		t.Error("the log, on standard error, does not say that clients are served on all interfaces")
	}
}

func useKubernetes(t *testing.T) {
	r := start(t, "kubernetes.conf")
	for _, probe := range []string{"/healthz", "/healthz?js-enabled-only=true", "/healthz?js-server-only=true"} {
		page(t, probe)
	}
	pid, err := os.ReadFile(r.path("nats.pid"))
	if err != nil || string(pid) != strconv.Itoa(r.server.Pid()) {
		t.Errorf("the pid file has %q (%v)", pid, err)
	}
	if output, code := r.tool(t, "sinew --signal ldm=nats.pid"); code != 0 {
		t.Fatalf("ldm: exit %d\n%s", code, output)
	}
	if code := r.server.Wait(t); code != 0 {
		t.Errorf("exit code %d after lame duck, want 0", code)
	}
}

func useProduction(t *testing.T) {
	public, key := ownKey(t)
	r := start(t, "production.conf", exampleKey, public)
	secure := r.certificates(t, false)
	app := connect(t, encrypted, secure, key)
	roundTrip(t, app, "app.1")
	_ = app.Publish("other", nil)
	denied(t, app)
	connect(t, encrypted, secure, nats.UserInfo("ops", "s3cret-of-ops"))
	refuse(t, encrypted, secure)
	if output, code := r.tool(t, "sinew --signal reload=sinew.pid"); code != 0 {
		t.Errorf("reload: exit %d\n%s", code, output)
	}
	roundTrip(t, app, "app.2")
}
