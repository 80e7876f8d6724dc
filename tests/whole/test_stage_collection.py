# SPDX-License-Identifier: Apache-2.0
"""A collection of real logs, each there twice, and three broken members: the
zip, a stream and the folder hold the same records, and every sum closes."""
import collections
import os
import re
import shutil
import zipfile
import zlib

import pytest
from stage_tools import (CHUNK, FILE_HEADER, Staging, closes, read,
                         read_lines, sha256)
from test_stage_archives import make_folder, make_tar

pytestmark = pytest.mark.slow

LIVE = 'HOST/C/Windows/System32/winevt/logs/'
SHADOW = 'HOST/C/VSS1/Windows/System32/winevt/logs/'
CUT = LIVE + 'broken/cut.evtx'
FLIPPED = LIVE + 'broken/flipped.evtx'
GARBAGE = LIVE + 'broken/garbage.evtx'
BROKEN = [CUT, FLIPPED, GARBAGE]


def real_logs(folder):
    """Name below the folder -> bytes; all that is no empty file."""
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            if name.lower().endswith('.evtx'):
                path = os.path.join(top, name)
                found[os.path.relpath(path, folder)] = read(path)
    return found


def deflate(data):
    c = zlib.compressobj(6, zlib.DEFLATED, -15)
    return c.compress(data) + c.flush()


def inflate(packed):
    """All that comes before the place where it breaks."""
    d = zlib.decompressobj(-15)
    out = bytearray()
    try:
        for at in range(len(packed)):
            out += d.decompress(packed[at:at + 1])
    except zlib.error:
        pass
    return bytes(out)


def flipped(data):
    """Packed bytes that give as many others, but for the first chunks."""
    packed = deflate(data)
    for at in range(len(packed) // 2, len(packed)):
        tried = bytearray(packed)
        tried[at] ^= 0xff
        out = inflate(tried)
        if len(out) == len(data) and out != data:
            return bytes(tried), out
    raise AssertionError('no such place')


def broken_members(data):
    """Name -> (what it was, what is packed, what of it can be got)."""
    packed = deflate(data)
    cut = packed[:len(packed) * 2 // 3]
    garbage = bytes((i * 167 + 7) & 0xff for i in range(5000))
    return {CUT: (data, cut, inflate(cut)),
            FLIPPED: (data, *flipped(data)),
            GARBAGE: (data, garbage, inflate(garbage))}


def put_packed(archive, name, packed, data):
    """A member that says it is data, and has these packed bytes."""
    info = zipfile.ZipInfo(name)
    archive.writestr(info, packed, zipfile.ZIP_STORED)
    # What the central directory will say, and the header before the bytes.
    info.compress_type = zipfile.ZIP_DEFLATED
    info.CRC, info.file_size = zlib.crc32(data), len(data)
    end = archive.fp.tell()
    archive.fp.seek(info.header_offset)
    archive.fp.write(info.FileHeader())
    archive.fp.seek(end)


def make_zip(path, members, broken):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED,
                         compresslevel=1) as z:
        for name, data in members:
            if name in broken:
                put_packed(z, name, broken[name][1], broken[name][0])
            else:
                z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


@pytest.fixture(scope='module')
def evidence(corpus, mkevtx, tmp_path_factory):
    """The collection in three ways, and what of each of its logs there is."""
    tmp = tmp_path_factory.mktemp('collection')
    logs = sorted(real_logs(os.path.join(corpus, 'corpus')).items())
    broken = broken_members(read(
        mkevtx(tmp / 'made.evtx', '--events', '4624:1200')))
    members = [(LIVE + n, d) for n, d in logs]
    members += [(n, got) for n, (_, _, got) in broken.items()]
    members += [(SHADOW + n, d) for n, d in logs]
    assert len(logs) > 300
    yield {'zip': make_zip(tmp / 'c.zip', members, broken),
           'tar.gz': make_tar(tmp / 'c.tgz', members),
           'folder': make_folder(tmp / 'in', members)}, dict(members)
    shutil.rmtree(tmp)


@pytest.fixture(scope='module')
def stagings(evidence, evtxstage, tmp_path_factory):
    """Each of them staged: kind -> (Done, Staging)."""
    tmp = tmp_path_factory.mktemp('staged')
    results = {}
    for kind, path in evidence[0].items():
        argv = ['-o', tmp / kind, '-s', 'any', '-j', '2']
        if kind == 'tar.gz':
            with open(path, 'rb') as f:
                done = evtxstage(*argv, '-', stdin=f)
        else:
            done = evtxstage(*argv, path)
        results[kind] = done, Staging(tmp / kind)
    yield results
    shutil.rmtree(tmp)


KINDS = ['zip', 'tar.gz', 'folder']


def inside(name):
    """The name in the collection."""
    return name[name.index('HOST/'):]


def test_the_same_records_with_the_same_keys(stagings):
    # None: records without EventRecordID or TimeCreated have no key.
    keys = [collections.Counter(r.get('RecordKey_CF') for r in s.rows)
            for _, s in stagings.values()]
    assert keys[0] == keys[1] == keys[2]
    assert keys[0].total() > 35000
    assert {done.status for done, _ in stagings.values()} == {3}


def add(accounts):
    total = collections.Counter()
    for a in accounts:
        total.update({n: a[n] for n in ('found', 'emitted', 'duplicate',
                                        'damaged')})
        total.update({'not ' + n: v for n, v in a['filtered'].items()})
    return +total


@pytest.mark.parametrize('kind', KINDS)
def test_sums_close_for_chunk_source_and_run(stagings, kind):
    _, staging = stagings[kind]
    manifest = staging.manifest
    chunks = collections.defaultdict(list)
    for line in read_lines(staging.file('chunks.ndjson')):
        chunks[line['source_number']].append(line['accounting'])
    for number, source in enumerate(staging.sources):
        parts = chunks.pop(number, [])
        assert all(closes(a) for a in [*parts, source['accounting']])
        assert add(parts) == add([source['accounting']]), source['name']
    assert not chunks and closes(manifest['accounting'])
    assert add(s['accounting'] for s in staging.sources) == add(
        [manifest['accounting']])
    assert manifest['accounting']['emitted'] == len(staging.rows)


@pytest.mark.parametrize('kind', KINDS)
def test_every_second_copy_is_said_to_be_one(evidence, stagings, kind):
    first = {}
    sources = stagings[kind][1].sources
    assert sorted(inside(s['name']) for s in sources) == sorted(evidence[1])
    for s in sources:
        if inside(s['name']) in BROKEN:
            continue
        data = evidence[1][inside(s['name'])]
        assert (s['sha256'], s['bytes']) == (sha256(data), len(data))
        assert s.get('duplicate_of') == first.get(s['sha256'])
        first.setdefault(s['sha256'], s['name'])
    assert 2 * len(first) <= len(sources) - len(BROKEN)


@pytest.mark.parametrize('kind', KINDS)
def test_broken_members_are_named_and_read_as_far_as_they_go(
        evidence, stagings, kind):
    done, staging = stagings[kind]
    sources = {inside(s['name']): s for s in staging.sources}
    for name in BROKEN:
        got = evidence[1][name]
        source = sources[name]
        assert re.search(r'^evtxstage: \S*%s\b' % re.escape(name), done.err,
                         re.M), done.err[-2000:]
        assert 'error' in source or source['chunks_bad'] > 0
        assert source['bad'] is True
        assert (source['bytes'], source['chunks']) == (
            len(got), -(-(len(got) - FILE_HEADER) // CHUNK))
    if kind == 'zip':
        assert all('error' in sources[name] for name in BROKEN)
