#!/bin/sh
# Before the files are removed; not when they are replaced by an update ("upgrade" on Debian, 1 on rpm systems).
set -e
case "${1:-}" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now sinew.service || true # it may not be enabled
	fi
	;;
esac
