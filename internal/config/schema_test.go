package config

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestSchemaHasEveryKey walks the JSON Schema as an editor does, by each name of each key.
func TestSchemaHasEveryKey(t *testing.T) {
	text, err := json.Marshal(Schema())
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	for _, k := range Keys() {
		parts := strings.Split(k.Name, ".")
		at := schema
		if block, ok := strings.CutPrefix(parts[0], "<"); ok {
			at, parts = schema["$defs"].(map[string]any)[strings.TrimSuffix(block, ">")].(map[string]any), parts[1:]
		}
		for _, part := range parts[:len(parts)-1] {
			at = within(at, part)
		}
		last := strings.TrimSuffix(parts[len(parts)-1], "[]")
		for _, name := range append([]string{last}, k.Aliases...) {
			node, ok := within(at, name)["x-supported"].(bool)
			if !ok || node != k.Supported {
				t.Errorf("%s, as %s: the schema says supported %v, %v", k.Name, name, node, ok)
			}
		}
	}
}

// within is the schema of a key in a block; nil if there is none.
func within(at map[string]any, part string) map[string]any {
	if part == "<name>" {
		inner, _ := at["additionalProperties"].(map[string]any)
		return inner
	}
	name, list := strings.CutSuffix(part, "[]")
	properties, _ := at["properties"].(map[string]any)
	node, _ := properties[name].(map[string]any)
	if list {
		node, _ = node["items"].(map[string]any)
	}
	return node
}
