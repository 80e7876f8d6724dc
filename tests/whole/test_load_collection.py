# SPDX-License-Identifier: Apache-2.0
"""evtxload collection.json, which skips rows that another staging has; and
loaders side by side, each with a part of the segments (--of)."""

import hashlib
import json
import random
import signal
import subprocess
import time

import pytest
from collection_tools import WORDS, duplicates, make_collection, make_shards, rewrite, rows_of, seal
from ingest_fixtures import make_ingest  # noqa: F401
from load_run import PROGRAM, clean_env, load, load_json, one, query
from load_staging import logon_row, make_staging, record_key

# --- stagings by evtxstage -------------------------------------------------------


@pytest.fixture
def shards(evtxstage, mkevtx, tmp_path):
    path, outs = make_shards(evtxstage, mkevtx, tmp_path)
    make_collection(evtxstage, path, outs, "--dedupe", "collection")
    return outs, tmp_path / "collection.json"


def test_each_event_is_loaded_once(make_ingest, shards, tmp_path):  # noqa: F811
    outs, collection = shards
    server = make_ingest()
    state = tmp_path / "state"
    report = load_json(*server.load_options, "--state", state, collection,
                       env=server.env)
    keys = [json.loads(row)["RecordKey_CF"] for out in outs for _, _, row in rows_of(out)]
    assert len(keys) == 1450 and len(set(keys)) == 1200
    assert sorted(r["RecordKey_CF"] for r in server.accepted()) == sorted(set(keys))
    assert report["new"] == 1200 and report["skipped"] == 250
    assert report["total"]["records"] == 1450 and report["left"]["records"] == 0
    digest = json.loads(collection.read_bytes())["digest"]
    assert report["collection"] == digest
    receipts = [json.loads(x) for x in (state / "receipts.ndjson").open()]
    assert receipts and all(r["collection"] == digest for r in receipts)
    assert sum(r["records"] for r in receipts) == 1200
    assert load_json("status", "--state", state)["skipped"] == 250
    assert "duplicates of the collection" in load("status", "--state", state).stdout
    # Again: nothing is left.
    again = load_json(*server.load_options, "--state", state, collection, env=server.env)
    assert again["requests"] == 0 and again["skipped"] == 250


def test_into_a_database(shards, tmp_path):
    outs, collection = shards
    database = tmp_path / "case.db"
    report = load_json("--target", f"sqlite:{database}", collection)
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 1200
    assert report["new"] == 1200 and report["skipped"] == 250
    assert report["already"] == report["repeated"] == 0
    # What was skipped are the later rows: those of the first staging are there.
    last = [i for i, rows in enumerate(duplicates(outs)) if rows]
    skipped = {x["digest"] for i, x in enumerate(
        json.loads(collection.read_bytes())["shards"]) if i in last}
    assert skipped
    assert load("--target", f"sqlite:{database}", collection).returncode == 0
    assert one(database, "SELECT count(*) FROM SecurityEvent") == 1200


def test_compressed_stagings(evtxstage, mkevtx, tmp_path):
    path, outs = make_shards(evtxstage, mkevtx, tmp_path,
                             words=(*WORDS, "--compress", "zstd"))
    make_collection(evtxstage, path, outs, "--dedupe", "collection")
    report = load_json("--target", f"sqlite:{tmp_path}/case.db", tmp_path / "collection.json")
    assert report["new"] == 1200 and report["skipped"] == 250
    assert one(tmp_path / "case.db", "SELECT count(*) FROM SecurityEvent") == 1200


def test_the_stagings_must_be_those_of_the_collection(shards, tmp_path):
    outs, collection = shards
    words = ("--target", f"sqlite:{tmp_path}/case.db", collection)
    skips = next((tmp_path / "collection.skip").iterdir())
    whole = skips.read_bytes()
    skips.write_bytes(whole[:-37])
    done = load(*words)
    assert done.returncode == 1 and "merge-check" in done.stderr
    skips.write_bytes(whole)
    rewrite(outs[1], lambda row: row.replace(b"host", b"hosu"))
    done = load(*words)
    assert done.returncode == 1 and "st-1 is not the staging" in done.stderr
    assert not (tmp_path / "case.db").exists()


def test_operands_that_are_refused(make_ingest, shards, tmp_path):  # noqa: F811
    outs, collection = shards
    server = make_ingest()
    for words, text in (((collection,), "--state"),
                        ((collection, outs[0], "--state", tmp_path / "l"), "nothing else"),
                        ((tmp_path / "none.json", "--state", tmp_path / "l"), "none.json")):
        done = load(*server.load_options, *words, env=server.env)
        assert done.returncode == 2 and text in done.stderr, done.stderr
    for text in ("ElfFile", "{} {}"):
        (tmp_path / "text").write_text(text)
        done = load("--target", f"sqlite:{tmp_path}/x.db", tmp_path / "text")
        assert done.returncode == 1
        assert "text is neither a staging directory nor a collection" in done.stderr
    (tmp_path / "text").write_text("{}")
    done = load("--target", f"sqlite:{tmp_path}/x.db", tmp_path / "text")
    assert done.returncode == 2 and "not a collection" in done.stderr


def test_a_load_that_began_before_the_shards_were_done(make_ingest, shards,  # noqa: F811
                                                       tmp_path):
    """Stagings loaded alone stay as they are; the rest is loaded without what the
    collection skips, and every event is there."""
    outs, collection = shards
    server = make_ingest()
    common = (*server.load_options, "--state", tmp_path / "l")
    late = max(i for i, rows in enumerate(duplicates(outs)) if rows)
    assert load(*common, outs[late], env=server.env).returncode == 0
    report = load_json(*common, collection, env=server.env)
    keys = {json.loads(row)["RecordKey_CF"] for out in outs for _, _, row in rows_of(out)}
    assert {r["RecordKey_CF"] for r in server.accepted()} == keys
    assert report["left"]["records"] == 0 and report["total"]["records"] == 1450
    assert report["new"] + report["skipped"] == 1450
    receipts = [json.loads(x) for x in (tmp_path / "l" / "receipts.ndjson").open()]
    assert {"collection" in r for r in receipts} == {True, False}


# --- stagings by hand: many segments and batches -----------------------------------


def make_parts(folder, rows_of_parts, skips, per_segment=10):
    """A collection of stagings; skips: the numbers of the rows of each that are
    skipped."""
    shards = []
    for i, (rows, skip) in enumerate(zip(rows_of_parts, skips)):
        out = folder / f"part-{i}"
        make_staging(out, rows, per_segment=per_segment)
        manifest = json.loads((out / "manifest.json").read_bytes())
        lines = [b"%08d %016d %010d\n" % (segment, at, len(row))
                 for n, (segment, at, row) in enumerate(rows_of(out)) if n in skip]
        shard = {"shard": i, "staging": out.name, "digest": manifest["digest"]}
        if lines:
            (folder / "c.skip").mkdir(exist_ok=True)
            (folder / "c.skip" / f"{i}.skip").write_bytes(b"".join(lines))
            shard["skip"] = {"name": f"c.skip/{i}.skip", "rows": len(lines),
                             "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
        shards.append(shard)
    seal(folder / "c.json", {"format": "evtxstage collection 1", "shards": shards})
    return folder / "c.json"


def keys_of(server):
    return sorted(row["RecordKey_CF"] for row in server.accepted())


def expected(numbers):
    return sorted(record_key(n) for n in numbers)


@pytest.mark.parametrize("faults", [
    [], [{"do": "status", "status": 413, "first": 3}],
    [{"do": "status", "status": 413, "larger_than": 1500}],
    [{"do": "status", "status": 400, "larger_than": 1500}],
], ids=["plain", "split", "split-often", "trial"])
@pytest.mark.parametrize("seed", range(3))
def test_batches_with_skipped_rows(make_ingest, tmp_path, faults, seed):  # noqa: F811
    """Scattered rows, whole segments, first and last rows; split batches."""
    dice = random.Random(seed)
    skips = [set(dice.sample(range(200), 60)) | set(range(40, 60)) | {0, 199},
             set(range(100)), set()]
    rows = [[logon_row(1000 * i + n) for n in range(200 - 100 * (i == 1))] for i in range(3)]
    collection = make_parts(tmp_path, rows, skips, per_segment=20)
    path = tmp_path / "faults.json"
    path.write_text(json.dumps(faults))
    server = make_ingest(*(("--faults", str(path)) if faults else ()))
    words = (*server.load_options, "--state", tmp_path / "l", "--retry-delay", 0, collection)
    report = load_json(*words, env=server.env)
    kept = [1000 * i + n for i in range(3) for n in range(len(rows[i])) if n not in skips[i]]
    assert keys_of(server) == expected(kept)
    assert report["skipped"] == sum(map(len, skips)) and report["new"] == len(kept)
    assert report["total"]["records"] == 500
    plan = load_json("plan", *server.load_options, "--dry-run", collection, env=server.env)
    assert plan["left"]["records"] == len(kept) and plan["skipped"] == report["skipped"]
    assert plan["left"]["bytes"] == sum(
        len(row) for i in range(3)
        for n, (_, _, row) in enumerate(rows_of(tmp_path / f"part-{i}")) if n not in skips[i])
    database = tmp_path / "case.db"
    report = load_json("--target", f"sqlite:{database}", collection)
    assert report["new"] == len(kept) and report["skipped"] == sum(map(len, skips))
    assert [x[0] for x in query(
        database, "SELECT RecordKey_CF FROM SecurityEvent ORDER BY 1")] == expected(kept)


def test_dead_letters_between_skipped_rows(make_ingest, tmp_path):  # noqa: F811
    """Their place is that of the record alone, found again in the segment."""
    rows = [[logon_row(n, Account="x" * (1100000 if n in (0, 5) else 3)) for n in range(12)]]
    collection = make_parts(tmp_path, rows, [{1, 4, 6, 7}])
    server = make_ingest()
    report = load_json(*server.load_options, "--state", tmp_path / "l", collection,
                       env=server.env, status=6)
    assert report["refused"] == 2 and report["skipped"] == 4 and report["new"] == 6
    data = (tmp_path / "part-0" / "segments" / "000001.ndjson").read_bytes()
    found = [json.loads(x) for x in (tmp_path / "l" / "dead.ndjson").open()]
    for letter, n in zip(found, (0, 5)):
        line = data[letter["offset"]:letter["offset"] + letter["length"]]
        assert json.loads(line)["RecordKey_CF"] == record_key(n) == letter["record_key"]


def test_another_collection_is_not_mixed_in(make_ingest, tmp_path):  # noqa: F811
    rows = [[logon_row(n) for n in range(40)]]
    collection = make_parts(tmp_path, rows, [{1, 2, 25}])
    server = make_ingest()
    words = (*server.load_options, "--state", tmp_path / "l")
    assert load("plan", *words, collection, env=server.env).returncode == 0
    for other in (tmp_path / "part-0",):
        done = load(*words, other, env=server.env)
        assert done.returncode == 2 and "skips" in done.stderr, done.stderr
    (tmp_path / "c.skip" / "0.skip").write_bytes(b"%08d %016d %010d\n" % (
        1, 0, len(rows_of(tmp_path / "part-0")[0][2])))
    o = json.loads(collection.read_bytes())
    o["shards"][0]["skip"].update(rows=1, sha256=hashlib.sha256(
        (tmp_path / "c.skip" / "0.skip").read_bytes()).hexdigest())
    seal(tmp_path / "d.json", o)
    done = load(*words, tmp_path / "d.json", env=server.env)
    assert done.returncode == 2 and "skips" in done.stderr
    assert server.accepted() == []


def test_reconcile_knows_the_skipped_rows(make_ingest, tmp_path):  # noqa: F811
    rows = [[logon_row(n) for n in range(100)]]
    collection = make_parts(tmp_path, rows, [set(range(10, 45))], per_segment=30)
    server = make_ingest()
    words = (*server.load_options, "--state", tmp_path / "l")
    assert load(*words, collection, env=server.env).returncode == 0
    done = load("reconcile", *words, *server.query_options, "--settle", 1, collection,
                env=server.env)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "l" / "expected.json").read_bytes())["rows"] == 65


# --- loaders side by side ------------------------------------------------------------


def start(server, state, part, *words):
    return subprocess.Popen(
        [PROGRAM, *map(str, (*server.load_options, "--state", state, "--of", part, *words))],
        env=clean_env(server.env), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def test_parts_are_all_of_it(make_ingest, tmp_path):  # noqa: F811
    collection = make_parts(
        tmp_path, [[logon_row(1000 * i + n) for n in range(200)] for i in range(2)],
        [set(), set(range(0, 200, 3))])
    server = make_ingest()
    states = [tmp_path / f"l{i}" for i in range(3)]
    for i, state in enumerate(states):
        report = load_json(*server.load_options, "--state", state, "--of", f"{i}/3",
                           collection, env=server.env)
        assert 0 < report["total"]["records"] < 400
    kept = [n for n in range(200)] + [1000 + n for n in range(200) if n % 3]
    assert keys_of(server) == expected(kept)
    words = [word for state in states for word in ("--state", state)]
    total = load_json("status", *words)
    assert total["new"] == len(kept) and total["skipped"] == 67
    assert total["total"]["records"] == 400 and total["left"]["records"] == 0
    assert len(total["checkpoints"]) == 3
    text = load("status", *words).stdout
    assert all(str(state) in text for state in states) and "400 records" in text
    # The same folder is counted once; a loader without a checkpoint is named.
    assert load_json("status", *words, "--state", states[0])["total"] == total["total"]
    for order in (words + ["--state", tmp_path / "l3"], ["--state", tmp_path / "l3"] + words):
        done = load("status", *order)
        assert f"no checkpoint in {tmp_path / 'l3'}" in done.stderr
        assert "400 records" in done.stdout


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_two_loaders_and_one_is_killed(make_ingest, tmp_path, how):  # noqa: F811
    """Each row once, but for batches whose answer the kill lost: they are
    reported."""
    make_staging(tmp_path / "s", [logon_row(n) for n in range(300)], per_segment=10)
    server = make_ingest()
    states = [tmp_path / "l0", tmp_path / "l1"]
    words = ("--tpslimit", 100, tmp_path / "s")
    first, second = (start(server, s, f"{i}/2", *words) for i, s in enumerate(states))
    while len(server.journal("ingest")) < 5:
        time.sleep(0.01)
    first.send_signal(how)
    assert first.wait(20) == (143 if how == signal.SIGTERM else -signal.SIGKILL)
    assert second.wait(60) == 0, second.stderr.read()
    before = load_json("status", *(w for s in states for w in ("--state", s)))
    assert before["left"]["records"] > 0
    again = start(server, states[0], "0/2", *words)
    assert again.wait(60) == 0, again.stderr.read()
    total = load_json("status", *(w for s in states for w in ("--state", s)))
    assert total["total"]["records"] == 300 and total["left"]["records"] == 0
    rows = [r["RecordKey_CF"] for r in server.accepted()]
    assert sorted(set(rows)) == expected(range(300))
    assert len(rows) - 300 <= total["ambiguous"]["records"]
    if how == signal.SIGTERM:
        assert len(rows) == 300 and total["ambiguous"]["records"] == 0


def test_the_parts_share_the_limits(make_ingest, tmp_path):  # noqa: F811
    make_staging(tmp_path / "s", [logon_row(n) for n in range(120)], per_segment=5)
    server = make_ingest()
    runs = [start(server, tmp_path / f"l{i}", f"{i}/2", "--tpslimit", 20, tmp_path / "s")
            for i in range(2)]
    assert [r.wait(60) for r in runs] == [0, 0]
    times = sorted(entry["started"] for entry in server.journal("ingest"))
    assert len(times) == 24
    # Together they keep the limit that each was given.
    assert times[-1] - times[0] >= 0.9
    plans = [load_json("plan", *server.load_options, "--dry-run", "--tpslimit", 0.1, *of,
                       tmp_path / "s", env=server.env)
             for of in ((), ("--state", tmp_path / "p", "--of", "0/2"))]
    assert plans[0]["least_ms"] > 0


def test_parts_that_are_refused(make_ingest, tmp_path):  # noqa: F811
    make_staging(tmp_path / "s", [logon_row(n) for n in range(20)], per_segment=5)
    server = make_ingest()
    common = (*server.load_options, tmp_path / "s")
    state = ("--state", tmp_path / "l")
    for words, text in (((*state, "--of", "2/2"), "I/N"), ((*state, "--of", "x"), "I/N"),
                        ((*state, "--of", "0/0"), "I/N"), ((*state, "--of", "1"), "I/N"),
                        (("--of", "0/2"), "--state"),
                        ((*state, "--state", tmp_path / "m"), "only for status")):
        done = load(*common, *words, env=server.env)
        assert done.returncode == 2 and text in done.stderr, done.stderr
    done = load("--target", f"sqlite:{tmp_path}/a.db", "--of", "0/2", tmp_path / "s")
    assert done.returncode == 2 and "sqlite" in done.stderr
    assert load(*common, *state, "--of", "0/2", env=server.env).returncode == 0
    for words in ((), ("--of", "1/2"), ("--of", "0/3")):
        done = load(*common, *state, *words, env=server.env)
        assert done.returncode == 2 and "another --state" in done.stderr, done.stderr
    assert load(*common, "--state", tmp_path / "all", env=server.env).returncode == 0
    done = load(*common, "--state", tmp_path / "all", "--of", "0/2", env=server.env)
    assert done.returncode == 2 and "all segments" in done.stderr


def test_more_stagings_than_files_may_be_open(tmp_path):
    """The soft limit of open files is no limit of a collection."""
    collection = make_parts(tmp_path, [[logon_row(n)] for n in range(50)], [set()] * 50)
    done = subprocess.run(
        ["bash", "-c", 'ulimit -Sn 60 && exec "$@"', "-", PROGRAM, "--target",
         f"sqlite:{tmp_path}/x.db", collection], env=clean_env(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert one(tmp_path / "x.db", "SELECT count(*) FROM SecurityEvent") == 50
