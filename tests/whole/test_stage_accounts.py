# SPDX-License-Identifier: Apache-2.0
"""--accounts and --system-columns."""
import hashlib
import sqlite3
import uuid

import pytest
from stage_tools import run

APPLOCKER = 'event AppLocker:8002\nTargetUser:sid = %s\n'


@pytest.fixture
def applocker(mkevtx, tmp_path):
    return mkevtx(tmp_path / 'applocker.evtx', text=''.join(
        APPLOCKER % sid for sid in ('S-1-5-21-1-2-3-500', 'S-1-5-21-9-9-9-9',
                                    'S-1-5-18')))


@pytest.fixture
def accounts(tmp_path):
    path = tmp_path / 'accounts.tsv'
    path.write_text('# made by hand\nS-1-5-21-1-2-3-500\tCORP\\Ann\n')
    return path


@pytest.mark.parametrize('decoder', ['native', 'libevtx'])
def test_applocker_has_the_account_of_the_file(evtxstage, applocker, accounts,
                                               decoder):
    def rows(*more):
        return [(r['Account'], r['AccountType'], r['TargetUser'])
                for r in evtxstage('-o', '-', '--decoder', decoder, *more,
                                   applocker).rows]
    assert rows() == [
        ('S-1-5-21-1-2-3-500', 'User', 'S-1-5-21-1-2-3-500'),
        ('S-1-5-21-9-9-9-9', 'User', 'S-1-5-21-9-9-9-9'),
        ('S-1-5-18', 'Machine', 'S-1-5-18')]
    assert rows('--accounts', accounts) == [
        ('CORP\\Ann', 'User', 'S-1-5-21-1-2-3-500'), *rows()[1:]]


def test_the_file_is_one_of_the_options(stage, applocker, accounts):
    done, staging = stage('--accounts', accounts, applocker)
    assert done.status == 0
    options = staging.manifest['options']
    assert options['accounts'] == str(accounts)
    assert options['accounts_sha256'] == \
        hashlib.sha256(accounts.read_bytes()).hexdigest()
    accounts.write_text('S-1-5-21-1-2-3-500,CORP\\Bob\n')
    done, _ = stage('--accounts', accounts, applocker)
    assert done.status == 2
    done, staging = stage('--force', '--accounts', accounts, applocker)
    assert staging.rows[0]['Account'] == 'CORP\\Bob'


@pytest.mark.parametrize('text,says', [
    ('S-1-5-18\n', 'accounts.tsv:1: a SID and an account'),
    ('\nS-1-5-18,x\nbob,S-1-5-21-1\n', 'accounts.tsv:3: not a SID'),
    ('S-1-5-18,x\nS-1-5-18,y\n', 'accounts.tsv:2: line 1 has another'),
    (None, 'accounts.tsv')])
def test_a_bad_file_is_named_with_its_line(evtxstage, applocker, accounts,
                                           text, says):
    accounts.unlink()
    if text is not None:
        accounts.write_text(text)
    done = evtxstage('-o', '-', '--accounts', accounts, applocker)
    assert done.status == 2 and done.out == b''
    assert says in done.err


@pytest.mark.parametrize('option', [('--accounts', 'x'),
                                    ('--system-columns', 'derived')])
@pytest.mark.parametrize('schema', ['raw', 'windowsevent', 'ecs'])
def test_other_schemas_refuse_them(evtxstage, applocker, option, schema):
    done = evtxstage('-o', '-', '--schema', schema, *option, applocker)
    assert done.status == 2 and option[0] in done.err


def test_system_columns(evtxstage, applocker):
    for row in evtxstage('-o', '-', '--system-columns', 'derived',
                         applocker).rows:
        assert row['SourceSystem'] == 'OpsManager'
        assert row['SourceComputerId'] == str(
            uuid.uuid5(uuid.NAMESPACE_DNS, row['Computer'].lower()))
    none = evtxstage('-o', '-', '--system-columns', 'none', applocker)
    assert none.out == evtxstage('-o', '-', applocker).out
    done = evtxstage('-o', '-', '--system-columns', 'all', applocker)
    assert done.status == 2 and 'none or derived' in done.err


NAMES = ''.join(
    'event 4624\nTargetUserSid = %s\nTargetDomainName = %s\n'
    'TargetUserName = %s\n' % who for who in (
        ('S-1-5-21-1-2-3-500', 'CORP', 'Ann'),
        ('S-1-5-21-1-2-3-500', 'CORP', 'Ann'),
        ('S-1-5-21-1-2-3-500', 'OLD', 'Ann'),
        ('S-1-5-18', 'CORP', 'DC01$'),
        ('S-1-5-21-9-9-9-9', '-', '-')))


@pytest.fixture
def database(stage, evtxload_path, mkevtx, applocker, tmp_path):
    logons = mkevtx(tmp_path / 'logons.evtx', text=NAMES)
    _, staging = stage(applocker, logons)
    done = run([evtxload_path, '--target', 'sqlite:%s' % (tmp_path / 'a.db'),
                staging.path])
    assert done.status == 0, done.err
    with sqlite3.connect(tmp_path / 'a.db') as db:
        yield db


def test_the_view_has_names_that_other_events_know(database):
    ask = 'SELECT Account FROM %s WHERE EventID = 8002 ORDER BY TargetUser'
    assert database.execute(ask % 'SecurityEvents').fetchall() == [
        ('S-1-5-18',), ('CORP\\Ann',), ('S-1-5-21-9-9-9-9',)]
    assert database.execute(ask % 'SecurityEvent').fetchall() == [
        ('S-1-5-18',), ('S-1-5-21-1-2-3-500',), ('S-1-5-21-9-9-9-9',)]
    assert ('S-1-5-21-1-2-3-500', 'CORP\\Ann', 2) in database.execute(
        'SELECT Sid, Account, Events FROM SecurityEventAccounts').fetchall()


def test_names_are_looked_up_once_for_a_query(database):
    plan = [row[3] for row in database.execute(
        'EXPLAIN QUERY PLAN SELECT Account FROM SecurityEvents')]
    assert sum('MATERIALIZE _known' in step for step in plan) == 1
    assert any('SEARCH k USING AUTOMATIC' in step for step in plan), plan
    plan = [row[3] for row in database.execute(
        "EXPLAIN QUERY PLAN SELECT * FROM SecurityEvents WHERE Account = 'x'")]
    assert sum('USING INDEX SecurityEvent_Account' in step
               for step in plan) == 2


@pytest.mark.parametrize('jobs', ['-j1', '-j3'])
@pytest.mark.parametrize('decoder', ['native', 'libevtx'])
def test_info_writes_a_file_of_accounts(evtxstage, mkevtx, applocker, tmp_path,
                                        jobs, decoder):
    log = mkevtx(tmp_path / 'log.evtx', text=NAMES + (
        'event 4720\nTargetSid = S-1-5-21-1-2-3-1104\n'
        'TargetDomainName = CORP\nTargetUserName = new\n'
        'SubjectUserSid = S-1-5-21-1-2-3-500\nSubjectDomainName = CORP\n'
        'SubjectUserName = Ann\n'
        'event 4624\nTargetUserSid = S-1-5-21-6-6-6-6\n'
        'TargetDomainName = E\nTargetUserName = a\\x1b[2Jb\n'))
    done = evtxstage('info', '--sids', jobs, '--decoder', decoder, log)
    assert done.status == 0
    lines = done.out.decode().splitlines()
    names = dict(x.split(',') for x in lines if x[0] != '#')
    assert names['S-1-5-21-1-2-3-500'] == 'CORP\\Ann'
    assert names['S-1-5-21-1-2-3-1104'] == 'CORP\\new'
    assert not {'S-1-5-18', 'S-1-5-21-9-9-9-9', 'S-1-5-21-6-6-6-6'} & \
        set(names)
    assert lines[0].startswith('#') and b'\x1b' not in done.out
    assert '# also named: S-1-5-21-1-2-3-500,OLD\\Ann (1 records)' in lines
    assert any(x.startswith('# not usable: S-1-5-21-6-6-6-6') for x in lines)
    assert 'records' in done.err
    file = tmp_path / 'found.tsv'
    file.write_bytes(done.out)
    rows = evtxstage('-o', '-', '--accounts', file, applocker).rows
    assert rows[0]['Account'] == 'CORP\\Ann'


def test_sids_is_for_info(evtxstage, applocker):
    done = evtxstage('--sids', '-o', '-', applocker)
    assert done.status == 2 and '--sids works only with the command info' in done.err
    done = evtxstage('info', '--sids', '--chunks', applocker)
    assert done.status == 2 and '--chunks' in done.err
    said = evtxstage('info', '--json', applocker).out
    assert b'"sids"' not in said
