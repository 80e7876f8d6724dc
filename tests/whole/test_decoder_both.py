# SPDX-License-Identifier: Apache-2.0
"""--decoder both, and what the two decoders make of the same logs.

Without EVTX_CORPUS: generated logs of every value type and odd shape. With it
all real logs: no disagreement, and wherever libevtx reads a record right, the
same row and the same RecordKey from both.
"""
import glob
import os
import re
import sys

import pytest
import stage_tools
from test_mkevtx_odd import full_size
from test_mkevtx_values import ARRAYS, SCALARS, Refused

ROOT = stage_tools.ROOT
ODD_RECORDS = [
    'late-template', 'missing-template', 'no-system', 'cdata', 'cdata-mixed',
    'entities', 'unknown-entity', 'charrefs', 'pi', 'nested', 'repeat',
    'bools', 'nulls', 'nulls-required', 'strings', 'non-bmp', 'surrogates',
    'nuls', 'types', 'ansi-high', 'never', 'rare-types', 'arrays',
    'string-arrays', 'no-template', 'raw-body', 'two-fragments', 'size-copy']
ODD_FILES = [
    'dirty', 'bad-header-crc', 'bad-chunk-crc', 'no-crc', 'version-3.2',
    'wrapped', 'ragged', 'garbage', 'garbage-unaligned', 'bad-strings',
    'zero-header']
# libevtx's own words for why it refuses a real record.
REFUSALS = [
    # An element or attribute without template has no dependency id.
    'element data offset value out of bounds', 'unsupported type: 0x',
    # Records behind a broken one: libevtx does not look for them.
    'does not find it']


@pytest.fixture
def both(stage):
    def call(*logs, schema='raw', **more):
        return stage(*logs, '-s', 'any', '--schema', schema, '--decoder',
                     'both', **more)
    return call


def disagreements(staging):
    return [d for d in staging.damage if d['kind'] == 'disagreement']


def one_sided(staging):
    return [d for d in staging.damage if d['kind'] == 'one-sided']


def check_counts(staging):
    """Each line of damage is counted, and every account closes."""
    total = staging.manifest['accounting']
    assert stage_tools.closes(total)
    assert total['disagreements'] == len(disagreements(staging))
    assert total['one_sided'] == len(one_sided(staging))
    for name in ('disagreements', 'one_sided'):
        assert total[name] == sum(s['accounting'][name]
                                  for s in staging.sources)


# --- generated logs -------------------------------------------------------

def test_a_sound_log_is_agreed_on(both, evtxstage, log):
    done, staging = both(log)
    assert done.status == 0, done.err
    assert staging.damage == []
    check_counts(staging)
    native = evtxstage('-o', '-', '-s', 'any', '--schema', 'raw',
                       '--decoder', 'native', log)
    assert staging.ndjson == native.out != b''


def values_log(mkevtx, path):
    lines = [line for line, *_ in SCALARS]
    lines += ['V:%s[] = %s' % (kind, values) for kind, values, *_ in ARRAYS]
    unnamed = [line[1:] if line[0] == 'V' else line for line in lines]
    text = ''.join('event 4634\n%s\n' % x for x in lines + unnamed)
    return mkevtx(path, text=text), 2 * len(lines)


def test_every_type_is_agreed_on(both, mkevtx, tmp_path):
    """All differences are in the table of faults; what the table of
    test_mkevtx_values says that libevtx refuses is taken from the other."""
    log, count = values_log(mkevtx, tmp_path / 'values.evtx')
    done, staging = both(log)
    assert done.status == 3
    assert disagreements(staging) == []
    check_counts(staging)
    assert len(staging.rows) == count
    refused = sum(isinstance(x[2], Refused) for x in SCALARS) + \
        sum(isinstance(x[3], Refused) for x in ARRAYS)
    assert 0 < refused <= len(one_sided(staging)) // 2 <= refused + 2
    for d in one_sided(staging):
        assert d['reason'].startswith('only one decoder reads it, libevtx')
        assert d['salvaged'] == 'the record'


@pytest.mark.parametrize('odd', ODD_RECORDS + ODD_FILES)
def test_every_odd_shape_is_agreed_on(both, mkevtx, tmp_path, odd):
    log = mkevtx(tmp_path / 'odd.evtx', '--events', '4624:5,4634:5',
                 '--count', '60', '--chunk-limit', '16384', '--odd', odd)
    done, staging = both(log)
    assert done.status in (0, 3)
    assert disagreements(staging) == []
    check_counts(staging)
    if odd in ODD_FILES:
        assert one_sided(staging) == []
        assert len(staging.rows) == 60


def test_testdata_is_agreed_on(both):
    done, staging = both(os.path.join(ROOT, 'testdata'))
    assert done.status == 3
    assert disagreements(staging) == []
    check_counts(staging)
    assert len(staging.rows) > 100


def test_a_record_that_libevtx_refuses_is_there(both, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'a.evtx', text='event 4634\nV = 1\n'
                 'event 4634\nV:handle = 0x1234\nevent 4634\nV = 3\n')
    done, staging = both(log)
    assert done.status == 3
    assert [r['Event']['EventData']['V'] for r in staging.rows] == \
        ['1', '0x1234', '3']
    line, = staging.damage
    assert (line['kind'], line['record']) == ('one-sided', 2)
    assert 'libevtx refuses it' in line['reason']
    assert 'unsupported value type: 0x20' in line['reason']
    record = stage_tools.read(log)[line['offset']:][:line['length']]
    assert record[:4] == b'**\0\0' and 'path' not in line
    assert '1  read by one of the two decoders only' in \
        re.sub('  +', '  ', done.err)
    check_counts(staging)


def test_a_record_that_libevtx_does_not_find_is_there(
        both, evtxstage, mkevtx, tmp_path):
    """It misses a record that ends with its chunk."""
    log = mkevtx(tmp_path / 'full.evtx', '--chunk-limit', '65536',
                 text='event 4634\nV = %s\nevent 4634\n'
                 % (full_size(tmp_path) * 'x'))
    alone = evtxstage('-o', '-', '-s', 'any', '--decoder', 'libevtx', log)
    assert len(alone.rows) == 1
    done, staging = both(log)
    assert done.status == 3 and len(staging.rows) == 2
    line, = one_sided(staging)
    assert 'libevtx does not find it' in line['reason']
    assert line['record'] == 1


# A number that has not the size of its type: we show its bytes, libevtx
# makes a number of what there is. Neither is wrong, so it is reported.
ODD_SIZE = 'V:raw/08 = 01 02'


def test_a_disagreement_is_reported_with_both_readings(
        both, evtxstage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'a.evtx', text='event 4634\nevent 4634\n%s\n'
                 % ODD_SIZE)
    done, staging = both(log, '--json')
    assert done.status == 3
    line, = staging.damage
    assert line['kind'] == 'disagreement' and line['record'] == 2
    assert line['path'] == '/Event/EventData/Data'
    assert (line['native'], line['libevtx']) == ('0102', '513')
    # The native reading is what is written.
    assert [r['Event']['EventData'].get('V') for r in staging.rows] == \
        [None, '0102']
    check_counts(staging)
    account = stage_tools.json.loads(done.out)['accounting']
    assert (account['disagreements'], account['one_sided']) == (1, 0)
    assert 'read differently by the two decoders' in done.err
    assert [s['accounting']['damaged'] for s in
            staging.sources] == [0]


def test_a_disagreement_counts_also_when_the_record_is_not_selected(
        stage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'a.evtx', text='event 4634\n%s\n' % ODD_SIZE)
    done, staging = stage(log, '--include-eid', '1', '--decoder', 'both')
    assert done.status == 3 and staging.rows == []
    assert len(disagreements(staging)) == 1


def test_jobs_do_not_matter(both, mkevtx, tmp_path):
    log, _ = values_log(mkevtx, tmp_path / 'values.evtx')
    _, one = both(log, '-j', '1', to='one')
    _, many = both(log, '-j', '4', to='many')
    assert one.ndjson == many.ndjson and one.damage == many.damage


# --- real logs ------------------------------------------------------------

def real_logs(corpus):
    names = glob.glob(os.path.join(corpus, 'corpus', '**', '*'),
                      recursive=True)
    logs = sorted(n for n in names if n.lower().endswith('.evtx'))
    assert len(logs) > 300
    return logs


@pytest.mark.slow
def test_real_logs_are_agreed_on(corpus, both):
    done, staging = both(os.path.join(corpus, 'corpus'))
    assert done.status == 3
    assert [(d['source'], d['record'], d['path'])
            for d in disagreements(staging)] == []
    check_counts(staging)
    assert len(staging.rows) > 30000
    for d in one_sided(staging):
        assert any(words in d['reason'] for words in REFUSALS), d


def by_record(rows):
    """Rows by what they are, in order, those that look alike numbered."""
    found, seen = {}, {}
    for row in rows:
        who = tuple(row.get(n) for n in (
            'TimeCreated_CF', 'EventRecordId', 'EventID', 'Channel',
            'Computer'))
        seen[who] = seen.get(who, 0) + 1
        found[who + (seen[who],)] = row
    return found


# Why a key may differ: libevtx has read a part of the payload wrong.
SINGLE_BYTE_MARKUP = re.compile(r'</?[A-Za-z:]+')
NEGATIVE = re.compile(r'-\d+')


def fault_in(native, libevtx):
    """Which of libevtx's faults shows in two raw renderings of a payload."""
    if native == libevtx:
        return None
    if isinstance(native, dict) and isinstance(libevtx, dict):
        found = [fault_in(native.get(n), libevtx.get(n))
                 for n in {**native, **libevtx}]
        return next((f for f in found if f), None)
    if isinstance(native, int) and native < 0 and \
            NEGATIVE.fullmatch(str(libevtx)):
        return 'negative number'
    if isinstance(native, list) and isinstance(libevtx, list):
        found = [fault_in(*pair) for pair in zip(native, libevtx)]
        return next((f for f in found if f), None)
    if native == '\n' and not libevtx:
        return 'lone newline'
    return None


def has_markup_in_a_string(payload):
    return isinstance(payload, dict) and any(
        isinstance(v, str) and SINGLE_BYTE_MARKUP.match(v)
        for v in payload.values())


def payload(row):
    event = row['Event']
    return event.get('EventData', event.get('UserData'))


@pytest.mark.slow
def test_rows_and_keys_are_the_same_from_both(corpus, evtxstage):
    """Whole rows; where keys differ, the payload shows one of the faults."""
    same, faults = 0, {}
    for log in real_logs(corpus):
        rows = {d: evtxstage('-o', '-', '-q', '-s', 'any', '--decoder', d,
                             log).rows for d in ('native', 'libevtx')}
        native, other = by_record(rows['native']), by_record(rows['libevtx'])
        assert set(other) <= set(native), log
        differing = [w for w in other if other[w] != native[w]]
        same += len(other) - len(differing)
        if differing:
            count_faults(evtxstage, log, native, other, differing, faults)
    print(same, faults, file=sys.stderr)
    assert same > 30000
    assert set(faults) <= {'negative number', 'lone newline', 'unescaped'}


def count_faults(evtxstage, log, native, other, differing, faults):
    raw = {d: evtxstage('-o', '-', '-q', '-s', 'any', '--schema', 'raw',
                        '--decoder', d, log).rows
           for d in ('native', 'libevtx')}
    keys = {d: by_raw(raw[d]) for d in raw}
    for who in differing:
        a, b = native[who], other[who]
        columns = {n for n in {**a, **b} if a.get(n) != b.get(n)}
        if isinstance(a.get('ErrorCode'), int) and a['ErrorCode'] < 0:
            columns.discard('ErrorCode')  # a negative number
        # It shows values as the decoder's text has them; the key does not.
        columns.discard('EventData')
        if not columns:
            continue
        assert columns == {'RecordKey_CF'}, (log, who)
        n, f = (payload(keys[d][who[1], who[-1]])
                for d in ('native', 'libevtx'))
        fault = fault_in(n, f)
        if fault is None and has_markup_in_a_string(n):
            fault = 'unescaped'
        assert fault, (log, who, n, f)
        faults[fault] = faults.get(fault, 0) + 1


def by_raw(rows):
    found, seen = {}, {}
    for row in rows:
        number = row['Event']['System'].get('EventRecordID')
        number = None if number is None else str(number)
        seen[number] = seen.get(number, 0) + 1
        found[number, seen[number]] = row
    return found
