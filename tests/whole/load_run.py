# SPDX-License-Identifier: Apache-2.0
"""Runs evtxload, and reads what it left behind."""

import json
import os
import sqlite3
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
PROGRAM = os.path.join(os.environ.get("EVTX_BUILDDIR", ROOT), "tools", "evtxload")


def clean_env(env=None):
    """The environment without what could change a run, and with ENV."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AZURE_", "EVTXLOAD_"))
        and not name.lower().endswith("_proxy")
    }
    kept.update(env or {})
    return kept


def load(*words, env=None, timeout=120, **more):
    """Run evtxload to its end."""
    return subprocess.run(
        [PROGRAM, *map(str, words)],
        env=clean_env(env),
        capture_output=True,
        text=True,
        timeout=timeout,
        **more,
    )


def load_start(*words, env=None):
    """Start evtxload and leave it running."""
    return subprocess.Popen(
        [PROGRAM, *map(str, words)],
        env=clean_env(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def load_json(*words, env=None, status=0):
    """Run evtxload with --json; returns its object."""
    done = load(*words, "--json", env=env)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def query(path, text, *values):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(text, values).fetchall()
    finally:
        connection.close()


def one(path, text, *values):
    return query(path, text, *values)[0][0]
