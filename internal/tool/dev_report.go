package tool

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sinew.dev/sinew/internal/tool/contexts"
	"sinew.dev/sinew/internal/version"
	"sinew.dev/sinew/server"
)

// devReport is what `sinew dev` says once the server is up.
type devReport struct {
	site     *devSite
	server   *server.Server
	contexts *devContexts
	took     time.Duration
	coloured bool
}

func (r devReport) write(ctx context.Context, out io.Writer) error {
	monitor := "http://" + r.server.MonitorAddr().String()
	var text strings.Builder
	fmt.Fprintf(&text, "\n  %s is ready in %d ms\n\n", r.bold("sinew "+version.Version()+" dev"), r.took.Milliseconds())
	row := func(title, value, remark string) {
		if remark != "" {
			value = fmt.Sprintf("%-28s", value)
		}
		line := fmt.Sprintf("  %-11s %s %s", title, r.cyan(value), r.faint(remark))
		text.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	row("Clients", r.server.URL(), "no login needed")
	row("Monitoring", monitor, strings.Join(r.pages(ctx, monitor), " "))
	if r.contexts.system != "" {
		row("System", "nats server ls", "--context "+r.contexts.system)
	}
	row("Data", abbreviated(r.site.folder), "")
	if r.contexts.clients != "" {
		row("Context", r.contexts.clients, "make it the default: "+program()+" context select "+r.contexts.clients)
	}
	for _, note := range append(r.site.notes, r.contexts.notes...) {
		fmt.Fprintf(&text, "\n  %s\n", r.yellow(note))
	}
	fmt.Fprintf(&text, "\n  Copy this into another terminal:\n\n      %s\n\n  %s\n\n", r.bold(r.command()), r.faint("Ctrl-C stops the server."))
	_, err := io.WriteString(out, text.String())
	return err
}

// command is the one command to copy.
func (r devReport) command() string {
	if r.contexts.clients != "" {
		return fmt.Sprintf("%s sub '>' --context %s", program(), r.contexts.clients)
	}
	return fmt.Sprintf("%s sub '>' --no-context -s %s", program(), r.server.URL())
}

// pages are the monitoring pages to begin with.
func (r devReport) pages(ctx context.Context, monitor string) []string {
	var list []string
	for _, page := range []string{"/varz", "/connz", "/healthz", "/metrics"} {
		if answers(ctx, monitor+page) {
			list = append(list, page)
		}
	}
	return list
}

func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// program is how the user runs us.
func program() string {
	if _, err := exec.LookPath("sinew"); err == nil {
		return "sinew"
	}
	return os.Args[0]
}

// abbreviated is a path with "~" for the home folder.
func abbreviated(path string) string {
	home, err := contexts.Home()
	if err != nil {
		return path
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}

func (r devReport) bold(text string) string   { return r.paint("1", text) }
func (r devReport) faint(text string) string  { return r.paint("2", text) }
func (r devReport) cyan(text string) string   { return r.paint("36", text) }
func (r devReport) yellow(text string) string { return r.paint("33", text) }

func (r devReport) paint(code, text string) string {
	if !r.coloured || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
