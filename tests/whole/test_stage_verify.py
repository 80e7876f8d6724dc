# SPDX-License-Identifier: Apache-2.0
"""evtxstage verify: what was staged is there, and so is the evidence; whatever
was touched is named.
"""
import hashlib
import json
import os
import shutil
import subprocess

import pytest
from archive_tools import BSDTAR, MAKERS, make_tar, make_zip
from stage_tools import read


@pytest.fixture
def case(stage, logons, log, tmp_path):
    """Two inputs and the staging of both, which verify() looks at."""
    folder = tmp_path / 'evidence'
    folder.mkdir()
    for name, source in (('a.evtx', logons), ('b.evtx', log)):
        with open(source, 'rb') as f:
            (folder / name).write_bytes(f.read())
    done, staging = stage(folder, '-s', 'any')
    assert done.status == 0, done.err
    return staging


@pytest.fixture
def verify(evtxstage, case):
    def call(*args, staging=None):
        done = evtxstage('verify', '--json', *args, staging or case.path)
        return done, json.loads(done.out) if done.out else None
    return call


def reseal(staging, change):
    """Write a manifest that was changed with a digest that holds."""
    manifest = staging.manifest
    change(manifest)
    del manifest['digest']
    text = json.dumps(manifest, sort_keys=True, separators=(',', ':'))
    manifest['digest'] = hashlib.sha256(text.encode()).hexdigest()
    text = json.dumps(manifest, sort_keys=True, separators=(',', ':'))
    with open(staging.file('manifest.json'), 'w', encoding='utf-8') as f:
        f.write(text)


def findings(report, part):
    return [f for f in report['findings'] if f['part'] == part]


def test_all_is_good(evtxstage, case, verify):
    done, report = verify()
    assert done.status == 0 and done.err == ''
    assert report['findings'] == [] and report['exit'] == 0
    assert report['digest'] == case.manifest['digest']
    assert report['inputs']['good'] == 2 and report['sums']['good'] == 3
    assert report['segments']['good'] == len(case.manifest['segments']) > 0
    text = evtxstage('verify', case.path)
    assert text.status == 0
    assert 'inputs    2 of 2 are good' in text.out.decode()
    assert case.manifest['digest'] in text.out.decode()
    assert evtxstage('verify', '-q', case.path).out == b''


@pytest.mark.parametrize('change', ['flip', 'cut', 'grow', 'link', 'remove'])
def test_a_segment_that_was_touched(case, verify, tmp_path, change):
    path = case.file('segments', '000001.ndjson')
    with open(path, 'rb') as f:
        data = bytearray(f.read())
    data[len(data) // 2] ^= 1
    os.unlink(path)
    new = {'flip': data, 'cut': data[:-1], 'grow': data + b'\n'}
    if change in new:
        with open(path, 'wb') as f:
            f.write(new[change])
    elif change == 'link':
        os.symlink(tmp_path / 'elsewhere', path)
    done, report = verify()
    assert done.status == 1
    assert report['segments']['bad'] == 1
    assert 'segments/000001.ndjson' in done.err
    # Nothing stops at the first.
    assert report['inputs']['good'] == 2


def test_a_segment_that_nobody_staged(case, verify):
    with open(case.file('segments', '000099.ndjson'), 'w',
              encoding='utf-8') as f:
        f.write('{}\n')
    done, report = verify()
    assert done.status == 1
    assert '000099.ndjson is not in the manifest' in done.err
    assert report['segments']['bad'] == 1


@pytest.mark.parametrize('which', ['sources', 'logs', 'chunks', 'damage'])
@pytest.mark.parametrize('text', ['{"kind":"chunk"}\n', None])
def test_the_files_of_lines_count(case, verify, which, text):
    path = case.file(which + '.ndjson')
    if text is None:
        os.unlink(path)
    else:
        with open(path, 'a', encoding='utf-8') as f:
            f.write(text)
    done, report = verify()
    assert done.status == 1 and which + '.ndjson' in done.err
    assert report[which] == {'good': 0, 'bad': 1, 'missing': 0, 'unread': 0}


def test_long_values_that_were_spilled(stage, evtxstage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'long.evtx', text='event 4688\nCommandLine = ' +
                 '\u20ac' * 25000 + '\n')
    done, staging = stage(log, '-s', 'any', '--long-fields', 'spill')
    assert done.status == 0, done.err
    fields = staging.manifest['fields']
    report = json.loads(evtxstage('verify', '--json', staging.path).out)
    assert report['fields']['good'] == len(fields) > 0
    with open(staging.file(fields[0]['name']), 'a', encoding='utf-8') as f:
        f.write('x')
    done = evtxstage('verify', staging.path)
    assert done.status == 1 and fields[0]['name'] in done.err


def test_a_manifest_that_was_touched(case, evtxstage):
    path = case.file('manifest.json')
    with open(path, encoding='utf-8') as f:
        text = f.read()
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text.replace('"damaged":0', '"damaged":1', 1))
    done = evtxstage('verify', case.path)
    assert done.status == 1
    assert 'manifest.json' in done.err and 'digest' in done.err


def test_sums_that_do_not_close(case, verify):
    def lose(manifest):
        sources = case.sources
        sources[0]['accounting']['found'] += 5
        case.edit_lines('sources', sources, manifest)
    reseal(case, lose)
    done, report = verify()
    assert done.status == 1
    named = findings(report, 'sums')
    assert {f['name'] for f in named} == \
        {case.sources[0]['name'], 'the run'}


def test_sources_that_are_not_the_run(case, verify):
    def forget(manifest):
        case.edit_lines('sources', case.sources[:1], manifest)
    reseal(case, forget)
    done, report = verify()
    assert done.status == 1
    assert [f['name'] for f in findings(report, 'sums')] == ['the run']


def test_evidence_that_changed(case, verify):
    name = case.sources[0]['name']
    with open(name, 'r+b') as f:
        f.seek(5000)
        f.write(b'\xff')
    done, report = verify()
    assert done.status == 3
    assert name in done.err and 'SHA-256' in done.err
    assert report['inputs'] == {'good': 1, 'bad': 1, 'missing': 0, 'unread': 0}
    done, report = verify('--inputs', 'no')
    assert done.status == 0 and report['inputs']['good'] == 0


def test_evidence_that_is_away(evtxstage, case, verify):
    os.unlink(case.sources[1]['name'])
    done, report = verify()
    assert done.status == 0 and report['inputs']['missing'] == 1
    assert case.sources[1]['name'] in done.err
    done = evtxstage('verify', case.path)
    assert b'verify where the inputs were staged' in done.out
    done = verify('-q', '--inputs', 'require')[0]
    assert done.status == 3 and case.sources[1]['name'] in done.err


def test_a_pipe_in_the_place_of_evidence(case, verify):
    name = case.sources[1]['name']
    os.unlink(name)
    os.mkfifo(name)
    done, report = verify('--inputs', 'require')
    assert done.status == 3 and report['inputs']['unread'] == 1
    assert 'not a regular file' in done.err


def test_what_was_unreadable_then(stage, evtxstage, logons, tmp_path):
    (tmp_path / 'empty.evtx').write_bytes(b'')
    done, staging = stage(logons, tmp_path / 'empty.evtx')
    assert done.status == 3
    done = evtxstage('verify', '--json', staging.path)
    report = json.loads(done.out)
    assert done.status == 0 and report['segments']['bad'] == 0
    assert report['inputs']['good'] + report['inputs']['unread'] == 2


def test_usage(evtxstage, tmp_path, log):
    assert evtxstage('verify').status == 2
    assert evtxstage('verify', tmp_path / 'none').status == 2
    assert evtxstage('verify', '--inputs', 'maybe', tmp_path).status == 2
    done = evtxstage('-o', '-', '--inputs', 'no', log)
    assert done.status == 2 and 'verify' in done.err


def test_several_stagings(evtxstage, case, tmp_path):
    done = evtxstage('verify', case.path, tmp_path / 'none')
    assert done.status == 2 and b'inputs    2 of 2 are good' in done.out


# --- evidence in archives ----------------------------------------------------

@pytest.fixture
def check(evtxstage):
    """check(staging, '--inputs', ...) -> (Done, report)"""
    def call(staging, *args, **more):
        done = evtxstage('verify', '--json', '--sandbox=auto', *args,
                         staging.path, **more)
        return done, json.loads(done.out)
    return call


def counts(good=0, bad=0, missing=0, unread=0):
    return {'good': good, 'bad': bad, 'missing': missing, 'unread': unread}


@pytest.fixture
def members(mkevtx, tmp_path):
    made = []
    for i, name in enumerate(['a.evtx', 'x!/b.evtx', 'x/c.evtx']):
        path = mkevtx(tmp_path / 'made.evtx', '--events', '4624:300',
                      '--seed', i)
        made.append((name, read(path)))
    os.unlink(path)
    return made


@pytest.mark.parametrize('outer', ['zip', 'tar.gz', '7z'])
@pytest.mark.parametrize('inner', ['zip', 'tar.xz', '7z', None])
def test_what_is_in_archives(stage, check, members, tmp_path, outer, inner):
    folder = tmp_path / 'evidence!'  # a name that could be an archive's
    folder.mkdir()
    (folder / 'plain.evtx').write_bytes(members[0][1] + b'x')
    packed = list(members)
    if inner:
        path = MAKERS[inner](tmp_path / ('i.' + inner), members[1:])
        packed[1:] = [(path.name, read(path))]
    archive = MAKERS[outer](folder / ('c.' + outer), packed)
    done, staging = stage(folder)
    assert done.status in (0, 3), done.err
    done, report = check(staging, '--inputs', 'require')
    assert done.status == 0, done.err
    assert report['inputs'] == counts(good=5)  # and the archive

    # One byte of one member.
    name, data = members[2]
    data = data[:5000] + b'\xff' + data[5001:]
    if inner:
        path = MAKERS[inner](tmp_path / ('n.' + inner),
                             [members[1], (name, data)])
        packed[1] = (packed[1][0], read(path))
    else:
        packed[2] = (name, data)
    os.unlink(archive)
    MAKERS[outer](archive, packed)
    done, report = check(staging)
    assert done.status == 3
    assert report['inputs'] == counts(good=3, bad=2)
    assert done.err.count('/%s differs from what was staged' % archive.name) == 1
    assert done.err.count('x/c.evtx differs from what was staged: its SHA-256') == 1

    # A member is away, then all of it.
    os.unlink(archive)
    MAKERS[outer](archive, packed[:1])
    done, report = check(staging)
    assert done.status == 3
    assert report['inputs'] == counts(good=2, bad=3)
    assert 'x/c.evtx: is not in its archive any more' in done.err
    os.unlink(archive)
    done, report = check(staging)
    assert done.status == 0
    assert report['inputs'] == counts(good=1, missing=3)
    assert check(staging, '--inputs', 'require')[0].status == 3


def test_members_of_the_same_name(stage, check, members, tmp_path):
    """Each is found by its digest, whatever their order."""
    data = [data for _, data in members]
    path = make_tar(tmp_path / 'c.tgz', [('a.evtx', d) for d in data])
    done, staging = stage(path)
    assert done.status == 0
    make_tar(path, [('a.evtx', d) for d in reversed(data)])
    done, report = check(staging)
    assert report['inputs'] == counts(good=3, bad=1)
    assert 'c.tgz differs from what was staged' in done.err
    # Nor does one more that nobody staged take the place of another.
    make_tar(path, [('a.evtx', d) for d in (b'x' * 9, data[2], *data[:2])])
    done, report = check(staging)
    assert report['inputs'] == counts(good=3, bad=1)
    make_tar(path, [('a.evtx', d) for d in (data[2], data[0], data[0])])
    done, report = check(staging)
    assert done.status == 3 and report['inputs'] == counts(good=2, bad=2)


def test_bytes_of_an_archive_that_are_no_member(stage, check, members,
                                                tmp_path):
    path = make_zip(tmp_path / 'c.zip', members)
    done, staging = stage(path)
    assert done.status == 0
    with open(path, 'ab') as f:
        f.write(b'a comment')
    done, report = check(staging)
    assert done.status == 3 and report['inputs'] == counts(good=3, bad=1)
    assert done.err.count('bad: %s differs from what was staged' % path) == 1


def test_an_archive_that_breaks_off(stage, check, members, tmp_path):
    path = make_tar(tmp_path / 'c.tgz', members)
    raw = read(path)
    path.write_bytes(raw[:len(raw) * 3 // 4])
    done, staging = stage(path)
    assert done.status == 3
    # What came then comes now.
    done, report = check(staging)
    assert done.status == 0, done.err
    assert report['inputs']['bad'] == 0 and report['inputs']['good'] >= 2
    path.write_bytes(raw[:len(raw) // 4])
    done, report = check(staging)
    assert done.status == 3 and report['inputs']['bad'] >= 2
    path.write_bytes(b'no archive')
    assert check(staging)[0].status == 3


@pytest.mark.skipif(BSDTAR is None, reason='bsdtar is not installed')
@pytest.mark.parametrize('nested', [False, True])
def test_an_encrypted_archive(stage, check, members, tmp_path, nested):
    folder = tmp_path / 'packed'
    folder.mkdir()
    for i, (_, data) in enumerate(members):
        (folder / ('%d.evtx' % i)).write_bytes(data)
    path = tmp_path / 'locked.zip'
    subprocess.run([BSDTAR, '-a', '-c', '--options', 'zip:encryption=aes256',
                    '--passphrase', 'infected', '-f', path, '0.evtx',
                    '1.evtx', '2.evtx'], cwd=folder, check=True)
    if nested:
        path = make_zip(tmp_path / 'c.zip', [('locked.zip', read(path))])
    password = ('--archive-password-fd', '0')
    done, staging = stage(path, *password, input=b'infected')
    assert done.status == 0, done.err
    done, report = check(staging, *password, input=b'infected')
    assert done.status == 0 and report['inputs'] == counts(good=4)
    done, report = check(staging)
    assert done.status == 0 and report['inputs'] == counts(good=1, unread=3)
    assert '2.evtx: ' in done.err and '--archive-password-file' in done.err
    done, report = check(staging, '--inputs', 'require', *password,
                         input=b'guessed')
    assert done.status == 3 and 'password is wrong' in done.err


@pytest.mark.skipif(shutil.which('strace') is None,
                    reason='strace is not installed')
def test_an_archive_is_read_once_for_all_members(stage, evtxstage_path, members, tmp_path):
    path = make_zip(tmp_path / 'c.zip', members)
    done, staging = stage(path)
    log = tmp_path / 'strace'
    done = subprocess.run(
        ['strace', '-f', '-qq', '-e', 'trace=openat', '-o', log, 'env',
         'ASAN_OPTIONS=detect_leaks=0', evtxstage_path, 'verify',
         staging.path], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    opened = [line for line in log.read_text().splitlines()
              if 'c.zip"' in line and 'O_PATH' not in line]
    assert len(opened) == 2  # and once for its own digest
