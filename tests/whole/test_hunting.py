# SPDX-License-Identifier: Apache-2.0
"""The questions of queries/ find what was planted, and nothing in what looks
like it; in real logs, too."""
import os
import re
import shutil
import sqlite3

import pytest
from hunting_case import CASES, CORPUS, describe
from kql import declared_tables, execute
from stage_tools import ROOT, read, run

QUERIES = os.path.join(ROOT, 'queries')
NAMES = sorted(n[:-4] for n in os.listdir(QUERIES) if n.endswith('.sql'))


def question(name, language='sql'):
    return read(os.path.join(QUERIES, '%s.%s' % (name, language))).decode()


def ask(database, name):
    with sqlite3.connect(database) as db:
        db.row_factory = sqlite3.Row
        return db.execute(question(name)).fetchall()


@pytest.fixture(scope='module')
def make_database(evtxstage, evtxload_path, tmp_path_factory):
    """make_database(logs...) -> the database of their rows"""
    def make(*logs):
        folder = tmp_path_factory.mktemp('hunt')
        done = evtxstage('-q', '-s', 'any', '-o', folder / 'staging', *logs)
        assert done.status in (0, 3), done.err
        done = run([evtxload_path, '-q', '--target',
                    'sqlite:%s' % (folder / 'a.db'), folder / 'staging'])
        assert done.status == 0, done.err
        return folder / 'a.db'
    return make


@pytest.fixture(scope='module')
def planted(mkevtx, make_database, tmp_path_factory):
    """All techniques and some noise, as one case."""
    folder = tmp_path_factory.mktemp('planted')
    for number, name in enumerate(NAMES):
        mkevtx(folder / (name + '.evtx'),
               text=describe('HOST%02d' % number, CASES[name][0]))
    mkevtx(folder / 'noise.evtx', '--events', '4634:300,4672:100,4776:50',
           '--start', '2024-05-01')
    return make_database(folder)


@pytest.fixture(scope='module')
def benign(mkevtx, make_database, tmp_path_factory):
    """The twins, and the techniques as other providers and channels have
    their ids and fields."""
    folder = tmp_path_factory.mktemp('benign')
    for number, name in enumerate(NAMES):
        host = 'HOST%02d' % number
        mkevtx(folder / (name + '.evtx'), text=describe(host, CASES[name][1]))
        mkevtx(folder / (name + '-provider.evtx'), text=describe(
            host, CASES[name][0], provider='AD FS Auditing'))
        mkevtx(folder / (name + '-channel.evtx'), text=describe(
            host, CASES[name][0], channel='Application'))
    return make_database(folder)


def test_there_are_25_questions_in_both_languages():
    assert len(NAMES) == 25
    assert NAMES == sorted(CASES)
    assert NAMES == sorted(n[:-4] for n in os.listdir(QUERIES)
                           if n.endswith('.kql') and n != 'preamble.kql')
    page = read(os.path.join(QUERIES, 'README.md')).decode()
    assert [n for n in NAMES if '`%s`' % n not in page] == []


@pytest.mark.parametrize('name', NAMES)
def test_a_question_finds_what_was_planted(planted, name):
    rows = [dict(r) for r in ask(planted, name)]
    host = 'HOST%02d.corp.example' % NAMES.index(name)
    assert {r['Computer'] for r in rows} == {host}
    assert len(rows) == len(CASES[name][2])
    for row, want in zip(rows, CASES[name][2]):
        assert {n: row[n] for n in want} == want


@pytest.mark.parametrize('name', NAMES)
def test_a_question_finds_nothing_in_the_twins(benign, name):
    # The twin of one question may be the technique of another.
    host = 'HOST%02d.corp.example' % NAMES.index(name)
    assert [dict(r) for r in ask(benign, name) if r['Computer'] == host] == []


def test_real_logs_have_what_the_questions_ask_for(corpus, make_database):
    assert len(CORPUS) >= 15
    for name, (path, rows) in CORPUS.items():
        log = os.path.join(corpus, 'corpus', path)
        assert len(ask(make_database(log), name)) == rows, name


# --- the KQL on the same rows -----------------------------------------------


def all_rows(database):
    with sqlite3.connect(database) as db:
        db.row_factory = sqlite3.Row
        return [{k: r[k] for k in r.keys() if r[k] is not None}
                for r in db.execute('SELECT * FROM SecurityEvent')]


def as_connector(row):
    """As the connector would have written it: nothing of ours."""
    return {k: v for k, v in row.items() if not k.endswith('_CF')}


def as_restamped(row):
    """As the service stores it after two days."""
    return {**row, 'TimeGenerated': '2026-01-01T00:00:00.0000000Z'}


def comparable(rows):
    """Lists are sets; nothing is an empty text in KQL."""
    def one(name, value):
        if name in ('Tried', 'Addresses'):
            return sorted(value if isinstance(value, list)
                          else (value or '').split(','))
        return '' if value is None else value
    return sorted(repr({n: one(n, v) for n, v in row.items()})
                  for row in rows)


@pytest.mark.skipif(shutil.which('npm') is None,
                    reason='npm is not installed')
def test_the_kql_finds_what_the_sql_finds(planted, benign, evtxload_path,
                                          tmp_path):
    """Executed by tests/kql/run.mjs, also on rows that arrived twice, with
    another TimeGenerated, and on rows of the connector, which have no key."""
    rows = all_rows(planted)
    columns = declared_tables(evtxload_path, ['securityevent'])
    answers = execute(tmp_path, columns['SecurityEvent'], {
        'planted': rows,
        'twice': [as_restamped(r) for r in rows + rows],
        'live': [as_connector(r) for r in rows],
        'benign': all_rows(benign)},
        {name: question(name, 'kql') for name in NAMES})
    for name in NAMES:
        want = comparable(map(dict, ask(planted, name)))
        assert want
        for case in ('planted', 'twice', 'live'):
            assert comparable(answers[case][name]) == want, (case, name)
        assert comparable(answers['benign'][name]) == \
            comparable(map(dict, ask(benign, name))), name


BACK = ('SecurityEvent\n| where TimeGenerated > ago(1h) '
        'and TimeGenerated <= now()\n| summarize N = count()')
SPAN_OF = ('SecurityEvent\n| summarize First = min(TimeGenerated), '
           'Last = max(TimeGenerated)')


@pytest.mark.skipif(shutil.which('npm') is None,
                    reason='npm is not installed')
def test_the_preamble_gives_rules_the_time_of_the_event(planted, evtxload_path,
                                                        tmp_path):
    rows = all_rows(planted)
    columns = declared_tables(evtxload_path, ['securityevent'])
    preamble = question('preamble', 'kql')
    of_case = preamble.replace('CaseNow = now()',
                               'CaseNow = datetime(2024-05-01T10:30:00Z)')
    assert of_case != preamble
    answers = execute(tmp_path, columns['SecurityEvent'], {
        'restamped': [as_restamped(r) for r in rows],
        'live': [as_connector(r) for r in rows]},
        {'times': preamble + SPAN_OF, 'back': preamble + BACK,
         'stored': SPAN_OF, 'back to the case': of_case + BACK})
    times = sorted(r['EventTime'] for r in rows)
    last_hour = sum('2024-05-01 09:30' < t <= '2024-05-01 10:30:00.0000000'
                    for t in times)
    assert 0 < last_hour < len(times)
    for case in ('restamped', 'live'):
        found = answers[case]
        assert found['times'] == [{'First': times[0], 'Last': times[-1]}]
        assert found['back'] in ([], [{'N': 0}])
        assert found['back to the case'] == [{'N': last_hour}]
    assert answers['restamped']['stored'][0]['First'].startswith('2026-01-01')


# --- what both languages ask is the same ----------------------------------

TEXT = re.compile(r"""@"([^"]*)"|"((?:[^"\\]|\\.)*)"|"""
                  r"""LIKE '%?([^']*?)%?'|'([^']*)'""")
SPAN = re.compile(r'\b(\d+)([mh])\b|\b(\d+)\.0 / (\d+)\b')
# Of the way to say it, not of the question.
IDIOM = re.compile(r'substr(?:ing)?\((\w+), \d+, \d+\)|strcat_delim\([^)]*\)|'
                   r'ifnull\((\w+), \'\'\)|bin\(EventTime, 1h\)|'
                   r'AS "\w+"|^(?://|--).*$|ORDER BY 1|, 1, instr\(|- 1\b',
                   re.MULTILINE)


def literals(text):
    """What a query compares with: (texts, numbers, spans in seconds)."""
    text = IDIOM.sub(lambda m: m.group(1) or m.group(2) or '', text)
    texts, spans = set(), set()

    def take(match):
        exact, escaped, like, plain = match.groups()
        if escaped is not None:
            exact = escaped.replace('\\"', '"').replace('\\\\', '\\')
        texts.add(next(t for t in (exact, like, plain)
                       if t is not None).lower())
        return ' '

    def span(match):
        count, unit, top, bottom = match.groups()
        spans.add(int(count) * {'m': 60, 'h': 3600}[unit] if count else
                  int(top) * 86400 // int(bottom))
        return ' '

    rest = SPAN.sub(span, TEXT.sub(take, text))
    return texts, set(re.findall(r'(?<![\w.])\d+\b', rest)), spans


@pytest.mark.parametrize('name', NAMES)
def test_both_languages_compare_with_the_same_values(name):
    sql, kql = literals(question(name)), literals(question(name, 'kql'))
    assert sql == kql
    assert sql[0] and sql[1]
    assert question(name).splitlines()[0].lstrip('- ') == \
        question(name, 'kql').splitlines()[0].lstrip('/ ')


@pytest.mark.parametrize('name', NAMES)
def test_a_question_judges_by_the_time_of_the_event_once(name):
    kql = question(name, 'kql')
    assert 'coalesce(TimeCreated_CF, TimeGenerated)' in kql
    assert 'coalesce(RecordKey_CF' in kql and 'arg_max' in kql
    for text in (kql, question(name)):
        assert text.count('Channel') == text.count('EventSourceName') == 1
