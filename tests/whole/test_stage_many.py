# SPDX-License-Identifier: Apache-2.0
"""Many small sources: what each of them costs is on the disk.

EVTX_MANY=1000000 runs the slow variant with that many, which takes 4 GB for
each of its two folders."""
import os
import signal
import struct
import subprocess
import time
import zlib

import pytest
from stage_tools import Staging, peak_kib, program, read_lines


def header(number):
    """A file header and nothing else, different for each number."""
    head = bytearray(4096)
    head[0:8] = b'ElfFile\0'
    struct.pack_into('<QQQIHHHH', head, 8, 0, 0, number, 128, 1, 3, 4096, 0)
    struct.pack_into('<I', head, 124, zlib.crc32(head[:120]))
    return bytes(head)


def make(folder, numbers):
    """Two of the same bytes one after the other."""
    for i in numbers:
        below = folder / ('%03d' % (i // 500))
        below.mkdir(parents=True, exist_ok=True)
        (below / ('%06d.evtx' % i)).write_bytes(header(i // 2))
    return folder


@pytest.mark.unsanitized
@pytest.mark.parametrize('many', [
    300, pytest.param(int(os.environ.get('EVTX_MANY', 100000)),
                      marks=pytest.mark.slow)])
def test_memory_does_not_grow_with_sources(tmp_path, many):
    """Staged, added to, verified, looked at and loaded; copies are found again."""
    few = make(tmp_path / 'few', range(20))
    first = make(tmp_path / 'first', range(many))
    more = make(tmp_path / 'more', range(many, 2 * many))
    stage, load = program('tools/evtxstage'), program('tools/evtxload')

    def peak(*argv, bad=True):
        # A source that is only a header is bad: status 3 is as it should be.
        return peak_kib(['sh', '-c', '"$@" 2>/dev/null; test $? -eq "$0"',
                         '3' if bad else '0', *map(str, argv)])

    small = peak(stage, '-o', tmp_path / 'small', few)
    out = tmp_path / 'out'
    # Blocks and pages of fixed size: util/sorter.h, util/pages.h.
    allowed = min(small + 24 * 1024, 64 * 1024)
    assert peak(stage, '-o', out, first) < allowed
    assert peak(stage, '-o', out, '--append', more) < allowed
    assert peak(stage, 'verify', out, bad=False) < allowed
    assert peak(stage, 'info', first) < allowed
    assert peak(stage, 'info', '--json', first) < allowed
    assert peak(load, '--target', 'sqlite:%s' % (tmp_path / 'x.db'), out,
                bad=False) < allowed
    staging = Staging(out)
    assert staging.manifest['sources']['lines'] == 2 * many
    copies = [s for s in staging.sources if 'duplicate_of' in s]
    assert len(copies) == many
    for source in copies:
        number = int(source['name'][-11:-5])
        assert source['duplicate_of'].endswith('/%06d.evtx' % (number - 1))
    assert read_lines(staging.file('logs.ndjson')) == []


def files_of(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()
            and p.name != 'manifest.json'}


@pytest.mark.unsanitized
def test_a_long_list_goes_on_after_a_kill(tmp_path):
    """20,000 names are sorted on the disk; checkpoints do not repeat them."""
    logs = tmp_path / 'logs'
    logs.mkdir()
    for i in range(20000):
        below = logs / ('%02d' % (i % 40))
        below.mkdir(exist_ok=True)
        (below / ('%s%06d.evtx' % ('long-name-' * 8, i))).symlink_to('gone')
    for i in range(300):
        (logs / ('%02d' % (i % 40)) / ('%d.evtx' % i)).write_bytes(header(i))
    stage = program('tools/evtxstage')
    subprocess.run([stage, '-q', '-o', tmp_path / 'whole', logs],
                   stderr=subprocess.DEVNULL, check=False)
    out = tmp_path / 'out'
    args = [stage, '-q', '-o', out, '--checkpoint', '64K', logs]
    run = subprocess.Popen(args, stderr=subprocess.DEVNULL)
    checkpoint = out / 'state/checkpoint'
    while not checkpoint.exists() and run.poll() is None:
        time.sleep(0.002)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not (out / 'manifest.json').exists(), 'it was too fast'
    assert checkpoint.stat().st_size < 100000
    assert (out / 'state/inputs').stat().st_size > 20000 * 100
    again = subprocess.run([a for a in args if a != '-q'], stderr=subprocess.PIPE, check=False)
    assert again.returncode == 3
    assert b'resuming where the last run stopped' in again.stderr
    assert files_of(out) == files_of(tmp_path / 'whole')


def test_messages_have_a_maximum(tmp_path):
    """The file of lines has the rest; --verbose shows all."""
    logs = make(tmp_path / 'logs', range(1, 2204, 2))
    out = tmp_path / 'out'
    stage = program('tools/evtxstage')
    first = subprocess.run([stage, '-q', '-o', out, logs],
                           stderr=subprocess.PIPE, check=False)
    assert first.returncode == 3
    lines = first.stderr.decode().splitlines()
    assert len(lines) == 1001
    assert '102 more messages are not shown' in lines[-1]
    assert str(out) in lines[-1]
    assert len([s for s in Staging(out).sources if s['bad']]) == 1102
    again = subprocess.run([stage, '-q', '-v', '--force', '-o', out, logs],
                           stderr=subprocess.PIPE, check=False)
    assert len(again.stderr.decode().splitlines()) >= 1102
