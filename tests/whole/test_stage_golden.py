# SPDX-License-Identifier: Apache-2.0
"""Lines of both schemas against committed ones and against the corpus.

golden/make-golden wrote the committed lines; they were read against what
mkevtx says is in the files, and test_stage_schemas.py does so for all types.
"""
import json
import os
import re
import subprocess
import sys
from collections import Counter

import pytest
from stage_tools import HERE, ROOT, Staging, read

GOLDEN = os.path.join(HERE, 'golden')
FILES = sorted(n for n in os.listdir(GOLDEN) if n.endswith('.ndjson'))


@pytest.mark.parametrize('file', FILES)
def test_lines_are_the_committed_ones(evtxstage, file):
    name, schema, _ = file.split('.')
    log = os.path.join(ROOT, 'testdata', name + '.evtx')
    done = evtxstage('-o', '-', '-s', 'any', '--schema', schema, log)
    want = read(os.path.join(GOLDEN, file))
    assert done.status in (0, 3)
    assert done.out.splitlines() == want.splitlines() != []


# --- bin/golden-check -----------------------------------------------------

TOTAL = re.compile(r'files (\d+)/(\d+)  records agree (\d+) of (\d+) .*'
                   r'differ (\d+)  missing (\d+)  extra (\d+)  '
                   r'not-json (\d+)  failed runs (\d+)')
TOTALS = ['files_right', 'files', 'agree', 'want', 'differ', 'missing',
          'extra', 'bad', 'failed']


def golden_check(corpus, evtxstage_path, *options):
    """What golden-check prints, and its last line as numbers by name."""
    done = subprocess.run(
        [sys.executable, os.path.join(corpus, 'bin', 'golden-check'), '--',
         evtxstage_path, '-q', '--schema', 'raw', '--event-set', 'any',
         *options, '-o', '-'], capture_output=True, text=True, timeout=300)
    total = TOTAL.search(done.stdout)
    assert total, done.stdout[-1000:] + done.stderr
    return done.stdout, dict(zip(TOTALS, map(int, total.groups())))


@pytest.mark.parametrize(
    'jobs', [pytest.param('1', marks=pytest.mark.slow), '2'])
def test_native_agrees_with_every_golden_record(corpus, evtxstage_path, jobs):
    _, total = golden_check(corpus, evtxstage_path, '--decoder', 'native',
                            '-j', jobs)
    assert total['agree'] == total['want'] == 35971
    assert total['files_right'] == total['files'] == 361
    assert [total[n] for n in ('differ', 'missing', 'bad', 'failed')] == \
        [0, 0, 0, 0]


@pytest.mark.parametrize('schema', ['raw', 'securityevent'])
def test_bytes_of_the_corpus_do_not_depend_on_jobs(evtxstage, corpus, schema):
    one, two = (evtxstage('-q', '-o', '-', '-s', 'any', '--schema', schema,
                          '-j', jobs, os.path.join(corpus, 'corpus'))
                for jobs in ('1', '2'))
    assert one.status == two.status == 3  # some of it is damaged
    assert one.out == two.out and one.out.count(b'\n') > 35971


# Where libevtx 20181227 has it otherwise in its XML (evtxexport -f xml shows
# each): by place, how often in the corpus, and what libevtx does.
KINDS = {
    '/Event/EventData/Binary missing':
        (1532, 'an empty <Binary/> is left out'),
    '/Event/EventData':
        (416, '<EventData/> where all it has is empty Data and Binary'),
    '/Event/EventData/ExtraInfo':
        (54, 'text that is only a line end is left out: <Data .../>'),
    '/Event/EventData/Data missing':
        (29, 'a single empty <Data/> is left out'),
    '/Event/EventData/ErrorCode':
        (23, 'negative Int32 printed as sign and the other 31 bits'),
    '/Event/EventData/Data/#text':
        (1, 'text that is only a line end is left out'),
}
MISSING = 335  # records that libevtx refuses


@pytest.fixture(scope='module')
def libevtx_report(corpus, evtxstage_path):
    return golden_check(corpus, evtxstage_path, '--decoder', 'libevtx')


@pytest.mark.slow
def test_golden_check_finds_all_that_libevtx_reads(libevtx_report):
    _, total = libevtx_report
    assert [total[n] for n in ('failed', 'bad', 'extra')] == [0, 0, 0]
    assert total['missing'] <= MISSING
    assert total['agree'] + total['differ'] == \
        total['want'] - total['missing']
    assert total['agree'] >= 33581


@pytest.mark.slow
def test_every_kind_of_difference_of_libevtx_is_known(libevtx_report):
    text, total = libevtx_report
    found = dict((m[1], int(m[0])) for m in re.findall(
        r'^  differs +(\d+)  (.*)$', text, re.M))
    assert [k for k in found if k not in KINDS] == []
    assert [k for k, n in found.items() if n > KINDS[k][0]] == []
    assert sum(found.values()) == total['differ']


# --- the same again, record by record, with types and order of keys --------

TIME = re.compile(r'^(\d{4,5}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?'
                  r'(?:Z| UTC)?$')


def to_microsecond(text):
    time = TIME.match(text)
    if not time:
        return text
    day, clock, fraction = time.groups()
    return '%sT%s.%s' % (day, clock, ((fraction or '') + '000000')[:6])


def plain(value):
    """A value with the times in it as evtx_dump has them."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return to_microsecond(value) if isinstance(value, str) else value


def line_of(row):
    return json.dumps(plain(row))


def golden_of(corpus, sha256):
    path = os.path.join(corpus, 'golden', sha256 + '.jsonl.zst')
    text = subprocess.run(['zstd', '-dcq', path], capture_output=True,
                          check=True).stdout
    return [json.loads(line) for line in
            text.decode('utf-8', 'surrogatepass').splitlines()]


class Corpus:
    """Every source of a staged corpus with its rows."""

    def __init__(self, evtxstage, corpus, folder, schema):
        self.folder = corpus
        done = evtxstage('-q', '-o', folder, '-s', 'any', '--schema', schema,
                         '--dedupe', 'none',
                         os.path.join(corpus, 'corpus'), timeout=300)
        assert done.status == 3, done.err  # some of it is damaged
        staging = Staging(folder)
        self.rows = staging.rows
        self.sources = staging.sources

    def files(self):
        """(source, its rows, evtx_dump's rows), one after the other."""
        at = 0
        for source in self.sources:
            n = source['accounting']['emitted']
            yield (source, self.rows[at:at + n],
                   golden_of(self.folder, source['sha256']))
            at += n
        assert at == len(self.rows)


@pytest.mark.slow
def test_raw_is_the_same_with_types_and_order(evtxstage, corpus, tmp_path):
    missing, compared = [], 0
    for source, rows, golden in Corpus(
            evtxstage, corpus, tmp_path / 's', 'raw').files():
        ours = Counter(line_of(row) for row in rows)
        theirs = Counter(line_of(row) for row in golden)
        compared += len(golden)
        missing += [(source['name'], line) for line in theirs - ours]
    assert missing == []
    assert compared == 35971


# --- columns of the corpus ------------------------------------------------

GUID = re.compile(r'^\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-'
                  r'[0-9A-Fa-f]{12})\}?$')


def columns_by_hand(event, types):
    """The EventData of a raw row that has columns of its own name."""
    data = event['Event'].get('EventData')
    if not isinstance(data, dict):
        return {}
    return {k: v for k, v in data.items()
            if k in types and not isinstance(v, (dict, list))}


def as_int(value):
    """An integer column: 32 bits, null for what is no number."""
    try:
        number = int(str(value), 0)
    except ValueError:
        return None
    return number - 2**32 if number >= 2**31 else number


def as_text(value):
    if isinstance(value, bool):
        return str(value).lower()
    text = to_microsecond('' if value is None else str(value))
    guid = GUID.match(text)
    return guid.group(1).lower() if guid else text.replace('\r\n', ' ')


def agrees(got, value, column_type):
    if column_type != 'INT':
        return got is not None and as_text(got) == as_text(value)
    return got == (None if value in (None, '') else as_int(value))


@pytest.mark.slow
def test_identity_columns_agree_with_the_corpus(evtxstage, corpus, tmp_path):
    from test_stage_schemas import columns
    types = {c['name']: c['type'] for c in columns()
             if c['kind'] == 'FIELD'}
    different, compared = [], 0
    for source, rows, golden in Corpus(
            evtxstage, corpus, tmp_path / 's', 'securityevent').files():
        if len(rows) != len(golden):
            continue  # which ones evtx_dump lost is not said by place
        for row, want in zip(rows, golden):
            for name, value in columns_by_hand(want, types).items():
                compared += 1
                if not agrees(row.get(name), value, types[name]):
                    different.append((source['name'], row['EventRecordId'],
                                      name, row.get(name), value))
    assert different == []
    assert compared > 100000
