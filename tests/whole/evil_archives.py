# SPDX-License-Identifier: Apache-2.0
"""Archives that ask for far more work than their bytes are worth: each
function of ALL gives a name and its bytes."""
import gzip
import io
import tarfile
import zipfile


def packed_zip(members, how=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', how) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name), data, how)
    return out.getvalue()


def packed_tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.PAX_FORMAT) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def many_members(log):
    return 'e.zip', packed_zip(('%d.evtx' % i, b'x') for i in range(3000))


def one_name(log):
    return 'e.zip', packed_zip(('a.evtx', b'x') for _ in range(2000))


def long_member_names(log):
    return 'e.tar.gz', gzip.compress(packed_tar(
        ('%d' % i + 'n' * 20000 + '.evtx', b'x') for i in range(200)))


def names_of_folders(log):
    return 'e.zip', packed_zip(
        ('d/' * 15000 + '%d.evtx' % i, b'x') for i in range(60))


def zeros(log):
    return 'e.zip', packed_zip([('a.evtx', bytes(64 << 20))])


def zeros_alone(log):
    return 'e.evtx.gz', gzip.compress(bytes(48 << 20))


def zip_in_zip(log):
    data = packed_zip([('a.evtx', log)])
    for i in range(40):
        data = packed_zip([('%d.zip' % i, data)], zipfile.ZIP_STORED)
    return 'e.zip', data


def many_copies(log):
    return 'e.zip', packed_zip(('%d.evtx' % i, log) for i in range(50))


def a_chunk_each(log):
    """Thousands of logs of a header and no chunk."""
    return 'e.tar.gz', gzip.compress(packed_tar(
        ('%d.evtx' % i, log[:4096]) for i in range(2000)))


def cut_short(log):
    return 'e.zip', packed_zip(('%d.evtx' % i, log) for i in range(20))[:-40]


ALL = {make.__name__: make for make in [
    many_members, one_name, long_member_names, names_of_folders, zeros,
    zeros_alone, zip_in_zip, many_copies, a_chunk_each, cut_short]}
