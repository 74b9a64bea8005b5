package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentationNamesEveryKey keeps docs/configuration.md complete: it has every key of a file, those of missing
// features included, and every flag.
func TestDocumentationNamesEveryKey(t *testing.T) {
	raw, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[string]bool)
	for _, word := range regexp.MustCompile("`[^`\n]+`").FindAllString(string(raw), -1) {
		for _, part := range strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune("`.[]{}=, ", r) }) {
			named[part] = true
		}
	}
	var missing []string
	need := func(names ...string) {
		for _, name := range names {
			if !named[name] {
				missing = append(missing, name)
			}
		}
	}
	for _, names := range [][]string{
		keys(topLevel), keys(authorizationBlock), keys(userBlock), keys(permissionsBlock), keys(ruleBlock),
		keys(responsesBlock), keys(accountBlock), keys(accountLimitsBlock), keys(certPairBlock), keys(tlsBlock),
	} {
		need(names...)
	}
	for name := range new(Flags).register(newFlagSet()) {
		if !named["-"+name] {
			need("--" + name)
		}
	}
	if missing != nil {
		t.Errorf("docs/configuration.md does not have: %v", missing)
	}
}

// keys are the canonical names of a block's keys.
func keys[T any](b *block[T]) []string {
	var names []string
	for name := range b.fields {
		if name != "verify_cert_and_check_known_urls" { // belongs to the tls of other blocks
			names = append(names, name)
		}
	}
	return names
}
