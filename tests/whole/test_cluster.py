# SPDX-License-Identifier: Apache-2.0
"""The scripts in scripts/cluster: on a real Slurm, with a finished task that is
requeued, a node that is lost and a preemption, and with GNU parallel."""
import json
import os
import shutil
import signal
import subprocess

import pytest
import slurm_cluster
from stage_tools import ROOT, environment
from test_stage_shards import plan, sorted_rows

SCRIPTS = os.path.join(ROOT, 'scripts', 'cluster')
WORDS = ['--schema', 'event', '--checkpoint', '1M']
RESUMES = 'resuming where'


@pytest.fixture
def hosts(mkevtx, tmp_path):
    folder = tmp_path / 'root' / 'hosts'
    folder.mkdir(parents=True)
    for i in range(6):
        mkevtx(folder / ('h%d.evtx' % i), '--events', '4624', '--size', '20M',
               '--seed', i)
        (folder / ('h%d.evtx.expect' % i)).unlink(missing_ok=True)
    return folder


def check(evtxstage, tmp_path, outs):
    done = evtxstage('merge-check', '--json', tmp_path / 'c.shards', *outs)
    assert done.status == 0, done.err
    evtxstage(*WORDS, '-o', tmp_path / 'one', 'hosts', cwd=tmp_path / 'root')
    assert sorted_rows(*outs) == sorted_rows(tmp_path / 'one')
    return json.loads(done.out)


def task_of(cluster, out):
    """The process that stages into this folder."""
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open('/proc/%s/cmdline' % pid, 'rb') as f:
                words = f.read().split(b'\0')
        except OSError:
            continue
        if os.fsencode(str(out)) in words and \
                words[0].endswith(b'evtxstage'):
            return int(pid)
    return None


def parent(pid):
    with open('/proc/%d/stat' % pid) as f:
        return int(f.read().rsplit(')', 1)[1].split()[1])


@pytest.fixture
def cluster(tmp_path_factory):
    if not slurm_cluster.is_here():
        pytest.skip('needs root and slurm-wlm (scripts/setup --full)')
    c = slurm_cluster.Cluster(tmp_path_factory.mktemp('slurm'))
    try:
        c.start()
        yield c
    finally:
        c.stop()


@pytest.mark.slow
@pytest.mark.unsanitized
def test_slurm(cluster, evtxstage, evtxstage_path, hosts, tmp_path):
    plan(evtxstage, hosts, tmp_path / 'c.shards')
    outs = [tmp_path / 'out' / ('st-%d' % i) for i in (0, 1)]
    job = cluster.run(
        'sbatch', '--parsable', '--array=0-1',
        '--output=%s/task-%%a.log' % tmp_path,
        os.path.join(SCRIPTS, 'slurm.sbatch'), *WORDS,
        PLAN=str(tmp_path / 'c.shards'), OUT=str(tmp_path / 'out'),
        EVTXSTAGE_PROGRAM=evtxstage_path).strip()
    # A node is lost: its daemon, the step and the task.
    cluster.wait(lambda: (outs[0] / 'state' / 'checkpoint').exists() or
                 (outs[0] / 'manifest.json').exists(), 30)
    pid = task_of(cluster, outs[0])
    assert pid is not None, 'too fast to lose a node'
    node = cluster.run('squeue', '-h', '-j', job + '_0', '-o', '%N').strip()
    shell = parent(pid)
    slurmd = int((cluster.dir / ('slurmd-%s.pid' % node)).read_text())
    for victim in (slurmd, parent(shell), shell, pid):
        os.kill(victim, signal.SIGKILL)
    # A task that is done is requeued: it says so, and is done again.
    cluster.wait(lambda: (outs[1] / 'manifest.json').exists(), 60)
    cluster.wait(lambda: cluster.states()['1']['JobState'] == 'COMPLETED', 30)
    cluster.run('scontrol', 'requeue', job + '_1')
    cluster.wait(cluster.done, 110)
    states = cluster.states()
    assert {x['JobState'] for x in states.values()} == {'COMPLETED'}
    assert int(states['0']['Restarts']) >= 1
    assert 'already staged' in (tmp_path / 'task-1.log').read_text()
    assert RESUMES in (tmp_path / 'task-0.log').read_text()
    check(evtxstage, tmp_path, outs)


@pytest.mark.slow
@pytest.mark.unsanitized
def test_slurm_preempts(cluster, evtxstage, evtxstage_path, hosts, tmp_path):
    """A job of a partition with a higher priority takes both nodes. The tasks
    get SIGTERM, save their state, are requeued and resume."""
    plan(evtxstage, hosts, tmp_path / 'c.shards')
    outs = [tmp_path / 'out' / ('st-%d' % i) for i in (0, 1)]
    cluster.run(
        'sbatch', '--parsable', '--array=0-1',
        '--output=%s/task-%%a.log' % tmp_path,
        os.path.join(SCRIPTS, 'slurm.sbatch'), *WORDS,
        PLAN=str(tmp_path / 'c.shards'), OUT=str(tmp_path / 'out'),
        EVTXSTAGE_PROGRAM=evtxstage_path)
    cluster.wait(lambda: all((out / 'state' / 'checkpoint').exists() or
                             (out / 'manifest.json').exists()
                             for out in outs), 30)
    assert not all((out / 'manifest.json').exists() for out in outs), \
        'too fast to be preempted'
    cluster.run('sbatch', '-p', 'urgent', '--array=0-1', '--output=/dev/null',
                '--wrap', 'sleep 2')
    cluster.wait(cluster.done, 110)
    tasks = [job for job in cluster.jobs() if job['Partition'] == 'work']
    assert {x['JobState'] for x in tasks} == {'COMPLETED'}
    assert any(int(x['Restarts']) >= 1 for x in tasks)
    logs = [(tmp_path / ('task-%d.log' % i)).read_text() for i in (0, 1)]
    assert any(RESUMES in log for log in logs), logs
    check(evtxstage, tmp_path, outs)


@pytest.mark.slow
@pytest.mark.unsanitized
def test_parallel(evtxstage, evtxstage_path, hosts, tmp_path):
    if shutil.which('parallel') is None:
        pytest.skip('needs parallel (scripts/setup --full)')
    plan(evtxstage, hosts, tmp_path / 'c.shards', 3)
    for _ in range(2):
        done = subprocess.run(
            [os.path.join(SCRIPTS, 'parallel.sh'), tmp_path / 'c.shards',
             tmp_path / 'out', *WORDS], capture_output=True, text=True,
            env=environment({'EVTXSTAGE_PROGRAM': evtxstage_path}))
        assert done.returncode == 0, done.stderr
        assert '3 of 3 shards' in done.stdout
    check(evtxstage, tmp_path,
          [tmp_path / 'out' / ('st-%d' % i) for i in range(3)])


def test_parallel_with_odd_names(evtxstage, evtxstage_path, mkevtx, tmp_path):
    """What parallel would replace in a word, and what a shell would."""
    if shutil.which('parallel') is None:
        pytest.skip('needs parallel (scripts/setup --full)')
    odd = "a {} {.} {#} $HOME `id` 'b'"
    folder = tmp_path / 'root' / 'hosts' / odd
    folder.mkdir(parents=True)
    for i in range(2):
        mkevtx(folder / ('h%d.evtx' % i), text='event 4624 x%d\n' % (i + 3))
    path, out = tmp_path / (odd + '.shards'), tmp_path / odd
    plan(evtxstage, folder.parent, path, 2)
    done = subprocess.run(
        [os.path.join(SCRIPTS, 'parallel.sh'), path, out, '--schema', 'event',
         '--name', '{}.evtx', '--name', '**/h*.evtx'],
        capture_output=True, text=True,
        env=environment({'EVTXSTAGE_PROGRAM': evtxstage_path}))
    assert done.returncode == 0, done.stderr
    assert '2 of 2 shards' in done.stdout
    assert len(sorted_rows(out / 'st-0', out / 'st-1')) == 7
