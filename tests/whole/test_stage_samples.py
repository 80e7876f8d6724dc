# SPDX-License-Identifier: Apache-2.0
"""Real rows of SecurityEvent: events rebuilt from them give them again.

The rows are those of EVTX_CORPUS/sentinel/samples. Each column of each row is
equal, or stands below with the reason why it cannot be.
"""
import datetime
import os
import re
import xml.etree.ElementTree as ET

import pytest
from stage_tools import read_lines

EVENT = '{http://schemas.microsoft.com/win/2004/08/events/event}'
FILES = ['securityevent_ama_4624_4625', 'securityevent_msticpy_all_events',
         'securityevent_stixshifter_4624']
SERVICE = {  # filled by the service or the agent, not from the event
    'TenantId', 'SourceSystem', 'SourceComputerId', 'EventOriginId', 'MG',
    'TimeCollected', 'TimeCollected [UTC]', 'ManagementGroupName', 'Type',
    '_ResourceId', 'PartitionKey', 'RowKey', 'AzureTableName', '_ItemId'}
NOT_COLUMNS = {  # seen in rows, not among the documented columns
    'ImpersonationLevel', 'EventProperties'}
MMA_LEVEL = '8'  # the old agent's; we write what Azure Monitor Agent does
BROKEN = '#NAME?'  # damage by a spreadsheet: -\\user
SYSTEM = {'EventSourceName', 'Channel', 'Computer', 'Task', 'EventID',
          'Level', 'Version', 'Opcode', 'Keywords', 'Correlation',
          'SystemProcessId', 'SystemThreadId', 'EventRecordId',
          'SystemUserId', 'EventLevelName', 'TimeGenerated',
          'TimeGenerated [UTC]'}
DERIVED = {'Account', 'AccountType', 'Activity', 'EventData', 'Process',
           'LogonTypeName', 'SubjectAccount', 'TargetAccount'}


def samples(corpus, name):
    path = os.path.join(corpus, 'sentinel', 'samples', name + '.ndjson')
    if not os.path.exists(path):
        pytest.skip('no sentinel/samples in EVTX_CORPUS')
    return [{k: v for k, v in row.items() if v not in ('', None)}
            for row in read_lines(path)]


def escaped(text):
    text = str(text).replace('\\', '\\\\')
    for plain, code in (('\r', 'r'), ('\n', 'n'), ('\t', 't')):
        text = text.replace(plain, '\\' + code)
    text = text.replace('|', '\\|').replace('@', '\\x40')
    return re.sub(r'^ | $', r'\\s', text)


def time_of(row):
    if 'TimeGenerated' in row:
        return row['TimeGenerated']
    return datetime.datetime.strptime(
        row['TimeGenerated [UTC]'],
        '%m/%d/%Y, %I:%M:%S.%f %p').strftime('%Y-%m-%dT%H:%M:%S.%fZ')


def head_of(row):
    yield 'event'
    yield 'time ' + time_of(row)
    for word, column in (
            ('computer', 'Computer'), ('channel', 'Channel'),
            ('provider', 'EventSourceName'), ('id', 'EventID'),
            ('task', 'Task'), ('opcode', 'Opcode'), ('version', 'Version'),
            ('keywords', 'Keywords'), ('pid', 'SystemProcessId'),
            ('tid', 'SystemThreadId'), ('record', 'EventRecordId')):
        if column in row:
            yield '%s %s' % (word, row[column])
    if 'Correlation' in row:
        yield 'activity ' + row['Correlation']
    yield 'level %s' % (0 if row['Level'] == MMA_LEVEL else row['Level'])


def data_line(name, text):
    kind = 'string'
    if re.match(r'^\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?$',
                text) and (name.endswith('Guid') or text[0] == '{'):
        kind = 'guid'
    elif name in ('LogonType', 'KeyLength'):
        kind = 'uint32'
    elif text.startswith('S-1-'):
        kind = 'sid'
    return '%s:%s = %s' % (name, kind, escaped(text))


def body_of(row):
    """The event's own data: its XML, or what columns hold of it."""
    if 'EventData' not in row:
        yield 'eventdata'
        for name in sorted(set(row) - SYSTEM - DERIVED - SERVICE):
            yield data_line(name, str(row[name]).replace(
                ' \t\t\t', '\r\n\t\t\t'))
        return
    root = ET.fromstring(row['EventData'])
    if root.tag == EVENT + 'EventData':
        yield 'eventdata'
        for data in root:
            yield data_line(data.get('Name'), data.text or '')
        return
    yield 'userdata'
    body, = root
    space, name = body.tag[1:].split('}')
    yield '<%s xmlns="%s">' % (name, space)
    for leaf in body:
        yield data_line(leaf.tag.split('}')[1], leaf.text or '')
    yield '</%s>' % name


def rebuilt(row):
    return '\n'.join([*head_of(row), *body_of(row)]) + '\n'


def wanted(row, column):
    """What our row shows for a column of the sample; None: see above."""
    value = row[column]
    if column in SERVICE | NOT_COLUMNS or 'UTC' in column:
        return None
    if column == 'TimeGenerated':
        return None  # compared below: the digits of a second differ
    if column == 'Level' and value == MMA_LEVEL:
        return '0'
    if column in ('Account', 'TargetAccount') and value == BROKEN:
        return '-\\' + row['TargetUserName']
    if column == 'Account' and 'TargetUser' in row:
        return row['TargetUser']  # the name of a SID is not in the log
    return value


INTEGERS = {'Task', 'EventID', 'KeyLength', 'LogonType', 'Version',
            'SystemProcessId', 'SystemThreadId'}


@pytest.mark.parametrize('name', FILES)
def test_rows_are_given_again(evtxstage, mkevtx, corpus, tmp_path, name):
    rows = samples(corpus, name)
    log = mkevtx(tmp_path / 'log.evtx', text='\n'.join(map(rebuilt, rows)))
    ours = evtxstage('-o', '-', '-s', 'any', log).rows
    assert len(ours) == len(rows) > 0
    compared = 0
    for row, our in zip(rows, ours):
        assert our['TimeGenerated'].rstrip('0Z')[:23] == \
            time_of(row).rstrip('0Z')[:23]
        for column in row:
            want = wanted(row, column)
            if want is None:
                continue
            if column in INTEGERS:
                want = int(want)
            assert our.get(column) == want, (row['EventID'], column)
            compared += 1
    assert compared > 20 * len(rows) or len(rows) == 25 and compared > 400


def test_what_real_rows_leave_empty(evtxstage, mkevtx, corpus, tmp_path):
    """Columns of the System head apart, ours adds only these."""
    rows = samples(corpus, FILES[1])
    log = mkevtx(tmp_path / 'log.evtx', text='\n'.join(map(rebuilt, rows)))
    ours = evtxstage('-o', '-', '-s', 'any', log).rows
    added = {(our['EventID'], column) for row, our in zip(rows, ours)
             for column in our
             if column not in row and column not in SYSTEM and
             not column.endswith('_CF')}
    subject = ['SubjectAccount', 'SubjectDomainName', 'SubjectLogonId',
               'SubjectUserName', 'SubjectUserSid']
    assert added == {(i, c) for i in (5058, 5061) for c in subject} | \
        {(8002, 'TargetLogonId')}
