package interop

import (
	"regexp"
	"slices"
	"strings"
)

// hint is what our server adds to the complaint about an unknown key, and place what it adds where the reference
// tells no place or only a line.
var (
	hint  = regexp.MustCompile(` \(did you mean ".*"\?\)`)
	place = regexp.MustCompile(`(?m)^[a-z.]+:\d+:\d+: `)
)

// compareVerdicts compares a verdict of ours with the reference's, complaint by complaint in any order. The differences that
// we mean count as the same, and are counted.
func compareVerdicts(ours, theirs verdict) (same bool, differ int) {
	a, b := strings.Split(ours.Said, "\n"), strings.Split(theirs.Said, "\n")
	seen := make([]bool, len(b))
	for _, one := range a {
		found := false
		for i, other := range b {
			switch {
			case ours.Code == theirs.Code && sameComplaint(one, other):
			case meant(verdict{ours.Code, one}, verdict{theirs.Code, other}):
				differ++
			default:
				continue
			}
			found, seen[i] = true, true
		}
		if !found {
			return false, 0
		}
	}
	return !slices.Contains(seen, false), differ
}

func sameComplaint(ours, theirs string) bool {
	ours = hint.ReplaceAllString(ours, "")
	return ours == theirs || place.FindStringIndex(theirs) == nil && place.ReplaceAllString(ours, "") == theirs
}

// difference is a kind of verdict that we mean to give otherwise than the reference does.
type difference struct {
	why          string
	codes        [2]int // ours and the reference's
	ours, theirs *regexp.Regexp
}

func like(expression string) *regexp.Regexp { return regexp.MustCompile(`(?s)` + expression) }

var differences = []difference{
	{
		"the words are those of the reference's programming language",
		[2]int{1, 1},
		like("expected .*, got |Expected .*, got |should be a |wrong type|to be filename|not a duration string|Expected an entry|Unknown entry type|does not look like|unrecognized"),
		like(`interface conversion|unsupported type|runtime error|0x|%!|got (string|int64|float64|bool|time\.Time|map\[|\[\])`),
	},
	{
		"a complaint does not repeat the value, which may be a secret",
		[2]int{1, 1},
		like("[Ee]xpected .*, got |wrong type|out of the range"),
		like(`got$|^ a b$|got( -?[0-9.]+| true| false| abc| a| 40s| 2026.*UTC|\n a b| \[.*\]|)$|integer '.*' is out of the range`),
	},
	{
		"a complaint does not repeat what may be a seed",
		[2]int{1, 1},
		like("Not a valid public nkey for an account$"), like("Not a valid public nkey for an account: "),
	},
	{
		"a user's place is its begin, not the last of its keys",
		[2]int{1, 1},
		like("^walk.conf:[0-9]+:[0-9]+: (Duplicate user|User entry|Nkey users|Not a valid)"), like("^walk.conf:[0-9]+:[0-9]+: (Duplicate user|User entry|Nkey users|Not a valid)"),
	},
	{"the key is called key_file", [2]int{1, 1}, like("'cert_file' and 'key_file' options"), like("'cert_file' and 'cert_key' options")},
	{"one complaint about one value", [2]int{1, 1}, like("error parsing allowed connection types"), like("error parsing allowed connection types")},
	{"one complaint about one value", [2]int{1, 1}, like("expected a duration"), like("should be converted to a duration")},
	{"a number may end a list", [2]int{1, 1}, like("."), like("Expected an array value terminator")},
	{"a number may end a list", [2]int{0, 1}, like("is valid"), like("Expected an array value terminator")},
	{
		"what the server would not start with is not valid",
		[2]int{1, 0},
		like("^(TLS cert and key required for HTTPS|error resolving system account|invalid (\\w*_)?port |max_\\w+ \\(-?\\d+\\) cannot be|" +
			"no_auth_user: \".*\" present, but|can't specify both|lame duck grace period)"),
		like("is valid"),
	},
	{"nobody could connect", [2]int{1, 0}, like("tls has no certificate"), like("is valid")},
	{"no account has such a name", [2]int{1, 0}, like(`field "accounts": expected a map or a list`), like("is valid")},
	{"the reference overlooks it in capitals", [2]int{1, 0}, like("system account name must be a string"), like("is valid")},
	{"the reference does not know them in capitals", [2]int{0, 1}, like("is valid"), like("certs config, unknown field \"(CERT|KEY)_FILE\"")},
	{"what is missing is the destination", [2]int{1, 1}, like("Missing destination for the mapping"), like(`Missing weight for mapping destination ""`)},
	{"no time is that long", [2]int{1, 0}, like("'timeout' is too big"), like("is valid")},
	{"no time is that long", [2]int{1, 1}, like("'timeout' is too big|value is too big"), like("is high|should be converted")},
}

// meant reports whether a difference is one we want.
func meant(ours, theirs verdict) bool {
	return slices.ContainsFunc(differences, func(d difference) bool {
		return d.codes == [2]int{ours.Code, theirs.Code} && d.ours.MatchString(ours.Said) && d.theirs.MatchString(theirs.Said)
	})
}
