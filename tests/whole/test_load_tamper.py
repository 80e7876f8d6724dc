# SPDX-License-Identifier: Apache-2.0
"""Staging or checkpoint was touched: refused before the first byte is sent.

Each kind of tampering is a function that changes a copy of a staging whose
first half was loaded already. What it may not do is make evtxload send
anything at all: not even a token is asked for.

The normal run has one value for each way to tamper, the full run all of them.
"""

import hashlib
import json
import os
import random
import shutil
import sqlite3

import pytest
from ingest_fixtures import IngestServer, make_ingest  # noqa: F401
from load_run import load, load_start
from load_staging import as_line, canonical, logon_row, make_staging, write_manifest
from stage_tools import ROOT, program, run

SEGMENTS = 6
KINDS = []


def kind(*values):
    """Register a way to tamper, once for each value; the normal run has the
    first."""

    def add(function):
        for i, value in enumerate(values or [None]):
            name = function.__name__ + ("" if value is None else f"-{value}")
            marks = [] if i == 0 else [pytest.mark.slow]
            KINDS.append(pytest.param(function, value, id=name, marks=marks))
        return function

    return add


def segment(folder, number):
    return folder / "segments" / f"{number:06}.ndjson"


def flip(path, at, bit=0):
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1 << bit
    path.write_bytes(data)


def edit_manifest(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


# --- segments ------------------------------------------------------------------


@kind(*range(30))
def bit_of_a_segment(folder, seed):
    dice = random.Random(seed)
    path = segment(folder, dice.randrange(1, SEGMENTS + 1))
    flip(path, dice.randrange(path.stat().st_size), dice.randrange(8))


@kind(1, 2, 100, 4000, 10**9)
def segment_cut(folder, count):
    path = segment(folder, 2)
    os.truncate(path, max(0, path.stat().st_size - count))


@kind("first", "last")
def line_lost(folder, which):
    path = segment(folder, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[1:] if which == "first" else lines[:-1]))


@kind(*range(1, SEGMENTS + 1))
def line_added(folder, number):
    with open(segment(folder, number), "ab") as file:
        file.write(as_line(logon_row(77777)))


@kind(b"\n", b" ", b"\0", b"x")
def byte_added(folder, byte):
    with open(segment(folder, 4), "ab") as file:
        file.write(byte)


@kind("lines", "fields", "blanks")
def same_length(folder, how):
    path = segment(folder, 1)
    lines = path.read_bytes().splitlines(keepends=True)
    if how == "lines":
        lines.reverse()
    elif how == "fields":
        lines[3] = lines[3].replace(b"CORP", b"EVIL")
    else:
        lines[3] = b"{}" + b" " * (len(lines[3]) - 3) + b"\n"
    path.write_bytes(b"".join(lines))


@kind(*[(a, b) for a in range(1, SEGMENTS + 1) for b in range(a + 1, SEGMENTS + 1)])
def segments_swapped(folder, pair):
    one, two = (segment(folder, n) for n in pair)
    one.rename(folder / "third")
    two.rename(one)
    (folder / "third").rename(two)


@kind(*range(1, SEGMENTS + 1))
def segment_removed(folder, number):
    segment(folder, number).unlink()


@kind(*range(1, SEGMENTS + 1))
def segment_renamed(folder, number):
    segment(folder, number).rename(folder / "segments" / "1.ndjson")


@kind("file", "folder", "loop", "nowhere", "null")
def a_link(folder, where):
    path = segment(folder, 5)
    target = {"loop": path, "nowhere": folder / "no", "null": "/dev/null"}.get(where)
    if where == "folder":
        (folder / "segments").rename(folder / "elsewhere")
        (folder / "segments").symlink_to(folder / "elsewhere")
        return
    path.rename(folder / "moved")
    path.symlink_to(target or folder / "moved")


@kind("folder", "fifo", "empty")
def no_file(folder, what):
    path = segment(folder, 6)
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    else:
        path.touch()


# --- the manifest ----------------------------------------------------------------


@kind(*range(40))
def bit_of_the_manifest(folder, seed):
    dice = random.Random(seed + 1000)
    path = folder / "manifest.json"
    size = path.stat().st_size
    flip(path, dice.randrange(size), dice.randrange(8))


@kind(1, 10, 500, 10**9)
def manifest_cut(folder, count):
    path = folder / "manifest.json"
    os.truncate(path, max(0, path.stat().st_size - count))


@kind("blank", "text", "twice")
def manifest_grown(folder, how):
    path = folder / "manifest.json"
    data = path.read_bytes()
    more = {"blank": b"\n", "text": b"x", "twice": data}[how]
    path.write_bytes(data + more)


@kind("tool", "options", "event_set", "schema", "sources", "segments",
      "accounting", "run", "digest")  # fmt: skip
def manifest_without(folder, name):
    edit_manifest(folder, lambda m: m.pop(name) if name != "run" else m["run"].pop("host"))


@kind("sha256", "bytes", "lines", "name")
def segment_entry(folder, name):
    def change(manifest):
        entry = manifest["segments"][2]
        other = manifest["segments"][3]
        entry[name] = other[name] if entry[name] != other[name] else 7

    edit_manifest(folder, change)


@kind("dropped", "doubled", "turned", "added")
def segment_list(folder, how):
    def change(manifest):
        entries = manifest["segments"]
        if how == "dropped":
            manifest["accounting"]["emitted"] -= entries.pop()["lines"]
        elif how == "doubled":
            entries.append(entries[0])
        elif how == "turned":
            entries.reverse()
        else:
            entries.append(dict(entries[0], name="segments/../../x"))

    edit_manifest(folder, change)


@kind("schema", "host", "source", "account", "event set")
def manifest_edited(folder, what):
    def change(manifest):
        if what == "schema":
            manifest["schema"] = "raw"
        elif what == "host":
            manifest["run"]["host"] = "innocent"
        elif what == "source":
            manifest["sources"]["lines"] += 1
        elif what == "account":
            manifest["accounting"]["found"] += 1
        else:
            manifest["event_set"]["name"] = "none"

    edit_manifest(folder, change)


@kind("link", "folder", "gone", "other")
def manifest_replaced(folder, how):
    path = folder / "manifest.json"
    path.rename(folder / "moved")
    if how == "link":
        path.symlink_to(folder / "moved")
    elif how == "folder":
        path.mkdir()
    elif how == "other":
        path.write_text("{}")


@kind()
def unfinished_again(folder, _):
    (folder / "state").mkdir()


# --- the checkpoint ----------------------------------------------------------------


def in_state(folder, text):
    connection = sqlite3.connect(folder / "load" / "state.db")
    with connection:
        connection.execute(text)
        assert connection.total_changes > 0
    connection.close()


@kind("status = 2", "status = 3", "status = 4", "status = 0", "offset = offset + 1",
      "length = length - 1", "records = records + 1", "key = zeroblob(32)",
      "ambiguous = 1 - ambiguous", "already = 5", "refused = 5", "sum = sum + 1",
      "segment = segment + 1", "id = id + 100")  # fmt: skip
def batch_row(folder, change):
    which = "max(id)" if "= 0" not in change else "min(id)"
    in_state(folder, f"UPDATE _load_batch SET {change} WHERE id ="
                     f" (SELECT {which} FROM _load_batch)")


@kind("first", "last", "all", "done")
def batches_deleted(folder, which):
    where = {"first": "id = 1", "all": "1", "done": "status = 2",
             "last": "id = (SELECT max(id) FROM _load_batch)"}[which]
    in_state(folder, f"DELETE FROM _load_batch WHERE {where}")


@kind()
def all_of_a_segment_deleted(folder, _):
    for table, column in (("attempt", "batch"), ("batch", "id")):
        in_state(folder, f"DELETE FROM _load_{table} WHERE {column} IN (SELECT id"
                         " FROM _load_batch WHERE segment = 1)")
    in_state(folder, "DELETE FROM _load_segment WHERE id = 1")


@kind(*range(1, SEGMENTS + 1))
def segment_row(folder, number):
    in_state(folder, f"UPDATE _load_segment SET sha256 = '{number:064}'"
                     f" WHERE id = {number}")


@kind("deleted", "exchanged")
def segment_rows(folder, how):
    if how == "deleted":
        in_state(folder, "DELETE FROM _load_segment WHERE id = 2")
        return
    in_state(folder, "UPDATE _load_segment SET id = 99 WHERE id = 1")
    in_state(folder, "UPDATE _load_segment SET id = 1 WHERE id = 2")
    in_state(folder, "UPDATE _load_segment SET id = 2 WHERE id = 99")


@kind("added", "lost")
def attempts(folder, how):
    if how == "added":
        in_state(folder, "INSERT INTO _load_attempt(batch, begun) VALUES(999, 'x')")
    else:
        in_state(folder, "DELETE FROM _load_attempt WHERE id = 1")


@kind()
def refusal_added(folder, _):
    in_state(folder, "INSERT INTO _load_refused(segment, offset, length, http,"
                     " batch, added) VALUES(1, 0, 9, 400, 1, '')")


@kind("version", "target")
def meta_row(folder, name):
    in_state(folder, f"UPDATE _load_meta SET value = 'x' WHERE name = '{name}'")


@kind("version", "target")
def meta_row_deleted(folder, name):
    in_state(folder, f"DELETE FROM _load_meta WHERE name = '{name}'")


@kind("meta", "segment", "batch", "attempt", "refused", "staging")
def table_dropped(folder, name):
    connection = sqlite3.connect(folder / "load" / "state.db")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(f"DROP TABLE _load_{name}")
    connection.commit()
    connection.close()


@kind()
def staging_row(folder, _):
    in_state(folder, "UPDATE _load_staging SET digest = 'x'")


@kind(0, 20, 100, 3000, 5000)
def state_cut(folder, size):
    os.truncate(folder / "load" / "state.db", size)


@kind(0, 17, 18, 30, 60, 103, 4096, 8192)
def state_overwritten(folder, at):
    with open(folder / "load" / "state.db", "r+b") as file:
        file.seek(at)
        file.write(b"\xff" * 40)


@kind("text", "other", "folder")
def state_replaced(folder, how):
    path = folder / "load" / "state.db"
    path.unlink()
    if how == "text":
        path.write_text("no database\n" * 500)
    elif how == "folder":
        path.mkdir()
    else:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t(x)")
        connection.close()


# --- the tests -----------------------------------------------------------------------


def test_there_are_two_hundred_kinds():
    assert len(KINDS) >= 200


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    """A staging, half of it loaded, and the server that took it."""
    folder = tmp_path_factory.mktemp("half")
    staging = folder / "staging"
    make_staging(staging, map(logon_row, range(600)), per_segment=600 // SEGMENTS)
    name_source(staging)
    server = IngestServer(folder / "server")
    server.start()
    server.control(faults=[{"do": "status", "status": 503, "from": 4}])
    done = load(*server.load_options, "-j1", "--max-wait", "0", staging, env=server.env)
    assert done.returncode == 5
    assert len(server.accepted()) == 300
    server.control(faults=[])
    yield server, staging
    server.kill()


def name_source(staging):
    """Something to tamper with."""
    manifest = json.loads((staging / "manifest.json").read_text())
    manifest["run"] = {"host": "HOST"}
    write_manifest(staging, manifest)


@pytest.mark.parametrize("tamper, value", KINDS)
def test_nothing_is_sent(half, tmp_path, tamper, value):
    server, original = half
    staging = tmp_path / "staging"
    shutil.copytree(original, staging, symlinks=True)
    tamper(staging, value)
    before = len(server.journal())
    done = load(*server.load_options, "-j1", staging, env=server.env, timeout=60)
    assert done.returncode in (1, 2), done.stderr
    assert done.stderr.count("evtxload: ") >= 1
    assert len(server.journal()) == before, done.stderr


def test_the_first_of_several_damaged_segments_is_named(tmp_path):
    """Segments are verified side by side, which nobody may see in a message."""
    staging = tmp_path / "staging"
    make_staging(staging, map(logon_row, range(600)), per_segment=100)
    flip(segment(staging, 6), 10)
    for first in (5, 3, 2, 1):
        segment(staging, first).write_bytes(b"short")
        for words in (["plan", "--dry-run"], ["plan"], ["push"]):
            target = ["--target", f"sqlite:{tmp_path}/a.db"]
            done = load(words[0], *target, *words[1:], staging)
            assert done.returncode == 1
            assert f"segments/{first:06}.ndjson does not have the size" in done.stderr
            assert done.stderr.count("segments/") == 1


def test_what_was_not_touched_is_loaded(half, tmp_path):
    server, original = half
    staging = tmp_path / "staging"
    shutil.copytree(original, staging, symlinks=True)
    before = len(server.accepted())
    done = load(*server.load_options, staging, env=server.env)
    assert done.returncode == 0, done.stderr
    assert len(server.accepted()) == before + 300


def test_evtxstage_seals_its_manifest(tmp_path):
    """Canonical JSON with the digest of all the rest."""
    staging = tmp_path / "staging"
    logs = os.path.join(ROOT, "testdata")
    words = ["-s", "any", "-q", "-o", str(staging), logs]
    assert run([program("tools", "evtxstage"), *words]).status in (0, 3)
    text = (staging / "manifest.json").read_bytes()
    manifest = json.loads(text)
    assert canonical(manifest) == text
    digest = manifest.pop("digest")
    assert digest == hashlib.sha256(canonical(manifest)).hexdigest()
    target = ["--target", f"sqlite:{tmp_path}/a.db"]
    assert load(*target, staging).returncode == 0
    (staging / "manifest.json").write_bytes(text.replace(b'"host":', b'"most":'))
    done = load(*target, staging)
    assert done.returncode == 1 and "digest does not match" in done.stderr


# --- many at once ----------------------------------------------------------------------


@pytest.mark.slow
def test_of_a_hundred_at_once_one_works(make_ingest, tmp_path):  # noqa: F811
    make_staging(tmp_path / "s", map(logon_row, range(200)), per_segment=20)
    server = make_ingest()
    # Slow enough that the winner is at work until the last has started.
    words = [*server.load_options, "--tpslimit", "0.5", "-q", tmp_path / "s"]
    crowd = [load_start(*words, env=server.env) for _ in range(100)]
    lost = [p for p in crowd if wait(p, 60) == 11]
    assert len(lost) == 99
    assert all("another evtxload" in p.stderr.read() for p in lost)
    (winner,) = (p for p in crowd if p not in lost)
    assert wait(winner, 60) == 0
    assert len(server.accepted()) == 200
    assert len(server.journal("token")) == 1
    for process in crowd:
        process.stdout.close()
        process.stderr.close()


def wait(process, seconds):
    return process.wait(seconds)
