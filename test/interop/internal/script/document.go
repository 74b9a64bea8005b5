package script

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// measured are the numbers and texts of documents that no two runs share, by their names.
var measured = map[string]bool{
	"mem": true, "cpu": true, "/healthz": true, "cores": true, "gomaxprocs": true, "port": true, "http_port": true, "rtt": true,
	"uptime": true, "idle": true, "pending_bytes": true, "sid": true, "cmdline": true, "profile": true, "memstats": true,
	"config_digest": true,
}

// internals are the numbers that count what the server does for itself: how many subscriptions it has, how it matches.
var internals = map[string]bool{
	"subscriptions": true, "num_subscriptions": true, "num_cache": true, "num_inserts": true, "num_removes": true,
	"num_matches": true, "cache_hit_rate": true, "max_fanout": true, "avg_fanout": true,
}

// sized are numbers of bytes. Answers have no fixed length, so that large ones are not shown.
var sized = map[string]bool{
	"bytes": true, "in_bytes": true, "out_bytes": true, "in_client_bytes": true, "out_client_bytes": true,
}

// counted are numbers of messages.
var counted = map[string]bool{
	"msgs": true, "in_msgs": true, "out_msgs": true, "in_client_msgs": true, "out_client_msgs": true,
	"in_bytes": true, "out_bytes": true, "bytes": true, "in_client_bytes": true, "out_client_bytes": true,
}

const large = 300 // bytes; all answers are larger

// unbuilt are the fields about features that our server does not have yet.
var unbuilt = []string{"imports", "exports", "git_commit"}

// document replaces in a document what no two runs share.
func document(v any, mask masks) any {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range unbuilt {
			delete(v, name)
		}
		if server, ok := v["server"].(map[string]any); ok {
			v["server"] = fmt.Sprint(stable(server)) // it is in each document: one line is enough
		}
		for name, value := range v {
			if counters, ok := value.(map[string]any); ok && name == "memstats" {
				v[name] = kinds(counters)
				continue
			}
			number, isNumber := value.(float64)
			_, isText := value.(string)
			_, isList := value.([]any)
			switch {
			case measured[name] && (isNumber || isText || isList), (internals[name] || name == "id" || mask.msgs && counted[name]) && isNumber:
				v[name] = "<" + kind(value) + ">"
			case sized[name] && number > large:
				v[name] = "<large>"
			default:
				v[name] = document(value, mask)
			}
		}
	case []any:
		for i := range v {
			v[i] = document(v[i], mask)
		}
		slices.SortStableFunc(v, func(a, b any) int { return cmp.Compare(sortKey(a), sortKey(b)) })
	}
	return v
}

// sortKey brings the elements of a list, which may come from a map, into an order: texts and subscriptions by what they
// are, connections as they come.
func sortKey(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		if v["subject"] == nil && v["acc"] == nil {
			return ""
		}
		doc, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return fmt.Sprint(v["acc"], v["account"], v["subject"], string(doc))
	}
	return ""
}

// kinds names the JSON types of an object's fields.
func kinds(object map[string]any) map[string]any {
	for name, value := range object {
		object[name] = "<" + kind(value) + ">"
	}
	return object
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case float64:
		return "number"
	case string:
		return "text"
	case []any:
		return "list"
	default:
		return "object"
	}
}
