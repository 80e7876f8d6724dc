# SPDX-License-Identifier: Apache-2.0
"""An HTTP answer before it is sent."""

import dataclasses
import json


@dataclasses.dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict = dataclasses.field(default_factory=dict)
    # For the journal; they never travel.
    why: str = ""
    token: int | None = None


def as_json(status, value, why="", headers=None):
    """Answer with VALUE as a JSON body."""
    full = {"Content-Type": "application/json; charset=utf-8"}
    full.update(headers or {})
    return Answer(status, json.dumps(value).encode(), full, why)


def error(status, code, message, headers=None):
    """The error body that Azure's services share."""
    body = {"error": {"code": code, "message": message}}
    return as_json(status, body, code, headers)
