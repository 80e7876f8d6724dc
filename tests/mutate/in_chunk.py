# SPDX-License-Identifier: Apache-2.0
"""Mutations of chunks: their headers, their records, their tables."""
import layout
from layout import CHUNK, CHUNK_HEADER, put, u32
from registry import in_a_chunk, some

NEAR_THE_TOP = [0xffffffff, 0xfffffffe, 0xffffffe4, 0xfffffe00, 0x80000000,
                0x7fffffff, 3099113656]


# --- headers -----------------------------------------------------------------

@in_a_chunk
def magic_broken(rng, data, chunk):
    """the signature of a chunk is broken"""
    data[chunk + rng.randrange(8)] ^= 1 << rng.randrange(8)


@in_a_chunk
def chunk_header_random(rng, data, chunk):
    """the header of a chunk is random behind its signature"""
    data[chunk + 8:chunk + CHUNK_HEADER] = rng.randbytes(CHUNK_HEADER - 8)


@in_a_chunk
def chunk_header_zeroed(rng, data, chunk):
    """the header of a chunk is zeros behind its signature"""
    data[chunk + 8:chunk + CHUNK_HEADER] = bytes(CHUNK_HEADER - 8)


@in_a_chunk
def crc_of_header(rng, data, chunk):
    """the checksum of a chunk's header is wrong"""
    put(data, 'I', chunk + 124, rng.choice([0, rng.getrandbits(32)]))


@in_a_chunk
def crc_of_records(rng, data, chunk):
    """the checksum of a chunk's records is wrong"""
    put(data, 'I', chunk + 52, rng.choice([0, rng.getrandbits(32)]))


@in_a_chunk
def crc_not_there(rng, data, chunk):
    """the flag says that there are no checksums, and they are wrong"""
    put(data, 'II', chunk + 120, 4, rng.getrandbits(32))
    put(data, 'I', chunk + 52, 0)


@in_a_chunk
def free_too_large(rng, data, chunk):
    """the free space starts too late"""
    free = u32(data, chunk + 48)
    put(data, 'I', chunk + 48, rng.choice(
        [CHUNK, CHUNK + 1, free + 1, min(free + 512, CHUNK)] + NEAR_THE_TOP))


@in_a_chunk
def free_too_small(rng, data, chunk):
    """the free space starts too early"""
    put(data, 'I', chunk + 48, rng.choice(
        [0, 1, 511, 512, 513, rng.randrange(512, CHUNK)]))


@in_a_chunk
def last_record_wrong(rng, data, chunk):
    """the offset of the last record and the ids of a chunk are wrong"""
    put(data, 'I', chunk + 44, rng.choice([0, CHUNK] + NEAR_THE_TOP))
    put(data, 'QQQQ', chunk + 8, *(rng.getrandbits(64) for _ in range(4)))


# --- records -----------------------------------------------------------------

def resize(rng, data, chunk, size):
    found = layout.records(data, chunk)
    for at, old in some(rng, found) if found else []:
        put(data, 'I', at + 4, size(at - chunk, old) & 0xffffffff)
    return bool(found)


@in_a_chunk
def record_size_0(rng, data, chunk):
    """a record has 0 bytes"""
    return resize(rng, data, chunk, lambda at, old: 0)


@in_a_chunk
def record_size_27(rng, data, chunk):
    """a record is too short to be one"""
    return resize(rng, data, chunk,
                  lambda at, old: rng.choice([1, 8, 23, 24, 27]))


@in_a_chunk
def record_size_past_chunk(rng, data, chunk):
    """a record ends behind its chunk"""
    return resize(rng, data, chunk, lambda at, old: rng.choice(
        [CHUNK - at + 1, CHUNK - at + 8, CHUNK, 2 * CHUNK]))


@in_a_chunk
def record_size_near_top(rng, data, chunk):
    """a record has nearly 2^32 bytes"""
    return resize(rng, data, chunk,
                  lambda at, old: rng.choice(NEAR_THE_TOP))


@in_a_chunk
def record_size_off(rng, data, chunk):
    """a record is some bytes shorter or longer than it says"""
    return resize(rng, data, chunk, lambda at, old: old + rng.choice(
        [-24, -8, -4, -1, 1, 4, 8, 24, 512]))


@in_a_chunk
def record_size_copy(rng, data, chunk):
    """the copy of a record's size is wrong"""
    found = layout.records(data, chunk)
    for at, size in some(rng, found) if found else []:
        put(data, 'I', at + size - 4, rng.choice([0, rng.getrandbits(32)]))
    return bool(found)


@in_a_chunk
def record_magic(rng, data, chunk):
    """the signature of a record is broken"""
    found = layout.records(data, chunk)
    for at, _ in some(rng, found) if found else []:
        data[at + rng.randrange(4)] ^= 1 << rng.randrange(8)
    return bool(found)


@in_a_chunk
def records_all_random(rng, data, chunk):
    """every record's body is random behind a good header"""
    found = layout.records(data, chunk)
    for at, size in found:
        data[at + 24:at + size - 4] = rng.randbytes(size - 28)
    return bool(found)


# --- tables of names and templates -------------------------------------------

def table(rng, data, chunk, where, value):
    start, n = where
    used = [at for at in range(chunk + start, chunk + start + 4 * n, 4)
            if u32(data, at) != 0]
    for at in some(rng, used, 8) if used else []:
        put(data, 'I', at, value(at, u32(data, at)) & 0xffffffff)
    return bool(used)


def link(rng, data, chunk, where, value):
    """The link to the next entry at the place that a table names."""
    start, n = where
    used = [chunk + u32(data, at)
            for at in range(chunk + start, chunk + start + 4 * n, 4)
            if 0 < u32(data, at) < CHUNK - 4]
    for at in some(rng, used, 8) if used else []:
        put(data, 'I', at, value(at - chunk) & 0xffffffff)
    return bool(used)


@in_a_chunk
def names_table_wrong(rng, data, chunk):
    """entries of the table of names lead anywhere"""
    return table(rng, data, chunk, layout.STRINGS, lambda at, old: rng.choice(
        [at - chunk, old - 1, 1, CHUNK - 1, CHUNK] + NEAR_THE_TOP))


@in_a_chunk
def templates_table_wrong(rng, data, chunk):
    """entries of the table of templates lead anywhere"""
    return table(rng, data, chunk, layout.TEMPLATES,
                 lambda at, old: rng.choice(
                     [at - chunk, old - 1, 1, CHUNK - 1] + NEAR_THE_TOP))


@in_a_chunk
def name_links_to_itself(rng, data, chunk):
    """a name is its own successor"""
    return link(rng, data, chunk, layout.STRINGS, lambda at: at)


@in_a_chunk
def name_links_elsewhere(rng, data, chunk):
    """a name's successor is before it or past the end"""
    return link(rng, data, chunk, layout.STRINGS, lambda at: rng.choice(
        [at - 1, at // 2, CHUNK - 1, CHUNK] + NEAR_THE_TOP))


@in_a_chunk
def template_links_to_itself(rng, data, chunk):
    """a template is its own successor"""
    return link(rng, data, chunk, layout.TEMPLATES, lambda at: at)


@in_a_chunk
def template_links_elsewhere(rng, data, chunk):
    """a template's successor is before it or past the end"""
    return link(rng, data, chunk, layout.TEMPLATES, lambda at: rng.choice(
        [at - 1, at // 2, CHUNK - 1, CHUNK] + NEAR_THE_TOP))
