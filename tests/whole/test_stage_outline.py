# SPDX-License-Identifier: Apache-2.0
"""Records that are kept after a look at their System alone are those that are
read whole from the start."""
import os

import pytest
from stage_tools import ROOT

SCHEMAS = ['raw', 'securityevent', 'windowsevent', 'event', 'ecs']
# Takes everything, but is asked first.
LOOK = ['--include-eid', '0-65535']

# One template; how many elements there are is another matter.
LISTS = """
default computer HOST
event x3
channel Application
provider Microsoft-Windows-RestartManager
id 10005
userdata
<Restart>
Session:uint32 = %d
App:string[] = %s
</Restart>
"""


def lines(evtxstage, path, schema, *options):
    done = evtxstage('-q', '--schema', schema, '-s', 'any', *options, '-o',
                     '-', path)
    assert done.status in (0, 3)
    return done.out.splitlines()


@pytest.mark.parametrize('schema', SCHEMAS)
def test_lists_of_any_length(evtxstage, mkevtx, tmp_path, schema):
    text = ''.join(LISTS % (n, '|'.join('app %d' % i for i in range(n)))
                   for n in (3, 1, 8, 2, 8, 1))
    (tmp_path / 'lists.txt').write_text(text)
    log = mkevtx(tmp_path / 'lists.evtx', '--describe',
                 tmp_path / 'lists.txt')
    want = lines(evtxstage, log, schema)
    assert len(want) == 18 and len(set(want)) > 6
    assert sum(b'app 7' in line for line in want) == 6
    assert lines(evtxstage, log, schema, *LOOK) == want


@pytest.mark.parametrize('schema', SCHEMAS)
def test_testdata(evtxstage, schema):
    assert lines(evtxstage, os.path.join(ROOT, 'testdata'), schema, *LOOK) == \
        lines(evtxstage, os.path.join(ROOT, 'testdata'), schema)


@pytest.mark.parametrize('schema', SCHEMAS[1:2] + [
    pytest.param(s, marks=pytest.mark.slow) for s in SCHEMAS if
    s != SCHEMAS[1]])
def test_corpus(evtxstage, corpus, schema):
    path = os.path.join(corpus, 'corpus')
    want = lines(evtxstage, path, schema)
    assert len(want) > 36000
    for options in (LOOK, ['--query', '*!*[System[EventID>=0]]'],
                    ['--query', '*!*[System]', '-j', '1']):
        assert lines(evtxstage, path, schema, *options) == want
