# SPDX-License-Identifier: Apache-2.0
"""One HTTP/1.1 connection: read a request, judge it, record it, answer it."""

import base64
import contextlib
import hashlib
import itertools
import json
import re
import socket
import time
import urllib.parse
import uuid
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler

from . import control, identity, transport, workspace
from .answer import Answer, as_json, error
from .rules import LIMIT, Refused, Request, decode_body, judge

CONTROL = "/_control"
TOKEN = re.compile(r"/([^/]+)/oauth2/v2\.0/token")
OPENID = re.compile(r"/([^/]+)/v2\.0/\.well-known/openid-configuration")
# Bodies up to this size are read even when they are refused, so that the
# client is not cut off before it sees the answer.
PATIENCE = 16 * LIMIT
SLOW_BLOCK = 4096
LOOPBACK = ("127.", "::1", "::ffff:127.")


def stream_table(path):
    """The table that a stream's rows go to."""
    return path.rsplit("/", 1)[1].partition("-")[2]


def note_pause(entry, answer):
    """For those who look whether it was kept."""
    value = answer.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit() and len(value) < 6:
        entry["retry_after"] = int(value)
    elif value.endswith("GMT"):
        left = parsedate_to_datetime(value).timestamp() - time.time()
        entry["retry_after"] = max(0, left)


TURN = itertools.count()


def echo(request):
    """An error body that repeats what must not be repeated."""
    secret = (request.header("Authorization") or "").encode() or request.body
    forms = [
        secret.decode("latin-1"),
        urllib.parse.quote(secret, safe=""),
        base64.b64encode(secret).decode(),
        secret.hex(),
    ]
    form = forms[next(TURN) % 4]
    return json.dumps(
        {
            "error": {"code": "Echo", "message": form},
            "error_description": form,
        }
    ).encode()


class BodyCut(Exception):
    """The client went away in the middle of its body."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def setup(self):
        super().setup()
        self.number = self.server.site.next_connection()
        self.expects = False
        self.unread = False

    def finish(self):
        if self.unread:
            self.drain()
        super().finish()
        # A reset takes effect only when the last reference is gone.
        self.connection.close()

    def drain(self):
        """Give the client time to see the answer to a body nobody reads."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(2)
            while self.connection.recv(1 << 16):
                pass

    def log_message(self, format, *args):
        """The journal tells all."""

    def handle_expect_100(self):
        self.expects = True
        return True

    def send_error(self, code, message=None, explain=None):
        """What the base class could not parse."""
        entry = self.new_entry("malformed", "")
        entry.update(status=int(code), error=message or "", accepted=False)
        self.server.site.journal.commit(entry)
        self.close_connection = True
        self.reply(error(int(code), "BadRequest", message or ""), entry)

    def handle_any(self):
        site = self.server.site
        target = urllib.parse.urlsplit(self.path)
        kind = self.kind_of(target.path)
        request = Request(
            self.command, target.path, target.query, self.headers
        )
        if kind == "control":
            self.handle_control(site, request)
            return
        entry = self.new_entry(kind, target.path)
        with site.flight() as entry["in_flight"]:
            self.handle_counted(site, request, entry)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any
    do_DELETE = do_PATCH = do_OPTIONS = handle_any

    def kind_of(self, path):
        if path == CONTROL and self.client_address[0].startswith(LOOPBACK):
            return "control"
        if TOKEN.fullmatch(path):
            return "token"
        if path.startswith("/dataCollectionRules/"):
            return "ingest"
        if workspace.ADDRESS.fullmatch(path):
            return "query"
        return "identity" if identity.find(path) else "other"

    def new_entry(self, kind, path):
        time, seconds = transport.now()
        headers = getattr(self, "headers", None) or {}
        return {
            "time": time,
            "started": seconds,
            "kind": kind,
            "method": self.command or "",
            "path": path,
            "connection": self.number,
            "request_id": str(uuid.uuid4()),
            "client_request_id": headers.get("x-ms-client-request-id"),
            "user_agent": headers.get("User-Agent"),
        }

    def handle_control(self, site, request):
        problem = self.read_body(request)
        answer = problem or control.answer(site, request.method, request.body)
        self.reply(answer, {"request_id": str(uuid.uuid4())})

    def handle_counted(self, site, request, entry):
        """All but control: faults apply and the journal is written."""
        kind = entry["kind"]
        fault = site.plan.pick(kind, early=True)
        if fault and fault.transport != "slow-read":
            self.break_off(site, request, fault, entry)
            return
        pause = 0
        if fault:
            entry["fault"] = fault.name
            pause = fault.get("seconds")
        try:
            problem = self.read_body(request, pause)
        except BodyCut:
            self.record(site, entry, None, error="body cut short")
            self.close_connection = True
            return
        entry["wire_bytes"] = len(request.body)
        self.keep(site, request, entry)
        entry["sha256"] = hashlib.sha256(request.body).hexdigest()
        fault = site.plan.pick(kind, False, self.plain_body(site, request))
        lines = []
        if problem or (fault and not fault.get("accept")):
            answer = problem
        else:
            answer, lines = self.decide(site, request, entry)
        self.conclude(request, entry, answer, fault, lines)

    def keep(self, site, request, entry):
        """All of a request for a token, secrets included, when asked to."""
        if site.record and entry["kind"] in ("token", "identity", "other"):
            whole = {
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "headers": dict(request.headers.items()),
                "body": request.body.decode("latin-1"),
            }
            with open(site.record, "a", encoding="utf-8") as file:
                file.write(json.dumps(whole) + "\n")

    def plain_body(self, site, request):
        """The body for the rules that look into it."""
        if not site.plan.needs_body():
            return b""
        try:
            return decode_body(request, PATIENCE)
        except Refused:
            return request.body

    def break_off(self, site, request, fault, entry):
        """A reset before or in the middle of the body."""
        if fault.transport == "reset-during":
            self.continue_if_asked()
            length = self.content_length() or 0
            self.rfile.read(max(1, length // 2) if length else 0)
        self.record(site, entry, None, fault=fault.name)
        transport.reset(self.connection)
        self.close_connection = True

    def decide(self, site, request, entry):
        """(answer, accepted lines) by the rules; fills ENTRY."""
        if entry["kind"] == "ingest":
            verdict = judge(request, site.settings, site.desk)
            entry.update(verdict.facts)
            entry["accepted"] = verdict.accepted
            return verdict.answer, verdict.lines
        if entry["kind"] == "token":
            return self.decide_token(site, request, entry), []
        if entry["kind"] == "query":
            entry["query"] = request.body.decode("utf-8", "replace")
            return site.workspace.answer(request, site.desk, site.tables), []
        if entry["kind"] == "identity":
            answer = identity.answer(site, request)
            entry["token"] = answer.token
            return answer, []
        return self.decide_other(request), []

    def decide_token(self, site, request, entry):
        if request.method != "POST":
            return error(405, "MethodNotAllowed", "POST", {"Allow": "POST"})
        tenant = TOKEN.fullmatch(request.path).group(1)
        content_type = request.header("Content-Type")
        address = self.base(request) + request.path
        answer = site.desk.grant(tenant, content_type, request.body, address)
        entry["token"] = answer.token
        return answer

    def base(self, request):
        scheme = "https" if self.server.site.tls else "http"
        return f"{scheme}://{request.header('Host')}"

    def decide_other(self, request):
        match = OPENID.fullmatch(request.path)
        if not match or request.method != "GET":
            return error(404, "NotFound", "The resource was not found.")
        base = f"{self.base(request)}/{match.group(1)}"
        return as_json(
            200,
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_types_supported": ["token"],
                "subject_types_supported": ["pairwise"],
            },
        )

    def conclude(self, request, entry, answer, fault, lines):
        """Record, then answer."""
        site = self.server.site
        if answer and answer.why:
            entry["error"] = answer.why
        if fault:
            answer = transport.spoil(answer, fault)
            if fault.get("echo"):
                answer.body = echo(request)
            entry["fault"] = fault.name
            note_pause(entry, answer)
        sent = fault is None or fault.transport not in UNANSWERED
        self.record(site, entry, answer.status if sent else None, lines)
        if lines:
            table = stream_table(request.path)
            site.workspace.store(table, lines, fault)
        self.reply(answer, entry, fault)

    def record(self, site, entry, status, lines=(), **facts):
        entry.setdefault("accepted", False)
        entry["status"] = status
        entry["ended"] = transport.now()[1]
        entry.update(facts)
        site.journal.commit(entry, lines)

    def reply(self, answer, entry, fault=None):
        answer = answer or Answer(500)
        transport.stamp(answer, entry["request_id"], self.close_connection)
        if self.command == "HEAD":
            answer.body = b""
        stopping = self.server.site.stopping
        try:
            alive = transport.send(self.connection, answer, fault, stopping)
        except OSError:
            alive = False
        if not alive:
            self.close_connection = True

    def content_length(self):
        """The announced length, or None when there is none that counts."""
        text = self.headers.get("Content-Length") or ""
        return int(text) if text.isascii() and text.isdigit() else None

    def continue_if_asked(self):
        if self.expects:
            self.expects = False
            self.send_response_only(100)
            self.end_headers()

    def read_slowly(self, length, pause):
        """LENGTH bytes, a block at a time; fewer when the client goes away."""
        data = b""
        while len(data) < length:
            part = self.rfile.read(min(SLOW_BLOCK, length - len(data)))
            data += part
            if not part or self.server.site.stopping.wait(pause):
                break
        return data

    def read_body(self, request, pause=0):
        """Read the body into REQUEST; the answer if that is impossible."""
        if self.command in ("GET", "HEAD") and "Content-Length" not in self.headers:
            return None
        length = self.content_length()
        if length is None or "Transfer-Encoding" in self.headers:
            self.unread = self.close_connection = True
            return error(
                411, "LengthRequired", "The Content-Length header is required."
            )
        if length > PATIENCE:
            self.unread = self.close_connection = True
            return error(
                413,
                "ContentLengthLimitExceeded",
                f"Maximum allowed content length: {LIMIT} bytes (1 MB). "
                f"Provided content length: {length} bytes.",
            )
        self.continue_if_asked()
        if pause:
            request.body = self.read_slowly(length, pause)
        else:
            request.body = self.rfile.read(length)
        if len(request.body) < length:
            raise BodyCut
        return None


UNANSWERED = {"reset-after", "close", "half-status", "hang"}
