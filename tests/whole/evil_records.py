# SPDX-License-Identifier: Apache-2.0
"""Logs of records that nest, refer to what is elsewhere, or are none."""
import struct

from evil_bytes import (
    CHUNK, FRAGMENT, HEAD, TIME, Xml, bare, define, definition_at, typed,
    utf16)
from evil_shapes import bodies, defined, each, repeated

WIDE = 4000


# --- Binary XML in values --------------------------------------------------

def nested(n):
    """Instances in values of instances, as deep as it gets and deeper."""
    def content(xml):
        xml.open('Event')
        xml.substitution(0, 0x21)
        xml.close()

    def fill(c):
        at, xml = definition_at(c)
        content(xml)
        c.add(typed(at, (), define(xml)))
        inner = b''
        for _ in range(40):
            inner = bare(at, [(0x21, FRAGMENT + inner)])
        while c.add(FRAGMENT + inner + b'\0'):
            pass
    return each(n, fill)


def clones(n):
    """A nested instance of 400 elements that is used 400 times."""
    def fill(c):
        at, xml = definition_at(c)
        xml.open('b')
        for _ in range(400):
            xml.empty('a')
        xml.close()
        c.add(typed(at, (), define(xml)))
        outer, xml = definition_at(c)
        xml.open('Event')
        for _ in range(400):
            xml.substitution(0, 0x21)
        xml.close()
        items = [(0x21, FRAGMENT + bare(at))]
        c.add(typed(outer, items, define(xml)))
        while c.add(typed(outer, items)):
            pass
    return each(n, fill)


def doubling(n):
    """Each level uses the next one twice."""
    def fill(c):
        at, xml = definition_at(c)
        xml.open('b')
        xml.substitution(0, 0x21)
        xml.substitution(0, 0x21)
        xml.close()
        c.add(typed(at, (), define(xml)))
        inner = b''
        for _ in range(14):
            inner = bare(at, [(0x21, FRAGMENT + inner)])
        while c.add(FRAGMENT + inner + b'\0'):
            pass
    return each(n, fill)


def many_parts(n):
    """Hundreds of instances in one record."""
    def fill(c):
        at, xml = definition_at(c)
        xml.open('Event')
        for i in range(100):
            xml.substitution(i, 0x21)
        xml.close()
        c.add(typed(at, (), define(xml)))
        items = [(0x21, FRAGMENT + bare(at))] * 100
        while c.add(typed(at, items)):
            pass
    return each(n, fill)


def pieces_behind_each_other(n):
    def fill(c):
        at, xml = definition_at(c)
        xml.open('Event')
        for _ in range(500):
            xml.empty('a')
        xml.close()
        c.add(typed(at, (), define(xml)))
        while c.add(FRAGMENT + bare(at) * 100 + b'\0'):
            pass
    return each(n, fill)


# --- no templates ----------------------------------------------------------

def inline(content):
    def body(at, k):
        xml = Xml(at)
        content(xml)
        return bytes(xml.out)
    return body


def inline_elements(n):
    def content(xml):
        xml.open('Event')
        for _ in range(5000):
            xml.empty('a')
        xml.close()
    return bodies(n, inline(content))


def inline_long_names(n):
    """Names stand in the first record, all others refer to them."""
    name = '\u4e2d' * 1000

    def fill(c):
        xml = Xml(c.at() + 4)
        xml.open('Event')
        xml.empty(name)
        xml.close()
        at = xml.names
        c.add(FRAGMENT + bytes(xml.out) + b'\0')
        while True:
            xml = Xml(c.at() + 4)
            xml.names = at
            xml.open('Event')
            for _ in range(100):
                xml.empty(name)
            xml.close()
            if not c.add(FRAGMENT + bytes(xml.out) + b'\0'):
                return
    return each(n, fill)


def inline_open(n):
    return bodies(n, inline(lambda x: [x.open('a') for _ in range(100)]))


def inline_references(n):
    def content(xml):
        xml.open('Event')
        xml.out += b'\x08\x01\x00' * 3900
        xml.close()
    return bodies(n, inline(content))


def inline_cdata(n):
    def content(xml):
        xml.open('Event')
        for _ in range(300):
            xml.out += b'\x07' + struct.pack('<H', 2) + utf16('\x01]')
        xml.close()
    return bodies(n, inline(content))


def tiny_records(n):
    """As many records as there is room for, all of them damaged."""
    return bodies(n, lambda at, k: b'\x33')


def empty_records(n):
    def fill(c):
        while c.add(b''):
            pass
    return each(n, fill)


# --- orphans, catalogs, names ----------------------------------------------

def equal_ids(n):
    """Each chunk defines some templates of one id; other records of that id
    have lost theirs."""
    def fill(c):
        for k in range(60):
            at, xml = definition_at(c)
            xml.open('E%d-%d' % (c.first_id, k))
            for _ in range(20):
                xml.substitution(0, 1)
            xml.close()
            c.add(typed(at, [(1, utf16('v'))],
                        define(xml, guid=(k, c.first_id, 9))))
        while c.add(typed(0x200 + 4, [(1, utf16('v'))])):
            pass
    return each(n, fill)


def large_orphans(n):
    """Records without their template, which is a large one elsewhere."""
    def content(xml):
        xml.open('Event')
        for _ in range(WIDE):
            xml.empty('a')
        xml.substitution(0, 1)
        xml.close()

    def fill(c):
        if c.first_id == 1:
            defined(content, [(1, utf16('v'))])(c)
        while c.add(typed(0x200 + 4, [(1, utf16('v'))])):
            pass
    return each(n + 1, fill)


def one_bucket(n):
    """Templates whose ids differ by what a hash leaves out."""
    def fill(c):
        k = 0
        while True:
            at, xml = definition_at(c)
            xml.names = {}
            xml.empty('E')
            number = (c.first_id + k) * 65536 & 0xffffffff
            if not c.add(typed(at, (), define(xml, number), number)):
                return
            k += 1
    return each(n, fill)


def many_values(n):
    """Instances that claim a billion values, with their definition or by
    reference; also inside of a value."""
    def content(xml):
        xml.open('Event')
        xml.substitution(0, 0x21)
        xml.close()

    def claim(record):
        """The last number of values of a record becomes a billion."""
        at = record.rindex(struct.pack('<IHBB', 1, 3, 1, 0))
        return record[:at] + struct.pack('<I', 0x40000012) + record[at + 4:]

    def fill(c):
        at, xml = definition_at(c)
        content(xml)
        if not c.add(claim(typed(at, [(1, b'abc')], define(xml)))):
            return
        inner = FRAGMENT + bare(at, [(1, b'abc')])
        while c.add(claim(typed(at, [(1, b'abc')]))) and \
                c.add(claim(typed(at, [(0x21, inner)]))):
            pass
    return each(n, fill)


def unsealed(made):
    """The same log, whose checksums do not hold."""
    data = bytearray(made)
    for at in range(4096, len(data), CHUNK):
        data[at + 52] ^= 1
    return bytes(data)


def damaged_names(n):
    """A name of each template does not fit its hash, checksums are wrong: the
    names are looked up in what all chunks have."""
    def fill(c):
        k = 0
        while True:
            at, xml = definition_at(c)
            xml.open('Event')
            for i in range(8):
                xml.empty('n%d-%d' % (k, i))
            xml.close()
            if k % 2:
                xml.out[13] ^= 1
            if not c.add(typed(at, (), define(xml))):
                return
            k += 1
    return unsealed(each(n, fill))


def wrong_hashes(n):
    """Long names that are hashed whenever they are used."""
    def content(xml):
        xml.open('Event')
        for _ in range(600):
            xml.empty('q' * 900)
        xml.close()
    return unsealed(repeated(n, content))


def name_of_all(n):
    """Names that say they have 65,535 characters."""
    def content(xml):
        xml.open('Event')
        xml.out[7 + 4 + 6:7 + 4 + 8] = b'\xff\xff'
        xml.close()
    return unsealed(repeated(n, content))


# --- records in records, broken sizes --------------------------------------

def header(size, number):
    return struct.pack('<4sIQQ', b'**\0\0', size, number,
                       TIME + number * 10**7)


def hidden_records(n):
    """One record that holds hundreds of others, behind hundreds."""
    def fill(c):
        at, xml = definition_at(c)
        xml.empty('Event')
        c.add(typed(at, (), define(xml)))
        while len(c.bytes) < 30000:
            c.add(typed(at))
        content = typed(at)
        size = (28 + len(content) + 7) // 8 * 8
        number = c.next_id
        inner = content
        inner += bytes(-len(inner) % 8)
        start = len(inner)
        while len(inner) < 33000:
            number += 1
            inner += (header(size, number) + content +
                      bytes(size - 28 - len(content)) +
                      struct.pack('<I', size))
        assert start and c.add(inner)
    return each(n, fill)


def broken_sizes(n):
    """Headers of records that cannot be, everywhere."""
    def fill(c):
        while len(c.bytes) + 24 < CHUNK:
            c.bytes += header((0, 0xffffffff, 8, 70000)[c.next_id % 4],
                              c.next_id)
            c.next_id += 1
    return each(n, fill)


def stars(n):
    """Signatures of records and nothing else."""
    def fill(c):
        c.bytes += b'**\0\0' * ((CHUNK - HEAD) // 4)
    return each(n, fill)


def records_in_records(n):
    """Each record claims all that follows."""
    def fill(c):
        while len(c.bytes) + 40 < CHUNK:
            left = CHUNK - len(c.bytes)
            c.bytes += header(left, c.next_id) + FRAGMENT + b'\0' * 12
            c.next_id += 1
        c.bytes += bytes(CHUNK - len(c.bytes))
    return each(n, fill)


def signatures_damaged(n):
    """Records whose signatures are damaged, one and all."""
    def fill(c):
        at, xml = definition_at(c)
        xml.empty('Event')
        c.add(typed(at, (), define(xml)))
        while c.add(typed(at)):
            c.bytes[c.last] ^= 1
    return each(n, fill)


def chunk_heads(n):
    """What looks like the head of a chunk at each eighth byte."""
    def fill(c):
        c.bytes += b'ElfChnk\0' * ((CHUNK - HEAD) // 8)
    return each(n, fill)


ALL = [nested, clones, doubling, many_parts, pieces_behind_each_other,
       inline_elements, inline_long_names, inline_open, inline_references,
       inline_cdata, tiny_records, empty_records, equal_ids, large_orphans,
       one_bucket, many_values, damaged_names, wrong_hashes, name_of_all,
       hidden_records,
       broken_sizes, stars, records_in_records, signatures_damaged,
       chunk_heads]
