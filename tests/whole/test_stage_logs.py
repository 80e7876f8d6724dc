# SPDX-License-Identifier: Apache-2.0
"""Queries by channel and the log that records lie in; what met no record."""
import json

import pytest
from archive_tools import make_zip
from stage_tools import read

ONE = 'event 4624 every 1s\ncount 3\n'


def text(channels, computers):
    return ''.join(
        'event 4634 every 1s\nchannel %s\nid %d\ncomputer %s\n' %
        (channel, 4634, computer)
        for channel in channels for computer in computers)


@pytest.fixture
def log(mkevtx, tmp_path):
    def make(name, channels=('Security',), computers=('DC01',)):
        return mkevtx(tmp_path / name, text=text(channels, computers))
    return make


def channels_of(done):
    assert done.status == 0, done.err
    return [row['Channel'] for row in done.rows]


@pytest.fixture
def taken(evtxstage):
    """The channels of the rows that a query takes, the same with each
    decoder."""
    def take(query, *more):
        got = [channels_of(evtxstage('-q', '-o', '-', '--schema',
                                     'windowsevent', '--decoder', d,
                                     '--query', query, *more))
               for d in ('native', 'libevtx', 'both')]
        assert got[0] == got[1] == got[2]
        return got[0]
    return take


@pytest.mark.parametrize('name', [
    'ForwardedEvents.evtx', 'forwardedevents.evtx', 'dc-ForwardedEvents.evtx',
    'Archive-ForwardedEvents-2024-05-08-13-45-04-317.evtx'])
def test_a_file_name_tells_the_log(taken, log, name):
    path = log(name)
    assert taken('ForwardedEvents!*', path) == ['Security']
    assert taken('Security!*', path) == ['Security']
    assert taken('System!*', path) == []


def test_coded_names_tell_the_log(taken, log, tmp_path):
    log('WEC%4Domain.evtx')
    log('WEC%252FServers.evtx', ['System'])
    assert taken('WEC/Domain!*', tmp_path) == ['Security']
    assert taken('WEC/*!*', tmp_path) == ['System', 'Security']


def test_several_channels_or_computers_tell_a_collector(taken, log):
    assert taken('ForwardedEvents!*', log('a.evtx', ['Security', 'System'])
                 ) == ['Security', 'System']
    assert len(taken('ForwardedEvents!*', log(
        'b.evtx', computers=['WS1', 'WS2']))) == 2
    assert taken('ForwardedEvents!*', log('c.evtx')) == []
    # It was renamed: the file has the name of its only channel.
    assert taken('ForwardedEvents!*', log(
        'Security.evtx', computers=['MINWINPC', 'WS1'])) == []


def test_each_log_of_many_is_judged_alone(taken, log, tmp_path):
    log('1.evtx')
    log('2.evtx', ['System', 'Setup'])
    log('3.evtx', ['Application'])
    log('ForwardedEvents.evtx', ['Windows PowerShell'])
    log('5.evtx', ['Security'])
    want = ['System', 'Setup', 'Windows PowerShell']
    assert taken('ForwardedEvents!*', tmp_path, '-j', '1') == want
    assert taken('ForwardedEvents!*', tmp_path, '-j', '8') == want


def test_members_and_standard_input_have_a_log(evtxstage, taken, log,
                                               tmp_path):
    data = read(log('x.evtx', ['System', 'Setup']))
    path = make_zip(tmp_path / 'logs.zip', [
        ('C/ForwardedEvents.evtx', read(log('y.evtx'))), ('z.evtx', data)])
    assert taken('ForwardedEvents!*', path) == ['Security', 'System', 'Setup']
    done = evtxstage('-q', '-o', '-', '--schema', 'windowsevent', '--query',
                     'ForwardedEvents!*', '-', input=data)
    assert channels_of(done) == ['System', 'Setup']


def test_log_name_is_said_by_hand(evtxstage, taken, log, tmp_path):
    path = log('a.evtx')
    assert taken('WEC7!*', '--log-name', 'WEC7', path) == ['Security']
    # It is the only log then, whatever the records say.
    assert taken('ForwardedEvents!*', '--log-name', 'WEC7',
                 log('m.evtx', ['System', 'Setup'])) == []
    done = evtxstage('-o', '-', '--log-name', 'WEC7', '--query', 'WEC7!*',
                     tmp_path)
    assert done.status == 2 and 'exactly one' in done.err
    path = make_zip(tmp_path / 'two.zip', [
        ('a.evtx', read(path)), ('b.evtx', read(path))])
    done = evtxstage('-o', '-', '--log-name', 'WEC7', '--query', 'WEC7!*',
                     path)
    assert done.status == 2 and 'exactly one' in done.err


def test_log_name_is_an_option_of_the_staging(evtxstage, log, tmp_path):
    def stage(name, *more):
        return evtxstage('-o', tmp_path / 'out', '--schema', 'windowsevent',
                         '--query', 'WEC7!*', '--log-name', name, *more)
    first, second = log('a.evtx'), log('b.evtx', ['System'])
    assert stage('WEC7', first).status == 0
    manifest = json.loads(read(tmp_path / 'out' / 'manifest.json'))
    assert manifest['options']['log_name'] == 'WEC7'
    refused = stage('WEC8', '--append', second)
    assert refused.status == 2 and 'log_name' in refused.err
    assert stage('WEC7', '--append', second).status == 0
    manifest = json.loads(read(tmp_path / 'out' / 'manifest.json'))
    assert manifest['accounting']['emitted'] == 2


def test_suppress_is_asked_by_log_too(taken, log, tmp_path):
    view = tmp_path / 'view.xml'
    view.write_text(
        '<QueryList><Query Id="0" Path="ForwardedEvents"><Select '
        'Path="ForwardedEvents">*</Select><Suppress Path="ForwardedEvents">'
        "*[System[Channel='Setup']]</Suppress></Query></QueryList>")
    path = log('ForwardedEvents.evtx', ['System', 'Setup', 'Security'])
    assert taken('None!*', '--query-file', view, path) == ['System',
                                                           'Security']


def test_explain_agrees(evtxstage, log):
    for path, verdict in ((log('a.evtx', ['System', 'Setup']), 'selected'),
                          (log('ForwardedEvents.evtx'), 'selected'),
                          (log('c.evtx'), 'not selected, by query')):
        done = evtxstage('sets', '--query', 'ForwardedEvents!*', 'explain',
                         path)
        records = [x for x in done.lines if x.startswith('record ')]
        assert records and all(x.endswith(': ' + verdict) for x in records)
    done = evtxstage('sets', '--query', 'W!*', '--log-name', 'W', 'explain',
                     log('c.evtx'))
    assert done.lines[0].endswith(': selected')
    assert '--query selects it' in done.lines[2]


# --- what is no channel ------------------------------------------------------

@pytest.mark.parametrize('query,column', [
    ('*[System[EventID=4624]]!*', 1), ('*[System]!*', 1),
    ("*[EventData[Data='x']]!*", 1), ('Event/System!*', 1),
    ('*[System[EventID!=4624]]', 1), ('Security=!*', 9),
    ('Sec<rity!*', 4), ('/Security!*', 1)])
def test_xpath_is_no_channel(evtxstage, log, tmp_path, query, column):
    path = log('a.evtx')
    done = evtxstage('-o', '-', '--query', query, path)
    assert done.status == 2 and done.out == b''
    assert '--query, column %d: ' % column in done.err
    assert 'not the name of a channel' in done.err
    rule = tmp_path / 'rule.json'
    rule.write_text(json.dumps({'xPathQueries': ['Security!*', query]}))
    done = evtxstage('-o', '-', '--from-dcr', rule, path)
    assert done.status == 2
    assert 'rule.json: query 2 of xPathQueries' in done.err


def test_a_view_of_xpath_is_refused(evtxstage, log, tmp_path):
    view = tmp_path / 'view.xml'
    view.write_text('<QueryList><Query Id="0"><Select Path="*[System]">*'
                    '</Select></Query></QueryList>')
    done = evtxstage('-o', '-', '--query-file', view, log('a.evtx'))
    assert done.status == 2 and 'Query 1, Select 1' in done.err


# --- what met no record ------------------------------------------------------

def test_channels_that_are_not_there_are_said(evtxstage, log):
    path = log('Security.evtx')
    done = evtxstage('-o', '-', '--query', 'Securty!*', '--query',
                     'Security!*[System[EventID=4634]]', path)
    assert done.status == 0 and len(done.rows) == 1
    assert ('queries name channels that the input does not have: Securty; '
            'channels of the input: Security\n') in done.err
    done = evtxstage('-o', '-', '--query', 'SECURITY!*', path)
    assert 'does not have' not in done.err
    done = evtxstage('-o', '-', '--query', 'ForwardedEvents!*', path)
    assert 'the queries select none of the 1 record' in done.err


def test_a_set_that_meets_nothing_is_said(evtxstage, log, tmp_path):
    chosen = tmp_path / 'set.json'
    chosen.write_text('{"name":"s","select":[{"channel":"Sekurity",'
                      '"ids":"*"}]}')
    done = evtxstage('-q', '-o', '-', '-s', chosen, log('a.evtx'))
    assert done.status == 0 and done.out == b''
    assert 'selects none of the 1 record' in done.err
    assert 'channels of the input: Security' in done.err
    done = evtxstage('-o', '-', '-s', 'none', log('a.evtx'))
    assert 'selects none' not in done.err


def test_the_list_of_channels_is_bounded(evtxstage, log):
    names = ['Channel%03d' % i for i in range(300)]
    done = evtxstage('-o', '-', '--query', 'X!*', log('many.evtx', names))
    assert ', '.join(names[:10]) + ' and 290 more' in done.err
    assert names[10] not in done.err
