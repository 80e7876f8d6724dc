# SPDX-License-Identifier: Apache-2.0
"""Mutated logs: every intact record comes out, nothing crashes or hangs, what
is damaged is named (tests/mutate/check.py says what the bars are).

    MUTATION_SEEDS   seeds for make mutation-test, such as 1-4
"""
import os
import sys

import pytest
import stage_tools

TOOLS = os.path.join(stage_tools.ROOT, 'tests', 'mutate')
sys.path.insert(0, TOOLS)

import oracle  # noqa: E402
from registry import TABLE, mutate  # noqa: E402
import in_binxml  # noqa: E402,F401 - they register themselves
import in_chunk  # noqa: E402,F401
import whole_file  # noqa: E402,F401

SAMPLE = os.path.join(stage_tools.ROOT, 'testdata', 'good-security-mixed.evtx')


def check(program, *args):
    """Run check.py with two processes; sanitizers need memory of their own."""
    if b'__asan_init' in stage_tools.read(program):
        args += ('--no-memory',)
    done = stage_tools.run(['/usr/bin/python3', os.path.join(TOOLS, 'check.py'),
                            '--program', program, '--jobs', '2', *args],
                           timeout=900)
    assert done.status == 0, done.out.decode('utf-8', 'replace') + done.err
    return done.lines[-1]


@pytest.mark.sanitize
def test_some_mutations_of_test_data(evtxstage_path):
    assert 'intact' in check(evtxstage_path, '--each', '5', '--seeds', '5',
                             os.path.join(stage_tools.ROOT, 'testdata'))


@pytest.mark.mutations
def test_mutations_of_test_data(evtxstage_path):
    each = [] if b'__asan_init' not in stage_tools.read(evtxstage_path) \
        else ['--each', '25']
    assert 'intact' in check(
        evtxstage_path, *each, os.path.join(stage_tools.ROOT, 'testdata'))


@pytest.mark.mutations
def test_mutations_of_real_logs(evtxstage_path, corpus):
    folder = os.path.join(corpus, 'corpus')
    last = check(evtxstage_path, '--files', '40', '--each', '12', folder)
    assert int(last.split()[0]) > 300, last


@pytest.mark.of_tests
def test_the_same_seed_gives_the_same_file():
    data = stage_tools.read(SAMPLE)
    for name in TABLE:
        assert mutate(name, 3, data) == mutate(name, 3, data), name


@pytest.mark.of_tests
@pytest.mark.parametrize('name', sorted(TABLE))
def test_every_mutation_changes_something(name):
    data = stage_tools.read(SAMPLE)
    tried = [mutate(name, seed, data) for seed in range(1, 9)]
    assert any(t is not None and t != data for t in tried)


def a_chunk():
    return stage_tools.read(SAMPLE)[4096:4096 + 65536]


@pytest.mark.of_tests
def test_the_oracle_sees_what_is_missing():
    chunk = a_chunk()
    data = bytes(4096) + chunk + b'x' * 1000 + chunk
    places = oracle.intact(data, {chunk})
    assert places == [4096, 4096 + 65536 + 1000]
    required = oracle.needed(data, places, {chunk: {b'{}': 2}})
    assert required == {b'{}': 4}
    seen = oracle.Seen(3, b'{}\n{}\n{}\n', [], None, None)
    wrong = oracle.faults(data, places, required, seen)
    assert wrong == ['1 of 4 intact records are missing',
                     'bytes that are no chunk at 69632 to 70632 is not in '
                     'damage.ndjson']


@pytest.mark.of_tests
def test_the_oracle_sees_bad_lines():
    for line in (b'{"a":421F}', b'{', b'"\xff"', b'[]', b''):
        seen = oracle.Seen(0, line + b'\n', [], None, None)
        assert any('no JSON' in w for w in
                   oracle.faults(b'x' * 9000, [], oracle.needed(
                       b'', [], {}), seen)), line
