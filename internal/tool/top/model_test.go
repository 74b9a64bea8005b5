package top

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/nats-io/nats.go"
)

// driver plays Bubble Tea for a model, without a terminal. It samples when a key asks for it, and never by itself.
type driver struct {
	t *testing.T
	m *model
}

func drive(t *testing.T, o Options) *driver {
	t.Helper()
	m, err := newModel(testContext(t), o)
	if err != nil {
		t.Fatal(err)
	}
	d := &driver{t, m}
	d.send(tea.WindowSizeMsg{Width: 120, Height: 24})
	d.sample()
	return d
}

// send gives the model a message.
func (d *driver) send(msg tea.Msg) tea.Cmd {
	_, cmd := d.m.Update(msg)
	return cmd
}

// sample lets the model ask the server, and gives it the answer.
func (d *driver) sample() {
	d.t.Helper()
	cmd := d.m.sample()
	if cmd == nil {
		d.t.Fatal("a sample is under way already")
	}
	d.send(cmd())
}

// press presses keys, named as Bubble Tea does, and waits for what they start.
func (d *driver) press(keys ...string) {
	d.t.Helper()
	for _, key := range keys {
		cmd := d.send(keyPress(key))
		if cmd == nil {
			continue
		}
		if msg, ok := cmd().(sampleMsg); ok {
			d.send(msg)
		}
	}
}

func (d *driver) typing(text string) {
	d.t.Helper()
	for _, r := range text {
		d.press(string(r))
	}
}

var special = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft,
	"right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
	"backspace": tea.KeyBackspace,
}

func keyPress(name string) tea.KeyPressMsg {
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	if rest, ok := strings.CutPrefix(name, "shift+"); ok {
		return tea.KeyPressMsg{Code: special[rest], Mod: tea.ModShift}
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if name == "space" {
		name = " "
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// screen is what is shown, and checks that it fits.
func (d *driver) screen() string {
	d.t.Helper()
	content := d.m.View().Content
	lines := strings.Split(content, "\n")
	if d.m.height == 0 && content == "" {
		lines = nil
	}
	if len(lines) > d.m.height {
		d.t.Errorf("%d lines are shown on %d", len(lines), d.m.height)
	}
	for i, line := range lines {
		if got := ansi.StringWidthWc(line); got > d.m.width {
			d.t.Errorf("line %d has %d cells of %d: %q", i, got, d.m.width, line)
		}
	}
	return ansi.Strip(strings.Join(lines, "\n"))
}

// see fails unless the screen shows all parts.
func (d *driver) see(parts ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, part := range parts {
		if !strings.Contains(screen, part) {
			d.t.Errorf("%q is missing on\n%s", part, screen)
		}
	}
}

func (d *driver) notSee(parts ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, part := range parts {
		if strings.Contains(screen, part) {
			d.t.Errorf("%q is shown on\n%s", part, screen)
		}
	}
}

// names are the second words of the lines below the titles: of connections, their names.
func (d *driver) names() string {
	d.t.Helper()
	var names []string
	below := false
	for line := range strings.SplitSeq(d.screen(), "\n") {
		words := strings.Fields(line)
		if below && len(words) == 0 {
			break
		}
		if below {
			names = append(names, words[1])
		}
		below = below || len(words) > 0 && words[0] == "CID"
	}
	return strings.Join(names, " ")
}

// busyServer has three clients with names and loads of their own, alpha with the lowest CID.
func busyServer(t *testing.T) (*testServer, *driver) {
	t.Helper()
	s := startServer(t, "server_name: n1")
	alpha, beta, gamma := s.client(t, "alpha"), s.client(t, "beta"), s.client(t, "gamma")
	subscribe(t, alpha, "orders.*", "group")
	subscribe(t, alpha, "news", "")
	subscribe(t, beta, "news", "")
	flood(t, gamma, "news", 3, 5)
	flood(t, gamma, "orders.1", 4, 5)
	for i, nc := range []*nats.Conn{alpha, gamma} {
		cid, err := nc.GetClientID()
		if err != nil {
			t.Fatal(err)
		}
		s.cids[i] = fmt.Sprintf("cid:%d", cid)
	}
	return s, drive(t, Options{Source: s.source(t), Sort: "name", Totals: true, Interval: time.Hour})
}

func TestScreenShowsTheServer(t *testing.T) {
	s, d := busyServer(t)
	d.see("n1  ", "http://"+s.http, "Conns 3 (", "In 7 msgs 35 B   Out 10 msgs 50 B", "[1 Connections]", "1-3 of 3",
		"CID  NAME ▲", "MSGS TO", "alpha", "beta", "gamma", "q quit")
	if got := d.names(); got != "alpha beta gamma" {
		t.Errorf("rows are %s", got)
	}
}

func TestKeysSort(t *testing.T) {
	_, d := busyServer(t)
	d.press("r")
	d.see("NAME ▼")
	if got := d.names(); got != "gamma beta alpha" {
		t.Errorf("backward, rows are %s", got)
	}
	d.press("left")
	d.see("CID ▲")
	d.press("left") // around to the last
	d.see("IDLE ▼")
	d.press("o")
	d.see("Sort by: ")
	d.typing("msgs_fo")
	d.press("backspace")
	d.press("enter")
	d.see("MSGS FROM ▼")
	if got := d.names(); got != "gamma alpha beta" {
		t.Errorf("by messages sent, rows are %s", got)
	}
	d.press("o")
	d.typing("nope")
	d.press("enter")
	d.see(`cannot sort by "nope"; columns are cid, name`)
	d.press("r")
	d.notSee("cannot sort")
}

func TestKeysFilter(t *testing.T) {
	s, d := busyServer(t)
	gamma := s.cids[1]
	d.press("/")
	d.see("Filter: ", "account:NAME")
	d.typing("BET") // q is no quitting here
	d.see("1-1 of 1", "beta")
	d.notSee("alpha", "gamma")
	d.typing(" q")
	d.see("no rows")
	d.press("ctrl+w", "backspace", "enter")
	d.see("filter BET", "beta")
	d.press("/")
	d.typing("x")
	d.press("esc")
	d.see("filter BET", "beta")
	d.press("esc")
	d.see("alpha", "beta", "gamma")
	d.press("/")
	d.typing(gamma)
	d.see("1-3 of 3") // the server has not been asked yet
	d.press("enter")
	d.see("1-1 of 1", "gamma", "filter "+gamma)
	d.press("/", "ctrl+u")
	d.typing("cid:three")
	d.press("enter")
	d.see("cid: takes a number", "filter "+gamma)
}

func TestKeysGoIntoRows(t *testing.T) {
	s, d := busyServer(t)
	alpha := s.cids[0]
	d.press("enter")
	d.see("Select a row first")
	d.press("down", "enter")
	d.see("[3 Subscriptions]", "filter "+alpha, "orders.*", "news", "group", "1-2 of 2")
	d.press("down", "enter")
	d.see("[1 Connections]", "filter "+alpha, "alpha", "1-1 of 1")
	d.press("esc")
	d.see("[3 Subscriptions]", "filter "+alpha)
	d.press("esc")
	d.see("[1 Connections]", "1-3 of 3")
	d.press("2")
	d.see("[2 Subjects]", "1-2 of 2", "SUBSCRIBERS")
	d.press("down", "enter")
	d.see("[3 Subscriptions]", "filter news", "1-2 of 2")
	d.notSee("orders.*")
	d.press("tab", "tab")
	d.see("[1 Connections]", "1-3 of 3")
	d.press("shift+tab", "shift+tab")
	d.see("[3 Subscriptions]", "filter news")
}

func TestKeysOfDisplay(t *testing.T) {
	s, d := busyServer(t)
	d.see("of 3  totals")
	d.press("t")
	d.notSee("of 3  totals")
	d.see("msgs/s")
	flood(t, s.client(t, "delta"), "nobody", 12345, 0)
	d.press("t", "space")
	d.see("PAUSED")
	if cmd := d.send(tickMsg{d.m.turn}); cmd != nil {
		t.Error("it samples while paused")
	}
	d.press("space")
	d.notSee("PAUSED")
	d.see("delta", "12.3K")
	d.press("b")
	d.see("12345")
	d.notSee("12.3K")
	d.press("-")
	d.press("+")
	d.see("A sample every 1m0s")
	d.press("?")
	d.see("sinew top", "PgUp PgDn", "not on this page")
	d.press("esc")
	d.see("delta")
	d.press("?", "2") // a key does its work from the help
	d.see("[2 Subjects]")
	for _, key := range []string{"q", "ctrl+c"} {
		cmd := d.send(keyPress(key))
		if cmd == nil {
			t.Errorf("%s does not quit", key)
		} else if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%s does not quit", key)
		}
	}
}

func TestScrollAndTurnPages(t *testing.T) {
	s := startServer(t, "")
	s.crowd(t, 130, 0)
	d := drive(t, Options{Source: s.source(t), Sort: "cid", Limit: 50, Interval: time.Hour})
	d.see("1-17 of 50, from rows 1-50 of 130")
	d.press("pgdown")
	d.press("down")
	d.see("of 50, from")
	d.press("end")
	d.see("34-50 of 50")
	d.press("]")
	d.see("of 50, from rows 51-100 of 130")
	d.press("]", "home")
	d.see("1-17 of 30, from rows 101-130 of 130", "crowd-01")
	d.press("]")
	d.see("no more rows")
	d.press("[", "[")
	d.see("from rows 1-50 of 130")
	d.press("[")
	d.see("no more rows")
	d.press("]", "right", "left")
	d.see("from rows 1-50 of 130") // another order begins at the top
}

// TestEverySizeFits walks through sizes from nothing up, and pages in all views; drive's screen checks that it fits.
func TestEverySizeFits(t *testing.T) {
	s := startServer(t, "server_name: a-server-with-a-name-that-is-quite-long")
	s.crowd(t, 40, 2)
	d := drive(t, Options{Source: s.source(t), Interval: time.Hour})
	for view := range views {
		d.m.tables.view = view
		d.sample()
		for _, help := range []bool{false, true} {
			d.m.help = help
			for width := 0; width < 150; width += 13 {
				for height := range 30 {
					d.send(tea.WindowSizeMsg{Width: width, Height: height})
					d.screen()
				}
			}
		}
		d.m.help = false
	}
	d.send(tea.WindowSizeMsg{Width: 40, Height: 3})
	d.press("1")
	d.see("CID", "crowd-00")
}

// TestServerGoesAwayAndComesBack: the last rows stay, and what is wrong is said.
func TestServerGoesAwayAndComesBack(t *testing.T) {
	s, d := busyServer(t)
	s.stop()
	d.m.interval = time.Nanosecond
	d.sample()
	d.see("alpha", "No answer for", "connection refused")
	s.start(t, "server_name: n2")
	s.client(t, "newcomer")
	d.sample()
	d.see("n2  ", "newcomer")
	d.notSee("No answer", "alpha")
}

// TestOneSampleAtATime: a key that wants another sample ends the one under way.
func TestOneSampleAtATime(t *testing.T) {
	_, d := busyServer(t)
	slow := d.m.sample()
	if d.send(keyPress("2")) != nil {
		t.Fatal("two samples are under way")
	}
	next := d.send(slow())
	if next == nil {
		t.Fatal("the sample that is wanted is not taken")
	}
	d.notSee("No answer", "canceled")
	d.send(next())
	d.see("[2 Subjects]", "news")
	if cmd := d.send(tickMsg{d.m.turn - 1}); cmd != nil {
		t.Error("an old tick starts a sample")
	}
	if cmd := d.send(tickMsg{d.m.turn}); cmd == nil {
		t.Error("a tick starts no sample")
	}
}

// TestNamesOfStrangersStayNames: escape sequences of a client's name do not reach the terminal.
func TestNamesOfStrangersStayNames(t *testing.T) {
	s := startServer(t, "")
	evil := "evil\x1b[2J\x1b]0;owned\x07\u202e\u009b31m"
	subscribe(t, s.client(t, evil), "very."+strings.Repeat("long.", 40)+"subject", "")
	d := drive(t, Options{Source: s.source(t), Interval: time.Hour})
	for range views {
		for _, bad := range []string{"\x1b[2J", "\x1b]", "\x07", "\u202e", "\u009b"} {
			if strings.Contains(d.m.View().Content, bad) {
				t.Errorf("%q reaches the terminal", bad)
			}
		}
		d.screen()
		d.press("tab")
	}
	d.press("1")
	d.see("evil�[2J�]0;owned")
}

func TestHelpNamesEveryAction(t *testing.T) {
	seen := make(map[string]bool)
	for _, a := range actions {
		for key := range strings.FieldsSeq(a.keys) {
			if seen[key] {
				t.Errorf("key %s is taken twice", key)
			}
			seen[key] = true
		}
		if (a.label == "") != (a.help == "") {
			t.Errorf("the help of %q is half", a.keys)
		}
	}
	m := &model{}
	if lines := m.helpLines(paint{}); len(lines) > 24 {
		t.Errorf("the help is %d lines:\n%s", len(lines), fmt.Sprint(strings.Join(lines, "\n")))
	}
}
