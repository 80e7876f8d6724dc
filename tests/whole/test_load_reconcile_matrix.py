# SPDX-License-Identifier: Apache-2.0
"""After a push under each fault, with kills of the push and of reconcile itself:
reconcile --resend ends with every key in the workspace, and names every double.
test_load_reconcile_online.py has one such run for the normal tests.
"""

import json
import signal
import time
from collections import Counter

import pytest
from ingest_fixtures import make_ingest  # noqa: F401
from load_run import load, load_json, load_start
from load_staging import logon_row, make_staging, record_key
from test_load_matrix import PASSING

LYING = {deed: {"do": deed} for deed in ("lose", "part", "double", "late")}
LYING["late"]["seconds"] = 0.5
FAULTS = {**LYING, **PASSING}
MOMENTS = {"first": {"first": 3}, "fifth": {"every": 5}, "third": {"every": 3}}

BATCHES = 16
PER_BATCH = 25
KEYS = BATCHES * PER_BATCH
QUICK = ["--retry-delay", "0.02", "--timeout", "1", "--max-wait", "10"]


def kill_after(seconds, *words, env):
    run = load_start(*words, env=env)
    time.sleep(seconds)
    run.send_signal(signal.SIGKILL)
    run.communicate()


@pytest.mark.matrix
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_every_key_is_there_at_the_end(make_ingest, tmp_path, fault, moment):  # noqa: F811
    server = make_ingest()
    staging = tmp_path / "staging"
    make_staging(staging, [logon_row(n) for n in range(KEYS)], per_segment=PER_BATCH)
    server.control(faults=[{**FAULTS[fault], **MOMENTS[moment]}])
    push = [*server.load_options, *QUICK, "-j", "2", "--tpslimit", "40", staging]
    for seconds in (0.1, 0.2):
        kill_after(seconds, *push, env=server.env)
    load(*push, env=server.env)
    sends = ["reconcile", *server.load_options[2:], *server.query_options, *QUICK,
             "--settle", "0.8", "--resend", staging]
    kill_after(1, *sends, env=server.env)
    for _ in range(4):
        if load(*sends, env=server.env).returncode == 0:
            break
    report = load_json(*sends, env=server.env)
    assert (report["missing"], report["resent"]) == (0, 0)
    with open(server.folder + "/stored.ndjson", encoding="ascii") as file:
        rows = Counter(json.loads(line)[1] for line in file)
    assert set(rows) == {record_key(n) for n in range(KEYS)}
    with open(staging / "load" / "reconcile.json", encoding="utf-8") as file:
        batches = json.load(file)["batches"]
    named = {d["key"]: d["rows"] for b in batches for d in b["double"]}
    assert named == {key: n for key, n in rows.items() if n > 1}
    assert load_json("status", staging)["left"]["records"] == 0
