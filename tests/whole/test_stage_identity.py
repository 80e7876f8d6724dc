# SPDX-License-Identifier: Apache-2.0
"""Sources with the same bytes are staged once, and accounted."""
import json
import os
import shutil

import pytest
from stage_tools import read
from test_stage_archives import make_folder, make_tar, make_zip

TESTDATA = os.path.join(os.path.dirname(__file__), '..', '..', 'testdata')


def copies(staging):
    return {s['name'].split('!/')[-1]: s['duplicate_of'].split('!/')[-1]
            for s in staging.sources if 'duplicate_of' in s}


def closes(staging):
    a = staging.manifest['accounting']
    return a['found'] == (a['emitted'] + sum(a['filtered'].values()) +
                          a['duplicate'] + a['damaged'])


@pytest.fixture
def log(mkevtx, tmp_path):
    return read(mkevtx(tmp_path / 'made', '--events', '4624:900'))


@pytest.mark.parametrize('provenance', ['key', 'full'])
@pytest.mark.parametrize('kind', ['folder', 'zip', 'tar.gz'])
def test_a_copy_is_named_and_not_staged(stage, log, tmp_path, kind,
                                        provenance):
    # The third begins like them and ends otherwise.
    members = [('a.evtx', log), ('b.evtx', log), ('c.evtx', log[:-65536])]
    given = {'folder': make_folder, 'zip': make_zip, 'tar.gz': make_tar}[kind](
        tmp_path / ('in.' + kind), members)
    if kind == 'folder':
        members = [(os.path.join(given, n), d) for n, d in members]
    done, staging = stage('--json', '--provenance', provenance, '--dedupe', 'none', given)
    assert copies(staging) == {members[1][0] if kind == 'folder' else 'b.evtx':
                               members[0][0] if kind == 'folder' else 'a.evtx'}
    first, copy, _ = staging.sources
    assert (copy['bytes'], copy['sha256']) == (len(log), first['sha256'])
    assert copy['accounting']['found'] == 0 and 'error' not in copy
    assert json.loads(done.out)['sources_duplicate'] == 1
    assert len(staging.rows) > 900 and closes(staging)
    assert 'not read again' in done.err


def test_a_copy_does_not_change_the_status(stage, log, tmp_path):
    done, staging = stage(make_folder(
        tmp_path / 'in', [('a.evtx', log), ('x/a.evtx', log)]))
    assert done.status == 0 and len(staging.rows) == 900


@pytest.fixture(scope='module')
def collection():
    """A KAPE-like tree of testdata, each log twice, and three broken ones."""
    names = sorted(n for n in os.listdir(TESTDATA)
                   if n.endswith('.evtx') and n != 'bad-empty.evtx')
    tree = []
    for where in ('C/Windows/System32/winevt/logs/', 'VSS1/winevt/logs/'):
        tree += [(where + n, read(os.path.join(TESTDATA, n))) for n in names]
    return tree + [('broken/%d.evtx' % i, b'no log %d' % i * 5000)
                   for i in range(3)]


def test_zip_stream_and_folder_say_the_same(stage, collection, tmp_path):
    folder = make_folder(tmp_path / 'in', collection)
    archive = make_zip(tmp_path / 'in.zip', collection)
    results = [stage('-s', 'any', folder, to='one'),
               stage('-s', 'any', archive, to='two')]
    with open(make_tar(tmp_path / 'in.tgz', collection), 'rb') as f:
        results.append(stage('-s', 'any', '-', stdin=f, to='three'))
    found = []
    for done, staging in results:
        assert done.status == 3 and closes(staging)
        for i in range(3):
            assert 'broken/%d.evtx' % i in done.err
        found.append(sorted(r['RecordKey_CF'] for r in staging.rows))
        assert len(copies(staging)) >= (len(collection) - 3) // 2
    assert found[0] == found[1] == found[2] != []
    shutil.rmtree(folder)


COLLECTORS = {
    'Collection-WS01-2024-05-01T12_00_00Z.zip':
    ('uploads/auto/C%3A/Windows/System32/winevt/Logs/Sec%254x.evtx',
     {'by': 'velociraptor', 'host': 'WS01',
      'path': r'C:\Windows\System32\winevt\Logs\Sec%4x.evtx'}),
    '2024-05-01T120000_WS02.zip':
    ('VSS2/Windows/System32/winevt/logs/Security.evtx',
     {'by': 'kape', 'host': 'WS02', 'shadow_copy': 2,
      'path': r'\Windows\System32\winevt\logs\Security.evtx'}),
    'WS03.zip': ('C/Windows/System32/winevt/Logs/Security.evtx',
                 {'by': 'cylr', 'host': 'WS03',
                  'path': r'C:\Windows\System32\winevt\Logs\Security.evtx'}),
    'x.zip': ('Security.evtx', None)}


@pytest.mark.parametrize('name', COLLECTORS)
def test_collectors_tell_where_a_log_was(stage, evtxstage, log, tmp_path,
                                         name):
    member, expected = COLLECTORS[name]
    archive = make_zip(tmp_path / name, [(member, log)])
    source, = stage(archive)[1].sources
    assert source.get('collected') == expected
    said, = json.loads(evtxstage('info', '--json', archive).out)['sources']
    assert said.get('collected') == expected
