# SPDX-License-Identifier: Apache-2.0
"""Values that the service would cut: --long-fields."""
import pytest

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
    done = evtxstage('-o', '-', '--long-fields', 'spill', long_log)
    assert done.status == 2
    assert '--long-fields is one of split, truncate, not spill' in done.err
