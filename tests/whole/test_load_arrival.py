# SPDX-License-Identifier: Apache-2.0
"""evtxload --time-policy arrival: the time of sending, the same in each attempt."""

import collections
import datetime
import json
import time

import pytest
from ingest_fixtures import make_ingest  # noqa: F401
from load_run import load, load_json
from load_staging import logon_row, make_staging

QUICK = ["--retry-delay", "0.05", "-j", "1"]
ARRIVAL = ["--time-policy", "arrival"]


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def hours_ago(hours):
    when = now() - datetime.timedelta(hours=hours)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def rows(ages):
    times = [hours_ago(h) for h in ages]
    return [
        logon_row(n, TimeGenerated=t, TimeCreated_CF=t)
        for n, t in enumerate(times)
    ]


def times_of(server):
    """The times under which each record was accepted, in order."""
    found = collections.defaultdict(list)
    for row in server.accepted():
        found[row["RecordKey_CF"]].append(row["TimeGenerated"])
    return found


def as_time(text):
    assert text.endswith(".0000000Z")
    return datetime.datetime.fromisoformat(text[:19] + "+00:00")


@pytest.fixture
def serve(make_ingest, tmp_path):  # noqa: F811
    def start(*faults):
        path = tmp_path / "faults.json"
        path.write_text(json.dumps(faults))
        return make_ingest("--faults", str(path))

    return start


def push(server, *words, status=0):
    return load_json(
        *server.load_options, *QUICK, *words, env=server.env, status=status
    )


def test_all_rows_get_the_time_of_sending(serve, tmp_path):
    sent = rows([0, 2, 47, 49, 9000, -30])
    make_staging(tmp_path / "s", sent)
    server = serve()
    began = now().replace(microsecond=0)
    report = push(server, *ARRIVAL, tmp_path / "s")
    assert report["stamped"] == 6 and report["restamped"] == 0
    accepted = server.accepted()
    (stamp,) = {row["TimeGenerated"] for row in accepted}
    assert began <= as_time(stamp) <= now()
    # Nothing else of a row changes.
    for row, was in zip(accepted, sent):
        assert {**row, "TimeGenerated": was["TimeGenerated"]} == was


def test_the_only_time_of_a_row_is_kept(serve, tmp_path):
    sent = rows([3, 100])
    for row in sent:
        del row["TimeCreated_CF"]
    make_staging(tmp_path / "s", sent)
    server = serve()
    report = push(server, *ARRIVAL, tmp_path / "s")
    assert report["stamped"] == 0
    assert report["restamped_without_time_created"] == 1
    assert server.accepted() == sent


@pytest.mark.parametrize("later", [[], ARRIVAL])
def test_a_batch_that_may_have_arrived_is_sent_again_as_it_was(
    serve, tmp_path, later
):
    """Also by another run, a second later, whatever its policy."""
    make_staging(tmp_path / "s", rows([100] * 20), per_segment=10)
    server = serve({"do": "status", "status": 500, "accept": True})
    report = push(server, *ARRIVAL, "--max-wait", "0.01", tmp_path / "s",
                  status=5)  # fmt: skip
    assert report["ambiguous"]["batches"] > 0
    first = times_of(server)
    lines = (tmp_path / "s" / "load" / "ambiguous.ndjson").read_text()
    told = {json.loads(x)["time_generated"] for x in lines.splitlines()}
    assert {t[:19] + "Z" for ts in first.values() for t in ts} == told
    time.sleep(1.1)
    server.control(faults=[])
    push(server, *later, tmp_path / "s")
    every = times_of(server)
    assert len(every) == 20
    for key, stamps in first.items():
        assert len(every[key]) > len(stamps) and set(every[key]) == set(stamps)
    new = {every[key][0] for key in every.keys() - first.keys()}
    assert new.isdisjoint(t for ts in first.values() for t in ts)


def test_a_batch_sent_with_its_own_times_is_sent_again_with_them(serve, tmp_path):
    sent = rows([100] * 10)
    make_staging(tmp_path / "s", sent)
    server = serve({"do": "status", "status": 500, "accept": True})
    push(server, "--max-wait", "0.01", tmp_path / "s", status=5)
    server.control(faults=[])
    push(server, *ARRIVAL, tmp_path / "s")
    accepted = server.accepted()
    assert len(accepted) >= 20
    assert all(row in sent for row in accepted)


def test_a_batch_that_was_turned_away_gets_a_new_time(serve, tmp_path):
    make_staging(tmp_path / "s", rows([100] * 10))
    server = serve({"do": "status", "status": 503})
    push(server, *ARRIVAL, "--max-wait", "0.01", tmp_path / "s", status=5)
    time.sleep(1.1)
    server.control(faults=[])
    again = now().replace(microsecond=0)
    push(server, *ARRIVAL, tmp_path / "s")
    (stamp,) = {row["TimeGenerated"] for row in server.accepted()}
    assert as_time(stamp) >= again


def test_the_plan_counts_rows_by_age(tmp_path):
    make_staging(tmp_path / "s", rows([0, 0.5, 2, 47, 49, 9000, 9000, -30]))
    words = ["plan", "--target", "sentinel", tmp_path / "s"]
    report = load_json(*words)
    assert report["older_than_48h"] == 3
    assert report["from_1h_to_48h"] == 2
    assert report["younger_than_1h"] == 2
    assert report["over_24h_ahead"] == 1
    assert report["restamped"] == 4 and report["stamped"] == 0
    report = load_json(*words, *ARRIVAL)
    assert report["restamped"] == 0 and report["stamped"] == 8
    told = load(*words).stderr
    assert "3 over 48 h old, 2 from 1 to 48 h, 2 younger, 1 over 24 h ahead" in told
    assert "the time of sending" in load(*words, *ARRIVAL).stderr


def test_what_makes_no_sense_is_refused(tmp_path):
    make_staging(tmp_path / "s", rows([0]))
    done = load("plan", "--target", "sentinel", "--time-policy", "then",
                tmp_path / "s")  # fmt: skip
    assert done.returncode == 2 and "keep, refuse or arrival" in done.stderr
    done = load("plan", "--target", f"sqlite:{tmp_path}/a.db", *ARRIVAL,
                tmp_path / "s")  # fmt: skip
    assert done.returncode == 2 and "does not work with sqlite" in done.stderr
