#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads mutated archives with evtxstage.

    archives.py [options] ARCHIVE...

    --seeds N[-M]   seeds of the mutations (default 1)
    --each N        mutations of each archive and seed (default 100)
    --jobs N        processes (default 1)
    --program FILE  evtxstage (default: below EVTX_BUILDDIR or the sources)
    --keep FOLDER   keep the mutated archives that fail
    --no-memory     do not measure memory (sanitizers need their own)

Every other mutation changes 1% of the bytes, the others a few, which leave
more of the archive to be read. Each is read as a file or as a stream.
Bars: exit status 0, 3, or 2 where a member looks encrypted; 10 s and 1 s per
MB; 128 MiB; accounts that close; nothing written but the staging directory.
Prints what fails and a summary; exit status 1 if anything failed.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import shutil
import sys
import tempfile

from runner import Runner

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MEMORY_KIB = 128 * 1024
FEW = 8
STAGING = {'manifest.json', 'segments', 'sources.ndjson', 'logs.ndjson',
           'damage.ndjson', 'chunks.ndjson'}


def mutate(data, seed, number):
    rng = random.Random('%d %d' % (seed, number))
    n = len(data) // 100 + 1 if number % 2 == 0 else rng.randint(1, FEW)
    out = bytearray(data)
    for _ in range(n):
        out[rng.randrange(len(out))] ^= rng.randint(1, 255)
    return bytes(out)


def closes(account):
    return account['found'] == (
        account['emitted'] + sum(account['filtered'].values()) +
        account['duplicate'] + account['damaged'])


def wrong_staging(path):
    """What is wrong with what a run left that ended well."""
    if not os.path.exists(os.path.join(path, 'manifest.json')):
        return ['there is no manifest']
    with open(os.path.join(path, 'manifest.json'), 'rb') as f:
        manifest = json.load(f)
    with open(os.path.join(path, 'sources.ndjson'), 'rb') as f:
        sources = [json.loads(line) for line in f]
    wrong = ['%s does not close' % s['name'] for s in sources
             if not closes(s['accounting'])]
    if not closes(manifest['accounting']):
        wrong.append('the run does not close')
    lines = 0
    for segment in manifest['segments']:
        with open(os.path.join(path, segment['name']), 'rb') as f:
            lines += sum(isinstance(json.loads(line), dict) for line in f)
    if lines != manifest['accounting']['emitted']:
        wrong.append('%d lines of %d' % (
            lines, manifest['accounting']['emitted']))
    if not set(os.listdir(path)) <= STAGING:
        wrong.append('strange files: %s' % os.listdir(path))
    return wrong


class Bench:
    """A place to work, and a runner."""

    def __init__(self, options):
        self.options = options
        memory = '/dev/shm'
        self.folder = tempfile.mkdtemp(
            prefix='archives-', dir=memory if os.path.isdir(memory) else None)
        os.mkdir(self.path('place'))
        self.runner = Runner()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def close(self):
        self.runner.close()
        shutil.rmtree(self.folder)

    def try_one(self, data, number):
        """How a run ended, and what is wrong with that."""
        given, staging = self.path('place', 'in'), self.path('place', 'out')
        with open(given, 'wb') as f:
            f.write(data)
        shutil.rmtree(staging, ignore_errors=True)
        stream = number % 4 >= 2
        done = self.runner.run(
            [self.options.program, '-j', '2', '-o', staging,
             '--schema', 'raw', '--event-set', 'any',
             '-' if stream else given], self.path('stdout'),
            self.path('stderr'), 10 + len(data) / 1e6,
            given if stream else os.devnull)
        wrong = self.limits(done)
        if not wrong and done['status'] != 2:
            wrong = wrong_staging(staging)
        if set(os.listdir(self.path('place'))) - {'in', 'out'}:
            wrong.append('written outside')
        return done, wrong

    def limits(self, done):
        if done['status'] is None:
            return ['it hangs (%.0f s)' % done['seconds']]
        with open(self.path('stderr'), 'rb') as f:
            said = f.read()
        wrong = []
        if done['status'] not in (0, 3) and not (
                done['status'] == 2 and b'password' in said):
            wrong.append('exit status %d: %s' % (done['status'], said[-1500:]))
        if self.options.memory and done['kib'] > MEMORY_KIB:
            wrong.append('%d KiB of memory' % done['kib'])
        return wrong


def keep(options, name, data):
    if options.keep is not None:
        os.makedirs(options.keep, exist_ok=True)
        with open(os.path.join(options.keep, name), 'wb') as f:
            f.write(data)


def check_archive(options, path, seed):
    """All mutations of an archive with a seed: what failed, statuses, KiB."""
    bench = Bench(options)
    failed, statuses, kib = [], collections.Counter(), 0
    with open(path, 'rb') as f:
        data = f.read()
    try:
        for number in range(options.each):
            mutated = mutate(data, seed, number)
            done, wrong = bench.try_one(mutated, number)
            statuses[done['status']] += 1
            kib = max(kib, done['kib'])
            if wrong:
                name = '%d-%d-%s' % (seed, number, os.path.basename(path))
                failed.append((name, wrong))
                keep(options, name, mutated)
    finally:
        bench.close()
    return failed, statuses, kib


def seeds_of(text):
    first, _, last = text.partition('-')
    return list(range(int(first), int(last or first) + 1))


def parse(args):
    p = argparse.ArgumentParser(usage=__doc__, add_help=False)
    p.add_argument('archives', nargs='+')
    p.add_argument('--seeds', type=seeds_of, default=[1])
    p.add_argument('--each', type=int, default=100)
    p.add_argument('--jobs', type=int, default=1)
    p.add_argument('--program', default=os.path.join(
        os.path.abspath(os.environ.get('EVTX_BUILDDIR', ROOT)),
        'tools', 'evtxstage'))
    p.add_argument('--keep')
    p.add_argument('--no-memory', dest='memory', action='store_false')
    return p.parse_args(args)


def main(args):
    options = parse(args)
    failed, statuses, kib = [], collections.Counter(), 0
    tasks = [(a, s) for a in options.archives for s in options.seeds]
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        for f, s, k in pool.map(check_archive, [options] * len(tasks),
                                *zip(*tasks)):
            failed, statuses, kib = failed + f, statuses + s, max(kib, k)
    for name, wrong in failed:
        print('FAILED %s\n    %s' % (name, '\n    '.join(wrong[:8])))
    print('%d mutated archives, %d failed; %s; peak %d KiB' % (
        sum(statuses.values()), len(failed), ', '.join(
            '%d with status %s' % (n, s) for s, n in statuses.most_common()),
        kib))
    return 1 if failed or not statuses else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
