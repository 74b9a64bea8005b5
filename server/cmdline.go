package server

import (
	"regexp"
	"strings"
)

// userInfo is the name and password in a URL.
var userInfo = regexp.MustCompile(`://[^/@\s,]*@`)

// secretWords are parts of the names of flags whose values are nobody else's business. The program may be another one, with
// flags of its own.
var secretWords = []string{"pass", "auth", "token", "secret", "cred", "seed"}

const redactedText = "[REDACTED]"

// redactedArgs is a command line as it may be shown.
func redactedArgs(args []string) []string {
	shown := make([]string, len(args))
	secret := false // the argument before was a flag that wants a secret
	for i, arg := range args {
		name, value, assigned := strings.Cut(arg, "=")
		flag := strings.HasPrefix(arg, "-") && i > 0
		switch {
		case secret:
			arg, secret = redactedText, false
		case flag && namesSecret(name) && assigned && value != "":
			arg = name + "=" + redactedText
		case flag && namesSecret(name):
			secret = !assigned
		default:
			arg = userInfo.ReplaceAllString(arg, "://"+redactedText+"@")
		}
		shown[i] = arg
	}
	return shown
}

func namesSecret(flag string) bool {
	flag = strings.ToLower(flag)
	for _, word := range secretWords {
		if strings.Contains(flag, word) {
			return true
		}
	}
	return false
}
