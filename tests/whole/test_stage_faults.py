# SPDX-License-Identifier: Apache-2.0
"""Disk and memory that fail at the n-th call: evtxstage never crashes, never
calls itself done with data missing, names the file and the reason, and the
next run completes it."""
import errno
import json
import os
import shutil
import zipfile

import pytest
from fault_runs import ALL, fault, names, numbers, run_failing
from late_logs import Log, over
from stage_tools import Staging, environment, program

PROGRAM = program('tools', 'evtxstage')
DISK = [
    ('write', errno.ENOSPC, True),
    ('write', errno.EIO, False),
    ('write', errno.EINTR, False),
    ('write', 0, False),
    ('fsync', errno.EIO, False),
    ('fsync', errno.ENOSPC, True),
    ('flush', errno.EIO, True),
    ('ftruncate', errno.EIO, False),
    ('open', errno.ENOSPC, False),
    ('open', errno.EIO, True),
    ('rename', errno.EIO, False),
    ('mkdir', errno.ENOSPC, False),
    ('unlink', errno.EIO, False),
    ('access', errno.EIO, False),
]
# These may be of an input, which is told from the others and left behind.
INPUT = [
    ('read', errno.EIO, False),
    ('read', errno.EINTR, False),
    ('read', 0, False),
    ('pread', errno.EIO, False),
    ('pread', errno.EIO, True),
    ('pread', errno.EINTR, False),
    ('pread', 0, False),
    ('look', errno.EIO, False),
    ('list', errno.EIO, False),
    ('stat', errno.EIO, False),
]
MEMORY = [('malloc', errno.ENOMEM, False), ('malloc', errno.ENOMEM, True)]
FAULTS = DISK + INPUT + MEMORY
# What a sentence about a file has of its name.
FILES = ('/', 'ndjson', 'manifest.json', 'state', 'segments', 'fields', 'stdin',
         'deferred records', 'temporary copy', 'standard output', 'summary', 'table',
         'checkpoint', '.tmp', 'folder of', '.evtx', '.zip')

ORPHANS = 'event 4634 x9 every 1s\nodd missing-template\n'
LONG = ('event 4634\nid 4673\neventdata\nPrivilegeList = ' + '\u20ac' * 25000 + '\n')


def make_logs(top, mkevtx):
    """A folder with a damaged log, old records in free space, records whose
    template another log has, and a copy; an archive; a long value."""
    folder = top / 'in'
    folder.mkdir()
    good = mkevtx(folder / 'a.evtx', '--events', '4634:9,4624:5,1102:2')
    broken = Log(good)
    broken.data[4096 + 5000:4096 + 5100] = bytes(100)
    broken.write(folder / 'b.evtx')
    mkevtx(folder / 'c.evtx', text=ORPHANS)
    old = mkevtx(top / 'old.evtx', '--events', '4624:40')
    new = mkevtx(top / 'new.evtx', '--events', '4634:4')
    assert over(old, new, folder / 'd.evtx')
    shutil.copy(good, folder / 'e.evtx')
    for name in list(folder.iterdir()):
        if name.suffix == '.expect':
            name.unlink()
    with zipfile.ZipFile(top / 'logs.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        for path in sorted(folder.iterdir()):
            z.write(path, 'C/Windows/' + path.name)
    mkevtx(top / 'long.evtx', text=LONG)


@pytest.fixture(scope='module')
def logs(mkevtx, tmp_path_factory):
    top = tmp_path_factory.mktemp('logs')
    make_logs(top, mkevtx)
    return top


class Way:
    """A command whose calls fail: its words, with {out} for the staging, what
    is there before, and what it makes undisturbed."""

    def __init__(self, *words, stdin=None, before=None):
        self.words, self.stdin, self.before = words, stdin, before

    def fill(self, top, out):
        return [PROGRAM, '-q', '-j', '1'] + \
            [word.format(top=top, out=out) for word in self.words]


STAGE = ('-o', '{out}', '--checkpoint', '1K')
ANY = ('-s', 'any', '--schema', 'raw')
WAYS = {
    'folder': Way(*STAGE, *ANY, '--recover', 'slack', '{top}/in'),
    'archive': Way(*STAGE, '--provenance', 'full', '{top}/logs.zip'),
    'stdin': Way(*STAGE, '-', stdin='logs.zip'),
    'append': Way(*STAGE, *ANY, '--append', '{top}/in', before=(
        *STAGE, *ANY, '{top}/new.evtx')),
    'resume': Way(*STAGE, *ANY, '{top}/in', before=(
        *STAGE, *ANY, '{top}/in')),
    'lines': Way('-o', '-', *ANY, '--recover', 'slack', '{top}/logs.zip'),
    'info': Way('info', '--json', '{top}/in'),
    'verify': Way('verify', '--json', '{out}', before=(
        *STAGE, '{top}/in', '{top}/long.evtx', '--long-fields', 'spill')),
    'recheck': Way('verify', '--json', '{out}', before=(
        *STAGE, '{top}/logs.zip')),
    'dedupe': Way(*STAGE, '--dedupe', 'run', '{top}/in', '{top}/new.evtx'),
    'long': Way(*STAGE, '--long-fields', 'spill', '{top}/long.evtx'),
    'foreign': Way(*STAGE, '--decoder', 'libevtx', '{top}/in/b.evtx'),
    'compressed': Way(*STAGE, '--compress', 'zstd', '{top}/in'),
    'resume-compressed': Way(*STAGE, *ANY, '--compress', 'zstd', '{top}/in', before=(
        *STAGE, *ANY, '--compress', 'zstd', '{top}/in')),
    'both': Way(*STAGE, '--decoder', 'both', '{top}/in/b.evtx'),
}


class Trial:
    """A way, in a folder of its own; its calls are failed again and again."""

    def __init__(self, name, top, folder, shim):
        self.way, self.top, self.shim = WAYS[name], top, shim
        self.out, self.told = folder / 'out', str(folder / 'told')
        self.before = folder / 'before'
        folder.mkdir()
        if self.way.before is not None:
            self.prepare(name)
        self.begin()
        self.status, self.calm = None, None
        done, _ = self.run()
        assert done.returncode in (0, 3), done.stderr
        self.status, self.calm = done.returncode, self.made(done)

    def prepare(self, name):
        """What is there before; for what is gone on with, until the end."""
        words = Way(*self.way.before).fill(self.top, self.before)
        stop = fault('rename', errno.EIO, True) if name.startswith('resume') else {}
        # The first checkpoint gets its name, nothing behind it does.
        done, _ = run_failing(words, environment(), self.shim, self.told,
                              at=2, **stop)
        assert done.returncode == (1 if stop else done.returncode), done
        assert os.path.exists(self.before / 'state' / 'checkpoint') == \
            bool(stop), done

    def begin(self):
        shutil.rmtree(self.out, ignore_errors=True)
        if self.way.before is not None:
            shutil.copytree(self.before, self.out)

    def run(self, **how):
        words = self.way.fill(self.top, self.out)
        if how.get('call') == 'malloc':
            # libseccomp 2.5 crashes, or makes rules that nobody can live
            # with, when it finds no memory for them.
            words[1:1] = ['--sandbox=off']
        stdin = self.way.stdin and open(self.top / self.way.stdin, 'rb')
        try:
            return run_failing(words, environment(), self.shim, self.told,
                               stdin=stdin, **how)
        finally:
            if stdin:
                stdin.close()

    def made(self, done):
        """What the run made: a staging, or its output."""
        if '-o' in self.way.words and '{out}' in self.way.words:
            staging = Staging(self.out)
            return staging.content() if staging.finished else None
        if '--json' not in self.way.words:
            return done.stdout
        if not done.stdout.endswith('}\n'):
            return None
        told = json.loads(done.stdout)
        told.pop('seconds', None)
        return told

    def check(self, done, call, number):
        """Returns whether the run is done."""
        assert done.returncode >= 0, done
        made = self.made(done)
        if done.returncode == self.status and made == self.calm:
            return True
        if done.returncode == 3 or self.way.words[0] == 'verify' and not done.returncode:
            self.check_input(done, call, number, made)
            return False
        # libarchive ends the program itself where it cannot go on.
        assert done.stderr.startswith(
            ('evtxstage: ', 'Fatal Internal Error in libarchive: ')), \
            (done, made)
        if number == errno.EINTR:
            assert done.returncode == 5 and 'interrupted' in done.stderr
            return False
        assert done.returncode == (5 if number == errno.ENOSPC else 1), done
        reason = os.strerror(number)
        if number == errno.ENOMEM:
            told = done.stderr.lower()
            assert 'out of memory' in told or 'no memory' in told or reason in done.stderr \
                or 'cannot start thread' in done.stderr, done
        else:
            assert any(reason in line and name in line for name in FILES
                       for line in done.stderr.splitlines()), done
        if number == errno.ENOSPC and made is None and self.way.words[0] == '-o':
            assert self.way.words[1] == '-' or str(self.out) in done.stderr, done
        # The summary failed, or the removal of state/, and all else is there.
        if '{out}' not in self.way.words or made is None:
            return False
        return self.calm == {name: content for name, content in made.items()
                             if not name.startswith('state/')}

    def check_input(self, done, call, number, made):
        """Done but for an input, which is named with the reason."""
        assert (call, number) in {(c, n) for c, n, _ in INPUT}, done
        assert any(str(self.top) in line or 'stdin' in line
                   for line in (done.stderr + done.stdout).splitlines()), done
        assert os.strerror(number) in done.stderr + done.stdout
        if '{out}' not in self.way.words or self.way.words[0] == 'verify':
            return
        errors = [s['error'] for s in made_sources(made) if 'error' in s]
        known = [s['error'] for s in made_sources(self.calm) if 'error' in s]
        assert len(errors) > len(known), (done, errors)
        assert all(e in done.stderr for e in errors if e not in known)


def made_sources(content):
    return [json.loads(line) for line in
            content['sources.ndjson'].splitlines()]


@pytest.fixture(scope='module')
def trials(shim, logs, tmp_path_factory):
    """The trial of a way, made once."""
    made, folder = {}, tmp_path_factory.mktemp('trials')

    def trial(name):
        if name not in made:
            made[name] = Trial(name, logs, folder / name, shim)
        return made[name]
    return trial


def tried():
    """Each fault with one way in the normal run, with every other one in the
    full run, with each in make fault-test."""
    for i, name in enumerate(names(FAULTS)):
        ways = [way for k, way in enumerate(WAYS) if ALL or (i + k) % 2 == 0]
        for way in ways:
            normal = way == ways[i % len(ways)]
            yield pytest.param(way, *FAULTS[i], id='%s-%s' % (name, way),
                               marks=[] if normal else [pytest.mark.faults])


@pytest.mark.parametrize('way, call, number, always', tried())
def test_the_next_run_completes_it(trials, way, call, number, always):
    trial = trials(way)
    # Neighbours fail at other calls: together they reach most of them.
    first = 1 + (list(WAYS).index(way) + FAULTS.index((call, number, always))) % 4
    for n in numbers(1, first):
        trial.begin()
        done, met = trial.run(at=n, **fault(call, number, always))
        over = trial.check(done, call, number)
        if not met:
            assert over, done
            break
        if over:
            continue
        if done.returncode == 3:
            continue
        again, _ = trial.run()
        assert again.returncode == trial.status, (n, done.stderr, again)
        assert trial.made(again) == trial.calm, (n, done.stderr, again)
