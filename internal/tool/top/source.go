package top

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Query is a page of rows to ask a server for.
type Query struct {
	View View
	// Sort is one of the orders that servers know (see /connz); empty is by cid. It applies to connections only.
	Sort string
	// Limit and Offset choose the page. Limit must be positive.
	Limit, Offset int
	// Account and User choose rows, if set; User applies to connections only.
	Account, User string
	// CID, if set, is the one connection to show, or whose subscriptions to show.
	CID uint64
	// Test, if set, is a literal subject: only subscriptions that match it are shown.
	Test string
	// System keeps subscriptions on subjects below $SYS, of which a server has dozens of its own.
	System bool
}

// Source asks one server. Errors of its methods are for the user to read; they hold no secrets. Its methods are not
// called concurrently.
type Source interface {
	// Place says where the answers come from, for the header.
	Place() string
	Server(ctx context.Context) (Server, error)
	Connections(ctx context.Context, q Query) ([]Connection, Page, error)
	Subscriptions(ctx context.Context, q Query) ([]Subscription, Page, error)
	Accounts(ctx context.Context) ([]Account, Page, error)
	// Close gives back what the source holds.
	Close()
}

// asker sends one request to a server and decodes the document that comes back.
type asker interface {
	place() string
	ask(ctx context.Context, request request, document any) error
	close()
}

// request names a document in both ways one can ask for it.
type request struct {
	path    string     // of the HTTP endpoint, without the slash
	query   url.Values // its parameters
	service string     // of the system account: $SYS.REQ.SERVER.<id>.<service>
	account bool       // $SYS.REQ.ACCOUNT.PING.<service> instead, which all servers answer
	body    any        // the service's options
}

// documents is a Source over either asker.
type documents struct{ asker }

func (d documents) Place() string { return d.place() }
func (d documents) Close()        { d.close() }

// Server implements Source.
func (d documents) Server(ctx context.Context) (Server, error) {
	var server Server
	err := d.ask(ctx, request{path: "varz", service: "VARZ"}, &server)
	if err == nil && server.ID == "" {
		err = fmt.Errorf("%s does not answer as a NATS server does", d.place())
	}
	return server, err
}

// connzOptions are the options of the service CONNZ.
type connzOptions struct {
	Sort    string `json:"sort,omitempty"`
	Auth    bool   `json:"auth"`
	Detail  bool   `json:"subscriptions_detail,omitempty"`
	Offset  int    `json:"offset"`
	Limit   int    `json:"limit"`
	CID     uint64 `json:"cid,omitempty"`
	Account string `json:"acc,omitempty"`
	User    string `json:"user,omitempty"`
}

func (o connzOptions) request() request {
	query := url.Values{
		"auth": {"1"}, "offset": {strconv.Itoa(o.Offset)}, "limit": {strconv.Itoa(o.Limit)},
	}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("sort", o.Sort)
	set("acc", o.Account)
	set("user", o.User)
	if o.CID != 0 {
		query.Set("cid", strconv.FormatUint(o.CID, 10))
	}
	if o.Detail {
		query.Set("subs", "detail")
	}
	return request{path: "connz", query: query, service: "CONNZ", body: o}
}

// Connections implements Source.
func (d documents) Connections(ctx context.Context, q Query) ([]Connection, Page, error) {
	options := connzOptions{
		Sort: q.Sort, Auth: true, Offset: q.Offset, Limit: q.Limit, CID: q.CID, Account: q.Account, User: q.User,
	}
	return d.connections(ctx, options)
}

func (d documents) connections(ctx context.Context, options connzOptions) ([]Connection, Page, error) {
	var reply struct {
		Page
		Now         time.Time        `json:"now"`
		Connections list[Connection] `json:"connections"`
	}
	err := d.ask(ctx, options.request(), &reply)
	reply.at = reply.Now
	return reply.Connections, reply.Page, err
}

// subszOptions are the options of the service SUBSZ.
type subszOptions struct {
	Offset        int    `json:"offset"`
	Limit         int    `json:"limit"`
	Subscriptions bool   `json:"subscriptions"`
	Account       string `json:"account,omitempty"`
	Test          string `json:"test,omitempty"`
}

func (o subszOptions) request() request {
	query := url.Values{"subs": {"1"}, "offset": {strconv.Itoa(o.Offset)}, "limit": {strconv.Itoa(o.Limit)}}
	if o.Account != "" {
		query.Set("acc", o.Account)
	}
	if o.Test != "" {
		query.Set("test", o.Test)
	}
	return request{path: "subsz", query: query, service: "SUBSZ", body: o}
}

// Subscriptions implements Source.
func (d documents) Subscriptions(ctx context.Context, q Query) ([]Subscription, Page, error) {
	if q.CID != 0 {
		return d.subscriptionsOf(ctx, q)
	}
	options := subszOptions{
		Offset: q.Offset, Limit: q.Limit, Subscriptions: true, Account: q.Account, Test: q.Test,
	}
	var reply struct {
		Page
		Now           time.Time          `json:"now"`
		Subscriptions list[Subscription] `json:"subscriptions_list"`
	}
	err := d.ask(ctx, options.request(), &reply)
	reply.at = reply.Now
	return reply.Subscriptions, reply.Page, err
}

// subscriptionsOf returns all subscriptions of one connection. The server knows no pages of those.
func (d documents) subscriptionsOf(ctx context.Context, q Query) ([]Subscription, Page, error) {
	conns, page, err := d.connections(ctx, connzOptions{Auth: true, Detail: true, Limit: 1, CID: q.CID})
	if err != nil || len(conns) == 0 {
		return nil, Page{Limit: q.Limit, at: page.at}, err
	}
	subs := conns[0].Details
	for i := range subs {
		subs[i].CID = q.CID
		if subs[i].Account == "" {
			subs[i].Account = conns[0].Account
		}
	}
	return subs, Page{Total: len(subs), Limit: max(q.Limit, len(subs)), at: page.at}, nil
}

// accstatzOptions are the options of the service STATZ of accounts.
type accstatzOptions struct {
	Accounts []string `json:"accounts"`
	Unused   bool     `json:"include_unused"`
}

// Accounts implements Source.
func (d documents) Accounts(ctx context.Context) ([]Account, Page, error) {
	var reply struct {
		Now      time.Time     `json:"now"`
		Accounts list[Account] `json:"account_statz"`
	}
	err := d.ask(ctx, request{
		path: "accstatz", query: url.Values{"unused": {"1"}},
		service: "STATZ", account: true, body: accstatzOptions{Accounts: []string{}, Unused: true},
	}, &reply)
	return reply.Accounts, Page{Total: len(reply.Accounts), Limit: len(reply.Accounts), at: reply.Now}, err
}

// maxReply bounds an answer, in bytes: some 100,000 connections.
const maxReply = 64 << 20

// bounded gives a request its time.
func bounded(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, timeout)
}
