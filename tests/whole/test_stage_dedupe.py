# SPDX-License-Identifier: Apache-2.0
"""--dedupe: a RecordKey once in a file, or once in the run."""
import json
import sqlite3

import pytest
from stage_tools import Staging, closes, peak_kib, run

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


def test_run_is_usual_for_a_directory_and_none_for_a_stream(evtxstage, logs, tmp_path):
    every = evtxstage('-q', '-o', '-', '--dedupe', 'none', logs).out
    assert evtxstage('-q', '-o', '-', logs).out == every
    once = evtxstage('-q', '-o', '-', '--dedupe', 'run', logs).out
    for options, want, said in (((), once, 'run'), (('--dedupe', 'none'), every, 'none')):
        out = tmp_path / said
        done = evtxstage('-o', out, '--json', *options, logs)
        staging = Staging(out)
        assert staging.ndjson == want
        assert staging.manifest['options']['dedupe'] == said
        copies = len(every.splitlines()) - len(want.splitlines())
        assert json.loads(done.out)['accounting']['duplicate'] == copies
        assert ('more than once' in done.err) == (copies > 0)
    assert evtxstage('-o', '-', '--dedupe', 'all', logs).status == 2


def test_a_log_beside_its_shadow_copy(evtxstage, evtxload_path, mkevtx, tmp_path):
    """Taken a little later, so other bytes, with most of the same events."""
    top = tmp_path / 'C'
    names = top / 'Windows/System32/winevt/Logs', top / 'HarddiskVolumeShadowCopy3/Windows/System32/winevt/Logs'
    for folder in names:
        folder.mkdir(parents=True)
    mkevtx(names[0] / 'Security.evtx', '--events', '4624', '--count', 1500)
    whole = (names[0] / 'Security.evtx').read_bytes()
    (names[1] / 'Security.evtx').write_bytes(whole[:4096 + 10 * CHUNK] + bytes(CHUNK))
    out = tmp_path / 'staging'
    done = evtxstage('-o', out, top)
    staging = Staging(out)
    assert sum('duplicate_of' in s for s in staging.sources) == 0
    keys = [row['RecordKey_CF'] for row in staging.rows]
    assert len(keys) == len(set(keys)) == 1500
    again = staging.manifest['accounting']['duplicate']
    assert 0 < again < 1500
    assert '{} copies of events that occur more than once'.format(again) in ' '.join(done.err.replace(',', '').split())
    for command in (), ('plan',):
        done = run([evtxload_path, *command, '--target', 'sqlite:%s' % (tmp_path / 'a.db'), '--json', out])
        assert json.loads(done.out)['staged_duplicate'] == again
        done = run([evtxload_path, *command, '--target', 'sqlite:%s' % (tmp_path / 'b.db'), out])
        assert '%d duplicate events were removed by evtxstage' % again in done.err


def test_append_without_keys_says_so(evtxstage, mkevtx, tmp_path):
    """The default does what it can, and never refuses."""
    for i in range(3):
        mkevtx(tmp_path / ('%d.evtx' % i), text=EVENT)
        with open(tmp_path / ('%d.evtx' % i), 'ab') as log:
            log.write(bytes(CHUNK) * i)
    out = tmp_path / 'out'
    options = ['-s', 'any', '--schema', 'raw', '-o', out]
    assert evtxstage(*options, tmp_path / '0.evtx').status == 0
    done = evtxstage(*options, '--append', tmp_path / '1.evtx', tmp_path / '2.evtx')
    assert done.status == 0 and 'no RecordKey' in done.err
    assert Staging(out).manifest['accounting']['emitted'] == 2
    assert Staging(out).manifest['accounting']['duplicate'] == 1


# --- what a key covers ------------------------------------------------------

EVENT = 'event 4634\ntime 2024-05-01T08:00:00Z\nrecord 7\n'


def staged(evtxstage, folder, *more):
    done = evtxstage('-q', '-s', 'any', '--dedupe', 'run', '-o', '-', '--provenance', 'key', *more, folder)
    return done.rows


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
@pytest.mark.parametrize('line', [
    'id 4720', 'qualifiers 1', 'version 9', 'level 4', 'task 1', 'opcode 1',
    'keywords 0x8010000000000000'])
def test_another_event_is_no_copy(evtxstage, mkevtx, tmp_path, decoder, line):
    """The same place in the log, time and fields, but another event."""
    mkevtx(tmp_path / 'a.evtx', text=EVENT)
    mkevtx(tmp_path / 'b.evtx', text=EVENT + line + '\n')
    mkevtx(tmp_path / 'c.evtx', '--raw-style', text=EVENT)
    rows = staged(evtxstage, tmp_path, '--decoder', decoder)
    assert len(rows) == 2 and len({row['RecordKey_CF'] for row in rows}) == 2


@pytest.mark.parametrize('line, lacks', [('qualifiers', ''), ('version', 'lack version\n'),
                                         ('keywords', 'lack keywords\n')])
def test_an_absent_number_is_0(evtxstage, mkevtx, tmp_path, line, lacks):
    mkevtx(tmp_path / 'a.evtx', text=EVENT + '%s 0\n' % line)
    mkevtx(tmp_path / 'b.evtx', text=EVENT + lacks)
    assert len(staged(evtxstage, tmp_path)) == 1


@pytest.mark.parametrize('schema', ['securityevent', 'windowsevent', 'event', 'ecs', 'raw'])
@pytest.mark.parametrize('lack', ['record', 'time'])
def test_without_id_or_time_nothing_is_a_copy(evtxstage, evtxload_path, mkevtx, tmp_path, lack, schema):
    log = mkevtx(tmp_path / 'log.evtx', text=('event 4634\ntime 2024-05-01\nlack %s\n' % lack) * 3)
    out = tmp_path / 'staging'
    done = evtxstage('-q', '-s', 'any', '--schema', schema, '--dedupe', 'run', '--provenance', 'key', '-o', out, log)
    assert done.status in (0, 3)
    rows = Staging(out).rows
    assert len(rows) == 3
    for row in rows:
        assert 'RecordKey_CF' not in row and 'id' not in row.get('event', {})
    done = run([evtxload_path, '--target', 'sqlite:%s' % (tmp_path / 'a.db'), out])
    assert done.status == 0, done.err
    table = {'securityevent': 'SecurityEvent', 'windowsevent': 'WindowsEvent', 'event': 'Event', 'ecs': 'Ecs', 'raw': 'Raw'}[schema]
    with sqlite3.connect(tmp_path / 'a.db') as db:
        assert db.execute('SELECT count(*) FROM ' + table).fetchone() == (3,)


# --- conflicts --------------------------------------------------------------

@pytest.fixture
def versions(mkevtx, tmp_path):
    """One event in two versions, and a copy of each."""
    top = tmp_path / 'versions'
    top.mkdir()
    for name, line in (('a', 'pid 4'), ('b', 'pid 5'), ('c', 'pid 4'), ('d', 'pid 5')):
        mkevtx(top / (name + '.evtx'), text=EVENT + line + '\n')
        with open(top / (name + '.evtx'), 'ab') as log:
            log.write(bytes(CHUNK) * (1 + ord(name) - ord('a')))  # other bytes, the same events
    return top


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
@pytest.mark.parametrize('schema', ['securityevent', 'windowsevent', 'ecs', 'raw'])
def test_different_rows_of_one_key_are_kept(evtxstage, versions, tmp_path, decoder, schema):
    out = tmp_path / 'out'
    done = evtxstage('--schema', schema, '--decoder', decoder, '-s', 'any', '--dedupe', 'run',
                     '--provenance', 'full', '--json', '-o', out, versions)
    assert done.status == 0, done.err
    staging = Staging(out)
    assert len(staging.rows) == 2
    account = staging.manifest['accounting']
    assert (account['emitted'], account['duplicate'], account['conflicts']) == (2, 2, 1)
    assert json.loads(done.out)['accounting']['conflicts'] == 1
    assert closes(account)
    assert [s['accounting']['conflicts'] for s in staging.sources] == [0, 1, 0, 0]
    assert evtxstage('verify', out).status == 0
    text = evtxstage('-s', 'any', '--dedupe', 'run', '-o', tmp_path / 'again', versions).err
    assert 'conflicts' in text and 'more than once' in text


@pytest.mark.parametrize('line', ['tid 77', 'user S-1-5-20',
                                  'activity 11111111-2222-3333-4444-555555555555'])
def test_what_a_row_says_beside_its_key_counts(evtxstage, mkevtx, tmp_path, line):
    mkevtx(tmp_path / 'a.evtx', text=EVENT)
    mkevtx(tmp_path / 'b.evtx', text=EVENT + line + '\n')
    assert len(staged(evtxstage, tmp_path)) == 2
    assert len(staged(evtxstage, tmp_path, '--schema', 'raw')) == 2


@pytest.mark.parametrize('schema, rows', [('securityevent', 1), ('windowsevent', 1), ('event', 1),
                                          ('ecs', 2), ('raw', 2)])
def test_what_a_row_does_not_show_does_not(evtxstage, mkevtx, tmp_path, schema, rows):
    mkevtx(tmp_path / 'a.evtx', text=EVENT)
    mkevtx(tmp_path / 'b.evtx', text=EVENT + 'related 11111111-2222-3333-4444-555555555555\n')
    assert len(staged(evtxstage, tmp_path, '--schema', schema)) == rows


@pytest.mark.parametrize('schema', ['securityevent', 'windowsevent', 'event', 'ecs', 'raw'])
@pytest.mark.parametrize('decoder', ['native', 'libevtx'])
def test_append_knows_what_rows_say(evtxstage, versions, mkevtx, tmp_path, schema, decoder):
    """The digest of a row is that of its record, whatever it shows."""
    more = ('user S-1-5-20\nactivity 11111111-2222-3333-4444-555555555555\n'
            'related 21111111-2222-3333-4444-555555555555\n')
    for name, line in (('a', more), ('b', 'pid 5\n' + more), ('c', 'user S-1-5-18\n')):
        mkevtx(versions / (name + '.evtx'), text=EVENT + line)
    options = ['-q', '--schema', schema, '--decoder', decoder, '-s', 'any', '--dedupe', 'run',
               '--provenance', 'full', '-o', tmp_path / 'out']
    assert evtxstage(*options, versions).status in (0, 3)
    first = Staging(tmp_path / 'out').manifest['accounting']
    rows = 3 if schema == 'event' else 4  # it shows the user only
    assert (first['emitted'], first['conflicts']) == (rows, rows - 1)
    for name in 'abcd':
        with open(versions / (name + '.evtx'), 'ab') as log:
            log.write(bytes(CHUNK))
    assert evtxstage(*options, '--append', versions).status in (0, 3)
    account = Staging(tmp_path / 'out').manifest['accounting']
    assert (account['emitted'], account['conflicts']) == (rows, rows - 1)
    assert account['found'] == 8


# --- memory -----------------------------------------------------------------

@pytest.mark.parametrize('text, word', [('0', 'must be a number'), ('12X', 'must be a number'), ('', 'must be a number'),
                                        ('1000', '1M to 1T'), ('2000T', '1M to 1T')])
def test_a_wrong_memory_is_refused(evtxstage, logs, tmp_path, text, word):
    done = evtxstage('-o', tmp_path / 'out', '--dedupe-memory', text, logs)
    assert done.status == 2 and '--dedupe-memory' in done.err and word in done.err
    assert not (tmp_path / 'out').exists()


def test_what_is_found_does_not_depend_on_memory_or_threads(evtxstage, mkevtx, tmp_path):
    """Most keys are on disk: the least memory has room for 19,000."""
    top = tmp_path / 'in'
    top.mkdir()
    mkevtx(top / 'a.evtx', '--events', '4634', '--count', 30000)
    whole = (top / 'a.evtx').read_bytes()
    chunks = [whole[at:at + CHUNK] for at in range(4096, len(whole), CHUNK)]
    (top / 'b.evtx').write_bytes(whole[:4096] + b''.join(reversed(chunks[::2])))
    (top / 'c.evtx').write_bytes(whole + bytes(CHUNK))
    outs = []
    for i, options in enumerate((('-j1',), ('-j2', '--dedupe-memory', '1M'), ('-j1', '--dedupe-memory', '1M'))):
        out = tmp_path / str(i)
        assert evtxstage('-q', *options, '-s', 'any', '--provenance', 'none', '-o', out, top).status in (0, 3)
        staging = Staging(out)
        account = staging.manifest['accounting']
        assert account['emitted'] == 30000 and account['conflicts'] == 0
        assert account['duplicate'] == account['found'] - 30000 > 42000
        assert [s['accounting']['emitted'] for s in staging.sources] == [30000, 0, 0]
        outs.append(staging.ndjson)
    assert outs[0] == outs[1] == outs[2]


@pytest.mark.slow
@pytest.mark.unsanitized
def test_memory_stays_within_what_is_given(evtxstage_path, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'many.evtx', '--events', '4634', '--count', 400000)
    peak = {}
    for how in ('none',), ('run', '--dedupe-memory', '4M'), ('run',):
        peak[how] = peak_kib([evtxstage_path, '-q', '-j1', '-s', 'any', '--force', '-o', str(tmp_path / 'out'),
                              '--dedupe', *how, str(log)])
    none, little, usual = peak.values()
    # And the buffer of the journal of keys.
    assert little - none < 6 << 10
    assert little < usual < none + (64 << 10)
