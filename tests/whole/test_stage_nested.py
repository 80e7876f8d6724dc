# SPDX-License-Identifier: Apache-2.0
"""Logs in archives inside archives."""
import os
import random
import shutil
import signal
import subprocess
import time

import pytest
from archive_tools import MAKERS, make_folder, make_tar, make_zip
from stage_tools import Staging, environment, read

pytestmark = pytest.mark.sanitize

# Made by 7-Zip (p7zip 16.02) with a password, of a file of 18 bytes: the log
# is encrypted, or the list of members is, too.
LOCKED = {
    'log': (
        '377abcaf271c00047b91ffc420000000000000006a000000000000001661b53f3f'
        '997cf029a9cb0f7d122ad1ec191904a393349c8365c2acdcf11102d3d0813e0104'
        '060001092000070b0100022406f1070112530f5bd9dd65b929e361bd545f14907e'
        'bf6a2121010001000c161200080a0146f8d1e200000501190100110f0061002e00'
        '65007600740078000000190400000000140a010033b0f5feda7edd011506010020'
        '80a4810000'),
    'list': (
        '377abcaf271c00043d93028290000000000000002e000000000000001a86988945'
        '1a34d0c55a7bf6c4ddd8072def2e6e3dace6e7ef6a71eaa99fcde75bad599d7522'
        '56ceb485de6b06d8fc9d64d89ed709cc7d19e052790e79eab7e990f258d8f98f5f'
        '050f82cb04e9d0774e2db563df9a70a64f58f7dc6142b2ff7548a44456e7b5bab2'
        '7a7bfd5a3a19e9fdf36b3bbd3883f2d63c1dd48485128bcd299d407ad2ae92bf2a'
        'de6c3f16407727399ee8ec17062001097000070b0100012406f1070112530fe061'
        'a55da22a6434b1d5b52fbf5b27140c6a0a01377a66780000'),
}


@pytest.fixture
def logs(mkevtx, tmp_path):
    """Three logs: name -> bytes."""
    made = {}
    for i, name in enumerate(['a.evtx', 'x/b.evtx', 'x/c.evtx']):
        path = mkevtx(tmp_path / 'made.evtx', '--events', '4624:300',
                      '--seed', i)
        made[name] = read(path)
    return made


def errors(staging):
    return {s['name']: s['error'] for s in staging.sources
            if 'error' in s}


def names(staging):
    return [s['name'] for s in staging.sources]


def nest(folder, data, levels, name='log.evtx'):
    """A zip in a zip in a zip ..., and what the log in it is called."""
    inside = name
    for i in range(levels):
        path = make_zip(folder / ('%d.zip' % i), [(name, data)])
        data, name = read(path), path.name
        inside = '%s!/%s' % (name, inside)
    return path, os.path.join(folder, inside)


@pytest.mark.parametrize('outer', ['zip', 'tar.gz', 'tar', '7z'])
@pytest.mark.parametrize('inner', ['zip', 'tar.gz', 'tar.xz', 'tar', '7z'])
def test_it_holds_what_the_folder_does(stage, logs, tmp_path, outer, inner):
    (name, data), *rest = sorted(logs.items())
    _, plain = stage(make_folder(tmp_path / 'in', sorted(logs.items())),
                     to='plain')
    packed = MAKERS[inner](tmp_path / ('inner.' + inner), rest)
    archive = MAKERS[outer](tmp_path / ('outer.' + outer), [
        (name, data), (packed.name, read(packed))])
    done, staging = stage(archive)
    assert done.status == 0, done.err
    assert names(staging) == ['%s!/%s' % (archive, name)] + [
        '%s!/%s!/%s' % (archive, packed.name, n) for n, _ in rest]
    assert staging.ndjson == plain.ndjson != b''


@pytest.mark.parametrize('inner', ['zip', '7z'])
def test_on_standard_input(stage, logs, tmp_path, inner):
    packed = MAKERS[inner](tmp_path / ('inner.' + inner),
                           sorted(logs.items()))
    archive = make_tar(tmp_path / 'outer.tgz', [(packed.name, read(packed))])
    _, plain = stage(archive, to='plain')
    with open(archive, 'rb') as f:
        done, staging = stage('-', '-j', '1', stdin=f)
    assert done.status == 0, done.err
    assert staging.ndjson == plain.ndjson != b''
    assert names(staging) == ['stdin!/%s!/%s' % (packed.name, n)
                              for n in sorted(logs)]


def test_a_7z_on_standard_input(evtxstage, stage, logs, tmp_path):
    archive = MAKERS['7z'](tmp_path / 'c.7z', sorted(logs.items()))
    _, plain = stage(archive, to='plain')
    scratch = tmp_path / 'tmp'
    scratch.mkdir()
    done, staging = stage('-', input=read(archive))
    assert done.status == 0, done.err
    assert staging.ndjson == plain.ndjson != b''
    done = evtxstage('-o', '-', '-', input=read(archive),
                     env={'TMPDIR': str(scratch)})
    assert done.status == 0 and done.out == plain.ndjson
    assert not list(scratch.iterdir())


def test_rows_name_the_digest_of_a_log_inside(stage, logs, tmp_path):
    path, _ = nest(tmp_path, logs['a.evtx'], 2)
    done, staging = stage(path, '--provenance', 'full')
    assert done.status == 0, done.err
    assert {r['SourceSha256_CF'] for r in staging.rows} == {
        s['sha256'] for s in staging.sources}


def test_what_is_only_called_an_archive(stage, logs, tmp_path):
    """By its bytes it is a log, or nothing: as in a folder."""
    archive = make_zip(tmp_path / 'c.zip', [
        ('a.zip', logs['a.evtx']), ('b.7z', b'nothing'), ('c.tar', b'')])
    done, staging = stage(archive)
    assert done.status == 3
    assert [s['accounting']['found'] for s in staging.sources] \
        == [300, 0, 0]
    assert '%s!/c.tar is empty' % archive in done.err


# --- levels ----------------------------------------------------------------

@pytest.mark.parametrize('given,levels', [
    ((), 1), (('--nesting', '0'), 0), (('--nesting', '3'), 3),
    (('--nesting', '8'), 8)])
def test_levels(stage, logs, tmp_path, given, levels):
    path, name = nest(tmp_path, logs['a.evtx'], levels + 1)
    done, staging = stage(path, *given)
    assert done.status == 0, done.err
    assert names(staging) == [name] and len(staging.rows) == 300

    # One more is too many; the name says where it stands.
    path, name = nest(tmp_path, logs['a.evtx'], levels + 2)
    done, staging = stage(path, *given, to='deeper')
    assert done.status == 3
    named, = errors(staging)
    assert named == name[:name.rindex('!/')]
    around = 'an archive' if levels == 0 else '%d archives' % (levels + 1)
    assert errors(staging)[named] == (
        '%s is an archive inside %s, which is not read (--nesting)'
        % (named, around))
    assert done.err.count(named) == 1


def test_a_very_deep_one(stage, logs, tmp_path):
    path, _ = nest(tmp_path, logs['a.evtx'], 60)
    done, staging = stage(path, '--nesting', '8')
    assert done.status == 3 and len(staging.sources) == 1


def test_levels_are_a_number(stage, tmp_path):
    for text in ('9', '-1', 'x', ''):
        done, _ = stage('--nesting=' + text, tmp_path)
        assert done.status == 2 and '--nesting' in done.err


# --- limits and hostile ones -------------------------------------------------

@pytest.mark.parametrize('option,value,n', [
    ('--max-unpacked', '2M', 4), ('--max-archive-members', '8', 3)])
def test_limits_hold_over_all(stage, logs, tmp_path, option, value, n):
    """Each archive keeps the limit, all together do not."""
    alone = make_zip(tmp_path / 'i.zip', sorted(logs.items()))
    done, _ = stage(alone, option, value, to='alone')
    assert done.status == 0, done.err
    archive = make_zip(tmp_path / 'c.zip', [
        ('%d.zip' % i, read(alone)) for i in range(n)])
    done, _ = stage(archive, option, value, '--nesting', '0', to='outer')
    assert option not in done.err
    done, staging = stage(archive, option, value)
    assert done.status == 3 and option in done.err
    logs_read = [s for s in staging.sources if 'error' not in s]
    assert 0 < len(logs_read) < n * len(logs)


@pytest.mark.slow  # packs and unpacks 320 MB; test_stage_archives has bombs
def test_a_nested_bomb_is_named(stage, logs, tmp_path):
    """Neither archive is one, but both together are."""
    inner = make_zip(tmp_path / 'bomb.zip', [
        ('log.evtx', logs['a.evtx'] + bytes(320 << 20))])
    archive = make_zip(tmp_path / 'c.zip', [
        ('bomb.zip', read(inner)), ('a.evtx', logs['a.evtx'])])
    ratio = ('--max-ratio', '1100')  # more than this compression can
    done, _ = stage(inner, *ratio, to='alone')
    assert done.status == 0, done.err
    done, staging = stage(archive, *ratio, to='both')
    assert done.status == 3
    assert {n.split('!/', 1)[1] for n, e in errors(staging).items()
            if '--max-ratio' in e} == {'bomb.zip', 'bomb.zip!/log.evtx'}
    assert names(staging)[-1].endswith('c.zip!/a.evtx')
    assert 'error' not in staging.sources[-1]


def test_a_copy_has_a_limit(stage, logs, tmp_path):
    packed = MAKERS['7z'](tmp_path / 'i.7z', sorted(logs.items()))
    archive = make_zip(tmp_path / 'c.zip', [
        ('i.7z', read(packed)), ('a.evtx', logs['a.evtx'])])
    done, staging = stage(archive, '--max-spool', '4K')
    assert done.status == 3
    assert list(errors(staging)) == ['%s!/i.7z' % archive]
    assert 'i.7z must be copied to be read, but temporary copies may have ' \
        'at most 4096 bytes in all (--max-spool)' in done.err
    assert len(staging.rows) == 300
    done, staging = stage('-', '--max-spool', '4K', to='in',
                          input=read(packed))
    assert done.status == 3 and '--max-spool' in errors(staging)['stdin']


@pytest.mark.parametrize('inner', ['zip', 'tar.gz', '7z'])
def test_one_that_is_cut_off_is_named(stage, logs, tmp_path, inner):
    packed = MAKERS[inner](tmp_path / ('i.' + inner), sorted(logs.items()))
    whole = read(packed)
    archive = make_zip(tmp_path / 'c.zip', [
        (packed.name, whole[:len(whole) * 3 // 4]),
        ('last.evtx', logs['a.evtx'])])
    done, staging = stage(archive)
    assert done.status == 3
    assert '%s!/%s' % (archive, packed.name) in ' '.join(errors(staging))
    assert names(staging)[-1] == '%s!/last.evtx' % archive
    assert 'error' not in staging.sources[-1]


@pytest.mark.parametrize('what', LOCKED)
@pytest.mark.parametrize('nested', [False, True])
def test_an_encrypted_7z_is_named_and_refused(
        stage, logs, tmp_path, what, nested):
    path = tmp_path / 'locked.7z'
    path.write_bytes(bytes.fromhex(LOCKED[what]))
    if nested:
        path = make_zip(tmp_path / 'c.zip', [
            ('locked.7z', read(path)), ('last.evtx', logs['a.evtx'])])
    done, staging = stage(path)
    assert done.status == 3
    (name, error), = errors(staging).items()
    assert 'locked.7z' in name
    assert 'is encrypted in a way that is not supported' in error
    assert len(staging.rows) == (300 if nested else 0)


# --- going on --------------------------------------------------------------

KILLS = int(os.environ.get('EVTX_NESTED_KILLS', '12'))
SMALL = ('-q', '--checkpoint', '300K', '--nesting', '2')


@pytest.fixture(scope='module')
def collection(mkevtx, tmp_path_factory):
    """Logs before, in, between and behind archives in archives."""
    top = tmp_path_factory.mktemp('collection')
    data = [read(mkevtx(top / 'made.evtx', '--events', 'all', '--size', '1M',
                        '--seed', i)) for i in range(7)]
    broken = bytearray(data[1])
    broken[4096 + 65536 + 700:4096 + 65536 + 900] = bytes(200)
    deep = make_zip(top / 'deep.zip', [('1.evtx', bytes(broken)),
                                       ('2.evtx', data[2])])
    first = make_tar(top / 'first.tgz', [
        ('0.evtx', data[0]), ('deep.zip', read(deep)), ('3.evtx', data[3])])
    second = MAKERS['7z'](top / 'second.7z', [('4.evtx', data[4]),
                                              ('5.evtx', data[5])])
    return make_zip(top / 'c.zip', [
        ('6.evtx', data[6]), ('first.tgz', read(first)),
        ('second.7z', read(second)), ('again.evtx', data[2])])


def checkpoint(staging):
    """How many levels of archives it stands in."""
    with open(staging.file('state', 'checkpoint'), encoding='utf-8') as f:
        lines = f.read().splitlines()
    levels, = (int(x.split()[1]) for x in lines if x.startswith('levels '))
    return levels


def killed(program, out, collection, options, seconds):
    with subprocess.Popen(
            [program, *SMALL, *options, '-o', out, collection],
            env=environment(), stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.kill()
        process.communicate(timeout=60)
        return process.returncode == -signal.SIGKILL


@pytest.mark.parametrize('options', [
    ('-j', '1'), ('--provenance', 'full', '-s', 'any'),
    ('--max-unpacked', '9M'),
], ids=lambda o: o[0])
@pytest.mark.kill
@pytest.mark.unsanitized
def test_a_killed_run_goes_on(evtxstage, evtxstage_path, collection, tmp_path,
                              options):
    """With the same bytes, and the same limits, as one that was not."""
    begin = time.monotonic()
    done = evtxstage(*SMALL, *options, '-o', tmp_path / 'calm', collection)
    seconds = time.monotonic() - begin
    assert done.status == 3
    want = Staging(tmp_path / 'calm').content()
    rng = random.Random(9)
    inside = 0
    for i in range(KILLS):
        out = Staging(tmp_path / str(i))
        for _ in range(3):
            if out.finished:
                break
            killed(evtxstage_path, out.path, collection, options,
                   rng.uniform(0, seconds))
            if os.path.exists(out.file('state', 'checkpoint')):
                inside += checkpoint(out) > 1
        if not out.finished:
            done = evtxstage(*SMALL, *options, '-o', out.path, collection)
            assert done.status == 3, done.err
        assert out.content() == want
        shutil.rmtree(out.path)
    assert inside >= KILLS // 4


def test_another_depth_is_refused(evtxstage, evtxstage_path, collection,
                                  tmp_path):
    out = Staging(tmp_path / 'out')
    path = out.file('state', 'checkpoint')
    with subprocess.Popen(
            [evtxstage_path, *SMALL, '-j', '1', '-o', out.path, collection],
            env=environment(), stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not os.path.exists(path):
            time.sleep(0.001)
        process.kill()
    if out.finished:
        pytest.skip('it was faster than the signal')
    done = evtxstage('--nesting', '1', '-o', out.path, collection)
    assert done.status == 2
    assert 'nesting was "2", now it is "1"' in done.err
