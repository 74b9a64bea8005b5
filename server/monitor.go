package server

import (
	"encoding/json"
	"net"
	"net/http"
	"strconv"

	"sinew.dev/sinew/internal/config"
)

type monitoring struct {
	s *Server
	l net.Listener
}

func newMonitoring(s *Server) *monitoring { return &monitoring{s: s} }
func (m *monitoring) start(c *config.Config) error {
	if c.Monitor.Port == 0 {
		return nil
	}
	l, err := net.Listen("tcp", net.JoinHostPort(c.Host, strconv.Itoa(max(0, c.Monitor.Port))))
	if err != nil {
		return err
	}
	m.l = l
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.s.mu.Lock()
		defer m.s.mu.Unlock()
		json.NewEncoder(w).Encode(map[string]any{"config_load_time": m.s.loaded, "server_id": m.s.id, "connections": m.s.hub.Stats().Connections, "subscriptions": m.s.hub.Stats().Subscriptions})
	}))
	return nil
}
func (m *monitoring) stop() {
	if m.l != nil {
		m.l.Close()
	}
}
func (m *monitoring) urls() []string {
	if m.l == nil {
		return nil
	}
	return urls("http", m.l.Addr())
}
func (m *monitoring) profileURLs() []string { return nil }
func (m *monitoring) addr() net.Addr        { return nil }
