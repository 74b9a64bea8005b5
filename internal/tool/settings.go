package tool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sinew.dev/sinew/internal/tool/contexts"
)

// source names where a flag's value comes from when the flag is absent: first the environment variable, then the key
// in the context's file.
type source struct{ flag, env, key string }

var sources = []source{
	{"server", "NATS_URL", "url"},
	{"user", "NATS_USER", "user"},
	{"password", "NATS_PASSWORD", "password"},
	{"token", "NATS_TOKEN", "token"},
	{"creds", "NATS_CREDS", "creds"},
	{"nkey", "NATS_NKEY", "nkey"},
	{"jwt", "NATS_JWT", "user_jwt"},
	{"seed", "NATS_SEED", "user_seed"},
	{"tlscert", "NATS_CERT", "cert"},
	{"tlskey", "NATS_KEY", "key"},
	{"tlsca", "NATS_CA", "ca"},
	{"tlsfirst", "", "tls_first"},
	{"socks-proxy", "NATS_SOCKS_PROXY", "socks_proxy"},
	{"inbox-prefix", "", "inbox_prefix"},
	{"timeout", "NATS_TIMEOUT", ""},
}

// identities are the ways to say who we are: the flag that decides for it, and the one that may go with it.
var identities = []struct{ flag, with string }{
	{"user", "password"},
	{"creds", ""},
	{"nkey", ""},
	{"jwt", "seed"},
	{"token", ""},
}

// isIdentity tells whether a flag says who we are.
func isIdentity(flag string) bool {
	for _, identity := range identities {
		if flag == identity.flag || flag == identity.with {
			return true
		}
	}
	return false
}

// complete fills the flags that are absent from the environment, then from the context. It is done once: later calls
// change nothing.
//
// Who we are comes from one place. Once the flags say it the environment does not, except for the secret that goes with
// it, so that a password need not stand on the command line; and once either says it the context does not.
func (c *connection) complete(flags *pflag.FlagSet) error {
	if err := c.fillFromEnvironment(flags); err != nil {
		return err
	}
	if err := c.fillFromContext(flags); err != nil {
		return err
	}
	if c.timeout <= 0 {
		return fmt.Errorf("--timeout is %v; it must be positive", c.timeout)
	}
	return c.check(flags)
}

func (c *connection) fillFromEnvironment(flags *pflag.FlagSet) error {
	decided := decidedBy(flags)
	for _, s := range sources {
		if s.env == "" || (decided != "" && isIdentity(s.flag) && s.flag != decided) {
			continue
		}
		if err := fill(flags, s.flag, os.Getenv(s.env), "$"+s.env); err != nil {
			return err
		}
	}
	if c.noContext {
		return nil
	}
	return fill(flags, "context", os.Getenv("NATS_CONTEXT"), "$NATS_CONTEXT")
}

// decidedBy says which identity the flags have settled so far, as the one flag that may still be added to it; it is
// "none" when there is no such flag, and "" when nothing is settled.
func decidedBy(flags *pflag.FlagSet) string {
	for _, identity := range identities {
		if !flags.Changed(identity.flag) {
			continue
		}
		if identity.with != "" {
			return identity.with
		}
		return "none"
	}
	return ""
}

// fill gives a flag its value unless it has one or value is empty.
func fill(flags *pflag.FlagSet, name, value, origin string) error {
	flag := flags.Lookup(name)
	if flag == nil || flag.Changed || value == "" {
		return nil
	}
	if err := flags.Set(name, value); err != nil {
		// The flag's own error repeats the value, which may be a secret.
		return fmt.Errorf("%s is not a valid --%s", origin, name)
	}
	return nil
}

// fillFromContext fills the flags that are still absent from the context that was named, or else from the selected one.
func (c *connection) fillFromContext(flags *pflag.FlagSet) error {
	name, saved, err := c.savedContext(flags)
	if err != nil || saved == nil {
		return err
	}
	// A server that is named with a user in its URL has settled who we are.
	decided := decidedBy(flags) != "" || (flags.Changed("server") && strings.Contains(c.server, "@"))
	if err := c.checkSupported(name, saved, flags.Changed("server"), decided); err != nil {
		return err
	}
	use := identityOf(saved)
	for _, s := range sources {
		if s.key == "" || (isIdentity(s.flag) && (decided || !slices.Contains(use, s.flag))) {
			continue
		}
		value := saved.Text(s.key)
		if strings.HasPrefix(s.flag, "tls") {
			value = expandHome(value)
		}
		was := flags.Changed(s.flag)
		if err := fill(flags, s.flag, value, fmt.Sprintf("%q in context %s", s.key, name)); err != nil {
			return err
		}
		if !was && flags.Changed(s.flag) && c.context == "" {
			c.implied = append(c.implied, s.flag)
		}
	}
	return nil
}

// identityOf are the flags that say who we are in a context: those of the first way in use, as the nats tool takes
// them when there are several.
func identityOf(saved *contexts.Context) []string {
	keys := make(map[string]string, len(sources))
	for _, s := range sources {
		keys[s.flag] = s.key
	}
	for _, identity := range identities {
		if saved.Text(keys[identity.flag]) != "" {
			return []string{identity.flag, identity.with}
		}
	}
	return nil
}

// savedContext is the context to use, or nil when there is none.
func (c *connection) savedContext(flags *pflag.FlagSet) (string, *contexts.Context, error) {
	if c.noContext {
		if flags.Changed("context") {
			return "", nil, errors.New("--context and --no-context exclude each other")
		}
		return "", nil, nil
	}
	store, err := contexts.Open()
	switch {
	case err != nil && c.context == "":
		return "", nil, nil // a user without a home, as in a container, has saved nothing
	case err != nil:
		return "", nil, err
	}
	if c.context != "" {
		saved, err := store.Load(c.context)
		return c.context, saved, err
	}
	selected, err := store.Selected()
	if err != nil || selected == "" {
		return "", nil, err
	}
	saved, err := store.Load(selected)
	switch {
	case errors.Is(err, contexts.ErrNotFound) && flags.Changed("server"):
		return "", nil, nil
	case errors.Is(err, contexts.ErrNotFound):
		// To go to some default server instead would do there what was meant for another.
		return "", nil, fmt.Errorf("the selected context %q is gone; choose another with \"sinew context select\", "+
			"none with \"sinew context unselect\", or a server with -s", selected)
	}
	return selected, saved, err
}

// checkSupported refuses contexts that need what we cannot do, unless what they need it for is settled already.
func (c *connection) checkSupported(name string, saved *contexts.Context, server, identity bool) error {
	switch {
	case saved.Text("nsc") != "" && !(server || saved.Text("url") != "") && !(identity || saved.Text("creds") != ""):
	case saved.Text("nsc") != "" && !(identity || saved.Text("creds") != ""):
	case saved.Text("windows_cert_store") != "" && c.tlsCert == "" && saved.Text("cert") == "":
		return fmt.Errorf("context %q takes its certificate from the Windows store, which sinew cannot read; "+
			"name files with --tlscert, --tlskey and --tlsca", name)
	default:
		return nil
	}
	return fmt.Errorf("context %q asks nsc who we are (%s), and sinew does not run nsc; write the credentials to a file with "+
		"\"nsc generate creds\", and name it: sinew context add %s --creds FILE", name, saved.Text("nsc"), name)
}

// expandHome replaces a "~" at the beginning by the home folder.
func expandHome(text string) string {
	if rest, ok := strings.CutPrefix(text, "~/"); ok {
		if home, err := contexts.Home(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return text
}

// check refuses settings that exclude each other or lack their other half.
func (c *connection) check(flags *pflag.FlagSet) error {
	var given []string
	for _, identity := range identities {
		if flags.Changed(identity.flag) && flags.Lookup(identity.flag).Value.String() != "" {
			given = append(given, "--"+identity.flag)
		}
	}
	switch {
	case len(given) > 1:
		return fmt.Errorf("%s are all set (by flag, environment or context); choose one", strings.Join(given, ", "))
	case (c.jwt == "") != (c.seed == ""):
		return errors.New("--jwt and --seed belong together; give both")
	case (c.tlsCert == "") != (c.tlsKey == ""):
		return errors.New("--tlscert and --tlskey belong together; give both")
	}
	return nil
}
