# SPDX-License-Identifier: Apache-2.0
"""Killed, stopped, out of space: the rerun gives the undisturbed bytes."""
import os
import random
import re
import shutil
import signal
import subprocess
import time

import pytest
from stage_tools import NO_LEAKS, Staging, environment, run

KILLS = 20


@pytest.fixture(scope='module')
def big(mkevtx, tmp_path_factory):
    """Logs that take a moment, long enough to be killed in it."""
    folder = tmp_path_factory.mktemp('big')
    for i, events in enumerate(('4624', '4688', 'all')):
        mkevtx(folder / ('%d.evtx' % i), '--events', events, '--size', '6M',
               '--seed', i)
    return folder


@pytest.fixture(scope='module')
def calm(evtxstage, big, tmp_path_factory):
    """What a run that nobody disturbs leaves, and how long it takes if nothing
    else keeps the machine busy."""
    out = tmp_path_factory.mktemp('calm') / 'staging'
    seconds = []
    for _ in range(4):
        begin = time.monotonic()
        assert evtxstage('-q', '--force', '-o', out, big).status == 0
        seconds.append(time.monotonic() - begin)
    return Staging(out).content(), min(seconds)


def start(program, *args):
    return subprocess.Popen([program, *map(str, args)], env=environment(),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, err.decode()


@pytest.mark.kill
def test_killed_at_random_instants(evtxstage, evtxstage_path, big, calm,
                                   tmp_path):
    content, seconds = calm
    rng = random.Random(20)
    killed = 0
    for i in range(KILLS):
        out = tmp_path / str(i)
        process = start(evtxstage_path, '-q', '-o', out, big)
        time.sleep(rng.uniform(0, seconds))
        process.kill()
        status, _ = ended(process)
        if status == 0:  # it was faster
            assert Staging(out).content() == content
            continue
        killed += 1
        if Staging(out).finished:
            assert Staging(out).content() == content
            continue
        assert evtxstage('-q', '-o', out, big).status == 0
        assert Staging(out).content() == content
    assert killed >= KILLS // 2


@pytest.mark.kill
def test_killed_again_and_again(evtxstage, evtxstage_path, big, calm,
                                tmp_path):
    """The same directory, without a whole run in between."""
    content, seconds = calm
    out = tmp_path / 'staging'
    for part in (0.2, 0.5, 0.8, 0.4):
        if Staging(out).finished:
            break
        process = start(evtxstage_path, '-q', '-o', out, big)
        time.sleep(part * seconds)
        process.kill()
        ended(process)
    if not Staging(out).finished:
        assert evtxstage('-q', '-o', out, big).status == 0
    assert Staging(out).content() == content


# --- at every system call of a kind ---------------------------------------

def traced(evtxstage_path, out, log, what, *more):
    """evtxstage with a fault injected by strace, which says INJECTED then."""
    trace = str(out) + '.trace'
    done = run([*NO_LEAKS, 'strace', '-f', '-o', trace, '-e', what, *more,
                evtxstage_path, '-j', '1', '-o', out, log], timeout=60)
    with open(trace) as f:
        text = f.read()
    return done, 'INJECTED' in text or 'killed by SIGKILL' in text


@pytest.fixture(scope='module')
def tracing():
    if shutil.which('strace') is None:
        pytest.skip('strace is not installed')
    if run(['strace', '-o', '/dev/null', 'true']).status != 0:
        pytest.skip('strace may not trace here')


@pytest.fixture(scope='module')
def small(mkevtx, tmp_path_factory):
    folder = tmp_path_factory.mktemp('small')
    return mkevtx(folder / 'small.evtx', '--events', '4624:5')


@pytest.mark.parametrize('call', ['mkdir', 'mkdirat', 'fsync', 'renameat',
                                  'unlinkat', 'write'])
def test_killed_at_every_call(evtxstage, evtxstage_path, tracing, small,
                              tmp_path, call):
    whole = Staging(tmp_path / 'whole')
    assert evtxstage('-o', whole.path, small).status == 0
    for number in range(1, 40):
        out = tmp_path / str(number)
        _, hit = traced(evtxstage_path, out, small,
                        'inject=%s:signal=KILL:when=%d' % (call, number))
        if not Staging(out).finished:
            assert hit
            assert evtxstage('-o', out, small).status == 0
        assert Staging(out).content() == whole.content()
        if not hit:
            break
    assert not hit and number > 1


@pytest.mark.parametrize('call,error,status', [
    ('write', 'ENOSPC', 5), ('write', 'EIO', 1), ('write', 'EDQUOT', 5),
    ('fsync', 'EIO', 1), ('fsync', 'ENOSPC', 5), ('renameat', 'EIO', 1),
    ('mkdirat', 'ENOSPC', 5), ('unlinkat', 'EIO', 1)])
def test_every_call_fails_once(evtxstage, evtxstage_path, tracing, small,
                               tmp_path, call, error, status):
    """Never exit 0 with something missing; the rerun completes."""
    whole = Staging(tmp_path / 'whole')
    assert evtxstage('-o', whole.path, small).status == 0
    text = {'ENOSPC': 'No space left', 'EIO': 'Input/output error',
            'EDQUOT': 'quota exceeded'}[error]
    failed = 0
    for number in range(1, 40):
        out = tmp_path / str(number)
        # Each thread has a call of that number: not the message's, too.
        files = [word for name in ('state/000001.ndjson', '.manifest.json.tmp')
                 for word in ('-P', out / name)] if call == 'write' else []
        done, hit = traced(evtxstage_path, out, small,
                           'inject=%s:error=%s:when=%d' % (
                               call, error, number), *files)
        if not hit:
            assert done.status == 0
            break
        if done.status == 0:  # a call that may fail
            assert Staging(out).content() == whole.content()
            continue
        failed += 1
        assert done.status == status and text in done.err
        assert done.err.startswith('evtxstage: ')
        force = ['--force'] if Staging(out).finished else []
        assert evtxstage('-o', out, small, *force).status == 0
        assert Staging(out).content() == whole.content()
    assert failed > 0 and not hit


@pytest.mark.parametrize('call,options', [('write', ()), ('pread64', '-P')])
def test_interrupted_calls_are_repeated(evtxstage, evtxstage_path, tracing,
                                        small, tmp_path, call, options):
    if options:  # only those on the log, not the dynamic linker's
        options = (options, small)
    whole, out = Staging(tmp_path / 'whole'), tmp_path / 'out'
    assert evtxstage('-o', whole.path, small).status == 0
    done, hit = traced(evtxstage_path, out, small,
                       'inject=%s:error=EINTR:when=1+2' % call,
                       *options)
    assert hit and done.status == 0
    assert Staging(out).content() == whole.content()


# --- signals --------------------------------------------------------------

@pytest.mark.parametrize('number,status', [
    (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal(evtxstage, evtxstage_path, mkevtx, tmp_path,
                             number, status):
    log = mkevtx(tmp_path / 'log.evtx', '--events', '4624', '--size', '8M')
    out = tmp_path / 'staging'
    process = start(evtxstage_path, '-o', out, log)
    while not (out / 'state').exists():
        time.sleep(0.001)
    process.send_signal(number)
    got, err = ended(process)
    assert got == status
    assert 'interrupted' in err and 'run the same command again' in err
    assert not Staging(out).finished
    assert evtxstage('-q', '-o', out, log).status == 0
    assert evtxstage('-q', '-o', tmp_path / 'calm', log).status == 0
    assert Staging(out).content() == Staging(tmp_path / 'calm').content()


# --- no room, nobody listening --------------------------------------------

def test_full_device_as_standard_output(evtxstage, small):
    with open('/dev/full', 'wb') as full:
        done = evtxstage('-o', '-', small, stdout=full)
    assert done.status == 5
    assert 'standard output' in done.err and 'No space left' in done.err


def test_limit_on_file_size(evtxstage, evtxstage_path, big, calm, tmp_path):
    out = tmp_path / 'staging'
    done = run(['bash', '-c', 'ulimit -f 64; exec "$0" "$@"', evtxstage_path,
                '-o', out, big])
    assert done.status in (1, 5)
    assert re.search(r'(000001\.ndjson|chunks\.ndjson|state/keys).*File too large', done.err)
    assert not Staging(out).finished
    assert evtxstage('-o', out, big).status == 0
    assert Staging(out).content() == calm[0]


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 256 KiB; needs root."""
    disk = tmp_path / 'disk'
    disk.mkdir()
    if os.getuid() != 0 or subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk],
            capture_output=True).returncode != 0:
        pytest.skip('no right to mount a small file system')
    yield disk
    subprocess.run(['umount', disk], check=True)


def test_full_disk(evtxstage, big, calm, tiny_disk):
    out = tiny_disk / 'staging'
    done = evtxstage('-o', out, big)
    assert done.status == 5
    assert re.search('write .*: No space left on device', done.err)
    assert not Staging(out).finished
    subprocess.run(['mount', '-o', 'remount,size=64m', tiny_disk],
                   check=True)
    assert evtxstage('-o', out, big).status == 0
    assert Staging(out).content() == calm[0]


def test_closed_pipe(evtxstage_path, big):
    """evtxstage -o - ... | head -1"""
    process = start(evtxstage_path, '-o', '-', big)
    assert process.stdout.readline().startswith(b'{"TimeGenerated":')
    process.stdout.close()
    err = process.stderr.read().decode()
    assert process.wait(timeout=60) == -signal.SIGPIPE
    assert err == ''


def test_closed_standard_output(evtxstage_path, small):
    done = run(['bash', '-c', 'exec "$0" "$@" >&-', evtxstage_path, '-o',
                '-', small])
    assert done.status != 0 and 'standard output' in done.err
