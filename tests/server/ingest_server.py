#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A test server for the Azure Monitor Logs Ingestion API; --help says how.

It writes DIR/journal.jsonl (one line a request) and DIR/accepted.ndjson (one
line an accepted record), both before the answer goes out. The port stands in
--port-file and on standard output once connections are accepted.
"""

import argparse
import json
import os
import signal
import sys
import threading

from logsapi.assertions import AssertionJudge
from logsapi.faults import FaultPlan
from logsapi.journal import Journal
from logsapi.rules import Settings
from logsapi.site import Server, Site, TLS_VERSIONS, tls_context
from logsapi.tokens import AUDIENCES, TokenDesk
from logsapi.workspace import LIMIT, Workspace

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT_ID = "66666666-7777-8888-9999-aaaaaaaaaaaa"
SECRET = "the secret of the test server"
DCR = "dcr-" + "0123456789abcdef" * 2
STREAM = "Custom-SecurityEvent"
WORKSPACE = "77777777-8888-9999-aaaa-bbbbbbbbbbbb"
ENDINGS = {signal.SIGTERM, signal.SIGINT}


def parse_options(argv):
    parser = argparse.ArgumentParser(
        description="A test server for the Logs Ingestion API.",
        epilog="Faults: see logsapi/faults.py; control: see logsapi/control.py.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0 takes a free one")
    add("--port-file", metavar="FILE", help="written when ready")
    add("--dir", required=True, help="journal and accepted records")
    add("--tenant", default=TENANT)
    add("--client-id", default=CLIENT_ID)
    add("--secret-file", metavar="FILE", help="the client secret to ask for")
    add("--client-certificate", metavar="FILE",
        help="PEM of the certificate that signs assertions")  # fmt: skip
    add("--federated", action="append", metavar="TEXT", default=[],
        help="an assertion of a federated identity")  # fmt: skip
    add("--record", metavar="FILE",
        help="requests for tokens as they came, with their secrets")  # fmt: skip
    add("--audience", choices=AUDIENCES, default=AUDIENCES[0])
    add("--token-lifetime", type=int, default=3599, metavar="SECONDS")
    add("--dcr", action="append", metavar="ID", help=f"default {DCR}")
    add("--dcr-denied", action="append", metavar="ID", default=[],
        help="a rule on which the role is missing")  # fmt: skip
    add("--stream", action="append", metavar="NAME", help=f"default {STREAM}")
    add("--query-rows", type=int, default=LIMIT, metavar="N",
        help="rows of an answer of the query API at most")  # fmt: skip
    add("--faults", metavar="FILE", help="a JSON array of fault rules")
    add("--tls-cert", metavar="FILE")
    add("--tls-key", metavar="FILE")
    add("--tls-highest", choices=TLS_VERSIONS, default="1.3")
    add("--count-only", action="store_true", help="do not parse the records")
    add("--count-key", default="RecordKey_CF", metavar="NAME",
        help="the name that --count-only counts")  # fmt: skip
    return parser.parse_args(argv)


def read_secret(path):
    if not path:
        return SECRET
    with open(path, encoding="utf-8") as file:
        return file.read().rstrip("\n")


def read_faults(path):
    if not path:
        return []
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def build_site(options):
    settings = Settings(
        dcrs=set(options.dcr or [DCR]) | set(options.dcr_denied),
        denied=set(options.dcr_denied),
        streams=set(options.stream or [STREAM]),
        audience=options.audience,
        count_only=options.count_only,
        count_key=options.count_key,
    )
    desk = TokenDesk(
        options.tenant,
        options.client_id,
        read_secret(options.secret_file),
        options.token_lifetime,
        os.path.join(options.dir, "tokens"),
    )
    desk.judge = AssertionJudge(
        options.client_id, options.client_certificate, options.federated
    )
    plan = FaultPlan(read_faults(options.faults))
    site = Site(settings, desk, plan, Journal(options.dir))
    site.workspace = Workspace(options.dir, WORKSPACE, options.query_rows)
    site.record = options.record
    if options.tls_cert:
        site.tls = tls_context(
            options.tls_cert, options.tls_key, options.tls_highest
        )
    return site


def announce(port, path):
    """Tell the port; the file appears whole."""
    if path:
        with open(path + ".tmp", "w", encoding="ascii") as file:
            file.write(f"{port}\n")
        os.rename(path + ".tmp", path)
    print(port, flush=True)


def main(argv):
    options = parse_options(argv)
    # Blocked before the first thread starts, so that only sigwait sees them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    site = build_site(options)
    server = Server((options.host, options.port), site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    announce(server.server_address[1], options.port_file)
    signal.sigwait(ENDINGS)
    site.stopping.set()
    server.shutdown()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
