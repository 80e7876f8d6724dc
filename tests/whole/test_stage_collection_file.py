# SPDX-License-Identifier: Apache-2.0
"""merge-check -o: a collection that proves its parts, and the skip lists of
rows that two shards have."""
import json
import os

import pytest
from collection_tools import (duplicates, key_of, make_collection,
                              make_shards, read_skips, rewrite, rows_of, seal)
from stage_tools import read_lines, sha256
from test_stage_sign import make_key, openssl


@pytest.fixture
def shards(evtxstage, mkevtx, tmp_path):
    return make_shards(evtxstage, mkevtx, tmp_path)


@pytest.fixture
def keys(tmp_path):
    return make_key(tmp_path, 'mine')


def test_the_signature_of_a_collection(evtxstage, shards, keys, tmp_path):
    path, outs = shards
    to, signature = tmp_path / 'collection.json', tmp_path / 'collection.json.sig'
    make_collection(evtxstage, path, outs, '--sign-key', keys[0])
    check = ('pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', keys[1],
             '-in', to, '-sigfile', signature)
    assert signature.stat().st_size == 64 and openssl(*check) == 0
    found = json.loads(to.read_bytes())
    assert [x['digest'] for x in found['shards']] == \
        [json.loads((o / 'manifest.json').read_bytes())['digest'] for o in outs]
    to.write_bytes(to.read_bytes().replace(b'st-1', b'st-2'))
    assert openssl(*check) != 0
    # A collection without --sign-key does not keep the signature of another.
    make_collection(evtxstage, path, outs)
    assert not signature.exists()


def test_verify_reads_a_collection(evtxstage, shards, keys, tmp_path):
    path, outs = shards
    to = tmp_path / 'collection.json'
    make_collection(evtxstage, path, outs, '--sign-key', keys[0])
    root = tmp_path / 'root'

    def verify(*words):
        return evtxstage('verify', *words, to, cwd=root)

    done = verify('--public-key', keys[1])
    assert done.status == 0, done.err
    assert done.out.count(b'segments') == 3
    # A manifest that is sound, but not the one that was signed.
    rewrite(outs[1], lambda row: row.replace(b'host', b'hosu'))
    done = verify('--public-key', keys[1])
    assert done.status == 1 and 'st-1 is not the staging' in done.err
    (tmp_path / 'collection.json.sig').write_bytes(bytes(64))
    done = verify('--public-key', keys[1])
    assert done.status == 1 and 'collection.json' in done.err
    (tmp_path / 'collection.json.sig').unlink()
    done = verify('--public-key', keys[1])
    assert done.status == 1 and 'not signed' in done.err


def test_keys_and_words_that_are_refused(evtxstage, shards, keys, tmp_path):
    path, outs = shards
    os.chmod(keys[0], 0o640)
    done = evtxstage('merge-check', '-o', tmp_path / 'c.json', '--sign-key',
                     keys[0], path, *outs)
    assert done.status == 2 and 'chmod 600' in done.err
    assert not (tmp_path / 'c.json').exists()
    for words, text in ((('--dedupe', 'collection'), 'needs -o'),
                        (('--sign-key', keys[0]), 'needs -o'),
                        (('--dedupe', 'run'), 'only when logs are staged')):
        done = evtxstage('merge-check', *words, path, *outs)
        assert done.status == 2 and text in done.err, done.err
    done = evtxstage('--dedupe', 'collection', '-o', tmp_path / 'x', tmp_path)
    assert done.status == 2 and 'merge-check' in done.err


def test_skip_lists(evtxstage, shards, tmp_path):
    path, outs = shards
    before = [(o / 'segments' / '000001.ndjson').read_bytes() for o in outs]
    done = make_collection(evtxstage, path, outs, '--dedupe', 'collection')
    found = read_skips(tmp_path / 'collection.json')
    want = duplicates(outs)
    assert found == want and sum(map(len, want)) == 250
    report = json.loads(done.out)
    assert report['duplicates'] == 250 and report['conflicts'] == 0
    assert [(o / 'segments' / '000001.ndjson').read_bytes() for o in outs] == \
        before
    # Less memory for keys, the same lists.
    make_collection(evtxstage, path, outs, '--dedupe', 'collection',
                    '--dedupe-memory', '1M')
    assert read_skips(tmp_path / 'collection.json') == want
    # Without --dedupe there are none, nor old ones.
    make_collection(evtxstage, path, outs)
    assert not (tmp_path / 'collection.skip').exists()
    assert read_skips(tmp_path / 'collection.json') == [[], [], []]


@pytest.mark.parametrize('how', ['changed', 'removed'])
def test_verify_checks_skip_lists(evtxstage, shards, tmp_path, how):
    path, outs = shards
    to = tmp_path / 'collection.json'
    make_collection(evtxstage, path, outs, '--dedupe', 'collection')
    name = next(x['skip']['name'] for x in json.loads(to.read_bytes())['shards']
                if 'skip' in x)
    assert evtxstage('verify', to, cwd=tmp_path / 'root').status == 0
    if how == 'changed':
        lines = (tmp_path / name).read_bytes().splitlines(keepends=True)
        (tmp_path / name).write_bytes(b''.join(lines[:-1]))
    else:
        (tmp_path / name).unlink()
    done = evtxstage('verify', to, cwd=tmp_path / 'root')
    assert done.status == 1 and name in done.err
    # The stagings are checked nevertheless.
    assert done.out.count(b'segments') == 3


def test_conflicts_are_never_skipped(evtxstage, shards, tmp_path):
    """A row with the key of another one, but of another process."""
    path, outs = shards
    want = duplicates(outs)
    last = max(i for i, rows in enumerate(want) if rows)
    changed = {place[:2] for place in want[last][10:15]}
    keys = {key_of(row) for segment, at, row in rows_of(outs[last])
            if (segment, at) in changed}

    def change(row):
        if key_of(row) not in keys:
            return row
        o = json.loads(row)
        o['SystemProcessId'] = 99999
        return json.dumps(o, separators=(',', ':')).encode() + b'\n'

    rewrite(outs[last], change)
    done = make_collection(evtxstage, path, outs, '--dedupe', 'collection')
    report = json.loads(done.out)
    assert report['duplicates'] == 245 and report['conflicts'] == 5
    skipped = {(s, at) for s, at, _ in
               read_skips(tmp_path / 'collection.json')[last]}
    left = [key_of(row) for s, at, row in rows_of(outs[last])
            if (s, at) not in skipped]
    assert keys <= set(left)


def test_a_live_row_is_no_duplicate_of_a_recovered_one(evtxstage, shards,
                                                       tmp_path):
    path, outs = shards
    want = duplicates(outs)
    keys = [{key_of(row) for _, _, row in rows_of(out)} for out in outs]
    left_out = [{key_of(r) for s, at, r in rows_of(out)
                 if (s, at, len(r)) in want[k]} for k, out in enumerate(outs)]
    first = min(i for i, mine in enumerate(keys) if any(
        mine & others for k, others in enumerate(left_out) if k != i))
    manifest = json.loads((outs[first] / 'manifest.json').read_bytes())
    for segment in manifest['segments']:
        segment['content'] = 'recovered'
    seal(outs[first] / 'manifest.json', manifest)
    make_collection(evtxstage, path, outs, '--dedupe', 'collection')
    found = read_skips(tmp_path / 'collection.json')
    assert len(found[first]) == 250 and sum(map(len, found)) == 250


@pytest.mark.parametrize('ids, fault', [
    ([[5, 3]], 'a range of ids that ends before its start'),
    ([[3]], 'an invalid EventRecordID'),
])
def test_a_line_of_logs_that_is_not_valid(evtxstage, shards, tmp_path, ids,
                                          fault):
    """The message names the file and what is wrong with its line."""
    path, outs = shards
    lines = read_lines(outs[0] / 'logs.ndjson')
    lines[0]['ids'] = ids
    text = ''.join(json.dumps(line) + '\n' for line in lines).encode()
    (outs[0] / 'logs.ndjson').write_bytes(text)
    manifest = json.loads((outs[0] / 'manifest.json').read_bytes())
    manifest['logs'].update(bytes=len(text), sha256=sha256(text))
    seal(outs[0] / 'manifest.json', manifest)
    done = evtxstage('merge-check', '-o', tmp_path / 'collection.json',
                     path, *outs)
    assert done.status != 0
    assert f'{outs[0]}/logs.ndjson has a line with {fault}' in done.err
    assert not (tmp_path / 'collection.json').exists()


def test_files_that_are_not_ours_stay(evtxstage, shards, tmp_path):
    path, outs = shards
    (tmp_path / 'collection.skip').mkdir()
    (tmp_path / 'collection.skip' / 'mine').write_text('x')
    done = evtxstage('merge-check', '-o', tmp_path / 'collection.json',
                     path, *outs)
    assert done.status != 0 and 'mine' in done.err
    assert (tmp_path / 'collection.skip' / 'mine').exists()
    assert not (tmp_path / 'collection.json').exists()


def test_a_hidden_collection_has_skip_lists(evtxstage, shards, tmp_path):
    path, outs = shards
    to = tmp_path / '.case.json'
    done = evtxstage('merge-check', '-o', to, '--dedupe', 'collection', path, *outs)
    assert done.status == 0, done.err
    assert list((tmp_path / '.case.skip').iterdir())
    done = evtxstage('verify', to)
    assert done.status == 0, done.err


@pytest.mark.parametrize('name', ['../0.skip', './0.skip', '/0.skip', '0.skip',
                                  'collection.skip/../0.skip', '../collection.skip/0.skip',
                                  'collection.skip/.skip'])
def test_skip_lists_outside_of_the_folder(evtxstage, shards, tmp_path, name):
    path, outs = shards
    to = tmp_path / 'collection.json'
    make_collection(evtxstage, path, outs, '--dedupe', 'collection')
    found = json.loads(to.read_bytes())
    next(x for x in found['shards'] if 'skip' in x)['skip']['name'] = name
    seal(to, found)
    done = evtxstage('verify', to)
    assert done.status == 1 and '"shards" is missing, empty or not valid' in done.err


def test_other_files_are_not_replaced(evtxstage, shards, keys, tmp_path):
    """Words in the wrong order do not cost the plan, a staging or a key."""
    path, outs = shards
    link = tmp_path / 'link'
    link.symlink_to(outs[0] / 'manifest.json')
    for to in (path, outs[0] / 'manifest.json', outs[0], keys[0], link):
        before = to.read_bytes() if to.is_file() else None
        done = evtxstage('merge-check', '-o', to, path, *outs)
        assert done.status == 2 and 'is not a collection' in done.err
        assert before is None or to.read_bytes() == before
    before = path.read_bytes()
    other = tmp_path / 'collection.json'
    for mend in (path, tmp_path / '.' / path.name, other):
        done = evtxstage('merge-check', '--mend', mend, '-o', other, path,
                         *outs)
        assert done.status == 2 and '--mend would replace' in done.err
    assert path.read_bytes() == before and not other.exists()
    # A collection is replaced, even one that was changed.
    make_collection(evtxstage, path, outs)
    good = other.read_bytes()
    other.write_bytes(good.replace(b'st-1', b'st-2'))
    make_collection(evtxstage, path, outs)
    assert other.read_bytes() == good


def test_paths_from_another_folder(evtxstage, shards, tmp_path):
    path, outs = shards
    (tmp_path / 'deep').mkdir()
    done = evtxstage('merge-check', '-o', 'deep/c.json', path,
                     *(o.name for o in outs), cwd=tmp_path)
    assert done.status == 0, done.err
    found = json.loads((tmp_path / 'deep' / 'c.json').read_bytes())
    assert [x['staging'] for x in found['shards']] == [str(o) for o in outs]
    done = evtxstage('merge-check', '-o', 'c.json', path,
                     *(o.name for o in outs), cwd=tmp_path)
    found = json.loads((tmp_path / 'c.json').read_bytes())
    assert [x['staging'] for x in found['shards']] == [o.name for o in outs]


@pytest.mark.parametrize('schema', ['windowsevent', 'event', 'ecs', 'raw'])
def test_every_schema(evtxstage, mkevtx, tmp_path, schema):
    words = ('--schema', schema, '--provenance', 'key')
    path, outs = make_shards(evtxstage, mkevtx, tmp_path, words=words)
    done = make_collection(evtxstage, path, outs, '--dedupe', 'collection')
    report = json.loads(done.out)
    assert report['duplicates'] == 250 and report['conflicts'] == 0
    assert report['rows_without_key'] == 0
