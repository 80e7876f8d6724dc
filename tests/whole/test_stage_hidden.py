# SPDX-License-Identifier: Apache-2.0
"""Records that another record has swallowed: found, named, and staged."""
import json
import os
import shutil
import struct

import pytest
from late_logs import Log
from load_run import load, one
from stage_tools import FILE_HEADER, closes, expected, seal

ANY = ['-s', 'any']
FIELDS = ['source', 'kind', 'chunk', 'offset', 'length', 'record_id',
          'hidden_by', 'reason', 'salvaged']
MARKS = ['Recovered_CF', 'RecoveredFrom_CF']


def swallow(path, to, first, n=1, anew=True, sealed=True):
    """The log with the n records behind number `first` of its first chunk
    inside of that one. anew: what follows gets their ids."""
    log = Log(path)
    chunk = log.chunk()
    records = [r for r in expected(path) if r['chunk'] == 0]
    at = [r['offset'] - FILE_HEADER for r in records]
    end = at[first + n] + struct.unpack_from('<I', chunk, at[first + n] + 4)[0]
    struct.pack_into('<I', chunk, at[first] + 4, end - at[first])
    struct.pack_into('<I', chunk, end - 4, end - at[first])
    for place in at[first + n + 1:] if anew else []:
        number, = struct.unpack_from('<Q', chunk, place + 8)
        struct.pack_into('<Q', chunk, place + 8, number - n)
    if sealed:
        seal(chunk)
    log.put(chunk, sealed=False)
    return log.write(to)


@pytest.fixture
def plain(mkevtx, tmp_path):
    return mkevtx(tmp_path / 'plain.evtx', '--events', '4624:12',
                  '--seed', 7)


@pytest.fixture
def edited(plain, tmp_path):
    return swallow(plain, tmp_path / 'edited.evtx', 4)


def rows_of(evtxstage, path, *args):
    return [json.loads(line) for line in
            evtxstage('-o', '-', *ANY, *args, path).out.splitlines()]


def unmarked(row):
    return {k: v for k, v in row.items() if k not in MARKS}


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
@pytest.mark.parametrize('sealed', [True, False], ids=['sealed', 'unsealed'])
@pytest.mark.parametrize('first,n', [(0, 1), (4, 1), (10, 1), (5, 2), (0, 11)])
def test_every_place(stage, evtxstage, plain, tmp_path, first, n, sealed,
                     decoder):
    path = swallow(plain, tmp_path / 'edited.evtx', first, n, sealed=sealed)
    want = rows_of(evtxstage, plain, '--decoder', decoder)
    done, staging = stage(path, *ANY, '--decoder', decoder)
    assert done.status == 3
    hidden = range(first + 1, first + n + 1)
    rows = staging.rows
    assert rows[:12 - n] == [r for i, r in enumerate(want) if i not in hidden]
    assert [unmarked(r) for r in rows[12 - n:]] == [want[i] for i in hidden]
    assert all(r['Recovered_CF'] is True
               and r['RecoveredFrom_CF'] == 'hidden' for r in rows[12 - n:])
    account = staging.manifest['accounting']
    assert closes(account) and account['found'] == 12 - n
    assert account['hidden'] == account['recovered'] == n
    assert account['damaged'] == 0
    assert staging.manifest['segments'][-1]['content'] == 'recovered'


def test_the_line_of_damage(stage, plain, edited):
    line, = stage(edited, *ANY)[1].damage
    records = expected(plain)
    assert list(line) == FIELDS
    assert list(line['hidden_by']) == ['record_id', 'offset']
    assert line['kind'] == 'hidden' and line['source'] == edited
    assert line['offset'] == records[5]['offset']
    assert line['chunk'] == 0 and line['record_id'] == 6
    assert line['length'] == records[6]['offset'] - records[5]['offset']
    assert line['hidden_by'] == {'record_id': 5,
                                 'offset': records[4]['offset']}
    assert line['salvaged'] == 'the record'


@pytest.mark.parametrize('schema', ['raw', 'windowsevent', 'event', 'ecs'])
def test_every_schema_marks_the_row(evtxstage, plain, edited, schema):
    rows = rows_of(evtxstage, edited, '--schema', schema)
    want = rows_of(evtxstage, plain, '--schema', schema)
    assert [m in r for r in rows for m in MARKS] == 22 * [False] + 2 * [True]
    assert unmarked(rows[-1]) == want[5]


def test_full_provenance_says_it_once(evtxstage, edited):
    lines = evtxstage('-o', '-', *ANY, '--provenance', 'full',
                      edited).out.splitlines()
    assert [line.count(b'"Recovered_CF":true') for line in lines] == \
        11 * [0] + [1]
    assert json.loads(lines[-1])['HeaderId_CF'] == 6


def test_none_names_it_and_leaves_it_out(stage, edited):
    done, staging = stage(edited, *ANY, '--recover', 'none')
    account = staging.manifest['accounting']
    assert done.status == 3 and len(staging.rows) == 11
    assert account['hidden'] == 1 and account['recovered'] == 0
    line, = staging.damage
    assert list(line) == FIELDS and line['salvaged'] == 'nothing'


def test_slack_has_both(stage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'slack.evtx', '--events', '4624:20', '--odd',
                  'slack')
    edited = swallow(path, tmp_path / 'edited.evtx', 8)
    done, staging = stage(edited, *ANY, '--recover', 'slack', '--dedupe', 'none')
    assert [r.get('RecoveredFrom_CF') for r in staging.rows] == \
        19 * [None] + ['hidden'] + 3 * ['slack']
    account = staging.manifest['accounting']
    assert account['hidden'] == 1 and account['recovered'] == 4
    assert [d['kind'] for d in staging.damage] == ['hidden'] + 3 * [
        'recovered']


def test_selection_applies(stage, edited):
    done, staging = stage(edited, *ANY, '--exclude-eid', '4624')
    account = staging.manifest['accounting']
    assert done.status == 3 and staging.rows == []
    assert account['hidden'] == 1 and account['recovered_filtered'] == 1
    assert [d['kind'] for d in staging.damage] == ['hidden']


def test_what_is_rejected_by_its_system_hides_nothing(stage, edited):
    done, staging = stage(edited, '-s', 'none')
    assert done.status == 3 and staging.manifest['accounting']['hidden'] == 1


def test_a_copy_of_a_live_record_is_no_second_row(stage, plain, edited):
    staging = stage(plain, edited, *ANY, '--dedupe', 'run')[1]
    account = staging.manifest['accounting']
    assert len(staging.rows) == 12 and account['duplicate'] == 11
    assert account['hidden'] == 1 and account['recovered'] == 0


def test_it_is_hidden_in_a_record_that_cannot_be_read(
        stage, evtxstage, plain, edited):
    log = Log(edited)
    chunk = log.chunk()
    at = expected(plain)[4]['offset'] - FILE_HEADER
    chunk[at + 24 + 4 + 10] = 255  # as many values as there cannot be
    chunk[at + 24 + 4 + 12] = 255
    log.put(chunk)
    done, staging = stage(log.write(edited), *ANY)
    account = staging.manifest['accounting']
    assert account['damaged'] == 1 and account['hidden'] == 1
    assert unmarked(staging.rows[-1]) == rows_of(evtxstage, plain)[5]
    again = stage(edited, *ANY, '--recover', 'slack', to='slack')[1]
    assert again.rows == staging.rows


def test_it_borrows_its_template(stage, plain, mkevtx, tmp_path):
    """Its chunk has lost the template that it shares with others."""
    donor = shutil.copy(plain, tmp_path / 'donor.evtx')
    path = swallow(plain, tmp_path / 'edited.evtx', 4)
    log = Log(path)
    chunk = log.chunk()
    at = Log(plain).definitions()[0]
    chunk[at + 4:at + 20] = bytes(16)
    log.put(chunk)
    staging = stage(log.write(path), donor, *ANY, '--dedupe', 'none')[1]
    last = staging.rows[-1]
    assert last['RecoveredFrom_CF'] == 'hidden'
    assert last['TemplateSource_CF'] == 'borrowed'


def test_info_says_it(evtxstage, edited):
    done = evtxstage('info', edited)
    assert done.status == 3
    assert b'hidden                     1' in done.out
    assert b'free space' not in done.out
    log = json.loads(evtxstage('info', '--json', edited).out)
    assert log['accounting']['hidden'] == 1


def test_verify_and_show_know_it(stage, evtxstage, edited):
    staging = stage(edited, *ANY)[1]
    assert evtxstage('verify', staging.path).status == 0
    done = evtxstage('show', '--key', staging.rows[-1]['RecordKey_CF'],
                     staging.path)
    assert done.status == 0 and b'header id 6,' in done.out
    assert b'<EventRecordID>6<' in done.out


def test_it_can_be_added(stage, evtxstage, plain, edited, tmp_path):
    staging = stage(edited, *ANY)[1]
    other = swallow(plain, tmp_path / 'other.evtx', 0, 2)
    done = evtxstage('-o', staging.path, *ANY, '--append', '--dedupe', 'file',
                     other)
    assert done.status == 2  # other options than before
    done = evtxstage('-o', staging.path, *ANY, '--append', other)
    assert done.status == 3
    assert staging.manifest['accounting']['hidden'] == 3
    assert evtxstage('verify', staging.path).status == 0


def test_output_does_not_depend_on_threads(stage, plain, tmp_path):
    logs = [swallow(plain, tmp_path / ('%d.evtx' % i), i) for i in range(6)]
    want = stage(*logs, *ANY, '--dedupe', 'none', '-j1', to='one')[1]
    got = stage(*logs, *ANY, '--dedupe', 'none', '-j3', to='three')[1]
    assert got.content() == want.content()
    assert want.manifest['accounting']['recovered'] == 6


def test_the_loader_can_leave_it_out(stage, edited, tmp_path):
    staging = stage(edited, *ANY)[1]
    target = 'sqlite:%s' % (tmp_path / 'x.db')
    done = load('--target', target, '--without-recovered', staging.path)
    assert done.returncode == 0, done.stderr
    assert '1 recovered record' in done.stderr
    count = 'SELECT count(*) FROM SecurityEvent'
    assert one(tmp_path / 'x.db', count) == 11
    assert load('--target', target, staging.path).returncode == 0
    assert one(tmp_path / 'x.db', count) == 12
    assert one(tmp_path / 'x.db', count +
               " WHERE RecoveredFrom_CF = 'hidden'") == 1
    done = load('--target', target, '--without-recovered', staging.path)
    assert done.returncode == 0


def test_real_logs_hide_nothing(stage, corpus):
    """Of 36,000 records none is said to hide another one."""
    staging = stage(os.path.join(corpus, 'corpus'), '-s', 'none')[1]
    account = staging.manifest['accounting']
    assert account['found'] > 30000 and account['hidden'] == 0
