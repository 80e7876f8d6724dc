# SPDX-License-Identifier: Apache-2.0
"""--append: a finished staging directory gets more sources; what it had stays
as it was, byte for byte."""
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from ingest_fixtures import make_ingest  # noqa: F401
from load_run import load
from load_staging import write_manifest
from stage_tools import Staging, environment


@pytest.fixture(scope='module')
def logs(mkevtx, tmp_path_factory):
    top = tmp_path_factory.mktemp('logs')
    for name, events, seed in (('a', '4624', 1), ('b', '4688', 2), ('c', 'all', 3)):
        mkevtx(top / (name + '.evtx'), '--events', events, '--size', '2M', '--seed', seed)
    data = bytearray((top / 'c.evtx').read_bytes())
    data[4096 + 65536 + 2000:4096 + 65536 + 2300] = bytes(range(60)) * 5
    (top / 'd.evtx').write_bytes(data)
    (top / 'e.evtx').write_bytes(data[:1000000])
    return top


@pytest.fixture
def first(evtxstage, logs, tmp_path):
    """A staging of a log, and of a damaged one."""
    out = tmp_path / 'staging'
    assert evtxstage('-q', '-o', out, logs / 'a.evtx', logs / 'd.evtx').status == 3
    staging = Staging(out)
    staging.path = out
    return staging


def segments(out):
    return {p.name: p.read_bytes() for p in (out / 'segments').iterdir()}


def lines(out):
    return b''.join(v for _, v in sorted(segments(out).items())).splitlines()


def name_of(source):
    return source['name']


def told(out):
    manifest = json.loads((out / 'manifest.json').read_text())
    del manifest['run'], manifest['digest']
    return manifest, segments(out), (out / 'damage.ndjson').read_bytes()


def test_sources_are_added(evtxstage, logs, first, tmp_path):
    before, manifest = segments(first.path), first.manifest
    sources = first.sources
    damage = (first.path / 'damage.ndjson').read_bytes()
    done = evtxstage('-o', first.path, '--append', logs / 'b.evtx')
    assert done.status == 0, done.err
    after = Staging(first.path).manifest
    assert {k: v for k, v in segments(first.path).items() if k in before} == before
    assert len(segments(first.path)) > len(before)
    assert Staging(first.path).sources[:2] == sources
    assert after['segments'][:len(before)] == manifest['segments']
    assert (first.path / 'damage.ndjson').read_bytes() == damage
    assert not (first.path / 'state').exists()
    other = tmp_path / 'other'
    evtxstage('-q', '-o', other, logs / 'a.evtx', logs / 'd.evtx', logs / 'b.evtx')
    want = Staging(other).manifest
    assert after['accounting'] == want['accounting']
    assert sorted(Staging(first.path).sources, key=name_of) == \
        sorted(Staging(other).sources, key=name_of)
    # Notes tell the source by its number, too.
    assert [{k: v for k, v in log.items() if k != 'log_cleared'}
            for log in Staging(first.path).logs] == \
        [{k: v for k, v in log.items() if k != 'log_cleared'}
         for log in Staging(other).logs]
    assert sorted(lines(first.path)) == sorted(lines(other))
    assert evtxstage('verify', first.path).status == 0


def test_damage_grows(evtxstage, logs, first, tmp_path):
    damage = (first.path / 'damage.ndjson').read_bytes()
    worse = tmp_path / 'worse.evtx'
    worse.write_bytes((logs / 'b.evtx').read_bytes()[:200000])
    done = evtxstage('-o', first.path, '--append', worse)
    assert done.status == 3
    manifest = Staging(first.path).manifest
    assert manifest['sources_bad'] > 1
    assert f"({manifest['sources_bad']} damaged or unreadable)" in done.err
    after = (first.path / 'damage.ndjson').read_bytes()
    assert damage and after.startswith(damage) and len(after) > len(damage)
    assert evtxstage('verify', first.path).status == 0


def test_the_same_bytes_are_a_copy(evtxstage, logs, first, tmp_path):
    shutil.copy(logs / 'a.evtx', tmp_path / 'again.evtx')
    lines = Staging(first.path).manifest['accounting']
    done = evtxstage('-o', first.path, '--append', tmp_path / 'again.evtx')
    assert done.status == 0 and 'copies' in done.err
    after = Staging(first.path).manifest
    assert Staging(first.path).sources[-1]['duplicate_of'].endswith('/a.evtx')
    assert after['accounting'] == lines
    assert evtxstage('verify', first.path).status == 0


@pytest.mark.parametrize('options', [[], ['--schema', 'windowsevent'],
                                     ['--schema', 'raw', '--provenance', 'key'],
                                     ['--schema', 'ecs', '--provenance', 'key']])
def test_copies_of_what_is_there_are_told(evtxstage, logs, tmp_path, options):
    """--dedupe run knows the lines that are there: other bytes, same events."""
    out = tmp_path / 'staging'
    usual = ['-q', '-s', 'any', '--dedupe', 'run', '-o', out, *options]
    assert evtxstage(*usual, logs / 'a.evtx').status == 0
    before = segments(out)
    other = tmp_path / 'other.evtx'
    other.write_bytes((logs / 'a.evtx').read_bytes() + bytes(65536))
    assert evtxstage(*usual, '--append', other, logs / 'b.evtx').status == 0
    first, again, new = (
        next(s for s in Staging(out).sources if s['name'].endswith(name))
        for name in ('/a.evtx', '/other.evtx', '/b.evtx'))
    assert 'duplicate_of' not in again
    assert again['accounting']['duplicate'] == first['accounting']['emitted'] > 0
    assert again['accounting']['emitted'] == 0 and new['accounting']['emitted'] > 0
    assert {k: v for k, v in segments(out).items() if k in before} == before
    assert evtxstage('verify', out).status == 0


def test_lines_without_keys_tell_no_copies(evtxstage, logs, tmp_path):
    done = evtxstage('-o', tmp_path / 'staging', '--append', '--dedupe', 'run',
                     '--provenance', 'none', logs / 'a.evtx')
    assert done.status == 2 and '--provenance key' in done.err


@pytest.mark.parametrize('options,word', [
    (['-s', 'common'], 'event_set'), (['--schema', 'raw'], 'schema'),
    (['--level', '4'], 'level'), (['--provenance', 'full'], 'provenance')])
def test_other_options_are_refused(evtxstage, logs, first, options, word):
    before = told(first.path)
    done = evtxstage('-o', first.path, '--append', *options, logs / 'b.evtx')
    assert done.status == 2 and word in done.err and 'made with' in done.err
    assert told(first.path) == before
    assert evtxstage('verify', first.path).status == 0


def test_other_limits_of_archives_are_not(evtxstage, logs, first):
    """They play no part for what is there, and may be too low for the new."""
    done = evtxstage('--append', '-o', first.path, '--max-member', '1G',
                     logs / 'b.evtx')
    assert done.status in (0, 3), done.err


def test_what_is_not_finished_is_refused(evtxstage, logs, tmp_path):
    done = evtxstage('-o', tmp_path / 'none', '--append', logs / 'b.evtx')
    assert done.status == 2 and 'no manifest.json' in done.err
    assert evtxstage('-o', '-', '--append', logs / 'b.evtx').status == 2


def test_what_was_touched_is_refused(evtxstage, logs, first):
    segment = first.path / 'segments' / '000001.ndjson'
    whole = segment.read_bytes()
    segment.write_bytes(whole[:-1])
    done = evtxstage('-o', first.path, '--append', logs / 'b.evtx')
    assert done.status == 1 and '000001.ndjson' in done.err
    segment.write_bytes(whole)
    assert evtxstage('verify', first.path).status == 0
    damage = first.path / 'damage.ndjson'
    damage.write_bytes(damage.read_bytes().replace(b'"', b"'", 1))
    done = evtxstage('-o', first.path, '--append', logs / 'b.evtx')
    assert done.status == 1 and 'damage.ndjson' in done.err
    manifest = first.path / 'manifest.json'
    manifest.write_text(manifest.read_text().replace('"emitted":', '"emitted":1', 1))
    done = evtxstage('-o', first.path, '--append', logs / 'b.evtx')
    assert done.status == 1 and 'manifest.json' in done.err


@pytest.mark.parametrize('options', [[], ['--force']])
def test_killed_behind_the_manifest(evtxstage, logs, first, options):
    """The manifest is published, state/ is still there: nothing is added twice."""
    more = [logs / 'b.evtx', logs / 'e.evtx']
    assert evtxstage('-q', '-o', first.path, '--append', *more).status == 3
    want = told(first.path)
    (first.path / 'state').mkdir()
    done = evtxstage('-o', first.path, '--append', *options, *more)
    assert done.status == 3 and 'already staged' in done.err
    assert told(first.path) == want and not (first.path / 'state').exists()
    assert evtxstage('verify', first.path).status == 0
    # The status is that of what was added, and other inputs are added.
    assert evtxstage('-q', '-o', first.path, '--append', logs / 'c.evtx').status == 0
    (first.path / 'state').mkdir()
    assert evtxstage('-o', first.path, '--append', logs / 'c.evtx').status == 0
    (first.path / 'state').mkdir()
    before = len(Staging(first.path).sources)
    assert evtxstage('-q', '-o', first.path, '--append', *more).status == 0
    assert len(Staging(first.path).sources) == before + 2


def test_an_addition_that_failed(evtxstage, logs, first, tmp_path):
    """The message says what finishes the directory, and it does."""
    bad = tmp_path / 'bad.evtx'
    bad.write_bytes(b'x')
    words = ('-q', '-o', first.path, '--append', '--require-all', bad)
    before = segments(first.path)
    assert evtxstage(*words).status == 2
    done = evtxstage('verify', first.path)
    assert done.status == 2 and 'run the same evtxstage command again' in done.err
    bad.write_bytes((logs / 'b.evtx').read_bytes())
    assert evtxstage(*words).status == 0
    assert evtxstage('verify', first.path).status == 0
    after = segments(first.path)
    assert {k: after[k] for k in before} == before and len(after) > len(before)


def test_the_first_inputs_can_be_added_again(evtxstage, logs, tmp_path):
    """The digest of the inputs is the same; the manifest is not of --append."""
    out = tmp_path / 'staging'
    assert evtxstage('-q', '-o', out, logs / 'a.evtx').status == 0
    (out / 'state').mkdir()
    assert evtxstage('-q', '-o', out, '--append', logs / 'a.evtx').status == 0
    assert len(Staging(out).sources) == 2
    done = evtxstage('-o', out, logs / 'a.evtx')
    assert done.status == 2 and 'already staged' not in done.err


@pytest.mark.kill
def test_killed_at_any_instant(evtxstage, evtxstage_path, logs, first, tmp_path):
    """What is added goes on at its checkpoint; --force starts that anew."""
    begun = tmp_path / 'begun'
    shutil.copytree(first.path, begun)
    more = [logs / (name + '.evtx') for name in 'bcde']
    start = time.monotonic()
    assert evtxstage('-q', '--checkpoint', '300K', '-o', first.path, '--append', *more).status == 3
    seconds = time.monotonic() - start
    want, old = told(first.path), segments(begun)
    rng, left = random.Random(4), 0
    for i in range(8):
        out = tmp_path / str(i)
        shutil.copytree(begun, out)
        command = [evtxstage_path, '-q', '--checkpoint', '300K', '-o', out, '--append', *more]
        for _ in range(2):
            process = subprocess.Popen(list(map(str, command)), env=environment())
            time.sleep(rng.uniform(0, seconds))
            process.kill()
            if process.wait() != -signal.SIGKILL or not (out / 'state').exists():
                break
            left += (out / 'state' / 'checkpoint').exists()
            assert {k: v for k, v in segments(out).items() if k in old} == old
        # Or it was killed before it began.
        if (out / 'state').exists() or told(out) == told(begun):
            anew = ['--force'] if i % 3 == 2 else []
            assert evtxstage(*command[1:], *anew).status == 3
        assert told(out) == want
        assert evtxstage('verify', out).status == 0
    assert left > 0


def test_the_loader_sends_what_is_new(evtxstage, evtxload_path, logs, first, tmp_path):
    database = tmp_path / 'rows.db'

    def rows():
        done = subprocess.run(
            [evtxload_path, '--target', 'sqlite:%s' % database, first.path],
            capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with sqlite3.connect(database) as db:
            return db.execute('SELECT count(*) FROM SecurityEvent').fetchone()[0]

    assert rows() == first.manifest['accounting']['emitted']
    evtxstage('-q', '-o', first.path, '--append', logs / 'b.evtx')
    assert rows() == Staging(first.path).manifest['accounting']['emitted']


def test_a_service_gets_what_is_new_and_no_stranger(
        evtxstage, logs, first, tmp_path, make_ingest):  # noqa: F811
    """The checkpoint knows what the directory was before, again and again."""
    server = make_ingest()

    def send(folder):
        return load(*server.load_options, '--state', tmp_path / 'load', folder, env=server.env)

    assert send(first.path).returncode == 0
    for log in 'b.evtx', 'a.evtx', 'c.evtx':
        evtxstage('-q', '-o', first.path, '--append', logs / log)
    done = send(first.path)
    assert done.returncode == 0, done.stderr
    assert len(Staging(first.path).manifest['earlier']) == 3
    assert len(server.accepted()) == Staging(first.path).manifest['accounting']['emitted']
    other = tmp_path / 'other'
    evtxstage('-q', '-o', other, logs / 'c.evtx')
    assert send(other).returncode == 2


@pytest.mark.parametrize('version', [None, 2, 4])
def test_keys_of_another_version_are_refused(evtxstage, logs, first, version):
    manifest = first.manifest
    assert manifest['key_version'] == 3
    del manifest['key_version']
    if version is not None:
        manifest['key_version'] = version
    write_manifest(first.path, manifest)
    done = evtxstage('-o', first.path, '--append', logs / 'b.evtx')
    assert done.status == 2
    assert 'key_version' in done.err and '"%d"' % (version or 1) in done.err
