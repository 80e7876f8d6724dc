# SPDX-License-Identifier: Apache-2.0
"""The test server for the Logs Ingestion API keeps its own rules."""

import concurrent.futures
import gzip
import hashlib
import json
import os
import socket
import threading
import time
import types
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
    zipped,
)
from ingest_fixtures import (  # noqa: F401
    ingest_certs,
    ingest_server,
    ingest_server_tls,
    make_ingest,
)
from logsapi.handler import Handler

pytestmark = pytest.mark.of_tests

LIMIT = 1048576


@pytest.fixture
def server(ingest_server):  # noqa: F811
    return ingest_server


@pytest.fixture
def token(server):
    return get_token(server)


def code(reply):
    return json.loads(reply.body)["error"]["code"]


def json_of_size(size):
    """A JSON array with one object, exactly SIZE bytes long."""
    frame = len(b'[{"a":""}]')
    return b'[{"a":"' + b"x" * (size - frame) + b'"}]'


# The token endpoint


def test_token_is_granted(server):
    reply = ask_token(server)
    answer = json.loads(reply.body)
    assert reply.status == 200
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3599
    assert answer["access_token"] != get_token(server)


@pytest.mark.parametrize(
    "changes, status, error, number",
    [
        ({"grant_type": None}, 400, "invalid_request", 900144),
        ({"client_id": None}, 400, "invalid_request", 900144),
        ({"scope": None}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"client_id": "other"}, 400, "unauthorized_client", 700016),
        ({"client_secret": None}, 401, "invalid_client", 7000216),
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": "wröng"}, 401, "invalid_client", 7000215),
        ({"scope": "https://monitor.azure.com"}, 400, "invalid_scope", 70011),
        (
            {"scope": "https://monitor.azure.com//.default"},
            400,
            "invalid_resource",
            500011,
        ),
        ({"tenant": "nobody"}, 400, "invalid_request", 90002),
        ({"content_type": "application/json"}, 400, "invalid_request", 900561),
    ],
)
def test_token_is_refused(server, changes, status, error, number):
    reply = ask_token(server, **changes)
    answer = json.loads(reply.body)
    assert (reply.status, answer["error"]) == (status, error)
    assert answer["error_codes"] == [number]
    assert answer["error_description"].startswith(f"AADSTS{number}: ")
    assert "access_token" not in answer


def test_token_form_must_be_a_form(server):
    reply = exchange(
        server,
        "POST",
        f"/{server.tenant}/oauth2/v2.0/token",
        b"scope=a&scope=b",
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert json.loads(reply.body)["error"] == "invalid_request"


def test_openid_configuration_names_the_token_endpoint(server):
    path = f"/{server.tenant}/v2.0/.well-known/openid-configuration"
    reply = exchange(server, "GET", path)
    address = json.loads(reply.body)["token_endpoint"]
    assert address == f"{server.url}/{server.tenant}/oauth2/v2.0/token"


def test_token_expires(make_ingest):  # noqa: F811
    server = make_ingest("--token-lifetime", "1")
    token = get_token(server)
    assert upload(server, token, rows_of(1)).status == 204
    time.sleep(1.1)
    reply = upload(server, token, rows_of(1))
    assert reply.status == 401
    assert "expired" in reply.headers["WWW-Authenticate"]
    assert len(server.accepted()) == 1


def test_token_for_another_cloud_is_refused(server):
    token = get_token(server, scope="https://monitor.azure.us/.default")
    reply = upload(server, token, rows_of(1))
    assert reply.status == 401
    assert "audience" in reply.headers["WWW-Authenticate"]


def test_revoked_token_is_refused(server, token):
    server.control(revoke=True)
    assert upload(server, token, rows_of(1)).status == 401
    assert upload(server, get_token(server), rows_of(1)).status == 204


# What the ingestion endpoint accepts


@pytest.mark.parametrize(
    "body, headers",
    [
        (packed([{"a": 1}]), {}),
        (b'[{"a":1}]', {"Content_Encoding": None}),
        (packed([]), {}),
        (b"[]", {"Content_Encoding": None}),
        (packed([{"a": 1}]), {"Content_Type": "application/json; charset=utf-8"}),
        (zipped(b"[") + zipped(b"]"), {}),
        (packed([{"a": [{"b": None}, True, 1.5, "\U0001f600\ud800"]}]), {}),
    ],
)
def test_accepts(server, token, body, headers):
    reply = upload(server, token, body, **headers)
    assert (reply.status, reply.body) == (204, b"")
    assert "x-ms-request-id" in reply.headers
    assert "Content-Length" not in reply.headers


def test_accepted_records_are_stored_by_value(server, token):
    rows = rows_of(3) + [{"text": '"\\ \n\u2028', "n": 2**63, "f": 0.1}]
    assert upload(server, token, rows).status == 204
    assert server.accepted() == rows


def test_one_mebibyte_is_the_limit_before_compression(server, token):
    fits, over = json_of_size(LIMIT), json_of_size(LIMIT + 1)
    assert upload(server, token, zipped(fits)).status == 204
    assert len(server.accepted()) == 1
    reply = upload(server, token, zipped(over))
    assert (reply.status, code(reply)) == (413, "ContentLengthLimitExceeded")
    assert f"{LIMIT} bytes (1 MB)" in json.loads(reply.body)["error"]["message"]
    assert len(server.accepted()) == 1


def test_one_mebibyte_is_the_limit_on_the_wire(server, token):
    fits, over = json_of_size(LIMIT), json_of_size(LIMIT + 1)
    plain = {"Content_Encoding": None}
    assert upload(server, token, fits, **plain).status == 204
    reply = upload(server, token, over, **plain)
    assert (reply.status, code(reply)) == (413, "ContentLengthLimitExceeded")
    # A gzip stream of empty members: large on the wire, small unpacked.
    padding = zipped(b"") * (LIMIT // 20 + 1)
    reply = upload(server, token, zipped(b"[]") + padding)
    assert reply.status == 413


def test_a_request_bomb_is_not_unpacked(server, token):
    bomb = gzip.compress(b" " * (200 << 20), 9)
    assert len(bomb) < LIMIT
    assert upload(server, token, bomb).status == 413
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        peak = next(line for line in file if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 100 << 10


def test_a_body_too_large_to_be_read_is_answered(server, token):
    reply = upload(server, token, b"x" * (17 << 20))
    assert (reply.status, code(reply)) == (413, "ContentLengthLimitExceeded")


# What it refuses


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1}',
        b'{"a":1}\n{"a":2}\n',
        b"[1]",
        b'[{"a":1},"b"]',
        b"[{}",
        b"",
        b"[{'a':1}]",
        b'[{"a":NaN}]',
        b'[{"a":1e999}]',
        b'[{"a":"\xff"}]',
        b"\xef\xbb\xbf[]",
        "[]".encode("utf-16"),
        b"[" * 100000,
    ],
)
def test_refuses_bodies(server, token, body):
    for data, headers in (
        (zipped(body), {}),
        (body, {"Content_Encoding": None}),
    ):
        reply = upload(server, token, data, **headers)
        assert (reply.status, code(reply)) == (400, "InvalidContent")
    assert server.accepted() == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", zipped(b"[]")[:-1], zipped(b"[]") + b"x"]
)
def test_refuses_broken_gzip(server, token, body):
    reply = upload(server, token, body)
    assert (reply.status, code(reply)) == (400, "InvalidContent")


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": "Basic dTpw"}, 401),
        ({"Content_Type": None}, 415),
        ({"Content_Type": "application/x-ndjson"}, 415),
        ({"Content_Type": "application/json; charset=utf-16"}, 415),
        ({"Content_Encoding": "deflate"}, 415),
    ],
)
def test_refuses_headers(server, token, headers, status):
    reply = upload(server, token, rows_of(1), **headers)
    assert reply.status == status
    assert code(reply)
    if status == 401:
        assert reply.headers["WWW-Authenticate"].startswith("Bearer ")
    assert server.accepted() == []


@pytest.mark.parametrize(
    "find, replace, status, word",
    [
        ("?api-version=2023-01-01", "", 400, "MissingApiVersionParameter"),
        ("2023-01-01", "2016-04-01", 400, "UnsupportedApiVersion"),
        ("dcr-0", "dcr-1", 404, "NotFound"),
        ("Custom-", "Microsoft-", 404, "InvalidStream"),
        ("/streams/", "/stream/", 404, "NotFound"),
        ("/dataCollectionRules", "", 404, "NotFound"),
    ],
)
def test_refuses_addresses(server, token, find, replace, status, word):
    address = server.address.replace(find, replace)
    reply = upload(server, token, rows_of(1), address)
    assert (reply.status, code(reply)) == (status, word)
    assert server.accepted() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_refuses_methods(server, token, method):
    body = packed([]) if method != "GET" else None
    headers = headers_for(token)
    reply = exchange(server, method, server.address, body, headers)
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


def test_content_length_is_required(server, token):
    def chunks():
        yield packed(rows_of(1))

    reply = exchange(
        server, "POST", server.address, chunks(), headers_for(token)
    )
    assert (reply.status, code(reply)) == (411, "LengthRequired")
    assert server.accepted() == []


def test_two_lengths_are_one_too_many(server):
    """A length and chunks at once is how requests are smuggled."""
    with socket.create_connection(("127.0.0.1", server.port), 5) as wire:
        wire.sendall(
            f"POST {server.address} HTTP/1.1\r\nHost: x\r\n"
            "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n[]".encode()
        )
        assert b" 411 " in wire.recv(1000)


def test_missing_role_is_refused(make_ingest):  # noqa: F811
    server = make_ingest("--dcr-denied", "dcr-" + "f" * 32)
    token = get_token(server)
    denied = server.address.replace(server.dcr, "dcr-" + "f" * 32)
    reply = upload(server, token, rows_of(1), denied)
    message = json.loads(reply.body)["error"]["message"]
    assert (reply.status, code(reply)) == (403, "OperationFailed")
    assert "PipelineAccessResult: AccessGranted: False" in message
    assert "dcr-" + "f" * 32 in message
    assert upload(server, token, rows_of(1)).status == 204


def test_role_can_be_taken_and_given(server, token):
    server.control(deny=[server.dcr])
    assert upload(server, token, rows_of(1)).status == 403
    server.control(deny=[])
    assert upload(server, token, rows_of(1)).status == 204


# What the service does without a word is in the journal


def test_columns_that_the_service_drops_are_named(server, token):
    rows = [{"ok": 1, "Type": "x"}, {"1st": 2, "n" * 46: 3}]
    upload(server, token, rows)
    assert server.journal("ingest")[0]["odd_columns"] == [
        "1st",
        "Type",
        "n" * 46,
    ]


def test_values_that_the_service_cuts_are_counted(server, token):
    upload(server, token, [{"a": "x" * 65536, "b": "ö" * 32769, "c": "y"}])
    assert server.journal("ingest")[0]["cut_values"] == 1


# Journal


def test_journal_tells_each_request(server, token):
    body = packed(rows_of(5))
    guid = "0f0f0f0f-0000-4000-8000-000000000000"
    reply = upload(server, token, body, x_ms_client_request_id=guid)
    upload(server, token, b"no gzip")
    good, bad = server.journal("ingest")
    assert good["request_id"] == reply.headers["x-ms-request-id"]
    assert good["client_request_id"] == guid
    assert good["path"] == server.address.partition("?")[0]
    assert (good["status"], good["accepted"], good["records"]) == (204, True, 5)
    assert good["sha256"] == hashlib.sha256(body).hexdigest()
    assert good["wire_bytes"] == len(body)
    assert good["body_bytes"] == len(gzip.decompress(body))
    assert good["started"] <= good["ended"]
    assert (bad["status"], bad["accepted"]) == (400, False)
    assert bad["error"] == "InvalidContent"


def test_journal_numbers_tokens(server):
    first, second = get_token(server), get_token(server)
    upload(server, second, rows_of(1))
    upload(server, first, rows_of(1))
    assert [e["token"] for e in server.journal("token")] == [1, 2]
    assert [e["token"] for e in server.journal("ingest")] == [2, 1]


def test_secrets_are_nowhere_on_disk(server, token):
    upload(server, token, rows_of(1))
    upload(server, token + "x", rows_of(1))
    ask_token(server, client_secret="another secret")
    exchange(server, "GET", f"/elsewhere?token={token}&s=another+secret")
    for name in (server.journal_file, server.accepted_file):
        with open(name, encoding="utf-8") as file:
            text = file.read()
        for secret in (token, server.secret, "another secret", "another+secret"):
            assert secret not in text
    assert os.stat(server.journal_file).st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "address, kind",
    [("127.0.0.1", "control"), ("::1", "control"), ("10.0.0.1", "other")],
)
def test_control_is_only_for_loopback(address, kind):
    stranger = types.SimpleNamespace(client_address=(address, 1))
    assert Handler.kind_of(stranger, "/_control") == kind


def test_malformed_requests_are_recorded(server):
    with socket.create_connection(("127.0.0.1", server.port), 5) as wire:
        wire.sendall(b"nonsense\r\n\r\n")
        assert b" 400 " in wire.recv(1000)
    assert server.journal("malformed")[0]["status"] == 400


def test_client_that_goes_away_is_recorded(server, token):
    with socket.create_connection(("127.0.0.1", server.port), 5) as wire:
        wire.sendall(
            f"POST {server.address} HTTP/1.1\r\nHost: x\r\n"
            "Content-Length: 100\r\n\r\n[".encode()
        )
    wait_for(lambda: server.journal("ingest"))
    entry = server.journal("ingest")[0]
    assert (entry["status"], entry["error"]) == (None, "body cut short")


def wait_for(condition, patience=10):
    limit = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_keep_alive_and_expect_continue(server, token):
    connection = server.connect()
    headers = headers_for(token, Expect="100-continue")
    for _ in range(3):
        reply = ask(
            connection, "POST", server.address, packed(rows_of(1)), headers
        )
        assert reply.status == 204
    connection.close()
    assert len({e["connection"] for e in server.journal("ingest")}) == 1


def test_parallel_clients(server, token):
    def work(number):
        connection = server.connect()
        for n in range(10):
            rows = rows_of(20, (number * 10 + n) * 20)
            reply = ask(
                connection,
                "POST",
                server.address,
                packed(rows),
                headers_for(token),
            )
            assert reply.status == 204
        connection.close()

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    keys = [row["RecordKey_CF"] for row in server.accepted()]
    assert sorted(keys) == [row["RecordKey_CF"] for row in rows_of(3200)]
    entries = server.journal("ingest")
    assert [e["seq"] for e in server.journal()] == list(range(1, 162))
    assert sum(e["records"] for e in entries) == 3200


def test_journal_is_complete_after_sigkill(server, token):
    """All that was acknowledged is there, and nothing twice."""
    acknowledged = []
    token_box = [token]

    def work(number):
        for n in range(10000):
            rows = rows_of(50, (number * 10000 + n) * 50)
            try:
                if upload(server, token_box[0], rows).status == 204:
                    acknowledged.extend(row["RecordKey_CF"] for row in rows)
            except (OSError, ValueError, EOFError):
                return
            except Exception as problem:
                assert type(problem).__name__ in (
                    "IncompleteRead",
                    "RemoteDisconnected",
                )
                return

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(acknowledged) > 1000)
    server.kill()
    for thread in threads:
        thread.join()
    server.start()
    keys = [row["RecordKey_CF"] for row in server.accepted()]
    assert set(acknowledged) <= set(keys)
    assert len(set(keys)) == len(keys)
    entries = [e for e in server.journal("ingest") if e["accepted"]]
    assert sum(e["records"] for e in entries) == len(keys)
    more = rows_of(1, 10**9)
    assert upload(server, get_token(server), more).status == 204
    assert server.accepted()[-1] == more[0]


def test_restart_drops_what_no_journal_line_vouches_for(server, token):
    upload(server, token, rows_of(2))
    server.kill()
    with open(server.accepted_file, "a", encoding="ascii") as file:
        file.write('{"RecordKey_CF":"unvouched"}\n{"RecordK')
    with open(server.journal_file, "a", encoding="ascii") as file:
        file.write('{"seq":3,"torn')
    server.start()
    assert server.accepted() == rows_of(2)
    assert [e["seq"] for e in server.journal()] == [1, 2]


def test_sigterm_ends_cleanly(server, token):
    port = server.port
    assert server.stop() == 0
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), 5)
    server.start()
    assert server.port == port
    assert upload(server, get_token(server), rows_of(1)).status == 204


def test_count_only_counts(make_ingest):  # noqa: F811
    server = make_ingest("--count-only")
    token = get_token(server)
    assert upload(server, token, rows_of(7)).status == 204
    assert server.journal("ingest")[0]["records"] == 7
    assert server.accepted() == []
    assert upload(server, token, json_of_size(LIMIT + 1)).status == 413


def test_secret_from_a_file(make_ingest, tmp_path):  # noqa: F811
    (tmp_path / "secret").write_text("from a file\n", encoding="ascii")
    server = make_ingest("--secret-file", str(tmp_path / "secret"))
    assert ask_token(server).status == 401
    assert ask_token(server, client_secret="from a file").status == 200


def test_date_of_every_answer(server):
    date = parsedate_to_datetime(ask_token(server).headers["Date"])
    assert abs(date.timestamp() - time.time()) < 5
