package interop

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/test/interop/internal/certs"
	"sinew.dev/sinew/test/interop/internal/document"
	"sinew.dev/sinew/test/interop/internal/process"
	"sinew.dev/sinew/test/interop/internal/script"
)

// differing are the members of documents that differ on our server, each with its reason. All others must be equal, but
// for what differs from run to run on the same server: package document knows those.
var differing = document.Rules{
	Numbers: map[string]bool{
		"num_cache":      true, // results are cached by worker here, by account and by client there
		"num_matches":    true, // a run of messages on one subject is matched once here
		"cache_hit_rate": true, // follows from the two
		"max_fanout":     true, // of the cached results, of which there are others
		"avg_fanout":     true,
		"pending_bytes":  true, // of a closed connection: the last error may be written by then or not
	},
	Ignored: map[string]bool{
		"git_commit": true, // how the binary was built
		"gomemlimit": true, // what the machine has
		"rtt":        true, // present once a PING of the server was answered, which is a matter of time
	},
	// The reference keeps them in maps.
	Unordered: map[string]bool{
		"accounts": true, "account_statz": true, "subscriptions_list": true, "subscriptions_list_detail": true,
	},
}

// withSystem are what differs in addition where there is a system account.
var withSystem = document.Rules{
	Numbers: map[string]bool{
		"subscriptions": true, "num_subscriptions": true, "num_inserts": true, "num_removes": true, // the server's own
	},
	Ignored: map[string]bool{
		"imports": true, "exports": true, // the system's services are no imports here
	},
}

// monitoredServer is a server with a load, and the documents it is asked for.
type monitoredServer struct {
	config   string // CERTS stands for the folder of certificates
	flags    []string
	rules    []document.Rules // besides differing
	load     func(*crowd)
	requests []string // "path" or "METHOD path"
}

// TestDocuments puts the same load on a server as was put on the reference, and wants the same documents: testdata/documents
// has what the reference answered, normalized.
func TestDocuments(t *testing.T) {
	binary := serverBinary(t)
	dir, err := certs.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range monitored {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := process.Start(process.Options{
				Binary: binary, Dir: t.TempDir(), Flags: s.flags, BasePath: s.base(),
				Config: strings.ReplaceAll(s.config, "CERTS", dir.Path),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Stop()
			c := &crowd{t: t, server: server, certs: dir, names: map[string]string{}}
			defer c.leave()
			if s.load != nil {
				s.load(c)
			}
			rules := merge(append(s.rules, differing)...)
			rules.Names = c.names
			compareAnswers(t, filepath.Join("testdata", "documents", name+".txt"), s, func(request string) (string, error) {
				return answer(server.Monitor, request, &rules)
			})
		})
	}
}

// base is the path that all documents are under.
func (s *monitoredServer) base() string {
	_, rest, found := strings.Cut(s.config, `http_base_path: "`)
	if !found {
		return ""
	}
	base, _, _ := strings.Cut(rest, `"`)
	return base
}

func merge(all ...document.Rules) document.Rules {
	sum := document.Rules{Numbers: map[string]bool{}, Ignored: map[string]bool{}, Unordered: map[string]bool{}}
	for _, r := range all {
		for name := range r.Numbers {
			sum.Numbers[name] = true
		}
		for name := range r.Ignored {
			sum.Ignored[name] = true
		}
		for name := range r.Unordered {
			sum.Unordered[name] = true
		}
	}
	return sum
}

// compareAnswers makes every request and compares the answers with those in the file, or writes the file.
func compareAnswers(t *testing.T, path string, s monitoredServer, answer func(request string) (string, error)) {
	t.Helper()
	var recorded strings.Builder
	known := map[string]string{}
	if !*record {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range strings.Split(string(text), requestMark)[1:] {
			request, result, _ := strings.Cut(one, "\n")
			known[request] = result
		}
	}
	for _, request := range s.requests {
		result, err := answer(request)
		if err != nil {
			t.Errorf("%s: %v", request, err)
			continue
		}
		recorded.WriteString(requestMark + request + "\n" + result)
		if want, ok := known[request]; !ok && !*record {
			t.Errorf("%s is not recorded", request)
		} else if !*record && want != result {
			t.Errorf("%s differs (- recorded, + this server):\n%s", request, script.Diff(want, result))
		}
	}
	if *record {
		if err := os.WriteFile(path, []byte(recorded.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// requestMark begins the line of a request in a file of answers.
const requestMark = "=== "

// answer makes a request and returns status, what the headers say, and the body, normalized.
func answer(port int, request string, rules *document.Rules) (string, error) {
	method, target, found := strings.Cut(request, " ")
	if !found {
		method, target = http.MethodGet, request
	}
	r, err := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d%s", port, target), nil)
	if err != nil {
		return "", err
	}
	r.Close = true
	client := http.Client{
		Timeout:       process.Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	head := fmt.Sprintf("%d %s", response.StatusCode, response.Header.Get("Content-Type"))
	for _, name := range []string{"Access-Control-Allow-Origin", "Location"} {
		if value := response.Header.Get(name); value != "" {
			head += fmt.Sprintf("\n%s: %s", name, value)
		}
	}
	path, _, _ := strings.Cut(target, "?")
	var text string
	switch name := path[strings.LastIndex(path, "/")+1:]; {
	case name == "stacksz":
		text = first(string(body), len("goroutine "))
	case name == "vars":
		text, err = members(body)
	case strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") && response.StatusCode == http.StatusOK:
		text = "a page"
	default:
		text, err = rules.Normalize(body)
	}
	return head + "\n" + text + "\n", err
}

func first(text string, n int) string { return text[:min(n, len(text))] }

// members lists the names in a document of which the values are nobody's to compare, and those of its memstats.
func members(body []byte) (string, error) {
	var doc struct {
		Cmdline  []string                   `json:"cmdline"`
		MemStats map[string]json.RawMessage `json:"memstats"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return "", err
	}
	return fmt.Sprintf("cmdline: %v, memstats: %d members, BySize: %v",
		len(doc.Cmdline) > 1, len(doc.MemStats), doc.MemStats["BySize"] != nil), nil
}

// crowd is the clients of one server.
type crowd struct {
	t      *testing.T
	server *process.Server
	certs  certs.Dir
	names  map[string]string // by number of the connection
	open   []*guest
}

// guest is one client.
type guest struct {
	crowd *crowd
	conn  interface {
		io.ReadWriteCloser
		SetDeadline(time.Time) error
	}
	held string
}

// come connects a client that says options, a JSON object without braces, in its CONNECT; empty: it says nothing.
func (c *crowd) come(name, options string) *guest { return c.arrive(name, options, nil) }

// arrive is come with TLS if there is a configuration for it.
func (c *crowd) arrive(name, options string, secure *tls.Config) *guest {
	c.t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", c.server.Port))
	if err != nil {
		c.t.Fatal(err)
	}
	g := &guest{crowd: c, conn: conn}
	_ = conn.SetDeadline(time.Now().Add(process.Patience)) // an error shows at the next read
	var info struct {
		ID uint64 `json:"client_id"`
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(g.until("INFO "), "INFO ")), &info); err != nil {
		c.t.Fatal(err)
	}
	c.names[fmt.Sprint(info.ID)] = name
	if secure != nil {
		g.conn = tls.Client(conn, secure)
		_ = g.conn.SetDeadline(time.Now().Add(process.Patience))
	}
	if options != "" {
		g.say("CONNECT {" + options + "}")
	}
	c.open = append(c.open, g)
	return g
}

// say sends lines.
func (g *guest) say(lines ...string) {
	g.crowd.t.Helper()
	if _, err := io.WriteString(g.conn, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		g.crowd.t.Fatal(err)
	}
}

// sync returns when the server has handled all that was said.
func (g *guest) sync() {
	g.crowd.t.Helper()
	g.say("PING")
	g.until("PONG")
}

// until reads lines up to one that begins with prefix, and returns it.
func (g *guest) until(prefix string) string {
	g.crowd.t.Helper()
	buffer := make([]byte, 4096)
	for {
		line, rest, found := strings.Cut(g.held, "\r\n")
		if found {
			if g.held = rest; strings.HasPrefix(line, prefix) {
				return line
			}
			continue
		}
		n, err := g.conn.Read(buffer)
		if err != nil {
			g.crowd.t.Fatalf("wait for %s: %v", prefix, err)
		}
		g.held += string(buffer[:n])
	}
}

// closed waits until so many connections have closed.
func (c *crowd) closed(n int) {
	c.t.Helper()
	deadline := time.Now().Add(process.Patience)
	for {
		var connz struct{ Total int }
		body, err := c.server.Get("/connz?state=closed")
		if err == nil {
			err = json.Unmarshal(body, &connz)
		}
		if err == nil && connz.Total >= n {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%d of %d connections have closed: %v", connz.Total, n, err)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// unhealthy waits until the server says that it is.
func (c *crowd) unhealthy() {
	c.t.Helper()
	deadline := time.Now().Add(process.Patience)
	for {
		if _, err := c.server.Get("/healthz"); err != nil {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatal("the server is healthy still")
		}
		<-time.After(5 * time.Millisecond)
	}
}

// leave closes all connections.
func (c *crowd) leave() {
	for _, g := range c.open {
		_ = g.conn.Close() // it may be closed already
	}
}
