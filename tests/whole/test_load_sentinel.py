# SPDX-License-Identifier: Apache-2.0
"""evtxload against the test server of the Logs Ingestion API.

Kills, and what waits for seconds, are in the full run only; the unit tests of
load/ have the same with a clock of their own.
"""

import json
import os
import random
import signal
import sqlite3
import time

import pytest
from ingest_fixtures import ingest_certs, make_ingest  # noqa: F401
from load_run import load, load_json, load_start, one, query
from load_staging import logon_row, make_staging, record_key, write_manifest

QUICK = ["--retry-delay", "0.05"]


@pytest.fixture
def staging(tmp_path):
    """Eight batches: a batch never spans segments."""
    folder = tmp_path / "staging"
    make_staging(folder, [logon_row(n) for n in range(400)], per_segment=50)
    return folder


@pytest.fixture
def serve(make_ingest, tmp_path):  # noqa: F811
    """serve(FAULT, ...) starts a server with these faults."""

    def start(*faults, options=(), **more):
        path = tmp_path / "faults.json"
        path.write_text(json.dumps(faults))
        return make_ingest("--faults", str(path), *options, **more)

    return start


def push(server, *words, env=None, **more):
    merged = dict(server.env, **(env or {}))
    return load(*server.load_options, *QUICK, *words, env=merged, **more)


def push_json(server, *words, status=0):
    return load_json(
        *server.load_options, *QUICK, *words, env=server.env, status=status
    )


def keys(server):
    return [row["RecordKey_CF"] for row in server.accepted()]


def all_keys(count):
    return sorted(record_key(n) for n in range(count))


def ingests(server):
    return server.journal("ingest")


def ambiguous_keys(staging, state):
    """The records of the batches that the state calls ambiguous."""
    manifest = json.loads((staging / "manifest.json").read_text())
    names = {s["sha256"]: s["name"] for s in manifest["segments"]}
    found = set()
    for sha256, offset, length in query(
        state / "state.db",
        "SELECT sha256, offset, length FROM _load_batch b JOIN _load_segment s"
        " ON s.id = b.segment WHERE ambiguous AND status <> 4",
    ):
        data = (staging / names[sha256]).read_bytes()[offset : offset + length]
        found |= {json.loads(x)["RecordKey_CF"] for x in data.splitlines()}
    return found


# --- what goes right ---------------------------------------------------------


def test_everything_arrives_once_over_tls(serve, ingest_certs, staging):  # noqa: F811
    server = serve(certs=ingest_certs)
    report = push_json(server, staging)
    assert sorted(keys(server)) == all_keys(400)
    assert report["acked"] == report["total"]
    assert report["total"]["batches"] == 8
    assert report["ambiguous"]["batches"] == 0
    assert len(server.journal("token")) == 1


def test_again_sends_nothing(serve, staging):
    server = serve()
    assert push(server, staging).returncode == 0
    assert push(server, staging).returncode == 0
    assert len(ingests(server)) == 8
    assert push(server, staging, "--error-if-empty").returncode == 4


def test_batches_fill_the_limit_and_never_pass_it(serve, tmp_path):
    rows = [logon_row(n, CommandLine="x" * 5000) for n in range(800)]
    make_staging(tmp_path / "s", rows, per_segment=800)
    server = serve()
    report = push_json(server, tmp_path / "s")
    assert sorted(keys(server)) == all_keys(800)
    assert report["total"]["batches"] == 5
    sizes = [
        length + 1
        for length, in query(
            tmp_path / "s" / "load" / "state.db", "SELECT length FROM _load_batch"
        )
    ]
    assert max(sizes) <= 1000000
    assert sorted(sizes)[1] > 1000000 - 6000


def test_a_record_over_the_limit_is_refused_and_told(serve, tmp_path):
    empty = len(json.dumps(logon_row(1, CommandLine=""), separators=(",", ":")))
    fits = 1000000 - 2 - empty
    rows = [
        logon_row(0),
        logon_row(1, CommandLine="x" * fits),
        logon_row(2, CommandLine="x" * (fits + 1)),
        logon_row(3),
    ]
    make_staging(tmp_path / "s", rows)
    server = serve()
    report = push_json(server, tmp_path / "s", status=6)
    assert sorted(keys(server)) == sorted(record_key(n) for n in (0, 1, 3))
    assert report["refused"] == 1
    status = load_json("status", tmp_path / "s")
    assert "over the target's limit" in status["refusals"][0]["reason"]


def test_several_requests_are_in_flight_but_not_more(serve, staging):
    server = serve({"do": "status", "status": 204, "accept": True, "first": 0})
    push(server, staging, "-j", "3")
    assert 1 <= server.control()["in_flight_most"] <= 3


@pytest.mark.slow
def test_a_token_that_ends_is_renewed_in_time(serve, tmp_path):
    make_staging(tmp_path / "s", [logon_row(n) for n in range(60)], per_segment=1)
    server = serve(
        {"do": "status", "status": 503, "every": 5}, options=["--token-lifetime", "2"]
    )
    done = push(server, tmp_path / "s", "-j", "1", "--retry-delay", "0.4")
    assert done.returncode == 0, done.stderr
    assert sorted(keys(server)) == all_keys(60)
    assert len(server.journal("token")) > 1
    assert all(entry["status"] != 401 for entry in ingests(server))


# --- what is tried again -----------------------------------------------------

TRANSIENT = [408, 429, 500, 502, 503, 504]


@pytest.mark.parametrize("status", TRANSIENT)
def test_a_temporary_refusal_is_tried_again(serve, staging, status):
    server = serve({"do": "status", "status": status, "first": 3})
    report = push_json(server, staging)
    assert sorted(keys(server)) == all_keys(400)
    assert report["retries"] == 3
    # A gateway that fails cannot know whether the batch was stored.
    unsure = status in (500, 502, 504)
    assert report["ambiguous"]["batches"] == (3 if unsure else 0)


@pytest.mark.slow
@pytest.mark.parametrize("wait", ["1", "@date+2"])
def test_a_429_pauses_everything(serve, tmp_path, wait):
    make_staging(tmp_path / "s", [logon_row(n) for n in range(40)], per_segment=1)
    server = serve(
        {"do": "status", "status": 429, "headers": {"Retry-After": wait}, "at": 7}
    )
    done = push(server, tmp_path / "s", "-j", "2")
    assert done.returncode == 0, done.stderr
    entries = ingests(server)
    refused = next(i for i, e in enumerate(entries) if e["status"] == 429)
    # One other request may have been under way.
    later = entries[refused + 2 :]
    least = 0.95
    assert min(e["started"] for e in later) - entries[refused]["started"] >= least
    assert sorted(keys(server)) == all_keys(40)


def test_a_wait_without_end_is_not_waited_for(serve, staging):
    server = serve(
        {"do": "status", "status": 429, "headers": {"Retry-After": "99999999999"}}
    )
    began = time.monotonic()
    done = push(server, staging, "-j", "1")
    assert done.returncode == 5
    assert time.monotonic() - began < 10
    assert "--max-wait" in done.stderr
    assert len(ingests(server)) == 1


def test_an_outage_without_end_ends(serve, staging):
    server = serve({"do": "status", "status": 503})
    done = push(server, staging, "--max-wait", "1")
    assert done.returncode == 5
    assert "503" in done.stderr
    server.control(outage=False)
    assert push(server, staging).returncode == 0
    assert sorted(keys(server)) == all_keys(400)


@pytest.mark.slow
def test_no_server_at_all(serve, staging):
    server = serve()
    server.stop()
    done = push(server, staging, "--max-wait", "1")
    assert done.returncode == 5
    server.start()
    report = push_json(server, staging)
    assert report["ambiguous"]["batches"] == 0
    assert sorted(keys(server)) == all_keys(400)


LOST = [
    {"do": "drop-answer"},
    {"do": "status", "status": 200, "accept": True},
    {"do": "half-status"},
    {"do": "close"},
    {"do": "reset-after"},
    {"do": "short-body", "status": 200},
    {"do": "huge-headers"},
    {"do": "hang"},
    {"do": "drip"},
]


PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
GARBAGE = [
    {"do": "garbage"},
    {"do": "garbage", "body": PREFACE},
    {"do": "garbage", "body": "HTTP/2 204\r\n\r\n"},
    {"do": "garbage", "body": "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"},
    {"do": "garbage", "body": "HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n"},
    {"do": "garbage", "body": "HTTP/1.1 042 Odd\r\nContent-Length: 0\r\n\r\n"},
]


@pytest.mark.parametrize("fault", GARBAGE)
def test_garbage_after_the_request_is_ambiguous(serve, tmp_path, fault):
    make_staging(tmp_path / "s", [logon_row(n) for n in range(40)], per_segment=20)
    server = serve(dict(fault, at=1, accept=True))
    report = push_json(server, tmp_path / "s", "-j", "1")
    arrived = keys(server)
    assert sorted(set(arrived)) == all_keys(40) and len(arrived) == 60
    assert report["ambiguous"] == {
        "batches": 1, "records": 20, "bytes": report["ambiguous"]["bytes"]}
    assert report["acked"]["records"] == 40


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault["do"])
def test_an_answer_that_is_lost_is_ambiguous(serve, staging, fault):
    server = serve(dict(fault, at=[2, 5]))
    report = push_json(server, staging, "--timeout", "1")
    arrived = keys(server)
    assert sorted(set(arrived)) == all_keys(400)
    assert 1 <= report["ambiguous"]["batches"] <= 2
    doubled = {key for key in arrived if arrived.count(key) > 1}
    assert doubled <= ambiguous_keys(staging, staging / "load")


def test_a_refusal_with_an_endless_body_needs_little_memory(serve, staging):
    server = serve({"do": "huge-body", "status": 500, "at": 2})
    assert push(server, staging).returncode == 0
    assert sorted(keys(server)) == all_keys(400)


# --- what is split, and what is refused --------------------------------------


def test_413_halves_until_it_fits(serve, staging):
    server = serve({"do": "status", "status": 413, "larger_than": 5000})
    report = push_json(server, staging)
    assert sorted(keys(server)) == all_keys(400)
    assert report["total"]["batches"] > 8
    assert report["refused"] == 0


@pytest.mark.parametrize("status", [400, 413])
def test_a_single_bad_record_is_found_and_told(serve, staging, status):
    words = {"error": {"code": "Odd", "message": "not this one"}}
    server = serve(
        {"do": "status", "status": status, "contains": record_key(123), "body": words}
    )
    report = push_json(server, staging, status=6)
    assert sorted(keys(server)) == sorted(set(all_keys(400)) - {record_key(123)})
    assert report["refused"] == 1
    assert report["left"]["records"] == 0
    refusal = load_json("status", staging)["refusals"][0]
    assert refusal["reason"] == "Odd: not this one"
    assert refusal["http"] == status
    before = len(ingests(server))
    assert push(server, staging).returncode == 6
    assert len(ingests(server)) == before


# --- who is refused ----------------------------------------------------------


def test_one_401_costs_one_token(serve, staging):
    server = serve({"do": "status", "status": 401, "at": 3})
    assert push(server, staging).returncode == 0
    assert sorted(keys(server)) == all_keys(400)
    assert len(server.journal("token")) == 2


def test_401_for_ever_stops_after_one_new_token(serve, staging):
    server = serve({"do": "status", "status": 401})
    done = push(server, staging)
    assert done.returncode == 7
    assert "AZURE_AUTHORITY_HOST" in done.stderr
    assert len(server.journal("token")) == 2


@pytest.mark.slow
def test_a_revoked_token_is_replaced_in_mid_run(serve, tmp_path):
    make_staging(tmp_path / "s", [logon_row(n) for n in range(80)], per_segment=1)
    server = serve({"do": "status", "status": 503, "every": 4})
    process = load_start(
        *server.load_options, "--retry-delay", "0.2", "-j", "1", tmp_path / "s",
        env=server.env,
    )  # fmt: skip
    time.sleep(0.6)
    server.control(revoke=True)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert sorted(keys(server)) == all_keys(80)


@pytest.mark.parametrize(
    "status, hint",
    [(403, "Monitoring Metrics Publisher"), (404, "--dcr"), (302, "--endpoint"),
     (501, "not an ingestion endpoint"), (505, "not an ingestion endpoint")],
)  # fmt: skip
def test_a_refusal_stops_at_once_with_a_hint(serve, staging, status, hint):
    server = serve(
        {"do": "status", "status": status, "headers": {"Location": "http://127.0.0.1:9/"}}
    )
    done = push(server, staging, "-j", "1")
    assert done.returncode == 7
    assert hint in done.stderr
    assert len(ingests(server)) == 1


def test_a_wrong_secret(serve, staging):
    server = serve()
    done = push(server, staging, env={"AZURE_CLIENT_SECRET": "not it at all"})
    assert done.returncode == 7
    assert "AZURE_CLIENT_ID" in done.stderr
    assert "not it at all" not in done.stderr
    assert ingests(server) == []


def test_a_token_endpoint_that_is_away(serve, staging):
    server = serve({"on": "token", "do": "status", "status": 503, "first": 2})
    assert push(server, staging).returncode == 0
    server = serve({"on": "token", "do": "hang"})
    done = push(server, staging, "--timeout", "1", "--max-wait", "1",
                "--state", staging.parent / "other")  # fmt: skip
    assert done.returncode == 5
    assert ingests(server) == []


@pytest.mark.parametrize(
    "leaf", ["wrong-host", "expired", "not-yet-valid", "unknown-ca"]
)
def test_a_server_that_cannot_prove_itself_gets_nothing(
    serve, ingest_certs, staging, leaf  # noqa: F811
):
    server = serve(certs=ingest_certs, leaf=leaf)
    done = push(server, staging, "--max-wait", "2")
    assert done.returncode == 7, done.stderr
    assert ingests(server) == server.journal("token") == []


def test_plain_http_goes_nowhere_but_home(serve, staging):
    server = serve()
    words = ["--endpoint", "http://ingest.example"]
    done = push(server, staging, *words)
    assert done.returncode == 2 and "https" in done.stderr
    done = push(server, staging, env={"AZURE_AUTHORITY_HOST": "http://login.example"})
    assert done.returncode == 2 and "AZURE_AUTHORITY_HOST" in done.stderr
    assert server.journal() == []
    assert "not encrypted" in push(server, staging).stderr


def test_secrets_stay_secret(serve, staging):
    server = serve(
        {"do": "status", "status": 503, "first": 1},
        {"on": "token", "do": "status", "status": 500, "first": 1,
         "body": {"error": "x", "error_description": "the secret of the test server"}},
    )  # fmt: skip
    done = push(server, staging, "-v")
    assert done.returncode == 0
    state = (staging / "load" / "state.db").read_bytes()
    for place in (done.stderr, done.stdout, state.decode("latin-1")):
        assert server.secret not in place
        assert "Bearer" not in place


# --- killed, locked, and other states ----------------------------------------


@pytest.mark.kill
@pytest.mark.parametrize("jobs", [1, 5])
def test_killed_anywhere_and_run_again(serve, tmp_path, jobs):
    staging = tmp_path / "s"
    make_staging(staging, [logon_row(n) for n in range(3000)], per_segment=15)
    server = serve()
    words = [*server.load_options, *QUICK, "-j", jobs, staging]
    dice = random.Random(jobs)
    resumed = 0
    for _ in range(20):
        process = load_start(*words, env=server.env)
        time.sleep(dice.uniform(0, 0.12))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        resumed += sent_but_unanswered(staging)
    report = load_json(*words, env=server.env)
    arrived = keys(server)
    assert sorted(set(arrived)) == all_keys(3000)
    doubled = {key for key in arrived if arrived.count(key) > 1}
    assert doubled <= ambiguous_keys(staging, staging / "load")
    assert len(arrived) - 3000 <= 20 * jobs * 15
    assert report["ambiguous"]["batches"] > 0
    assert report["ambiguous"]["batches"] <= resumed <= 20 * jobs


def sent_but_unanswered(staging):
    path = staging / "load" / "state.db"
    if not path.exists():
        return 0
    return one(path, "SELECT count(*) FROM _load_batch WHERE status = 1")


def test_a_signal_ends_it_within_a_moment(serve, staging):
    server = serve({"do": "hang", "from": 3})
    process = load_start(*server.load_options, staging, env=server.env)
    time.sleep(0.7)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130, told
    assert time.monotonic() - began < 5
    server.control(outage=False)
    report = push_json(server, staging)
    assert sorted(set(keys(server))) == all_keys(400)
    assert report["ambiguous"]["batches"] == 5


def test_a_second_loader_is_locked_out(serve, staging):
    server = serve({"do": "hang", "first": 1})
    first = load_start(*server.load_options, staging, env=server.env)
    while not (staging / "load" / "state.db").exists():
        time.sleep(0.01)
    others = [push(server, staging).returncode for _ in range(10)]
    # The state can be looked at meanwhile.
    assert load_json("status", staging)["total"]["records"] == 400
    first.kill()
    first.communicate()
    assert others == [11] * 10
    server.control(outage=False)
    assert push(server, staging).returncode == 0


def test_a_state_belongs_to_one_staging(serve, staging, tmp_path):
    server = serve()
    state = tmp_path / "state"
    assert push(server, staging, "--state", state).returncode == 0
    make_staging(tmp_path / "other", [logon_row(n) for n in range(9)])
    done = push(server, tmp_path / "other", "--state", state)
    assert done.returncode == 2
    assert "another staging" in done.stderr
    done = push(server, staging, "--state", state, "--stream", "Custom-Other")
    assert done.returncode == 2
    assert "another target" in done.stderr
    assert sorted(keys(server)) == all_keys(400)


def test_a_staging_that_changed_under_its_state(serve, staging):
    server = serve({"do": "status", "status": 503, "from": 3})
    assert push(server, staging, "--max-wait", "1").returncode == 5
    manifest = json.loads((staging / "manifest.json").read_text())
    manifest["event_set"]["name"] = "common"
    write_manifest(staging, manifest)
    server.control(outage=False)
    before = len(ingests(server))
    assert push(server, staging).returncode == 2
    assert len(ingests(server)) == before


def test_several_stagings_share_a_state(serve, tmp_path):
    server = serve()
    for name, numbers in (("a", range(30)), ("b", range(30, 50))):
        make_staging(tmp_path / name, [logon_row(n) for n in numbers])
    both = [tmp_path / "a", tmp_path / "b"]
    done = push(server, *both)
    assert done.returncode == 2 and "--state" in done.stderr
    assert push(server, *both, "--state", tmp_path / "st").returncode == 0
    assert sorted(keys(server)) == all_keys(50)


def damage_flip(path):
    """One byte of each page but the first, where SQLite puts content first."""
    data = bytearray(path.read_bytes())
    for end in range(2 * 4096, len(data) + 1, 4096):
        data[end - 10] ^= 0xFF
    path.write_bytes(data)


def damage_truncate(path):
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def damage_empty(path):
    os.truncate(path, 0)


def damage_other(path):
    path.write_bytes(b"something else" * 1000)


@pytest.mark.parametrize(
    "damage", [damage_flip, damage_truncate, damage_empty, damage_other]
)
def test_a_damaged_checkpoint_is_refused_not_restarted(serve, staging, damage):
    server = serve()
    assert push(server, staging).returncode == 0
    damage(staging / "load" / "state.db")
    done = push(server, staging)
    assert done.returncode == 1, done.stderr
    assert len(ingests(server)) == 8


def test_a_flipped_status_is_noticed(serve, staging):
    """The bit that would make a batch that never arrived look done."""
    server = serve({"do": "status", "status": 503})
    push(server, staging, "--max-wait", "0")
    connection = sqlite3.connect(staging / "load" / "state.db")
    connection.execute("UPDATE _load_batch SET status = 2 WHERE id = 1")
    connection.commit()
    connection.close()
    server.control(outage=False)
    done = push(server, staging)
    assert done.returncode == 1 and "damaged" in done.stderr
    assert keys(server) == []


def test_a_tampered_segment_stops_it_before_the_first_byte(serve, staging):
    server = serve()
    path = staging / "segments" / "000008.ndjson"
    path.write_bytes(path.read_bytes().replace(b"HOST1", b"HOST2", 1))
    done = push(server, staging)
    assert done.returncode == 1
    assert "000008" in done.stderr
    assert server.journal() == []
