# SPDX-License-Identifier: Apache-2.0
"""Logs whose records have lost their templates, and logs with old records in
free space, made from logs of mkevtx."""
import struct

import evtxwalk
from stage_tools import CHUNK, FILE_HEADER, expected, read, seal


class Log:
    """The bytes of a log, to be changed chunk by chunk."""

    def __init__(self, path):
        self.path = str(path)
        self.data = bytearray(read(path))

    @property
    def chunks(self):
        return range(FILE_HEADER, len(self.data), CHUNK)

    def chunk(self, at=FILE_HEADER):
        return self.data[at:at + CHUNK]

    def put(self, chunk, at=FILE_HEADER, sealed=True):
        if sealed:
            seal(chunk)
        self.data[at:at + CHUNK] = chunk

    def used(self, at=FILE_HEADER):
        return struct.unpack_from('<I', self.data, at + 48)[0]

    def write(self, path):
        with open(path, 'wb') as f:
            f.write(self.data)
        return str(path)

    def definitions(self, at=FILE_HEADER):
        """Offsets in the chunk of the template definitions, first outermost,
        each once."""
        found = []
        chunk = evtxwalk.Chunk(bytes(self.data), at)
        for record in chunk.records():
            record.event()
            for _, offset in record.parser.definitions:
                if offset not in found:
                    found.append(offset)
        return found


def without_definition(path, to, which):
    """The log with that definition of its first chunk overwritten."""
    log = Log(path)
    at = log.definitions()[which]
    chunk = log.chunk()
    chunk[at + 4:at + 20] = bytes(16)
    log.put(chunk)
    return log.write(to)


def renamed(path, to, old, new, sealed=True):
    """The log with other names of the same length in its first chunk."""
    log = Log(path)
    chunk = log.chunk()
    old, new = old.encode('utf-16le'), new.encode('utf-16le')
    assert len(old) == len(new) and old in chunk
    log.put(bytearray(bytes(chunk).replace(old, new)), sealed=sealed)
    return log.write(to)


def over(old, new, to):
    """The first chunk of `old`, written over from its start by `new`. Returns
    the old records that are whole."""
    before, after = Log(old), Log(new)
    used = after.used()
    chunk = after.chunk()
    chunk[used:] = before.chunk()[used:]
    after.put(chunk)
    after.write(to)
    return [r for r in expected(old) if r['chunk'] == 0
            and r['offset'] - FILE_HEADER >= used]
