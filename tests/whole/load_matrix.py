# SPDX-License-Identifier: Apache-2.0
"""One loader against one server with one fault: what must hold afterwards.

A Field keeps a server over many trials, each with a staging and a checkpoint
of its own. A trial runs evtxload until it is through, then compares what the
server accepted with what was staged, looks at when requests were made, and
searches everything that was written for secrets.
"""

import base64
import dataclasses
import json
import os
import subprocess
import urllib.parse

import check_delivery
from load_run import PROGRAM, clean_env
from load_staging import logon_row, make_staging

BATCHES = 12
PER_BATCH = 10
RECORDS = BATCHES * PER_BATCH
QUICK = ["--retry-delay", "0.05", "--timeout", "1", "--max-wait", "1"]
# A request may have been on its way when the pause was asked for.
UNDER_WAY = 0.3


def whens(rule):
    """The fault RULE at the first, every fifth, the last and each request."""
    return {
        "first": dict(rule, at=1),
        "fifth": dict(rule, every=5),
        "last": dict(rule, at=BATCHES),
        "each": rule,
    }


@dataclasses.dataclass
class Done:
    status: int
    told: str


class Field:
    """A server, and a folder for what evtxload leaves."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = str(folder)
        self.trials = 0

    def trial(self, *faults, jobs=1, words=(), batches=BATCHES):
        self.trials += 1
        folder = os.path.join(self.folder, f"trial{self.trials}")
        staging = os.path.join(folder, "staging")
        first = self.trials * 100000
        rows = [logon_row(first + n) for n in range(batches * PER_BATCH)]
        make_staging(staging, rows, per_segment=PER_BATCH)
        self.server.control(faults=list(faults))
        trial = Trial(self.server, staging, [*QUICK, "-j", str(jobs), *words])
        trial.keys = [row["RecordKey_CF"] for row in rows]
        return trial


class Trial:
    def __init__(self, server, staging, words):
        self.server = server
        self.staging = staging
        self.state = os.path.join(staging, "load")
        self.words = words
        self.before = len(server.journal())
        self.start = os.path.getsize(server.accepted_file)
        self.told = ""

    def command(self, *words):
        return [PROGRAM, *words, *self.server.load_options, "-v", *self.words,
                self.staging]  # fmt: skip

    def run(self, *words):
        """Run evtxload once; words before its options, such as a command."""
        done = subprocess.run(
            self.command(*words), env=clean_env(self.server.env),
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        self.told += done.stdout + done.stderr
        return Done(done.returncode, done.stderr)

    def heal(self):
        self.server.control(faults=[])

    def journal(self, kind="ingest"):
        entries = self.server.journal()[self.before :]
        return [entry for entry in entries if entry["kind"] == kind]

    def accepted(self):
        """A file of the records that were accepted in this trial."""
        path = self.staging + ".accepted"
        with open(self.server.accepted_file, "rb") as source:
            source.seek(self.start)
            # What an earlier trial left under way may have come in late.
            keys = set(self.keys)
            mine = [line for line in source if key_of(line) in keys]
        with open(path, "wb") as target:
            target.writelines(mine)
        return path

    def lines(self, name):
        """The objects of a file beside the checkpoint."""
        path = os.path.join(self.state, name)
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def counts(self):
        ambiguous = os.path.join(self.state, "ambiguous.ndjson")
        return check_delivery.check(self.staging, self.accepted(), ambiguous)

    def check(self, dead=0, killed=False):
        """Nothing lost but DEAD records, which are dead letters; nothing
        altered; doubles only where they were reported; no secret told."""
        counts = self.counts()
        assert counts["lost"] == dead == len(self.lines("dead.ndjson")), counts
        assert counts["altered"] == counts["foreign"] == 0, counts
        assert counts["outside"] == 0, counts
        self.check_pauses()
        # The answer to a request of a run that was killed is known to nobody.
        if not killed:
            self.check_receipts()
        check_secrets(self.server, [self.staging], self.told)
        return counts

    def check_pauses(self):
        """Nothing goes out in a pause that a 429 asked for."""
        entries = self.journal()
        for entry in entries:
            if entry["status"] != 429 or "retry_after" not in entry:
                continue
            ended = entry["ended"]
            until = ended + entry["retry_after"]
            early = [
                other for other in entries
                if ended + UNDER_WAY < other["started"] < until - 0.05
            ]  # fmt: skip
            assert not early, early

    def check_receipts(self):
        """Every request that was answered has its receipt."""
        ids = {line.get("request_id") for line in self.lines("receipts.ndjson")}
        entries = [e for e in self.journal() if e["status"] in (204, 400, 403, 413)]
        whole = [e for e in entries if "fault" not in e]
        assert {entry["request_id"] for entry in whole} <= ids


def key_of(line):
    return json.loads(line).get("RecordKey_CF") if line.endswith(b"\n") else None


# --- secrets -----------------------------------------------------------------


def forms(secret):
    """The shapes in which SECRET could be written down."""
    raw = secret.encode()
    yield raw
    yield urllib.parse.quote(secret, safe="").encode()
    yield urllib.parse.quote_plus(secret).encode()
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for skip in range(3):
        yield base64.b64encode(raw[skip:])[: len(raw) // 3 * 4 - 4]


def secrets_of(server):
    found = [server.secret]
    path = os.path.join(server.folder, "tokens")
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            found += file.read().split()
    return found


def files_below(folders):
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                with open(os.path.join(place, name), "rb") as file:
                    yield os.path.join(place, name), file.read()


def check_secrets(server, folders, *texts):
    """No secret in the files of FOLDERS or in TEXTS, in no form, not even the
    first 20 bytes of one."""
    places = [(text[:40], text.encode()) for text in texts]
    places += files_below(folders)
    for secret in secrets_of(server):
        for form in forms(secret):
            for name, data in places:
                assert form[:20] not in data, f"a secret is told in {name}"
