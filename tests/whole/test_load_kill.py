# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at random instants of an upload, then run again until it is done:
nothing is lost, and what is there twice was reported. Into SQLite nothing is
there twice.

EVTX_KILLS is the number of kills for each number of requests in flight and for
SQLite; make kill-test makes 1000 of each.

The normal run kills with 4 requests in flight, the full run with 1, 4 and 16
and into SQLite; make kill-test does so at 1,000 instants.
"""

import os
import random
import subprocess
import time

import pytest
from ingest_fixtures import SERVER  # noqa: F401
from ingest_process import IngestServer
from load_matrix import PER_BATCH, Field
from load_run import PROGRAM, clean_env, load, load_json, one
from load_staging import logon_row, make_staging

KILLS = int(os.environ.get("EVTX_KILLS", "13"))
BATCHES = 100


@pytest.fixture
def field(tmp_path):
    server = IngestServer(tmp_path / "server").start()
    yield Field(server, tmp_path)
    server.kill()


def start(words, env):
    return subprocess.Popen(
        words, env=clean_env(env),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def killed(words, env, seconds):
    """Whether a kill after so long found it at work."""
    process = start(words, env)
    time.sleep(seconds)
    process.kill()
    return process.wait() == -9


def duration(run):
    began = time.monotonic()
    assert run() == 0
    return time.monotonic() - began


@pytest.mark.parametrize(
    "jobs",
    [pytest.param(1, marks=pytest.mark.kill), 4,
     pytest.param(16, marks=pytest.mark.kill)],
)
def test_killed_while_it_sends(field, jobs):
    dice = random.Random(jobs)
    whole = duration(lambda: field.trial(jobs=jobs, batches=BATCHES).run().status)
    kills = 0
    while kills < KILLS:
        trial = field.trial(jobs=jobs, batches=BATCHES)
        mine = 0
        # As long as the rest may take; it gets shorter with every run.
        while kills < KILLS and mine < 12:
            seconds = dice.uniform(0, whole * 0.6)
            if not killed(trial.command(), field.server.env, seconds):
                break
            kills += 1
            mine += 1
        done = trial.run()
        assert done.status == 0, done.told
        counts = trial.check(killed=True)
        assert counts["doubled"] <= mine * jobs * PER_BATCH


def has_primary_key(database):
    return one(database, "SELECT count(*) FROM pragma_table_info('SecurityEvent') WHERE pk") == 1


def check_that_complete_is_complete(database):
    """A load that has nothing left has compared its keys."""
    status = load_json("status", "--target", f"sqlite:{database}")
    loaded = status["total"]["records"] > 0
    assert not loaded or status["left"]["records"] > 0 or has_primary_key(database)
    if database.exists():
        assert one(database, "PRAGMA integrity_check") == "ok"


@pytest.mark.kill
def test_killed_while_it_writes_rows(tmp_path):
    dice = random.Random(7)
    rows = 6000
    staging = tmp_path / "staging"
    make_staging(staging, [logon_row(n) for n in range(rows)], per_segment=100)

    def words(name):
        return ["--target", f"sqlite:{tmp_path}/{name}.db", staging]

    whole = duration(lambda: load(*words("whole")).returncode)
    kills = 0
    trial = 0
    while kills < KILLS:
        trial += 1
        command = [PROGRAM, *map(str, words(trial))]
        database = tmp_path / f"{trial}.db"
        for _ in range(12):
            if kills == KILLS or not killed(command, {}, dice.uniform(0, whole)):
                break
            kills += 1
            if kills % 2:
                check_that_complete_is_complete(database)
        done = load(*words(trial))
        assert done.returncode == 0, done.stderr
        check_that_complete_is_complete(database)
        assert has_primary_key(database)
        for what in ("*", "DISTINCT RecordKey_CF"):
            text = f"SELECT count({what}) FROM SecurityEvent"
            assert one(database, text) == rows
        # A batch that was written twice would have met its own rows.
        assert one(database, "SELECT sum(already) FROM _load_batch") == 0
