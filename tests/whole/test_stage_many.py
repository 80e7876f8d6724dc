# SPDX-License-Identifier: Apache-2.0
"""Many small sources: what each of them costs is on the disk."""
import struct
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
    300, pytest.param(20000, marks=pytest.mark.slow)])
def test_memory_does_not_grow_with_sources(tmp_path, many):
    """Staged, added to, verified and loaded; copies are found again."""
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
    # The list of inputs is 300 bytes each.
    allowed = small + 16 * 1024
    assert peak(stage, '-o', out, first) < allowed
    assert peak(stage, '-o', out, '--append', more) < allowed
    assert peak(stage, 'verify', out, bad=False) < allowed
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
