# SPDX-License-Identifier: Apache-2.0
"""Logs that ask for far more work or memory than their bytes are worth: each
function of ALL makes one of n chunks."""
import struct

import evil_records
import evil_templates
from evil_bytes import Chunk, define, definition_at, instance, log
from evil_shapes import system


# --- definitions -----------------------------------------------------------

def failing_definition(n):
    """Each record refers to one that cannot be parsed, at its very end."""
    chunks = []
    for i in range(n):
        c = Chunk(1 + i * 10000)
        at, xml = definition_at(c)
        xml.open('Event')
        for _ in range(4000):
            xml.empty('a')
        xml.out += b'\x33'
        c.add(instance(at, (), define(xml)))
        while c.add(instance(at)):
            pass
        chunks.append(c)
    return log(chunks)


def huge_definitions(n):
    """Small ones that say megabytes, with a long name again and again."""
    chunks = []
    for i in range(n):
        c = Chunk(1 + i * 10000)
        names = {}
        for k in range(15):
            at, xml = definition_at(c)
            xml.names = names
            xml.open('Event')
            for _ in range(300):
                xml.empty('\u4e2d' * 1000)
            xml.text('%d' % k)
            xml.close()
            assert c.add(instance(at, (), define(xml)))
        chunks.append(c)
    return log(chunks)


def overlapping_definitions(n):
    """The head of each is a text in all before it: each is read to the end of
    all, and all of them say something else."""
    chunks = []
    for i in range(n):
        c = Chunk(1 + i * 10000)
        at, xml = definition_at(c)
        end = xml.at + 40000
        xml.empty('a')
        heads = []
        while xml.at + len(xml.out) + 40 < end:
            xml.out += struct.pack('<BBH', 5, 1, 12)
            heads.append(xml.at + len(xml.out))
            xml.out += struct.pack('<IIIIII', 0, 7, 1, 2, 3,
                                   end - heads[-1] - 24)
            xml.empty('a')
        xml.out += bytes(end - xml.at - len(xml.out))
        c.add(instance(at, (), define(xml)))
        for at in heads:
            if not c.add(instance(at)):
                break
        chunks.append(c)
    return log(chunks)


# --- what lines are made of ------------------------------------------------

def many_logs(n):
    """Logs of one long computer name."""
    chunks = []
    for i in range(n):
        c = Chunk(1 + i * 10000)
        at, definition = system(c, 'W' * 12000)
        k = 0
        while c.add(instance(at, ['c%d-%d' % (i, k)],
                             b'' if k else definition)):
            k += 1
        chunks.append(c)
    return log(chunks)


def long_values(n):
    """A value of 84 KB as JSON has it, which all records share."""
    chunks = []
    for i in range(n):
        c = Chunk(1 + i * 10000)
        at, definition = system(c, 'W1')
        k = 0
        while c.add(instance(at, ['Security'], b'' if k else definition)):
            k += 1
        chunks.append(c)
    return log(chunks)


HERE = [failing_definition, huge_definitions, overlapping_definitions,
        many_logs, long_values]
ALL = {make.__name__: make
       for make in HERE + evil_templates.ALL + evil_records.ALL}
