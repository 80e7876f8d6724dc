# SPDX-License-Identifier: Apache-2.0
"""evtxload into SQLite: every record once, whatever happens on the way."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from load_run import PROGRAM, load, load_json, load_start, one, query
from load_staging import (
    logon_row,
    make_staging,
    manifest_of,
    raw_row,
    record_key,
    write_manifest,
    write_segment,
)


@pytest.fixture
def staging(tmp_path):
    folder = tmp_path / "staging"
    make_staging(folder, [logon_row(n) for n in range(2500)])
    return folder


@pytest.fixture
def database(tmp_path):
    return tmp_path / "case.db"


def target(database):
    return f"sqlite:{database}"


def test_rows_arrive_with_types(staging, database):
    done = load("--target", target(database), staging)
    assert done.returncode == 0, done.stderr
    row = query(
        database,
        "SELECT EventID, typeof(EventID), Account, EventTime, IpAddress"
        " FROM SecurityEvent WHERE RecordKey_CF = ?",
        record_key(1234),
    )
    assert row == [
        (4625, "integer", "CORP\\user34", "2024-05-01 00:20:34.0001234",
         "10.0.4.210")
    ]  # fmt: skip
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 2500


def test_every_value_of_a_row_is_kept(tmp_path, database):
    rows = [logon_row(n) for n in range(50)]
    make_staging(tmp_path / "s", rows)
    load("--target", target(database), tmp_path / "s")
    for n, row in enumerate(rows):
        names = ", ".join(f'"{name}"' for name in row)
        found = query(
            database,
            f"SELECT {names} FROM SecurityEvent WHERE RecordKey_CF = ?",
            record_key(n),
        )
        assert found == [tuple(row.values())]


def test_the_view_starts_with_what_one_looks_for(staging, database):
    load("--target", target(database), staging)
    rows = query(
        database,
        "SELECT * FROM SecurityEvents WHERE EventTime < '2024-05-01 00:00:02'"
        " ORDER BY EventTime",
    )
    assert len(rows) == 2
    assert rows[1][:5] == (
        "2024-05-01 00:00:01.0000001", 4625, "HOST1", "Security",
        "4624 - An account was successfully logged on.",
    )  # fmt: skip


@pytest.mark.parametrize("column", ["EventTime", "EventID", "Computer", "Account"])
def test_indexes_answer_the_usual_questions(staging, database, column):
    load("--target", target(database), staging)
    plan = query(
        database,
        f"EXPLAIN QUERY PLAN SELECT * FROM SecurityEvents WHERE {column} = 'x'",
    )
    # One for rows with a name of an account, and one for those with a SID.
    searches = [step[3] for step in plan if "USING INDEX Security" in step[3]]
    assert len(searches) == 2 and f"SecurityEvent_{column}" in searches[0]


def test_twice_is_once(staging, database):
    first = load_json("--target", target(database), staging)
    again = load_json("--target", target(database), staging)
    assert first["acked"]["records"] == again["acked"]["records"] == 2500
    assert again["left"]["records"] == 0
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 2500


def test_the_same_events_staged_anew_are_counted_as_there(tmp_path, database):
    make_staging(tmp_path / "a", [logon_row(n) for n in range(300)])
    make_staging(tmp_path / "b", [logon_row(n) for n in range(100, 400)],
                 per_segment=7)  # fmt: skip
    load("--target", target(database), tmp_path / "a")
    report = load_json("--target", target(database), tmp_path / "b")
    assert report["already"] == 200
    assert report["new"] + report["already"] == report["total"]["records"]
    assert report["new"] > 0
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 400


def test_several_stagings_of_two_schemas(tmp_path, database):
    make_staging(tmp_path / "a", [logon_row(n) for n in range(30)])
    make_staging(tmp_path / "b", [logon_row(n) for n in range(20, 60)])
    make_staging(tmp_path / "r", [raw_row(n) for n in range(10)], schema="raw")
    folders = [tmp_path / "a", tmp_path / "r", tmp_path / "b"]
    report = load_json("--target", target(database), *folders)
    assert report["total"]["records"] == 80
    assert report["already"] == 10
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 60
    assert one(database, "SELECT count(*) FROM Raw") == 10


def test_raw_lines_stay_as_they_are(tmp_path, database):
    rows = [raw_row(n) for n in range(20)]
    make_staging(tmp_path / "r", rows, schema="raw")
    load("--target", target(database), tmp_path / "r")
    found = query(
        database,
        "SELECT EventID, EventTime, Channel, Computer, Provider,"
        " EventRecordID, Event FROM Raw ORDER BY EventRecordID",
    )
    assert [json.loads(row[-1]) for row in found] == rows
    assert found[2][:6] == (
        4624, "2024-05-01 00:00:00.0000002", "Security", "HOST2",
        "Provider", 2,
    )  # fmt: skip
    assert found[3][0] == 4624


def test_raw_without_keys_is_still_once(tmp_path, database):
    make_staging(tmp_path / "r", [raw_row(7)] * 5, schema="raw")
    load("--target", target(database), tmp_path / "r")
    load("--target", target(database), tmp_path / "r")
    assert one(database, "SELECT count(*) FROM Raw") == 5


def test_a_property_without_a_column_is_not_lost(tmp_path, database):
    row = logon_row(1, Surprise="s\u00fcrprise", surprise="lower", Deep={"a": [1]},
                    Yes=True, Nil=None, _hidden=5, EventTime="mine",
                    **{"": 'e"', 'quo"te': "q"})  # fmt: skip
    make_staging(tmp_path / "s", [logon_row(0), row])
    done = load("--target", target(database), tmp_path / "s")
    assert done.returncode == 0, done.stderr
    found = query(
        database,
        'SELECT Surprise, Deep, Yes, Nil, "quo""te", _Extra'
        " FROM SecurityEvent WHERE RecordKey_CF = ?",
        record_key(1),
    )[0]
    assert found[:5] == ("s\u00fcrprise", '{"a":[1]}', "true", None, "q")
    extra = json.loads(found[5])
    assert extra == {
        "surprise": "lower", "_hidden": 5, "EventTime": "mine", "": 'e"',
    }  # fmt: skip


def test_text_after_a_nul_is_not_lost(tmp_path, database):
    rows = [logon_row(0, ProcessName="a\0b"), logon_row(1, ProcessName="a\\u0000")]
    make_staging(tmp_path / "s", rows)
    load("--target", target(database), tmp_path / "s")
    found = query(
        database, "SELECT ProcessName FROM SecurityEvent ORDER BY EventTime"
    )
    assert found == [("a\\u0000b",), ("a\\u0000",)]


def test_lines_that_are_no_records_are_refused_and_told(tmp_path, database):
    rows = [logon_row(0), b'{"half', b"[1]", logon_row(1), b"", b'"x"']
    make_staging(tmp_path / "s", rows)
    report = load_json("--target", target(database), tmp_path / "s", status=6)
    assert report["refused"] == 4
    assert report["acked"]["records"] == 2
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 2
    status = load_json("status", "--target", target(database))
    offsets = [refusal["offset"] for refusal in status["refusals"]]
    assert len(offsets) == 4 and offsets[0] == len(json.dumps(
        logon_row(0), separators=(",", ":"), ensure_ascii=False)) + 1  # fmt: skip
    # Told again by every later run, because it stays true.
    assert load("--target", target(database), tmp_path / "s").returncode == 6


def test_killed_anywhere_and_run_again(tmp_path, database):
    staging = tmp_path / "s"
    make_staging(staging, [logon_row(n) for n in range(30000)], per_segment=500)
    seed = random.Random(5)
    began = time.monotonic()
    load("--target", target(tmp_path / "whole.db"), staging)
    whole = time.monotonic() - began
    for _ in range(20):
        process = load_start("--target", target(database), staging)
        time.sleep(seed.uniform(0, whole / 8))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = load("--target", target(database), staging)
    assert done.returncode == 0, done.stderr
    keys = query(database, "SELECT RecordKey_CF FROM SecurityEvent")
    assert len(keys) == 30000
    assert {key for key, in keys} == {record_key(n) for n in range(30000)}
    assert one(database, "PRAGMA integrity_check") == "ok"


def test_a_signal_ends_it_with_the_state_saved(tmp_path, database):
    staging = tmp_path / "s"
    make_staging(staging, [logon_row(n) for n in range(30000)], per_segment=500)
    process = load_start("--target", target(database), staging)
    while not database.exists() or not one(
        database, "SELECT count(*) FROM sqlite_schema WHERE name = 'SecurityEvent'"
    ):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate()
    assert process.returncode == 143, told
    assert "interrupted" in told
    assert load("--target", target(database), staging).returncode == 0
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 30000


def test_a_second_loader_is_locked_out(tmp_path, database):
    staging = tmp_path / "s"
    make_staging(staging, [logon_row(n) for n in range(20000)])
    first = load_start("--target", target(database), staging)
    while not database.exists():
        time.sleep(0.001)
    time.sleep(0.02)
    os.kill(first.pid, signal.SIGSTOP)
    second = load("--target", target(database), staging)
    # A second name for the same database does not help.
    os.symlink(database, tmp_path / "alias.db")
    third = load("--target", target(tmp_path / "alias.db"), staging)
    os.kill(first.pid, signal.SIGCONT)
    _, told = first.communicate()
    assert first.returncode == 0, told
    assert (second.returncode, third.returncode) == (11, 11)
    assert str(database) in second.stderr


def tamper_flip(folder):
    path = folder / "segments" / "000002.ndjson"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def tamper_truncate(folder):
    path = folder / "segments" / "000002.ndjson"
    path.write_bytes(path.read_bytes()[:-1])


def tamper_append(folder):
    with open(folder / "segments" / "000002.ndjson", "ab") as file:
        file.write(b'{"EventID":1}\n')


def tamper_swap(folder):
    a, b = (folder / "segments" / f"00000{n}.ndjson" for n in (1, 2))
    a.rename(folder / "x")
    b.rename(a)
    (folder / "x").rename(b)


def tamper_remove(folder):
    (folder / "segments" / "000002.ndjson").unlink()


def tamper_link(folder):
    path = folder / "segments" / "000002.ndjson"
    path.rename(folder / "elsewhere")
    path.symlink_to(folder / "elsewhere")


def tamper_manifest(folder):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["segments"].pop()
    write_manifest(folder, manifest)


def tamper_name(folder):
    path = folder / "manifest.json"
    shutil.copy(folder / "segments" / "000001.ndjson", folder / "outside")
    text = path.read_text().replace("segments/000001.ndjson", "segments/../outside")
    path.write_text(text)


def tamper_half_manifest(folder):
    path = folder / "manifest.json"
    path.write_text(path.read_text()[:-5])


@pytest.mark.parametrize(
    "tamper",
    [tamper_flip, tamper_truncate, tamper_append, tamper_swap, tamper_remove,
     tamper_link, tamper_manifest, tamper_name, tamper_half_manifest],
)  # fmt: skip
def test_a_tampered_staging_is_refused_before_the_first_row(
    staging, database, tamper
):
    tamper(staging)
    done = load("--target", target(database), staging)
    assert done.returncode == 1, done.stderr
    assert str(staging) in done.stderr
    if database.exists():
        tables = query(database, "SELECT name FROM sqlite_schema")
        assert ("SecurityEvent",) not in tables
        assert one(database, "SELECT count(*) FROM _load_batch") == 0


def test_unfinished_and_missing_stagings(staging, database):
    (staging / "state").mkdir()
    done = load("--target", target(database), staging)
    assert done.returncode == 2 and "unfinished" in done.stderr
    (staging / "state").rmdir()
    (staging / "manifest.json").unlink()
    done = load("--target", target(database), staging)
    assert done.returncode == 2 and "manifest.json" in done.stderr
    done = load("--target", target(database), staging / "nowhere")
    assert done.returncode == 2 and "does not exist" in done.stderr


def test_an_empty_staging(tmp_path, database):
    make_staging(tmp_path / "s", [])
    assert load("--target", target(database), tmp_path / "s").returncode == 0
    words = ["--target", target(database), "--error-if-empty", tmp_path / "s"]
    assert load(*words).returncode == 4
    assert load(*words, "--dry-run").returncode == 4


def test_an_empty_staging_beside_others(staging, database):
    empty = staging.parent / "empty"
    make_staging(empty, [])
    assert load("--target", target(database), staging).returncode == 0
    report = load_json("--target", target(database), empty)
    assert (report["total"]["records"], report["new"]) == (0, 0)
    status = load_json("status", "--target", target(database))
    assert status["total"]["records"] == 2500


def test_a_damaged_checkpoint_is_refused(staging, database):
    load("--target", target(database), staging)
    connection = sqlite3.connect(database)
    connection.execute("UPDATE _load_batch SET status = 0 WHERE id = 2")
    connection.commit()
    connection.close()
    done = load("--target", target(database), staging)
    assert done.returncode == 1 and "damaged" in done.stderr


def test_a_file_that_is_no_database_is_left_alone(staging, database):
    database.write_bytes(b"precious notes " * 100)
    done = load("--target", target(database), staging)
    assert done.returncode == 1, done.stderr
    assert database.read_bytes() == b"precious notes " * 100


def test_a_database_of_somebody_else_gets_our_tables_too(staging, database):
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE mine(x)")
    connection.execute("INSERT INTO mine VALUES('kept')")
    connection.commit()
    connection.close()
    assert load("--target", target(database), staging).returncode == 0
    assert one(database, "SELECT x FROM mine") == "kept"


def test_private_files(staging, database):
    load("--target", target(database), staging)
    assert database.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_is_temporary(staging, tmp_path):
    """A file that may not grow: SQLite sees what a full disk would do."""
    database = tmp_path / "small.db"
    command = f"ulimit -f 200; trap '' XFSZ; exec {PROGRAM}" \
              f" --target sqlite:{database} {staging}"  # fmt: skip
    done = subprocess.run(
        ["/bin/bash", "-c", command], capture_output=True, text=True
    )
    assert done.returncode in (1, 5), done.stderr
    assert str(database) in done.stderr
    assert load("--target", target(database), staging).returncode == 0
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 2500


def test_a_segment_given_twice_in_one_staging(tmp_path, database):
    """Equal bytes are equal records: taken once, and told."""
    folder = tmp_path / "s"
    os.makedirs(folder / "segments")
    rows = [logon_row(n) for n in range(10)]
    segments = [write_segment(folder, n, rows) for n in (1, 2)]
    write_manifest(folder, manifest_of(segments, "securityevent", "now"))
    report = load_json("--target", target(database), folder)
    assert report["same_segments"] == 10
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 10


def test_keys_of_another_version_are_refused(tmp_path, database):
    one, two = tmp_path / "one", tmp_path / "two"
    manifest = make_staging(one, [{"RecordKey_CF": "a" * 32}])
    assert load("--target", target(database), one).returncode == 0
    make_staging(two, [{"RecordKey_CF": "b" * 32}])
    for version in (2, 4, None):
        other = dict(manifest, run={"started": str(version)})
        del other["key_version"]
        if version is not None:
            other["key_version"] = version
        write_manifest(one, other)
        done = load("--target", target(database), one)
        assert done.returncode == 2, done.stderr
        assert f"of version {version or 1}" in done.stderr
    assert load("--target", target(database), two).returncode == 0


def test_another_row_with_the_same_key_is_a_conflict(tmp_path, database):
    key = "a" * 32
    rows = {
        "one": {"EventID": 4624, "RecordKey_CF": key, "SourceName_CF": "a"},
        # The same but for where it is from; another; with a column of its own.
        "two": {"EventID": 4624, "RecordKey_CF": key, "SourceName_CF": "b"},
        "three": {"EventID": 4720, "RecordKey_CF": key},
        "four": {"EventID": 4624, "RecordKey_CF": key, "New": "x"},
    }
    for name, row in rows.items():
        make_staging(tmp_path / name, [row], run=name)
    conflicts = {}
    for name in rows:
        report = load_json("--target", target(database), tmp_path / name)
        conflicts[name] = report["conflicts"]
    assert conflicts == {"one": 0, "two": 0, "three": 1, "four": 1}
    assert query(database, "SELECT EventID FROM SecurityEvent") == [(4624,)]
    assert query(
        database, "SELECT EventID, New FROM SecurityEvent_conflicts"
        " ORDER BY EventID DESC") == [(4720, None), (4624, "x")]
    # The same conflict staged again is no new one.
    make_staging(tmp_path / "five", [rows["three"], {"RecordKey_CF": "b" * 32}],
                 run="five")
    report = load_json("--target", target(database), tmp_path / "five")
    assert report["conflicts"] == 0 and report["already"] == 1
    assert one(database, "SELECT count(*) FROM SecurityEvent_conflicts") == 2


def add_up(report):
    """Every record is in one of the five."""
    parts = report["new"] + report["already"] + report["repeated"]
    parts += report["refused"] + report["left"]["records"]
    assert parts == report["total"]["records"]
    return report


def test_the_totals_add_up(tmp_path, database):
    """New, there before, twice in the staging, a conflict and refused lines;
    the same figures after another run, and from status."""
    make_staging(tmp_path / "a", [logon_row(n) for n in range(10)])
    rows = [logon_row(n) for n in range(8, 20)]
    rows += [logon_row(15), logon_row(16, EventID=1), b"[]", logon_row(9, EventID=2)]
    make_staging(tmp_path / "b", rows, per_segment=5)
    add_up(load_json("--target", target(database), tmp_path / "a"))
    words = ["--target", target(database), tmp_path / "b"]
    first = add_up(load_json(*words, status=6))
    names = ("new", "already", "repeated", "refused", "conflicts")
    assert [first[name] for name in names] == [10, 3, 2, 1, 2]
    for command in ("push", "retry-dead", "push"):
        again = add_up(load_json(command, *words, status=6))
        assert [again[name] for name in names] == [10, 3, 2, 1, 2], command
    status = add_up(load_json("status", "--target", target(database)))
    assert [status[name] for name in names] == [20, 3, 2, 1, 2]
    text = load(*words).stderr
    for part in ("total      16 records", "new        10 records",
                 "already    3 records", "repeated   2 records",
                 "refused    1 record,"):
        assert part in text


def test_a_segment_given_twice_is_in_the_totals(tmp_path, database):
    folder = tmp_path / "s"
    os.makedirs(folder / "segments")
    rows = [logon_row(n) for n in range(10)]
    segments = [write_segment(folder, n, rows) for n in (1, 2)]
    write_manifest(folder, manifest_of(segments, "securityevent", "now"))
    report = add_up(load_json("--target", target(database), folder))
    assert (report["total"]["records"], report["repeated"]) == (20, 10)


def change(database, text):
    connection = sqlite3.connect(database)
    connection.executescript(text)
    connection.close()


def test_rows_that_are_gone_are_a_failure_with_the_numbers(staging, database):
    load("--target", target(database), staging)
    change(database, "DELETE FROM SecurityEvent WHERE _Offset = 0")
    done = load("--target", target(database), staging)
    assert done.returncode == 1
    assert "has 2497 rows, but 2500 of 2500 records were loaded" in done.stderr


@pytest.mark.parametrize("text, word", [
    ("CREATE TRIGGER t AFTER UPDATE ON _load_batch BEGIN SELECT 1; END",
     "trigger t"),
    ("CREATE UNIQUE INDEX u ON _load_attempt(begun)", "index u"),
    ("ALTER TABLE _load_refused ADD COLUMN x TEXT CHECK(x IS NULL)", "CHECK"),
])
def test_changed_checkpoint_tables_are_refused(staging, database, text, word):
    load("--target", target(database), staging)
    change(database, text)
    done = load("--target", target(database), staging)
    assert done.returncode == 1 and word in done.stderr
    assert load("status", "--target", target(database)).returncode == 1


def test_what_an_analyst_made_stays(staging, database):
    load("--target", target(database), staging)
    change(database, """CREATE VIEW mine AS SELECT * FROM SecurityEvent;
        CREATE TABLE notes(x UNIQUE CHECK(x > 1)); INSERT INTO notes VALUES(2);
        CREATE INDEX by_ip ON SecurityEvent(IpAddress);
        CREATE INDEX by_begun ON _load_attempt(begun)""")
    assert load("--target", target(database), staging).returncode == 0
    assert one(database, "SELECT count(*) FROM mine, notes") == 2500
