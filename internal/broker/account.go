package broker

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"sinew.dev/sinew/internal/account"
	"sinew.dev/sinew/internal/subject"
	"sinew.dev/sinew/internal/subject/sublist"
)

// Broker holds the accounts. It is safe for concurrent use.
type Broker struct {
	mu       sync.Mutex
	accounts map[string]*Account

	// Traffic is what all publishers sent and all subscribers got.
	Traffic Traffic
}

// New returns a broker without accounts.
func New() *Broker { return &Broker{accounts: map[string]*Account{}} }

// Account returns the account with this name and makes it if it is new.
func (b *Broker) Account(name string) *Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.accounts[name]
	if a == nil {
		a = &Account{broker: b, name: name, interest: sublist.New[*Subscription]()}
		a.limits.Store(&account.Unlimited)
		b.accounts[name] = a
	}
	return a
}

// Find returns the account with this name, or nil.
func (b *Broker) Find(name string) *Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.accounts[name]
}

// Accounts returns all accounts by name.
func (b *Broker) Accounts() []*Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]*Account, 0, len(b.accounts))
	for _, name := range slices.Sorted(maps.Keys(b.accounts)) {
		list = append(list, b.accounts[name])
	}
	return list
}

// Account is one subject space: what is published in one account is seen in that account only. It is safe for
// concurrent use.
type Account struct {
	broker   *Broker
	name     string
	interest *sublist.List[*Subscription]
	mappings atomic.Pointer[subject.Mappings]
	limits   atomic.Pointer[account.Limits]

	connections atomic.Int64

	// SlowConsumers is how many connections were closed because they did not keep up.
	SlowConsumers atomic.Int64

	// Traffic is what was published in the account and delivered in it.
	Traffic Traffic
}

// Traffic counts messages and their bytes, headers included.
type Traffic struct {
	InMsgs, InBytes, OutMsgs, OutBytes atomic.Int64
}

func (t *Traffic) add(inMsgs, inBytes, outMsgs, outBytes int64) {
	if inMsgs != 0 {
		t.InMsgs.Add(inMsgs)
		t.InBytes.Add(inBytes)
	}
	if outMsgs != 0 {
		t.OutMsgs.Add(outMsgs)
		t.OutBytes.Add(outBytes)
	}
}

// Name is the account's name.
func (a *Account) Name() string { return a.name }

// Interest is the account's subscriptions.
func (a *Account) Interest() *sublist.List[*Subscription] { return a.interest }

// Interested reports whether a message on subj would go to anybody now. It allocates nothing if not.
func (a *Account) Interested(subj []byte) bool { return a.interest.Matches(subj) }

// Mappings is what subjects become when they enter the account; nil: nothing is mapped.
func (a *Account) Mappings() *subject.Mappings { return a.mappings.Load() }

// SetMappings replaces the mappings.
func (a *Account) SetMappings(m *subject.Mappings) { a.mappings.Store(m) }

// Limits is what the account may use; never nil.
func (a *Account) Limits() *account.Limits { return a.limits.Load() }

// SetLimits replaces the limits. They hold for what comes; connections that exist stay.
func (a *Account) SetLimits(l *account.Limits) { a.limits.Store(l) }

// Connect counts a connection in and reports false, without counting it, when the account has as many as it may have.
func (a *Account) Connect() bool {
	limit := int64(a.Limits().MaxConnections)
	for {
		n := a.connections.Load()
		if limit >= 0 && n >= limit {
			return false
		}
		if a.connections.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Disconnect undoes Connect.
func (a *Account) Disconnect() { a.connections.Add(-1) }

// Connections is how many connections are bound to the account.
func (a *Account) Connections() int64 { return a.connections.Load() }

// Subscribe adds a subscription; messages published from now on reach it.
func (a *Account) Subscribe(s *Subscription) { a.interest.Insert(s) }

// Unsubscribe ends a subscription and removes it, if that was not done before.
func (a *Account) Unsubscribe(s *Subscription) {
	if s.End() {
		a.interest.Remove(s)
	}
}

// UnsubscribeAll ends and removes many subscriptions.
func (a *Account) UnsubscribeAll(subs []*Subscription) {
	subs = slices.DeleteFunc(subs, func(s *Subscription) bool { return !s.End() })
	a.interest.RemoveAll(subs)
}
