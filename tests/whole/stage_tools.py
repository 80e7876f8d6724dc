# SPDX-License-Identifier: Apache-2.0
"""Runs the built programs and reads what evtxstage leaves.

The programs are those of the build directory: $EVTX_BUILDDIR, or the source
tree itself. EVTXSTAGE_... of the caller's environment is left out of a run.
"""
import hashlib
import json
import os
import struct
import subprocess
import sys
import threading
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get('EVTX_BUILDDIR', ROOT))
CHUNK = 65536
FILE_HEADER = 4096
ACCOUNT = ['found', 'emitted', 'filtered', 'duplicate', 'damaged',
           'borrowed', 'recovered', 'recovered_filtered',
           'recovered_damaged', 'regions', 'unchecked', 'hidden', 'repaired', 'names',
           'time_inferred', 'long_fields', 'disagreements', 'one_sided', 'conflicts',
           'other_channels']


def program(*names):
    return os.path.join(BUILD, *names)


class Done:
    """A finished run: status, out (bytes), err (text)."""

    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.raw_err = process.stderr
        self.err = process.stderr.decode('utf-8', 'replace')

    @property
    def lines(self):
        return self.out.decode('utf-8').splitlines()

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


def environment(more=None):
    env = {n: v for n, v in os.environ.items()
           if not n.startswith(('EVTXSTAGE_', 'EVTXLOAD_'))}
    # Only a build with sanitizers reads this.
    env.setdefault('LSAN_OPTIONS', 'print_suppressions=0:suppressions=' +
                   os.path.join(HERE, 'lsan.supp'))
    env.update(more or {})
    return env


# The leak sanitizer does not work in a program that is being traced.
NO_LEAKS = ['env', 'ASAN_OPTIONS=detect_leaks=0']


def run(argv, env=None, **more):
    """Run argv[0] with its arguments; env is added to the environment."""
    argv = [os.fspath(a) if isinstance(a, os.PathLike) else a for a in argv]
    argv = [a if isinstance(a, bytes) else str(a) for a in argv]
    if 'input' not in more:
        more.setdefault('stdin', subprocess.DEVNULL)
    more.setdefault('stdout', subprocess.PIPE)
    more.setdefault('stderr', subprocess.PIPE)
    more.setdefault('timeout', 120)
    return Done(subprocess.run(argv, env=environment(env), **more))


# A child's peak memory starts at that of the process that starts it, so a small
# one does.
PEAK = """
import resource, subprocess, sys
with open(sys.argv[1], 'wb') as out:
    status = subprocess.run(sys.argv[2:], stdout=out).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def peak_kib(argv, out=os.devnull, env=None):
    """The memory that a run took, which must end well."""
    done = subprocess.run(
        [sys.executable, '-S', '-E', '-c', PEAK, out, *argv], check=True,
        env=env or environment(), stdout=subprocess.PIPE, timeout=600)
    return int(done.stdout)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def read_lines(path):
    return [json.loads(line) for line in read(path).splitlines()]


def expected(path):
    """What mkevtx says is in the file that the fixture mkevtx made."""
    return read_lines(os.fspath(path) + '.expect')


def read_segment(path):
    """The lines of a segment, as Debian's zstd reads them if it is compressed."""
    if not os.fspath(path).endswith('.zst'):
        return read(path)
    return subprocess.run(['zstd', '-dcq', path], check=True,
                          stdout=subprocess.PIPE).stdout


class Staging:
    """A staging directory."""

    def __init__(self, path):
        self.path = os.fspath(path)

    def file(self, *names):
        return os.path.join(self.path, *names)

    @property
    def manifest(self):
        return json.loads(read(self.file('manifest.json')))

    @property
    def damage(self):
        return read_lines(self.file('damage.ndjson'))

    @property
    def sources(self):
        return read_lines(self.file('sources.ndjson'))

    @property
    def logs(self):
        return read_lines(self.file('logs.ndjson'))

    @property
    def finished(self):
        return os.path.exists(self.file('manifest.json'))

    @property
    def ndjson(self):
        """All lines, in order, as bytes."""
        return b''.join(read_segment(self.file(s['name']))
                        for s in self.manifest['segments'])

    @property
    def rows(self):
        return [json.loads(line) for line in self.ndjson.splitlines()]

    def edit_lines(self, which, lines, manifest):
        """Replace the lines of a listing, and what the manifest says of it."""
        text = b''.join(json.dumps(line, separators=(',', ':')).encode() + b'\n'
                        for line in lines)
        name = which + '.ndjson'
        with open(self.file(name), 'wb') as f:
            f.write(text)
        manifest[which] = {'name': name, 'sha256': sha256(text),
                           'bytes': len(text), 'lines': len(lines)}

    def content(self):
        """Every file by its name; of the manifest what is reproducible."""
        files = {}
        for folder, _, names in os.walk(self.path):
            for name in names:
                path = os.path.join(folder, name)
                files[os.path.relpath(path, self.path)] = read(path)
        manifest = json.loads(files.pop('manifest.json'))
        del manifest['run'], manifest['digest']
        files['manifest.json'] = json.dumps(manifest).encode()
        return files


def empty_log():
    """A log that holds one chunk and no record."""
    head = bytearray(FILE_HEADER)
    head[0:8] = b'ElfFile\0'
    struct.pack_into('<QQQIHHHH', head, 8, 0, 0, 1, 128, 1, 3, FILE_HEADER, 1)
    struct.pack_into('<I', head, 124, zlib.crc32(head[:120]))
    chunk = bytearray(CHUNK)
    chunk[0:8] = b'ElfChnk\0'
    struct.pack_into('<QQQQIIII', chunk, 8, 1, 2**64 - 1, 2**64 - 1,
                     2**64 - 1, 128, 0, 512, 0)
    seal(chunk)
    return bytes(head + chunk)


def seal(chunk):
    """Make the checksums of a chunk right, in place."""
    free, = struct.unpack_from('<I', chunk, 48)
    struct.pack_into('<I', chunk, 52, zlib.crc32(chunk[512:free]))
    struct.pack_into('<I', chunk, 124,
                     zlib.crc32(chunk[128:512], zlib.crc32(chunk[:120])))


def closes(account):
    """Whether every record that was found ended in exactly one term."""
    return account['found'] == (
        account['emitted'] + sum(account['filtered'].values()) +
        account['duplicate'] + account['damaged'])


class Grower(threading.Thread):
    """Zeros are added to a file: with Grower(path): ..."""

    def __init__(self, path):
        super().__init__()
        self.path, self.done = path, threading.Event()

    def run(self):
        with open(self.path, 'ab', buffering=0) as f:
            while not self.done.is_set():
                f.write(bytes(4096))
                time.sleep(0.001)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.done.set()
        self.join()
