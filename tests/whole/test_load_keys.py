# SPDX-License-Identifier: Apache-2.0
"""Into an empty table rows are inserted without their keys being compared; that
is done once, after the last one. Nobody may see a difference but in speed."""

import resource
import signal
import sqlite3
import subprocess

import pytest
from load_run import load, load_json, load_start, one, query
from load_staging import logon_row, make_staging

COUNTS = ("new", "already", "repeated", "refused", "conflicts")
ROWS = "SELECT * FROM SecurityEvent ORDER BY _Segment, _Offset"
CONFLICTS = "SELECT * FROM SecurityEvent_conflicts ORDER BY _Segment, _Offset"
PRIMARY = "SELECT pk FROM pragma_table_info('SecurityEvent') WHERE name = 'RecordKey_CF'"


def target(database):
    return f"sqlite:{database}"


def keyless(n):
    row = logon_row(n)
    del row["RecordKey_CF"]
    return row


@pytest.fixture
def stagings(tmp_path):
    """Records that come again: in their staging, in the other, with other
    values, more than once; and some without a key."""
    first = [logon_row(n) for n in range(200)]
    first += [logon_row(n, EventID=1) for n in range(5)]
    first += [keyless(n) for n in range(3)] + [logon_row(7)] * 3
    second = [logon_row(n) for n in range(150, 300)]
    second += [logon_row(n, EventID=2) for n in range(2, 4)] + [keyless(0), b"[]"]
    second += [logon_row(n, EventID=1) for n in range(2)] + [logon_row(299)]
    second += [logon_row(n, Another="x") for n in range(3)]
    make_staging(tmp_path / "a", first, per_segment=40, run="a")
    make_staging(tmp_path / "b", second, per_segment=40, run="b")
    return [tmp_path / "a", tmp_path / "b"]


def later_load(tmp_path, stagings):
    """Load into a table that has a row: its keys are compared at once."""
    make_staging(tmp_path / "c", [logon_row(10000)], run="c")
    database = tmp_path / "later.db"
    assert load("--target", target(database), tmp_path / "c").returncode == 0
    return load_json("--target", target(database), *stagings, status=6), database


def test_the_first_load_has_the_rows_and_counts_of_a_later_one(tmp_path, stagings):
    later, other = later_load(tmp_path, stagings)
    database = tmp_path / "first.db"
    first = load_json("--target", target(database), *stagings, status=6)
    assert [first[name] for name in COUNTS] == [later[name] for name in COUNTS]
    assert first["already"] > 50 and first["repeated"] > 3
    assert first["conflicts"] == 5 + 2 + 3
    with sqlite3.connect(other) as connection:
        connection.execute("DELETE FROM SecurityEvent WHERE _Segment ="
                           " (SELECT sha256 FROM _load_segment WHERE id = 1)")
    assert query(database, ROWS) == query(other, ROWS)
    assert query(database, CONFLICTS) == query(other, CONFLICTS)
    # Each batch has its part of the counts.
    columns = "offset, status, already, repeated, refused, conflicts"
    batches = f"SELECT {columns} FROM _load_batch ORDER BY id"
    assert query(database, batches) == query(other, batches)[1:]
    again = load_json("--target", target(database), *stagings, status=6)
    assert [again[name] for name in COUNTS] == [first[name] for name in COUNTS]
    assert query(database, "PRAGMA integrity_check") == [("ok",)]


def check_primary_key(database):
    """The keys are a primary key for whoever opens the database."""
    assert one(database, PRIMARY) == 1
    assert query(database, "PRAGMA integrity_check") == [("ok",)]
    plan = query(
        database, "EXPLAIN QUERY PLAN SELECT * FROM SecurityEvent"
        " WHERE RecordKey_CF = 'x'")
    assert "SEARCH" in plan[0][3] and "(RecordKey_CF=?)" in plan[0][3]
    with pytest.raises(sqlite3.IntegrityError), sqlite3.connect(database) as db:
        db.execute("INSERT INTO SecurityEvent(RecordKey_CF) SELECT RecordKey_CF"
                   " FROM SecurityEvent WHERE RecordKey_CF IS NOT NULL LIMIT 1")


def test_the_key_is_the_primary_key(tmp_path, stagings):
    """After the first load, after further ones, and in a copy of the rows."""
    database = tmp_path / "a.db"
    load("--target", target(database), stagings[0])
    check_primary_key(database)
    load("--target", target(database), stagings[1])
    check_primary_key(database)
    make_staging(tmp_path / "c", [logon_row(400, Another="x")], run="c")
    assert load_json("--target", target(database), tmp_path / "c")["new"] == 1
    check_primary_key(database)
    rows = query(database, ROWS)
    with sqlite3.connect(database) as db:
        db.execute("VACUUM")
    check_primary_key(database)
    assert query(database, ROWS) == rows
    dump = subprocess.run(["sqlite3", database, ".dump"], check=True,
                          capture_output=True, text=True).stdout
    assert '"RecordKey_CF" TEXT PRIMARY KEY,' in dump
    subprocess.run(["sqlite3", tmp_path / "b.db"], input=dump, check=True, text=True)
    check_primary_key(tmp_path / "b.db")
    assert query(tmp_path / "b.db", ROWS) == rows


def test_a_load_that_cannot_compare_its_keys_is_not_complete(tmp_path):
    """The file may grow by the rows, but not by the index of keys."""
    staging = tmp_path / "staging"
    make_staging(staging, [logon_row(n, EventData="x" * 1000) for n in range(3000)],
                 per_segment=1000)
    whole = tmp_path / "whole.db"
    assert load("--target", target(whole), staging).returncode == 0
    database = tmp_path / "a.db"
    limit = size(whole) - 8 * 8192

    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    failed = load("--target", target(database), staging, preexec_fn=limit_files)
    assert failed.returncode in (1, 5), failed.stderr
    assert one(database, PRIMARY) == 0
    report = load_json("status", "--target", target(database))
    assert report["left"]["records"] == 1000 and report["new"] == 2000
    assert load("--target", target(database), staging).returncode == 0
    check_primary_key(database)
    assert query(database, ROWS) == query(whole, ROWS)
    assert load_json("status", "--target", target(database))["left"]["records"] == 0


@pytest.fixture
def large(tmp_path):
    """Every third record comes twice, every sixth with other values. More than
    a transaction."""
    rows = []
    for n in range(9000):
        rows.append(logon_row(n, EventData="x" * 1000))
        if n % 3 == 0:
            rows.append(logon_row(n, EventData=("x" if n % 6 else "y") * 1000))
    folder = tmp_path / "large"
    make_staging(folder, rows, per_segment=500)
    return folder


def size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def kill_in_transaction(database, staging):
    """Kill a load that has committed rows and is in a transaction."""
    journal = database.with_name(database.name + "-journal")
    for _ in range(20):
        process = load_start("--target", target(database), staging)
        while size(database) < 3 << 20 or size(journal) == 0:
            if process.poll() is not None:
                break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if size(journal) > 0:
            return
        for path in database.parent.glob(database.name + "*"):
            path.unlink()
    raise AssertionError("never killed inside a transaction")


def test_a_load_that_was_killed_compares_all_keys_in_the_end(tmp_path, large):
    database = tmp_path / "a.db"
    kill_in_transaction(database, large)
    assert one(database, PRIMARY) == 0
    assert 0 < one(database, "SELECT count(*) FROM SecurityEvent") < 12000
    report = load_json("--target", target(database), large)
    assert [report[name] for name in COUNTS] == [9000, 0, 3000, 0, 1500]
    assert one(database, "SELECT count(DISTINCT RecordKey_CF) FROM SecurityEvent"
                         " WHERE EventData LIKE 'x%'") == 9000
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 9000
    check_primary_key(database)


def test_another_staging_ends_what_a_kill_left(tmp_path, large):
    """Rows of the first one are compared, and its batches say so."""
    database = tmp_path / "a.db"
    kill_in_transaction(database, large)
    make_staging(tmp_path / "b", [logon_row(0), logon_row(20000)], run="b")
    report = load_json("--target", target(database), tmp_path / "b")
    assert (report["new"], report["already"]) == (1, 1)
    check_primary_key(database)
    report = load_json("--target", target(database), large)
    assert (report["new"], report["conflicts"]) == (9000, 1500)
    assert report["already"] + report["repeated"] == 3000
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 9001


def test_status_reads_a_database_whose_loader_was_killed(tmp_path, large):
    database = tmp_path / "a.db"
    kill_in_transaction(database, large)
    report = load_json("status", "--target", target(database))
    assert 0 < report["new"] < 12000
    assert report["new"] == one(database, "SELECT count(*) FROM SecurityEvent")


def test_nothing_is_left_beside_the_database(tmp_path, large):
    """Queries can read it while a later load writes."""
    folder = tmp_path / "db"
    folder.mkdir()
    load("--target", target(folder / "a.db"), large)
    assert [path.name for path in folder.iterdir()] == ["a.db"]
    assert one(folder / "a.db", "PRAGMA journal_mode") == "wal"
