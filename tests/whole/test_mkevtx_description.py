# SPDX-License-Identifier: Apache-2.0
"""Events that a description makes, read by us and by others, and what mkevtx
says of mistakes in it."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import evtxwalk  # noqa: E402
import mkevtx_tools as tools  # noqa: E402
from test_mkevtx import (check_all, check_leaves, check_system,  # noqa: E402
                         check_texts)

pytestmark = pytest.mark.of_tests


STORY = '''
# A spray and a success.
start 2024-05-02T01:00:00Z
default computer WS07.corp.example
event 4625 x5 every 2s
    TargetUserName ?= alice|bob|carol
    IpAddress = 203.0.113.99
    activity 01234567-89ab-cdef-0123-456789abcdef
event 4624
    time +10s
    computer DC01.corp.example
    user S-1-5-18
    record 900
    TargetUserName = bob
    LogonType:uint32 = 10
    Extra:string = b\\u0065yond
    drop ElevatedToken
event
    provider My-Provider
    channel Application
    id 77
    qualifiers 16384
    version 1
    level 2
    task 3
    opcode 4
    keywords 0x80000000000000
    pid 11
    tid 22
    time 2024-05-02T02:03:04.0000001Z
    eventdata Named
    First:uint32 = 1
    :string = second
    <Complex a="x">
      Inner:hex32 = 0xff
      <Deep/>
    </Complex>
event
    provider Classic
    style classic
    source Old Name
    channel Setup
    id 5
    userdata
    <Thing xmlns="http://example.com/thing">
      Who:sid = S-1-5-18
      <List><Item>one</Item><Item>two</Item></List>
      <Note lang="en">
      :string = tail
      </Note>
    </Thing>
event 1102
    nobody
'''


def test_description(tmp_path):
    made = tools.describe(tmp_path, STORY)
    check_all(made)
    lines = made.lines
    assert len(lines) == 9
    assert [x['time'][14:19] for x in lines[:6]] == [
        '00:00', '00:02', '00:04', '00:06', '00:08', '00:18']
    users = {field(x, 'TargetUserName') for x in lines[:5]}
    assert users <= {'alice', 'bob', 'carol'}
    assert {field(x, 'IpAddress') for x in lines[:5]} == {'203.0.113.99'}
    assert {x['computer'] for x in lines[:5]} == {'WS07.corp.example'}
    assert {x['activity'] for x in lines[:5]} == {
        '01234567-89AB-CDEF-0123-456789ABCDEF'}
    check_success(lines[5])
    check_own_event(lines[6])
    check_user_data(lines[7])
    assert (lines[8]['body'], lines[8]['data']) == (None, [])
    assert [x['record'] for x in lines[5:]] == [900, 901, 902, 903]


def field(line, name):
    return next(d['value'] for d in line['data'] if d['name'] == name)


def check_success(line):
    assert (line['computer'], line['user']) == \
        ('DC01.corp.example', 'S-1-5-18')
    assert field(line, 'TargetUserName') == 'bob'
    assert field(line, 'LogonType') == '10'
    assert line['data'][-1]['value'] == 'beyond'
    assert 'ElevatedToken' not in [d['name'] for d in line['data']]


def check_own_event(line):
    assert (line['provider'], line['channel'], line['event_id']) == \
        ('My-Provider', 'Application', 77)
    assert (line['qualifiers'], line['version'], line['level'], line['task'],
            line['opcode'], line['keywords'], line['pid'], line['tid']) == \
        (16384, 1, 2, 3, 4, '0x80000000000000', 11, 22)
    assert line['time'] == '2024-05-02T02:03:04.0000001Z'
    assert [(d['element'], d['name'], d['path'], d['value'])
            for d in line['data']] == [
        ('Data', 'First', ['EventData'], '1'),
        ('Data', None, ['EventData'], 'second'),
        ('Inner', None, ['EventData', 'Complex'], '0xff'),
        ('Deep', None, ['EventData', 'Complex'], None)]


def check_user_data(line):
    assert line['body'] == 'UserData'
    assert [(d['element'], d['path'], d['value'])
            for d in line['data']] == [
        ('Who', ['Thing'], 'S-1-5-18'),
        ('Item', ['Thing', 'List'], 'one'),
        ('Item', ['Thing', 'List'], 'two'),
        ('Note', ['Thing'], 'tail')]


def test_text_beside_elements(tmp_path):
    """libevtx gives the text and forgets the elements."""
    made = tools.describe(tmp_path, 'event 4634\n<A><B>b</B>text</A>\n')
    check_all(made)
    text = tools.evtxexport(made.path).events[0]
    assert '<A>text</A>' in text and '<B>' not in text
    assert '<A><B>b</B>\ntext</A>' in tools.python_evtx(made.path).events[0]


def test_description_is_read_by_others(tmp_path):
    made = tools.describe(tmp_path, STORY)
    assert made.lines[-1]['body'] is None
    # evtxexport has no XML for a record without body.
    assert 'record: 8' in tools.evtxexport(made.path).error
    made = tools.describe(tmp_path, STORY.partition('event 1102')[0])
    for reading in (tools.evtxexport(made.path),
                    tools.python_evtx(made.path)):
        check_texts(made, reading)
        events = [tools.parse(e) for e in reading.events]
        assert events[6].kids[1].attrs == {'Name': 'Named'}
        assert tools.system(events[7])['Provider/EventSourceName'] == \
            'Old Name'
        assert events[7].kids[1].kids[0].attrs == {
            'xmlns': 'http://example.com/thing'}


@pytest.mark.parametrize('text,why', [
    ('event 1\n', None), ('event 9999\n', 'unknown event'),
    ('channel X\n', 'outside an event'),
    ('event 4624\nnonsense\n', 'neither keyword nor'),
    ('event 4624\nA:wrong = 1\n', 'unknown type'),
    ('event 4624\nA:uint8 = x\n', 'not a number'),
    ('event 4624\nA:guid = 12\n', 'not a GUID'),
    ('event 4624\nA:sid = X-1\n', 'not a SID'),
    ('event 4624\nA = \\q\n', 'unknown escape'),
    ('event 4624\nA = @nobody\n', 'unknown generator'),
    ('event 4624\n<Open>\n', 'left open'),
    ('event 4624\n</Shut>\n', 'without start'),
    ('event 4624\nodd nonsense\n', 'unknown'),
    ('event 4624\nuserdata\n', 'wants an element'),
    ('event 4624\nA:binxml = text\n', 'wants an element'),
    ('event 4624\nA = ' + 40000 * 'x' + '\n', 'the most is 65535'),
    ('event 4624\nA = ' + 32000 * 'x' + '\nB = ' + 9000 * 'y' + '\n',
     'does not fit')])
def test_description_mistakes(tmp_path, text, why):
    done = tools.run('-o', tmp_path / 'x', '--describe', '-', text=text)
    assert done.returncode == (0 if why is None else 2)
    assert why is None or why in done.stderr


def test_largest_value_fits(tmp_path):
    """A record of nearly a chunk: 32,000 characters in one value."""
    made = tools.describe(
        tmp_path, 'event PowerShell:4104\nScriptBlockText = ' +
        30000 * '\u00fc' + '\n')
    check_all(made)
    assert made.lines[0]['size'] > 60000
    check_texts(made, tools.evtxexport(made.path))


def test_expected_system_is_what_evtxwalk_reads(tmp_path):
    """The checks themselves can fail: a changed byte is seen."""
    made = tools.make(tmp_path, '--events', '4634')
    record = evtxwalk.read(made.path)[0]
    line = dict(made.lines[0], task=1)
    with pytest.raises(AssertionError):
        check_system(line, record.event())
    data = [dict(d) for d in made.lines[0]['data']]
    data[1]['value'] += 'x'
    with pytest.raises(AssertionError):
        check_leaves(data, record.event())
