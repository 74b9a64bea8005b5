package metrics

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"sinew.dev/sinew/internal/observe/status"
)

// shown are the text fields of documents that become a series with the text as a label. All others are left out.
var shown = map[string]bool{
	"server_id": true, "server_name": true, "version": true, "cluster_name": true,
	"jetstream_meta_leader": true, "jetstream_meta_name": true,
}

// moments are the times that become a series, in milliseconds since 1970.
var moments = map[string]bool{"start": true, "config_load_time": true}

// document writes a gauge for every number in a document, however deep: {"a":{"b":1}} is PREFIX_KIND_a_b. What is added
// to a document later is there by itself. Lists and booleans are left out, as the exporter does.
func (p *page) document(kind, labels string, doc any) error {
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return err
	}
	p.fields(p.prefix+"_"+kind+"_", "", labels, fields)
	return nil
}

func (p *page) fields(prefix, path, labels string, fields map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		name := path + metricName(key)
		switch v := fields[key].(type) {
		case map[string]any:
			p.fields(prefix, name+"_", labels, v)
		case json.Number:
			if key == "/" {
				continue // the index page in http_req_stats: nothing would be left of its name
			}
			p.family(prefix+name, gauge, name)
			p.text(labels, v.String())
		case string:
			p.textField(prefix+name, name, labels, v)
		}
	}
}

func (p *page) textField(name, field, labels, value string) {
	switch {
	case shown[field]:
		p.family(name, gauge, field)
		p.count(string(label([]byte(labels), "value", value)), 1)
	case moments[field]:
		if t, err := time.Parse(time.RFC3339Nano, value); err == nil {
			p.family(name, gauge, field)
			p.count(labels, t.UnixMilli())
		}
	}
}

// metricName makes the key of a field a part of a name.
func metricName(key string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.TrimPrefix(key, "/"))
}

// cluster writes what the exporter finds in /routez and /leafz when there is no route and no leaf node.
func (p *page) cluster(labels string, v *status.Varz) {
	p.family(p.prefix+"_leafz_conn_nodes_total", gauge, "nodes_total")
	p.count(labels, int64(v.Leafs))
	p.family(p.prefix+"_routez_num_routes", gauge, "num_routes")
	p.count(labels, int64(v.Routes))
	p.textField(p.prefix+"_routez_server_id", "server_id", labels, v.ServerID)
	p.textField(p.prefix+"_routez_server_name", "server_name", labels, v.ServerName)
}

// checks are the ways in which health is asked for.
var checks = []struct {
	name    string
	options status.HealthzOptions
}{
	{"healthz", status.HealthzOptions{}},
	{"healthz_js_enabled_only", status.HealthzOptions{JSEnabledOnly: true}},
	{"healthz_js_server_only", status.HealthzOptions{JSServerOnly: true}},
}

// health writes 0 for what is well and 1 for what is not, the reason as a label.
func (p *page) health(labels string, source Source) {
	for _, c := range checks {
		doc := source.Healthz(c.options)
		bad, reason := int64(0), doc.Status
		if doc.Status != "ok" {
			bad, reason = 1, doc.Error
		}
		p.family(p.prefix+"_"+c.name+"_status", gauge, "status")
		p.count(labels, bad)
		p.family(p.prefix+"_"+c.name+"_status_value", gauge, "status")
		p.count(string(label([]byte(labels), "value", reason)), 1-bad)
	}
}
