# SPDX-License-Identifier: Apache-2.0
"""Logs in archives, on standard input and named by lists."""
import gzip
import os
import shutil
import subprocess
import tarfile
import zipfile

import pytest
from archive_tools import (BSDTAR, MAKERS, make_folder, make_tar, make_zip)
from stage_tools import Grower, read, sha256

pytestmark = pytest.mark.sanitize

FOLDER = 'C/Windows/System32/winevt/logs/'


@pytest.fixture
def logs(mkevtx, tmp_path):
    """Two logs: name in a collection -> bytes."""
    made = {}
    for i, name in enumerate(['Security.evtx', 'System.EVTX']):
        path = mkevtx(tmp_path / name, '--events', '4624:500', '--seed', i)
        made[FOLDER + name] = read(path)
        os.remove(path)
    return made


def bare_name(name):
    return name.split('!/')[-1]


def bare(staging):
    """The sources: name inside the collection -> (bytes, digest, records)"""
    return {s['name'].split('!/')[-1].split('in/')[-1]:
            (s['bytes'], s['sha256'], s['accounting']['found'])
            for s in staging.sources}


@pytest.mark.parametrize('kind', MAKERS)
def test_an_archive_holds_what_the_folder_does(stage, logs, tmp_path, kind):
    members = sorted(logs.items())
    archive = MAKERS[kind](tmp_path / ('c.' + kind), members)
    _, plain = stage(make_folder(tmp_path / 'in', members), to='plain')
    done, staging = stage(archive)
    assert done.status == 0, done.err
    assert [s['name'] for s in staging.sources] == [
        '%s!/%s' % (archive, name) for name, _ in members]
    assert bare(staging) == bare(plain)
    assert staging.ndjson == plain.ndjson != b''


@pytest.fixture
def without_libarchive(tmp_path):
    """An environment in which libarchive cannot be loaded."""
    folder = tmp_path / 'libraries'
    folder.mkdir()
    (folder / 'libarchive.so.13').write_text('This is not a library.')
    return {'LD_LIBRARY_PATH': str(folder)}


def test_logs_need_no_libarchive(evtxstage, stage, logs, tmp_path,
                                 without_libarchive):
    """It is loaded only for archives: it takes half of the time of a start."""
    folder = make_folder(tmp_path / 'in', sorted(logs.items()))
    (tmp_path / 'in' / 'notes.txt').write_text('not a log')
    done, staging = stage(folder, env=without_libarchive)
    assert done.status == 0, done.err
    assert len(staging.sources) == 2 and staging.ndjson != b''
    for words in ['verify', '--inputs', 'require', tmp_path / 'staging'], ['info', folder]:
        done = evtxstage(*words, env=without_libarchive)
        assert done.status == 0, done.err


def test_archives_without_libarchive_are_reported(evtxstage, stage, logs,
                                                  tmp_path, without_libarchive):
    archive = MAKERS['zip'](tmp_path / 'c.zip', sorted(logs.items()))
    folder = make_folder(tmp_path / 'in', sorted(logs.items()))
    os.link(archive, os.path.join(folder, 'c.zip'))
    for operand in (archive, folder):
        done = evtxstage('-o', tmp_path / 'out', operand, env=without_libarchive)
        assert done.status == 1 and done.err.count('\n') == 1
        assert 'libarchive' in done.err and 'install it' in done.err
        assert not (tmp_path / 'out' / 'manifest.json').exists()
    done, staging = stage(archive)
    assert done.status == 0
    done = evtxstage('verify', tmp_path / 'staging', env=without_libarchive)
    assert done.status == 1 and 'libarchive' in done.err


@pytest.mark.parametrize('kind', ['zip', 'tar.gz', 'tar'])
def test_an_archive_on_standard_input(stage, logs, tmp_path, kind):
    archive = MAKERS[kind](tmp_path / ('c.' + kind), sorted(logs.items()))
    _, plain = stage(archive, to='plain')
    with open(archive, 'rb') as f:
        done, staging = stage('-', stdin=f)
    assert done.status == 0, done.err
    assert staging.ndjson == plain.ndjson != b''
    assert {s['name'] for s in staging.sources} == {
        'stdin!/' + name for name in logs}


def archive_digests(staging):
    return [s.get('archive_sha256') for s in staging.sources]


@pytest.mark.parametrize('way', ['path', 'stdin'])
@pytest.mark.parametrize('kind', MAKERS)
def test_members_tell_the_digest_of_their_archive(
        stage, logs, tmp_path, kind, way):
    """Of all of its bytes, also those behind its end, and of the outer one."""
    inner = make_zip(tmp_path / 'i.zip', [('x.evtx', logs[min(logs)] + b'x')])
    path = MAKERS[kind](tmp_path / ('c.' + kind), [
        *sorted(logs.items()), ('i.zip', read(inner))])
    if 'tar' in kind:
        with open(path, 'ab') as f:
            f.write(bytes(700 << 10))
    if way == 'path':
        done, staging = stage(path)
    else:
        with open(path, 'rb') as f:
            done, staging = stage('-', stdin=f)
    assert done.status == 3 and 'i.zip!/x.evtx' in done.err
    assert archive_digests(staging) == 3 * [sha256(read(path))]


def test_a_log_that_is_in_no_archive_has_no_such_digest(stage, logs, tmp_path):
    folder = make_folder(tmp_path / 'in', logs.items())
    path = make_zip(folder / 'c.zip', [('x.evtx', logs[min(logs)])])
    done, staging = stage(folder, '-j', '1')
    assert done.status == 0
    by_name = {os.path.basename(s['name']): s.get('archive_sha256')
               for s in staging.sources}
    assert by_name == {'Security.evtx': None, 'System.EVTX': None,
                       'x.evtx': sha256(read(path))}


def test_a_broken_archive_has_its_digest(stage, logs, tmp_path):
    path = make_tar(tmp_path / 'c.tgz', sorted(logs.items()))
    path.write_bytes(read(path)[:-3000])
    done, staging = stage(path)
    assert done.status == 3
    assert set(archive_digests(staging)) == {sha256(read(path))}
    with open(path, 'rb') as f:
        done, staging = stage('-', stdin=f, to='piped')
    assert set(archive_digests(staging)) == {sha256(read(path))}


def test_an_archive_that_grows_during_the_run(stage, logs, tmp_path):
    path = make_tar(tmp_path / 'c.tar', sorted(logs.items()) * 20, 'w')
    with Grower(path):
        done, staging = stage(path)
    assert done.status == 3
    assert '%s changed while it was read' % path in done.err
    last = staging.sources[-1]
    assert last['name'] == str(path) and 'changed' in last['error']


def test_a_log_on_standard_input(stage, logs, tmp_path):
    data = logs[FOLDER + 'Security.evtx']
    path = tmp_path / 'x.evtx'
    path.write_bytes(data)
    _, plain = stage(path, to='plain')
    done, staging = stage('-', '-j', '1', input=data)
    source, = staging.sources
    assert (done.status, source['name'], source['bytes']) == (
        0, 'stdin', len(data))
    assert staging.ndjson == plain.ndjson != b''


def test_nothing_on_standard_input(stage):
    done, staging = stage('-', input=b'')
    assert done.status == 3
    assert 'stdin is empty' in staging.sources[0]['error']


def test_archives_in_folders_stand_at_their_place(stage, logs, tmp_path):
    (name, data), (_, other) = sorted(logs.items())
    folder = make_folder(tmp_path / 'in', [('x/a.evtx', data),
                                           ('x/c.evtx', data)])
    make_zip(folder / 'x' / 'b.zip', [(name, other)])
    done, staging = stage(folder)
    assert done.status == 0
    assert [os.path.relpath(s['name'], folder)
            for s in staging.sources] == [
        'x/a.evtx', 'x/b.zip!/' + name, 'x/c.evtx']


def test_rows_name_the_digest_of_a_member(stage, logs, tmp_path):
    archive = make_tar(tmp_path / 'c.tgz', sorted(logs.items()))
    done, staging = stage(archive, '--provenance', 'full')
    assert done.status == 0, done.err
    assert {r['SourceSha256_CF'] for r in staging.rows} == {
        s['sha256'] for s in staging.sources}


def test_names_are_globs_inside_of_collections(stage, logs, tmp_path):
    archive = make_zip(tmp_path / 'c.zip', sorted(logs.items()))
    folder = make_folder(tmp_path / 'in', sorted(logs.items()))
    for given, to in [(archive, 'one'), (folder, 'two')]:
        done, staging = stage(given, '--name', '*/SECURITY.*', to=to)
        assert list(bare(staging)) == [FOLDER + 'Security.evtx']
        done, staging = stage(
            given, '--name', '!*/security.*', to=to + 'not')
        assert list(bare(staging)) == [FOLDER + 'System.EVTX']
        assert done.status == 0


def test_a_list_names_operands(stage, logs, tmp_path):
    archive = make_zip(tmp_path / 'c.zip', sorted(logs.items()))
    listed = tmp_path / 'list'
    listed.write_text('# of the case\n\n%s\r\n' % archive)
    done, staging = stage('@%s' % listed)
    assert done.status == 0 and len(staging.sources) == 2


def test_a_list_that_was_made_on_windows(stage, log, tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    names = [' lead.evtx', 'trail.evtx ', 'zwölf.evtx', 'plain.evtx']
    for name in names:
        shutil.copy(log, folder / name)
    lines = [str(folder / n) for n in names[1:3]] + [
        '  %s  ' % (folder / names[3]), '  # a remark']
    listed = tmp_path / 'list'
    listed.write_bytes(b'\xef\xbb\xbf' + '\r\n'.join(lines).encode())
    done, staging = stage('@%s' % listed)
    assert done.status == 0, done.err
    assert {s['name'] for s in staging.sources} == {
        str(folder / n) for n in names[1:]}
    listed.write_text(' lead.evtx\n')
    done, staging = stage('@%s' % listed, cwd=folder, to='lead')
    assert done.status == 0, done.err
    listed.write_text('\n'.join(lines), encoding='utf-16')
    done, _ = stage('@%s' % listed, to='wide')
    assert done.status == 2 and 'list is UTF-16: save the list as UTF-8' \
        in done.err


def test_a_missing_entry_of_a_list_is_named(stage, tmp_path):
    listed = tmp_path / 'list'
    listed.write_text('\nnowhere.evtx\n')
    done, staging = stage('@%s' % listed)
    assert done.status == 2 and not staging.finished
    assert '%s, line 2: nowhere.evtx' % listed in done.err
    done, _ = stage('@%s' % (tmp_path / 'none'))
    assert done.status == 2 and 'none' in done.err


# --- broken and hostile ----------------------------------------------------

def errors(staging):
    return {s['name'].split('!/')[-1]: s['error']
            for s in staging.sources if 'error' in s}


def test_a_broken_member_is_named_and_the_rest_is_read(stage, logs, tmp_path):
    (name, data), (other, more) = sorted(logs.items())
    archive = make_zip(tmp_path / 'c.zip', [(name, data), ('bad.evtx', data),
                                            (other, more)])
    with zipfile.ZipFile(archive) as z:
        info = z.getinfo('bad.evtx')
    raw = bytearray(read(archive))
    at = info.header_offset + 30 + len('bad.evtx') + info.compress_size // 2
    raw[at:at + 64] = b'\xff' * 64
    archive.write_bytes(raw)
    done, staging = stage(archive)
    assert done.status == 3
    assert list(errors(staging)) == ['bad.evtx']
    assert '%s!/bad.evtx: ' % archive in done.err
    found = bare(staging)
    assert found[name][0] == len(data) and found[other][0] == len(more)


@pytest.mark.parametrize('kind', ['zip', 'tar.gz', '7z'])
def test_a_truncated_archive_is_named(stage, logs, tmp_path, kind):
    archive = MAKERS[kind](tmp_path / ('c.' + kind), sorted(logs.items()))
    raw = read(archive)
    archive.write_bytes(raw[:len(raw) * 3 // 4])
    done, staging = stage(archive)
    assert done.status == 3 and errors(staging), done.err
    if kind == 'tar.gz':
        assert staging.rows


@pytest.mark.parametrize('part', [0.3, 0.4, 0.6, 0.8])
def test_nothing_is_lost_before_a_break(stage, logs, tmp_path, part):
    """As a copy of what came, which is a file that is only shorter."""
    archive = make_tar(tmp_path / 'c.tgz', sorted(logs.items()))
    raw = read(archive)
    archive.write_bytes(raw[:int(len(raw) * part)])
    _, plain = stage(archive, to='plain')
    _, copied = stage(archive, '--provenance', 'full', to='copied')
    assert bare(plain) == bare(copied)
    assert sum(n for _, _, n in bare(plain).values()) > 0


NAMES = ['Größe/Sicherheit.evtx', '日本/システム.evtx', 'журнал.evtx',
         'á.evtx', '🖥.evtx']


@pytest.mark.parametrize('kind', MAKERS)
def test_names_in_other_languages(stage, mkevtx, tmp_path, kind):
    """Inside the sandbox, where no locale can be loaded any more."""
    path = MAKERS[kind](tmp_path / ('c.' + kind), [
        (name, read(mkevtx(tmp_path / 'x', '--events', '4624', '--seed', i)))
        for i, name in enumerate(NAMES)])
    done, staging = stage(path, '--sandbox=auto', env={'LC_ALL': 'C'})
    assert done.status == 0, done.err
    assert {s['name'].partition('!/')[2]
            for s in staging.sources} == set(NAMES)


@pytest.mark.parametrize('way', ['path', 'stdin'])
def test_a_name_that_cannot_be_read_hides_no_log(
        stage, logs, evtxstage, tmp_path, way):
    path = make_zip(tmp_path / 'c.zip', [
        ('é' * 4 + str(i) + '.evtx', data)
        for i, (_, data) in enumerate(sorted(logs.items()))])
    raw = read(path).replace('éééé1'.encode(), b'\xe9' * 8 + b'1')
    path.write_bytes(raw)
    if way == 'path':
        done, staging = stage(path)
        assert evtxstage('verify', '--inputs=require',
                         staging.path).status == 0
    else:
        with open(path, 'rb') as f:
            done, staging = stage('-', stdin=f)
    assert done.status == 0
    assert [s['name'].partition('!/')[2]
            for s in staging.sources] == [
        'éééé0.evtx', '(member 2, whose name cannot be read)']
    assert [s['sha256'] for s in staging.sources] == [
        sha256(data) for _, data in sorted(logs.items())]


@pytest.mark.parametrize('nesting', ['1', '2'])
def test_nor_does_one_in_an_archive_inside(stage, logs, tmp_path, nesting):
    """What it is, is looked at: no archive too far inside."""
    inner = make_zip(tmp_path / 'i.zip', [('é' * 4 + '.evtx', logs[min(logs)])])
    raw = read(inner).replace('éééé'.encode(), b'\xe9' * 8)
    path = make_zip(tmp_path / 'c.zip', [('i.zip', raw)])
    done, staging = stage(path, '--nesting', nesting)
    assert done.status == 0, done.err
    source, = staging.sources
    assert source['name'].endswith(
        'i.zip!/(member 1, whose name cannot be read)')
    assert source['sha256'] == sha256(logs[min(logs)])


@pytest.mark.parametrize('how', ['flipped', 'zeros'])
@pytest.mark.parametrize('way', ['path', 'stdin', 'packed'])
def test_a_header_of_a_tar_that_broke(stage, logs, tmp_path, how, way):
    """That log has no name any more; those behind it are read."""
    members = [('%d.evtx' % i, data[:-1] + bytes([i]))
               for i, data in enumerate(2 * sorted(logs.values()))]
    path = make_tar(tmp_path / 'c.tar', members, 'w')
    raw = bytearray(read(path))
    at = raw.index(b'1.evtx')
    if how == 'flipped':
        raw[at] ^= 1
    else:
        raw[at:at + 512] = bytes(512)
    path.write_bytes(gzip.compress(raw) if way == 'packed' else raw)
    if way == 'stdin':
        with open(path, 'rb') as f:
            done, staging = stage('-', stdin=f)
    else:
        done, staging = stage(path)
    assert done.status == 3
    sources = staging.sources
    assert [bare_name(s['name']) for s in sources[:-1]] == [
        '0.evtx', '2.evtx', '3.evtx']
    assert 'the tar header at byte' in sources[-1]['error']
    assert 'at byte %d ' % at in done.err


@pytest.mark.parametrize('way', ['path', 'stdin'])
def test_a_tar_that_nothing_ends(stage, logs, tmp_path, way):
    """It was cut between two members."""
    path = make_tar(tmp_path / 'c.tar', sorted(logs.items()), 'w')
    raw = read(path)
    path.write_bytes(raw[:raw.rindex(b'C/Windows')])
    if way == 'path':
        done, staging = stage(path)
    else:
        with open(path, 'rb') as f:
            done, staging = stage('-', stdin=f)
    assert done.status == 3 and 'damaged or cut' in done.err
    assert len(staging.sources) == 2


def test_a_7z_that_says_it_is_empty(stage, logs, tmp_path):
    path = MAKERS['7z'](tmp_path / 'c.7z', sorted(logs.items()))
    raw = bytearray(read(path))
    raw[12:32] = bytes(20)
    path.write_bytes(raw)
    done, _ = stage(path)
    assert done.status == 3 and 'damaged or cut' in done.err


@pytest.mark.parametrize('kind', MAKERS)
def test_an_archive_without_logs_is_evidence(stage, evtxstage, tmp_path, kind):
    path = MAKERS[kind](tmp_path / ('c.' + kind), [('x.txt', b'no log')])
    done, staging = stage(path)
    assert done.status == 0, done.err
    source, = staging.sources
    assert (source['name'], source['sha256'], source['bytes']) == (
        str(path), sha256(read(path)), os.path.getsize(path))
    verify = ('verify', '--inputs=require', staging.path)
    assert evtxstage(*verify).status == 0
    with open(path, 'ab') as f:
        f.write(b'x')
    assert evtxstage(*verify).status == 3


@pytest.mark.skipif(shutil.which('tar') is None, reason='no tar')
def test_holes_of_a_sparse_file(stage, logs, tmp_path):
    """Also the last one, behind all data."""
    data = sorted(logs.values())[0]
    path = tmp_path / 'a.evtx'
    with open(path, 'wb') as f:
        f.write(data)
        f.truncate(len(data) + (1 << 20))
    subprocess.run(['tar', '-S', '-cf', 'c.tar', 'a.evtx'], cwd=tmp_path,
                   check=True)
    assert os.path.getsize(tmp_path / 'c.tar') < len(data) + (1 << 19)
    _, staging = stage(tmp_path / 'c.tar', path)
    first, second = staging.sources
    assert first['sha256'] == sha256(read(path))
    assert second['duplicate_of'] == first['name']


def test_links_and_devices_are_named_not_followed(stage, logs, tmp_path):
    name, data = sorted(logs.items())[0]
    archive = make_tar(tmp_path / 'c.tgz', [
        ('link.evtx', tarfile.SYMTYPE), ('hard.evtx', tarfile.LNKTYPE),
        ('fifo.evtx', tarfile.FIFOTYPE), ('dev.evtx', tarfile.CHRTYPE),
        ('folder.evtx', tarfile.DIRTYPE), (name, data)])
    done, staging = stage(archive)
    assert done.status == 3
    assert sorted(errors(staging)) == [
        'dev.evtx', 'fifo.evtx', 'hard.evtx', 'link.evtx']
    assert errors(staging)['link.evtx'].endswith('a link inside an archive')
    assert errors(staging)['hard.evtx'].endswith('a link inside an archive')
    assert errors(staging)['dev.evtx'].endswith('is not a regular file')
    assert bare(staging)[name][0] == len(data)


def test_names_never_become_paths(stage, logs, tmp_path):
    data = logs[FOLDER + 'Security.evtx']
    names = ['../../up.evtx', '/abs.evtx', 'C:\\win\\x.evtx', 'C:/y.evtx',
             'twice.evtx', 'twice.evtx']
    archive = make_tar(tmp_path / 'c.tgz', [(n, data) for n in names])
    before = set(os.listdir(tmp_path))
    done, staging = stage(archive)
    assert done.status == 0, done.err
    assert [s['name'].split('!/', 1)[1]
            for s in staging.sources] == names
    assert set(os.listdir(tmp_path)) - before == {'staging'}


@pytest.mark.parametrize('option,value', [
    ('--max-member', '64K'), ('--max-unpacked', '100K'),
    ('--max-archive-members', '1')])
def test_limits_are_named(stage, logs, tmp_path, option, value):
    archive = make_zip(tmp_path / 'c.zip', sorted(logs.items()))
    done, _ = stage(archive, option, value)
    assert done.status == 3 and option in done.err


@pytest.mark.parametrize('options,size', [
    (('--max-unpacked', '2M'), 4 << 20), (('--max-ratio', '50'), 80 << 20)])
def test_limits_hold_for_members_that_are_passed(
        stage, logs, tmp_path, options, size):
    """Nobody wants the first member, but it is unpacked to get behind it."""
    name, data = sorted(logs.items())[0]
    archive = make_tar(tmp_path / 'c.tgz', [
        ('big.txt', bytes(size)), (name, data)])
    done, staging = stage(archive, '--max-ratio', '5000', to='free')
    assert done.status == 0 and bare(staging)[name][0] == len(data)
    done, staging = stage(archive, *options, to='limited')
    assert done.status == 3 and options[0] in done.err
    assert name not in bare(staging)


def test_a_bomb_is_named(stage, logs, tmp_path):
    name, data = sorted(logs.items())[0]
    archive = make_zip(tmp_path / 'c.zip', [
        ('bomb.evtx', data + bytes(80 << 20)), (name, data)])
    done, staging = stage(archive, '--max-ratio', '50')
    assert done.status == 3
    assert '--max-ratio' in errors(staging)['bomb.evtx']
    assert bare(staging)[name][0] == len(data)


def test_members_that_are_a_bomb_together(stage, logs, tmp_path):
    """Each is too small for one; members may share their bytes."""
    path = make_zip(tmp_path / 'c.zip', [
        ('0.evtx', logs[min(logs)]),
        *[('%d.evtx' % i, bytes(30 << 20)) for i in range(1, 5)]])
    done, staging = stage(path, '--max-ratio', '100')
    assert done.status == 3
    assert 'c.zip: its members unpack to more than 100 times its size ' \
        '(--max-ratio)' in done.err
    assert staging.manifest['accounting']['found'] == 500


def test_limits_are_numbers(stage, tmp_path):
    for text in ('0', 'x', '5X', ''):
        done, _ = stage('--max-member=' + text, tmp_path)
        assert done.status == 2 and '--max-member' in done.err


# --- passwords -------------------------------------------------------------

@pytest.fixture
def locked(logs, tmp_path):
    if BSDTAR is None:
        pytest.skip('bsdtar is not installed: libarchive-tools')
    folder = make_folder(tmp_path / 'packed', sorted(logs.items()))
    archive = tmp_path / 'locked.zip'
    subprocess.run([BSDTAR, '-a', '-c', '--options', 'zip:encryption=aes256',
                    '--passphrase', 'infected', '-f', archive, 'C'],
                   cwd=folder, check=True)
    return archive


def password_file(tmp_path, text, mode=0o600):
    path = tmp_path / 'password'
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_password_opens_a_zip(stage, locked, logs, tmp_path):
    path = password_file(tmp_path, 'infected\n')
    done, staging = stage(locked, '--archive-password-file', path)
    assert done.status == 0, done.err
    assert {n: f[0] for n, f in bare(staging).items()} == {
        n: len(d) for n, d in logs.items()}
    done, other = stage(locked, '--archive-password-fd', '0', to='other',
                        input=b'infected')
    assert done.status == 0 and other.ndjson == staging.ndjson


@pytest.mark.parametrize('given', [None, 'guessed'])
def test_a_missing_or_wrong_password_is_said(stage, locked, logs, mkevtx,
                                             tmp_path, given):
    """It decides nothing over the other inputs."""
    good = mkevtx(tmp_path / 'good.evtx', '--events', '4624:7')
    args = [locked, good]
    what = '--archive-password-file'
    if given is not None:
        args += ['--archive-password-file', password_file(tmp_path, given)]
        what = 'password is wrong'
    done, staging = stage(*args)
    assert done.status == 3 and staging.finished
    assert len(staging.rows) == 7 and 'again' not in done.err
    failed = [s for s in staging.sources if 'error' in s]
    assert len(failed) == len(logs) == staging.manifest['sources_bad']
    for source in failed:
        assert source['name'].startswith(str(locked) + '!/')
        assert what in source['error'] and source['error'] in done.err
    done, staging = stage(*args, '--require-all', to='all')
    assert done.status == 2 and not staging.finished
    assert what in done.err and '--require-all' in done.err
    assert 'again' not in done.err


def test_require_all_is_for_every_input(stage, log, tmp_path):
    bad = tmp_path / 'bad.evtx'
    bad.write_bytes(b'notes')
    done, _ = stage(log, bad, '--require-all')
    assert done.status == 2 and 'not an .evtx file' in done.err
    done, _ = stage(log, '--require-all', to='two')
    assert done.status == 0


def test_a_password_that_others_may_read_is_refused(stage, locked, tmp_path):
    path = password_file(tmp_path, 'infected', 0o644)
    done, _ = stage(locked, '--archive-password-file', path)
    assert done.status == 2 and 'chmod 600' in done.err
