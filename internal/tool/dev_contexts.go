package tool

import (
	"bytes"
	"errors"
	"fmt"

	"sinew.dev/sinew/internal/tool/contexts"
)

// devMark begins the description of the contexts that `sinew dev` writes, and by which it knows them again.
const devMark = "sinew dev"

// devContexts are the contexts that lead to a `sinew dev`.
type devContexts struct {
	store   *contexts.Store
	clients string // name of the context for programs; "" when it was not written
	system  string // and of that for the system account
	notes   []string
	written map[string][]byte
}

// write saves the contexts. Those of the same names that somebody else made stay as they are.
func (d *devContexts) write(site *devSite, url string) (err error) {
	if d.store, err = contexts.Open(); err != nil {
		return err
	}
	d.written = make(map[string][]byte)
	name := "sinew-" + site.name
	if d.clients, err = d.save(name, map[string]string{
		"description": devMark + ", while it runs", "url": url,
	}); err != nil {
		return err
	}
	d.system, err = d.save(name+"-sys", map[string]string{
		"description": devMark + ", while it runs: the system account", "url": url, "user": "sys", "password": site.password,
	})
	return err
}

// save writes one context and returns its name, or "" when the name is taken.
func (d *devContexts) save(name string, values map[string]string) (string, error) {
	old, err := d.store.Load(name)
	switch {
	case errors.Is(err, contexts.ErrNotFound):
	case err != nil:
		return "", err
	case !bytes.HasPrefix([]byte(old.Text("description")), []byte(devMark)):
		d.notes = append(d.notes, fmt.Sprintf("Context %s is your own and stays as it is", name))
		return "", nil
	}
	saved := &contexts.Context{}
	for key, value := range values {
		if err := saved.Set(key, value); err != nil {
			return "", err
		}
	}
	d.written[name] = saved.Format()
	return name, d.store.Save(name, saved)
}

// remove removes what write wrote, unless it was changed since or is selected: then it is somebody's choice.
func (d *devContexts) remove() error {
	selected, err := d.store.Selected()
	if err != nil {
		return err
	}
	var errs []error
	for name, text := range d.written {
		saved, err := d.store.Load(name)
		if err != nil || name == selected || !bytes.Equal(saved.Format(), text) {
			continue
		}
		errs = append(errs, d.store.Remove(name))
	}
	return errors.Join(errs...)
}
