# SPDX-License-Identifier: Apache-2.0
"""What evtxstage has to make of a mutated file.

A record is intact if its chunk is byte-identical to one of the original file,
wherever it stands now. What such a chunk has to give is what it gives alone
behind a good file header.
"""
import collections
import json

import layout
from layout import CHUNK, FILE_HEADER

Seen = collections.namedtuple('Seen', 'status lines damage error account')


def originals(data):
    """The distinct chunks of an original file."""
    return {bytes(data[at:at + CHUNK]) for at in layout.chunks(data)}


def intact(data, known):
    """The places of known chunks in the bytes, not one inside another."""
    at, found = data.find(layout.CHUNK_MAGIC), []
    while at != -1:
        step = 1
        if data[at:at + CHUNK] in known:
            found.append(at)
            step = CHUNK
        at = data.find(layout.CHUNK_MAGIC, at + step)
    return found


def needed(data, places, given):
    """How often each line has to be there; given: chunk -> its lines."""
    lines = collections.Counter()
    for at in places:
        lines.update(given[bytes(data[at:at + CHUNK])])
    return lines


def gaps(data, places):
    """(start, end) of what lies between intact chunks, header left out."""
    start = min(FILE_HEADER, places[0] if places else len(data))
    for at in places + [len(data)]:
        if at > start:
            yield start, at
        start = max(start, at + CHUNK)


def suspects(data, places):
    """Regions that have to be named: chunks in their place whose checksums
    are wrong, and gaps that are no chunk and not unused."""
    for start, end in gaps(data, places):
        if not any(data[start:end]):
            continue
        before = max(start - CHUNK + 1, 0)
        if data.find(layout.CHUNK_MAGIC, before, end) == -1:
            yield start, end, 'bytes that are no chunk'
        elif is_chunk(data, start, end) and not is_good(data, start):
            yield start, start + CHUNK, 'a chunk with bad checksums'


def is_chunk(data, start, end):
    return data[start:start + 8] == layout.CHUNK_MAGIC and \
        end - start >= CHUNK


def is_good(data, chunk):
    return layout.u32(data, chunk + 120) & 4 or layout.sealed(data, chunk)


def overlaps(damage, start, end):
    first, n = damage['offset'], damage['length']
    return first < end and start < first + max(n, 1)


def unnamed(data, places, seen):
    """What is damaged and nobody says so. A file in which there is nothing
    to read is named as a whole."""
    if seen.error is not None:
        return []
    return ['%s at %d to %d is not in damage.ndjson' % (what, start, end)
            for start, end, what in suspects(data, places)
            if not any(overlaps(d, start, end) for d in seen.damage)]


def lines_of(text):
    return text.split(b'\n')[:-1]


def bad_json(lines, known):
    """The first line that is no JSON object; known ones are taken as good."""
    for line in lines:
        if line in known:
            continue
        try:
            if isinstance(json.loads(line.decode('utf-8')), dict):
                continue
        except ValueError:
            pass
        return line
    return None


def closes(account):
    return account['found'] == (
        account['emitted'] + sum(account['filtered'].values()) +
        account['duplicate'] + account['damaged'])


def faults(data, places, required, seen):
    """What is wrong with the outcome for a mutated file: a list of texts."""
    got = collections.Counter(lines_of(seen.lines))
    missing = sum((required - got).values())
    out = []
    if missing:
        out.append('%d of %d intact records are missing' % (
            missing, sum(required.values())))
    bad = bad_json(got, required)
    if bad is not None:
        out.append('a line is no JSON: %r' % bad[:200])
    if not seen.lines.endswith(b'\n') and seen.lines:
        out.append('the last line does not end')
    if len(seen.lines) > 64 * len(data):
        out.append('%d bytes of input became %d' % (len(data),
                                                    len(seen.lines)))
    if seen.account is not None and not closes(seen.account):
        out.append('the account does not close: %s' % seen.account)
    return out + unnamed(data, places, seen)
