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

// file is an output that appends to a regular file. It is guarded by its Log's mutex.
type file struct {
	log     *Log
	path    string
	options FileOptions
	file    *os.File
	size    int64
	limit   int64 // size above which to rotate; moves on when that failed

	lost uint64 // lines since one was written
	why  error  // of the last of them
	torn bool   // the file ends within a line
}

func openFile(l *Log, path string, o FileOptions) (*file, error) {
	f := &file{log: l, path: path, options: o}
	if err := f.reopen(); err != nil {
		return nil, err
	}
	return f, nil
}

// reopen opens the file by its name and closes the old one. On error the old one stays.
func (f *file) reopen() error {
	opened, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("error opening file: %w", err)
	}
	stat, err := opened.Stat()
	if err != nil {
		opened.Close() // nothing was written
		return fmt.Errorf("error opening file: %w", err)
	}
	if f.file != nil {
		f.file.Close() // every line was handed to the system already
	}
	f.file, f.size, f.limit, f.torn = opened, stat.Size(), f.options.MaxBytes, false
	return nil
}

func (f *file) close() error { return f.file.Close() }

// put appends a line. When the disk is full it is lost, and the next one that is not begins with how many were.
func (f *file) put(_ level, line []byte) {
	if f.lost > 0 && f.write(f.log.lostLines(f.lost, f.why)) == nil {
		f.lost = 0
	}
	if err := f.write(line); err != nil {
		if f.lost == 0 {
			complainAside("%v; lines of the log are lost until it can be written again", err)
		}
		f.lost, f.why = f.lost+1, err
		f.log.lost.Add(1)
		return
	}
	if f.full() {
		f.rotate(time.Now())
	}
}

func (f *file) write(line []byte) error {
	if f.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := f.file.Write(line)
	f.size += int64(n)
	if n > 0 {
		f.torn = err != nil
	}
	return err
}

// tell writes a line about the file itself. If it cannot, that is no loss.
func (f *file) tell(v level, format string, args ...any) {
	_ = f.write(f.log.remark(v, format, args...))
}

func (f *file) full() bool { return f.options.MaxBytes > 0 && f.size > f.limit }

// rotate puts the file aside, begins a new one, and removes the oldest above the number to keep. If it cannot, lines go
// on into the old file, and rotating is tried again a file's size later.
func (f *file) rotate(now time.Time) {
	f.limit = f.size + f.options.MaxBytes
	backup := f.path + now.Format(".2006.01.02.15.04.05.000000000")
	if err := os.Rename(f.path, backup); err != nil {
		f.tell(failure, "Unable to rotate log: %v", err)
		return
	}
	if err := f.reopen(); err != nil {
		back := os.Rename(backup, f.path)
		f.tell(failure, "Unable to rotate log: %v", errors.Join(err, back))
		return
	}
	f.tell(info, "Rotated log, backup saved as %q", backup)
	f.purge()
}

// backupSuffix is what rotating adds to the name.
var backupSuffix = regexp.MustCompile(`^\.\d{4}(\.\d{2}){5}\.\d{1,9}$`)

// purge removes the oldest backups above the number to keep.
func (f *file) purge() {
	if f.options.MaxFiles <= 0 {
		return
	}
	directory, base := filepath.Dir(f.path), filepath.Base(f.path)
	entries, err := os.ReadDir(directory)
	if err != nil {
		f.tell(failure, "Unable to read log directory: %v", err)
		return
	}
	var backups []string
	for _, e := range entries {
		name := e.Name()
		if len(name) > len(base) && name[:len(base)] == base && backupSuffix.MatchString(name[len(base):]) {
			backups = append(backups, name)
		}
	}
	slices.Sort(backups) // by time, as the names are
	for _, name := range backups[:max(len(backups)-(f.options.MaxFiles-1), 0)] {
		if err := os.Remove(filepath.Join(directory, name)); err != nil {
			f.tell(failure, "Unable to purge log file: %v", err)
			continue
		}
		f.tell(info, "Purged log file %q", name)
	}
}
