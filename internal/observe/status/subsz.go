package status

import (
	"iter"
	"net/url"
	"time"
)

// Subsz is the document of /subsz: the interest of all accounts, or of one.
type Subsz struct {
	ServerID string    `json:"server_id"`
	Now      time.Time `json:"now"`
	Interest
	Total  int         `json:"total"` // how many subscriptions match; zero unless they were asked for
	Offset int         `json:"offset"`
	Limit  int         `json:"limit"`
	Subs   []SubDetail `json:"subscriptions_list,omitempty"`
}

// Interest counts what the index of subscriptions holds and does.
type Interest struct {
	NumSubs      uint32  `json:"num_subscriptions"`
	NumCache     uint32  `json:"num_cache"`
	NumInserts   uint64  `json:"num_inserts"`
	NumRemoves   uint64  `json:"num_removes"`
	NumMatches   uint64  `json:"num_matches"`
	CacheHitRate float64 `json:"cache_hit_rate"` // 0 to 1
	MaxFanout    uint32  `json:"max_fanout"`
	AvgFanout    float64 `json:"avg_fanout"`
}

// Add makes in the sum of itself and other: averages weigh as much as what they stand for.
func (in *Interest) Add(other Interest) {
	if matches := in.NumMatches + other.NumMatches; matches > 0 {
		hits := in.CacheHitRate*float64(in.NumMatches) + other.CacheHitRate*float64(other.NumMatches)
		in.CacheHitRate = hits / float64(matches)
	}
	if results := in.NumCache + other.NumCache; results > 0 {
		fanout := in.AvgFanout*float64(in.NumCache) + other.AvgFanout*float64(other.NumCache)
		in.AvgFanout = fanout / float64(results)
	}
	in.NumSubs += other.NumSubs
	in.NumCache += other.NumCache
	in.NumInserts += other.NumInserts
	in.NumRemoves += other.NumRemoves
	in.NumMatches += other.NumMatches
	in.MaxFanout = max(in.MaxFanout, other.MaxFanout)
}

// SubDetail is one subscription. The server fills Account; a document may leave it out.
type SubDetail struct {
	Account    string `json:"account,omitempty"`
	AccountTag string `json:"account_tag,omitempty"` // the account's friendly name; set by this package
	Subject    string `json:"subject"`
	Queue      string `json:"qgroup,omitempty"`
	SID        string `json:"sid"`
	Msgs       int64  `json:"msgs"`          // delivered so far
	Max        int64  `json:"max,omitempty"` // deliveries after which it ends
	CID        uint64 `json:"cid"`
}

// SubszOptions is what can be asked of /subsz. The zero value asks for the counters alone.
type SubszOptions struct {
	Offset        int    `json:"offset"` // below zero means zero
	Limit         int    `json:"limit"`  // zero and below means 1024
	Subscriptions bool   `json:"subscriptions"`
	Account       string `json:"account,omitempty"` // empty means all
	Test          string `json:"test,omitempty"`    // only subscriptions that match this subject
}

// ParseSubsz reads the options from the parameters of a request.
func ParseSubsz(values url.Values) (SubszOptions, error) {
	p := parameters{values: values}
	o := SubszOptions{
		Subscriptions: p.bool("subs"),
		Offset:        p.int("offset"),
		Limit:         p.int("limit"),
		Account:       values.Get("acc"),
		Test:          values.Get("test"),
	}
	if p.err != nil {
		return SubszOptions{}, p.err
	}
	return o, nil
}

// SubszSource is where a Subsz gets its counters and rows.
type SubszSource struct {
	ServerID string
	Now      time.Time
	Interest Interest // of the account asked for, or the sum of all

	// Subscriptions yields those of the account asked for, or of all. It is called at most once. What it yields is
	// looked at one by one: it need not be held in memory. Nil means none.
	Subscriptions iter.Seq[SubDetail]
}

// Select answers o with what s has. The error is a *ParameterError.
func (o SubszOptions) Select(s SubszSource) (*Subsz, error) {
	if o.Test != "" && !literal(o.Test) {
		return nil, badParameter("invalid test subject, must be valid publish subject: %s", o.Test)
	}
	doc := &Subsz{ServerID: s.ServerID, Now: s.Now.UTC(), Interest: s.Interest}
	doc.Offset, doc.Limit = pageOf(o.Offset, o.Limit)
	if !o.Subscriptions || s.Subscriptions == nil {
		return doc, nil
	}
	for sub := range s.Subscriptions {
		if o.Account != "" && sub.Account != o.Account || o.Test != "" && !overlap(sub.Subject, o.Test) {
			continue
		}
		if doc.Total >= doc.Offset && len(doc.Subs) < doc.Limit {
			sub.AccountTag = sub.Account
			doc.Subs = append(doc.Subs, sub)
		}
		doc.Total++
	}
	return doc, nil
}
