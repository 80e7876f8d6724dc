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


def bind(folder, jobs):
    """{job: (tables, {name: text})} -> {job: {name: {errors, columns, used}}}

    Microsoft's binder is installed in the source tree, or in `folder` if that
    cannot be written. One process for all jobs: it takes two seconds to start.
    """
    home = KQL if os.access(KQL, os.W_OK) else os.fspath(folder)
    setup = os.path.join(ROOT, 'scripts', 'setup-node')
    subprocess.run([setup, '--kql', home], check=True, timeout=300)
    text = json.dumps({name: {'tables': tables, 'queries': queries}
                       for name, (tables, queries) in jobs.items()})
    done = run([os.path.join(home, 'node_modules', '.node'),
                os.path.join(home, 'bind.mjs')], input=text.encode())
    assert done.status == 0, done.err
    return json.loads(done.out)


def paragraphs(path):
    """The queries of a file of paragraphs, by the comment before each."""
    parts = read(path).decode().split('\n\n')
    found = {p.splitlines()[0].lstrip('/ '): p for p in parts
             if not p.strip().splitlines()[-1].startswith('//')}
    assert len(found) == len(parts) - 1  # the first says what the file is
    return found
