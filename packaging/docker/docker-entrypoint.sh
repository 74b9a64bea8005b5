#!/bin/sh
# Entry of the alpine image: flags alone are for the server, anything else is a command of its own.
#
#   docker run sinew:alpine                          the server, with the image's file
#   docker run sinew:alpine -p 4444 -D               the server, with these flags
#   docker run sinew:alpine sinew sub 'orders.>'     the tool
#   docker run -it sinew:alpine sh                   a shell
set -eu
case "${1:--}" in
-*) set -- nats-server "$@" ;;
esac
exec "$@"
