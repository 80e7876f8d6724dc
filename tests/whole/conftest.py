# SPDX-License-Identifier: Apache-2.0
"""What whole-program tests share: the programs, files to read, the corpus.

    EVTX_BUILDDIR   where the programs were built (default: the source tree)
    EVTX_CORPUS     a directory with corpus/ golden/ bin/ of real logs; tests
                    that need it are skipped without it
"""
import os
import signal

import pytest
import stage_tools

# A shell starts what runs in its background with this signal ignored, and
# every program would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def built(*names):
    path = stage_tools.program(*names)
    if not os.path.exists(path):
        pytest.fail('%s is not built: run make check, or set EVTX_BUILDDIR'
                    % path, pytrace=False)
    return path


@pytest.fixture(scope='session')
def evtxstage_path():
    return built('tools', 'evtxstage')


@pytest.fixture(scope='session')
def evtxload_path():
    return built('tools', 'evtxload')


@pytest.fixture(scope='session')
def evtxstage(evtxstage_path):
    """evtxstage('-o', '-', log, env={...}) -> stage_tools.Done"""
    def call(*args, **more):
        return stage_tools.run([evtxstage_path, *args], **more)
    return call


@pytest.fixture
def stage(evtxstage, tmp_path):
    """stage(log, '-s', 'any', to='name') -> (Done, Staging)"""
    def call(*args, to='staging', **more):
        folder = tmp_path / to
        done = evtxstage('-o', folder, *args, **more)
        return done, stage_tools.Staging(folder)
    return call


@pytest.fixture(scope='session')
def mkevtx_path():
    return built('tests', 'mkevtx', 'mkevtx')


@pytest.fixture(scope='session')
def mkevtx(mkevtx_path):
    """mkevtx(path, '--events', '4624:3') -> path

    With text= it is a description. What is in the file stands in a file of
    the same name with .expect behind it, see stage_tools.expected().
    """
    def call(path, *args, text=None):
        path = os.fspath(path)
        given = {}
        if text is not None:
            args = (*args, '--describe', '-')
            given = {'input': text.encode()}
        done = stage_tools.run(
            [mkevtx_path, '-o', path, '--expect', path + '.expect', *args],
            **given)
        assert done.status == 0, done.err
        return path
    return call


@pytest.fixture
def log(mkevtx, tmp_path):
    """A small log: every known event three times."""
    return mkevtx(tmp_path / 'log.evtx', '--events', 'all:3')


@pytest.fixture(scope='session')
def logons(mkevtx, tmp_path_factory):
    """A log of some chunks, all of the channel Security."""
    folder = tmp_path_factory.mktemp('logons')
    return mkevtx(folder / 'logons.evtx', '--events', '4624:200,4625:50')


@pytest.fixture(scope='session')
def shim(tmp_path_factory):
    """What is preloaded to let calls fail, or to count them: faults/fail.c"""
    path = os.fspath(tmp_path_factory.mktemp('shim') / 'fail.so')
    source = os.path.join(stage_tools.HERE, '..', 'faults', 'fail.c')
    compiler = os.environ.get('CC', 'cc').split()[0]
    done = stage_tools.run([
        compiler, '-shared', '-fPIC', '-O2', '-D_GNU_SOURCE',
        '-U_FORTIFY_SOURCE', '-o', path, source, '-ldl'])
    assert done.status == 0, done.err
    return path


@pytest.fixture(scope='session')
def corpus():
    """The directory of real logs."""
    folder = os.environ.get('EVTX_CORPUS')
    if not folder:
        pytest.skip('EVTX_CORPUS is not set: no real logs to read')
    for name in ('corpus', 'golden', 'bin'):
        assert os.path.isdir(os.path.join(folder, name)), \
            'EVTX_CORPUS=%s has no %s/' % (folder, name)
    return folder
