# SPDX-License-Identifier: Apache-2.0
"""testdata/ is what its README says, and mkevtx writes it again."""
import hashlib
import os
import re
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import evtxwalk  # noqa: E402
import mkevtx_tools as tools  # noqa: E402

FOLDER = os.path.join(tools.ROOT, 'testdata')


def readme():
    """name -> (what it says, command, SHA-256) from the README."""
    with open(os.path.join(FOLDER, 'README.md'), encoding='utf-8') as f:
        parts = re.split(r'^## ', f.read(), flags=re.M)[1:]
    table = {}
    for part in parts:
        name, _, rest = part.partition('\n')
        command = re.search(r'^    \$ (.*)$', rest, re.M).group(1)
        digest = re.search(r'^    sha256 ([0-9a-f]{64})$', rest, re.M)
        table[name] = (rest.strip().split('\n\n')[0], command,
                       digest.group(1))
    return table


TABLE = readme()


def content(folder, name):
    with open(os.path.join(folder, name), 'rb') as f:
        return f.read()


@pytest.fixture(scope='module')
def again(tmp_path_factory):
    folder = tmp_path_factory.mktemp('testdata')
    subprocess.run([os.path.join(FOLDER, 'make-testdata'), str(folder)],
                   check=True, env=dict(os.environ, MKEVTX=tools.program()))
    return str(folder)


def test_readme_lists_every_file():
    logs = {n for n in os.listdir(FOLDER) if n.endswith('.evtx')}
    assert logs == set(TABLE)
    for name, (says, command, _) in TABLE.items():
        assert says.endswith('.') and name in command


def test_files_stay_small():
    sizes = [len(content(FOLDER, name)) for name in TABLE]
    assert max(sizes) <= 200 << 10 and sum(sizes) < 1500000


@pytest.mark.parametrize('name', sorted(TABLE))
def test_file_is_what_the_readme_says(name, again):
    committed = content(FOLDER, name)
    assert hashlib.sha256(committed).hexdigest() == TABLE[name][2]
    assert content(again, name) == committed


@pytest.mark.parametrize(
    'name', sorted(n for n in TABLE if n.startswith('good-')))
@pytest.mark.of_tests
def test_good_files_are_read_whole(name):
    path = os.path.join(FOLDER, name)
    records = evtxwalk.read(path)
    assert records
    reading = tools.evtxexport(path)
    assert reading.error == '' and len(reading.events) == len(records)
    reading = tools.python_evtx(path)
    assert reading.error == '' and len(reading.events) == len(records)


def field(event, name):
    return next((t for _, n, t in tools.leaves(event) if n == name), None)


def test_the_demo_has_something_to_find():
    """Failed logons by account and address tell of the attack."""
    path = os.path.join(FOLDER, 'good-security-mixed.evtx')
    events = [tools.parse(e) for e in tools.evtxexport(path).events]
    failed = {}
    for e in events:
        if tools.system(e)['EventID'] == '4625':
            who = (field(e, 'TargetUserName'), field(e, 'IpAddress'))
            failed[who] = failed.get(who, 0) + 1
    most = max(failed, key=failed.get)
    assert most == ('svc-backup', '203.0.113.99') and failed[most] >= 9
    assert failed['carol', '10.20.1.103'] == 3
    assert len({who for who, _ in failed}) >= 6
    success = [e for e in events if tools.system(e)['EventID'] == '4624' and
               field(e, 'IpAddress') == '203.0.113.99']
    assert field(success[0], 'TargetUserName') == 'svc-backup'
    assert tools.system(events[-1])['EventID'] == '1102'


def test_bad_truncated_has_16_whole_records():
    records = evtxwalk.read(os.path.join(FOLDER, 'bad-truncated.evtx'))
    assert len(records) == 16


def test_bad_template_has_four_good_records():
    good = 0
    for record in evtxwalk.read(os.path.join(FOLDER, 'bad-template.evtx')):
        try:
            record.event()
            good += 1
        except evtxwalk.Broken:
            assert record.header_id in (3, 6)
    assert good == 4
