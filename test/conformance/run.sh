#!/bin/sh
# Runs the tests of core.txt against a server binary and counts those that pass.
#
#   test/conformance/run.sh BIN [NAME]     NAME: only top-level tests that match this expression
#
# CONFORMANCE  folder of run-natsgo.sh (default: shared/conformance beside the checkout)
# OUT          logs and result lists (default: ./conformance-out); WORK, SHARDS, PERTEST as in run-natsgo.sh
#
# The exit status is 0 when every test of the list passes, 1 when one fails, 2 when nothing could be run.
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
bin=${1:?usage: run.sh BIN [NAME]}
name=${2:-.}
suites=${CONFORMANCE:-$here/../../../shared/conformance}
OUT=${OUT:-$PWD/conformance-out}
export OUT
if [ ! -x "$suites/run-natsgo.sh" ]; then
	echo "run.sh: no run-natsgo.sh in $suites (set CONFORMANCE)" >&2
	exit 2
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The driver selects top-level tests with one expression over package:Test. A listed subtest selects its
# test, so subtests that are not listed run too; the comparison below leaves them out of the count.
grep -v '^#' "$here/core.txt" | awk '{ split($0, p, ":"); split(p[2], t, "/"); print p[1] ":" t[1] }' |
	sort -u | grep -E ":.*($name)" >"$tmp/top" || true
if [ ! -s "$tmp/top" ]; then
	echo "run.sh: no test of core.txt matches $name" >&2
	exit 2
fi
only="^($(sed 's/[.]/[.]/g' "$tmp/top" | paste -s -d '|' -))\$"

rm -f "$OUT/passed.txt" "$OUT/failed.txt"
SUITES=nats.go "$suites/run-natsgo.sh" "$bin" "$only" || status=$?
if [ "${status:-0}" -gt 1 ] || [ ! -f "$OUT/passed.txt" ]; then
	echo "run.sh: the suites did not run" >&2
	exit 2
fi

# want: the lines of core.txt under the selected top-level tests.
awk 'NR == FNR { top[$0]; next } /^#/ { next } { split($0, p, ":"); split(p[2], t, "/"); if (p[1] ":" t[1] in top) print }' \
	"$tmp/top" "$here/core.txt" | sort -u >"$tmp/want"
sort -u "$OUT/passed.txt" >"$tmp/passed"
comm -23 "$tmp/want" "$tmp/passed" >"$tmp/missing"
total=$(wc -l <"$tmp/want")
missing=$(wc -l <"$tmp/missing")
if [ "$missing" -gt 0 ]; then
	echo "failed:"
	awk -F '\t' 'NR == FNR { why[$1] = $2; next } { print "  " $0 "  " why[$0] }' "$OUT/failed.txt" "$tmp/missing"
fi
echo "core: $((total - missing)) of $((total)) tests pass"
[ "$missing" -eq 0 ]
