# SPDX-License-Identifier: Apache-2.0
"""evtxload status: what it says of a checkpoint, and that it changes nothing."""

import json
import os

import pytest
from ingest_fixtures import make_ingest  # noqa: F401
from load_run import load, load_json
from load_staging import logon_row, make_staging


@pytest.fixture
def staging(tmp_path):
    folder = tmp_path / "staging"
    make_staging(folder, [logon_row(n) for n in range(60)], per_segment=20)
    return folder


def files_below(folder):
    return {
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def test_it_creates_nothing(staging, tmp_path):
    before = files_below(tmp_path)
    database = tmp_path / "none.db"
    for words in (["status", staging],
                  ["status", "--target", f"sqlite:{database}"],
                  ["status", "--state", tmp_path / "no"]):
        done = load(*words)
        assert done.returncode == 0, done.stderr
        assert "nothing was loaded yet" in done.stdout
        assert "records" not in done.stdout
        assert load_json(*words)["total"]["records"] == 0
    assert files_below(tmp_path) == before
    assert "sqlite:PATH" in load("status", staging).stdout


def test_a_staging_that_does_not_exist(tmp_path):
    done = load("status", tmp_path / "mistyped")
    assert done.returncode == 2 and "mistyped is not a staging" in done.stderr
    assert done.stdout == ""


def test_nor_beside_a_checkpoint_that_is_there(make_ingest, staging, tmp_path):  # noqa: F811
    server = make_ingest()
    assert load(*server.load_options, staging, env=server.env).returncode == 0
    database = tmp_path / "a.db"
    assert load("--target", f"sqlite:{database}", staging).returncode == 0
    before = files_below(tmp_path)
    for words in ([staging], ["--target", f"sqlite:{database}"]):
        assert load("status", *words).returncode == 0
        assert load_json("status", *words)["new"] == 60
    assert files_below(tmp_path) == before


def test_it_says_which_target_the_checkpoint_is_for(make_ingest, staging, tmp_path):  # noqa: F811
    server = make_ingest()
    assert load(*server.load_options, staging, env=server.env).returncode == 0
    name = f"sentinel rule {server.dcr} stream {server.stream}"
    assert f"target     {name}, in {staging}/load/state.db" in \
        load("status", staging).stdout
    report = load_json("status", staging)
    assert report["checkpoint_target"] == name
    assert report["checkpoint"] == f"{staging}/load/state.db"
    database = tmp_path / "a.db"
    load("--target", f"sqlite:{database}", staging)
    assert f"target     sqlite, in {database}" in \
        load("status", "--target", f"sqlite:{database}").stdout


def test_refusals_are_grouped_by_reason(make_ingest, tmp_path):  # noqa: F811
    """Numbers and ids in the words make no reason of their own."""
    server = make_ingest()
    rows = [logon_row(n) for n in range(30)]
    rows += [logon_row(40 + n, Account="x" * 1100000) for n in range(3)]
    rows += [logon_row(50 + n, Account="y" * (1100000 + n)) for n in range(2)]
    make_staging(tmp_path / "s", rows, per_segment=6)
    done = load(*server.load_options, tmp_path / "s", env=server.env)
    assert done.returncode == 6, done.stderr
    report = load_json("status", tmp_path / "s")
    assert len(report["refusals"]) == report["refused"] == 5
    assert [(r["records"], r["http"]) for r in report["reasons"]] == [(5, 0)]
    assert report["dead"] == f"{tmp_path}/s/load/dead.ndjson"
    with open(report["dead"], encoding="utf-8") as file:
        assert len([json.loads(line) for line in file]) == 5
    text = load("status", tmp_path / "s").stdout
    assert "refused    5 records: a record of" in text
    assert text.count("over the target's limit") == 1
    assert f"{report['dead']} lists the refused records" in text
    assert os.path.exists(report["dead"])


def test_it_lists_every_target_of_a_staging(make_ingest, staging, tmp_path):  # noqa: F811
    server = make_ingest()
    first, second = tmp_path / "a.db", tmp_path / "b.db"
    for database in (first, second, first):
        assert load("--target", f"sqlite:{database}", staging).returncode == 0
    text = load("status", staging).stdout
    assert "nothing was loaded yet" not in text
    assert f"no checkpoint in {staging}/load/state.db" in text
    for database in (first, second):
        assert text.count(f"loaded to  sqlite, in {database}\n") == 1
    assert load(*server.load_options, staging, env=server.env).returncode == 0
    name = f"sentinel rule {server.dcr} stream {server.stream}"
    second.unlink()
    expected = [
        {"present": True, "target": "sqlite", "checkpoint": str(first)},
        {"present": False, "target": "sqlite", "checkpoint": str(second)},
        {"present": True, "target": name,
         "checkpoint": f"{staging}/load/state.db"},
    ]
    assert load_json("status", staging)["targets"] == expected
    text = load("status", staging).stdout
    assert f"loaded to  sqlite, in {second} (missing)" in text
    assert text.count(name) == 1


def test_the_list_of_targets_moves_with_the_staging(make_ingest, staging, tmp_path):  # noqa: F811
    server = make_ingest()
    assert load(*server.load_options, staging, env=server.env).returncode == 0
    moved = tmp_path / "moved"
    staging.rename(moved)
    (target,) = load_json("status", moved)["targets"]
    assert target["present"] and target["checkpoint"] == f"{moved}/load/state.db"
    elsewhere = tmp_path / "elsewhere"
    assert load(*server.load_options, "--state", elsewhere, moved,
                env=server.env).returncode == 0
    found = load_json("status", moved)["targets"]
    assert [t["checkpoint"] for t in found] == [
        f"{moved}/load/state.db", f"{elsewhere}/state.db"]
    assert all(t["present"] for t in found)


@pytest.mark.parametrize("content", [
    b"", b"no JSON\n{}\n[]\n", b'{"target":7,"checkpoint":"/x"}\n',
    b'{"target":"sqlite","checkpoint":"/x', b"\0" * 4096, b"x" * (2 << 20),
], ids=["empty", "other", "no text", "torn", "zeros", "large"])
def test_a_strange_list_of_targets_is_skipped(staging, tmp_path, content):
    (staging / "load").mkdir()
    (staging / "load/targets.ndjson").write_bytes(content)
    assert load_json("status", staging)["targets"] == []
    assert load("--target", f"sqlite:{tmp_path / 'a.db'}", staging).returncode == 0
    found = [t["checkpoint"] for t in load_json("status", staging)["targets"]]
    assert found == ([str(tmp_path / "a.db")] if len(content) < 1 << 20 else [])


def test_a_list_of_targets_cannot_steer_the_terminal(staging):
    (staging / "load").mkdir()
    (staging / "load/targets.ndjson").write_text(json.dumps(
        {"target": "sqlite", "checkpoint": "/a\x1b[2Jb\u202ec"}) + "\n")
    text = load("status", staging).stdout
    assert "\x1b" not in text and "\u202e" not in text and "(missing)" in text


def test_a_pipe_as_list_of_targets_does_not_block(staging, tmp_path):
    (staging / "load").mkdir()
    os.mkfifo(staging / "load/targets.ndjson")
    assert load_json("status", staging)["targets"] == []
    assert load("--target", f"sqlite:{tmp_path / 'a.db'}", staging).returncode == 0
