package logs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// FileOptions say when a log file is put aside.
type FileOptions struct {
	// MaxBytes is the size above which a file is renamed and a new one begun. Zero means never.
	MaxBytes int64

	// MaxFiles is how many files are kept, the one that is written included. Zero means all.
	MaxFiles int
}

// file is a log file. It is guarded by its Log's mutex.
type file struct {
	path    string
	options FileOptions
	file    *os.File
	size    int64
	limit   int64 // size above which to rotate; moves on when that failed
}

// note is what a file wants to be written in the log about itself.
type note struct {
	level level
	text  string
}

func openFile(path string, o FileOptions) (*file, error) {
	f := &file{path: path, options: o}
	if err := f.reopen(); err != nil {
		return nil, err
	}
	return f, nil
}

// reopen opens the file by its name and closes the old one. On error the old one stays.
func (f *file) reopen() error {
	opened, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("open log file: %w", err)
	}
	stat, err := opened.Stat()
	if err != nil {
		opened.Close() // nothing was written
		return fmt.Errorf("open log file: %w", err)
	}
	if f.file != nil {
		f.file.Close() // every line was handed to the system already
	}
	f.file, f.size, f.limit = opened, stat.Size(), f.options.MaxBytes
	return nil
}

func (f *file) close() error { return f.file.Close() }

// Write appends a line.
func (f *file) Write(line []byte) (int, error) {
	n, err := f.file.Write(line)
	f.size += int64(n)
	return n, err
}

func (f *file) full() bool { return f.options.MaxBytes > 0 && f.size > f.limit }

// rotate puts the file aside, begins a new one, and removes the oldest above the number to keep. It returns what to
// write about it. If it cannot, lines go on into the old file, and rotating is tried again a file's size later.
func (f *file) rotate(now time.Time) []note {
	f.limit = f.size + f.options.MaxBytes
	backup := f.path + now.Format(".2006.01.02.15.04.05.000000000")
	if err := os.Rename(f.path, backup); err != nil {
		return []note{{failure, fmt.Sprintf("Unable to rotate log: %v", err)}}
	}
	if err := f.reopen(); err != nil {
		back := os.Rename(backup, f.path)
		return []note{{failure, fmt.Sprintf("Unable to rotate log: %v", errors.Join(err, back))}}
	}
	return append([]note{{info, fmt.Sprintf("Rotated log, backup saved as %q", backup)}}, f.purge()...)
}

// backupSuffix is what rotating adds to the name.
var backupSuffix = regexp.MustCompile(`^\.\d{4}(\.\d{2}){5}\.\d{1,9}$`)

// purge removes the oldest backups above the number to keep.
func (f *file) purge() []note {
	if f.options.MaxFiles <= 0 {
		return nil
	}
	directory, base := filepath.Dir(f.path), filepath.Base(f.path)
	entries, err := os.ReadDir(directory)
	if err != nil {
		return []note{{failure, fmt.Sprintf("Unable to read log directory: %v", err)}}
	}
	var backups []string
	for _, e := range entries {
		name := e.Name()
		if len(name) > len(base) && name[:len(base)] == base && backupSuffix.MatchString(name[len(base):]) {
			backups = append(backups, name)
		}
	}
	slices.Sort(backups) // by time, as the names are
	var notes []note
	for _, name := range backups[:max(len(backups)-(f.options.MaxFiles-1), 0)] {
		if err := os.Remove(filepath.Join(directory, name)); err != nil {
			notes = append(notes, note{failure, fmt.Sprintf("Unable to purge log file: %v", err)})
			continue
		}
		notes = append(notes, note{info, fmt.Sprintf("Purged log file %q", name)})
	}
	return notes
}
