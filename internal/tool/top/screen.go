package top

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// Screen shows the tables on a terminal until the user quits or ctx ends. It fails if the server does not answer to begin
// with; later it waits for a server that went away.
func Screen(ctx context.Context, o Options, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m, err := newModel(ctx, o)
	if err != nil {
		return err
	}
	first, err := m.poller.sampler.Sample(ctx, m.tables.query())
	if err != nil {
		return err
	}
	m.show(&first)
	m.tables.load(&first)
	options := []tea.ProgramOption{
		tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler(),
	}
	// Any value counts, says no-color.org; the library wants one that means true.
	if os.Getenv("NO_COLOR") != "" {
		options = append(options, tea.WithColorProfile(colorprofile.ASCII))
	}
	_, err = tea.NewProgram(m, options...).Run()
	cancel()
	m.poller.wait()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil && !errors.Is(err, tea.ErrProgramPanic) {
		return nil // interrupted from outside, which ends what has no end
	}
	return err
}

// poller samples in the background, one sample at a time. Its methods are safe for concurrent use.
type poller struct {
	mu      sync.Mutex // held while sampling
	sampler *Sampler
}

// sample returns what the server says now.
func (p *poller) sample(ctx context.Context, q Query) (Snapshot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sampler.Sample(ctx, q)
}

// wait returns when nothing is sampled any more.
func (p *poller) wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
}
