# SPDX-License-Identifier: Apache-2.0
"""What evtxload's user types: options, environment, configuration, reports."""

import json
import os
import subprocess

import pytest
from ingest_fixtures import ingest_certs, make_ingest  # noqa: F401
from load_run import PROGRAM, clean_env, load, load_json, one
from load_staging import logon_row, make_staging


@pytest.fixture
def staging(tmp_path):
    folder = tmp_path / "staging"
    make_staging(folder, [logon_row(n) for n in range(60)], per_segment=20)
    return folder


def write_config(path, **targets):
    path.write_text(json.dumps({"targets": targets}))
    return path


def test_help_fits_a_screen():
    done = load("--help")
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) < 80
    assert len(lines) <= 25
    assert load("-h").stdout == load("help").stdout == done.stdout
    for name in ("--target", "--state", "--dry-run", "status"):
        assert name in done.stdout


@pytest.mark.parametrize(
    "command", ["push", "plan", "probe", "status", "retry-dead", "reconcile",
     "dcr"])
def test_every_command_has_its_help(command):
    done = load("help", command)
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Usage: evtxload") and command in lines[0]
    assert max(map(len, lines)) < 80
    assert load(command, "--help").stdout == done.stdout
    assert command in load("help").stdout


def test_the_help_of_push_names_its_options():
    text = load("help", "push").stdout
    for name in ("--endpoint", "--dcr", "--stream", "--ca-file", "--proxy", "--insecure-http",
                 "--jobs", "--tpslimit", "--bwlimit", "--max-transfer",
                 "--max-duration", "--time-policy", "--batch-span",
                 "--max-wait", "--timeout", "--retry-delay", "--role-wait",
                 "--on-ambiguous", "--max-dead", "--without-recovered"):
        assert name in text


@pytest.mark.parametrize("args, words", [
    (("help", "statsu"), ("no help for statsu", "did you mean status?")),
    (("statsu",), ("statsu is neither", "did you mean status?")),
    (("--targt=sqlite:x",), ("--targt=sqlite:x", "did you mean --target?")),
])
def test_a_mistyped_word_gets_what_there_is(args, words):
    done = load(*args)
    assert done.returncode == 2 and done.stdout == ""
    for word in words:
        assert word in done.stderr


def test_version_names_the_libraries():
    done = load("-V")
    assert done.returncode == 0
    for name in ("evtxload", "libcurl", "OpenSSL", "SQLite"):
        assert name in done.stdout
    assert load("--version").stdout == done.stdout


BAD = [
    ([], "--target"),
    (["--target", "sqlite:x.db"], "staging"),
    (["--target", "sqlite:", "S"], "sqlite:PATH"),
    (["--target", "nowhere", "S"], "nowhere"),
    (["--target", "workspace", "S"], "workspace"),
    (["--target"], "--target"),
    (["--target", "sqlite:x.db", "--frobnicate", "S"], "--frobnicate"),
    (["--target", "sqlite:x.db", "-Z", "S"], "-Z"),
    (["--target", "sqlite:x.db", "--state", "d", "S"], "--state"),
    (["--target", "sqlite:x.db", "-j", "0", "S"], "--jobs"),
    (["--target", "sqlite:x.db", "-j", "1.5", "S"], "--jobs"),
    (["--target", "sqlite:x.db", "-j", "1e1", "S"], None),
    (["--target", "sqlite:x.db", "--jobs=many", "S"], "many"),
    (["--target", "sqlite:x.db", "--max-wait", "-1", "S"], "--max-wait"),
    (["--target", "sqlite:x.db", "--max-wait", "nan", "S"], "--max-wait"),
    (["--target", "sentinel", "S"], "--endpoint"),
    (["--target", "sqlite:x.db", "--config", "nofile.json", "S"], "nofile.json"),
    (["--target", "sqlite:x.db", "--progress", "often", "S"], "often"),
    (["probe", "--target", "sqlite:x.db"], "cannot be probed"),
    (["dcr", "S"], "dcr"),
    (["--target", "sqlite:x.db", "--tpslimit", "5", "S"], "--tpslimit"),
    (["--target", "sentinel", "--tpslimit", "fast", "S"], "--tpslimit"),
    (["--target", "sentinel", "--bwlimit", "5x", "S"], "--bwlimit"),
    (["--target", "sentinel", "--bwlimit", "-5", "S"], "--bwlimit"),
    (["--target", "sentinel", "--max-transfer", "", "S"], "--max-transfer"),
    (["--target", "sqlite:x.db", "--max-duration", "1y", "S"], "--max-duration"),
    (["--target", "sentinel", "--batch-span", "0", "S"], "--batch-span"),
    (["--target", "sentinel", "--time-policy", "lie", "S"], "--time-policy"),
]


@pytest.mark.parametrize("words, part", BAD, ids=lambda x: "-".join(x)[:30] if x else "")
def test_wrong_usage(staging, tmp_path, words, part):
    words = [str(staging) if word == "S" else word for word in words]
    done = load(*words, cwd=tmp_path)
    if part is None:
        assert done.returncode == 0
        return
    assert done.returncode == 2, done.stderr
    assert part in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "x.db").exists()


def test_json_tells_a_failure_too(tmp_path):
    report = load_json("--target", "sqlite:x.db", tmp_path / "no", status=2)
    assert report["exit"] == 2
    assert "not a staging directory" in report["error"]


def test_options_stand_anywhere(staging, tmp_path):
    words = [staging, "--json", "--target", f"sqlite:{tmp_path}/a.db", "-q"]
    done = load("push", *words)
    assert done.returncode == 0
    assert json.loads(done.stdout)["command"] == "push"


def test_two_dashes_end_the_options(staging, tmp_path):
    odd = tmp_path / "--json"
    staging.rename(odd)
    done = load("--target", "sqlite:a.db", "--", "--json", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout == ""


def test_a_command_name_with_a_slash_is_a_path(staging, tmp_path):
    staging.rename(tmp_path / "status")
    done = load("--target", "sqlite:a.db", "./status", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert one(tmp_path / "a.db", "SELECT count(*) FROM SecurityEvent") == 60


def test_quiet_is_quiet_and_text_goes_to_stderr(staging, tmp_path):
    done = load("-q", "--target", f"sqlite:{tmp_path}/a.db", staging)
    assert (done.stdout, done.stderr) == ("", "")
    done = load("--target", f"sqlite:{tmp_path}/b.db", staging)
    assert done.stdout == "" and "60 records" in done.stderr
    assert "%" not in done.stderr
    done = load(
        "--progress", "always", "--target", f"sqlite:{tmp_path}/c.db", staging
    )
    assert "%" in done.stderr


def test_the_environment_gives_options(staging, tmp_path):
    env = {"EVTXLOAD_TARGET": f"sqlite:{tmp_path}/env.db", "EVTXLOAD_JSON": "1"}
    done = load(staging, env=env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["acked"]["records"] == 60
    # The command line wins.
    load("--target", f"sqlite:{tmp_path}/line.db", staging, env=env)
    assert (tmp_path / "line.db").exists()
    # An empty variable is none.
    assert load(staging, env={"EVTXLOAD_TARGET": ""}).returncode == 2


def test_named_targets(staging, tmp_path):
    config = write_config(
        tmp_path / "c.json", case={"type": "sqlite", "path": str(tmp_path / "n.db")}
    )
    done = load("--config", config, "--target", "case", staging)
    assert done.returncode == 0, done.stderr
    assert one(tmp_path / "n.db", "SELECT count(*) FROM SecurityEvent") == 60
    # A built-in form does not need the file to know it.
    done = load("--config", config, "--target", f"sqlite:{tmp_path}/o.db", staging)
    assert done.returncode == 0


BAD_CONFIG = [
    ("{", "not JSON"),
    ("[]", "targets"),
    ('{"targets":{"t":7}}', "object"),
    ('{"targets":{"t":{"type":"sqlite"}}}', "path"),
    ('{"targets":{"t":{"type":"kafka"}}}', "kafka"),
    ('{"targets":{"t":{"type":"sqlite","path":"x","colour":"red"}}}', "colour"),
    ('{"targets":{"t":{"type":"sqlite","path":["x"]}}}', "path"),
    ('{"targets":{"t":{"type":"sentinel","client_secret":"hunter2"}}}',
     "client_secret_file"),
]  # fmt: skip


@pytest.mark.parametrize("text, part", BAD_CONFIG)
def test_wrong_configuration(staging, tmp_path, text, part):
    (tmp_path / "c.json").write_text(text)
    done = load("--config", tmp_path / "c.json", "--target", "t", staging)
    assert done.returncode == 2, done.stderr
    assert part in done.stderr
    assert "hunter2" not in done.stderr


def sentinel_target(server, **more):
    return {
        "type": "sentinel",
        "endpoint": server.url,
        "dcr": server.dcr,
        "stream": server.stream,
        "tenant_id": server.tenant,
        "client_id": server.client_id,
        "authority_host": server.url,
        **more,
    }


def test_a_secret_from_a_file_that_others_cannot_read(
    make_ingest, staging, tmp_path  # noqa: F811
):
    server = make_ingest()
    secret = tmp_path / "secret"
    secret.write_text(server.secret + "\n")
    secret.chmod(0o644)
    target = sentinel_target(server, client_secret_file=str(secret), jobs=2)
    config = write_config(tmp_path / "c.json", prod=target)
    words = ["--insecure-http", "--config", config, "--target", "prod", staging]
    done = load(*words)
    assert done.returncode == 2 and "chmod 600" in done.stderr
    secret.chmod(0o600)
    done = load(*words)
    assert done.returncode == 0, done.stderr
    assert len(server.accepted()) == 60


def test_a_secret_from_a_descriptor(make_ingest, staging, tmp_path):  # noqa: F811
    server = make_ingest()
    reader, writer = os.pipe()
    os.write(writer, server.secret.encode())
    os.close(writer)
    target = sentinel_target(server, client_secret_fd=reader)
    config = write_config(tmp_path / "c.json", prod=target)
    done = subprocess.run(
        [PROGRAM, "--insecure-http", "--config", str(config), "--target", "prod", str(staging)],
        env=clean_env(), pass_fds=[reader], capture_output=True, text=True,
    )  # fmt: skip
    os.close(reader)
    assert done.returncode == 0, done.stderr
    assert len(server.accepted()) == 60


def test_the_plan_needs_no_network_and_keeps_nothing(staging):
    words = ["--target", "sentinel", "--dry-run", staging]
    plan = load_json(*words)
    assert plan["calls"] == 3
    assert plan["total"]["records"] == 60
    assert plan["largest_batch"] <= plan["max_batch"] == 999999
    assert not (staging / "load").exists()
    done = load(*words)
    assert done.returncode == 0 and "at least" in done.stderr


def test_the_plan_tells_the_least_time(tmp_path):
    """2 GB and 12,000 calls a minute: here the calls count."""
    make_staging(tmp_path / "s", [logon_row(n) for n in range(600)], per_segment=1)
    plan = load_json("--target", "sentinel", "-n", tmp_path / "s")
    assert plan["calls"] == 600
    assert plan["least_ms"] == 600 * 60000 // 12000


def test_the_plan_sees_a_tampered_staging(staging):
    with open(staging / "segments" / "000001.ndjson", "r+b") as file:
        file.write(b"[")
    assert load("--target", "sentinel", "-n", staging).returncode == 1


def test_status_before_and_after(staging, tmp_path):
    target = f"sqlite:{tmp_path}/a.db"
    done = load("status", "--target", target)
    assert done.returncode == 0 and "nothing" in done.stdout
    assert not (tmp_path / "a.db").exists()
    load("--target", target, staging)
    report = load_json("status", "--target", target)
    assert report["acked"]["records"] == report["total"]["records"] == 60
    assert report["left"]["records"] == 0
    done = load("status", "--target", target)
    assert "60 records" in done.stdout and str(staging) in done.stdout


def test_a_schema_nobody_knows(tmp_path):
    make_staging(tmp_path / "s", [{"a": 1}], schema="klingon")
    done = load("--target", f"sqlite:{tmp_path}/a.db", tmp_path / "s")
    assert done.returncode == 2 and "klingon" in done.stderr


def test_standard_output_that_is_full(staging, tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [PROGRAM, "--json", "--target", f"sqlite:{tmp_path}/a.db", str(staging)],
            stdout=full, stderr=subprocess.PIPE, env=clean_env(),
        )  # fmt: skip
    assert done.returncode == 1


def test_a_report_that_is_longer_than_the_room(tmp_path):
    """Its end may fit into a buffer: the failure of its beginning counts."""
    make_staging(tmp_path / "s", [logon_row(n) for n in range(60)], per_segment=1)
    command = [PROGRAM, "plan", "--json", "--target", f"sqlite:{tmp_path}/a.db", tmp_path / "s"]
    whole = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=clean_env())
    assert len(whole.stdout) > 5000
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=clean_env())
    assert done.returncode == 1 and b"standard output" in done.stderr


def test_a_folder_that_cannot_be_written(staging):
    done = load("--target", "sqlite:/proc/nowhere/a.db", staging)
    assert done.returncode == 1
    assert "/proc/nowhere/a.db" in done.stderr


def test_all_that_is_wrong_is_in_one_message(staging, tmp_path):
    """Options first, then the environment, then the file."""
    target = {"type": "sentinel", "colour": "red", "max_wait": "long",
              "stream": "no/name"}  # fmt: skip
    config = write_config(tmp_path / "c.json", t=target)
    env = {"EVTXLOAD_TIMEOUT": "soon", "AZURE_CLIENT_ID": "x"}
    done = load("--config", config, "--target", "t", "-j", "0",
                "--progress", "often", "--endpoint", "http://127.0.0.1:1",
                "--proxy", "http://u:s3cr3t@", staging, env=env)  # fmt: skip
    assert done.returncode == 2 and done.stdout == ""
    assert "s3cr3t" not in done.stderr
    # Long lines are folded for the terminal.
    text = " ".join(done.stderr.split())
    parts = ["--jobs must be a number from 1 to 64: 0",
             "--progress must be auto, always or never: often",
             "--insecure-http", "the proxy is not a valid URL",
             "the target sentinel needs --dcr",
             "EVTXLOAD_TIMEOUT must be a number", "no credentials: set",
             'unknown setting "colour"', '"max_wait" of the file must be',
             ]  # fmt: skip
    at = [text.find(part) for part in parts]
    assert -1 not in at, text
    line, environment, file = max(at[:5]), at[5:7], min(at[7:])
    assert line < min(environment) and max(environment) < file
    assert not (staging / "load").exists()


@pytest.mark.parametrize("command", ["push", "probe", "plan"])
def test_plain_http_has_to_be_asked_for(make_ingest, staging, command):  # noqa: F811
    server = make_ingest()
    words = [word for word in server.load_options if word != "--insecure-http"]
    staged = [] if command == "probe" else [staging]
    done = load(command, *words, *staged, env=server.env)
    assert done.returncode == 2 and "needs --insecure-http" in done.stderr
    assert server.journal() == []
    env = dict(server.env, EVTXLOAD_INSECURE_HTTP="1")
    assert load(command, *words, *staged, env=env).returncode == 0


def test_the_token_too_goes_by_plain_http_only_if_asked(
    make_ingest, ingest_certs, staging  # noqa: F811
):
    server = make_ingest(certs=ingest_certs)
    env = dict(server.env, AZURE_AUTHORITY_HOST="http://127.0.0.1:1")
    done = load(*server.load_options, staging, env=env)
    assert done.returncode == 2
    assert "AZURE_AUTHORITY_HOST must begin with https" in done.stderr
    assert server.journal() == []
