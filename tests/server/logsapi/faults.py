# SPDX-License-Identifier: Apache-2.0
"""Which request is to be spoilt, and how.

A script is a JSON array of rules; the first that matches a request is taken.

  on           ingest (default), token, query or any
  at           N or [N, ...]: the n-th requests since the rule was set
  every        N: every n-th
  first        K: the first k
  from         N: the n-th and all after it
  for_seconds  S: only so long after the rule was set
  contains     TEXT: only bodies that hold this text (after decompression)
  larger_than  N: only bodies of more bytes than this (after decompression)
               Without any of these the rule spoils every request.
  do           one of DEEDS below
  status, headers, body
               replace those of the answer; a body that is no string is sent
               as JSON; a header "@date+3" becomes the HTTP date in 3 seconds
               garbage sends the body alone, which need not be HTTP
  echo         true: the answer's error repeats the request's credentials, as
               they are, percent-encoded, in base64 and in hex
  accept       true: the request is judged and recorded first, then its answer
               is spoilt; otherwise nothing of it is kept
  column       of which alter changes the text in every row
  seconds      how long hang lasts and what is late cannot be seen, or the
               pause between two bytes of drip, or between two blocks of
               slow-read (which is then judged and
               answered like any other)
  bytes        how much huge-headers, huge-body and gzip-bomb send
"""

import dataclasses
import threading
import time
from email.utils import formatdate

# deed -> (transport, preset values)
DEEDS = {
    "status": ("send", {}),
    # The answer is right, what the workspace keeps is not: workspace.py
    "lose": ("send", {"accept": True}),
    "double": ("send", {"accept": True}),
    "late": ("send", {"accept": True, "seconds": 3}),
    "part": ("send", {"accept": True}),
    "alter": ("send", {"accept": True, "column": "Account"}),
    "reset-before": ("reset-before", {}),
    "reset-during": ("reset-during", {}),
    "slow-read": ("slow-read", {"seconds": 0.1}),
    "reset-after": ("reset-after", {}),
    "drop-answer": ("reset-after", {"accept": True}),
    "close": ("close", {}),
    "half-status": ("half-status", {}),
    "short-body": ("short-body", {"body": "{}"}),
    "long-body": ("long-body", {"body": "{}"}),
    "hang": ("hang", {"seconds": 3600}),
    "drip": ("drip", {"seconds": 1}),
    "garbage": ("garbage", {"body": "220 mail.example ESMTP\r\n"}),
    "huge-headers": ("huge-headers", {"bytes": 300 << 10}),
    "huge-body": ("huge-body", {"bytes": 100 << 20}),
    "gzip-bomb": ("gzip-bomb", {"bytes": 1 << 30}),
}
EARLY = {"reset-before", "reset-during", "slow-read"}
CONDITIONS = {"contains", "larger_than"}
COUNTS = {"at", "every", "first", "from"}
KNOWN = (
    {"on", "do", "status", "headers", "body", "accept", "seconds", "bytes"}
    | {"for_seconds", "echo", "column"}
    | CONDITIONS
    | COUNTS
)


@dataclasses.dataclass
class Fault:
    """One rule of the script."""

    rule: dict
    since: float
    seen: int = 0

    @property
    def name(self):
        return self.rule["do"]

    @property
    def transport(self):
        return DEEDS[self.name][0]

    def get(self, key, default=None):
        return self.rule.get(key, DEEDS[self.name][1].get(key, default))

    def concerns(self, kind, early, body):
        """True when the rule speaks of such a request at all."""
        if self.rule.get("on", "ingest") not in (kind, "any"):
            return False
        if early != (self.transport in EARLY):
            return False
        limit = self.rule.get("for_seconds")
        if limit is not None and time.monotonic() > self.since + limit:
            return False
        if len(body) <= self.rule.get("larger_than", -1):
            return False
        return self.rule.get("contains", "").encode() in body

    def due(self, n):
        """True when the n-th request it concerns is to be spoilt."""
        rule = self.rule
        at = rule.get("at", n)
        return (
            n in (at if isinstance(at, list) else [at])
            and n % rule.get("every", 1) == 0
            and n <= rule.get("first", n)
            and n >= rule.get("from", 1)
        )


def check(rule):
    """RULE as it is; ValueError when it is none."""
    unknown = set(rule) - KNOWN
    if unknown:
        raise ValueError(f"unknown in a fault: {', '.join(sorted(unknown))}")
    if rule.get("do") not in DEEDS:
        raise ValueError(f"do must be one of {', '.join(DEEDS)}")
    if rule.get("on", "ingest") not in ("ingest", "token", "query", "any"):
        raise ValueError("on must be ingest, token, query or any")
    if rule["do"] in EARLY and (CONDITIONS & set(rule) or rule.get("accept")):
        raise ValueError("a fault before the body cannot know the body")
    if rule["do"] == "status" and "status" not in rule:
        raise ValueError("which status?")
    if rule.get("every", 1) < 1:
        raise ValueError("every must be 1 or more")
    return rule


class FaultPlan:
    """The rules in force."""

    def __init__(self, rules=()):
        self.lock = threading.Lock()
        self.faults = []
        self.add(rules)

    def add(self, rules):
        now = time.monotonic()
        fresh = [Fault(check(dict(rule)), now) for rule in rules]
        with self.lock:
            self.faults = self.faults + fresh

    def replace(self, rules):
        now = time.monotonic()
        fresh = [Fault(check(dict(rule)), now) for rule in rules]
        with self.lock:
            self.faults = fresh

    def pick(self, kind, early, body=b""):
        """The fault for this request, or None; counts it for every rule."""
        found = None
        with self.lock:
            for fault in self.faults:
                if not fault.concerns(kind, early, body):
                    continue
                fault.seen += 1
                if found is None and fault.due(fault.seen):
                    found = fault
        return found

    def needs_body(self):
        """True when a rule looks into bodies."""
        return any(CONDITIONS & set(fault.rule) for fault in self.faults)

    def report(self):
        with self.lock:
            return [{**fault.rule, "seen": fault.seen} for fault in self.faults]


def header_value(text):
    """TEXT, or the date that "@date+SECONDS" stands for."""
    if str(text).startswith("@date"):
        return formatdate(time.time() + float(text[5:] or 0), usegmt=True)
    return str(text)
