# SPDX-License-Identifier: Apache-2.0
"""chunks.ndjson: an account of each chunk that closes, adds up to that of its
source, and says which lines of the staging are its records."""
import json
import os
import shutil
import signal
import subprocess
import time

import late_logs
import pytest
from stage_tools import Staging, closes, read_lines, sha256

TERMS = ('found', 'emitted', 'duplicate', 'damaged')
FULL = ('-s', 'any', '--schema', 'windowsevent', '--provenance', 'full')


@pytest.fixture(scope='module')
def logs(mkevtx, tmp_path_factory):
    """Good logs, one twice, and a damaged, a cut and a borrowing one."""
    top = tmp_path_factory.mktemp('logs')
    mkevtx(top / 'a.evtx', '--events', '4624,4688', '--size', '300K')
    data = bytearray((top / 'a.evtx').read_bytes())
    data[4096 + 65536 + 2000:4096 + 65536 + 2300] = bytes(range(60)) * 5
    (top / 'b.evtx').write_bytes(data)
    (top / 'c.evtx').write_bytes(data[:200000])
    mkevtx(top / 'd.evtx', '--events', 'all', '--size', '200K', '--seed', '4')
    late_logs.without_definition(top / 'd.evtx', top / 'e.evtx', 1)
    return top


def chunks(staging):
    return read_lines(staging.file('chunks.ndjson'))


def total(lines):
    """The terms of accounts that close, added up."""
    sums = dict.fromkeys((*TERMS, 'recovered', 'unchecked'), 0)
    filtered = {}
    for line in lines:
        account = line['accounting']
        assert closes(account)
        assert account.get('unchecked', 0) == (
            0 if line['crc_ok'] else account['emitted'])
        for term in sums:
            sums[term] += account.get(term, 0)
        for reason, n in account['filtered'].items():
            filtered[reason] = filtered.get(reason, 0) + n
    return sums, filtered


def check(staging):
    manifest, lines = staging.manifest, chunks(staging)
    with open(staging.file('chunks.ndjson'), 'rb') as f:
        text = f.read()
    assert manifest['chunks'] == {
        'name': 'chunks.ndjson', 'sha256': sha256(text),
        'bytes': len(text), 'lines': len(lines)}
    for i, source in enumerate(staging.sources):
        mine = [c for c in lines if c['source_number'] == i]
        assert {c['source'] for c in mine} <= {source['name']}
        sums, filtered = total(mine)
        assert sums == {k: source['accounting'][k] for k in sums}
        assert filtered == source['accounting']['filtered']
        assert len([c for c in mine if 'content' not in c]) == source['chunks']
    sums, filtered = total(lines)
    assert sums == {k: manifest['accounting'][k] for k in sums}
    assert filtered == manifest['accounting']['filtered']
    return lines


def places(line):
    """How many lines of the staging are its records'."""
    account = line['accounting']
    return account['emitted'] + account.get('recovered', 0)


@pytest.mark.parametrize('options', [
    (), ('--dedupe', 'none'), ('--dedupe', 'file'), ('--recover', 'slack'),
    ('--include-eid', '4624'), ('--decoder', 'libevtx')])
def test_lines_are_those_of_their_chunk(stage, logs, options):
    staging = stage(*FULL, *options, logs)[1]
    rows, at = staging.rows, 1
    for line in check(staging):
        if places(line) == 0:
            assert 'first_line' not in line
            continue
        assert line['first_line'] == at
        for row in rows[at - 1:at - 1 + places(line)]:
            assert row['SourceName_CF'] == line['source']
            assert row['Chunk_CF'] == line['chunk']
            assert 0 <= row['Offset_CF'] - line['offset'] < line['bytes']
            if not options:
                assert row['CrcOk_CF'] == line['crc_ok']
        at += places(line)
    assert at == len(rows) + 1


def test_logs_have_what_is_tested(stage, logs):
    """A wrong checksum, damage, a chunk that is cut, and borrowed lines."""
    lines = check(stage(*FULL, '--dedupe', 'none', logs)[1])
    assert not all(line['crc_ok'] for line in lines)
    assert any(line['accounting']['damaged'] for line in lines)
    assert any(line['bytes'] < 65536 for line in lines)
    borrowed = [line for line in lines if line.get('content') == 'borrowed']
    assert any(line['source'].endswith('e.evtx') for line in borrowed)
    assert sum(map(places, borrowed)) > 0


def test_it_is_whole_after_a_kill(evtxstage, evtxstage_path, logs, tmp_path):
    """At some instants, more and more late, until it was too late."""
    words = ['-q', '-j2', *FULL, logs]
    assert evtxstage(*words, '-o', tmp_path / 'calm').status == 3
    want = (tmp_path / 'calm' / 'chunks.ndjson').read_bytes()
    killed, wait = 0, 0.001
    while killed < 3 and wait < 5:
        out = tmp_path / ('out%f' % wait)
        with subprocess.Popen([evtxstage_path, *words, '-o', out],
                              stderr=subprocess.DEVNULL) as process:
            time.sleep(wait)
            process.kill()
        killed += process.returncode == -signal.SIGKILL
        wait *= 1.5
        assert evtxstage(*words, '-o', out).status == 3
        assert (out / 'chunks.ndjson').read_bytes() == want
    assert killed


def test_ids_and_times_are_those_of_the_records(stage, logs):
    staging = stage(*FULL, logs / 'a.evtx')[1]
    for line in chunks(staging):
        first = line['first_line'] - 1
        rows = staging.rows[first:first + places(line)]
        assert [line['first_record_id'], line['last_record_id']] == \
            [int(rows[i]['EventRecordId']) for i in (0, -1)]
        times = sorted(row['TimeCreated_CF'] for row in rows)
        assert [line['first_time'], line['last_time']] == [times[0], times[-1]]


def test_threads_play_no_part(stage, evtxstage, logs, tmp_path):
    one, many = tmp_path / 'one', tmp_path / 'many'
    for out, jobs in ((one, '1'), (many, '4')):
        assert evtxstage('-q', '-j', jobs, *FULL, '-o', out, logs).status == 3
    assert (one / 'chunks.ndjson').read_bytes() == \
        (many / 'chunks.ndjson').read_bytes()


def test_it_grows(stage, evtxstage, logs):
    staging = stage(*FULL, logs / 'a.evtx', logs / 'c.evtx')[1]
    with open(staging.file('chunks.ndjson'), 'rb') as f:
        before = f.read()
    assert evtxstage('-q', *FULL, '-o', staging.path, '--append',
                     logs / 'd.evtx').status == 0
    grown = Staging(staging.path)
    with open(grown.file('chunks.ndjson'), 'rb') as f:
        assert f.read().startswith(before)
    check(grown)
    assert evtxstage('verify', staging.path).status == 0


def test_info_has_them_without_staging(evtxstage, stage, logs):
    done = evtxstage('info', '--chunks', '--json', logs)
    said = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 3 and json.loads(done.err.splitlines()[-1])['sources']
    staged = chunks(stage('-s', 'none', logs)[1])
    same = ('source', 'chunk', 'offset', 'bytes', 'crc_ok', 'first_record_id',
            'last_record_id', 'first_time', 'last_time')
    assert [[c.get(k) for k in same] for c in said] == \
        [[c.get(k) for k in same] for c in staged]
    assert all(closes(c['accounting']) for c in said)


def test_info_shows_a_row_for_each(evtxstage, logs):
    done = evtxstage('info', '--chunks', logs / 'a.evtx')
    said = json.loads(evtxstage('info', '--json', logs / 'a.evtx').out)
    heading, names, *rows = done.out.decode().splitlines()
    assert json.loads(heading) == str(logs / 'a.evtx') and 'CRC' in names
    assert len(rows) == said['sources'][0]['chunks']
    assert sum(int(row.split()[3]) for row in rows) == \
        said['accounting']['found']
    assert 'missing' in done.err or 'records' in done.err


def test_it_is_for_info(evtxstage, logs, tmp_path):
    done = evtxstage('--chunks', '-o', tmp_path / 'out', logs)
    assert done.status == 2 and '--chunks' in done.err


# --- what verify says of them ------------------------------------------------

def write_again(staging, lines, change=lambda manifest: None):
    """Another chunks.ndjson, and a manifest that knows it."""
    text = b''.join(
        json.dumps(x, separators=(',', ':'), ensure_ascii=False).encode() +
        b'\n' for x in lines)
    with open(staging.file('chunks.ndjson'), 'wb') as f:
        f.write(text)
    manifest = staging.manifest
    manifest['chunks'].update(sha256=sha256(text), bytes=len(text))
    change(manifest)
    del manifest['digest']
    canonical = json.dumps(manifest, sort_keys=True, separators=(',', ':'),
                           ensure_ascii=False)
    manifest['digest'] = sha256(canonical.encode())
    with open(staging.file('manifest.json'), 'w') as f:
        json.dump(manifest, f, sort_keys=True, separators=(',', ':'),
                  ensure_ascii=False)


def more_found(lines):
    lines[1]['accounting']['found'] += 1


def more_of_all(lines):
    lines[1]['accounting']['found'] += 1
    lines[1]['accounting']['filtered']['event_set'] = 1


def another_place(lines):
    lines[1]['first_line'] += 1


def another_source(lines):
    lines[1]['source_number'] = 99


def bad_checksum(lines):
    account = lines[1]['accounting']
    lines[1].update(crc_ok=False)
    account['unchecked'] = account['emitted']


def unchecked(lines):
    lines[1]['accounting']['unchecked'] = 1


@pytest.mark.parametrize('change, says', [
    (more_found, 'line 2 of chunks.ndjson'),
    (more_of_all, 'source 0'),
    (another_place, 'line 2 of chunks.ndjson'),
    (another_source, '"source_number" is 99'),
    (lambda lines: lines[1].update(source='x'), 'its source is x'),
    (bad_checksum, 'source 0: "unchecked" is 0'),
    (unchecked, 'line 2 of chunks.ndjson: "unchecked" is 1'),
    (lambda lines: lines[1].update(crc_ok=False), 'the checksums of the chunk fail'),
    (lambda lines: lines.pop(), 'chunks.ndjson'),
])
def test_sums_that_do_not_hold(stage, evtxstage, logs, change, says):
    staging = stage(*FULL, logs / 'a.evtx')[1]
    lines = chunks(staging)
    write_again(staging, lines)
    assert evtxstage('verify', staging.path).status == 0
    change(lines)
    write_again(staging, lines)
    done = evtxstage('verify', staging.path)
    assert done.status == 1 and says in done.err


@pytest.mark.parametrize('name, part', [
    ('chunks', 'sums'), ('chunks_bad', 'sums'), ('bytes', 'input')])
def test_counts_of_a_source_that_were_edited(stage, evtxstage, logs, name,
                                             part):
    staging = stage(*FULL, logs / 'a.evtx')[1]

    def change(manifest):
        sources = staging.sources
        sources[0][name] += 1
        staging.edit_lines('sources', sources, manifest)
    write_again(staging, chunks(staging), change)
    done = evtxstage('verify', staging.path)
    assert done.status == (3 if part == 'input' else 1)
    assert ('a.evtx has' if part == 'input' else '"%s" is' % name) in done.err


def test_an_account_that_was_edited(stage, evtxstage, logs):
    """The manifest knows the file by its digest."""
    staging = stage(*FULL, logs / 'a.evtx')[1]
    with open(staging.file('chunks.ndjson'), 'rb') as f:
        text = f.read()
    found = b'"found":%d,' % chunks(staging)[0]['accounting']['found']
    more = b'"found":%d,' % (chunks(staging)[0]['accounting']['found'] + 1)
    assert len(found) == len(more) and found in text
    with open(staging.file('chunks.ndjson'), 'wb') as f:
        f.write(text.replace(found, more, 1))
    done = evtxstage('verify', staging.path)
    assert done.status == 1 and 'chunks.ndjson' in done.err
    assert sha256(text) in done.err


def test_a_file_that_was_touched(stage, evtxstage, logs):
    staging = stage(*FULL, logs / 'a.evtx')[1]
    with open(staging.file('chunks.ndjson'), 'ab') as f:
        f.write(b'\n')
    done = evtxstage('verify', staging.path)
    assert done.status == 1 and 'chunks.ndjson' in done.err
    os.unlink(staging.file('chunks.ndjson'))
    done = evtxstage('verify', staging.path)
    assert done.status == 1 and 'chunks.ndjson' in done.err
    shutil.rmtree(staging.path)


def test_the_corpus_adds_up(stage, corpus):
    check(stage(*FULL, '--recover', 'slack',
                os.path.join(corpus, 'corpus'))[1])
