# SPDX-License-Identifier: Apache-2.0
"""Every odd shape is really there, by the bytes, and what readers make of
it."""
import os
import re
import struct
import sys
import zlib

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import evtxwalk  # noqa: E402
import mkevtx_tools as tools  # noqa: E402
from evtxwalk import u16, u32, u64  # noqa: E402
from test_mkevtx import (check_all, check_file_header,  # noqa: E402
                         check_texts, check_walk)

pytestmark = pytest.mark.of_tests

COUNT = 70
MIX = ('--events', '4624:5,4625:3,4688:2', '--count', str(COUNT),
       '--chunk-limit', '16384')


def odd(tmp_path, name, *args):
    return tools.make(tmp_path, *(args or MIX), '--odd', name)


def chunks(made, offsets=None):
    return list(evtxwalk.chunks(made.data, offsets))


def header_sound(data):
    return zlib.crc32(data[:120]) == u32(data, 124)


def chunk_sound(chunk):
    b = chunk.data
    return (zlib.crc32(b[512:chunk.free]) == chunk.records_crc,
            zlib.crc32(b[:120] + b[128:512]) == chunk.header_crc)


def records_of(path):
    """How many records each foreign reader gives."""
    given = [e for e in tools.python_evtx(path).events if e is not None]
    return len(tools.evtxexport(path).events), len(given)


def ids(reading):
    return [int(tools.system(tools.parse(e))['EventRecordID'])
            for e in reading.events if e]


# --- the file -------------------------------------------------------------

def test_dirty(tmp_path):
    made = odd(tmp_path, 'dirty')
    found = len(chunks(made))
    assert found >= 4
    assert u32(made.data, 120) == 1
    assert u16(made.data, 42) == found // 2 == u64(made.data, 16) + 1
    assert u64(made.data, 24) < made.lines[-1]['header_id']
    assert header_sound(made.data)
    check_walk(made)
    # Both look at the chunks, not at the count.
    assert records_of(made.path) == (COUNT, COUNT)


def test_dirty_with_one_chunk_counts_none(tmp_path):
    made = odd(tmp_path, 'dirty', '--events', '4624:5')
    assert len(chunks(made)) == 1 and u16(made.data, 42) == 0


def test_bad_header_crc(tmp_path):
    made = odd(tmp_path, 'bad-header-crc')
    assert not header_sound(made.data)
    assert all(chunk_sound(c) == (True, True) for c in chunks(made))
    check_texts(made, tools.evtxexport(made.path))


@pytest.mark.parametrize('name,first', [
    ('bad-chunk-crc', (True, False)), ('bad-records-crc', (False, True))])
def test_bad_chunk_checksums(tmp_path, name, first):
    made = odd(tmp_path, name)
    sound = [chunk_sound(c) for c in chunks(made)]
    assert sound == [first] + [(True, True)] * (len(sound) - 1)
    check_walk(made)
    check_texts(made, tools.evtxexport(made.path))


def test_no_crc(tmp_path):
    made = odd(tmp_path, 'no-crc')
    assert u32(made.data, 120) == 4 and not header_sound(made.data)
    for c in chunks(made):
        assert (c.flags, c.records_crc, c.header_crc) == (5, 0, 0)
    check_walk(made)
    check_texts(made, tools.evtxexport(made.path))


def test_zero_header(tmp_path):
    """libevtx refuses the file, python-evtx finds no chunk."""
    made = odd(tmp_path, 'zero-header')
    assert made.data[:4096] == bytes(4096)
    check_walk(made)
    assert 'unsupported file signature' in tools.evtxexport(made.path).error
    assert tools.python_evtx(made.path).events == []


def test_version_3_2(tmp_path):
    made = odd(tmp_path, 'version-3.2')
    assert struct.unpack_from('<HH', made.data, 36) == (2, 3)
    assert header_sound(made.data)
    check_texts(made, tools.evtxexport(made.path))


def test_wrapped(tmp_path):
    made = odd(tmp_path, 'wrapped')
    found = chunks(made)
    assert (u64(made.data, 8), u64(made.data, 16)) == (1, 0)
    assert found[0].first_id == found[-1].last_id + 1
    assert found[1].first_id == 1
    check_walk(made)
    # In file order, not in that of time.
    order = [x['record'] for x in made.lines]
    assert order != sorted(order)
    assert ids(tools.evtxexport(made.path)) == order
    assert ids(tools.python_evtx(made.path)) == order


def test_wrapped_needs_two_chunks(tmp_path):
    done = tools.run('-o', tmp_path / 'x', '--events', '4624', '--odd',
                     'wrapped')
    assert done.returncode == 2 and 'two chunks' in done.stderr


def test_truncated(tmp_path):
    """Both readers leave out the chunk that is not whole, its whole records
    too, and say nothing of it."""
    made = odd(tmp_path, 'truncated', *MIX, '--count', '80')
    whole = [x for x in made.lines if x['whole']]
    lost = [x for x in made.lines if not x['whole']]
    assert whole and lost and whole + lost == made.lines
    assert (len(made.data) - 4096) % 65536 != 0
    for x in whole:
        assert x['offset'] + x['size'] <= len(made.data)
    for x in lost:
        assert x['offset'] + x['size'] > len(made.data)
    assert [r.offset for r in evtxwalk.read(made.path)] == \
        [x['offset'] for x in whole]
    last = made.lines[-1]['chunk']
    before = sum(x['chunk'] < last for x in made.lines)
    assert before < len(whole)
    assert records_of(made.path) == (before, before)


def test_ragged(tmp_path):
    made = odd(tmp_path, 'ragged')
    assert (len(made.data) - 4096) % 65536 == 1000
    assert made.data[-1000:] == bytes(1000)
    check_walk(made)
    check_texts(made, tools.evtxexport(made.path))


def test_garbage(tmp_path):
    made = odd(tmp_path, 'garbage')
    assert made.data[4096 + 65536:][:8] != b'ElfChnk\0'
    assert b'ElfChnk' not in made.data[4096 + 65536:][:65536]
    assert u16(made.data, 42) == len(chunks(made)) + 1
    check_walk(made)
    check_texts(made, tools.evtxexport(made.path))


def test_garbage_unaligned(tmp_path):
    """Both readers look at multiples of 64 KiB only."""
    made = odd(tmp_path, 'garbage-unaligned')
    starts = [m.start() for m in re.finditer(b'ElfChnk\0', made.data)]
    assert starts[:2] == [4096, 4096 + 65536 + 12345]
    check_walk(made, starts)
    first = list(chunks(made)[0].records())
    assert records_of(made.path) == (len(first), len(first))


# --- chunks ---------------------------------------------------------------

def test_free_past(tmp_path):
    made = odd(tmp_path, 'free-past')
    first = chunks(made)[0]
    assert first.free == 65536
    last = list(first.records())[-1]
    assert last.at + last.size < 65536
    assert first.data[last.at + last.size:] == \
        bytes(65536 - last.at - last.size)
    assert chunk_sound(first) == (True, True)
    check_walk(made)
    check_texts(made, tools.evtxexport(made.path))


def test_bad_strings(tmp_path):
    """libevtx resolves names by offset; python-evtx stumbles."""
    made = odd(tmp_path, 'bad-strings')
    heads = [u32(chunks(made)[0].data, 128 + 4 * i) for i in (3, 12, 21)]
    assert heads == [0x217, 0x10, 0xfffff0]
    check_walk(made)
    check_texts(made, tools.evtxexport(made.path))
    assert 'OverrunBufferException' in tools.python_evtx(made.path).error


def test_bad_magic(tmp_path):
    """libevtx leaves the chunk out, python-evtx does not look."""
    made = odd(tmp_path, 'bad-magic')
    assert made.data[4096 + 65536:][:8] == b'XlfChnk\0'
    second = [x for x in made.lines if x['chunk'] == 1]
    found = evtxwalk.read(made.path)
    assert second and len(found) == COUNT - len(second)
    assert records_of(made.path) == (COUNT - len(second), COUNT)


def test_slack_holds_whole_old_records(tmp_path):
    made = odd(tmp_path, 'slack')
    check_walk(made)
    old = 0
    for chunk in chunks(made):
        for record in chunk.records(start=chunk.free, end=65536):
            assert record.size == record.size_copy
            assert record.header_id > 1000000
            assert record.event().name == 'Event'
            old += 1
    assert old >= len(chunks(made))
    # Neither reader gives them as live records.
    check_texts(made, tools.evtxexport(made.path))
    assert len(tools.python_evtx(made.path).events) == COUNT


def test_full_chunk_costs_libevtx_a_record(tmp_path):
    """A record that ends with the chunk: never seen in a real file, libevtx
    does not see it, mkevtx writes it only when told to."""
    size = full_size(tmp_path)
    text = 'event 4634\nV = %s\nevent 4634\n'
    made = tools.describe(tmp_path, text % (size * 'x'), '--chunk-limit',
                          '65536')
    assert [c.free for c in chunks(made)][0] == 65536
    check_walk(made)
    assert ids(tools.evtxexport(made.path)) == [2]
    made = tools.describe(tmp_path, text % ((size - 4) * 'x'))
    assert [c.free for c in chunks(made)][0] == 65528
    assert ids(tools.evtxexport(made.path)) == [1, 2]


def full_size(tmp_path):
    """Characters that make one 4634 fill a chunk to its last byte."""
    made = tools.describe(tmp_path, 'event 4634\nV = %s\n' % (20000 * 'x'))
    return 20000 + (65536 - chunks(made)[0].free) // 2


# --- records --------------------------------------------------------------

def test_size_copy(tmp_path):
    """libevtx takes none of the records, python-evtx does not look."""
    made = odd(tmp_path, 'size-copy', '--events', '4624:5')
    records = check_walk(made)
    assert all(r.size_copy == r.size + 8 for r in records)
    assert records_of(made.path) == (0, 5)


def test_size_copy_of_one_record(tmp_path):
    made = tools.make(tmp_path, '--events', '4624:9', '--odd', 'size-copy',
                      '--odd-every', '4')
    wrong = [r.header_id for r in check_walk(made)
             if r.size != r.size_copy]
    assert wrong == [4, 8]
    assert [x['record'] for x in made.lines if x['odd']] == wrong


def tokens(record):
    record.event()
    return record.parser.tokens


def test_no_template(tmp_path):
    """Both readers expect a dependency id where there is none, as they do
    in the forwarded events of real files."""
    made = odd(tmp_path, 'no-template', '--events', 'all:2')
    for line, record in zip(made.lines, check_walk(made)):
        assert record.parser.definitions == []
        assert not tokens(record) & {0x0c, 0x0d, 0x0e}
        assert {d['type'] for d in line['data']} == {'text'}
    error = tools.evtxexport(made.path).error
    assert 'invalid binary XML token' in error
    assert records_of(made.path) == (0, 0)


def test_raw_body(tmp_path):
    made = odd(tmp_path, 'raw-body', '--events', 'all:2')
    for record in check_walk(made):
        record.parser.definitions.clear()
        record.event()
        assert len(record.parser.definitions) == 1
    check_texts(made, tools.evtxexport(made.path))
    assert records_of(made.path)[1] == 0


def test_two_fragments(tmp_path):
    """libevtx reads the first and forgets the second."""
    made = odd(tmp_path, 'two-fragments', '--events', '4625:5')
    for line in made.lines:
        half = len(line['data']) // 2
        assert line['data'][:half] == line['data'][half:]
    check_walk(made)
    for line, text in zip(made.lines, tools.evtxexport(made.path).events):
        found = tools.leaves(tools.parse(text))
        assert len(found) == len(line['data']) // 2


def test_late_template(tmp_path):
    """First use says an offset, the definition is in a later record, or
    behind the last record when nothing else uses it."""
    made = odd(tmp_path, 'late-template', '--events', '4624:3,4625:1')
    check_walk(made)
    chunk = chunks(made)[0]
    later, behind = 0, 0
    for record in chunk.records():
        record.event()
        for where, definition in record.parser.definitions:
            later += where < definition - 10 and definition < chunk.free
            behind += definition >= chunk.free
    assert later == 1 and behind == 1
    error = tools.evtxexport(made.path).error
    assert 'invalid template definition data offset' in error


def test_missing_template(tmp_path):
    made = odd(tmp_path, 'missing-template', '--events', '4624:3')
    for record in evtxwalk.read(made.path):
        with pytest.raises(evtxwalk.Broken, match='no definition at'):
            record.event()
    error = tools.evtxexport(made.path).error
    assert 'invalid template definition data offset' in error


def test_no_system(tmp_path):
    made = odd(tmp_path, 'no-system', '--events', '4624:3,1102,7045')
    check_walk(made)
    for line in made.lines:
        for key in ('provider', 'version', 'keywords', 'pid', 'channel',
                    'computer'):
            assert line[key] is None
    for text in tools.evtxexport(made.path).events:
        got = tools.system(tools.parse(text))
        assert 'Channel' not in got and 'Version' not in got


def test_no_time_and_no_record_number(tmp_path):
    made = tools.describe(tmp_path, 'event 4624\nlack time,record\n')
    check_all(made)
    assert made.lines[0]['time'] is None and made.lines[0]['record'] is None
    got = tools.system(tools.parse(tools.evtxexport(made.path).events[0]))
    assert 'EventRecordID' not in got
    assert 'TimeCreated/SystemTime' not in got


@pytest.mark.parametrize('name,want', [
    ('cdata', {0x07}), ('cdata-mixed', {0x45, 0x47}),
    ('entities', {0x45, 0x49}), ('unknown-entity', {0x45, 0x49}),
    ('charrefs', {0x45, 0x48, 0x08}), ('pi', {0x0a, 0x0b}),
    ('nested', {0x0f, 0x0e}), ('nulls', {0x0e}), ('nulls-required', {0x0d})])
def test_tokens_are_there(tmp_path, name, want):
    made = odd(tmp_path, name, '--events', '4634:2')
    check_file_header(made)
    for record in check_walk(made):
        assert want <= tokens(record)
    data = [d for d in made.lines[0]['data']
            if (d['name'] or '').startswith('Odd')]
    assert data


@pytest.mark.parametrize('name,types', [
    ('types', {'string', 'ansi', 'int8', 'uint8', 'int16', 'uint16', 'int32',
               'uint32', 'int64', 'uint64', 'float', 'double', 'bool',
               'binary', 'guid', 'size', 'filetime', 'systemtime', 'sid',
               'hex32', 'hex64'}),
    ('rare-types', {'handle', 'xml'}), ('ansi-high', {'ansi'}),
    ('never', {'filetime'}), ('bools', {'bool'}), ('nulls', {'null'}),
    ('strings', {'string'}), ('non-bmp', {'string'}),
    ('surrogates', {'string'}), ('nuls', {'string'}),
    ('string-arrays', {'string[]'}),
    ('arrays', {t + '[]' for t in (
        'null', 'string', 'ansi', 'int8', 'uint8', 'int16', 'uint16',
        'int32', 'uint32', 'int64', 'uint64', 'float', 'double', 'bool',
        'binary', 'guid', 'size', 'filetime', 'systemtime', 'sid', 'hex32',
        'hex64', 'handle', 'xml')})])
def test_types_are_there(tmp_path, name, types):
    made = odd(tmp_path, name, '--events', '4634,1102')
    check_all(made)
    for line in made.lines:
        found = {d['type'] for d in line['data']
                 if (d['name'] or d['element']).startswith('Odd')}
        assert found == types


def test_repeat(tmp_path):
    made = odd(tmp_path, 'repeat', '--events', '4634:2')
    check_all(made)
    names = [(d['element'], d['name']) for d in made.lines[0]['data']][5:]
    assert names == [('Data', 'OddTwice')] * 2 + [('Data', None)] * 3 + \
        [('Complex', 'c')] * 2
    check_texts(made, tools.evtxexport(made.path))
    check_texts(made, tools.python_evtx(made.path))


def test_shapes_can_be_combined(tmp_path):
    made = odd(tmp_path, 'dirty,no-crc,slack,strings,raw-body,ragged')
    assert u32(made.data, 120) == 5
    check_walk(made)


def test_every_shape_works_on_every_event(tmp_path):
    """Also where UserData and EventData differ."""
    listed = tools.run('--help').stdout.split('Odd shapes:\n')[1]
    names = [line.split()[0] for line in listed.splitlines()]
    assert len(names) >= 40
    for name in names:
        if name in ('wrapped',):
            continue
        made = odd(tmp_path, name, '--events', 'all:1')
        assert len(made.lines) >= 32, name
        if name not in ('truncated', 'missing-template', 'bad-magic'):
            check_walk(made)
