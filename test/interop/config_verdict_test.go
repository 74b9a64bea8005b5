package interop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// asking is one configuration file to be judged, and the key it is about.
type asking struct{ key, text string }

// verdict is what -t says of a file: the exit code, and standard error without the program's name and empty lines.
type verdict struct {
	Code int    `json:"code"`
	Said string `json:"said"`
}

func (v verdict) says(text string) bool { return strings.Contains(v.Said, text) }

// askers is how many servers judge side by side.
const askers = 4

// askAll lets a binary judge files, each under the name walk.conf in a folder of its own below dir.
func askAll(t *testing.T, binary, dir string, asked []asking) []verdict {
	t.Helper()
	verdicts := make([]verdict, len(asked))
	errs := make([]error, askers)
	var next atomic.Int64
	var all sync.WaitGroup
	for i := range askers {
		folder := filepath.Join(dir, fmt.Sprint(i))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := linkFiles(dir, folder); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for n := int(next.Add(1)) - 1; n < len(asked) && errs[i] == nil; n = int(next.Add(1)) - 1 {
				verdicts[n], errs[i] = ask(binary, folder, asked[n].text)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return verdicts
}

// linkFiles makes the files of a folder those of another, too.
func linkFiles(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			if err := os.Link(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func ask(binary, folder, text string) (verdict, error) {
	if err := os.WriteFile(filepath.Join(folder, "walk.conf"), []byte(text), 0o600); err != nil {
		return verdict{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-c", "walk.conf", "-t")
	cmd.Dir = folder
	var stderr strings.Builder
	cmd.Stderr = &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return verdict{}, err
	}
	return verdict{Code: cmd.ProcessState.ExitCode(), Said: said(stderr.String())}, nil
}

// address is where a value was in the memory of a server that prints it.
var address = regexp.MustCompile(`0x[0-9a-f]+`)

// said is the text of standard error without what says nothing.
func said(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(strings.TrimPrefix(line, "nats-server: "), " \n"); line != "" {
			lines = append(lines, address.ReplaceAllString(line, "0x"))
		}
	}
	return strings.Join(lines, "\n")
}
