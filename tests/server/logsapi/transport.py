# SPDX-License-Identifier: Apache-2.0
"""Sends an answer over a connection: whole, or spoilt by a fault."""

import json
import socket
import struct
import time
import zlib
from http import HTTPStatus

from .answer import Answer
from .faults import header_value

BLOCK = 1 << 20
NO_BODY = (204, 304)


def reason(status):
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def head(answer, length, extra=()):
    """Status line and headers; LENGTH None leaves Content-Length out."""
    lines = [f"HTTP/1.1 {answer.status} {reason(answer.status)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines += extra
    if length is not None and answer.status not in NO_BODY:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def spoil(answer, fault):
    """ANSWER with what FAULT replaces in it; without answer, a new one."""
    status = fault.get("status", answer.status if answer else 500)
    headers = dict(answer.headers) if answer else {}
    body = answer.body if answer else b""
    text = fault.get("body")
    if text is not None:
        body = (text if isinstance(text, str) else json.dumps(text)).encode()
        headers.setdefault("Content-Type", "application/json")
    for name, value in fault.get("headers", {}).items():
        headers[name] = header_value(value)
    return Answer(status, body, headers)


def reset(connection):
    """Make the coming close a reset instead of an orderly end."""
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def send(wire, answer, fault, stopping):
    """Send ANSWER through WIRE (a socket); True if the connection may live on.

    STOPPING is an event that ends hang and drip early.
    """
    if fault is None or fault.transport == "send":
        wire.sendall(head(answer, len(answer.body)) + answer.body)
        return True
    return SENDERS[fault.transport](wire, answer, fault, stopping)


def send_reset(wire, _answer, _fault, _stopping):
    reset(wire)
    return False


def send_nothing(_wire, _answer, _fault, _stopping):
    return False


def send_half_status(wire, answer, _fault, _stopping):
    wire.sendall(f"HTTP/1.1 {answer.status}"[:11].encode())
    return False


def send_short_body(wire, answer, _fault, _stopping):
    wire.sendall(head(answer, len(answer.body) + 100) + answer.body)
    return False


def send_long_body(wire, answer, _fault, _stopping):
    wire.sendall(head(answer, len(answer.body) // 2) + answer.body)
    return False


def send_garbage(wire, answer, _fault, _stopping):
    wire.sendall(answer.body)
    return False


def send_late(_wire, _answer, fault, stopping):
    stopping.wait(fault.get("seconds"))
    return False


def send_drip(wire, answer, fault, stopping):
    data = head(answer, len(answer.body)) + answer.body
    for i in range(len(data)):
        wire.sendall(data[i : i + 1])
        if stopping.wait(fault.get("seconds")):
            return False
    return True


def send_huge_headers(wire, answer, fault, _stopping):
    line = "x-padding: " + "p" * 1000
    extra = [line] * (fault.get("bytes") // len(line) + 1)
    wire.sendall(head(answer, len(answer.body), extra) + answer.body)
    return True


def send_huge_body(wire, answer, fault, stopping):
    left = fault.get("bytes")
    wire.sendall(head(answer, left))
    block = b" " * BLOCK
    while left > 0 and not stopping.is_set():
        wire.sendall(block[:left])
        left -= min(left, BLOCK)
    return left == 0


def bomb(size):
    """SIZE blanks as gzip, block by block."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * BLOCK
    while size > 0:
        yield packer.compress(block[:size])
        size -= min(size, BLOCK)
    yield packer.flush()


def send_gzip_bomb(wire, answer, fault, stopping):
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Connection"] = "close"
    wire.sendall(head(answer, None))
    for part in bomb(fault.get("bytes")):
        wire.sendall(part)
        if stopping.is_set():
            break
    return False


SENDERS = {
    "reset-before": send_reset,
    "reset-during": send_reset,
    "reset-after": send_reset,
    "close": send_nothing,
    "half-status": send_half_status,
    "short-body": send_short_body,
    "long-body": send_long_body,
    "hang": send_late,
    "drip": send_drip,
    "garbage": send_garbage,
    "huge-headers": send_huge_headers,
    "huge-body": send_huge_body,
    "gzip-bomb": send_gzip_bomb,
}


def stamp(answer, request_id, closing):
    """The headers that every answer has."""
    answer.headers.setdefault("Date", header_value("@date"))
    answer.headers.setdefault("x-ms-request-id", request_id)
    if closing:
        answer.headers["Connection"] = "close"
    return answer


def now():
    """(ISO time, seconds since the epoch)."""
    seconds = time.time()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1e6):06d}Z", seconds
