#!/bin/sh
# Lays out the files of the scratch image. The Dockerfile runs it, and a test that has no Docker.
#
#   packaging/docker/rootfs.sh FOLDER [BINARY]
#
# Without BINARY it builds one, for GOOS, GOARCH and GOARM of the environment; VERSION, if set, goes into it.
set -eu
root=$1
mkdir -p "$root" "$root/tmp" "$root/etc/ssl/certs"

# /nats-server is the file and /sinew the link, so that COPY --from=sinew /nats-server brings the binary along.
if [ $# -gt 1 ]; then
	cp "$2" "$root/nats-server"
else
	CGO_ENABLED=0 go build -trimpath \
		-ldflags "-s -w ${VERSION:+-X sinew.dev/sinew/internal/version.version=$VERSION}" \
		-o "$root/nats-server" ./cmd/sinew
fi
chmod 0755 "$root/nats-server"
ln -sf nats-server "$root/sinew"

install -m 0644 packaging/docker/nats-server.conf "$root/nats-server.conf"
# Any user may run the image, so any user may write temporary files.
chmod 1777 "$root/tmp"
# The authorities that the system trusts, for connections out. An image without them works for connections in.
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
	install -m 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
fi
