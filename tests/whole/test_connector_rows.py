# SPDX-License-Identifier: Apache-2.0
"""Rows of SecurityEvent beside a second mapping of the same records.

EVTX_CORPUS/golden holds what evtx_dump made of each log of the corpus; what
connector_row.py makes of that is compared with our row of the same record,
column by column. evtx_dump drops the seventh digit of a time, and its JSON does
not tell the types of values, so times are compared to the microsecond and GUIDs
and numbers by what they are.
"""
import csv
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict

import pytest
from columns import table_columns
from connector_row import ANYTHING, GUID, Event, Facts, row_of, text_of

TIME = re.compile(r'^(\d{4,5}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z| UTC)?$')
HEX = re.compile(r'^0x[0-9A-Fa-f]{1,16}$')
CONTROL = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd\ud800-\udfff]')
SPACE = '{http://schemas.microsoft.com/win/2004/08/events/event}'
WITHOUT_DATA = {4624, 4625, 4648, 4662, 4672}
# Columns that the second mapping does not make.
APART = {'EventData', 'TimeGenerated', 'TimeSource_CF', 'TemplateSource_CF'}


def same(value):
    """What two spellings of a value have in common."""
    if not isinstance(value, str):
        return value
    text = CONTROL.sub('', value)
    time = TIME.match(text)
    if time:
        return '%sT%s%s' % (time.group(1), time.group(2),
                            ((time.group(3) or '.') + '000000')[:7])
    return hex(int(text, 16)) if HEX.match(text) else text


def identity(row):
    return tuple(same(row.get(column)) for column in (
        'EventRecordId', 'EventID', 'Computer', 'TimeCreated_CF'))


def sources(corpus):
    with open(os.path.join(corpus, 'corpus', 'SOURCES.tsv')) as f:
        return list(csv.DictReader(f, delimiter='\t'))


def golden(corpus, sha256):
    path = os.path.join(corpus, 'golden', sha256 + '.jsonl.zst')
    text = subprocess.run(['zstd', '-dcq', path], check=True,
                          capture_output=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def is_known(column, want, have):
    """A difference that is evtx_dump's."""
    if want.get(column) is ANYTHING:
        return column in have
    # It leaves an attribute out whose value is empty.
    return column == 'EventSourceName' and \
        (want.get(column), have.get(column)) == (None, '')


def difference(want, rows):
    """Columns that differ from the row that is closest; none: equal."""
    want = {k: same(v) for k, v in want.items()}
    best = None
    for row in rows:
        have = {k: same(v) for k, v in row.items() if k not in APART}
        wrong = {k: (want.get(k), have.get(k))
                 for k in set(want) | set(have)
                 if want.get(k) != have.get(k) and not is_known(k, want, have)}
        if best is None or len(wrong) < len(best):
            best = wrong
    return best


def test_each_golden_record_has_its_row(evtxstage, corpus):
    if subprocess.run(['zstd', '--version'], capture_output=True).returncode:
        pytest.skip('zstd is not installed')
    facts = Facts(corpus)
    wrong, compared, seen = Counter(), 0, {}
    for source in sources(corpus):
        path = os.path.join(corpus, 'corpus', source['file'])
        done = evtxstage('-q', '-s', 'any', '--provenance', 'none', '-o', '-',
                         path)
        rows = defaultdict(list)
        for row in done.rows:
            rows[identity(row)].append(row)
        for record in golden(corpus, source['sha256']):
            want = row_of(record, facts)
            what = difference(want, rows[identity(want)])
            if not what:
                what = data_difference(record, rows[identity(want)])
            compared += 1
            if what is None:
                what = {'no row': identity(want)}
            for column, values in what.items():
                wrong[column] += 1
                seen.setdefault((column, want.get('EventID')),
                                (source['file'], values))
    assert compared > 35000
    assert not wrong, '%s\n%s' % (wrong, '\n'.join(
        '%s: %s' % x for x in list(seen.items())[:60]))


def as_xml(text):
    """XML knows one line end, and Windows' GUIDs have braces there."""
    guid = GUID.match(text)
    return guid.group(1).lower() if guid else \
        same(text.replace('\r\n', '\n').replace('\r', '\n'))


def said(xml):
    """Names and texts of an EventData column, or of its one element."""
    root = ET.fromstring(CONTROL.sub('', xml))
    if root.tag == SPACE + 'UserData':
        root = root[0] if len(root) else root
    found = {}
    for element in root:
        tag = element.tag.rsplit('}', 1)[-1]
        name = element.get('Name') if tag == 'Data' else tag
        if len(element) == 0:
            found.setdefault(name, element.text or '')
    return found


def data_difference(record, rows):
    """Fields that EventData shows otherwise; none if a row shows them all."""
    event = Event(record)
    want = {name: text_of(value) for name, value in event.fields.items()
            if not re.search(r'_\d+$', name)}
    want = {k: as_xml(v) for k, v in want.items() if v is not None}
    best = {'EventData': 'missing'}
    for row in rows:
        if 'EventData' not in row:
            if event.id() in WITHOUT_DATA or (
                    event.data is None and not event.is_user_data):
                return {}
            continue
        have = {k: as_xml(v) for k, v in said(row['EventData']).items()}
        best = {'EventData ' + k: (v, have.get(k)) for k, v in want.items()
                if have.get(k) != v and k in have or k not in have}
        if not best:
            break
    return best


INT_COLUMNS = {'int', 'long'}


def test_values_have_the_types_of_their_columns(evtxstage, corpus):
    """And no column is there that the table does not have."""
    types = {c['name']: c['type'].lower()
             for c in table_columns('securityevent')}
    own = {'RecordKey_CF', 'TimeCreated_CF', 'TimeSource_CF',
           'TemplateSource_CF'}
    done = evtxstage('-q', '-s', 'all', '-o', '-',
                     os.path.join(corpus, 'corpus'))
    assert len(done.rows) > 10000
    for row in done.rows:
        for column, value in row.items():
            kind = types.get(re.sub(r'_\d+_CF$', '', column), 'string')
            assert column in types or column in own or \
                re.search(r'_\d+_CF$', column), column
            if kind in INT_COLUMNS:
                assert value is None or value == '' or (
                    isinstance(value, int) and -2 ** 31 <= value < 2 ** 31), \
                    (column, value)
            else:
                assert isinstance(value, str), (column, value)
            if kind == 'datetime':
                assert TIME.match(value), (column, value)
