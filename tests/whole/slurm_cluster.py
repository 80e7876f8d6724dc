# SPDX-License-Identifier: Apache-2.0
"""A throw-away Slurm cluster of two nodes on this machine, in one folder.

Needs root and Debian's slurm-wlm and munge. No system service is touched: munged
has its own key and socket. cred_expire: a requeued job waits that long.
SlurmdTimeout: a node is down when it is silent so long.
"""
import os
import shutil
import signal
import socket
import subprocess
import time

CONF = '''ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={dir}/munge.socket,cred_expire=10
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool-%n
SlurmctldPidFile={dir}/slurmctld.pid
SlurmdPidFile={dir}/slurmd-%n.pid
SlurmctldLogFile={dir}/ctld.log
SlurmdLogFile={dir}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SlurmdTimeout=5
MpiDefault=none
ReturnToService=2
KillWait=5
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={port1} CPUs=1 RealMemory=500
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={port2} CPUs=1 RealMemory=500
PartitionName=work Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=n1,n2 MaxTime=INFINITE State=UP PriorityTier=10
'''
NEEDS = ('sbatch', 'slurmctld', 'slurmd', 'munged')


def is_here():
    return os.geteuid() == 0 and all(shutil.which(x) for x in NEEDS)


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(('127.0.0.1', 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Cluster:
    def __init__(self, folder):
        self.dir = folder
        ports = free_ports(3)
        for name in ('state', 'spool-n1', 'spool-n2'):
            (folder / name).mkdir()
        os.chmod(folder, 0o755)
        key = folder / 'munge.key'
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        self.conf = folder / 'slurm.conf'
        self.conf.write_text(CONF.format(
            host=socket.gethostname().split('.')[0], dir=folder,
            port=ports[0], port1=ports[1], port2=ports[2]))
        self.env = {**os.environ, 'SLURM_CONF': str(self.conf)}

    def run(self, *words, **more):
        return subprocess.run([str(x) for x in words], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=60,
                              env={**self.env, **more}).stdout

    def node(self, name):
        self.run('slurmd', '-N', name, '-f', self.conf)

    def start(self):
        d = self.dir
        self.run('munged', '--force', '--key-file=%s/munge.key' % d,
                 '--socket=%s/munge.socket' % d,
                 '--pid-file=%s/munged.pid' % d,
                 '--log-file=%s/munged.log' % d, '--seed-file=%s/seed' % d)
        self.run('slurmctld', '-c', '-f', self.conf)
        for name in ('n1', 'n2'):
            self.node(name)
        self.wait(lambda: self.run('sinfo', '-h', '-p', 'work', '-o', '%t %D')
                  .strip() == 'idle 2', 20)

    @staticmethod
    def wait(what, seconds):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, 'it took too long'
            time.sleep(0.1)

    def pids(self):
        found = []
        for path in [*self.dir.glob('slurmd-*.pid'),
                     self.dir / 'slurmctld.pid', self.dir / 'munged.pid']:
            if path.exists():
                found.append(int(path.read_text()))
        return found

    def stop(self):
        """Those of this cluster only, by their numbers."""
        pids = self.pids()
        for how, tries in ((signal.SIGTERM, 50), (signal.SIGKILL, 20)):
            for pid in pids:
                try:
                    os.kill(pid, how)
                except ProcessLookupError:
                    pass
            for _ in range(tries):
                pids = [x for x in pids if os.path.exists('/proc/%d' % x)]
                if not pids:
                    return
                time.sleep(0.1)

    def jobs(self):
        text = self.run('scontrol', 'show', 'job', '-o')
        return [dict(x.split('=', 1) for x in line.split() if '=' in x)
                for line in text.splitlines()]

    def states(self):
        return {job['ArrayTaskId']: job for job in self.jobs()
                if 'ArrayTaskId' in job}

    def done(self):
        return self.run('squeue', '-h').strip() == ''
