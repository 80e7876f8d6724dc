# SPDX-License-Identifier: Apache-2.0
"""Fixtures around the test server; import what a test needs:

    from ingest_fixtures import ingest_certs, ingest_server, make_ingest

    ingest_server       a running server on plain HTTP
    ingest_server_tls   the same with TLS; ingest_server_tls.certs.ca is the CA
    make_ingest         make_ingest("--token-lifetime", "2", certs=..., leaf=...)
    ingest_certs        certificates, see tests/server/certs.py
"""

import os
import sys

import pytest

SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server")
sys.path.insert(0, os.path.abspath(SERVER))

import certs as certs_module  # noqa: E402
from ingest_process import IngestServer  # noqa: E402


@pytest.fixture(scope="session")
def ingest_certs(tmp_path_factory):
    return certs_module.make(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def make_ingest(tmp_path):
    """A function that starts a server; all are stopped at the end."""
    servers = []

    def start(*options, certs=None, leaf="good"):
        folder = tmp_path / f"ingest{len(servers)}"
        server = IngestServer(folder, options, certs, leaf)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def ingest_server(make_ingest):
    return make_ingest()


@pytest.fixture
def ingest_server_tls(make_ingest, ingest_certs):
    return make_ingest(certs=ingest_certs)
