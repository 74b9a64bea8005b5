package config

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
	"sync"
)

// Key is what is known of one configuration key.
type Key struct {
	// Name is the dotted path. "[]" marks the entries of a list, "<name>" what the user names, "<permissions>" and
	// "<mappings>" blocks that stand in several places.
	Name    string
	Aliases []string
	// Type and Default are for people: "size < 2^31", "1MB".
	Type, Default string
	// Reloadable is "yes", "no", or says when.
	Reloadable string
	// Since is the version of the reference server that has it first, as far as it is known, or "Sinew" for a key of ours.
	Since   string
	Meaning string
	// Supported is false for keys of features that are not here yet: a file with one is refused.
	Supported bool
}

//go:embed keys.csv
var keyTable string

// Keys are all keys of the reference server in the order of its documentation. The slice is shared: do not change it.
func Keys() []Key { return allKeys() }

var allKeys = sync.OnceValue(readKeys)

func readKeys() []Key {
	rows, err := csv.NewReader(strings.NewReader(keyTable)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("the built-in table of keys: %v", err))
	}
	keys := make([]Key, 0, len(rows)-1)
	for _, row := range rows[1:] {
		k := Key{
			Name: row[0], Type: row[2], Default: row[3], Reloadable: row[4], Since: row[5], Meaning: row[6],
			Supported: supported(row[0]),
		}
		for _, alias := range strings.Split(row[1], ",") {
			// A remark, such as "ws (block alias)", is no name.
			if alias = strings.TrimSpace(alias); alias != "" && !strings.ContainsAny(alias, "( ") {
				k.Aliases = append(k.Aliases, alias)
			}
		}
		keys = append(keys, k)
	}
	return keys
}

// blockNames has, of each block that files may contain, what names it knows; false is a name of a missing feature.
var blockNames = sync.OnceValue(func() map[string]map[string]bool {
	return map[string]map[string]bool{
		"":                              have(topLevel),
		"tls":                           have(tlsBlock),
		"tls.certs[]":                   have(certPairBlock),
		"authorization":                 have(authorizationBlock),
		"authorization.users[]":         have(userBlock),
		"<permissions>":                 have(permissionsBlock),
		"<permissions>.publish":         have(ruleBlock),
		"<permissions>.subscribe":       have(ruleBlock),
		"<permissions>.allow_responses": have(responsesBlock),
		"<mappings>":                    have(destinationBlock),
		"accounts.<name>":               have(accountBlock),
		"accounts.<name>.limits":        have(accountLimitsBlock),
	}
})

func have[T any](b *block[T]) map[string]bool {
	names := make(map[string]bool)
	for name, set := range b.fields {
		names[name] = set != nil
	}
	return names
}

// supported reports whether a key of the table has an effect here, rather than being refused.
func supported(name string) bool {
	parent, last := "", name
	if i := strings.LastIndex(name, "."); i >= 0 {
		parent, last = name[:i], name[i+1:]
	}
	return blockNames()[parent][strings.TrimSuffix(last, "[]")]
}
