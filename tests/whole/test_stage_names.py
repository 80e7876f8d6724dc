# SPDX-License-Identifier: Apache-2.0
"""Damaged names in Binary XML: repaired or refused, never believed. Each bit of
each name is flipped in tests/unit/test_name_check.c; here is what the program
makes of it."""
import json
import struct

import pytest
from late_logs import Log
from stage_tools import FILE_HEADER, closes

ANY = ['-s', 'any']
TEXT = '''event 4624 x4 every 1s
event x3
id 7
provider P
channel Test/Log
time 2024-05-01T10:00:00
userdata
<Paint>
Colour = red
</Paint>
'''
SYSTEM = ['Event', 'System', 'Provider', 'Name', 'EventID', 'Channel',
          'Computer', 'TimeCreated', 'SystemTime', 'EventRecordID']


@pytest.fixture
def plain(mkevtx, tmp_path):
    return mkevtx(tmp_path / 'plain.evtx', text=TEXT)


def place(chunk, name):
    """Offset of the first such name: link, hash, length, characters, NUL."""
    wide = struct.pack('<H', len(name)) + name.encode('utf-16le') + bytes(2)
    at = bytes(chunk).index(wide)
    return at - 6


def flipped(path, to, name, part='characters', sealed=False):
    log = Log(path)
    chunk = log.chunk()
    at = place(chunk, name)
    if part == 'no hash':
        chunk[at + 4:at + 6] = bytes(2)
    else:
        chunk[at + {'hash': 4, 'length': 6, 'characters': 8}[part]] ^= 2
    log.put(chunk, sealed=sealed)
    return log.write(to)


def rows_of(evtxstage, path, *args):
    return [json.loads(line) for line in
            evtxstage('-o', '-', *ANY, *args, path).out.splitlines()]


def unmarked(row):
    return {k: v for k, v in row.items() if k != 'Repaired_CF'}


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
@pytest.mark.parametrize('part', ['hash', 'length', 'characters'])
def test_names_of_system_are_repaired(stage, evtxstage, plain, tmp_path, part,
                                      decoder):
    want = rows_of(evtxstage, plain)
    for name in SYSTEM:
        path = flipped(plain, tmp_path / 'x.evtx', name, part)
        done, staging = stage(path, *ANY, '--decoder', decoder, '--force')
        assert done.status == 3
        account = staging.manifest['accounting']
        assert closes(account) and account['damaged'] == 0
        assert [unmarked(r) for r in staging.rows] == want
        marks = [r.get('Repaired_CF') for r in staging.rows]
        assert set(marks) <= {None, 'name:' + name}
        lines = [d for d in staging.damage if d['kind'] == 'repaired']
        assert account['repaired'] == len(lines) == len(want) - marks.count(
            None) > 0
        assert all(d['reason'] == 'name:' + name
                   and d['salvaged'] == 'the record' for d in lines)
        assert {d['kind'] for d in staging.damage} == {'chunk', 'repaired'}


def test_an_event_set_sees_the_repaired_channel(stage, plain, tmp_path):
    path = flipped(plain, tmp_path / 'x.evtx', 'Channel')
    staging = stage(path, '-s', 'all')[1]
    assert len(staging.rows) == 4
    assert staging.manifest['accounting']['filtered'] == {'event_set': 3}


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
@pytest.mark.parametrize('part', ['hash', 'length', 'characters'])
def test_other_names_are_refused(stage, evtxstage, plain, tmp_path, part,
                                 decoder):
    path = flipped(plain, tmp_path / 'x.evtx', 'Colour', part)
    done, staging = stage(path, *ANY, '--decoder', decoder)
    account = staging.manifest['accounting']
    assert done.status == 3 and closes(account)
    assert account['damaged'] == 3 and account['repaired'] == 0
    assert account['disagreements'] == account['one_sided'] == 0
    assert staging.rows == rows_of(evtxstage, plain)[:4]
    lines = [d for d in staging.damage if d['kind'] == 'record']
    assert len(lines) == 3
    assert decoder == 'libevtx' or all('name' in d['reason'] for d in lines)


@pytest.mark.parametrize('decoder', ['native', 'both'])
@pytest.mark.parametrize('first', [True, False])
def test_a_name_that_another_chunk_has_is_repaired(
        stage, evtxstage, mkevtx, plain, tmp_path, first, decoder):
    """Late, whatever was read first: the output must not depend on it."""
    path = flipped(plain, tmp_path / 'x.evtx', 'Colour')
    donor = mkevtx(tmp_path / 'donor.evtx', text=TEXT.replace('red', 'blue'))
    inputs = [donor, path] if first else [path, donor]
    done, staging = stage(*inputs, *ANY, '--dedupe', 'none',
                          '--decoder', decoder)
    assert done.status == 3
    want = rows_of(evtxstage, plain)
    assert [unmarked(r) for r in staging.rows[-3:]] == want[4:]
    assert [r.get('Repaired_CF') for r in staging.rows] == \
        11 * [None] + 3 * ['name:Colour']
    assert all('TemplateSource_CF' not in r for r in staging.rows)
    account = staging.manifest['accounting']
    assert account['repaired'] == 3 and account['borrowed'] == 0
    assert account['damaged'] == 0
    assert evtxstage('verify', staging.path).status == 0


@pytest.mark.parametrize('schema,marked', [('raw', True), ('ecs', True)])
def test_other_schemas_say_it(evtxstage, plain, tmp_path, schema, marked):
    path = flipped(plain, tmp_path / 'x.evtx', 'Computer')
    rows = rows_of(evtxstage, path, '--schema', schema)
    want = rows_of(evtxstage, plain, '--schema', schema)
    assert [unmarked(r) for r in rows] == want
    assert all(('Repaired_CF' in r) is marked for r in rows)


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
def test_under_good_checksums_it_is_believed_and_reported(
        stage, plain, tmp_path, decoder):
    path = flipped(plain, tmp_path / 'x.evtx', 'Colour', sealed=True)
    done, staging = stage(path, *ANY, '--schema', 'raw', '--decoder', decoder)
    assert done.status == 3
    assert staging.rows[-1]['Event']['UserData']['Paint'] == {'Aolour': 'red'}
    line, = staging.damage
    assert line['kind'] == 'name' and 'Aolour' in line['reason']
    assert line['offset'] == FILE_HEADER + place(Log(path).chunk(), 'Aolour')
    account = staging.manifest['accounting']
    assert account['names'] == 1 and account['damaged'] == 0


def test_it_is_reported_where_records_are_rejected_by_their_system(
        stage, plain, tmp_path):
    path = flipped(plain, tmp_path / 'x.evtx', 'Channel', sealed=True)
    done, staging = stage(path, '-s', 'none')
    assert done.status == 3
    assert [d['kind'] for d in staging.damage] == ['name']


def test_a_writer_may_leave_the_hash_out(stage, evtxstage, plain, tmp_path):
    path = flipped(plain, tmp_path / 'x.evtx', 'Channel', 'no hash',
                   sealed=True)
    done, staging = stage(path, *ANY)
    assert done.status == 0
    assert staging.rows == rows_of(evtxstage, plain)
    line, = staging.damage
    assert line['kind'] == 'name' and 'no hash' in line['reason']
    assert staging.manifest['accounting']['names'] == 0


def test_show_reads_it_again(stage, evtxstage, plain, tmp_path):
    path = flipped(plain, tmp_path / 'x.evtx', 'Computer')
    staging = stage(path, *ANY)[1]
    done = evtxstage('show', '--key', staging.rows[0]['RecordKey_CF'],
                     staging.path)
    assert done.status == 0 and done.out.count(b'<Computer>') == 2
