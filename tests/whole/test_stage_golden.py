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

# Where raw lines differ from those of evtx_dump because libevtx 20181227 has
# it so in its XML (evtxexport -f xml shows each): by place, how often in the
# corpus, and what libevtx does.
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
TOTAL = re.compile(r'files (\d+)/(\d+)  records agree (\d+) of (\d+) .*'
                   r'differ (\d+)  missing (\d+)  extra (\d+)  '
                   r'not-json (\d+)  failed runs (\d+)')


@pytest.fixture(scope='module')
def report(corpus, evtxstage_path):
    done = subprocess.run(
        [sys.executable, os.path.join(corpus, 'bin', 'golden-check'), '--',
         evtxstage_path, '-q', '--schema', 'raw', '--event-set', 'any',
         '-o', '-'], capture_output=True, text=True, timeout=300)
    assert TOTAL.search(done.stdout), done.stdout[-1000:] + done.stderr
    return done.stdout


def test_golden_check_finds_all_that_libevtx_reads(report):
    _, _, agree, want, differ, missing, extra, bad, failed = map(
        int, TOTAL.search(report).groups())
    assert failed == 0 and bad == 0 and extra == 0
    assert missing <= MISSING
    assert agree + differ == want - missing
    assert agree >= 33581


def test_every_kind_of_difference_is_known(report):
    found = dict((m[1], int(m[0])) for m in re.findall(
        r'^  differs +(\d+)  (.*)$', report, re.M))
    assert [k for k in found if k not in KINDS] == []
    assert [k for k, n in found.items() if n > KINDS[k][0]] == []
    assert sum(found.values()) == int(TOTAL.search(report).group(5))


# --- the same again, record by record, with libevtx's ways taken out -------

TIME = re.compile(r'^(\d{4,5}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?'
                  r'(?:Z| UTC)?$')
GUID = re.compile(r'^\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-'
                  r'[0-9A-Fa-f]{12})\}?$')
CONTROL = re.compile('[\0-\x08\x0b\x0c\x0e-\x1f\ufffd\ud800-\udfff]')


def one_spelling(text):
    """Times to the microsecond, GUIDs bare, numbers by value."""
    text = CONTROL.sub('', text)
    time, guid = TIME.match(text), GUID.match(text)
    if time:
        day, clock, fraction = time.groups()
        return '%sT%s.%s' % (day, clock, ((fraction or '') + '000000')[:6])
    if guid:
        return guid.group(1).upper()
    if re.match(r'^0x[0-9A-Fa-f]{1,16}$', text):
        return hex(int(text, 16))
    return text


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if value is None:
        return ''
    if isinstance(value, bool):
        return str(value).lower()
    return one_spelling(str(value))


def as_libevtx_value(value):
    """A value of evtx_dump's EventData as libevtx prints it."""
    if isinstance(value, list):
        return [as_libevtx_value(v) for v in value]
    if isinstance(value, dict):
        return {k: as_libevtx_value(v) for k, v in value.items()}
    if isinstance(value, int) and not isinstance(value, bool) and value < 0:
        return str(-(value & 0x7fffffff))
    if isinstance(value, str) and value.strip('\n') == '':
        return ''
    return value


def as_libevtx(event, row):
    """A record of evtx_dump as libevtx has it, by the rules of KINDS.

    An empty Data is left out where its type in the file is an array, which
    neither evtx_dump's line nor the XML tells: the row may have it or not.
    """
    data = event['Event'].get('EventData')
    if not isinstance(data, dict):
        return event
    data = {k: as_libevtx_value(v) for k, v in data.items()}
    if data.get('Binary', 'x') in (None, ''):
        del data['Binary']
    has_data = 'Data' in (row['Event'].get('EventData') or {})
    if not has_data and data.get('Data', 'x') in ({'#text': ''}, {'#text': None}):
        del data['Data']
    event['Event']['EventData'] = data or None
    return event


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
                         os.path.join(corpus, 'corpus'), timeout=300)
        assert done.status == 3, done.err  # some of it is damaged
        staging = Staging(folder)
        self.rows = staging.rows
        self.sources = staging.manifest['sources']

    def files(self):
        """(source, its rows, evtx_dump's rows), one after the other."""
        at = 0
        for source in self.sources:
            n = source['accounting']['emitted']
            yield (source, self.rows[at:at + n],
                   golden_of(self.folder, source['sha256']))
            at += n
        assert at == len(self.rows)


def record_id(row):
    value = row['Event']['System'].get('EventRecordID')
    return str(value.get('#text') if isinstance(value, dict) else value)


def pairs_of(rows, golden):
    """Rows of the same record, in the order of the rows."""
    waiting = {}
    for row in golden:
        waiting.setdefault(record_id(row), []).append(row)
    for row in rows:
        yield row, waiting[record_id(row)].pop(0)


def test_no_difference_of_raw_is_ours(evtxstage, corpus, tmp_path):
    different, compared = [], 0
    for source, rows, golden in Corpus(
            evtxstage, corpus, tmp_path / 's', 'raw').files():
        assert len(golden) - len(rows) <= source['accounting']['damaged'] + 4
        for row, want in pairs_of(rows, golden):
            compared += 1
            if plain(row) != plain(as_libevtx(want, row)):
                different.append((source['name'], record_id(row)))
    assert different == []
    assert compared >= 35636


# --- columns of the corpus ------------------------------------------------

def columns_by_hand(event, types):
    """The EventData of a raw row that has columns of its own name."""
    data = event['Event'].get('EventData')
    if not isinstance(data, dict):
        return {}
    return {k: v for k, v in data.items()
            if k in types and not isinstance(v, (dict, list))}


def as_int(value):
    """An integer column: 32 bits, null for what is no number, and for a
    negative one, which libevtx prints wrong (KINDS)."""
    try:
        number = int(str(value), 0)
    except ValueError:
        return None
    if number < 0:
        return None
    return number - 2**32 if number >= 2**31 else number


def agrees(got, value, column_type):
    if column_type == 'INT':
        return got == as_int(value)
    want = str(plain(as_libevtx_value(value))).replace('\r\n', ' ')
    return got is not None and plain(got) == plain(want)


def test_identity_columns_agree_with_the_corpus(evtxstage, corpus, tmp_path):
    from test_stage_schemas import columns
    types = {c['name']: c['type'] for c in columns()
             if c['kind'] == 'IDENTITY'}
    different, compared = [], 0
    for source, rows, golden in Corpus(
            evtxstage, corpus, tmp_path / 's', 'securityevent').files():
        if len(rows) != len(golden):
            continue  # which ones libevtx refused is not said by place
        for row, want in zip(rows, golden):
            for name, value in columns_by_hand(want, types).items():
                compared += 1
                if not agrees(row.get(name), value, types[name]):
                    different.append((source['name'], row['EventRecordId'],
                                      name, row.get(name), value))
    assert different == []
    assert compared > 100000
