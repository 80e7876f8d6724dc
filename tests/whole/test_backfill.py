# SPDX-License-Identifier: Apache-2.0
"""scripts/backfill: what it calls, how often, and what it exits with.

Stand-ins for the two programs note how they were called and exit as told.
The end-to-end test with the real ones is in test_backfill_outage.py.
"""

import json
import os
import signal
import subprocess
import time

import pytest

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BACKFILL = os.path.join(TOP, "scripts", "backfill")

STAND_IN = '''#!/usr/bin/python3
import json, os, signal, sys, time
name = os.path.basename(sys.argv[0])
here = os.path.dirname(sys.argv[0])
words = sys.argv[1:]
if "--dry-run" in words:
    name = "plan"
told = os.path.join(here, name + ".told")
statuses = open(told).read().split() if os.path.exists(told) else []
with open(told, "w") as file:
    file.write(" ".join(statuses[1:]))
azure = {k: v for k, v in os.environ.items() if k.startswith("AZURE_")}
with open(os.path.join(here, "calls"), "a") as file:
    file.write(json.dumps([name, words, azure, time.time()]) + chr(10))
print("words of", name, file=sys.stderr)
status = statuses[0] if statuses else "0"
if status == "hang":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    time.sleep(30)
if name == "evtxstage" and status in "03":
    folder = words[words.index("-o") + 1]
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, "manifest.json"), "w").close()
sys.exit(int(status))
'''


class Job:
    """One configuration, one input, and the stand-ins."""

    def __init__(self, folder):
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in ("evtxstage", "evtxload"):
            (self.bin / name).write_text(STAND_IN)
            (self.bin / name).chmod(0o755)
        self.input = folder / "logs"
        self.input.mkdir()
        (self.input / "Security.evtx").write_text("x")
        self.config = folder / "job.conf"
        self.staging = folder / "staging"
        self.write(target="sentinel", wait="0", tries="3")

    def write(self, text="", **values):
        lines = [f"{name} = {value}\n" for name, value in values.items()]
        head = f"staging = {self.staging}\n"
        self.config.write_text(head + "".join(lines) + text)

    def tell(self, **statuses):
        """tell(evtxstage="0", plan="0", evtxload="5 5 0")"""
        for name, text in statuses.items():
            (self.bin / f"{name}.told").write_text(text)

    def start(self, *inputs, **environment):
        env = {n: v for n, v in os.environ.items() if not n.startswith("AZURE_")}
        env.update(BACKFILL_BIN=str(self.bin), **environment)
        inputs = inputs or (str(self.input),)
        return subprocess.Popen(
            [BACKFILL, str(self.config), *inputs],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *inputs, **environment):
        """The exit status; what was said is in self.out and self.err."""
        process = self.start(*inputs, **environment)
        self.out, self.err = process.communicate(timeout=60)
        return process.returncode

    def calls(self, name=None):
        try:
            lines = (self.bin / "calls").read_text().splitlines()
        except FileNotFoundError:
            return []
        calls = [json.loads(line) for line in lines]
        return [call for call in calls if name in (None, call[0])]

    def names(self):
        return [call[0] for call in self.calls()]


@pytest.fixture
def job(tmp_path):
    return Job(tmp_path)


def test_stage_plan_push(job):
    assert job.run() == 0
    assert job.names() == ["evtxstage", "plan", "evtxload"]
    assert "stage: words of evtxstage\n" in job.out
    assert "plan: words of plan\n" in job.out
    assert "push: words of evtxload\n" in job.out
    assert job.out.splitlines()[-1].startswith("backfill: done (exit 0); ")
    assert job.err == ""


def test_options_reach_the_programs(job):
    stage_words = {
        "event_set": "common", "schema": "raw", "from": "2024-01-01",
        "to": "2025-01-01", "include_eid": "4624", "exclude_eid": "4634",
    }  # fmt: skip
    load_words = {
        "config": "/c", "endpoint": "https://e.example", "dcr": "dcr-1",
        "stream": "Custom-X", "ca_file": "/ca", "proxy": "http://p",
        "max_wait": "5",
    }  # fmt: skip
    job.write(
        target="sentinel", stage_jobs="2", load_jobs="9",
        **stage_words, **load_words,
    )  # fmt: skip
    assert job.run() == 0
    stage, plan, push = (call[1] for call in job.calls())
    staging = stage[stage.index("-o") + 1]
    for name, value in stage_words.items():
        option = "-s" if name == "event_set" else "--" + name.replace("_", "-")
        assert stage[stage.index(option) + 1] == value
    assert stage[stage.index("-j") + 1] == "2"
    assert stage[-2:] == ["--", str(job.input)]
    for words in (plan, push):
        for name, value in load_words.items():
            option = "--" + name.replace("_", "-")
            assert words[words.index(option) + 1] == value
        assert words[words.index("--target") + 1] == "sentinel"
        assert words[words.index("-j") + 1] == "9"
        assert words[-2:] == ["--", staging]
    assert "--dry-run" not in push


STAGE_OPTIONS = [
    "log_name", "now", "accounts", "system_columns", "decoder", "recover", "provenance", "eventdata",
    "long_fields", "case", "sign_key", "compress", "dedupe", "dedupe_memory", "nesting",
    "max_ratio", "max_member", "max_unpacked", "max_archive_members",
    "max_spool", "archive_password_file", "checkpoint", "channel", "provider",
    "computer", "level", "query", "query_file", "from_dcr", "name",
]  # fmt: skip
LOAD_OPTIONS = [
    "auth", "tpslimit", "bwlimit", "max_transfer", "max_duration",
    "time_policy", "batch_span", "max_dead", "timeout", "retry_delay",
    "role_wait", "on_ambiguous",
]  # fmt: skip


def test_every_option_reaches_its_program(job):
    """In the order of the file, since some may come again."""
    text = "".join(f"{name} = *[of {name}='1 2']\n" for name in STAGE_OPTIONS + LOAD_OPTIONS)
    job.write(text + "channel = !Setup\nrequire_all = yes\nstrict_sets = yes\n", target="sentinel")
    assert job.run() == 0, job.err
    stage, plan, push = (call[1] for call in job.calls())
    want = [f"--{name.replace('_', '-')}=*[of {name}='1 2']" for name in STAGE_OPTIONS]
    given = [word for word in stage if "=" in word]
    assert given == want + ["--channel=!Setup"]
    assert "--strict-sets" in stage
    assert "--require-all" in stage and "-s" not in stage
    want = [f"--{name.replace('_', '-')}=*[of {name}='1 2']" for name in LOAD_OPTIONS]
    for words in (plan, push):
        assert [word for word in words if "=" in word] == want


def test_the_programs_have_the_options(job):
    folder = os.environ.get("EVTX_BUILDDIR", TOP)
    for program, names in (("evtxstage", STAGE_OPTIONS), ("evtxload", LOAD_OPTIONS)):
        for name in names:
            done = subprocess.run(
                [os.path.join(folder, "tools", program), f"--{name.replace('_', '-')}=x"],
                capture_output=True, text=True)  # fmt: skip
            assert done.returncode == 2 and "unknown option" not in done.stderr


def test_other_rows_are_another_staging(job):
    """What changes no row goes on with the same one."""
    rule = job.folder / "rule.json"
    folders = []
    for text in ("", "dedupe_memory = 64M\ncheckpoint = 1G\ncompress = zstd\n", "dedupe = none\n",
                 f"from_dcr = {rule}\n", f"from_dcr = {rule}\n", "require_all = perhaps\n"):
        rule.write_text(str(len(folders)))
        job.write(text, target="sentinel")
        if text.startswith("require"):
            assert job.run() == 2 and "require_all" in job.err
        else:
            assert job.run() == 0
            folders.append(job.calls("evtxload")[-1][1][-1])
    assert folders[0] == folders[1]
    assert len(set(folders)) == 4


def test_each_staging_has_its_own_checkpoint(job):
    state = job.folder / "state dir"
    job.write(target="sentinel", state=str(state))
    assert job.run() == 0
    (job.input / "More.evtx").write_text("x")
    assert job.run() == 0
    words = [call[1] for call in job.calls("evtxload")]
    first, second = (w[w.index("--state") + 1] for w in words)
    assert first != second
    assert os.path.dirname(first) == os.path.dirname(second) == str(state)


def test_temporary_is_tried_again(job):
    job.write(target="sentinel", wait="1", tries="5")
    job.tell(evtxload="5 5 0")
    assert job.run() == 0
    times = [call[3] for call in job.calls("evtxload")]
    assert len(times) == 3
    assert times[1] - times[0] >= 1 and times[2] - times[1] >= 1
    assert len(job.calls("evtxstage")) == 1
    assert "tries 3" in job.out


def test_tries_have_a_limit_and_the_next_run_resumes(job):
    job.tell(evtxload="5 5 5 0")
    assert job.run() == 5
    assert len(job.calls("evtxload")) == 3
    assert "run again to resume" in job.out
    assert job.run() == 0
    assert job.names().count("evtxstage") == 1
    first, *_, last = job.calls("evtxload")
    assert first[1] == last[1]


def test_full_disk_while_staging_is_tried_again(job):
    job.tell(evtxstage="5 0")
    assert job.run() == 0
    assert job.names() == ["evtxstage", "evtxstage", "plan", "evtxload"]


@pytest.mark.parametrize("status", [1, 2, 4, 11])
def test_failed_staging_is_not_loaded(job, status):
    job.tell(evtxstage=str(status))
    assert job.run() == status
    assert job.names() == ["evtxstage"]
    # Nothing counts as staged: the next run starts over.
    assert job.run() == 0
    assert job.names()[1:] == ["evtxstage", "plan", "evtxload"]


@pytest.mark.parametrize("status", [1, 2, 7, 11])
def test_plan_that_fails_is_not_pushed(job, status):
    job.tell(plan=str(status))
    assert job.run() == status
    assert job.names() == ["evtxstage", "plan"]


@pytest.mark.parametrize(
    "stage, push, expected",
    [
        (0, 0, 0), (0, 1, 1), (0, 2, 2), (0, 4, 4), (0, 6, 6), (0, 7, 7),
        (0, 11, 11), (0, 99, 1), (3, 0, 3), (3, 1, 1), (3, 4, 3), (3, 5, 5),
        (3, 6, 6), (3, 7, 7), (3, 99, 1),
    ],
)  # fmt: skip
def test_the_gravest_status_wins(job, stage, push, expected):
    job.tell(evtxstage=str(stage), evtxload=f"{push} {push} {push}")
    assert job.run() == expected
    assert len(job.calls("evtxload")) == (3 if push == 5 else 1)


def test_damage_is_remembered_by_the_next_run(job):
    job.tell(evtxstage="3", evtxload="5 5 5 0")
    assert job.run() == 5
    assert job.run() == 3
    assert len(job.calls("evtxstage")) == 1


def test_staging_without_our_mark_is_done_again(job):
    job.run()
    for mark in job.staging.glob("*.staged"):
        mark.unlink()
    job.run()
    first, second = (call[1] for call in job.calls("evtxstage"))
    assert "--force" not in first
    assert "--force" in second


def test_changed_inputs_and_selections_are_staged_apart(job):
    def folder():
        job.run()
        words = job.calls("evtxload")[-1][1]
        return words[-1]

    seen = [folder(), folder()]
    (job.input / "Security.evtx").write_text("xx")
    seen.append(folder())
    (job.input / "More.EVTX").write_text("x")
    seen.append(folder())
    job.write(target="sentinel", event_set="minimal")
    seen.append(folder())
    job.write(target="sqlite:/elsewhere", event_set="minimal")
    seen.append(folder())
    assert seen[0] == seen[1]
    assert len(set(seen[1:5])) == 4
    assert seen[4] == seen[5]


@pytest.mark.parametrize(
    "value,staged,pushed",
    [(None, True, False), ("staged", True, False), ("yes", True, True), ("no", False, False)],
)
def test_error_if_empty(job, value, staged, pushed):
    more = {} if value is None else {"error_if_empty": value}
    job.write(target="sentinel", **more)
    job.run()
    stage, plan, push = (call[1] for call in job.calls())
    assert ("--error-if-empty" in stage) == staged
    assert ("--error-if-empty" in push) == pushed
    assert "--error-if-empty" not in plan


def test_nothing_is_loaded_when_nothing_was_selected(job):
    job.tell(evtxstage="4")
    assert job.run() == 4
    assert [call[0] for call in job.calls()] == ["evtxstage"]


def test_a_file_with_any_name_changes_the_input(job):
    assert job.run() == 0
    (job.input / "Security.evtx.1").write_text("x")
    assert job.run() == 0
    names = [call[0] for call in job.calls()]
    assert names.count("evtxstage") == 2


# Configuration


@pytest.mark.parametrize(
    "text",
    [
        "nonsense = 1\n",
        "no equals sign\n",
        "wait = soon\n",
        "tries = 0\n",
        "tries =\n",
        "error_if_empty = maybe\n",
        "client_secret = abc\n",
        "target =\n",
        "staging =\n",
        "secret_file = /nonexistent\n",
    ],
)
def test_wrong_configuration(job, text):
    job.write(text, target="sentinel")
    assert job.run() == 2
    assert job.err.startswith("backfill: ")
    assert job.names() == []
    assert "abc" not in job.err + job.out


def test_configuration_is_data(job):
    marker = job.folder / "executed"
    value = f"$(touch {marker}) `touch {marker}`; touch {marker} 'a  \"b"
    job.write(f"  # comment = 1\n\n\tdcr\t=  {value}  \n", target="sentinel")
    assert job.run() == 0
    words = job.calls("evtxload")[0][1]
    assert words[words.index("--dcr") + 1] == value
    assert not marker.exists()


def test_last_line_without_newline(job):
    job.write("dcr = dcr-last", target="sentinel")
    assert job.run() == 0
    assert "dcr-last" in job.calls("evtxload")[0][1]


def test_usage(job):
    assert job.run("/nonexistent/input") == 2
    for words in ([], [str(job.config)], ["/nonexistent", str(job.input)]):
        result = subprocess.run([BACKFILL, *words], capture_output=True)
        assert result.returncode == 2
    result = subprocess.run([BACKFILL, "--help"], capture_output=True, text=True)
    assert result.returncode == 0
    assert "scripts/backfill CONFIG INPUT..." in result.stdout
    assert result.stderr == ""
    assert job.names() == []


# Authentication


def test_authentication_reaches_the_programs_by_environment(job):
    secret = job.folder / "secret"
    secret.write_text("s3cret from the file\n")
    secret.chmod(0o600)
    job.write(
        target="sentinel", tenant_id="t", client_id="c", secret_file=secret,
        authority_host="https://login.example",
    )  # fmt: skip
    assert job.run() == 0
    for _, words, azure, _ in job.calls():
        assert azure == {
            "AZURE_TENANT_ID": "t",
            "AZURE_CLIENT_ID": "c",
            "AZURE_CLIENT_SECRET": "s3cret from the file",
            "AZURE_AUTHORITY_HOST": "https://login.example",
        }
        assert "s3cret" not in " ".join(words)
    for path in job.staging.rglob("*"):
        assert path.is_dir() or "s3cret" not in path.read_text()
    assert "s3cret" not in job.out + job.err


def test_environment_wins_over_configuration(job):
    job.write(target="sentinel", tenant_id="t", client_id="c")
    job.run(AZURE_TENANT_ID="env", AZURE_CLIENT_SECRET="s")
    azure = job.calls("evtxload")[0][2]
    assert azure["AZURE_TENANT_ID"] == "env"
    assert azure["AZURE_CLIENT_ID"] == "c"
    assert azure["AZURE_CLIENT_SECRET"] == "s"


def test_nothing_empty_is_put_into_the_environment(job):
    job.run()
    assert job.calls("evtxload")[0][2] == {}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_secret_that_others_may_read_is_refused(job, mode):
    secret = job.folder / "secret"
    secret.write_text("s3cret\n")
    secret.chmod(mode)
    job.write(target="sentinel", secret_file=secret)
    assert job.run() == 2
    assert job.names() == []
    assert "s3cret" not in job.err


# Signals, other runs


@pytest.mark.parametrize(
    "number, status", [(signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_signal_reaches_the_loader(job, number, status):
    job.tell(evtxload="hang")
    process = job.start()
    await_call(job, "evtxload")
    started = time.monotonic()
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == status
    assert time.monotonic() - started < 5
    assert "interrupted, run again to resume" in out
    assert len(job.calls("evtxload")) == 1


def test_signal_ends_the_pause(job):
    job.write(target="sentinel", wait="30", tries="3")
    job.tell(evtxload="5 5")
    process = job.start()
    await_call(job, "evtxload")
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 143
    assert len(job.calls("evtxload")) == 1


def test_signal_while_staging(job):
    job.tell(evtxstage="hang")
    process = job.start()
    await_call(job, "evtxstage")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 143
    assert job.names() == ["evtxstage"]


def await_call(job, name):
    limit = time.monotonic() + 10
    while not job.calls(name):
        assert time.monotonic() < limit
        time.sleep(0.02)
    # The stand-in notes the call a moment before it is ready for signals.
    time.sleep(0.2)


def test_second_run_at_the_same_time_is_refused(job):
    job.tell(evtxload="hang")
    process = job.start()
    await_call(job, "evtxload")
    assert job.run() == 11
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert len(job.calls("evtxload")) == 1


def test_files_are_for_the_owner_only(job):
    job.run()
    for path in [job.staging, *job.staging.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0
