package contexts_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"sinew.dev/sinew/internal/tool/contexts"
)

// newStore is an empty store in a folder that does not exist yet.
func newStore(t *testing.T) (store *contexts.Store, root string) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config")
	t.Setenv("XDG_CONFIG_HOME", config)
	store, err := contexts.Open()
	if err != nil {
		t.Fatal(err)
	}
	return store, filepath.Join(config, "nats")
}

func save(t *testing.T, store *contexts.Store, names ...string) {
	t.Helper()
	for _, name := range names {
		c := &contexts.Context{}
		if err := c.Set("url", "nats://"+name); err != nil {
			t.Fatal(err)
		}
		if err := store.Save(name, c); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEmptyStore(t *testing.T) {
	store, _ := newStore(t)
	if names, err := store.Names(); err != nil || len(names) > 0 {
		t.Errorf("names are %v, %v", names, err)
	}
	if name, err := store.Selected(); err != nil || name != "" {
		t.Errorf("selected is %q, %v", name, err)
	}
	if _, err := store.Load("x"); !errors.Is(err, contexts.ErrNotFound) || !strings.Contains(err.Error(), "sinew context add") {
		t.Errorf("loading gives %v", err)
	}
	if err := store.Remove("x"); !errors.Is(err, contexts.ErrNotFound) {
		t.Errorf("removing gives %v", err)
	}
	if was, err := store.Unselect(); err != nil || was != "" {
		t.Errorf("unselecting gives %q, %v", was, err)
	}
	if _, err := store.Previous(); err == nil {
		t.Error("there is a previous context")
	}
}

func TestNamesAreSortedAndOnlyContexts(t *testing.T) {
	store, root := newStore(t)
	save(t, store, "b-sys", "b", "a.b", "ä", "with space")
	for _, stray := range []string{".new-123", "note.txt"} {
		if err := os.WriteFile(filepath.Join(root, "context", stray), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "context", "folder.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	names, err := store.Names()
	if want := []string{"a.b", "b", "b-sys", "with space", "ä"}; err != nil || !reflect.DeepEqual(names, want) {
		t.Errorf("names are %v, %v; want %v", names, err, want)
	}
	if got := store.Complete("b"); !reflect.DeepEqual(got, []string{"b", "b-sys"}) {
		t.Errorf("completing b gives %v", got)
	}
}

func TestNamesThatLeadElsewhereAreRefused(t *testing.T) {
	store, root := newStore(t)
	save(t, store, "inside")
	if err := os.WriteFile(filepath.Join(root, "outside.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "..", "../outside", "a/b", `a\b`, "a\x00b", "a\nb"} {
		if _, err := store.Load(name); err == nil || errors.Is(err, contexts.ErrNotFound) {
			t.Errorf("loading %q gives %v", name, err)
		}
		if err := store.Save(name, &contexts.Context{}); err == nil {
			t.Errorf("%q was saved", name)
		}
		if err := store.Remove(name); err == nil {
			t.Errorf("%q was removed", name)
		}
		if err := store.Select(name); err == nil {
			t.Errorf("%q was selected", name)
		}
		if store.Has(name) {
			t.Errorf("there is %q", name)
		}
	}
}

func TestSelection(t *testing.T) {
	store, root := newStore(t)
	save(t, store, "a", "b")
	steps := []struct {
		name               string
		do                 func() error
		selected, previous string
	}{
		{"select a", func() error { return store.Select("a") }, "a", ""},
		{"select a again", func() error { return store.Select("a") }, "a", ""},
		{"select b", func() error { return store.Select("b") }, "b", "a"},
		{"previous", func() error { _, err := store.Previous(); return err }, "a", "b"},
		{"previous again", func() error { _, err := store.Previous(); return err }, "b", "a"},
		{"unselect", func() error { _, err := store.Unselect(); return err }, "", "b"},
		{"previous after unselect", func() error { _, err := store.Previous(); return err }, "b", "b"},
		{"remove the selected", func() error { return store.Remove("b") }, "", "b"},
		{"select a once more", func() error { return store.Select("a") }, "a", "b"},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		selected := read(t, filepath.Join(root, "context.txt"))
		previous := read(t, filepath.Join(root, "previous-context.txt"))
		if selected != step.selected || previous != step.previous {
			t.Errorf("after %s, %q is selected and %q was; want %q and %q", step.name, selected, previous, step.selected, step.previous)
		}
		if got, err := store.Selected(); err != nil || got != step.selected {
			t.Errorf("after %s, Selected gives %q, %v", step.name, got, err)
		}
	}
	// What was selected before is gone.
	if _, err := store.Previous(); !errors.Is(err, contexts.ErrNotFound) {
		t.Errorf("going back to a context that was removed gives %v", err)
	}
}

// read is a file's text, or "" when there is none.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are those of Unix")
	}
	store, root := newStore(t)
	save(t, store, "a", "b")
	// A file that others may read is made private when it is written anew.
	if err := os.Chmod(store.Path("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	save(t, store, "a")
	for _, name := range []string{"a", "b"} {
		if err := store.Select(name); err != nil {
			t.Fatal(err)
		}
	}
	count := 0
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		want := os.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
		count++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := 6; count != want { // two folders, two contexts, two files of the selection
		t.Errorf("%d files, want %d", count, want)
	}
}

func TestLinksStayLinks(t *testing.T) {
	store, _ := newStore(t)
	save(t, store, "a")
	elsewhere := filepath.Join(t.TempDir(), "kept.json")
	if err := os.Rename(store.Path("a"), elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, store.Path("a")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	c, err := store.Load("a")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Set("user", "joe"); err != nil {
		t.Fatal(err)
	}
	if err := store.Save("a", c); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(store.Path("a")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if got := read(t, elsewhere); !strings.Contains(got, `"joe"`) {
		t.Errorf("the file behind the link is\n%s", got)
	}
}

func TestReadersNeverSeeHalfAFile(t *testing.T) {
	store, _ := newStore(t)
	save(t, store, "a")
	large := &contexts.Context{}
	if err := large.Set("description", strings.Repeat("x", 64<<10)); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	stop := make(chan struct{})
	writers.Go(func() {
		for range 20 {
			if err := store.Save("a", large); err != nil {
				t.Error(err)
			}
		}
		close(stop)
	})
	defer writers.Wait()
	for reading := true; reading; {
		select {
		case <-stop:
			reading = false
		default:
		}
		if _, err := store.Load("a"); err != nil {
			t.Errorf("reading while it is written: %v", err)
			return
		}
	}
}
