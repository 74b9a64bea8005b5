package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
)

// fillFromContext fills the flags that are still absent from the saved context c.context.
func (c *connection) fillFromContext(flags *pflag.FlagSet) error {
	values, err := readContext(c.context)
	if err != nil {
		return err
	}
	for _, source := range sources {
		value, ok := values[source.key]
		if source.key == "" || !ok {
			continue
		}
		origin := fmt.Sprintf("%q in context %s", source.key, c.context)
		if err := fill(flags, source.flag, contextValue(value), origin); err != nil {
			return err
		}
	}
	return nil
}

// readContext returns the settings of a context as the nats tool saves it: one JSON object in a file of its own.
func readContext(name string) (map[string]any, error) {
	if name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("context %q: a context's name is a file name", name)
	}
	folder, err := contextFolder()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(folder, name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no context %q; contexts are files NAME.json in %s", name, folder)
	}
	if err != nil {
		return nil, fmt.Errorf("context %q: %w", name, err)
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("context %q: %w", name, err)
	}
	return values, nil
}

func contextFolder() (string, error) {
	base := os.Getenv("XDG_CONFIG_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find the contexts: %w", err)
		}
		base = filepath.Join(home, ".config")
	}
	return filepath.Join(base, "nats", "context"), nil
}

// contextValue is a context's value as the flag would take it. File names may begin with "~", for the home.
func contextValue(value any) string {
	text, ok := value.(string)
	if !ok {
		return fmt.Sprint(value)
	}
	if rest, ok := strings.CutPrefix(text, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return text
}
