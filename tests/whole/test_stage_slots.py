# SPDX-License-Identifier: Apache-2.0
"""A chunk owns its slot: what looks like a chunk inside it (in free space, in
a value that somebody logged) is none, whatever its checksums say. Chunks that
lost bytes or garbage moved are found all the same."""
import json
import os
import struct
import zlib

import pytest
from stage_tools import CHUNK, FILE_HEADER, read, seal

VALUE = bytes.fromhex('ee') * 7000
STORY = 'event 4624 x3\nevent 4625\nV:binary = %s\nevent 4624 x30\n'
OTHER = 'OTHER.example'


def chunks_of(path):
    data = read(path)
    return [bytearray(data[i:i + CHUNK])
            for i in range(FILE_HEADER, len(data), CHUNK)]


@pytest.fixture(scope='module')
def log(mkevtx, tmp_path_factory):
    """A log of three chunks, the first with a value of 7000 bytes."""
    folder = tmp_path_factory.mktemp('slots')
    story = folder / 'story'
    story.write_text(STORY % VALUE.hex() + 'event 4624 x40\n' * 2)
    path = mkevtx(folder / 'log.evtx', '--describe', story, '--chunk-limit',
                  '40000')
    assert len(chunks_of(path)) == 3
    return path


@pytest.fixture(scope='module')
def forged(mkevtx, tmp_path_factory):
    """A chunk of another log as far as it is used: both checksums hold."""
    path = mkevtx(tmp_path_factory.mktemp('forged') / 'forged.evtx',
                  '--events', '4634:4', '--computer', OTHER)
    chunk = chunks_of(path)[0]
    return bytes(chunk[:struct.unpack_from('<I', chunk, 48)[0]])


@pytest.fixture(scope='module')
def alone(evtxstage, log):
    """The lines of each chunk."""
    out = evtxstage('-s', 'any', '--provenance', 'full', '-o', '-', log).out
    lines = [[], [], []]
    for row in map(json.loads, out.splitlines()):
        lines[row['Chunk_CF']].append(row['EventRecordId'])
    assert all(lines)
    return lines


def write(path, log, chunks, end=b''):
    head = bytearray(read(log)[:FILE_HEADER])
    struct.pack_into('<H', head, 42, len(chunks))
    struct.pack_into('<I', head, 124, zlib.crc32(head[:120]))
    path.write_bytes(head + b''.join(chunks) + end)
    return path


def put(chunk, at, forged):
    chunk[at:at + len(forged)] = forged


def ids(done):
    rows = done.rows
    assert all(row['Computer'] != OTHER for row in rows)
    return [row['EventRecordId'] for row in rows]


def staged(evtxstage, path, *options):
    return evtxstage('-s', 'any', '-o', '-', *options, path)


@pytest.mark.parametrize('decoder', ['native', 'both'])
@pytest.mark.parametrize('spoiled', [False, True])
def test_a_chunk_in_a_value(evtxstage, log, forged, alone, tmp_path, decoder,
                            spoiled):
    first = chunks_of(log)[0].index(VALUE)
    steps = range(0, len(VALUE) - len(forged),
                  311 if decoder == 'native' else 1999)
    for step in steps:
        chunks = chunks_of(log)
        put(chunks[0], first + step, forged)
        seal(chunks[0])
        if spoiled:
            chunks[0][first + step + len(forged) + 5] ^= 1
        path = write(tmp_path / 'log.evtx', log, chunks)
        done = staged(evtxstage, path, '--decoder', decoder)
        assert ids(done) == sum(alone, [])
        assert done.status == (3 if spoiled else 0), done.err


# What is behind the chunk: nothing, unused slots, another chunk.
ENDS = [[], [bytes(CHUNK)], [bytes(CHUNK)] * 5, None]


@pytest.mark.parametrize('end', ENDS)
@pytest.mark.parametrize('spoiled', [None, 600, 124, 60, 40, 47, 49, 3])
def test_a_chunk_in_free_space(evtxstage, log, forged, alone, tmp_path, end,
                               spoiled):
    """Also where a bit of the true chunk is flipped: in its records, and in
    all that its header says."""
    for at in (40960, CHUNK - len(forged), 50001):
        chunks = chunks_of(log)
        put(chunks[0], at, forged)
        if spoiled is not None:
            chunks[0][spoiled] ^= 1
        chunks[1:] = chunks[1:] if end is None else end
        path = write(tmp_path / 'log.evtx', log, chunks)
        behind = [] if end is not None else alone[1] + alone[2]
        want = alone[0] + behind
        done = staged(evtxstage, path)
        got = ids(done)
        # A broken signature of the chunk leaves nothing of it, a broken
        # offset of its free space perhaps a part.
        assert got == (behind if spoiled == 3 else want) or (
            spoiled == 49 and got[len(got) - len(behind):] == behind)
        assert done.status == (0 if spoiled is None else 3)


def test_old_records_of_a_chunk_in_free_space(stage, evtxstage, log, forged,
                                              alone, tmp_path):
    chunks = chunks_of(log)
    put(chunks[1], 45000, forged)
    path = write(tmp_path / 'log.evtx', log, chunks)
    done, staging = stage(path, '-s', 'any', '--recover', 'slack')
    assert done.status == 0
    rows = staging.rows
    old = [row for row in rows if row['Computer'] == OTHER]
    assert len(old) == 4 and all(row['Recovered_CF'] for row in old)
    assert [row['EventRecordId'] for row in rows
            if 'Recovered_CF' not in row] == sum(alone, [])
    assert evtxstage('verify', staging.path).status == 0
    for row in (old[0], old[3], rows[0], rows[-5]):
        shown = evtxstage('show', '--key', row['RecordKey_CF'], staging.path)
        assert shown.status == 0, shown.err
        assert row['Computer'] in shown.out.decode()


def test_info_counts_what_is_staged(evtxstage, log, forged, alone, tmp_path):
    chunks = chunks_of(log)
    put(chunks[0], chunks[0].index(VALUE) + 100, forged)
    put(chunks[2], 50000, forged)
    chunks[2][700] ^= 4
    path = write(tmp_path / 'log.evtx', log, chunks)
    said = json.loads(evtxstage('info', '--json', path).out)
    account = said['accounting']
    assert account['found'] == len(sum(alone, [])) + account['damaged']
    assert said['sources'][0]['chunks'] == 3
    unchecked = len(alone[0]) + len(alone[2]) - account['damaged']
    assert account['unchecked'] == unchecked
    table = evtxstage('info', path).out.decode()
    assert 'unchecked' in table


@pytest.mark.parametrize('cut', [(0, 20000), (0, 45000), (39000, 65000)])
def test_a_forged_chunk_does_not_hide_lost_bytes(evtxstage, log, forged, alone,
                                                 tmp_path, cut):
    """The chunk behind stands too early, and a forged one before it."""
    chunks = chunks_of(log)
    value = chunks[0].index(VALUE)
    put(chunks[0], value + 1234, forged)
    seal(chunks[0])
    chunks[0][cut[0] or value + len(VALUE):cut[1]] = b''
    path = write(tmp_path / 'log.evtx', log, chunks)
    done = staged(evtxstage, path)
    got = ids(done)
    assert done.status == 3
    assert got[-len(alone[1] + alone[2]):] == alone[1] + alone[2]


@pytest.mark.parametrize('n', [1, 511, 513, 4096, 30000, 65535, 65537])
def test_garbage_moves_chunks(evtxstage, log, forged, alone, tmp_path, n):
    chunks = chunks_of(log)
    put(chunks[1], 50000, forged)
    chunks.insert(1, bytes(range(1, 251)) * (n // 250 + 1))
    chunks[1] = chunks[1][:n]
    path = write(tmp_path / 'log.evtx', log, chunks)
    assert ids(staged(evtxstage, path)) == sum(alone, [])


@pytest.mark.parametrize('n', [8, 600, 20000, 47000, 60000])
def test_the_source_ends_in_the_slot(evtxstage, log, forged, alone, tmp_path,
                                     n):
    chunks = chunks_of(log)
    put(chunks[2], chunks[2].index(b'**\0\0', 12000) + 100, forged)
    put(chunks[2], 42000, forged)
    path = write(tmp_path / 'log.evtx', log, chunks[:2], chunks[2][:n])
    done = staged(evtxstage, path)
    got = ids(done)
    assert done.status == 3
    assert got[:len(alone[0] + alone[1])] == alone[0] + alone[1]


@pytest.mark.parametrize('header', [
    (0, b'ElfChn\0\0'), (40, b'\0'), (44, b'\xff' * 8), (8, bytes(504))])
def test_a_torn_header_owns_its_slot(evtxstage, log, forged, tmp_path, header):
    """Also where nothing behind the slot tells that it does."""
    at, wrong = header
    for place in (42000, 55000):
        chunks = chunks_of(log)[:1]
        put(chunks[0], chunks[0].index(VALUE) + 700, forged)
        put(chunks[0], place, forged)
        chunks[0][at:at + len(wrong)] = wrong
        for end in (b'', bytes(2 * CHUNK), bytes(1000), bytes(12 * CHUNK)):
            path = write(tmp_path / 'log.evtx', log, chunks, end)
            ids(staged(evtxstage, path))
        path = write(tmp_path / 'log.evtx', log, [], chunks[0][:-1500])
        ids(staged(evtxstage, path))


def test_a_file_that_is_on_no_grid(evtxstage, log, forged, alone, tmp_path):
    chunks = chunks_of(log)
    put(chunks[0], 45000, forged)
    put(chunks[1], 45000, forged)
    for n in (1, 1000, 3584):
        path = tmp_path / 'log.evtx'
        path.write_bytes(read(log)[n:FILE_HEADER] + b''.join(chunks))
        assert ids(staged(evtxstage, path)) == sum(alone, [])
        path.write_bytes(read(log)[:FILE_HEADER] + bytes(n) + b''.join(chunks))
        assert ids(staged(evtxstage, path)) == sum(alone, [])


CASES = [('chunk-in-free-space', 3, 0), ('chunk-header-in-value', 5, 0),
         ('embed1', 40, 0)]


@pytest.mark.parametrize('name, rows, status', CASES)
def test_known_cases(evtxstage, corpus, name, rows, status):
    path = os.path.join(corpus, 'cases', name + '.evtx')
    done = staged(evtxstage, path)
    assert (len(done.rows), done.status) == (rows, status)
