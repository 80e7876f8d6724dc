# SPDX-License-Identifier: Apache-2.0
"""Staging directories written by hand, as evtxstage would."""

import hashlib
import json
import os

EMPTY_SUM = hashlib.sha256(b"").hexdigest()
LISTINGS = ("sources", "logs", "chunks", "damage")


def record_key(n):
    return hashlib.sha256(str(n).encode()).hexdigest()[:32]


def logon_row(n, **more):
    """A row of schema securityevent; N makes it the only one."""
    time = f"2024-05-{n // 86400 % 28 + 1:02}T{n // 3600 % 24:02}:" \
           f"{n // 60 % 60:02}:{n % 60:02}.{n % 10000000:07}Z"
    row = {
        "TimeGenerated": time,
        "Computer": f"HOST{n % 7}",
        "Channel": "Security",
        "EventID": 4624 + n % 3,
        "Activity": "4624 - An account was successfully logged on.",
        "Account": f"CORP\\user{n % 50}",
        "LogonType": 3,
        "IpAddress": f"10.0.{n // 256 % 256}.{n % 256}",
        "TimeCreated_CF": time,
        "RecordKey_CF": record_key(n),
    }
    row.update(more)
    return row


def raw_row(n):
    return {
        "Event": {
            "#attributes": {"xmlns": "http://schemas.microsoft.com/win"},
            "System": {
                "Provider": {"#attributes": {"Name": "Provider"}},
                "EventID": 4624 if n % 2 else
                {"#attributes": {"Qualifiers": 0}, "#text": 4624},
                "TimeCreated": {"#attributes": {
                    "SystemTime": f"2024-05-01T00:00:00.{n:07}Z"}},
                "EventRecordID": n,
                "Channel": "Security",
                "Computer": f"HOST{n % 7}",
            },
            "EventData": {"TargetUserName": f"user{n}"},
        }
    }


def as_line(row):
    if isinstance(row, bytes):
        return row + b"\n"
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def write_segment(folder, number, rows):
    """Write one segment; returns its entry of the manifest."""
    data = b"".join(as_line(row) for row in rows)
    name = f"segments/{number:06}.ndjson"
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)
    return {
        "name": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "lines": len(rows),
    }


def manifest_of(segments, schema, run):
    lines = sum(segment["lines"] for segment in segments)
    accounting = {
        "found": lines, "emitted": lines, "filtered": {},
        "duplicate": 0, "damaged": 0,
    }
    return {
        "tool": {"name": "evtxstage", "version": "0", "commit": "test"},
        "key_version": 3,
        "options": {},
        "event_set": {"name": "all", "sha256": EMPTY_SUM},
        "schema": schema,
        **{name: {"name": name + ".ndjson", "sha256": EMPTY_SUM,
                  "bytes": 0, "lines": 0} for name in LISTINGS},
        "segments": segments,
        "accounting": accounting,
        "run": {"started": run},
    }


def canonical(value):
    """RFC 8785, for what a manifest has."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True,
                      separators=(",", ":")).encode()


def write_manifest(folder, manifest):
    """With its digest, as evtxstage does."""
    manifest = {k: v for k, v in manifest.items() if k != "digest"}
    manifest["digest"] = hashlib.sha256(canonical(manifest)).hexdigest()
    with open(os.path.join(folder, "manifest.json"), "wb") as file:
        file.write(canonical(manifest))


def make_staging(folder, rows, schema="securityevent", per_segment=1000,
                 run="2026-01-01T00:00:00Z"):
    """A finished staging directory; returns its manifest."""
    rows = list(rows)
    os.makedirs(os.path.join(folder, "segments"))
    segments = []
    for start in range(0, len(rows), per_segment):
        chunk = rows[start:start + per_segment]
        segments.append(write_segment(folder, len(segments) + 1, chunk))
    manifest = manifest_of(segments, schema, run)
    write_manifest(folder, manifest)
    return manifest
