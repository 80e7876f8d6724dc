# SPDX-License-Identifier: Apache-2.0
"""Rows of every schema, loaded into SQLite and asked for."""
import sqlite3

import pytest
from stage_tools import run

TABLES = {'securityevent': 'SecurityEvent', 'windowsevent': 'WindowsEvent', 'event': 'Event',
          'raw': 'Raw', 'ecs': 'Ecs'}


@pytest.mark.parametrize('schema', TABLES)
def test_every_schema_loads(stage, evtxload_path, log, tmp_path, schema):
    _, staging = stage(log, '-s', 'any', '--schema', schema)
    target = 'sqlite:%s' % (tmp_path / 'a.db')
    for _ in range(2):
        done = run([evtxload_path, '--target', target, staging.path])
        assert done.status == 0, done.err
    with sqlite3.connect(tmp_path / 'a.db') as db:
        rows = db.execute('SELECT EventTime, * FROM "%s" ORDER BY _Offset'
                          % TABLES[schema]).fetchall()
    assert len(rows) == len(staging.rows) > 20
    assert all(row[0].startswith('2024-05-01 ') for row in rows)


def test_fields_of_documents_can_be_asked_for(stage, evtxload_path, mkevtx,
                                              tmp_path):
    log = mkevtx(tmp_path / 'log.evtx', '--events', '4625:5,4624:5')
    database = tmp_path / 'a.db'
    for schema in ('windowsevent', 'event', 'ecs'):
        _, staging = stage(log, '--schema', schema, to=schema)
        done = run([evtxload_path, '--target', 'sqlite:%s' % database,
                    staging.path])
        assert done.status == 0, done.err
        assert len(staging.rows) == 10
    with sqlite3.connect(database) as db:
        (a,), = db.execute(
            "SELECT count(*) FROM WindowsEvent WHERE EventID = 4625"
            " AND EventData ->> '$.SubStatus' LIKE '0x%'")
        (b,), = db.execute(
            "SELECT count(*) FROM Ecs WHERE event ->> '$.outcome' = 'failure'"
            " AND winlog ->> '$.event_data.SubStatus' LIKE '0x%'")
    assert a == b == 5
