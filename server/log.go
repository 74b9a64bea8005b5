package server

import (
	"os"

	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/observe/logs"
)

// openLog opens the log that a configuration asks for.
func openLog(c *config.Config) (*logs.Log, error) {
	if c.Log.File == "" {
		return logs.New(os.Stderr, logOptions(c)), nil
	}
	return logs.Open(c.Log.File, logFileOptions(c), logOptions(c))
}

// redirectLog makes a log follow another configuration.
func redirectLog(l *logs.Log, old, c *config.Config) error {
	switch {
	case c.Log.File == "" && old.Log.File == "":
	case c.Log.File == "":
		if err := l.Redirect(os.Stderr); err != nil {
			return err
		}
	default:
		if err := l.RedirectToFile(c.Log.File, logFileOptions(c)); err != nil {
			return err
		}
	}
	l.SetOptions(logOptions(c))
	return nil
}

func logOptions(c *config.Config) logs.Options {
	return logs.Options{
		Debug: c.Log.Debug, Trace: c.Log.Trace || c.Log.TraceVerbose || c.Log.TraceHeaders,
		PID: true, Time: c.Log.Time, UTC: c.Log.TimeUTC, Colour: c.Log.File == "" && logs.IsTerminal(os.Stderr),
	}
}

func logFileOptions(c *config.Config) logs.FileOptions {
	return logs.FileOptions{MaxBytes: c.Log.SizeLimit, MaxFiles: c.Log.MaxFiles}
}
