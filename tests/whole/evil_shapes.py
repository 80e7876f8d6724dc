# SPDX-License-Identifier: Apache-2.0
"""Shapes of logs: a template and the records that use it."""
import struct

from evil_bytes import FRAGMENT, Chunk, define, definition_at, log, typed


def system(chunk, computer):
    at, xml = definition_at(chunk)
    xml.open('Event')
    xml.open('System')
    xml.open('Channel')
    xml.substitution(0, 1)
    xml.close()
    xml.open('Computer')
    xml.text(computer)
    xml.close()
    xml.close()
    xml.open('EventData')
    xml.open('Data')
    xml.text('\x01' * 100 if len(computer) > 100 else '\x01' * 14000)
    for _ in range(3):
        xml.close()
    return at, define(xml)


def each(n, fill):
    """A log of n chunks, each filled by a function."""
    chunks = []
    for i in range(n):
        c = Chunk(1 + i * 10000)
        fill(c)
        chunks.append(c)
    return log(chunks)


def defined(content, items=()):
    """A function that fills a chunk with records of one template, whose
    content a function writes; items are the values, or a function of the
    record's number that makes them."""
    def fill(c):
        at, xml = definition_at(c)
        content(xml)
        k = 0
        while c.add(typed(at, items(k) if callable(items) else items,
                          b'' if k else define(xml))):
            k += 1
        assert k > 0
    return fill


def repeated(n, content, items=()):
    return each(n, defined(content, items))


def bodies(n, body):
    """Records without a template, as many as there is room for: body gets the
    offset of its Binary XML, and the record's number."""
    def fill(c):
        k = 0
        while c.add(FRAGMENT + body(c.at() + 4, k) + b'\0'):
            k += 1
        assert k > 0
    return each(n, fill)


def event(xml, content):
    """An event with a System and what a function writes."""
    xml.open('Event')
    xml.open('System')
    xml.open('Channel')
    xml.text('Security')
    xml.close()
    xml.close()
    content(xml)
    xml.close()
