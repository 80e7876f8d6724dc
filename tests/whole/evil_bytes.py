# SPDX-License-Identifier: Apache-2.0
"""Writes logs byte by byte, as nothing that is sound would write them: the
generator mkevtx writes sound ones only."""
import struct
import zlib

from stage_tools import CHUNK, FILE_HEADER, seal

HEAD = 512          # of a chunk
TIME = 0x01da000000000000
FRAGMENT = b'\x0f\x01\x01\x00'


class Chunk:
    """A chunk that is filled with records."""

    def __init__(self, first_id=1):
        self.bytes = bytearray(HEAD)
        self.first_id = self.next_id = first_id
        self.last = HEAD

    def at(self):
        """Where the Binary XML of the next record starts."""
        return len(self.bytes) + 24

    def add(self, content):
        """False if there is no room."""
        size = 28 + len(content)
        if len(self.bytes) + size > CHUNK:
            return False
        self.last = len(self.bytes)
        self.bytes += struct.pack('<4sIQQ', b'**\0\0', size, self.next_id,
                                  TIME + self.next_id * 10**7)
        self.bytes += content + struct.pack('<I', size)
        self.next_id += 1
        return True

    def sealed(self):
        free = len(self.bytes)
        out = bytearray(self.bytes + bytes(CHUNK - free))
        out[0:8] = b'ElfChnk\0'
        last = self.next_id - 1
        struct.pack_into('<QQQQIIII', out, 8, self.first_id, last,
                         self.first_id, last, 128, self.last, free, 0)
        seal(out)
        return bytes(out)


def log(chunks):
    head = bytearray(FILE_HEADER)
    head[0:8] = b'ElfFile\0'
    struct.pack_into('<QQQIHHHH', head, 8, 0, len(chunks) - 1,
                     chunks[-1].next_id, 128, 1, 3, FILE_HEADER, len(chunks))
    struct.pack_into('<I', head, 124, zlib.crc32(head[:120]))
    return bytes(head) + b''.join(c.sealed() for c in chunks)


class Xml:
    """Binary XML of a template that starts at an offset of the chunk."""

    def __init__(self, at):
        self.at, self.out, self.names = at, bytearray(), {}

    def _name(self, name):
        """A reference, and the name itself where it is used first."""
        here = self.at + len(self.out) + 4
        self.out += struct.pack('<I', self.names.setdefault(name, here))
        if self.names[name] == here:
            number = 0
            for c in name:
                number = (number * 65599 + ord(c)) & 0xffffffff
            self.out += struct.pack('<IHH', 0, number & 0xffff, len(name))
            self.out += (name + '\0').encode('utf-16-le')

    def open(self, name):
        self.out += b'\x01\xff\xff\0\0\0\0'
        self._name(name)
        self.out += b'\x02'

    def empty(self, name):
        self.out += b'\x01\xff\xff\0\0\0\0'
        self._name(name)
        self.out += b'\x03'

    def element(self, name, attributes):
        """A start tag, with attributes, that are texts, but without its end."""
        self.out += b'\x41\xff\xff\0\0\0\0'
        self._name(name)
        size = len(self.out)
        self.out += bytes(4)
        for i, (key, value) in enumerate(attributes):
            last = i + 1 == len(attributes)
            self.out += b'\x06' if last else b'\x46'
            self._name(key)
            self.text(value)
        struct.pack_into('<I', self.out, size, len(self.out) - size - 4)
        self.out += b'\x02'

    def text(self, text):
        data = text.encode('utf-16-le')
        self.out += struct.pack('<BBH', 5, 1, len(data) // 2) + data

    def substitution(self, number, type_):
        self.out += struct.pack('<BHB', 0x0d, number, type_)

    def close(self):
        self.out += b'\x04'


def utf16(text):
    return text.encode('utf-16-le')


def values(items):
    """The table of values, given as (type, bytes), and the values."""
    return (struct.pack('<I', len(items)) +
            b''.join(struct.pack('<HBB', len(d), t, 0) for t, d in items) +
            b''.join(d for _, d in items))


def bare(offset, items=(), definition=b'', number=7):
    """An instance of a template, without a head or an end."""
    return (struct.pack('<BBII', 0x0c, 1, number, offset) + definition +
            values(items))


def instance(offset, texts=(), definition=b''):
    """Template number 7 at an offset, with strings as its values."""
    return typed(offset, [(1, utf16(v)) for v in texts], definition)


def typed(offset, items=(), definition=b'', number=7):
    return FRAGMENT + bare(offset, items, definition, number) + b'\0'


def definition_at(chunk):
    """Where a definition of the next record stands, and its content."""
    at = chunk.at() + 14
    return at, Xml(at + 24 + 4)


def define(xml, number=7, guid=(1, 2, 3)):
    content = FRAGMENT + bytes(xml.out)
    return struct.pack('<IIIIII', 0, number, *guid, len(content)) + content
