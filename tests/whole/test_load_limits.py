# SPDX-License-Identifier: Apache-2.0
"""evtxload keeps the limits it is given, and those of the service.

The normal run measures one rate of calls and of bytes in real time; the unit
tests have the arithmetic of all limits (tests/unit/test_load_times.c).
"""

import datetime
import json
import random
import time

import pytest
from ingest_fixtures import make_ingest  # noqa: F401
from load_run import load, load_json, one, query
from load_staging import logon_row, make_staging, record_key


@pytest.fixture
def staging(tmp_path):
    """Thirty batches, one of each segment, that compress badly."""
    dice = random.Random(5)
    rows = [
        logon_row(n, CommandLine=dice.randbytes(1000).hex()) for n in range(300)
    ]
    make_staging(tmp_path / "staging", rows, per_segment=10)
    return tmp_path / "staging"


def push(server, *words, status=0, env=None):
    return load_json(
        *server.load_options, *words, env=dict(server.env, **(env or {})),
        status=status,
    )  # fmt: skip


def ingests(server):
    return sorted(server.journal("ingest"), key=lambda entry: entry["started"])


def arrivals(server):
    return [entry["started"] for entry in ingests(server)]


def keys(server):
    return sorted(row["RecordKey_CF"] for row in server.accepted())


def all_keys(count):
    return sorted(record_key(n) for n in range(count))


def busiest_second(times):
    return max(sum(t <= other < t + 1 for other in times) for t in times)


# --- calls a second ------------------------------------------------------------


@pytest.mark.parametrize(
    "jobs",
    [pytest.param(1, marks=pytest.mark.slow), 5,
     pytest.param(16, marks=pytest.mark.slow)],
)
def test_calls_a_second(make_ingest, staging, jobs):  # noqa: F811
    server = make_ingest()
    push(server, "--tpslimit", 10, "-j", jobs, staging)
    times = arrivals(server)
    assert len(times) == 30
    assert times[-1] - times[0] >= 2.7
    # One more than ten: what was sent in time may arrive a little late.
    assert busiest_second(times) <= 11
    assert keys(server) == all_keys(300)


@pytest.mark.slow
def test_a_fraction_of_a_call(make_ingest, tmp_path):  # noqa: F811
    make_staging(tmp_path / "s", map(logon_row, range(4)), per_segment=2)
    server = make_ingest()
    push(server, "--tpslimit", 0.5, tmp_path / "s")
    first, second = arrivals(server)
    assert 1.9 <= second - first < 4


@pytest.mark.slow
def test_attempts_that_fail_count_too(make_ingest, staging, tmp_path):  # noqa: F811
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps([{"do": "status", "status": 500, "every": 2}]))
    server = make_ingest("--faults", str(faults))
    push(server, "--tpslimit", 20, "--retry-delay", 0, staging)
    times = arrivals(server)
    assert len(times) > 40
    # Without the limit hundreds arrive in a second. Two more than twenty: what
    # was sent in time may arrive late.
    assert busiest_second(times) <= 22


# --- bytes a second --------------------------------------------------------------


def test_bytes_a_second(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    report = push(server, "--bwlimit", "100k", staging)
    times = arrivals(server)
    last = report["bytes_sent"] / 30
    assert report["bytes_sent"] > 250000
    # The last one need not have been paid for.
    assert times[-1] - times[0] >= (report["bytes_sent"] - 1.5 * last) / 100000
    assert keys(server) == all_keys(300)


@pytest.mark.slow
def test_a_body_is_paced_from_its_beginning(make_ingest, staging, tmp_path):  # noqa: F811
    """One body as large as three seconds: it must not leave in one burst, and
    the time that it takes is no timeout."""
    dice = random.Random(6)
    rows = [logon_row(n, CommandLine=dice.randbytes(1000).hex()) for n in range(200)]
    make_staging(tmp_path / "one", rows)
    server = make_ingest()
    began = time.monotonic()
    report = push(server, "--bwlimit", "80k", "--timeout", "1", tmp_path / "one")
    took = time.monotonic() - began
    assert len(ingests(server)) == 1
    assert took >= 0.7 * report["bytes_sent"] / 80000
    assert report["ambiguous"]["batches"] == 0
    assert keys(server) == all_keys(200)


# --- bytes and time of a run -------------------------------------------------------


def test_a_run_ends_before_its_bytes_are_passed(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    report = push(server, "--max-transfer", "50k", staging, status=5)
    assert 30000 < report["bytes_sent"] <= 50000
    assert "--max-transfer" in report["error"] and "run again" in report["error"]
    assert report["ambiguous"]["batches"] == 0
    assert report["acked"]["records"] == len(server.accepted()) > 0
    runs = 1
    while report["left"]["records"]:
        done = load(
            *server.load_options, "--max-transfer", "100k", "--json", staging,
            env=server.env,
        )  # fmt: skip
        report = json.loads(done.stdout)
        runs += 1
        assert done.returncode == (5 if report["left"]["records"] else 0)
        assert runs < 10
    assert keys(server) == all_keys(300)


def test_a_limit_that_no_batch_fits(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    report = push(server, "--max-transfer", 100, staging, status=5)
    assert report["requests"] == 0
    assert ingests(server) == []


def test_a_run_ends_by_time_and_is_taken_up(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    words = ["--tpslimit", 8, staging]
    began = time.monotonic()
    report = push(server, "--max-duration", "1s", *words, status=5)
    assert 1 <= time.monotonic() - began < 4
    assert "--max-duration" in report["error"]
    # What was in flight could land.
    assert report["ambiguous"]["batches"] == 0
    assert 0 < report["acked"]["batches"] < 30
    push(server, staging)
    assert keys(server) == all_keys(300)


def test_a_run_into_a_database_ends_by_time(tmp_path):
    make_staging(tmp_path / "s", map(logon_row, range(40000)), per_segment=100)
    words = ["--target", f"sqlite:{tmp_path}/a.db", tmp_path / "s"]
    report = load_json("--max-duration", "0.05", *words, status=5)
    assert "--max-duration" in report["error"]
    assert load_json(*words)["acked"]["records"] == 40000


def test_limits_from_environment_and_file(make_ingest, staging, tmp_path):  # noqa: F811
    server = make_ingest()
    env = {"EVTXLOAD_MAX_TRANSFER": "40000"}
    assert push(server, staging, status=5, env=env)["bytes_sent"] <= 40000
    target = {
        "type": "sentinel", "endpoint": server.url, "dcr": server.dcr,
        "stream": server.stream, "max_transfer": 30000, "tpslimit": 1000,
    }  # fmt: skip
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"targets": {"t": target}}))
    words = ["--insecure-http", "--config", config, "--target", "t", staging]
    assert load_json(*words, env=server.env, status=5)["bytes_sent"] <= 30000


# --- times ---------------------------------------------------------------------------


def days_ago(days):
    when = datetime.datetime.now(datetime.timezone.utc)
    when -= datetime.timedelta(days=days)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def timed_rows():
    times = [days_ago(d) for d in (0, 1, 1.99, 2.01, 9, 400, -0.9, -1.1)]
    return [
        logon_row(n, TimeGenerated=t, TimeCreated_CF=t)
        for n, t in enumerate(times)
    ]


def test_times_that_will_be_replaced_are_counted(make_ingest, tmp_path):  # noqa: F811
    sent = timed_rows()
    make_staging(tmp_path / "s", sent)
    server = make_ingest()
    report = push(server, tmp_path / "s")
    assert report["restamped"] == 4
    assert report["restamped_without_time_created"] == 0
    # Told, not changed.
    rows = {row["RecordKey_CF"]: row for row in server.accepted()}
    assert rows == {row["RecordKey_CF"]: row for row in sent}


def test_the_count_stands_in_the_text(make_ingest, tmp_path):  # noqa: F811
    make_staging(tmp_path / "s", timed_rows())
    server = make_ingest()
    done = load(*server.load_options, tmp_path / "s", env=server.env)
    assert "restamped  4 records" in done.stderr
    assert "TimeCreated_CF" in done.stderr


def test_refused_times_stop_the_run_before_the_first_byte(
    make_ingest, tmp_path  # noqa: F811
):
    make_staging(tmp_path / "s", timed_rows())
    server = make_ingest()
    report = push(server, "--time-policy", "refuse", tmp_path / "s", status=2)
    assert "4 records" in report["error"]
    assert server.journal() == []
    push(server, "--time-policy", "keep", tmp_path / "s")
    assert len(server.accepted()) == 8
    # Nothing is left that could be refused.
    push(server, "--time-policy", "refuse", tmp_path / "s")


def test_young_times_are_not_refused(make_ingest, tmp_path):  # noqa: F811
    make_staging(tmp_path / "s", timed_rows()[:3])
    server = make_ingest()
    report = push(server, "--time-policy", "refuse", tmp_path / "s")
    assert report["restamped"] == 0 and len(server.accepted()) == 3


def test_a_true_time_that_would_be_lost(make_ingest, tmp_path):  # noqa: F811
    rows = timed_rows()
    del rows[4]["TimeCreated_CF"]
    del rows[0]["TimeCreated_CF"]
    # A text that only looks like the column.
    rows[4]["Account"] = 'x","TimeCreated_CF":"2024-01-01'
    make_staging(tmp_path / "s", rows)
    server = make_ingest()
    report = push(server, tmp_path / "s")
    assert report["restamped_without_time_created"] == 1


# --- long values ---------------------------------------------------------------------


def test_values_that_will_be_cut_are_counted(make_ingest, tmp_path):  # noqa: F811
    rows = [
        logon_row(0, CommandLine="x" * 65536),
        logon_row(1, CommandLine="x" * 65537),
        logon_row(2, CommandLine="é" * 32769, Message="y" * 70000),
        logon_row(3, CommandLine="\"\\" * 32768),
        logon_row(4, CommandLine="\x01" * 65537),
        logon_row(5, A="z" * 40000, B="z" * 40000),
        logon_row(6, Data={"a": ["w" * 40000, "w" * 40000]}),
        logon_row(7, Data={"a": "w" * 20000}, B="v" * 50000),
    ]
    make_staging(tmp_path / "s", rows)
    server = make_ingest()
    report = push(server, tmp_path / "s")
    assert (report["truncated"], report["truncated_fields"]) == (4, 5)
    # The server counts for itself.
    assert sum(e.get("cut_values", 0) for e in ingests(server)) == 5


# --- the span of a batch --------------------------------------------------------------


def span_of(entries):
    times = [
        datetime.datetime.strptime(row["TimeGenerated"][:19], "%Y-%m-%dT%H:%M:%S")
        for row in entries
    ]
    return (max(times) - min(times)).total_seconds()


def test_no_batch_spans_more_than_told(make_ingest, tmp_path):  # noqa: F811
    rows = [logon_row(n * 60) for n in range(400)]
    rows[100], rows[50] = rows[50], rows[100]
    make_staging(tmp_path / "s", rows)
    server = make_ingest()
    report = push(server, "--batch-span", "30m", tmp_path / "s")
    places = query(
        tmp_path / "s" / "load" / "state.db",
        "SELECT offset, length FROM _load_batch",
    )
    data = (tmp_path / "s" / "segments" / "000001.ndjson").read_bytes()
    spans = [
        span_of(map(json.loads, data[o : o + n].splitlines())) for o, n in places
    ]
    assert 1700 < max(spans) <= 1800
    assert 400 / 31 <= len(spans) == report["total"]["batches"] < 25
    assert len(server.accepted()) == 400


def test_without_a_span_a_batch_takes_any_times(make_ingest, tmp_path):  # noqa: F811
    make_staging(tmp_path / "s", [logon_row(n * 60) for n in range(400)])
    server = make_ingest()
    push(server, tmp_path / "s")
    state = tmp_path / "s" / "load" / "state.db"
    assert one(state, "SELECT count(*) FROM _load_batch") == 1


# --- rows without a key ------------------------------------------------------------


@pytest.mark.parametrize("keyed", [True, False])
def test_doubles_are_found_with_and_without_a_key(make_ingest, tmp_path, keyed):  # noqa: F811
    rows = [logon_row(n, EventRecordId=str(n)) for n in range(20)]
    for row in rows:
        if not keyed:
            del row["RecordKey_CF"]
    make_staging(tmp_path / "s", rows)
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps([{"do": "drop-answer", "at": 1}]))
    server = make_ingest("--faults", str(faults))
    report = push(server, "--retry-delay", 0, tmp_path / "s")
    assert report["ambiguous"]["records"] == 20
    query = (tmp_path / "s" / "load" / "doubles.kql").read_text()
    by = "RecordKey_CF" if keyed else \
        "Computer, Channel, EventRecordId, TimeCreated_CF"
    assert f"| summarize Copies = count() by {by}\n" in query
    copies = {}
    for row in server.accepted():
        copy = tuple(row[name] for name in by.split(", "))
        copies[copy] = copies.get(copy, 0) + 1
    assert len(copies) == 20 and set(copies.values()) == {2}
