package top

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

var epoch = time.Unix(1_700_000_000, 0).UTC()

// someConnections are three of which each is the first in some order.
func someConnections() []Connection {
	return []Connection{
		{
			CID: 4, Name: "billing", Account: "A", User: "zoe", IP: "127.0.0.1", Port: 40000, RTT: "1.5ms", Lang: "go", Version: "1.55.0",
			Start: epoch, LastActivity: epoch.Add(time.Hour), Uptime: "2h0m0s", Idle: "1h0m0s", Subscriptions: 3, Pending: 1 << 21,
			Flow: Flow{InMsgs: 1, OutMsgs: 20, InBytes: 300, OutBytes: 4000}, Rates: &Rates{InMsgs: 1, OutMsgs: 5, InBytes: 9, OutBytes: 1},
		},
		{
			CID: 9, Name: "Audit 日本", Account: "C", User: "adam", IP: "::1", Port: 40001, RTT: "900µs", Lang: "rust", Version: "0.1",
			Start: epoch.Add(time.Hour), LastActivity: epoch, Uptime: "1h0m0s", Idle: "2h0m0s", Subscriptions: 9, Pending: 0,
			Flow: Flow{InMsgs: 30, OutMsgs: 10, InBytes: 100, OutBytes: 1000}, Rates: &Rates{InMsgs: 3, OutMsgs: 2, InBytes: 2, OutBytes: 7},
		},
		{
			CID: 1, Name: "cron", Account: "B", User: "mia", IP: "10.1.1.1", Port: 39999, Lang: "c", Version: "3.9",
			Start: epoch.Add(-time.Hour), LastActivity: epoch.Add(-time.Hour), Uptime: "3h0m0s", Idle: "3h0m0s", Subscriptions: 0, Pending: 7,
			Flow: Flow{InMsgs: 2, OutMsgs: 3, InBytes: 4, OutBytes: 5},
		},
	}
}

func order(t *table[Connection]) string {
	var out []string
	for _, r := range t.rows {
		out = append(out, fmt.Sprint(r.CID))
	}
	return strings.Join(out, " ")
}

func TestSortByEveryColumn(t *testing.T) {
	tests := []struct{ column, want, backward, totals string }{
		{"cid", "1 4 9", "9 4 1", "1 4 9"},
		{"name", "9 4 1", "1 4 9", "9 4 1"},
		{"account", "4 1 9", "9 1 4", "4 1 9"},
		{"user", "9 1 4", "4 1 9", "9 1 4"},
		{"host", "1 4 9", "9 4 1", "1 4 9"},
		{"subs", "9 4 1", "1 4 9", "9 4 1"},
		{"pending", "4 1 9", "9 1 4", "4 1 9"},
		// What is not known is last in either direction.
		{"msgs_to", "4 9 1", "9 4 1", "4 9 1"},
		{"msgs_from", "9 4 1", "4 9 1", "9 1 4"},
		{"bytes_to", "9 4 1", "4 9 1", "4 9 1"},
		{"bytes_from", "4 9 1", "9 4 1", "4 9 1"},
		{"rtt", "4 9 1", "9 4 1", "4 9 1"},
		{"lang", "1 4 9", "9 4 1", "1 4 9"},
		{"version", "9 4 1", "1 4 9", "9 4 1"},
		{"uptime", "1 4 9", "9 4 1", "1 4 9"},
		{"idle", "1 9 4", "4 9 1", "1 9 4"},
	}
	if len(tests) != len(connectionColumns) {
		t.Errorf("%d columns are tested of %d", len(tests), len(connectionColumns))
	}
	for _, test := range tests {
		table := newConnections()
		table.set(someConnections())
		if err := table.sortBy(test.column); err != nil {
			t.Error(err)
			continue
		}
		if got := order(table); got != test.want {
			t.Errorf("by %s the order is %s, want %s", test.column, got, test.want)
		}
		table.reverse()
		if got := order(table); got != test.backward {
			t.Errorf("by %s backward the order is %s, want %s", test.column, got, test.backward)
		}
		table.reverse()
		table.setDisplay(display{totals: true})
		if got := order(table); got != test.totals {
			t.Errorf("by %s in all the order is %s, want %s", test.column, got, test.totals)
		}
	}
}

func TestSortByNames(t *testing.T) {
	tests := []struct{ name, want string }{
		{"pend", "pending"},
		{"pending_bytes", "pending"},
		{"start", "uptime"},
		{"ip", "host"},
		{"msgs_f", "msgs_from"},
		{"msgs", ""},
		{"", ""},
		{"nope", ""},
	}
	for _, test := range tests {
		table := newConnections()
		err := table.sortBy(test.name)
		if got, _ := table.sort(); (test.want == "") != (err != nil) || (err == nil && got != test.want) {
			t.Errorf("%q sorts by %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

func TestFilterShowsRowsWithAllWords(t *testing.T) {
	tests := []struct{ filter, want string }{
		{"", "1 4 9"}, {"AUDIT", "9"}, {"日", "9"}, {"go zoe", "4"}, {"zoe mia", ""}, {"127.0.0.1:4", "4"}, {"9", "1 9"},
	}
	for _, test := range tests {
		table := newConnections()
		table.set(someConnections())
		f, err := parseFilter(test.filter)
		if err != nil {
			t.Fatal(err)
		}
		table.setFilter(f.words)
		if got := order(table); got != test.want {
			t.Errorf("filter %q shows %q, want %q", test.filter, got, test.want)
		}
	}
}

func TestFilterForTheServer(t *testing.T) {
	f, err := parseFilter(" account:A user:zoe cid:12 matches:a.b Two  words key: x:y ")
	want := "[two words key: x:y]"
	if err != nil || f.account != "A" || f.user != "zoe" || f.cid != 12 || f.test != "a.b" || fmt.Sprint(f.words) != want {
		t.Errorf("the filter is %+v, %v", f, err)
	}
	if _, err := parseFilter("cid:x"); err == nil {
		t.Error("a CID that is no number is taken")
	}
}

// TestLayoutAtEveryWidth: the lines of a table are never wider than the screen, aligned, and keep the sorted column.
func TestLayoutAtEveryWidth(t *testing.T) {
	for _, sorted := range []string{"cid", "name", "msgs_to", "version"} {
		table := newConnections()
		table.set(someConnections())
		if err := table.sortBy(sorted); err != nil {
			t.Fatal(err)
		}
		for width := 40; width < 250; width++ {
			lines := table.lines(width, 10, paint{})
			if len(lines) != 4 {
				t.Fatalf("at %d cells there are %d lines", width, len(lines))
			}
			for _, line := range lines {
				if got := textWidth(line); got > width {
					t.Errorf("at %d cells a line has %d: %q", width, got, line)
				}
			}
			if title := strings.ToUpper(strings.ReplaceAll(sorted, "_", " ")); !strings.Contains(lines[0], title) {
				t.Errorf("at %d cells the titles lack %s: %q", width, title, lines[0])
			}
		}
	}
}

func TestLayoutGivesWayInOrder(t *testing.T) {
	table := newConnections()
	table.set(someConnections())
	if err := table.sortBy("msgs_to"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		width int
		want  string
	}{
		{200, "CID NAME ACCOUNT USER HOST SUBS PENDING MSGS TO ▼ MSGS FROM BYTES TO BYTES FROM RTT LANG VERSION UPTIME IDLE"},
		{150, "CID NAME ACCOUNT USER HOST SUBS PENDING MSGS TO ▼ MSGS FROM BYTES TO BYTES FROM RTT LANG VERSION IDLE"},
		{102, "CID NAME HOST SUBS PENDING MSGS TO ▼ MSGS FROM BYTES TO BYTES FROM"},
		{80, "CID NAME PENDING MSGS TO ▼ MSGS FROM BYTES TO BYTES FROM"},
		{40, "CID NAME MSGS TO ▼"},
		{22, "CID NAME MSGS TO ▼"},
	}
	for _, test := range tests {
		got := strings.Join(strings.Fields(table.lines(test.width, 2, paint{})[0]), " ")
		if got != test.want {
			t.Errorf("at %d cells the titles are\n%s, want\n%s", test.width, got, test.want)
		}
	}
}

func TestColoursChangeNoText(t *testing.T) {
	table := newConnections()
	table.set(someConnections())
	table.move(1, 5)
	bare := table.lines(120, 10, paint{})
	painted := table.lines(120, 10, paint{on: true})
	for i := range bare {
		if got := ansi.Strip(painted[i]); got != bare[i] {
			t.Errorf("painted, line %d is\n%q, want\n%q", i, got, bare[i])
		}
	}
	if !strings.Contains(strings.Join(painted, ""), "\x1b[1;31m  2.10M") {
		t.Errorf("a client far behind does not stand out: %q", painted)
	}
}

// TestSelectionStaysOnItsRow whatever new samples bring, and on the screen.
func TestSelectionStaysOnItsRow(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	table := newConnections()
	if err := table.sortBy("subs"); err != nil {
		t.Fatal(err)
	}
	for step := range 3000 {
		switch random.IntN(5) {
		case 0:
			rows := make([]Connection, random.IntN(60))
			for i := range rows {
				rows[i] = Connection{CID: uint64(i + 1), Subscriptions: random.Uint32N(20)}
			}
			table.set(rows)
		case 1:
			table.reverse()
		case 2:
			table.move([]int{1, -1, 9, -9, maxRows, -maxRows}[random.IntN(6)], 10)
		case 3:
			table.unselect()
		}
		height := 2 + random.IntN(20)
		before := table.selected
		lines := table.lines(80, height, paint{on: true})
		if table.selected != before {
			t.Fatalf("seed %d, step %d: the selection went from %q to %q", seed, step, before, table.selected)
		}
		if want := min(height, 1+len(table.rows)); len(lines) != want {
			t.Fatalf("seed %d, step %d: %d lines, want %d", seed, step, len(lines), want)
		}
		at, key := table.selection()
		if key != "" && (at < table.first || at > table.first+height-2) {
			t.Fatalf("seed %d, step %d: row %d is selected, those from %d are shown, %d lines high", seed, step, at, table.first, height)
		}
	}
}

func TestSubjectsAreSummedUp(t *testing.T) {
	one, two := 1.0, 2.0
	got := sumUp([]Subscription{
		{Account: "B", Subject: "x", CID: 1, SID: "1", Msgs: 5, Rate: &one},
		{Account: "A", Subject: "x", CID: 2, SID: "1", Msgs: 1},
		{Account: "B", Subject: "x", CID: 2, SID: "2", Msgs: 7, Rate: &two, Queue: "q"},
		{Account: "B", Subject: "x", CID: 3, SID: "2", Msgs: 9, Queue: "q"},
		{Account: "B", Subject: "a", CID: 3, SID: "3", Queue: "q"},
	})
	three := 3.0
	want := []Subject{
		{Account: "A", Subject: "x", Subscribers: 1, Msgs: 1},
		{Account: "B", Subject: "a", Subscribers: 1, Queues: 1},
		{Account: "B", Subject: "x", Subscribers: 3, Queues: 1, Msgs: 21, Rate: &three},
	}
	same := func(a, b Subject) bool {
		x, y := a.Rate, b.Rate
		a.Rate, b.Rate = nil, nil
		return a == b && (x == nil) == (y == nil) && (x == nil || *x == *y)
	}
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("sums are %+v, want %+v", got, want)
	}
}

// BenchmarkTable is a sample of many connections, and one screen of it.
func BenchmarkTable(b *testing.B) {
	for _, count := range []int{1024, 10_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			rows := make([]Connection, count)
			for i := range rows {
				rows[i] = someConnections()[i%3]
				rows[i].CID = uint64(i)
				rows[i].Rates = &Rates{OutMsgs: float64(i * 7919 % count)}
			}
			table := newConnections()
			if err := table.sortBy("msgs_to"); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				table.set(rows)
				table.lines(150, 50, paint{on: true})
			}
		})
	}
}
