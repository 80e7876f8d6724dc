# SPDX-License-Identifier: Apache-2.0
"""The server as a whole: its parts, its socket, its threads."""

import contextlib
import ssl
import sys
import threading
from http.server import ThreadingHTTPServer

from . import transport
from .handler import Handler

TLS_VERSIONS = {
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


class Site:
    """What all connections share."""

    def __init__(self, settings, desk, plan, journal):
        self.settings = settings
        self.desk = desk
        self.plan = plan
        self.journal = journal
        self.workspace = None
        self.tables = {s.partition("-")[2] for s in settings.streams}
        self.tls = None
        self.record = None
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.connections = 0
        self.in_flight = 0
        self.most_in_flight = 0

    def next_connection(self):
        with self.lock:
            self.connections += 1
            return self.connections

    @contextlib.contextmanager
    def flight(self):
        """Counts one request while it lasts; yields how many there are."""
        with self.lock:
            self.in_flight += 1
            now = self.in_flight
            self.most_in_flight = max(self.most_in_flight, now)
        try:
            yield now
        finally:
            with self.lock:
                self.in_flight -= 1


def tls_context(cert, key, highest):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if highest == "1.1":
        # Only to see a client refuse it.
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = TLS_VERSIONS[highest]
    context.maximum_version = TLS_VERSIONS[highest]
    return context


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address, site):
        super().__init__(address, Handler)
        self.site = site

    def finish_request(self, request, client_address):
        """In the connection's own thread: the handshake, then the requests."""
        if self.site.tls:
            request = self.shake_hands(request, client_address)
            if request is None:
                return
        Handler(request, client_address, self)

    def shake_hands(self, request, client_address):
        request.settimeout(30)
        try:
            return self.site.tls.wrap_socket(request, server_side=True)
        except OSError as problem:
            time, seconds = transport.now()
            entry = {
                "time": time,
                "started": seconds,
                "kind": "tls",
                "status": None,
                "accepted": False,
                "error": getattr(problem, "reason", None) or str(problem),
            }
            self.site.journal.commit(entry)
            return None

    def handle_error(self, request, client_address):
        """A client that goes away is no news; anything else is ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
