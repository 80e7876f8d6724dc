# SPDX-License-Identifier: Apache-2.0
"""The hunting queries find what was planted, and nothing else."""
import os
import re
import sqlite3

import pytest
from stage_tools import ROOT, read, run

QUERIES = os.path.join(ROOT, 'queries')
NAMES = sorted(n[:-4] for n in os.listdir(QUERIES) if n.endswith('.sql'))

ATTACKER = '203.0.113.77'
PLANTED = '\n'.join(
    # Six failures in three minutes, then a success, from one address.
    ['start 2024-05-01T10:00:00Z'] +
    ['event 4625 every 30s\nIpAddress = %s\nTargetUserName = user%d\n'
     'TargetDomainName = CORP' % (ATTACKER, i) for i in range(6)] +
    ['event 4624\ntime +30s\nIpAddress = %s\nTargetUserName = user5\n'
     'TargetDomainName = CORP\nLogonType = 3' % ATTACKER] +
    # Four failures are not enough; and these failures are too old.
    ['event 4625 x4\nIpAddress = 203.0.113.78',
     'event 4624\nIpAddress = 203.0.113.78',
     'event 4625 x9\ntime 2024-05-01T08:00:00Z\nIpAddress = 203.0.113.79',
     'event 4624\ntime 2024-05-01T12:00:00Z\nIpAddress = 203.0.113.79',
     'event 4720\ntime 2024-05-01T13:00:00Z\nTargetUserName = helper\n'
     'TargetDomainName = WS01\nTargetSid = S-1-5-21-7-7-7-1001',
     'event 4732\ntime 2024-05-01T13:00:01Z\nTargetUserName = '
     'Administrators\nTargetSid = S-1-5-32-544\nMemberSid = '
     'S-1-5-21-7-7-7-1001\nSubjectUserName = mallory\n'
     'SubjectDomainName = CORP',
     'event 4732\nTargetUserName = Users\nTargetSid = S-1-5-32-545',
     'event 1102\ntime 2024-05-01T14:00:00Z\nSubjectUserName = mallory\n'
     'SubjectDomainName = CORP'] +
    # The same ids and fields of other providers and in other channels.
    [line for event in (
        'event 1102\ntime 2024-05-01T15:00:00Z\nSubjectUserName = eve',
        'event 4625 x6\ntime 2024-05-01T15:00:00Z\n'
        'IpAddress = 203.0.113.80',
        'event 4624\ntime 2024-05-01T15:00:01Z\n'
        'IpAddress = 203.0.113.80',
        'event 4732\ntime 2024-05-01T15:00:02Z\nTargetSid = S-1-5-32-544\n'
        'MemberSid = S-1-5-21-7-7-7-1001')
     for line in (event + '\nprovider AD FS Auditing',
                  event + '\nchannel Application',
                  event + '\nchannel AD FS/Admin\nprovider AD FS')] + [''])
FOUND = {
    'failed-then-success': [{
        'EventTime': '2024-05-01 10:03:00.0000000', 'IpAddress': ATTACKER,
        'Account': 'CORP\\user5', 'LogonTypeName': '3 - Network',
        'Failures': 6}],
    'new-local-admin': [{
        'EventTime': '2024-05-01 13:00:01.0000000', 'By': 'CORP\\mallory',
        'MemberSid': 'S-1-5-21-7-7-7-1001', 'NewAccount': 'WS01\\helper'}],
    'cleared-log': [{
        'EventTime': '2024-05-01 14:00:00.0000000',
        'Account': 'CORP\\mallory',
        'Activity': '1102 - The audit log was cleared.'}],
}


@pytest.fixture(scope='module')
def database(mkevtx, evtxstage, evtxload_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp('hunt')
    mkevtx(folder / 'planted.evtx', text=PLANTED)
    mkevtx(folder / 'noise.evtx', '--events', '4634:300,4688:100,4776:50',
           '--start', '2024-05-01')
    done = evtxstage('-s', 'any', '-o', folder / 'staging', folder)
    assert done.status == 0, done.err
    done = run([evtxload_path, '--target', 'sqlite:%s' % (folder / 'a.db'),
                folder / 'staging'])
    assert done.status == 0, done.err
    return folder / 'a.db'


@pytest.mark.parametrize('name', NAMES)
def test_query_finds_what_was_planted(database, name):
    with sqlite3.connect(database) as db:
        db.row_factory = sqlite3.Row
        rows = db.execute(read(os.path.join(QUERIES, name + '.sql'))
                          .decode()).fetchall()
    assert len(rows) == len(FOUND[name])
    for row, want in zip(rows, FOUND[name]):
        assert {n: row[n] for n in want} == want


def test_each_query_is_there_in_both_languages():
    assert set(FOUND) == set(NAMES)
    for name in NAMES:
        kql = read(os.path.join(QUERIES, name + '.kql')).decode()
        sql = read(os.path.join(QUERIES, name + '.sql')).decode()
        ids = [set(re.findall(r'\b(?:4\d{3}|1102)\b', t)) for t in (kql, sql)]
        assert ids[0] == ids[1] != set()
        assert 'TimeCreated_CF' in kql and 'RecordKey_CF' in kql
        for text in (kql, sql):
            assert text.count('Channel') == text.count('EventSourceName') > 0
        assert kql.splitlines()[0].lstrip('/ ') == \
            sql.splitlines()[0].lstrip('- ')
