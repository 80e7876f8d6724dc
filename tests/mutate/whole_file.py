# SPDX-License-Identifier: Apache-2.0
"""Mutations of a file as a whole: headers, ends, order, what lies between."""
import layout
from layout import CHUNK, FILE_HEADER
from registry import mutation, some


# --- file headers ------------------------------------------------------------

@mutation
def header_zeroed(rng, data):
    """the file header is zeros"""
    data[:FILE_HEADER] = bytes(FILE_HEADER)
    return data


@mutation
def header_random(rng, data):
    """the file header is random bytes"""
    data[:FILE_HEADER] = rng.randbytes(FILE_HEADER)
    return data


@mutation
def header_gone(rng, data):
    """the file starts with its first chunk"""
    return data[FILE_HEADER:]


@mutation
def header_cut(rng, data):
    """a part of the file header is missing: chunks stand too early"""
    n = rng.choice([1, 128, 512, 513, 3584, rng.randrange(1, FILE_HEADER)])
    at = rng.randrange(0, FILE_HEADER - n + 1)
    return data[:at] + data[at + n:]


@mutation
def header_long(rng, data):
    """the file header is longer: chunks stand too late"""
    n = rng.choice([512, 4096, 512 * rng.randrange(1, 200)])
    return data[:FILE_HEADER] + bytes(n) + data[FILE_HEADER:]


LIES = [('Q', 8), ('Q', 16), ('Q', 24), ('I', 32), ('H', 36), ('H', 38),
        ('H', 40), ('H', 42), ('I', 120)]


@mutation
def header_lies(rng, data):
    """numbers, sizes, versions or flags of the file header are wrong"""
    if len(data) < FILE_HEADER:
        return None
    for fmt, at in some(rng, LIES, 5):
        bits = {'Q': 64, 'I': 32, 'H': 16}[fmt]
        value = rng.choice([0, 1, 2**bits - 1, rng.getrandbits(bits)])
        layout.put(data, fmt, at, value)
    if rng.random() < 0.5:
        layout.seal_header(data)
    return data


# --- truncation --------------------------------------------------------------

@mutation
def cut_in_file_header(rng, data):
    """the file ends inside its header"""
    return data[:rng.choice([1, 7, 8, 127, 128, 4095,
                             rng.randrange(1, FILE_HEADER)])]


@mutation
def cut_behind_file_header(rng, data):
    """the file ends behind its header"""
    return data[:FILE_HEADER]


@mutation
def cut_at_chunk(rng, data):
    """the file ends between two chunks"""
    places = layout.chunks(data)
    return data[:rng.choice(places)] if places else None


@mutation
def cut_in_chunk_header(rng, data):
    """the file ends inside the header of a chunk"""
    places = layout.chunks(data)
    if not places:
        return None
    n = rng.choice([1, 8, 127, 128, 511, 512, rng.randrange(1, 512)])
    return data[:rng.choice(places) + n]


def a_record(rng, data):
    places = layout.chunks(data)
    found = layout.records(data, rng.choice(places)) if places else []
    return rng.choice(found) if found else None


@mutation
def cut_at_record(rng, data):
    """the file ends between two records"""
    record = a_record(rng, data)
    return data[:record[0]] if record else None


@mutation
def cut_in_record_header(rng, data):
    """the file ends inside the header of a record"""
    record = a_record(rng, data)
    return data[:record[0] + rng.randrange(1, 24)] if record else None


@mutation
def cut_in_record(rng, data):
    """the file ends inside a record"""
    record = a_record(rng, data)
    return data[:record[0] + rng.randrange(24, record[1])] if record else None


@mutation
def cut_at_sector(rng, data):
    """the file ends at some multiple of 512"""
    return data[:512 * rng.randrange(1, max(len(data) // 512, 2))]


@mutation
def cut_anywhere(rng, data):
    """the file ends somewhere"""
    return data[:rng.randrange(1, max(len(data), 2))]


# --- bits and bytes ----------------------------------------------------------

def flip(rng, data, n):
    for _ in range(n):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


@mutation
def flip_one(rng, data):
    """one bit is flipped"""
    return flip(rng, data, 1)


@mutation
def flip_some(rng, data):
    """a bit in each 64 KiB is flipped"""
    return flip(rng, data, 1 + len(data) // CHUNK)


@mutation
def flip_many(rng, data):
    """a bit in each KiB is flipped"""
    return flip(rng, data, 1 + len(data) // 1024)


@mutation
def random_percent(rng, data):
    """1% of the bytes are random"""
    for _ in range(1 + len(data) // 100):
        data[rng.randrange(len(data))] = rng.getrandbits(8)
    return data


@mutation
def random_percent_of_one(rng, data):
    """1% of the bytes of one chunk are random"""
    places = layout.chunks(data)
    if not places:
        return None
    chunk = rng.choice(places)
    for _ in range(CHUNK // 100):
        data[chunk + rng.randrange(CHUNK)] = rng.getrandbits(8)
    return data


@mutation
def block_zeroed(rng, data):
    """a block somewhere is zeros, perhaps across chunks"""
    n = rng.choice([512, 4096, CHUNK, rng.randrange(1, 2 * CHUNK)])
    at = rng.randrange(len(data))
    end = min(at + n, len(data))
    data[at:end] = bytes(end - at)
    return data


@mutation
def block_random(rng, data):
    """a sector somewhere is random"""
    at = 512 * rng.randrange(max(len(data) // 512, 1))
    end = min(at + 512, len(data))
    data[at:end] = rng.randbytes(end - at)
    return data


@mutation
def block_missing(rng, data):
    """a block somewhere is missing: what follows stands too early"""
    n = rng.choice([1, 512, 4096, rng.randrange(1, CHUNK)])
    at = rng.randrange(len(data))
    return data[:at] + data[at + n:]


@mutation
def block_of_elsewhere(rng, data):
    """a block is overwritten with another one of the same file"""
    n = rng.choice([512, 4096, 16384])
    a, b = (rng.randrange(max(len(data) - n, 1)) for _ in range(2))
    data[a:a + n] = data[b:b + n]
    return data


# --- chunks ------------------------------------------------------------------

def in_pieces(data):
    """The header, the chunks, the rest."""
    places = layout.chunks(data)
    end = places[-1] + CHUNK if places else FILE_HEADER
    return (data[:FILE_HEADER], [data[p:p + CHUNK] for p in places],
            data[end:])


@mutation
def chunks_shuffled(rng, data):
    """chunks in another order"""
    head, chunks, rest = in_pieces(data)
    rng.shuffle(chunks)
    return head + b''.join(chunks) + rest


@mutation
def chunks_twice(rng, data):
    """some chunks are there twice"""
    head, chunks, rest = in_pieces(data)
    if not chunks:
        return None
    for chunk in some(rng, chunks):
        chunks.insert(rng.randrange(len(chunks) + 1), chunk)
    return head + b''.join(chunks) + rest


@mutation
def chunks_missing(rng, data):
    """some chunks are missing"""
    head, chunks, rest = in_pieces(data)
    for _ in range(rng.randint(1, 3)):
        if len(chunks) > 1:
            del chunks[rng.randrange(len(chunks))]
    return head + b''.join(chunks) + rest


@mutation
def chunks_zeroed(rng, data):
    """some chunks are zeros"""
    for chunk in some(rng, layout.chunks(data) or [FILE_HEADER]):
        data[chunk:chunk + CHUNK] = bytes(len(data[chunk:chunk + CHUNK]))
    return data


@mutation
def chunks_cut_short(rng, data):
    """some chunks lack their end: the next one follows too early"""
    head, chunks, rest = in_pieces(data)
    for i in some(rng, range(len(chunks))) if chunks else []:
        n = rng.choice([512, 40960, CHUNK - rng.randrange(1, 600),
                        rng.randrange(8, CHUNK)])
        chunks[i] = chunks[i][:n]
    return head + b''.join(chunks) + rest


# --- garbage -----------------------------------------------------------------

def with_garbage(rng, data, size):
    """Garbage before, between and behind chunks."""
    head, chunks, rest = in_pieces(data)
    out = bytearray(head)
    for chunk in chunks:
        if rng.random() < 0.5:
            n = size()
            out += rng.choice([rng.randbytes, bytes])(n)
        out += chunk
    return out + rest


@mutation
def garbage_of_chunks(rng, data):
    """garbage of multiples of 64 KiB between chunks"""
    return with_garbage(rng, data, lambda: CHUNK * rng.randint(1, 2))


@mutation
def garbage_of_sectors(rng, data):
    """garbage of multiples of 512 bytes between chunks"""
    return with_garbage(rng, data, lambda: 512 * rng.randint(1, 200))


@mutation
def garbage_of_any_size(rng, data):
    """garbage of any number of bytes between chunks"""
    return with_garbage(rng, data, lambda: rng.choice(
        [1, 3, 511, 513, 65535, 65537, rng.randint(1, 3000)]))


@mutation
def garbage_with_signatures(rng, data):
    """garbage full of signatures of chunks and records between chunks"""
    def fake():
        return rng.choice([layout.CHUNK_MAGIC, layout.RECORD_MAGIC,
                           rng.randbytes(24), bytes(40)])
    head, chunks, rest = in_pieces(data)
    out = bytearray(head)
    for chunk in chunks:
        out += b''.join(fake() for _ in range(rng.randint(1, 400))) + chunk
    return out + rest


@mutation
def trailing_bytes(rng, data):
    """bytes behind the last chunk"""
    n = rng.choice([1, 511, 512, 4096, 70000, rng.randint(1, 70000)])
    return data + rng.choice([rng.randbytes, bytes])(n)
