# SPDX-License-Identifier: Apache-2.0
"""What happened, on disk before the client hears of it.

journal.jsonl    one object a request, in the order of the answers
accepted.ndjson  one line an accepted record

A request's records are written first and its journal line last, each by one
unbuffered append: the journal line commits. After a kill the next start drops
what no journal line vouches for, so both files always tell the same story.
"""

import json
import os
import threading

JOURNAL = "journal.jsonl"
ACCEPTED = "accepted.ndjson"


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def whole_lines(path):
    """The bytes of the lines that are whole; b'' when there is no file."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return b""
    return data[: data.rfind(b"\n") + 1]


class Journal:
    def __init__(self, folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self.lock = threading.Lock()
        self.journal_fd, kept = self.reopen(os.path.join(folder, JOURNAL))
        lines = [json.loads(line) for line in kept.splitlines()]
        self.end = max((line.get("accepted_end", 0) for line in lines), default=0)
        self.accepted_fd = self.open(os.path.join(folder, ACCEPTED))
        os.ftruncate(self.accepted_fd, self.end)
        self.requests = len(lines)
        self.records = sum(line.get("stored", 0) for line in lines)

    @staticmethod
    def open(path):
        return os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def reopen(self, path):
        """A descriptor of PATH without its torn tail, and what it holds."""
        kept = whole_lines(path)
        fd = self.open(path)
        os.ftruncate(fd, len(kept))
        return fd, kept

    def commit(self, entry, lines=()):
        """Write ENTRY, and before it the accepted LINES."""
        data = "".join(line + "\n" for line in lines).encode("ascii")
        with self.lock:
            if data:
                write_all(self.accepted_fd, data)
                self.end += len(data)
            self.requests += 1
            self.records += len(lines)
            entry = {"seq": self.requests, **entry}
            if lines:
                entry.update(stored=len(lines), accepted_end=self.end)
            write_all(self.journal_fd, (json.dumps(entry) + "\n").encode())

    def close(self):
        os.close(self.journal_fd)
        os.close(self.accepted_fd)
