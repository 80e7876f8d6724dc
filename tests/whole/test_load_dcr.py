# SPDX-License-Identifier: Apache-2.0
"""evtxload dcr: the template, and rows that fit into its columns."""
import json
import os
import re

import pytest
from stage_tools import ROOT, run

SCHEMAS = ['securityevent', 'windowsevent', 'event', 'raw', 'ecs']
RESERVED = {'_ResourceId', 'id', '_SubscriptionId', 'TenantId', 'Type',
            'UniqueId', 'Title'}
NAME = re.compile(r'^[A-Za-z]\w{0,44}$')
TIME = re.compile(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$')
FITS = {
    'string': lambda v: isinstance(v, str),
    'int': lambda v: type(v) is int and -2**31 <= v < 2**31,
    'long': lambda v: type(v) is int and -2**63 <= v < 2**63,
    'boolean': lambda v: isinstance(v, bool),
    'dynamic': lambda v: isinstance(v, (dict, list)),
    'datetime': lambda v: isinstance(v, str) and bool(TIME.match(v)),
}


@pytest.fixture
def dcr(evtxload_path):
    def call(*args):
        done = run([evtxload_path, 'dcr', *args])
        assert done.status == 0, done.err
        return json.loads(done.out), done.err
    return call


def rule_of(template):
    table, rule = template['resources']
    assert table['type'].endswith('workspaces/tables')
    assert rule['kind'] == 'Direct'
    return rule['properties']


def declared(template):
    (_, stream), = rule_of(template)['streamDeclarations'].items()
    columns = {c['name']: c['type'] for c in stream['columns']}
    assert len(columns) == len(stream['columns'])
    return columns


@pytest.mark.parametrize('schema', SCHEMAS)
def test_columns_are_ones_that_the_service_takes(dcr, schema):
    template, _ = dcr('--schema', schema)
    columns = declared(template)
    assert all(NAME.match(n) for n in columns)
    assert not RESERVED & set(columns)
    assert set(columns.values()) <= set(FITS)
    flow, = rule_of(template)['dataFlows']
    assert 'TimeGenerated' in columns or 'TimeGenerated =' in \
        flow['transformKql']
    assert len(flow['transformKql']) < 15360


def test_azure_tables_get_only_columns_that_end_in_cf(dcr):
    for schema, name in (('securityevent', 'SecurityEvent'),
                         ('windowsevent', 'WindowsEvent'), ('event', 'Event')):
        template, _ = dcr('--schema', schema)
        table = template['resources'][0]['properties']['schema']
        assert table['name'] == name
        added = {c['name'] for c in table['columns']}
        assert all(n.endswith('_CF') for n in added)
        assert {'TimeCreated_CF', 'RecordKey_CF'} <= added
        assert added == {n for n in declared(template) if n.endswith('_CF')}
        flow, = rule_of(template)['dataFlows']
        assert flow['outputStream'] == 'Microsoft-' + name


def test_guid_columns_are_converted(dcr):
    template, _ = dcr()
    flow, = rule_of(template)['dataFlows']
    found = set(re.findall(r'(\w+) = toguid\((\w+)\)', flow['transformKql']))
    assert found == {(n, n) for n in ('LogonGuid', 'TargetLogonGuid',
                                      'InterfaceUuid', 'SubcategoryGuid')}
    columns = declared(template)
    assert all(columns[n] == 'string' for n, _ in found)


def test_system_columns_are_declared_when_asked_for(dcr, evtxstage, log):
    for schema, names in (('securityevent', {'SourceSystem',
                                             'SourceComputerId'}),
                          ('event', {'SourceSystem'})):
        usual, asked = (dcr('--schema', schema, '--system-columns', how)[0]
                        for how in ('none', 'derived'))
        assert declared(usual) == declared(dcr('--schema', schema)[0])
        assert set(declared(asked)) - set(declared(usual)) == names
        flow, = rule_of(asked)['dataFlows']
        assert ('SourceComputerId = toguid(SourceComputerId)' in
                flow['transformKql']) == (schema == 'securityevent')
        rows = evtxstage('-o', '-', '-s', 'any', '--schema', schema, log,
                         '--system-columns', 'derived').rows
        assert names <= set(rows[0])
        check_rows(declared(asked), rows)


def test_minimal_columns_are_those_of_a_published_template(dcr):
    usual, minimal = dcr()[0], dcr('--minimal-columns')[0]
    assert set(declared(usual)) - set(declared(minimal)) == {
        'AccessList', 'InterfaceUuid', 'LogonGuid', 'SubcategoryGuid',
        'TargetLogonGuid'}
    flow, = rule_of(minimal)['dataFlows']
    assert flow['transformKql'] == 'source'
    flow, = rule_of(dcr('--minimal-columns', '--system-columns',
                        'derived')[0])['dataFlows']
    assert flow['transformKql'] == \
        'source | extend SourceComputerId = toguid(SourceComputerId)'


@pytest.mark.parametrize('args', [('--table', 'Case42_CL'),
                                  ('--table', 'custom', 'Case42_CL')])
def test_a_custom_table_has_all_columns(dcr, args):
    template, _ = dcr('--schema', 'securityevent', *args)
    table = template['resources'][0]['properties']['schema']
    assert table['name'] == 'Case42_CL'
    assert {c['name']: c['type'] for c in table['columns']} == \
        declared(template)
    flow, = rule_of(template)['dataFlows']
    assert flow['outputStream'] == 'Custom-Case42_CL'
    assert flow['transformKql'] == 'source'


def check_rows(columns, rows, allowed=()):
    for row in rows:
        assert set(row) - set(allowed) <= set(columns)
        for name, value in row.items():
            if name in allowed or value is None:
                continue
            if name == 'EventID' and value == '':
                continue  # a column that is always there
            assert FITS[columns[name]](value), (name, value)


@pytest.mark.parametrize('schema', SCHEMAS)
@pytest.mark.parametrize('decoder', ['native', 'libevtx'])
def test_rows_fit_into_the_columns(dcr, evtxstage, log, schema, decoder):
    template, _ = dcr('--schema', schema)
    rows = evtxstage('-o', '-', '-s', 'any', '--schema', schema, log,
                     os.path.join(ROOT, 'testdata'), '--provenance', 'full',
                     '--case', 'x', '--decoder', decoder).rows
    assert len(rows) > 50
    check_rows(declared(template), rows, ['@timestamp'])


@pytest.mark.parametrize('schema', SCHEMAS[:3])
def test_rows_of_the_corpus_fit_into_the_columns(dcr, evtxstage, corpus,
                                                 schema):
    template, _ = dcr('--schema', schema)
    rows = evtxstage('-q', '-o', '-', '-s', 'any', '--schema', schema,
                     os.path.join(corpus, 'corpus', 'attack-samples'),
                     os.path.join(corpus, 'corpus', 'evtx-rs')).rows
    assert len(rows) > 5000
    check_rows(declared(template), rows)


def test_steps_go_to_standard_error(dcr):
    _, err = dcr('--schema', 'windowsevent')
    assert 'az deployment group create' in err
    assert 'Monitoring Metrics Publisher' in err
    assert 'WindowsEvent | where' in err
    _, err = dcr('-q')
    assert err == ''


@pytest.mark.parametrize('args, word', [
    (('--schema', 'nope'), 'unknown schema: nope'),
    (('--table', 'NoSuffix'), 'end in _CL'),
    (('--table', '1x_CL'), 'end in _CL'),
    (('--table', 'a"b_CL'), 'end in _CL'),
    (('staging',), 'dcr does not take operands: staging')])
def test_what_makes_no_sense_is_refused(evtxload_path, args, word):
    done = run([evtxload_path, 'dcr', *args])
    assert done.status == 2 and done.out == b''
    assert word in done.err
