# SPDX-License-Identifier: Apache-2.0
"""--compress zstd: the same lines in smaller segments, which every command and
zstd(1) read, and which may lie."""
import json
import os
import shutil
import sqlite3
import struct
import subprocess

import pytest
from ingest_fixtures import make_ingest  # noqa: F401
from load_run import load, load_json, query
from load_staging import logon_row, make_staging, write_manifest
from segment_tools import (
    compress_staging,
    frame,
    frames_of,
    replace_segment,
    seekable,
    table,
)
from stage_tools import Staging, peak_kib, read, sha256
from test_stage_merge import shards  # noqa: F401
from test_stage_shards import case  # noqa: F401



@pytest.fixture(scope='module')
def log(mkevtx, tmp_path_factory):
    """A log whose rows are some frames."""
    return mkevtx(tmp_path_factory.mktemp('log') / 'a.evtx', '--events', 'all',
                  '--size', '2M')


@pytest.fixture(scope='module')
def both(evtxstage, log, tmp_path_factory):
    """A plain staging and a compressed one of the same log."""
    top = tmp_path_factory.mktemp('both')
    for name, options in (('plain', ()), ('packed', ('--compress', 'zstd'))):
        done = evtxstage('-q', *options, '-o', top / name, log)
        assert done.status == 0, done.err
    return Staging(top / 'plain'), Staging(top / 'packed')


@pytest.fixture
def packed(both, tmp_path):
    """A copy of the compressed one."""
    shutil.copytree(both[1].path, tmp_path / 'copy',
                    ignore=shutil.ignore_patterns('load'))
    return Staging(tmp_path / 'copy')


def first(staging):
    return staging.file(staging.manifest['segments'][0]['name'])


# --- what is written ----------------------------------------------------------


def test_lines_are_the_same_and_smaller(evtxstage, both):
    plain, small = both
    assert [s['name'] for s in small.manifest['segments']] == \
        [s['name'] + '.zst' for s in plain.manifest['segments']]
    for one, two in zip(plain.manifest['segments'], small.manifest['segments']):
        assert two['lines_sha256'] == one['sha256']
        assert two['lines_bytes'] == one['bytes'] and two['lines'] == one['lines']
        data = read(small.file(two['name']))
        assert (two['sha256'], two['bytes']) == (sha256(data), len(data))
        assert two['bytes'] * 5 < one['bytes']
        assert 'lines_sha256' not in one
    assert small.ndjson == plain.ndjson
    assert small.manifest['options']['compress'] == 'zstd:1'
    assert 'compress' not in plain.manifest['options']
    assert small.manifest['accounting'] == plain.manifest['accounting']
    done = evtxstage('verify', small.path)
    assert done.status == 0, done.err


def test_frames_have_whole_lines_and_zstd_reads_each(both, tmp_path):
    path = first(both[1])
    subprocess.run(['zstd', '-tq', path], check=True)
    found = frames_of(read(path))
    assert len(found) > 1
    for number, (data, size) in enumerate(found):
        (tmp_path / 'frame').write_bytes(data)
        lines = subprocess.run(['zstd', '-dcq', tmp_path / 'frame'], check=True,
                               stdout=subprocess.PIPE).stdout
        assert len(lines) == size and lines.endswith(b'\n')
        if number + 1 < len(found):
            assert 1 << 19 < size <= 1 << 20
        listed = subprocess.run(['zstd', '-lv', tmp_path / 'frame'], check=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert b'XXH64' in listed.stdout and str(size).encode() in listed.stdout


@pytest.mark.parametrize('jobs', ['1', '3'])
def test_threads_make_no_difference(evtxstage, both, log, tmp_path, jobs):
    out = tmp_path / 'out'
    assert evtxstage('-q', '-j', jobs, '--compress', 'zstd', '-o', out,
                     log).status == 0
    assert Staging(out).content() == both[1].content()


def test_a_level_changes_the_file_and_not_the_lines(evtxstage, both, log, tmp_path):
    out = Staging(tmp_path / 'out')
    assert evtxstage('-q', '--compress', 'zstd:9', '-o', out.path, log).status == 0
    assert out.manifest['options']['compress'] == 'zstd:9'
    assert out.ndjson == both[0].ndjson
    assert read(first(out)) != read(first(both[1]))
    assert evtxstage('verify', out.path).status == 0


@pytest.mark.parametrize('value', ['', 'gzip', 'zstd:', 'zstd:0', 'zstd:20',
                                   'zstd3', 'zstd:x', 'ZSTD'])
def test_other_methods_are_refused(evtxstage, log, tmp_path, value):
    done = evtxstage('--compress', value, '-o', tmp_path / 'out', log)
    assert done.status == 2 and '--compress' in done.err
    assert not (tmp_path / 'out').exists()


def test_a_stream_is_not_compressed(evtxstage, log):
    done = evtxstage('--compress', 'zstd', '-o', '-', log)
    assert done.status == 2 and done.out == b'' and '| zstd' in done.err
    assert evtxstage('-q', '--compress', 'none', '-o', '-', log).status == 0


def test_the_same_command_again(evtxstage, both, log):
    plain, small = both
    done = evtxstage('--compress', 'zstd:1', '-o', small.path, log)
    assert done.status == 0 and 'already staged' in done.err
    done = evtxstage('--compress', 'zstd', '-o', plain.path, log)
    assert done.status == 2 and 'compress' in done.err


def test_nothing_selected_makes_no_segment(evtxstage, log, tmp_path):
    out = tmp_path / 'out'
    assert evtxstage('-q', '--compress', 'zstd', '-s', 'none', '-o', out,
                     log).status == 0
    assert Staging(out).manifest['segments'] == []
    assert evtxstage('verify', out).status == 0


# --- adding -------------------------------------------------------------------


@pytest.mark.parametrize('now', ['none', 'zstd:1'])
@pytest.mark.parametrize('then', ['none', 'zstd'])
def test_append_to_either_kind(evtxstage, log, mkevtx, tmp_path, then, now):
    """Copies of what is there are recognized in both kinds of segments."""
    out, other = tmp_path / 'out', mkevtx(tmp_path / 'b.evtx', '--events', '4624:9')
    again = tmp_path / 'again.evtx'
    again.write_bytes(read(log) + bytes(65536))
    assert evtxstage('-q', '--compress', then, '-o', out, log).status == 0
    before = read(first(Staging(out)))
    done = evtxstage('-q', '--compress', now, '--append', '-o', out, again, other)
    assert done.status == 0, done.err
    staging = Staging(out)
    assert read(first(staging)) == before
    names = [s['name'].rpartition('/')[2] for s in staging.manifest['segments']]
    assert [n.endswith('.zst') for n in names] == [then != 'none', now != 'none']
    # The generator's events have times of their own.
    one, two, three = (s['accounting'] for s in staging.sources)
    assert two['duplicate'] == one['emitted'] > 0 and two['emitted'] == 0
    assert three['emitted'] == 9
    assert evtxstage('verify', out).status == 0
    # Again: the segments of both kinds are read for their keys.
    assert evtxstage('-q', '--append', '-o', out, log, other).status == 0
    assert evtxstage('verify', out).status == 0


# --- reading ------------------------------------------------------------------


def rows_of(database):
    connection = sqlite3.connect(database)
    try:
        return sorted(connection.execute('SELECT * FROM SecurityEvent'),
                      key=repr)
    finally:
        connection.close()


def test_sqlite_gets_the_same_rows_once(both, tmp_path):
    plain, small = both
    for name, staging in (('a.db', plain), ('b.db', small)):
        done = load('--target', 'sqlite:%s' % (tmp_path / name), staging.path)
        assert done.returncode == 0, done.stderr
    assert rows_of(tmp_path / 'a.db') == rows_of(tmp_path / 'b.db')
    # Its batches are those of the plain one: nothing is left to load.
    told = load_json('--target', 'sqlite:%s' % (tmp_path / 'a.db'), small.path)
    assert told['acked_before'] == told['total']['records'] == len(plain.rows)
    assert query(tmp_path / 'a.db', 'SELECT count(*) FROM _load_segment') == \
        [(len(plain.manifest['segments']),)]


def test_the_service_gets_the_same_batches(make_ingest, both, tmp_path):  # noqa: F811
    sent = {}
    for staging in both:
        server = make_ingest()
        state = tmp_path / os.path.basename(staging.path)
        done = load(*server.load_options, '--state', state, staging.path,
                    env=server.env)
        assert done.returncode == 0, done.stderr
        sent[staging.path] = (
            sorted(row['RecordKey_CF'] for row in server.accepted()),
            query(state / 'state.db', 'SELECT sha256, offset, length, records, key'
                  ' FROM _load_batch b JOIN _load_segment s ON s.id = b.segment'
                  ' ORDER BY 1, 2'))
    one, two = sent.values()
    assert one == two and len(one[0]) == len(both[0].rows)


def test_a_plan_is_the_same(make_ingest, both):  # noqa: F811
    server = make_ingest()
    plans = [load_json('plan', *server.load_options, s.path, env=server.env)
             for s in both]
    assert plans[0]['total']['records'] == len(both[0].rows)
    assert plans[0]['total'] == plans[1]['total']
    text = json.dumps(plans[1]['batches'])
    assert '.ndjson.zst' in text
    assert json.loads(text.replace('.zst', '')) == plans[0]['batches']


def test_show_finds_a_row(evtxstage, both):
    key = both[0].rows[-1]['RecordKey_CF']
    plain, small = (evtxstage('show', '--json', '--key', key, s.path) for s in both)
    assert plain.status == small.status == 0, small.err
    assert small.out.replace(b'.ndjson.zst', b'.ndjson').replace(
        both[1].path.encode(), both[0].path.encode()) == plain.out


def test_merge_check_reads_both(evtxstage, shards, case, tmp_path):  # noqa: F811
    plan, outs = shards
    want = json.loads(evtxstage('merge-check', '--json', plan, *outs).out)
    small = tmp_path / 'small'
    assert evtxstage('-q', '--schema', 'event', '--compress', 'zstd', '--shards',
                     plan, '--shard', 1, '-o', small).status in (0, 3)
    assert any(s['name'].endswith('.zst')
               for s in Staging(small).manifest['segments'])
    done = evtxstage('merge-check', '--json', plan, outs[0], small, outs[2])
    told = json.loads(done.out)
    assert done.status == 3, done.err
    for name in ('rows', 'duplicates', 'accounting', 'problems'):
        assert told[name] == want[name]


def test_a_signature_covers_it(evtxstage, log, tmp_path):
    key, public = tmp_path / 'key.pem', tmp_path / 'public.pem'
    subprocess.run(['openssl', 'genpkey', '-algorithm', 'ed25519', '-out', key],
                   check=True)
    subprocess.run(['openssl', 'pkey', '-in', key, '-pubout', '-out', public],
                   check=True)
    os.chmod(key, 0o600)
    out = tmp_path / 'out'
    assert evtxstage('-q', '--compress', 'zstd', '--sign-key', key, '-o', out,
                     log).status == 0
    assert evtxstage('verify', '--public-key', public, out).status == 0


def test_segments_of_other_writers_are_read(make_ingest, tmp_path):  # noqa: F811
    """Frames of zstd(1) that end in the middle of lines."""
    make_staging(tmp_path / 's', [logon_row(n) for n in range(100)], per_segment=40)
    compress_staging(tmp_path / 's')
    server = make_ingest()
    done = load(*server.load_options, tmp_path / 's', env=server.env)
    assert done.returncode == 0, done.stderr
    assert len(server.accepted()) == 100


# --- what was touched ---------------------------------------------------------


def assert_refused(evtxstage, server, staging, *parts):
    """By verify, and by evtxload before anything is sent."""
    done = evtxstage('verify', staging.path)
    assert done.status == 1, done.err
    text = done.out.decode() + done.err
    pushed = load(*server.load_options, staging.path, env=server.env)
    assert pushed.returncode == 1, pushed.stderr
    assert server.journal() == []
    for part in ('segments/000001.ndjson.zst', *parts):
        assert part in text and part in pushed.stderr


@pytest.mark.sanitize
@pytest.mark.parametrize('at', [0, 4, 20, 5000, -1, -9, -5, -12, -60])
def test_a_changed_bit(evtxstage, make_ingest, packed, at):  # noqa: F811
    path = first(packed)
    data = bytearray(read(path))
    data[at] ^= 4
    with open(path, 'wb') as file:
        file.write(data)
    assert_refused(evtxstage, make_ingest(), packed)


@pytest.mark.sanitize
@pytest.mark.parametrize('how', ['cut', 'longer', 'empty', 'frames swapped'])
def test_other_bytes(evtxstage, make_ingest, packed, how):  # noqa: F811
    path = first(packed)
    data = read(path)
    found = frames_of(data)
    changed = {
        'cut': data[:-1], 'longer': data + b'\0', 'empty': b'',
        'frames swapped': found[1][0] + found[0][0] + b''.join(
            f for f, _ in found[2:]) + table(
            [(len(found[i][0]), found[i][1])
             for i in (1, 0, *range(2, len(found)))]),
    }[how]
    with open(path, 'wb') as file:
        file.write(changed)
    assert_refused(evtxstage, make_ingest(), packed)
    if how == 'frames swapped':  # also if the manifest agrees
        replace_segment(packed.path, 0, changed)
        assert_refused(evtxstage, make_ingest(), packed,
                       'SHA-256 of its lines')


def test_append_checks_what_is_there(evtxstage, log, packed, tmp_path):
    path = first(packed)
    data = bytearray(read(path))
    data[5000] ^= 4
    with open(path, 'wb') as file:
        file.write(data)
    other = tmp_path / 'other.evtx'
    other.write_bytes(read(log) + bytes(65536))
    done = evtxstage('--append', '-o', packed.path, other)
    assert done.status == 1, done.err
    assert 'segments/000001.ndjson.zst: frame 1 at byte 0' in done.err


def test_the_digest_of_the_file_is_checked(evtxstage, make_ingest, packed):  # noqa: F811
    """Other bytes with the same lines."""
    data = frames_of(read(first(packed)))
    lines = Staging(packed.path).ndjson
    ends = [0]
    for _, size in data:
        ends.append(ends[-1] + size)
    other = seekable([lines[a:b] for a, b in zip(ends, ends[1:])], '-5')
    manifest = packed.manifest
    with open(first(packed), 'wb') as file:
        file.write(other)
    manifest['segments'][0]['bytes'] = len(other)
    write_manifest(packed.path, manifest)
    assert_refused(evtxstage, make_ingest(), packed, 'its SHA-256 is')


def bomb():
    """A frame of 1 GiB in 32 KB: blocks that repeat one byte 131072 times."""
    blocks = b''.join(struct.pack('<I', 131072 << 3 | 1 << 1 | (i == 8191))[:3] +
                      b'0' for i in range(8192))
    return bytes.fromhex('28b52ffde4') + struct.pack('<Q', 1 << 30) + blocks + \
        bytes(4)


def hostile(kind, data):
    """A segment, and how many bytes of lines the manifest says."""
    found = frames_of(data)
    frames = [f for f, _ in found]
    sizes = [n for _, n in found]
    rest = b''.join(frames[1:])
    if kind == 'bomb':
        return bomb() + table([(len(bomb()), 1 << 30)]), 1 << 30
    if kind == 'bomb that is said to be small':
        return bomb() + table([(len(bomb()), 1 << 20)]), 1 << 20
    if kind == 'other size':
        sizes[0], sizes[1] = sizes[0] + 1, sizes[1] - 1
    if kind == 'torn frame':
        frames[0] = frames[0][:-9]
    if kind == 'bytes between':
        frames[0] += b'\0' * 9
    if kind == 'no size':
        frames[0] = subprocess.run(['zstd', '-qc'], check=True, input=b'{}\n',
                                   stdout=subprocess.PIPE).stdout
        sizes[0] = 3
    if kind == 'no checksum':
        frames[0] = frame(b'{}\n', '--no-check')
        sizes[0] = 3
    if kind == 'large window':
        frames[0] = bytes.fromhex('28b52ffd84') + bytes([(31 - 10) << 3]) + \
            struct.pack('<I', 3) + bytes.fromhex('190000') + b'{}\n' + bytes(4)
        sizes[0] = 3
    if kind == 'many frames':
        return frames[0] + rest + struct.pack('<IBI', 2**32 - 1, 0, 0x8F92EAB1), \
            sum(sizes)
    return b''.join(frames) + table([(len(f), n) for f, n in zip(frames, sizes)]), \
        sum(sizes)


@pytest.mark.sanitize
@pytest.mark.parametrize('kind, says', [
    ('bomb', 'frame 1 at byte 0'),
    ('bomb that is said to be small', 'frame 1 at byte 0: it says that it has '
     '1073741824 bytes'),
    ('other size', 'frame 1 at byte 0: it says that it has'),
    ('torn frame', 'frame 1 at byte 0: it is cut short'),
    ('bytes between', 'frame 1 at byte 0: it ends 9 bytes before'),
    ('no size', 'frame 1 at byte 0: it does not say the size'),
    ('no checksum', 'frame 1 at byte 0: it has no checksum'),
    ('large window', 'frame 1 at byte 0: its window is larger'),
    ('many frames', 'table of frames'),
])
def test_a_segment_that_lies(evtxstage, make_ingest, packed, kind, says):  # noqa: F811
    """The manifest agrees with it."""
    data, lines_bytes = hostile(kind, read(first(packed)))
    replace_segment(packed.path, 0, data, lines_bytes)
    assert_refused(evtxstage, make_ingest(), packed, says)


@pytest.mark.unsanitized
def test_memory_is_bounded(evtxstage_path, both, tmp_path):
    """A frame is read into memory, and is never large."""
    rows = tmp_path / 'rows'
    make_staging(rows, [logon_row(n) for n in range(10)])
    compress_staging(rows)
    zeros = b'{"a":"' + b'0' * ((4 << 20) - 10) + b'"}\n'
    replace_segment(rows, 0, seekable([zeros] * 50), 50 * len(zeros))
    shutil.copytree(rows, tmp_path / 'copy')
    code = 'import subprocess,sys; sys.exit(subprocess.run(sys.argv[1:]).returncode != 1)'
    assert peak_kib(['python3', '-c', code, evtxstage_path, 'verify',
                     tmp_path / 'copy']) < 40 << 10
