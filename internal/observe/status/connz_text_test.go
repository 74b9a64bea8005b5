package status_test

import (
	"crypto/tls"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

func text(page *status.ConnzPage) (whole string, pieces int) {
	var b strings.Builder
	t := page.Text()
	for piece := t.Next(); piece != nil; piece = t.Next() {
		b.Write(piece)
		pieces++
	}
	return b.String(), pieces
}

// TestConnzTextIsTheDocument compares what is written piece by piece with what encoding/json makes of the document, for
// connections with random content.
func TestConnzTextIsTheDocument(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	check := func(rows []fields, detail, auth bool, o status.ConnzOptions) bool {
		o.Sort, o.Account, o.User, o.FilterSubject, o.MQTTClient, o.State, o.CID = "", "", "", "", "", status.ConnAll, 0
		o.Subscriptions, o.SubsDetail, o.Auth, o.Offset = !detail, detail, auth, o.Offset%4
		var list []status.Connection
		for i := range rows {
			list = append(list, rows[i].connection(uint64(i+1), random))
		}
		page, err := o.Select(status.ConnzSource{
			ServerID: "N1", Now: time.Unix(1e9, 5).UTC(),
			Open:   func() []status.Row { return asRows(list) },
			Closed: func() []status.Row { return nil },
		})
		if err != nil {
			t.Error(err)
			return false
		}
		want := encode(t, page.Document())
		got, _ := text(page)
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		return got == want
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 200}); err != nil {
		t.Error(err)
	}
}

// fields are what quick fills of a connection.
type fields struct {
	Kind, Type, Host, Reason, Name, Lang, Version, Account, User, JWT, IssuerKey, MQTT string
	Port, Subs                                                                         int
	Pending, InMsgs, InBytes, OutMsgs, OutBytes, Stalls                                int64
	RTT                                                                                time.Duration
	Tags                                                                               []string
	Closed, TLS, First                                                                 bool
	Details                                                                            []status.SubDetail
}

func (f *fields) connection(id uint64, random *rand.Rand) status.Connection {
	c := status.Connection{
		ID: id, Kind: f.Kind, Type: f.Type, Host: f.Host, Port: f.Port, Reason: f.Reason, Name: f.Name, Lang: f.Lang,
		Version: f.Version, Account: f.Account, User: f.User, JWT: f.JWT, IssuerKey: f.IssuerKey, MQTTClient: f.MQTT,
		NumSubs: f.Subs, Pending: f.Pending, InMsgs: f.InMsgs, InBytes: f.InBytes, OutMsgs: f.OutMsgs, OutBytes: f.OutBytes,
		Stalls: f.Stalls, RTT: f.RTT, Tags: f.Tags, TLSFirst: f.First,
		Start: time.Unix(random.Int64N(1e9), random.Int64N(1e9)), LastActivity: time.Unix(random.Int64N(1e9), 0),
		Subscriptions: func() []status.SubDetail { return f.Details },
	}
	if f.Closed {
		c.Stop = time.Unix(random.Int64N(1e9), random.Int64N(1e3)*1e6)
	}
	if f.TLS {
		c.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256}
	}
	return c
}

// TestConnzTextHasEveryField: a field that is added to ConnInfo must be added to its text.
func TestConnzTextHasEveryField(t *testing.T) {
	for _, typed := range []any{status.ConnInfo{}, status.SubDetail{}, status.TLSPeerCert{}} {
		kind := reflect.TypeOf(typed)
		known := map[string]int{"ConnInfo": 35, "SubDetail": 8, "TLSPeerCert": 3}[kind.Name()]
		if kind.NumField() != known {
			t.Errorf("%s has %d fields, its text %d", kind.Name(), kind.NumField(), known)
		}
	}
}

func TestConnzTextWithCertificatesIsTheDocument(t *testing.T) {
	want, source := universe(t, "connz_tls.json")
	open := source.Open
	source.Open = func() []status.Row {
		rows := open()
		for i, r := range rows {
			c := r.Describe()
			c.TLS = &tls.ConnectionState{Version: tls.VersionTLS12, PeerCertificates: chain(t)}
			rows[i] = &c
		}
		return rows
	}
	page, err := status.ConnzOptions{Auth: true, SubsDetail: true}.Select(source)
	if err != nil || len(want.Conns) == 0 {
		t.Fatal(err)
	}
	if got, _ := text(page); got != encode(t, page.Document()) || !strings.Contains(got, "spki_sha256") {
		t.Errorf("got\n%s", got)
	}
}

func TestConnzTextComesInPieces(t *testing.T) {
	list := make([]status.Connection, 1000)
	for i := range list {
		list[i] = status.Connection{ID: uint64(i + 1), Subscriptions: func() []status.SubDetail {
			return []status.SubDetail{{Subject: strings.Repeat("s", i)}}
		}}
	}
	page, err := status.ConnzOptions{Subscriptions: true}.Select(status.ConnzSource{
		Open: func() []status.Row { return asRows(list) },
	})
	if err != nil {
		t.Fatal(err)
	}
	described := 0
	pieces := page.Text()
	for piece := pieces.Next(); piece != nil; piece = pieces.Next() {
		if described++; len(piece) > 64<<10 {
			t.Errorf("a piece of %d bytes", len(piece))
		}
	}
	if described < 15 {
		t.Errorf("1000 connections in %d pieces", described)
	}
}

// BenchmarkConnzText writes 10 000 connections with a subscription each.
func BenchmarkConnzText(b *testing.B) {
	list := make([]status.Connection, 10_000)
	for i := range list {
		list[i] = status.Connection{
			ID: uint64(i + 1), Host: "127.0.0.1", Port: 50_000, Account: "$G", Name: "benchmark", Lang: "go", Version: "1.0",
			Start: time.Now(), LastActivity: time.Now(), NumSubs: 1,
			Subscriptions: func() []status.SubDetail { return []status.SubDetail{{Subject: "some.subject", SID: "1"}} },
		}
	}
	source := status.ConnzSource{ServerID: "N1", Now: time.Now(), Open: func() []status.Row { return asRows(list) }}
	b.ReportAllocs()
	for b.Loop() {
		page, err := status.ConnzOptions{Subscriptions: true, Limit: len(list)}.Select(source)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		t := page.Text()
		for piece := t.Next(); piece != nil; piece = t.Next() {
			n += len(piece)
		}
		b.SetBytes(int64(n))
	}
}
