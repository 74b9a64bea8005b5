package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nkeys"

	"sinew.dev/sinew/internal/broker"
	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/edge/client"
	"sinew.dev/sinew/internal/netio"
	"sinew.dev/sinew/internal/observe/logs"
	"sinew.dev/sinew/internal/observe/sysevents"
	"sinew.dev/sinew/internal/systemd"
	"sinew.dev/sinew/internal/version"
)

// Options says what server to build.
type Options struct {
	// Args is a command line as the sinew command takes it, for instance {"-c", "sinew.conf", "-p", "-1"}.
	Args []string
	// Log gets what would go to standard error: whole lines, from one goroutine at a time. Nil is standard error.
	Log io.Writer
}

// Server is one server. It is safe for concurrent use.
type Server struct {
	id     string // public server nkey, new each time
	xkey   string // public curve key
	flags  *config.Flags
	have   *resources // what a server that owns its process may use; nil: it lives in another program
	start  time.Time
	done   chan struct{}  // closed when Shutdown is over
	ending chan struct{}  // closed when Shutdown begins
	tasks  sync.WaitGroup // goroutines of the server's own

	log       *logs.Log
	broker    *broker.Broker
	publisher *broker.Publisher
	hub       *client.Hub
	engine    *netio.Engine
	monitor   *monitoring
	system    *sysevents.System // nil: there is no system account

	manager  *systemd.Notifier // nil: nobody wants to know; set before Start
	watchdog time.Duration     // how often the manager expects to hear of us; zero: never

	// changing is held by Start, Reload and Shutdown while they change what the server is made of: one at a time.
	changing sync.Mutex
	// pid and ports are the paths of the files that were written; guarded by changing.
	pid, ports string

	reloads reloadCounts

	mu       sync.Mutex
	config   *config.Config
	loaded   time.Time // when the configuration was read
	listener *netio.Listener
	lame     func() // ends lame duck mode's waits; nil: not in it
	stopped  bool
}

// New reads the configuration and builds a server that does not listen yet.
func New(o Options) (*Server, error) {
	flags, err := config.ParseFlags(o.Args)
	if err != nil {
		return nil, err
	}
	c, warnings, err := load(flags)
	if err != nil {
		return nil, err
	}
	s, err := build(flags, c)
	if err != nil {
		return nil, err
	}
	if o.Log != nil && c.Log.File == "" && c.Log.RemoteSyslog == "" && !c.Log.Syslog {
		if err := s.log.Redirect(o.Log); err != nil {
			return nil, err
		}
	}
	for _, w := range warnings {
		s.log.Warnf("%s", w)
	}
	return s, nil
}

// load reads the configuration that a command line asks for. Warnings come with an error, too.
func load(flags *config.Flags) (*config.Config, []config.Warning, error) {
	c := config.Default()
	var warnings []config.Warning
	if flags.ConfigFile != "" {
		var err error
		if c, warnings, err = config.Load(flags.ConfigFile, config.Options{}); err != nil {
			return nil, warnings, err
		}
	}
	c, err := config.Apply(flags, c)
	return c, warnings, err
}

func build(flags *config.Flags, c *config.Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Server{flags: flags, config: c, start: time.Now(), loaded: time.Now(), done: make(chan struct{}), ending: make(chan struct{})}
	var err error
	if s.id, s.xkey, err = identity(); err != nil {
		return nil, err
	}
	if s.log, err = openLog(c); err != nil {
		return nil, err
	}
	s.broker, s.publisher = broker.New(), broker.NewPublisher()
	list, err := accounts(c)
	if err != nil {
		return nil, err
	}
	setAccounts(s.broker, list)
	o, err := s.clientOptions(c, &net.TCPAddr{})
	if err != nil {
		return nil, err
	}
	s.hub = client.NewHub(s.broker, s.publisher, s.log, o)
	s.monitor = newMonitoring(s)
	s.system = newSystem(s, c)
	return s, nil
}

// identity makes the keys that a server is known by until it ends.
func identity() (id, xkey string, err error) {
	pair, err := nkeys.CreateServer()
	if err != nil {
		return "", "", fmt.Errorf("make the server's key: %w", err)
	}
	if id, err = pair.PublicKey(); err != nil {
		return "", "", fmt.Errorf("make the server's key: %w", err)
	}
	curve, err := nkeys.CreateCurveKeys()
	if err != nil {
		return "", "", fmt.Errorf("make the server's curve key: %w", err)
	}
	if xkey, err = curve.PublicKey(); err != nil {
		return "", "", fmt.Errorf("make the server's curve key: %w", err)
	}
	return id, xkey, nil
}

// Start listens and returns when clients can connect. After an error the server is shut down.
func (s *Server) Start() error {
	if err := s.begin(); err != nil {
		s.log.Fatalf("%v", err)
		if text := advice(err); text != "" {
			s.log.Infof("%s", text)
		}
		s.Shutdown()
		return err
	}
	return nil
}

// errStopped: the server has ended, and does not come back.
var errStopped = errors.New("the server is shut down")

func (s *Server) begin() error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.ended() {
		return errStopped
	}
	c := s.current()
	s.banner(c)
	if err := s.writePid(c); err != nil {
		return err
	}
	loops := 0 // as many as there are processors to use
	if s.have != nil {
		loops = s.have.loops
	}
	var err error
	s.engine, err = netio.New(netio.Options{
		Loops:    loops,
		Portable: os.Getenv("SINEW_PORTABLE") != "",
		NewState: func(w *netio.Worker) any { return client.NewTurn(w) },
	})
	if err != nil {
		return err
	}
	if err := s.monitor.start(c); err != nil {
		return err
	}
	if err := s.listen(c); err != nil {
		return err
	}
	if err := s.writePorts(c); err != nil {
		s.log.Errorf("%v", err) // as the reference server, which starts all the same
	}
	if s.system != nil {
		s.system.Start(s.broker.Accounts())
	}
	s.tasks.Go(s.janitor)
	if s.watchdog > 0 && s.manager != nil {
		s.tasks.Go(s.feedWatchdog)
	}
	s.log.Infof("Server is ready")
	s.told(s.manager.Ready("Ready for clients on " + s.Addr().String()))
	return nil
}

// listen opens the client port. INFO names the port, so the hub learns it before the first client comes.
func (s *Server) listen(c *config.Config) error {
	port := max(c.Port, 0) // a negative port asks for any free one
	accept := make(chan struct{})
	listener, err := s.engine.Listen("tcp", net.JoinHostPort(c.Host, strconv.Itoa(port)), connOptions(c),
		func(conn *netio.Conn, w *netio.Worker) netio.Handler {
			<-accept
			return s.hub.Accept(conn, w)
		})
	if err != nil {
		return &listenError{net.JoinHostPort(c.Host, strconv.Itoa(port)), err}
	}
	o, err := s.clientOptions(c, listener.Addr())
	if err != nil {
		close(accept)
		return err
	}
	s.hub.Apply(o)
	close(accept)
	s.mu.Lock()
	s.listener = listener
	s.mu.Unlock()
	s.log.Infof("Listening for client connections on %s", net.JoinHostPort(c.Host, strconv.Itoa(portOf(listener.Addr()))))
	return nil
}

// listenError is why clients cannot be served, in the reference server's words.
type listenError struct {
	address string
	err     error
}

func (e *listenError) Error() string {
	return fmt.Sprintf("Error listening on port: %s, %q", e.address, e.err.Error())
}

// Unwrap is the system's reason.
func (e *listenError) Unwrap() error { return e.err }

func (s *Server) banner(c *config.Config) {
	name := c.ServerName
	if name == "" {
		name = s.id
	}
	s.log.Infof("Starting nats-server")
	s.log.Infof("  Version:  %s (Sinew %s)", version.Speaks, version.Version())
	s.log.Infof("  Git:      [%s]", orText(version.Commit(), "not set"))
	s.log.Infof("  Name:     %s", name)
	s.log.Infof("  ID:       %s", s.id)
	if c.File != "" {
		s.log.Infof("Using configuration file: %s (%s)", c.File, c.Digest)
	} else if c.Host == config.DefaultLoopback {
		s.log.Infof("No configuration file: listening on loopback only; -a 0.0.0.0 or a file (-c) opens it to the network")
	}
	if s.have != nil {
		s.log.Infof("%s", s.have)
		if advice := s.have.advice(c); advice != "" {
			s.log.Warnf("%s", advice)
		}
	}
	for _, advice := range c.Advice() {
		s.log.Warnf("%s", advice)
	}
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// writePid writes the pid file, if there shall be one.
func (s *Server) writePid(c *config.Config) error {
	if c.PidFile == "" {
		return nil
	}
	if err := writePidFile(c.PidFile); err != nil {
		return err
	}
	s.pid = c.PidFile
	return nil
}

// writePorts writes the ports file, if there shall be one.
func (s *Server) writePorts(c *config.Config) error {
	if c.PortsFileDir == "" {
		return nil
	}
	path := portsFilePath(c.PortsFileDir)
	p := ports{Nats: urls("nats", s.Addr()), Monitoring: s.monitor.urls(), Profile: s.monitor.profileURLs()}
	if err := writePortsFile(path, p); err != nil {
		return err
	}
	s.ports = path
	return nil
}

// removeFiles removes files that are not needed any more; empty paths are none.
func (s *Server) removeFiles(paths ...string) {
	for _, path := range paths {
		if path == "" {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.log.Warnf("Remove %s: %v", path, err)
		}
	}
}

// current is the configuration in force.
func (s *Server) current() *config.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config
}

// Addr is where clients connect, or nil before Start.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// URL is what clients connect to, for instance "nats://127.0.0.1:4222"; empty before Start.
func (s *Server) URL() string {
	if list := urls("nats", s.Addr()); len(list) > 0 {
		return list[0]
	}
	return ""
}

// ID is the server's public key, which INFO shows as server_id.
func (s *Server) ID() string { return s.id }

// MonitorAddr is where monitoring listens, or nil.
func (s *Server) MonitorAddr() net.Addr { return s.monitor.addr() }

// ReopenLog closes the log file and opens it again, for those who rotate logs from outside.
func (s *Server) ReopenLog() {
	if err := s.log.Reopen(); err != nil {
		s.log.Errorf("Reopen the log file: %v", err)
	}
}

// inLameDuck reports whether lame duck mode has begun.
func (s *Server) inLameDuck() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lame != nil
}

// ended reports whether Shutdown has begun.
func (s *Server) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// closeListeners stops accepting clients.
func (s *Server) closeListeners() {
	s.mu.Lock()
	l := s.listener
	s.mu.Unlock()
	if l != nil {
		_ = l.Close() // nothing to be done about a listener that does not close
	}
}

// Wait returns when the server has shut down.
func (s *Server) Wait() { <-s.done }

// Shutdown ends the server: no new clients, connections closed, files removed. It returns when all is over, and may be
// called more than once.
func (s *Server) Shutdown() {
	s.mu.Lock()
	if s.stopped {
		s.mu.Unlock()
		<-s.done
		return
	}
	s.stopped = true
	lame := s.lame
	s.mu.Unlock()
	if lame != nil {
		lame()
	}
	if s.system != nil {
		s.system.Close() // before the lock: a request may be waiting for it
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	s.log.Infof("Initiating Shutdown...")
	s.told(s.manager.Stopping("Shutting down"))
	close(s.ending)
	s.tasks.Wait()
	s.closeListeners()
	s.hub.Close()
	if s.engine != nil {
		_ = s.engine.Close() // always nil
	}
	s.monitor.stop()
	s.removeFiles(s.ports, s.pid)
	s.log.Infof("Server Exiting..")
	_ = s.manager.Close()
	_ = s.log.Close() // what it could say has nowhere to go
	close(s.done)
}

// notReady says why clients cannot connect; empty: they can.
func (s *Server) notReady() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil || s.stopped || s.lame != nil {
		return "failed to be ready for connections after 1ms: server" // as the reference puts it, which waits so long
	}
	return ""
}

// certificateEnd is when the first of the listener's certificates expires.
func (s *Server) certificateEnd() (end time.Time) {
	tc := s.hub.TLSConfig()
	if tc == nil {
		return end
	}
	for i := range tc.Certificates {
		if leaf := tc.Certificates[i].Leaf; leaf != nil && (end.IsZero() || leaf.NotAfter.Before(end)) {
			end = leaf.NotAfter.UTC()
		}
	}
	return end
}
