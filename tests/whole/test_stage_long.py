# SPDX-License-Identifier: Apache-2.0
"""Values that the service would cut: --long-fields."""
import glob
import json
import os

import pytest
import stage_tools

LIMIT = 65536


@pytest.fixture(scope='module')
def long_log(mkevtx, tmp_path_factory):
    """Texts that grow: & to &amp; in EventData, one unit to three bytes."""
    folder = tmp_path_factory.mktemp('long')
    return mkevtx(folder / 'long.evtx', text='\n'.join([
        'event 4634', 'id 4697', 'eventdata', 'ServiceFileName = ' + '&' * 25000,
        'event 4688', 'CommandLine = ' + '\u20ac' * 25000,
        'event 4634', 'id 4673', 'eventdata', 'PrivilegeList = ' + '\u20ac' * 25000,
        'event 4634', '']))


def size(text):
    return len(text.encode())


def test_long_values_are_split(stage, long_log):
    done, staging = stage(long_log)
    data, command, privileges, short = staging.rows
    parts = [data[n] for n in ('EventData', 'EventData_2_CF')]
    assert size(parts[0]) == LIMIT
    assert ''.join(parts).count('&amp;') == 25000
    assert ''.join(parts).endswith('</EventData>')
    assert 'Truncated_CF' not in data
    assert command['CommandLine'] + command['CommandLine_2_CF'] == \
        '\u20ac' * 25000
    assert privileges['Truncated_CF'] == 'PrivilegeList'
    assert privileges['PrivilegeList'] == '\u20ac' * (LIMIT // 3)
    assert not any(n.endswith('_2_CF') for n in short)
    for row in staging.rows:
        assert all(size(v) <= LIMIT for v in row.values()
                   if isinstance(v, str))
    assert staging.manifest['accounting']['long_fields'] == 5
    assert 'long values' in done.err


def test_long_values_are_truncated(stage, long_log):
    _, staging = stage(long_log, '--long-fields', 'truncate')
    data, command, privileges, short = staging.rows
    assert data['Truncated_CF'] == 'EventData'
    assert command['Truncated_CF'] == 'EventData CommandLine'
    assert privileges['Truncated_CF'] == 'EventData PrivilegeList'
    assert 'Truncated_CF' not in short
    assert not any(n.endswith('_2_CF') for r in staging.rows for n in r)
    assert staging.manifest['options']['long_fields'] == 'truncate'


def test_other_schemas_have_no_maximum(evtxstage, long_log):
    rows = evtxstage('-o', '-', '--schema', 'raw', long_log).rows
    assert rows[1]['Event']['EventData']['CommandLine'] == '\u20ac' * 25000


def test_an_unknown_way_is_refused(evtxstage, long_log):
    done = evtxstage('-o', '-', '--long-fields', 'cut', long_log)
    assert done.status == 2
    assert '--long-fields must be split, truncate or spill: cut' in done.err


@pytest.mark.parametrize('way,schema,reason', [
    ('spill', 'securityevent', 'needs a staging directory, not -o -'),
    ('spill', 'raw', 'never truncated: --schema raw'),
    ('truncate', 'raw', 'never truncated: --schema raw')])
def test_ways_that_cannot_be_are_refused(evtxstage, long_log, way, schema,
                                         reason):
    done = evtxstage('-o', '-', '--schema', schema, '--long-fields', way,
                     long_log)
    assert done.status == 2
    assert reason in done.err
    assert done.out == b''


def spilled(staging, row):
    """The whole values that a row names: column or path to text."""
    found = {}
    for entry in row.get('LongFields_CF', '').split():
        name, sha256 = entry.rsplit('=', 1)
        content = stage_tools.read(staging.file('fields', sha256))
        assert stage_tools.sha256(content) == sha256
        found[name] = content.decode()
    return found


def check_fields(staging):
    """The manifest lists exactly the files there are, as they are."""
    listed = staging.manifest.get('fields', [])
    there = sorted(glob.glob(staging.file('fields', '*')))
    assert listed == [
        {'name': 'fields/' + os.path.basename(f), 'bytes': os.path.getsize(f),
         'sha256': stage_tools.sha256(stage_tools.read(f))} for f in there]
    return len(there)


def test_long_values_are_spilled(stage, long_log):
    _, staging = stage(long_log, '--long-fields', 'spill')
    data, command, privileges, short = staging.rows
    assert spilled(staging, data)['EventData'].count('&amp;') == 25000
    assert set(spilled(staging, command)) == {'EventData', 'CommandLine'}
    assert spilled(staging, command)['CommandLine'] == '\u20ac' * 25000
    assert command['CommandLine'] == '\u20ac' * (LIMIT // 3)
    assert spilled(staging, privileges)['PrivilegeList'] == '\u20ac' * 25000
    assert 'LongFields_CF' not in short
    assert not any('Truncated_CF' in r or 'CommandLine_2_CF' in r
                   for r in staging.rows)
    assert staging.manifest['accounting']['long_fields'] == 5
    # A value that two records have is one file.
    assert check_fields(staging) == 4


def test_spilling_again_gives_the_same(stage, long_log):
    _, first = stage(long_log, '--long-fields', 'spill')
    rows = first.rows
    _, again = stage(long_log, '--long-fields', 'spill', '--force')
    assert check_fields(again) == 4
    assert again.rows == rows
    _, without = stage(long_log, '--force')
    assert check_fields(without) == 0
    assert not os.path.exists(without.file('fields'))


def test_a_foreign_file_among_long_values_stays(stage, long_log):
    _, staging = stage(long_log, '--long-fields', 'spill')
    mine = staging.file('fields', 'notes.txt')
    with open(mine, 'w', encoding='utf-8') as f:
        f.write('mine')
    done, _ = stage(long_log, '--force')
    assert done.status == 2
    assert 'fields/notes.txt does not belong to a staging directory' in done.err
    assert stage_tools.read(mine) == b'mine'
    assert staging.finished


def whole_object(row):
    """EventData and what goes on under the same names in the next columns."""
    parts = [row[n] for n in ('EventData', 'EventData_2_CF', 'EventData_3_CF',
                              'EventData_4_CF') if n in row]
    whole = {}
    for part in parts:
        assert size(json.dumps(part, ensure_ascii=False,
                               separators=(',', ':'))) <= LIMIT
        for name, value in part.items():
            whole[name] = whole.get(name, '') + value
    return whole, len(parts)


def test_objects_are_split(stage, long_log):
    _, staging = stage(long_log, '--schema', 'windowsevent')
    data, command, privileges, _ = staging.rows
    assert whole_object(data) == ({'ServiceFileName': '&' * 25000}, 1)
    whole, parts = whole_object(command)
    assert whole['CommandLine'] == '\u20ac' * 25000
    assert whole['NewProcessId'].startswith('0x')
    assert parts == 2
    assert whole_object(privileges) == ({'PrivilegeList': '\u20ac' * 25000}, 2)
    assert not any('Truncated_CF' in r for r in staging.rows)
    assert staging.manifest['accounting']['long_fields'] == 2


def test_members_of_objects_are_truncated_and_spilled(stage, long_log):
    _, cut = stage(long_log, '--schema', 'windowsevent',
                   '--long-fields', 'truncate')
    assert cut.rows[1]['Truncated_CF'] == 'EventData.CommandLine'
    _, spill = stage(long_log, '--schema', 'windowsevent',
                     '--long-fields', 'spill', to='spill')
    assert spilled(spill, spill.rows[1]) == {
        'EventData.CommandLine': '\u20ac' * 25000}
    for row in (cut.rows[1], spill.rows[1]):
        whole, parts = whole_object(row)
        assert parts == 1
        assert whole['NewProcessId'].startswith('0x')
        assert '\u20ac' * 25000 > whole['CommandLine'] > '\u20ac' * 20000


def test_documents_are_cut_on_demand(stage, long_log):
    _, whole = stage(long_log, '--schema', 'ecs')
    assert whole.rows[1]['winlog']['event_data']['CommandLine'] == \
        '\u20ac' * 25000
    _, spill = stage(long_log, '--schema', 'ecs', '--long-fields', 'spill',
                     to='spill')
    text = spill.rows[1]['winlog']['event_data']['CommandLine']
    assert text == '\u20ac' * (LIMIT // 3)
    assert spilled(spill, spill.rows[1])[
        'winlog.event_data.CommandLine'] == '\u20ac' * 25000
