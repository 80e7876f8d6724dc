# SPDX-License-Identifier: Apache-2.0
"""Reads .evtx files for tests, from the format alone.

A second opinion on what mkevtx writes, also where libevtx and python-evtx
give up. It trusts nothing a file says about how much it holds: chunks are
those that begin with their magic at a multiple of 64 KiB (or where `offsets`
says), records those that follow each other up to the free-space offset.
"""
import struct

CHUNK = 65536
TYPES = {0: 'null', 1: 'string', 2: 'ansi', 3: 'int8', 4: 'uint8',
         5: 'int16', 6: 'uint16', 7: 'int32', 8: 'uint32', 9: 'int64',
         10: 'uint64', 11: 'float', 12: 'double', 13: 'bool', 14: 'binary',
         15: 'guid', 16: 'size', 17: 'filetime', 18: 'systemtime', 19: 'sid',
         20: 'hex32', 21: 'hex64', 32: 'handle', 33: 'binxml', 35: 'xml'}
NUMBERS = {3: 'b', 4: 'B', 5: 'h', 6: 'H', 7: 'i', 8: 'I', 9: 'q', 10: 'Q',
           11: 'f', 12: 'd'}
WIDTHS = {3: 1, 4: 1, 5: 2, 6: 2, 7: 4, 8: 4, 9: 8, 10: 8, 11: 4, 12: 8,
          13: 4, 15: 16, 16: 8, 17: 8, 18: 16, 20: 4, 21: 8, 32: 8}
ENTITIES = {'lt': '<', 'gt': '>', 'amp': '&', 'quot': '"', 'apos': "'"}
TEXTS = (5, 7, 8, 9)


class Broken(Exception):
    """The bytes are not what the format allows."""


def u16(b, at):
    return struct.unpack_from('<H', b, at)[0]


def u32(b, at):
    return struct.unpack_from('<I', b, at)[0]


def u64(b, at):
    return struct.unpack_from('<Q', b, at)[0]


def wide(raw):
    return raw.decode('utf-16-le', 'surrogatepass')


def iso(ticks):
    days, rest = divmod(ticks, 864000000000)
    year, month = 1601, 1
    while days >= 365 + leap(year):
        days -= 365 + leap(year)
        year += 1
    lengths = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    while days >= lengths[month - 1]:
        days -= lengths[month - 1]
        month += 1
    seconds, fraction = divmod(rest, 10000000)
    return '%04d-%02d-%02dT%02d:%02d:%02d.%07dZ' % (
        year, month, days + 1, seconds // 3600, seconds // 60 % 60,
        seconds % 60, fraction)


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def guid(b):
    head = struct.unpack_from('<IHH', b)
    tail = b[8:].hex().upper()
    return '%08X-%04X-%04X-' % head + tail[:4] + '-' + tail[4:]


def sid(b):
    parts = ['S', str(b[0]), str(int.from_bytes(b[2:8], 'big'))]
    parts += [str(u32(b, 8 + 4 * i)) for i in range(b[1])]
    if len(b) != 8 + 4 * b[1]:
        raise Broken('SID of %d bytes' % len(b))
    return '-'.join(parts)


def scalar(code, raw):
    """The text of one value, as the raw schema has it."""
    if code in (1, 35):
        return wide(raw[:len(raw) // 2 * 2]).rstrip('\0')
    if code == 2:
        return ansi(raw)
    if code in (11, 12):
        return repr(struct.unpack('<' + NUMBERS[code], raw)[0])
    if code in NUMBERS:
        return str(struct.unpack('<' + NUMBERS[code], raw)[0])
    if code == 13:
        return 'true' if u32(raw, 0) else 'false'
    if code == 14:
        return raw.hex().upper()
    if code == 15:
        return guid(raw)
    if code in (16, 20, 21, 32):
        return '0x%x' % int.from_bytes(raw, 'little')
    if code == 17:
        return iso(u64(raw, 0))
    if code == 18:
        f = struct.unpack('<8H', raw)
        return '%04d-%02d-%02dT%02d:%02d:%02d.%03d0000Z' % (
            f[0], f[1], f[3], f[4], f[5], f[6], f[7])
    if code == 19:
        return sid(raw)
    raise Broken('value of type 0x%02x' % code)


def ansi(raw):
    text = ''
    for byte in raw.rstrip(b'\0'):
        try:
            text += bytes([byte]).decode('cp1252')
        except UnicodeDecodeError:
            text += chr(byte)
    return text


def members(code, raw):
    """The raw members of an array value."""
    base, out = code & 0x7f, []
    while raw:
        if base in (1, 35):
            n = next((i + 2 for i in range(0, len(raw) - 1, 2)
                      if raw[i:i + 2] == b'\0\0'), len(raw))
        elif base == 2:
            n = (raw.index(b'\0') + 1) if b'\0' in raw else len(raw)
        elif base == 19:
            n = 8 + 4 * raw[1]
        else:
            n = WIDTHS.get(base, len(raw))
        out.append(raw[:n])
        raw = raw[n:]
    return out


class Value:
    """A substituted value: its type and bytes, or the elements it holds."""

    def __init__(self, code, raw, nodes=None):
        self.code, self.raw, self.nodes = code, raw, nodes

    @property
    def type(self):
        name = TYPES.get(self.code & 0x7f, 'unknown')
        return name + ('[]' if self.code & 0x80 else '')

    @property
    def text(self):
        if self.nodes is not None:
            return ''.join(xml(n) for n in self.nodes)
        if self.code & 0x7f == 0:
            return None if not self.code & 0x80 else []
        if self.code & 0x80:
            base = self.code & 0x7f
            return [scalar(base, m) for m in members(self.code, self.raw)]
        return scalar(self.code, self.raw)


class Element:
    def __init__(self, name):
        self.name, self.attrs, self.kids = name, {}, []

    def first(self, name):
        return next((k for k in self.kids
                     if isinstance(k, Element) and k.name == name), None)


def xml(node):
    if not isinstance(node, Element):
        return node if isinstance(node, str) else node.text or ''
    attrs = ''.join(' %s="%s"' % (k, text_of(v))
                    for k, v in node.attrs.items())
    if not node.kids:
        return '<%s%s/>' % (node.name, attrs)
    inner = ''.join(xml(k) for k in node.kids)
    return '<%s%s>%s</%s>' % (node.name, attrs, inner, node.name)


def text_of(content):
    return ''.join(xml(c) for c in content)


class Parser:
    """BinXML of one chunk. `values` are those of the instance at hand."""

    def __init__(self, chunk):
        self.chunk = chunk
        self.tokens = set()
        self.definitions = []
        self.names = set()
        self.dependencies = {}

    def name(self, at):
        count = u16(self.chunk, at + 6)
        return wide(self.chunk[at + 8:at + 8 + 2 * count])

    def name_token(self, at):
        """The name that the offset at `at` says, and where to go on."""
        offset = u32(self.chunk, at)
        text = self.name(offset)
        self.names.add(offset)
        inline = offset == at + 4
        used = 10 + 2 * u16(self.chunk, offset + 6) if inline else 0
        return text, at + 4 + used

    def fragment(self, at, end, values=None, definition=False):
        """Nodes from `at` to the end token; returns them and the place
        behind the token."""
        nodes = []
        while at < end:
            token = self.chunk[at]
            self.tokens.add(token)
            if token == 0:
                return nodes, at + 1
            if token == 0x0f:
                at += 4
            elif token == 0x0c:
                inner, at = self.instance(at)
                nodes += inner
            elif token & 0x3f == 1:
                node, at = self.element(at, values, definition)
                nodes.append(node)
            else:
                raise Broken('token 0x%02x at %d' % (token, at))
        raise Broken('no end token')

    def element(self, at, values, definition):
        has_attrs = self.chunk[at] & 0x40
        depends = u16(self.chunk, at + 1) if definition else 0xffff
        at += 3 if definition else 1
        end = at + 4 + u32(self.chunk, at)
        name, at = self.name_token(at + 4)
        node = Element(name)
        if depends != 0xffff:
            self.dependencies[name] = depends
        if has_attrs:
            at = self.attributes(node, at, values)
        closer = self.chunk[at]
        self.tokens.add(closer)
        at += 1
        if closer == 2:
            at = self.content(node.kids, at, values, definition)
        elif closer != 3:
            raise Broken('token 0x%02x closes a start tag' % closer)
        if at != end:
            raise Broken('element %s ends at %d, not %d' % (name, at, end))
        return node, at

    def attributes(self, node, at, values):
        end = at + 4 + u32(self.chunk, at)
        at += 4
        while at < end:
            token = self.chunk[at]
            self.tokens.add(token)
            if token & 0x3f != 6:
                raise Broken('token 0x%02x in attributes' % token)
            name, at = self.name_token(at + 1)
            content = []
            while at < end and self.chunk[at] & 0x3f != 6:
                at = self.item(content, at, values, False)
            if bool(token & 0x40) != (at < end):
                raise Broken('attribute %s: more-data flag' % name)
            if not any(is_absent(c) for c in content):
                node.attrs[name] = content
        return at

    def content(self, kids, at, values, definition):
        while self.chunk[at] != 4:
            token = self.chunk[at]
            at = self.item(kids, at, values, definition)
            if token & 0x3f in TEXTS:
                more = self.chunk[at] & 0x3f in TEXTS
                if bool(token & 0x40) != more:
                    raise Broken('text at %d: more-data flag' % at)
        self.tokens.add(4)
        return at + 1

    def item(self, out, at, values, definition):
        """One piece of content; appends it to `out`."""
        token = self.chunk[at]
        self.tokens.add(token)
        kind = token & 0x3f
        if kind == 1:
            node, at = self.element(at, values, definition)
            out.append(node)
            return at
        if kind in (0x0d, 0x0e):
            hole = u16(self.chunk, at + 1)
            self.substitute(out, values[hole], kind == 0x0e)
            return at + 4
        if kind == 9:
            name, at = self.name_token(at + 1)
            out.append(ENTITIES.get(name, '&%s;' % name))
            return at
        if kind == 8:
            out.append(chr(u16(self.chunk, at + 1)))
            return at + 3
        if kind == 0x0a:
            return self.name_token(at + 1)[1]
        if kind in (5, 7, 0x0b):
            return self.text(out, at, kind)
        raise Broken('token 0x%02x in content' % token)

    def text(self, out, at, kind):
        if kind == 5 and self.chunk[at + 1] != 1:
            raise Broken('text of type %d' % self.chunk[at + 1])
        at += 2 if kind == 5 else 1
        count = u16(self.chunk, at)
        if kind != 0x0b:
            out.append(wide(self.chunk[at + 2:at + 2 + 2 * count]))
        return at + 2 + 2 * count

    @staticmethod
    def substitute(out, value, optional):
        value.optional = optional
        out.append(value)

    def instance(self, at):
        """A template instance at its token 0x0c."""
        offset = u32(self.chunk, at + 6)
        identifier = self.chunk[at + 2:at + 6]
        at += 10
        size = u32(self.chunk, offset + 20)
        if self.chunk[offset + 4:offset + 8] != identifier:
            raise Broken('no definition at %d' % offset)
        self.definitions.append((at - 10, offset))
        if offset == at:
            at += 24 + size
        values, at = self.values(at)
        nodes, end = self.fragment(offset + 24, offset + 24 + size, values,
                                   True)
        if end != offset + 24 + size:
            raise Broken('definition ends early')
        return nodes, at

    def values(self, at):
        count = u32(self.chunk, at)
        at += 4
        heads = [(u16(self.chunk, at + 4 * i), self.chunk[at + 4 * i + 2])
                 for i in range(count)]
        at += 4 * count
        values = []
        for size, code in heads:
            values.append(self.value(at, size, code))
            at += size
        return values, at

    def value(self, at, size, code):
        raw = bytes(self.chunk[at:at + size])
        if code != 0x21:
            return Value(code, raw)
        nodes, end = [], at + size
        while at < end:
            more, at = self.fragment(at, end)
            nodes += more
        return Value(code, raw, nodes)


def is_absent(content):
    return isinstance(content, Value) and content.code == 0


class Record:
    def __init__(self, chunk, at, offset):
        self.offset, self.at = offset, at
        self.size = u32(chunk, at + 4)
        self.header_id = u64(chunk, at + 8)
        self.header_time = u64(chunk, at + 16)
        self.size_copy = u32(chunk, at + self.size - 4)
        self.parser = Parser(chunk)

    def event(self):
        end = self.at + self.size - 4
        nodes, _ = self.parser.fragment(self.at + 24, end)
        if len(nodes) != 1 or nodes[0].name != 'Event':
            raise Broken('no single Event')
        return nodes[0]


class Chunk:
    def __init__(self, data, offset):
        self.offset, self.data = offset, data[offset:offset + CHUNK]
        b = self.data
        self.magic = bytes(b[:8])
        self.first_number, self.last_number = u64(b, 8), u64(b, 16)
        self.first_id, self.last_id = u64(b, 24), u64(b, 32)
        self.last_record, self.free = u32(b, 44), u32(b, 48)
        self.records_crc, self.flags = u32(b, 52), u32(b, 120)
        self.header_crc = u32(b, 124)

    def records(self, start=512, end=None):
        at, end = start, min(end or self.free, len(self.data))
        while at + 28 <= end and self.data[at:at + 4] == b'**\0\0':
            size = u32(self.data, at + 4)
            if size < 28 or at + size > end:
                return
            yield Record(self.data, at, self.offset + at)
            at += size


def chunks(data, offsets=None):
    for at in offsets or range(4096, len(data), CHUNK):
        if data[at:at + 8] == b'ElfChnk\0':
            yield Chunk(data, at)


def read(path, offsets=None):
    """Every record of a file in file order."""
    with open(path, 'rb') as f:
        data = f.read()
    return [r for c in chunks(data, offsets) for r in c.records()]


def leaves(event):
    """The leaf elements of the body as the list of expectations has them."""
    out = []
    for name in ('EventData', 'UserData'):
        for kid in event.kids:
            if isinstance(kid, Element) and kid.name == name:
                inner = expanded(kid)
                tops = [kid] if name == 'EventData' else elements(inner)
                for top in tops:
                    for e in elements(expanded(top)):
                        walk(e, [top.name], out)
    return out


def expanded(element):
    """The children, with those inside values of BinXML in their place."""
    out = []
    for kid in element.kids:
        if isinstance(kid, Value) and kid.nodes is not None:
            out += kid.nodes
        else:
            out.append(kid)
    return out


def elements(nodes):
    return [n for n in nodes if isinstance(n, Element)]


def body(event):
    """The event with its body put in the place of the hole."""
    event.kids = expanded(event)
    return event


def walk(element, path, out):
    if elements(element.kids):
        for kid in elements(element.kids):
            walk(kid, path + [element.name], out)
        return
    leaf = {'element': element.name, 'path': path,
            'name': text_of(element.attrs['Name'])
            if 'Name' in element.attrs else None}
    if element.attrs:
        leaf['attributes'] = {k: text_of(v)
                              for k, v in element.attrs.items()}
    leaf['type'], leaf['value'] = content_of(element.kids)
    if len(element.kids) == 1 and isinstance(element.kids[0], Value):
        if element.kids[0].nodes is None:
            leaf['raw'] = element.kids[0].raw.hex()
    out.append(leaf)


def content_of(kids):
    if len(kids) == 1 and isinstance(kids[0], Value):
        return kids[0].type, kids[0].text
    if not kids:
        return 'text', None
    return 'text', text_of(kids)
