# SPDX-License-Identifier: Apache-2.0
"""The real Azure SDK takes the test server for the service.

So the test server is no mere mirror of what evtxload happens to send.

In the full run only: the SDK comes from npm.
"""

import collections
import json
import os
import random
import shutil
import subprocess

import pytest
from ingest_fixtures import (  # noqa: F401
    ingest_certs,
    ingest_server_tls,
    make_ingest,
)

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SOURCE = os.path.join(TOP, "tests", "azure-sdk")

# npm is installed by scripts/setup --full.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


@pytest.fixture(scope="module")
def sdk(tmp_path_factory):
    """The folder in which the SDK is installed."""
    folder = SOURCE
    if not os.access(SOURCE, os.W_OK):
        folder = str(tmp_path_factory.mktemp("azure-sdk"))
    setup = os.path.join(TOP, "scripts", "setup-node")
    subprocess.run([setup, folder], check=True, timeout=600)
    return folder


@pytest.fixture
def run_upload(sdk, tmp_path):
    """run_upload(server, rows, **environment) -> completed process."""

    def run(server, rows, **environment):
        file = tmp_path / "rows.ndjson"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        node = os.path.join(sdk, "node_modules", ".node")
        words = [node, os.path.join(sdk, "upload.mjs")]
        words += [server.url, server.dcr, server.stream, str(file)]
        env = {**os.environ, **server.env}
        env.update(NODE_EXTRA_CA_CERTS=server.certs.ca, **environment)
        return subprocess.run(
            words, env=env, capture_output=True, text=True, timeout=120
        )

    return run


def make_rows(count):
    """Rows of uneven size, so that they fill several requests."""
    dice = random.Random(7)
    return [
        {
            "RecordKey_CF": f"{n:032x}",
            "TimeGenerated": f"2024-05-06T07:08:09.{n:07d}Z",
            "EventID": 4624,
            "Computer": f"höst-{n}",
            "CommandLine": "\U0001f600\\\"\t" * dice.randrange(400),
        }
        for n in range(count)
    ]


def test_every_record_arrives_once(ingest_server_tls, run_upload):  # noqa: F811
    server = ingest_server_tls
    rows = make_rows(1000)
    result = run_upload(server, rows)
    assert result.returncode == 0
    assert result.stdout.startswith("1000 records in ")
    keys = collections.Counter(r["RecordKey_CF"] for r in server.accepted())
    assert keys == collections.Counter(row["RecordKey_CF"] for row in rows)
    accepted = {row["RecordKey_CF"]: row for row in server.accepted()}
    assert list(map(accepted.get, sorted(accepted))) == rows
    entries = server.journal("ingest")
    assert [e["status"] for e in entries] == [204] * len(entries)
    assert len(entries) > 1
    assert len(server.journal("token")) == 1


def test_sdk_waits_and_tries_again(ingest_server_tls, run_upload):  # noqa: F811
    server = ingest_server_tls
    wait = {"Retry-After": "1"}
    rule = {"do": "status", "status": 429, "headers": wait, "first": 1}
    server.control(faults=[rule])
    assert run_upload(server, make_rows(10)).returncode == 0
    first, second = server.journal("ingest")
    assert (first["status"], second["status"]) == (429, 204)
    assert second["started"] - first["ended"] >= 1
    assert len(server.accepted()) == 10


def test_sdk_reports_a_missing_role(ingest_server_tls, run_upload):  # noqa: F811
    server = ingest_server_tls
    server.control(deny=[server.dcr])
    result = run_upload(server, make_rows(3))
    assert result.returncode == 1
    assert "403" in result.stderr
    assert server.accepted() == []


def test_sdk_reports_a_wrong_secret(ingest_server_tls, run_upload):  # noqa: F811
    server = ingest_server_tls
    result = run_upload(server, make_rows(3), AZURE_CLIENT_SECRET="wrong")
    assert result.returncode == 1
    assert "AADSTS7000215" in result.stderr
    assert server.journal("ingest") == []


def test_sdk_refuses_a_bad_certificate(
    make_ingest, ingest_certs, run_upload  # noqa: F811
):
    server = make_ingest(certs=ingest_certs, leaf="wrong-host")
    result = run_upload(server, make_rows(3))
    assert result.returncode == 1
    assert {entry["kind"] for entry in server.journal()} <= {"tls"}


def test_lock_file_is_exact_and_names_no_registry():
    with open(os.path.join(SOURCE, "package-lock.json"), encoding="utf-8") as file:
        packages = json.load(file)["packages"]
    asked = packages.pop("")["dependencies"]
    assert asked == {
        "@azure/identity": "4.14.1",
        "@azure/monitor-ingestion": "1.2.0",
        "oidc-provider": "9.13.3",
    }
    for package in packages.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package
