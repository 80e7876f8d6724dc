# SPDX-License-Identifier: Apache-2.0
"""RecordKeys are those that the documented text has."""
import pytest
from record_key import record_key
from stage_tools import expected

PAYLOADS = r'''
event
  id 70
  qualifiers 3
  keywords 0x8000000000000001
  provider P
  channel Application
  A = x
  :string = one
  :string =
  :string[] = a||c
  B:guid = 01234567-89AB-CDEF-0123-456789ABCDEF
  C:string = {01234567-89AB-CDEF-0123-456789ABCDEF}
  D:filetime = 2024-02-29T23:59:58.1234567Z
  E:string =
  F:string = 0x00000ABC
  :uint32 = 7
  G:string = a\tb"\x1f\u2028
event
  userdata
  <Top>
  I:string = q
  J:hex32 = 0x0
  <Deep>
  K:int16 = -7
  </Deep>
  L:sid = S-1-5-21-1-2-4294967295-500
  </Top>
event
  nobody
  lack version,keywords
event
  :string =
event
  N:string =
'''


def keys_of(evtxstage, log):
    rows = evtxstage('-o', '-', '-q', '-s', 'any', '--schema', 'event',
                     '--provenance', 'full', log).rows
    return {row['Offset_CF']: row['RecordKey_CF'] for row in rows}


@pytest.mark.parametrize('style', [[], ['--raw-style']])
def test_keys_of_known_events(mkevtx, evtxstage, tmp_path, style):
    log = mkevtx(tmp_path / 'log.evtx', '--events', 'all:2', *style)
    wanted = {e['offset']: record_key(e) for e in expected(log)}
    assert len(set(wanted.values())) > 40
    assert keys_of(evtxstage, log) == wanted


def test_keys_of_odd_payloads(mkevtx, evtxstage, tmp_path):
    log = mkevtx(tmp_path / 'log.evtx', text=PAYLOADS)
    wanted = {e['offset']: record_key(e) for e in expected(log)}
    assert len(set(wanted.values())) == 5
    assert keys_of(evtxstage, log) == wanted
