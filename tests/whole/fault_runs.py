# SPDX-License-Identifier: Apache-2.0
"""Runs programs whose n-th call of a function fails: tests/faults/fail.c.

EVTX_FAULTS=all (make fault-test) fails each of the first thousand calls and
closely spaced ones behind them; otherwise some of both.
"""
import errno
import os
import subprocess

ALL = os.environ.get('EVTX_FAULTS') == 'all'
MOST = 20000
EACH = 1000


def numbers(sparse=6, first=1):
    """The calls that fail, one run each, until a run has no such call: all of
    the first EACH, then closer ones than a hundredth apart. Without ALL some
    of them, from `first` on and the further apart the less `sparse` is."""
    n = 1 if ALL else first
    while n < MOST:
        yield n
        n += 1 + (n // sparse if not ALL else n // 100 if n > EACH else 0)


def names(faults):
    """What tests with these (call, errno, for ever) are called."""
    return ['%s-%s%s' % (call, errno.errorcode.get(number, 'short'),
                         '-always' if always else '')
            for call, number, always in faults]


def fault(call, number, always):
    """The words for run_failing()."""
    return {'call': call, 'errno': number, **({'always': 1} if always else {})}


def run_failing(words, env, shim, told, stdin=None, **how):
    """(the finished process, whether the fault was met)"""
    if os.path.exists(told):
        os.unlink(told)
    named = {'FAIL_' + key.upper(): str(value) for key, value in how.items()}
    done = subprocess.run(
        [str(word) for word in words], stdin=stdin or subprocess.DEVNULL,
        env={**env, **named, 'LD_PRELOAD': shim, 'FAIL_TOLD': told},
        capture_output=True, text=True, timeout=60, check=False)
    return done, os.path.exists(told) and os.path.getsize(told) != 0
