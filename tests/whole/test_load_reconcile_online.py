# SPDX-License-Identifier: Apache-2.0
"""evtxload reconcile against a workspace that loses, doubles and delays."""

import json
import re
import shutil
import signal
import time
from collections import Counter

import pytest
from ingest_fixtures import make_ingest  # noqa: F401
from kql import bind, declared_tables, execute, paragraphs
from load_run import PROGRAM, clean_env, load, load_json, load_start
from load_staging import logon_row, make_staging, record_key
from logsapi.workspace import content_of
from stage_tools import peak_kib

KEYS = 300


@pytest.fixture
def staging(tmp_path):
    folder = tmp_path / "staging"
    make_staging(folder, [logon_row(n) for n in range(KEYS)], per_segment=50)
    return folder


def push(server, staging, *words, status=0):
    done = load(*server.load_options, "--retry-delay", "0", *words, staging,
                env=server.env)
    assert done.returncode == status, done.stderr


def reconcile(server, staging, *words, status=0, settle="0.3"):
    # Without --resend nothing but the workspace is named.
    options = server.load_options[2:]
    return load_json("reconcile", *options, *server.query_options, "--settle",
                     settle, "--retry-delay", "0", *words, staging,
                     env=server.env, status=status)


def outcome(staging, name="reconcile.json"):
    with open(staging / "load" / name, encoding="utf-8") as file:
        return json.load(file)


def stored(server):
    """The rows of each key, as the workspace keeps them."""
    with open(server.folder + "/stored.ndjson", encoding="ascii") as file:
        return Counter(json.loads(line)[1] for line in file)


def missing_in(report):
    return [key for batch in report["batches"] for key in batch["missing"]]


def double_in(report):
    return {d["key"]: d["rows"] for b in report["batches"] for d in b["double"]}


def test_all_is_there(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    push(server, staging)
    manifest = (staging / "manifest.json").read_bytes()
    report = reconcile(server, staging)
    assert (report["there"], report["missing"], report["double"]) == (KEYS, 0, 0)
    assert report["settled"] and report["exit"] == 0
    assert outcome(staging)["batches"] == []
    assert (staging / "manifest.json").read_bytes() == manifest
    # Two tokens for two audiences, and no row more.
    assert len(stored(server)) == KEYS


def test_a_batch_that_was_acknowledged_and_dropped(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    server.control(faults=[{"do": "lose", "at": 2}])
    push(server, staging, "-j", "1")
    lost = {record_key(n) for n in range(KEYS)} - set(stored(server))
    assert len(lost) == 50
    report = reconcile(server, staging, status=6)
    assert (report["missing"], report["there"]) == (50, KEYS - 50)
    batch, = outcome(staging)["batches"]
    assert set(batch["missing"]) == lost and batch["status"] == "acked"
    with open(staging / "load" / "receipts.ndjson", encoding="utf-8") as file:
        receipts = [json.loads(line) for line in file]
    assert batch["batch"] in {r["batch"] for r in receipts}
    report = reconcile(server, staging, "--resend")
    assert (report["missing"], report["resent"], report["double"]) == (0, 50, 0)
    assert set(missing_in(outcome(staging, "reconcile-before.json"))) == lost
    assert stored(server) == Counter(record_key(n) for n in range(KEYS))
    # It is idempotent.
    assert reconcile(server, staging, "--resend")["resent"] == 0


def test_only_the_missing_records_of_a_batch_are_sent(make_ingest, staging, tmp_path):  # noqa: F811
    server = make_ingest()
    part = tmp_path / "part"
    make_staging(part, [logon_row(n) for n in range(0, KEYS, 2)])
    push(server, part)
    requests = len(server.journal("ingest"))
    report = reconcile(server, staging, "--resend")
    assert (report["resent"], report["double"]) == (KEYS // 2, 0)
    assert len(server.journal("ingest")) == requests + 1
    assert stored(server) == Counter(record_key(n) for n in range(KEYS))
    # Nothing is left for a push.
    push(server, staging)
    assert sum(stored(server).values()) == KEYS


def test_doubles_are_named(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    server.control(faults=[{"do": "double", "at": 1},
                           {"do": "drop-answer", "at": 3}])
    push(server, staging, "-j", "1")
    double = {k: n for k, n in stored(server).items() if n > 1}
    assert len(double) == 100
    report = reconcile(server, staging, "--resend")
    assert (report["double"], report["extra_rows"]) == (100, 100)
    assert double_in(outcome(staging)) == double
    # They are not sent a third time.
    assert report["resent"] == 0
    assert {k: n for k, n in stored(server).items() if n > 1} == double


def test_held_batches_are_closed_or_sent(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    # The first arrived and the second did not; of both the answer was lost.
    server.control(faults=[{"do": "drop-answer", "at": 1},
                           {"do": "reset-after", "at": 2}])
    push(server, staging, "-j", "1", "--on-ambiguous", "hold", status=6)
    report = reconcile(server, staging, "--resend", "--on-ambiguous", "hold")
    assert (report["resent"], report["missing"], report["double"]) == (50, 0, 0)
    assert report["closed_batches"] == 2
    assert load_json("status", staging)["left"]["records"] == 0
    push(server, staging, "--on-ambiguous", "hold")
    assert stored(server) == Counter(record_key(n) for n in range(KEYS))


@pytest.mark.slow
def test_what_is_late_is_not_sent_again(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    server.control(faults=[{"do": "late", "at": 2, "seconds": 2}])
    push(server, staging, "-j", "1")
    report = reconcile(server, staging, "--resend", settle="3")
    assert (report["there"], report["resent"], report["double"]) == (KEYS, 0, 0)


def test_counts_that_move(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    server.control(faults=[{"do": "late", "at": n, "seconds": 1 + n / 2}
                           for n in range(1, 7)])
    push(server, staging, "-j", "1")
    report = reconcile(server, staging, "--resend", "--max-wait", "0", status=5,
                       settle="1.5")
    assert not report["settled"] and report["resent"] == 0
    assert "kept changing" in report["error"]


def test_answers_in_parts(make_ingest, staging):  # noqa: F811
    server = make_ingest("--query-rows", "20")
    server.control(faults=[{"do": "lose", "at": 2}])
    push(server, staging, "-j", "1")
    report = reconcile(server, staging, status=6)
    assert report["missing"] == 50
    assert report["requests"] > 16


@pytest.mark.parametrize("fault", [
    {"do": "status", "status": 429, "headers": {"Retry-After": "1"}, "at": [1, 4]},
    {"do": "status", "status": 200, "body": "", "at": [2, 4]},
    {"do": "status", "status": 503, "at": [1, 4]},
    {"do": "status", "status": 504, "at": 4},
    {"do": "drop-answer", "every": 3},
    {"do": "short-body", "status": 200, "body": '{"tables":[', "at": [4, 5]},
])
def test_a_query_api_in_trouble(make_ingest, staging, fault):  # noqa: F811
    server = make_ingest()
    push(server, staging)
    server.control(faults=[{"on": "query", **fault}])
    assert reconcile(server, staging)["there"] == KEYS
    if fault.get("status") == 429:
        times = [e["started"] for e in server.journal("query")]
        assert times[1] - times[0] >= 1


@pytest.mark.parametrize("body", [
    {"error": {"code": "PartialError", "message": "m"},
     "tables": [{"columns": [{"name": "Part"}, {"name": "Rows"}], "rows": []}]},
    "",
])
def test_no_whole_answer_is_no_proof(make_ingest, staging, body):  # noqa: F811
    server = make_ingest()
    push(server, staging)
    server.control(faults=[{"on": "query", "do": "status", "status": 200,
                            "body": body}])
    report = reconcile(server, staging, "--resend", "--max-wait", "1", status=5)
    assert not report["compared"]
    assert sum(stored(server).values()) == KEYS


def test_a_role_that_is_new(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    push(server, staging)
    server.control(faults=[{"on": "query", "do": "status", "status": 403, "first": 3}])
    assert reconcile(server, staging, "--role-wait", "20")["there"] == KEYS
    server.control(reader=False)
    report = reconcile(server, staging, "--role-wait", "1", status=7)
    assert "Log Analytics Reader" in report["error"]


def test_it_is_refused(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    push(server, staging)
    server.control(reader=False)
    report = reconcile(server, staging, status=7)
    assert "Log Analytics Reader" in report["error"]
    assert "InsufficientAccessError" in report["error"]
    server.control(reader=True)
    other = "77777777-0000-0000-0000-000000000000"
    report = reconcile(server, staging, "--workspace", other, status=7)
    assert "--workspace" in report["error"]
    report = reconcile(server, staging, "--table", "Nothing", status=7)
    assert "--table" in report["error"]
    report = reconcile(server, staging, "--workspace", "name", status=2)
    assert "GUID" in report["error"]


def test_a_batch_that_was_stored_in_part(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    server.control(faults=[{"do": "part", "at": 2}])
    push(server, staging, "-j", "1")
    report = reconcile(server, staging, "--resend")
    assert (report["resent"], report["missing"], report["double"]) == (25, 0, 0)
    assert stored(server) == Counter(record_key(n) for n in range(KEYS))


# --- content -----------------------------------------------------------------


def test_a_text_that_was_changed_on_the_way(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    server.control(faults=[{"do": "alter", "at": 2}, {"do": "alter", "at": 4,
                            "column": "IpAddress"}])
    push(server, staging, "-j", "1")
    with open(server.folder + "/stored.ndjson", encoding="ascii") as file:
        rows = [json.loads(line)[4] for line in file]
    changed = {r["RecordKey_CF"] for r in rows if r["Account"].endswith("?")}
    assert len(changed) == 50
    # Without being asked it compares keys only.
    assert reconcile(server, staging)["altered"] == 0
    report = reconcile(server, staging, "--check-content", "default", status=6)
    assert (report["altered"], report["missing"], report["there"]) == (50, 0, KEYS)
    batch, = outcome(staging)["batches"]
    assert batch["altered_keys"] == 50 and batch["status"] == "acked"
    assert {a["key"] for a in batch["altered"]} == changed
    assert batch["altered"][0]["altered_rows"] == 1
    # Only the columns that are named.
    report = reconcile(server, staging, "--check-content", "IpAddress,Computer",
                       status=6)
    assert outcome(staging)["content"] == ["IpAddress", "Computer"]
    assert report["altered"] == 50
    assert changed.isdisjoint(
        a["key"] for b in outcome(staging)["batches"] for a in b["altered"])
    reconcile(server, staging, "--check-content", "EventID,TimeCreated_CF")
    done = load("reconcile", *server.load_options[2:], *server.query_options,
                "--settle", "0.3", "--check-content", "Account", staging, env=server.env)
    assert re.search(r"altered +50 keys", done.stderr)


def test_content_that_is_the_same(make_ingest, tmp_path):  # noqa: F811
    """Escapes, other alphabets, values that are absent, and pages in parts."""
    server = make_ingest("--query-rows", "20")
    folder = tmp_path / "staging"
    rows = [logon_row(n, Activity='\\ "\r\n\u00fc\u4e2d\U0001f600' * (n % 3),
                      EventData="<a>\t</a>", EventRecordId=str(n))
            for n in range(80)]
    del rows[7]["Account"], rows[8]["TimeCreated_CF"], rows[9]["EventData"]
    rows[10]["Computer"] = None
    make_staging(folder, rows, per_segment=40)
    server.control(faults=[{"do": "double", "at": 1}])
    push(server, folder, "-j", "1")
    report = reconcile(server, folder, "--check-content", "default")
    assert (report["altered"], report["there"]) == (0, 80)
    assert report["double"] == 40


def test_a_double_with_another_content(make_ingest, staging):  # noqa: F811
    """What is altered is not sent again; what is missing beside it is."""
    server = make_ingest()
    server.control(faults=[
        {"do": "drop-answer", "at": 1}, {"do": "alter", "at": 2}, {"do": "lose", "at": 4}])
    push(server, staging, "-j", "1")
    report = reconcile(server, staging, "--resend", "--check-content", "Account",
                       status=6)
    assert (report["missing"], report["resent"]) == (0, 50)
    assert (report["altered"], report["double"]) == (50, 50)
    batch, = outcome(staging)["batches"]
    assert batch["altered"][0]["rows"] == 2
    assert batch["altered"][0]["altered_rows"] == 1
    assert sum(stored(server).values()) == KEYS + 50


def test_members_of_a_dynamic_column(make_ingest, tmp_path):  # noqa: F811
    server = make_ingest()
    folder = tmp_path / "staging"
    rows = [logon_row(n, EventData={"User": f"u{n}", "Deep": {"N": [n]}, "I": n})
            for n in range(20)]
    make_staging(folder, rows, schema="windowsevent")
    push(server, folder)
    # The test server keeps all rows in one table.
    words = ["--table", "SecurityEvent", "--check-content",
             "EventData.User,EventData.I,EventData.Deep,EventData.Deep.N,Computer"]
    assert reconcile(server, folder, *words)["there"] == 20


@pytest.mark.parametrize("columns, text", [
    ("Nothing", "not a column"), ("TimeGenerated", "TimeCreated_CF"),
    ("Account) | take 1", "not the name"), ("LogonGuid", "only strings"),
])
def test_columns_that_cannot_be_compared(make_ingest, staging, columns, text):  # noqa: F811
    server = make_ingest()
    report = reconcile(server, staging, "--check-content", columns, status=2)
    assert text in report["error"]
    assert server.journal("query") == []


# --- records without a key ---------------------------------------------------


def test_records_without_a_key_are_no_proof(make_ingest, tmp_path):  # noqa: F811
    server = make_ingest()
    folder = tmp_path / "staging"
    rows = [logon_row(n) for n in range(10)]
    del rows[3]["RecordKey_CF"]
    make_staging(folder, rows)
    push(server, folder)
    report = reconcile(server, folder, "--resend", status=6)
    assert (report["keyless"], report["there"], report["missing"]) == (1, 9, 0)


def test_a_held_batch_with_records_without_a_key_stays_open(make_ingest, tmp_path):  # noqa: F811
    """The others are closed, and the message says how to send it."""
    server = make_ingest()
    folder = tmp_path / "staging"
    rows = [logon_row(n) for n in range(40)]
    del rows[13]["RecordKey_CF"]
    make_staging(folder, rows, per_segment=10)
    server.control(faults=[{"do": "drop-answer", "at": [1, 2]},
                           {"do": "reset-after", "at": 3}])
    push(server, folder, "-j", "1", "--on-ambiguous", "hold", status=6)
    words = ["--resend", "--on-ambiguous", "hold"]
    report = reconcile(server, folder, *words, status=6)
    assert (report["resent"], report["keyless"]) == (10, 1)
    assert (report["closed_batches"], report["kept_batches"]) == (2, 1)
    batch, = outcome(folder)["batches"]
    assert (batch["keyless_records"], batch["missing_records"]) == (1, 0)
    assert batch["ambiguous"] and batch["records"] == 10
    assert load_json("status", folder)["left"]["records"] == 10
    done = load("reconcile", *server.load_options[2:], *server.query_options,
                "--settle", "0.3", *words, folder, env=server.env)
    assert "--on-ambiguous resend" in done.stderr
    push(server, folder)
    assert load_json("status", folder)["left"]["records"] == 0
    assert reconcile(server, folder, status=6)["kept_batches"] == 0


def test_equal_keys_need_as_many_rows(make_ingest, tmp_path):  # noqa: F811
    server = make_ingest()
    folder = tmp_path / "staging"
    make_staging(folder, [logon_row(1), logon_row(2), logon_row(1, Account="b")],
                 per_segment=2)
    server.control(faults=[{"do": "lose", "at": 2}])
    push(server, folder, "-j", "1")
    report = reconcile(server, folder, status=6)
    assert (report["missing"], report["there"]) == (2, 1)
    report = reconcile(server, folder, "--resend")
    assert double_in(outcome(folder)) == {record_key(1): 3}


@pytest.mark.slow
def test_after_faults_and_kills_every_key_is_there(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    server.control(faults=[
        {"do": "lose", "every": 4}, {"do": "double", "every": 5},
        {"do": "drop-answer", "every": 3}, {"do": "late", "every": 7, "seconds": 1},
        {"do": "reset-after", "every": 6}, {"do": "part", "every": 9},
        {"do": "status", "status": 429, "headers": {"Retry-After": "0"}, "every": 11}])
    words = [*server.load_options, "--retry-delay", "0", "-j", "2",
             "--tpslimit", "20", staging]
    for n in range(6):
        run = load_start(*words, env=server.env)
        time.sleep(0.05 + 0.05 * n)
        run.send_signal(signal.SIGKILL)
        run.communicate()
    load(*words, env=server.env)
    sends = ["reconcile", *server.load_options[2:], *server.query_options,
             "--settle", "1.5", "--retry-delay", "0", "--resend", staging]
    run = load_start(*sends, env=server.env)
    time.sleep(1.9)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    # Three rounds may not be enough when the service goes on losing.
    for _ in range(3):
        if load(*sends, env=server.env).returncode == 0:
            break
    report = reconcile(server, staging, settle="1.5")
    assert report["missing"] == 0
    rows = stored(server)
    assert set(rows) == {record_key(n) for n in range(KEYS)}
    assert double_in(outcome(staging)) == {k: n for k, n in rows.items() if n > 1}
    assert report["extra_rows"] == sum(rows.values()) - KEYS
    assert load_json("status", staging)["left"]["records"] == 0


def make_large(folder, stored_in, n):
    """A staging of N records, and a workspace that doubled some, which are
    returned."""
    now = time.time()
    double = {record_key(i): 2 for i in range(9, n, 1000)}
    rows = [{"Computer": f"HOST{i % 50}", "EventID": 4624,
             "RecordKey_CF": record_key(i)} for i in range(n)]
    make_staging(folder, rows, per_segment=50000)
    stored_in.mkdir()
    with open(stored_in / "stored.ndjson", "w", encoding="ascii") as file:
        for row in rows:
            key = row["RecordKey_CF"]
            line = json.dumps(["SecurityEvent", key, now, now, row]) + "\n"
            file.write(line * double.get(key, 1))
    return double


@pytest.mark.slow
@pytest.mark.unsanitized
def test_many_keys_need_little_memory(make_ingest, tmp_path):  # noqa: F811
    """The same megabytes for 200,000 keys as for millions."""
    staging = tmp_path / "staging"
    double = make_large(staging, tmp_path / "ingest0", 200000)
    server = make_ingest()
    words = [PROGRAM, "reconcile", *server.load_options[2:], *server.query_options,
             "--settle", "0.1", "-q", "--check-content", "Computer,EventID", staging]
    assert peak_kib(words, env=clean_env(server.env)) < 64 << 10
    assert double_in(outcome(staging)) == double
    assert len(server.journal("query")) < 300


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_the_kql_finds_the_same(make_ingest, evtxload_path, tmp_path):  # noqa: F811
    """reconcile.kql and the query for the content, run on the rows that a
    workspace kept; the state is another, so that no time limits them."""
    server = make_ingest()
    server.control(faults=[{"do": "lose", "at": 2}, {"do": "double", "at": 3},
                           {"do": "part", "at": 5}])
    staging = tmp_path / "staging"
    make_staging(staging, [
        logon_row(n * 600, Computer='HO"ST\\\n\u00fc', EventData="<a>\r\n" * (n % 2))
        for n in range(120)], per_segment=20)
    push(server, staging, "-j", "1")
    state = tmp_path / "state"
    options = ["--state", state, "--check-content", "default"]
    report = reconcile(server, staging, *options, status=6)
    assert (report["missing"], report["double"], report["altered"]) == (30, 20, 0)
    with open(server.folder + "/stored.ndjson", encoding="ascii") as file:
        rows = [json.loads(line)[4] for line in file]
    content = json.loads(server.journal("query")[-1]["query"])["query"]
    queries = paragraphs(state / "reconcile.kql") | {"content": content}
    missing, = (name for name in queries if name.startswith("missing"))
    columns = declared_tables(evtxload_path)["SecurityEvent"]
    found = execute(tmp_path, columns, {"rows": rows}, queries)["rows"]
    double = {d["Key"]: d["Copies"]
              for d in found["doubles: keys with more than one row"]}
    assert double == {k: n for k, n in stored(server).items() if n > 1}
    assert sum(group["Missing"] for group in found[missing]) == 30
    assert sum(r["Rows"] for r in found["content"]) == len(rows)
    digest = content_of(re.search(r"Content = (.*)", content)[1])
    assert {(r["Key"], r["Content"]) for r in found["content"]} == \
        {(row["RecordKey_CF"], digest(row)) for row in rows}


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_the_queries_bind(make_ingest, staging, evtxload_path, tmp_path):  # noqa: F811
    server = make_ingest()
    push(server, staging)
    reconcile(server, staging)
    reconcile(server, staging, "--check-content", "default")
    texts = {json.loads(e["query"])["query"] for e in server.journal("query")}
    assert len(texts) == 3
    tables = declared_tables(evtxload_path)
    for schema, table, columns in (
        ("windowsevent", "WindowsEvent", "default"), ("event", "Event", "default"),
        ("windowsevent", "WindowsEvent", "Computer,EventData.Target-User.x,Task"),
    ):
        folder = tmp_path / f"{schema}{len(columns)}"
        make_staging(folder, [logon_row(1)], schema=schema)
        reconcile(server, folder, "--check-content", columns, "--table",
                  "SecurityEvent")
        text = json.loads(server.journal("query")[-1]["query"])["query"]
        texts.add(text.replace("SecurityEvent", table))
    answers = bind(tmp_path, {"api": (tables, dict(enumerate(sorted(texts))))})
    contents = 0
    for answer in answers["api"].values():
        assert answer["errors"] == []
        assert answer["columns"]["Rows"] == "long"
        contents += answer["columns"].get("Content") == "string"
    assert contents == 4
