#!/bin/sh
# Makes an authority of our own, a server certificate for localhost and a client certificate, for tls.conf.
# They are for trying things out: the authority's key lies beside them, and they expire after 30 days.
#
#   examples/make-certs.sh [FOLDER]          default: certs beside this script
set -eu
umask 077
dir=${1:-$(dirname "$0")/certs}
mkdir -p "$dir"
cd "$dir"

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# issue NAME SUBJECT USAGE [SANS] signs a certificate with the authority's key.
issue() {
	key "$1-key.pem"
	openssl req -new -key "$1-key.pem" -subj "$2" -out "$1.csr"
	printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=%s\n%s\n' "$3" "${4:-}" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
	rm "$1.csr" "$1.ext"
}

key ca-key.pem
openssl req -x509 -new -key ca-key.pem -days 30 -subj "/O=Sinew example/CN=Example authority" -out ca.pem
issue server "/O=Sinew example/CN=localhost" serverAuth "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
issue client "/O=Sinew example/CN=alice" clientAuth "subjectAltName=email:alice@example.com"
echo "certificates are in $dir"
