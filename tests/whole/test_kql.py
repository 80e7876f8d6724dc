# SPDX-License-Identifier: Apache-2.0
"""Microsoft's parser and binder accepts the shipped KQL, and queries by every
column that public rules use, over the tables that evtxload dcr declares."""
import json
import os
import shutil
import sqlite3

import pytest
from kql import KQL, SERVICE, bind, declared_tables, paragraphs
from stage_tools import ROOT, read, run

QUERIES = os.path.join(ROOT, 'queries')
pytestmark = pytest.mark.skipif(shutil.which('npm') is None,
                                reason='npm is not installed')
# Columns that public queries over SecurityEvent use, but for
# ImpersonationLevel, which Microsoft's reference of the table does not have.
USED = read(os.path.join(KQL, 'used-columns.txt')).decode().split()
JUDGING = {'Filter', 'Summarize', 'MakeSeries', 'Distinct', 'Join', 'Extend'}


# Neither declared nor filled by the service; and columns that are.
UNKNOWN = ['Nonsense', 'TimeCreated', 'RecordKey']
TAKEN_AWAY = ['SubStatus', 'NewUacValue', 'RelativeTargetName']


def shipped():
    return {n: read(os.path.join(QUERIES, n)).decode()
            for n in sorted(os.listdir(QUERIES))
            if n.endswith('.kql') and n != 'preamble.kql'}


def behind_preamble(queries):
    preamble = read(os.path.join(QUERIES, 'preamble.kql')).decode()
    # The portal takes a blank line for the end of a query.
    assert '\n\n' not in preamble
    return {n: preamble + text for n, text in queries.items()}


def function(evtxload_path, *args):
    """(name, text) of the saved function of evtxload dcr --function."""
    done = run([evtxload_path, 'dcr', '-q', '--function', *args])
    assert done.status == 0, done.err
    saved = json.loads(done.out)['resources'][2]
    assert saved['type'].endswith('/savedSearches')
    return saved['properties']['functionAlias'], saved['properties']['query']


def without(tables, column):
    assert column not in SERVICE
    return {'SecurityEvent': {n: t for n, t in tables['SecurityEvent'].items()
                              if n != column}}


@pytest.fixture(scope='module')
def answers(evtxload_path, tmp_path_factory):
    tables = declared_tables(evtxload_path)
    columns = paragraphs(os.path.join(KQL, 'columns.kql'))
    jobs = {'shipped': (tables, shipped()), 'columns': (tables, columns)}
    jobs['unknown'] = (tables, {c: 'SecurityEvent | where isnotempty(%s)' % c
                                for c in UNKNOWN})
    jobs['behind preamble'] = (tables, behind_preamble(
        {**shipped(), **columns, 'WindowsEvent':
         'WindowsEvent | where TimeGenerated > ago(1h)', 'Event':
         'Event | where TimeGenerated between (ago(1h) .. now())'}))
    jobs['set'] = (tables, {n: t.replace('CaseNow = now()', 'CaseNow = '
                                         'datetime(2024-05-02T00:00:00Z)')
                            for n, t in behind_preamble(columns).items()})
    jobs['redefined'] = (tables, {'ago': 'let ago = (span: timespan) '
                                  '{ "text" };\nprint Then = ago(1d)'})
    # A workspace whose tables have no columns of ours yet.
    jobs['bare'] = ({n: {c: t for c, t in columns.items()
                         if not c.endswith('_CF')}
                     for n, columns in tables.items()},
                    behind_preamble({'it': 'SecurityEvent | take 1'}))
    jobs['functions'] = (tables, dict(
        function(evtxload_path, '--schema', s)
        for s in ('securityevent', 'windowsevent', 'event')))
    for column in TAKEN_AWAY:
        jobs['without ' + column] = (
            without(tables, column),
            {n: text for n, text in columns.items() if column in text})
    return bind(tmp_path_factory.mktemp('kql'), jobs)


def errors(answers):
    return {n: a['errors'] for n, a in answers.items() if a['errors']}


def test_the_shipped_queries_bind(answers):
    assert len(answers['shipped']) >= 25
    assert errors(answers['shipped']) == {}
    # Each is a table with the time of the event.
    for name, answer in answers['shipped'].items():
        assert answer['columns'].get('EventTime') == 'datetime', name


def test_every_column_of_public_queries_is_declared(answers):
    assert len(answers['columns']) >= 60
    assert errors(answers['columns']) == {}
    judged = {column for a in answers['columns'].values()
              for column, operators in a['used'].items()
              if JUDGING & set(operators)}
    assert set(USED) - judged == set()


@pytest.mark.parametrize('column', UNKNOWN)
def test_a_column_that_is_not_declared_is_refused(answers, column):
    error, = answers['unknown'][column]['errors']
    assert column in error


@pytest.mark.parametrize('column', TAKEN_AWAY)
def test_a_column_that_dcr_forgets_is_noticed(answers, column):
    found = errors(answers['without ' + column])
    assert any(column in ' '.join(texts) for texts in found.values())


def test_queries_bind_behind_the_preamble(answers):
    behind = answers['behind preamble']
    assert len(behind) >= 85
    assert errors(behind) == {} and errors(answers['bare']) == {}
    # Queries that look back among them, and they see the same columns.
    dated = {n: a for n, a in answers['columns'].items()
             if {'ago', 'now'} & set(a['builtin'])}
    assert len(dated) >= 3
    for name, answer in answers['columns'].items():
        assert answer['columns'] == behind[name]['columns'], name
    assert behind['WindowsEvent']['columns']['TimeGenerated'] == 'datetime'


def test_queries_bind_with_a_time_of_the_case(answers):
    assert len(answers['set']) >= 60 and errors(answers['set']) == {}


def test_ago_cannot_be_redefined(answers):
    """Why the preamble moves the times, not the clock: a let of that name is
    accepted without a word and has no effect."""
    answer = answers['redefined']['ago']
    assert answer['errors'] == [] and answer['builtin'] == ['ago']
    assert answer['columns'] == {'Then': 'datetime'}


def test_saved_functions_bind_and_have_no_name_of_a_table(answers):
    functions = answers['functions']
    assert sorted(functions) == ['Event_Backfill', 'SecurityEvent_Backfill',
                                 'WindowsEvent_Backfill']
    assert errors(functions) == {}
    for answer in functions.values():
        assert answer['columns']['TimeGenerated'] == 'datetime'
        assert answer['columns']['ArrivalTime'] == 'datetime'
        assert 'TimeCreated_CF' in answer['used']


def test_a_custom_table_has_a_function_of_its_own(evtxload_path):
    name, text = function(evtxload_path, '--table', 'Case42_CL')
    assert name == 'Case42_CL_Backfill' and text.startswith('Case42_CL | ')
    done = run([evtxload_path, 'dcr', '--function', '--schema', 'raw'])
    assert done.status == 2 and 'no TimeCreated_CF' in done.err


# --- the same question in SQL ----------------------------------------------

# How each language says which row, and when.
IDIOM = {'EventTime', 'TimeGenerated', 'TimeCreated_CF', 'RecordKey_CF',
         'EventRecordId', 'Computer', 'EventID'}


@pytest.fixture(scope='module')
def database(logons, evtxstage, evtxload_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp('database')
    assert evtxstage('-q', '-o', folder / 'staging', logons).status == 0
    target = 'sqlite:%s' % (folder / 'a.db')
    done = run([evtxload_path, '-q', '--target', target, folder / 'staging'])
    assert done.status == 0, done.err
    return folder / 'a.db'


def columns_of_sql(database, text):
    """(columns of the answer, columns that are read)"""
    read_ = set()

    def note(action, table, column, *_):
        if action == sqlite3.SQLITE_READ and column:
            read_.add(column)
        return sqlite3.SQLITE_OK

    with sqlite3.connect(database) as db:
        db.set_authorizer(note)
        answer = [c[0] for c in db.execute(text).description]
        db.set_authorizer(None)
    return answer, read_


def test_both_languages_answer_with_the_same_columns(answers, database):
    compared = 0
    for name in sorted(answers['shipped']):
        answer = answers['shipped'][name]
        sql = read(os.path.join(QUERIES, name[:-4] + '.sql')).decode()
        columns, read_ = columns_of_sql(database, sql)
        assert list(answer['columns']) == columns, name
        if 'SELECT *' not in sql:
            assert read_ - IDIOM == set(answer['used']) - IDIOM, name
            compared += 1
    assert compared >= 15
