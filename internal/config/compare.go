package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Compare names what differs between two configurations that lie on disk, in the order of Diff. Unlike Diff, which is asked by a
// reload, it leaves out a tls block that both have: its files are the same ones. Each change of users, accounts and mappings
// has Details.
func Compare(old, new *Config) []Change {
	changes := slices.DeleteFunc(Diff(old, new), func(c Change) bool { return c.Key == "tls" && sameTLS(old.TLS, new.TLS) })
	for i := range changes {
		c := &changes[i]
		switch c.Option {
		case "TLS":
			c.Details = compareSettings(old.tlsSettings(), new.tlsSettings())
		case "Users":
			c.Details = compareUsers(old.Authorization.Users, new.Authorization.Users)
		case "Accounts":
			c.Details = compareSettings(old.accountSettings(), new.accountSettings())
			c.Details = append(c.Details, comparePasswords(old.Accounts, new.Accounts)...)
		case "Mappings":
			c.Details = compareSettings(mappingSettings(old), mappingSettings(new))
		case "Tags", "Metadata":
			c.Old, c.New = fmt.Sprint(differenceOf(c.Option).value(old)), fmt.Sprint(differenceOf(c.Option).value(new))
		}
	}
	return changes
}

func differenceOf(option string) *difference {
	i := slices.IndexFunc(differences, func(d difference) bool { return d.option == option })
	return &differences[i]
}

func sameTLS(a, b *TLS) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.Position, y.Position = Position{}, Position{}
	return reflect.DeepEqual(x, y)
}

func mappingSettings(c *Config) []Setting {
	var list []Setting
	for i := range c.Mappings {
		list = append(list, mappingSetting("mappings", &c.Mappings[i]))
	}
	return list
}

// compareSettings tells what was added, removed and changed, by key.
func compareSettings(old, new []Setting) []string {
	was, is := byKey(old), byKey(new)
	return compareMaps(was, is, func(a, b any) bool { return reflect.DeepEqual(a, b) })
}

func byKey(list []Setting) map[string]any {
	values := make(map[string]any, len(list))
	for _, s := range list {
		values[s.Key] = s.Value
	}
	return values
}

// compareUsers tells which users come, go and change, passwords included.
func compareUsers(old, new []User) []string {
	index := func(users []User) map[string]User {
		all := make(map[string]User, len(users))
		for _, u := range plainUsers(users) {
			all["user "+u.id()] = u
		}
		return all
	}
	return compareMaps(index(old), index(new), func(a, b User) bool { return reflect.DeepEqual(a, b) })
}

// comparePasswords tells which users of accounts have another password: settings do not show one.
func comparePasswords(old, new []Account) []string {
	index := func(accounts []Account) map[string]string {
		all := make(map[string]string)
		for i := range accounts {
			for j := range accounts[i].Users {
				u := &accounts[i].Users[j]
				all["accounts["+accounts[i].Name+"].users["+u.id()+"]"] = u.Password
			}
		}
		return all
	}
	was, is := index(old), index(new)
	var details []string
	for _, key := range slices.Sorted(maps.Keys(is)) {
		if before, ok := was[key]; ok && before != is[key] && secret(before) == secret(is[key]) {
			details = append(details, "~ "+key+": password")
		}
	}
	return details
}

// compareMaps marks keys with "+", "-" and "~", in the order of keys.
func compareMaps[V any](was, is map[string]V, same func(a, b V) bool) []string {
	var details []string
	for key, value := range is {
		before, ok := was[key]
		switch {
		case !ok:
			details = append(details, "+ "+key)
		case !same(before, value):
			details = append(details, "~ "+key)
		}
	}
	for key := range was {
		if _, ok := is[key]; !ok {
			details = append(details, "- "+key)
		}
	}
	slices.SortFunc(details, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return details
}
