package status

import "time"

// The documents below tell of parts of the server that it does not have yet; they say so the way tools expect.

// Routez is the document of /routez.
type Routez struct {
	ServerID   string     `json:"server_id"`
	ServerName string     `json:"server_name"`
	Now        time.Time  `json:"now"`
	NumRoutes  int        `json:"num_routes"`
	Routes     []struct{} `json:"routes"`
}

// Gatewayz is the document of /gatewayz.
type Gatewayz struct {
	ServerID string              `json:"server_id"`
	Now      time.Time           `json:"now"`
	Outbound map[string]struct{} `json:"outbound_gateways"`
	Inbound  map[string]struct{} `json:"inbound_gateways"`
}

// Leafz is the document of /leafz.
type Leafz struct {
	ServerID string     `json:"server_id"`
	Now      time.Time  `json:"now"`
	NumLeafs int        `json:"leafnodes"`
	Leafs    []struct{} `json:"leafs"`
}

// Jsz is the document of /jsz.
type Jsz struct {
	Memory          uint64 `json:"memory"`
	Storage         uint64 `json:"storage"`
	ReservedMemory  uint64 `json:"reserved_memory"`
	ReservedStorage uint64 `json:"reserved_storage"`
	Accounts        int    `json:"accounts"`
	HAAssets        int    `json:"ha_assets"`
	API             struct {
		Level  int    `json:"level"`
		Total  uint64 `json:"total"`
		Errors uint64 `json:"errors"`
	} `json:"api"`
	ServerID string    `json:"server_id"`
	Now      time.Time `json:"now"`
	Disabled bool      `json:"disabled,omitempty"`
	Config   struct {
		MaxMemory  int64 `json:"max_memory"`
		MaxStorage int64 `json:"max_storage"`
	} `json:"config"`
	Streams   int    `json:"streams"`
	Consumers int    `json:"consumers"`
	Messages  uint64 `json:"messages"`
	Bytes     uint64 `json:"bytes"`
	Total     int    `json:"total"`
}

// NoRoutes is the Routez of a server without routes.
func NoRoutes(id, name string, now time.Time) *Routez {
	return &Routez{ServerID: id, ServerName: name, Now: now.UTC(), Routes: []struct{}{}}
}

// NoGateways is the Gatewayz of a server without gateways.
func NoGateways(id string, now time.Time) *Gatewayz {
	return &Gatewayz{ServerID: id, Now: now.UTC(), Outbound: map[string]struct{}{}, Inbound: map[string]struct{}{}}
}

// NoLeafs is the Leafz of a server without leaf nodes.
func NoLeafs(id string, now time.Time) *Leafz {
	return &Leafz{ServerID: id, Now: now.UTC(), Leafs: []struct{}{}}
}

// NoJetStream is the Jsz of a server without JetStream.
func NoJetStream(id string, now time.Time) *Jsz {
	return &Jsz{ServerID: id, Now: now.UTC(), Disabled: true}
}
