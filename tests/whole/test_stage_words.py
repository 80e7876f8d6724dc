# SPDX-License-Identifier: Apache-2.0
"""What evtxstage says on a terminal: the reason of damage in 80 columns, one
and many, and a clean line after Ctrl-C."""
import os
import pty
import re
import signal
import subprocess
import time

import pytest
from stage_tools import CHUNK, FILE_HEADER

FOLDER = 'a_rather_long_name_for_the_folder_of_a_case/and_one_more_inside_it'


@pytest.fixture
def deep(tmp_path, monkeypatch, mkevtx):
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    mkevtx(folder / 'whole.evtx', '--events', '4624:3')
    data = bytearray((folder / 'whole.evtx').read_bytes())
    (folder / 'cut.evtx').write_bytes(data[:FILE_HEADER + CHUNK // 2])
    data[FILE_HEADER + 600] ^= 1
    (folder / 'crc.evtx').write_bytes(data)
    (folder / 'empty.evtx').write_bytes(b'')
    (folder / 'text.evtx').write_text('no log')
    monkeypatch.chdir(tmp_path)
    return FOLDER


REASONS = {'cut.evtx': 'the chunk is cut short',
           'crc.evtx': 'the checksum of its records is wrong',
           'empty.evtx': 'is empty',
           'text.evtx': 'is not an .evtx file: no signature, no chunk'}


def on_terminal(*words):
    """What a run writes to a terminal on standard error."""
    main, tail = pty.openpty()
    process = subprocess.Popen(words, stderr=tail, stdout=subprocess.DEVNULL)
    os.close(tail)
    text = b''
    try:
        while True:
            text += os.read(main, 4096)
    except OSError:
        os.close(main)
    return process.wait(60), text.decode()


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
def test_damage_has_its_reason_in_80_columns(evtxstage_path, deep, decoder):
    status, err = on_terminal(evtxstage_path, '--progress', 'never', '-s',
                              'any', '--decoder', decoder, '-o', 'out', deep)
    assert status == 3
    for name, reason in REASONS.items():
        line, = [ln for ln in err.splitlines() if name in ln]
        assert line.startswith('evtxstage: a_') and reason in line, line
        assert len(line) <= 80 and '...' in line, line


@pytest.mark.parametrize('terminal', [True, False])
def test_whole_names(evtxstage, evtxstage_path, deep, terminal):
    """With --verbose, and in a file."""
    if terminal:
        err = on_terminal(evtxstage_path, '-v', '-s', 'any', '-o', 'out',
                          deep)[1]
    else:
        err = evtxstage('-s', 'any', '-o', 'out', deep).err
    for name, reason in REASONS.items():
        assert re.search('evtxstage: %s/%s.*%s' % (deep, name, reason),
                         err), err


def test_a_reason_survives_a_name_of_any_length(evtxstage, tmp_path,
                                                monkeypatch):
    folder = '/'.join(c * 200 for c in 'abcd')
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / 'empty.evtx').write_bytes(b'')
    monkeypatch.chdir(tmp_path)
    done = evtxstage('-o', 'out', folder)
    assert re.search('(?m)empty.evtx is empty$', done.err), done.err


@pytest.mark.parametrize('events, words', [
    (1, ['1 source ', '1 record\n', '1 segment\n']),
    (2, ['1 source ', '2 records\n', '1 segment\n']),
])
def test_one_and_many(evtxstage, mkevtx, tmp_path, events, words):
    log = mkevtx(tmp_path / 'x.evtx', text='event 4624\n' * events)
    done = evtxstage('-s', 'any', '-o', tmp_path / 'out', log)
    for word in words:
        assert word in done.err
    info = evtxstage('info', log).out.decode()
    verbose = evtxstage('-v', '-o', '-', log).err
    what = '1 record' if events == 1 else '2 records'
    assert what + ' of Security' in info
    assert '1 chunk, %s, ' % what in verbose
    for text in (done.err, info, verbose):
        assert not re.search(r'(?<![\d ])\b1 [a-z]+s\b', text), text


def test_a_clean_line_after_an_interrupt(evtxstage_path, tmp_path, mkevtx):
    """The terminal shows ^C where the cursor is; the message does not follow
    it in the same line."""
    log = mkevtx(tmp_path / 'x.evtx', '--events', '4624', '--size', '20M')
    for _ in range(20):
        main, tail = pty.openpty()
        process = subprocess.Popen(
            [evtxstage_path, '-j1', '-s', 'any', '-o', tmp_path / 'out',
             '--force', log], stderr=tail, stdout=subprocess.DEVNULL)
        os.close(tail)
        time.sleep(0.03)
        process.send_signal(signal.SIGINT)
        process.wait(60)
        text = b''
        try:
            while True:
                text += os.read(main, 4096)
        except OSError:
            os.close(main)
        if process.returncode == 130:
            assert b'\r\x1b[Kevtxstage: interrupted' in text
            return
    pytest.skip('it was always faster than the signal')
