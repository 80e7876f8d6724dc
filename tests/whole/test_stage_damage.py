# SPDX-License-Identifier: Apache-2.0
"""Damaged logs: the run goes on, says where, and loses nothing intact."""
import os
import random
import struct

import pytest
from stage_tools import CHUNK, FILE_HEADER, closes, expected, read, seal

pytestmark = pytest.mark.sanitize

DAMAGE = ['source', 'kind', 'chunk', 'offset', 'length', 'record', 'reason',
          'salvaged']


class Log:
    """A log as its header and chunks, to be taken apart."""

    def __init__(self, path):
        data = read(path)
        self.head = bytearray(data[:FILE_HEADER])
        self.chunks = [bytearray(data[i:i + CHUNK])
                       for i in range(FILE_HEADER, len(data), CHUNK)]

    def write(self, path):
        with open(path, 'wb') as f:
            f.write(self.head + b''.join(self.chunks))
        return path


@pytest.fixture(scope='module')
def whole(mkevtx, tmp_path_factory):
    """A log of eight chunks or more."""
    folder = tmp_path_factory.mktemp('whole')
    return mkevtx(folder / 'whole.evtx', '--events', '4624:500,4688:250')


@pytest.fixture(scope='module')
def by_chunk(evtxstage, whole):
    """The lines of each chunk."""
    lines = evtxstage('-o', '-', '-s', 'any', whole).out.splitlines(True)
    chunks = [[] for _ in Log(whole).chunks]
    for line, record in zip(lines, expected(whole)):
        chunks[record['chunk']].append(line)
    assert len(chunks) >= 8 and all(chunks)
    return [b''.join(c) for c in chunks]


def check(stage, path):
    """Stage a damaged log; its damage is told in full."""
    done, staging = stage(path, '-s', 'any')
    assert done.status == 3 and os.path.basename(path) in done.err
    assert all(closes(s['accounting']) for s in staging.sources)
    for line in staging.damage:
        want = [k for k in DAMAGE if k != 'record' or 'record' in line]
        assert list(line) == want
        assert line['source'] == str(path)
        assert line['reason'] and line['salvaged']
        assert 0 < line['offset'] <= os.path.getsize(path)
    return staging


def test_wrong_header_checksum(stage, whole, by_chunk, tmp_path):
    log = Log(whole)
    log.chunks[2][124] ^= 0xff
    staging = check(stage, log.write(tmp_path / 'crc.evtx'))
    line, = staging.damage
    assert line['kind'] == 'chunk' and line['chunk'] == 2
    assert line['offset'] == FILE_HEADER + 2 * CHUNK
    assert line['length'] == CHUNK and 'checksum' in line['reason']
    source, = staging.sources
    assert source['chunks_bad'] == 1
    rows = by_chunk[2].count(b'\n')
    assert source['accounting']['unchecked'] == rows > 0
    assert staging.manifest['accounting']['unchecked'] == rows
    assert staging.ndjson == b''.join(by_chunk)


@pytest.mark.parametrize('odd,word', [
    ('bad-chunk-crc', 'header'), ('bad-records-crc', 'records')])
def test_bad_checksums_of_mkevtx(stage, mkevtx, tmp_path, odd, word):
    path = mkevtx(tmp_path / 'odd.evtx', '--events', '4624:30', '--odd', odd)
    staging = check(stage, path)
    line, = staging.damage
    assert line['kind'] == 'chunk' and word in line['reason']
    assert len(staging.rows) == 30


@pytest.mark.parametrize('odd', ['no-crc', 'version-3.2', 'dirty', 'wrapped',
                                 'bad-header-crc', 'ragged', 'slack'])
def test_odd_files_that_are_no_damage(stage, mkevtx, tmp_path, odd):
    plain = mkevtx(tmp_path / 'plain.evtx', '--events', '4624:150')
    path = mkevtx(tmp_path / 'odd.evtx', '--events', '4624:150', '--odd', odd)
    _, want = stage(plain, to='plain')
    done, staging = stage(path, to='odd')
    assert done.status == 0 and staging.damage == []
    assert sorted(staging.ndjson.splitlines()) == \
        sorted(want.ndjson.splitlines())


def test_zeroed_file_header(stage, whole, by_chunk, tmp_path):
    log = Log(whole)
    log.head[:] = bytes(FILE_HEADER)
    done, staging = stage(log.write(tmp_path / 'zero.evtx'), '-s', 'any')
    assert done.status in (0, 3)
    assert staging.ndjson == b''.join(by_chunk)


def test_lying_file_header(stage, whole, by_chunk, tmp_path):
    log = Log(whole)
    struct.pack_into('<QQ', log.head, 8, 205, 206)
    struct.pack_into('<H', log.head, 42, 1)
    done, staging = stage(log.write(tmp_path / 'lie.evtx'), '-s', 'any')
    assert staging.ndjson == b''.join(by_chunk)


def test_chunk_of_garbage(stage, whole, by_chunk, tmp_path):
    log = Log(whole)
    log.chunks[3][:] = random.Random(1).randbytes(CHUNK)
    staging = check(stage, log.write(tmp_path / 'garbage.evtx'))
    line, = staging.damage
    assert (line['kind'], line['chunk']) == ('region', 3)
    assert line['offset'] == FILE_HEADER + 3 * CHUNK
    assert line['length'] == CHUNK
    assert staging.ndjson == b''.join(by_chunk[:3] + by_chunk[4:])


def test_garbage_side_by_side_is_one_region(stage, whole, by_chunk,
                                            tmp_path):
    log = Log(whole)
    for i in (1, 2, 5):
        log.chunks[i][0:8] = b'XlfChnk\0'
    staging = check(stage, log.write(tmp_path / 'garbage.evtx'))
    assert [(d['chunk'], d['length']) for d in staging.damage] == \
        [(1, 2 * CHUNK), (5, CHUNK)]
    assert staging.manifest['accounting']['regions'] == 2
    keep = [c for i, c in enumerate(by_chunk) if i not in (1, 2, 5)]
    assert staging.ndjson == b''.join(keep)


def test_zeroed_chunk_is_unused_space(stage, whole, by_chunk, tmp_path):
    log = Log(whole)
    log.chunks[4][:] = bytes(CHUNK)
    _, staging = stage(log.write(tmp_path / 'zeros.evtx'), '-s', 'any')
    assert staging.ndjson == b''.join(by_chunk[:4] + by_chunk[5:])


def test_chunks_in_another_order(stage, whole, by_chunk, tmp_path):
    log = Log(whole)
    order = list(range(len(log.chunks)))
    random.Random(2).shuffle(order)
    log.chunks = [log.chunks[i] for i in order]
    done, staging = stage(log.write(tmp_path / 'shuffled.evtx'), '-s', 'any')
    assert done.status == 0
    assert staging.ndjson == b''.join(by_chunk[i] for i in order)


def test_chunks_taken_out_and_doubled(stage, whole, by_chunk, tmp_path):
    log = Log(whole)
    order = [0, 2, 2, 5]
    log.chunks = [log.chunks[i] for i in order]
    path = log.write(tmp_path / 'some.evtx')
    _, staging = stage(path, '-s', 'any', '--dedupe', 'none', to='all')
    assert staging.ndjson == b''.join(by_chunk[i] for i in order)
    _, staging = stage(path, '-s', 'any')
    assert staging.ndjson == b''.join(by_chunk[i] for i in (0, 2, 5))


def record_of(line):
    """The place of a record inside its chunk."""
    return line['offset'] - FILE_HEADER - line['chunk'] * CHUNK


def test_refused_records_are_told_one_by_one(stage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'odd.evtx', text=(
        'event 4624 x20\nevent 4634 x10\nodd missing-template\n'))
    staging = check(stage, path)
    places = {(r['offset'], r['size'], r['header_id'])
              for r in expected(path)}
    lines = [d for d in staging.damage if d['kind'] == 'record']
    assert len(lines) == 10 and len(staging.rows) == 20
    assert {(d['offset'], d['length'], d['record']) for d in lines} <= places
    refused = {d['record'] for d in lines}
    assert [r['EventRecordId'] for r in staging.rows] == \
        [str(r['record']) for r in expected(path)
         if r['header_id'] not in refused]


@pytest.mark.parametrize('size', [0, 27, 0x10000, 0xfffffff0])
def test_record_of_impossible_size(stage, whole, by_chunk, tmp_path, size):
    """Other chunks are out whole, and so is what comes before it."""
    log = Log(whole)
    records = [r for r in expected(whole) if r['chunk'] == 1]
    at = record_of(records[3])
    struct.pack_into('<I', log.chunks[1], at + 4, size)
    seal(log.chunks[1])
    done, staging = stage(log.write(tmp_path / 'size.evtx'), '-s', 'any',
                          timeout=20)
    lines = staging.ndjson
    assert lines.startswith(by_chunk[0])
    assert lines.endswith(b''.join(by_chunk[2:]))
    assert done.status == 3


@pytest.mark.parametrize('seed', range(12))
def test_intact_chunks_are_out_whatever_happens_to_the_others(
        stage, whole, by_chunk, tmp_path, seed):
    """1% of the bytes of some chunks changed, and the header too."""
    rng = random.Random(seed)
    log = Log(whole)
    log.head = bytearray(rng.randbytes(FILE_HEADER))
    hurt = rng.sample(range(len(log.chunks)), 3)
    for i in hurt:
        for _ in range(CHUNK // 100):
            log.chunks[i][rng.randrange(CHUNK)] = rng.randrange(256)
        if rng.random() < 0.5:
            log.chunks[i][0:8] = b'ElfChnk\0'
            log.chunks[i][48:52] = struct.pack('<I', CHUNK - 512)
            seal(log.chunks[i])
    done, staging = stage(log.write(tmp_path / 'hurt.evtx'), '-s', 'any',
                          timeout=30)
    assert done.status == 3
    lines = staging.ndjson
    for i, chunk in enumerate(by_chunk):
        assert i in hurt or chunk in lines
    assert all(closes(s['accounting']) for s in staging.sources)


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
def test_a_record_that_the_file_ends_in_is_no_line(evtxstage, mkevtx, tmp_path,
                                                   decoder):
    """What is missing of it must not be read as zeros."""
    log = tmp_path / 'x.evtx'
    mkevtx(log, '--events', '4624', '--size', '200K')
    whole = log.read_bytes()
    usual = ('-q', '-s', 'any', '--decoder', decoder, '-o', '-')
    rows = evtxstage(*usual, log).out.splitlines()
    cut = tmp_path / 'cut.evtx'
    seen = set()
    for end in range(4096 + 65536 + 600, 4096 + 65536 + 12000, 1511):
        cut.write_bytes(whole[:end])
        done = evtxstage(*usual, cut)
        got = done.out.splitlines()
        assert done.status == 3
        assert got == rows[:len(got)], end
        seen.add(len(got))
    assert len(seen) > 5
