# SPDX-License-Identifier: Apache-2.0
"""mkevtx writes files that other readers read, value for value.

Three readers judge: libevtx (evtxexport), python-evtx, and evtxwalk.py of
these tests, which reads everything. Where the first two do not support a
feature, the test says what they do instead.
"""
import os
import struct
import sys
import zlib

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import evtxwalk  # noqa: E402
import mkevtx_tools as tools  # noqa: E402

pytestmark = pytest.mark.of_tests

ALL = ('--events', 'all:3')


def rising(numbers):
    return all(a < b for a, b in zip(numbers, numbers[1:]))


# --- what every file must fulfil -----------------------------------------

def replaced(value):
    """Lone surrogates are U+FFFD in the list of expectations."""
    if isinstance(value, list):
        return [replaced(v) for v in value]
    if value is None:
        return None
    raw = value.encode('utf-16-le', 'surrogatepass')
    out, i = '', 0
    while i < len(raw):
        unit = struct.unpack_from('<H', raw, i)[0]
        low = raw[i + 2:i + 4]
        if 0xd800 <= unit < 0xdc00 and len(low) == 2 and \
                0xdc00 <= struct.unpack('<H', low)[0] < 0xe000:
            out += raw[i:i + 4].decode('utf-16-le')
            i += 4
            continue
        out += '\ufffd' if 0xd800 <= unit < 0xe000 else chr(unit)
        i += 2
    return out


def same_value(want, got):
    kind = want['type']
    if kind == 'float':
        return struct.pack('<f', float(want['value'])).hex() == got['raw']
    if kind == 'double':
        return float(want['value']) == float(got['value'])
    if kind in ('float[]', 'double[]'):
        return [float(v) for v in want['value']] == \
            [float(v) for v in got['value']]
    return want['value'] == replaced(got['value'])


def check_leaves(want, event):
    got = evtxwalk.leaves(evtxwalk.body(event))
    assert [(w['element'], w['name'], w['path']) for w in want] == \
        [(g['element'], g['name'], g['path']) for g in got]
    for w, g in zip(want, got):
        assert w['type'] == g['type'], w
        assert same_value(w, g), (w, g)
        assert w.get('attributes') == g.get('attributes')
        assert w.get('raw') == g.get('raw')


def system_text(event, name, attr=None):
    node = event.first('System').first(name)
    if node is None or (attr and attr not in node.attrs):
        return None
    content = node.attrs[attr] if attr else node.kids
    if all(evtxwalk.is_absent(c) for c in content):
        return None
    return evtxwalk.text_of(content)


def check_system(line, event):
    numbers = (('record', 'EventRecordID'), ('event_id', 'EventID'),
               ('version', 'Version'), ('level', 'Level'), ('task', 'Task'),
               ('opcode', 'Opcode'))
    for key, name in numbers:
        got = system_text(event, name)
        assert (None if got is None else int(got)) == line[key], key
    assert system_text(event, 'Keywords') == line['keywords']
    assert system_text(event, 'TimeCreated', 'SystemTime') == line['time']
    assert system_text(event, 'Channel') == line['channel']
    assert system_text(event, 'Computer') == line['computer']
    assert system_text(event, 'Provider', 'Name') == line['provider']
    assert system_text(event, 'Security', 'UserID') == line['user']
    for key, attr in (('pid', 'ProcessID'), ('tid', 'ThreadID')):
        got = system_text(event, 'Execution', attr)
        assert (None if got is None else int(got)) == line[key]
    for key, attr in (('activity', 'ActivityID'),
                      ('related', 'RelatedActivityID')):
        got = system_text(event, 'Correlation', attr)
        assert (got and got.strip('{}')) == line[key]


def check_walk(made, offsets=None):
    """evtxwalk finds exactly what was expected, where it was expected."""
    records = evtxwalk.read(made.path, offsets)
    assert [r.offset for r in records] == [x['offset'] for x in made.lines]
    for line, record in zip(made.lines, records):
        assert record.size == line['size']
        assert record.header_id == line['header_id']
        assert record.header_time == line['header_time']
        event = record.event()
        check_system(line, event)
        check_leaves(line['data'], event)
    return records


def check_texts(made, reading, skip=()):
    """A reader's XML has every System value and leaf of the expectations."""
    assert reading.error == ''
    assert len(reading.events) == len(made.lines)
    for line, text in zip(made.lines, reading.events):
        event = tools.parse(text)
        check_system_text(line, tools.system(event))
        got = tools.leaves(event)
        want = [x for x in line['data'] if x['name'] not in skip]
        got = [g for g in got if g[1] not in skip]
        assert [(w['element'], w['name']) for w in want] == \
            [g[:2] for g in got]
        for w, (_, _, value) in zip(want, got):
            assert reading.spell(w['type'], w['value']) == \
                tools.plain(w['type'], value), w


def check_system_text(line, got):
    assert int(got['EventRecordID']) == line['record']
    assert int(got['EventID']) == line['event_id']
    assert got['Channel'] == line['channel']
    assert got['Computer'] == line['computer']
    assert got['Provider/Name'] == line['provider']
    assert int(got['Keywords'], 16) == int(line['keywords'], 16)
    for key, name in (('version', 'Version'), ('level', 'Level'),
                      ('task', 'Task'), ('opcode', 'Opcode'),
                      ('pid', 'Execution/ProcessID'),
                      ('tid', 'Execution/ThreadID')):
        assert int(got[name]) == line[key], key
    if line['user']:
        assert got['Security/UserID'] == line['user']
    # python-evtx computes times with floating point: to the millisecond.
    stamp = got['TimeCreated/SystemTime'].replace(' ', 'T')
    if '.' in stamp:
        assert abs(float('0.' + stamp.rstrip('Z').split('.')[1]) -
                   float('0.' + line['time'].rstrip('Z').split('.')[1])) \
            < 0.001
    assert stamp[:19] == line['time'][:19]


def check_chunk(chunk):
    """Checksums, counters, and both hash tables."""
    b = chunk.data
    assert zlib.crc32(b[512:chunk.free]) == chunk.records_crc
    assert zlib.crc32(b[:120] + b[128:512]) == chunk.header_crc
    records = list(chunk.records())
    assert chunk.last_number - chunk.first_number + 1 == len(records)
    assert chunk.first_id == records[0].header_id
    assert chunk.last_id == records[-1].header_id
    assert chunk.last_record == records[-1].at
    assert records[-1].at + records[-1].size == chunk.free
    for r in records:
        assert r.size == r.size_copy and r.size % 8 == 0
    check_templates(b, records)
    check_names(b, set().union(*(r.parser.names for r in records)))


def hash_of(units):
    h = 0
    for i in range(0, len(units), 2):
        h = (h * 65599 + struct.unpack_from('<H', units, i)[0]) & 0xffffffff
    return h & 0xffff


def check_names(b, used):
    """Every name that a token refers to hangs in its bucket, once."""
    seen, places = set(), set()
    for bucket in range(64):
        at = evtxwalk.u32(b, 128 + 4 * bucket)
        while at:
            units = b[at + 8:at + 8 + 2 * evtxwalk.u16(b, at + 6)]
            assert hash_of(units) == evtxwalk.u16(b, at + 4)
            assert hash_of(units) % 64 == bucket
            assert units not in seen
            seen.add(units)
            places.add(at)
            after = evtxwalk.u32(b, at)
            assert after < at
            at = after
    assert places == used and 'Event'.encode('utf-16-le') in seen


def check_templates(b, records):
    known = set()
    for bucket in range(32):
        at = evtxwalk.u32(b, 384 + 4 * bucket)
        while at:
            assert hash_of(b[at + 4:at + 20]) % 32 == bucket
            known.add(at)
            at = evtxwalk.u32(b, at)
    used, first = set(), {}
    for r in records:
        r.event()
        for where, definition in r.parser.definitions:
            used.add(definition)
            first.setdefault(definition, where)
    assert used == known
    # Defined where a chunk first uses it: ten bytes behind the token.
    assert all(where + 10 == at for at, where in first.items())


def check_file_header(made):
    h = made.data[:4096]
    chunks = list(evtxwalk.chunks(made.data))
    assert h[:8] == b'ElfFile\0'
    assert struct.unpack_from('<QQQIHHHH', h, 8) == (
        0, len(chunks) - 1, made.lines[-1]['header_id'] + 1, 128, 1, 3, 4096,
        len(chunks) & 0xffff)
    assert evtxwalk.u32(h, 120) == 0
    assert zlib.crc32(h[:120]) == evtxwalk.u32(h, 124)
    assert len(made.data) == 4096 + 65536 * len(chunks)


def check_all(made):
    check_file_header(made)
    for chunk in evtxwalk.chunks(made.data):
        check_chunk(chunk)
    return check_walk(made)


# --- the catalog ----------------------------------------------------------

KNOWN = {1102, 4624, 4625, 4634, 4648, 4662, 4663, 4672, 4688, 4720, 4728,
         4732, 4768, 4769, 4776, 4798, 4799, 5140, 5156, 7045, 1, 4104, 8002,
         8004}


def test_every_known_event_is_read_by_all(tmp_path):
    made = tools.make(tmp_path, *ALL, '--computer', 'A.example,B.example')
    assert {x['event_id'] for x in made.lines} == KNOWN
    check_all(made)
    check_texts(made, tools.evtxexport(made.path))
    check_texts(made, tools.python_evtx(made.path))


def test_raw_style_text_ends_with_nul(tmp_path):
    made = tools.make(tmp_path, *ALL, '--raw-style')
    texts = [d for x in made.lines for d in x['data']
             if d['type'] == 'string']
    assert texts and all(d['raw'].endswith('0000') for d in texts)
    check_all(made)
    check_texts(made, tools.evtxexport(made.path))
    check_texts(made, tools.python_evtx(made.path))


def test_applocker_lengths_are_those_of_their_texts(tmp_path):
    made = tools.make(tmp_path, '--events', 'AppLocker:8004:40')
    for line in made.lines:
        assert line['channel'] == 'Microsoft-Windows-AppLocker/EXE and DLL'
        data = {d['element']: d for d in line['data']}
        assert len(data) == 18
        for name in ('PolicyName', 'RuleName', 'RuleSddl', 'FilePath',
                     'Fqbn', 'FullFilePath'):
            length = int(data[name + 'Length']['value'])
            assert length == len(data[name]['value'])
        assert int(data['FileHashLength']['value']) == 32
        assert len(data['FileHash']['value']) == 64


def test_security_fields_are_those_of_the_manifest(tmp_path):
    corpus = os.environ.get('EVTX_CORPUS')
    if not corpus:
        pytest.skip('EVTX_CORPUS is not set: no list of manifests')
    fields = {}
    with open(os.path.join(corpus, 'sentinel',
                           'security_auditing_templates.tsv')) as f:
        for row in f.read().splitlines()[1:]:
            event, version, names = row.split('\t')
            fields[int(event), int(version)] = [
                n.split('(')[0] for n in names.split(',')]
    events = '4624v0,4624v1,4624,4663v0,4688v0,4688v1,4728v0,4732v0,5156v0'
    made = tools.make(tmp_path, '--events', 'all,' + events)
    checked = 0
    for line in made.lines:
        if line['provider'] != 'Microsoft-Windows-Security-Auditing':
            continue
        names = [d['name'] for d in line['data']]
        assert names == fields[line['event_id'], line['version']]
        checked += 1
    assert checked >= 30


def test_elements_depend_on_their_value(tmp_path):
    """Dependency ids as in Windows' own templates of System."""
    made = tools.make(tmp_path, '--events', '4624,7045')
    for record in check_all(made):
        record.event()
        found = record.parser.dependencies
        assert [found[n] for n in ('Level', 'Opcode', 'Task', 'EventID',
                                   'Keywords', 'EventRecordID', 'Version')] \
            == [0, 1, 2, 3, 5, 10, 11]
        assert 'Data' not in found and 'Execution' not in found


def test_values_are_plausible(tmp_path):
    made = tools.make(tmp_path, '--events', 'all:10')
    for line in made.lines:
        for d in line['data']:
            name, value = d['name'] or d['element'], d['value']
            if name in ('IpPort', 'SourcePort', 'DestPort'):
                assert 0 <= int(value) <= 65535
            if name.endswith('UserSid'):
                assert value.startswith(('S-1-5-', 'S-1-0-0'))
            if name == 'LogonType':
                assert 2 <= int(value) <= 11
    failed = [x for x in made.lines if x['event_id'] in (4625, 4768, 4776)]
    for line in failed:
        status = next(d['value'] for d in line['data']
                      if d['name'] == 'Status')
        bad = int(line['keywords'], 16) & 0x10000000000000 != 0
        assert bad == (int(status, 16) != 0)


# --- quick use ------------------------------------------------------------

def test_same_command_same_bytes(tmp_path):
    args = ('--events', '4624:9,Sysmon:1:3', '--count', '500', '--seed', '7')
    a = tools.make(tmp_path, *args).data
    env = dict(os.environ, TZ='Asia/Tokyo', LC_ALL='de_DE.UTF-8',
               LANG='de_DE.UTF-8')
    other = tmp_path / 'other.evtx'
    assert tools.run('-o', other, *args, env=env).returncode == 0
    assert other.read_bytes() == a
    assert tools.make(tmp_path, *args[:-1], '8').data != a


def test_mix_count_times_and_records(tmp_path):
    made = tools.make(tmp_path, '--events', '4624:6,4625:3,4634', '--count',
                      '200', '--start', '2024-03-01T10:00:00Z', '--end',
                      '2024-03-01T11:00:00Z', '--first-record', '5000')
    ids = [x['event_id'] for x in made.lines]
    assert (ids.count(4624), ids.count(4625), ids.count(4634)) == \
        (120, 60, 20)
    assert [x['record'] for x in made.lines] == list(range(5000, 5200))
    assert rising([x['filetime'] for x in made.lines])
    assert made.lines[0]['time'] >= '2024-03-01T10:00'
    assert made.lines[-1]['time'] < '2024-03-01T11:00'
    check_all(made)


def test_size_is_reached_and_streamed(tmp_path):
    path = tmp_path / 'large.evtx'
    assert tools.run('-o', path, '--size', '40M').returncode == 0
    size = path.stat().st_size
    assert 40 << 20 <= size < (40 << 20) + 65536 + 1
    data = path.read_bytes()
    last = list(evtxwalk.chunks(data, [4096, size - 65536]))
    for chunk in last:
        check_chunk(chunk)
    assert last[1].last_number == last[1].last_id
    assert struct.unpack_from('<H', data, 42)[0] == (size - 4096) // 65536


def test_beyond_4_gib_and_65535_chunks(tmp_path):
    """Few records a chunk would do, but the file is as large either way."""
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    if not os.environ.get('EVTX_LARGE') or free < 6 << 30:
        pytest.skip('EVTX_LARGE is not set, or less than 6 GiB are free')
    path = tmp_path / 'huge.evtx'
    assert tools.run('-o', path, '--size', '4300M').returncode == 0
    size = path.stat().st_size
    count = (size - 4096) // 65536
    assert count > 65535
    with open(path, 'rb') as f:
        header = f.read(4096)
        f.seek(size - 65536)
        chunk = evtxwalk.Chunk(f.read(65536), 0)
    assert struct.unpack_from('<QQ', header, 8) == (0, count - 1)
    assert struct.unpack_from('<H', header, 42)[0] == count & 0xffff
    check_chunk(chunk)
    path.unlink()


def test_export_style_header_lies(tmp_path):
    made = tools.make(tmp_path, '--events', '4624', '--count', '300',
                      '--export-style', '--first-record', '9000')
    lines = made.lines
    assert [x['header_id'] for x in lines] == list(range(1, 301))
    assert [x['record'] for x in lines] == list(range(9000, 9300))
    for line, after in zip(lines, lines[1:]):
        assert line['header_time'] == after['filetime']
    assert lines[-1]['header_time'] == 0
    assert len({x['chunk'] for x in lines}) > 1
    check_all(made)
    check_texts(made, tools.evtxexport(made.path))


@pytest.mark.parametrize('args', [
    (), ('-o', 'x'), ('--events', '9999'), ('--odd', 'nonsense'),
    ('--size', 'many'), ('--start', 'yesterday'), ('operand',),
    ('--start', '2024-01-02', '--end', '2024-01-01')])
def test_mistakes_end_with_2(tmp_path, args):
    if args == ('-o', 'x'):
        args = ('-o', str(tmp_path / 'x'), '--describe', '/nonexistent')
    elif args:
        args = ('-o', str(tmp_path / 'x'), *args)
    done = tools.run(*args)
    assert done.returncode == 2
    assert done.stderr.startswith('mkevtx: ')


def test_help_names_every_odd_shape():
    done = tools.run('--help')
    assert done.returncode == 0 and done.stdout.startswith('Usage: mkevtx')
    for name in ('dirty', 'no-template', 'cdata', 'arrays', 'slack'):
        assert '\n  ' + name in done.stdout
