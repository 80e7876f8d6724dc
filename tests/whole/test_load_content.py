# SPDX-License-Identifier: Apache-2.0
"""The columns of a row hold what SQLite's own reader of JSON finds in its line."""
import os
import sqlite3

import pytest
from stage_tools import read, run

TABLES = {'securityevent': 'SecurityEvent', 'windowsevent': 'WindowsEvent',
          'event': 'Event', 'ecs': 'Ecs'}
LOGS = ('sysmon.evtx', 'Security_short_selected.evtx', 'sample-with-irregular-bool-values.evtx')
OWN = ('EventTime', '_Segment', '_Offset', '_Extra')


def wanted(db, line, integers):
    """Name to value, as a column shows it."""
    row = {}
    for key, kind, value in db.execute('SELECT key, type, value FROM json_each(?)', (line,)):
        if kind in ('true', 'false') and key not in integers:
            value = kind
        elif value is not None and key not in integers:
            value = str(value)
        row[key] = value
    return row


@pytest.mark.parametrize('schema', TABLES)
def test_a_row_is_its_line(corpus, stage, evtxload_path, tmp_path, schema):
    logs = [os.path.join(corpus, 'corpus', 'evtx-rs', 'samples', name) for name in LOGS]
    _, staging = stage(*logs, '-s', 'any', '--schema', schema, '--dedupe', 'none')
    assert run([evtxload_path, '--target', 'sqlite:%s' % (tmp_path / 'a.db'),
                staging.path]).status == 0
    db = sqlite3.connect(tmp_path / 'a.db')
    db.row_factory = sqlite3.Row
    table = TABLES[schema]
    integers = {name for name, in db.execute(
        "SELECT name FROM pragma_table_info(?) WHERE type = 'INTEGER'", (table,))}
    segments = {one['sha256']: read(staging.file(one['name'])) for one in staging.manifest['segments']}
    seen = 0
    for row in db.execute('SELECT * FROM "%s"' % table):
        line = segments[row['_Segment']][row['_Offset']:].split(b'\n', 1)[0].decode()
        found = {name: row[name] for name in row.keys()
                 if name not in OWN and row[name] is not None}
        want = {k: v for k, v in wanted(db, line, integers).items() if v is not None}
        assert found == want and row['_Extra'] is None
        seen += 1
    assert seen > 1000
