# SPDX-License-Identifier: Apache-2.0
"""Logs of templates that many small records use."""
import struct

from evil_bytes import define, definition_at, typed, utf16
from evil_shapes import each, event, repeated

WIDE = 4000


def wide_template(n):
    def content(xml):
        event(xml, lambda x: [x.empty('a') for _ in range(WIDE)])
    return repeated(n, content)


def wide_odd(n):
    """An array makes each record one that has a tree of its own."""
    def content(xml):
        xml.open('Event')
        for _ in range(WIDE):
            xml.empty('a')
        xml.open('b')
        xml.substitution(0, 0x81)
        xml.close()
        xml.close()
    return repeated(n, content, [(0x81, utf16('x\0y\0'))])


def many_variants(n):
    """More kinds of values than are kept of a template."""
    def content(xml):
        xml.open('Event')
        for _ in range(WIDE // 2):
            xml.empty('a')
        for i in range(8):
            xml.open('b')
            xml.substitution(i, 0)
            xml.close()
        xml.close()

    def items(k):
        return [(4 if k >> i & 1 else 0, b'\7' if k >> i & 1 else b'')
                for i in range(8)]
    return repeated(n, content, items)


def many_attributes(n):
    def content(xml):
        xml.element('Event', [('a%d' % i, 'v') for i in range(1200)])
        xml.close()
    return repeated(n, content)


def equal_attributes(n):
    def content(xml):
        xml.element('Event', [('a', 'v')] * 2500)
        xml.close()
    return repeated(n, content)


def equal_data(n):
    """Data of one name, which becomes one list."""
    def content(xml):
        def data(x):
            x.open('EventData')
            for _ in range(1000):
                x.element('Data', [('Name', 'n')])
                x.text('v')
                x.close()
            x.close()
        event(xml, data)
    return repeated(n, content)


def different_data(n):
    def content(xml):
        def data(x):
            x.open('EventData')
            for i in range(900):
                x.element('Data', [('Name', 'n%d' % i)])
                x.substitution(0, 1)
                x.close()
            x.close()
        event(xml, data)
    return repeated(n, content, [(1, utf16('v'))])


def long_names(n):
    """A name of 1,000 characters in 300 elements of each record."""
    def content(xml):
        event(xml, lambda x: [x.empty('\u4e2d' * 1000) for _ in range(300)])
    return repeated(n, content)


def long_name_of_many_substitutions(n):
    def content(xml):
        def data(x):
            for _ in range(400):
                x.open('\u4e2d' * 500)
                x.substitution(0, 1)
                x.close()
        event(xml, data)
    return repeated(n, content, [(1, utf16('w' * 8))])


def many_substitutions_of_one_value(n):
    """A value of some KB that is used 1,000 times."""
    def content(xml):
        def data(x):
            x.open('EventData')
            for _ in range(1000):
                x.substitution(0, 1)
            x.close()
        event(xml, data)
    return repeated(n, content, [(1, utf16('\x02' * 1500))])


def pieces_of_text(n):
    def content(xml):
        def data(x):
            x.open('EventData')
            for _ in range(1200):
                x.text('ab')
            x.close()
        event(xml, data)
    return repeated(n, content)


def deep(n):
    def content(xml):
        for _ in range(60):
            xml.open('a')
        xml.substitution(0, 1)
        for _ in range(60):
            xml.close()
    return repeated(n, content, [(1, utf16('v'))])


def deep_many_times(n):
    def content(xml):
        def data(x):
            for _ in range(30):
                for _ in range(60):
                    x.open('a')
                for _ in range(60):
                    x.close()
        event(xml, data)
    return repeated(n, content)


def deep_user_data(n):
    def content(xml):
        def data(x):
            x.open('UserData')
            for _ in range(58):
                x.element('a', [('b', 'c')])
            x.substitution(0, 1)
            for _ in range(59):
                x.close()
        event(xml, data)
    return repeated(n, content, [(1, utf16('v'))])


def too_deep(n):
    """As deep as it gets, and never closed."""
    def content(xml):
        for _ in range(4000):
            xml.open('a')
    return repeated(n, content)


def large_array(n):
    """An element for each of 1,000 items, in records of 2 KB."""
    def content(xml):
        xml.open('Event')
        for _ in range(200):
            xml.open('b')
            xml.substitution(0, 0x81)
            xml.close()
        xml.close()
    return repeated(n, content, [(0x81, utf16('x\0' * 500))])


def array_of_unnamed(n):
    def content(xml):
        def data(x):
            x.open('EventData')
            x.open('Data')
            x.substitution(0, 0x81)
            x.close()
            x.close()
        event(xml, data)
    return repeated(n, content, [(0x81, utf16('\0' * 700))])


def array_of_sids(n):
    def content(xml):
        xml.open('Event')
        for _ in range(100):
            xml.open('b')
            xml.substitution(0, 0x93)
            xml.close()
        xml.close()
    sid = b'\1\x0f\0\0\0\0\0\5' + b'\xff' * 60
    return repeated(n, content, [(0x93, sid * 10)])


def huge_counts(n):
    """Tables of values that are not there."""
    def fill(c):
        at, xml = definition_at(c)
        xml.empty('Event')
        k = 0
        one = struct.pack('<I', 0)
        while True:
            content = typed(at, (), b'' if k else define(xml))
            count = (0xffffffff, 65535, 65537, 0x7fffffff)[k % 4]
            content = content.replace(one + b'\0', struct.pack(
                '<I', count) + b'\0') if k else content
            if not c.add(content):
                return
            k += 1
    return each(n, fill)


def many_values(n):
    """16,000 values of no bytes in a record."""
    def content(xml):
        xml.open('Event')
        xml.substitution(15999, 1)
        xml.close()
    return repeated(n, content, [(0, b'')] * 3000)


def blank_strings(n):
    """Strings of NULs, which are looked through to their end."""
    def content(xml):
        def data(x):
            for i in range(8):
                x.open('b')
                x.substitution(i, 1)
                x.close()
        event(xml, data)
    return repeated(n, content, [(1, bytes(1000))] * 8)


def entities(n):
    def content(xml):
        xml.open('Event')
        for _ in range(4000):
            xml.out += b'\x09'
            xml._name('amp')
        xml.close()
    return repeated(n, content)


def references(n):
    def content(xml):
        xml.open('Event')
        xml.out += b'\x08\x01\x00' * 1300
        xml.close()
    return repeated(n, content)


def long_channel(n):
    """As many logs as records, of names that differ at their end."""
    def content(xml):
        xml.open('Event')
        xml.open('System')
        xml.open('Channel')
        xml.text('c' * 4000)
        xml.substitution(0, 1)
        xml.close()
        xml.close()
        xml.close()
    return repeated(n, content, lambda k: [(1, utf16('%04d' % k))])


def many_ids(n):
    """Each record has another id, for which a plan is compiled."""
    def content(xml):
        xml.open('Event')
        xml.open('System')
        xml.open('EventID')
        xml.substitution(0, 6)
        xml.close()
        xml.close()
        xml.open('EventData')
        for i in range(500):
            xml.element('Data', [('Name', 'n%d' % i)])
            xml.close()
        xml.close()
        xml.close()
    return repeated(n, content, lambda k: [(6, struct.pack('<H', k))])


ALL = [wide_template, wide_odd, many_variants, many_attributes,
       equal_attributes, equal_data, different_data, long_names,
       long_name_of_many_substitutions, many_substitutions_of_one_value, pieces_of_text,
       deep, deep_many_times, deep_user_data, too_deep, large_array,
       array_of_unnamed, array_of_sids, huge_counts, many_values,
       blank_strings, entities, references, long_channel, many_ids]
