package monitor

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"path"
)

//go:embed index.html
var indexText string

var indexPage = template.Must(template.New("index").Parse(indexText))

// link is an entry of the index page.
type link struct{ Href, Path, Title, About string }

// index serves a page with links to the documents. They are relative, so that they hold behind a proxy that adds to the
// path or takes from it.
func (h *Handler) index(w http.ResponseWriter, _ *http.Request) {
	var links []link
	for _, e := range h.endpoints() {
		href := "." + path.Join("/", path.Base("/"+h.base), e.paths[0])
		links = append(links, link{href, h.base + e.paths[0], e.title, e.about})
	}
	var page bytes.Buffer
	err := indexPage.Execute(&page, struct {
		Name, ID, Version string
		Links             []link
	}{h.options.ServerName, h.options.ServerID, h.options.Version, links})
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = w.Write(page.Bytes()) // the client is gone: nobody is left to tell
}
