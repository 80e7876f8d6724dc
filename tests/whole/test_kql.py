# SPDX-License-Identifier: Apache-2.0
"""Microsoft's parser and binder accepts the shipped KQL, and queries by every
column that public rules use, over the tables that evtxload dcr declares."""
import os
import shutil

import pytest
from kql import KQL, SERVICE, bind, declared_tables, paragraphs
from stage_tools import ROOT, read

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
        jobs['without ' + column] = (without(tables, column), columns)
    return bind(tmp_path_factory.mktemp('kql'), jobs)


def errors(answers):
    return {n: a['errors'] for n, a in answers.items() if a['errors']}


def test_the_shipped_queries_bind(answers):
    assert len(answers['shipped']) >= 3
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
