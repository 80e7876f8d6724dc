# SPDX-License-Identifier: Apache-2.0
"""evtxstage sets: what a set contains, why a record is or is not selected."""
import json
import re

import event_sets
import pytest
from event_sets import takes
from stage_tools import expected, read
from test_stage_cli import refused

RECORD = re.compile(r'record (\S+) (\S+) (\S+) (.+) (\S+) (\S+): '
                    r'(selected|not selected, by (\w+))$')


@pytest.fixture(scope='module')
def mixed(mkevtx, tmp_path_factory):
    folder = tmp_path_factory.mktemp('mixed')
    return mkevtx(folder / 'mixed.evtx', '--events', 'all:2')


def test_list_names_the_sets(evtxstage):
    done = evtxstage('sets', 'list')
    assert done.status == 0 and done.err == ''
    assert [line.split()[0] for line in done.lines] == [
        'all', 'common', 'minimal', 'none', 'any', 'FILE']


def ids_of(text):
    out = set()
    for part in text.split(','):
        first, _, last = part.partition('-')
        out |= set(range(int(first), int(last or first) + 1))
    return out


def published(done):
    """The first part of what `sets show` prints."""
    rest = [i for i, x in enumerate(done.lines) if '--strict-sets' in x]
    return done.lines[:rest[0] - 1] if rest else done.lines


def shown_ids(lines):
    shown = dict(x.split(': ') for x in lines if ': ' in x)
    return {c: ids_of(t) for c, t in shown.items()}


@pytest.mark.parametrize('name,ids', [('common', event_sets.COMMON),
                                      ('minimal', event_sets.MINIMAL)])
def test_show_says_channels_and_ids(evtxstage, name, ids):
    done = evtxstage('sets', 'show', name)
    assert done.status == 0 and done.lines[0] == name
    assert shown_ids(published(done)) == {
        'Security': ids, 'Microsoft-Windows-AppLocker/*': ids}
    strict = evtxstage('sets', 'show', name, '--strict-sets')
    assert done.lines[-len(strict.lines):] == strict.lines
    assert shown_ids(strict.lines) == {
        'Security': ids - (set() if name == 'common'
                           else set(range(8001, 8008))),
        'Microsoft-Windows-AppLocker/EXE and DLL': set(range(8001, 8005)),
        'Microsoft-Windows-AppLocker/MSI and Script': set(range(8005, 8008))}


@pytest.mark.parametrize('name', ['all', 'common', 'minimal', 'any'])
def test_the_queries_that_are_shown_are_the_set(evtxstage, mkevtx, tmp_path,
                                                name):
    path = mkevtx(tmp_path / 'ids.evtx', text=''.join(
        'event 4634 every 1s\nchannel %s\nid %d\n' % (c, i)
        for c in ('Security', 'System', 'Microsoft-Windows-AppLocker/X')
        for i in sorted(event_sets.COMMON | {0, 2, 4623, 4626, 65535})))
    shown = published(evtxstage('sets', 'show', name))
    queries = [x for x in shown if '!' in x]
    assert all(q.count('EventID') <= 20 for q in queries)
    options = [o for q in queries for o in ('--query', q)]
    want = evtxstage('-q', '-o', '-', '-s', name, path).out
    assert evtxstage('-q', '-o', '-', *options, path).out == want != b''


def test_show_of_a_file(evtxstage, tmp_path):
    path = tmp_path / 's.json'
    path.write_text(json.dumps({'name': 'mine', 'select': [
        {'channel': 'X/*', 'ids': [3, '5-7']}]}))
    done = evtxstage('sets', 'show', path)
    assert done.lines == ['mine', 'X/*: 3,5-7', '', 'X/*!*[System[(EventID=3) '
                          'or (EventID >= 5 and EventID <= 7)]]']


def verdicts(done):
    """(record, channel, id, reason or None) of each record."""
    found = [RECORD.match(line) for line in done.lines]
    return [(int(m[1]), m[4].rsplit(' ', 1)[0], int(m[6]), m[8])
            for m in found if m]


def test_explain_agrees_with_the_run(evtxstage, mixed):
    options = ['-s', 'common', '--exclude-eid', '4634', '--query',
               'Security!*[System[EventID!=4624]]']
    done = evtxstage('sets', 'explain', mixed, *options)
    rows = evtxstage('-q', '-o', '-', *options, mixed).rows
    said = verdicts(done)
    assert done.status == 0 and len(said) == len(expected(mixed))
    assert [v[0] for v in said if v[3] is None] == \
        [int(r['EventRecordId']) for r in rows]
    for _, _, event_id, reason in said:
        if reason == 'exclude_eid':
            assert event_id == 4634
        elif reason == 'query':
            assert event_id in (4624, 8002, 8004)
    assert {v[3] for v in said} == {None, 'event_set', 'exclude_eid', 'query'}


def test_explain_names_the_sets_that_take_it(evtxstage, mixed):
    lines = evtxstage('sets', 'explain', mixed).lines
    for line, sets in zip(lines[::2], lines[1::2]):
        m = RECORD.match(line)
        channel, event_id = m[4].rsplit(' ', 1)[0], int(m[6])
        want = [n for n in ('all', 'common', 'minimal')
                if takes(n, channel, event_id)]
        assert sets.split(': ')[1].split() == (want or ['none', 'except', 'any'])


def test_explain_says_what_each_query_does(evtxstage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'l.evtx', '--events', '4624:1')
    file = tmp_path / 'list.xml'
    file.write_text('<QueryList><Query Path="Security"><Select>*</Select>'
                    '<Suppress>*[System[EventID=4624]]</Suppress></Query>'
                    '</QueryList>')
    done = evtxstage('sets', 'explain', path, '--query', 'System!*', '--query',
                     'Security!*[System[EventID=1]]', '--query-file', file)
    assert verdicts(done)[0][3] == 'query'
    text = '\n'.join(done.lines)
    assert '--query 1 is for another channel: System!*' in text
    assert '--query 2 does not match: Security!*[System[EventID=1]]' in text
    assert 'Query 1, Select 1 selects it: Security!*' in text
    assert 'Query 1, Suppress 2 suppresses it: Security!' in text


XML = ('<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">'
       '<System><Provider Name="P"/><EventID>4624</EventID>'
       '<TimeCreated SystemTime="2024-05-01T10:00:00.123456700Z"/>'
       '<EventRecordID>7</EventRecordID><Channel>Security</Channel>'
       '<Computer>C</Computer></System><EventData><Data Name="A">x&lt;</Data>'
       '</EventData></Event>')


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-16'])
@pytest.mark.parametrize('text', [XML, '<Events>%s</Events>' % XML])
def test_explain_of_xml(evtxstage, tmp_path, encoding, text):
    path = tmp_path / 'event.xml'
    path.write_bytes(text.encode(encoding))
    query = "Security!*[EventData[Data[@Name='A']='x&lt;']]"
    done = evtxstage('sets', 'explain', path, '--query',
                     query.replace('&lt;', '<'))
    assert done.status == 0, done.err
    assert verdicts(done) == [(7, 'Security', 4624, None)]


def test_explain_of_damage(evtxstage, mixed, tmp_path):
    data = bytearray(read(mixed))
    at = data.index(b'\x2a\x2a\0\0', 4096 + 600)
    data[at:at + 4] = b'....'
    path = tmp_path / 'bad.evtx'
    path.write_bytes(data)
    done = evtxstage('sets', 'explain', path)
    assert done.status == 3 and 'bad.evtx: 1 ' in done.err
    assert 0 < len(verdicts(done)) < len(expected(mixed))


@pytest.mark.parametrize('text', [b'', b'nothing', b'<Event ', b'<Event>',
                                  b'<Other></Other>'])
def test_explain_of_something_else(evtxstage, tmp_path, text):
    path = tmp_path / 'other'
    path.write_bytes(text)
    assert refused(evtxstage('sets', 'explain', path), 'other', 'no event')


def test_explain_of_broken_xml(evtxstage, tmp_path):
    path = tmp_path / 'other'
    path.write_text('<Event><a></Event>' + XML)
    done = evtxstage('sets', 'explain', path)
    assert done.status == 3 and 'not well-formed' in done.err
    assert len(verdicts(done)) == 1


def test_what_a_log_says_does_not_reach_the_terminal(evtxstage, mkevtx,
                                                     tmp_path):
    path = mkevtx(tmp_path / 'l.evtx',
                  text='event 4624\ncomputer a\\x1b[31m\\nb\n')
    done = evtxstage('sets', 'explain', path)
    assert b'\x1b' not in done.out and len(done.lines) == 2


@pytest.mark.parametrize('words', [
    (), ('list', 'x'), ('show',), ('show', 'a', 'b'), ('explain',), ('tell',)])
def test_usage(evtxstage, words):
    assert refused(evtxstage('sets', *words), 'sets list')


def test_show_of_what_is_not_there(evtxstage):
    assert refused(evtxstage('sets', 'show', 'no/such'), 'no/such')
