package tool_test

import (
	"encoding/json"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// monitored starts a server with a monitoring port, and returns both addresses.
func monitored(t *testing.T, config string) (address, monitor string) {
	t.Helper()
	monitor = freeAddress(t)
	return startServer(t, fmt.Sprintf("http: %q\n%s", monitor, config)), monitor
}

// load publishes steadily until the test ends.
func load(t *testing.T, nc *nats.Conn, subject string) {
	t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() {
		close(stop)
		<-stopped
	})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				for range 10 {
					_ = nc.Publish(subject, []byte("0123456789")) // while the server is away
				}
			}
		}
	}()
}

// named connects and comes back when the server does.
func named(t *testing.T, address, name string) *nats.Conn {
	return client(t, address, nats.Name(name), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
}

// TestTopInATerminal does what a user would: looks, sorts, filters, goes into a row, resizes, loses the server, quits.
func TestTopInATerminal(t *testing.T) {
	binary, err := ownBinary()
	if err != nil {
		t.Fatal(err)
	}
	address, monitor := freeAddress(t), freeAddress(t)
	config := fmt.Sprintf("http: %q\nserver_name: orders-1", monitor)
	kill := startServerAt(t, address, config)
	watch(t, named(t, address, "billing"), "orders.*")
	watch(t, named(t, address, "日本語の受信者 with a name that is long"), "orders.>")
	watch(t, named(t, address, "evil\x1b[2Jname"), "idle")
	load(t, named(t, address, "shop"), "orders.new")

	term := startTerminal(t, 150, 30, nil, binary, "top", "-m", monitor, "-d", "200ms")
	term.see("orders-1", "http://"+monitor, "Conns 4 (", "[1 Connections]", "1-4 of 4", "MSGS TO ▼", "billing", "日本語の受信者",
		"evil�[2Jname", "shop", "q quit")
	term.await("rates near the load", func(screen string) bool {
		rate := regexp.MustCompile(`In (\d+) msgs/s`).FindStringSubmatch(screen)
		if rate == nil {
			return false
		}
		n, err := strconv.Atoi(rate[1])
		return err == nil && n > 300 && n <= 1500
	})
	checkAligned(t, term.screen())

	term.press("Left", "Left", "Left", "Left", "Left", "Left")
	term.see("NAME ▲")
	term.await("the order of names", inOrder("billing", "evil", "shop", "日本語"))
	term.press("r")
	term.await("the order backward", inOrder("日本語", "shop", "evil", "billing"))

	term.press("/")
	term.see("Filter:")
	term.press("-l", "日本")
	term.see("1-1 of 1")
	term.gone("billing")
	term.press("Enter")
	term.see("filter 日本")
	term.press("Down", "Enter")
	term.see("[3 Subscriptions]", "orders.>")
	term.press("Escape")
	term.see("[1 Connections]", "filter 日本")
	term.press("Escape")
	term.see("1-4 of 4")

	term.press("2")
	term.see("[2 Subjects]", "orders.*", "orders.>", "1-3 of 3")
	term.resize(60, 10)
	term.see("SUBJECT", "orders.*")
	term.gone("orders-1")
	term.resize(30, 4)
	term.see("SUBJECT")
	term.resize(120, 24)
	term.see("orders-1", "[2 Subjects]")
	term.press("1", "?")
	term.see("PgUp PgDn")
	term.press("Escape") // terminals send escape sequences for other keys, so what follows must wait
	term.gone("PgUp PgDn")
	term.press("Space")
	term.see("PAUSED")
	term.press("Space")
	term.gone("PAUSED")

	kill()
	term.see("No answer for", "connection refused", "billing")
	startServerAt(t, address, strings.Replace(config, "orders-1", "orders-2", 1))
	term.see("orders-2", "shop", "q quit")

	term.press("q")
	term.ended(0)
	term.gone("orders-2") // the screen before is back
}

// inOrder tells whether words stand on the screen one below the other.
func inOrder(words ...string) func(screen string) bool {
	return func(screen string) bool {
		at := 0
		for _, word := range words {
			next := strings.Index(screen[at:], word)
			if next < 0 {
				return false
			}
			at += next + len(word)
		}
		return true
	}
}

// checkAligned: the cells of HOST begin below their title, whatever the names before them are made of. What tmux shows
// has one character for a wide one, which takes two cells.
func checkAligned(t *testing.T, screen string) {
	t.Helper()
	var column int
	for line := range strings.SplitSeq(screen, "\n") {
		if at := strings.Index(line, "HOST"); at >= 0 {
			column = cells(line[:at])
		} else if at := strings.Index(line, "127.0.0.1:"); at >= 0 && column > 0 && cells(line[:at]) != column {
			t.Errorf("a row is not aligned on\n%s", screen)
		}
	}
	if column == 0 {
		t.Errorf("there is no HOST on\n%s", screen)
	}
}

func cells(text string) int {
	count := 0
	for _, r := range text {
		count++
		if r >= 0x3000 && r < 0xa000 {
			count++
		}
	}
	return count
}

func TestTopRespectsNoColor(t *testing.T) {
	binary, err := ownBinary()
	if err != nil {
		t.Fatal(err)
	}
	_, monitor := monitored(t, "")
	colour := regexp.MustCompile(`\x1b\[[0-9;]*3[0-7][;m]|\x1b\[[0-9;]*9[0-7][;m]`)
	for _, env := range []string{"NO_COLOR=", "NO_COLOR=yes"} {
		term := startTerminal(t, 100, 20, []string{env}, binary, "top", "-m", monitor)
		term.see("[1 Connections]", "q quit")
		screen := term.run("capture-pane", "-p", "-e")
		if got := colour.MatchString(screen); got != (env == "NO_COLOR=") {
			t.Errorf("with %q, colours are %v:\n%q", env, got, screen)
		}
		if !strings.Contains(screen, "\x1b[7m") && !strings.Contains(screen, "\x1b[0;7m") {
			t.Errorf("with %q, the titles are not reversed:\n%q", env, screen)
		}
		term.press("q")
		term.ended(0)
	}
}

func TestTopOnce(t *testing.T) {
	address, monitor := monitored(t, "server_name: n1")
	watch(t, named(t, address, "billing"), "orders.*")
	got := run(t, "top", "-m", "http://"+monitor, "--once", "-d", "100ms")
	if got.code != 0 || got.err != "" || !strings.HasPrefix(got.out, "n1  ") || !strings.Contains(got.out, "billing") {
		t.Errorf("top ends with %d, %q:\n%s", got.code, got.err, got.out)
	}
	_, port, _ := net.SplitHostPort(monitor)
	got = run(t, "top", "-m", port, "--batch", "2", "-d", "100ms", "--json", "--view", "subjects", "--totals")
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != 0 || got.err != "" || len(lines) != 2 {
		t.Fatalf("top ends with %d, %q:\n%s", got.code, got.err, got.out)
	}
	for _, line := range lines {
		var document struct {
			Subjects []struct{ Subject string }
		}
		if err := json.Unmarshal([]byte(line), &document); err != nil || len(document.Subjects) != 1 || document.Subjects[0].Subject != "orders.*" {
			t.Errorf("%v in %s", err, line)
		}
	}
}

func TestTopFailures(t *testing.T) {
	address, _ := monitored(t, "")
	tests := []struct {
		args string
		code int
		want string
	}{
		{"", 2, "this is no terminal to show a table on; print it with --once or --batch N"},
		{"--once --batch 1", 2, "--once and --batch exclude each other"},
		{"--once --sort nope", 2, `cannot sort by "nope"; columns are cid, name`},
		{"--once --view nope", 2, `there is no view "nope"; views are connections`},
		{"--once -d 1ms", 2, "--interval must be at least 100ms"},
		{"--once -n 0", 2, "--limit must be at least 1"},
		{"--batch -1", 2, "--batch must not be negative"},
		{"--once -m ftp://x", 1, "is not a URL"},
		{"--once -m 8222 n1", 2, "a monitoring port has one server"},
		{"--once -m " + freeAddress(t), 1, "is the server running, with a monitoring port (-m 8222)?"},
		{"--once -s " + freeAddress(t), 1, "connection refused"},
		{"--once -s " + address, 1, "give a user of the system account, or the monitoring port with --url"},
		{"--once --tlsca /nonexistent", 1, "--tlsca: "},
	}
	for _, test := range tests {
		got := run(t, append([]string{"top"}, strings.Fields(test.args)...)...)
		if got.code != test.code || !strings.Contains(got.err, test.want) || got.out != "" {
			t.Errorf("top %s ends with %d, %q, want %d, %q", test.args, got.code, got.err, test.code, test.want)
		}
	}
}

// TestTopOverTheSystemAccount asks the server over NATS.
func TestTopOverTheSystemAccount(t *testing.T) {
	address := startServer(t, `
		server_name: n1
		accounts { A: { users: [ { user: a, password: a } ] }, S: { users: [ { user: s, password: s } ] } }
		system_account: S`)
	nc := client(t, address, nats.UserInfo("s", "s"))
	if _, err := nc.Request("$SYS.REQ.SERVER."+nc.ConnectedServerId()+".CONNZ", nil, patience); err != nil {
		t.Skipf("this server has no services in the system account: %v", err)
	}
	watch(t, client(t, address, nats.UserInfo("a", "a"), nats.Name("billing")), "orders.*")
	for _, target := range []string{"", "n1", nc.ConnectedServerId()} {
		args := []string{"top", "-s", address, "--user", "s", "--password", "s", "--once", "-d", "100ms"}
		if target != "" {
			args = append(args, target)
		}
		if got := run(t, args...); got.code != 0 || !strings.Contains(got.out, "billing") || !strings.Contains(got.out, "system account at") {
			t.Errorf("top %s ends with %d, %q:\n%s", target, got.code, got.err, got.out)
		}
	}
	got := run(t, "top", "-s", address, "--user", "s", "--password", "s", "--once", "--timeout", "300ms", "n9")
	if got.code != 1 || !strings.Contains(got.err, `no server is called "n9"`) {
		t.Errorf("top of a server that is not there ends with %d, %q", got.code, got.err)
	}
}

// TestDocumentedTopExamplesRun runs them on a port that is free. Those for a terminal are run once.
func TestDocumentedTopExamplesRun(t *testing.T) {
	_, monitor := monitored(t, "")
	_, port, _ := net.SplitHostPort(monitor)
	for _, line := range documented(t, "../../docs/top.md") {
		args := words(t, strings.ReplaceAll(line, "8222", port))
		if !strings.Contains(line, "-m ") {
			args = append(args, "-m", port)
		}
		if !strings.Contains(line, "--batch") && !strings.Contains(line, "--once") {
			args = append(args, "--once")
		}
		if got := run(t, append(args, "-d", "100ms")...); got.code != 0 || got.out == "" {
			t.Errorf("%s ends with %d: %s", line, got.code, got.err)
		}
	}
}
