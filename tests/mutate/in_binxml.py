# SPDX-License-Identifier: Apache-2.0
"""Mutations of the Binary XML in records."""
import struct

import layout
from layout import CHUNK, CHUNK_HEADER, put, u16, u32
from registry import in_a_chunk, mutation, some

TYPES = list(range(0x16)) + [0x20, 0x21, 0x23, 0x40, 0x81, 0x82, 0x8f, 0x93,
                             0xa1, 0xff]


def instances(data, chunk):
    found = [layout.instance(data, at)
             for at, _ in layout.records(data, chunk)]
    return [token for token in found if token is not None]


# --- offsets -----------------------------------------------------------------

def offsets(rng, data, chunk, places, value):
    for at in some(rng, places) if places else []:
        put(data, 'I', at, value(at - chunk) & 0xffffffff)
    return bool(places)


def any_offset(rng, at):
    return rng.choice([at - 1, at // 2, 0, 1, 0x7f, 512, CHUNK - 24,
                       CHUNK - 1, CHUNK, CHUNK + 1, 0xfffffff0, 0xffffffff])


@in_a_chunk
def name_is_itself(rng, data, chunk):
    """a reference to a name leads to itself"""
    return offsets(rng, data, chunk, layout.names(data, chunk),
                   lambda at: at)


@in_a_chunk
def name_is_elsewhere(rng, data, chunk):
    """a reference to a name leads backwards or past the end"""
    return offsets(rng, data, chunk, layout.names(data, chunk),
                   lambda at: any_offset(rng, at))


@in_a_chunk
def template_is_itself(rng, data, chunk):
    """an instance takes itself for its template"""
    places = [token + 6 for token in instances(data, chunk)]
    return offsets(rng, data, chunk, places, lambda at: rng.choice(
        [at, at - 6, at - 24]))


@in_a_chunk
def template_is_elsewhere(rng, data, chunk):
    """an instance's template is backwards or past the end"""
    places = [token + 6 for token in instances(data, chunk)]
    return offsets(rng, data, chunk, places, lambda at: any_offset(rng, at))


@in_a_chunk
def template_size(rng, data, chunk):
    """a template definition has a wrong size"""
    places = [at + 20 for at in layout.definitions(data, chunk)]
    return offsets(rng, data, chunk, places, lambda at: rng.choice(
        [0, 1, u32(data, chunk + at) - 1, u32(data, chunk + at) + 1, CHUNK,
         0x7fffffff, 0xffffffe8, 0xffffffff]))


@in_a_chunk
def template_zeroed(rng, data, chunk):
    """a template definition is zeros"""
    places = layout.definitions(data, chunk)
    for at in some(rng, places) if places else []:
        end = min(at + 24 + u32(data, at + 20), chunk + CHUNK)
        data[at:end] = bytes(end - at)
    return bool(places)


@in_a_chunk
def template_tokens(rng, data, chunk):
    """tokens of a template definition are others"""
    places = layout.definitions(data, chunk)
    for at in some(rng, places) if places else []:
        n = min(u32(data, at + 20), chunk + CHUNK - at - 24)
        for _ in range(rng.randint(1, 6) if n else 0):
            data[at + 24 + rng.randrange(n)] = rng.choice(
                [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0x41,
                 0x45, 0x46, 0x4d, 0x4e, 0x7f, 0xff])
    return bool(places)


# --- values ------------------------------------------------------------------

@in_a_chunk
def values_many(rng, data, chunk):
    """an instance has a huge number of values"""
    places = [at for at in (layout.values(data, chunk, token)
                            for token in instances(data, chunk)) if at]
    return offsets(rng, data, chunk, places, lambda at: rng.choice(
        [0x10000, 0xffff, 0x3fffffff, 0x40000000, 0x80000000, 0xffffffff,
         u32(data, chunk + at) + 1, 0]))


def a_few_values(rng, data, chunk):
    tokens = instances(data, chunk)
    for token in some(rng, tokens, 20) if tokens else []:
        yield from some(rng, layout.descriptors(data, chunk, token), 4)


@in_a_chunk
def value_sizes(rng, data, chunk):
    """values have other sizes"""
    done = False
    for at in a_few_values(rng, data, chunk):
        put(data, 'H', at, rng.choice([0, 1, 3, 0x7fff, 0xffff,
                                       (u16(data, at) + 1) & 0xffff]))
        done = True
    return done


@in_a_chunk
def value_types(rng, data, chunk):
    """values have other types"""
    done = False
    for at in a_few_values(rng, data, chunk):
        data[at + 2] = rng.choice(TYPES)
        done = True
    return done


@in_a_chunk
def value_types_all(rng, data, chunk):
    """every value of some records has another type"""
    tokens = instances(data, chunk)
    for token in some(rng, tokens, 30) if tokens else []:
        for at in layout.descriptors(data, chunk, token):
            data[at + 2] = rng.choice(TYPES)
    return bool(tokens)


@in_a_chunk
def value_types_swapped(rng, data, chunk):
    """the types of two values of a record change places"""
    tokens = instances(data, chunk)
    for token in some(rng, tokens, 30) if tokens else []:
        places = layout.descriptors(data, chunk, token)
        if len(places) > 1:
            a, b = rng.sample(places, 2)
            data[a + 2], data[b + 2] = data[b + 2], data[a + 2]
    return bool(tokens)


# --- depth -------------------------------------------------------------------

def overwrite(data, chunk, body):
    """Put a body over the records of a chunk, as its only one."""
    size = (24 + len(body) + 4 + 7) // 8 * 8
    at = chunk + CHUNK_HEADER
    assert size <= CHUNK - CHUNK_HEADER
    data[at:at + size] = bytes(size)
    data[at:at + 4] = layout.RECORD_MAGIC
    put(data, 'IQQ', at + 4, size, 1, 132000000000000000)
    data[at + 24:at + 24 + len(body)] = body
    put(data, 'I', at + size - 4, size)
    put(data, 'I', chunk + 48, CHUNK_HEADER + size)


def name_bytes(text):
    return struct.pack('<IHH', 0, 0, len(text)) + \
        text.encode('utf-16-le') + b'\0\0'


@in_a_chunk
def deep_elements(rng, data, chunk):
    """elements inside of elements, thousands"""
    first = CHUNK_HEADER + 24 + 4
    body = b'\x0f\x01\x01\0' + \
        b'\x01' + struct.pack('<II', 60000, first + 9) + name_bytes('E') + \
        b'\x02'
    more = b'\x01' + struct.pack('<II', 60000, first + 9) + b'\x02'
    n = rng.choice([64, 65, 1000, 5000])
    overwrite(data, chunk, body + more * n + b'\x04' * (n + 1) + b'\0')


def definition(at, content):
    """A definition whose bytes stand at an offset of the chunk."""
    return struct.pack('<I16sI', 0, b'mutation' * 2, len(content)) + content


@in_a_chunk
def deep_instances(rng, data, chunk):
    """instances inside of instances, thousands"""
    at = CHUNK_HEADER + 24
    start = at + 10 + 24
    element = b'\x01\xff\xff' + struct.pack('<II', 27, start + 4 + 11) + \
        name_bytes('E') + b'\x02\x0d\0\0\x21\x04'
    content = b'\x0f\x01\x01\0' + element + b'\0'
    head = b'\x0c\x01muta' + struct.pack('<I', at + 10)
    inner = b''
    for _ in range(rng.choice([15, 16, 17, 500, 3000])):
        inner = head + struct.pack('<IHBB', 1, len(inner) & 0xffff, 0x21,
                                   0) + inner
    overwrite(data, chunk, head + definition(at + 10, content) +
              struct.pack('<IHBB', 1, len(inner) & 0xffff, 0x21, 0) + inner)


@in_a_chunk
def instance_in_itself(rng, data, chunk):
    """a template holds an instance of itself"""
    at = CHUNK_HEADER + 24
    head = b'\x0c\x01muta' + struct.pack('<I', at + 10)
    content = b'\x0f\x01\x01\0' + head + struct.pack('<I', 0) + b'\0'
    overwrite(data, chunk, head + definition(at + 10, content) +
              struct.pack('<I', 0))


# --- much from little --------------------------------------------------------

FIRST = CHUNK_HEADER + 24 + 10     # where a bomb's definition stands
FRAGMENT = b'\x0f\x01\x01\0'


def element(at, name, content):
    """An element of a definition, its token at an offset of the chunk."""
    head = name_bytes(name)
    size = 4 + len(head) + 1 + len(content(at + 11 + len(head) + 1)) + 1
    return b'\x01\xff\xff' + struct.pack('<II', size, at + 11) + head + \
        b'\x02' + content(at + 11 + len(head) + 1) + b'\x04'


def template(name, content):
    """The content of a bomb's definition; content: offset -> bytes."""
    return FRAGMENT + element(FIRST + 24 + 4, name, content) + b'\0'


def bomb(content, values):
    """A chunk of one template and as many records of it as there is room."""
    chunk = bytearray(CHUNK)
    chunk[0:8] = layout.CHUNK_MAGIC
    at, number, size = CHUNK_HEADER, 0, 0
    while True:
        body = b'\x0c\x01muta' + struct.pack('<I', FIRST)
        if number == 0:
            body += definition(FIRST, content)
        body += values
        if at + 28 + len(body) > CHUNK:
            break
        number += 1
        size = 28 + len(body)
        chunk[at:at + 4] = layout.RECORD_MAGIC
        put(chunk, 'IQQ', at + 4, size, number, 132000000000000000)
        chunk[at + 24:at + 24 + len(body)] = body
        put(chunk, 'I', at + size - 4, size)
        at += size
    put(chunk, 'QQQQIII', 8, 1, number, 1, number, 128, at - size, at)
    layout.seal(chunk, 0)
    return bytes(chunk)


def one_value(code, raw):
    return struct.pack('<IHBB', 1, len(raw), code, 0) + raw


@mutation
def bomb_of_text(rng, data):
    """a chunk of many small records that share a template with a long text"""
    n = rng.choice([1000, 15000, 25000])
    text = rng.choice('a\x01\u20ac').encode('utf-16-le') * n
    content = b'\x05\x01' + struct.pack('<H', n) + text
    return data + bomb(template('Event', lambda at: content),
                       struct.pack('<I', 0))


@mutation
def bomb_of_holes(rng, data):
    """a chunk of records whose template repeats one long value"""
    content = b'\x0d\0\0\x01' * rng.choice([10, 1000, 5000])
    text = rng.choice('a\x01\u20ac').encode('utf-16-le') * 1000
    return data + bomb(template('Event', lambda at: content),
                       one_value(1, text))


@mutation
def bomb_of_arrays(rng, data):
    """chunks with an array of very many items in one or many elements"""
    code = rng.choice([0x81, 0x81, 0x82, 0x84, 0x8e, 0x93])
    name = rng.choice(['Data', 'E'])
    n = rng.choice([1, 20, 200])

    def content(at):
        out = b''
        for _ in range(n):
            out += element(at + len(out), name,
                           lambda at: b'\x0d\0\0' + bytes([code]))
        return out
    room = CHUNK - 1024 - 40 * n
    raw = (bytes(8) if code == 0x93 else bytes(2)) * (room // 16 * 2)
    return data + 4 * bomb(template('EventData', content),
                           one_value(code, raw[:room]))


@mutation
def bomb_of_elements(rng, data):
    """a chunk with a record of very many elements of one name"""
    n = rng.choice([500, 2000, 5000])
    name = FIRST + 24 + 4 + 11 + len(name_bytes('Event')) + 1 + 11

    def content(at):
        first = element(at, 'E', lambda at: b'')
        other = b'\x01\xff\xff' + struct.pack('<II', 1, name) + b'\x03'
        return first + other * n
    return data + bomb(template('Event', content), struct.pack('<I', 0))
