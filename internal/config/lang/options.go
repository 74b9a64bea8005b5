package lang

import (
	"errors"
	"fmt"
)

// Bounds of one Parse, all includes and variables together. They are far above what people write.
const (
	// MaxBytes is the limit of text read: files, and environment values each time they are used.
	MaxBytes = 64 << 20
	// MaxExpanded is the limit of the tree written out in full, every variable replaced.
	MaxExpanded = 128 << 20
	// MaxDepth is how deep maps and lists may nest.
	MaxDepth = 100
	// MaxIncludes is how many include directives are followed, MaxIncludeDepth how deep.
	MaxIncludes     = 4096
	MaxIncludeDepth = 32
)

// Options give the parser its surroundings. The zero value has no files and no environment.
type Options struct {
	// ReadFile reads an included file. Without it every include is an error.
	ReadFile func(path string) ([]byte, error)
	// LookupEnv finds a variable that no enclosing map defines.
	LookupEnv func(name string) (string, bool)
}

// Error is a fault in the text, and where it is.
type Error struct {
	Pos  Position
	Text string
	// Err is the cause when reading a file failed, else nil.
	Err error
}

func (e *Error) Error() string { return e.Pos.String() + ": " + e.Text }

// Unwrap is the cause, for errors.Is.
func (e *Error) Unwrap() error { return e.Err }

func fault(pos Position, format string, args ...any) error {
	return &Error{Pos: pos, Text: fmt.Sprintf(format, args...)}
}

var (
	errNoFiles = errors.New("files are not available")
	errTooLong = errors.New("configuration is too large")
)
