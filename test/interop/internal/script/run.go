package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sinew.dev/sinew/test/interop/internal/process"
)

// patience bounds the wait for one line. It passes in full only once in a script, when a line never comes: the
// conversation is then another one than recorded, and lastPatience is enough to see the rest of it.
const (
	patience     = 8 * time.Second
	lastPatience = 500 * time.Millisecond
)

// Options say what a script runs on.
type Options struct {
	Binary string
	Dir    string // for the configuration file
	Values Values
}

// Run plays the script on a server of its own and returns it with the results of this run. The error is about
// what hinders a run, such as a server that does not start, not about results.
func (s *Script) Run(options Options) (text string, err error) {
	r := &runner{script: s, values: options.Values, peers: map[int]*peer{}, patience: patience}
	if r.server, err = s.start(options); err != nil {
		return "", err
	}
	defer r.server.Stop()
	defer r.hangup()
	r.out.WriteString(s.header)
	for _, next := range s.steps {
		r.out.WriteString(next.raw + "\n")
		if next.verb == "" {
			continue
		}
		if err := verbs[next.verb](r, next); err != nil {
			return "", fmt.Errorf("line %d: %s: %w\n%s", next.line, next.raw, err, r.server.Output())
		}
	}
	return r.out.String(), nil
}

func (s *Script) start(options Options) (*process.Server, error) {
	config, err := options.Values.expand(s.Config, "")
	if err != nil {
		return nil, err
	}
	var flags []string
	for _, flag := range s.Flags {
		if flag, err = options.Values.expand(flag, ""); err != nil {
			return nil, err
		}
		flags = append(flags, flag)
	}
	return process.Start(process.Options{Binary: options.Binary, Dir: options.Dir, Config: config, Flags: flags})
}

// runner is the state of one run. It is owned by Run.
type runner struct {
	script *Script
	values Values
	server *process.Server
	peers  map[int]*peer
	out    strings.Builder

	patience time.Duration
}

// verbs are the words of the language. send and sendraw are written "C1:" and "C1>".
var verbs = map[string]func(*runner, step) error{
	"send": (*runner).send, "sendraw": (*runner).send, "ask": (*runner).ask, "tell": (*runner).ask, "open": (*runner).open, "tls": (*runner).tls,
	"await": (*runner).await, "silent": (*runner).silent, "hangup": (*runner).hangupOne,
	"reason": (*runner).reason, "refused": (*runner).refused, "reload": (*runner).reload,
	"signal": (*runner).signal, "exit": (*runner).exit, "get": (*runner).get,
}

func (r *runner) hangup() {
	for _, p := range r.peers {
		p.conn.Close()
	}
}

// peer returns a connection, opened at its first mention.
func (r *runner) peer(number int) (*peer, error) {
	if p := r.peers[number]; p != nil {
		return p, nil
	}
	p, err := dial(r.server.Port, r.script.ShowPings)
	if err != nil {
		return nil, err
	}
	r.peers[number] = p
	f, err := p.next(patience)
	if err != nil || !strings.HasPrefix(f.line, "INFO ") {
		return nil, fmt.Errorf("first line is not INFO: %q %v", f.line, err)
	}
	return p, nil
}

func (r *runner) say(number int, lines ...string) {
	for _, line := range lines {
		r.out.WriteString(strings.TrimRight(fmt.Sprintf("S%d: %s", number, line), " ") + "\n")
	}
}

func (r *runner) masks() masks { return masks{sids: r.script.MaskSIDs, msgs: r.script.MaskMsgs} }

func (r *runner) result(format string, args ...any) {
	fmt.Fprintf(&r.out, "= "+format+"\n", args...)
}

func (r *runner) send(s step) error {
	p, err := r.peer(s.peer)
	if err != nil {
		return err
	}
	text, err := r.expand(s.body, p)
	if err != nil {
		return err
	}
	data, err := unescape(text)
	if err != nil {
		return err
	}
	if s.verb == "send" {
		data = append(data, '\r', '\n')
	}
	if err := p.send(data); err != nil {
		return err
	}
	if s.verb == "send" && text == "PING" {
		return r.receive(s.peer, p, "PONG", 1, false)
	}
	return nil
}

// expand replaces the ${...} of what is sent.
func (r *runner) expand(text string, p *peer) (string, error) {
	text = strings.ReplaceAll(text, "${server}", p.server)
	for number, other := range r.peers {
		text = strings.ReplaceAll(text, fmt.Sprintf("${cid:%d}", number), strconv.FormatUint(other.cid, 10))
	}
	return r.values.expand(text, p.nonce)
}

// askInbox is where answers to ask go.
const askInbox = "_INBOX.ask"

func (r *runner) ask(s step) error {
	p, err := r.peer(s.peer)
	if err != nil {
		return err
	}
	args, header := s.args, ""
	if field, ok := strings.CutPrefix(args[0], "header="); ok {
		args, header = args[1:], "NATS/1.0\r\n"+field+"\r\n\r\n"
	}
	subject, err := r.expand(args[0], p)
	if err != nil {
		return err
	}
	body, err := r.expand(strings.Join(args[1:], " "), p)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("PUB %s %s %d", subject, askInbox, len(body))
	if header != "" {
		line = fmt.Sprintf("HPUB %s %s %d %d", subject, askInbox, len(header), len(header)+len(body))
	}
	if err := p.send([]byte(line + "\r\n" + header + body + "\r\n")); err != nil || s.verb == "tell" {
		return err
	}
	return r.receiveUntil(s.peer, p, func(line string) bool { return strings.Contains(line, askInbox) })
}

// receiveUntil is receive for a line that is known otherwise than by its beginning.
func (r *runner) receiveUntil(number int, p *peer, last func(line string) bool) error {
	for done := false; !done && !p.closed; {
		f, err := p.next(r.patience)
		switch {
		case errors.Is(err, errSilent):
			r.say(number, "# silent")
			r.patience, done = lastPatience, true
		case errors.Is(err, io.EOF):
			r.say(number, "# closes")
		case err != nil:
			return err
		default:
			r.say(number, f.lines(r.masks())...)
			done = last(f.line)
		}
	}
	return nil
}

func (r *runner) open(s step) error {
	if slices.Contains(s.args, "mute") || slices.Contains(s.args, "info") {
		p, err := dial(r.server.Port, r.script.ShowPings)
		if err != nil {
			return err
		}
		r.peers[s.peer] = p
		if s.args[0] == "info" {
			return r.receive(s.peer, p, "INFO", 1, false)
		}
		return nil
	}
	_, err := r.peer(s.peer)
	return err
}

func (r *runner) tls(s step) error {
	p, err := r.peer(s.peer)
	if err != nil {
		return err
	}
	var name string
	if len(s.args) > 0 {
		name = strings.TrimPrefix(s.args[0], "cert=")
	}
	if err := p.startTLS(r.values.Certs, name); err != nil {
		r.result("no TLS")
	}
	return nil
}

func (r *runner) await(s step) error {
	p, err := r.peer(s.peer)
	if err != nil {
		return err
	}
	count := 1
	if n, err := strconv.Atoi(s.args[0]); err == nil {
		count, s.args = n, s.args[1:]
	}
	sorted := s.args[0] == "sorted"
	return r.receive(s.peer, p, s.args[len(s.args)-1], count, sorted)
}

// receive writes what the peer receives as results, until count lines with the prefix have come, the server
// closed, or patience ended.
func (r *runner) receive(number int, p *peer, prefix string, count int, sorted bool) error {
	var frames [][]string
	for count > 0 && !p.closed {
		f, err := p.next(r.patience)
		switch {
		case errors.Is(err, errSilent):
			frames, count = append(frames, []string{"# silent"}), 0
			r.patience = lastPatience
		case errors.Is(err, io.EOF):
			frames = append(frames, []string{"# closes"})
		case err != nil:
			return err
		default:
			frames = append(frames, f.lines(r.masks()))
			if prefix == "any" || strings.HasPrefix(f.line, prefix) {
				count--
			}
		}
	}
	if sorted {
		slices.SortFunc(frames, slices.Compare)
	}
	for _, lines := range frames {
		r.say(number, lines...)
	}
	return nil
}

func (r *runner) silent(s step) error {
	p, err := r.peer(s.peer)
	if err != nil {
		return err
	}
	wait, err := time.ParseDuration(s.args[0])
	if err != nil {
		return err
	}
	f, err := p.next(wait)
	switch {
	case errors.Is(err, errSilent):
	case err != nil:
		r.say(s.peer, "# closes")
	default:
		r.say(s.peer, f.lines(r.masks())...)
	}
	return nil
}

func (r *runner) hangupOne(s step) error {
	p, err := r.peer(s.peer)
	if err != nil {
		return err
	}
	return p.conn.Close()
}

func (r *runner) reason(s step) error {
	reason, err := r.server.ClosedReason(r.peers[s.peer].port)
	if err != nil {
		reason = "none: " + err.Error()
	}
	r.result("%s", reason)
	return nil
}

func (r *runner) refused(s step) error {
	p, err := dial(r.server.Port, false)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		r.result("refused")
	case err != nil:
		return err
	default:
		r.peers[s.peer] = p
		r.result("open")
	}
	return nil
}

func (r *runner) reload(s step) error {
	config, err := r.values.expand(s.body, "")
	if err != nil {
		return err
	}
	return r.server.Reload(config, syscall.SIGHUP)
}

// signals are those a script may send.
var signals = map[string]syscall.Signal{
	"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "USR2": syscall.SIGUSR2, "HUP": syscall.SIGHUP,
}

func (r *runner) signal(s step) error {
	sig, ok := signals[s.args[0]]
	if !ok {
		return fmt.Errorf("unknown signal")
	}
	return r.server.Signal(sig)
}

func (r *runner) exit(step) error {
	code, err := r.server.Wait()
	if err != nil {
		r.result("%v", err)
		return nil
	}
	r.result("exit %d", code)
	return nil
}

func (r *runner) get(s step) error {
	body, err := r.server.Get(s.args[0])
	var netErr net.Error
	if errors.As(err, &netErr) {
		return err
	}
	var page map[string]any
	if err != nil || json.Unmarshal(body, &page) != nil {
		r.result("%v", err)
		return nil
	}
	for _, field := range s.args[1:] {
		r.result("%s %v", field, page[field])
	}
	return nil
}
