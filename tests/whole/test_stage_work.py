# SPDX-License-Identifier: Apache-2.0
"""Input that asks for far more work or memory than its bytes are worth: each
ends within 10 s and 1 s a MB, in 64 MB, and decides over nothing but
itself."""
import functools
import os
import re
import signal
import subprocess
import sys
import time

import evil_archives
import evil_logs
import pytest
from stage_tools import ROOT, Staging, closes, environment, program, read

EVIL = 'evil.evtx'
GOOD = os.path.join(ROOT, 'testdata', 'good-security-mixed.evtx')
KIB = 64 * 1024

# Without lines, which would be capped.
ARGS = {'many_logs': ['-s', 'none']}


# A child's peak memory starts at that of the process that starts it, so a small
# one does.
MEASURE = """
import resource, subprocess, sys
with open(sys.argv[1], 'wb') as err:
    status = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL,
                            stderr=err).returncode
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


def run(folder, out, *args):
    """Status, seconds of processor time, KiB."""
    done = subprocess.run(
        [sys.executable, '-S', '-E', '-c', MEASURE, folder / 'err',
         program('tools/evtxstage'), '-q', '-o', out, *args],
        check=True, stdout=subprocess.PIPE, cwd=folder, timeout=120)
    status, seconds, kib = done.stdout.split()
    return int(status), float(seconds), int(kib)


@functools.cache
def is_sanitized():
    with open(program('tools/evtxstage'), 'rb') as f:
        return b'__asan_init' in f.read()


def stage(folder, out, *args):
    """The staging; what holds of each is checked."""
    status, seconds, kib = run(folder, out, *args)
    size = sum(os.path.getsize(folder / a) for a in args
               if os.path.exists(folder / a))
    assert status in (0, 3), (folder / 'err').read_text()
    assert seconds < 10 + size / 2**20
    # A sanitizer keeps what was freed.
    assert kib < KIB or is_sanitized()
    staging = Staging(out)
    assert closes(staging.manifest['accounting'])
    of = {os.path.basename(s['name']): s for s in staging.sources}
    assert of[os.path.basename(GOOD)]['accounting']['found'] == 101
    return staging


def check(folder, kind, chunks, *args):
    (folder / EVIL).write_bytes(evil_logs.ALL[kind](chunks))
    args = [*ARGS.get(kind, ['-s', 'any']), *args]
    staging = stage(folder, folder / 'out', '-j1', *args, GOOD, EVIL)
    evil = [s for s in staging.sources
            if os.path.basename(s['name']) == EVIL]
    assert len(evil) == 1
    return staging, evil[0].get('accounting', {})


def test_there_are_enough_of_them():
    assert len(evil_logs.ALL) + len(evil_archives.ALL) >= 60


@pytest.mark.parametrize('kind', evil_logs.ALL)
def test_a_log_of_little_and_much_work(tmp_path, kind):
    staging, _ = check(tmp_path, kind, 2)
    again = tmp_path / 'again'
    run(tmp_path, again, '-j3', *ARGS.get(kind, ['-s', 'any']), GOOD, EVIL)
    assert Staging(again).content() == staging.content()


@pytest.mark.parametrize('kind', evil_logs.ALL)
def test_both_decoders_are_bounded(tmp_path, kind):
    check(tmp_path, kind, 2, '--decoder', 'both')


@pytest.mark.parametrize('kind', evil_archives.ALL)
def test_an_archive_of_little_and_much_work(tmp_path, kind):
    name, data = evil_archives.ALL[kind](read(GOOD))
    (tmp_path / name).write_bytes(data)
    stage(tmp_path, tmp_path / 'out', '-s', 'any', '-j1', GOOD, name)


@pytest.mark.unsanitized
def test_memory_does_not_grow_with_the_lines_of_all_jobs(tmp_path):
    """Five jobs of two threads would have 12 MB of lines each."""
    (tmp_path / EVIL).write_bytes(evil_logs.many_logs(32))
    stage(tmp_path, tmp_path / 'out', '-s', 'any', '-j2', GOOD, EVIL)


@pytest.mark.slow
@pytest.mark.unsanitized
@pytest.mark.parametrize('options', [
    ['--schema', 'securityevent'], ['--schema', 'windowsevent'],
    ['--schema', 'event'], ['--schema', 'raw'], ['--schema', 'ecs'],
    ['--decoder', 'libevtx'], ['--recover', 'slack']],
    ids=lambda o: o[1])
@pytest.mark.parametrize('kind', evil_logs.ALL)
def test_work_is_bounded(tmp_path, kind, options):
    check(tmp_path, kind, 32, *options)


# --- what is said of them --------------------------------------------------

def test_a_definition_that_fails_is_damage_of_its_records(tmp_path):
    staging, account = check(tmp_path, 'failing_definition', 1)
    assert account['damaged'] == account['found']


@pytest.mark.parametrize('kind,decoder,reason', [
    ('huge_definitions', 'native', 'exceed the work limit'),
    ('wide_odd', 'native', "the trees of the chunk's records exceed 32 MiB"),
    ('clones', 'native', "the trees of the chunk's records exceed 32 MiB"),
    ('many_ids', 'native', 'rendering its chunk takes over 16 MiB'),
    ('entities', 'libevtx', 'exceed the work limit'),
    ('equal_attributes', 'libevtx', 'exceed the work limit'),
])
def test_what_is_beyond_the_work_of_a_chunk_says_so(
        tmp_path, kind, decoder, reason):
    staging, account = check(tmp_path, kind, 1, '--decoder', decoder)
    assert 0 < account['damaged'] <= account['found']
    assert any(reason in d['reason'] for d in staging.damage)


def test_too_many_definitions_of_one_id_lend_nothing(tmp_path):
    staging, account = check(tmp_path, 'equal_ids', 4)
    assert account.get('borrowed', 0) == 0
    assert any('too many templates' in d['reason'] for d in staging.damage)


def test_all_logs_are_known(tmp_path):
    staging, account = check(tmp_path, 'many_logs', 2)
    logs = [line for line in staging.logs
            if line.get('channel', '').startswith('c')]
    assert len({line['channel'] for line in logs}) == account['found']


@pytest.mark.unsanitized
@pytest.mark.parametrize('decoder, jobs', [
    ('native', '-j2'),
    pytest.param('native', '-j1', marks=pytest.mark.slow),
    pytest.param('both', '-j2', marks=pytest.mark.slow)])
def test_a_run_stops_in_the_middle_of_much_work(tmp_path, decoder, jobs):
    """The jobs that are queued would take seconds more."""
    evil = tmp_path / EVIL
    evil.write_bytes(evil_logs.ALL['clones'](400))
    argv = [program('tools/evtxstage'), '-q', '-o', tmp_path / 'out', jobs,
            '--schema', 'windowsevent', '--decoder', decoder, evil]
    with subprocess.Popen(argv, stderr=subprocess.PIPE) as run:
        time.sleep(1)
        run.send_signal(signal.SIGTERM)
        since = time.monotonic()
        err = run.communicate()[1].decode()
        took = time.monotonic() - since
    assert run.returncode == 143, err
    assert took < 2 + 1, err


def test_a_run_ends_soon_after_a_signal_and_is_resumed(tmp_path):
    (tmp_path / EVIL).write_bytes(evil_logs.ALL['clones'](200))
    out = tmp_path / 'out'
    argv = [program('tools/evtxstage'), '-q', '-j2', '-s', 'any',
            '-o', out, EVIL]
    p = subprocess.Popen(argv, cwd=tmp_path, env=environment())
    time.sleep(0.4)
    p.send_signal(signal.SIGTERM)
    start = time.monotonic()
    assert p.wait(60) == 143
    # Twice what is promised: the machine may be busy.
    assert time.monotonic() - start < 4
    assert not os.path.exists(out / 'manifest.json')
    assert subprocess.run(argv, cwd=tmp_path, env=environment()).returncode == 3
    run(tmp_path, tmp_path / 'whole', '-s', 'any', EVIL)
    assert Staging(out).content() == Staging(tmp_path / 'whole').content()


def damaged(chunks):
    """Records with the same fault, as many as there is room for."""
    out, records, next_id = [], 0, 1
    for _ in range(chunks):
        chunk = evil_logs.Chunk(next_id)
        while chunk.add(b'\xff' * 12):
            records += 1
        out.append(chunk)
        next_id = chunk.next_id
    return evil_logs.log(out), records


def of_files(out):
    return {p.name: p.read_bytes() for p in out.iterdir()
            if p.is_file() and p.name != 'manifest.json'}


def test_equal_damage_is_summed(tmp_path):
    """A thousand lines of a source and reason, and one for all others."""
    content, records = damaged(40)
    logs = tmp_path / 'logs'
    logs.mkdir()
    (logs / 'a.evtx').write_bytes(content)
    (logs / 'b.evtx').write_bytes(damaged(2)[0])
    stage = program('tools/evtxstage')
    for jobs in '1', '4':
        done = subprocess.run(
            [stage, '-j', jobs, '-s', 'any', '-o', tmp_path / jobs, logs],
            stderr=subprocess.PIPE, check=False)
        assert done.returncode == 3, done.stderr
    assert of_files(tmp_path / '1') == of_files(tmp_path / '4')
    staging = Staging(tmp_path / '1')
    source, other = staging.sources
    assert source['accounting']['damaged'] == records > 50000
    assert closes(source['accounting'])
    lines = [d for d in staging.damage if d['source'] == source['name']]
    assert len({d['reason'] for d in lines}) == 1
    assert len(lines) == 1001
    summed = lines[-1]
    assert all('count' not in d for d in lines[:-1])
    assert summed['count'] + 1000 == records
    assert summed['offset'] == lines[-2]['offset'] + lines[-2]['length']
    assert summed['last_offset'] > summed['offset']
    assert summed['last_chunk'] == 39
    assert summed['length'] == summed['count'] * lines[0]['length']
    assert len(staging.damage) == 2002
    sums = sum(d.get('count', 0) for d in staging.damage)
    assert re.search(r'summed +%s  equal entries, combined as "count" in damage' % format(sums, ',').replace(',', ' '),
                     done.stderr.decode())
    assert other['accounting']['damaged'] == 1000 + staging.damage[-1]['count']
    assert subprocess.run([stage, 'verify', tmp_path / '1'],
                          stdout=subprocess.PIPE, check=False).returncode == 0


def test_summed_damage_goes_on_after_a_kill(tmp_path):
    content, records = damaged(200)
    path = tmp_path / 'a.evtx'
    path.write_bytes(content)
    stage = program('tools/evtxstage')
    args = [stage, '-s', 'any', '-j', '1', '--checkpoint', '1M', '-o']
    subprocess.run([*args, tmp_path / 'whole', path],
                   stderr=subprocess.DEVNULL, check=False)
    out = tmp_path / 'out'
    run = subprocess.Popen([*args, out, path], stderr=subprocess.DEVNULL)
    checkpoint = out / 'state/checkpoint'
    while not checkpoint.exists() and run.poll() is None:
        time.sleep(0.001)
    run.kill()
    run.wait()
    assert checkpoint.exists() and not (out / 'manifest.json').exists()
    again = subprocess.run([*args, out, path], stderr=subprocess.PIPE,
                           check=False)
    assert b'resuming where the last run stopped' in again.stderr
    assert of_files(out) == of_files(tmp_path / 'whole')
    assert Staging(out).damage[-1]['count'] + 1000 == records


def test_damage_under_a_long_name_is_whole(tmp_path):
    """Lines of a job that had no room were torn."""
    folder = tmp_path / ('\x01' * 250)
    folder.mkdir()
    (folder / ('\x02' * 240 + '.evtx')).write_bytes(
        evil_logs.ALL['tiny_records'](8))
    run(tmp_path, tmp_path / 'out', '-s', 'any', '-j1', folder)
    staging = Staging(tmp_path / 'out')
    said = sum(d.get('count', 1) for d in staging.damage)
    assert said == staging.manifest['accounting']['damaged'] > 15000
