# SPDX-License-Identifier: Apache-2.0
"""The command line of evtxstage: options, messages, where they go."""
import json
import os
import pty
import subprocess

import pytest
from stage_tools import environment

OPTIONS = ['--output', '--event-set', '--schema', '--decoder', '--from',
           '--to', '--now', '--include-eid', '--exclude-eid', '--channel',
           '--provider', '--computer', '--level', '--query', '--query-file',
           '--from-dcr', '--jobs', '--force', '--checkpoint',
           '--error-if-empty', '--json', '--progress', '--quiet',
           '--verbose', '--help', '--version', '--log-name', '--recover',
           '--provenance', '--eventdata', '--long-fields', '--case',
           '--sign-key', '--append', '--dedupe', '--dedupe-memory', '--name', '--nesting',
           '--archive-password-file', '--sandbox']
COMMANDS = ['convert', 'info', 'verify', 'show', 'sets']


@pytest.mark.parametrize('option', ['-h', '--help'])
def test_help_fits_a_terminal_and_goes_to_standard_output(evtxstage, option):
    done = evtxstage(option)
    assert done.status == 0 and done.err == ''
    assert done.lines[0].startswith('Usage: evtxstage ')
    assert len(done.lines) <= 25
    assert max(map(len, done.lines)) < 80


def test_the_help_of_convert_names_every_option(evtxstage):
    text = evtxstage('help', 'convert').out.decode() + \
        evtxstage('--help').out.decode()
    assert [o for o in OPTIONS if o not in text] == []


@pytest.mark.parametrize('command', COMMANDS)
def test_every_command_has_its_help(evtxstage, command):
    done = evtxstage('help', command)
    assert done.status == 0 and done.err == ''
    assert command in done.lines[0] and 'Usage: ' in done.lines[0]
    assert max(map(len, done.lines)) < 80
    assert evtxstage(command, '--help').out == done.out
    assert command in evtxstage('help').out.decode()


@pytest.mark.parametrize('args, words', [
    (('help', 'verfy'), ('no help for verfy', 'did you mean verify?')),
    (('inof', 'x.evtx'), ('inof is neither', 'did you mean info?')),
    (('--event-st=all',), ('--event-st=all', 'did you mean --event-set?')),
    (('-s', 'Comon', '-o', '-', 'x'),
     ('called Comon', 'all, common, minimal, none and any',
      'did you mean common?')),
    (('-s', 'case42.json', '-o', '-', 'x'),
     ('called case42.json', 'all, common, minimal, none and any')),
    (('--schema', 'sysmon', '-o', '-', 'x'),
     ('sysmon', 'securityevent, windowsevent, event, raw or ecs')),
    (('--decoder', 'python', '-o', '-', 'x'),
     ('python', 'native, libevtx or both')),
])
def test_a_mistyped_word_gets_what_there_is(evtxstage, args, words):
    assert refused(evtxstage(*args), *words)


def test_a_path_that_resembles_a_command_is_a_path(evtxstage, log, tmp_path):
    os.symlink(log, tmp_path / 'inf')
    done = evtxstage('-o', '-', '-s', 'any', 'inf', cwd=tmp_path)
    assert done.status == 0 and done.rows


def test_event_sets_are_known_in_any_case(stage, evtxstage, log):
    done, staging = stage('-s', 'Common', log)
    assert done.status == 0
    assert staging.manifest['event_set']['name'] == 'common'
    assert staging.manifest['options']['event_set'] == 'common'
    assert evtxstage('-s', 'COMMON', '-o', '-', log).out == \
        evtxstage('-s', 'common', '-o', '-', log).out


@pytest.mark.parametrize('schema, name', [
    ('securityevent', 'all'), ('windowsevent', 'any'), ('event', 'any'), ('ecs', 'any'),
    ('raw', 'any')])
def test_the_default_event_set_is_said(stage, log, schema, name):
    done, staging = stage('--schema', schema, log)
    assert 'event set ' + name in done.err
    assert staging.manifest['event_set']['name'] == name


@pytest.mark.parametrize('option', ['-V', '--version'])
def test_version_says_program_version_commit_and_libraries(evtxstage, option):
    done = evtxstage(option)
    assert done.status == 0 and done.err == ''
    first, *libraries = done.lines
    assert first.startswith('evtxstage ') and '(commit ' in first
    assert any(line.startswith('libevtx ') for line in libraries)


def refused(done, *words):
    """Exit 2, nothing on standard output, one line that has the words."""
    assert done.status == 2, done.err
    assert done.out == b''
    assert done.err.startswith('evtxstage: ') and done.err.count('\n') == 1
    for word in words:
        assert word in done.err
    return True


def test_no_arguments(evtxstage):
    assert refused(evtxstage(), 'no input')


def test_no_output(evtxstage, log):
    assert refused(evtxstage(log), '-o')


def test_output_but_no_input(evtxstage):
    assert refused(evtxstage('-o', '-'), 'no input')


@pytest.mark.parametrize('option', ['--colour', '-Z', '--force=yes'])
def test_unknown_option_is_named(evtxstage, log, option):
    assert refused(evtxstage('-o', '-', option, log), option)


def test_unknown_letter_among_others_is_named(evtxstage, log):
    assert refused(evtxstage('-o', '-', log, '-qZv'), '-Z')


@pytest.mark.parametrize('option', [
    '-o', '--output', '-s', '--event-set', '--schema', '--decoder', '--from',
    '--to', '--include-eid', '--exclude-eid', '-j', '--jobs', '--progress'])
def test_missing_value_is_named(evtxstage, log, option):
    assert refused(evtxstage(log, option), option, 'value')


@pytest.mark.parametrize('option,value', [
    ('--include-eid', '4624,x'), ('--include-eid', ''),
    ('--include-eid', '70000'), ('--include-eid', '20-10'),
    ('--exclude-eid', '-1'), ('--exclude-eid', '1,,2'),
    ('--from', 'yesterday'), ('--to', '2024-13-01'),
    ('--from', '2024-05-01T25:00:00Z'),
    ('--schema', 'csv'), ('--decoder', 'magic'),
    ('--jobs', '0'), ('--jobs', 'many'), ('--jobs', '257'), ('-j', '-1'),
    ('--progress', 'sometimes'), ('--event-set', 'no/such/file')])
def test_bad_value_is_named(evtxstage, log, option, value):
    assert refused(evtxstage('-o', '-', log, option, value), value)


def test_from_must_be_before_to(evtxstage, log):
    done = evtxstage('-o', '-', log, '--from', '2024-05-02', '--to',
                     '2024-05-01')
    assert refused(done, '--from', '--to')


def test_missing_operand_is_named(evtxstage, log, tmp_path):
    out = tmp_path / 'staging'
    done = evtxstage('-o', out, log, tmp_path / 'gone.evtx')
    assert refused(done, 'gone.evtx', 'No such file')
    assert not out.exists()


def test_options_may_follow_operands(evtxstage, log):
    first = evtxstage('-s', 'any', '-o', '-', log)
    last = evtxstage(log, '-o', '-', '--event-set=any')
    assert first.status == last.status == 0
    assert first.out == last.out != b''


def test_two_dashes_end_the_options(evtxstage, mkevtx, tmp_path):
    mkevtx(tmp_path / '-v', '--events', '4624:2')
    done = evtxstage('-o', '-', '--', '-v', cwd=tmp_path)
    assert done.status == 0 and len(done.rows) == 2


def test_convert_is_the_command_word(evtxstage, log):
    assert evtxstage('convert', '-o', '-', log).out == \
        evtxstage('-o', '-', log).out


@pytest.mark.parametrize('word', ['info', 'verify', 'sets', 'show'])
def test_command_words_are_no_paths(evtxstage, mkevtx, tmp_path, word):
    mkevtx(tmp_path / word, '--events', '4624:2')
    assert refused(evtxstage('-o', '-', word, cwd=tmp_path), word)
    done = evtxstage('-o', '-', './' + word, cwd=tmp_path)
    assert done.status == 0 and len(done.rows) == 2


def test_command_words_are_paths_behind_the_first_place(
        evtxstage, mkevtx, tmp_path):
    for name in ('a.evtx', 'info'):
        mkevtx(tmp_path / name, '--events', '4624:2')
    done = evtxstage('-o', '-', 'a.evtx', 'info', cwd=tmp_path)
    assert done.status == 0 and len(done.rows) == 4


# --- environment ----------------------------------------------------------

def test_environment_stands_in_for_options(evtxstage, log):
    env = {'EVTXSTAGE_EVENT_SET': 'any', 'EVTXSTAGE_SCHEMA': 'raw',
           'EVTXSTAGE_OUTPUT': '-', 'EVTXSTAGE_QUIET': '1'}
    done = evtxstage(log, env=env)
    assert done.status == 0 and done.err == ''
    assert done.out == \
        evtxstage('-o', '-', '-s', 'any', '--schema', 'raw', log).out


def test_command_line_wins_over_environment(evtxstage, log):
    env = {'EVTXSTAGE_EVENT_SET': 'none', 'EVTXSTAGE_SCHEMA': 'nonsense'}
    done = evtxstage('-o', '-', '-s', 'any', '--schema', 'raw', log, env=env)
    assert done.status == 0 and 'Event' in done.rows[0]


def test_bad_environment_is_refused(evtxstage, log):
    env = {'EVTXSTAGE_SCHEMA': 'nonsense'}
    assert refused(evtxstage('-o', '-', log, env=env), 'nonsense')


def test_empty_environment_and_zero_are_no(evtxstage, log):
    env = {'EVTXSTAGE_JSON': '0', 'EVTXSTAGE_QUIET': '',
           'EVTXSTAGE_SCHEMA': ''}
    done = evtxstage('-o', '-', log, env=env)
    assert done.status == 0
    assert 'found' in done.err and '{' not in done.err


# --- what is said, and where ----------------------------------------------

JSON_KEYS = ['program', 'version', 'exit', 'finished', 'output', 'schema',
             'event_set', 'sources', 'sources_bad', 'sources_duplicate',
             'passed_over', 'bytes', 'segments', 'accounting', 'logs',
             'seconds']


def test_json_goes_to_standard_output(stage, log):
    done, staging = stage(log, '--json')
    said = json.loads(done.out)
    assert done.out.count(b'\n') == 1
    assert list(said) == JSON_KEYS
    assert said['program'] == 'evtxstage' and said['exit'] == 0
    assert said['finished'] is True and said['output'] == staging.path
    assert said['schema'] == 'securityevent' and said['event_set'] == 'all'
    assert said['sources'] == 1 and said['sources_bad'] == 0
    assert said['bytes'] == os.path.getsize(log)
    assert said['accounting'] == staging.manifest['accounting']
    assert 'found' in done.err


def test_json_goes_to_standard_error_with_ndjson(evtxstage, log):
    done = evtxstage('-o', '-', '--json', '-q', log)
    said = json.loads(done.err)
    assert list(said) == JSON_KEYS and said['output'] == '-'
    assert said['accounting']['emitted'] == len(done.rows) > 0


def test_json_of_a_run_that_failed_says_so(evtxstage, log):
    with open('/dev/full', 'wb') as full:
        done = evtxstage('-o', '-', '--json', '-q', log, stdout=full)
    message, said = done.err.splitlines()
    said = json.loads(said)
    assert said['exit'] == done.status != 0
    assert said['finished'] is False
    assert said['error'] in message


@pytest.mark.parametrize('words', [
    ('convert', '-o', 'out', 'missing'), ('convert', '--bad'),
    ('convert', '-o', 'out', '-s', 'bad', 'missing'), ('info', 'missing'),
    ('verify', 'missing'), ('show', '--key', '0' * 32, 'missing'),
    ('show', 'missing'), ('shards', 'missing'), ('merge-check', 'missing')])
def test_json_of_a_command_that_did_not_start(evtxstage, tmp_path, words):
    done = evtxstage(words[0], '--json', *words[1:], cwd=tmp_path)
    said = json.loads(done.out)
    assert said['exit'] == done.status == 2 and said['finished'] is False
    assert 'evtxstage: %s' % said['error'] in done.err


def test_json_of_a_key_that_no_row_has(evtxstage, stage, log):
    _, staging = stage(log)
    done = evtxstage('show', '--json', '--key', '0' * 32, staging.path)
    said = json.loads(done.out)
    assert said['exit'] == done.status == 1
    assert 'no row has the RecordKey' in said['error']


def test_quiet_is_silent_when_all_is_well(stage, log):
    done, staging = stage(log, '-q', '-s', 'any')
    assert done.status == 0
    assert done.out == b'' and done.err == ''
    assert staging.finished


def test_quiet_still_says_what_is_wrong(stage, tmp_path):
    bad = tmp_path / 'bad.evtx'
    bad.write_bytes(b'no log')
    done, _ = stage(bad, '-q')
    assert done.status == 3 and str(bad) in done.err
    assert 'found' not in done.err


def test_summary_goes_to_standard_error(stage, log):
    done, staging = stage(log)
    assert done.out == b''
    account = staging.manifest['accounting']
    for term in ('found', 'emitted', 'damaged'):
        line = [x for x in done.err.splitlines() if x.split()[:1] == [term]]
        assert len(line) == 1 and int(line[0].split()[1]) == account[term]


def test_verbose_lists_every_source(evtxstage, mkevtx, tmp_path):
    for name in ('a', 'b'):
        mkevtx(tmp_path / (name + '.evtx'), '--events', '4624:2')
    plain = evtxstage('-o', '-', tmp_path).err
    wordy = evtxstage('-o', '-', '-v', tmp_path).err
    for name in ('a.evtx', 'b.evtx'):
        assert name not in plain
        assert [x for x in wordy.splitlines()
                if name in x and '2 records' in x]


def test_no_progress_bar_in_a_pipe(evtxstage, log):
    done = evtxstage('-o', '-', log)
    assert '\r' not in done.err and '%' not in done.err


def test_progress_bar_when_asked_for(evtxstage, log):
    done = evtxstage('-o', '-', '--progress', 'always', log)
    assert '\r[' in done.err and '%' in done.err
    # It is gone when the summary comes.
    assert done.err.rindex('\r\x1b[K') < done.err.index('evtxstage: 1 source')


@pytest.mark.parametrize('option,shown', [
    ('--progress=auto', True), ('--progress=never', False), ('-q', False)])
def test_progress_bar_on_a_terminal(evtxstage_path, log, option, shown):
    master, terminal = pty.openpty()
    subprocess.run([evtxstage_path, '-o', '-', option, log], stderr=terminal,
                   stdout=subprocess.DEVNULL, env=environment(), timeout=60)
    os.write(terminal, b'end')
    os.close(terminal)
    said = os.read(master, 65536)
    while not said.endswith(b'end'):
        said += os.read(master, 65536)
    os.close(master)
    assert (b'%' in said) == shown


BELL = 'esc\x1b[31mred\x9b\u0085\x7f.evtx'


def is_tame(raw):
    """No control character but line ends; neither as C1 in UTF-8."""
    text = raw.decode('utf-8')
    return all(c == '\n' or 0x20 <= ord(c) < 0x7f or ord(c) >= 0xa0
               for c in text)


def test_control_characters_of_names_do_not_reach_the_terminal(
        evtxstage, mkevtx, tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    mkevtx(folder / BELL, '--events', '4624:2')
    (folder / ('bad' + BELL)).write_bytes(b'no log')
    done = evtxstage('-v', '-o', tmp_path / ('out' + BELL), folder)
    assert done.status == 3
    assert done.err.count('\\x1b[31mred') >= 3
    assert is_tame(done.raw_err)


def test_control_characters_of_options_do_not_reach_the_terminal(
        evtxstage, log, tmp_path):
    assert is_tame(evtxstage('-o', '-', log, '--schema', BELL).raw_err)
    assert is_tame(evtxstage('-o', '-', tmp_path / BELL).raw_err)


def test_control_characters_of_a_set_name_do_not_reach_the_terminal(
        evtxstage, log, tmp_path):
    own = tmp_path / 'set.json'
    own.write_text(json.dumps({'name': BELL, 'select': []}))
    done = evtxstage('-o', '-', '-s', own, log)
    assert done.status == 0 and 'nothing was selected' in done.err
    assert is_tame(done.raw_err)
