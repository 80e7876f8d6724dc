# SPDX-License-Identifier: Apache-2.0
"""What evtxstage takes as input, and what it refuses and names."""
import json
import os
import shutil
import subprocess

import pytest
import stage_tools
from stage_tools import (CHUNK, FILE_HEADER, NO_LEAKS, Grower, read, run,
                         sha256)


def sources(staging):
    return [os.path.basename(s['name']) for s in staging.sources]


def error_of(staging, name):
    """The error of the source; it has nothing else to show."""
    source, = [s for s in staging.sources
               if os.path.basename(s['name']) == name]
    return source.get('error')


# --- which files ----------------------------------------------------------

def test_folder_is_walked_without_regard_to_case(stage, mkevtx, tmp_path):
    top = tmp_path / 'logs'
    (top / 'b' / 'deep').mkdir(parents=True)
    for i, name in enumerate(['z.EVTX', 'a.evtx', 'b/deep/C.Evtx']):
        mkevtx(top / name, '--events', '4624:2', '--seed', i)
    for name in ('b/other.txt', 'evtx', 'a.evtx.bak'):
        (top / name).write_text('ElfFiction')
    done, staging = stage(top)
    assert done.status == 0
    names = [s['name'] for s in staging.sources]
    assert names == [str(top / n)
                     for n in ('a.evtx', 'b/deep/C.Evtx', 'z.EVTX')]
    assert len(staging.rows) == 6


def test_a_named_file_needs_no_suffix(stage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'Security', '--events', '4624:2')
    done, staging = stage(path)
    assert done.status == 0 and len(staging.rows) == 2


def test_order_of_operands_does_not_matter(stage, mkevtx, tmp_path):
    names = ['b', 'a', 'c']
    logs = [mkevtx(tmp_path / (n + '.evtx'), '--events', '4624:3', '--seed',
                   i) for i, n in enumerate(names)]
    _, one = stage(*logs, to='one')
    _, two = stage(*reversed(logs), to='two')
    assert sources(one) == ['a.evtx', 'b.evtx', 'c.evtx']
    assert one.content() == two.content()


def test_the_same_file_is_staged_once(stage, log, tmp_path):
    os.link(log, tmp_path / 'twin.evtx')
    os.symlink(log, tmp_path / 'link.evtx')
    _, once = stage(log, to='once')
    done, staging = stage(log, tmp_path / 'twin.evtx', log,
                          tmp_path / 'link.evtx', to='more')
    assert done.status == 0
    assert len(staging.sources) == 1
    assert staging.ndjson == once.ndjson != b''


def test_copies_are_two_sources_staged_once(stage, log, tmp_path):
    shutil.copy(log, tmp_path / 'copy.evtx')
    _, staging = stage(log, tmp_path / 'copy.evtx')
    one, two = staging.sources
    assert one['sha256'] == two['sha256']
    assert two['duplicate_of'] == one['name']
    assert staging.ndjson.count(b'\n') == one['accounting']['emitted'] > 0


def test_folder_without_logs_is_fine(stage, tmp_path):
    (tmp_path / 'in').mkdir()
    (tmp_path / 'in' / 'note.txt').write_text('no log')
    done, staging = stage(tmp_path / 'in')
    assert done.status == 0
    manifest = staging.manifest
    assert staging.sources == [] and manifest['segments'] == []
    assert manifest['accounting']['found'] == 0


def test_names_that_are_no_utf_8(stage, log, tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b'caf\xe9 \xff.evtx')
    shutil.copy(log, path)
    done, staging = stage(path)
    assert done.status == 0
    assert sources(staging) == ['caf\ufffd \ufffd.evtx']


def test_output_that_is_no_utf_8(evtxstage, log, tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b'caf\xe9')
    done = evtxstage('-q', '--json', '-o', path, log)
    assert done.status == 0
    assert json.loads(done.out)['output'].endswith('caf\ufffd')
    manifest = json.loads(read(path + b'/manifest.json'))
    assert 'caf\ufffd' in manifest['run']['command_line']


# --- what is no file ------------------------------------------------------

def test_fifo_and_device_are_named_and_skipped(stage, log, tmp_path):
    fifo = tmp_path / 'fifo.evtx'
    os.mkfifo(fifo)
    done, staging = stage(log, fifo, '/dev/null', timeout=20)
    assert done.status == 3
    assert 'not a regular file' in error_of(staging, 'fifo.evtx')
    assert 'not a regular file' in error_of(staging, 'null')
    assert str(fifo) in done.err and '/dev/null' in done.err
    assert len(staging.rows) > 0


def test_fifo_in_a_folder_is_named_and_skipped(stage, log, tmp_path):
    top = tmp_path / 'logs'
    top.mkdir()
    shutil.copy(log, top / 'a.evtx')
    os.mkfifo(top / 'pipe.evtx')
    done, staging = stage(top, timeout=20)
    assert done.status == 3 and 'pipe.evtx' in done.err
    assert sources(staging) == ['a.evtx', 'pipe.evtx']


def test_links_out_of_the_folder_are_not_followed(stage, log, tmp_path):
    top = tmp_path / 'logs'
    top.mkdir()
    shutil.copy(log, top / 'real.evtx')
    os.symlink(log, top / 'out.evtx')
    os.symlink('gone.evtx', top / 'dangling.evtx')
    done, staging = stage(top)
    assert done.status == 3
    assert 'leads out' in error_of(staging, 'out.evtx')
    assert error_of(staging, 'dangling.evtx')
    assert error_of(staging, 'real.evtx') is None
    assert staging.manifest['accounting']['found'] == 96


def test_links_inside_the_folder_are_the_same_file(stage, log, tmp_path):
    top = tmp_path / 'logs'
    top.mkdir()
    shutil.copy(log, top / 'real.evtx')
    os.symlink('real.evtx', top / 'also.evtx')
    done, staging = stage(top)
    assert done.status == 0
    assert len(staging.sources) == 1


def test_a_folder_behind_a_link_is_not_walked(stage, mkevtx, tmp_path):
    other = tmp_path / 'other'
    other.mkdir()
    mkevtx(other / 'a.evtx', '--events', '4624:2')
    top = tmp_path / 'logs'
    top.mkdir()
    os.symlink(other, top / 'link')
    os.symlink('.', top / 'loop')
    done, staging = stage(top)
    assert done.status == 0 and sources(staging) == []


# --- what is no log -------------------------------------------------------

def test_file_of_0_bytes(stage, log, tmp_path):
    (tmp_path / 'empty.evtx').write_bytes(b'')
    done, staging = stage(log, tmp_path / 'empty.evtx')
    assert done.status == 3
    assert 'empty' in error_of(staging, 'empty.evtx')
    source, = [s for s in staging.sources if s['bytes'] == 0]
    assert source['sha256'] == sha256(b'')
    assert 'empty.evtx' in done.err and len(staging.rows) > 0


@pytest.mark.parametrize('content', [
    b'\0', b'MZ' * 60000, b'ElfChnk', b'\xff' * (FILE_HEADER + CHUNK)],
    ids=['zero', 'program', 'short', 'ones'])
def test_what_is_no_log_is_named(stage, log, tmp_path, content):
    (tmp_path / 'bad.evtx').write_bytes(content)
    done, staging = stage(log, tmp_path / 'bad.evtx')
    assert done.status == 3
    assert 'not an .evtx file' in error_of(staging, 'bad.evtx')
    assert 'bad.evtx' in done.err and len(staging.rows) > 0
    source = [s for s in staging.sources if 'error' in s][0]
    assert source['bytes'] == len(content)
    assert source['sha256'] == sha256(content)


def test_log_without_records_is_fine(stage, tmp_path):
    (tmp_path / 'empty.evtx').write_bytes(stage_tools.empty_log())
    done, staging = stage(tmp_path / 'empty.evtx')
    assert done.status == 0
    assert staging.sources[0]['chunks'] == 1
    assert staging.manifest['accounting']['found'] == 0


def test_header_without_chunks(stage, log, tmp_path):
    (tmp_path / 'head.evtx').write_bytes(read(log)[:FILE_HEADER])
    done, staging = stage(tmp_path / 'head.evtx')
    assert done.status == 3
    assert 'no chunk' in error_of(staging, 'head.evtx')


@pytest.mark.parametrize('garbage', [1, 512, CHUNK, CHUNK + 1])
def test_trailing_garbage(stage, log, tmp_path, garbage):
    _, good = stage(log, '-s', 'any', to='good')
    (tmp_path / 'more.evtx').write_bytes(read(log) + b'\xa5' * garbage)
    done, staging = stage(tmp_path / 'more.evtx', '-s', 'any')
    assert done.status == 3
    assert staging.ndjson == good.ndjson
    damage, = staging.damage
    assert damage['kind'] == 'region'
    assert damage['offset'] == len(read(log))
    assert damage['length'] == garbage


def test_trailing_zeros_are_no_damage(stage, log, tmp_path):
    (tmp_path / 'more.evtx').write_bytes(read(log) + b'\0' * 3 * CHUNK)
    done, staging = stage(tmp_path / 'more.evtx')
    assert done.status == 0 and staging.damage == []


# --- cut short ------------------------------------------------------------

def record_ends(path):
    """Offsets in the file where records of the first chunk end."""
    data = read(path)[FILE_HEADER:FILE_HEADER + CHUNK]
    at, ends = 512, []
    while data[at:at + 4] == b'**\0\0':
        at += int.from_bytes(data[at + 4:at + 8], 'little')
        ends.append(FILE_HEADER + at)
    return ends


def cut_places(path):
    ends = record_ends(path)
    first = FILE_HEADER + 512
    size = os.path.getsize(path)
    return {
        'one byte': 1, 'signature': 8, 'in the header': 100,
        'header': FILE_HEADER, 'chunk signature': FILE_HEADER + 8,
        'chunk header': first, 'record signature': first + 4,
        'record header': first + 24, 'record': ends[0],
        'before a record': ends[1] - 1, 'behind a record': ends[1] + 1,
        'records': ends[-1], 'before the slack': ends[-1] - 4,
        'chunk': FILE_HEADER + CHUNK, 'chunk - 1': FILE_HEADER + CHUNK - 1,
        'chunk + 1': FILE_HEADER + CHUNK + 1, 'end - 1': size - 1,
    }


CUTS = ['one byte', 'signature', 'in the header', 'header',
        'chunk signature', 'chunk header', 'record signature',
        'record header', 'record', 'before a record', 'behind a record',
        'records', 'before the slack', 'chunk', 'chunk - 1', 'chunk + 1',
        'end - 1']


@pytest.mark.parametrize('place', CUTS)
def test_cut_short(evtxstage, stage, logons, tmp_path, place):
    """Whole records before the cut are out, and nothing is silent."""
    at = cut_places(logons)[place]
    path = tmp_path / 'cut.evtx'
    path.write_bytes(read(logons)[:at])
    done, staging = stage(path, '-s', 'any')
    assert done.status == 3 and 'cut.evtx' in done.err
    source, = staging.sources
    assert 'error' in source or staging.damage
    assert source['bytes'] == at and source['sha256'] == sha256(read(path))
    lines = evtxstage('-o', '-', '-s', 'any', logons).out.splitlines()
    whole = [end for end in record_ends(logons) if end <= at]
    assert staging.ndjson.splitlines()[:len(whole)] == lines[:len(whole)]
    assert len(staging.rows) >= len(whole)


# --- what may not be read, and what is not written ------------------------

def as_nobody(argv):
    """The command as a user who owns nothing; needs root."""
    return ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups',
            *argv]


@pytest.fixture
def open_folder(tmp_path):
    """A folder that every user reaches."""
    folder = tmp_path
    while os.stat(folder).st_uid == os.getuid() and folder != folder.parent:
        if not os.stat(folder).st_mode & 0o001:
            os.chmod(folder, os.stat(folder).st_mode | 0o011)
        folder = folder.parent
    return tmp_path


def run_unprivileged(argv):
    if os.getuid() != 0:
        return run(argv)
    if shutil.which('setpriv') is None:
        pytest.skip('root reads everything, and there is no setpriv')
    return run(as_nobody(argv), cwd='/')


def test_unreadable_file_is_named(evtxstage_path, log, open_folder):
    top = open_folder / 'logs'
    top.mkdir(mode=0o755)
    os.chmod(top, 0o755)
    shutil.copy(log, top / 'good.evtx')
    shutil.copy(log, top / 'secret.evtx')
    os.chmod(top / 'good.evtx', 0o644)
    os.chmod(top / 'secret.evtx', 0)
    program = shutil.copy(evtxstage_path, open_folder / 'evtxstage')
    os.chmod(program, 0o755)
    done = run_unprivileged([program, '-o', '-', '-s', 'any', top])
    assert done.status == 3
    assert 'secret.evtx' in done.err and 'Permission denied' in done.err
    assert len(done.rows) == 96


def test_what_cannot_be_looked_into_is_counted(evtxstage_path, log,
                                               open_folder):
    """Nobody can say whether a file with no log's name is one."""
    top = open_folder / 'logs'
    top.mkdir(mode=0o755)
    os.chmod(top, 0o755)
    shutil.copy(log, top / 'good')
    shutil.copy(log, top / 'secret')
    os.chmod(top / 'good', 0o644)
    os.chmod(top / 'secret', 0)
    program = shutil.copy(evtxstage_path, open_folder / 'evtxstage')
    os.chmod(program, 0o755)
    done = run_unprivileged([program, '--json', '-o', '-', '-s', 'any', top])
    summary = json.loads(done.err.splitlines()[-1])
    assert done.status == 0 and len(done.rows) == 96
    assert summary['passed_over'] == summary['passed_over_unseen'] == 1


def test_unreadable_folder_is_named(evtxstage_path, log, open_folder):
    top = open_folder / 'logs'
    (top / 'closed').mkdir(parents=True)
    os.chmod(top, 0o755)
    shutil.copy(log, top / 'good.evtx')
    os.chmod(top / 'good.evtx', 0o644)
    os.chmod(top / 'closed', 0)
    program = shutil.copy(evtxstage_path, open_folder / 'evtxstage')
    os.chmod(program, 0o755)
    done = run_unprivileged([program, '-o', '-', top])
    os.chmod(top / 'closed', 0o700)
    assert done.status == 3
    assert 'closed' in done.err and len(done.rows) > 0


def test_input_is_not_modified(stage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'dirty.evtx', '--events', 'all:2', '--odd',
                  'dirty')
    os.chmod(path, 0o400)
    os.utime(path, (1000000000, 1000000000))
    before = os.stat(path), sha256(read(path))
    done, _ = stage(path)
    after = os.stat(path)
    assert done.status == 0
    assert sha256(read(path)) == before[1]
    for field in ('st_mtime_ns', 'st_ctime_ns', 'st_size', 'st_mode',
                  'st_ino'):
        assert getattr(after, field) == getattr(before[0], field)


def test_inputs_are_opened_for_reading_only(evtxstage_path, log, tmp_path):
    if shutil.which('strace') is None:
        pytest.skip('strace is not installed')
    trace = tmp_path / 'trace'
    done = run([*NO_LEAKS, 'strace', '-f', '-o', trace,
                '-e', 'trace=open,openat', evtxstage_path, '-o', '-', log])
    if 'ptrace' in done.err.lower() and done.status != 0:
        pytest.skip('strace may not trace here')
    calls = [x for x in trace.read_text().splitlines() if 'log.evtx' in x]
    assert calls and all('O_RDONLY' in x for x in calls)


def test_file_that_grows_during_the_run(stage, mkevtx, tmp_path):
    path = mkevtx(tmp_path / 'live.evtx', '--events', '4624', '--size', '3M')
    with Grower(path):
        done, staging = stage(path, '-s', 'any')
    assert done.status == 3 and 'changed while it was read' in done.err
    assert 'changed' in error_of(staging, 'live.evtx')


def test_output_below_the_input_is_no_input(evtxstage, log, tmp_path):
    top = tmp_path / 'logs'
    top.mkdir()
    shutil.copy(log, top / 'a.evtx')
    done = evtxstage('-o', top / 'staging', top)
    again = evtxstage('-o', top / 'staging', '--force', top)
    assert done.status == again.status == 0
    assert subprocess.check_output(['ls', top]) == b'a.evtx\nstaging\n'
