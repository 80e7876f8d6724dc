# SPDX-License-Identifier: Apache-2.0
"""merge-check: the stagings of all shards are one run, or it says what is
missing and which shard to stage again."""
import hashlib
import json
import os
import shutil
import subprocess
import zipfile

import pytest
from stage_tools import Staging
from test_stage_shards import case, plan, read_plan  # noqa: F401

WORDS = ('--schema', 'event')


@pytest.fixture
def shards(evtxstage, case, mkevtx, tmp_path):  # noqa: F811
    """A plan of three shards, and their stagings. Records of host2 are in two
    different files."""
    mkevtx(case / 'late.evtx', text='event 4624 x450\ncomputer host2\n'
           'time 2024-05-03T00:00:00Z\n')
    (case / 'late.evtx.expect').unlink(missing_ok=True)
    path = tmp_path / 'c.shards'
    plan(evtxstage, case, path, 3)
    outs = [tmp_path / ('st-%d' % i) for i in range(3)]
    for i, out in enumerate(outs):
        done = evtxstage(*WORDS, '--shards', path, '--shard', i, '-o', out)
        assert done.status in (0, 3), done.err
    return path, outs


def test_all_is_there(evtxstage, case, shards, tmp_path):  # noqa: F811
    path, outs = shards
    to = tmp_path / 'collection.json'
    done = evtxstage('merge-check', '--json', '-o', to, path, *reversed(outs))
    assert done.status == 3, done.err
    evtxstage(*WORDS, '--dedupe', 'none', '-o', tmp_path / 'one', 'hosts',
              cwd=case.parent)
    one = Staging(tmp_path / 'one')
    result = json.loads(done.out)
    assert result['problems'] == [] and result['again'] == ''
    stagings = [Staging(x) for x in outs]
    for name in ('found', 'emitted', 'damaged', 'duplicate'):
        assert result['accounting'][name] == sum(
            s.manifest['accounting'][name] for s in stagings)
    assert result['sources'] == len(one.sources)
    assert result['sources_bad'] == one.manifest['sources_bad']
    # Sums of gaps would be wrong: the ids of all shards count together.
    assert result['coverage']['logs'] == len(one.logs)
    for name in ('gaps', 'missing'):
        assert result['coverage'][name] == sum(x[name] for x in one.logs)
    keys = [{json.loads(row)['RecordKey_CF'] for row in s.ndjson.splitlines()}
            for s in stagings]
    again = sum(len(k) for k in keys) - len(set().union(*keys))
    assert result['duplicates'] == again
    assert result['rows'] == sum(len(s.ndjson.splitlines()) for s in stagings)
    found = json.loads(to.read_bytes())
    assert [x['shard'] for x in found['shards']] == [0, 1, 2]
    assert [x['digest'] for x in found['shards']] == \
        [s.manifest['digest'] for s in stagings]
    digest = found.pop('digest')
    text = json.dumps(found, sort_keys=True, separators=(',', ':'),
                      ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == digest


def refused(evtxstage, tmp_path, path, *outs, again, text):
    to = tmp_path / 'collection.json'
    done = evtxstage('merge-check', '--json', '-o', to, path, *outs)
    assert done.status == 1, done.err
    assert text in done.err
    assert json.loads(done.out)['again'] == again
    assert ('stage again: shards ' + again in done.err) == (again != '')
    assert not to.exists()


def test_a_shard_is_missing(evtxstage, shards, tmp_path):
    path, outs = shards
    refused(evtxstage, tmp_path, path, outs[0], again='1,2',
            text='shard 2 is missing')
    # An unfinished one counts as missing.
    (outs[1] / 'manifest.json').unlink()
    refused(evtxstage, tmp_path, path, *outs, again='1', text='st-1')


def test_a_shard_is_there_twice(evtxstage, shards, tmp_path):
    path, outs = shards
    shutil.copytree(outs[1], tmp_path / 'copy')
    refused(evtxstage, tmp_path, path, *outs, tmp_path / 'copy', again='',
            text='two stagings have shard 1')
    done = evtxstage('merge-check', path, outs[0], outs[1], tmp_path / 'copy')
    assert b'2 of 3 shards' in done.out


@pytest.mark.parametrize('words, text', [
    (('--dedupe', 'none'), 'dedupe'),
    (('-s', 'none'), 'event_set'),
    (('--from', '2024-01-01T00:00:00Z'), 'from'),
])
def test_a_shard_with_other_options(evtxstage, shards, tmp_path, words, text):
    path, outs = shards
    done = evtxstage(*WORDS, *words, '--shards', path, '--shard', 2, '-o',
                     outs[2], '--force')
    assert done.status in (0, 3)
    refused(evtxstage, tmp_path, path, *outs, again='2', text=text)


def test_a_staging_of_another_plan(evtxstage, case, shards,  # noqa: F811
                                   tmp_path):
    path, outs = shards
    plan(evtxstage, case, tmp_path / 'other', 2)
    evtxstage(*WORDS, '--shards', tmp_path / 'other', '--shard', 1, '-o',
              tmp_path / 'st')
    refused(evtxstage, tmp_path, path, outs[0], tmp_path / 'st', outs[2],
            again='1', text='st is not a shard of this plan')


def test_a_segment_was_changed(evtxstage, shards, tmp_path):
    path, outs = shards
    segment = outs[0] / 'segments' / '000001.ndjson'
    data = bytearray(segment.read_bytes())
    data[10] ^= 1
    segment.write_bytes(data)
    refused(evtxstage, tmp_path, path, *outs, again='0', text='st-0')


def test_sources_that_are_not_the_plans(evtxstage, case, shards,  # noqa: F811
                                        tmp_path):
    """A staging that says it is the shard, with one source too few and one too
    many: made by a plan that says so."""
    path, outs = shards
    _, lines = read_plan(path)
    moved = next(x for x in lines if x['name'].endswith('h1.evtx'))
    text = path.read_bytes().splitlines(keepends=True)
    for i, line in enumerate(text[1:-1], 1):
        o = json.loads(line)
        if o['name'] == moved['name']:
            o['shard'] = (o['shard'] + 1) % 3
            text[i] = json.dumps(o, separators=(',', ':')).encode() + b'\n'
    digest = hashlib.sha256(b''.join(text[:-1])).hexdigest()
    other = tmp_path / 'other'
    other.write_bytes(b''.join(text[:-1]) +
                      b'{"sha256":"%s"}\n' % digest.encode())
    for i in range(3):
        evtxstage(*WORDS, '--shards', path, '--shard', i, '-o', outs[i])
    # Stagings by the first plan, which say that they are of the second.
    for out in outs:
        manifest = json.loads((out / 'manifest.json').read_bytes())
        manifest['options']['shards_sha256'] = digest
        del manifest['digest']
        canonical = json.dumps(manifest, sort_keys=True, ensure_ascii=False,
                               separators=(',', ':')).encode()
        manifest['digest'] = hashlib.sha256(canonical).hexdigest()
        (out / 'manifest.json').write_bytes(
            json.dumps(manifest, sort_keys=True, ensure_ascii=False,
                       separators=(',', ':')).encode())
    done = evtxstage('merge-check', other, *outs)
    assert done.status == 1
    assert 'h1.evtx is not in' in done.err
    assert 'h1.evtx in' in done.err and 'is not a source of the shard' in \
        done.err


def test_wrong_use(evtxstage, tmp_path):
    for words, text in ((['merge-check'], 'give a plan'),
                        (['merge-check', 'p'], 'give a plan'),
                        (['merge-check', 'none', '.'], 'none')):
        done = evtxstage(*words, cwd=tmp_path)
        assert done.status == 2 and text in done.err, done.err


def test_names_that_are_not_utf8(evtxstage, mkevtx, tmp_path):
    """Their invalid bytes are replaced in sources.ndjson, so two files have the
    same name there, and names are no longer in the order of bytes."""
    hosts = tmp_path / 'root' / 'hosts'
    hosts.mkdir(parents=True)
    names = [b'\xe9.evtx', b'\xff.evtx', b'\xfe.evtx', 'h\U0001f600.evtx'.encode(),
             b'\xea\xb0\x80.evtx', '\U0001f600.evtx'.encode(), b'h\xfc.evtx', b'z.evtx']
    for i, name in enumerate(names):
        mkevtx(tmp_path / 'x', text='event 4624 x%d\ncomputer c%d\n' % (i + 1, i))
        os.rename(tmp_path / 'x', os.path.join(os.fsencode(hosts), name))
    for name, member in ((b'\xfd.zip', 'a'), (b'\xfc.zip', 'b')):
        mkevtx(tmp_path / member, text='event 4625 x3\ncomputer %s\n' % member)
        with zipfile.ZipFile(os.path.join(os.fsencode(hosts), name).decode(
                errors='surrogateescape'), 'w') as z:
            z.write(tmp_path / member, 'a.evtx')
            z.write(tmp_path / member, 'b.evtx')
    path, out = tmp_path / 'c.shards', tmp_path / 'st'
    plan(evtxstage, hosts, path, 1)
    done = evtxstage(*WORDS, '--shards', path, '--shard', 0, '-o', out)
    assert done.status == 0, done.err
    done = evtxstage('merge-check', '--json', path, out)
    assert done.status == 0, done.err
    assert json.loads(done.out)['sources'] == len(names) + 4


@pytest.mark.skipif(os.geteuid() != 0, reason='mounts a small file system')
def test_no_room_for_temporary_files(evtxstage, mkevtx, tmp_path):
    """No shard is to blame, and none is staged again."""
    hosts = tmp_path / 'root' / 'hosts'
    hosts.mkdir(parents=True)
    mkevtx(hosts / 'a.evtx', text='event 4624 x40000\n')
    (hosts / 'a.evtx.expect').unlink()
    path, out, small = (tmp_path / x for x in ('c.shards', 'st', 'small'))
    plan(evtxstage, hosts, path, 1)
    done = evtxstage(*WORDS, '--shards', path, '--shard', 0, '-o', out)
    assert done.status == 0, done.err
    small.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', small],
                   check=True)
    try:
        done = evtxstage('merge-check', '--dedupe-memory', '1M', path, out,
                         env={'TMPDIR': str(small)})
    finally:
        subprocess.run(['umount', small], check=True)
    assert done.status == 5 and 'No space left' in done.err, done.err
    assert 'stage again' not in done.err
