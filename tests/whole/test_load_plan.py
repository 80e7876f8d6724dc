# SPDX-License-Identifier: Apache-2.0
"""evtxload plan: what a push will do, before it does it."""

import json

import pytest
from ingest_fixtures import make_ingest  # noqa: F401
from load_run import load, load_json, query
from load_staging import logon_row, make_staging

ADDRESS = ["--endpoint", "https://nobody.invalid", "--dcr", "dcr-1"]
ADDRESS += ["--stream", "Custom-SecurityEvent"]


@pytest.fixture
def staging(tmp_path):
    rows = [logon_row(n, CommandLine="x" * 5000) for n in range(800)]
    make_staging(tmp_path / "staging", rows, per_segment=500)
    return tmp_path / "staging"


def plan(*words, **more):
    return load_json("plan", "--target", "sentinel", *words, **more)


def cover(staging, batches):
    """The bytes of every segment, put together from batches."""
    found = {}
    for b in batches:
        data = (staging / b["segment"]).read_bytes()
        part = data[b["offset"] : b["offset"] + b["length"]]
        assert part.endswith(b"\n") and part.count(b"\n") == b["records"]
        assert b["offset"] == len(found.setdefault(b["segment"], b""))
        found[b["segment"]] += part
    return found


def test_the_batches_cover_every_segment(staging):
    report = plan(staging)
    assert report["kept"] is False
    assert report["calls"] == len(report["batches"]) == report["left"]["batches"]
    parts = cover(staging, report["batches"])
    for name, data in parts.items():
        assert data == (staging / name).read_bytes()
    assert len(parts) == 2
    largest = max(b["length"] for b in report["batches"])
    assert report["largest_batch"] == largest <= 999999
    assert not (staging / "load").exists()


def test_a_plan_is_kept_and_then_followed(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    address = server.load_options[2:]
    report = plan(*address, "--batch-span", "2m", staging)
    assert report["kept"] is True
    assert json.loads((staging / "load" / "plan.json").read_text()) == report
    assert server.journal() == []
    # The push needs not be told again how batches are cut.
    done = load(*server.load_options, staging, env=server.env)
    assert done.returncode == 0, done.stderr
    assert len(server.journal("ingest")) == report["calls"]
    assert len(server.accepted()) == 800
    sent = query(staging / "load" / "state.db",
                 "SELECT offset, length, lower(hex(key)) FROM _load_batch ORDER BY id")
    assert sent == [(b["offset"], b["length"], b["key"]) for b in report["batches"]]


def test_a_plan_of_what_is_left(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    words = [*server.load_options, "--max-transfer", "20k", "-j1", staging]
    first = load_json(*words, env=server.env, status=5)
    report = plan(*server.load_options[2:], staging)
    assert report["total"] == first["total"]
    assert report["left"] == first["left"]
    assert 0 < report["calls"] == len(report["batches"]) < report["total"]["batches"]


def test_a_plan_and_a_dry_run_agree(staging):
    kept = plan(*ADDRESS, staging)
    dry = load_json("--target", "sentinel", "--dry-run", staging)
    also = plan("-n", *ADDRESS, staging)
    assert kept.pop("kept") is True
    assert dry.pop("kept") is also.pop("kept") is False
    assert kept == dry == also


def test_a_plan_for_a_database(staging, tmp_path):
    words = ["--target", f"sqlite:{tmp_path}/a.db", staging]
    report = load_json("plan", *words)
    assert report["kept"] is True and report["left"]["records"] == 800
    assert "restamped" not in report
    assert load_json(*words)["acked"]["batches"] == report["calls"]
    assert load_json("plan", *words)["left"]["records"] == 0
    assert load("plan", "--error-if-empty", *words).returncode == 4


def test_the_pace_that_is_asked_for_counts(staging):
    report = plan("--tpslimit", 0.5, staging)
    assert report["least_ms"] == (report["calls"] - 1) * 2000


def test_a_plan_in_words(tmp_path):
    rows = [logon_row(0, CommandLine="x" * 70000)]
    make_staging(tmp_path / "s", rows)
    done = load("plan", "--target", "sentinel", tmp_path / "s")
    assert done.returncode == 0 and done.stdout == ""
    for text in ("1 record in 1 batch,", "restamped  1 record:",
                 "truncated  1 value in 1 record ", "no: give --endpoint"):
        assert text in done.stderr
    done = load("plan", "--target", "sentinel", *ADDRESS, tmp_path / "s")
    assert "kept       in" in done.stderr


def test_a_plan_of_a_tampered_staging_is_none(staging):
    with open(staging / "segments" / "000002.ndjson", "r+b") as file:
        file.seek(777)
        file.write(b"!")
    done = load("plan", "--target", "sentinel", *ADDRESS, staging)
    assert done.returncode == 1 and "000002" in done.stderr
    assert not (staging / "load" / "plan.json").exists()
