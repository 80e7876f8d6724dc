# SPDX-License-Identifier: Apache-2.0
"""A conversion that was killed or stopped goes on at its checkpoint: the same
command makes the same bytes, and refuses when something changed."""
import functools
import io
import json
import os
import random
import shutil
import signal
import subprocess
import tarfile
import time
import zipfile

import pytest
from stage_tools import Staging, environment
from test_stage_hidden import swallow

KILLS = int(os.environ.get('EVTX_STAGE_KILLS', '30'))
SMALL = ('--checkpoint', '300K')

# What the instants are spread over: an input and options.
WAYS = [
    ('folder', ()),
    ('folder', ('-j', '1', '--schema', 'raw', '-s', 'any')),
    ('folder', ('--recover', 'slack', '-s', 'any')),
    ('logs.zip', ('--provenance', 'full')),
    # More keys than there is memory for.
    ('folder', ('--dedupe-memory', '1M', '-s', 'any', '--provenance', 'none')),
    ('folder', ('--dedupe', 'file', '--recover', 'slack', '-s', 'any')),
    ('logs.tar.gz', ('-s', 'minimal', '--schema', 'windowsevent')),
    ('folder', ('--compress', 'zstd', '-s', 'any', '-j', '2')),
]


def make_logs(folder, mkevtx):
    folder.mkdir()
    for i, events in enumerate(('4624', '4688', 'all', '4624:10,5156:90')):
        mkevtx(folder / ('%d.evtx' % i), '--events', events, '--size', '3M',
               '--seed', i)
    whole = (folder / '2.evtx').read_bytes()
    # A lost chunk, and one whose header lost its templates' checksum.
    (folder / '4.evtx').write_bytes(
        whole[:4096 + 3 * 65536] + bytes(65536) + whole[4096 + 4 * 65536:])
    broken = bytearray(whole)
    broken[4096 + 65536 + 700:4096 + 65536 + 900] = os.urandom(200)
    (folder / '5.evtx').write_bytes(broken)
    (folder / '6.evtx').write_bytes(b'no log')
    swallow(folder / '3.evtx', folder / '61.evtx', 5, 2)
    (folder / '7.evtx').write_bytes(whole)
    make_wrong_crc(folder / '8.zip', (folder / '0.evtx').read_bytes())
    make_torn(folder / '9.zip', folder / '9.tar', whole)
    with zipfile.ZipFile(folder / 'none.zip', 'w') as z:
        z.writestr('x.txt', b'no log')


def make_wrong_crc(path, data):
    """Has the bytes of another source, and is no copy of it: it is broken."""
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('0.evtx', data)
    raw = bytearray(path.read_bytes())
    raw[14] ^= 1
    raw[raw.rfind(b'PK\1\2') + 16] ^= 1
    path.write_bytes(raw)


def make_torn(packed, tarred, log):
    """Archives in which the header of the second of three logs is broken."""
    members = [('%d.evtx' % i, log[:(5 - i) * 65536 + 4096]) for i in range(3)]
    with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as z, \
            tarfile.open(tarred, 'w') as t:
        for name, data in members:
            z.writestr(name, data)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    for path in (packed, tarred):
        raw = bytearray(path.read_bytes())
        at = raw.index(b'1.evtx')
        raw[at - 30 if path == packed else at] ^= 1
        path.write_bytes(raw)


@pytest.fixture(scope='module')
def logs(mkevtx, tmp_path_factory):
    """The same logs as a folder, a zip and a compressed tar."""
    top = tmp_path_factory.mktemp('logs')
    make_logs(top / 'folder', mkevtx)
    with zipfile.ZipFile(top / 'logs.zip', 'w', zipfile.ZIP_DEFLATED) as z, \
            tarfile.open(top / 'logs.tar.gz', 'w:gz') as t:
        for path in sorted((top / 'folder').iterdir()):
            z.write(path, path.name)
            t.add(path, path.name)
    return top


def told(out):
    """All that a staging says but for its run."""
    manifest = json.loads((out / 'manifest.json').read_text())
    del manifest['run'], manifest['digest']
    files = {p.relative_to(out): p.read_bytes() for p in out.rglob('*')
             if p.is_file() and p.name != 'manifest.json'}
    return manifest, files


def start(program, *args):
    return subprocess.Popen([program, *map(str, args)], env=environment(),
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE)


@pytest.fixture(scope='module')
def calm(evtxstage, logs, tmp_path_factory):
    """calm(i): what that way makes undisturbed, and how long it takes."""
    @functools.lru_cache(maxsize=None)
    def result(way):
        name, options = WAYS[way]
        out = tmp_path_factory.mktemp('calm') / 'staging'
        begin = time.monotonic()
        assert evtxstage('-q', *SMALL, *options, '-o', out,
                         logs / name).status == 3
        seconds = time.monotonic() - begin
        plain = tmp_path_factory.mktemp('plain') / 'staging'
        assert evtxstage('-q', *options, '-o', plain,
                         logs / name).status == 3
        assert told(plain) == told(out)
        return told(out), seconds
    return result


@pytest.mark.parametrize('ways, kills', [
    ((2, 7), 3),
    pytest.param(range(len(WAYS)), KILLS, marks=pytest.mark.kill)])
def test_killed_at_any_instant(evtxstage, evtxstage_path, logs, calm,
                               tmp_path, ways, kills):
    """Killed, killed again while it goes on, then left alone."""
    rng = random.Random(6)
    killed = resumed = i = 0
    span = {way: calm(way)[1] for way in ways}
    while killed < kills:
        i += 1
        assert i < 10 * kills
        way = ways[i % len(ways)]
        (name, options), want = WAYS[way], calm(way)[0]
        out = tmp_path / str(i)
        command = [*SMALL, *options, '-o', out, logs / name]
        for _ in range(3):
            if Staging(out).finished:
                break
            resumed += (out / 'state' / 'checkpoint').exists()
            process = start(evtxstage_path, '-q', *command)
            time.sleep(rng.uniform(0, span[way]))
            process.kill()
            process.communicate(timeout=60)
            if process.returncode == -signal.SIGKILL:
                killed += 1
            else:
                span[way] *= 0.8  # it was faster today
        if not Staging(out).finished:
            resumed += (out / 'state' / 'checkpoint').exists()
            done = evtxstage(*command)
            assert done.status == 3
        assert told(out) == want
        assert evtxstage('verify', out).status == 0
        shutil.rmtree(out)
    assert resumed >= kills // 4


@pytest.fixture
def stopped(evtxstage, evtxstage_path, logs, tmp_path):
    """A run that was stopped by a signal in its middle: its staging, the
    command without its name, and what it makes undisturbed."""
    out = tmp_path / 'staging'
    shutil.copytree(logs / 'folder', tmp_path / 'in')
    command = ['-o', out, tmp_path / 'in']
    whole = tmp_path / 'whole'
    assert evtxstage('-q', '-o', whole, tmp_path / 'in').status == 3
    for _ in range(50):
        process = start(evtxstage_path, '-q', *SMALL, *command)
        while process.poll() is None and \
                not (out / 'state' / 'checkpoint').exists():
            time.sleep(0.001)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        if process.returncode == 143:
            return out, command, told(whole)
        shutil.rmtree(out)
    pytest.skip('it was always faster than the signal')


def test_a_signal_keeps_what_there_is(evtxstage, stopped):
    out, command, want = stopped
    begun = {p.name: p.stat() for p in (out / 'segments').iterdir()}
    done = evtxstage('-j', '1', *command)
    assert done.status == 3
    assert 'resuming where the last run stopped: at byte ' in done.err
    assert told(out) == want
    for name, before in begun.items():  # what was finished was not touched
        now = (out / 'segments' / name).stat()
        assert (now.st_ino, now.st_mtime_ns) == (before.st_ino,
                                                 before.st_mtime_ns)


@pytest.mark.parametrize('options,text', [
    (('-s', 'common'), 'event_set was "all", now it is "common"'),
    (('--schema', 'raw', '-s', 'all'),
     'schema was "securityevent", now it is "raw"'),
    (('--case', 'x'), 'case was not given, now it is "x"'),
    (('--from', '2020-01-01'), 'from was not given'),
    (('--max-member', '60K'), 'max_member was not given'),
    (('--nesting', '2'), 'nesting was not given'),
    (('--compress', 'zstd'), 'compress was not given, now it is "zstd:1"'),
])
def test_other_options_are_refused(evtxstage, stopped, options, text):
    out, command, _ = stopped
    before = sorted(p for p in out.rglob('*'))
    done = evtxstage(*options, *command)
    assert done.status == 2
    assert text in done.err and '--force' in done.err
    assert 'found' not in done.err and 'not finished' not in done.err
    assert sorted(p for p in out.rglob('*')) == before
    assert evtxstage(*command).status == 3


def test_other_inputs_are_refused(evtxstage, stopped, mkevtx):
    out, command, _ = stopped
    folder = command[-1]
    log = folder / '3.evtx'
    content = log.read_bytes()

    log.write_bytes(content + b'x')
    done = evtxstage(*command)
    assert done.status == 2
    assert '3.evtx' in done.err and 'bytes, modified' in done.err
    log.unlink()
    done = evtxstage(*command)
    assert done.status == 2 and '3.evtx' in done.err

    log.write_bytes(content)
    mkevtx(folder / '9.evtx', '--events', '4624:5')
    assert evtxstage(*command).status == 2
    assert evtxstage('--force', *command).status == 3


def put_back(folder):
    """The same bytes under other inodes, with other times."""
    for path in sorted(folder.iterdir()):
        copy = folder / (path.name + '.copy')
        shutil.copy(path, copy)
        os.replace(copy, path)
        os.utime(path, (1, 1))


def test_the_same_bytes_in_another_place_are_resumed(evtxstage, stopped):
    out, command, want = stopped
    put_back(command[-1])
    done = evtxstage(*command)
    assert done.status == 3 and 'resuming where' in done.err
    assert told(out) == want


@pytest.fixture
def stopped_late(evtxstage, evtxstage_path, logs, tmp_path):
    """As `stopped`, and at least two inputs were read to their end: a log, and
    an archive behind it."""
    folder = tmp_path / 'in'
    folder.mkdir()
    shutil.copy(logs / 'folder' / '0.evtx', folder / '0.evtx')
    with zipfile.ZipFile(folder / '1.zip', 'w') as z:
        z.write(logs / 'folder' / '1.evtx', '1.evtx')
    for i in (2, 3):
        shutil.copy(logs / 'folder' / ('%d.evtx' % i), folder)
    out = tmp_path / 'staging'
    command = ['-o', out, folder]
    assert evtxstage('-q', '-o', tmp_path / 'whole', folder).status in (0, 3)
    place = out / 'state' / 'checkpoint'
    for _ in range(50):
        process = start(evtxstage_path, '-q', *SMALL, *command)
        while process.poll() is None:
            try:
                if b'2.evtx' in place.read_bytes().split(b'\nsource =')[1]:
                    break
            except (OSError, IndexError):
                pass
            time.sleep(0.001)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        if process.returncode == 143:
            return out, command, told(tmp_path / 'whole')
        shutil.rmtree(out)
    pytest.skip('it was always faster than the signal')


def test_finished_inputs_in_another_place(evtxstage, stopped_late):
    out, command, want = stopped_late
    put_back(command[-1])
    done = evtxstage(*command)
    assert done.status == 0 and 'resuming where' in done.err, done.err
    assert told(out) == want


def test_the_bytes_that_were_read_must_be_the_same(evtxstage, stopped_late):
    """Of the same size, in another place: a log that was read, an archive that
    was read, and the beginning of the log that was being read."""
    out, command, want = stopped_late
    folder = command[-1]
    for name in ('0.evtx', '1.zip', '2.evtx'):
        path = folder / name
        content = path.read_bytes()
        path.write_bytes(content[:4200] + b'\x7f\x01' + content[4202:])
        put_back(folder)
        before = sorted(out.rglob('*'))
        done = evtxstage(*command)
        assert done.status == 2, done.err
        assert name in done.err and 'has other bytes' in done.err
        assert sorted(out.rglob('*')) == before
        path.write_bytes(content)
    done = evtxstage(*command)
    assert done.status == 0 and told(out) == want


def test_force_starts_anew(evtxstage, stopped):
    out, command, want = stopped
    done = evtxstage('--force', *command)
    assert done.status == 3 and 'resuming' not in done.err
    assert told(out) == want


@pytest.mark.parametrize('where', [0, 0.3, 0.6, 0.999])
def test_a_damaged_checkpoint_is_refused(evtxstage, stopped, where):
    out, command, _ = stopped
    path = out / 'state' / 'checkpoint'
    content = bytearray(path.read_bytes())
    content[int(where * len(content))] ^= 1
    path.write_bytes(content)
    done = evtxstage(*command)
    assert done.status == 1
    assert 'state/checkpoint' in done.err and 'digest' in done.err
    path.write_bytes(content[:100])
    assert evtxstage(*command).status == 1
    assert evtxstage('--force', *command).status == 3


def test_a_missing_piece_is_refused(evtxstage, stopped):
    out, command, _ = stopped
    for name in ('damage.ndjson', '000001.ndjson'):
        next(out.rglob(name)).unlink()
        done = evtxstage(*command)
        assert done.status == 1
        assert name in done.err and '--force' in done.err
    assert evtxstage('--force', *command).status == 3


def size_of(path):
    return path.stat().st_size if path.exists() else 0


def place_of(path):
    """A new one has another."""
    return path.stat().st_ino if path.exists() else None


# What a run goes on with, and how much of it there must be before a checkpoint
# counts on it.
PIECES = [('keys', 1), ('000001.ndjson', 3 << 20), ('chunks.ndjson', 1),
          ('damage.ndjson', 1), ('aside', 1)]


@pytest.mark.parametrize('name, least', PIECES)
def test_what_was_touched_is_refused(evtxstage, evtxstage_path, logs, tmp_path,
                                     name, least):
    """It is as good as it was when the run was killed, or nothing is."""
    out = tmp_path / 'staging'
    piece = out / 'state' / name
    command = [*SMALL, '--dedupe', 'run', '-s', 'any', '--recover', 'slack',
               '-o', out, logs / 'folder' / '4.evtx', logs / 'folder']
    for _ in range(50):
        process = start(evtxstage_path, '-q', *command)
        before = []
        while process.poll() is None:
            # In this order: only a checkpoint that is written after the piece
            # was seen is known to count on it.
            seen = size_of(piece) >= least
            now = place_of(out / 'state' / 'checkpoint')
            if seen and before and now != before[0]:
                break
            if seen and not before:
                before = [now]
            time.sleep(0.001)
        process.kill()
        process.communicate(timeout=60)
        if not Staging(out).finished:
            break
        shutil.rmtree(out)
    whole = piece.read_bytes()
    kept = tmp_path / 'kept'
    shutil.copytree(out, kept)
    for touched in (whole[:5] + bytes([whole[5] ^ 1]) + whole[6:], whole[:8]):
        shutil.rmtree(out)
        shutil.copytree(kept, out)
        piece.write_bytes(touched)
        done = evtxstage(*command)
        assert done.status == 1, done.err
        assert name in done.err and '--force' in done.err
    piece.write_bytes(whole)
    assert evtxstage(*command).status == 3
    assert evtxstage('verify', out).status == 0


def test_standard_input_starts_anew(evtxstage, evtxstage_path, logs,
                                    tmp_path):
    """It cannot be read twice, so there is nothing to go on with."""
    out = tmp_path / 'staging'
    with open(logs / 'logs.tar.gz', 'rb') as f:
        process = subprocess.Popen(
            [evtxstage_path, '-q', *SMALL, '-o', str(out), '-'], stdin=f,
            env=environment(), stderr=subprocess.DEVNULL)
        time.sleep(0.1)
        process.kill()
        process.communicate(timeout=60)
    assert not (out / 'state' / 'checkpoint').exists()
    with open(logs / 'logs.tar.gz', 'rb') as f:
        if not Staging(out).finished:
            assert evtxstage('-q', '-o', out, '-', stdin=f).status == 3
    assert Staging(out).finished
