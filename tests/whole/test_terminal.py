# SPDX-License-Identifier: Apache-2.0
"""What evidence says never steers a terminal, turns the direction of writing,
or hides: no command prints such characters as they are."""
import re

import pytest
from stage_tools import Staging

# Control characters, marks of direction, separators, zero width.
UNSEEN = re.compile('[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f'
                    '\u2028-\u202e\u2060-\u2069\ufeff]')
NAME = ('A\x1b]0;pwn\x07\x1b[2J\x9b31m\u202eB\u2028\u200f\u061c'
        '\u200bevtxstage: forged\ufeff')


@pytest.fixture
def hostile(mkevtx, tmp_path):
    return mkevtx(tmp_path / 'hostile.evtx', text=(
        'event 4624 x3\ncomputer DC%s\nchannel Sec%s\nTargetUserName = u%s\n'
        'event 1102\ncomputer DC%s\nchannel Sec%s\n' % (5 * (NAME,))))


def test_the_names_are_in_the_log(evtxstage, hostile):
    rows = evtxstage('-o', '-', '-s', 'any', hostile).rows
    assert rows[0]['Computer'] == 'DC' + NAME


def test_no_command_prints_them(evtxstage, hostile, tmp_path):
    staging = tmp_path / 'staging'
    runs = [evtxstage('-v', '-s', 'any', '-o', staging, hostile)]
    key = Staging(staging).rows[0]['RecordKey_CF']
    runs += [evtxstage('info', '--eids', hostile), evtxstage('info', '--sids', hostile),
             evtxstage('info', '--chunks', hostile),
             evtxstage('sets', 'explain', hostile, '-s', 'common'),
             evtxstage('show', '--key', key, staging),
             evtxstage('verify', staging),
             evtxstage('-s', 'none', '-o', '-', hostile, '--query',
                       'Sec%s!*' % NAME)]
    for done in runs:
        assert done.status in (0, 2), done.err
        text = done.out.decode() + done.err
        assert text and not UNSEEN.search(text), ascii(text)
        assert not re.search('(?m)^evtxstage: forged', text)
    assert any('\\u202e' in done.out.decode() for done in runs)
