# SPDX-License-Identifier: Apache-2.0
"""Records whose template is missing from their chunk borrow it from another
one of the run, strictly, and come last."""
import json
import os

import pytest
from late_logs import Log, renamed, without_definition
from stage_tools import closes

RAW = ['--schema', 'raw', '-s', 'any']
ORPHANS = 'event 4634 x9 every 1s\nodd missing-template\n'
WHOLE = 'event 4634 x9 every 1s\n'
DAMAGE = ['source', 'kind', 'chunk', 'offset', 'length', 'record', 'reason',
          'templates', 'salvaged']


def lines_of(evtxstage, *args):
    return evtxstage('-o', '-', *RAW, *args).out.splitlines()


def unmarked(lines):
    """Borrowed lines without the member that says so."""
    mark = b',"TemplateSource_CF":"borrowed"}'
    assert all(line.endswith(mark) for line in lines)
    return [line[:-len(mark)] + b'}' for line in lines]


@pytest.fixture
def orphans(mkevtx, tmp_path):
    return mkevtx(tmp_path / 'orphans.evtx', text=ORPHANS)


@pytest.fixture
def donor(mkevtx, tmp_path):
    return mkevtx(tmp_path / 'donor.evtx', '--events', '4634:1')


@pytest.fixture
def truth(evtxstage, mkevtx, tmp_path):
    """The lines of the orphans if their template were there."""
    return lines_of(evtxstage, mkevtx(tmp_path / 'whole.evtx', text=WHOLE))


def test_orphans_are_read_with_the_template_of_another_file(
        stage, orphans, donor, truth):
    done, staging = stage(orphans, donor, *RAW, '--json')
    assert done.status == 3
    account = staging.manifest['accounting']
    assert closes(account)
    assert (account['found'], account['emitted'], account['damaged'],
            account['borrowed']) == (10, 10, 0, 9)
    assert json.loads(done.out)['accounting'] == account
    assert unmarked(staging.ndjson.splitlines()[1:]) == truth
    first, last = staging.manifest['segments']
    assert (first['lines'], last['lines']) == (1, 9)
    assert 'content' not in first and last['content'] == 'borrowed'
    own = {os.path.basename(s['name']): s['accounting']['borrowed']
           for s in staging.sources}
    assert own == {'orphans.evtx': 9, 'donor.evtx': 0}


def test_each_leaves_a_line_that_names_the_template(stage, orphans, donor):
    staging = stage(orphans, donor, *RAW)[1]
    assert len(staging.damage) == 9
    for line in staging.damage:
        assert list(line) == DAMAGE and line['kind'] == 'borrowed'
        assert line['source'] == orphans
        assert len(line['templates']) == 1
    log = Log(donor)
    body = log.definitions()[1]
    guid = log.chunk()[body + 4:body + 20]
    assert bytes.fromhex(line['templates'][0][:8])[::-1] == guid[:4]


def test_output_does_not_depend_on_threads_or_order(
        stage, orphans, donor, logons):
    inputs = [orphans, donor, logons]
    want = stage(*inputs, *RAW, '-j1', to='one')[1].content()
    for jobs in ('-j2', '-j5'):
        got = stage(*inputs[::-1], *RAW, jobs, to='n' + jobs)[1].content()
        assert got == want


def test_they_come_last_on_standard_output(evtxstage, orphans, donor, truth):
    lines = lines_of(evtxstage, orphans, donor)
    assert b'TemplateSource_CF' not in lines[0]
    assert unmarked(lines[1:]) == truth


def test_rows_of_the_table_are_marked_too(stage, orphans, donor):
    rows = stage(orphans, donor)[1].rows
    assert [r.get('TemplateSource_CF') for r in rows] == \
        [None] + 9 * ['borrowed']
    assert all(r['LogonType'] for r in rows)


def test_selection_meets_them_like_all_others(stage, orphans, donor):
    """By an id that their System tells, and by what only the body tells."""
    staging = stage(orphans, donor, *RAW, '--exclude-eid', '4634')[1]
    account = staging.manifest['accounting']
    assert closes(account) and account['emitted'] == 0
    assert account['filtered'] == {'exclude_eid': 10}
    assert account['borrowed'] == 0 and staging.manifest['segments'] == []
    query = "Security!*[EventData[Data='nobody']]"
    account = stage(orphans, donor, *RAW[:2], '--query', query,
                    to='body')[1].manifest['accounting']
    assert closes(account) and account['emitted'] == 0
    assert account['filtered'] == {'query': 10}
    assert account['borrowed'] == 9


@pytest.mark.parametrize('jobs', ['-j1', '-j3'])
def test_what_is_rejected_by_its_system_defines_templates_for_others(
        stage, mkevtx, tmp_path, jobs):
    """The only definition stands in records that are not wanted."""
    new = mkevtx(tmp_path / 'a.evtx', text=WHOLE + 'time 2024-01-01T00:00:00')
    old = mkevtx(tmp_path / 'b.evtx',
                 text=ORPHANS + 'time 2020-01-01T00:00:00')
    account = stage(new, old, *RAW, '--to', '2021-01-01', jobs)[1].manifest[
        'accounting']
    assert closes(account)
    assert account['filtered'] == {'time': 9}
    assert (account['emitted'], account['borrowed']) == (9, 9)


@pytest.mark.parametrize('which', [0, 1])
def test_an_overwritten_definition_is_borrowed_from_another_chunk(
        evtxstage, stage, mkevtx, tmp_path, which):
    """The template of System, and that of the body."""
    whole = mkevtx(tmp_path / 'whole.evtx', '--events', '4634:300')
    assert len(Log(whole).chunks) >= 2
    hurt = without_definition(whole, tmp_path / 'hurt.evtx', which)
    done, staging = stage(hurt, *RAW)
    account = staging.manifest['accounting']
    assert done.status == 3 and closes(account)
    assert account['emitted'] == 300 and account['borrowed'] > 0
    lines = staging.ndjson.splitlines()
    n = 300 - account['borrowed']
    assert sorted(lines[:n] + unmarked(lines[n:])) == \
        sorted(lines_of(evtxstage, whole))


def test_without_a_donor_they_are_damaged(stage, orphans, logons):
    done, staging = stage(orphans, logons, *RAW)
    account = staging.manifest['accounting']
    assert done.status == 3 and closes(account)
    assert account['damaged'] == 9 and account['borrowed'] == 0
    assert {d['kind'] for d in staging.damage} == {'record'}
    assert all('is missing, and no other chunk has it' in d['reason']
               for d in staging.damage)


def test_two_templates_of_one_id_are_not_guessed(
        stage, orphans, donor, tmp_path):
    other = renamed(donor, tmp_path / 'other.evtx', 'TargetUserName',
                    'TargetUserNama')
    staging = stage(orphans, donor, other, *RAW)[1]
    account = staging.manifest['accounting']
    assert account['damaged'] == 9 and account['borrowed'] == 0
    assert all('2 different templates of that id' in d['reason']
               for d in staging.damage)


def test_a_template_under_a_checksum_comes_before_one_without(
        stage, orphans, donor, truth, tmp_path):
    other = renamed(donor, tmp_path / 'other.evtx', 'TargetUserName',
                    'TargetUserNama', sealed=False)
    staging = stage(orphans, donor, other, *RAW)[1]
    assert staging.manifest['accounting']['borrowed'] == 9
    assert unmarked(staging.ndjson.splitlines()[2:]) == truth


def test_a_template_without_a_checksum_is_said_to_be_one(
        stage, orphans, donor, tmp_path):
    log = Log(donor)
    chunk = log.chunk()
    chunk[512 + 16] ^= 1  # the time in a record's header
    log.put(chunk, sealed=False)
    log.write(donor)
    staging = stage(orphans, donor, *RAW)[1]
    lines = [d for d in staging.damage if d['kind'] == 'borrowed']
    assert len(lines) == 9
    assert all('checksum is wrong, too' in d['reason'] for d in lines)


def test_values_of_other_types_do_not_fit(stage, orphans, donor):
    """The first value of the body is a SID: say that it is a GUID."""
    log = Log(orphans)
    chunk = log.chunk()
    start = bytes(chunk).index((65536 - 64).to_bytes(4, 'little'))
    assert chunk[start + 8 + 2] == 0x13
    chunk[start + 8 + 2] = 0x0f
    log.put(chunk)
    log.write(orphans)
    staging = stage(orphans, donor, *RAW)[1]
    account = staging.manifest['accounting']
    assert account['damaged'] == 1 and account['borrowed'] == 8
    assert 'does not fit its values' in staging.damage[0]['reason']


def test_another_number_of_values_does_not_fit(
        stage, mkevtx, orphans, tmp_path):
    """A template of that id, but for one value more."""
    fields = ['A = a\n', 'B = b\n', 'C = c\n']
    donor = mkevtx(tmp_path / 'donor.evtx', text=(
        'event\nid 7\neventdata\n' + ''.join(fields)))
    short = mkevtx(tmp_path / 'orphans.evtx', text=(
        'event\nid 7\neventdata\n' + ''.join(fields[:2]) +
        'odd missing-template\n'))
    log = Log(donor)
    body = log.definitions()[1]
    mine = Log(short)
    chunk = mine.chunk()
    start = bytes(chunk).index((65536 - 64).to_bytes(4, 'little'))
    chunk[start - 4:start] = log.chunk()[body + 4:body + 8]
    mine.put(chunk)
    mine.write(short)
    staging = stage(donor, short, *RAW)[1]
    line, = staging.damage
    assert line['kind'] == 'record'
    assert 'does not fit its values' in line['reason']


def test_a_late_record_takes_the_time_of_its_header(
        stage, mkevtx, donor, tmp_path):
    path = mkevtx(tmp_path / 'orphans.evtx', text=(
        'event 4624\ntime 2024-05-01T10:00:00\n'
        'event 4634\ntime 2024-05-01T11:00:00\nlack time\n'
        'odd missing-template\n'))
    row = stage(donor, path)[1].rows[-1]
    assert row['EventID'] == 4634 and row['TimeSource_CF'] == 'header'
    assert row['TimeGenerated'] == '2024-05-01T11:00:00.0000000Z'


def test_a_late_record_takes_the_time_of_the_one_before_it(
        stage, mkevtx, donor, tmp_path):
    path = mkevtx(tmp_path / 'orphans.evtx', '--export-style', text=(
        'event 4624\ntime 2024-05-01T10:00:00\n'
        'event 4634\nlack time\nodd missing-template\n'
        'event 4624\ntime 2024-05-01T12:00:00\n'))
    row = stage(donor, path)[1].rows[-1]
    assert row['EventID'] == 4634
    assert row['TimeGenerated'] == '2024-05-01T10:00:00.0000000Z'
    assert row['TimeSource_CF'] == 'inferred'


def test_a_late_first_record_takes_the_time_of_the_one_after_it(
        stage, mkevtx, donor, tmp_path):
    path = mkevtx(tmp_path / 'orphans.evtx', '--export-style', text=(
        'event 4634\nlack time\nodd missing-template\n'
        'event 4624\ntime 2024-05-01T12:00:00\n'))
    row = stage(donor, path)[1].rows[-1]
    assert row['TimeGenerated'] == '2024-05-01T12:00:00.0000000Z'


def test_nothing_is_left_of_what_was_set_aside(
        stage, evtxstage, orphans, donor, tmp_path):
    staging = stage(orphans, donor, *RAW)[1]
    assert sorted(os.listdir(staging.path)) == [
        'chunks.ndjson', 'damage.ndjson', 'logs.ndjson', 'manifest.json',
        'segments', 'sources.ndjson']
    scratch = tmp_path / 'scratch'
    scratch.mkdir()
    done = evtxstage('-o', '-', *RAW, orphans, donor,
                     env={'TMPDIR': str(scratch)})
    assert done.status == 3 and os.listdir(scratch) == []


def test_a_missing_folder_for_temporary_files_is_named(
        evtxstage, orphans, donor, tmp_path):
    folder = str(tmp_path / 'nowhere')
    done = evtxstage('-o', '-', *RAW, orphans, donor, env={'TMPDIR': folder})
    assert done.status == 1 and folder in done.err
    # It is made when it is needed.
    assert evtxstage('-o', '-', *RAW, donor, env={'TMPDIR': folder}
                     ).status == 0


def test_both_decoders_set_the_same_aside(evtxstage, orphans, donor, truth):
    lines = lines_of(evtxstage, '--decoder', 'both', orphans, donor)
    assert unmarked(lines[1:]) == truth


@pytest.mark.parametrize('options', [[], ['--eids'], ['--recover', 'slack']])
def test_info_counts_late_records_in_their_source(evtxstage, orphans, donor, options):
    """They are read when their source, and others behind it, are done."""
    done = evtxstage('info', '--json', *options, donor, orphans)
    said = {os.path.basename(s['name']): s for s in json.loads(done.out)['sources']}
    own = said['orphans.evtx']
    assert sum(log['records'] for log in own['logs']) == own['accounting']['found'] == 9
    assert sum(log['records'] for log in said['donor.evtx']['logs']) == 1
