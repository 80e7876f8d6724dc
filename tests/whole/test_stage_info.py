# SPDX-License-Identifier: Apache-2.0
"""evtxstage info: the account of a conversion, without one."""
import json
import os

import pytest
from stage_tools import closes

TESTDATA = os.path.join(os.path.dirname(__file__), '..', '..', 'testdata')
SAME = ('name', 'bytes', 'chunks', 'chunks_bad', 'first_time', 'last_time')


@pytest.mark.parametrize('jobs', ['-j1', '-j3'])
def test_it_counts_what_a_conversion_counts(evtxstage, stage, jobs):
    done = evtxstage('info', '--json', jobs, TESTDATA)
    said = json.loads(done.out)
    sources = stage(TESTDATA, '-s', 'any')[1].sources
    assert done.status == said['exit'] == 3
    assert closes(said['accounting'])
    for mine, other in zip(said['sources'], sources, strict=True):
        assert [mine[k] for k in SAME] == [other[k] for k in SAME]
        assert mine.get('error') == other.get('error')
        for term in ('found', 'damaged', 'regions'):
            assert mine['accounting'][term] == other['accounting'][term], \
                mine['name']


def test_it_leaves_nothing_behind(evtxstage, log, tmp_path):
    before = sorted(os.listdir(tmp_path))
    assert evtxstage('info', log, cwd=tmp_path).status == 0
    assert sorted(os.listdir(tmp_path)) == before


def test_a_table_for_people(evtxstage, log):
    done = evtxstage('info', log)
    said = json.loads(evtxstage('info', '--json', log).out)['sources'][0]
    rows = dict(line.split(None, 1)
                for line in done.out.decode().splitlines()[1:])
    assert done.out.decode().splitlines()[0] == str(log)
    assert rows['records'] == str(said['accounting']['found'])
    assert rows['first'] == said['first_time']
    assert rows['last'] == said['last_time']


@pytest.mark.parametrize('words, says', [
    (['-o', 'out', 'x.evtx'], '--output does not work with the command info'),
    (['-s', 'all', 'x.evtx'], '--event-set does not work with the command'),
    ([], 'no input'),
])
def test_usage(evtxstage, words, says):
    done = evtxstage('info', *words)
    assert done.status == 2 and says in done.err


def test_a_folder_of_that_name_is_a_path(evtxstage, log, tmp_path):
    (tmp_path / 'info').mkdir()
    os.link(log, tmp_path / 'info' / 'x.evtx')
    done = evtxstage('./info', '-s', 'any', '-o', '-', cwd=tmp_path)
    assert done.status == 0 and done.out


def logon(n, user, address, kind, time):
    return ('event 4624\nrecord %d\ntime 2024-05-0%dT00:00:00Z\n'
            'TargetDomainName = CORP\nTargetUserName = %s\nIpAddress = %s\n'
            'LogonType = %d\n' % (n, time, user, address, kind))


LOGONS = (logon(1, 'ann', '10.0.0.1', 3, 1) + logon(2, 'bob', '-', 2, 2) +
          logon(3, 'ann', '10.0.0.1', 3, 3) +
          'event 1102\nrecord 4\ntime 2024-05-04T00:00:00Z\ncomputer OTHER\n')


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
@pytest.mark.parametrize('jobs', ['-j1', '-j3'])
def test_eids_computers_and_logons(evtxstage, mkevtx, tmp_path, decoder, jobs):
    log = mkevtx(tmp_path / 'x.evtx', text=LOGONS)
    said = json.loads(evtxstage('info', '--eids', '--json', jobs,
                                '--decoder', decoder, log).out)
    first, second = said['eids']
    assert (first['channel'], first['provider'], first['id'],
            first['count']) == (
        'Security', 'Microsoft-Windows-Security-Auditing', 4624, 3)
    assert first['first_time'] == '2024-05-01T00:00:00.0000000Z'
    assert first['last_time'] == '2024-05-03T00:00:00.0000000Z'
    assert (second['id'], second['provider'], second['count']) == (
        1102, 'Microsoft-Windows-Eventlog', 1)
    assert [c['count'] for c in said['computers']] == [3, 1]
    assert said['computers'][1]['computer'] == 'OTHER'
    assert [(g['account'], g['address'], g['type'], g['count'])
            for g in said['logons']] == [('CORP\\ann', '10.0.0.1', 3, 2),
                                         ('CORP\\bob', '', 2, 1)]
    assert said['others'] == {'eids': 0, 'computers': 0, 'logons': 0}


def test_eids_as_a_table(evtxstage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'x.evtx', text=LOGONS)
    text = evtxstage('info', '--eids', log).out.decode()
    assert ('3  2024-05-01 2024-05-03   4624  Security  '
            'Microsoft-Windows-Security-Auditing') in text
    assert 'type  3  CORP\\ann  from 10.0.0.1' in text
    assert 'type  2  CORP\\bob  from -' in text
    assert '\neids\n' in text
    assert '\neids\n' not in evtxstage('info', log).out.decode()


def test_eids_beyond_the_lists_are_counted(evtxstage, mkevtx, tmp_path):
    """More computers than a list shows, the same for every number of jobs."""
    log = mkevtx(tmp_path / 'x.evtx', text=''.join(
        'event 4624\nrecord %d\ncomputer PC%d\n' % (i, i)
        for i in range(1, 1203)))
    words = ('info', '--eids', '--json', log)
    said = json.loads(evtxstage(*words, '-j1').out)
    assert len(said['computers']) == 1000
    assert said['others'] == {'eids': 0, 'computers': 202, 'logons': 0}
    assert json.loads(evtxstage(*words, '-j3').out)['computers'] == \
        said['computers']
    text = evtxstage('info', '--eids', log).out.decode()
    assert '1 177  others (--json)' in text


def test_eids_count_what_was_found(evtxstage):
    said = json.loads(evtxstage('info', '--eids', '--json', TESTDATA).out)
    a = said['accounting']
    for name in ('eids', 'computers'):
        assert sum(i['count'] for i in said[name]) + said['others'][name] == \
            a['found'] - a['damaged']


def test_eids_is_for_info(evtxstage, log):
    done = evtxstage('--eids', '-o', '-', log)
    assert done.status == 2 and '--eids works only with the command info' in done.err


@pytest.mark.parametrize('where', [[], ['--sids'], ['--chunks']])
def test_many_sources_are_in_the_list(evtxstage, log, tmp_path, where):
    """More than the pages that stay in memory: each with its own logs."""
    data = open(log, 'rb').read()
    folder = tmp_path / 'many'
    folder.mkdir()
    names = [folder / ('%03d.evtx' % i) for i in range(150)]
    for name in names:
        name.write_bytes(data)
    done = evtxstage('info', '--json', *where, folder)
    text = done.err if where else done.out
    said = json.loads(text.splitlines()[-1])
    one = json.loads(evtxstage('info', '--json', log).out)['sources'][0]
    assert [s['name'] for s in said['sources']] == [str(n) for n in names]
    for source in said['sources']:
        assert source['logs'] == one['logs'] and source['logs'][0]['records'] > 0
        assert source['accounting'] == one['accounting']
