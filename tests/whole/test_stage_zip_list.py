# SPDX-License-Identifier: Apache-2.0
"""Zips that are damaged between their members: what the list at the end has
and its place has not is named, and all the rest is read."""
import struct

import pytest
from archive_tools import make_zip
from stage_tools import read

pytestmark = pytest.mark.sanitize

COUNT = 5


@pytest.fixture(scope='module')
def members(mkevtx, tmp_path_factory):
    top = tmp_path_factory.mktemp('made')
    return [('logs/%d.evtx' % i, read(mkevtx(
        top / 'x', '--events', '4624:9', '--seed', i))) for i in range(COUNT)]


class Zip:
    """The bytes of a zip, with the places of its headers."""

    def __init__(self, path, members):
        self.path = make_zip(path, members)
        self.raw = bytearray(read(self.path))
        self.own, self.listed = [], []
        at, = struct.unpack_from('<I', self.raw, len(self.raw) - 6)
        for _ in members:
            assert self.raw[at:at + 4] == b'PK\1\2'
            name, extra, comment = struct.unpack_from('<3H', self.raw, at + 28)
            self.listed.append(at)
            self.own += struct.unpack_from('<I', self.raw, at + 42)
            at += 46 + name + extra + comment

    def write(self):
        self.path.write_bytes(self.raw)
        return self.path


def no_header(z, i):
    z.raw[z.own[i]] = 0


def zeros(z, i):
    z.raw[z.own[i]:z.own[i] + 30] = bytes(30)


def long_name(z, i):
    struct.pack_into('<H', z.raw, z.own[i] + 26, 200)


def other_name(z, i):
    """The log is there by what it begins with, and lost by its name."""
    at = z.own[i] + 30 + len('logs/0.')
    z.raw[at:at + 4] = b'jpeg'


def no_entry(z, i):
    z.raw[z.listed[i]] = 0


def wrong_place(z, i):
    struct.pack_into('<I', z.raw, z.listed[i] + 42, 0xfffffff)


def found(staging):
    """name -> records, or None where there is an error"""
    return {s['name'].partition('!/')[2]:
            None if 'error' in s else s['accounting']['found']
            for s in staging.sources}


def stage_by(stage, way, path, tmp_path):
    if way == 'path':
        return stage(path)
    if way == 'nested':
        return stage(make_zip(tmp_path / 'outer.zip',
                              [('c.zip', read(path))]))
    with open(path, 'rb') as f:
        return stage('-', stdin=f)


@pytest.fixture(params=['path', 'stdin', 'nested'])
def way(request):
    return request.param


@pytest.mark.parametrize('broken', [0, 2, COUNT - 1])
@pytest.mark.parametrize('how', [no_header, zeros, other_name])
def test_a_broken_header(stage, members, tmp_path, how, broken, way):
    z = Zip(tmp_path / 'c.zip', members)
    how(z, broken)
    done, staging = stage_by(stage, way, z.write(), tmp_path)
    assert done.status == 3
    got = {name.removeprefix('c.zip!/'): n
           for name, n in found(staging).items()}
    name = members[broken][0]
    if way != 'path' and broken == 0 and how is not other_name:
        # Nothing says that such a stream is a zip, or that it goes on.
        assert name not in got or got[name] is None
        assert 'c.zip' in done.err or 'stdin' in done.err
        return
    want = {n: None if n == name else 9 for n, _ in members}
    if how is other_name:
        want['logs/%d.jpeg' % broken] = 9
    assert got == want
    assert '%s is listed in the archive but missing at its place' \
        % name in done.err


def test_a_name_that_is_too_long(stage, members, tmp_path):
    """Its header takes bytes of what follows for its own."""
    z = Zip(tmp_path / 'c.zip', members)
    long_name(z, 2)
    done, staging = stage(z.write())
    assert done.status == 3
    assert found(staging) == {n: None if i == 2 else 9
                              for i, (n, _) in enumerate(members)}


@pytest.mark.parametrize('broken', [0, 2, COUNT - 1])
def test_a_broken_list(stage, members, tmp_path, broken):
    """All members are there still, and the archive is named."""
    z = Zip(tmp_path / 'c.zip', members)
    no_entry(z, broken)
    done, staging = stage(z.write())
    assert done.status == 3
    got = found(staging)
    assert got.pop('') is None
    assert got == {n: 9 for n, _ in members}
    assert 'c.zip: its list of members is damaged' in done.err


def test_a_wrong_place_in_the_list(stage, members, tmp_path):
    z = Zip(tmp_path / 'c.zip', members)
    wrong_place(z, 2)
    done, staging = stage(z.write())
    assert done.status == 3
    assert found(staging) == {n: None if i == 2 else 9
                              for i, (n, _) in enumerate(members)}


def test_many_broken_headers(stage, members, tmp_path):
    many = [('%03d.evtx' % i, members[i % COUNT][1]) for i in range(300)]
    z = Zip(tmp_path / 'c.zip', many)
    for i in range(0, 300, 3):
        no_header(z, i)
    _, staging = stage(z.write())
    got = found(staging)
    assert len(got) == 300
    assert sum(n is None for n in got.values()) == 100


def test_what_is_lost_is_named_whatever_it_is(stage, members, tmp_path, way):
    """Its name may be part of what is damaged."""
    z = Zip(tmp_path / 'c.zip', members)
    no_header(z, 2)
    at = z.raw.rindex(b'logs/2.evtx')
    z.raw[at:at + 11] = b'logs/2.evux'
    done, staging = stage_by(stage, way, z.write(), tmp_path)
    assert done.status == 3
    assert 'logs/2.evux is listed in the archive' in done.err
    assert sum(n == 9 for n in found(staging).values()) == COUNT - 1


def same_place(z):
    struct.pack_into('<I', z.raw, z.listed[1] + 42, z.own[0])


def swallowed(z):
    """The first entry has the second for its comment."""
    struct.pack_into('<H', z.raw, z.listed[0] + 32, z.listed[2] - z.listed[1])


def no_end(z):
    z.raw[-22] = 0


def cut_list(z):
    del z.raw[z.listed[2] + 9:]


def empty_end(z):
    struct.pack_into('<H', z.raw, len(z.raw) - 2, 22)
    z.raw += b'PK\5\6' + bytes(18)


@pytest.mark.parametrize('how', [same_place, swallowed, no_end, cut_list,
                                 empty_end])
def test_a_list_that_is_not_whole(stage, members, tmp_path, how):
    """Then nobody knows whether all members came: it is said."""
    z = Zip(tmp_path / 'c.zip', members)
    how(z)
    done, staging = stage(z.write())
    assert done.status == 3, done.err
    assert staging.manifest['sources_bad'] > 0


def test_an_end_record_in_the_comment_hides_nothing(stage, members, tmp_path):
    """It says that there are no members, and is the last one of the file."""
    z = Zip(tmp_path / 'c.zip', members)
    empty_end(z)
    done, staging = stage(z.write())
    assert done.status == 3
    got = found(staging)
    assert got.pop('') is None
    assert got == {n: 9 for n, _ in members}


def test_two_zips_in_one_file(stage, members, tmp_path):
    a, b = (Zip(tmp_path / n, members[i:i + 2]).write()
            for i, n in ((0, 'a.zip'), (2, 'b.zip')))
    path = tmp_path / 'c.zip'
    path.write_bytes(read(a) + read(b))
    done, staging = stage(path)
    assert done.status == 3 and 'its list of members' in done.err


def test_a_place_of_the_list_that_is_wrong(stage, members, tmp_path):
    """The list is found all the same."""
    z = Zip(tmp_path / 'c.zip', members)
    z.raw[-5] ^= 1
    done, staging = stage(z.write())
    assert found(staging) == {n: 9 for n, _ in members}


def test_what_stands_before_and_behind_a_zip(stage, members, tmp_path, way):
    """An archive that unpacks itself has its places moved."""
    z = Zip(tmp_path / 'c.zip', members)
    no_header(z, 2)
    z.raw += b'a comment'
    struct.pack_into('<H', z.raw, len(z.raw) - 11, 9)
    if way == 'path':
        z.raw[:0] = b'PK' + bytes(998)
    done, staging = stage_by(stage, way, z.write(), tmp_path)
    assert done.status == 3
    assert [n for n in found(staging).values()].count(None) == 1
    assert '/2.evtx is listed in the archive' in done.err


@pytest.mark.parametrize('way', ['stdin', 'nested'])
def test_what_is_behind_a_broken_member_of_a_stream(stage, members, tmp_path,
                                                    way):
    """It cannot be read there, but each is named."""
    z = Zip(tmp_path / 'c.zip', members)
    middle = (z.own[1] + z.own[2]) // 2
    z.raw[middle:middle + 40] = b'\xff' * 40
    done, staging = stage_by(stage, way, z.write(), tmp_path)
    assert done.status == 3
    got = {name.removeprefix('c.zip!/'): n
           for name, n in found(staging).items()}
    assert got[members[0][0]] == 9
    for name, _ in members[2:]:
        assert name in got and name in done.err
    assert got[members[1][0]] is None


def test_more_broken_members_than_it_is_started_again_for(stage, members,
                                                          tmp_path):
    """All of them are named, those that are read no more, too."""
    many = [('%03d.evtx' % i, members[i % COUNT][1]) for i in range(300)]
    z = Zip(tmp_path / 'c.zip', many)
    for i in range(1, 300, 2):
        middle = z.own[i] + 300
        z.raw[middle:middle + 40] = b'\xff' * 40
    _, staging = stage(z.write())
    got = found(staging)
    assert {n for n, _ in many} <= set(got)
    assert sum(got[n] is not None for n, _ in many[:60]) >= 30


@pytest.mark.filterwarnings('ignore:Duplicate name')
def test_a_whole_zip_lists_what_it_has(stage, members, tmp_path, way):
    twice = [*members, *members]  # names may come again
    done, staging = stage_by(stage, way, make_zip(
        tmp_path / 'c.zip', twice), tmp_path)
    assert done.status == 0, done.err
    assert len(staging.sources) == 2 * COUNT


@pytest.mark.parametrize('way', ['path', 'stdin'])
def test_a_list_that_is_longer_than_what_is_kept(stage, members, tmp_path,
                                                 way):
    """Of a stream; then the number of members tells."""
    many = [('%0200d.jpg' % i, b'') for i in range(40000)]
    z = Zip(tmp_path / 'c.zip', [*members, *many])
    no_header(z, 2)
    done, staging = stage_by(stage, way, z.write(), tmp_path)
    assert done.status == 3
    if way == 'path':
        assert '/2.evtx is listed in the archive' in done.err
    else:
        assert 'lists 40005 members, and 40004 were found' in done.err
