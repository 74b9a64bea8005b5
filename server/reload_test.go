package server_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/crypto/bcrypt"

	"sinew.dev/sinew/internal/observe/status"
	"sinew.dev/sinew/server"
)

func userList(users ...string) string {
	return "authorization { users: [" + strings.Join(users, ", ") + "] }\n"
}

const (
	alice = `{user: alice, password: wonder}`
	bob   = `{user: bob, password: builder}`

	asAlice = `"user":"alice","pass":"wonder","name":"alice"`
	asBob   = `"user":"bob","pass":"builder","name":"bob"`
)

func TestReloadOfUsers(t *testing.T) {
	r := start(t, userList(alice, bob))
	a, b := r.login(asAlice), r.login(asBob)
	r.reload(userList(alice, `{user: carol, password: sings}`))
	if said := b.rest(); said != "" && said != "-ERR 'Authorization Violation'\r\n" {
		t.Errorf("the removed user was told %q", said)
	}
	r.awaitVarz("the removed user's end", func(v *status.Varz) bool { return v.Connections == 1 })
	a.barrier()
	r.login(`"user":"carol","pass":"sings"`)
	refused := r.dial()
	refused.say(connectLine(asBob))
	if said := refused.rest(); said != "-ERR 'Authorization Violation'\r\n" {
		t.Errorf("the removed user was told %q", said)
	}
	r.reload(userList(`{user: alice, password: other}`))
	if said := a.rest(); said != "-ERR 'Authorization Violation'\r\n" {
		t.Errorf("the user with the old password was told %q", said)
	}
}

func TestReloadOfPermissions(t *testing.T) {
	r := start(t, userList(alice, bob))
	a, b := r.login(asAlice), r.login(asBob)
	a.say("SUB secret.* 1", "SUB open 2", "SUB > 3")
	a.barrier()
	r.reload(userList(`{user: alice, password: wonder, permissions: {publish: {deny: denied}, subscribe: {deny: "secret.>"}}}`, bob))
	a.expect(`-ERR 'Permissions Violation for Subscription to "secret.*" (sid "1")'`)
	b.say("PUB secret.a 1", "x", "PUB open 1", "y")
	b.barrier()
	got := []string{a.line(), a.line(), a.line(), a.line()}
	if all := strings.Join(got, "|"); all != "MSG open 2 1|y|MSG open 3 1|y" && all != "MSG open 3 1|y|MSG open 2 1|y" {
		t.Errorf("got %q", got)
	}
	a.say("PUB denied 1", "z")
	a.expect(`-ERR 'Permissions Violation for Publish to "denied"'`)
	r.reload(userList(alice, bob))
	a.say("PUB denied 1", "z")
	a.expect("MSG denied 3 1", "z")
	a.barrier()
}

// TestReloadKeepsWhatMayBeAnswered reloads between a request and its answer. The answer passes while the rule and the
// account stay; with another rule it is a new start.
func TestReloadKeepsWhatMayBeAnswered(t *testing.T) {
	service := func(rule string) string {
		return userList(alice, `{user: bob, password: builder, permissions: {subscribe: q, allow_responses: `+rule+`}}`)
	}
	r := start(t, service("true"))
	a, b := r.login(asAlice), r.login(asBob)
	b.say("SUB q 1")
	b.barrier()
	a.say("SUB answer 1")
	ask := func() {
		a.say("PUB q answer 1", "?")
		a.barrier()
		b.expect("MSG q 1 answer 1", "?")
	}
	ask()
	r.reload(service("true") + "debug: true")
	b.say("PUB answer 1", "!")
	b.barrier()
	a.expect("MSG answer 1 1", "!")
	b.say("PUB answer 1", "!") // one answer, as before
	b.expect(`-ERR 'Permissions Violation for Publish to "answer"'`)
	ask()
	r.reload(service("{max: 5, expires: \"1m\"}"))
	b.say("PUB answer 1", "!")
	b.expect(`-ERR 'Permissions Violation for Publish to "answer"'`)
}

func TestReloadOfLimits(t *testing.T) {
	r := start(t, "max_payload: 1000")
	a := r.login(`"name":"a"`)
	a.say("PUB x 5", "hello")
	a.barrier()
	r.reload("max_payload: 4, max_control_line: 512")
	if info := r.dial().hello; info.MaxPayload != 4 {
		t.Errorf("INFO says max_payload %d", info.MaxPayload)
	}
	a.say("PUB x 5")
	if said := a.rest(); said != "-ERR 'Maximum Payload Violation'\r\n" {
		t.Errorf("too large a message: %q", said)
	}
	r.awaitClosed("a", "Maximum Message Payload Exceeded")
	b := r.login(`"name":"b"`)
	b.say("SUB " + strings.Repeat("x", 600) + " 1")
	if said := b.rest(); said != "-ERR 'maximum control line exceeded'\r\n" {
		t.Errorf("too long a line: %q", said)
	}
}

func TestReloadOfMaxConnectionsClosesTheSurplus(t *testing.T) {
	r := start(t, "")
	var clients []*wire
	for range 10 {
		clients = append(clients, r.login(""))
	}
	r.reload("max_connections: 3")
	r.awaitVarz("the surplus to go", func(v *status.Varz) bool { return v.Connections == 3 })
	closed := 0
	for _, w := range clients {
		w.say("PING")
		line, _ := w.in.ReadString('\n')
		switch strings.TrimSpace(line) {
		case "PONG":
		case "-ERR 'maximum connections exceeded'":
			closed++
		default:
			t.Errorf("a client was told %q", line)
		}
	}
	if closed != 7 {
		t.Errorf("%d clients were told that they are too many, want 7", closed)
	}
}

func TestReloadOfMappings(t *testing.T) {
	r := start(t, "")
	w := r.login("")
	w.say("SUB > 1", "PUB old.a 1", "x")
	w.expect("MSG old.a 1 1", "x")
	r.reload(`mappings: {"old.*": "new.$1"}`)
	w.say("PUB old.a 1", "x")
	w.expect("MSG new.a 1 1", "x")
	r.reload(`mappings: {"old.*": "newer.{{wildcard(1)}}"}`)
	w.say("PUB old.a 1", "x")
	w.expect("MSG newer.a 1 1", "x")
	r.reload("")
	w.say("PUB old.a 1", "x")
	w.expect("MSG old.a 1 1", "x")
}

func TestReloadOfLogLevel(t *testing.T) {
	r := start(t, "")
	w := r.login("")
	w.say("SUB before 1")
	w.barrier()
	r.reload("debug: true, trace: true")
	w.say("SUB during 2")
	w.barrier()
	r.reload("")
	w.say("SUB after 3")
	w.barrier()
	log := r.logText()
	if !strings.Contains(log, "SUB during 2") {
		t.Error("tracing was not switched on")
	}
	if strings.Contains(log, "SUB before") || strings.Contains(log, "SUB after") {
		t.Error("traced while it was off")
	}
}

// state is what must be the same after a refused reload.
func (r *rig) state() string {
	v := r.varz()
	return fmt.Sprint(v.MaxPayload, v.MaxConnections, v.PingMax, v.MaxControlLine, v.WriteDeadline, v.ConfigLoadTime, v.ConfigDigest, v.AuthRequired, v.Connections)
}

func TestRefusedReloadChangesNothing(t *testing.T) {
	const before = "server_name: one, ping_max: 5\n"
	refused := map[string]string{
		"not reloadable": "server_name: two, max_payload: 7, ping_max: 9, max_control_line: 600, write_deadline: 1s, mappings: {x: y}\n" + userList(bob),
		"unclosed":       "server_name: one, max_payload: 7, mappings: {x: y}\nauthorization {",
		"unknown key":    "server_name: one, max_payload: 7, mappings: {x: y}, no_such_thing: 1",
		"bad value":      "server_name: one, max_payload: abc, mappings: {x: y}",
		"bad mapping":    `server_name: one, max_payload: 7, mappings: {x: y, "a.*": "b.$2"}`,
		"bad permission": "server_name: one, max_payload: 7, mappings: {x: y}\n" + userList(`{user: bob, password: builder, permissions: {publish: "a..b"}}`),
		"no certificate": "server_name: one, max_payload: 7, mappings: {x: y}, tls: {cert_file: none.pem, key_file: none.pem}",
		"bad log file":   "server_name: one, max_payload: 7, mappings: {x: y}, pid_file: x, max_traced_msg_len: none",
	}
	r := start(t, before+userList(alice))
	w := r.login(asAlice)
	w.say("SUB > 1")
	w.barrier()
	was := r.state()
	for name, text := range refused {
		r.write(text)
		if err := r.Reload(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if now := r.state(); now != was {
			t.Errorf("%s: was %s, now %s", name, was, now)
		}
		w.say("PUB x 10", "0123456789")
		w.expect("MSG x 1 10", "0123456789")
		w.barrier()
	}
	if err := os.Remove(r.file); err != nil {
		t.Fatal(err)
	}
	if r.Reload() == nil || r.state() != was {
		t.Error("a missing file changed something")
	}
	w.barrier()
	r.reload(before + "max_payload: 7\n" + userList(alice))
	if r.varz().MaxPayload != 7 {
		t.Error("a good file was not taken afterwards")
	}
}

func TestReloadWithoutAFileIsRefused(t *testing.T) {
	s, err := server.New(server.Options{Args: []string{"-p", "-1", "-l", filepath.Join(t.TempDir(), "log")}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	if s.Start() != nil || s.Reload() == nil {
		t.Error("reloaded without a file")
	}
}

func TestReloadAfterShutdownIsRefused(t *testing.T) {
	r := start(t, "")
	r.Shutdown()
	if err := r.Reload(); err == nil {
		t.Error("a server that has ended was reloaded")
	}
}

func TestReloadMovesThePidFile(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	r := start(t, fmt.Sprintf("pid_file: %q", first))
	r.reload(fmt.Sprintf("pid_file: %q", second))
	if text, err := os.ReadFile(second); err != nil || string(text) != strconv.Itoa(os.Getpid()) {
		t.Errorf("the new pid file: %q, %v", text, err)
	}
	r.Shutdown()
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestReloadLosesNoMessage(t *testing.T) {
	const messages, reloads = 30_000, 15
	variants := []string{
		"ping_max: 3\n" + userList(alice, bob),
		"ping_max: 4, max_payload: 2MB, mappings: {other: another}\n" + userList(bob, alice, `{user: carol, password: sings}`),
		"write_deadline: 8s\n" + userList(`{user: alice, password: wonder, permissions: {publish: ">", subscribe: ">"}}`, bob),
	}
	r := start(t, variants[0])
	sub, pub := r.nats(nats.UserInfo("alice", "wonder")), r.nats(nats.UserInfo("bob", "builder"))
	var next, queued atomic.Int64
	done := make(chan struct{}, 2)
	tally := func(count *atomic.Int64, ordered bool) nats.MsgHandler {
		return func(m *nats.Msg) {
			if n, _ := strconv.ParseInt(string(m.Data), 10, 64); ordered && n != count.Load() {
				t.Errorf("message %d came, want %d", n, count.Load())
			}
			if count.Add(1) == messages {
				done <- struct{}{}
			}
		}
	}
	one, err := sub.Subscribe("counter", tally(&next, true))
	if err != nil {
		t.Fatal(err)
	}
	_ = one.SetPendingLimits(-1, -1)
	for range 3 {
		member, err := sub.QueueSubscribe("counter", "q", tally(&queued, false))
		if err != nil {
			t.Fatal(err)
		}
		_ = member.SetPendingLimits(-1, -1)
	}
	if err := sub.Flush(); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	stop := make(chan struct{})
	all.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				r.reload(variants[i%len(variants)])
			}
		}
	})
	for i := range messages {
		if err := pub.Publish("counter", strconv.AppendInt(nil, int64(i), 10)); err != nil {
			t.Fatal(err)
		}
		if i%(messages/reloads) == 0 {
			_ = pub.Flush()
		}
	}
	if err := pub.Flush(); err != nil {
		t.Error(err)
	}
	for range 2 {
		<-done
	}
	close(stop)
	all.Wait()
	if n := bytes.Count([]byte(r.logText()), []byte("Reloaded server configuration")); n < 2 {
		t.Errorf("only %d reloads were made", n)
	}
}

func TestLoginCheckedDuringAReloadFollowsTheNewUsers(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("wonder"), 10)
	if err != nil {
		t.Fatal(err)
	}
	slow := fmt.Sprintf("{user: alice, password: %q}", hash)
	users := func(list ...string) string { // busy machines need more than the two seconds that are usual
		return "authorization { timeout: 60, users: [" + strings.Join(list, ", ") + "] }"
	}
	r := start(t, users(slow, bob))
	var clients []*wire
	for range 30 {
		w := r.dial()
		w.say(connectLine(asAlice), "PING")
		clients = append(clients, w)
	}
	clients[len(clients)-1].expect("PONG") // the newest is checked first: the others are waiting
	r.reload(users(bob))
	for _, w := range clients {
		w.rest() // fails if one is still connected
	}
	r.login(asBob)
}

func TestReloadOfTheAddressTellsWhoIsConnected(t *testing.T) {
	r := start(t, "")
	modern, plain := r.login(`"protocol":1`), r.login(`"protocol":0`)
	modern.info() // the one that follows a login
	r.reload(`client_advertise: "example.com:99"`)
	if info := modern.info(); info.Port != 99 {
		t.Errorf("told of port %d", info.Port)
	}
	plain.barrier() // it would not understand INFO
	r.reload(`client_advertise: "example.com:99", max_payload: 5`)
	modern.barrier() // nothing that concerns it
}

// TestReloadOfHashesIsDoneBesideTheWorkers: passwords are replaced by their hashes while messages flow, and nobody is closed.
func TestReloadOfHashesIsDoneBesideTheWorkers(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("wonder"), 11) // a tenth of a second
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, userList(alice, bob))
	a, b := r.login(asAlice), r.login(asBob)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.reload(userList(fmt.Sprintf("{user: alice, password: %q}", hash), bob))
	}()
	var slowest time.Duration
	for going := true; going; {
		begin := time.Now()
		b.barrier()
		slowest = max(slowest, time.Since(begin))
		select {
		case <-done:
			going = false
		default:
		}
	}
	a.barrier()
	// A hash on a worker would hold up who is on it for that long. Busy machines are slow, too: this is far below.
	begin := time.Now()
	if bcrypt.CompareHashAndPassword(hash, []byte("wonder")) != nil {
		t.Fatal("the hash does not fit")
	}
	if cost := time.Since(begin); slowest > cost {
		t.Errorf("a message took %v during a reload, and a hash takes %v", slowest, cost)
	}
}
