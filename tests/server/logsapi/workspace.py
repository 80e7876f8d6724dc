# SPDX-License-Identifier: Apache-2.0
"""The workspace behind the rules: what it stored, and the query API over it.

An accepted request is stored as a fault of the deeds lose, double and late says
(see faults.py), otherwise once and at once. Nothing here knows what should be
there. stored.ndjson has one line a row, so that a restart knows them all.

The API understands the two forms of query that evtxload sends, over the table
of the rule's stream, and no other. More rows than --query-rows are cut, with
an error beside the tables: a partial answer.
"""

import json
import os
import re
import threading
import time
from collections import Counter
from datetime import datetime

from .answer import Answer, as_json, error

AUDIENCE = "https://api.loganalytics.io"
ADDRESS = re.compile(r"/v1/workspaces/([0-9a-f-]{36})/query")
QUERY = re.compile(
    r"(?P<table>\w+)\n"
    r"(\| where ingestion_time\(\) >= datetime\((?P<since>[0-9TZ:-]+)\)\n)?"
    r"\| extend Key = RecordKey_CF\n"
    r'\| where Key matches regex "\^\[0-9a-f\]\{32\}\$" '
    r'and Key startswith_cs "(?P<prefix>[0-9a-f]*)"\n'
    r"\| summarize Rows = count\(\) by "
    r"(Part = substring\(Key, (?P<at>\d+), 1\)\n\| project Part, Rows"
    r"|Key\n\| project Key, Rows)\n"
    r"\| order by (Part|Key) asc"
)
KEY = re.compile(r"[0-9a-f]{32}")
LIMIT = 500000


class Workspace:
    def __init__(self, folder, ident, limit=LIMIT):
        self.id = ident
        self.limit = limit
        self.reader = True
        self.lock = threading.Lock()
        self.path = os.path.join(folder, "stored.ndjson")
        self.rows = []
        if os.path.exists(self.path):
            with open(self.path, encoding="ascii") as file:
                self.rows = [json.loads(line) for line in file]

    def store(self, table, lines, fault=None):
        """Keep accepted LINES, as FAULT would have it."""
        deed = fault.name if fault else None
        copies = {"lose": 0, "double": 2}.get(deed, 1)
        now = time.time()
        seen = now + (fault.get("seconds") if deed == "late" else 0)
        rows = [
            [table, json.loads(line).get("RecordKey_CF", ""), now, seen]
            for line in lines
        ] * copies
        with self.lock, open(self.path, "a", encoding="ascii") as file:
            self.rows += rows
            file.writelines(json.dumps(row) + "\n" for row in rows)

    def keys(self, table, since, prefix):
        """How many rows of each key can be seen."""
        now = time.time()
        with self.lock:
            return Counter(
                key
                for name, key, arrived, seen in self.rows
                if name == table and arrived >= since and seen <= now
                and KEY.fullmatch(key) and key.startswith(prefix)
            )

    def answer(self, request, desk, tables):
        _, problem = desk.check(request.header("Authorization"), AUDIENCE)
        if problem:
            return error(401, "AuthenticationFailed", problem)
        if ADDRESS.fullmatch(request.path).group(1) != self.id:
            return error(404, "PathNotFoundError", "The workspace was not found")
        if not self.reader:
            return error(403, "InsufficientAccessError",
                         "The provided credentials have insufficient access")
        kind = request.header("Content-Type").partition(";")[0]
        if request.method != "POST" or kind != "application/json":
            return Answer(200)
        return self.run(request.body, tables)

    def run(self, body, tables):
        query = QUERY.fullmatch(json.loads(body)["query"])
        if not query:
            return error(400, "BadArgumentError", "SyntaxError")
        if query["table"] not in tables:
            return error(400, "BadArgumentError", "SemanticError: no such table")
        since = 0
        if query["since"]:
            since = datetime.fromisoformat(
                query["since"].replace("Z", "+00:00")).timestamp()
        keys = self.keys(query["table"], since, query["prefix"])
        name = "Key"
        if query["at"]:
            name, parts = "Part", Counter()
            for key, n in keys.items():
                parts[key[int(query["at"]):][:1]] += n
            keys = parts
        return self.table(name, sorted(keys.items()))

    def table(self, name, rows):
        value = {"tables": [{
            "name": "PrimaryResult",
            "columns": [{"name": name, "type": "string"},
                        {"name": "Rows", "type": "long"}],
            "rows": rows[:self.limit],
        }]}
        if len(rows) > self.limit:
            value["error"] = {"code": "PartialError", "message":
                              "There were some errors when processing your query."}
        return as_json(200, value)
