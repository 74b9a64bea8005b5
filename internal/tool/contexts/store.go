package contexts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNotFound is wrapped by errors about a context that is not there.
var ErrNotFound = errors.New("no such context")

// Store is the folder that holds a user's contexts. It is safe for concurrent use, also by several processes: files are
// replaced whole.
type Store struct {
	root string // the folder nats in the user's configuration
}

// Open returns the contexts of the user who runs us. The folder need not exist.
func Open() (*Store, error) {
	config := os.Getenv("XDG_CONFIG_HOME")
	if config == "" {
		home, err := Home()
		if err != nil {
			return nil, fmt.Errorf("find the contexts: %w", err)
		}
		config = filepath.Join(home, ".config")
	}
	return &Store{root: filepath.Join(config, "nats")}, nil
}

// Home is the user's home as the nats tool finds it: the one that the system knows, whatever $HOME says, which is only
// for users that the system does not know, as in containers.
func Home() (string, error) {
	if u, err := user.Current(); err == nil && u.HomeDir != "" {
		return u.HomeDir, nil
	}
	return os.UserHomeDir()
}

// Dir is the folder of the contexts' files.
func (s *Store) Dir() string { return filepath.Join(s.root, "context") }

// Path is the file of a context.
func (s *Store) Path(name string) string { return filepath.Join(s.Dir(), name+".json") }

// CheckName says what is wrong with a name, as the nats tool does.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("a context needs a name")
	case strings.ContainsAny(name, `/\`), strings.Contains(name, ".."), strings.ContainsFunc(name, isControl):
		return fmt.Errorf(`%q is no name for a context: it must not contain "/", "\" or ".."`, name)
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// Names are the names of all contexts, sorted.
func (s *Store) Names() ([]string, error) {
	entries, err := os.ReadDir(s.Dir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the contexts: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), ".json"); ok && !entry.IsDir() && CheckName(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Load reads a context. The error wraps ErrNotFound when there is none of that name.
func (s *Store) Load(name string) (*Context, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(s.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, s.missing(name)
	}
	if err != nil {
		return nil, fmt.Errorf("context %q: %w", name, err)
	}
	c, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("context %q in %s: %w", name, s.Path(name), err)
	}
	return c, nil
}

// Has tells whether there is a context of that name.
func (s *Store) Has(name string) bool {
	if CheckName(name) != nil {
		return false
	}
	_, err := os.Stat(s.Path(name))
	return err == nil
}

// notFound is an ErrNotFound with what to do about it.
type notFound struct{ text string }

func (e notFound) Error() string { return e.text }
func (e notFound) Unwrap() error { return ErrNotFound }

func (s *Store) missing(name string) error {
	names, err := s.Names()
	if err != nil || len(names) == 0 {
		return notFound{fmt.Sprintf("there is no context %q, nor any other in %s; make one with \"sinew context add\"", name, s.Dir())}
	}
	return notFound{fmt.Sprintf("there is no context %q; there are: %s", name, strings.Join(names, ", "))}
}

// Save writes a context, whether there is one of that name or not.
func (s *Store) Save(name string, c *Context) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if err := s.write(s.Path(name), c.Format()); err != nil {
		return fmt.Errorf("save context %q: %w", name, err)
	}
	return nil
}

// Remove removes a context, and unselects it when it was the selected one.
func (s *Store) Remove(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	err := os.Remove(s.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return s.missing(name)
	}
	if err != nil {
		return fmt.Errorf("remove context %q: %w", name, err)
	}
	selected, err := s.Selected()
	if err == nil && selected == name {
		_, err = s.Unselect()
	}
	return err
}

// Selected is the context that commands use when none is named, or "". It may have been removed since.
func (s *Store) Selected() (string, error) { return s.name("context.txt") }

// previous is the context that was selected before, or "".
func (s *Store) previous() (string, error) { return s.name("previous-context.txt") }

func (s *Store) name(file string) (string, error) {
	text, err := os.ReadFile(filepath.Join(s.root, file))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the selected context: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// Select makes a context the one that commands use.
func (s *Store) Select(name string) error {
	if _, err := s.Load(name); err != nil {
		return err
	}
	return s.choose(name)
}

// Previous selects the context that was selected before, and returns its name.
func (s *Store) Previous() (string, error) {
	name, err := s.previous()
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", errors.New("no context was selected before; choose one with \"sinew context select NAME\"")
	}
	return name, s.Select(name)
}

// Unselect leaves no context selected, and returns the one that was.
func (s *Store) Unselect() (string, error) {
	was, err := s.Selected()
	if err != nil || was == "" {
		return "", err
	}
	return was, s.choose("")
}

// choose writes which context is selected, and which was: the order is such that a crash between the two loses only the
// way back.
func (s *Store) choose(name string) error {
	was, err := s.Selected()
	if err != nil {
		return err
	}
	selected := filepath.Join(s.root, "context.txt")
	if name == "" {
		err = os.Remove(selected)
	} else {
		err = s.write(selected, []byte(name))
	}
	if err == nil && was != "" && was != name {
		err = s.write(filepath.Join(s.root, "previous-context.txt"), []byte(was))
	}
	if err != nil {
		return fmt.Errorf("select a context: %w", err)
	}
	return nil
}

// write replaces a file at once, and lets nobody else read it: contexts hold secrets.
func (s *Store) write(path string, text []byte) error {
	// A file that is a link stays one: people keep their settings elsewhere.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails when it was renamed, as it should be
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// Complete are the names that begin with prefix, for a shell's completion.
func (s *Store) Complete(prefix string) []string {
	names, err := s.Names()
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, prefix) })
}
