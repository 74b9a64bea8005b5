package top

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// model is the screen's state. Bubble Tea calls its methods from one goroutine; only poller is used by others.
type model struct {
	ctx    context.Context
	poller *poller
	place  func() string

	tables   *tables
	back     []place // where escape leads
	interval time.Duration
	server   Server
	at       time.Time // of the sample that is shown; ours
	err      error     // of the last sample
	away     bool      // the server did not answer; else it said no to one thing

	width, height int
	paused, help  bool
	prompt        *prompt
	message       string // shown until the next key

	cancel context.CancelFunc // of the sample under way, or nil
	again  bool               // another sample is wanted as soon as that one has ended
	turn   int                // number of the sample; a tick for an older one is void
	began  time.Time          // of the last sample
}

// place is a table with its filter.
type place struct {
	view   View
	filter filter
}

func newModel(ctx context.Context, o Options) (*model, error) {
	t, err := newTables(o)
	if err != nil {
		return nil, err
	}
	return &model{
		ctx: ctx, poller: &poller{sampler: NewSampler(o.Source)}, place: o.Source.Place, tables: t,
		interval: interval(o), width: 80, height: 24,
	}, nil
}

type (
	// sampleMsg is a sample that has ended.
	sampleMsg struct {
		query    Query
		snapshot Snapshot
		err      error
	}
	// tickMsg says that the next sample is due.
	tickMsg struct{ turn int }
)

// Init implements tea.Model.
func (m *model) Init() tea.Cmd { return m.later() }

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		return m, m.key(msg)
	case tea.PasteMsg:
		if m.prompt != nil {
			m.prompt.insert(msg.Content)
			m.typed()
		}
	case tickMsg:
		if msg.turn == m.turn && !m.paused {
			return m, m.sample()
		}
	case sampleMsg:
		return m, m.sampled(msg)
	}
	return m, nil
}

// sample starts a sample. If one is under way, that one is ended first.
func (m *model) sample() tea.Cmd {
	if m.cancel != nil {
		m.again = true
		m.cancel()
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	m.cancel = cancel
	m.turn++
	m.began = time.Now()
	query := m.tables.query()
	return func() tea.Msg {
		snapshot, err := m.poller.sample(ctx, query)
		return sampleMsg{query, snapshot, err}
	}
}

func (m *model) sampled(msg sampleMsg) tea.Cmd {
	m.cancel()
	m.cancel = nil
	if m.again {
		m.again = false
		return m.sample()
	}
	m.err = msg.err
	m.away = msg.snapshot.Server.ID == ""
	if !m.away {
		m.show(&msg.snapshot)
	}
	if msg.err == nil {
		m.tables.load(&msg.snapshot)
	}
	return m.later()
}

func (m *model) show(s *Snapshot) { m.server, m.at = s.Server, s.Time }

// later waits for the next sample.
func (m *model) later() tea.Cmd {
	if m.paused {
		return nil
	}
	turn := m.turn
	wait := m.interval
	if !m.began.IsZero() {
		wait = max(0, m.interval-time.Since(m.began))
	}
	return tea.Tick(wait, func(time.Time) tea.Msg { return tickMsg{turn} })
}
