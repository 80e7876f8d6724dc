# SPDX-License-Identifier: Apache-2.0
"""The workspace behind the rules: what it stored, and the query API over it.

An accepted request is stored as a fault of the deeds lose, double, late, part
and alter says (see faults.py), otherwise once and at once. Nothing here knows
what should be there. stored.ndjson has one line a row, so that a restart knows
them all: table, key, when it came and when it can be seen, and the row.

The API understands the forms of query that evtxload sends, over the table of the
rule's stream, and no other. More rows than --query-rows are cut, with an error
beside the tables: a partial answer.
"""

import hashlib
import json
import os
import re
import threading
import time
from collections import Counter, defaultdict
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
    r"|Key\n\| project Key, Rows"
    r"|Key, Content = (?P<content>.*)\n\| project Key, Content, Rows)\n"
    r"\| order by (Part|Key|Key asc, Content) asc"
)
# The content: SHA-256 of values, each followed by LF.
CONTENT = re.compile(r"substring\(hash_sha256\(strcat\((.*)\)\), 0, (\d+)\)")
PLACE = r'[A-Za-z_]\w*(?:\["[^"\\]*"\])*'
VALUE = re.compile(
    rf"(?:tostring\((?P<plain>{PLACE})\)"
    rf'|iff\(gettype\((?P<kind>{PLACE})\) in \("array", "dictionary"\), "", '
    rf'tostring\((?P<scalar>{PLACE})\)\)), "\\n"(?:, |$)'
)
TIMES = {"TimeGenerated", "TimeCreated_CF"}
KEY = re.compile(r"[0-9a-f]{32}")
LIMIT = 500000


def find(row, place):
    """The value of Column["member"]... in a row of the table."""
    column, *members = re.findall(r'^\w+|(?<=\[")[^"]*', place)
    value = row.get(column)
    if column in TIMES and not members and value:
        day, _, rest = value.rstrip("Z").partition("T")
        clock, _, fraction = rest.partition(".")
        value = f"{day}T{clock}.{fraction:0<7.7}Z"
    for member in members:
        value = value.get(member) if isinstance(value, dict) else None
    return value


def as_text(value):
    """What tostring() gives."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def content_of(expression):
    """The function from a row to the value of EXPRESSION; None if it is none."""
    match = CONTENT.fullmatch(expression)
    if not match:
        return None
    at, values = 0, []
    while at < len(match[1]):
        value = VALUE.match(match[1], at)
        if not value or value["kind"] != value["scalar"]:
            return None
        values.append(value)
        at = value.end()

    def content(row):
        text = ""
        for value in values:
            found = find(row, value["plain"] or value["scalar"])
            if value["scalar"] and isinstance(found, (dict, list)):
                found = None
            text += as_text(found) + "\n"
        return hashlib.sha256(text.encode()).hexdigest()[:int(match[2])]

    return content


def altered(line, column):
    row = json.loads(line)
    row[column] = as_text(row.get(column)) + "?"
    return json.dumps(row)


class Workspace:
    def __init__(self, folder, ident, limit=LIMIT):
        self.id = ident
        self.limit = limit
        self.reader = True
        self.lock = threading.Lock()
        self.path = os.path.join(folder, "stored.ndjson")
        # By the first two digits of their keys, for large tables.
        self.rows = defaultdict(list)
        if os.path.exists(self.path):
            with open(self.path, encoding="ascii") as file:
                self.add(json.loads(line) for line in file)

    def add(self, rows):
        for row in rows:
            if KEY.fullmatch(row[1]):
                self.rows[row[1][:2]].append(tuple(row))

    def store(self, table, lines, fault=None):
        """Keep accepted LINES, as FAULT would have it."""
        deed = fault.name if fault else None
        copies = {"lose": 0, "double": 2}.get(deed, 1)
        now = time.time()
        seen = now + (fault.get("seconds") if deed == "late" else 0)
        if deed == "part":
            lines = lines[:len(lines) // 2]
        if deed == "alter":
            lines = [altered(line, fault.get("column")) for line in lines]
        rows = []
        for line in lines:
            row = json.loads(line)
            rows.append([table, row.get("RecordKey_CF", ""), now, seen, row])
        rows *= copies
        with self.lock, open(self.path, "a", encoding="ascii") as file:
            self.add(rows)
            file.writelines(json.dumps(row) + "\n" for row in rows)

    def visible(self, table, since, prefix):
        """The rows that can be seen."""
        now = time.time()
        with self.lock:
            for start, rows in self.rows.items():
                if not start.startswith(prefix[:2]):
                    continue
                for row in rows:
                    if (row[0] == table and row[2] >= since and row[3] <= now
                            and row[1].startswith(prefix)):
                        yield row

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
        rows = self.visible(query["table"], since, query["prefix"])
        if query["at"]:
            at = int(query["at"])
            return self.table("Part", Counter(row[1][at] for row in rows))
        if not query["content"]:
            return self.table("Key", Counter(row[1] for row in rows))
        content = content_of(query["content"])
        if not content:
            return error(400, "BadArgumentError", "SyntaxError")
        return self.table(
            "Key", Counter((row[1], content(row[4])) for row in rows), "Content")

    def table(self, name, counts, *more):
        rows = [
            [*(key if more else [key]), n] for key, n in sorted(counts.items())
        ]
        columns = [{"name": n, "type": "string"} for n in (name, *more)]
        value = {"tables": [{
            "name": "PrimaryResult",
            "columns": [*columns, {"name": "Rows", "type": "long"}],
            "rows": rows[:self.limit],
        }]}
        if len(rows) > self.limit:
            value["error"] = {"code": "PartialError", "message":
                              "There were some errors when processing your query."}
        return as_json(200, value)
