# SPDX-License-Identifier: Apache-2.0
"""Logs that ask for far more work or memory than their bytes are worth: each
ends within 10 s and 1 s a MB, in bounded memory, and decides over nothing but
itself. The logs are written here, byte by byte: the generator writes sound
ones only."""
import os
import signal
import struct
import subprocess
import sys
import time
import zlib

import pytest
from stage_tools import CHUNK, FILE_HEADER, Staging, closes, program, seal

HEAD = 512          # of a chunk
TIME = 0x01da000000000000
FRAGMENT = b'\x0f\x01\x01\x00'
EVIL = 'evil.evtx'
GOOD = 'testdata/good-security-mixed.evtx'


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

    def text(self, text):
        data = text.encode('utf-16-le')
        self.out += struct.pack('<BBH', 5, 1, len(data) // 2) + data

    def hole(self, number, type_):
        self.out += struct.pack('<BHB', 0x0d, number, type_)

    def close(self):
        self.out += b'\x04'


def instance(offset, values=(), definition=b''):
    """Template number 7 at an offset, with strings as its values."""
    data = [v.encode('utf-16-le') for v in values]
    return (FRAGMENT + struct.pack('<BBII', 0x0c, 1, 7, offset) +
            definition + struct.pack('<I', len(data)) +
            b''.join(struct.pack('<HBB', len(d), 1, 0) for d in data) +
            b''.join(data) + b'\0')


def definition_at(chunk):
    """Where a definition of the next record stands, and its content."""
    at = chunk.at() + 14
    return at, Xml(at + 24 + 4)


def define(xml):
    content = FRAGMENT + bytes(xml.out)
    return (struct.pack('<IIIIII', 0, 7, 1, 2, 3, len(content)) + content)


# --- the logs --------------------------------------------------------------

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


def system(chunk, computer):
    at, xml = definition_at(chunk)
    xml.open('Event')
    xml.open('System')
    xml.open('Channel')
    xml.hole(0, 1)
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


LOGS = {
    'failing definition': failing_definition,
    'huge definitions': huge_definitions,
    'overlapping definitions': overlapping_definitions,
    'many logs': many_logs,
    'long values': long_values,
}
# Without lines, which would be capped.
ARGS = {'many logs': ['-s', 'none']}
DAMAGED = {'failing definition', 'huge definitions',
           'overlapping definitions', 'long values'}


# A child's peak memory starts at that of the process that starts it, so a small
# one does.
MEASURE = """
import resource, subprocess, sys
with open(sys.argv[1], 'wb') as err:
    status = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL,
                            stderr=err).returncode
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


def run(folder, out, *args):
    """Status, seconds of processor time, KiB."""
    done = subprocess.run(
        [sys.executable, '-S', '-E', '-c', MEASURE, folder / 'err',
         program('tools/evtxstage'), '-q', '-o', out, *args],
        check=True, stdout=subprocess.PIPE, cwd=folder, timeout=120)
    status, seconds, kib = done.stdout.split()
    return int(status), float(seconds), int(kib)


def check(folder, kind, chunks, *args):
    evil = folder / EVIL
    evil.write_bytes(LOGS[kind](chunks))
    good = os.path.join(os.path.dirname(__file__), '..', '..', GOOD)
    out = folder / 'out'
    args = [*ARGS.get(kind, ['-s', 'any']), *args]
    status, seconds, kib = run(folder, out, '-j1', *args, good, evil)
    assert status == (3 if kind in DAMAGED else 0), \
        (folder / 'err').read_text()
    assert seconds < 10 + evil.stat().st_size / 2**20
    assert kib < 64 * 1024 + 32 * 1024
    staging = Staging(out)
    assert closes(staging.manifest['accounting'])
    of = {os.path.basename(s['name']): s for s in staging.sources}
    assert of[os.path.basename(GOOD)]['accounting']['found'] == 101
    account = of[EVIL]['accounting']
    assert account['found'] >= 15 * chunks
    assert (account['damaged'] > 0) == (kind in DAMAGED)
    return staging, account


@pytest.mark.parametrize('kind', LOGS)
def test_a_log_of_little_and_much_work(tmp_path, kind):
    staging, _ = check(tmp_path, kind, 2)
    again = tmp_path / 'again'
    good = os.path.join(os.path.dirname(__file__), '..', '..', GOOD)
    run(tmp_path, again, '-j3', *ARGS.get(kind, ['-s', 'any']), good,
        tmp_path / EVIL)
    assert Staging(again).content() == staging.content()


@pytest.mark.slow
@pytest.mark.unsanitized
@pytest.mark.parametrize('schema', [
    'securityevent', 'windowsevent', 'event', 'raw', 'ecs'])
@pytest.mark.parametrize('kind', LOGS)
def test_work_is_bounded(tmp_path, kind, schema):
    check(tmp_path, kind, 32, '--schema', schema)


def test_a_definition_that_fails_is_damage_of_its_records(tmp_path):
    staging, account = check(tmp_path, 'failing definition', 1)
    assert account['damaged'] == account['found']


def test_what_is_beyond_the_work_of_a_chunk_says_so(tmp_path):
    staging, account = check(tmp_path, 'huge definitions', 1)
    assert 0 < account['damaged'] < account['found']
    assert any('more work than a chunk may' in d['reason']
               for d in staging.damage)


def test_all_logs_are_known(tmp_path):
    staging, account = check(tmp_path, 'many logs', 2)
    logs = [line for line in staging.logs
            if line.get('channel', '').startswith('c')]
    assert len({line['channel'] for line in logs}) == account['found']


@pytest.mark.unsanitized
@pytest.mark.parametrize('decoder, jobs', [
    ('native', '-j2'),
    pytest.param('native', '-j1', marks=pytest.mark.slow),
    pytest.param('both', '-j2', marks=pytest.mark.slow)])
def test_a_run_stops_in_the_middle_of_much_work(tmp_path, decoder, jobs):
    """The jobs that are queued would take ten seconds more."""
    evil = tmp_path / EVIL
    evil.write_bytes(LOGS['long values'](128))
    argv = [program('tools/evtxstage'), '-q', '-o', tmp_path / 'out', jobs,
            '--schema', 'windowsevent', '--decoder', decoder, evil]
    with subprocess.Popen(argv, stderr=subprocess.PIPE) as run:
        time.sleep(1)
        run.send_signal(signal.SIGTERM)
        since = time.monotonic()
        err = run.communicate()[1].decode()
        took = time.monotonic() - since
    assert run.returncode == 143, err
    assert took < 2 + 1, err
