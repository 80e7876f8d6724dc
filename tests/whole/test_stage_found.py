# SPDX-License-Identifier: Apache-2.0
"""What of folders, archives and compressed files is a log, what is evidence
that cannot be read, and what is passed over."""
import bz2
import gzip
import json
import lzma
import os
import signal
import subprocess
import time

import pytest
from archive_tools import MAKERS, make_folder, make_tar, make_zip
from stage_tools import Staging, environment, read

OLD = b'0\0\0\0LfLe\1\0\0\0\1\0\0\0' + b'\0' * 48
E01 = b'EVF\x09\x0d\x0a\xff\0\1\1\0\0\0' + b'\0' * 99
FOREIGN = [('old/Security.evt', OLD, 'wevtutil export-log'),
           ('old.bin', OLD, 'wevtutil export-log'),
           ('HOST.vhdx', b'vhdxfile' + b'\0' * 99, 'virtual disk'),
           ('fixed.VHD', b'\0' * 999, 'virtual disk'),
           ('disk.E01', E01, 'disk image'),
           ('image', E01, 'disk image')]
OTHERS = [('notes.txt', b'notes'), ('x/empty', b''), ('x/short', b'Elf'),
          ('disk.E02', E01.replace(b'\1\1\0', b'\1\2\0')),
          ('x/late', b' ElfFile\0'), ('x/evtx', b'evtx')]


@pytest.fixture
def logs(mkevtx, tmp_path):
    """Two logs, as bytes."""
    return [read(mkevtx(tmp_path / 'made.evtx', '--events', '4624:20',
                        '--seed', i)) for i in range(2)]


@pytest.fixture
def stage(evtxstage, tmp_path):
    """Stage and check that the evidence is found again, by verify."""
    def run(*args, status=0, verify=0, **more):
        out = tmp_path / 'out'
        done = evtxstage('--force', '-o', out, '--schema', 'windowsevent',
                         '-s', 'any', *args, **more)
        assert done.status == status, done.err
        if status not in (0, 3):
            return done, None
        staging = Staging(out)
        if verify is not None:
            again = evtxstage('verify', '--inputs', 'require', out)
            assert again.status == verify, again.err
        return done, staging
    return run


def sources(staging, below):
    return {os.path.relpath(s['name'], below): s
            for s in staging.sources}


def errors(staging, below):
    return {n: s['error'] for n, s in sources(staging, below).items()
            if 'error' in s}


def put(folder, kind, members):
    """The members in a folder or in an archive; what goes before their
    names."""
    if kind == 'folder':
        make_folder(folder / 'in', members)
        return folder / 'in', ''
    path = MAKERS[kind](folder / ('in.' + kind), members)
    return path, 'in.%s!/' % kind


KINDS = ['folder', 'zip', 'tar', 'tar.gz', '7z']


@pytest.mark.parametrize('kind', KINDS)
def test_a_log_is_what_begins_like_one(stage, logs, tmp_path, kind):
    first, second = logs
    path, before = put(tmp_path, kind, [
        ('e/Security.evt', first), ('r/Security.evtx.1', second),
        ('r/chunks', second[4096:]), ('r/x.bak', first + b'\0')] + OTHERS[:2])
    done, staging = stage(path, '--dedupe', 'none')
    found = sources(staging, path if kind == 'folder' else tmp_path)
    assert sorted(found) == [before + n for n in (
        'e/Security.evt', 'r/Security.evtx.1', 'r/chunks', 'r/x.bak')]
    assert staging.manifest['accounting']['emitted'] == 80
    assert staging.manifest['passed_over'] == 2
    assert 'passed over                2 files' in done.err


@pytest.mark.parametrize('kind', KINDS)
def test_evidence_that_is_not_read_is_named(stage, logs, tmp_path, kind):
    path, before = put(tmp_path, kind, [('a.evtx', logs[0])] + [
        (n, data) for n, data, _ in FOREIGN] + OTHERS)
    done, staging = stage(path, status=3, verify=3)
    said = errors(staging, path if kind == 'folder' else tmp_path)
    assert sorted(said) == sorted(before + n for n, _, _ in FOREIGN)
    for name, _, why in FOREIGN:
        assert why in said[before + name] and said[before + name] in done.err
    assert staging.manifest['passed_over'] == len(OTHERS)
    assert staging.manifest['accounting']['emitted'] == 20


def test_evidence_that_was_named_is_named(stage, tmp_path):
    for name, data, why in FOREIGN:
        make_folder(tmp_path, [(name, data)])
        done, _ = stage(tmp_path / name, status=3, verify=None)
        assert why in done.err
    done, _ = stage('-', status=3, verify=None, input=OLD)
    assert 'stdin is an event log of Windows XP' in done.err


def zst(data):
    return subprocess.run(['zstd', '-c'], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


PACKERS = {'gz': gzip.compress, 'xz': lzma.compress, 'bz2': bz2.compress}


@pytest.mark.parametrize('ending', PACKERS)
def test_a_log_that_is_compressed_alone(evtxstage, stage, logs, tmp_path,
                                        ending):
    data = PACKERS[ending](logs[0])
    inside = 'Security.evtx.%s!/Security.evtx' % ending
    plain = tmp_path / 'plain.evtx'
    plain.write_bytes(logs[0])
    want = evtxstage('-q', '-o', '-', '-s', 'any', plain).out
    folder = make_folder(tmp_path / 'in', [
        ('Security.evtx.' + ending, data), ('notes.' + ending, data)])
    for path in (folder, folder / ('Security.evtx.' + ending)):
        _, staging = stage(path)
        assert list(sources(staging, folder)) == [inside]
        source = staging.sources[0]
        assert source['bytes'] == len(logs[0])
        assert source['archive_sha256'] != source['sha256']
        assert evtxstage('-q', '-o', '-', '-s', 'any', path).out == want
    done = evtxstage('-q', '-o', '-', '-s', 'any', '-', input=data)
    assert done.status == 0 and done.out == want
    # Its name says nothing, but it was named.
    done = evtxstage('-q', '-o', '-', '-s', 'any',
                     folder / ('notes.' + ending))
    assert done.status == 0 and done.out == want


@pytest.mark.parametrize('kind', KINDS[1:])
def test_a_compressed_log_in_archives(stage, logs, tmp_path, kind):
    """One inside an archive is no further level of archives."""
    path, before = put(tmp_path, kind, [
        ('C/Security.evtx.1.gz', gzip.compress(logs[0])),
        ('C/Setup.evtx.xz', lzma.compress(logs[1]))])
    want = [before + 'C/Security.evtx.1.gz!/Security.evtx.1',
            before + 'C/Setup.evtx.xz!/Setup.evtx']
    for nesting in ('0', '1', '8'):
        _, staging = stage('--nesting', nesting, path)
        assert sorted(sources(staging, tmp_path)) == want
    make_zip(tmp_path / 'outer.zip', [('in.' + kind, read(path))])
    _, staging = stage(tmp_path / 'outer.zip')
    assert sorted(sources(staging, tmp_path)) == [
        'outer.zip!/' + w for w in want]


def test_what_is_compressed_and_no_log(stage, logs, tmp_path):
    for name, data, why in (
            ('a.gz', gzip.compress(b'notes' * 999), 'neither a log nor a tar'),
            ('b.evtx.gz', gzip.compress(b'notes' * 999), 'not an .evtx file'),
            ('c.evtx.gz', gzip.compress(OLD), 'wevtutil'),
            ('d.evtx.gz', gzip.compress(logs[0])[:-2000], 'truncated'),
            ('e.evtx.gz', gzip.compress(b''), 'cannot be read as an archive'),
            ('f.evtx.gz', b'no gzip at all', 'not an .evtx file')):
        path = tmp_path / name
        path.write_bytes(data)
        done, staging = stage(path, status=3, verify=None)
        assert why in done.err
        assert staging.manifest['sources_bad'] == 1


@pytest.mark.parametrize('name', ['Security.evtx.gz', 'Security.evtx.1.gz'])
def test_a_compressed_log_whose_header_is_zeros(stage, logs, tmp_path, name):
    """A block of zeros is the end of a tar for others."""
    data = bytes(4096) + logs[0][4096:]
    (tmp_path / 'plain.evtx').write_bytes(data)
    found = stage(tmp_path / 'plain.evtx')[1].manifest['accounting']['found']
    (tmp_path / name).write_bytes(gzip.compress(data))
    assert stage(tmp_path / name)[1].manifest['accounting']['found'] == found
    path = make_zip(tmp_path / 'x.zip', [(name, gzip.compress(data))])
    assert stage(path)[1].manifest['accounting']['found'] == found > 0


def test_a_compressed_log_of_zeros_is_reported(stage, tmp_path):
    (tmp_path / 'a.evtx.gz').write_bytes(gzip.compress(bytes(100000)))
    done, staging = stage(tmp_path / 'a.evtx.gz', status=3)
    assert 'a.evtx is not an .evtx file' in done.err


def test_tars_in_gzip_stay_archives(stage, logs, tmp_path):
    path = make_tar(tmp_path / 'x.evtx.gz', [('a.evtx', logs[0]),
                                             ('b.evtx', logs[1])])
    _, staging = stage(path)
    assert sorted(sources(staging, tmp_path)) == [
        'x.evtx.gz!/x.evtx!/a.evtx', 'x.evtx.gz!/x.evtx!/b.evtx']


# --- names and hostile folders ----------------------------------------------

def test_name_is_asked_of_logs_with_any_name(stage, logs, tmp_path):
    for kind in ('folder', 'zip'):
        path, _ = put(tmp_path, kind, [
            ('Security.evtx.1', logs[0]), ('Setup.evtx', logs[1]),
            ('notes', b'x')])
        _, staging = stage('--name', '*.1', path)
        assert staging.manifest['accounting']['emitted'] == 20
        assert staging.manifest['left_out'] == 1
        assert staging.manifest['passed_over'] == 1


def test_hostile_files_are_not_opened(stage, logs, tmp_path):
    folder = make_folder(tmp_path / 'in', [('log', logs[0])])
    make_folder(tmp_path, [('secret', logs[1])])
    os.mkfifo(folder / 'fifo')
    os.symlink('/dev/zero', folder / 'zero')
    os.symlink('../secret', folder / 'out')
    os.symlink('loop', folder / 'loop')
    os.symlink('log', folder / 'same')
    _, staging = stage(folder)
    assert list(sources(staging, folder)) == ['log']
    assert staging.manifest['passed_over'] == 5


def test_broken_members_that_nobody_wants(stage, logs, tmp_path):
    """A hundred of them do not use up what is there for logs."""
    members = [('%03d.txt' % i, b'%d' % i * 5000) for i in range(100)]
    path = make_zip(tmp_path / 'x.zip', members + [('z.evtx', logs[0])])
    data = bytearray(read(path))
    for name, _ in members:
        at = data.index(name.encode()) + len(name)
        data[at:at + 8] = b'\xff' * 8
    path.write_bytes(data)
    done, staging = stage(path)
    assert list(sources(staging, tmp_path)) == ['x.zip!/z.evtx']
    assert staging.manifest['passed_over'] == 100
    assert staging.manifest['passed_over_unseen'] == 100
    assert staging.manifest['accounting']['emitted'] == 20


# --- nothing was found -------------------------------------------------------

def test_an_input_without_a_log_says_so(evtxstage, logs, tmp_path):
    empty = make_folder(tmp_path / 'empty', [('notes', b'x')])
    packed = make_zip(tmp_path / 'empty.zip', [('notes', b'x')])
    full = make_folder(tmp_path / 'full', [('a', logs[0])])
    said = '%s: no log was found in it'
    done = evtxstage('--json', '-o', tmp_path / 'o', '-s', 'any', empty,
                     packed, full)
    assert done.status == 0
    assert said % empty in done.err and said % packed in done.err
    assert said % full not in done.err
    summary = json.loads(done.out)
    assert summary['inputs_without_logs'] == 2
    assert summary['passed_over'] == 2
    for path in (empty, packed):
        for command in ([], ['info']):
            more = ['-o', '-'] if not command else []
            done = evtxstage(*command, *more, path)
            assert done.status == 0 and said % path in done.err
            done = evtxstage(*command, *more, '--error-if-empty', path)
            assert done.status == 4 and said % path in done.err


def test_info_and_append_count_what_was_passed_over(evtxstage, logs,
                                                    tmp_path):
    a = make_folder(tmp_path / 'a', [('l', logs[0]), ('x', b''), ('y', b'')])
    b = make_zip(tmp_path / 'b.zip', [('l', logs[1]), ('x', b'')])
    done = evtxstage('info', '--json', a)
    assert json.loads(done.out)['passed_over'] == 2
    assert 'passed over                2 files' in evtxstage(
        'info', a).out.decode()
    assert evtxstage('-o', tmp_path / 'o', '-s', 'any', a).status == 0
    assert evtxstage('-o', tmp_path / 'o', '-s', 'any', '--append',
                     b).status == 0
    assert Staging(tmp_path / 'o').manifest['passed_over'] == 3


@pytest.mark.slow
def test_a_run_that_was_killed_counts_the_same(evtxstage_path, evtxstage,
                                               mkevtx, tmp_path):
    data = read(mkevtx(tmp_path / 'big.evtx', '--events', '4688:40000'))
    folder = make_folder(tmp_path / 'in', [('no', b''), ('a/x', b'x')])
    make_zip(folder / 'x.zip', [('1', b'1'), ('log', data), ('2', b'2'),
                                ('s.evtx.gz', gzip.compress(data[:-65536]))])
    args = ['-j', '1', '--checkpoint', '1M', '-s', 'any', '--name', '!s.evtx',
            folder]
    want = evtxstage('-o', tmp_path / 'want', *args)
    assert want.status == 0
    out = folder / 'out'  # what a run leaves is no input of the next one
    for _ in range(20):
        process = subprocess.Popen(
            [evtxstage_path, '-o', out, *map(str, args)], env=environment(),
            stderr=subprocess.DEVNULL)
        while process.poll() is None and not (
                out / 'state' / 'checkpoint').exists():
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        if process.wait() == 0:
            break
        assert process.returncode == 130
        done = evtxstage('-o', out, *args)
        assert done.status == 0 and 'resuming' in done.err
        break
    got, ref = Staging(out).manifest, Staging(tmp_path / 'want').manifest
    for m in (got, ref):
        del m['run'], m['digest']
    assert got == ref
    assert got['passed_over'] == 4 and got['left_out'] == 1
