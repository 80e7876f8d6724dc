# SPDX-License-Identifier: Apache-2.0
"""What the ingestion endpoint accepts and refuses.

The order is the service's: address, version, token, permission, then the body.
"""

import dataclasses
import json
import re
import threading
import urllib.parse
import zlib

from .answer import Answer, error

API_VERSION = "2023-01-01"
LIMIT = 1048576
FIELD_LIMIT = 65536
ADDRESS = re.compile(r"/dataCollectionRules/([^/]+)/streams/([^/]+)")
COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,44}")
RESERVED = {
    "_ResourceId", "id", "_SubscriptionId", "TenantId", "Type", "UniqueId",
    "Title",
}  # fmt: skip

encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclasses.dataclass
class Settings:
    """Which rules and streams exist, and who may write to them."""

    dcrs: set
    denied: set
    streams: set
    audience: str
    count_only: bool = False
    count_key: str = "RecordKey_CF"
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def deny(self, dcrs):
        """Take the role away on exactly these rules."""
        with self.lock:
            self.denied = set(dcrs)


@dataclasses.dataclass
class Request:
    method: str
    path: str
    query: str
    headers: object
    body: bytes = b""

    def header(self, name):
        return (self.headers.get(name) or "").strip()


@dataclasses.dataclass
class Verdict:
    """The answer, and what the journal wants to know of the request."""

    answer: Answer
    accepted: bool = False
    lines: list = dataclasses.field(default_factory=list)
    facts: dict = dataclasses.field(default_factory=dict)


class Refused(Exception):
    """Carries the answer to a request that breaks a rule."""

    def __init__(self, answer):
        super().__init__(answer.why)
        self.answer = answer


def too_large(size):
    return error(
        413,
        "ContentLengthLimitExceeded",
        f"Maximum allowed content length: {LIMIT} bytes (1 MB). "
        f"Provided content length: {size} bytes.",
    )


def inflate(data, limit):
    """The gzip member(s) in DATA, never more than LIMIT + 1 bytes of them."""
    out = bytearray()
    while data:
        stream = zlib.decompressobj(wbits=31)
        out += stream.decompress(data, limit + 1 - len(out))
        if len(out) > limit:
            break
        if not stream.eof:
            raise zlib.error("incomplete gzip stream")
        data = stream.unused_data
    return bytes(out)


def decode_body(request, limit=LIMIT):
    """The body before compression; raises Refused."""
    encoding = request.header("Content-Encoding").lower()
    if encoding in ("", "identity"):
        return request.body
    if encoding != "gzip":
        raise Refused(
            error(
                415,
                "UnsupportedContentEncoding",
                f"Content-Encoding '{encoding}' is not supported.",
            )
        )
    if not request.body:
        raise Refused(error(400, "InvalidContent", "The gzip body is empty."))
    try:
        return inflate(request.body, limit)
    except zlib.error as problem:
        raise Refused(
            error(400, "InvalidContent", f"The body is no gzip: {problem}.")
        ) from problem


def check_address(request):
    """(rule, stream) of the address; raises Refused when it is none."""
    match = ADDRESS.fullmatch(request.path)
    if not match:
        raise Refused(error(404, "NotFound", "The resource was not found."))
    if request.method != "POST":
        raise Refused(
            error(
                405,
                "MethodNotAllowed",
                f"The method {request.method} is not allowed.",
                {"Allow": "POST"},
            )
        )
    check_version(request)
    return tuple(urllib.parse.unquote(part) for part in match.groups())


def check_version(request):
    versions = urllib.parse.parse_qs(request.query).get("api-version", [])
    if not versions:
        raise Refused(
            error(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required.",
            )
        )
    if versions != [API_VERSION]:
        raise Refused(
            error(
                400,
                "UnsupportedApiVersion",
                "The api-version is not supported.",
            )
        )


def unauthorized(problem):
    challenge = f'Bearer error="invalid_token", error_description="{problem}"'
    return error(
        401,
        "AuthenticationFailed",
        f"The request is not authenticated: {problem}.",
        {"WWW-Authenticate": challenge},
    )


def check_permission(dcr, stream, settings):
    """Raises Refused unless STREAM of DCR exists and may be written."""
    if dcr not in settings.dcrs:
        raise Refused(
            error(
                404,
                "NotFound",
                f"Data collection rule with immutable Id '{dcr}' not found.",
            )
        )
    with settings.lock:
        denied = dcr in settings.denied
    if denied:
        raise Refused(
            error(
                403,
                "OperationFailed",
                "The authentication token provided does not have access to "
                "ingest data for the data collection rule with immutable Id "
                f"'{dcr}' PipelineAccessResult: AccessGranted: False, "
                "IsRbacPresent: False, IsDcrDceBindingValid: , DcrArmId: .",
            )
        )
    if stream not in settings.streams:
        raise Refused(
            error(
                404,
                "InvalidStream",
                f"Stream: '{stream}' was not found in the data collection "
                f"rule with immutable Id '{dcr}'.",
            )
        )


def check_content_type(request):
    main, _, rest = request.header("Content-Type").partition(";")
    charset = rest.strip().lower().replace('"', "")
    if main.strip().lower() != "application/json" or charset not in (
        "",
        "charset=utf-8",
    ):
        raise Refused(
            error(
                415,
                "UnsupportedMediaType",
                "The Content-Type must be application/json in UTF-8.",
            )
        )


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def parse_rows(body):
    """The array of objects in BODY; raises Refused."""
    try:
        rows = json.loads(body.decode("utf-8"), parse_constant=no_constant)
    except (ValueError, RecursionError) as problem:
        raise Refused(
            error(400, "InvalidContent", f"malformed JSON: {problem}")
        ) from problem
    if not isinstance(rows, list):
        raise Refused(
            error(400, "InvalidContent", "The body must be a JSON array.")
        )
    if not all(isinstance(row, dict) for row in rows):
        raise Refused(
            error(400, "InvalidContent", "Each array element must be an object.")
        )
    return rows


def serialize(rows):
    """One compact line a row; raises Refused."""
    try:
        return [encode(row) for row in rows]
    except ValueError as problem:
        raise Refused(
            error(400, "InvalidContent", f"number out of range: {problem}")
        ) from problem


def value_bytes(value):
    text = value if isinstance(value, str) else encode(value)
    return len(text.encode("utf-8", "surrogatepass"))


def silent_losses(rows, lines):
    """What the service would accept and then drop or cut without a word."""
    names = set().union(*rows) if rows else set()
    odd = sorted(n for n in names if n in RESERVED or not COLUMN.fullmatch(n))
    cut = 0
    for row, line in zip(rows, lines):
        if len(line) > FIELD_LIMIT:
            cut += sum(value_bytes(v) > FIELD_LIMIT for v in row.values())
    facts = {}
    if odd:
        facts["odd_columns"] = odd
    if cut:
        facts["cut_values"] = cut
    return facts


def judge(request, settings, desk):
    """The Verdict on REQUEST."""
    facts = {}
    try:
        dcr, stream = check_address(request)
        facts["token"], problem = desk.check(
            request.header("Authorization"), settings.audience
        )
        if problem:
            raise Refused(unauthorized(problem))
        check_permission(dcr, stream, settings)
        check_content_type(request)
        lines = judge_body(request, settings, facts)
    except Refused as refused:
        return Verdict(refused.answer, facts=facts)
    return Verdict(Answer(204), True, lines, facts)


def judge_body(request, settings, facts):
    """The rows as lines; fills FACTS; raises Refused."""
    if len(request.body) > LIMIT:
        raise Refused(too_large(len(request.body)))
    body = decode_body(request)
    if len(body) > LIMIT:
        raise Refused(too_large(len(body)))
    facts["body_bytes"] = len(body)
    if settings.count_only:
        facts["records"] = body.count(b'"%s":' % settings.count_key.encode())
        return []
    rows = parse_rows(body)
    lines = serialize(rows)
    facts["records"] = len(rows)
    facts.update(silent_losses(rows, lines))
    return lines
