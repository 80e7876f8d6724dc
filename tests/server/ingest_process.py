# SPDX-License-Identifier: Apache-2.0
"""Runs ingest_server.py as a process of its own, for tests and benchmarks."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import time

import ingest_server as defaults

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "ingest_server.py")


class IngestServer:
    """One server, which may be stopped, killed and started again.

    A restart keeps port, journal and accepted records. OPTIONS are further
    words of the command line. CERTS and LEAF (see certs.py) switch TLS on.
    """

    tenant = defaults.TENANT
    client_id = defaults.CLIENT_ID
    secret = defaults.SECRET
    dcr = defaults.DCR
    stream = defaults.STREAM
    workspace = defaults.WORKSPACE

    def __init__(self, folder, options=(), certs=None, leaf="good"):
        self.folder = str(folder)
        self.options = list(options)
        self.certs = certs
        if certs:
            cert, key = certs.leaf(leaf)
            self.options += ["--tls-cert", cert, "--tls-key", key]
        self.port = 0
        self.process = None

    def start(self):
        port_file = os.path.join(self.folder, "port")
        os.makedirs(self.folder, exist_ok=True)
        if os.path.exists(port_file):
            os.unlink(port_file)
        self.process = subprocess.Popen(
            ["/usr/bin/python3", PROGRAM, "--dir", self.folder,
             "--port", str(self.port), "--port-file", port_file, *self.options],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.port = self.await_port(port_file)
        return self

    def await_port(self, port_file, patience=20):
        limit = time.monotonic() + patience
        while not os.path.exists(port_file):
            if self.process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError("the test server does not start")
            time.sleep(0.01)
        with open(port_file, encoding="ascii") as file:
            return int(file.read())

    def end(self, number):
        """Send the signal and return the exit status."""
        if self.process is None:
            return None
        self.process.send_signal(number)
        status = self.process.wait(20)
        self.process = None
        return status

    def stop(self):
        return self.end(signal.SIGTERM)

    def kill(self):
        return self.end(signal.SIGKILL)

    @property
    def host(self):
        return f"localhost:{self.port}" if self.certs else f"127.0.0.1:{self.port}"

    @property
    def url(self):
        """Endpoint and authority at once."""
        return ("https://" if self.certs else "http://") + self.host

    @property
    def address(self):
        """Path and query of the ingestion address."""
        return (
            f"/dataCollectionRules/{self.dcr}/streams/{self.stream}"
            "?api-version=2023-01-01"
        )

    @property
    def env(self):
        """What a client finds in its environment."""
        return {
            "AZURE_TENANT_ID": self.tenant,
            "AZURE_CLIENT_ID": self.client_id,
            "AZURE_CLIENT_SECRET": self.secret,
            "AZURE_AUTHORITY_HOST": self.url,
        }

    @property
    def load_options(self):
        """The words for evtxload; authentication is in env."""
        words = ["--target", "sentinel", "--endpoint", self.url]
        words += ["--dcr", self.dcr, "--stream", self.stream]
        more = ["--ca-file", self.certs.ca] if self.certs else ["--insecure-http"]
        return words + more

    @property
    def query_options(self):
        """The words with which evtxload asks the workspace."""
        return ["--workspace", self.workspace, "--query-endpoint", self.url]

    def connect(self, timeout=30):
        """A plain or TLS http.client connection."""
        if not self.certs:
            return http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=timeout
            )
        context = ssl.create_default_context(cafile=self.certs.ca)
        return http.client.HTTPSConnection(
            "localhost", self.port, timeout=timeout, context=context
        )

    def control(self, **command):
        """Send a command (see logsapi/control.py); without one, the state."""
        connection = self.connect()
        if command:
            connection.request("POST", "/_control", json.dumps(command))
        else:
            connection.request("GET", "/_control")
        response = connection.getresponse()
        reply = json.loads(response.read())
        connection.close()
        if response.status != 200:
            raise ValueError(reply["error"]["message"])
        return reply

    @property
    def accepted_file(self):
        return os.path.join(self.folder, "accepted.ndjson")

    @property
    def journal_file(self):
        return os.path.join(self.folder, "journal.jsonl")

    def journal(self, kind=None):
        """The journal's entries, all or of one kind."""
        return [
            entry
            for entry in read_lines(self.journal_file)
            if kind in (None, entry["kind"])
        ]

    def accepted(self):
        return read_lines(self.accepted_file)


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]
