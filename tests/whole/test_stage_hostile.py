# SPDX-License-Identifier: Apache-2.0
"""Archives that were made to do harm: whatever they say, the run ends, within
its memory, with a status and a message; nothing is written but the staging,
and the good log beside the bad thing is staged."""
import collections
import gzip
import io
import os
import re
import shutil
import struct
import sys
import tarfile
import zipfile
import zlib

import pytest
from stage_tools import ROOT, Staging, closes, empty_log, read
from test_stage_collection import put_packed

sys.path.insert(0, os.path.join(ROOT, 'tests', 'mutate'))

from runner import Runner  # noqa: E402

pytestmark = pytest.mark.sanitize

GOOD = 'C/good.evtx'
SECONDS = 60
PEAK_KIB = 128 * 1024
# What a terminal would obey, but for the end of a line.
CONTROL = '[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]'

Ended = collections.namedtuple('Ended', 'status err')

@pytest.fixture(scope='module')
def good(mkevtx, tmp_path_factory):
    return read(mkevtx(tmp_path_factory.mktemp('good') / 'good.evtx',
                       '--events', '4624:300'))


@pytest.fixture(scope='module')
def runner():
    made = Runner()
    yield made
    made.close()


@pytest.fixture
def attack(evtxstage_path, runner, tmp_path):
    """Stage an archive; what must hold of every run is checked here."""
    sanitized = b'__asan_init' in read(evtxstage_path)

    def call(data, *args, name='evil.bin', stdin=False):
        place = tmp_path / 'place'
        place.mkdir()
        path = place / name
        path.write_bytes(data)
        argv = [evtxstage_path, '-j', '2', '-o', place / 'staging', *args,
                '-' if stdin else path]
        ran = runner.run(
            [str(a) for a in argv], str(tmp_path / 'out'),
            str(tmp_path / 'err'), SECONDS, str(path if stdin else os.devnull))
        err = read(tmp_path / 'err')
        assert ran['status'] in (0, 2, 3), (ran, err[-2000:])
        assert sanitized or ran['kib'] < PEAK_KIB
        assert set(os.listdir(place)) <= {name, 'staging'}
        assert not re.search(CONTROL, err.decode('utf-8'))
        staging = Staging(place / 'staging')
        if ran['status'] != 2:
            check_staging(staging, ran['status'])
        return Ended(ran['status'], err.decode('utf-8')), staging
    return call


def check_staging(staging, status):
    manifest = staging.manifest
    assert set(os.listdir(staging.path)) <= {
        'manifest.json', 'segments', 'sources.ndjson', 'logs.ndjson',
        'damage.ndjson', 'chunks.ndjson'}
    assert closes(manifest['accounting'])
    assert all(closes(s['accounting']) for s in staging.sources)
    assert all(re.fullmatch(r'segments/\d+\.ndjson', s['name'])
               for s in manifest['segments'])
    if any('error' in s for s in staging.sources):
        assert status == 3


def errors(staging):
    return {s['name'].split('!/', 1)[-1]: s['error']
            for s in staging.sources if 'error' in s}


def is_there(staging, good, name=GOOD):
    """The good log was read whole."""
    return any(s['name'].endswith('!/' + name) and s['bytes'] == len(good) and
               'error' not in s for s in staging.sources)


def zip_of(members):
    """A zip in memory; the writer does not look at names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            info = name if isinstance(name, zipfile.ZipInfo) else \
                zipfile.ZipInfo(name)
            z.writestr(info, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tar_of(members, form=tarfile.GNU_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=form) as t:
        for info, data in members:
            if not isinstance(info, tarfile.TarInfo):
                info = tarfile.TarInfo(info)
                info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def header(info):
    return info.tobuf(tarfile.GNU_FORMAT)


def before_end(good):
    """A tar with the good log that goes on behind it."""
    info = tarfile.TarInfo(GOOD)
    info.size = len(good)
    return header(info) + good + bytes(-len(good) % 512)


def a_link(name, kind, to):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


# --- names -----------------------------------------------------------------

OUTSIDE = ['../../../../../../tmp/evtx-up.evtx', '/tmp/evtx-absolute.evtx',
           'C/../../up.evtx', '..\\..\\up.evtx', '//host/share/x.evtx',
           './././x.evtx', 'segments/000001.ndjson/../../x.evtx']


@pytest.mark.parametrize('make', [zip_of, tar_of])
def test_names_lead_nowhere(attack, good, make):
    done, staging = attack(make([(n, good) for n in [*OUTSIDE, GOOD]]))
    assert done.status == 0, done.err
    assert len(staging.sources) == len(OUTSIDE) + 1
    assert len(staging.rows) == 300  # all of them are copies
    assert not any(os.path.exists(n) for n in OUTSIDE)


def test_links_in_a_zip_are_named_not_followed(attack, good):
    link = zipfile.ZipInfo('passwd.evtx')
    link.create_system, link.external_attr = 3, 0o120777 << 16
    done, staging = attack(zip_of([(link, b'/etc/passwd'), (GOOD, good)]))
    assert errors(staging)['passwd.evtx'].endswith('a link inside an archive')
    assert is_there(staging, good) and 'root:' not in done.err


def test_links_to_other_members_give_their_bytes_once(attack, good):
    done, staging = attack(tar_of([
        (GOOD, good), (a_link('hard.evtx', tarfile.LNKTYPE, GOOD), b''),
        (a_link('loop.evtx', tarfile.SYMTYPE, 'loop.evtx'), b''),
        (a_link('up.evtx', tarfile.SYMTYPE, '../../x'), b'')]))
    assert sorted(errors(staging)) == ['hard.evtx', 'loop.evtx', 'up.evtx']
    assert is_there(staging, good) and len(staging.rows) == 300


ODD = [b'C/\xff\xfe\x80.evtx', b'C/\x1b[2J\x07red.evtx', b'C/line\nfeed.evtx',
       b'C/\xc2\x9b31mcsi.evtx', b'C/\xe2\x80\xaegnirts.evtx', b'C/"\\.evtx',
       b'C/\xed\xa0\x80half.evtx']


def raw_tar(members):
    """Names as bytes."""
    return tar_of([(n.decode('utf-8', 'surrogateescape'), d)
                   for n, d in members])


def raw_zip(members):
    """The same: zipfile writes other names of their lengths."""
    stand_ins = [bytes([ord('A') + i]) * len(n)
                 for i, (n, _) in enumerate(members)]
    data = zip_of([(s.decode(), d) for s, (_, d) in zip(stand_ins, members)])
    for stand_in, (name, _) in zip(stand_ins, members):
        for signature, at in ((b'PK\3\4', 30), (b'PK\1\2', 46)):
            data = re.sub(
                re.escape(signature) + b'(.{%d})' % (at - 4) + stand_in,
                lambda m: signature + m.group(1) + name, data, flags=re.S)
    return data


@pytest.mark.parametrize('make', [raw_zip, raw_tar])
def test_odd_names_are_escaped(attack, good, make):
    broken = good[:5000]
    done, staging = attack(make([(n, broken + n) for n in ODD] +
                                [(GOOD.encode(), good)]))
    assert done.status == 3 and is_there(staging, good)
    assert len(staging.sources) == len(ODD) + 1


def test_a_nul_ends_no_name_unseen(attack, good):
    done, staging = attack(raw_zip([(b'C/a\0b.evtx', good),
                                    (GOOD.encode(), good)]))
    assert is_there(staging, good)


@pytest.mark.parametrize('make', [zip_of, tar_of])
def test_names_may_be_long(attack, good, make):
    long = 'd/' * 30000 + 'x.evtx'
    done, staging = attack(make([(long, good[:-9]), (GOOD, good)]))
    assert is_there(staging, good)
    assert len(staging.sources) == 2


def test_a_name_of_a_gigabyte_is_not_believed(attack, good):
    head = tarfile.TarInfo('././@LongLink')
    head.type, head.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    done, staging = attack(gzip.compress(
        before_end(good) + header(head) + b'n' * (200 << 20), 1))
    assert done.status == 3 and is_there(staging, good)
    assert 'evil.bin cannot be read to its end' in done.err


@pytest.mark.parametrize('make', [zip_of, tar_of])
def test_the_same_name_again_is_another_source(attack, good, make):
    other = good[:4096 + 65536]
    with pytest.warns(UserWarning) if make is zip_of else NoWarning():
        data = make([(GOOD, good), (GOOD, other), (GOOD, good)])
    done, staging = attack(data)
    assert [s['bytes'] for s in staging.sources] == [
        len(good), len(other), len(good)]


class NoWarning:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


# --- what is no file -------------------------------------------------------

def test_devices_are_never_opened(attack, good):
    members = []
    for name, kind in [('zero', tarfile.CHRTYPE), ('disk', tarfile.BLKTYPE),
                       ('pipe', tarfile.FIFOTYPE)]:
        info = tarfile.TarInfo('dev/%s.evtx' % name)
        info.type, info.devmajor, info.devminor = kind, 1, 5
        members.append((info, b''))
    done, staging = attack(tar_of([*members, (GOOD, good)]))
    assert all(e.endswith('is not a regular file')
               for e in errors(staging).values())
    assert len(errors(staging)) == 3 and is_there(staging, good)


# --- sizes and places that lie ---------------------------------------------

def lying_zip(good, **lies):
    """Of three members the one in the middle lies in the central directory:
    size, packed, at, crc, method."""
    data = bytearray(zip_of([('C/a.evtx', empty_log()), ('C/lie.evtx', good),
                             (GOOD, good)]))
    at = data.index(b'PK\1\2', data.index(b'PK\1\2') + 4)
    for name, value in lies.items():
        place, form = {'size': (24, '<I'), 'packed': (20, '<I'),
                       'at': (42, '<I'), 'crc': (16, '<I'),
                       'method': (10, '<H')}[name]
        struct.pack_into(form, data, at + place, value)
    return bytes(data)


LIES = {'size 0': {'size': 0}, 'size most': {'size': 0xfffffffe},
        'packed 0': {'packed': 0}, 'packed most': {'packed': 0xfffffffe},
        'overlap': {'at': 0}, 'at itself': {'at': 40}, 'far': {'at': 1 << 31},
        'crc': {'crc': 1}, 'method': {'method': 99}, 'stored': {'method': 0},
        'zip64': {'size': 0xffffffff, 'packed': 0xffffffff,
                  'at': 0xffffffff}}


@pytest.mark.parametrize('stdin', [False, True])
@pytest.mark.parametrize('lie', LIES)
def test_a_central_directory_that_lies(attack, good, lie, stdin):
    done, staging = attack(lying_zip(good, **LIES[lie]), stdin=stdin)
    if stdin:  # nobody looks at it: the headers before the members are true
        assert done.status == 0 and is_there(staging, good)
        return
    names = [s['name'].split('!/')[-1] for s in staging.sources]
    assert GOOD in names or done.status == 3
    # Where the directory leads to no header, libarchive reads no further.
    if lie not in ('overlap', 'at itself', 'far', 'zip64'):
        assert is_there(staging, good), done.err


def test_a_wrong_checksum_is_no_reason_to_drop_records(attack, good):
    data = bytearray(zip_of([('C/lie.evtx', good)]))
    struct.pack_into('<I', data, data.index(b'PK\1\2') + 16, 1)
    struct.pack_into('<I', data, 14, 1)
    done, staging = attack(bytes(data))
    source, = staging.sources
    assert done.status == 3 and 'CRC' in source['error']
    assert (source['bytes'], len(staging.rows)) == (len(good), 300)


def test_a_stream_that_breaks_gives_what_is_before(attack, mkevtx, tmp_path,
                                                   good):
    log = read(mkevtx(tmp_path / 'long.evtx', '--events', '4624:1200'))
    there = 4096 + 9 * 65536 + 30000
    c = zlib.compressobj(6, zlib.DEFLATED, -15)
    # A block of the kind that there is none of.
    packed = c.compress(log[:there]) + c.flush(zlib.Z_FULL_FLUSH) + b'\7' * 90
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        put_packed(z, 'C/long.evtx', packed, log)
        z.writestr(zipfile.ZipInfo(GOOD), good)
    done, staging = attack(out.getvalue())
    source = staging.sources[0]
    assert done.status == 3 and is_there(staging, good)
    assert 'long.evtx: ZIP decompression failed' in source['error']
    # Of the last bytes before the place it may keep some.
    assert there - 4096 < source['bytes'] <= there
    assert (source['chunks'], source['chunks_bad']) == (10, 1)


@pytest.mark.parametrize('field', [24, 32, 40, 48])
@pytest.mark.parametrize('value', [0, 1, 1 << 32, (1 << 63) - 1, 2**64 - 1])
def test_zip64_ends_that_lie(attack, good, field, value):
    data = zip_of([(GOOD, good)])
    at = data.index(b'PK\1\2')
    end = data.index(b'PK\5\6')
    record = bytearray(struct.pack(
        '<4sQHHIIQQQQ', b'PK\6\6', 44, 45, 45, 0, 0, 1, 1, end - at, at))
    struct.pack_into('<Q', record, field, value)
    locator = struct.pack('<4sIQI', b'PK\6\7', 0, end, 1)
    tail = bytearray(data[end:])
    tail[8:20] = b'\xff' * 12
    done, staging = attack(data[:end] + bytes(record) + locator + bytes(tail))
    assert is_there(staging, good) or done.status == 3


def sized(name, size, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return header(info)


@pytest.mark.parametrize('size', [2**63 - 1, 2**63 - 512, 2**62, 1 << 40])
@pytest.mark.parametrize('packed', [False, True])
def test_a_tar_member_of_nearly_2_63_bytes(attack, good, size, packed):
    data = before_end(good) + sized('C/huge.evtx', size) + good[:70000]
    done, staging = attack(gzip.compress(data, 1) if packed else data)
    assert done.status == 3 and is_there(staging, good)


@pytest.mark.parametrize('field', [b'-1', b'99999999999\0', b'\xff' * 12,
                                   b'\x80' + b'\xff' * 11, b'zzzzzzzzzzz\0'])
def test_sizes_in_a_tar_that_are_none(attack, good, field):
    head = bytearray(sized('C/odd.evtx', 0))
    head[124:136] = field.ljust(12, b'\0')
    head[148:156] = b' ' * 8
    head[148:156] = b'%06o\0 ' % sum(head)
    done, staging = attack(before_end(good) + bytes(head) + good)
    assert is_there(staging, good)


def test_a_sparse_file_of_holes(attack, good):
    """A file of 8 GB of which the last bytes are there."""
    info = tarfile.TarInfo('C/holes.evtx')
    pax = b''.join(
        b'%d %s=%s\n' % (len(k) + len(v) + 3 + n, k, v)
        for k, v in [(b'GNU.sparse.major', b'1'), (b'GNU.sparse.minor', b'0'),
                     (b'GNU.sparse.name', b'C/holes.evtx'),
                     (b'GNU.sparse.realsize', b'8589934592')]
        for n in [2] if len(str(len(k) + len(v) + 5)) == 2)
    sparse_map = b'1\n8589934080\n512\n'.ljust(512, b'\0')
    info.size = 1024
    data = before_end(good) + sized('pax', len(pax), tarfile.XHDTYPE) + \
        pax.ljust(512, b'\0') + header(info) + sparse_map + \
        b'e' * 512
    done, staging = attack(data + bytes(1024))
    assert is_there(staging, good) and done.status == 3
    assert '--max-ratio' in errors(staging)['C/holes.evtx']


# --- too much of everything ------------------------------------------------

@pytest.mark.slow
def test_a_gzip_bomb_in_a_tar(attack, good):
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode='wb', compresslevel=9) as z:
        z.write(before_end(good) + sized('C/bomb.evtx', 2 << 30))
        for _ in range(512):
            z.write(bytes(1 << 20))
    done, staging = attack(bomb.getvalue(), '--max-ratio', '100')
    assert done.status == 3 and is_there(staging, good)
    assert '--max-ratio' in done.err and 'bomb.evtx' in done.err


@pytest.mark.slow
def test_100000_empty_members(attack, good):
    blocks = [header(tarfile.TarInfo('C/%06d.txt' % i))
              for i in range(100000)]
    done, staging = attack(b''.join(blocks) + before_end(good) + bytes(1024))
    assert done.status == 0 and is_there(staging, good)


@pytest.mark.slow
def test_20000_empty_logs_are_each_named(attack, good):
    blocks = [header(tarfile.TarInfo('C/%06d.evtx' % i)) for i in range(20000)]
    done, staging = attack(b''.join(blocks) + before_end(good) + bytes(1024))
    assert done.status == 3 and is_there(staging, good)
    assert len(errors(staging)) == 20000


@pytest.mark.parametrize('name', ['c.zip', 'c.tar', 'c.7z', 'c.tgz'])
def test_nothing_is_no_archive(attack, name):
    done, staging = attack(b'', name=name)
    assert done.status == 3 and 'is empty' in done.err


def test_an_archive_cut_anywhere(attack, good, tmp_path):
    members = [('C/a.evtx', good[:-4096]), (GOOD, good)]
    for make in (zip_of, tar_of):
        data = make(members)
        for at in [1, 3, 29, 30, 40, 511, 513, len(data) // 3,
                   len(data) - 1, len(data) - 23, len(data) - 200]:
            done, staging = attack(data[:at])
            shutil.rmtree(tmp_path / 'place')
            assert done.status == 3 or at > len(good), (make, at)
