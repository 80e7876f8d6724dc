# SPDX-License-Identifier: Apache-2.0
"""The lines of both schemas against what mkevtx wrote into the files."""
import csv
import json
import os
import re

import pytest
from columns import table_columns
from stage_tools import ROOT, expected, read

ALWAYS = ['TimeGenerated', 'Computer', 'Channel', 'EventID', 'Activity']
TIME = re.compile(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$')
SCHEMAS = ['securityevent', 'windowsevent', 'event', 'raw', 'ecs']
ODD = ['dirty', 'no-system', 'nested', 'repeat', 'strings', 'nuls', 'types',
       'arrays', 'string-arrays', 'no-template', 'entities', 'charrefs',
       'cdata', 'pi', 'nulls', 'bools', 'surrogates', 'non-bmp']


def columns():
    return table_columns('securityevent')


def key_order():
    names = [c['name'] for c in columns() if c['name'] != 'TimeGenerated']
    return ['TimeGenerated'] + names


@pytest.fixture(scope='module')
def every_event(mkevtx, tmp_path_factory):
    folder = tmp_path_factory.mktemp('every')
    return mkevtx(folder / 'every.evtx', '--events', 'all:4', '--seed', 7)


@pytest.fixture(scope='module')
def odd_logs(mkevtx, tmp_path_factory):
    folder = tmp_path_factory.mktemp('odd')
    for odd in ODD:
        mkevtx(folder / (odd + '.evtx'), '--events', 'all:1', '--odd', odd)
    return folder


def check_line(line):
    """One compact object, no key twice, spelled as any JSON writer would."""
    pairs = []
    text = line.decode('utf-8')
    value = json.loads(text, object_pairs_hook=lambda p: pairs.append(p)
                       or dict(p))
    for members in pairs:
        names = [name for name, _ in members]
        assert len(names) == len(set(names)), names
    assert isinstance(value, dict)
    assert json.dumps(value, ensure_ascii=False,
                      separators=(',', ':')) == text
    return value


@pytest.mark.parametrize('schema', SCHEMAS)
def test_every_line_is_one_compact_object(evtxstage, every_event, odd_logs,
                                          schema):
    done = evtxstage('-o', '-', '-s', 'any', '--schema', schema, every_event,
                     odd_logs, os.path.join(ROOT, 'testdata'))
    assert done.out.endswith(b'\n') and b'\r' not in done.out
    lines = done.out[:-1].split(b'\n')
    assert len([check_line(line) for line in lines]) > 300


@pytest.mark.parametrize('schema', SCHEMAS)
def test_every_line_of_the_corpus_is_one_compact_object(evtxstage, corpus,
                                                        schema):
    done = evtxstage('-q', '-o', '-', '-s', 'any', '--schema', schema,
                     os.path.join(corpus, 'corpus', 'evtx-rs'))
    lines = done.out[:-1].split(b'\n')
    assert len([check_line(line) for line in lines]) > 5000


def test_keys_are_in_the_order_of_the_table(evtxstage, every_event,
                                            odd_logs):
    order = {name: i for i, name in enumerate(key_order())}
    rows = evtxstage('-o', '-', '-s', 'any', every_event, odd_logs).rows
    for row in rows:
        places = [order[name] for name in row]
        assert places == sorted(places)


def test_columns_that_the_service_fills_are_not_sent(evtxstage, every_event):
    service = {c['name'] for c in columns() if c['kind'] in ('SERVICE', 'AGENT')}
    for row in evtxstage('-o', '-', '-s', 'any', every_event).rows:
        assert service & set(row) == set()


def test_five_columns_are_always_there(evtxstage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'log.evtx', text='event 4634\n'
                  'lack provider,version,keywords,execution,channel,'
                  'computer,record\n')
    row, = evtxstage('-o', '-', '-s', 'any', path).rows
    assert [n for n in ALWAYS if n not in row] == []
    assert row['Computer'] == '' and row['Channel'] == ''
    assert row['EventID'] == 4634
    for name in ('Version', 'Keywords', 'EventSourceName', 'EventRecordId',
                 'SystemProcessId'):
        assert name not in row


# --- values ---------------------------------------------------------------

def test_system_columns(evtxstage, every_event):
    rows = evtxstage('-o', '-', '-s', 'any', every_event).rows
    lines = expected(every_event)
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines):
        want = {
            'TimeGenerated': line['time'], 'TimeCreated_CF': line['time'],
            'Computer': line['computer'], 'Channel': line['channel'],
            'EventSourceName': line['provider'], 'EventID': line['event_id'],
            'EventRecordId': str(line['record']), 'Task': line['task'],
            'Level': str(line['level']), 'Opcode': str(line['opcode']),
            'Version': line['version'], 'Keywords': line['keywords'],
            'SystemProcessId': line['pid'], 'SystemThreadId': line['tid'],
            'SystemUserId': line['user'] or 'N/A'}
        if line['activity']:
            want['Correlation'] = '{%s}' % line['activity'].lower()
        assert {n: row.get(n) for n in want} == want
        assert ('Correlation' in row) == bool(line['activity'])
        assert TIME.match(row['TimeGenerated'])


def test_activity_is_id_and_text(evtxstage, every_event):
    rows = evtxstage('-o', '-', '-s', 'any', every_event).rows
    known = {r['EventID']: r['Activity'] for r in rows}
    assert known[4624] == '4624 - An account was successfully logged on.'
    assert known[1102] == '1102 - The audit log was cleared.'
    for event_id, activity in known.items():
        assert activity == str(event_id) or \
            activity.startswith('%d - ' % event_id)


def test_activity_texts_are_the_known_ones(evtxstage, corpus, mkevtx,
                                           tmp_path):
    path = os.path.join(corpus, 'sentinel', 'activity_texts.tsv')
    if not os.path.exists(path):
        pytest.skip('no activity_texts.tsv in EVTX_CORPUS')
    with open(path, encoding='utf-8') as f:
        texts = {int(r['EventID']): r['Text']
                 for r in csv.DictReader(f, delimiter='\t',
                                         quoting=csv.QUOTE_NONE)}
    # Ids beside them have no text.
    ids = sorted(texts | {i + d: '' for i in texts for d in (-1, 1)})
    log = mkevtx(tmp_path / 'ids.evtx', text=''.join(
        'event 4634\nid %d\n' % i for i in ids))
    rows = evtxstage('-o', '-', log).rows
    assert [r['EventID'] for r in rows] == ids and len(texts) > 400
    for row in rows:
        text = texts.get(row['EventID'], '')
        assert row['Activity'] == str(row['EventID']) + \
            (' - ' + text if text else '')


def as_text(leaf):
    """A value as a text column has it."""
    value = leaf['value']
    if value is None:
        return ''
    value = value.replace('\r\n', ' ')
    if re.match(r'^\{[0-9A-Fa-f-]{36}\}$', value) or leaf['type'] == 'guid':
        return value.strip('{}').lower()
    return value


def as_int(value):
    number = int(value, 0)
    return number - 2**32 if number >= 2**31 else number


def own_columns(line, types):
    """What an event's own data put into columns of the same name."""
    out = {}
    for leaf in line['data']:
        name = leaf['name'] or leaf['element']
        if name not in types or isinstance(leaf['value'], list):
            continue
        if types[name] == 'INT':
            if leaf['value'] not in (None, ''):
                out.setdefault(name, as_int(leaf['value']))
        else:
            out.setdefault(name, as_text(leaf))
    return out


def test_every_datum_is_in_the_column_of_its_name(evtxstage, every_event):
    types = {c['name']: c['type'] for c in columns()
             if c['kind'] == 'FIELD'}
    rows = evtxstage('-o', '-', '-s', 'any', every_event).rows
    filled = 0
    for row, line in zip(rows, expected(every_event)):
        got = {n: v for n, v in row.items() if n in types and v is not None}
        assert got == own_columns(line, types)
        filled += len(got)
    assert filled > 500


def test_integer_columns_have_32_bits(evtxstage, mkevtx, tmp_path):
    values = ['0', '10', '0x7fffffff', '0x80000000', '0xffffffff', '-7',
              'ten', '']
    log = mkevtx(tmp_path / 'log.evtx', text=''.join(
        'event 4634\neventdata\nLogonType:string = %s\n' % v for v in values))
    rows = evtxstage('-o', '-', log).rows
    assert [r.get('LogonType') for r in rows] == \
        [0, 10, 2**31 - 1, -2**31, -1, -7, None, None]


def raw_leaves(node):
    """The values of a raw EventData, or of what is in UserData, by name."""
    return {k: (v['#text'] if isinstance(v, dict) else v)
            for k, v in node.items() if k != '#attributes'}


def raw_value(leaf):
    """A value as JSON has it: numbers and booleans are no text."""
    value, kind = leaf['value'], leaf['type']
    if value is None:
        return None
    if kind == 'bool':
        return value == 'true'
    return int(value) if re.match(r'^u?int\d+$', kind) else value


def test_raw_has_every_datum(evtxstage, every_event):
    rows = evtxstage('-o', '-', '-s', 'any', '--schema', 'raw',
                     every_event).rows
    checked = 0
    for row, line in zip(rows, expected(every_event)):
        system = row['Event']['System']
        event_id = system['EventID']
        if line['qualifiers'] is not None:
            assert event_id['#attributes'] == \
                {'Qualifiers': line['qualifiers']}
            event_id = event_id['#text']
        assert event_id == line['event_id']
        assert system['EventRecordID'] == line['record']
        assert system['TimeCreated']['#attributes']['SystemTime'] == \
            line['time']
        if line['body'] != 'EventData':
            continue
        got = raw_leaves(row['Event']['EventData'])
        assert got == {leaf['name']: raw_value(leaf)
                       for leaf in line['data']}
        checked += len(got)
    assert checked > 500


def test_raw_user_data_stands_as_its_elements(evtxstage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'log.evtx', '--events', '1102:1,AppLocker:8002:1')
    rows = evtxstage('-o', '-', '--schema', 'raw', log).rows
    for row, line in zip(rows, expected(log)):
        (name, body), = row['Event']['UserData'].items()
        assert name in ('LogFileCleared', 'RuleAndFileData')
        assert raw_leaves(body) == {leaf['element']: raw_value(leaf)
                                    for leaf in line['data']}


# --- RecordKey ------------------------------------------------------------

KEY = re.compile(r'^[0-9a-f]{32}$')


def record_keys(evtxstage, path):
    rows = evtxstage('-o', '-', '-s', 'any', path).rows
    keys = [r['RecordKey_CF'] for r in rows]
    assert keys and all(KEY.match(k) for k in keys)
    return keys


@pytest.mark.parametrize('style', [
    ('--export-style',), ('--raw-style',), ('--odd', 'dirty'),
    ('--chunk-limit', '20000'), ('--export-style', '--raw-style')])
def test_key_is_that_of_the_event_not_of_the_copy(evtxstage, mkevtx,
                                                  tmp_path, style):
    one = mkevtx(tmp_path / 'one.evtx', '--events', 'all:3')
    two = mkevtx(tmp_path / 'two.evtx', '--events', 'all:3', *style)
    assert read(one) != read(two)
    assert record_keys(evtxstage, one) == record_keys(evtxstage, two)


def test_keys_of_different_events_differ(evtxstage, logons):
    keys = record_keys(evtxstage, logons)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize('line', [
    'channel Other', 'computer OTHER', 'provider Other', 'record 77',
    'time 2024-05-01T08:00:00.0000001Z', 'TargetUserName = someone',
    'drop LogonType'])
def test_key_changes_with_what_it_covers(evtxstage, mkevtx, tmp_path, line):
    base = 'event 4634\ntime 2024-05-01T08:00:00Z\nTargetUserName = me\n'
    one = mkevtx(tmp_path / 'one.evtx', text=base)
    two = mkevtx(tmp_path / 'two.evtx', text=base + line + '\n')
    assert record_keys(evtxstage, one) != record_keys(evtxstage, two)


# --- records without a time -----------------------------------------------

def test_inferred_time_is_that_of_the_record_before(stage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'log.evtx', '--export-style', text='\n'.join([
        'event 4634', 'lack time',
        'event 4634', 'time 2024-05-01T08:00:00.5Z',
        'event 4634 x2', 'lack time',
        'event 4634', 'time 2024-05-01T07:00:00Z',
        'event 4634', 'lack time', '']))
    done, staging = stage(log)
    rows = staging.rows
    first, second = '2024-05-01T08:00:00.5000000Z', \
        '2024-05-01T07:00:00.0000000Z'
    assert [r['TimeGenerated'] for r in rows] == \
        [first, first, first, first, second, second]
    own = [1, 4]
    for i, row in enumerate(rows):
        assert ('TimeCreated_CF' in row) == (i in own)
        assert row.get('TimeSource_CF') == (
            None if i in own else 'inferred')
    assert staging.manifest['accounting']['time_inferred'] == 4
    assert done.status == 0 and 'time of their header or a neighbour' in done.err


def test_inferred_time_crosses_chunks(evtxstage, mkevtx, tmp_path):
    """The first records of a chunk take the time of the chunk before."""
    text = 'event 4634 x12\ntime 2024-05-01T08:00:00Z\n' \
        'event 4634 x40\nlack time\n'
    log = mkevtx(tmp_path / 'log.evtx', '--chunk-limit', '8000',
                 '--export-style', text=text)
    assert os.path.getsize(log) > 4096 + 3 * 65536
    for jobs in ('1', '4'):
        rows = evtxstage('-o', '-', '-j', jobs, log).rows
        assert len(rows) == 52
        assert {r['TimeGenerated'] for r in rows[12:]} == \
            {rows[11]['TimeCreated_CF']}


def test_inferred_time_does_not_cross_sources(evtxstage, mkevtx, tmp_path):
    mkevtx(tmp_path / 'a.evtx', '--export-style',
           text='event 4634\ntime 2024-05-01\n')
    mkevtx(tmp_path / 'b.evtx', '--export-style',
           text='event 4634\nlack time\nevent 4634\ntime 2024-06-01\n')
    rows = evtxstage('-o', '-', tmp_path).rows
    assert [r['TimeGenerated'][:7] for r in rows] == \
        ['2024-05', '2024-06', '2024-06']


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
def test_a_header_tells_the_time_where_headers_tell_the_truth(
        stage, mkevtx, tmp_path, decoder):
    """Many in a row: each has its own."""
    log = mkevtx(tmp_path / 'log.evtx', text='\n'.join([
        'event 4634 x5 every 1m', 'time 2024-05-01T08:00:00Z', 'lack time',
        'event 4634', 'time 2024-05-01T09:00:00Z',
        'event 4634', 'time 2024-05-01T10:00:00Z', 'lack time', '']))
    done, staging = stage(log, '--decoder', decoder)
    assert done.status == 0
    assert [r['TimeGenerated'][11:16] for r in staging.rows] == \
        ['08:00', '08:01', '08:02', '08:03', '08:04', '09:00', '10:00']
    assert [r.get('TimeSource_CF') for r in staging.rows] == \
        5 * ['header'] + [None, 'header']
    assert 'TimeCreated_CF' not in staging.rows[0]
    assert staging.manifest['accounting']['time_inferred'] == 6


def test_a_header_without_a_possible_time_tells_none(
        stage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'log.evtx', text='\n'.join([
        'event 4634', 'time 2024-05-01T09:00:00Z',
        'event 4634', 'time 1999-05-01T10:00:00Z', 'lack time', '']))
    row = stage(log)[1].rows[1]
    assert row['TimeSource_CF'] == 'inferred'
    assert row['TimeGenerated'] == '2024-05-01T09:00:00.0000000Z'


# --- the man page ---------------------------------------------------------

def test_the_man_page_names_every_column():
    page = read(os.path.join(ROOT, 'tools', 'evtxbackfill.7')).decode()
    words = set(re.findall(r'\w+', page))
    assert [c['name'] for c in columns() if c['name'] not in words] == []
    assert 'inferred' in page


@pytest.mark.parametrize('schema, key', [
    ('securityevent', lambda row: row.get('RecordKey_CF')),
    ('windowsevent', lambda row: row.get('RecordKey_CF')),
    ('ecs', lambda row: row['event'].get('id'))])
def test_rows_have_a_key_unless_told_otherwise(evtxstage, log, schema, key):
    args = ('-o', '-', '-s', 'any', '--schema', schema)
    keys = [key(row) for row in evtxstage(*args, log).rows]
    assert all(re.match('^[0-9a-f]{32}$', k) for k in keys)
    assert len(set(keys)) == len(keys)
    rows = evtxstage(*args, '--provenance', 'none', log).rows
    assert rows and not any(key(row) for row in rows)


def test_raw_has_no_key_unless_asked(evtxstage, log):
    args = ('-o', '-', '--schema', 'raw')
    assert set(evtxstage(*args, log).rows[0]) == {'Event'}
    assert 'RecordKey_CF' in evtxstage(*args, '--provenance', 'key',
                                       log).rows[0]


OTHERS = ('event 4624 x3\nevent 4624\nchannel System\n'
          'event 4624\nchannel Microsoft-Windows-AppLocker/EXE and DLL\n'
          'event 4624\nchannel Application\ncomputer B\n')
ADVICE = 'not of Security or AppLocker: use --schema windowsevent'


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
def test_rows_of_other_channels_are_told(stage, evtxstage, mkevtx, tmp_path,
                                         decoder):
    log = mkevtx(tmp_path / 'x.evtx', text=OTHERS)
    done, staging = stage(log, '-s', 'any', '--decoder', decoder)
    other = [r for r in staging.rows if r['Channel'] in ('System',
                                                         'Application')]
    assert len(other) == 2
    assert staging.manifest['accounting']['other_channels'] == 2
    row = [line for line in done.err.splitlines() if ADVICE in line]
    assert len(row) == 1 and row[0].split()[2] == '2'
    said = json.loads(evtxstage('-s', 'any', '--json', '-o', tmp_path / 'j',
                                log).out)
    assert said['accounting']['other_channels'] == 2
    assert evtxstage('verify', tmp_path / 'j').status == 0


def test_other_schemas_take_every_channel(stage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'x.evtx', text=OTHERS)
    done, staging = stage(log, '--schema', 'windowsevent')
    assert staging.manifest['accounting']['other_channels'] == 0
    assert ADVICE not in done.err
