package top

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// View is one of the tables.
type View int

// The views, in the order they are offered.
const (
	Connections View = iota
	Subjects
	Subscriptions
	Accounts
	views // how many there are
)

// viewNames are what --view takes.
var viewNames = [views]string{"connections", "subjects", "subscriptions", "accounts"}

func (v View) String() string { return viewNames[v] }

// Snapshot is what a server said at one time. Only the rows of the view that was asked for are set.
type Snapshot struct {
	Time   time.Time `json:"time"` // ours
	View   string    `json:"view"`
	Server Server    `json:"server"`
	// Page applies to connections and subscriptions; subjects are summed up from a page of subscriptions.
	Page
	Connections   []Connection   `json:"connections,omitzero"`
	Subjects      []Subject      `json:"subjects,omitzero"`
	Subscriptions []Subscription `json:"subscriptions,omitzero"`
	Accounts      []Account      `json:"accounts,omitzero"`
}

// subscriptionKey tells subscriptions of a server apart.
type subscriptionKey struct {
	cid     uint64
	account string
	sid     string
}

// Sampler asks a source again and again, and adds the rates. It belongs to one goroutine.
type Sampler struct {
	source        Source
	id            string // of the server the trackers know
	server        tracker[string]
	connections   tracker[uint64]
	subscriptions tracker[subscriptionKey]
	accounts      tracker[string]
}

// NewSampler returns a sampler of source.
func NewSampler(source Source) *Sampler { return &Sampler{source: source} }

// Sample asks for what the server says now. Rates are missing in the first sample, and in the first one that a server
// gives after it started again. With an error the snapshot's Server is set if the server answered at all.
func (s *Sampler) Sample(ctx context.Context, q Query) (Snapshot, error) {
	server, err := s.source.Server(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	if server.ID != s.id {
		*s = Sampler{source: s.source, id: server.ID}
	}
	s.server.begin(server.Now)
	server.Rates = s.server.rates(server.ID, server.Start, server.Flow)
	snapshot := Snapshot{Time: time.Now(), View: q.View.String(), Server: server}
	switch q.View {
	case Connections:
		err = s.sampleConnections(ctx, q, &snapshot)
	case Subjects, Subscriptions:
		err = s.sampleSubscriptions(ctx, q, &snapshot)
	case Accounts:
		err = s.sampleAccounts(ctx, &snapshot)
	}
	return snapshot, err
}

func (s *Sampler) sampleConnections(ctx context.Context, q Query, snapshot *Snapshot) error {
	rows, page, err := s.source.Connections(ctx, q)
	if err != nil {
		return err
	}
	s.connections.begin(page.at)
	for i := range rows {
		rows[i].Rates = s.connections.rates(rows[i].CID, rows[i].Start, rows[i].Flow)
	}
	snapshot.Connections, snapshot.Page = rows, page
	return nil
}

func (s *Sampler) sampleSubscriptions(ctx context.Context, q Query, snapshot *Snapshot) error {
	rows, page, err := s.source.Subscriptions(ctx, q)
	if err != nil {
		return err
	}
	s.subscriptions.begin(page.at)
	for i := range rows {
		rows[i].Rate = nil
		key := subscriptionKey{rows[i].CID, rows[i].Account, rows[i].SID}
		if rates := s.subscriptions.rates(key, time.Time{}, Flow{OutMsgs: rows[i].Msgs}); rates != nil {
			rows[i].Rate = &rates.OutMsgs
		}
	}
	// Servers give subscriptions in an order that changes from one answer to the next.
	slices.SortFunc(rows, func(a, b Subscription) int {
		return cmp.Or(cmp.Compare(a.CID, b.CID), cmp.Compare(len(a.SID), len(b.SID)), cmp.Compare(a.SID, b.SID))
	})
	snapshot.Page = page
	if !q.System {
		rows = slices.DeleteFunc(rows, func(s Subscription) bool { return strings.HasPrefix(s.Subject, "$SYS.") })
	}
	if q.View == Subjects {
		snapshot.Subjects = sumUp(rows)
	} else {
		snapshot.Subscriptions = rows
	}
	return nil
}

// sumUp gathers subscriptions by account and subject, in the order of these.
func sumUp(rows []Subscription) []Subject {
	type key struct{ account, subject string }
	type sum struct {
		Subject
		queues map[string]bool
	}
	sums := make(map[key]*sum)
	for _, row := range rows {
		k := key{row.Account, row.Subject}
		s := sums[k]
		if s == nil {
			s = &sum{Subject: Subject{Account: row.Account, Subject: row.Subject}}
			sums[k] = s
		}
		s.Subscribers++
		s.Msgs += row.Msgs
		if row.Queue != "" {
			if s.queues == nil {
				s.queues = make(map[string]bool)
			}
			s.queues[row.Queue] = true
		}
		if row.Rate != nil {
			if s.Rate == nil {
				s.Rate = new(float64)
			}
			*s.Rate += *row.Rate
		}
	}
	subjects := make([]Subject, 0, len(sums))
	for _, s := range sums {
		s.Queues = len(s.queues)
		subjects = append(subjects, s.Subject)
	}
	slices.SortFunc(subjects, func(a, b Subject) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Subject, b.Subject))
	})
	return subjects
}

func (s *Sampler) sampleAccounts(ctx context.Context, snapshot *Snapshot) error {
	rows, page, err := s.source.Accounts(ctx)
	if err != nil {
		return err
	}
	s.accounts.begin(page.at)
	for i := range rows {
		rows[i].Rates = s.accounts.rates(rows[i].Name, time.Time{}, rows[i].flow())
	}
	snapshot.Accounts, snapshot.Page = rows, page
	return nil
}
