# SPDX-License-Identifier: Apache-2.0
"""A slow evaluator of event log queries, written apart from the program.

It works on rows of the schema raw, turned back into elements, and does what
XPath 1.0 says with node sets: a path gives a list of nodes, a comparison holds
when one of them fits. It knows nothing of templates, types and programs.
"""
import fnmatch
import re
from datetime import datetime, timezone

TOKEN = re.compile(r"""\s*(?:(?P<name>[A-Za-z_\u0080-\U0010ffff][\w.\-]*)
    |(?P<number>0x[0-9A-Fa-f]+|\d+)|'(?P<single>[^']*)'|"(?P<double>[^"]*)"
    |(?P<op>&lt;=|&gt;=|&lt;|&gt;|<=|>=|!=|=|<|>)
    |(?P<mark>[*@/()\[\],]))""", re.X)
MIRROR = {'<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=', '!=': '!='}
TIME = re.compile(r'(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?)?Z?$')
GUID = re.compile(r'\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})'
                  r'\}?$')
NUMBER = re.compile(r'\s*(?:(0x[0-9A-Fa-f]+)|(-?\d+(?:\.\d*)?))\s*$')


# --- events ---------------------------------------------------------------

class Node:
    def __init__(self, name, text=None, attributes=(), kids=()):
        self.name, self.text = name, text
        self.attributes, self.kids = list(attributes), list(kids)

    def add(self, name, value):
        """An element as raw writes it."""
        if isinstance(value, dict) and list(value) == ['#text']:
            value = value['#text']
        if isinstance(value, list):
            for item in value:
                self.add(name, item)
        elif isinstance(value, dict):
            self.kids.append(element(name, value))
        else:
            self.kids.append(Node(name, text_of(value)))


def text_of(value):
    if value is None:
        return ''
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return str(value)


def element(name, content):
    node = Node(name)
    for key, value in content.items():
        if key == '#attributes':
            node.attributes = [Node(k, text_of(v)) for k, v in value.items()
                               if k != 'xmlns' and not k.startswith('xmlns:')]
        elif key == '#text':
            node.text = text_of(value)
        elif name == 'EventData' and not isinstance(value, dict) \
                and key != 'Binary':
            node.kids.append(Node('Data', text_of(value),
                                  [Node('Name', key)]))
        else:
            node.add(key, value)
    if not node.kids and node.text is None:
        node.text = ''
    return node


def event(row):
    return element('Event', row['Event'])


# --- parsing --------------------------------------------------------------

class Parser:
    def __init__(self, text, now):
        self.now, self.tokens, at = now, [], 0
        text = text.rstrip()
        while at < len(text):
            match = TOKEN.match(text, at)
            assert match, text[at:]
            kind = match.lastgroup
            value = match.group(kind)
            if kind == 'op':
                value = value.replace('&lt;', '<').replace('&gt;', '>')
            if kind in ('single', 'double'):
                kind = 'string'
            self.tokens.append((kind, value))
            at = match.end()
        self.tokens.append(('end', ''))

    def peek(self, *values):
        return self.tokens[0][1].lower() in values \
            and self.tokens[0][0] != 'string'

    def take(self):
        return self.tokens.pop(0)

    def need(self, mark):
        assert self.take() == ('mark', mark)

    def either(self):
        terms = [self.both()]
        while self.peek('or'):
            self.take()
            terms.append(self.both())
        return lambda c: any(t(c) for t in terms)

    def both(self):
        terms = [self.term()]
        while self.peek('and'):
            self.take()
            terms.append(self.term())
        return lambda c: all(t(c) for t in terms)

    def term(self):
        left = self.operand()
        if self.tokens[0][0] != 'op':
            return left if callable(left) else lambda c: truth(left, c)
        op = self.take()[1]
        right = self.operand()
        if isinstance(left, Literal):
            left, right, op = right, left, MIRROR[op]
        return lambda c: compare(left.values(c), op, right)

    def operand(self):
        kind, value = self.tokens[0]
        if kind == 'mark' and value == '(':
            self.take()
            inner = self.either()
            self.need(')')
            return inner
        if kind in ('number', 'string'):
            self.take()
            return Literal(kind == 'string', value)
        if kind == 'name' and self.tokens[1] == ('mark', '('):
            return self.call()
        return self.path()

    def call(self):
        name = self.take()[1].lower()
        self.need('(')
        arguments = []
        while not self.peek(')'):
            arguments.append(self.operand())
            if self.peek(','):
                self.take()
        self.need(')')
        return Call(name, arguments, self.now)

    def path(self):
        steps = [self.step()]
        while self.peek('/'):
            self.take()
            steps.append(self.step())
        return Path(steps)

    def step(self):
        attribute = self.peek('@')
        if attribute:
            self.take()
        name = self.take()[1]
        filters = []
        while self.peek('['):
            self.take()
            if self.tokens[0][0] == 'number' and \
                    self.tokens[1] == ('mark', ']'):
                number = int(self.take()[1], 0)
                filters.append(lambda c, n=number: c[1] == n)
            else:
                filters.append(self.either())
            self.need(']')
        return attribute, name, filters


# --- evaluating: a context is (node, position) ----------------------------

class Literal:
    def __init__(self, quoted, text):
        self.quoted, self.text = quoted, text
        self.number = None if quoted else int(text, 0)


class Path:
    def __init__(self, steps):
        self.steps = steps

    def nodes(self, context):
        nodes = [context[0]]
        for attribute, name, filters in self.steps:
            found = []
            for node in nodes:
                fit = [n for n in (node.attributes if attribute
                                   else node.kids)
                       if name in ('*', n.name)]
                for keep in filters:
                    fit = [n for i, n in enumerate(fit, 1) if keep((n, i))]
                found += fit
            nodes = found
        return nodes

    def values(self, context):
        return [n.text for n in self.nodes(context) if not n.kids]


class Call:
    def __init__(self, name, arguments, now):
        self.name, self.arguments, self.now = name, arguments, now

    def values(self, context):
        if self.name == 'position':
            return [context[1]]
        if self.name == 'band':
            path, literal = sorted(self.arguments,
                                   key=lambda a: isinstance(a, Literal))
            numbers = [number(v) for v in path.values(context)]
            return [int(n) % 2**64 & literal.number for n in numbers
                    if n is not None]
        return list(self.differences(context))

    def differences(self, context):
        first, second = (self.arguments + [None])[:2]
        for a in ticks(first, context, self.now):
            for b in ticks(second, context, self.now):
                ms = abs(b - a) // 10000
                yield ms if b >= a else -ms


def ticks(argument, context, now):
    if argument is None:
        return [now]
    if isinstance(argument, Literal):
        return [argument.number]
    times = [filetime(v) for v in argument.values(context)]
    return [t for t in times if t is not None]


def truth(operand, context):
    if isinstance(operand, Path):
        return bool(operand.nodes(context))
    return any(operand.values(context))


def number(text):
    if isinstance(text, int):
        return text
    match = NUMBER.match(text)
    if not match:
        return None
    return int(match.group(1), 16) if match.group(1) else (
        float(match.group(2)) if '.' in match.group(2)
        else int(match.group(2)))


def filetime(text):
    match = TIME.match(text)
    if not match:
        return None
    day, clock, fraction = match.groups()
    try:
        at = datetime.strptime(day + ' ' + (clock or '00:00:00'),
                               '%Y-%m-%d %H:%M:%S')
    except ValueError:
        return None
    since = at.replace(tzinfo=timezone.utc) - \
        datetime(1601, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86400 + since.seconds) * 10**7 + \
        int((fraction or '0').ljust(7, '0')[:7])


def ordered(a, op, b):
    return {'=': a == b, '!=': a != b, '<': a < b, '<=': a <= b,
            '>': a > b, '>=': a >= b}[op]


def compare(values, op, literal):
    return any(fits(v, op, literal) for v in values)


def fits(value, op, literal):
    if not literal.quoted:
        n = number(value)
        return op == '!=' if n is None else ordered(n, op, literal.number)
    if op in ('=', '!='):
        return same(value, literal.text) == (op == '=')
    for read in (filetime, number):
        if read(literal.text) is not None:
            n = read(value)
            return n is not None and ordered(n, op, read(literal.text))
    return ordered(value.encode(), op, literal.text.encode())


def same(value, text):
    if GUID.match(text):
        match = GUID.match(value)
        return bool(match) and \
            match.group(1).lower() == GUID.match(text).group(1).lower()
    if 'T' in text and None not in (filetime(text), filetime(value)):
        return filetime(text) == filetime(value)
    return value == text


# --- queries --------------------------------------------------------------

class Query:
    """CHANNEL!XPATH; now is a FILETIME."""

    def __init__(self, text, now=0):
        self.channel, _, xpath = text.partition('!')
        parser = Parser(xpath, now)
        self.fits = parser.either()
        assert parser.tokens[0][0] == 'end', parser.tokens

    def takes(self, row):
        top = Node('', kids=[event(row)])
        return self.channel_fits(top.kids[0]) and self.fits((top, 1))

    def channel_fits(self, root):
        names = [c.text for s in root.kids if s.name == 'System'
                 for c in s.kids if c.name == 'Channel']
        name = names[0] if names else ''
        return fnmatch.fnmatchcase(name.lower(), self.channel.lower())
