# SPDX-License-Identifier: Apache-2.0
"""Mutated archives: no crash, no hang, accounts that close (the bars are in
tests/mutate/archives.py).

    EVTX_ARCHIVE_SEEDS   seeds for make archive-mutation-test, such as 1-10
"""
import os
import shutil
import subprocess

import pytest
import stage_tools
from test_stage_archives import make_folder, make_tar, make_zip

pytestmark = [pytest.mark.mutations, pytest.mark.unsanitized]

CHECK = os.path.join(stage_tools.ROOT, 'tests', 'mutate', 'archives.py')
SEEDS = os.environ.get('EVTX_ARCHIVE_SEEDS', '1')
BSDTAR = shutil.which('bsdtar')
BY_BSDTAR = {'tar.zst': ['--zstd'], '7z': ['--format', '7zip'],
             'locked.zip': ['--format', 'zip', '--options',
                          'zip:encryption=aes256', '--passphrase', 'x']}
BY_PYTHON = {'zip': make_zip,
             'tar': lambda path, members: make_tar(path, members, 'w'),
             'tar.gz': make_tar,
             'tar.xz': lambda path, m: make_tar(path, m, 'w:xz')}


@pytest.fixture(scope='module')
def members(mkevtx, tmp_path_factory):
    """Two logs and a text, small, so that names and sizes are often hit."""
    folder = tmp_path_factory.mktemp('members')
    return [('HOST/C/%d.evtx' % seed, stage_tools.read(mkevtx(
        folder / 'log', '--events', '4624:40', '--seed', seed)))
        for seed in (1, 2)] + [('HOST/read.me', b'text ' * 50)]


def make(kind, path, members):
    if kind in BY_PYTHON:
        return BY_PYTHON[kind](path, members)
    if BSDTAR is None:
        pytest.skip('bsdtar is not installed: libarchive-tools')
    folder = make_folder(path.parent / 'packed', members)
    subprocess.run([BSDTAR, '-c', *BY_BSDTAR[kind], '-f', path, 'HOST'],
                   cwd=folder, check=True)
    return path


@pytest.mark.parametrize('kind', [*BY_PYTHON, *BY_BSDTAR])
def test_mutated_archives(evtxstage_path, members, tmp_path, kind):
    archive = make(kind, tmp_path / ('c.' + kind), members)
    sanitized = b'__asan_init' in stage_tools.read(evtxstage_path)
    done = stage_tools.run(
        ['/usr/bin/python3', CHECK, '--program', evtxstage_path, '--seeds',
         SEEDS, *(['--no-memory'] if sanitized else []),
         *(['--jobs', '2'] if SEEDS != '1' else []), archive], timeout=3600)
    assert done.status == 0, done.out.decode('utf-8', 'replace') + done.err
    assert int(done.lines[-1].split()[0]) >= 100
