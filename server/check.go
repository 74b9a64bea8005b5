package server

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sinew.dev/sinew/internal/config"
)

// Finding is one thing that the server has to say about a configuration.
type Finding struct {
	// File, Line and Column are where it is. Lines count from 1. Columns count bytes: from 0 on the first line, from 1 on the
	// others, as nats-server does. Without a place Line is 0.
	File         string
	Line, Column int
	Text         string
	// Warning findings do not keep the server from starting; -t fails for them.
	Warning bool

	placed bool  // the server tells the place when it starts
	cause  error // what it was made of, if there is more in it than the text
}

// String is the finding as the server prints it.
func (f Finding) String() string {
	if !f.placed {
		return f.Text
	}
	if f.Line == 0 {
		return f.File + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Text)
}

// Report is what a check found.
type Report struct {
	// Digest is that of the content, "sha256:<hex>", if the file could be read.
	Digest   string
	Findings []Finding
	// Advice is about what holds, but is not good.
	Advice []string
}

// Check judges a configuration file as the server does before it starts, which is what -t says.
func Check(path string) Report {
	c, warnings, err := config.Load(path, config.Options{})
	return judge(c, warnings, err)
}

// judge collects all that is to say about a configuration, or the failure to load one.
func judge(c *config.Config, warnings []config.Warning, err error) Report {
	var r Report
	for _, w := range warnings {
		f := at(w.Position, w.Text)
		f.Warning = true
		r.Findings = append(r.Findings, f)
	}
	if err != nil {
		r.add(err)
		return r
	}
	r.Digest, r.Advice = c.Digest, c.Advice()
	for _, p := range c.Problems() {
		f := at(c.Origin(p.Key), p.Text)
		f.placed = p.Placed
		r.Findings = append(r.Findings, f)
	}
	for _, build := range []func(*config.Config) error{buildUsers, buildAccounts} {
		// no_auth_user is looked at in both places.
		if err := build(c); err != nil && !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Text == err.Error() }) {
			r.add(err)
		}
	}
	return r
}

func buildUsers(c *config.Config) error {
	_, err := users(c)
	return err
}

func buildAccounts(c *config.Config) error {
	_, err := accounts(c)
	return err
}

// add takes an error apart.
func (r *Report) add(err error) {
	var joined interface{ Unwrap() []error }
	var placed *config.Error
	var syntax *config.SyntaxError
	switch {
	case err == nil:
	case errors.As(err, &joined):
		for _, one := range joined.Unwrap() {
			r.add(one)
		}
	case errors.As(err, &placed):
		r.Findings = append(r.Findings, at(placed.Position, placed.Text))
	case errors.As(err, &syntax):
		r.Findings = append(r.Findings, at(syntax.Pos, syntax.Text))
	default:
		r.Findings = append(r.Findings, Finding{Text: err.Error(), cause: err})
	}
}

func at(p config.Position, text string) Finding {
	return Finding{File: p.File, Line: p.Line, Column: p.Column, Text: text, placed: p.File != ""}
}

// err is all findings as the server prints them, or nil when there are none. What only warns comes first, as in nats-server.
func (r *Report) err() error {
	var errs []error
	for _, warning := range []bool{true, false} {
		for _, f := range r.Findings {
			switch {
			case f.Warning != warning:
			case f.cause != nil:
				errs = append(errs, f.cause)
			default:
				errs = append(errs, errors.New(f.String()))
			}
		}
	}
	return errors.Join(errs...)
}

// failed reports whether something is worse than a warning.
func (r *Report) failed() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return !f.Warning })
}

// test is -t: the file was read, what it asks for is built, and nothing runs.
func test(path string, r Report, stderr io.Writer) int {
	if path == "" {
		return fail(stderr, errors.New("must specify [-c, --config] option to check configuration file syntax"))
	}
	if err := r.err(); err != nil {
		return fail(stderr, err)
	}
	fmt.Fprintf(stderr, "nats-server: configuration file %s is valid (%s)\n", path, r.Digest)
	return 0
}

func fail(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "nats-server: %s\n", strings.TrimRight(err.Error(), "\n"))
	if text := advice(err); text != "" {
		fmt.Fprintln(stderr, text)
	}
	return 1
}
