package status_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"testing"

	"sinew.dev/sinew/internal/observe/status"
)

// FuzzQueries asks all documents whatever a client may send: an answer is consistent and can be encoded, and an error
// is one for the client.
func FuzzQueries(f *testing.F) {
	for _, query := range []string{
		"", "sort=stop&state=closed&subs=detail", "limit=-1&offset=9223372036854775807", "acc=A&user=alice&auth=1",
		"cid=18446744073709551615", "subs=1&test=foo&acc=A&offset=3", "details=1&consumer=c", "filter_subject=a.*&acc=A",
	} {
		f.Add(query)
	}
	_, source := universe(f, "connz_all.json")
	var subs status.Subsz
	read(f, "subsz_all.json", &subs)
	f.Fuzz(func(t *testing.T, query string) {
		values, _ := url.ParseQuery(query)
		if o, err := status.ParseConnz(values); err == nil {
			o.FilterSubject = values.Get("filter_subject")
			if doc, err := connz(o, source); err == nil {
				if doc.NumConns != len(doc.Conns) || doc.NumConns > doc.Limit || doc.NumConns > doc.Total {
					t.Errorf("%q: %d shown of %d, limit %d, total %d", query, len(doc.Conns), doc.NumConns, doc.Limit, doc.Total)
				}
				encode(t, doc)
			}
		}
		if o, err := status.ParseSubsz(values); err == nil {
			if doc, err := o.Select(status.SubszSource{Subscriptions: slices.Values(subs.Subs)}); err == nil {
				if len(doc.Subs) > doc.Limit || len(doc.Subs) > doc.Total {
					t.Errorf("%q: %d shown, limit %d, total %d", query, len(doc.Subs), doc.Limit, doc.Total)
				}
				encode(t, doc)
			}
		}
		if o, err := status.ParseHealthz(values); err == nil {
			if _, err := json.Marshal(o.Select(status.Health{})); err != nil {
				t.Errorf("%q: %v", query, err)
			}
		}
	})
}
