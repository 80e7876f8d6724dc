# SPDX-License-Identifier: Apache-2.0
"""Runs programs one after the other and measures them.

A child's peak memory starts at that of the process that starts it, so this is
a small process of its own: one JSON object per line in, one out.
"""
import json
import os
import signal
import subprocess
import sys
import time


def wait(process, seconds):
    """The status and usage of a child; killed when the time is over."""
    end = time.monotonic() + seconds
    pause = 0.0005
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage
        if time.monotonic() > end:
            process.kill()
            os.wait4(process.pid, 0)
            process.returncode = -signal.SIGKILL
            return None, None
        time.sleep(pause)
        pause = min(pause * 2, 0.02)


def run(job):
    with open(job['out'], 'wb') as out, open(job['err'], 'wb') as err, \
            open(job.get('in', os.devnull), 'rb') as given:
        began = time.monotonic()
        process = subprocess.Popen(job['argv'], stdin=given, stdout=out,
                                   stderr=err)
        status, usage = wait(process, job['seconds'])
    return {'status': status, 'seconds': time.monotonic() - began,
            'kib': usage.ru_maxrss if usage else 0}


def serve():
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


class Runner:
    """The other side: runner.run(argv, out, err, seconds) -> dict.

    given: the file that is standard input.
    """

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, '-S', '-E', os.path.abspath(__file__)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, argv, out, err, seconds, given=os.devnull):
        job = {'argv': argv, 'out': out, 'err': err, 'seconds': seconds,
               'in': given}
        self.process.stdin.write(json.dumps(job) + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


if __name__ == '__main__':
    serve()
