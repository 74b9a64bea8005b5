package tool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"sinew.dev/sinew/internal/config"
	"sinew.dev/sinew/internal/tool/contexts"
	"sinew.dev/sinew/internal/vfs"
)

// devSite is the folder of a `sinew dev` and what is in it. One process has it at a time.
//
//	server.conf       what the server was started with, written anew each time
//	system.password   of the user sys in the system account
//	lock
type devSite struct {
	name, folder  string
	port, monitor int
	notes         []string // what is other than one would expect
	password      string
	lock          io.Closer
}

func openDevSite(name, folder string) (*devSite, error) {
	if folder == "" {
		data, err := dataFolder()
		if err != nil {
			return nil, err
		}
		folder = filepath.Join(data, "sinew", name)
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w; name another with --data", err)
	}
	lock, err := vfs.OS{}.Lock(filepath.Join(folder, "lock"))
	if errors.Is(err, vfs.ErrLocked) {
		return nil, fmt.Errorf("another \"sinew dev\" has the data in %s; stop it, or start this one with --name NAME", folder)
	}
	if err != nil {
		return nil, fmt.Errorf("take the data folder: %w", err)
	}
	site := &devSite{name: name, folder: folder, lock: lock}
	if site.password, err = site.systemPassword(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return site, nil
}

// dataFolder is where programs of this user keep what they store.
func dataFolder() (string, error) {
	if folder := os.Getenv("XDG_DATA_HOME"); folder != "" {
		return folder, nil
	}
	if runtime.GOOS == "windows" {
		if folder := os.Getenv("LOCALAPPDATA"); folder != "" {
			return folder, nil
		}
	}
	home, err := contexts.Home()
	if err != nil {
		return "", fmt.Errorf("find the data folder: %w; name one with --data", err)
	}
	return filepath.Join(home, ".local", "share"), nil
}

// systemPassword reads the password of the system account's user, and makes one the first time: other users of the
// machine reach loopback, too.
func (d *devSite) systemPassword() (string, error) {
	path := filepath.Join(d.folder, "system.password")
	text, err := os.ReadFile(path)
	if password := strings.TrimSpace(string(text)); err == nil && password != "" {
		return password, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the system account's password: %w", err)
	}
	password := rand.Text()
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the system account's password: %w", err)
	}
	return password, nil
}

// choosePorts takes the usual ports, or free ones when they are taken. A port that was asked for is not replaced.
func (d *devSite) choosePorts(port, monitor int) (err error) {
	if d.port, err = d.choosePort(port, config.DefaultPort, "clients"); err != nil {
		return err
	}
	d.monitor, err = d.choosePort(monitor, defaultMonitorPort, "monitoring")
	return err
}

func (d *devSite) choosePort(asked, usual int, what string) (int, error) {
	if asked != 0 {
		return asked, nil
	}
	if _, err := listenOnce(usual); err == nil {
		return usual, nil
	}
	free, err := listenOnce(0)
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	d.notes = append(d.notes, fmt.Sprintf("Port %d is taken; %s: %d", usual, what, free))
	return free, nil
}

// listenOnce tells whether port is free, and which one the system chose for 0. It may be taken again before the server
// listens; then the server says so.
func listenOnce(port int) (int, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

const devConfig = `# Written by "sinew dev" whenever it starts: changes are lost. To go on from here, copy it.
server_name: %s
listen: "127.0.0.1:%d"
http: "127.0.0.1:%d"

# Clients without a login are the user dev. The password of sys is in the file system.password.
no_auth_user: dev
accounts {
  DEV { users: [ { user: dev, password: %s } ] }
  SYS { users: [ { user: sys, password: %s } ] }
}
system_account: SYS
`

// writeConfig writes the server's configuration file and returns its path.
func (d *devSite) writeConfig() (string, error) {
	path := filepath.Join(d.folder, "server.conf")
	// The hashes are cheap: the password is random, and each connection costs one.
	system, err := bcrypt.GenerateFromPassword([]byte(d.password), bcrypt.MinCost)
	if err != nil {
		return "", fmt.Errorf("hash the system account's password: %w", err)
	}
	// Nobody needs the password of dev.
	nobody, err := bcrypt.GenerateFromPassword([]byte(rand.Text()), bcrypt.MinCost)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	text := fmt.Sprintf(devConfig, strconv.Quote("sinew-"+d.name), d.port, d.monitor,
		strconv.Quote(string(nobody)), strconv.Quote(string(system)))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write the server's configuration: %w", err)
	}
	return path, nil
}

func (d *devSite) close() error {
	if err := d.lock.Close(); err != nil {
		return fmt.Errorf("unlock the data folder: %w", err)
	}
	return nil
}
