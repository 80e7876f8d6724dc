#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares a staging directory with what a server accepted.

usage: check_delivery.py [--ambiguous FILE] STAGING_DIR ACCEPTED.ndjson
                         [MOST_DOUBLED]

Records are compared as JSON values, so neither the order of keys nor the way
a number or a string is written counts. Of every staged record:

  lost      it was not accepted
  altered   something else was accepted under its RecordKey_CF
  doubled   it was accepted more often than it was staged
  foreign   accepted, but never staged

With the file of ambiguous batches that evtxload leaves beside its checkpoint
(there is none when no batch is ambiguous) the doubled are told apart:

  outside   doubled, although their batch was not reported as ambiguous

Prints one JSON object. Exit 1 if anything is lost, altered or foreign, or if
more than MOST_DOUBLED (default: any number) are doubled, or any outside; 2 for wrong usage.
"""

import collections
import decimal
import glob
import hashlib
import json
import os
import sys

KEY = "RecordKey_CF"


def number(text):
    """One form for each value: 1, 1.0 and 1e0 are the same."""
    value = decimal.Decimal(text)
    if value == value.to_integral_value() and value.adjusted() < 40:
        return int(value)
    return {"number": str(value.normalize())}


def canonical(line):
    """(digest of the record's value, its key or None)."""
    row = json.loads(line, parse_float=number)
    text = json.dumps(row, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()[:16], row.get(KEY)


def whole_lines(path):
    """The lines of PATH; a torn last one was never acknowledged."""
    with open(path, "rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line


def staged_lines(folder):
    names = sorted(glob.glob(os.path.join(folder, "segments", "*.ndjson")))
    for name in names:
        yield from whole_lines(name)


def tally(lines):
    """(how often each value occurs, key of each value)."""
    counts = collections.Counter()
    keys = {}
    for line in lines:
        digest, key = canonical(line)
        counts[digest] += 1
        keys[digest] = key
    return counts, keys


def pair_by_key(missing, strangers, staged_keys, accepted_keys):
    """How many of the missing came through under the same key, but changed."""
    there = collections.Counter()
    for digest, n in strangers.items():
        if accepted_keys[digest] is not None:
            there[accepted_keys[digest]] += n
    altered = 0
    for digest, n in missing.items():
        n = min(n, there[staged_keys[digest]])
        there[staged_keys[digest]] -= n
        altered += n
    return altered


def reported_lines(folder, ambiguous):
    """The staged lines of the batches that the file AMBIGUOUS names."""
    if not os.path.exists(ambiguous):
        return
    with open(ambiguous, encoding="utf-8") as file:
        batches = [json.loads(line) for line in file]
    for batch in batches:
        with open(os.path.join(folder, batch["segment"]), "rb") as file:
            file.seek(batch["offset"])
            yield from file.read(batch["length"]).splitlines(keepends=True)


def count_outside(staged, accepted, reported):
    """How many of the doubled are in no reported batch."""
    doubled = tally(accepted)[0] - tally(staged)[0]
    known = tally(reported)[0]
    return sum(n for digest, n in doubled.items() if digest not in known)


def compare(staged, accepted):
    """The counts for two iterables of NDJSON lines."""
    want, want_keys = tally(staged)
    have, have_keys = tally(accepted)
    missing = want - have
    extra = have - want
    strangers = collections.Counter(
        {digest: n for digest, n in extra.items() if digest not in want}
    )
    altered = pair_by_key(missing, strangers, want_keys, have_keys)
    return {
        "staged": want.total(),
        "accepted": have.total(),
        "lost": missing.total() - altered,
        "altered": altered,
        "doubled": (extra - strangers).total(),
        "foreign": strangers.total() - altered,
    }


def check(staging, accepted, ambiguous=None):
    """The counts for a staging directory and a file of accepted records."""
    counts = compare(staged_lines(staging), whole_lines(accepted))
    if ambiguous is not None:
        counts["outside"] = count_outside(
            staged_lines(staging),
            whole_lines(accepted),
            reported_lines(staging, ambiguous),
        )
    return counts


def verdict(counts, most_doubled=None):
    """The exit status for these counts."""
    bad = ("lost", "altered", "foreign", "outside")
    if any(counts.get(name) for name in bad):
        return 1
    if most_doubled is not None and counts["doubled"] > most_doubled:
        return 1
    return 0


def main(argv):
    ambiguous = None
    if len(argv) > 1 and argv[0] == "--ambiguous":
        ambiguous = argv[1]
        argv = argv[2:]
    if len(argv) not in (2, 3) or not os.path.isdir(argv[0]):
        sys.stderr.write(__doc__)
        return 2
    most = int(argv[2]) if len(argv) == 3 else None
    counts = check(argv[0], argv[1], ambiguous)
    print(json.dumps(counts))
    return verdict(counts, most)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
