# SPDX-License-Identifier: Apache-2.0
"""The sandbox of evtxstage: what is not possible inside, that everything it
does is possible, and what happens where the system has none."""

import errno
import os
import re
import resource
import shutil
import signal
import subprocess

import pytest
import stage_tools
from archive_tools import MAKERS, make_zip
from collection_tools import make_shards
from conftest import built

TESTDATA = os.path.join(os.path.dirname(__file__), '..', '..', 'testdata')
STRACE = shutil.which('strace')
# What evtxstage calls before it enters, and the kernel at its start.
ENTERED = re.compile(r'\bseccomp\(SECCOMP_SET_MODE_FILTER')


@pytest.fixture(scope='session')
def inside():
    """inside('-r', folder, 'open', path) -> CompletedProcess"""
    path = built('tests', 'sandbox', 'inside')

    def call(*words):
        return subprocess.run(
            [path, *map(str, words)], capture_output=True, text=True,
            check=False)
    done = call('thread')
    if done.returncode == 3:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done
    return call


@pytest.fixture(scope='session')
def sandboxed(evtxstage):
    done = evtxstage('--sandbox=require', '-o', '-', '-q', TESTDATA)
    if done.status == 1:
        pytest.skip(done.err)


def refused(done, number):
    assert (done.returncode, done.stdout.strip()) == (1, str(number)), done


# --- what is not possible ---------------------------------------------------

@pytest.mark.parametrize('words', [
    ['socket'], ['unix'], ['fork'], ['kill'], ['setuid'], ['code'],
    ['execve', '/bin/true'], ['link', '/etc/passwd', 'here'],
], ids=lambda words: words[0])
def test_a_call_that_is_not_allowed_ends_it(inside, words):
    assert inside(*words).returncode == -signal.SIGSYS


def test_threads_are_allowed(inside):
    assert inside('thread').stdout == 'ok\n'


@pytest.mark.parametrize('path', [
    '/etc/passwd', '/proc/self/environ', '/dev/zero', '/', '/etc'])
def test_a_file_that_was_not_named_is_not_read(inside, tmp_path, path):
    refused(inside('-r', tmp_path, '-w', tmp_path, 'open', path),
            errno.EACCES)


def test_what_was_named_to_be_read_is_only_read(inside, tmp_path):
    file = tmp_path / 'file'
    file.write_text('x')
    for named in (tmp_path, file):
        assert inside('-r', named, 'open', file).stdout == 'ok\n'
        refused(inside('-r', named, 'write', file), errno.EACCES)
        refused(inside('-r', named, 'create', tmp_path / 'new'),
                errno.EACCES)
        refused(inside('-r', named, 'remove', file), errno.EACCES)
    refused(inside('-r', tmp_path / 'file', 'open', tmp_path), errno.EACCES)


def test_what_was_named_to_be_written_is_made_renamed_and_removed(
        inside, tmp_path):
    for name in ('a', 'b'):
        (tmp_path / name).mkdir()
    (tmp_path / 'out').mkdir()
    file = tmp_path / 'a' / 'file'
    assert inside('-w', tmp_path, 'create', file).stdout == 'ok\n'
    assert inside('-w', tmp_path, 'write', file).stdout == 'ok\n'
    moved = tmp_path / 'b' / 'file'
    assert inside('-w', tmp_path, 'rename', file, moved).stdout == 'ok\n'
    assert not file.exists() and moved.exists()
    # Into a folder that was not named nothing is moved.
    done = inside('-w', tmp_path / 'b', 'rename', moved,
                  tmp_path / 'out' / 'file')
    refused(done, errno.EXDEV if 'EXDEV' in done.stdout else errno.EACCES)
    assert inside('-w', tmp_path, 'remove', moved).stdout == 'ok\n'
    assert not moved.exists()


def test_a_link_out_of_the_named_folder_leads_nowhere(inside, tmp_path):
    (tmp_path / 'link').symlink_to('/etc/passwd')
    refused(inside('-r', tmp_path, 'open', tmp_path / 'link'), errno.EACCES)
    up = os.path.join(*len(tmp_path.parents) * ['..'])
    refused(inside('-w', tmp_path, 'open', tmp_path / up / 'etc/passwd'),
            errno.EACCES)


def test_it_leaves_no_core(inside, tmp_path):
    def many():
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    with subprocess.Popen([built('tests', 'sandbox', 'inside'), 'abort'],
                          cwd=tmp_path, preexec_fn=many) as process:
        _, status = os.waitpid(process.pid, 0)
        process.returncode = 0
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert not os.listdir(tmp_path)


# --- everything is possible that it does ------------------------------------

def calls_inside(evtxstage_path, tmp_path, *words):
    """The system calls of a run, after it entered; none ended it."""
    log = tmp_path / 'strace'
    done = stage_tools.run([STRACE, '-f', '-qq', '-o', log, evtxstage_path,
                            '--sandbox=require', *words], timeout=600)
    assert done.status in (0, 3), done.err
    text = log.read_text(errors='replace')
    entered = list(ENTERED.finditer(text))
    assert entered, 'it did not enter'
    # The library asks the kernel first what it knows.
    lines = text[text.index('\n', entered[-1].start()):]
    return set(re.findall(r'^\d+ +(\w+)\(', lines, re.M))


def listed(inside):
    calls = {}
    for line in inside('calls').stdout.splitlines():
        name, kind, why = line.split(' ', 2)
        assert name not in calls and why, line
        calls[name] = kind
    return calls


def ways(folder):
    """Command lines that use all of the program."""
    for decoder in ('native', 'libevtx', 'both'):
        for jobs in (1, 3):
            yield ['-o', folder / (decoder + str(jobs)), '--schema', 'raw',
                   '--decoder', decoder, '-j', jobs, '--provenance', 'full']
    yield ['-o', '-', '--recover', 'slack', '--schema', 'ecs']
    yield ['-o', folder / 'native1', '--force']


@pytest.mark.skipif(STRACE is None, reason='strace is not installed')
def test_its_system_calls_are_the_list(inside, evtxstage_path, tmp_path):
    calls = listed(inside)
    made = set()
    for way in ways(tmp_path):
        made |= calls_inside(evtxstage_path, tmp_path, '-s', 'any', *way,
                             TESTDATA)
    assert made <= set(calls)
    # Nothing is on the list that no run needs.
    often = {name for name, kind in calls.items() if kind == 'often'}
    assert often <= made


@pytest.mark.skipif(STRACE is None, reason='strace is not installed')
def test_no_folder_is_writable_where_no_copies_are_made(
        inside, sandboxed, evtxstage_path, log, tmp_path):
    """Logs to standard output, info and verify: temporary files are opened
    beforehand. Members of archives may have to be copied."""
    temporary = tmp_path / 'temporary'
    temporary.mkdir()

    def rules(*words):
        trace = tmp_path / 'strace'
        done = stage_tools.run(
            [STRACE, '-f', '-qq', '-y', '-e', 'trace=landlock_add_rule', '-o',
             trace, evtxstage_path, *words],
            env={**os.environ, 'TMPDIR': str(temporary)}, timeout=600)
        assert done.status in (0, 3), done.err
        text = trace.read_text(errors='replace')
        if 'landlock_add_rule' not in text:
            pytest.skip('this kernel has no Landlock')
        return text

    packed = make_zip(tmp_path / 'c.zip', [
        ('a.evtx', stage_tools.read(log))])
    out = tmp_path / 'out'
    assert str(temporary) not in rules('-s', 'any', '-o', '-', log)
    assert str(temporary) not in rules('info', log)
    assert str(temporary) not in rules('-s', 'any', '-o', out, log)
    assert str(temporary) not in rules('verify', out)
    assert str(temporary) in rules('-s', 'any', '-o', '-', packed)
    assert not os.listdir(temporary)


def test_records_that_are_read_late_need_no_folder(
        inside, sandboxed, evtxstage, tmp_path, monkeypatch):
    """They lie in a temporary file until then."""
    monkeypatch.setenv('TMPDIR', str(tmp_path))
    argv = ['-q', '-s', 'any', '--recover', 'slack', '-o', '-', TESTDATA]
    assert evtxstage('--sandbox=require', *argv).out == \
        evtxstage('--sandbox=off', *argv).out


@pytest.mark.skipif(STRACE is None, reason='strace is not installed')
@pytest.mark.parametrize('kind', ['zip', 'tar.gz', '7z'])
def test_so_are_those_of_verify_and_show(
        inside, sandboxed, evtxstage, evtxstage_path, log, tmp_path, kind):
    """With an archive in an archive, of which a 7z is copied."""
    data = stage_tools.read(log)
    inner = MAKERS[kind](tmp_path / ('i.' + kind), [('a.evtx', data)])
    outer = make_zip(tmp_path / 'c.zip', [
        (inner.name, stage_tools.read(inner)), ('b.evtx', data + b'x')])
    (tmp_path / 'tmp').mkdir()
    made = calls_inside(evtxstage_path, tmp_path, '-s', 'any', '-o',
                        tmp_path / 'out', outer, log)
    made |= calls_inside(evtxstage_path, tmp_path, 'verify', '--inputs',
                         'require', tmp_path / 'out')
    for row in stage_tools.Staging(tmp_path / 'out').rows[::40]:
        made |= calls_inside(evtxstage_path, tmp_path, 'show', '--key',
                             row['RecordKey_CF'], tmp_path / 'out')
    assert made <= set(listed(inside))
    done = evtxstage('verify', '--sandbox=require', tmp_path / 'out')
    assert done.status == 0 and '4 of 4 are good' in done.out.decode()


@pytest.mark.skipif(STRACE is None, reason='strace is not installed')
@pytest.mark.parametrize(
    'decoder', ['native', pytest.param('libevtx', marks=pytest.mark.slow)])
def test_so_are_those_over_real_logs(
        inside, evtxstage_path, corpus, tmp_path, decoder):
    made = calls_inside(
        evtxstage_path, tmp_path, '-s', 'any', '--decoder', decoder, '-o',
        tmp_path / 'out', os.path.join(corpus, 'corpus'))
    assert made <= set(listed(inside))


def test_the_output_is_the_same_without(sandboxed, stage):
    whole, inside_it = stage(TESTDATA, '-s', 'any', '--sandbox=require')
    without, outside = stage(TESTDATA, '-s', 'any', '--sandbox=off', to='off')
    assert whole.status == without.status == 3
    assert inside_it.ndjson == outside.ndjson
    assert inside_it.manifest['run']['sandbox'].startswith('landlock ')
    assert inside_it.manifest['run']['sandbox'].endswith(', seccomp')
    assert outside.manifest['run']['sandbox'] == 'off'


def test_a_log_below_a_link_and_a_relative_name(sandboxed, evtxstage, log,
                                                tmp_path):
    (tmp_path / 'link').symlink_to(log)
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'away').symlink_to(tmp_path / 'folder')
    shutil.copy(log, tmp_path / 'folder' / 'x.evtx')
    for way in (['link'], ['away'], ['./folder/../away/x.evtx']):
        done = evtxstage('--sandbox=require', '-s', 'any', '-o', '-', *way,
                         cwd=tmp_path)
        assert done.status == 0, done.err
        assert done.out


# --- where the system has none ----------------------------------------------

def without(call, evtxstage_path, *words, how='error=ENOSYS'):
    return stage_tools.run(
        [STRACE, '-f', '-qq', '-o', os.devnull, '-e', 'trace=' + call, '-e',
         'inject=%s:%s' % (call, how), evtxstage_path, *words])


LACKING = [
    ('landlock_create_ruleset', 'error=ENOSYS', 'no Landlock ('),
    ('landlock_create_ruleset', 'error=EOPNOTSUPP', 'no Landlock ('),
    ('landlock_create_ruleset', 'retval=1', 'no Landlock ('),
    ('seccomp', 'error=EINVAL', 'no seccomp ('),
]


@pytest.mark.skipif(STRACE is None, reason='strace is not installed')
@pytest.mark.parametrize('call, how, words', LACKING)
def test_one_warning_where_something_is_lacking(
        sandboxed, evtxstage_path, log, tmp_path, call, how, words):
    done = without(call, evtxstage_path, '-s', 'any', '-o', tmp_path / 'out',
                   log, how=how)
    assert done.status == 0, done.err
    assert done.err.count('sandbox') == 1
    assert 'the sandbox is incomplete: ' + words in done.err
    level = stage_tools.Staging(tmp_path / 'out').manifest['run']['sandbox']
    assert ('landlock' in level) == (call == 'seccomp')
    assert ('seccomp' in level) == (call != 'seccomp')


@pytest.mark.skipif(STRACE is None, reason='strace is not installed')
@pytest.mark.parametrize('call, how, words', LACKING)
def test_required_and_lacking_is_a_failure(
        sandboxed, evtxstage_path, log, tmp_path, call, how, words):
    done = without(call, evtxstage_path, '--sandbox=require', '-s', 'any',
                   '-o', tmp_path / 'out', log, how=how)
    assert done.status == 1
    assert '--sandbox=require' in done.err and words in done.err
    assert not (tmp_path / 'out' / 'manifest.json').exists()


def test_an_unknown_word_is_a_usage_error(evtxstage, log):
    done = evtxstage('--sandbox=maybe', '-o', '-', log)
    assert done.status == 2
    assert 'auto, require or off: maybe' in done.err


@pytest.mark.skipif(STRACE is None, reason='strace is not installed')
def test_shards_and_merge_check_run_inside(evtxstage, mkevtx, sandboxed,
                                           tmp_path):
    """All that they write and remove is possible; what is not named is not."""
    path, outs = make_shards(evtxstage, mkevtx, tmp_path)
    done = evtxstage('shards', '--sandbox=require', '-n', 2, '-o',
                     tmp_path / 'new.shards', '--root', tmp_path / 'root',
                     tmp_path / 'root' / 'hosts')
    assert done.status == 0, done.err
    for _ in range(2):
        done = evtxstage('merge-check', '--sandbox=require', '--dedupe',
                         'collection', '-o', 'collection.json', path, *outs,
                         cwd=tmp_path)
        assert done.status == 0, done.err
    for words in (('shards', '-n', 2, '-o', tmp_path / 'x', tmp_path / 'root'),
                  ('merge-check', path, *outs)):
        traced = subprocess.run(
            [STRACE, '-f', '-e', 'trace=seccomp', stage_tools.program(
                'tools', 'evtxstage'), *map(str, words)],
            env=stage_tools.environment(), capture_output=True, text=True,
            check=False)
        assert ENTERED.search(traced.stderr), traced.stderr
