# SPDX-License-Identifier: Apache-2.0
"""scripts/backfill end to end, with the service away in the middle.

Real programs, TLS, and a service that acknowledges two batches, answers 503,
vanishes altogether, and comes back. Every record must arrive, and only those
whose answer was lost may be there twice.

The normal run has the outage in the middle, the full run also a longer one.
"""

import os
import subprocess
import time

import pytest
from ingest_fixtures import (  # noqa: F401
    ingest_certs,
    ingest_server_tls,
    make_ingest,
)

import check_delivery

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
# The build folder; the source itself where nothing else is said.
BUILD = os.path.abspath(os.environ.get("EVTX_BUILDDIR", TOP))
TOOLS = os.path.join(BUILD, "tools")
MKEVTX = os.path.join(BUILD, "tests", "mkevtx", "mkevtx")
NEEDED = [os.path.join(TOOLS, "evtxstage"), os.path.join(TOOLS, "evtxload"), MKEVTX]
RECORDS = 5000

pytestmark = pytest.mark.skipif(
    not all(map(os.path.exists, NEEDED)),
    reason="evtxstage, evtxload and mkevtx are not built in " + BUILD,
)

CONFIG = """\
# A job as a timer would call it.
staging = {staging}
event_set = all
target = sentinel
endpoint = {url}
dcr = {dcr}
stream = {stream}
ca_file = {ca}
tenant_id = {tenant}
client_id = {client}
authority_host = {url}
secret_file = {secret}
load_jobs = 2
max_wait = 1
wait = 1
tries = {tries}
"""


class Job:
    def __init__(self, folder, server):
        self.folder = folder
        self.server = server
        self.staging = folder / "staging"
        self.secret = folder / "secret"
        self.secret.write_text(server.secret + "\n")
        self.secret.chmod(0o600)
        self.input = folder / "logs"
        self.input.mkdir()
        subprocess.run(
            [MKEVTX, "--events", "4624,4625,4688", "--count", str(RECORDS),
             "-o", self.input / "Security.evtx"],
            check=True,
        )  # fmt: skip

    def start(self, tries):
        server = self.server
        config = self.folder / "job.conf"
        text = CONFIG.format(
            staging=self.staging, url=server.url, dcr=server.dcr,
            stream=server.stream, ca=server.certs.ca, tenant=server.tenant,
            client=server.client_id, secret=self.secret, tries=tries,
        )  # fmt: skip
        config.write_text(text)
        env = {n: v for n, v in os.environ.items() if not n.startswith("AZURE_")}
        env.update(BACKFILL_BIN=TOOLS, EVTXLOAD_RETRY_DELAY="0.1")
        return subprocess.Popen(
            [os.path.join(TOP, "scripts", "backfill"), config, self.input],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def finish(self, process):
        """(exit status, last line of the summary)."""
        out, err = process.communicate(timeout=120)
        assert err == ""
        return process.returncode, out.splitlines()[-1]

    def delivery(self):
        (folder,) = (p for p in self.staging.iterdir() if p.is_dir())
        return check_delivery.check(folder, self.server.accepted_file)


@pytest.fixture
def job(tmp_path, ingest_server_tls):  # noqa: F811
    return Job(tmp_path, ingest_server_tls)


def await_journal(server, count, patience=60):
    """Wait until so many uploads have been answered."""
    limit = time.monotonic() + patience
    while len(server.journal("ingest")) < count:
        assert time.monotonic() < limit
        time.sleep(0.05)


def attempts(job):
    """How often the job has started the loader."""
    (log,) = job.staging.glob("*.log")
    return log.read_text().count("push: exit ")


def await_attempts(job, count, patience=60):
    limit = time.monotonic() + patience
    while not list(job.staging.glob("*.log")) or attempts(job) < count:
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_without_trouble(job):
    status, last = job.finish(job.start(tries=1))
    assert (status, last.split(";")[0]) == (0, "backfill: done (exit 0)")
    counts = job.delivery()
    assert counts["staged"] == counts["accepted"] == RECORDS
    assert check_delivery.verdict(counts, 0) == 0
    requests = len(job.server.journal("ingest"))
    assert requests > 4
    # The timer fires again: nothing is left to do.
    assert job.finish(job.start(tries=1))[0] == 0
    assert len(job.server.journal("ingest")) == requests


def test_outage_in_the_middle(job):
    server = job.server
    server.control(faults=[{"do": "status", "status": 503, "from": 3}])
    process = job.start(tries=30)
    await_journal(server, 4)
    # Busy until the loader has given up once, then away, then back.
    await_attempts(job, 1)
    server.kill()
    await_attempts(job, attempts(job) + 2)
    assert process.poll() is None
    server.start()
    status, last = job.finish(process)
    assert (status, last.split(";")[0]) == (0, "backfill: done (exit 0)")
    counts = job.delivery()
    # A 503 says that nothing was kept, and a refused connection that nothing
    # was sent: no answer was lost, so nothing may be doubled.
    assert (counts["staged"], counts["accepted"]) == (RECORDS, RECORDS)
    assert check_delivery.verdict(counts, 0) == 0


@pytest.mark.slow
def test_outage_longer_than_the_job_and_lost_answers(job):
    server = job.server
    drop = {"do": "drop-answer", "at": 3}
    away = {"do": "status", "status": 503, "from": 4}
    server.control(faults=[drop, away])
    status, last = job.finish(job.start(tries=2))
    assert status == 5
    assert "run again to resume" in last
    first = job.delivery()
    assert 0 < first["accepted"] < RECORDS
    (lost,) = (
        entry
        for entry in server.journal("ingest")
        if entry.get("fault") == "drop-answer"
    )
    server.control(outage=False)
    assert job.finish(job.start(tries=2))[0] == 0
    counts = job.delivery()
    assert counts["lost"] == counts["altered"] == counts["foreign"] == 0
    assert counts["doubled"] == lost["stored"] > 0


def test_wrong_secret_stops_at_once(job):
    job.secret.write_text("wrong\n")
    status, last = job.finish(job.start(tries=30))
    assert status == 7
    assert "the target refuses us" in last
    assert job.server.journal("ingest") == []
    assert job.delivery()["lost"] == RECORDS
    for path in job.staging.rglob("*"):
        assert path.is_dir() or b"wrong\n" not in path.read_bytes()
