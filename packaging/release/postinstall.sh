#!/bin/sh
# After the files of a deb or rpm are in place. The service is not enabled: who installs it decides.
set -e
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers sinew.conf
elif ! getent passwd sinew >/dev/null; then
	useradd --system --user-group --home-dir /var/lib/sinew --no-create-home --shell /usr/sbin/nologin sinew
fi
# As sinew.tmpfiles.conf says, for systems without it.
if command -v systemd-tmpfiles >/dev/null; then
	systemd-tmpfiles --create sinew.conf
else
	chown root:sinew /etc/sinew /etc/sinew/*.conf
	chmod 0750 /etc/sinew
	chmod 0640 /etc/sinew/*.conf
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	# An update: the new binary takes over where the old one runs. $2 is the old version on Debian, $1 is 2 on rpm systems.
	if [ -n "${2:-}" ] || [ "${1:-}" = 2 ]; then
		systemctl try-restart sinew.service
	fi
fi
