package status_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

// The files in testdata were recorded from the reference server: whole documents (*_all.json, varz_*.json,
// connz_tls.json) and, for the same server at the same time, what many queries gave (*_queries.json).

func read(t testing.TB, name string, into any) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return bytes.TrimSpace(data)
}

// TestDocumentsHaveTheRecordedFields decodes a document, encodes it again, and wants every byte back: names, order,
// types, and what is left out.
func TestDocumentsHaveTheRecordedFields(t *testing.T) {
	for name, doc := range map[string]any{
		"varz_bare.json":     &status.Varz{},
		"varz_accounts.json": &status.Varz{},
		"varz_noauth.json":   &status.Varz{},
		"varz_tls.json":      &status.Varz{},
		"connz_all.json":     &status.Connz{},
		"connz_tls.json":     &status.Connz{},
		"subsz_all.json":     &status.Subsz{},
	} {
		want := read(t, name, doc)
		got, err := json.MarshalIndent(doc, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// universe is the recorded connections as the rows they must have come from.
func universe(t testing.TB, name string) (*status.Connz, status.ConnzSource) {
	t.Helper()
	doc := &status.Connz{}
	read(t, name, doc)
	var open, closed []status.Connection
	for _, c := range doc.Conns {
		row := row(t, c)
		if row.Stop.IsZero() {
			open = append(open, row)
		} else {
			closed = append(closed, row)
		}
	}
	slices.Reverse(open) // the order rows come in must not matter
	known := func(name string) bool { return slices.Contains([]string{"$G", "SYS", "A", "B"}, name) }
	return doc, status.ConnzSource{
		ServerID: doc.ServerID, Now: doc.Now, HasAccount: known,
		Open:   func() []status.Row { return asRows(open) },
		Closed: func() []status.Row { return asRows(closed) },
	}
}

func asRows(connections []status.Connection) []status.Row {
	rows := make([]status.Row, len(connections))
	for i, c := range connections {
		rows[i] = &c
	}
	return rows
}

// connz is the document that options ask for.
func connz(o status.ConnzOptions, s status.ConnzSource) (*status.Connz, error) {
	page, err := o.Select(s)
	if err != nil {
		return nil, err
	}
	return page.Document(), nil
}

func row(t testing.TB, c *status.ConnInfo) status.Connection {
	t.Helper()
	rtt, err := time.ParseDuration(c.RTT)
	if err != nil {
		t.Fatal(err)
	}
	account := c.Account
	if account == "" {
		account = c.NameTag
	}
	return status.Connection{
		ID: c.CID, Host: c.IP, Port: c.Port, Start: c.Start, LastActivity: c.LastActivity, Stop: c.Stop, Reason: c.Reason,
		RTT: rtt, Pending: c.Pending, InMsgs: c.InMsgs, InBytes: c.InBytes, OutMsgs: c.OutMsgs, OutBytes: c.OutBytes,
		NumSubs: int(c.NumSubs), Name: c.Name, Lang: c.Lang, Version: c.Version, Account: account, User: c.AuthorizedUser,
		Subscriptions: func() []status.SubDetail {
			subs := slices.Clone(c.SubsDetail)
			for i := range subs {
				subs[i].Account, subs[i].AccountTag = account, ""
			}
			return subs
		},
	}
}

func TestConnzDescribesConnectionsAsRecorded(t *testing.T) {
	want, source := universe(t, "connz_all.json")
	got, err := connz(status.ConnzOptions{State: status.ConnAll, Auth: true, SubsDetail: true}, source)
	if err != nil {
		t.Fatal(err)
	}
	if g, w := encode(t, got), encode(t, want); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

type recordedQuery struct {
	Query                     string
	Status                    int
	Text                      string
	Num, Total, Offset, Limit int
	CIDs                      []uint64
	List                      []string
}

func TestConnzAnswersQueriesAsRecorded(t *testing.T) {
	all, source := universe(t, "connz_all.json")
	byID := map[uint64]*status.ConnInfo{}
	for _, c := range all.Conns {
		byID[c.CID] = c
	}
	var queries []recordedQuery
	read(t, "connz_queries.json", &queries)
	for _, q := range queries {
		values, _ := url.ParseQuery(q.Query) // what is malformed is left out, as net/http does
		options, err := status.ParseConnz(values)
		var doc *status.Connz
		if err == nil {
			doc, err = connz(options, source)
		}
		if q.Status != 200 {
			if err == nil || err.Error() != q.Text {
				t.Errorf("%s: error %v, want %s", q.Query, err, q.Text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", q.Query, err)
			continue
		}
		if doc.NumConns != q.Num || doc.Total != q.Total || doc.Offset != q.Offset || doc.Limit != q.Limit {
			t.Errorf("%s: counts %d %d %d %d, want %+v", q.Query, doc.NumConns, doc.Total, doc.Offset, doc.Limit, q)
		}
		if (doc.Conns == nil) != (q.CIDs == nil) {
			t.Errorf("%s: connections are null: %v, want %v", q.Query, doc.Conns == nil, q.CIDs == nil)
		}
		compareOrder(t, q, options.Sort, doc, byID)
	}
}

// compareOrder wants the same keys in the same order; the reference leaves the order of equal keys open.
func compareOrder(t *testing.T, q recordedQuery, sort string, doc *status.Connz, all map[uint64]*status.ConnInfo) {
	t.Helper()
	key := func(c *status.ConnInfo) string {
		switch sort {
		case "subs":
			return strconv.Itoa(int(c.NumSubs))
		case "pending":
			return strconv.FormatInt(c.Pending, 10)
		case "msgs_to":
			return strconv.FormatInt(c.OutMsgs, 10)
		case "msgs_from":
			return strconv.FormatInt(c.InMsgs, 10)
		case "bytes_to":
			return strconv.FormatInt(c.OutBytes, 10)
		case "bytes_from":
			return strconv.FormatInt(c.InBytes, 10)
		case "last", "idle":
			return c.LastActivity.String()
		case "reason":
			return c.Reason
		case "rtt":
			return c.RTT
		}
		return strconv.FormatUint(c.CID, 10)
	}
	var got, want []string
	for _, c := range doc.Conns {
		got = append(got, key(c))
	}
	for _, id := range q.CIDs {
		want = append(want, key(all[id]))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: order %q, want %q", q.Query, got, want)
	}
}

func TestSubszAnswersQueriesAsRecorded(t *testing.T) {
	var all status.Subsz
	read(t, "subsz_all.json", &all)
	perAccount := map[string]uint32{}
	for _, sub := range all.Subs {
		perAccount[sub.Account]++
	}
	var queries []recordedQuery
	read(t, "subsz_queries.json", &queries)
	for _, q := range queries {
		values, _ := url.ParseQuery(q.Query)
		options, err := status.ParseSubsz(values)
		var doc *status.Subsz
		if err == nil {
			interest := all.Interest
			if options.Account != "" {
				interest = status.Interest{NumSubs: perAccount[options.Account]}
			}
			doc, err = options.Select(status.SubszSource{Interest: interest, Subscriptions: slices.Values(all.Subs)})
		}
		if q.Status != 200 {
			if err == nil || err.Error() != q.Text {
				t.Errorf("%s: error %v, want %s", q.Query, err, q.Text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", q.Query, err)
			continue
		}
		if int(doc.NumSubs) != q.Num || doc.Total != q.Total || doc.Offset != q.Offset || doc.Limit != q.Limit {
			t.Errorf("%s: counts %d %d %d %d, want %+v", q.Query, doc.NumSubs, doc.Total, doc.Offset, doc.Limit, q)
		}
		var got []string
		for _, sub := range doc.Subs {
			got = append(got, strconv.FormatUint(sub.CID, 10)+"/"+sub.SID)
		}
		slices.Sort(got)
		// The reference yields subscriptions in no order, so a page's content can be compared only if it is all.
		if len(got) != len(q.List) || doc.Total == len(got) && !slices.Equal(got, q.List) {
			t.Errorf("%s: %q, want %q", q.Query, got, q.List)
		}
	}
}

func TestHealthzAnswersQueriesAsRecorded(t *testing.T) {
	var queries []recordedQuery
	read(t, "healthz_queries.json", &queries)
	for _, q := range queries {
		values, _ := url.ParseQuery(q.Query)
		options, err := status.ParseHealthz(values)
		if err != nil {
			if q.Status != 400 || err.Error() != q.Text {
				t.Errorf("%s: error %v, want %d %s", q.Query, err, q.Status, q.Text)
			}
			continue
		}
		doc := options.Select(status.Health{})
		got, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if doc.Code() != q.Status || string(got) != q.Text {
			t.Errorf("%s: %d %s, want %d %s", q.Query, doc.Code(), got, q.Status, q.Text)
		}
	}
}

func encode(t testing.TB, doc any) string {
	t.Helper()
	data, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
