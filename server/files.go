package server

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
)

// writePidFile leaves our process id for whoever sends signals.
func writePidFile(path string) error {
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())), 0o660); err != nil {
		return fmt.Errorf("Could not write pidfile: %w", err)
	}
	return nil
}

// ports is the document of the ports file.
type ports struct {
	Nats       []string `json:"nats,omitempty"`
	Monitoring []string `json:"monitoring,omitempty"`
	Profile    []string `json:"profile,omitempty"`
}

// portsFilePath is where the ports of this process are written.
func portsFilePath(dir string) string {
	name := "sinew"
	if exe, err := os.Executable(); err == nil {
		name = filepath.Base(exe)
	}
	if len(os.Args) > 0 && os.Args[0] != "" {
		name = filepath.Base(os.Args[0])
	}
	return filepath.Join(dir, fmt.Sprintf("%s_%d.ports", name, os.Getpid()))
}

func writePortsFile(path string, p ports) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, doc, 0o644); err != nil {
		return fmt.Errorf("Error writing ports file (%s): %w", path, err)
	}
	return nil
}

// urls are the addresses at which a listener can be reached: each of the machine's when it listens on all of them.
func urls(scheme string, addr net.Addr) []string {
	ap, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return nil
	}
	if !ap.Addr().IsUnspecified() {
		return []string{scheme + "://" + netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()).String()}
	}
	var list []string
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || prefix.Addr().IsLinkLocalUnicast() {
			continue
		}
		list = append(list, scheme+"://"+netip.AddrPortFrom(prefix.Addr().Unmap(), ap.Port()).String())
	}
	return list
}
