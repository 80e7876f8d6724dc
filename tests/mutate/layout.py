# SPDX-License-Identifier: Apache-2.0
"""Where things are in the bytes of an .evtx file, as far as a mutation needs
to know. Nothing of the bytes is trusted; what is not found is left out."""
import struct
import zlib

FILE_HEADER = 4096
CHUNK = 65536
CHUNK_HEADER = 512
CHUNK_MAGIC = b'ElfChnk\0'
RECORD_MAGIC = b'**\0\0'
RECORD_HEADER = 24
STRINGS = (128, 64)    # offset and number of the entries
TEMPLATES = (384, 32)


def u16(b, at):
    return struct.unpack_from('<H', b, at)[0]


def u32(b, at):
    return struct.unpack_from('<I', b, at)[0]


def put(b, fmt, at, *values):
    struct.pack_into('<' + fmt, b, at, *values)


def chunks(data):
    """The places of the whole chunks."""
    last = len(data) - CHUNK + 1
    return [at for at in range(FILE_HEADER, max(last, FILE_HEADER), CHUNK)
            if data[at:at + 8] == CHUNK_MAGIC]


def records(data, chunk):
    """(place, size) of the records of a chunk that follow each other."""
    end = chunk + min(u32(data, chunk + 48), CHUNK)
    at, found = chunk + CHUNK_HEADER, []
    while at + 28 <= end and data[at:at + 4] == RECORD_MAGIC:
        size = u32(data, at + 4)
        if size < 28 or at + size > end:
            break
        found.append((at, size))
        at += size
    return found


def instance(data, record):
    """The place of a record's template instance token, or None."""
    at = record + RECORD_HEADER
    if data[at:at + 1] == b'\x0f':
        at += 4
    return at if data[at:at + 2] == b'\x0c\x01' else None


def values(data, chunk, token):
    """The place of an instance's number of values, or None."""
    offset = u32(data, token + 6)
    at = token + 10
    if offset + 24 > CHUNK:
        return None
    if chunk + offset == at:
        at += 24 + u32(data, at + 20)
    return at if at + 4 <= chunk + CHUNK else None


def descriptors(data, chunk, token):
    """The places of the (size, type) pairs of an instance's values."""
    at = values(data, chunk, token)
    if at is None or at + 4 + 4 * u32(data, at) > chunk + CHUNK:
        return []
    return [at + 4 + 4 * i for i in range(u32(data, at))]


def definitions(data, chunk):
    """The places of the template definitions that stand in a record."""
    found = []
    for at, _ in records(data, chunk):
        token = instance(data, at)
        if token is not None and chunk + u32(data, token + 6) == token + 10:
            found.append(token + 10)
    return found


def names(data, chunk):
    """The places of references to names that stand right behind them."""
    found = []
    for at in definitions(data, chunk):
        end = min(at + 24 + u32(data, at + 20), chunk + CHUNK - 4)
        found += [p for p in range(at + 28, end)
                  if u32(data, p) == p + 4 - chunk]
    return found


def seal(data, chunk):
    """Make the checksums of a chunk right."""
    free = min(max(u32(data, chunk + 48), CHUNK_HEADER), CHUNK)
    put(data, 'I', chunk + 52,
        zlib.crc32(data[chunk + CHUNK_HEADER:chunk + free]))
    head = zlib.crc32(data[chunk:chunk + 120])
    head = zlib.crc32(data[chunk + 128:chunk + CHUNK_HEADER], head)
    put(data, 'I', chunk + 124, head)


def sealed(data, chunk):
    """Whether they are."""
    free = u32(data, chunk + 48)
    if not CHUNK_HEADER <= free <= CHUNK:
        return False
    head = zlib.crc32(data[chunk:chunk + 120])
    head = zlib.crc32(data[chunk + 128:chunk + CHUNK_HEADER], head)
    body = zlib.crc32(data[chunk + CHUNK_HEADER:chunk + free])
    return (u32(data, chunk + 124), u32(data, chunk + 52)) == (head, body)


def seal_header(data):
    put(data, 'I', 124, zlib.crc32(data[:120]))


def file_header(n_chunks):
    """A header block as Windows would write it."""
    head = bytearray(FILE_HEADER)
    head[0:8] = b'ElfFile\0'
    put(head, 'QQQIHHHH', 8, 0, max(n_chunks - 1, 0), 1, 128, 1, 3,
        FILE_HEADER, n_chunks & 0xffff)
    seal_header(head)
    return bytes(head)
