package config

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"

	"sinew.dev/sinew/internal/config/lang"
)

// Options give Load its surroundings. The zero value reads real files and the real environment.
type Options struct {
	// ReadFile reads the configuration, what it includes, and the certificates it names.
	ReadFile func(path string) ([]byte, error)
	// LookupEnv finds variables.
	LookupEnv func(name string) (string, bool)
}

func (o Options) withDefaults() Options {
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
	return o
}

// Warning is something in a file that holds, but should be written otherwise.
type Warning struct {
	Position Position
	Text     string
}

// String is "file:line:column: text", or "file: text" when the whole file is meant.
func (w Warning) String() string {
	if w.Position.Line == 0 {
		return w.Position.File + ": " + w.Text
	}
	return w.Position.String() + ": " + w.Text
}

// Error is something in a file that does not hold. Several of them are joined with errors.Join.
type Error struct {
	Position Position
	Text     string
}

func (e *Error) Error() string { return e.Position.String() + ": " + e.Text }

// SyntaxError is a fault in the language of a file. There is one at most: nothing is understood behind it.
type SyntaxError = lang.Error

// Default is the configuration of a server that was given no file: the reference server's, but bound to
// loopback.
func Default() *Config {
	c := base()
	c.Host = DefaultLoopback
	return c
}

// base holds the defaults under a file.
func base() *Config {
	return &Config{
		Host: DefaultHost,
		Port: DefaultPort,
		Log:  Log{Time: true},
		Limits: Limits{
			MaxConnections:   DefaultMaxConnections,
			MaxControlLine:   DefaultMaxControlLine,
			MaxPayload:       DefaultMaxPayload,
			MaxPending:       DefaultMaxPending,
			MaxClosedClients: DefaultMaxClosedClients,
			WriteDeadline:    DefaultWriteDeadline,
		},
		Monitor:               Monitor{BasePath: "/"},
		PingInterval:          DefaultPingInterval,
		PingMax:               DefaultPingMax,
		LameDuckDuration:      DefaultLameDuckDuration,
		LameDuckGrace:         DefaultLameDuckGrace,
		ConnectErrorReports:   DefaultConnectErrorReports,
		ReconnectErrorReports: DefaultReconnectErrorReports,
		SystemAccount:         DefaultSystemAccount,
	}
}

// Load reads a configuration file and everything it names. All its faults are returned joined, in the order
// of the text, and the configuration is nil then; warnings come either way. Whether the parts fit together
// is Validate's question, after the command line has been applied.
func Load(path string, o Options) (*Config, []Warning, error) {
	o = o.withDefaults()
	doc, err := lang.ParseFile(path, lang.Options{ReadFile: o.ReadFile, LookupEnv: o.LookupEnv})
	if err != nil {
		return nil, nil, err
	}
	c := base()
	c.File, c.Digest = path, doc.Digest()
	d := &decoder{readFile: o.ReadFile, origins: make(map[string]Position)}
	if doc.Root.Len() == 0 {
		d.warn(Position{File: path}, "config has no values or is empty")
	}
	decode(d, topLevel, entry{}, doc.Root, c)
	d.finish(c)
	if err := d.err(); err != nil {
		return nil, d.warnings, err
	}
	c.origins = d.origins
	return c, d.warnings, nil
}

// Origin is where the file, or one it includes, sets a key, "max_payload" or "tls.cert_file". It is the zero value for a key
// that has its default, or that the command line sets. Keys within lists, such as "authorization.users[].user", have none; each user, account
// and mapping has a position of its own.
func (c *Config) Origin(key string) Position { return c.origins[key] }

// decoder collects what Load finds.
type decoder struct {
	readFile func(path string) ([]byte, error)
	origins  map[string]Position // of every key that was taken, by its path
	errs     []*Error
	warnings []Warning
}

func (d *decoder) fault(at Position, format string, args ...any) {
	d.errs = append(d.errs, &Error{Position: at, Text: fmt.Sprintf(format, args...)})
}

func (d *decoder) warn(at Position, format string, args ...any) {
	d.warnings = append(d.warnings, Warning{Position: at, Text: fmt.Sprintf(format, args...)})
}

// err joins the faults found, in the order of files and lines.
func (d *decoder) err() error {
	slices.SortStableFunc(d.errs, func(a, b *Error) int {
		return cmp.Or(
			cmp.Compare(a.Position.File, b.Position.File),
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column),
		)
	})
	joined := make([]error, len(d.errs))
	for i, err := range d.errs {
		joined[i] = err
	}
	return errors.Join(joined...)
}
