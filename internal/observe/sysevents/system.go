package sysevents

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/observe"
	"sinew.dev/sinew/internal/observe/status"
)

// Source makes the documents. It is safe for concurrent use. An error's text is sent.
type Source interface {
	Varz() *status.Varz // HTTPReqStats included
	Connz(status.ConnzOptions) (*status.Connz, error)
	Subsz(status.SubszOptions) (*status.Subsz, error)
	Healthz(status.HealthzOptions) *status.Healthz
	Accountz(status.AccountzOptions) (*status.Accountz, error)
	AccountStatz(status.AccountStatzOptions) *status.AccountStatz
	Statsz() *ServerStats
}

// Control acts on the server. It is safe for concurrent use.
type Control interface {
	// Reload reads the configuration again. It may take seconds.
	Reload() error
	// Kick closes the connection with this number, and LameDuck tells its client to leave. An error's text is sent.
	Kick(cid uint64) error
	LameDuck(cid uint64) error
	// UserInfo says who a publisher is.
	UserInfo(from broker.Sink) UserInfo
}

// Options says what a System is part of.
type Options struct {
	Account *broker.Account // the system account
	Global  string          // the name of the account of those without one: its connections are not counted out loud
	Info    ServerInfo
	Source  Source
	Control Control
	Log     observe.Logger
	// CommandLine is shown as it is: secrets must be gone from it.
	CommandLine []string
	Events      int // how many events may wait; 0: 65536
}

// System is the server's part of the system account. It is safe for concurrent use.
//
// Events wait in a bounded queue; when it is full they are dropped, because those who connect must not wait. An event that
// nobody in the system account listens to is not made at all.
type System struct {
	account *broker.Account
	global  string
	source  Source
	control Control
	log     observe.Logger

	maxEvents   int
	commandLine []string

	info     atomic.Pointer[ServerInfo]
	sequence atomic.Uint64

	statsSubject                        string
	shutdown, lameDuck, authenticateErr string
	subjects                            sync.Map // account name to *accountSubjects

	// Each has its own queue, so that a crowd in one does not hold up the others.
	events   *broker.Local // publishes what happens
	services *broker.Local // requests in the system account
	tenants  *broker.Local // requests in all other accounts
	slow     slowTasks     // what takes seconds
	dropped  [3]uint64     // how many each had dropped when it was logged last; owned by the events' goroutine

	closing chan struct{} // closed when Close begins
	ended   chan struct{} // closed when Close is over

	mu         sync.Mutex
	started    bool
	closed     bool
	served     map[*broker.Account]bool // where requests are answered
	statsTimer *time.Timer
	connsTimer *time.Timer
}

// New returns a System that does nothing yet.
func New(o Options) *System {
	server := "$SYS.SERVER." + o.Info.ID
	s := &System{
		account: o.Account, global: o.Global, source: o.Source, control: o.Control, log: o.Log, maxEvents: o.Events, commandLine: o.CommandLine,
		statsSubject: server + ".STATSZ", shutdown: server + ".SHUTDOWN", lameDuck: server + ".LAMEDUCK",
		authenticateErr: server + ".CLIENT.AUTH.ERR",
		closing:         make(chan struct{}),
		ended:           make(chan struct{}),
		served:          map[*broker.Account]bool{},
	}
	if s.maxEvents == 0 {
		s.maxEvents = 64 << 10
	}
	s.info.Store(&o.Info)
	return s
}

// Start answers requests and tells of events from now on. accounts are all there are.
func (s *System) Start(accounts []*broker.Account) {
	s.open(accounts)
	s.schedule(&s.statsTimer, firstStats, func() { s.publishStats(thenStats) })
	s.schedule(&s.connsTimer, connsEvery, s.publishAllConnections)
}

func (s *System) open(accounts []*broker.Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started || s.closed {
		return
	}
	s.started = true
	s.events = broker.NewLocal(broker.LocalOptions{Messages: s.maxEvents, Bytes: 64 << 20})
	s.services = broker.NewLocal(broker.LocalOptions{})
	s.tenants = broker.NewLocal(broker.LocalOptions{Messages: 1024, Bytes: 4 << 20})
	s.serve(accounts)
}

// Follow makes the server describe itself with info from now on, and answers in accounts that are new.
func (s *System) Follow(info ServerInfo, accounts []*broker.Account) {
	s.info.Store(&info)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started && !s.closed {
		s.serve(accounts)
	}
}

// LameDuck tells that the server is about to go away.
func (s *System) LameDuck() { s.publishPlain(s.lameDuck) }

// Close tells that the server ends, and waits for what is being done. Nothing is told or answered afterwards.
func (s *System) Close() {
	s.publishPlain(s.shutdown)
	s.mu.Lock()
	started := s.started && !s.closed
	s.closed = true
	s.mu.Unlock()
	if !started {
		return
	}
	close(s.closing)
	for _, timer := range []*time.Timer{s.statsTimer, s.connsTimer} {
		if timer != nil {
			timer.Stop()
		}
	}
	s.services.Close()
	s.tenants.Close()
	s.slow.wait()
	s.events.Close()
	close(s.ended)
}

// publishPlain publishes the server's description behind the events that wait, and returns when it is out.
func (s *System) publishPlain(subject string) {
	if !s.running() {
		return
	}
	done := make(chan struct{})
	if !s.events.Post(func() {
		defer close(done)
		s.publish(subject, s.stamp(time.Now()))
	}) {
		s.publish(subject, s.stamp(time.Now()))
		return
	}
	select {
	case <-done:
	case <-s.ended:
	}
}

func (s *System) running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started && !s.closed
}

// schedule runs f on the events' goroutine after d, unless the system is closed by then.
func (s *System) schedule(timer **time.Timer, d time.Duration, f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started || s.closed {
		return
	}
	*timer = time.AfterFunc(d, func() { s.events.Post(f) })
}

// interested reports whether anybody in the system account listens to a subject.
func (s *System) interested(subject string) bool { return s.account.Interested([]byte(subject)) }

// publish sends a document in the system account.
func (s *System) publish(subject string, document any) { s.publishIn(s.account, subject, document) }

func (s *System) publishIn(a *broker.Account, subject string, document any) {
	if body := s.encode(document); body != nil {
		s.events.Publish(a, subject, "", nil, body)
	}
}

// encode makes JSON; nil: it cannot be made, which was logged.
func (s *System) encode(document any) []byte {
	body, err := json.Marshal(document)
	if err != nil {
		s.log.Errorf("SYSTEM - encode %T: %v", document, err)
		return nil
	}
	return body
}
