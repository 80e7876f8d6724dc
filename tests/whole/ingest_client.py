# SPDX-License-Identifier: Apache-2.0
"""A bare client of the Logs Ingestion API, to test the test server with."""

import collections
import gzip
import json
import urllib.parse

Reply = collections.namedtuple("Reply", "status headers body")


def exchange(server, method, path, body=None, headers=None, timeout=30):
    """One request on a connection of its own."""
    connection = server.connect(timeout)
    try:
        return ask(connection, method, path, body, headers)
    finally:
        connection.close()


def ask(connection, method, path, body=None, headers=None):
    """One request on an open connection."""
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    return Reply(response.status, response.headers, response.read())


def form(server, **changes):
    """The token request's fields; a change to None leaves one out."""
    fields = {
        "grant_type": "client_credentials",
        "client_id": server.client_id,
        "client_secret": server.secret,
        "scope": "https://monitor.azure.com/.default",
    }
    fields.update(changes)
    return {name: value for name, value in fields.items() if value is not None}


def ask_token(server, tenant=None, content_type=None, **changes):
    """The reply of the token endpoint."""
    return exchange(
        server,
        "POST",
        f"/{tenant or server.tenant}/oauth2/v2.0/token",
        urllib.parse.urlencode(form(server, **changes)),
        {"Content-Type": content_type or "application/x-www-form-urlencoded"},
    )


def get_token(server, **changes):
    return json.loads(ask_token(server, **changes).body)["access_token"]


def headers_for(token, **changes):
    """An upload's headers; a change to None leaves one out."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }
    headers.update({n.replace("_", "-"): v for n, v in changes.items()})
    return {name: value for name, value in headers.items() if value is not None}


def zipped(body):
    """BODY as gzip without the time of day: a test's name may hold its bytes,
    and every process must make the same names."""
    return gzip.compress(body, 1, mtime=0)


def packed(value):
    return zipped(json.dumps(value).encode())


def upload(server, token, rows, address=None, **headers):
    """Upload ROWS (a JSON value, or bytes sent as they are)."""
    body = rows if isinstance(rows, bytes) else packed(rows)
    full = headers_for(token, **headers)
    return exchange(server, "POST", address or server.address, body, full)


def rows_of(count, start=0):
    return [
        {"RecordKey_CF": f"{n:032x}", "EventID": 4624, "Computer": f"höst-{n}"}
        for n in range(start, start + count)
    ]
