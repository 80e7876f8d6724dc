# SPDX-License-Identifier: Apache-2.0
"""--dedupe: a RecordKey once in a file, or once in the run."""
import pytest
from stage_tools import Staging, closes

CHUNK = 65536


@pytest.fixture(scope='module')
def logs(mkevtx, tmp_path_factory):
    """A log whose first chunks come twice, and one with some of the same."""
    top = tmp_path_factory.mktemp('logs')
    mkevtx(top / 'a.evtx', '--events', 'all', '--size', '1M', '--seed', 3)
    whole = (top / 'a.evtx').read_bytes()
    head, body = whole[:4096], whole[4096:]
    (top / 'a.evtx').write_bytes(head + body[:4 * CHUNK] + body)
    (top / 'b.evtx').write_bytes(head + body[2 * CHUNK:8 * CHUNK])
    return top


@pytest.mark.parametrize('how', ['file', 'run'])
@pytest.mark.parametrize('options', [(), ('-s', 'any', '--schema', 'windowsevent'), ('--recover', 'slack')])
def test_a_key_comes_once(evtxstage, logs, tmp_path, how, options):
    inputs = [logs / 'a.evtx', logs / 'b.evtx']
    rows = {log: evtxstage('-q', '-o', '-', '--provenance', 'key', *options, log).rows for log in inputs}
    every = [(log, row) for log in inputs for row in rows[log]]
    seen, want = set(), []
    for log, row in every:
        key = (row['RecordKey_CF'], log if how == 'file' else None)
        if key not in seen:
            want.append(row)
        seen.add(key)
    got = evtxstage('-q', '-o', '-', '--provenance', 'key', '--dedupe', how, *options, *inputs).rows
    assert got == want and len(want) < len(every)
    outs = []
    for jobs in '1', '2':
        out = tmp_path / jobs
        assert evtxstage('-q', '-j', jobs, '-o', out, '--dedupe', how, *options, *inputs).status == 3
        manifest = Staging(out).manifest
        assert closes(manifest['accounting'])
        assert manifest['accounting']['duplicate'] == len(every) - len(want)
        assert manifest['options']['dedupe'] == how
        assert evtxstage('verify', out).status == 0
        outs.append(b''.join(p.read_bytes() for p in sorted((out / 'segments').iterdir())))
    assert outs[0] == outs[1] and outs[0].count(b'\n') == len(want)


def test_keys_need_not_be_shown(evtxstage, logs):
    shown = evtxstage('-q', '-o', '-', '--dedupe', 'run', '--provenance', 'key', logs).rows
    bare = evtxstage('-q', '-o', '-', '--dedupe', 'run', '--provenance', 'none', logs).rows
    assert bare == [{k: v for k, v in row.items() if k != 'RecordKey_CF'} for row in shown]


def test_none_is_usual_and_nonsense_is_refused(evtxstage, logs):
    usual = evtxstage('-q', '-o', '-', logs).out
    assert evtxstage('-q', '-o', '-', '--dedupe', 'none', logs).out == usual
    assert evtxstage('-o', '-', '--dedupe', 'all', logs).status == 2
