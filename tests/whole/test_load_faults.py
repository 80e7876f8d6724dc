# SPDX-License-Identifier: Apache-2.0
"""Disk and memory that fail at the n-th call: evtxload never crashes, never
says 0 with data missing, names the file and the reason, and the next run
completes it.

The normal run fails a few calls of each kind, the full run all of them.
"""

import errno
import os

import pytest
from fault_runs import fault, names, numbers, run_failing
from ingest_fixtures import SERVER  # noqa: F401
from ingest_process import IngestServer
from load_matrix import Field
from load_run import PROGRAM, clean_env, load, one
from load_staging import logon_row, make_staging

ROWS = 40
# What may end a run that met such a fault: never a signal, never "usage".
FAILED = {1, 5}


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    server = IngestServer(folder / "server").start()
    yield Field(server, folder)
    server.kill()


# (call, errno, for ever)
DISK = [
    ("pwrite", errno.ENOSPC, True),
    ("pwrite", errno.ENOSPC, False),
    ("pwrite", errno.EIO, False),
    ("pwrite", errno.EINTR, False),
    ("pwrite", 0, False),
    ("write", errno.ENOSPC, True),
    ("write", errno.EIO, False),
    ("write", 0, False),
    ("fsync", errno.EIO, False),
    ("fsync", errno.ENOSPC, True),
    ("open", errno.ENOSPC, False),
    ("open", errno.EIO, True),
    ("rename", errno.EIO, False),
    ("mkdir", errno.ENOSPC, False),
    ("ftruncate", errno.EIO, False),
]
MEMORY = [("malloc", errno.ENOMEM, False), ("malloc", errno.ENOMEM, True)]
FAULTS = DISK + MEMORY
NORMAL = {
    "sqlite": ["pwrite-ENOSPC-always", "fsync-EIO", "write-EIO", "open-ENOSPC",
               "rename-EIO", "mkdir-ENOSPC"],
    "service": ["write-EIO", "rename-EIO", "ftruncate-EIO", "mkdir-ENOSPC"],
}  # fmt: skip


def tried(target):
    for name, what in zip(names(FAULTS), FAULTS):
        marks = [] if name in NORMAL[target] else [pytest.mark.faults]
        yield pytest.param(*what, id=name, marks=marks)


def must_be_told(done, number, what):
    """A failure has a sentence, and one of the disk its file and reason."""
    assert done.returncode in FAILED or done.returncode == 0, (what, done)
    if done.returncode == 0 or number in (0, errno.EINTR):
        return
    assert done.stderr.startswith("evtxload: "), (what, done.stderr)
    if number != errno.ENOMEM:
        assert "/" in done.stderr or "ndjson" in done.stderr, (what, done.stderr)


@pytest.mark.parametrize("call, number, always", tried("sqlite"))
def test_into_sqlite(shim, tmp_path, call, number, always):
    staging = tmp_path / "staging"
    make_staging(staging, [logon_row(n) for n in range(ROWS)], per_segment=10)
    how = fault(call, number, always)
    for n in numbers():
        database = tmp_path / f"{n}.db"
        words = ["--target", f"sqlite:{database}", str(staging)]
        done, met = run_failing(
            [PROGRAM, *words], clean_env(), shim, str(tmp_path / "told"), at=n, **how
        )
        must_be_told(done, number, (call, n))
        if done.returncode == 0:
            assert one(database, "SELECT count(*) FROM SecurityEvent") == ROWS
        if not met:
            break
        again = load(*words)
        assert again.returncode == 0, (n, done.stderr, again.stderr)
        assert one(database, "SELECT count(*) FROM SecurityEvent") == ROWS
        for name in os.listdir(tmp_path):
            if name.startswith(database.name):
                os.unlink(tmp_path / name)
    assert n > 1 or call in ("mkdir", "rename", "ftruncate", "write")


@pytest.mark.parametrize("call, number, always", tried("service"))
def test_to_a_service(shim, field, tmp_path, call, number, always):
    how = fault(call, number, always)
    for n in numbers():
        trial = field.trial({"do": "drop-answer", "at": 2}, jobs=2, batches=3)
        done, met = run_failing(
            trial.command(), clean_env(field.server.env), shim, str(tmp_path / "told"),
            at=n, **how,
        )  # fmt: skip
        trial.told += done.stderr
        must_be_told(done, number, (call, n))
        if done.returncode == 0:
            trial.check(killed=True)
        if not met:
            break
        trial.heal()
        again = trial.run()
        assert again.status == 0, (n, done.stderr, again.told)
        trial.check(killed=True)
    assert n > 1 or call in ("mkdir", "rename", "ftruncate")
