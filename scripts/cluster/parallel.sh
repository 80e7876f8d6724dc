#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Stages the shards of a plan with GNU parallel, on this machine or on others:
#
#   evtxstage shards -n 64 -o case.shards --root /mnt/case /mnt/case/hosts
#   scripts/cluster/parallel.sh case.shards case --schema event
#
# Usage: parallel.sh CASE.shards OUT [options of evtxstage]
#
# Options of parallel are taken from $PARALLEL, as --sshlogin host1,host2 with
# plan, evidence and OUT at the same paths. A shard that fails is tried 5 times.
# The same command again runs what is not done. Afterwards the whole is checked.
set -eu

[ $# -ge 2 ] || {
	echo "usage: parallel.sh CASE.shards OUT [options]" >&2
	exit 2
}
plan=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
shift 2
program=${EVTXSTAGE_PROGRAM:-evtxstage}
shards=$(sed -n '1s/.*"shards":\([0-9]*\).*/\1/p;1q' "$plan")
[ "${shards:-0}" -gt 0 ] || {
	echo "parallel.sh: $plan is not a plan" >&2
	exit 2
}

# 3: an input was damaged, the manifest says which; the shard is done. 2 and 7
# will not become better: parallel does not see a failure, merge-check does.
# parallel replaces {} and {.} in all words, so names are passed in base64.
words=$(printf '%q ' "$out" "$program" --shards "$plan" --jobs 1 -q "$@" |
	base64 -w 0)
task='shard=$1; eval "set -- $(printf %s "$2" | base64 -d)"
out=$1; shift
"$@" --progress never --shard "$shard" -o "$out/st-$shard"; s=$?
case $s in 0|2|3|7) exit 0 ;; *) exit $s ;; esac'
seq 0 $((shards - 1)) | parallel --quote --retries 5 --joblog "$out/joblog" \
	bash -c "$task" evtxstage {} "$words" || true

exec "$program" merge-check --dedupe-memory 128M -o "$out/collection.json" \
	"$plan" "$out"/st-*
