# SPDX-License-Identifier: Apache-2.0
"""Makes archives: make_KIND(path, [(name, bytes), ...]) -> path"""
import io
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import zipfile

import pytest

BSDTAR = shutil.which('bsdtar')


def make_zip(path, members, **more):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED, **more) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def make_tar(path, members, mode='w:gz'):
    with tarfile.open(path, mode) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if len(data) > 1:  # else it is the type of what is no file
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
            else:
                info.type = data
                if data in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                    info.linkname = '/etc/passwd'
                t.addfile(info)
    return path


def make_folder(path, members):
    for name, data in members:
        os.makedirs(os.path.dirname(path / name), exist_ok=True)
        (path / name).write_bytes(data)
    return path


def make_7z(path, members):
    if BSDTAR is None:
        pytest.skip('bsdtar is not installed: libarchive-tools')
    with tempfile.TemporaryDirectory() as name:
        folder = make_folder(pathlib.Path(name), members)
        subprocess.run([BSDTAR, '-a', '-cf', path,
                        *sorted(os.listdir(folder))], cwd=folder, check=True)
    return path


MAKERS = {'zip': make_zip, 'tar.gz': make_tar, '7z': make_7z,
          'tar': lambda path, members: make_tar(path, members, 'w'),
          'tar.xz': lambda path, members: make_tar(path, members, 'w:xz')}
