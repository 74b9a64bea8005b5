package logs

import "errors"

// localSyslog would be the event log, which needs a registered source of messages.
func localSyslog() ([]address, error) {
	return nil, errors.New("the Windows event log is not supported yet: log to a file (--log) or to a syslog server (--remote_syslog udp://host:514)")
}
