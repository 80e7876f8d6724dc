# SPDX-License-Identifier: Apache-2.0
"""Microsoft's parser and binder accepts the shipped KQL, and queries by every
column that public rules use, over the tables that evtxload dcr declares."""
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
            for n in sorted(os.listdir(QUERIES)) if n.endswith('.kql')}


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
