# SPDX-License-Identifier: Apache-2.0
"""What is made of the tables of options: --help, manual pages, completion."""
import os
import re
import shutil
import subprocess

import pytest
from stage_tools import BUILD

TOOLS = os.path.join(BUILD, 'tools')
PROGRAMS = {
    'evtxstage': ['convert', 'info', 'verify', 'show', 'sets', 'shards',
                  'merge-check'],
    'evtxload': ['push', 'plan', 'probe', 'status', 'retry-dead', 'reconcile',
                 'dcr'],
}
COMMANDS = [(p, c) for p, commands in PROGRAMS.items() for c in commands]


def help_of(program, *command):
    return subprocess.run([os.path.join(TOOLS, program), 'help', *command],
                          check=True, capture_output=True, text=True).stdout


def page_of(program):
    with open(os.path.join(TOOLS, program + '.1')) as page:
        return page.read().replace('\\-', '-')


def options_in(text):
    """The long options that lines of a help text begin with."""
    return re.findall(r'^(?:  -\w, |      )(--[a-z-]+)', text, re.M)


@pytest.mark.parametrize('program', PROGRAMS)
def test_the_manual_page_lists_the_options_of_every_command(program):
    page = page_of(program)
    listed = re.findall(r'^\.TP\n\.BR (?:-\w ", " )?(--[a-z-]+)', page, re.M)
    helped = {o for c in PROGRAMS[program]
              for o in options_in(help_of(program, c))}
    assert sorted(listed) == sorted(helped) and len(helped) > 40
    assert '@' + 'OPTIONS@' not in page and '@' + 'COMMANDS@' not in page


@pytest.mark.parametrize('program, command', COMMANDS)
def test_the_manual_page_has_usage_and_example_of_the_command(
        program, command):
    page = page_of(program)
    text = help_of(program, command)
    assert '\n.SS ' + command + '\n' in page
    example = text.split('Example: ')[1].strip()
    assert '\n.B ' + example + '\n' in page
    plain = re.sub(r'\\f[BIR]', '', page)
    usage = text.split('\n')[0].removeprefix('Usage: ')
    assert '\n' + usage + '\n' in plain


def run(program, *words, **env):
    return subprocess.run([os.path.join(TOOLS, program), *words],
                          env=os.environ | env, capture_output=True, text=True)


@pytest.mark.parametrize('command', PROGRAMS['evtxstage'])
def test_options_of_other_commands_are_rejected(command):
    own = set(options_in(help_of('evtxstage', command)))
    others = {o for c in PROGRAMS['evtxstage']
              for o in options_in(help_of('evtxstage', c))} - own
    assert len(others) > 7
    for option in sorted(others):
        done = run('evtxstage', command, option, '1')
        assert done.returncode == 2
        assert option + ' does not work with' in done.stderr or \
            option + ' works only with' in done.stderr


@pytest.mark.parametrize('words', [
    ['reconcile', '-n'], ['retry-dead', '--dry-run'], ['push', '--resend'],
    ['status', '--workspace', '1']])
def test_a_load_command_rejects_what_would_mean_something_else(words):
    done = run('evtxload', *words, '--target', 'sqlite:x.db', 'staging')
    assert done.returncode == 2 and ' only with' in done.stderr or \
        ' does not work with the command' in done.stderr


def test_the_environment_may_have_options_of_other_commands():
    done = run('evtxstage', 'sets', 'list', EVTXSTAGE_EIDS='1',
               EVTXSTAGE_FORCE='1', EVTXSTAGE_INPUTS='require',
               EVTXSTAGE_SHARD='1/2', EVTXSTAGE_COMPRESS='unknown')
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which('man') is None, reason='no man')
@pytest.mark.parametrize('program', PROGRAMS)
def test_the_manual_page_has_no_warnings(program):
    done = subprocess.run(
        ['man', '--warnings', '-l', os.path.join(TOOLS, program + '.1')],
        capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ''


def complete(program, *words, cwd=None):
    """What bash would offer for the last of the words."""
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              f'_{program}; printf "%s\\n" "${{COMPREPLY[@]}}"')
    done = subprocess.run(
        ['bash', '-uc', script, 'bash',
         os.path.join(TOOLS, 'completion', program), program, *words],
        check=True, capture_output=True, text=True, cwd=cwd)
    assert done.stderr == ''
    return done.stdout.split()


@pytest.mark.parametrize('program, command', COMMANDS)
def test_completion_offers_the_options_of_the_command(program, command):
    offered = complete(program, command, '--')
    assert sorted(offered) == sorted(options_in(help_of(program, command)))


def test_completion_offers_values_files_and_commands(tmp_path):
    (tmp_path / 'accounts.csv').touch()
    (tmp_path / 'staging').mkdir()
    assert complete('evtxstage', '--schema', 'w') == ['windowsevent']
    assert complete('evtxstage', '--schema', '=', 'w') == ['windowsevent']
    assert complete('evtxload', '--auth', '=') == [
        'secret', 'certificate', 'managed', 'workload', 'github',
        'pipelines', 'cli', 'token']
    assert complete('evtxstage', '--accounts', 'a', cwd=tmp_path) == \
        ['accounts.csv']
    assert complete('evtxstage', '-o', '', cwd=tmp_path) == ['staging']
    assert complete('evtxstage', 'ver', cwd=tmp_path) == ['verify']
    assert complete('evtxload', 'status', 'st', cwd=tmp_path) == ['staging']
    assert complete('evtxstage', '--from', '') == []
