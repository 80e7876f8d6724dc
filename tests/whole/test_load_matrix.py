# SPDX-License-Identifier: Apache-2.0
"""Every fault of a server, at the first, every fifth, the last and each
request, with 1, 4 and 16 requests in flight: nothing is lost or altered, and
what arrives twice was reported.

The normal run has the cells of NORMAL and one number of requests in flight for
every other test: one cell for each kind of fault. The full run lets each fault
meet each moment, while the number of requests in flight goes round;
EVTX_MATRIX=all tries every number.
"""

import os
import subprocess
import time

import pytest
from ingest_fixtures import SERVER, ingest_certs  # noqa: F401
from ingest_process import IngestServer
from load_matrix import BATCHES, RECORDS, Field, check_secrets, whens
from load_run import clean_env
from stage_tools import peak_kib

WHENS = list(whens({}))
JOBS = [1, 4, 16]


NORMAL = {
    ("429", "fifth", 4),
    ("408", "first", 16),
    ("503", "last", 1),
    ("200", "first", 4),
    ("500-accepted", "fifth", 16),
    ("reset-before", "first", 1),
    ("reset-after", "fifth", 4),
    ("lost-answer", "last", 16),
    ("half-status-accepted", "first", 4),
    ("short-body", "fifth", 1),
    ("huge-headers", "first", 16),
    ("gzip-bomb", "first", 1),
    ("hang-accepted", "first", 4),
    ("403", "first", 4),
    ("404", "last", 1),
    ("301", "first", 16),
    ("501", "first", 1),
}


def cells(faults, moments=WHENS):
    """(fault, when, jobs) for a test of three parameters."""
    pairs = [(fault, when) for fault in faults for when in moments]
    all_of_them = os.environ.get("EVTX_MATRIX") == "all"
    for i, pair in enumerate(pairs):
        usual = JOBS[(i + i // 4) % 3]
        for jobs in JOBS:
            if (*pair, jobs) in NORMAL:
                yield pytest.param(*pair, jobs)
            elif all_of_them or jobs == usual:
                yield pytest.param(*pair, jobs, marks=pytest.mark.matrix)


def only(normal, values):
    """The values of a parameter, of which one is in the normal run."""
    return [v if v == normal else pytest.param(v, marks=pytest.mark.matrix)
            for v in values]


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    folder = tmp_path_factory.mktemp("matrix")
    server = IngestServer(folder / "server").start()
    yield Field(server, folder)
    server.kill()


@pytest.fixture(scope="module")
def field_tls(tmp_path_factory, ingest_certs):  # noqa: F811
    """field_tls(leaf) -> a Field whose server shows that certificate."""
    folder = tmp_path_factory.mktemp("tls")
    servers = []

    def make(leaf="good", options=()):
        where = folder / f"server{len(servers)}"
        server = IngestServer(where, options, ingest_certs, leaf).start()
        servers.append(server)
        return Field(server, where)

    yield make
    for server in servers:
        server.kill()


def status(number, **more):
    return {"do": "status", "status": number, **more}


def retry_after(value):
    return status(429, headers={"Retry-After": value})


# --- what passes by itself ---------------------------------------------------

PASSING = {
    "429": status(429),
    "429-garbage": retry_after("soon"),
    "429-date-past": retry_after("@date-5"),
    "408": status(408),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "599": status(599),
    "200": status(200),
    "200-items": status(200, accept=True, body={"errors": True, "items": [1]}),
    "202-accepted": status(202, accept=True),
    "500-accepted": status(500, accept=True),
    "502-accepted": status(502, accept=True),
    "504-accepted": status(504, accept=True),
    "reset-before": {"do": "reset-before"},
    "reset-during": {"do": "reset-during"},
    "reset-after": {"do": "reset-after"},
    "lost-answer": {"do": "drop-answer"},
    "close": {"do": "close"},
    "close-accepted": {"do": "close", "accept": True},
    "half-status": {"do": "half-status"},
    "half-status-accepted": {"do": "half-status", "accept": True},
    "short-body": {"do": "short-body", "status": 200, "accept": True},
    "long-body": {"do": "long-body", "status": 500},
    "huge-headers": {"do": "huge-headers"},
    "huge-headers-accepted": {"do": "huge-headers", "accept": True},
    "huge-body": {"do": "huge-body", "status": 503, "bytes": 8 << 20},
    "gzip-bomb": {"do": "gzip-bomb", "status": 500, "bytes": 16 << 20},
}
SLOW = {
    "hang": {"do": "hang", "seconds": 20},
    "hang-accepted": {"do": "hang", "seconds": 20, "accept": True},
    "drip": {"do": "drip", "seconds": 0.5},
    "slow-read": {"do": "slow-read", "seconds": 3},
}


def passes(field, fault, when, jobs, words=()):
    trial = field.trial(whens(fault)[when], jobs=jobs, words=words)
    done = trial.run()
    if when == "each":
        assert done.status == 5, done.told
        trial.heal()
        done = trial.run()
    assert done.status == 0, done.told
    return trial.check()


@pytest.mark.parametrize("fault, when, jobs", cells(PASSING))
def test_what_passes(field, fault, when, jobs):
    passes(field, PASSING[fault], when, jobs)


@pytest.mark.parametrize("fault, when, jobs", cells(SLOW))
def test_a_server_that_takes_its_time(field, fault, when, jobs):
    words = [] if when == "each" else ["--max-wait", "20"]
    passes(field, SLOW[fault], when, jobs, words)


@pytest.mark.parametrize("jobs", only(4, JOBS))
@pytest.mark.parametrize("value", only("1", ["1", "@date+2"]))
@pytest.mark.parametrize("when", only("first", ["first", "fifth", "last"]))
def test_a_pause_is_kept(field, when, value, jobs):
    trial = field.trial(
        whens(retry_after(value))[when], jobs=jobs, words=["--max-wait", "30"]
    )
    done = trial.run()
    assert done.status == 0, done.told
    trial.check()
    pauses = [entry for entry in trial.journal() if "retry_after" in entry]
    assert pauses
    # The batch that met the pause goes out again, and not before its end.
    last = max(entry["started"] for entry in trial.journal())
    assert last >= max(x["ended"] + x["retry_after"] for x in pauses) - 0.05


@pytest.mark.parametrize("jobs", only(16, JOBS))
def test_a_pause_that_is_too_long_ends_the_run(field, jobs):
    trial = field.trial(retry_after("99999999999"), jobs=jobs)
    done = trial.run()
    assert done.status == 5 and "--max-wait" in done.told
    assert len(trial.journal()) <= jobs
    trial.heal()
    assert trial.run().status == 0
    trial.check()


@pytest.mark.matrix
def test_a_pause_holds_for_the_next_run(field):
    trial = field.trial(dict(retry_after("4"), at=2), jobs=1)
    assert trial.run().status == 5
    asked = trial.journal()[-1]["ended"]
    trial.heal()
    done = trial.run()
    assert done.status == 5 and "earlier run" in done.told
    assert len(trial.journal()) == 2
    trial.words += ["--max-wait", "30"]
    assert trial.run().status == 0
    assert min(e["started"] for e in trial.journal()[2:]) >= asked + 3.95
    trial.check()


# --- what a person has to mend -----------------------------------------------

HALTING = {
    "403": (status(403), "Monitoring Metrics Publisher"),
    "404": (status(404), "--dcr"),
    "301": (status(301), "redirects are not followed"),
    "308": (status(308), "redirects are not followed"),
    "501": (status(501), "not an ingestion endpoint"),
    "505": (status(505), "not an ingestion endpoint"),
    "418": (status(418), "does not document this status"),
}


@pytest.mark.parametrize("fault, when, jobs", cells(HALTING))
def test_what_stops_with_a_hint(field, fault, when, jobs):
    rule, hint = HALTING[fault]
    trial = field.trial(whens(rule)[when], jobs=jobs)
    done = trial.run()
    assert done.status == 7 and hint in done.told, done.told
    trial.heal()
    assert trial.run().status == 0
    trial.check()


@pytest.mark.parametrize("jobs", only(1, JOBS))
@pytest.mark.parametrize("number", only(403, [403, 404]))
def test_a_new_role_is_waited_for(field, number, jobs):
    trial = field.trial(
        status(number, for_seconds=1), jobs=jobs, words=["--role-wait", "20"]
    )
    done = trial.run()
    assert done.status == 0, done.told
    assert len(trial.journal()) > BATCHES
    trial.check()


@pytest.mark.matrix
def test_a_role_is_waited_for_so_long_and_no_longer(field):
    trial = field.trial(status(403), words=["--role-wait", "2"])
    began = time.monotonic()
    assert trial.run().status == 7
    assert 1.5 < time.monotonic() - began < 10


@pytest.mark.parametrize("jobs", only(1, JOBS))
@pytest.mark.parametrize("when", only("fifth", ["first", "fifth", "last"]))
def test_401_costs_a_token(field, when, jobs):
    trial = field.trial(whens(status(401))[when], jobs=jobs)
    done = trial.run()
    if when == "fifth" and jobs > 1 and done.status == 7:
        # Two of them met one batch: for that the new token was bad, too.
        done = trial.run()
    assert done.status == 0, done.told
    trial.check()
    assert len(trial.journal("token")) > 1


@pytest.mark.parametrize("jobs", only(4, JOBS))
def test_401_for_ever(field, jobs):
    trial = field.trial(status(401), jobs=jobs)
    done = trial.run()
    assert done.status == 7 and "AZURE_AUTHORITY_HOST" in done.told
    assert len(trial.journal("token")) == 2
    assert len(trial.journal()) <= 2 * jobs
    trial.heal()
    assert trial.run().status == 0
    trial.check()


@pytest.mark.parametrize("number", only(307, [301, 307, 308]))
def test_a_redirect_takes_no_token_anywhere(field, field_tls, number):
    stranger = field_tls()
    for path in ("/x", stranger.server.address):
        rule = status(number, headers={"Location": stranger.server.url + path})
        trial = field.trial(rule)
        assert trial.run().status == 7
        rule["on"] = "token"
        trial = field.trial(rule)
        assert trial.run().status == 7
    assert stranger.server.journal() == []


# --- what is refused ---------------------------------------------------------


@pytest.mark.parametrize("jobs", only(4, JOBS))
@pytest.mark.parametrize("number", [400, 413])
@pytest.mark.parametrize("when", only("first", ["first", "fifth", "last"]))
def test_a_refusal_that_does_not_last(field, number, when, jobs):
    """The batch goes in halves; nothing is refused for good as long as a
    single record is not."""
    trial = field.trial(whens(status(number))[when], jobs=jobs)
    done = trial.run()
    dead = len(trial.lines("dead.ndjson"))
    assert done.status == (6 if dead else 0), done.told
    assert dead <= 1
    trial.check(dead)


@pytest.mark.parametrize("jobs", only(16, JOBS))
@pytest.mark.parametrize("number", [413])
def test_everything_refused_is_kept_and_tried_again(field, number, jobs):
    words = {"error": {"code": "Odd", "message": "not these"}}
    trial = field.trial(status(number, body=words), jobs=jobs)
    assert trial.run().status == 6
    letters = trial.lines("dead.ndjson")
    assert {x["record_key"] for x in letters} == set(trial.keys)
    for letter in letters:
        assert (letter["reason"], letter["http"]) == ("refused", number)
        assert letter["words"] == "Odd: not these"
        assert len(letter["request_id"]) == 36
        assert letter["record_key"] in letter["record"]
    trial.check(dead=RECORDS)
    trial.heal()
    assert trial.run().status == 6
    assert trial.run("retry-dead").status == 0
    trial.check()


def test_a_systematic_refusal_stops_early(field):
    words = {"error": {"code": "Odd", "message": "not these"}}
    trial = field.trial(status(400, body=words), jobs=4)
    done = trial.run()
    assert done.status == 7
    assert "Odd: not these" in done.told and "evtxload dcr" in done.told
    assert len(trial.journal()) <= BATCHES + 16
    assert not trial.lines("dead.ndjson")
    trial.heal()
    assert trial.run().status == 0
    trial.check()


@pytest.mark.parametrize("jobs", only(4, JOBS))
@pytest.mark.parametrize("number", [400, 413])
def test_one_record_is_refused(field, number, jobs):
    trial = field.trial(jobs=jobs)
    bad = trial.keys[57]
    field.server.control(faults=[status(number, contains=bad)])
    assert trial.run().status == 6
    trial.check(dead=1)
    letter = trial.lines("dead.ndjson")[0]
    assert letter["record_key"] == bad
    refused = [e for e in trial.journal() if e["request_id"] == letter["request_id"]]
    assert [e["client_request_id"] for e in refused] == [letter["client_request_id"]]
    assert trial.run("retry-dead").status == 6
    trial.check(dead=1)


def test_too_many_refusals_stop_the_run(field):
    trial = field.trial(status(400, **{"from": 2}), words=["--max-dead", "7"])
    done = trial.run()
    assert done.status == 6 and "--max-dead" in done.told
    assert len(trial.lines("dead.ndjson")) == 8
    trial.heal()
    sent = len(trial.journal())
    assert trial.run().status == 6
    assert len(trial.journal()) == sent
    trial.words += ["--max-dead", "8"]
    assert trial.run("retry-dead").status == 0
    trial.check()


# --- what may be there twice -------------------------------------------------


@pytest.mark.parametrize("jobs", only(1, JOBS))
def test_what_may_have_arrived_can_be_held(field, jobs):
    trial = field.trial(
        {"do": "drop-answer", "at": [2, 4]}, jobs=jobs,
        words=["--on-ambiguous", "hold"],
    )  # fmt: skip
    done = trial.run()
    assert done.status == 6 and "held" in done.told
    counts = trial.check()
    assert counts["doubled"] == 0
    assert {x["status"] for x in trial.lines("ambiguous.ndjson")} == {"planned"}
    trial.words += ["--on-ambiguous", "resend"]
    assert trial.run().status == 0
    assert trial.check()["doubled"] == 20


def test_the_query_names_the_time_and_the_table(field):
    trial = field.trial({"do": "drop-answer", "at": 3})
    assert trial.run().status == 0
    assert trial.check()["doubled"] == 10
    batch = trial.lines("ambiguous.ndjson")[0]
    assert batch["records"] == 10 and batch["attempts"] == 2
    first = trial.keys.index(batch["first_record_key"])
    assert trial.keys[first + 9] == batch["last_record_key"]
    with open(os.path.join(trial.state, "doubles.kql"), encoding="utf-8") as file:
        query = file.read()
    assert query.startswith("SecurityEvent\n")
    assert batch["begun"] in query and batch["ended"] in query
    assert "by RecordKey_CF" in query and "ingestion_time()" in query


# --- tokens ------------------------------------------------------------------


@pytest.mark.matrix
@pytest.mark.parametrize("jobs", JOBS)
@pytest.mark.parametrize(
    "fault",
    [status(429), status(500), status(503), status(408), status(200, body="{}"),
     {"do": "reset-before"}, {"do": "reset-during"}, {"do": "reset-after"},
     {"do": "close"}, {"do": "half-status"}, {"do": "hang", "seconds": 20},
     {"do": "huge-headers"}, {"do": "short-body"}, {"do": "drip", "seconds": 0.5}],
    ids=lambda fault: f"{fault['do']}-{fault.get('status', '')}",
)  # fmt: skip
def test_a_token_endpoint_that_falters(field, fault, jobs):
    fault = dict(fault, on="token")
    trial = field.trial(dict(fault, at=1), jobs=jobs, words=["--max-wait", "10"])
    done = trial.run()
    assert done.status == 0, done.told
    trial.check()
    trial = field.trial(fault, jobs=jobs)
    assert trial.run().status == 5
    assert trial.journal() == []
    trial.heal()
    assert trial.run().status == 0
    trial.check()


@pytest.mark.parametrize("number", only(401, [400, 401, 403, 404, 302, 501]))
def test_a_token_endpoint_that_refuses(field, number):
    trial = field.trial(status(number, on="token"))
    assert trial.run().status == 7
    assert trial.journal() == []
    trial.heal()
    assert trial.run().status == 0
    trial.check()


@pytest.mark.matrix
@pytest.mark.parametrize("jobs", only(4, JOBS))
def test_tokens_that_end_in_mid_run(tmp_path, jobs):
    server = IngestServer(tmp_path / "server", ["--token-lifetime", "1"]).start()
    try:
        trial = Field(server, tmp_path).trial(
            status(503, first=4 * min(jobs, BATCHES)), jobs=jobs,
            words=["--retry-delay", "0.3", "--max-wait", "20"],
        )  # fmt: skip
        done = trial.run()
        assert done.status == 0, done.told
        trial.check()
        assert len(trial.journal("token")) > 1
    finally:
        server.kill()


# --- secrets -----------------------------------------------------------------


@pytest.mark.parametrize("number", only(400, [400, 401, 403, 404, 413, 429, 500, 200]))
def test_a_server_that_repeats_secrets(field, number):
    for on in ("ingest", "token"):
        trial = field.trial(status(number, echo=True, on=on))
        trial.run()
        assert "withheld" in trial.told or number in (200, 429)
        trial.heal()
        trial.run("retry-dead")
        trial.check()


def test_a_running_loader_shows_no_secret(field):
    trial = field.trial({"do": "hang", "seconds": 20}, jobs=4)
    process = subprocess.Popen(
        trial.command(), env=clean_env(field.server.env),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not trial.journal("token"):
        time.sleep(0.02)
    texts = []
    for name in ("cmdline", "environ"):
        with open(f"/proc/{process.pid}/{name}", encoding="latin-1") as file:
            texts.append(file.read())
    with open(f"/proc/{process.pid}/limits", encoding="ascii") as file:
        cores = [x.split() for x in file if x.startswith("Max core file size")]
    process.kill()
    texts.append(process.communicate()[1])
    assert "AZURE_TENANT_ID" in texts[1]
    check_secrets(field.server, [trial.staging], *texts)
    assert cores[0][4:6] == ["0", "0"]


# --- memory ------------------------------------------------------------------


def test_answers_without_end_need_little_memory(field):
    trial = field.trial(
        {"do": "huge-body", "status": 500, "at": [1, 2]},
        {"do": "gzip-bomb", "status": 502, "at": [3, 4]},
        {"do": "huge-headers", "at": [5, 6]}, jobs=4,
        words=["--timeout", "30", "--max-wait", "60"],
    )  # fmt: skip
    memory = peak_kib(trial.command(), env=clean_env(field.server.env))
    assert memory < 64 << 10
    trial.check()


# --- TLS ---------------------------------------------------------------------

BAD_PEERS = {
    "wrong-host": {"leaf": "wrong-host"},
    "expired": {"leaf": "expired"},
    "not-yet-valid": {"leaf": "not-yet-valid"},
    "unknown-ca": {"leaf": "unknown-ca"},
    "tls-1.1": {"options": ["--tls-highest", "1.1"]},
}


@pytest.mark.parametrize("peer", only("wrong-host", BAD_PEERS))
def test_a_peer_that_cannot_be_trusted_gets_nothing(field_tls, ingest_certs, peer):  # noqa: F811
    bad = field_tls.__call__(**{k: v for k, v in BAD_PEERS[peer].items()})
    good = field_tls()
    for jobs in JOBS:
        trial = make_quiet(bad, jobs)
        assert trial.run().status == 7, trial.told
        # With a token from elsewhere nothing goes there either.
        trial.server = Mixed(bad.server, good.server)
        assert trial.run().status == 7, trial.told
    kinds = {entry["kind"] for entry in bad.server.journal()}
    assert kinds <= {"tls"}


class Mixed:
    """The endpoint of one server and the tokens of another."""

    def __init__(self, endpoint, tokens):
        self.load_options = endpoint.load_options
        self.env = tokens.env


def make_quiet(field, jobs):
    """A trial without a word to the server, which cannot be talked to."""
    field.server.control = lambda **_: None
    open(field.server.accepted_file, "a", encoding="ascii").close()
    open(field.server.journal_file, "a", encoding="ascii").close()
    return field.trial(jobs=jobs)
