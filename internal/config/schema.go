package config

import (
	"maps"
	"slices"
	"strings"
)

// schemaNode is one JSON Schema.
type schemaNode map[string]any

// Schema is a JSON Schema (draft 2020-12) of configuration files that are written as JSON, for editors. Aliases are properties
// like their keys. Each key carries "x-default", "x-reloadable", "x-since" and "x-supported"; those that are not supported yet
// are marked as deprecated, which editors show.
func Schema() map[string]any {
	b := &schemaBuilder{shared: make(map[string]schemaNode)}
	root := object()
	for _, k := range Keys() {
		b.add(root, k)
	}
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Sinew configuration"
	root["$defs"] = b.shared
	return root
}

// schemaBuilder puts keys into a tree of objects.
type schemaBuilder struct {
	// shared are the blocks that stand in several places, such as "<permissions>".
	shared map[string]schemaNode
}

func object() schemaNode {
	return schemaNode{"type": "object", "additionalProperties": false, "properties": schemaNode{}}
}

// add puts a key where its path leads.
func (b *schemaBuilder) add(root schemaNode, k Key) {
	parts := strings.Split(k.Name, ".")
	at := root
	for i, part := range parts[:len(parts)-1] {
		at = b.enter(at, part, i == 0)
	}
	last, list := strings.CutSuffix(parts[len(parts)-1], "[]")
	node := b.value(k)
	if list && node["type"] == nil {
		node["type"] = "array"
	}
	properties := at["properties"].(schemaNode)
	for _, name := range append([]string{last}, k.Aliases...) {
		if old, ok := properties[name].(schemaNode); ok && old["properties"] != nil {
			continue // the keys within came before
		}
		properties[name] = node
	}
}

// enter is the object that one part of a path leads to.
func (b *schemaBuilder) enter(at schemaNode, part string, first bool) schemaNode {
	if first && strings.HasPrefix(part, "<") {
		name := strings.Trim(part, "<>")
		if b.shared[name] == nil {
			b.shared[name] = object()
		}
		return b.shared[name]
	}
	if part == "<name>" {
		inner, ok := at["additionalProperties"].(schemaNode)
		if !ok {
			inner = object()
			at["additionalProperties"] = inner
		}
		return inner
	}
	name, list := strings.CutSuffix(part, "[]")
	properties := at["properties"].(schemaNode)
	node, ok := properties[name].(schemaNode)
	if !ok {
		node = schemaNode{}
		properties[name] = node
	}
	return enterBlock(node, list)
}

// enterBlock makes a node one that may hold keys, itself or in its items.
func enterBlock(node schemaNode, list bool) schemaNode {
	if list {
		items, ok := node["items"].(schemaNode)
		if !ok {
			items = object()
			node["type"], node["items"] = "array", items
		}
		return items
	}
	if node["properties"] == nil {
		fresh := object()
		if len(node) > 0 {
			delete(fresh, "type") // a key with a row of its own may be a word or a list as well
		}
		maps.Copy(node, fresh)
	}
	return node
}

// value describes the value of a key.
func (b *schemaBuilder) value(k Key) schemaNode {
	node := schemaNode{"description": k.description(), "x-supported": k.Supported}
	for name, text := range map[string]string{"x-default": k.Default, "x-reloadable": k.Reloadable, "x-since": k.Since} {
		if text != "" {
			node[name] = text
		}
	}
	if !k.Supported {
		node["deprecated"] = true
	}
	maps.Copy(node, k.shape())
	return node
}

func (k Key) description() string {
	text := k.Meaning
	if text == "" {
		text = k.Type
	}
	if !k.Supported {
		text = "Not supported yet. " + text
	}
	if k.Default != "" {
		text += " (default: " + k.Default + ")"
	}
	return text
}

// shape is the type of a key's value as JSON can have it, or nothing when that is not one of the simple ones.
func (k Key) shape() schemaNode {
	last := k.Name[strings.LastIndex(k.Name, ".")+1:]
	if reference, ok := sharedBlocks[last]; ok && strings.Contains(k.Type, "map") {
		return reference
	}
	if k.Name == "accounts.<name>.users" {
		return schemaNode{"type": "array", "items": schemaNode{"$ref": "#/properties/authorization/properties/users/items"}}
	}
	switch kind, _, _ := strings.Cut(k.Type, " "); {
	case kind == "bool":
		return schemaNode{"type": "boolean"}
	case kind == "int", kind == "size":
		return schemaNode{"type": "integer"} // a size with a unit is no JSON
	case kind == "duration":
		return schemaNode{"type": []string{"string", "integer"}, "pattern": `^-?([0-9.]+(ns|us|µs|ms|s|m|h))+$`}
	case strings.HasPrefix(k.Type, "default|"), k.Type == "text|json":
		return schemaNode{"enum": strings.Split(k.Type, "|")}
	case slices.Contains([]string{"path", "dir", "string", "url", "subject", "token", "host:port", "host[:port]", "user"}, kind):
		return schemaNode{"type": "string"}
	}
	return nil
}

// sharedBlocks are the keys whose map is a block of its own.
var sharedBlocks = map[string]schemaNode{
	"permissions":         {"$ref": "#/$defs/permissions"},
	"default_permissions": {"$ref": "#/$defs/permissions"},
	"mappings": {
		"type": "object",
		"additionalProperties": schemaNode{"anyOf": []schemaNode{
			{"type": "string"},
			{"$ref": "#/$defs/mappings"},
			{"type": "array", "items": schemaNode{"$ref": "#/$defs/mappings"}},
		}},
	},
}
