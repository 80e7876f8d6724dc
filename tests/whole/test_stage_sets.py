# SPDX-License-Identifier: Apache-2.0
"""Event sets, ids and times: which records are staged, and why not."""
import csv
import json
import os
import shutil

import event_sets
import pytest
from event_sets import of_raw, takes
from stage_tools import closes, expected, read, sha256

SETS = ['all', 'common', 'minimal', 'none', 'any']
CHANNELS = [
    'Security', 'security', 'Microsoft-Windows-AppLocker/EXE and DLL',
    'Microsoft-Windows-AppLocker/MSI and Script', 'ForwardedEvents',
    'System', 'Microsoft-Windows-AppLocker', 'Security2', 'X-Security',
    'Microsoft-Windows-Security-Mitigations/KernelMode']


def ids_to_try():
    """Every id of the sets, its neighbours, and the ends of the range."""
    near = {i + d for i in event_sets.COMMON | event_sets.MINIMAL
            for d in (-1, 0, 1)}
    return sorted(near | {0, 65535})


@pytest.fixture(scope='module')
def every_id(mkevtx, tmp_path_factory):
    """A log with every id to try in every channel."""
    text = ''.join('event 4634 every 1s\nchannel %s\nid %d\n' % (c, i)
                   for c in CHANNELS for i in ids_to_try())
    folder = tmp_path_factory.mktemp('ids')
    return mkevtx(folder / 'ids.evtx', text=text)


def keys(lines):
    return [(x['channel'], x['event_id'], x['record']) for x in lines]


def row_keys(rows):
    return [(r['Channel'], r['EventID'], int(r['EventRecordId']))
            for r in rows]


@pytest.mark.parametrize('name', SETS)
def test_set_takes_exactly_its_ids(stage, every_id, name):
    done, staging = stage('-s', name, every_id)
    all_keys = keys(expected(every_id))
    want = [k for k in all_keys if takes(name, k[0], k[1])]
    assert done.status == 0
    assert row_keys(staging.rows) == want
    account = staging.manifest['accounting']
    assert account['found'] == len(all_keys) and account['damaged'] == 0
    assert account['emitted'] == len(want)
    rest = len(all_keys) - len(want)
    assert account['filtered'] == ({'event_set': rest} if rest else {})


def asked(path, name):
    """{channel in lower case: ids, none for every one} of an agent's set."""
    with open(path) as f:
        return {c.lower(): set(ids) for c, ids in json.load(f)[
            {'all': 'AllEvents'}.get(name, name.capitalize())]['ids'].items()}


@pytest.mark.parametrize('name', ['all', 'common', 'minimal'])
def test_strict_sets_are_what_the_agent_asks(stage, every_id, corpus, name):
    path = os.path.join(corpus, 'sentinel', 'eventsets.json')
    if not os.path.exists(path):
        pytest.skip('no sentinel/eventsets.json in EVTX_CORPUS')
    want = asked(path, name)
    done, staging = stage('-s', name, '--strict-sets', every_id)
    assert done.status == 0
    assert row_keys(staging.rows) == [
        k for k in keys(expected(every_id)) if k[0].lower() in want
        and (k[1] in want[k[0].lower()] or not want[k[0].lower()])]
    options = staging.manifest['options']
    assert options['strict_sets'] == 'true'
    assert staging.manifest['event_set']['name'] == name


@pytest.mark.parametrize('name', ['any', 'set.json'])
def test_strict_sets_are_for_sets_of_the_connector(evtxstage, every_id, name):
    done = evtxstage('-o', '-', '-s', name, '--strict-sets', every_id)
    assert done.status == 2 and '--strict-sets' in done.err


def test_default_is_all(evtxstage, every_id):
    assert evtxstage('-o', '-', every_id).out == \
        evtxstage('-o', '-', '-s', 'all', every_id).out != b''


def test_sets_are_those_of_the_connector(corpus):
    path = os.path.join(corpus, 'event-sets.tsv')
    if not os.path.exists(path):
        pytest.skip('no event-sets.tsv in EVTX_CORPUS')
    with open(path) as f:
        rows = list(csv.DictReader(f, delimiter='\t'))
    for name, ids in (('minimal', event_sets.MINIMAL),
                      ('common', event_sets.COMMON)):
        assert ids == {int(r['event_id']) for r in rows if r['set'] == name}


def test_the_channel_of_the_record_decides_not_the_name_of_the_file(
        evtxstage, mkevtx, tmp_path):
    forwarded = mkevtx(tmp_path / 'ForwardedEvents.evtx', '--events',
                       '4624:4', '--channel', 'Security')
    security = mkevtx(tmp_path / 'Security.evtx', '--events', '4624:4',
                      '--channel', 'ForwardedEvents')
    assert len(evtxstage('-o', '-', forwarded).rows) == 4
    assert evtxstage('-o', '-', security).rows == []


def test_records_without_channel(evtxstage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'log.evtx',
                  text='event 4634 x2\nlack channel\nevent 4634\n')
    assert len(evtxstage('-o', '-', path).rows) == 1
    rows = evtxstage('-o', '-', '-s', 'any', path).rows
    assert [r['Channel'] for r in rows] == ['', '', 'Security']


def test_applocker_events(evtxstage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'log.evtx', '--events',
                  'AppLocker:8002:3,AppLocker:8004:2')
    for name in ('all', 'common', 'minimal'):
        rows = evtxstage('-o', '-', '-s', name, path).rows
        assert sorted(r['EventID'] for r in rows) == [8002] * 3 + [8004] * 2
        assert all(r['Channel'].startswith('Microsoft-Windows-AppLocker/')
                   for r in rows)


# --- the corpus -----------------------------------------------------------

@pytest.fixture(scope='module')
def corpus_raw(evtxstage, corpus):
    """All records of the corpus, as raw lines."""
    done = evtxstage('-q', '-o', '-', '-s', 'any', '--schema', 'raw',
                     os.path.join(corpus, 'corpus'), timeout=300)
    assert done.status == 3  # some of it is damaged
    return done.out.splitlines()


@pytest.mark.parametrize('name', ['all', 'common', 'minimal', 'none'])
def test_sets_on_the_corpus(evtxstage, corpus, corpus_raw, name):
    done = evtxstage('-q', '-o', '-', '-s', name, '--schema', 'raw',
                     os.path.join(corpus, 'corpus'), timeout=300)
    want = [line for line in corpus_raw
            if takes(name, *of_raw(json.loads(line)))]
    assert done.status == 3
    assert done.out.splitlines() == want
    assert bool(want) == (name != 'none')


# --- a set of one's own ---------------------------------------------------

@pytest.fixture
def own_set(tmp_path):
    def write(select, name='case42', file='set.json'):
        path = tmp_path / file
        path.write_text(json.dumps({'name': name, 'select': select}))
        return path
    return write


def selected(lines, rule):
    return [k for k in keys(lines) if rule(k[0].lower(), k[1])]


OWN = [
    ([{'channel': 'Security', 'ids': [4624, '4700-4702']}],
     lambda c, i: c == 'security' and i in (4624, 4700, 4701, 4702)),
    ([{'channel': 'Microsoft-Windows-AppLocker/*', 'ids': '*'}],
     lambda c, i: c.startswith('microsoft-windows-applocker/')),
    ([{'channel': 'Security', 'ids': '4624,4720-4724'},
      {'channel': 'sys*', 'ids': ['*']}],
     lambda c, i: c == 'system' or (
         c == 'security' and (i == 4624 or 4720 <= i <= 4724))),
    ([{'channel': '*', 'ids': 4624}], lambda c, i: i == 4624),
    ([{'channel': 'Security', 'ids': []}], lambda c, i: False),
    ([], lambda c, i: False),
]


@pytest.mark.parametrize('number', range(len(OWN)))
def test_own_set(stage, every_id, own_set, number):
    select, rule = OWN[number]
    done, staging = stage('-s', own_set(select), every_id)
    assert done.status == 0, done.err
    assert row_keys(staging.rows) == selected(expected(every_id), rule)


def test_own_set_is_in_the_manifest_with_name_and_digest(
        stage, log, own_set):
    path = own_set([{'channel': 'Security', 'ids': '*'}])
    _, staging = stage('-s', path, log)
    assert staging.manifest['event_set'] == {
        'name': 'case42', 'sha256': sha256(read(path))}


def test_a_built_in_name_wins_over_a_file(evtxstage, log, own_set, tmp_path):
    own_set([], file='common')
    built_in = evtxstage('-o', '-', '-s', 'common', log, cwd=tmp_path)
    file = evtxstage('-o', '-', '-s', './common', log, cwd=tmp_path)
    assert built_in.status == file.status == 0
    assert len(built_in.rows) > 0 and file.rows == []


BAD_SETS = [
    '', '{', '[]', 'null', '{"name":"x","select":[]} more',
    '{"select":[]}', '{"name":"","select":[]}', '{"name":1,"select":[]}',
    '{"name":"x"}', '{"name":"x","select":{}}',
    '{"name":"x","select":[{"ids":[1]}]}',
    '{"name":"x","select":[{"channel":"Security"}]}',
    '{"name":"x","select":[{"channel":"","ids":"*"}]}',
    '{"name":"x","select":[{"channel":"Security","ids":[70000]}]}',
    '{"name":"x","select":[{"channel":"Security","ids":[-1]}]}',
    '{"name":"x","select":[{"channel":"Security","ids":[1.5]}]}',
    '{"name":"x","select":[{"channel":"Security","ids":["9-8"]}]}',
    '{"name":"x","select":[{"channel":"Security","ids":[null]}]}',
    '{"name":"x","select":[{"channel":"Security","id":[1]}]}',
    '{"name":"x","selcet":[],"select":[]}',
]


@pytest.mark.parametrize('text', BAD_SETS)
def test_bad_set_is_refused_and_named(evtxstage, log, tmp_path, text):
    path = tmp_path / 'bad-set.json'
    path.write_text(text)
    done = evtxstage('-o', tmp_path / 'out', '-s', path, log)
    assert done.status == 2 and done.out == b''
    assert done.err.count('\n') == 1
    assert not (tmp_path / 'out').exists()
    assert 'bad-set.json' in done.err


def test_directory_as_set_is_refused(evtxstage, log, tmp_path):
    done = evtxstage('-o', '-', '-s', tmp_path, log)
    assert done.status == 2 and str(tmp_path) in done.err


# --- nothing selected -----------------------------------------------------

def test_hint_when_nothing_is_selected(evtxstage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'sysmon.evtx', '--events', 'Sysmon:1:5')
    done = evtxstage('-o', '-', path)
    assert done.status == 0 and done.rows == []
    assert '--event-set any' in done.err and '5 records' in done.err
    # Also where the rest of the summary is not wanted.
    assert '--event-set any' in evtxstage('-q', '-o', '-', path).err


def test_no_hint_when_something_is_selected(evtxstage, log):
    assert '--event-set any' not in evtxstage('-o', '-', log).err


def test_none_validates_and_counts(stage, log):
    done, staging = stage('-s', 'none', log)
    manifest = staging.manifest
    assert done.status == 0 and manifest['segments'] == []
    assert manifest['accounting']['found'] == 96
    assert manifest['accounting']['filtered'] == {'event_set': 96}


@pytest.mark.parametrize('options,status', [
    ((), 0), (('--error-if-empty',), 4),
    (('--error-if-empty', '-s', 'any'), 0)])
def test_error_if_empty(stage, mkevtx, tmp_path, options, status):
    path = mkevtx(tmp_path / 'sysmon.evtx', '--events', 'Sysmon:1:5')
    done, staging = stage(path, *options)
    assert done.status == status and staging.finished


def test_error_if_empty_without_logs(evtxstage, tmp_path):
    assert evtxstage('-o', '-', '--error-if-empty', tmp_path).status == 4


def test_damage_counts_more_than_emptiness(evtxstage, log, tmp_path):
    (tmp_path / 'bad.evtx').write_bytes(b'no log')
    done = evtxstage('-o', '-', '--error-if-empty', '-s', 'none', log,
                     tmp_path / 'bad.evtx')
    assert done.status == 3


# --- ids ------------------------------------------------------------------

@pytest.mark.parametrize('options,rule', [
    (('--include-eid', '4624'), lambda i: i == 4624),
    (('--include-eid', '4624,4700-4799'),
     lambda i: i == 4624 or 4700 <= i <= 4799),
    (('--include-eid', ' 4624 , 4625 '), lambda i: i in (4624, 4625)),
    (('--exclude-eid', '4624-5000'), lambda i: not 4624 <= i <= 5000),
    (('--include-eid', '4600-4700', '--exclude-eid', '4625,4634'),
     lambda i: 4600 <= i <= 4700 and i not in (4625, 4634)),
    (('--include-eid', '0-65535'), lambda i: True),
    (('--include-eid', '65535'), lambda i: i == 65535)])
@pytest.mark.parametrize('name', ['any', 'minimal'])
def test_ids_meet_the_set(stage, every_id, name, options, rule):
    done, staging = stage('-s', name, *options, every_id)
    want = [k for k in keys(expected(every_id))
            if takes(name, k[0], k[1]) and rule(k[1])]
    assert done.status == 0
    assert row_keys(staging.rows) == want
    assert closes(staging.manifest['accounting'])


def test_reasons_are_counted_apart(stage, every_id):
    _, staging = stage('-s', 'common', '--include-eid', '4600-4800',
                       '--exclude-eid', '4624', '--to',
                       '2024-05-01T00:05:00Z', every_id)
    want = {'event_set': 0, 'include_eid': 0, 'exclude_eid': 0, 'time': 0}
    emitted = 0
    for line in expected(every_id):
        event_id = line['event_id']
        if not takes('common', line['channel'], event_id):
            want['event_set'] += 1
        elif not 4600 <= event_id <= 4800:
            want['include_eid'] += 1
        elif event_id == 4624:
            want['exclude_eid'] += 1
        elif line['time'] >= '2024-05-01T00:05:00':
            want['time'] += 1
        else:
            emitted += 1
    account = staging.manifest['accounting']
    assert account['filtered'] == want and all(want.values())
    assert account['emitted'] == emitted > 0


# --- times ----------------------------------------------------------------

TIMES = ['2024-05-01T07:59:59.9999999Z', '2024-05-01T08:00:00Z',
         '2024-05-01T08:00:00.0000001Z', '2024-05-01T08:59:59.9999999Z',
         '2024-05-01T09:00:00Z', '2024-05-02T00:00:00Z']


@pytest.fixture
def timed(mkevtx, tmp_path):
    text = ''.join('event 4634\ntime %s\n' % t for t in TIMES)
    return mkevtx(tmp_path / 'timed.evtx', text=text)


@pytest.mark.parametrize('options,want', [
    (('--from', '2024-05-01T08:00:00Z'), [1, 2, 3, 4, 5]),
    (('--to', '2024-05-01T08:00:00Z'), [0]),
    (('--from', '2024-05-01T08:00:00Z', '--to', '2024-05-01T09:00:00Z'),
     [1, 2, 3]),
    (('--from', '2024-05-01T08:00:00.0000001Z'), [2, 3, 4, 5]),
    (('--to', '2024-05-01T08:59:59.9999999Z'), [0, 1, 2]),
    (('--from', '2024-05-02'), [5]),
    (('--to', '2024-05-02'), [0, 1, 2, 3, 4]),
    (('--from', '2024-05-01T08:00'), [1, 2, 3, 4, 5]),
    (('--from', '2024-05-01 08:00:00'), [1, 2, 3, 4, 5]),
    (('--from', '2030-01-01'), [])])
def test_from_is_inclusive_and_to_exclusive(evtxstage, timed, options, want):
    done = evtxstage('-o', '-', *options, timed)
    assert done.status == 0, done.err
    got = [r['TimeGenerated'] for r in done.rows]
    padded = [t[:-1] + '.0000000Z' if '.' not in t else t for t in TIMES]
    assert got == [padded[i] for i in want]


def test_times_do_not_depend_on_the_time_zone(evtxstage, timed):
    args = ('-o', '-', '--from', '2024-05-01T08:00:00', timed)
    assert evtxstage(*args, env={'TZ': 'Asia/Tokyo'}).out == \
        evtxstage(*args, env={'TZ': 'UTC'}).out != b''


def test_records_without_time_are_in_no_range(stage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'log.evtx',
                  text='event 4634 x2\nevent 4634\nlack time\n')
    _, staging = stage('--from', '2000-01-01', path)
    account = staging.manifest['accounting']
    assert account['emitted'] == 2 and account['filtered'] == {'no_time': 1}


def test_the_header_of_the_record_does_not_decide(evtxstage, mkevtx,
                                                  tmp_path):
    """Exported logs carry the time of another record in the header."""
    text = ''.join('event 4634\ntime %s\n' % t for t in TIMES)
    path = mkevtx(tmp_path / 'export.evtx', '--export-style', text=text)
    done = evtxstage('-o', '-', '--from', '2024-05-02', path)
    assert [r['TimeGenerated'][:10] for r in done.rows] == ['2024-05-02']


def test_set_file_is_only_read(evtxstage, log, own_set):
    path = own_set([{'channel': 'Security', 'ids': '*'}])
    copy = str(path) + '.copy'
    shutil.copy2(path, copy)
    os.chmod(path, 0o400)
    assert evtxstage('-o', '-', '-s', path, log).status == 0
    assert read(path) == read(copy)
