package top

import (
	"fmt"
	"strconv"
	"strings"
)

// filter is what the user looks for: words that rows must show, and what the server shall choose rows by.
type filter struct {
	text          string   // as typed
	words         []string // in lower case
	account, user string
	cid           uint64
	test          string
}

// parseFilter reads words. Those that begin with account:, user:, cid: or matches: are for the server, and so reach rows
// that are not on the page.
func parseFilter(text string) (filter, error) {
	f := filter{text: strings.TrimSpace(text)}
	for _, word := range strings.Fields(text) {
		name, value, ok := strings.Cut(word, ":")
		if !ok || value == "" {
			f.words = append(f.words, strings.ToLower(word))
			continue
		}
		switch strings.ToLower(name) {
		case "account", "acc":
			f.account = value
		case "user":
			f.user = value
		case "matches", "test":
			f.test = value
		case "cid":
			cid, err := strconv.ParseUint(value, 10, 64)
			if err != nil {
				return filter{}, fmt.Errorf("cid: takes a number, not %q", value)
			}
			f.cid = cid
		default:
			f.words = append(f.words, strings.ToLower(word))
		}
	}
	return f, nil
}

// apply adds what the server shall choose by.
func (f filter) apply(q Query) Query {
	if f.account != "" {
		q.Account = f.account
	}
	q.User, q.CID, q.Test = f.user, f.cid, f.test
	return q
}
