# SPDX-License-Identifier: Apache-2.0
"""Files beyond 4 GiB and 65,535 chunks: all of their records, with places that
are right, in memory that does not depend on the size.

The first is mostly a hole. EVTX_LARGE=1 reads one that is full, too.
"""
import os

import pytest
import stage_tools

HEADER, CHUNK = 4096, 65536
FAR = 66000  # chunks
MEMORY_KIB = 32 << 10
MEMORY = '/dev/shm'


@pytest.fixture
def sparse(logons, tmp_path):
    """A log whose second half is beyond 4 GiB."""
    folder = MEMORY if os.path.isdir(MEMORY) else os.fspath(tmp_path)
    path = os.path.join(folder, 'sparse-%d.evtx' % os.getpid())
    data = stage_tools.read(logons)
    try:
        with open(path, 'wb') as f:
            f.write(data)
            f.seek(HEADER + FAR * CHUNK)
            f.write(data[HEADER:])
        yield path
    finally:
        os.unlink(path)


def is_plain(program):
    return b'__asan_init' not in stage_tools.read(program)


@pytest.mark.slow
def test_records_beyond_4_gib(evtxstage_path, logons, sparse, tmp_path):
    lines = tmp_path / 'lines'
    memory = stage_tools.peak_kib([
        evtxstage_path, '-q', '-j2', '-s', 'any', '--schema', 'raw',
        '--provenance', 'full', '-o', '-', sparse], out=lines)
    rows = stage_tools.read_lines(lines)
    near, far = rows[:len(rows) // 2], rows[len(rows) // 2:]
    assert len(near) == len(stage_tools.expected(logons))
    assert [r['Event'] for r in near] == [r['Event'] for r in far]
    data = stage_tools.read(logons)
    for here, there in zip(near, far):
        assert there['Offset_CF'] - here['Offset_CF'] == FAR * CHUNK
        assert there['Offset_CF'] > 1 << 32
        assert there['Chunk_CF'] - here['Chunk_CF'] == FAR
        assert data[here['Offset_CF']:][:4] == b'**\0\0'
    assert not is_plain(evtxstage_path) or memory < MEMORY_KIB


@pytest.mark.slow
def test_memory_of_a_full_file(evtxstage_path, mkevtx, tmp_path):
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    if not os.environ.get('EVTX_LARGE') or free < 24 << 30:
        pytest.skip('EVTX_LARGE is not set, or less than 24 GiB are free')
    data = stage_tools.read(mkevtx(tmp_path / 'part.evtx', '--events', 'all',
                                   '--size', '64M'))
    log = os.fspath(tmp_path / 'full.evtx')
    with open(log, 'wb') as f:
        f.write(data)
        while f.tell() <= HEADER + FAR * CHUNK:
            f.write(data[HEADER:])
    for argv in (['--schema', 'raw', '-o', '-'],
                 ['--dedupe', 'none', '-o', os.fspath(tmp_path / 'staging')]):
        memory = stage_tools.peak_kib(
            [evtxstage_path, '-q', '-j2', '-s', 'any', *argv, log])
        assert memory < MEMORY_KIB
