# SPDX-License-Identifier: Apache-2.0
"""evtxload probe: would the target take records?"""

import json

import pytest
from ingest_fixtures import ingest_certs, make_ingest  # noqa: F401
from load_run import load, load_json


def probe(server, *words, env=None, status=0):
    merged = dict(server.env, **(env or {}))
    return load_json("probe", *server.load_options, *words, env=merged, status=status)


def steps(report):
    return [(s["step"], s["good"], s.get("http")) for s in report["steps"]]


def test_all_is_well(make_ingest, ingest_certs):  # noqa: F811
    server = make_ingest(certs=ingest_certs)
    report = probe(server)
    assert steps(report) == [("token", True, 200), ("empty", True, 204)]
    assert server.accepted() == []
    assert len(server.journal("ingest")) == 1
    assert "words" not in report["steps"][0]


def test_one_marked_row_on_request(make_ingest):  # noqa: F811
    server = make_ingest()
    report = probe(server, "--row")
    assert steps(report)[2] == ("row", True, 204)
    (row,) = server.accepted()
    assert row["RecordKey_CF"] == report["row_key"]
    assert "probe" in row["Computer"] and "no event" in row["Activity"]
    # Each has a key of its own.
    assert probe(server, "--row")["row_key"] != report["row_key"]


def test_in_words(make_ingest):  # noqa: F811
    server = make_ingest()
    done = load("probe", "--row", *server.load_options, env=server.env)
    assert done.returncode == 0
    assert done.stdout.count("ok ") == 3 and "search" in done.stdout


BAD = [
    (401, 7, "AZURE_AUTHORITY_HOST"),
    (403, 7, "Monitoring Metrics Publisher"),
    (403, 7, "30 minutes"),
    (404, 7, "--dcr"),
    (404, 7, "not the name"),
    (302, 7, "--endpoint"),
    (503, 5, "503"),
    (429, 5, "429"),
    (400, 7, "400"),
]


@pytest.mark.parametrize("answer, status, text", BAD)
def test_what_helps(make_ingest, tmp_path, answer, status, text):  # noqa: F811
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps([{"do": "status", "status": answer, "every": 1}]))
    server = make_ingest("--faults", str(faults))
    report = probe(server, "--row", status=status)
    assert steps(report) == [("token", True, 200), ("empty", False, answer)]
    assert text in report["error"]
    assert len(server.journal("ingest")) == 1


def test_a_missing_role_in_the_words_of_the_service(make_ingest):  # noqa: F811
    server = make_ingest()
    server.control(deny=[server.dcr])
    report = probe(server, status=7)
    assert "Monitoring Metrics Publisher" in report["error"]
    assert "immutable" in report["steps"][1]["words"]


TOKENS = [
    ({"AZURE_CLIENT_SECRET": "wrong"}, "its value"),
    ({"AZURE_CLIENT_ID": "00000000-1111-2222-3333-444444444444"}, "AZURE_CLIENT_ID"),
    ({"AZURE_TENANT_ID": "00000000-1111-2222-3333-444444444444"}, "AZURE_TENANT_ID"),
]


@pytest.mark.parametrize("env, text", TOKENS)
def test_no_token(make_ingest, env, text):  # noqa: F811
    server = make_ingest()
    report = probe(server, env=env, status=7)
    assert [s["good"] for s in report["steps"]] == [False]
    assert text in report["error"]
    assert server.journal("ingest") == []


def test_a_peer_nobody_vouches_for_gets_nothing(make_ingest, ingest_certs):  # noqa: F811
    server = make_ingest(certs=ingest_certs, leaf="unknown-ca")
    report = probe(server, status=7)
    assert steps(report) == [("token", False, None)]
    assert server.journal("token") == server.journal("ingest") == []


def test_nobody_there(make_ingest):  # noqa: F811
    server = make_ingest()
    server.stop()
    assert probe(server, status=5)["steps"][0]["good"] is False
