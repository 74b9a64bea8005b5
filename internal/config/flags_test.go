package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestFlagsOverrideTheFile(t *testing.T) {
	file := mustLoad(t, "port: 5, debug: true, authorization {user: a, password: b}, max_payload: 1k")
	for args, change := range map[string]func(*Config){
		"":                                  func(*Config) {},
		"-a h -p 6 -n s":                    func(c *Config) { c.Host, c.Port, c.ServerName = "h", 6, "s" },
		"--net=h --port -1 --name s":        func(c *Config) { c.Host, c.Port, c.ServerName = "h", RandomPort, "s" },
		"-p 0":                              func(c *Config) { c.Port = DefaultPort },
		"-D=false -V":                       func(c *Config) { c.Log.Debug, c.Log.Trace = false, true },
		"-DVV --logtime=false -logtime_utc": func(c *Config) { c.Log = Log{Debug: true, Trace: true, TraceVerbose: true, TimeUTC: true} },
		"-VV":                               func(c *Config) { c.Log.Trace, c.Log.TraceVerbose = true, true },
		"-m 7 --profile 8 -P pid":           func(c *Config) { c.Monitor.Port, c.ProfPort, c.PidFile = 7, 8, "pid" },
		"--user x --pass y":                 func(c *Config) { c.Authorization.User, c.Authorization.Password = "x", "y" },
		"--auth t":                          func(c *Config) { c.Authorization.User, c.Authorization.Password, c.Authorization.Token = "", "", "t" },
		"--auth t --user x":                 func(c *Config) { c.Authorization.User, c.Authorization.Token = "x", "t" },
		"--log_size_limit 9 -l f":           func(c *Config) { c.Log.SizeLimit, c.Log.File = 9, "f" },
		"-js=false --tls=false":             func(*Config) {},
		"--no_advertise=false":              func(*Config) {},
		"-s -r udp://h:1":                   func(c *Config) { c.Log.Syslog, c.Log.RemoteSyslog = true, "udp://h:1" },
		"--log_format=JSON":                 func(c *Config) { c.Log.Format = LogJSON },
	} {
		f, err := ParseFlags(strings.Fields(args))
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		got, err := Apply(f, file)
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		want := *file
		change(&want)
		if !reflect.DeepEqual(got, &want) {
			t.Errorf("%s: got %+v, want %+v", args, got, &want)
		}
	}
}

func TestFaultyFlags(t *testing.T) {
	for args, want := range map[string]string{
		"--foo":                   "flag provided but not defined: -foo",
		"-p abc":                  `invalid value "abc" for flag -p: parse error`,
		"-p":                      "flag needs an argument: -p",
		"--connect_retries x":     `invalid value "x" for flag -connect_retries: parse error`,
		"--log_format xml":        `invalid value "xml" for flag -log_format: log_format must be 'text' or 'json'`,
		"-D=maybe":                `invalid boolean value "maybe" for -D: parse error`,
		"-p 99999999999999999999": `invalid value "99999999999999999999" for flag -p: value out of range`,
	} {
		_, err := ParseFlags(strings.Fields(args))
		var usage *UsageError
		if !errors.As(err, &usage) || err.Error() != want {
			t.Errorf("%s: got %v, want %s", args, err, want)
		}
	}
	for args, want := range map[string]string{
		"-c f extra":           `unrecognized command: "extra"`,
		"-js":                  "flag --jetstream is not supported yet",
		"-sd /x":               "flag --store_dir is not supported yet",
		"--routes nats://a:1":  "flag --routes is not supported yet",
		"--cluster nats://a:1": "flag --cluster is not supported yet",
		"--connect_retries 3":  "flag --connect_retries is not supported yet",
		"--no_advertise":       "flag --no_advertise is not supported yet",
	} {
		_, err := ParseFlags(strings.Fields(args))
		var usage *UsageError
		if errors.As(err, &usage) || err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", args, err, want)
		}
	}
	for args, want := range map[string]string{
		"--tls":          "TLS Server certificate must be present and valid",
		"--tlsverify":    "TLS Server certificate must be present and valid",
		"--tlscert nope": "TLS Server private key must be present and valid",
		"--tls --tlscert testdata/nope --tlskey nope": "error parsing X509 certificate/key pair: open testdata/nope: no such file or directory",
	} {
		f, err := ParseFlags(strings.Fields(args))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Apply(f, Default()); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", args, err, want)
		}
	}
}

func TestFlagsThatOnlyPrint(t *testing.T) {
	for args, want := range map[string]Flags{
		"-h": {Help: true}, "help": {Help: true}, "--version": {Version: true}, "version": {Version: true},
		"-help_tls": {HelpTLS: true}, "-t -c f": {Test: true, ConfigFile: "f"},
		"-sl reload=12": {Signal: "reload=12"},
	} {
		f, err := ParseFlags(strings.Fields(args))
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		got := Flags{ConfigFile: f.ConfigFile, Test: f.Test, Help: f.Help, HelpTLS: f.HelpTLS, Version: f.Version, Signal: f.Signal}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", args, got, want)
		}
	}
	if command, target := ParseSignal("reload=a=b"); command != "reload" || target != "a=b" {
		t.Errorf("signal %q for %q", command, target)
	}
	if command, target := ParseSignal("ldm"); command != "ldm" || target != "" {
		t.Errorf("signal %q for %q", command, target)
	}
}

func TestUsageNamesEveryFlag(t *testing.T) {
	text := Usage("sinew") + " -DVV"
	f := &Flags{given: make(map[string]bool)}
	for name := range f.register(newFlagSet()) {
		if !strings.Contains(text, "-"+name) {
			t.Errorf("usage does not name -%s", name)
		}
	}
	if !strings.Contains(TLSUsage(), "TLS_AES_128_GCM_SHA256") {
		t.Error("TLS usage does not list the cipher suites")
	}
}
