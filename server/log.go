package server

import (
	"io"
	"os"

	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/observe/logs"
)

// openLog opens the log that a configuration asks for.
func openLog(c *config.Config) (*logs.Log, error) {
	l := logs.New(io.Discard, logOptions(c))
	if err := directLog(l, c); err != nil {
		return nil, err
	}
	return l, nil
}

// directLog makes a log write where a configuration asks for. If that cannot be had, it goes on as before.
func directLog(l *logs.Log, c *config.Config) error {
	switch to := &c.Log; {
	case to.File != "":
		return l.RedirectToFile(to.File, logs.FileOptions{MaxBytes: to.SizeLimit, MaxFiles: to.MaxFiles})
	case to.RemoteSyslog != "":
		return l.RedirectToSyslog(to.RemoteSyslog)
	case to.Syslog:
		return l.RedirectToSyslog("")
	}
	return l.RedirectToStream(os.Stderr)
}

// redirectLog makes a log follow another configuration.
func redirectLog(l *logs.Log, old, c *config.Config) error {
	if destination(old) != destination(c) {
		if err := directLog(l, c); err != nil {
			return err
		}
	}
	l.SetOptions(logOptions(c))
	return nil
}

// destination is where a configuration wants its log, in a form that can be compared.
func destination(c *config.Config) any {
	return struct {
		file, remote string
		syslog       bool
	}{c.Log.File, c.Log.RemoteSyslog, c.Log.Syslog}
}

func logOptions(c *config.Config) logs.Options {
	l := &c.Log
	stderr := l.File == "" && l.RemoteSyslog == "" && !l.Syslog
	return logs.Options{
		Debug: l.Debug, Trace: l.Trace || l.TraceVerbose || l.TraceHeaders,
		PID: true, Time: l.Time, UTC: l.TimeUTC, JSON: l.Format == config.LogJSON,
		Colour: stderr && logs.IsTerminal(os.Stderr),
	}
}
