# SPDX-License-Identifier: Apache-2.0
"""What the schemas make of the fields of an event, with either decoder."""
from urllib.parse import unquote

import pytest

DECODERS = ['native', 'libevtx', 'both']
EVENT = 'event\nchannel Application\nprovider P\n'


def fields(evtxstage, log, schema, decoder='native'):
    """EventData or UserData of each row."""
    done = evtxstage('-o', '-', '-s', 'any', '--schema', schema, '--decoder',
                     decoder, log)
    assert done.status == 0, done.err
    if schema != 'ecs':
        return [row['EventData'] for row in done.rows]
    return [row['winlog'].get('event_data', row['winlog'].get('user_data'))
            for row in done.rows]


# --- unnamed Data with an array -------------------------------------------

# Body of an event; members by place; members by name; values as XML.
ARRAYS = [
    (':string[] = Available|None|a, b\n:string = 00',
     {'param1': 'Available', 'param2': 'None', 'param3': 'a, b',
      'param4': '00'},
     {'Data': ['Available', 'None', 'a, b', '00']},
     ['Available', 'None', 'a, b', '00']),
    # Empty items keep their places.
    (':string[] = |||39420|60|',
     {'param1': '', 'param2': '', 'param3': '', 'param4': '39420',
      'param5': '60', 'param6': ''},
     {'Data': ['', '', '', '39420', '60', '']},
     ['', '', '', '39420', '60', '']),
    # One item is no list; no item is one empty Data.
    (':string[] = only', {'param1': 'only'}, {'Data': 'only'}, ['only']),
    (':string[] =', {'param1': ''}, {'Data': ''}, ['']),
    # Places count on behind an array, also over named fields.
    (':string = x\n:string[] = a|b\nName = v\n:string[] = c|d|e\n:string = y',
     {'param1': 'x', 'param2': 'a', 'param3': 'b', 'Name': 'v', 'param5': 'c',
      'param6': 'd', 'param7': 'e', 'param8': 'y'},
     {'Data': ['x', 'a', 'b', 'c', 'd', 'e', 'y'], 'Name': 'v'},
     ['x', 'a', 'b', 'v', 'c', 'd', 'e', 'y']),
    # A field that has the name of a place makes a list of the unnamed.
    (':string[] = a|b\nparam7 = x', {'Data': ['a', 'b'], 'param7': 'x'},
     {'Data': ['a', 'b'], 'param7': 'x'}, ['a', 'b', 'x']),
    # Items of other types, and what XML and JSON escape.
    (':uint16[] = 1|65535\n:guid[] = {54849625-5478-4994-A5BA-3E3B0328C30D}\n'
     ':string[] = <&>|"q"',
     {'param1': '1', 'param2': '65535',
      'param3': '{54849625-5478-4994-A5BA-3E3B0328C30D}', 'param4': '<&>',
      'param5': '"q"'},
     {'Data': ['1', '65535', '{54849625-5478-4994-A5BA-3E3B0328C30D}', '<&>',
               '"q"']},
     ['1', '65535', '{54849625-5478-4994-A5BA-3E3B0328C30D}', '&lt;&amp;&gt;',
      '"q"']),
]


@pytest.fixture
def arrays(mkevtx, tmp_path):
    # Twice: the second time from what was compiled for the first.
    text = ''.join(EVENT + 'eventdata\n' + body + '\n' for body, *_ in ARRAYS)
    return mkevtx(tmp_path / 'arrays.evtx', text=text + text)


@pytest.mark.parametrize('decoder', DECODERS)
def test_array_is_a_data_for_each_item(evtxstage, arrays, decoder):
    twice = ARRAYS + ARRAYS
    assert fields(evtxstage, arrays, 'ecs', decoder) == \
        [places for _, places, _, _ in twice]
    assert fields(evtxstage, arrays, 'windowsevent', decoder) == \
        [names for _, _, names, _ in twice]
    for text, want in zip(fields(evtxstage, arrays, 'securityevent', decoder),
                          twice):
        lines = text.split('\r\n')[1:-1]
        assert all(line.startswith('  <Data') for line in lines)
        assert [line.split('>', 1)[1][:-len('</Data>')]
                for line in lines] == want[3]


def test_key_of_arrays_does_not_depend_on_the_decoder(evtxstage, arrays):
    keys = [[row['RecordKey_CF'] for row in evtxstage(
        '-o', '-', '-s', 'any', '--decoder', decoder, arrays).rows]
        for decoder in DECODERS]
    assert keys[0] == keys[1] == keys[2]


def test_key_of_an_array_is_that_of_a_data_for_each_item(evtxstage, mkevtx,
                                                         tmp_path):
    keys = []
    for name, body in (('array', ':string[] = a|b'),
                       ('data', ':string = a\n:string = b')):
        log = mkevtx(tmp_path / name, text=EVENT + 'time 2024-05-01\n'
                     'eventdata\n' + body + '\n')
        row, = evtxstage('-o', '-', '-s', 'any', log).rows
        keys.append(row['RecordKey_CF'])
    assert keys[0] == keys[1]


# --- Activity --------------------------------------------------------------

@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize('channel, text', [
    ('Security', True), ('security', True),
    ('Microsoft-Windows-AppLocker/EXE and DLL', True),
    ('Microsoft-Windows-AppLocker/Packaged app-Execution', True),
    ('Application', False), ('System', False), ('Security2', False),
    ('Securit', False), ('Microsoft-Windows-AppLocker', False),
    ('AD FS/Admin', False), (None, False)])
def test_activity_has_a_text_only_where_the_connector_collects(
        evtxstage, mkevtx, tmp_path, decoder, channel, text):
    where = 'lack channel' if channel is None else 'channel ' + channel
    # Of whichever provider, and with the channel as a value or in the template.
    log = mkevtx(tmp_path / 'log.evtx', text=''.join(
        'event 4634\nstyle %s\nid 501\nprovider %s\n%s\n' % (style, p, where)
        for style in ('realtime', 'classic')
        for p in ('EventSystem', 'AD FS Auditing')))
    rows = evtxstage('-o', '-', '-s', 'any', '--decoder', decoder, log).rows
    want = '501 - The Desktop Window Manager is experiencing heavy resource ' \
        'contention.' if text else '501'
    assert [row['Activity'] for row in rows] == [want] * 4


def test_records_of_a_template_have_the_activity_of_their_own_channel(
        evtxstage, mkevtx, tmp_path):
    channels = ['Security', 'Application', 'Security', 'System', 'Security']
    log = mkevtx(tmp_path / 'log.evtx', text=''.join(
        'event 4634\nstyle classic\nchannel %s\n' % c for c in channels))
    rows = evtxstage('-o', '-', '-s', 'any', log).rows
    assert [row['Activity'] for row in rows] == [
        '4634 - An account was logged off.' if c == 'Security' else '4634'
        for c in channels]


# --- accounts of ecs -------------------------------------------------------

SUBJECT = {'SubjectUserSid:sid': 'S-1-5-18', 'SubjectUserName': 'W1$',
           'SubjectDomainName': 'CORP', 'SubjectLogonId:hex64': '0x3e7'}
TARGET = {'TargetUserSid:sid': 'S-1-5-21-1-2-3-500',
          'TargetUserName': 'Administrator', 'TargetDomainName': 'CORP',
          'TargetLogonId:hex64': '0x1d22ed'}
NOBODY = {'TargetUserSid:sid': 'S-1-0-0', 'TargetUserName': '-',
          'TargetDomainName': '-', 'TargetLogonId:hex64': '0x0'}
SESSION = {'AccountName': 'bob', 'AccountDomain': 'CORP',
           'LogonID:hex64': '0x9abc', 'SessionName': 'RDP-Tcp#1',
           'ClientName': 'WS7'}
TICKET = {'TargetUserName': 'bob@EXAMPLE.ORG',
          'TargetDomainName': 'EXAMPLE.ORG', 'ServiceName': 'SRV$',
          'IpAddress': '::ffff:192.0.2.44', 'IpPort': '53366'}
W1 = {'domain': 'CORP', 'id': 'S-1-5-18', 'name': 'W1$'}
ADMINISTRATOR = {'domain': 'CORP', 'id': 'S-1-5-21-1-2-3-500',
                 'name': 'Administrator'}
BOB = {'domain': 'CORP', 'name': 'bob'}
REALM = {'domain': 'EXAMPLE.ORG', 'name': 'bob'}
FROM = {'ip': '192.0.2.44', 'port': 53366}

# Id, fields, user, logon.id, source, related.user.
ACCOUNTS = [
    (4624, {**SUBJECT, **TARGET}, ADMINISTRATOR, '0x1d22ed', None,
     ['W1$', 'Administrator']),
    (4627, {**SUBJECT, **TARGET}, ADMINISTRATOR, '0x1d22ed', None,
     ['W1$', 'Administrator']),
    (4964, {**SUBJECT, **TARGET}, ADMINISTRATOR, '0x1d22ed', None,
     ['W1$', 'Administrator']),
    (4634, TARGET, ADMINISTRATOR, '0x1d22ed', None, ['Administrator']),
    (4672, SUBJECT, W1, '0x3e7', None, ['W1$']),
    (4688, {**SUBJECT, **NOBODY}, W1, '0x3e7', None, ['W1$']),
    (4688, {**SUBJECT, **TARGET}, W1, '0x3e7', None,
     ['W1$', 'Administrator']),
    (4769, TICKET, REALM, None, FROM, ['bob']),
    (4770, TICKET, REALM, None, FROM, ['bob']),
    (4768, {**TICKET, 'TargetSid:sid': 'S-1-5-21-1'},
     {**REALM, 'id': 'S-1-5-21-1'}, None, FROM, ['bob']),
    (4771, {'TargetUserName': 'bob', 'TargetSid:sid': 'S-1-5-21-1',
            'IpAddress': '::1', 'IpPort': '0'},
     {'id': 'S-1-5-21-1', 'name': 'bob'}, None, {'ip': '::1', 'port': 0},
     ['bob']),
    (4776, {'TargetUserName': 'bob', 'Workstation': 'WS7'}, {'name': 'bob'},
     None, None, ['bob']),
    (4778, {**SESSION, 'ClientAddress': '10.0.0.9'}, BOB, '0x9abc',
     {'domain': 'WS7', 'ip': '10.0.0.9'}, ['bob']),
    (4779, {**SESSION, 'ClientAddress': 'LOCAL'}, BOB, '0x9abc',
     {'domain': 'WS7', 'ip': '127.0.0.1'}, ['bob']),
    (4779, {**SESSION, 'ClientAddress': 'Unknown'}, BOB, '0x9abc',
     {'domain': 'WS7'}, ['bob']),
]


@pytest.mark.parametrize('decoder', DECODERS)
def test_accounts_of_ecs_are_winlogbeats(evtxstage, mkevtx, tmp_path,
                                         decoder):
    provider = 'provider Microsoft-Windows-Security-Auditing\n'
    log = mkevtx(tmp_path / 'log.evtx', text=''.join(
        'event\nchannel Security\n%sid %d\neventdata\n%s' % (
            provider, event_id, ''.join(
                '%s = %s\n' % field for field in fields.items()))
        for event_id, fields, *_ in ACCOUNTS))
    rows = evtxstage('-o', '-', '-s', 'any', '--schema', 'ecs', '--decoder',
                     decoder, log).rows
    assert len(rows) == len(ACCOUNTS)
    for row, (event_id, _, *want) in zip(rows, ACCOUNTS):
        got = [row.get('user'), row['winlog'].get('logon', {}).get('id'),
               row.get('source'), row['related']['user']]
        assert [event_id] + got == [event_id] + want


def test_process_of_an_event_without_its_name(evtxstage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'log.evtx', text='event\nchannel Security\n'
                 'id 4905\neventdata\nProcessId:pointer = 0x1364\n'
                 'ProcessName = -\n')
    row, = evtxstage('-o', '-', '-s', 'any', '--schema', 'ecs', log).rows
    assert row['process'] == {'pid': 4964}


@pytest.mark.parametrize('decoder', DECODERS)
def test_user_data_names_its_element(evtxstage, mkevtx, tmp_path, decoder):
    log = mkevtx(tmp_path / 'log.evtx', '--events', '1102:1,AppLocker:8002:1')
    assert [data['xml_name'] for data in
            fields(evtxstage, log, 'ecs', decoder)] == \
        ['LogFileCleared', 'RuleAndFileData']


# --- names that Elasticsearch refuses --------------------------------------

def check_names(value):
    """The rules of Elasticsearch for the names of an object's members."""
    for name, inner in value.items():
        assert name.strip() and '.' not in name, name
        if isinstance(inner, dict):
            check_names(inner)


@pytest.mark.parametrize('decoder', DECODERS)
def test_names_are_taken_by_elasticsearch(evtxstage, mkevtx, tmp_path,
                                          decoder):
    names = ['.NETServiceMethod', 'Svc.', 'a.b', 'a', 'a..b', '.', '..',
             'a%2eb', 'a%252eb', '100%']
    log = mkevtx(tmp_path / 'log.evtx', text=EVENT + 'eventdata\n' + ''.join(
        '%s = %s\n' % (name, name) for name in names))
    data, = fields(evtxstage, log, 'ecs', decoder)
    check_names(data)
    assert [unquote(name) for name in data] == names == list(data.values())


# --- FILETIME 0 ------------------------------------------------------------

@pytest.mark.parametrize('decoder', DECODERS)
def test_no_time_is_absent_but_in_raw(evtxstage, mkevtx, tmp_path, decoder):
    zero, other = '1601-01-01T00:00:00Z', '1601-01-01T00:00:00.0000001Z'
    log = mkevtx(tmp_path / 'log.evtx', text=''.join(
        EVENT + 'eventdata\nNewTime:filetime = %s\nPreviousTime:filetime = '
        '%s\nLast = x\n' % pair for pair in (
            (zero, other), (other, zero), (zero, zero))))
    shown = '1601-01-01T00:00:00.0000001Z'
    want = [{'PreviousTime': shown, 'Last': 'x'},
            {'NewTime': shown, 'Last': 'x'}, {'Last': 'x'}]
    for schema in ('ecs', 'windowsevent'):
        assert fields(evtxstage, log, schema, decoder) == want
    rows = evtxstage('-o', '-', '-s', 'any', '--decoder', decoder, log).rows
    for row, data in zip(rows, want):
        assert {name: row[name] for name in ('NewTime', 'PreviousTime')
                if name in row} == \
            {name: v for name, v in data.items() if name != 'Last'}
    rows = evtxstage('-o', '-', '-s', 'any', '--schema', 'raw', '--decoder',
                     decoder, log).rows
    assert rows[2]['Event']['EventData']['NewTime'] == \
        '1601-01-01T00:00:00.0000000Z'


def test_event_at_time_0_has_no_time(evtxstage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'log.evtx', text='event 4634\ntime 2024-05-01\n'
                 'event 4634\ntime 1601-01-01\n')
    for schema, name in (('securityevent', 'TimeCreated_CF'),
                         ('windowsevent', 'TimeCreated_CF')):
        rows = evtxstage('-o', '-', '-s', 'any', '--schema', schema, log).rows
        assert name in rows[0] and 'TimeSource_CF' not in rows[0]
        assert name not in rows[1] and 'TimeSource_CF' in rows[1]
    rows = evtxstage('-o', '-', '-s', 'any', '--schema', 'ecs', log).rows
    assert 'time_created' not in rows[1]['winlog']
    assert rows[1]['@timestamp'][:4] != '1601'


# --- floating point --------------------------------------------------------

def test_floats_of_libevtx_do_not_disagree(stage, mkevtx, tmp_path):
    values = ['1.6251925', '1', '0', '-2.5e-300', '1.7976931348623157e308',
              '3.141592653589793', '9.9999999e22', '123456789.125', '1e-5']
    log = mkevtx(tmp_path / 'log.evtx', text=EVENT + 'eventdata\n' + ''.join(
        'V%d:double = %s\n' % pair for pair in enumerate(values)))
    done, staging = stage(log, '-s', 'any', '--schema', 'raw', '--decoder',
                          'both')
    assert done.status == 0 and staging.damage == []
    row, = staging.rows
    data = row['Event']['EventData']
    assert [float(data['V%d' % i]) for i in range(len(values))] == \
        [float(v) for v in values]
    # What is written is the shortest text that reads back.
    assert data['V0'] == '1.6251925' and data['V5'] == '3.141592653589793'
