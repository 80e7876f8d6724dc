# SPDX-License-Identifier: Apache-2.0
"""What the records say of their logs: ids that are missing, logs that were
cleared, clocks that went back, and how the copy was made."""
import json
import os

import pytest
from stage_tools import Staging, run


def events(*some):
    """A description: record id, time of the day, and what more is said."""
    return ''.join('event 4624\nrecord %d\ntime 2024-05-01T%sZ\n%s' % event
                   for event in some)


GAPS = events((1, '00:00:01', ''), (2, '00:00:02', ''), (5, '00:00:03', ''),
              (6, '00:00:04', ''), (6, '00:00:04', ''), (10, '00:00:05', ''),
              (100, '00:00:06', 'computer OTHER\n'))
CLOCK = events((1, '12:00:00', ''), (2, '11:59:30', ''), (3, '08:00:00', ''),
               (4, '08:00:01', ''))


def logs_of(evtxstage, stage, tmp_path, *inputs):
    """What info, a manifest of everything and one of nothing say: the same."""
    done = evtxstage('info', '--json', *inputs)
    said = json.loads(done.out)
    for name in ('any', 'none'):
        staging = stage('-s', name, *inputs, to=name)[1]
        assert staging.logs == said['logs']
        assert [s.get('copy') for s in staging.sources] == \
            [s.get('copy') for s in said['sources']]
    return said


def test_gaps_are_those_of_each_computer(evtxstage, stage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'x.evtx', text=GAPS)
    said = logs_of(evtxstage, stage, tmp_path, log)
    usual, other = said['logs']
    if usual['computer'] == 'OTHER':
        usual, other = other, usual
    assert usual['channel'] == 'Security' and usual['records'] == 6
    assert (usual['first_record_id'], usual['last_record_id']) == (1, 10)
    assert (usual['gaps'], usual['missing'], usual['repeated']) == (2, 5, 1)
    assert usual['missing_ids'] == [[3, 4], [7, 9]]
    assert usual['ids'] == [[1, 2], [5, 6], [10, 10]] and usual['more'] == 0
    assert usual['first_time'] == '2024-05-01T00:00:01.0000000Z'
    assert usual['last_time'] == '2024-05-01T00:00:05.0000000Z'
    assert (other['records'], other['gaps'], other['missing']) == (1, 0, 0)
    assert 'missing_ids' not in other
    assert said['sources'][0]['logs'] == said['logs']


def test_ids_that_are_none(evtxstage, stage, mkevtx, tmp_path):
    """Windows counts from 1, and numbers of JSON are exact up to 2^53 - 1."""
    most = (1 << 53) - 1
    log = mkevtx(tmp_path / 'x.evtx', text=events(
        (0, '00:00:01', ''), (most - 2, '00:00:02', ''),
        (most, '00:00:03', ''), (most + 1, '00:00:04', ''),
        ((1 << 64) - 1, '00:00:05', '')))
    said, = logs_of(evtxstage, stage, tmp_path, log)['logs']
    assert (said['records'], said['without_id']) == (5, 3)
    assert said['first_record_id'] == most - 2
    assert said['last_record_id'] == most
    assert said['missing_ids'] == [[most - 1, most - 1]]


def test_a_log_in_two_files_is_one_log_of_the_run(evtxstage, stage, mkevtx,
                                                  tmp_path):
    for name, first in (('a', 1), ('b', 21), ('c', 15)):
        mkevtx(tmp_path / (name + '.evtx'), '--events', '4624:10',
               '--first-record', first)
    said = logs_of(evtxstage, stage, tmp_path, *(
        tmp_path / n for n in ('a.evtx', 'b.evtx', 'c.evtx')))
    log, = said['logs']
    assert log['records'] == 30 and log['repeated'] == 4
    assert log['missing_ids'] == [[11, 14]] and log['missing'] == 4
    assert all(s['logs'][0]['gaps'] == 0 for s in said['sources'])


def test_who_cleared_what(evtxstage, stage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'x.evtx', '--events', '4624:3,1102:1')
    said = logs_of(evtxstage, stage, tmp_path, log)
    row, = stage('-s', 'any', '--schema', 'raw', '--include-eid', '1102', log,
                 to='raw')[1].rows
    data = row['Event']['UserData']['LogFileCleared']
    note, = said['sources'][0]['log_cleared']
    assert note['event_id'] == 1102 and note['log'] == 'Security'
    assert note['by'] == '%s\\%s' % (data['SubjectDomainName'],
                                     data['SubjectUserName'])
    assert note['record_id'] == row['Event']['System']['EventRecordID']
    assert said['logs'][0]['cleared'] == 1
    same = dict(note, source=str(log), source_number=0)
    del same['channel'], same['computer']
    assert said['logs'][0]['log_cleared'] == [same]
    text = evtxstage('info', log).out.decode()
    assert 'log cleared' in text and note['by'] in text
    assert 'log cleared' in evtxstage('-o', tmp_path / 'o', log).err


def test_event_104_names_the_log(evtxstage, stage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'x.evtx', text='''event
provider Microsoft-Windows-Eventlog
channel System
id 104
record 7
userdata
<LogFileCleared>
SubjectUserName = mallory
SubjectDomainName = CORP
Channel = Application
</LogFileCleared>
''')
    said = logs_of(evtxstage, stage, tmp_path, log)
    note, = said['sources'][0]['log_cleared']
    assert (note['event_id'], note['log'], note['by'], note['channel']) == \
        (104, 'Application', 'CORP\\mallory', 'System')


def test_a_clock_that_was_set_back(evtxstage, stage, mkevtx, tmp_path):
    """Thirty seconds are how processors race; hours are not."""
    log = mkevtx(tmp_path / 'x.evtx', text=CLOCK)
    said = logs_of(evtxstage, stage, tmp_path, log)
    jump, = said['sources'][0]['clock_jumps']
    assert jump['record_id'] == 3
    assert jump['time'] == '2024-05-01T08:00:00.0000000Z'
    assert jump['time_before'] == '2024-05-01T11:59:30.0000000Z'
    assert said['logs'][0]['clock_jumps'] == 1
    again, = said['logs'][0]['clock_back']
    assert again['source'] == str(log)
    assert {k: v for k, v in jump.items() if k in again} == \
        {k: v for k, v in again.items() if k in jump}
    assert 'clock back' in evtxstage('info', log).out.decode()


@pytest.mark.parametrize('options, copy', [
    ((), 'raw'), (('--export-style', '--first-record', '500'), 'exported')])
def test_how_the_copy_was_made(evtxstage, stage, mkevtx, tmp_path, options,
                               copy):
    log = mkevtx(tmp_path / 'x.evtx', '--events', '4624:20', *options)
    source, = logs_of(evtxstage, stage, tmp_path, log)['sources']
    assert source['copy'] == copy
    assert (source['header_ids_differ'] == 20) == (copy == 'exported')


@pytest.mark.parametrize('computers, copy', [
    (('PC1', 'PC2'), 'exported or forwarded'), (('PC1', 'PC1'), 'exported')])
def test_a_collector_numbers_anew_as_an_export_does(
        evtxstage, stage, mkevtx, tmp_path, computers, copy):
    """All at one time, so that no header has that of the event behind it."""
    log = mkevtx(tmp_path / 'x.evtx', '--export-style', text=events(*(
        (7000 + i, '00:00:01', 'computer %s\n' % computers[i % 2])
        for i in range(6))))
    source, = logs_of(evtxstage, stage, tmp_path, log)['sources']
    assert source['copy'] == copy and source['header_ids_differ'] == 6
    assert 'copy         %s\n' % copy in evtxstage('info', log).out.decode()


@pytest.mark.parametrize('options', [
    ('--include-eid', '4625'), ('--from', '2030-01-01T00:00:00Z'), ('-s', 'none')])
def test_what_is_not_selected_counts(stage, mkevtx, tmp_path, options):
    log = mkevtx(tmp_path / 'x.evtx', text=GAPS + events(
        (101, '00:00:07', 'computer OTHER\nid 4625\n')))
    want = stage('-s', 'any', log, to='all')[1]
    staging = stage(*options, log)[1]
    assert staging.manifest['accounting']['emitted'] < 2
    assert staging.logs == want.logs


def test_tables_for_people(evtxstage, mkevtx, tmp_path):
    """info tells of each log of a source, a run of what all have together."""
    gaps = mkevtx(tmp_path / 'a.evtx', text=GAPS)
    clock = mkevtx(tmp_path / 'b.evtx', text=CLOCK.replace(
        'record', 'computer THIRD\nrecord'))
    text = evtxstage('info', gaps, clock).out.decode()
    for words in ('6 records of Security on DC01.corp.example, 1 to 10',
                  '1 record of Security on OTHER, 100 to 100',
                  '4 records of Security on THIRD, 1 to 4',
                  '5 EventRecordIDs, in 2 gaps',
                  '1 with an id that an earlier record has',
                  '2024-05-01T08:00:00.0000000Z, record 3 of Security, '
                  'after a record of 2024-05-01T11:59:30.0000000Z'):
        assert words in text
    done = evtxstage('-o', tmp_path / 'out', gaps, clock)
    rows = {line[2:14].strip(): line[14:].split() for line in
            done.err.splitlines()}
    assert rows['logs'][0] == '3:' and rows['missing'][0] == '5'
    assert rows['missing'][-2:] == ['2', 'gaps']
    assert rows['clock back'][0] == '1' and 'log cleared' not in rows


def test_gaps_of_a_staging_are_filled(evtxstage, stage, mkevtx, tmp_path):
    """Many at once by a log that is added, which goes on behind them: what is
    known then is what is known of all logs read at once."""
    def log(name, ids):
        return mkevtx(tmp_path / name, text=events(
            *((i, '00:00:01', '') for i in ids)))
    logs = [log('a.evtx', range(1, 181, 3)),
            log('b.evtx', [*range(1, 61), 110, 140])]
    staging = stage(logs[0])[1]
    assert evtxstage('-q', '-o', staging.path, '--append',
                     logs[1]).status == 0
    grown, = Staging(staging.path).logs
    assert grown == stage(*logs, to='at once')[1].logs[0]
    assert len(grown['missing_ids']) == grown['gaps'] == 39


def test_what_is_added_goes_on(evtxstage, stage, mkevtx, tmp_path):
    for name, first in (('a', 1), ('b', 15), ('c', 11)):
        mkevtx(tmp_path / (name + '.evtx'), '--events', '4624:10',
               '--first-record', first)
    staging = stage(tmp_path / 'a.evtx', tmp_path / 'b.evtx')[1]
    assert staging.logs[0]['missing_ids'] == [[11, 14]]
    assert evtxstage('-q', '-o', staging.path, '--append',
                     tmp_path / 'c.evtx').status == 0
    log, = Staging(staging.path).logs
    assert (log['records'], log['missing'], log['repeated']) == (30, 0, 6)
    assert evtxstage('verify', staging.path).status == 0


def test_against_a_slow_count(evtxstage, corpus, tmp_path):
    """The ids of real logs, put together from the rows."""
    assert evtxstage('-q', '-s', 'any', '--schema', 'raw', '--dedupe', 'none', '-o',
                     tmp_path / 'o', os.path.join(corpus, 'corpus')).status == 3
    staging = Staging(tmp_path / 'o')
    ids = {}
    for row in staging.rows:
        system = row['Event']['System']
        number = int(system.get('EventRecordID') or 0)
        if 0 < number < 1 << 53:
            ids.setdefault((system.get('Channel') or '',
                            system.get('Computer') or ''), []).append(number)
    logs = {(x['channel'], x['computer']): x
            for x in staging.logs}
    assert len(ids) > 100
    for key, found in ids.items():
        log, known = logs[key], set(found)
        assert (log['first_record_id'], log['last_record_id']) == \
            (min(known), max(known))
        assert log['missing'] == max(known) - min(known) + 1 - len(known)
        assert log['repeated'] == len(found) - len(known)
        assert log['gaps'] == sum(i + 1 not in known for i in known) - 1


def deep(folder):
    """A folder whose path has about 950 bytes."""
    while len(os.fspath(folder)) < 700:
        folder = folder / ('d' * 200)
    folder = folder / ('d' * (940 - len(os.fspath(folder))))
    folder.mkdir(parents=True)
    return folder


def test_a_log_of_many_notes_is_one_line_that_is_read(
        evtxstage, evtxload_path, mkevtx, tmp_path):
    """9,000 clearings, each with a long name, do not fit a line of 4 MiB."""
    log = mkevtx(tmp_path / 'x.evtx', text='event 1102 x9000 every 1s\n')
    where = deep(tmp_path / 'deep')
    os.rename(log, where / 'x.evtx')
    out = tmp_path / 'out'
    done = evtxstage('-q', '-o', out, where / 'x.evtx')
    assert done.status == 0, done.err
    line = open(out / 'logs.ndjson', 'rb').read().splitlines()[0]
    said = json.loads(line)
    assert 2 << 20 < len(line) < 4 << 20
    assert said['cleared'] == 9000 > len(said['log_cleared']) > 2000
    assert evtxstage('verify', out).status == 0
    more = mkevtx(tmp_path / 'y.evtx', '--events', '1102:10')
    assert evtxstage('-q', '-o', out, '--append', more).status == 0
    assert sum(log['cleared'] for log in Staging(out).logs) == 9010
    assert evtxstage('verify', out).status == 0
    done = run([evtxload_path, '--target', 'sqlite:%s' % (tmp_path / 'x.db'), out])
    assert done.status == 0, done.err
