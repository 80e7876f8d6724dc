# SPDX-License-Identifier: Apache-2.0
"""The test server spoils exactly what its script says, exactly so."""

import gzip
import http.client
import json
import socket
import ssl
import time
from email.utils import parsedate_to_datetime

import pytest
from ingest_client import (
    ask,
    ask_token,
    exchange,
    get_token,
    headers_for,
    packed,
    rows_of,
    upload,
)
from ingest_fixtures import (  # noqa: F401
    ingest_certs,
    ingest_server,
    ingest_server_tls,
    make_ingest,
)

pytestmark = pytest.mark.of_tests

BROKEN = (OSError, http.client.HTTPException)


@pytest.fixture(params=["plain", "tls"])
def server(request, make_ingest, ingest_certs):  # noqa: F811
    tls = request.param == "tls"
    return make_ingest(certs=ingest_certs if tls else None)


@pytest.fixture
def token(server):
    return get_token(server)


def statuses(server, token, count):
    return [upload(server, token, rows_of(1, n)).status for n in range(count)]


def raw_answer(server, token, rows):
    """Every byte that comes back until the server closes."""
    body = packed(rows)
    connection = server.connect()
    connection.connect()
    wire = connection.sock
    head = f"POST {server.address} HTTP/1.1\r\nContent-Length: {len(body)}\r\n"
    for name, value in headers_for(token, Connection="close").items():
        head += f"{name}: {value}\r\n"
    wire.sendall(head.encode() + b"\r\n" + body)
    data = b""
    while part := wire.recv(65536):
        data += part
    connection.close()
    return data


# When


@pytest.mark.parametrize(
    "when, spoilt",
    [
        ({}, {1, 2, 3, 4, 5, 6}),
        ({"at": 3}, {3}),
        ({"at": [1, 6]}, {1, 6}),
        ({"every": 2}, {2, 4, 6}),
        ({"first": 2}, {1, 2}),
        ({"from": 5}, {5, 6}),
        ({"from": 2, "every": 3}, {3, 6}),
    ],
)
def test_when(ingest_server, when, spoilt):  # noqa: F811
    server = ingest_server
    token = get_token(server)
    server.control(faults=[{"do": "status", "status": 503, **when}])
    expected = [503 if n in spoilt else 204 for n in range(1, 7)]
    assert statuses(server, token, 6) == expected
    assert len(server.accepted()) == expected.count(204)


def test_for_seconds(ingest_server):  # noqa: F811
    server = ingest_server
    token = get_token(server)
    rule = {"do": "status", "status": 503, "for_seconds": 0.5}
    server.control(faults=[rule])
    assert statuses(server, token, 1) == [503]
    time.sleep(0.6)
    assert statuses(server, token, 1) == [204]


def test_body_conditions(ingest_server):  # noqa: F811
    server = ingest_server
    token = get_token(server)
    poison = {"do": "status", "status": 400, "contains": "poison"}
    large = {"do": "status", "status": 413, "larger_than": 1000}
    server.control(faults=[poison, large])
    assert upload(server, token, [{"a": "poison"}]).status == 400
    assert upload(server, token, [{"a": "x" * 1000}]).status == 413
    assert upload(server, token, [{"a": "x" * 900}]).status == 204


def test_script_from_a_file(make_ingest, tmp_path):  # noqa: F811
    script = tmp_path / "faults.json"
    script.write_text('[{"do":"status","status":500,"first":1}]')
    server = make_ingest("--faults", str(script))
    assert statuses(server, get_token(server), 2) == [500, 204]


@pytest.mark.parametrize(
    "rule",
    [
        {"do": "nonsense"},
        {"do": "status"},
        {"status": 503},
        {"do": "hang", "wen": 1},
        {"do": "hang", "on": "everything"},
        {"do": "reset-before", "contains": "x"},
        {"do": "hang", "every": 0},
    ],
)
def test_wrong_script_is_refused(ingest_server, rule):  # noqa: F811
    with pytest.raises(ValueError):
        ingest_server.control(faults=[rule])
    assert ingest_server.control()["faults"] == []


def test_outage(ingest_server):  # noqa: F811
    server = ingest_server
    token = get_token(server)
    server.control(outage=True)
    assert statuses(server, token, 1) == [503]
    assert ask_token(server).status == 503
    server.control(outage=False)
    assert statuses(server, token, 1) == [204]
    server.control(outage=0.3)
    assert statuses(server, token, 1) == [503]
    time.sleep(0.4)
    assert statuses(server, token, 1) == [204]


# What: statuses


@pytest.mark.parametrize(
    "status",
    [200, 202, 301, 307, 400, 401, 403, 404, 408, 413, 429]
    + [500, 501, 502, 503, 504, 505],
)
def test_status(ingest_server, status):  # noqa: F811
    server = ingest_server
    token = get_token(server)
    rule = {"do": "status", "status": status, "at": 1}
    rule["headers"] = {"Location": "https://elsewhere.example/"}
    rule["body"] = {"error": {"code": "Scripted", "message": "so it is"}}
    server.control(faults=[rule])
    reply = upload(server, token, rows_of(1))
    assert reply.status == status
    assert json.loads(reply.body)["error"]["code"] == "Scripted"
    assert reply.headers["Location"] == "https://elsewhere.example/"
    assert server.accepted() == []
    entry = server.journal("ingest")[0]
    assert (entry["status"], entry["fault"]) == (status, "status")
    assert entry["accepted"] is False


def test_retry_after(ingest_server):  # noqa: F811
    server = ingest_server
    token = get_token(server)
    for value in ("7", "@date+7", "soon", None):
        rule = {"do": "status", "status": 429}
        if value:
            rule["headers"] = {"Retry-After": value}
        server.control(faults=[rule])
        got = upload(server, token, rows_of(1)).headers["Retry-After"]
        if value == "@date+7":
            seconds = parsedate_to_datetime(got).timestamp() - time.time()
            assert 4 < seconds <= 7
        else:
            assert got == value


def test_accepted_with_another_status(ingest_server):  # noqa: F811
    server = ingest_server
    rule = {"do": "status", "status": 202, "accept": True}
    server.control(faults=[rule])
    assert statuses(server, get_token(server), 1) == [202]
    assert len(server.accepted()) == 1
    # A request that breaks a rule is not accepted by the fault either.
    upload(server, "wrong token", rows_of(1))
    assert len(server.accepted()) == 1


# What: the wire, plain and through TLS


@pytest.mark.parametrize(
    "deed, kept",
    [
        ("reset-before", 0),
        ("reset-during", 0),
        ("reset-after", 0),
        ("drop-answer", 1),
        ("close", 0),
        ("half-status", 0),
    ],
)
def test_no_answer(server, token, deed, kept):
    server.control(faults=[{"do": deed, "at": 1}])
    with pytest.raises(BROKEN):
        upload(server, token, rows_of(1))
    assert len(server.accepted()) == kept
    entry = server.journal("ingest")[0]
    assert (entry["status"], entry["fault"]) == (None, deed)
    assert entry["accepted"] is bool(kept)
    assert upload(server, token, rows_of(1)).status == 204


def test_reset_is_a_reset(ingest_server):  # noqa: F811
    server = ingest_server
    token = get_token(server)
    server.control(faults=[{"do": "reset-after"}])
    with pytest.raises(ConnectionResetError):
        raw_answer(server, token, rows_of(1))
    server.control(faults=[{"do": "close"}])
    assert raw_answer(server, token, rows_of(1)) == b""


def test_reset_before_a_large_body(server, token):
    big = json.dumps([{"a": "x" * 900000}]).encode()
    for deed in ("reset-before", "reset-during"):
        server.control(faults=[{"do": deed}])
        with pytest.raises(BROKEN):
            upload(server, token, big, Content_Encoding=None)
    assert server.accepted() == []


def test_half_status_line(ingest_server):  # noqa: F811
    server = ingest_server
    token = get_token(server)
    server.control(faults=[{"do": "half-status", "accept": True}])
    assert raw_answer(server, token, rows_of(1)) == b"HTTP/1.1 20"
    assert len(server.accepted()) == 1


def test_wrong_content_length(server, token):
    short = {"do": "short-body", "status": 500, "at": 1}
    long = {"do": "long-body", "status": 500, "at": 2, "body": "0123456789"}
    server.control(faults=[short, long])
    with pytest.raises(http.client.IncompleteRead):
        upload(server, token, rows_of(1))
    assert upload(server, token, rows_of(1)).body == b"01234"


def test_hang(server, token):
    server.control(faults=[{"do": "hang", "seconds": 20}])
    body, headers = packed(rows_of(1)), headers_for(token)
    with pytest.raises(socket.timeout):
        exchange(server, "POST", server.address, body, headers, 0.5)
    started = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - started < 5


def test_drip(server, token):
    server.control(faults=[{"do": "drip", "seconds": 0.005, "accept": True}])
    started = time.monotonic()
    assert upload(server, token, rows_of(1)).status == 204
    assert time.monotonic() - started > 0.3
    assert len(server.accepted()) == 1


def test_slow_read(server, token):
    server.control(faults=[{"do": "slow-read", "seconds": 0.1}])
    rows = [{"a": "x" * 12000}]
    body = json.dumps(rows).encode()
    started = time.monotonic()
    assert upload(server, token, body, Content_Encoding=None).status == 204
    assert time.monotonic() - started > 0.2
    assert server.accepted() == rows
    assert server.journal("ingest")[0]["fault"] == "slow-read"


def test_huge_headers(ingest_server):  # noqa: F811
    server = ingest_server
    token = get_token(server)
    server.control(faults=[{"do": "huge-headers"}])
    data = raw_answer(server, token, rows_of(1))
    assert data.startswith(b"HTTP/1.1 500 ")
    assert 300 << 10 < len(data) < 310 << 10


def test_huge_body(server, token):
    rule = {"do": "huge-body", "status": 500, "bytes": 5 << 20}
    server.control(faults=[rule])
    reply = upload(server, token, rows_of(1))
    assert (reply.status, len(reply.body)) == (500, 5 << 20)


def test_gzip_bomb(server, token):
    rule = {"do": "gzip-bomb", "status": 400, "bytes": 50 << 20}
    server.control(faults=[rule])
    reply = upload(server, token, rows_of(1))
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(reply.body) < 1 << 20
    assert len(gzip.decompress(reply.body)) == 50 << 20


def test_keep_alive_survives_scripted_statuses(ingest_server):  # noqa: F811
    server = ingest_server
    headers = headers_for(get_token(server))
    server.control(faults=[{"do": "status", "status": 503, "at": 1}])
    connection = server.connect()
    for expected in (503, 204):
        body = packed(rows_of(1))
        reply = ask(connection, "POST", server.address, body, headers)
        assert reply.status == expected
    connection.close()
    assert len({e["connection"] for e in server.journal("ingest")}) == 1


# Where: the token endpoint


def test_token_faults_leave_ingestion_alone(server, token):
    server.control(faults=[{"on": "token", "do": "status", "status": 500}])
    assert upload(server, token, rows_of(1)).status == 204
    assert ask_token(server).status == 500
    assert server.control()["tokens"] == 1


@pytest.mark.parametrize(
    "deed", ["reset-before", "reset-during", "reset-after", "close", "half-status"]
)
def test_token_without_answer(server, deed):
    server.control(faults=[{"on": "token", "do": deed, "first": 1}])
    with pytest.raises(BROKEN):
        ask_token(server)
    assert ask_token(server).status == 200


def test_token_garbage(server):
    rule = {"on": "token", "do": "status", "status": 200, "body": "<html>"}
    server.control(faults=[rule])
    reply = ask_token(server)
    assert (reply.status, reply.body) == (200, b"<html>")


def test_token_dripped(server):
    rule = {"on": "token", "do": "drip", "seconds": 0.001, "accept": True}
    server.control(faults=[rule])
    token = json.loads(ask_token(server).body)["access_token"]
    assert upload(server, token, rows_of(1)).status == 204


# TLS


def test_tls_with_the_right_authority(ingest_server_tls):  # noqa: F811
    server = ingest_server_tls
    assert upload(server, get_token(server), rows_of(1)).status == 204


@pytest.mark.parametrize(
    "leaf, words",
    [
        ("wrong-host", "not valid for 'localhost'"),
        ("expired", "has expired"),
        ("not-yet-valid", "not yet valid"),
        ("unknown-ca", "unable to get local issuer"),
    ],
)
def test_bad_certificates(make_ingest, ingest_certs, leaf, words):  # noqa: F811
    server = make_ingest(certs=ingest_certs, leaf=leaf)
    with pytest.raises(ssl.SSLCertVerificationError, match=words):
        ask_token(server)
    assert {entry["kind"] for entry in server.journal()} <= {"tls"}


@pytest.mark.filterwarnings("ignore:.*TLSv1_1 is deprecated")
def test_old_tls_only(make_ingest, ingest_certs):  # noqa: F811
    server = make_ingest("--tls-highest", "1.1", certs=ingest_certs)
    with pytest.raises(ssl.SSLError):
        ask_token(server)
    context = ssl.create_default_context(cafile=ingest_certs.ca)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1_1
    connection = http.client.HTTPSConnection(
        "localhost", server.port, context=context
    )
    assert ask(connection, "GET", "/_control").status == 200
    assert connection.sock.version() == "TLSv1.1"
    connection.close()
