# SPDX-License-Identifier: Apache-2.0
"""A plan of shards, shards staged by it, and what is refused."""
import hashlib
import json
import os
import shutil
import subprocess
import time
import zipfile

import pytest
from stage_tools import Staging, environment

HEAD = 68 << 10


@pytest.fixture
def case(mkevtx, tmp_path):
    """root/hosts with logs of different sizes, a copy, an archive, an empty
    log and a link that leads out."""
    hosts = tmp_path / 'root' / 'hosts'
    hosts.mkdir(parents=True)
    for i, n in enumerate((3, 5, 400, 900, 1500)):
        log = hosts / ('h%d.evtx' % i)
        mkevtx(log, text='event 4624 x%d\ntime 2024-05-0%dT00:00:00Z\n'
               'computer host%d\n' % (n, i + 1, i))
        (hosts / (log.name + '.expect')).unlink(missing_ok=True)
    shutil.copy(hosts / 'h3.evtx', hosts / 'z copy of h3.evtx')
    mkevtx(tmp_path / 'inner.evtx', text='event 4625 x7\n'
           'time 2024-06-01T00:00:00Z\n')
    with zipfile.ZipFile(hosts / 'kape.zip', 'w') as z:
        z.write(tmp_path / 'inner.evtx', 'C/inner.evtx')
    (hosts / 'empty.evtx').write_bytes(b'')
    (hosts / 'out.evtx').symlink_to(tmp_path / 'inner.evtx')
    (hosts / 'note.txt').write_text('not a log')
    return hosts


def read_plan(path):
    lines = path.read_bytes().splitlines(keepends=True)
    last = json.loads(lines[-1])
    assert last == {'sha256':
                    hashlib.sha256(b''.join(lines[:-1])).hexdigest()}
    return json.loads(lines[0]), [json.loads(x) for x in lines[1:-1]]


def plan(evtxstage, case, path, n=2, *words):
    root = case.parent
    done = evtxstage('shards', '-n', n, '-o', path, '--root', root, *words,
                     case)
    assert done.status in (0, 3), done.err
    return done


def shard(evtxstage, path, i, out, *words):
    return evtxstage('--schema', 'raw', '--shards', path, '--shard', i,
                     '-o', out, *words)


def sorted_rows(*folders):
    rows = []
    for folder in folders:
        for name in sorted(os.listdir(folder / 'segments')):
            rows += (folder / 'segments' / name).read_bytes().splitlines()
    return sorted(rows)


def test_what_a_plan_says(evtxstage, case, tmp_path):
    path = tmp_path / 'c.shards'
    done = plan(evtxstage, case, path)
    assert done.status == 3 and '1 source could not be read' in done.err
    head, lines = read_plan(path)
    assert head['shards'] == 2 and head['sources'] == len(lines) == 9
    assert head['root'] == str(case.parent) and head['inputs'] == ['hosts']
    assert head['passed_over'] == 1
    names = [x['name'] for x in lines]
    assert names == sorted(names) and names[0] == 'hosts/empty.evtx'
    by_name = {os.path.basename(x['name']): x for x in lines}
    assert 'symbolic link' in by_name['out.evtx']['error']
    for name, line in by_name.items():
        if 'error' in line:
            continue
        data = (case / name).read_bytes()
        assert line['bytes'] == len(data)
        assert line['head_sha256'] == hashlib.sha256(
            b'%d\n' % len(data) + data[:HEAD]).hexdigest()
    assert by_name['h3.evtx']['shard'] == by_name['z copy of h3.evtx']['shard']
    # The largest group alone weighs as much as all others: it has its shard.
    loads = [sum(x['bytes'] for x in lines if x['shard'] == i)
             for i in (0, 1)]
    largest = max(by_name['h4.evtx']['bytes'], 2 * by_name['h3.evtx']['bytes'])
    assert max(loads) - min(loads) <= largest
    assert {x['shard'] for x in lines} == {0, 1}


def test_the_plan_depends_on_the_sources_alone(evtxstage, case, tmp_path):
    plan(evtxstage, case, tmp_path / 'a')
    first = (tmp_path / 'a').read_bytes()
    done = evtxstage('shards', '-n', 2, '-o', tmp_path / 'a', '--root',
                     case.parent, case)
    assert done.status == 2 and '--force' in done.err
    assert (tmp_path / 'a').read_bytes() == first
    plan(evtxstage, case, tmp_path / 'a', 2, '--force')
    assert (tmp_path / 'a').read_bytes() == first
    assert [x for x in os.listdir(tmp_path) if x.endswith('.tmp')] == []


def test_shards_are_one_run(evtxstage, case, tmp_path):
    path = tmp_path / 'c.shards'
    plan(evtxstage, case, path, 3)
    outs = [tmp_path / ('st-%d' % i) for i in range(3)]
    for i, out in enumerate(outs):
        assert shard(evtxstage, path, i, out).status in (0, 3)
    one = evtxstage('--schema', 'raw', '-o', tmp_path / 'one', 'hosts',
                    cwd=case.parent)
    assert one.status == 3
    assert sorted_rows(*outs) == sorted_rows(tmp_path / 'one')
    whole = Staging(tmp_path / 'one')
    names = []
    for i, out in enumerate(outs):
        s = Staging(out)
        names += [x['name'] for x in s.sources]
        assert s.manifest['options']['shard'] == str(i)
        assert s.manifest['options']['shards_sha256'] == \
            json.loads(path.read_bytes().splitlines()[-1])['sha256']
    assert sorted(names) == sorted(x['name'] for x in whole.sources)


def test_a_finished_shard_again(evtxstage, case, tmp_path):
    path = tmp_path / 'c.shards'
    plan(evtxstage, case, path)
    first = [shard(evtxstage, path, i, tmp_path / ('s%d' % i)).status
             for i in (0, 1)]
    assert sorted(first) == [0, 3] or first == [3, 3]
    for i in (0, 1):
        done = shard(evtxstage, path, i, tmp_path / ('s%d' % i))
        assert 'already staged' in done.err and done.status == first[i]
    done = shard(evtxstage, path, 1, tmp_path / 's0')
    assert done.status == 2 and 'shard was 0, now it is 1' in done.err


@pytest.mark.parametrize('how', ['bytes', 'size', 'gone', 'link'])
def test_a_source_that_is_not_the_plans(evtxstage, case, tmp_path, how):
    path = tmp_path / 'c.shards'
    plan(evtxstage, case, path)
    _, lines = read_plan(path)
    of = next(x['shard'] for x in lines if x['name'].endswith('h4.evtx'))
    log = case / 'h4.evtx'
    data = log.read_bytes()
    if how == 'gone':
        log.unlink()
    elif how == 'link':
        # It has the same bytes, but links that lead out are not followed.
        log.rename(tmp_path / 'h4')
        log.symlink_to(tmp_path / 'h4')
    else:
        log.write_bytes(data[:5000] + b'?' + data[5001:] if how == 'bytes'
                        else data + b'\0')
    done = shard(evtxstage, path, of, tmp_path / 's')
    assert done.status == 1 and 'h4.evtx' in done.err
    assert not (tmp_path / 's').exists()
    assert shard(evtxstage, path, 1 - of, tmp_path / 't').status in (0, 3)


def test_another_mount(evtxstage, case, tmp_path):
    """The evidence was copied elsewhere: the rows are the same, and a finished
    shard is known."""
    path = tmp_path / 'c.shards'
    plan(evtxstage, case, path)
    done = shard(evtxstage, path, 1, tmp_path / 's')
    shutil.copytree(case.parent, tmp_path / 'mnt', symlinks=True)
    again = shard(evtxstage, path, 1, tmp_path / 's', '--root',
                  tmp_path / 'mnt')
    assert 'already staged' in again.err and again.status == done.status
    shard(evtxstage, path, 1, tmp_path / 't', '--root', tmp_path / 'mnt')
    assert sorted_rows(tmp_path / 't') == sorted_rows(tmp_path / 's')


def kill_with_a_checkpoint(program, words, out):
    """Start it, and kill it once it has a checkpoint and no manifest."""
    for _ in range(20):
        shutil.rmtree(out, ignore_errors=True)
        with subprocess.Popen([program, *map(str, words), '-q', '-o', out],
                              env=environment()) as process:
            while process.poll() is None and not \
                    (out / 'state' / 'checkpoint').exists():
                time.sleep(0.001)
            process.kill()
        if not (out / 'manifest.json').exists():
            return
    pytest.fail('it was always done before it could be killed')


def test_an_unfinished_shard_goes_on_elsewhere(evtxstage, evtxstage_path,
                                               mkevtx, tmp_path):
    """Killed on one machine, run again on one that has other inodes below
    another root."""
    hosts = tmp_path / 'root' / 'hosts'
    hosts.mkdir(parents=True)
    for i in range(6):
        mkevtx(hosts / ('h%d.evtx' % i), '--events', '4624', '--size', '3M',
               '--seed', i)
        (hosts / ('h%d.evtx.expect' % i)).unlink(missing_ok=True)
    path = tmp_path / 'c.shards'
    plan(evtxstage, hosts, path, 1)
    words = ['--schema', 'raw', '--shards', path, '--shard', '0',
             '--checkpoint', '300K', '-j1']
    evtxstage(*words, '-o', tmp_path / 'whole')
    out = tmp_path / 'out'
    kill_with_a_checkpoint(evtxstage_path, words, out)
    shutil.move(tmp_path / 'root', tmp_path / 'away')
    shutil.copytree(tmp_path / 'away', tmp_path / 'mnt')
    done = evtxstage(*words, '-o', out, '--root', tmp_path / 'mnt')
    assert done.status == 0 and 'resuming' in done.err, done.err
    assert sorted_rows(out) == sorted_rows(tmp_path / 'whole')
    first, second = (
        {k: v for k, v in Staging(x).manifest.items()
         if k not in ('run', 'digest')} for x in (out, tmp_path / 'whole'))
    assert first == second and first['templates']
    # A source that was changed behind the killed run's back is refused.
    kill_with_a_checkpoint(evtxstage_path,
                           [*words, '--root', tmp_path / 'away'], out)
    log = tmp_path / 'away' / 'hosts' / 'h0.evtx'
    data = bytearray(log.read_bytes())
    data[100] ^= 1
    log.write_bytes(data)
    done = evtxstage(*words, '-o', out, '--root', tmp_path / 'away')
    assert done.status == 1 and 'h0.evtx' in done.err


def test_without_a_plan(evtxstage, case, tmp_path):
    outs = [tmp_path / ('s%d' % i) for i in range(3)]
    for i, out in enumerate(outs):
        done = evtxstage('--schema', 'raw', '--shard', '%d/3' % i, '-o', out,
                         case)
        assert done.status in (0, 3), done.err
    evtxstage('--schema', 'raw', '-o', tmp_path / 'one', case)
    assert sorted_rows(*outs) == sorted_rows(tmp_path / 'one')
    whole = Staging(tmp_path / 'one')
    names = sorted(x['name'] for o in outs for x in Staging(o).sources)
    assert names == sorted(x['name'] for x in whole.sources)
    assert sum(Staging(o).manifest['passed_over'] for o in outs) == \
        whole.manifest['passed_over']
    for i, out in enumerate(outs):
        for x in Staging(out).sources:
            data = b'' if x['name'].endswith('out.evtx') else None
            if data is None and '!' not in x['name']:
                data = open(x['name'], 'rb').read()
                digest = hashlib.sha256(b'%d\n' % len(data) + data[:HEAD])
                assert int(digest.hexdigest()[:16], 16) % 3 == i


def test_names_that_are_not_utf8(evtxstage, mkevtx, tmp_path):
    folder = tmp_path / 'r'
    folder.mkdir()
    mkevtx(tmp_path / 'a.evtx', text='event 4624 x2\n')
    shutil.copy(tmp_path / 'a.evtx', os.fsencode(folder) + b'/\xe4.evtx')
    path = tmp_path / 'c.shards'
    plan(evtxstage, folder, path, 1)
    _, lines = read_plan(path)
    assert bytes.fromhex(lines[0]['name_hex']) == b'r/\xe4.evtx'
    done = shard(evtxstage, path, 0, tmp_path / 's')
    assert done.status == 0 and len(sorted_rows(tmp_path / 's')) == 2


def test_a_plan_that_was_changed(evtxstage, case, tmp_path):
    path = tmp_path / 'c.shards'
    plan(evtxstage, case, path)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"shard":0', b'"shard":1', 1))
    done = shard(evtxstage, path, 0, tmp_path / 's')
    assert done.status == 1 and 'digest does not match its lines' in done.err
    for other in (b'', b'{}\n', whole[:-1], whole[:-100], b'x' * 5000):
        path.write_bytes(other)
        done = shard(evtxstage, path, 0, tmp_path / 's')
        assert done.status in (1, 2) and str(path) in done.err
        assert not (tmp_path / 's').exists()


@pytest.mark.parametrize('words, text', [
    (['shards', '-o', 'p', '.'], 'no number of shards'),
    (['shards', '-n', '0', '-o', 'p', '.'], '--count must be a number'),
    (['shards', '-n', '2', '.'], 'no plan: give -o'),
    (['shards', '-n', '2', '-o', 'p', '--root', '/x', '/y'], 'y'),
    (['--shards', 'p', '-o', 's'], 'no shard of the plan'),
    (['--shards', 'p', '--shard', '0', '-o', 's', 'a.evtx'], 'a.evtx'),
    (['--shards', 'p', '--shard', '0/2', '-o', 's'], 'number from 0'),
    (['--shards', 'none', '--shard', '0', '-o', 's'], 'none'),
    (['--shard', '2/2', '-o', 's', '.'], 'I from 0 to N - 1'),
    (['--shard', '0', '-o', 's', '.'], 'I/N'),
    (['info', '--shard', '0/2', '.'], '--shard'),
    (['-n', '2', '-o', 's', '.'], '--count works only with'),
    (['--root', '/', '-o', 's', '.'], '--root'),
    (['shards', '-n', '1', '-o', 's', '--root', 'a', 'a/../c'], 'leads out'),
    (['shards', '-n', '1', '-o', 's', '--root', '.', '..'], 'leads out'),
])
def test_wrong_use(evtxstage, tmp_path, words, text):
    (tmp_path / 'a').mkdir()
    (tmp_path / 'c').mkdir()
    done = evtxstage(*words, cwd=tmp_path)
    assert done.status == 2 and text in done.err, done.err


def test_a_shard_that_the_plan_has_not(evtxstage, case, tmp_path):
    plan(evtxstage, case, tmp_path / 'c')
    done = shard(evtxstage, tmp_path / 'c', 2, tmp_path / 's')
    assert done.status == 2 and '0 to 1' in done.err
