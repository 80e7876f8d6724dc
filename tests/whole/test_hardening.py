# SPDX-License-Identifier: Apache-2.0
"""What hardening-check (Debian's devscripts) says of both programs, and what
it does not look at: an executable stack, and pages that are both written and
executed."""

import re
import shutil
import subprocess

import pytest

# devscripts is installed by scripts/setup --full.
pytestmark = pytest.mark.slow

WANTED = (
    'Position Independent Executable',
    'Stack protected',
    'Fortify Source functions',
    'Read-only relocations',
    'Immediate binding',
    'Control flow integrity',
)


def output_of(*words):
    return subprocess.run(
        words, capture_output=True, text=True, check=False).stdout


@pytest.fixture(params=['evtxstage', 'evtxload'])
def program(request):
    path = request.getfixturevalue(request.param + '_path')
    if b'__asan_init' in open(path, 'rb').read():
        pytest.skip('built with sanitizers, which take the place of it')
    return path


@pytest.mark.skipif(shutil.which('hardening-check') is None,
                    reason='hardening-check is not installed')
@pytest.mark.parametrize('what', WANTED)
def test_hardening_check(program, what):
    said = output_of('hardening-check', program)
    line = re.search('%s: (.*)' % re.escape(what), said)
    assert line and line.group(1).startswith('yes'), said


@pytest.mark.skipif(shutil.which('readelf') is None,
                    reason='readelf is not installed')
def test_no_page_is_written_and_executed(program):
    loads = re.findall(r'(LOAD|GNU_STACK) .*?\s([R ][W ][E ])\s',
                       output_of('readelf', '-lW', program))
    assert len(loads) > 2
    for kind, flags in loads:
        assert not ('W' in flags and 'E' in flags), (kind, flags)


@pytest.mark.skipif(shutil.which('readelf') is None,
                    reason='readelf is not installed')
def test_marked_for_indirect_branches_and_shadow_stacks(program):
    notes = output_of('readelf', '-nW', program)
    if 'x86' not in notes:
        pytest.skip('not an x86 program')
    assert 'IBT' in notes and 'SHSTK' in notes


@pytest.mark.skipif(shutil.which('nm') is None, reason='nm is not installed')
def test_only_the_loader_knows_a_network_and_only_stage_a_sandbox(
        evtxstage_path, evtxload_path):
    def needs(path):
        return output_of('readelf', '-dW', path)
    assert 'libcurl' not in needs(evtxstage_path)
    assert 'libcurl' in needs(evtxload_path)
    assert 'libseccomp' in needs(evtxstage_path)
    assert 'libseccomp' not in needs(evtxload_path)
