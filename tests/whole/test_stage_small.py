# SPDX-License-Identifier: Apache-2.0
"""Many small logs, which are read at once and converted in groups: each keeps
its own digest, copies, damage and place, for any number of threads and kills."""
import os
import random
import signal
import subprocess
import time
import zipfile

import pytest
from stage_tools import FILE_HEADER, Staging, environment, read, sha256

MANY = 120


def numbered(log, number):
    """Other bytes with the same records: the file header has unused bytes."""
    return log[:200] + b'%08d' % number + log[208:]


def content(logs, number):
    """The bytes of the log with this number."""
    log = logs[number % len(logs)]
    if number % 5 == 4:
        return content(logs, number - 1)  # a copy, right behind its original
    if number % 17 == 3:
        return content(logs, number % 3)  # a copy, far behind its original
    if number % 11 == 1:  # a damaged record
        log = log[:FILE_HEADER + 700] + b'\xff' * 100 + log[FILE_HEADER + 800:]
    if number % 29 == 5:
        log = log[:FILE_HEADER + 30000]
    if number % 31 == 6:
        return b''
    if number % 31 == 7:
        return b'not a log %d' % number
    return numbered(log, number)


@pytest.fixture(scope='module')
def folder(mkevtx, tmp_path_factory):
    top = tmp_path_factory.mktemp('small')
    made = ['4624:3', '4688:5', 'all:1', '4625:20', '5156:10', '4624:900']
    logs = [read(mkevtx(top / ('%d.log' % i), '--events', events, '--seed', i))
            for i, events in enumerate(made)]
    below = top / 'logs'
    below.mkdir()
    for i in range(MANY):
        (below / ('%04d.evtx' % i)).write_bytes(content(logs, i))
    with zipfile.ZipFile(below / '0050.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('a.evtx', numbered(logs[0], 1000))
        z.writestr('b.evtx', content(logs, 0))
    return below


@pytest.fixture(scope='module')
def calm(evtxstage, folder, tmp_path_factory):
    """calm(options): the content of a staging that one thread makes."""
    known = {}

    def result(*options):
        if options not in known:
            out = tmp_path_factory.mktemp('calm') / 'staging'
            assert evtxstage('-q', '-j', '1', *options, '-o', out, folder).status == 3
            known[options] = Staging(out)
        return known[options]
    return result


WAYS = [(), ('--provenance', 'full', '-s', 'any'), ('--dedupe', 'none'),
        ('--schema', 'windowsevent', '--query', 'Security!*[System[Level=0]]')]


@pytest.mark.sanitize
@pytest.mark.parametrize('options', WAYS)
def test_threads_do_not_change_the_output(evtxstage, folder, calm, tmp_path, options):
    want = calm(*options).content()
    for jobs in (2, 5):
        out = tmp_path / str(jobs)
        assert evtxstage('-q', '-j', jobs, *options, '-o', out, folder).status == 3
        assert Staging(out).content() == want


def test_a_pipe_gets_the_rows_of_copies_too(evtxstage, folder):
    first, *others = [evtxstage('-q', '-j', jobs, '--provenance', 'full', '-s', 'any',
                                '-o', '-', folder) for jobs in (1, 2, 5)]
    assert first.status == 3
    assert all(done.out == first.out for done in others)
    shown = {row['SourceName_CF']: row['SourceSha256_CF'] for row in first.rows}
    assert len(shown) > MANY * 9 // 10
    for name, digest in shown.items():
        if '.zip!' not in name:
            assert digest == sha256(read(name))


@pytest.mark.parametrize('options', WAYS)
def test_each_source_has_its_digest_and_copies(folder, calm, options):
    sources = {os.path.basename(s['name']): s for s in calm(*options).sources}
    first = {}
    names = sorted(p.name for p in folder.iterdir() if p.suffix == '.evtx')
    assert len(sources) == len(names) + 2
    for name in names:
        data = read(folder / name)
        source = sources[name]
        assert source['bytes'] == len(data)
        assert source['sha256'] == sha256(data)
        if data and sha256(data) in first:
            assert source['duplicate_of'].endswith('/' + first[sha256(data)])
        else:
            assert 'duplicate_of' not in source
        first.setdefault(sha256(data), name)
    assert len([s for s in sources.values() if 'duplicate_of' in s]) > MANY // 6


def test_rows_and_damage_belong_to_their_source(folder, calm):
    staging = calm(*WAYS[1])
    sources = {s['name']: s for s in staging.sources}
    rows = {}
    for row in staging.rows:
        name = row['SourceName_CF']
        assert row['SourceSha256_CF'] == sources[name]['sha256']
        rows[name] = rows.get(name, 0) + 1
    for name, source in sources.items():
        assert rows.get(name, 0) == source['accounting']['emitted']
    damaged = {d['source'] for d in staging.damage}
    assert damaged == {n for n, s in sources.items() if s['bad'] and s['chunks']}
    for name in damaged:
        number = int(name[-9:-5])
        assert number % 11 == 1 or number % 29 == 5 or number % 17 == 3
    assert len(damaged) >= MANY // 15


@pytest.mark.parametrize('kills', [2, pytest.param(20, marks=pytest.mark.kill)])
def test_killed_between_small_logs(evtxstage, evtxstage_path, folder, calm, tmp_path, kills):
    """Killed after checkpoints, several times in the same directory."""
    rng = random.Random(22)
    resumed = 0
    for i in range(kills):
        options = WAYS[i % 2]
        out = tmp_path / str(i)
        command = ['-q', '--checkpoint', '300K', *options, '-o', str(out), str(folder)]
        for _ in range(3):
            process = subprocess.Popen([evtxstage_path, *command], env=environment(),
                                       stderr=subprocess.DEVNULL)
            while process.poll() is None and not (out / 'state/checkpoint').exists():
                time.sleep(0.0005)
            time.sleep(rng.uniform(0, 0.03))
            process.send_signal(signal.SIGKILL)
            process.wait()
            if Staging(out).finished:
                break
            resumed += (out / 'state/checkpoint').exists()
        if not Staging(out).finished:
            assert evtxstage(*command).status == 3
        assert Staging(out).content() == calm(*options).content()
        assert evtxstage('verify', out).status == 0
        # The inputs have the digest that was made from their sources.
        assert 'already staged in' in evtxstage(*command[1:]).err
    assert resumed >= kills // 4
