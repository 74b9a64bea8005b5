package status_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

func cids(doc *status.Connz) []uint64 {
	var list []uint64
	for _, c := range doc.Conns {
		list = append(list, c.CID)
	}
	return list
}

// TestConnzFiltersBySubject has answers that the reference gave to its system service: over HTTP it does not filter.
func TestConnzFiltersBySubject(t *testing.T) {
	_, source := universe(t, "connz_all.json")
	for _, c := range []struct {
		options status.ConnzOptions
		want    []uint64
		total   int
	}{
		{status.ConnzOptions{Account: "A", FilterSubject: "foo"}, []uint64{7, 8}, 5},
		{status.ConnzOptions{Account: "A", FilterSubject: "foo", State: status.ConnAll}, []uint64{7, 8, 18}, 7},
		{status.ConnzOptions{Account: "A", FilterSubject: "foo.*"}, []uint64{8}, 5},
		{status.ConnzOptions{Account: "A", FilterSubject: "bar.*"}, []uint64{7, 13}, 5},
		{status.ConnzOptions{Account: "A", FilterSubject: "bar.q"}, []uint64{7}, 5},
		{status.ConnzOptions{Account: "A", FilterSubject: "foo.."}, nil, 5},
		{status.ConnzOptions{Account: "A", FilterSubject: "foo", Limit: 1, Offset: 1}, []uint64{8}, 5},
		{status.ConnzOptions{Account: "A", FilterSubject: "foo", User: "al2"}, []uint64{8}, 5},
		{status.ConnzOptions{Account: "A", FilterSubject: "foo", CID: 12}, nil, 5},
		{status.ConnzOptions{Account: "A", FilterSubject: ">"}, []uint64{7, 8, 12, 13, 19}, 5},
		{status.ConnzOptions{Account: "B", FilterSubject: "a.*"}, []uint64{10}, 2},
		{status.ConnzOptions{Account: "B", FilterSubject: "x.1.*"}, []uint64{10}, 2},
		{status.ConnzOptions{Account: "B", FilterSubject: "*.1"}, []uint64{9}, 2},
		{status.ConnzOptions{Account: "B", FilterSubject: "*.*"}, []uint64{9, 10}, 2},
		{status.ConnzOptions{Account: "B", FilterSubject: "*"}, nil, 2},
	} {
		doc, err := connz(c.options, source)
		if err != nil {
			t.Errorf("%+v: %v", c.options, err)
			continue
		}
		if got := cids(doc); !slices.Equal(got, c.want) || doc.Total != c.total {
			t.Errorf("%+v: %v of %d, want %v of %d", c.options, got, doc.Total, c.want, c.total)
		}
	}
}

func TestConnzRefusesWhatItCannotAnswer(t *testing.T) {
	_, source := universe(t, "connz_all.json")
	for want, options := range map[string]status.ConnzOptions{
		"filter by subject only valid with account filtering": {FilterSubject: "foo"},
		"invalid sorting option: zzz":                         {Sort: "zzz"},
		"Error decoding state for 7":                          {State: 7},
	} {
		_, err := options.Select(source)
		var bad *status.ParameterError
		if !errors.As(err, &bad) || err.Error() != want {
			t.Errorf("%+v: %v, want %s", options, err, want)
		}
	}
}

// TestConnzAsksOnlyForWhatIsNeeded: rows and subscriptions cost a server with many connections a lot.
func TestConnzAsksOnlyForWhatIsNeeded(t *testing.T) {
	asked := 0
	rows := func(closed bool) func() []status.Row {
		return func() []status.Row {
			list := make([]status.Connection, 10)
			for i := range list {
				list[i].ID = uint64(i + 1)
				if closed {
					list[i].ID, list[i].Stop = uint64(i+5), time.Unix(1, 0)
				}
				list[i].Subscriptions = func() []status.SubDetail { asked++; return nil }
			}
			return asRows(list)
		}
	}
	never := func() []status.Row { t.Error("asked for rows of the wrong state"); return nil }

	doc, err := connz(status.ConnzOptions{Limit: 3, Subscriptions: true}, status.ConnzSource{Open: rows(false), Closed: never})
	if err != nil || len(doc.Conns) != 3 || asked != 3 {
		t.Errorf("open: %v, %d shown, asked %d times", err, len(doc.Conns), asked)
	}
	doc, err = connz(status.ConnzOptions{State: status.ConnClosed}, status.ConnzSource{Open: never, Closed: rows(true)})
	if err != nil || len(doc.Conns) != 10 || asked != 3 {
		t.Errorf("closed: %v, %d shown, asked %d times", err, len(doc.Conns), asked)
	}
	// Those that closed while the rows were collected are in both lists.
	doc, err = connz(status.ConnzOptions{State: status.ConnAll}, status.ConnzSource{Open: rows(false), Closed: rows(true)})
	if got := cids(doc); err != nil || !slices.Equal(got, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}) {
		t.Errorf("all: %v, %v", err, got)
	}
}

// chain is the certificates that the recorded clients presented.
func chain(t *testing.T) (list []*x509.Certificate) {
	t.Helper()
	data, err := os.ReadFile("testdata/client_chain.pem")
	if err != nil {
		t.Fatal(err)
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

func TestConnzTellsOfTLSAsRecorded(t *testing.T) {
	want, source := universe(t, "connz_tls.json")
	certificates := chain(t)
	withTLS := func(list []status.Row) []status.Row {
		rows := make([]status.Connection, len(list))
		for i := range rows {
			rows[i] = list[i].Describe()
			rows[i].TLS = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, PeerCertificates: certificates}
			if rows[i].Name == "t12" {
				rows[i].TLS.Version, rows[i].TLS.CipherSuite = tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
			}
			if !rows[i].Stop.IsZero() {
				rows[i].Account = "$G" // the document leaves it out
			}
			subscriptions := rows[i].Subscriptions
			rows[i].Subscriptions = func() []status.SubDetail {
				subs := subscriptions()
				for i := range subs {
					subs[i].Account = "$G"
				}
				return subs
			}
		}
		return asRows(rows)
	}
	open, closed := source.Open, source.Closed
	source.Open = func() []status.Row { return withTLS(open()) }
	source.Closed = func() []status.Row { return withTLS(closed()) }

	got, err := connz(status.ConnzOptions{State: status.ConnAll, Auth: true, SubsDetail: true}, source)
	if err != nil {
		t.Fatal(err)
	}
	if g, w := encode(t, got), encode(t, want); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}

	got, err = connz(status.ConnzOptions{}, source)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got.Conns {
		if c.TLSPeerCerts != nil || c.AuthorizedUser != "" || c.NameTag != "" || c.TLSVersion == "" {
			t.Errorf("without auth: %+v", c)
		}
	}
}
