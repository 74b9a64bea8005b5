package sysevents

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

// EventFilterOptions says which servers a request is for. All that is given must fit.
type EventFilterOptions struct {
	Name       string   `json:"server_name,omitempty"`
	Cluster    string   `json:"cluster,omitempty"`
	Host       string   `json:"host,omitempty"`
	ExactMatch bool     `json:"exact_match,omitempty"` // of the texts above; otherwise a part is enough
	Tags       []string `json:"tags,omitempty"`        // the server has them all
	Domain     string   `json:"domain,omitempty"`
}

func (o *EventFilterOptions) fits(info *ServerInfo) bool {
	match := strings.Contains
	if o.ExactMatch {
		match = func(have, want string) bool { return have == want }
	}
	for _, one := range []struct{ want, have string }{{o.Name, info.Name}, {o.Cluster, info.Cluster}, {o.Host, info.Host}} {
		if one.want != "" && !match(one.have, one.want) {
			return false
		}
	}
	for _, tag := range o.Tags {
		if !slices.ContainsFunc(info.Tags, func(have string) bool { return strings.EqualFold(have, tag) }) {
			return false
		}
	}
	return o.Domain == "" || o.Domain == info.Domain
}

// filter makes options that embed EventFilterOptions a filtered.
func (o *EventFilterOptions) filter() *EventFilterOptions { return o }

// filtered is the options of a request.
type filtered interface{ filter() *EventFilterOptions }

// The bodies of requests. Their names, and those of what they embed, stand in the answers to bodies that do not fit.
type (
	VarzEventOptions    struct{ EventFilterOptions }
	StatszEventOptions  struct{ EventFilterOptions }
	ExpvarzEventOptions struct{ EventFilterOptions }
	AccInfoEventOptions struct{ EventFilterOptions }
	ConnzEventOptions   struct {
		status.ConnzOptions
		EventFilterOptions
	}
	SubszEventOptions struct {
		status.SubszOptions
		EventFilterOptions
	}
	HealthzEventOptions struct {
		status.HealthzOptions
		EventFilterOptions
	}
	AccountzEventOptions struct {
		status.AccountzOptions
		EventFilterOptions
	}
	AccountStatzEventOptions struct {
		status.AccountStatzOptions
		EventFilterOptions
	}
	RoutezEventOptions struct {
		status.RoutezOptions
		EventFilterOptions
	}
	GatewayzEventOptions struct {
		status.GatewayzOptions
		EventFilterOptions
	}
	LeafzEventOptions struct {
		status.LeafzOptions
		EventFilterOptions
	}
	JszEventOptions struct {
		JSzOptions
		EventFilterOptions
	}
	ProfilezEventOptions struct {
		ProfilezOptions
		EventFilterOptions
	}
	IpqueueszEventOptions struct {
		IpqueueszOptions
		EventFilterOptions
	}
	RaftzEventOptions struct {
		status.RaftzOptions
		EventFilterOptions
	}
)

// What can be asked of JetStream and of the server's own queues, under the names that stand in answers.
type (
	JSzOptions       status.JszOptions
	IpqueueszOptions status.IPQueueszOptions
)

// ProfilezOptions says which of Go's profiles is wanted.
type ProfilezOptions struct {
	Name     string        `json:"name"`
	Debug    int           `json:"debug"`              // the form: 0 for go tool pprof, 1 and 2 for people
	Duration time.Duration `json:"duration,omitempty"` // of "cpu"; more than 0, at most 15 s
}

// parse reads a request's body into options. An empty body asks for nothing in particular.
func parse(body []byte, into any) error {
	if len(body) == 0 {
		return nil
	}
	return json.Unmarshal(body, into)
}

// describe is the text of an error of parse as tools know it: our types are in another package.
func describe(err error) string {
	return strings.Replace(err.Error(), "type sysevents.", "type server.", 1)
}
