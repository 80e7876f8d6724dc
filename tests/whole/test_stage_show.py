# SPDX-License-Identifier: Apache-2.0
"""evtxstage show: where a staged line came from."""
import io
import json
import os
import shutil
import xml.etree.ElementTree as ElementTree
import zipfile

import late_logs
import pytest
from stage_tools import read, sha256

SPACE = '{http://schemas.microsoft.com/win/2004/08/events/event}'
TESTDATA = os.path.join(os.path.dirname(__file__), '..', '..', 'testdata')
SCHEMAS = ['securityevent', 'windowsevent', 'event', 'raw', 'ecs']


@pytest.fixture(scope='module')
def logs(mkevtx, tmp_path_factory):
    top = tmp_path_factory.mktemp('logs')
    mkevtx(top / 'a.evtx', '--events', '4624,4688', '--size', '200K')
    mkevtx(top / 'b.evtx', '--events', 'all', '--seed', '4')
    return top


def key_of(row):
    return row.get('RecordKey_CF') or row['event']['id']


@pytest.fixture
def show(evtxstage):
    def call(staging, key, *options):
        done = evtxstage('show', '--json', '--key', key, *options,
                         staging.path)
        return done, [json.loads(line) for line in done.out.splitlines()]
    return call


def record_id(xml):
    return ElementTree.fromstring(xml).find(
        SPACE + 'System/' + SPACE + 'EventRecordID').text


@pytest.mark.parametrize('schema', SCHEMAS)
def test_the_place_is_that_of_the_row(stage, show, logs, schema):
    staging = stage('-s', 'any', '--schema', schema, '--provenance', 'full',
                    logs)[1]
    for number in (0, 150, len(staging.rows) - 1):
        row = staging.rows[number]
        done, (said,) = show(staging, key_of(row))
        assert done.status == 0, done.err
        assert said['row'] == row and said['line'] == number + 1
        assert said['segment'] == 'segments/000001.ndjson'
        assert said['source'] == row['SourceName_CF']
        assert said['source_sha256'] == row['SourceSha256_CF']
        assert said['chunk'] == row['Chunk_CF']
        assert said['record_offset'] == row['Offset_CF']
        assert said['header_id'] == row['HeaderId_CF']
        assert said['crc_ok'] and not said['evidence_changed']
        assert record_id(said['xml']) == record_id(said['libevtx_xml'])
        with open(staging.file(said['segment']), 'rb') as f:
            f.seek(said['line_offset'])
            assert json.loads(f.read(said['line_bytes'])) == row
        with open(said['source'], 'rb') as f:
            f.seek(said['record_offset'])
            assert f.read(4) == b'**\0\0'


def test_a_text_for_people(stage, evtxstage, logs):
    staging = stage(logs / 'a.evtx')[1]
    key = key_of(staging.rows[3])
    done = evtxstage('show', '--key', key, staging.path)
    text = done.out.decode()
    assert done.status == 0 and text.startswith(key)
    for words in ('segments/000001.ndjson, line 4', str(logs / 'a.evtx'),
                  staging.sources[0]['sha256'], 'ours', 'libevtx',
                  '<EventRecordID>4</EventRecordID>'):
        assert words in text


def test_a_record_in_two_files_is_shown_twice(stage, show, logs, tmp_path):
    (tmp_path / 'copy.evtx').write_bytes(
        (logs / 'a.evtx').read_bytes() + bytes(65536))
    staging = stage(logs / 'a.evtx', tmp_path / 'copy.evtx', '--dedupe', 'none')[1]
    done, said = show(staging, key_of(staging.rows[0]))
    assert done.status == 0
    assert [os.path.basename(s['source']) for s in said] in (
        ['a.evtx', 'copy.evtx'], ['copy.evtx', 'a.evtx'])


def test_a_log_in_archives(stage, show, logs, tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, 'w', zipfile.ZIP_DEFLATED) as z:
        z.write(logs / 'b.evtx', 'logs/b.evtx')
    with zipfile.ZipFile(tmp_path / 'x.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        z.write(logs / 'a.evtx', 'a.evtx')
        z.writestr('inner.zip', inner.getvalue())
    staging = stage('-s', 'any', tmp_path / 'x.zip')[1]
    for row, name in ((staging.rows[0], 'x.zip!/a.evtx'),
                      (staging.rows[-1], 'x.zip!/inner.zip!/logs/b.evtx')):
        done, (said,) = show(staging, key_of(row))
        assert done.status == 0, done.err
        assert said['source'].endswith(name)
        assert said['archive_sha256'] == sha256(read(tmp_path / 'x.zip'))
        assert record_id(said['xml']) == row['EventRecordId']


def test_a_borrowed_record(stage, show, logs, tmp_path):
    late_logs.without_definition(logs / 'a.evtx', tmp_path / 'x.evtx', 1)
    staging = stage('-s', 'any', tmp_path / 'x.evtx')[1]
    row = staging.rows[-1]
    assert 'TemplateSource_CF' in row
    done, (said,) = show(staging, key_of(row))
    assert done.status == 0, done.err
    assert record_id(said['xml']) == row['EventRecordId']
    assert 'libevtx_error' in said or 'libevtx_xml' in said


def test_a_template_of_another_source(stage, show, mkevtx, tmp_path):
    """It is told where the record is, and why it is not shown."""
    orphan = mkevtx(tmp_path / 'orphan.evtx',
                    text='event 4634\nodd missing-template\n')
    donor = mkevtx(tmp_path / 'donor.evtx', '--events', '4634:1')
    staging = stage('-s', 'any', '--provenance', 'full', orphan, donor)[1]
    row = staging.rows[-1]
    assert row['TemplateSource_CF'] == 'borrowed'
    done, said = show(staging, key_of(row))
    assert done.status == 3 and 'another source' in done.err
    said, = [s for s in said if s['row'] == row]
    assert said['source'] == orphan and said['chunk'] == row['Chunk_CF']
    assert 'another source' in said['error'] and 'xml' not in said


def test_a_recovered_record_with_a_template_of_another_source(
        stage, show, mkevtx, tmp_path):
    """Its template need not be the reason, so that is not claimed."""
    old = mkevtx(tmp_path / 'old.evtx', '--events', '4634:60')
    new = mkevtx(tmp_path / 'new.evtx', '--events', '4625:2')
    top = tmp_path / 'in'
    top.mkdir()
    assert late_logs.over(old, new, top / 'x.evtx')
    mkevtx(top / 'donor.evtx', '--events', '4634:1')
    staging = stage('-s', 'any', '--recover', 'slack', top)[1]
    row = [r for r in staging.rows if 'Recovered_CF' in r][-1]
    assert row['TemplateSource_CF'] == 'borrowed'
    done, said = show(staging, key_of(row))
    assert done.status == 3
    said, = [s for s in said if s['row'] == row]
    assert 'no hidden or old record' in said['error']
    assert 'may be in another source' in said['error'] and 'xml' not in said


def test_a_record_that_is_there_twice(stage, show, mkevtx, tmp_path):
    """In one chunk, with one key: each line is of its own record."""
    event = ('event\nid 7\nprovider P\nchannel C\nrecord 5\n'
             'time 2024-05-01T00:00:01Z\neventdata\nA = a\n')
    log = mkevtx(tmp_path / 'x.evtx', text=event + 'event 4624\n' + event)
    staging = stage('-s', 'any', '--provenance', 'full', '--dedupe', 'none', log)[1]
    first, _, last = staging.rows
    assert key_of(first) == key_of(last)
    done, said = show(staging, key_of(first))
    assert done.status == 0, done.err
    assert [s['row'] for s in said] == [first, last]
    assert [s['record_offset'] for s in said] == \
        [first['Offset_CF'], last['Offset_CF']]


def test_a_recovered_record(stage, show):
    """Its key may be that of a record which is still in use."""
    staging = stage('-s', 'any', '--recover', 'slack', '--provenance', 'full',
                    os.path.join(TESTDATA, 'odd-slack.evtx'))[1]
    rows = [row for row in staging.rows if 'Recovered_CF' in row]
    assert rows
    for row in rows:
        done, said = show(staging, key_of(row))
        assert done.status == 0, done.err
        said, = [s for s in said if s['row'] == row]
        assert said['record_offset'] == row['Offset_CF']
        assert record_id(said['xml']) == row['EventRecordId']


def test_a_record_that_libevtx_refuses(stage, evtxstage, show):
    """Ours is shown all the same, and what libevtx said of it."""
    staging = stage('-s', 'any', os.path.join(TESTDATA, 'odd-text.evtx'))[1]
    refused = 0
    for row in staging.rows:
        done, (said,) = show(staging, key_of(row))
        assert done.status == 0, done.err
        assert record_id(said['xml']) == row['EventRecordId']
        assert ('libevtx_xml' in said) != ('libevtx_error' in said)
        if 'libevtx_error' not in said:
            continue
        refused += 1
        assert 'libevtx' in said['libevtx_error']
        text = evtxstage('show', '--key', key_of(row), staging.path)
        assert said['libevtx_error'] in text.out.decode()
    assert 0 < refused < len(staging.rows)


def test_several_stagings(stage, evtxstage, show, logs):
    one = stage(logs / 'a.evtx', to='one')[1]
    two = stage('-s', 'any', logs, to='two')[1]
    other = stage('-s', 'any', logs / 'b.evtx', to='other')[1]
    key = key_of(one.rows[0])
    done = evtxstage('show', '--json', '--key', key, one.path, two.path,
                     other.path)
    said = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 0
    assert [s['staging'] for s in said] == [one.path, two.path]


def test_an_archive_that_is_away_or_changed(stage, show, logs, tmp_path):
    path = tmp_path / 'x.zip'
    with zipfile.ZipFile(path, 'w') as z:
        z.write(logs / 'a.evtx', 'a.evtx')
    staging = stage(path)[1]
    key = key_of(staging.rows[0])
    with zipfile.ZipFile(path, 'w') as z:
        z.writestr('a.evtx', (logs / 'a.evtx').read_bytes() + bytes(65536))
    done, (said,) = show(staging, key)
    assert done.status == 3 and str(path) in done.err
    assert said['evidence_changed'] or said['error']
    with zipfile.ZipFile(path, 'w') as z:
        z.write(logs / 'a.evtx', 'other.evtx')
    done, (said,) = show(staging, key)
    assert done.status == 3 and said['error'] and 'xml' not in said
    assert said['row'] == staging.rows[0]
    path.unlink()
    done, (said,) = show(staging, key)
    assert done.status == 3 and said['error'] and str(path) in done.err
    assert said['row'] == staging.rows[0]


def test_evidence_that_is_away_or_changed(stage, show, logs, tmp_path):
    path = tmp_path / 'x.evtx'
    shutil.copy(logs / 'a.evtx', path)
    staging = stage(path)[1]
    key = key_of(staging.rows[0])
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    done, (said,) = show(staging, key)
    assert done.status == 3 and said['evidence_changed'] and 'xml' in said
    assert 'was changed: its SHA-256' in done.err
    data[4096:4096 + 65536] = bytes(65536)
    path.write_bytes(data)
    done, (said,) = show(staging, key)
    assert done.status == 3 and 'xml' not in said and said['error']
    path.unlink()
    done, (said,) = show(staging, key)
    assert done.status == 3 and str(path) in done.err
    assert said['row'] == staging.rows[0] and said['chunk'] == 0


def test_what_is_not_there(stage, evtxstage, logs, tmp_path):
    staging = stage(logs / 'a.evtx')[1]
    done = evtxstage('show', '--key', '0' * 32, staging.path)
    assert done.status == 1 and '0' * 32 in done.err
    for words in (['show', staging.path], ['show', '--key', 'abc', staging.path],
                  ['show', '--key', '0' * 32],
                  ['show', '--key', '0' * 32, tmp_path],
                  ['verify', '--key', '0' * 32, staging.path]):
        assert evtxstage(*words).status == 2, words


def test_a_field_cannot_pretend_to_be_the_key(stage, show, mkevtx, tmp_path):
    false = '12345678' * 4
    log = mkevtx(tmp_path / 'x.evtx', text='''event 4624
event
channel Security
provider Evil
id 9
eventdata
RecordKey_CF = %s
id = %s
''' % (false, false))
    for schema in SCHEMAS:
        staging = stage('-s', 'any', '--schema', schema, '--provenance', 'key',
                        log, to=schema)[1]
        assert show(staging, false)[0].status == 1
        for row in staging.rows:
            assert show(staging, key_of(row))[1][0]['row'] == row


def test_the_row_is_shown_as_it_is_written(stage, evtxstage, mkevtx, tmp_path):
    """Large numbers, too, which many readers of JSON round."""
    log = mkevtx(tmp_path / 'x.evtx',
                 text='event 4624\nrecord 9007199254740991\n')
    staging = stage('-s', 'any', '--schema', 'raw', '--provenance', 'key',
                    log)[1]
    line = staging.ndjson.rstrip(b'\n')
    assert b'9007199254740991' in line
    done = evtxstage('show', '--json', '--key', key_of(json.loads(line)),
                     staging.path)
    assert done.status == 0 and b'"row":' + line + b'}' in done.out


def test_a_staging_that_was_touched(stage, evtxstage, logs):
    staging = stage(logs / 'a.evtx')[1]
    key = key_of(staging.rows[0])
    with open(staging.file('chunks.ndjson'), 'ab') as f:
        f.write(b'{}\n')
    done = evtxstage('show', '--key', key, staging.path)
    assert done.status == 1 and 'chunks.ndjson' in done.err
