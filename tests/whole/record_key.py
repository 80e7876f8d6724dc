# SPDX-License-Identifier: Apache-2.0
"""The RecordKey of an event, computed from what mkevtx says of it.

Written from libsrc/schema/event_key.h alone, to check the program.
"""
import hashlib
import json
import re
import struct

GUID = re.compile(r'\{?([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?')
HEX = re.compile(r'0x[0-9A-Fa-f]{1,16}')
TIME = re.compile(r'(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?Z?')


def part(text):
    if GUID.fullmatch(text):
        text = text.strip('{}').lower()
    elif HEX.fullmatch(text):
        text = hex(int(text, 16))
    elif TIME.fullmatch(text):
        date, time, fraction = TIME.fullmatch(text).groups()
        text = '%sT%s.%sZ' % (date, time, (fraction or '').ljust(7, '0')[:7])
    return json.dumps(text, ensure_ascii=False)[1:-1].encode() + b'\x1f'


def root(event):
    """(name, attributes, text, children) of the payload; None without one."""
    if event['body'] is None:
        return None
    top = (event['body'], {}, '', [])
    for leaf in event['data']:
        at, path = top, leaf['path']
        for name in path[1:] if path[0] == event['body'] else path:
            if not at[3] or at[3][-1][0] != name:
                at[3].append((name, {}, '', []))
            at = at[3][-1]
        value = leaf['value']
        for text in value if isinstance(value, list) and not leaf['name'] \
                else [value]:
            at[3].append((leaf['element'], leaf.get('attributes', {}),
                          text or '', []))
    return top


def counts(element):
    name, attributes, text, children = element
    return bool(text or set(attributes) - {'Name'} or
                (name == 'Data' and not attributes) or
                any(map(counts, children)))


def describe(element):
    """The texts of the structure and of the content."""
    name, attributes, text, children = element
    structure = b'\x02' + part(name) + b''.join(
        part(a) + part(v) for a, v in attributes.items())
    content, unnamed = part(text), False
    for child in filter(counts, children):
        before, unnamed = unnamed, child[0] == 'Data' and not child[1]
        if before and not unnamed:
            content += b'\x03'
        if unnamed:
            structure += b'' if before else b'\x04'
            content += part(child[2])
        else:
            inner = describe(child)
            structure, content = structure + inner[0], content + inner[1]
    return structure + b'\x03', content + (b'\x03' if unnamed else b'')


def record_key(event):
    top = root(event)
    structure, content = describe(top) if top and counts(top) else (b'', b'')
    numbers = struct.pack(
        '<BHHBBHBQQQ', 1, *(event[n] or 0 for n in (
            'event_id', 'qualifiers', 'version', 'level', 'task', 'opcode')),
        int(event['keywords'] or '0', 16), event['record'], event['filetime'])
    text = hashlib.sha256(structure).digest()[:16] + numbers + b''.join(
        part(event[n] or '') for n in ('channel', 'computer', 'provider'))
    return hashlib.sha256(text + content).hexdigest()[:32]
