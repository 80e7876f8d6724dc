# SPDX-License-Identifier: Apache-2.0
"""scripts/cluster/kubernetes.yaml and Containerfile.

There is no cluster here: the manifest is compared with the models of
Kubernetes' API, and the command of its container runs as the manifest says, as
a user without rights in a read-only root.
"""
import os
import re
import shutil
import subprocess

import pytest
from stage_tools import ROOT, run
from test_stage_shards import sorted_rows

yaml = pytest.importorskip('yaml')

CLUSTER = os.path.join(ROOT, 'scripts', 'cluster')
MANIFEST = os.path.join(CLUSTER, 'kubernetes.yaml')
CHECK = os.path.join(ROOT, 'tests', 'kubernetes')

pytestmark = [pytest.mark.slow, pytest.mark.unsanitized]


@pytest.fixture(scope='session')
def models(tmp_path_factory):
    """Where the models are installed."""
    place = CHECK if os.access(CHECK, os.W_OK) else \
        os.fspath(tmp_path_factory.mktemp('kubernetes'))
    subprocess.run([os.path.join(ROOT, 'scripts', 'setup-node'),
                    '--kubernetes', place], check=True, timeout=300)
    return place


def faults(models, manifest):
    done = run([os.path.join(models, 'node_modules', '.node'),
                os.path.join(models, 'check.mjs'), str(manifest)])
    assert done.status in (0, 1), done.err
    lines = done.out.decode().splitlines()
    assert done.status == (1 if lines else 0)
    return lines


def test_manifest_fits_the_models(models):
    assert faults(models, MANIFEST) == []


@pytest.mark.parametrize('old, new, words', [
    ('backoffLimitPerIndex', 'backofLimitPerIndex', 'unknown member'),
    ('podFailurePolicy', 'podFailurPolicy', 'unknown member'),
    ('allowPrivilegeEscalation', 'allowPrivilegEscalation', 'unknown member'),
    ('readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: 1',
     'must be boolean'),
    ('completionMode: Indexed', 'completionMode: indexed', 'must be equal'),
    ('restartPolicy: Never', 'restartPolicy: Neve', 'must be equal'),
    ('kind: Job', 'kind: Jobs', 'unknown kind')])
def test_fault_in_a_manifest_is_found(models, tmp_path, old, new, words):
    with open(MANIFEST) as f:
        text = f.read()
    assert old in text
    bad = tmp_path / 'bad.yaml'
    bad.write_text(text.replace(old, new))
    assert any(words in line for line in faults(models, bad)), \
        faults(models, bad)


# Mounts a root of its own: the system and the program read-only, as are the
# evidence and the root itself. Then runs the container's command.
ENTER = r'''
set -e
root=$1 program=$2 evidence=$3 out=$4
shift 4
mount -t tmpfs root "$root"
cd "$root"
mkdir -p usr bin lib lib64 etc opt evidence out tmp proc dev
for d in usr bin lib lib64 etc; do
    [ -e /$d ] && mount --bind -o ro /$d $d
done
mount --bind -o ro "$(dirname "$program")" opt
mount --bind -o ro "$evidence" evidence
mount --bind "$out" out
mount -t tmpfs -o mode=1777 tmp tmp
mount --bind /proc proc
mount --bind /dev dev
for d in . usr bin lib lib64 etc opt evidence; do
    mount -o remount,bind,ro "$d"
done
exec chroot . setpriv --reuid 65534 --regid 65534 --clear-groups \
    --no-new-privs --bounding-set=-all env -i PATH=/opt:/usr/bin:/bin \
    "TMPDIR=/tmp" "JOB_COMPLETION_INDEX=$INDEX" "$@"
'''


class Pod:
    """Runs the manifest's command for one index."""

    def __init__(self, tmp_path, program, evidence):
        with open(MANIFEST) as f:
            job = yaml.safe_load(f)
        self.spec = job['spec']['template']['spec']
        container, = self.spec['containers']
        self.words = container['command'] + container['args']
        self.root = tmp_path / 'root'
        self.out = tmp_path / 'out'
        self.program = program
        self.evidence = evidence
        self.root.mkdir()
        self.out.mkdir()
        os.chown(self.out, 65534, 65534)

    def run(self, index, *words):
        # fsGroup: the kubelet gives the volume to this group.
        group = self.spec['securityContext']['fsGroup']
        for place in (self.out, *self.out.rglob('*')):
            os.chown(place, -1, group)
            place.chmod(place.stat().st_mode | 0o060)
        done = subprocess.run(
            ['unshare', '--mount', '--propagation', 'private', 'sh', '-c',
             ENTER, 'sh', self.root, self.program, self.evidence, self.out,
             *(words or self.words)],
            env={**os.environ, 'INDEX': str(index)}, capture_output=True,
            text=True, timeout=120)
        return done


@pytest.fixture
def pod(evtxstage_path, evtxstage, mkevtx, tmp_path):
    if os.geteuid() != 0 or shutil.which('unshare') is None:
        pytest.skip('needs root and unshare')
    hosts = tmp_path / 'evidence' / 'hosts'
    hosts.mkdir(parents=True)
    for i in range(4):
        mkevtx(hosts / ('h%d.evtx' % i), '--events', '4624', '--count', 50,
               '--seed', i)
        (hosts / ('h%d.evtx.expect' % i)).unlink(missing_ok=True)
    with open(hosts / 'h3.evtx', 'r+b') as f:
        f.seek(4096 + 2048)
        f.write(b'\xff' * 64)
    p = Pod(tmp_path, evtxstage_path, tmp_path / 'evidence')
    made = evtxstage('shards', '-n', 2, '-o', p.out / 'case.shards', '--root',
                     tmp_path / 'evidence', hosts)
    assert made.status == 0, made.err
    return p


def test_root_is_read_only_and_user_has_no_rights(pod):
    security = pod.spec['securityContext']
    assert security['runAsUser'] == 65534 and security['runAsNonRoot'] is True
    done = pod.run(0, 'sh', '-c', 'id -u; touch /x /usr/x /evidence/x; '
                                  'touch /out/x /tmp/x && echo ok')
    assert done.stdout.split() == ['65534', 'ok']
    assert done.stderr.count('Read-only file system') == 3


def test_command_stages_each_shard(pod, evtxstage, tmp_path):
    done = [pod.run(i) for i in (0, 1)]
    assert [d.returncode for d in done] == [0, 0], \
        [d.stderr for d in done]
    # Damage is exit 3 of evtxstage: the pod has done its work.
    assert any('damage' in d.stderr for d in done)
    again = pod.run(0)
    assert again.returncode == 0 and 'already staged' in again.stderr
    outs = [pod.out / ('st-%d' % i) for i in (0, 1)]
    check = evtxstage('merge-check', pod.out / 'case.shards', *outs)
    assert check.status in (0, 3), check.err
    evtxstage('--schema', 'event', '-o', tmp_path / 'one', 'hosts',
              cwd=tmp_path / 'evidence')
    assert sorted_rows(*outs) == sorted_rows(tmp_path / 'one')
    assert sorted_rows(tmp_path / 'one') != []


def test_wrong_option_fails_for_good(pod):
    """The manifest's podFailurePolicy does not try exit 2 again."""
    done = pod.run(0, *pod.words, '--no-such-option')
    assert done.returncode == 2
    assert '--no-such-option' in done.stderr


def instructions():
    """(stage, instruction, value) of the Containerfile."""
    with open(os.path.join(CLUSTER, 'Containerfile')) as f:
        text = re.sub(r'\\\n', ' ', re.sub(r'(?m)^#.*\n', '', f.read()))
    stage = -1
    for line in text.splitlines():
        if line.strip():
            word, value = line.split(None, 1)
            stage += word == 'FROM'
            yield stage, word, ' '.join(value.split())


def chroot(root, command):
    done = subprocess.run(
        ['unshare', '--mount', '--propagation', 'private', 'sh', '-c',
         'mount --bind /proc "$1/proc" && mount --bind /dev "$1/dev" && '
         'exec chroot "$1" sh -c "$2"', 'sh', root, command],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, command + '\n' + done.stdout + done.stderr
    return done.stdout


def test_containerfile(tmp_path):
    """Its steps, in Debian roots that mmdebstrap makes."""
    if os.geteuid() != 0 or shutil.which('mmdebstrap') is None:
        pytest.skip('needs root and mmdebstrap (scripts/setup --full)')
    roots = [tmp_path / 'build', tmp_path / 'image']
    workdir = ['/', '/']
    user = None
    for stage, word, value in instructions():
        root = roots[stage]
        if word == 'FROM':
            assert value.split()[0] in ('debian:12', 'debian:12-slim')
            subprocess.run(['mmdebstrap', '--quiet', '--variant=apt',
                            'bookworm', root], check=True, timeout=300)
        elif word == 'COPY' and not value.startswith('--from'):
            assert value == '. /src'
            subprocess.run(['sh', '-c', 'mkdir "$2/src" && cd "$1" && '
                            'git ls-files -z | xargs -0 tar c | '
                            'tar x -C "$2/src"', 'sh', ROOT, root], check=True)
        elif word == 'COPY':
            _, source, target = value.split()
            subprocess.run(['cp', '-a', '%s%s/.' % (roots[0], source),
                            '%s%s/' % (root, target)], check=True)
        elif word == 'WORKDIR':
            workdir[stage] = value
        elif word == 'RUN':
            chroot(root, 'cd %s && %s' % (workdir[stage], value))
        elif word == 'USER':
            user = value
        else:
            assert word == 'CMD'
    assert user == '65534:65534'
    drop = 'setpriv --reuid 65534 --regid 65534 --clear-groups '
    assert 'evtxstage' in chroot(roots[1], drop + 'evtxstage --version')
    assert 'evtxload' in chroot(roots[1], drop + 'evtxload --version')
    shutil.copy(os.path.join(ROOT, 'testdata', 'good-security-mixed.evtx'),
                roots[1] / 'tmp' / 'x.evtx')
    assert chroot(roots[1], drop +
                  'evtxstage -s any --schema raw -o - /tmp/x.evtx') != ''
