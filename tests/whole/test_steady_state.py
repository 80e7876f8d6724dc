# SPDX-License-Identifier: Apache-2.0
"""Nothing is allocated for a record: what evtxstage asks for while it works
through a log depends on what kinds of records there are, not on how many.
"""
import re

import pytest

# Enough that every job has had its turn.
FEW, MANY = 16000, 48000
# A block of rows can grow once more when there are more of them.
GROWTH = 8

WAYS = {
    'raw': ['--schema', 'raw', '-s', 'any'],
    'row with key': ['--schema', 'securityevent', '-s', 'any'],
    'row with provenance':
        ['--schema', 'securityevent', '-s', 'any', '--provenance', 'full'],
    'row for other logs': ['--schema', 'windowsevent', '-s', 'any'],
    'row of Event': ['--schema', 'event', '-s', 'any'],
    'system columns': ['--schema', 'event', '-s', 'any', '--system-columns',
                       'derived'],
    'document': ['--schema', 'ecs', '-s', 'any', '--provenance', 'key'],
    'rejected by set': ['--schema', 'raw', '-s', 'none'],
    'some selected': ['--schema', 'securityevent', '-s', 'minimal'],
    'query': ['--schema', 'raw', '--query',
              "Security!*[EventData[Data[@Name='LogonType']='3']]"],
    'names and times':
        ['--schema', 'raw', '-s', 'any', '--provider', '*Security*',
         '--computer', '!x*', '--from', '2000-01-01', '--exclude-eid', '4624'],
}


@pytest.fixture(scope='module')
def logs(mkevtx, tmp_path_factory):
    folder = tmp_path_factory.mktemp('steady')
    # Of one channel: what is known of gaps between ids is in tables that
    # double, up to their maximum.
    return [mkevtx(folder / ('%d.evtx' % n), '--events', 'all',
                   '--channel', 'Security', '--count', n)
            for n in (FEW, MANY)]


@pytest.fixture(scope='module', autouse=True)
def plain_build(evtxstage_path):
    """A sanitizer brings an allocator of its own."""
    with open(evtxstage_path, 'rb') as f:
        if b'__asan_init' in f.read():
            pytest.skip('built with sanitizers: their allocator is in use')


def allocations(evtxstage, shim, argv):
    done = evtxstage('-q', '--sandbox', 'off', '-o', '-', *argv, env={
        'LD_PRELOAD': shim, 'FAIL_CALL': 'malloc', 'FAIL_AT': '0',
        'FAIL_COUNT': '1'})
    assert done.status == 0, done.err
    return int(re.search(r'malloc: (\d+) calls', done.err).group(1))


@pytest.mark.parametrize('way', WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    'jobs', ['-j1', pytest.param('-j2', marks=pytest.mark.slow)])
def test_records_allocate_nothing(evtxstage, shim, logs, way, jobs):
    few, many = (allocations(evtxstage, shim, [jobs, *way, log])
                 for log in logs)
    assert few > 20
    # Each thread has buffers of its own that grow to their size.
    assert many <= few + GROWTH * int(jobs[2:])
