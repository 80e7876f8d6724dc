# SPDX-License-Identifier: Apache-2.0
"""evtxstage info: the account of a conversion, without one."""
import json
import os

import pytest
from stage_tools import closes

TESTDATA = os.path.join(os.path.dirname(__file__), '..', '..', 'testdata')
SAME = ('name', 'bytes', 'chunks', 'chunks_bad', 'first_time', 'last_time')


@pytest.mark.parametrize('jobs', ['-j1', '-j3'])
def test_it_counts_what_a_conversion_counts(evtxstage, stage, jobs):
    done = evtxstage('info', '--json', jobs, TESTDATA)
    said = json.loads(done.out)
    sources = stage(TESTDATA, '-s', 'any')[1].sources
    assert done.status == said['exit'] == 3
    assert closes(said['accounting'])
    for mine, other in zip(said['sources'], sources, strict=True):
        assert [mine[k] for k in SAME] == [other[k] for k in SAME]
        assert mine.get('error') == other.get('error')
        for term in ('found', 'damaged', 'regions'):
            assert mine['accounting'][term] == other['accounting'][term], \
                mine['name']


def test_it_leaves_nothing_behind(evtxstage, log, tmp_path):
    before = sorted(os.listdir(tmp_path))
    assert evtxstage('info', log, cwd=tmp_path).status == 0
    assert sorted(os.listdir(tmp_path)) == before


def test_a_table_for_people(evtxstage, log):
    done = evtxstage('info', log)
    said = json.loads(evtxstage('info', '--json', log).out)['sources'][0]
    rows = dict(line.split(None, 1)
                for line in done.out.decode().splitlines()[1:])
    assert done.out.decode().splitlines()[0] == str(log)
    assert rows['records'] == str(said['accounting']['found'])
    assert rows['first'] == said['first_time']
    assert rows['last'] == said['last_time']


@pytest.mark.parametrize('words, says', [
    (['-o', 'out', 'x.evtx'], 'info writes no staging directory'),
    (['-s', 'all', 'x.evtx'], 'info looks at every record'),
    ([], 'no input'),
])
def test_usage(evtxstage, words, says):
    done = evtxstage('info', *words)
    assert done.status == 2 and says in done.err


def test_a_folder_of_that_name_is_a_path(evtxstage, log, tmp_path):
    (tmp_path / 'info').mkdir()
    os.link(log, tmp_path / 'info' / 'x.evtx')
    done = evtxstage('./info', '-s', 'any', '-o', '-', cwd=tmp_path)
    assert done.status == 0 and done.out
