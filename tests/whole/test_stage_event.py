# SPDX-License-Identifier: Apache-2.0
"""Rows of the Event table: the same values as raw's, in XML that parses."""
import os
import xml.etree.ElementTree as ET

import pytest
from test_stage_schemas import ODD

NS = '{http://schemas.microsoft.com/win/2004/08/events/event}'


def stage_rows(evtxstage, schema, *more):
    return evtxstage('-q', '-o', '-', '-s', 'any', '--schema', schema,
                     '--provenance', 'key', *more).rows


def joined(row, column):
    """A value with what was cut of it."""
    return ''.join(row.get(column + n, '')
                   for n in ('', '_2_CF', '_3_CF', '_4_CF'))


def parameters(row):
    root = ET.fromstring('<P>%s</P>' % joined(row, 'ParameterXml'))
    assert {e.tag for e in root} <= {'Param'}
    return [e.text or '' for e in root]


def check_item(row):
    """The one element inside of the DataItem."""
    item = ET.fromstring(joined(row, 'EventData'))
    assert item.tag == 'DataItem' and item.get('Type') == 'System.XmlData'
    assert item.get('time') == row['TimeGenerated'] \
        or row.get('TimeSource_CF') == 'inferred'
    (data,) = item
    return data


@pytest.fixture(scope='module')
def other_logs(mkevtx, tmp_path_factory):
    folder = tmp_path_factory.mktemp('event')
    mkevtx(folder / 'every.evtx', '--events', 'all:3', '--seed', 5)
    for odd in ODD:
        mkevtx(folder / (odd + '.evtx'), '--events', 'all:1', '--odd', odd)
    return folder


@pytest.mark.parametrize('decoder', ['native', 'libevtx'])
def test_values_are_those_of_raw(evtxstage, other_logs, decoder):
    log = other_logs / 'every.evtx'
    rows = stage_rows(evtxstage, 'event', '--decoder', decoder, log)
    raws = stage_rows(evtxstage, 'raw', '--decoder', decoder, log)
    assert len(rows) == len(raws) > 20
    compared = 0
    for row, raw in zip(rows, raws):
        system = raw['Event']['System']
        assert row['Source'] == system['Provider']['#attributes']['Name']
        assert row['EventLog'] == system['Channel']
        assert row['EventID'] == system['EventID'] or \
            row['EventID'] == system['EventID']['#text']
        assert row['EventCategory'] == system['Task']
        assert row['EventLevel'] == system['Level']
        data = raw['Event'].get('EventData')
        if not isinstance(data, dict) or 'Data' in data:
            continue
        item = check_item(row)
        fields = [d for d in item if d.tag == NS + 'Data']
        assert item.tag == NS + 'EventData'
        assert [d.get('Name') for d in fields] == list(data)
        assert [d.text or '' for d in fields] == parameters(row)
        for d in fields:
            if isinstance(data[d.get('Name')], (int, str)) and \
                    not isinstance(data[d.get('Name')], bool):
                # A parser of XML makes one LF of CRLF.
                want = str(data[d.get('Name')]).replace('\r\n', '\n')
                assert (d.text or '') in (want, '{%s}' % want)
                compared += 1
    assert compared > 100


def test_both_decoders_write_the_same_bytes(evtxstage, other_logs):
    for name in ['every.evtx'] + [odd + '.evtx' for odd in ODD]:
        native, libevtx = (
            evtxstage('-q', '-o', '-', '--schema', 'event', '--decoder', d,
                      other_logs / name).out for d in ('native', 'libevtx'))
        raw = [evtxstage('-q', '-o', '-', '--schema', 'raw', '--decoder', d,
                         other_logs / name).out for d in ('native', 'libevtx')]
        if raw[0] == raw[1]:
            assert native == libevtx, name


def test_hostile_values_leave_xml_that_parses(evtxstage, mkevtx, tmp_path):
    bad = '</Param><Param>&"\']]></Data><Data Name="X">\x1b[2J\x01\ufffe\U0001f600'
    log = mkevtx(tmp_path / 'bad.evtx', text='\n'.join([
        'event 4688', 'CommandLine = ' + bad, '']))
    row, = stage_rows(evtxstage, 'event', log)
    want = bad.replace('\x1b', '\ufffd').replace('\x01', '\ufffd') \
        .replace('\ufffe', '\ufffd')
    fields = {d.get('Name'): d.text for d in check_item(row)}
    assert fields['CommandLine'] == want
    assert want in parameters(row)
    assert 'X' not in fields


def test_long_values_go_on_in_the_next_column(stage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'long.evtx', text='\n'.join([
        'event 4688', 'CommandLine = ' + '&' * 25000, '']))
    _, staging = stage(log, '--schema', 'event')
    row, = staging.rows
    assert len(row['ParameterXml'].encode()) == 65536
    assert len(row['EventData'].encode()) == 65536
    assert 'Truncated_CF' not in row
    assert '&' * 25000 in parameters(row)
    assert '&' * 25000 in [d.text for d in check_item(row)]


def test_the_corpus_is_xml_that_parses(evtxstage, corpus):
    rows = stage_rows(evtxstage, 'event',
                      os.path.join(corpus, 'corpus', 'hayabusa'),
                      os.path.join(corpus, 'corpus', 'evtx-rs'))
    assert len(rows) > 1000
    for row in rows:
        if 'EventData' in row and 'Truncated_CF' not in row:
            check_item(row)
            parameters(row)
