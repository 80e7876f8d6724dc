#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads mutated files with evtxstage and compares with what must come out.

    check.py [options] FILE-OR-FOLDER...

    --seeds N[-M]   seeds of the mutations (default 1)
    --each N        take N mutations of each file and seed, not all of them
    --files N       take N of the files, chosen by the first seed
    --max BYTES     leave out larger files (default 2 MiB)
    --only NAME     only this mutation (more than once: these)
    --jobs N        processes (default 1)
    --program FILE  evtxstage (default: below EVTX_BUILDDIR or the sources)
    --decoder NAME  (default: native)
    --keep FOLDER   keep the mutated files that fail
    --no-memory     do not measure memory (sanitizers need their own)

Bars: exit status 0 or 3, 10 s and 1 s per MB, every intact record, valid JSON,
at most 64 times the input, 64 MiB and 8 MiB per thread, damaged regions named.
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

import in_binxml  # noqa: F401 - they register themselves
import in_chunk  # noqa: F401
import layout
import oracle
import whole_file  # noqa: F401
from registry import TABLE, mutate
from runner import Runner

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MEMORY_KIB = 64 * 1024
THREAD_KIB = 8 * 1024


class Bench:
    """One process's place to work: a folder in memory, and a runner."""

    def __init__(self, options):
        self.options = options
        memory = '/dev/shm'
        self.folder = tempfile.mkdtemp(
            prefix='mutations-', dir=memory if os.path.isdir(memory) else None)
        self.runner = Runner()

    def close(self):
        self.runner.close()
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, data):
        with open(self.path('in.evtx'), 'wb') as f:
            f.write(data)

    def read(self, *names):
        try:
            with open(os.path.join(self.folder, *names), 'rb') as f:
                return f.read()
        except FileNotFoundError:
            return b''

    def stage(self, data, jobs, to):
        """Run evtxstage on bytes; `to`: '-' or the staging folder's name."""
        o = self.options
        self.write(data)
        shutil.rmtree(self.path('staging'), ignore_errors=True)
        argv = [o.program, '--decoder', o.decoder, '--schema', 'raw',
                '--dedupe', 'none',
                '--event-set', 'any', '-j', str(jobs), '-o',
                to if to == '-' else self.path(to), self.path('in.evtx')]
        return self.runner.run(argv, self.path('out'), self.path('err'),
                               10 + len(data) / 1e6)

    def alone(self, chunk):
        """The lines of a chunk behind a good header."""
        done = self.stage(layout.file_header(1) + chunk, 1, '-')
        if done['status'] not in (0, 3):
            raise RuntimeError('a chunk alone: status %s: %s' % (
                done['status'], self.read('err')[-500:]))
        return collections.Counter(oracle.lines_of(self.read('out')))

    def seen(self, done):
        text = self.read('staging', 'manifest.json')
        if not text:
            return oracle.Seen(done['status'], b'', [], 'unfinished', None)
        manifest = json.loads(text)
        lines = b''.join(self.read('staging', s['name'])
                         for s in manifest['segments'])
        damage = [json.loads(line) for line in oracle.lines_of(
            self.read('staging', 'damage.ndjson'))]
        source = json.loads(oracle.lines_of(
            self.read('staging', 'sources.ndjson'))[0])
        return oracle.Seen(done['status'], lines, damage,
                           source.get('error'),
                           manifest['accounting'])


def limits(options, done, jobs):
    """What is wrong with how a run ended."""
    if done['status'] is None:
        return ['it hangs (%.0f s)' % done['seconds']]
    out = []
    if done['status'] not in (0, 3):
        out.append('exit status %d' % done['status'])
    room = MEMORY_KIB + THREAD_KIB * jobs
    if options.memory and done['kib'] > room:
        out.append('%d KiB of memory' % done['kib'])
    return out


class Tally:
    def __init__(self):
        self.runs = self.records = self.missing = self.kib = 0
        self.seconds = 0.0
        self.failures = []

    def add(self, other):
        self.runs += other.runs
        self.records += other.records
        self.kib = max(self.kib, other.kib)
        self.seconds = max(self.seconds, other.seconds)
        self.failures += other.failures


def try_one(bench, data, given, number):
    """A mutated file: what failed, how many intact records, the usage."""
    jobs = 1 + number % 2
    places = oracle.intact(data, given)
    required = oracle.needed(data, places, given)
    done = bench.stage(data, jobs, 'staging')
    wrong = limits(bench.options, done, jobs)
    seen = bench.seen(done)
    if seen.error != 'unfinished':
        wrong += oracle.faults(data, places, required, seen)
    elif done['status'] is not None and required:
        wrong.append('all %d intact records are missing' %
                     sum(required.values()))
    if wrong:
        wrong.append(bench.read('err')[-1500:].decode('utf-8', 'replace'))
    return wrong, sum(required.values()), done


def chosen(options, path, seed):
    names = options.only or list(TABLE)
    if not options.each or options.each >= len(names):
        return names
    rng = random.Random('%s %d' % (os.path.basename(path), seed))
    return rng.sample(names, options.each)


def check_mutations(bench, path, tally):
    with open(path, 'rb') as f:
        data = f.read()
    given = {chunk: bench.alone(chunk) for chunk in oracle.originals(data)}
    number = 0
    for seed in bench.options.seeds:
        for name in chosen(bench.options, path, seed):
            mutated = mutate(name, seed, data) if data else None
            if mutated is None:
                continue
            number += 1
            wrong, records, done = try_one(bench, mutated, given, number)
            note(tally, records, done)
            if wrong:
                tally.failures.append((name, seed, path, wrong))
                keep(bench.options, name, seed, path, mutated)


def note(tally, records, done):
    tally.runs += 1
    tally.records += records
    tally.kib = max(tally.kib, done['kib'])
    tally.seconds = max(tally.seconds, done['seconds'])


def keep(options, name, seed, path, data):
    if options.keep is None:
        return
    os.makedirs(options.keep, exist_ok=True)
    target = '%s-%d-%s' % (name, seed, os.path.basename(path))
    with open(os.path.join(options.keep, target), 'wb') as f:
        f.write(data)


def check_file(options, path):
    tally = Tally()
    bench = Bench(options)
    try:
        check_mutations(bench, path, tally)
    finally:
        bench.close()
    return tally


def files_below(operand):
    if os.path.isfile(operand):
        yield operand
    for folder, names, files in os.walk(operand):
        names.sort()
        for name in sorted(files):
            if name.lower().endswith('.evtx'):
                yield os.path.join(folder, name)


def find_files(options):
    found = [p for o in options.files_in for p in files_below(o)
             if os.path.getsize(p) <= options.max]
    if options.files and options.files < len(found):
        rng = random.Random(options.seeds[0])
        found = sorted(rng.sample(found, options.files))
    return found


def seeds_of(text):
    first, _, last = text.partition('-')
    return list(range(int(first), int(last or first) + 1))


def parse(args):
    p = argparse.ArgumentParser(usage=__doc__, add_help=False)
    p.add_argument('files_in', nargs='+')
    p.add_argument('--seeds', type=seeds_of, default=[1])
    p.add_argument('--each', type=int, default=0)
    p.add_argument('--files', type=int, default=0)
    p.add_argument('--max', type=int, default=2 << 20)
    p.add_argument('--only', action='append', choices=sorted(TABLE))
    p.add_argument('--jobs', type=int, default=1)
    p.add_argument('--program', default=os.path.join(
        os.path.abspath(os.environ.get('EVTX_BUILDDIR', ROOT)),
        'tools', 'evtxstage'))
    p.add_argument('--decoder', default='native')
    p.add_argument('--keep')
    p.add_argument('--no-memory', dest='memory', action='store_false')
    return p.parse_args(args)


def report(tally):
    for name, seed, path, wrong in tally.failures:
        print('FAILED %s %d %s\n    %s' % (
            name, seed, path, '\n    '.join(wrong[:8])))
    kinds = collections.Counter(f[0] for f in tally.failures)
    if kinds:
        print('failed by mutation: %s' % dict(kinds.most_common()))
    print('%d mutated files, %d intact records, %d failed; peak %d KiB, '
          'longest %.1f s' % (tally.runs, tally.records, len(tally.failures),
                              tally.kib, tally.seconds))


def main(args):
    options = parse(args)
    total = Tally()
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        paths = find_files(options)
        for tally in pool.map(check_file, [options] * len(paths), paths):
            total.add(tally)
    report(total)
    return 1 if total.failures or not total.runs else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
