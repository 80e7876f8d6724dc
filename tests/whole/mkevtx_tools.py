# SPDX-License-Identifier: Apache-2.0
"""Runs mkevtx and the readers that judge what it writes."""
import base64
import json
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CONTROL = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f]')


def program():
    """The generator: $MKEVTX, or the one in the build directory."""
    build = os.environ.get('EVTX_BUILDDIR', ROOT)
    built = os.path.join(build, 'tests', 'mkevtx', 'mkevtx')
    return os.path.abspath(os.environ.get('MKEVTX', built))


def run(*args, text=None, env=None):
    return subprocess.run([program(), *map(str, args)], input=text,
                          capture_output=True, text=True, env=env)


class Made:
    """A generated file and what should be in it."""

    def __init__(self, path, lines):
        self.path, self.lines = path, lines

    @property
    def data(self):
        with open(self.path, 'rb') as f:
            return f.read()


def make(folder, *args, text=None):
    path, expect = folder / 'made.evtx', folder / 'made.ndjson'
    done = run('-o', path, '--expect', expect, *args, text=text)
    assert done.returncode == 0, done.stderr
    with open(expect, encoding='utf-8') as f:
        return Made(str(path), [json.loads(line) for line in f])


def describe(folder, text, *args):
    return make(folder, '--describe', '-', *args, text=text)


class Reading:
    """What a reader made of a file: events, and why it stopped."""

    def __init__(self, events, error, spell):
        self.events, self.error, self.spell = events, error, spell


def libevtx_spells(type_, text):
    """libevtx 20181227 reads every character beyond the first plane 0x3ff
    too low (U+1F600 as U+1F201)."""
    text = plain(type_, text)
    return ''.join(chr(ord(c) - 0x3ff) if ord(c) > 0xffff else c
                   for c in text)


def python_spells(type_, text):
    """python-evtx writes binary values in base64."""
    if type_ == 'binary':
        return base64.b64encode(bytes.fromhex(text)).decode()
    return plain(type_, text)


def evtxexport(path):
    """libevtx by its tool, which stops at the first record it refuses."""
    done = subprocess.run(['evtxexport', '-f', 'xml', path],
                          capture_output=True)
    text = done.stdout.decode('utf-8', 'replace')
    events = re.findall(r'<Event .*?</Event>|<Event .*?(?=\n\n<Event |\Z)',
                        text, re.S)
    error = done.stderr.decode('utf-8', 'replace')
    refused = re.findall(r'Unable to export record.*', text)
    return Reading(events, error + ''.join(refused), libevtx_spells)


def python_evtx(path):
    """python-evtx, record by record; a refused one is its exception."""
    from Evtx import Evtx
    events, errors = [], []
    with Evtx.Evtx(path) as log:
        for record in log.records():
            try:
                events.append(record.xml())
            except Exception as e:  # its own and Python's, of many kinds
                events.append(None)
                errors.append('%s: %s' % (type(e).__name__, e))
    return Reading(events, '\n'.join(errors), python_spells)


TAG = re.compile(r'<(?:!\[CDATA\[(?P<cdata>.*?)\]\]>|(?P<end>/)?'
                 r'(?P<name>[^\s<>/!?]+)(?P<attrs>(?:\s+[^\s=]+="[^"]*")*)'
                 r'\s*(?P<empty>/)?>)', re.S)
ATTR = re.compile(r'([^\s=]+)="([^"]*)"')


class Node:
    def __init__(self, name, attrs):
        self.name, self.attrs, self.kids, self.text = name, attrs, [], ''


def unescape(s):
    def one(m):
        if m.group(1)[0] == '#':
            return chr(int(m.group(1)[1:]))
        return {'lt': '<', 'gt': '>', 'amp': '&', 'quot': '"',
                'apos': "'"}[m.group(1)]
    return re.sub(r'&(#\d+|lt|gt|amp|quot|apos);', one, s)


def parse(text):
    """A forgiving XML parser: readers print what XML does not allow."""
    top = Node('', {})
    stack, at = [top], 0
    for m in TAG.finditer(text):
        stack[-1].text += unescape(text[at:m.start()])
        at = m.end()
        if m.group('cdata') is not None:
            stack[-1].text += m.group('cdata')
        elif m.group('end'):
            stack.pop()
        else:
            attrs = {k: unescape(v)
                     for k, v in ATTR.findall(m.group('attrs'))}
            node = Node(m.group('name'), attrs)
            stack[-1].kids.append(node)
            if not m.group('empty'):
                stack.append(node)
    stack[-1].text += unescape(text[at:]).rstrip('\n')
    return top.kids[0]


def leaves(event):
    """(element, name, text) of each leaf of the body, in order."""
    out = []

    def walk(node):
        if node.kids:
            for kid in node.kids:
                walk(kid)
        else:
            out.append((node.name, node.attrs.get('Name'), node.text))

    for part in event.kids:
        if part.name in ('EventData', 'UserData'):
            for kid in part.kids:
                walk(kid)
    return out


def system(event):
    """The System element as a flat dictionary of text."""
    out = {}
    for node in event.kids[0].kids:
        out[node.name] = node.text
        for name, value in node.attrs.items():
            out[node.name + '/' + name] = value
    return out


def plain(type_, text):
    """One spelling for values that readers spell differently."""
    if text is None:
        return ''
    text = CONTROL.sub('', text)
    if type_ in ('hex32', 'hex64', 'size', 'handle'):
        return str(int(text, 0))
    if type_ in ('float', 'double'):
        return '%.6e' % float(text)
    if type_ == 'guid':
        return text.strip('{}').upper()
    if type_ == 'bool':
        return text.lower()
    if type_ in ('filetime', 'systemtime'):
        seconds, _, fraction = text.rstrip('Z').partition('.')
        return seconds.replace(' ', 'T') + '.' + fraction.rstrip('0')
    return text
