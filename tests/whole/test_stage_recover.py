# SPDX-License-Identifier: Apache-2.0
"""--recover slack: old records in free space, never mixed with the others."""
import json
import os
import re
import subprocess

import pytest
from late_logs import Log, over
from stage_tools import CHUNK, FILE_HEADER, closes, expected, seal

RAW = ['--schema', 'raw', '-s', 'any']
SLACK = ['--recover', 'slack', '--dedupe', 'none']
MARK = b',"Recovered_CF":true,"RecoveredFrom_CF":"slack"}'


@pytest.fixture
def slack(mkevtx, tmp_path):
    """Live records with three old ones behind them."""
    return mkevtx(tmp_path / 'slack.evtx', '--events', '4624:20', '--odd',
                  'slack')


@pytest.fixture
def old(mkevtx, tmp_path):
    return mkevtx(tmp_path / 'old.evtx', '--events', '4634:60', '--seed', 2,
                  '--first-record', 5000)


@pytest.fixture
def new(mkevtx, tmp_path):
    return mkevtx(tmp_path / 'new.evtx', '--events', '4624:9')


def lines_of(evtxstage, *args):
    return evtxstage('-o', '-', *RAW, *args).out.splitlines()


def numbers(rows):
    return [r['Event']['System']['EventRecordID'] for r in rows]


def test_off_by_default(stage, slack):
    done, staging = stage(slack, *RAW)
    assert done.status == 0 and len(staging.rows) == 20
    assert staging.manifest['accounting']['recovered'] == 0
    assert staging.damage == []


def test_they_stand_in_segments_of_their_own(stage, evtxstage, slack):
    done, staging = stage(slack, *RAW, *SLACK, '--json')
    assert done.status == 0  # nothing is damaged
    live, old = staging.manifest['segments']
    assert (live['lines'], old['lines']) == (20, 3)
    assert 'content' not in live and old['content'] == 'recovered'
    lines = staging.ndjson.splitlines()
    assert lines[:20] == lines_of(evtxstage, slack)
    assert all(line.endswith(MARK) for line in lines[20:])
    account = staging.manifest['accounting']
    assert closes(account) and account['found'] == 20
    assert account['recovered'] == 3
    assert json.loads(done.out)['accounting'] == account


def test_each_leaves_a_line_with_its_place(stage, slack):
    staging = stage(slack, *RAW, *SLACK)[1]
    assert [d['kind'] for d in staging.damage] == 3 * ['recovered']
    used = Log(slack).used()
    for line in staging.damage:
        at = line['offset'] - FILE_HEADER - line['chunk'] * CHUNK
        assert line['source'] == slack and at >= used
        assert line['salvaged'] == 'the record'
        record = Log(slack).data[line['offset']:]
        assert record[:4] == b'**\0\0'
        assert int.from_bytes(record[8:16], 'little') == line['record']


def test_standard_output_has_them_last_and_marked(evtxstage, slack):
    lines = lines_of(evtxstage, *SLACK, slack)
    assert [line.endswith(MARK) for line in lines] == 20 * [False] + 3 * [True]


def test_full_provenance_says_it_once(stage, slack):
    rows = stage(slack, *RAW, *SLACK, '--provenance', 'full')[1]
    for i, line in enumerate(rows.ndjson.splitlines()):
        assert line.count(b'"Recovered_CF"') == 1
        assert json.loads(line)['Recovered_CF'] is (i >= 20)


def test_times_and_selection(stage, slack):
    staging = stage(slack, *RAW, *SLACK, '--exclude-eid', '4624')[1]
    account = staging.manifest['accounting']
    assert closes(account) and account['filtered'] == {'exclude_eid': 20}
    assert account['recovered'] == 0 and account['recovered_filtered'] == 3
    plain = stage(slack, *RAW, to='plain')[1].sources[0]
    mine = staging.sources[0]
    assert (plain['first_time'], plain['last_time']) == \
        (mine['first_time'], mine['last_time'])


def test_an_old_copy_of_a_live_record_is_a_duplicate(stage, slack):
    """The generator's old records are copies of live ones."""
    staging = stage(slack, *RAW, '--recover', 'slack')[1]
    assert not any('Recovered_CF' in row for row in staging.rows)
    account = staging.manifest['accounting']
    assert (account['emitted'], account['recovered'], account['recovered_filtered']) == (20, 0, 3)


def test_old_records_borrow_overwritten_templates(
        stage, evtxstage, old, new, tmp_path):
    """The chunk is written over from its start, where templates stand."""
    want = over(old, new, tmp_path / 'reused.evtx')
    assert len(want) > 20
    staging = stage(tmp_path / 'reused.evtx', old, *RAW, *SLACK)[1]
    rows = [r for r in staging.rows if 'Recovered_CF' in r]
    assert numbers(rows) == [r['record'] for r in want]
    assert all(r['TemplateSource_CF'] == 'borrowed' for r in rows)
    truth = {r['Event']['System']['EventRecordID']: r['Event'] for r in
             map(json.loads, lines_of(evtxstage, old))}
    assert all(r['Event'] == truth[n]
               for n, r in zip(numbers(rows), rows))


def test_what_has_no_template_anywhere_is_told(stage, old, new, tmp_path):
    want = over(old, new, tmp_path / 'reused.evtx')
    done, staging = stage(tmp_path / 'reused.evtx', *RAW, *SLACK)
    account = staging.manifest['accounting']
    assert done.status == 0 and closes(account)
    assert account['recovered'] == 0
    assert account['recovered_damaged'] == len(want) == len(staging.damage)
    assert all(d['salvaged'] == 'nothing' and d['kind'] == 'recovered'
               for d in staging.damage)


def spoil_size_copy(b, at, size):
    b[at + size - 4] ^= 8


def spoil_id(b, at, size):
    b[at + 8:at + 16] = bytes(8)


def spoil_time(b, at, size):
    b[at + 16:at + 24] = (1).to_bytes(8, 'little')


def spoil_start(b, at, size):
    b[at + 24] = 0x55


@pytest.mark.parametrize('spoil', [
    spoil_size_copy, spoil_id, spoil_time, spoil_start])
def test_what_is_not_well_formed_is_no_record(stage, slack, spoil):
    log = Log(slack)
    chunk = log.chunk()
    at = log.used()
    spoil(chunk, at, int.from_bytes(chunk[at + 4:at + 8], 'little'))
    log.put(chunk)
    log.write(slack)
    account = stage(slack, *RAW, *SLACK)[1].manifest['accounting']
    assert account['recovered'] == 2 and account['recovered_damaged'] == 0


def test_names_that_are_overwritten_are_not_believed(
        stage, mkevtx, tmp_path):
    """An old definition is whole, but its names stood before it, where other
    names stand now."""
    old = mkevtx(tmp_path / 'old.evtx', text=(
        'event x8\nid 7\neventdata\nColour = red\nWeight = 1\n'
        'event x3\nid 8\neventdata\nWeight = 2\nColour = blue\n'))
    new = mkevtx(tmp_path / 'new.evtx', text=(
        'event x8\nid 7\neventdata\nFlavor = red\nHeight = 1\n'))
    assert Log(new).definitions()[1] == Log(old).definitions()[1]
    want = over(old, new, tmp_path / 'reused.evtx')
    assert want
    staging = stage(tmp_path / 'reused.evtx', *RAW, *SLACK)[1]
    assert b'blue' not in staging.ndjson
    account = staging.manifest['accounting']
    assert account['recovered_damaged'] == len(want)


def test_a_chunk_without_signature_is_free_space(
        stage, evtxstage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'log.evtx', '--events', '4624:200')
    lines = lines_of(evtxstage, path)
    log = Log(path)
    last = log.chunks[-1]
    chunk = log.chunk(last)
    chunk[0:512] = bytes(512)
    log.put(chunk, last, sealed=False)
    gone = len([r for r in expected(path) if r['offset'] >= last])
    done, staging = stage(log.write(tmp_path / 'unused.evtx'), *RAW, *SLACK)
    assert done.status == 3  # bytes that are no chunk
    got = staging.ndjson.splitlines()
    assert got[:-gone] == lines[:-gone]
    assert [g[:-len(MARK)] + b'}' for g in got[-gone:]] == lines[-gone:]


def test_older_records_in_a_damaged_part_of_the_used_area(
        stage, mkevtx, tmp_path):
    """A record header is torn: what lies behind it has foreign ids."""
    path = mkevtx(tmp_path / 'log.evtx', '--events', '4624:20')
    log = Log(path)
    chunk = log.chunk()
    records = expected(path)
    for r in records[-4:]:
        at = r['offset'] - FILE_HEADER
        chunk[at + 8:at + 16] = (999999).to_bytes(8, 'little')
    torn = records[-4]['offset'] - FILE_HEADER
    chunk[torn:torn + 4] = bytes(4)
    chunk[44:48] = bytes(4)  # the header names no last record
    seal(chunk)
    log.put(chunk)
    staging = stage(log.write(tmp_path / 'torn.evtx'), *RAW, *SLACK)[1]
    account = staging.manifest['accounting']
    assert account['emitted'] == 16 and account['recovered'] == 3


def test_output_does_not_depend_on_threads(stage, slack, old, new, tmp_path):
    over(old, new, tmp_path / 'reused.evtx')
    inputs = [slack, old, tmp_path / 'reused.evtx']
    want = stage(*inputs, *RAW, *SLACK, '-j1', to='one')[1].content()
    got = stage(*inputs[::-1], *RAW, *SLACK, '-j3', to='three')[1].content()
    assert got == want


@pytest.mark.parametrize('args,word', [
    (['--recover', 'all'], 'none, hidden or slack'),
    (['--recover', 'slack', '--decoder', 'libevtx'], 'libevtx')])
def test_usage(evtxstage, slack, args, word):
    done = evtxstage('-o', '-', *args, slack)
    assert done.status == 2 and word in done.err and done.out == b''


def test_the_loader_takes_them(stage, evtxload_path, slack, tmp_path):
    staging = stage(slack, *SLACK)[1]
    done = subprocess.run([evtxload_path, staging.path, '--target',
                           'sqlite:%s' % (tmp_path / 'x.db')],
                          capture_output=True)
    assert done.returncode == 0, done.stderr


def libevtx_recovers(path):
    """Ids in the headers of the records that libevtx recovers."""
    done = subprocess.run(['evtxexport', '-m', 'recovered', path],
                          capture_output=True)
    return [int(n) for n in re.findall(rb'Event number\s*: (\d+)',
                                       done.stdout)]


@pytest.fixture(scope='session')
def evtxexport():
    try:
        subprocess.run(['evtxexport', '-V'], capture_output=True)
    except FileNotFoundError:
        pytest.skip('evtxexport is not installed: no second opinion')


def missed(stage, path):
    """Ids that libevtx recovers and we neither read nor name: what it calls
    recovered behind a damaged place may well be live."""
    staging = stage(path, *RAW, *SLACK, '--provenance', 'full', '--force')[1]
    ours = {d.get('record') for d in staging.damage}
    ours |= {r['HeaderId_CF'] for r in staging.rows}
    return [n for n in libevtx_recovers(path) if n not in ours]


def test_libevtx_recovers_the_same(stage, evtxexport, slack, old, new,
                                   tmp_path):
    over(old, new, tmp_path / 'reused.evtx')
    assert len(libevtx_recovers(slack)) == 3
    for path in (slack, tmp_path / 'reused.evtx'):
        assert missed(stage, path) == []


@pytest.mark.slow
def test_libevtx_recovers_nothing_more_from_real_logs(
        stage, evtxexport, corpus):
    found = 0
    for folder, _, names in os.walk(os.path.join(corpus, 'corpus')):
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith('.evtx') and os.path.getsize(path) < 1200000:
                found += len(libevtx_recovers(path))
                assert missed(stage, path) == [], path
    assert found > 500
