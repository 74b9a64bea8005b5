package tool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sinew.dev/sinew/internal/tool/contexts"
	"sinew.dev/sinew/server"
)

const devLong = `Start a server to develop against: on loopback, open to every client without a login, with monitoring, a system account
and a log of who comes and goes. It stops with Ctrl-C.

Clients find it on port 4222 and browsers on 8222, or on free ports when those are taken. What it stores stays in its data
folder, from one run to the next. Two contexts lead to it as long as it runs: sinew-dev for programs, sinew-dev-sys for
the system account. The context that you have selected stays selected.`

// dev is the command `sinew dev`.
type dev struct {
	name, data    string
	port, monitor int
	trace         bool
	noContexts    bool
}

func newDev() *cobra.Command {
	d := &dev{}
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Start a server to develop against",
		Long:  devLong,
		Example: `  sinew dev
  sinew dev --trace
  sinew dev --name orders --port 4300`,
		Args: usageArgs(cobra.NoArgs),
		RunE: d.run,
	}
	flags := cmd.Flags()
	flags.StringVar(&d.name, "name", "dev", "`name` of the server, its data folder and its contexts: several can run")
	flags.StringVar(&d.data, "data", "", "`folder` for what it stores (default ~/.local/share/sinew/NAME)")
	flags.IntVarP(&d.port, "port", "p", 0, "client `port` (default 4222, or a free one)")
	flags.IntVarP(&d.monitor, "monitor", "m", 0, "monitoring `port` (default 8222, or a free one)")
	flags.BoolVarP(&d.trace, "trace", "V", false, "log every line of the protocol")
	flags.BoolVar(&d.noContexts, "no-contexts", false, "write no contexts")
	return unconnected(cmd)
}

func (d *dev) run(cmd *cobra.Command, _ []string) (err error) {
	if err := d.check(); err != nil {
		return usage(cmd, err)
	}
	ctx, stop := untilHangup(cmd.Context())
	defer stop()
	began := time.Now()

	site, err := openDevSite(d.name, d.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.close()) }()
	if err := site.choosePorts(d.port, d.monitor); err != nil {
		return err
	}
	log := newDevLog(cmd.ErrOrStderr(), coloured(cmd.ErrOrStderr()))
	s, err := d.start(site, log)
	if err != nil {
		log.release()
		return err
	}
	defer s.Shutdown()

	written := &devContexts{}
	if !d.noContexts {
		if err := written.write(site, s.URL()); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, written.remove()) }()
	}
	report := devReport{site: site, server: s, contexts: written, took: time.Since(began), coloured: coloured(cmd.OutOrStdout())}
	if err := report.write(ctx, cmd.OutOrStdout()); err != nil {
		return err
	}
	log.follow()
	return d.wait(ctx, cmd, s)
}

func (d *dev) check() error {
	if err := contexts.CheckName(d.name); err != nil {
		return fmt.Errorf("--name: %w", err)
	}
	for flag, port := range map[string]int{"--port": d.port, "--monitor": d.monitor} {
		if port < 0 || port > 65535 {
			return fmt.Errorf("%s must be between 1 and 65535", flag)
		}
	}
	return nil
}

// untilHangup also ends with the terminal: a closed window must not leave contexts behind. Under nohup it does not.
func untilHangup(ctx context.Context) (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return context.WithCancel(ctx)
	}
	return signal.NotifyContext(ctx, syscall.SIGHUP)
}

func (d *dev) start(site *devSite, log *devLog) (*server.Server, error) {
	file, err := site.writeConfig()
	if err != nil {
		return nil, err
	}
	args := []string{"-c", file, "-D"}
	if d.trace {
		args = append(args, "-V")
	}
	s, err := server.New(server.Options{Args: args, Log: log})
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	if err := s.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	return s, nil
}

// wait returns when we are interrupted, or when the server has ended by itself.
func (d *dev) wait(ctx context.Context, cmd *cobra.Command, s *server.Server) error {
	ended := make(chan struct{})
	go func() { // ends when run shuts the server down
		s.Wait()
		close(ended)
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(cmd.ErrOrStderr(), "Stopping")
		s.Shutdown()
		<-ended
		return nil
	case <-ended:
		return errors.New("the server has ended; its last lines above say why")
	}
}

// coloured tells whether stream is for the eyes of a person who wants colours.
func coloured(stream any) bool {
	if locked, ok := stream.(*lockedWriter); ok {
		stream = locked.w
	}
	return isTerminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
