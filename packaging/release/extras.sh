#!/bin/sh
# Writes what packages have beside the binary: manual pages and completions, made by the binary itself.
#
#   packaging/release/extras.sh FOLDER      writes FOLDER/man/*.1.gz and FOLDER/completions/{sinew.bash,_sinew,sinew.fish}
set -eu
out=$1
rm -rf "$out"
mkdir -p "$out/man" "$out/completions"
sinew=$(mktemp)
trap 'rm -f "$sinew"' EXIT
# The build runs here, whatever the release is for.
GOOS='' GOARCH='' GOARM='' CGO_ENABLED=0 go build -trimpath -o "$sinew" ./cmd/sinew
"$sinew" man "$out/man"
gzip -9n "$out"/man/*.1
"$sinew" completion bash >"$out/completions/sinew.bash"
"$sinew" completion zsh >"$out/completions/_sinew"
"$sinew" completion fish >"$out/completions/sinew.fish"
