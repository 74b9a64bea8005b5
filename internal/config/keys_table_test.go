package config

import (
	"slices"
	"strings"
	"testing"
)

// TestEveryNameOfABlockIsInTheTable keeps keys.csv complete: what the decoder knows, with its other spellings, is described.
func TestEveryNameOfABlockIsInTheTable(t *testing.T) {
	described := make(map[string]Key)
	for _, k := range Keys() {
		described[strings.TrimSuffix(k.Name, "[]")] = k
	}
	for parent, names := range blockNames() {
		for name, here := range names {
			// These belong to the tls of other blocks, or are blocks whose own keys are described.
			if name == "verify_cert_and_check_known_urls" || strings.HasSuffix(parent, "tls") && strings.HasPrefix(name, "cert_match") {
				continue
			}
			k, ok := described[join(parent, name)]
			if !ok && !hasKeysBelow(join(parent, name)) {
				t.Errorf("%s is not in keys.csv", join(parent, name))
			}
			if ok && k.Supported != here {
				t.Errorf("%s: supported is %v", k.Name, k.Supported)
			}
		}
	}
	checkAliases(t, described, "", topLevel.aliases)
	checkAliases(t, described, "tls", tlsBlock.aliases)
	checkAliases(t, described, "authorization", authorizationBlock.aliases)
	checkAliases(t, described, "authorization.users[]", userBlock.aliases)
	checkAliases(t, described, "<permissions>", permissionsBlock.aliases)
	checkAliases(t, described, "<permissions>.allow_responses", responsesBlock.aliases)
	checkAliases(t, described, "accounts.<name>", accountBlock.aliases)
	checkAliases(t, described, "accounts.<name>.limits", accountLimitsBlock.aliases)
	checkAliases(t, described, "<mappings>", destinationBlock.aliases)
}

func hasKeysBelow(name string) bool {
	return slices.ContainsFunc(Keys(), func(k Key) bool { return strings.HasPrefix(k.Name, name+".") })
}

func checkAliases(t *testing.T, described map[string]Key, parent string, aliases map[string]string) {
	t.Helper()
	for alias, name := range aliases {
		k, ok := described[join(parent, name)]
		if ok && !slices.Contains(k.Aliases, alias) {
			t.Errorf("%s: the table does not have its other name %s", k.Name, alias)
		}
	}
}

// TestSettingsShowEveryKey: what a file may set at the top level, or in tls, is shown.
func TestSettingsShowEveryKey(t *testing.T) {
	c := mustLoad(t, `tls { certs: [{cert_file: cert.pem, key_file: key.pem}] }
		authorization { users: [{user: u, password: p}], permissions: {publish: a} }
		accounts { A { users: [{user: v, password: p}], mappings: {a: b} } }, mappings: {a: b}`)
	single := mustLoad(t, "authorization { user: u, password: p }\ntls {cert_file: cert.pem, key_file: key.pem}")
	token := mustLoad(t, "authorization { token: t }")
	shown := make(map[string]bool)
	for _, s := range slices.Concat(c.Settings(), single.Settings(), token.Settings()) {
		shown[s.Key] = true
	}
	for _, k := range Keys() {
		top := !strings.ContainsAny(k.Name, "<[") && !slices.Contains([]string{"listen", "http", "https", "mappings", "accounts"}, k.Name)
		if k.Supported && top && !shown[k.Name] {
			t.Errorf("%s is not shown", k.Name)
		}
	}
	for _, key := range []string{"authorization.users[u]", "accounts[A]", "accounts[A].users[v]", "accounts[A].mappings[a]", "mappings[a]"} {
		if !shown[key] {
			t.Errorf("%s is not shown", key)
		}
	}
}
