# SPDX-License-Identifier: Apache-2.0
"""Records whose template is in another shard: counted, and the sources of a
second run that reads them."""
import json
import os

import pytest
from collection_tools import rows_of
from stage_tools import Staging
from test_stage_shards import plan

WORDS = ('--schema', 'raw', '-s', 'any', '--provenance', 'key')
ORPHANS = 'event 4634 x9 every 1s\nodd missing-template\n'


def stage_shards(evtxstage, hosts, path, n):
    """The stagings of all shards of a new plan."""
    plan(evtxstage, hosts, path, n)
    outs = [path.with_name(f'{path.stem}-{i}') for i in range(n)]
    for i, out in enumerate(outs):
        done = evtxstage(*WORDS, '--shards', path, '--shard', i, '-o', out)
        assert done.status in (0, 3), done.err
    return outs


def missing_templates(evtxstage, mend, path, outs):
    """What merge-check says of them; it writes the list `mend`."""
    done = evtxstage('merge-check', '--json', '--mend', mend, path, *outs)
    assert done.status == 3, done.err
    return json.loads(done.out)['missing_templates']


@pytest.fixture
def case(evtxstage, mkevtx, tmp_path):
    """(plan, stagings): in one shard records without their template, in the
    other two logs that have it, and one that has not."""
    hosts = tmp_path / 'root' / 'hosts'
    hosts.mkdir(parents=True)
    mkevtx(hosts / 'orphans.evtx', text=ORPHANS)
    mkevtx(hosts / 'b-donor.evtx', '--events', '4634:300')
    mkevtx(hosts / 'c-donor.evtx', '--events', '4634:2')
    mkevtx(hosts / 'other.evtx', '--events', '4688:900')
    for expected in hosts.glob('*.expect'):
        expected.unlink()
    path = tmp_path / 'case.shards'
    return path, stage_shards(evtxstage, hosts, path, 4)


def test_the_manifest_of_a_shard_lists_its_templates(evtxstage, case, tmp_path):
    path, outs = case
    lists = [json.loads((o / 'manifest.json').read_bytes())['templates'] for o in outs]
    for out, found in zip(outs, lists):
        names = [s['name'] for s in Staging(out).sources]
        assert [x['source'] for x in found] == names
        assert all(x['ids'] == sorted(set(x['ids'])) for x in found)
    # The number of threads does not change it; a run without a plan has none.
    for i, out in enumerate(outs):
        again = tmp_path / f'again-{i}'
        evtxstage(*WORDS, '-j1', '--shards', path, '--shard', i, '-o', again)
        assert json.loads((again / 'manifest.json').read_bytes())['templates'] == lists[i]
    evtxstage(*WORDS, '-o', tmp_path / 'one', tmp_path / 'root' / 'hosts')
    assert 'templates' not in json.loads((tmp_path / 'one' / 'manifest.json').read_bytes())


def test_a_second_run_reads_what_the_shards_could_not(evtxstage, case, tmp_path):
    path, outs = case
    mend = tmp_path / 'mend.list'
    assert missing_templates(evtxstage, mend, path, outs) == {
        'records': 9, 'templates': 1, 'elsewhere': 9, 'unlisted': 0}
    names = mend.read_text().splitlines()
    assert len(names) == 2 and 'hosts/orphans.evtx' in names
    assert set(names) <= {'hosts/orphans.evtx', 'hosts/b-donor.evtx', 'hosts/c-donor.evtx'}
    out = tmp_path / 'st-mend'
    done = evtxstage(*WORDS, '-o', out, f'@{mend}', cwd=tmp_path / 'root')
    manifest = json.loads((out / 'manifest.json').read_bytes())
    assert manifest['accounting']['borrowed'] == 9 and manifest['accounting']['damaged'] == 0
    # The shards and the borrowed segment are what one run gives.
    borrowed = [i for i, s in enumerate(manifest['segments'], 1)
                if s.get('content') == 'borrowed']
    rows = [row for o in outs for _, _, row in rows_of(o)]
    rows += [row for segment, _, row in rows_of(out) if segment in borrowed]
    evtxstage(*WORDS, '-o', tmp_path / 'one', tmp_path / 'root' / 'hosts')
    assert sorted(rows) == sorted(row for _, _, row in rows_of(tmp_path / 'one'))
    text = evtxstage('merge-check', path, *outs).out.decode()
    assert 'another shard has it' in text


def test_nothing_to_mend(evtxstage, case, mkevtx, tmp_path):
    """A template that no shard has is counted, and nobody is named."""
    hosts = tmp_path / 'alone' / 'hosts'
    hosts.mkdir(parents=True)
    mkevtx(hosts / 'orphans.evtx', text=ORPHANS)
    mkevtx(hosts / 'other.evtx', '--events', '4688:5')
    path = tmp_path / 'alone.shards'
    outs = stage_shards(evtxstage, hosts, path, 2)
    mend = tmp_path / 'mend.list'
    assert missing_templates(evtxstage, mend, path, outs) == {
        'records': 9, 'templates': 1, 'elsewhere': 0, 'unlisted': 0}
    assert mend.read_bytes() == b''


@pytest.mark.parametrize('name, shown', [
    (b'two\nlines.evtx', r'two\x0alines.evtx'),
    (b'latin-\xe9.evtx', 'latin-\ufffd.evtx')])
def test_a_name_that_a_list_cannot_hold(evtxstage, mkevtx, tmp_path, name, shown):
    """It is in a comment, which a second run passes over."""
    hosts = tmp_path / 'root' / 'hosts'
    hosts.mkdir(parents=True)
    mkevtx(tmp_path / 'x', text=ORPHANS)
    os.rename(tmp_path / 'x', os.path.join(os.fsencode(hosts), name))
    os.rename(mkevtx(tmp_path / 'y', '--events', '4634:300'), hosts / 'donor.evtx')
    path = tmp_path / 'case.shards'
    outs = stage_shards(evtxstage, hosts, path, 2)
    mend = tmp_path / 'mend.list'
    assert missing_templates(evtxstage, mend, path, outs) == {
        'records': 9, 'templates': 1, 'elsewhere': 9, 'unlisted': 1}
    lines = mend.read_text().splitlines()
    assert [x for x in lines if x[0] != '#'] == ['hosts/donor.evtx']
    (comment,) = (x for x in lines if x[0] == '#')
    assert comment.endswith(': hosts/' + shown) and 'as an operand' in comment
    text = evtxstage('merge-check', '--mend', mend, path, *outs).out.decode()
    assert 'not listed' in text
    # With the source as an operand, the second run reads its records.
    out = tmp_path / 'st-mend'
    done = evtxstage(*WORDS, '-o', out, f'@{mend}', b'hosts/' + name,
                     cwd=tmp_path / 'root')
    manifest = json.loads((out / 'manifest.json').read_bytes())
    assert manifest['accounting']['borrowed'] == 9, done.err


def test_a_folder_that_is_not_there(evtxstage, case, tmp_path):
    path, outs = case
    done = evtxstage('merge-check', '--mend', tmp_path / 'no' / 'x', path, *outs)
    assert done.status == 2 and 'the folder of' in done.err
