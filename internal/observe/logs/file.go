package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// file is a log file that rotates: when it is full it is renamed to its name with the time appended, and begun anew. It
// is owned by its Logger.
type file struct {
	path  string
	f     *os.File
	size  int64
	limit int64 // 0: none
	keep  int   // 0: all
}

const (
	filePermission = 0o640
	// minLimit keeps a limit that is set absurdly low from making a file of each line.
	minLimit = 1 << 10
)

func openFile(path string) (*file, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, filePermission)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &file{path: path, f: f, size: info.Size()}, nil
}

func (f *file) Write(p []byte) (int, error) {
	if f.limit > 0 && f.size > 0 && f.size+int64(len(p)) > max(f.limit, minLimit) {
		f.rotate()
	}
	n, err := f.f.Write(p)
	f.size += int64(n)
	return n, err
}

// rotate goes on in a fresh file; if that does not work, in the old one, and tries again when it has grown by as much.
func (f *file) rotate() {
	name := f.path + "." + backupTime(time.Now())
	f.size = 0
	if err := os.Rename(f.path, name); err != nil {
		return
	}
	next, err := openFile(f.path)
	if err != nil {
		return
	}
	_ = f.f.Close()
	f.f, f.size = next.f, next.size
	f.removeOldest()
}

// backupTime is the part of a rotated file's name that sorts by age.
func backupTime(t time.Time) string {
	return fmt.Sprintf("%s.%09d", t.Format("2006.01.02.15.04.05"), t.Nanosecond())
}

// removeOldest deletes rotated files beyond those to be kept.
func (f *file) removeOldest() {
	if f.keep <= 0 {
		return
	}
	entries, err := os.ReadDir(filepath.Dir(f.path))
	if err != nil {
		return
	}
	var backups []string
	prefix := filepath.Base(f.path) + "."
	for _, e := range entries {
		if suffix, ok := strings.CutPrefix(e.Name(), prefix); ok && strings.Count(suffix, ".") == 6 {
			backups = append(backups, e.Name())
		}
	}
	slices.Sort(backups)
	for len(backups) > f.keep {
		_ = os.Remove(filepath.Join(filepath.Dir(f.path), backups[0])) // tried again at the next rotation
		backups = backups[1:]
	}
}

func (f *file) Close() error { return f.f.Close() }
