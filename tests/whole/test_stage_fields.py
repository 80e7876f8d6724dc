# SPDX-License-Identifier: Apache-2.0
"""What the schemas make of the fields of an event, with either decoder."""
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


def test_key_of_arrays_does_not_depend_on_the_decoder(evtxstage, mkevtx,
                                                      tmp_path):
    text = ''.join(EVENT + 'eventdata\n' + body + '\n'
                   for body, *_ in ARRAYS if body != ':string[] =')
    arrays = mkevtx(tmp_path / 'arrays.evtx', text=text)
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
