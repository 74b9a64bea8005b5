package tool_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"sinew.dev/sinew/internal/tool/contexts"
)

// startDev runs `sinew dev` on free ports and returns when it is ready, with the two addresses.
func startDev(t *testing.T, data string, args ...string) (dev *background, address, monitor string) {
	t.Helper()
	address, monitor = freeAddress(t), freeAddress(t)
	dev = launch(t, append([]string{"dev", "--data", data, "-p", portOf(address), "-m", portOf(monitor)}, args...)...)
	dev.out.await(t, "Ctrl-C stops the server")
	return dev, address, monitor
}

func TestDevServesWithoutALogin(t *testing.T) {
	noContexts(t)
	data := filepath.Join(t.TempDir(), "data")
	dev, address, monitor := startDev(t, data)

	report := dev.out.text()
	for _, want := range []string{
		"nats://" + address, "no login needed", "http://" + monitor, "/varz /connz /healthz /metrics\n", data,
		"sinew-dev ", "context select sinew-dev\n", "sub '>' --context sinew-dev\n", "--context sinew-dev-sys\n",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("%q is missing in\n%s", want, report)
		}
	}
	sub := watch(t, client(t, address), "a")
	run(t, "pub", "a", "x", "--context", "sinew-dev").check(t, 0, "", "Published 1 bytes to \"a\"\n")
	next(t, sub)

	response, err := http.Get("http://" + monitor + "/varz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	varz, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(varz), `"server_name": "sinew-dev"`) || !strings.Contains(string(varz), `"system_account": "SYS"`) {
		t.Errorf("/varz says %v\n%s", err, varz)
	}
	// It says who comes.
	dev.err.await(t, " DBG ")
	if strings.Contains(dev.err.text(), "[INF]") || strings.Contains(dev.err.text(), "Server is ready") {
		t.Errorf("the log is\n%s", dev.err.text())
	}
	got := dev.stop()
	if got.code != 0 || !regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3} INF Initiating Shutdown\.\.\.$`).MatchString(got.err) {
		t.Errorf("ends with %d, having written\n%s", got.code, got.err)
	}
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("it listens after its end")
	}
}

func TestDevSystemAccount(t *testing.T) {
	noContexts(t)
	data := t.TempDir()
	dev, address, monitor := startDev(t, data)
	// The user of the context is in the system account, and others are not.
	sys := start(t, "Subscribed", "sub", "a", "--context", "sinew-dev-sys", "--connection-name", "the admin")
	response, err := http.Get("http://" + monitor + "/connz?auth=1&acc=SYS")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	connz, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(connz), `"the admin"`) || !strings.Contains(string(connz), `"sys"`) {
		t.Errorf("/connz says %v\n%s", err, connz)
	}
	run(t, "pub", "a", "x", "--no-context", "-s", address, "--user", "sys", "--password", "sys", "--timeout", "10s").
		check(t, 1, "", "sinew: nats://"+address+" refused us: Authorization Violation; say who you are with --user and "+
			"--password, --token, --nkey or --creds\n")
	sys.stop()
	password := readFile(t, filepath.Join(data, "system.password"))
	if text := readFile(t, filepath.Join(data, "server.conf")); strings.Contains(text, strings.TrimSpace(password)) {
		t.Error("the password stands in the configuration")
	}
	dev.stop()
	// The next one has the same.
	dev, _, _ = startDev(t, data)
	if again := readFile(t, filepath.Join(data, "system.password")); again != password {
		t.Error("the password is another one after a restart")
	}
	dev.stop()
}

func TestDevContextsComeAndGo(t *testing.T) {
	folder := noContexts(t)
	good(t, "context", "add", "mine", "-s", "nats://mine", "--select")
	dev, address, _ := startDev(t, t.TempDir(), "--name", "one")
	if got := good(t, "context", "ls").out; !strings.Contains(got, "* mine") || !strings.Contains(got, "  sinew-one ") ||
		!strings.Contains(got, "  sinew-one-sys ") || !strings.Contains(got, "nats://"+address) {
		t.Errorf("while it runs the contexts are\n%s", got)
	}
	dev.stop()
	if got := good(t, "context", "ls", "--names").out; got != "mine\n" {
		t.Errorf("afterwards there are\n%s", got)
	}

	// One that is selected stays.
	dev, _, _ = startDev(t, t.TempDir(), "--name", "one")
	good(t, "context", "select", "sinew-one")
	dev.stop()
	if got := good(t, "context", "ls", "--names").out; got != "mine\nsinew-one\n" {
		t.Errorf("afterwards there are\n%s", got)
	}
	// And it is the server's again when that runs again.
	dev, address, _ = startDev(t, t.TempDir(), "--name", "one")
	if got := readFile(t, filepath.Join(folder, "sinew-one.json")); !strings.Contains(got, address) {
		t.Errorf("the context is\n%s", got)
	}
	dev.stop()

	// One of the user's own is not touched.
	good(t, "context", "add", "sinew-two", "-s", "nats://mine")
	dev, _, _ = startDev(t, t.TempDir(), "--name", "two")
	if got := dev.out.text(); !strings.Contains(got, "Context sinew-two is your own and stays as it is") ||
		!strings.Contains(got, "sub '>' --no-context -s nats://") {
		t.Errorf("it says\n%s", got)
	}
	dev.stop()
	if got := good(t, "context", "show", "sinew-two", "--json").out; !strings.Contains(got, "nats://mine") {
		t.Errorf("the user's context is now\n%s", got)
	}
	dev, _, _ = startDev(t, t.TempDir(), "--name", "three", "--no-contexts")
	dev.stop()
	if store, err := contexts.Open(); err != nil || store.Has("sinew-three") {
		t.Errorf("a context was written: %v", err)
	}
}

func TestDevDataBelongsToOne(t *testing.T) {
	noContexts(t)
	data := t.TempDir()
	dev, _, _ := startDev(t, data)
	run(t, "dev", "--data", data).check(t, 1, "", "sinew: another \"sinew dev\" has the data in "+data+
		"; stop it, or start this one with --name NAME\n")
	// Another name is another server.
	other, _, _ := startDev(t, t.TempDir(), "--name", "other")
	other.stop()
	dev.stop()
}

func TestDevTakesFreePorts(t *testing.T) {
	noContexts(t)
	for _, port := range []string{"4222", "8222"} {
		// Taken by us, or by somebody else.
		if listener, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			defer listener.Close()
		}
	}
	dev := launch(t, "dev", "--data", t.TempDir())
	dev.out.await(t, "Ctrl-C stops the server")
	if got := dev.out.text(); !regexp.MustCompile(`Port 4222 is taken; clients: \d+\n`).MatchString(got) ||
		!regexp.MustCompile(`Port 8222 is taken; monitoring: \d+\n`).MatchString(got) {
		t.Errorf("it says\n%s", got)
	}
	run(t, "pub", "a", "x", "--context", "sinew-dev").check(t, 0, "", "Published 1 bytes to \"a\"\n")
	dev.stop()
}

func TestDevFailures(t *testing.T) {
	noContexts(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	got := run(t, "dev", "--data", t.TempDir(), "-p", port, "-m", port)
	if got.code != 1 || !strings.Contains(got.err, "address already in use") || !strings.Contains(got.err, "sinew: start the server: ") {
		t.Errorf("on a port that is taken: %d, %s", got.code, got.err)
	}
	if got := run(t, "context", "ls", "--names"); got.out != "" {
		t.Errorf("a failed start left contexts:\n%s", got.out)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run(t, "dev", "--data", file); got.code != 1 || !strings.Contains(got.err, "name another with --data") {
		t.Errorf("with a file as its folder: %d, %s", got.code, got.err)
	}
	for _, line := range []string{"dev --name a/b", "dev --name ..", "dev -p 70000", "dev -m -1", "dev x", "dev -s a"} {
		if got := run(t, strings.Fields(line)...); got.code != 2 {
			t.Errorf("%s gives %d, %s; want 2", line, got.code, got.err)
		}
	}
}

func TestDevTracesTheProtocol(t *testing.T) {
	noContexts(t)
	dev, address, _ := startDev(t, t.TempDir(), "--trace")
	nc := client(t, address)
	if err := nc.Publish("traced", []byte("x")); err != nil {
		t.Fatal(err)
	}
	dev.err.await(t, "<<- [PUB traced 1]")
	if want := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3} TRC .*PUB traced`); !want.MatchString(dev.err.text()) {
		t.Errorf("the log is\n%s", dev.err.text())
	}
	nc.Close()
	dev.stop()
}

// TestDevIsQuick: nobody waits for a server to develop against.
func TestDevIsQuick(t *testing.T) {
	noContexts(t)
	dev, _, _ := startDev(t, t.TempDir())
	var took int
	match := regexp.MustCompile(`is ready in (\d+) ms`).FindStringSubmatch(dev.out.text())
	if match == nil {
		t.Fatalf("it says\n%s", dev.out.text())
	}
	if _, err := fmt.Sscan(match[1], &took); err != nil || time.Duration(took)*time.Millisecond > 5*time.Second {
		t.Errorf("ready in %s ms, %v", match[1], err)
	}
	dev.stop()
}

// TestDevEndsInOrder: also when one interrupt arrives twice, as from timeout(1), nothing is left behind.
func TestDevEndsInOrder(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getenv("SINEW_BIN") != "" {
		t.Skip("needs our own binary, and signals")
	}
	folder := noContexts(t)
	binary, err := serverBinary()
	if err != nil {
		t.Fatal(err)
	}
	output := newWatched()
	command := exec.Command(binary, "dev", "--data", t.TempDir(), "-p", portOf(freeAddress(t)), "-m", portOf(freeAddress(t)))
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() }) // it fails when it has ended, as it should
	output.await(t, "Ctrl-C")
	for range 2 {
		if err := command.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	if err := command.Wait(); err != nil {
		t.Errorf("it ends with %v\n%s", err, output.text())
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("it leaves %v, %v", left, err)
	}
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}
