# SPDX-License-Identifier: Apache-2.0
"""What lines say of where their events are from: --provenance, --case."""
import json
import struct

import pytest
from stage_tools import CHUNK, FILE_HEADER, read, sha256

ORIGIN = ['SourceSha256_CF', 'SourceName_CF', 'Chunk_CF', 'Offset_CF',
          'HeaderId_CF', 'CrcOk_CF', 'Recovered_CF']
USUAL = {'securityevent': ['RecordKey_CF'], 'windowsevent': ['RecordKey_CF'], 'event': ['RecordKey_CF'],
         'raw': []}


def ours(row):
    return [n for n in row if n.endswith('_CF') and not n.startswith('Time')]


@pytest.mark.parametrize('schema', USUAL)
def test_what_is_usual(evtxstage, log, schema):
    for row in evtxstage('-o', '-', '--schema', schema, log).rows:
        assert ours(row) == USUAL[schema]


@pytest.mark.parametrize('schema', USUAL)
def test_none_key_full(evtxstage, log, schema):
    base = ['-o', '-', '-s', 'any', '--schema', schema, log, '--provenance']
    none, key, full = (evtxstage(*base, level).rows
                       for level in ('none', 'key', 'full'))
    assert len(none) == len(key) == len(full) > 20
    for a, b, c in zip(none, key, full):
        assert ours(a) == []
        assert ours(b) == ['RecordKey_CF']
        assert ours(c) == ['RecordKey_CF'] + ORIGIN
        assert list(c.items())[:len(b)] == list(b.items())
        assert list(b.items())[:len(a)] == list(a.items())


def test_the_key_does_not_depend_on_the_schema(evtxstage, log):
    keys = [[r['RecordKey_CF'] for r in
             evtxstage('-o', '-', '-s', 'any', '--schema', schema, log,
                       '--provenance', 'key').rows] for schema in USUAL]
    keys.append([r['event']['id'] for r in
                 evtxstage('-o', '-', '-s', 'any', '--schema', 'ecs', log,
                           '--provenance', 'key').rows])
    assert all(k == keys[0] for k in keys) and len(keys[0]) > 20


@pytest.mark.parametrize('decoder', ['native', 'libevtx'])
def test_full_leads_back_to_the_record(evtxstage, mkevtx, tmp_path, decoder):
    """A record header with that id stands at that offset of that source."""
    path = mkevtx(tmp_path / 'a "log".evtx', '--events', '4624:200',
                  '--export-style')
    data = read(path)
    rows = evtxstage('-o', '-', path, '--provenance', 'full', '--decoder',
                     decoder).rows
    assert len({r['Chunk_CF'] for r in rows}) > 2
    for row in rows:
        at = row['Offset_CF']
        assert data[at:at + 4] == b'**\0\0'
        assert struct.unpack_from('<Q', data, at + 8) == (row['HeaderId_CF'],)
        assert row['Chunk_CF'] == (at - FILE_HEADER) // CHUNK
        assert row['SourceSha256_CF'] == sha256(data)
        assert row['SourceName_CF'] == path
        assert row['CrcOk_CF'] is True and row['Recovered_CF'] is False


def test_full_says_which_checksums_are_wrong(evtxstage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'log.evtx', '--events', '4624:200', '--odd',
                  'bad-records-crc')
    rows = evtxstage('-o', '-', path, '--provenance', 'full').rows
    assert {(r['Chunk_CF'] == 0, r['CrcOk_CF']) for r in rows} == \
        {(True, False), (False, True)}


def test_full_agrees_with_the_manifest(stage, log, logons):
    _, staging = stage(log, logons, '--provenance', 'full', '-j', '3')
    sums = {s['name']: s['sha256'] for s in staging.sources}
    assert len(sums) == 2
    for row in staging.rows:
        assert row['SourceSha256_CF'] == sums[row['SourceName_CF']]


def test_full_of_an_empty_source(stage, log, tmp_path):
    (tmp_path / 'empty.evtx').write_bytes(b'')
    done, staging = stage(log, tmp_path / 'empty.evtx', '--provenance',
                          'full')
    assert done.status == 3 and 'empty.evtx is empty' in done.err
    assert staging.rows
    assert sha256(b'') in [s['sha256'] for s in staging.sources]


def test_case_stands_in_manifest_and_full_rows(stage, evtxstage, log):
    case = 'IR-7 "x"\\é'
    _, staging = stage(log, '--case', case, '--provenance', 'full')
    assert {r['CaseId_CF'] for r in staging.rows} == {case}
    assert staging.manifest['options']['case'] == case
    assert staging.manifest['options']['provenance'] == 'full'
    rows = evtxstage('-o', '-', '--case', case, log).rows
    assert not any('CaseId_CF' in r for r in rows)


def test_rows_without_key_are_loaded_once(stage, evtxload_path, log,
                                          tmp_path):
    import sqlite3

    from stage_tools import run
    _, staging = stage(log, '--provenance', 'none')
    for _ in range(2):
        done = run([evtxload_path, '--target',
                    'sqlite:%s' % (tmp_path / 'a.db'), staging.path])
        assert done.status == 0, done.err
    with sqlite3.connect(tmp_path / 'a.db') as db:
        (n,), = db.execute('SELECT count(*) FROM SecurityEvent'
                           ' WHERE RecordKey_CF IS NULL')
    assert n == len(staging.rows) > 10


def test_an_unknown_level_is_refused(evtxstage, log):
    done = evtxstage('-o', '-', log, '--provenance', 'some')
    assert done.status == 2
    assert '--provenance must be none, key or full: some' in done.err
    done = evtxstage('-o', '-', log, env={'EVTXSTAGE_PROVENANCE': 'none'})
    assert 'RecordKey_CF' not in json.loads(done.lines[0])
