# SPDX-License-Identifier: Apache-2.0
"""check_delivery.py finds what a loader lost, changed or sent twice."""

import json
import os
import subprocess

import pytest
from ingest_client import get_token, rows_of, upload
from ingest_fixtures import SERVER, ingest_server, make_ingest  # noqa: F401

pytestmark = pytest.mark.of_tests

PROGRAM = os.path.join(SERVER, "check_delivery.py")


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def run(tmp_path):
    """run(staged rows, accepted text, ...) -> (exit status, counts)."""
    segments = tmp_path / "staging" / "segments"
    segments.mkdir(parents=True)

    def check(staged, accepted, *options):
        (segments / "000001.ndjson").write_text(lines(staged[:2]))
        (segments / "000002.ndjson").write_text(lines(staged[2:]))
        (tmp_path / "accepted").write_text(accepted)
        result = subprocess.run(
            ["/usr/bin/python3", PROGRAM, segments.parent,
             tmp_path / "accepted", *options],
            capture_output=True,
            check=False,
        )  # fmt: skip
        return result.returncode, json.loads(result.stdout)

    return check


def counts(staged, accepted, **others):
    empty = {"lost": 0, "altered": 0, "doubled": 0, "foreign": 0}
    return {"staged": staged, "accepted": accepted, **empty, **others}


def test_all_there_in_any_order(run):
    staged = rows_of(5)
    assert run(staged, lines(reversed(staged))) == (0, counts(5, 5))
    assert run([], "") == (0, counts(0, 0))


def test_values_count_and_not_their_spelling(run):
    staged = [{"a": 1, "b": "ö", "c": 0.5}]
    assert run(staged, '{"c":5e-1,"b":"\\u00f6","a":1.0}\n')[0] == 0
    for other in ('"1"', "true", "2", "null", "[1]"):
        text = '{"a":%s,"b":"ö","c":0.5}\n' % other
        assert run(staged, text) == (1, counts(1, 1, lost=1, foreign=1))


def test_large_numbers_are_compared_exactly(run):
    staged = [{"a": 9007199254740993}]
    assert run(staged, '{"a":9007199254740993}\n')[0] == 0
    assert run(staged, '{"a":9007199254740992}\n')[0] == 1


def test_lost(run):
    staged = rows_of(5)
    assert run(staged, lines(staged[1:])) == (1, counts(5, 4, lost=1))


def test_altered(run):
    staged = rows_of(5)
    changed = [dict(row) for row in staged]
    changed[3]["EventID"] = 4625
    assert run(staged, lines(changed)) == (1, counts(5, 5, altered=1))


def test_doubled(run):
    staged = rows_of(5)
    accepted = lines(staged + staged[:2])
    assert run(staged, accepted) == (0, counts(5, 7, doubled=2))
    assert run(staged, accepted, "2")[0] == 0
    assert run(staged, accepted, "1")[0] == 1


def test_equal_records_are_counted_one_by_one(run):
    staged = [{"a": 1}] * 3
    assert run(staged, lines(staged)) == (0, counts(3, 3))
    assert run(staged, lines(staged[:2])) == (1, counts(3, 2, lost=1))


def test_foreign(run):
    staged = rows_of(2)
    accepted = lines(staged + rows_of(1, 77))
    assert run(staged, accepted) == (1, counts(2, 3, foreign=1))


def test_torn_last_line_was_not_delivered(run):
    staged = rows_of(3)
    assert run(staged, lines(staged)[:-1]) == (1, counts(3, 2, lost=1))


def test_wrong_usage():
    result = subprocess.run([PROGRAM, "/nonexistent", "x"], check=False,
                            capture_output=True)  # fmt: skip
    assert result.returncode == 2
    assert b"usage" in result.stderr


def test_against_the_server(run, ingest_server):  # noqa: F811
    rows = rows_of(100) + [{"RecordKey_CF": "x", "t": "\ud83d\ude00 \ud800"}]
    assert upload(ingest_server, get_token(ingest_server), rows).status == 204
    with open(ingest_server.accepted_file, encoding="ascii") as file:
        assert run(rows, file.read()) == (0, counts(101, 101))
