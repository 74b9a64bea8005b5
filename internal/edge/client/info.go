package client

import (
	"encoding/json"
)

// Info is the document of an INFO line as clients see it. The first group is the server's, the second differs from
// connection to connection.
type Info struct {
	ServerID      string   `json:"server_id"`
	ServerName    string   `json:"server_name"`
	Version       string   `json:"version"`
	Proto         int      `json:"proto"`
	GitCommit     string   `json:"git_commit,omitempty"`
	GoVersion     string   `json:"go"`
	Host          string   `json:"host"`
	Port          int      `json:"port"`
	Headers       bool     `json:"headers"`
	AuthRequired  bool     `json:"auth_required,omitempty"`
	TLSRequired   bool     `json:"tls_required,omitempty"`
	TLSVerify     bool     `json:"tls_verify,omitempty"`
	TLSAvailable  bool     `json:"tls_available,omitempty"`
	MaxPayload    int      `json:"max_payload"`
	JetStream     bool     `json:"jetstream,omitempty"`
	IP            string   `json:"ip,omitempty"`
	ClientID      uint64   `json:"client_id,omitempty"`
	ClientIP      string   `json:"client_ip,omitempty"`
	Nonce         string   `json:"nonce,omitempty"`
	Cluster       string   `json:"cluster,omitempty"`
	Domain        string   `json:"domain,omitempty"`
	ConnectURLs   []string `json:"connect_urls,omitempty"`
	LameDuck      bool     `json:"ldm,omitempty"`
	ConnectInfo   bool     `json:"connect_info,omitempty"`
	RemoteAccount string   `json:"remote_account,omitempty"`
	AccountIsSys  bool     `json:"acc_is_sys,omitempty"`
	APILevel      int      `json:"api_lvl,omitempty"`
	XKey          string   `json:"xkey,omitempty"`

	// SinewVersion is our own version, beside the one whose behaviour we speak.
	SinewVersion string `json:"sinew,omitempty"`
}

// appendInfo appends the INFO line.
func appendInfo(dst []byte, info *Info) []byte {
	dst = append(dst, "INFO "...)
	doc, err := json.Marshal(info)
	if err != nil {
		panic("INFO cannot be encoded: " + err.Error()) // plain strings and numbers always can
	}
	dst = append(dst, doc...)
	return append(dst, " \r\n"...)
}

// info is what this session is told about the server now.
func (s *Session) info(o *Options) Info {
	info := o.Info
	info.ClientID = s.id
	info.ClientIP = s.host
	info.Nonce = s.nonce
	if !s.has(connected) && info.AuthRequired {
		_, open := o.Auth.NoAuthUser()
		info.AuthRequired = !open
	}
	return info
}
