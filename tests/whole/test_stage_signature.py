# SPDX-License-Identifier: Apache-2.0
"""Records whose signature is damaged: one that fits in all else is read, one
that does not is lost and counted, and none is invented."""
import os
import struct

import pytest
from stage_tools import CHUNK, FILE_HEADER, closes, read, seal

import evtxwalk


@pytest.fixture(scope='module', params=[(), ('--export-style',)])
def chunk(request, mkevtx, tmp_path_factory):
    """The only chunk of a log, and where its records are."""
    path = mkevtx(tmp_path_factory.mktemp('signature') / 'log.evtx',
                  '--events', '4624:9,4688:5', *request.param)
    data = read(path)
    assert len(data) == FILE_HEADER + CHUNK
    return data[FILE_HEADER:], [(r.at, r.size) for r in evtxwalk.read(path)]


@pytest.fixture
def stage_chunks(stage, tmp_path):
    """Stage a log of chunks, and give the rows and the damage of each."""
    def call(chunks, *options):
        head = bytearray(FILE_HEADER)
        path = tmp_path / 'chunks.evtx'
        path.write_bytes(head + b''.join(chunks))
        done, staging = stage(path, '-s', 'any', '--provenance', 'full',
                              '--dedupe', 'none', *options)
        account, = (s['accounting'] for s in staging.sources)
        assert closes(account)
        rows = [[] for _ in chunks]
        for row in staging.rows:
            rows[row['Chunk_CF']].append(row)
        damage = [[] for _ in chunks]
        for line in staging.damage:
            if line['kind'] != 'chunk':
                damage[line['chunk']].append(line)
        return done, account, rows, damage
    return call


def spoil(chunk, at, byte=0, mask=1):
    chunk[at + byte] ^= mask


def bits(chunk, records):
    """A wrong bit in each byte of the signature, of the first, a middle and
    the last record; and wrong bytes."""
    for at in (records[0][0], records[6][0], records[-1][0]):
        for byte in range(4):
            spoiled = bytearray(chunk)
            spoil(spoiled, at, byte, 1 << 2 * byte)
            yield spoiled, [at]
        for wrong in (bytes(4), b'\xff' * 4, b'ElfC', b'*\0\0*'):
            spoiled = bytearray(chunk)
            spoiled[at:at + 4] = wrong
            yield spoiled, [at]


def neighbours(chunk, records):
    for first, n in ((0, 2), (5, 2), (3, 4), (len(records) - 2, 2),
                     (0, len(records))):
        spoiled = bytearray(chunk)
        places = [at for at, _ in records[first:first + n]]
        for at in places:
            spoil(spoiled, at, first % 4)
        yield spoiled, places


@pytest.mark.parametrize('decoder', ['native', 'libevtx', 'both'])
@pytest.mark.parametrize('sealed', [False, True])
def test_a_record_that_fits_is_read(stage_chunks, chunk, decoder, sealed):
    whole, records = chunk
    variants = [*bits(whole, records), *neighbours(whole, records)]
    for spoiled, _ in variants:
        if sealed:
            seal(spoiled)
    done, account, rows, damage = stage_chunks(
        [whole] + [v for v, _ in variants], '--decoder', decoder)
    assert done.status == 3
    assert account['found'] == account['emitted'] == \
        len(records) * (1 + len(variants))
    assert account['damaged'] == account['regions'] == 0
    assert account['disagreements'] == account['one_sided'] == 0
    assert account['unchecked'] == \
        (0 if sealed else len(records) * len(variants))
    assert account['repaired'] == sum(len(p) for _, p in variants)
    assert damage[0] == []
    for k, (_, places) in enumerate(variants, 1):
        start = FILE_HEADER + CHUNK * k
        assert [d['offset'] - start for d in damage[k]] == places
        assert {d['kind'] for d in damage[k]} == {'repaired'}
        assert {d['reason'] for d in damage[k]} == {'signature'}
        for row, plain in zip(rows[k], rows[0]):
            mended = row['Offset_CF'] - start in places
            assert row.pop('Repaired_CF', None) == (
                'signature' if mended else None)
            assert {n: v for n, v in row.items()
                    if n not in ('Chunk_CF', 'Offset_CF', 'CrcOk_CF')} == \
                {n: v for n, v in plain.items()
                 if n not in ('Chunk_CF', 'Offset_CF', 'CrcOk_CF')}


def decoys(chunk, records):
    """A record in the middle without its signature, and one more thing that
    does not fit; whether its sizes are right."""
    at, size = records[6]
    end = at + size
    id_, time = struct.unpack_from('<QQ', chunk, at + 8)
    wrong = [('I', end - 4, size + 1, False), ('I', at + 4, size - 8, False),
             ('I', at + 4, 0xffffffff, False), ('Q', at + 8, id_ - 1, True),
             ('Q', at + 8, id_ + 1, True), ('Q', at + 8, 0, True),
             ('Q', at + 8, 1 << 40, True), ('Q', at + 16, 0, True),
             ('Q', at + 16, 1, True), ('Q', at + 16, 2**63, True),
             ('Q', at + 16, time + 72 * 36 * 10**9, True),
             ('Q', at + 16, time - 72 * 36 * 10**9, True)]
    for fmt, place, value, sizes in wrong:
        spoiled = bytearray(chunk)
        spoil(spoiled, at)
        struct.pack_into('<' + fmt, spoiled, place, value)
        yield spoiled, sizes
    # What follows is no record: not even one without a signature.
    spoiled = bytearray(chunk)
    spoil(spoiled, at)
    spoil(spoiled, end)
    struct.pack_into('<I', spoiled, end + 4, 11)
    yield spoiled, True


def test_a_decoy_is_not_taken(stage_chunks, chunk):
    whole, records = chunk
    variants = list(decoys(whole, records))
    done, account, rows, damage = stage_chunks([v for v, _ in variants])
    assert done.status == 3 and account['repaired'] == 0
    assert account['damaged'] == sum(sizes for _, sizes in variants)
    at = records[6][0]
    for k, (_, sizes) in enumerate(variants):
        offset = FILE_HEADER + CHUNK * k + at
        assert offset not in [row['Offset_CF'] for row in rows[k]]
        lost = len(records) - (1 if k < len(variants) - 1 else 2)
        assert len(rows[k]) == lost
        line = damage[k][0]
        assert line['kind'] == ('record' if sizes else 'region')
        assert line['offset'] == offset and line['salvaged'] == 'nothing'


def test_neighbours_that_do_not_fit_are_found(stage_chunks, chunk):
    whole, records = chunk
    spoiled = bytearray(whole)
    for at, _ in records[4:7]:
        spoil(spoiled, at)
        struct.pack_into('<Q', spoiled, at + 8, 0)
    _, account, rows, damage = stage_chunks([spoiled])
    assert account['found'] == len(records)
    assert (account['damaged'], account['regions']) == (3, 0)
    assert len(rows[0]) == len(records) - 3
    assert [(d['kind'], d['offset'] - FILE_HEADER, d['length'])
            for d in damage[0]] == [('record', *r) for r in records[4:7]]


def test_a_record_is_not_stepped_over(stage_chunks, chunk):
    """Sizes that reach over records which are whole."""
    whole, records = chunk
    spoiled = bytearray(whole)
    at, end = records[4][0], sum(records[6])
    spoil(spoiled, at)
    struct.pack_into('<I', spoiled, at + 4, end - at)
    struct.pack_into('<I', spoiled, end - 4, end - at)
    _, account, rows, damage = stage_chunks([spoiled])
    places = [row['Offset_CF'] - FILE_HEADER for row in rows[0]]
    assert records[5][0] in places and at not in places
    assert account['repaired'] == 0 and account['damaged'] >= 1


def test_a_repaired_record_is_shown(stage, evtxstage, chunk, tmp_path):
    whole, records = chunk
    spoiled = bytearray(whole)
    spoil(spoiled, records[3][0])
    path = tmp_path / 'log.evtx'
    path.write_bytes(bytes(FILE_HEADER) + spoiled)
    _, staging = stage(path, '-s', 'any')
    row, = (row for row in staging.rows if 'Repaired_CF' in row)
    shown = evtxstage('show', '--key', row['RecordKey_CF'], staging.path)
    assert shown.status == 0, shown.err
    assert evtxstage('verify', staging.path).status == 0
    table = evtxstage('info', path).out.decode()
    assert 'repaired' in table and 'unchecked' in table


def test_the_known_case(stage, corpus):
    path = os.path.join(corpus, 'cases', 'record-signature-bit.evtx')
    done, staging = stage(path, '-s', 'any')
    account = staging.manifest['accounting']
    assert done.status == 3 and len(staging.rows) == account['found'] == 6
    assert (account['repaired'], account['regions']) == (1, 0)
    assert [row.get('Repaired_CF') for row in staging.rows] == \
        [None] * 3 + ['signature'] + [None] * 2
