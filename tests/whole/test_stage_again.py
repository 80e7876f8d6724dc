# SPDX-License-Identifier: Apache-2.0
"""The same command run twice: nothing is touched, and the exit status is the
one of the first run. Another command, or other inputs, are refused."""
import json
import os
import shutil
import zipfile

import pytest
from stage_tools import Staging

AGAIN = 'already staged in'
ADVICE = '(--force replaces it, --append adds to it; or choose another'


@pytest.fixture
def inputs(mkevtx, tmp_path):
    folder = tmp_path / 'logs'
    folder.mkdir()
    for name, day in (('a', 1), ('b', 2), ('c', 3)):
        mkevtx(folder / (name + '.evtx'), text=(
            'event 4624 x3\ntime 2024-05-0%dT00:00:00Z\n' % day))
        (folder / (name + '.evtx.expect')).unlink(missing_ok=True)
    return folder


def snapshot(folder):
    found = {}
    for path, _, names in os.walk(folder):
        for name in [*names, '.']:
            s = os.stat(os.path.join(path, name))
            found[os.path.join(path, name)] = (s.st_ino, s.st_mtime_ns,
                                               s.st_ctime_ns, s.st_size)
    return found


def again(evtxstage, *words, out):
    """The same command twice; the second run."""
    first = evtxstage(*words, '-o', out)
    before = snapshot(out)
    second = evtxstage(*words, '-o', out)
    assert AGAIN in second.err, second.err
    assert '--force' in second.err
    assert snapshot(out) == before
    assert second.status == first.status
    assert second.out == b''
    return second


def test_the_same_again(evtxstage, inputs, tmp_path):
    done = again(evtxstage, inputs, out=tmp_path / 's')
    assert done.status == 0
    assert '3 sources (0 damaged or unreadable), 9 rows' in done.err


def test_the_exit_status_is_that_of_the_first_run(evtxstage, inputs, tmp_path):
    (inputs / 'd.evtx').write_bytes(b'')
    assert again(evtxstage, inputs, out=tmp_path / 's').status == 3
    assert again(evtxstage, inputs, '-s', 'none', '--error-if-empty',
                 out=tmp_path / 't').status == 3
    (inputs / 'd.evtx').unlink()
    assert again(evtxstage, inputs, '-s', 'none', '--error-if-empty',
                 out=tmp_path / 'u').status == 4


def test_scripts_are_told(evtxstage, inputs, tmp_path):
    words = ('--json', inputs, '-o', tmp_path / 's')
    first = json.loads(evtxstage(*words).out)
    second = json.loads(evtxstage(*words).out)
    assert 'already_staged' not in first
    assert second['already_staged'] is True and second['finished'] is True
    for name in ('exit', 'output', 'sources', 'sources_bad', 'segments',
                 'accounting', 'schema'):
        assert second[name] == first[name]


def test_a_copy_with_another_inode_and_time_is_the_same(evtxstage, inputs,
                                                        tmp_path):
    evtxstage(inputs, '-o', tmp_path / 's')
    shutil.copy(inputs / 'a.evtx', tmp_path / 'copy')
    os.replace(tmp_path / 'copy', inputs / 'a.evtx')
    os.utime(inputs / 'b.evtx', (1, 1))
    done = evtxstage(inputs, '-o', tmp_path / 's')
    assert done.status == 0 and AGAIN in done.err


@pytest.mark.parametrize('words, says', [
    (['--schema', 'raw'], 'schema was securityevent, now it is raw'),
    (['-s', 'common'], 'event_set was any, now it is common'),
    (['--case', '7'], 'case was not given, now it is 7'),
])
def test_other_options_are_refused(evtxstage, inputs, tmp_path, words, says):
    usual = [] if words[0] == '-s' else ['-s', 'any']
    evtxstage(inputs, '-s', 'any', '-o', tmp_path / 's')
    before = snapshot(tmp_path / 's')
    done = evtxstage(inputs, *usual, *words, '-o', tmp_path / 's')
    assert done.status == 2 and says in done.err and ADVICE in done.err
    assert snapshot(tmp_path / 's') == before


def test_another_event_set_in_the_same_file_is_refused(evtxstage, inputs,
                                                       tmp_path):
    path = tmp_path / 'set.json'
    path.write_text('{"name":"x","select":[{"channel":"Security","ids":"*"}]}')
    words = ('-s', path, inputs, '-o', tmp_path / 's')
    evtxstage(*words)
    path.write_text('{"name":"x","select":[{"channel":"Security","ids":[1]}]}')
    done = evtxstage(*words)
    assert done.status == 2 and 'the event set x has changed' in done.err


def change_bytes(folder):
    with open(folder / 'b.evtx', 'r+b') as f:
        f.seek(5000)
        f.write(b'\xff\xff\xff')


def make_longer(folder):
    with open(folder / 'b.evtx', 'ab') as f:
        f.write(bytes(65536))


CHANGES = [
    (change_bytes, 'b.evtx has other bytes (SHA-256)'),
    (make_longer, 'b.evtx has 135168 bytes, had 69632'),
    (lambda f: (f / 'b.evtx').unlink(), 'b.evtx is missing'),
    (lambda f: shutil.copy(f / 'a.evtx', f / 'x.evtx'), 'x.evtx is new'),
    (lambda f: shutil.copy(f / 'a.evtx', f / '0.evtx'), '0.evtx is new'),
]


@pytest.mark.parametrize('change, says', CHANGES)
def test_inputs_that_changed_are_named(evtxstage, inputs, tmp_path, change,
                                       says):
    evtxstage(inputs, '-o', tmp_path / 's')
    before = snapshot(tmp_path / 's')
    change(inputs)
    done = evtxstage(inputs, '-o', tmp_path / 's')
    assert done.status == 2 and ADVICE in done.err
    assert done.err.count('.evtx') == 1 and says in done.err, done.err
    assert snapshot(tmp_path / 's') == before
    assert evtxstage(inputs, '--force', '-o', tmp_path / 's').status in (0, 3)
    assert AGAIN in evtxstage(inputs, '-o', tmp_path / 's').err


def test_the_list_of_differences_ends(evtxstage, inputs, tmp_path):
    evtxstage(inputs, '-o', tmp_path / 's')
    for i in range(20):
        shutil.copy(inputs / 'a.evtx', inputs / ('n%02d.evtx' % i))
    done = evtxstage(inputs, '-o', tmp_path / 's')
    assert done.status == 2 and ADVICE in done.err
    assert '; and 17 more' in done.err and done.err.count('is new') == 3


def test_archives_are_compared_by_their_first_bytes(evtxstage, inputs,
                                                    tmp_path):
    def pack(*names):
        with zipfile.ZipFile(tmp_path / 'x.zip', 'w') as z:
            for name in names:
                z.write(inputs / name, name)

    pack('a.evtx', 'b.evtx')
    words = (tmp_path / 'x.zip',)
    assert again(evtxstage, *words, out=tmp_path / 's').status == 0
    pack('b.evtx', 'a.evtx')
    done = evtxstage(*words, '-o', tmp_path / 's')
    assert done.status == 2 and 'an archive' in done.err


def test_what_was_added_to_is_refused_as_before(evtxstage, inputs, tmp_path):
    out = tmp_path / 's'
    evtxstage(inputs / 'a.evtx', '-o', out)
    assert evtxstage(inputs / 'b.evtx', '--append', '-o', out).status == 0
    assert 'inputs_sha256' not in Staging(out).manifest['run']
    done = evtxstage(inputs / 'a.evtx', '-o', out)
    assert done.status == 2 and 'finished staging directory' in done.err


def test_a_manifest_that_was_changed_is_no_ground(evtxstage, inputs, tmp_path):
    out = tmp_path / 's'
    evtxstage(inputs, '-o', out)
    path = out / 'manifest.json'
    os.chmod(path, 0o600)
    path.write_text(path.read_text().replace('"emitted":9', '"emitted":8'))
    done = evtxstage(inputs, '-o', out)
    assert done.status == 2 and AGAIN not in done.err
