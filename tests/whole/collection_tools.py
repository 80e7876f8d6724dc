# SPDX-License-Identifier: Apache-2.0
"""Stagings of shards that have rows in common, and their collection."""
import hashlib
import json
import os

from test_stage_shards import plan

WORDS = ('--schema', 'securityevent', '-s', 'all')


def make_shards(evtxstage, mkevtx, folder, n=3, words=WORDS):
    """(plan, stagings): logs of three hosts; the log of host1 is there once
    more with other records, so it is another file."""
    hosts = folder / 'root' / 'hosts'
    hosts.mkdir(parents=True)
    for i, count in enumerate((300, 400, 500)):
        mkevtx(hosts / f'h{i}.evtx', text=f'event 4624 x{count}\n'
               f'time 2024-05-0{i + 1}T00:00:00Z\ncomputer host{i}\n')
    mkevtx(hosts / 'h1-export.evtx', text='event 4624 x250\n'
           'time 2024-05-02T00:00:00Z\ncomputer host1\n')
    for expected in hosts.glob('*.expect'):
        expected.unlink()
    path = folder / 'case.shards'
    plan(evtxstage, hosts, path, n)
    outs = [folder / f'st-{i}' for i in range(n)]
    for i, out in enumerate(outs):
        done = evtxstage(*words, '--shards', path, '--shard', i, '-o', out)
        assert done.status == 0, done.err
    return path, outs


def canonical(o):
    return json.dumps(o, sort_keys=True, separators=(',', ':'),
                      ensure_ascii=False).encode()


def seal(path, o):
    """Write a manifest or a collection with a digest that holds."""
    o.pop('digest', None)
    o['digest'] = hashlib.sha256(canonical(o)).hexdigest()
    path.write_bytes(canonical(o))


def rewrite(staging, change):
    """Change rows of a staging so that everything still fits together."""
    manifest = json.loads((staging / 'manifest.json').read_bytes())
    for segment in manifest['segments']:
        path = staging / segment['name']
        data = b''.join(change(row) for row in
                        path.read_bytes().splitlines(keepends=True))
        path.write_bytes(data)
        segment['sha256'] = hashlib.sha256(data).hexdigest()
        segment['bytes'] = len(data)
        segment['lines'] = data.count(b'\n')
    seal(staging / 'manifest.json', manifest)


def rows_of(staging):
    """[(segment from 1, offset, row)]"""
    manifest = json.loads((staging / 'manifest.json').read_bytes())
    found = []
    for i, segment in enumerate(manifest['segments'], 1):
        at = 0
        for row in (staging / segment['name']).read_bytes().splitlines(
                keepends=True):
            found.append((i, at, row))
            at += len(row)
    return found


def key_of(row):
    return json.loads(row)['RecordKey_CF']


def duplicates(outs):
    """What a skip list must have for each staging, from the rows alone."""
    seen, found = set(), []
    for out in outs:
        mine = []
        for segment, at, row in rows_of(out):
            if key_of(row) in seen:
                mine.append((segment, at, len(row)))
            seen.add(key_of(row))
        found.append(mine)
    return found


def read_skips(collection):
    """The skip lists of a collection, one for each shard; digests checked."""
    found = []
    for shard in json.loads(collection.read_bytes())['shards']:
        rows = []
        if 'skip' in shard:
            data = (collection.parent / shard['skip']['name']).read_bytes()
            assert hashlib.sha256(data).hexdigest() == shard['skip']['sha256']
            rows = [tuple(map(int, line.split())) for line in
                    data.decode().splitlines()]
            assert len(rows) == shard['skip']['rows'] > 0
        found.append(rows)
    return found


def make_collection(evtxstage, path, outs, *words):
    to = os.path.join(os.path.dirname(path), 'collection.json')
    done = evtxstage('merge-check', '--json', '-o', to, *words, path, *outs)
    assert done.status == 0, done.err
    return done
