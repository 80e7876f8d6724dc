# SPDX-License-Identifier: Apache-2.0
"""Binds KQL against the tables that evtxload dcr declares."""
import json
import os
import re
import subprocess

from stage_tools import ROOT, read, run

KQL = os.path.join(ROOT, 'tests', 'kql')

# What the service or the agent fills in SecurityEvent; rows never bring it.
SERVICE = {'TenantId': 'string', 'SourceSystem': 'string', 'Type': 'string',
           'ManagementGroupName': 'string', 'SourceComputerId': 'string',
           'EventOriginId': 'string', 'TimeCollected': 'datetime',
           '_ResourceId': 'string', '_SubscriptionId': 'string',
           '_IsBillable': 'bool', '_BilledSize': 'real'}


def declared_table(template):
    """(name, {column: type}) of a template of evtxload dcr."""
    rule = template['resources'][1]['properties']
    (_, stream), = rule['streamDeclarations'].items()
    columns = {c['name']: {'boolean': 'bool'}.get(c['type'], c['type'])
               for c in stream['columns']}
    flow, = rule['dataFlows']
    for name in re.findall(r'(\w+) = toguid\(', flow['transformKql']):
        columns[name] = 'guid'
    columns.setdefault('TimeGenerated', 'datetime')
    return flow['outputStream'].split('-', 1)[1], columns


def declared_tables(evtxload_path, schemas=('securityevent', 'windowsevent',
                                            'event')):
    """The tables as Azure has them: with what the service fills."""
    tables = {}
    for schema in schemas:
        done = run([evtxload_path, 'dcr', '-q', '--schema', schema])
        assert done.status == 0, done.err
        name, columns = declared_table(json.loads(done.out))
        tables[name] = {**SERVICE, **columns}
    return tables


def home(folder):
    """Where Microsoft's parser is installed: in the source tree, or in
    `folder` if that cannot be written."""
    place = KQL if os.access(KQL, os.W_OK) else os.fspath(folder)
    setup = os.path.join(ROOT, 'scripts', 'setup-node')
    subprocess.run([setup, '--kql', place], check=True, timeout=300)
    return place


def call(folder, script, what):
    """One process for all: the parser takes two seconds to start."""
    place = home(folder)
    done = run([os.path.join(place, 'node_modules', '.node'),
                os.path.join(place, script)], input=json.dumps(what).encode())
    assert done.status == 0, done.err
    return json.loads(done.out)


def bind(folder, jobs):
    """{job: (tables, {name: text})} -> {job: {name: {errors, columns, ...}}}
    """
    return call(folder, 'bind.mjs', {
        name: {'tables': tables, 'queries': queries}
        for name, (tables, queries) in jobs.items()})


def execute(folder, columns, cases, queries):
    """{case: rows}, {name: text} -> {case: {name: rows}}"""
    return call(folder, 'run.mjs', {'columns': columns, 'cases': cases,
                                    'queries': queries})


def paragraphs(path):
    """The queries of a file of paragraphs, by the comment before each."""
    parts = read(path).decode().strip().split('\n\n')
    found = {p.splitlines()[0].lstrip('/ '): p for p in parts
             if not p.strip().splitlines()[-1].startswith('//')}
    assert len(found) == len(parts) - 1  # the first says what the file is
    return found
