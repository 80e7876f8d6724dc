# SPDX-License-Identifier: Apache-2.0
"""evtxload reconcile without a workspace: what must be there, and the KQL."""

import collections
import json
import shutil

import pytest
from ingest_fixtures import make_ingest  # noqa: F401
from kql import bind, declared_tables
from load_run import load, load_json
from load_staging import logon_row, make_staging

EVIL = 'HO"ST\\\n\n// é'


@pytest.fixture
def rows():
    rows = [logon_row(n * 1000) for n in range(60)]
    rows += [logon_row(1000), logon_row(2000, Account="CORP\\other")]
    rows.append(logon_row(3, Computer=EVIL))
    rows.append({k: v for k, v in logon_row(4).items() if k != "TimeCreated_CF"})
    rows.append({k: v for k, v in logon_row(5).items() if k != "RecordKey_CF"})
    return rows


@pytest.fixture
def staging(tmp_path, rows):
    folder = tmp_path / "staging"
    make_staging(folder, rows, per_segment=25)
    return folder


def expected(staging):
    with open(staging / "load" / "expected.json", encoding="utf-8") as file:
        return json.load(file)


def counted(rows):
    groups = collections.defaultdict(list)
    for row in rows:
        hour = row.get("TimeCreated_CF", "")[:13]
        hour += ":00:00.0000000Z" if hour else ""
        groups[row["Computer"], row["Channel"], hour].append(
            row.get("RecordKey_CF"))
    return {place: (len(keys), len(set(keys) - {None}))
            for place, keys in groups.items()}


def told(report):
    return {(g["computer"], g["channel"], g["hour"]): (g["rows"], g["keys"])
            for g in report["groups"]}


def test_it_counts_rows_and_keys_by_group(staging, rows):
    done = load("reconcile", staging)
    assert done.returncode == 0, done.stderr
    assert "reconcile.kql" in done.stderr
    report = expected(staging)
    assert told(report) == counted(rows)
    assert (report["rows"], report["keyless"]) == (len(rows), 1)
    # Nothing was planned yet: a batch is a segment.
    assert [b["rows"] for b in report["batches"]] == [25, 25, len(rows) - 50]
    assert [b["keys"] for b in report["batches"]] == [25, 25, 14]
    assert load_json("reconcile", staging)["records"] == len(rows)


def test_it_counts_by_batch_of_the_checkpoint(make_ingest, staging, rows):  # noqa: F811
    server = make_ingest()
    assert load(*server.load_options, "--batch-span", "1h", staging,
                env=server.env).returncode == 0
    before = (staging / "manifest.json").read_bytes()
    done = load("reconcile", staging)
    assert done.returncode == 0, done.stderr
    report = expected(staging)
    with open(staging / "load" / "receipts.ndjson", encoding="utf-8") as file:
        sent = {r["batch"]: r["records"] for r in map(json.loads, file)}
    assert {b["batch"]: b["rows"] for b in report["batches"]} == sent
    assert len(sent) > 3
    assert sum(sent.values()) == len(rows)
    assert report["since"].endswith("Z")
    assert report["since"] in (staging / "load" / "reconcile.kql").read_text()
    assert (staging / "manifest.json").read_bytes() == before


def test_it_refuses_what_makes_no_sense(staging, tmp_path):
    other = tmp_path / "other"
    make_staging(other, [logon_row(1)], schema="windowsevent")
    for words, text in (
        (["--target", f"sqlite:{tmp_path}/a.db", staging], "does not work with sqlite"),
        (["--resend", staging], "--workspace"),
        (["--check-content", "default", staging], "--workspace"),
        (["--table", "a b", staging], "--table"),
        (["--state", tmp_path / "s", staging, other], "schemas"),
        ([], "staging directory"),
    ):
        done = load("reconcile", *words)
        assert done.returncode == 2, done.stderr
        assert text in done.stderr
    (staging / "segments" / "000001.ndjson").write_bytes(b"{}\n")
    done = load("reconcile", staging)
    assert done.returncode == 1
    assert not (staging / "load" / "expected.json").exists()


def paragraphs(text):
    parts = [p for p in text.split("\n\n") if p.strip()]
    return {p.splitlines()[0]: p for p in parts[1:]}


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_the_kql_binds(staging, evtxload_path, tmp_path):
    many = tmp_path / "many"
    make_staging(many, [logon_row(n * 3600, Computer=f"C{n}")
                        for n in range(2500)], per_segment=2500)
    tables = declared_tables(evtxload_path)
    jobs = {}
    for folder in (staging, many):
        assert load("reconcile", folder).returncode == 0
        text = (folder / "load" / "reconcile.kql").read_text()
        jobs[folder.name] = (tables, paragraphs(text))
    # One query for the doubles, the others for the groups.
    assert [len(queries) for _, queries in jobs.values()] == [2, 4]
    for schema, table in (("windowsevent", "WindowsEvent"), ("event", "Event")):
        folder = tmp_path / schema
        make_staging(folder, [logon_row(1)], schema=schema)
        assert load("reconcile", folder).returncode == 0
        text = (folder / "load" / "reconcile.kql").read_text()
        assert f"\n{table}\n" in text
        jobs[schema] = (tables, paragraphs(text))
    answers = bind(tmp_path, jobs)
    for queries in answers.values():
        for name, query in queries.items():
            assert query["errors"] == [], name
            assert ("Copies" if "doubles" in name else "Missing") in \
                query["columns"]
