# SPDX-License-Identifier: Apache-2.0
"""The staging directory: what is in it, and when it is refused."""
import fcntl
import json
import os
import shutil
import stat

import pytest
from stage_tools import ACCOUNT, closes, read, sha256

TOP = ['tool', 'options', 'event_set', 'schema', 'sources', 'segments',
       'passed_over', 'sources_bad', 'sources_duplicate', 'accounting',
       'damage', 'chunks', 'logs', 'run', 'digest', 'key_version']
SOURCE = ['name', 'sha256', 'bytes', 'chunks', 'chunks_bad', 'bad',
          'accounting', 'first_time', 'last_time']
# And what only some of them have.
SOME = ['error', 'duplicate_of', 'archive_sha256']
COPY = ['copy', 'header_ids_differ', 'header_times_shifted']
SEGMENT = ['name', 'sha256', 'bytes', 'lines']


@pytest.fixture
def logs(mkevtx, tmp_path):
    """A folder of good and bad files."""
    top = tmp_path / 'logs'
    top.mkdir()
    mkevtx(top / 'a.evtx', '--events', 'all:3')
    mkevtx(top / 'b.evtx', '--events', '4624:150', '--odd', 'bad-chunk-crc')
    mkevtx(top / 'c.evtx', '--events', '4688:150', '--odd', 'garbage')
    (top / 'd.evtx').write_bytes(b'no log')
    return top


def test_layout_and_modes(stage, logs, tmp_path):
    os.umask(0)
    try:
        _, staging = stage(logs)
    finally:
        os.umask(0o022)
    assert sorted(os.listdir(staging.path)) == \
        ['chunks.ndjson', 'damage.ndjson', 'logs.ndjson', 'manifest.json',
         'segments', 'sources.ndjson']
    assert os.listdir(staging.file('segments')) == ['000001.ndjson']
    for folder, folders, files in os.walk(staging.path):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        for name in files:
            mode = os.stat(os.path.join(folder, name)).st_mode
            assert stat.S_IMODE(mode) == 0o600


def test_manifest_has_its_keys(stage, logs):
    _, staging = stage(logs)
    manifest = staging.manifest
    assert list(manifest) == sorted(TOP)
    assert list(manifest['tool']) == sorted(['name', 'version', 'commit'])
    assert list(manifest['event_set']) == sorted(['name', 'sha256'])
    assert list(manifest['accounting']) == sorted(ACCOUNT)
    for source in staging.sources:
        some = [name for name in SOME if name in source]
        copy = COPY if source['accounting']['found'] else []
        assert sorted(source) == sorted(SOURCE + some + copy)
        assert sorted(source['accounting']) == sorted(ACCOUNT)
    for segment in manifest['segments']:
        assert list(segment) == sorted(SEGMENT)
    for which in ('sources', 'logs', 'chunks', 'damage'):
        data = read(staging.file(which + '.ndjson'))
        assert manifest[which] == {
            'name': which + '.ndjson', 'sha256': sha256(data),
            'bytes': len(data), 'lines': data.count(b'\n')}
    assert manifest['schema'] == 'securityevent'
    assert manifest['event_set']['name'] == 'all'
    assert {'started', 'ended', 'host', 'command_line'} <= \
        set(manifest['run'])


def test_what_is_bad_is_told_at_a_glance(stage, evtxstage, logs):
    shutil.copy(logs / 'a.evtx', logs / 'e.evtx')
    _, staging = stage(logs)
    manifest = staging.manifest
    assert {os.path.basename(s['name']): s['bad']
            for s in staging.sources} == {
        'a.evtx': False, 'b.evtx': True, 'c.evtx': True, 'd.evtx': True,
        'e.evtx': False}
    assert (manifest['sources_bad'], manifest['sources_duplicate']) == (3, 1)
    shutil.copy(logs / 'd.evtx', logs / 'f.evtx')
    assert evtxstage('--append', '-o', staging.path,
                     logs / 'e.evtx', logs / 'f.evtx').status == 3
    manifest = staging.manifest
    assert (manifest['sources_bad'], manifest['sources_duplicate']) == (4, 2)


def test_options_that_matter_are_in_the_manifest(stage, log):
    _, staging = stage('-s', 'any', '--schema', 'raw', '--from',
                       '2020-01-01', '--include-eid', '4624', '-j', '1', log)
    assert staging.manifest['options'] == {
        'event_set': 'any', 'schema': 'raw', 'decoder': 'native',
        'from': '2020-01-01', 'include_eid': '4624', 'dedupe': 'run'}


def test_digests_and_sizes_are_right(stage, logs):
    _, staging = stage(logs, '-s', 'any')
    manifest = staging.manifest
    assert [s['name'] for s in manifest['segments']] == \
        ['segments/000001.ndjson']
    for segment in manifest['segments']:
        data = read(staging.file(segment['name']))
        assert segment['sha256'] == sha256(data)
        assert segment['bytes'] == len(data)
        assert segment['lines'] == data.count(b'\n')
    for source in staging.sources:
        data = read(source['name'])
        assert source['sha256'] == sha256(data)
        assert source['bytes'] == len(data)


def test_accounting_closes(stage, logs):
    done, staging = stage(logs, '-s', 'common', '--json')
    manifest = staging.manifest
    total = manifest['accounting']
    assert closes(total) and total['found'] > 300
    for source in staging.sources:
        assert closes(source['accounting'])
    for term in ACCOUNT:
        if term != 'filtered':
            assert total[term] == sum(s['accounting'][term]
                                      for s in staging.sources)
    assert total['emitted'] == sum(s['lines'] for s in manifest['segments'])
    assert json.loads(done.out)['accounting'] == total


def test_accounting_matches_the_damage_file(stage, mkevtx, tmp_path):
    mkevtx(tmp_path / 'a.evtx', '--events', '4634:20', '--odd',
           'missing-template')
    mkevtx(tmp_path / 'b.evtx', '--events', '4624:200', '--odd', 'garbage')
    done, staging = stage(tmp_path)
    assert done.status == 3
    for source in staging.sources:
        mine = [d for d in staging.damage if d['source'] == source['name']]
        account = source['accounting']
        assert account['damaged'] == \
            len([d for d in mine if d['kind'] == 'record'])
        assert account['regions'] == \
            len([d for d in mine if d['kind'] == 'region'])
    assert staging.manifest['accounting']['damaged'] > 0
    assert staging.manifest['accounting']['regions'] > 0


def test_accounting_closes_on_the_corpus(stage, corpus):
    done, staging = stage(os.path.join(corpus, 'corpus'), '-q', '-s',
                          'minimal')
    manifest = staging.manifest
    assert all(closes(s['accounting']) for s in staging.sources)
    assert closes(manifest['accounting'])
    with open(os.path.join(corpus, 'corpus', 'SOURCES.tsv')) as f:
        known = {line.split('\t')[3] for line in f} - {'sha256'}
    assert {s['sha256'] for s in staging.sources} == known


def test_first_and_last_time(stage, mkevtx, tmp_path):
    log = mkevtx(tmp_path / 'log.evtx', text=''.join(
        'event 4634\ntime %s\n' % t
        for t in ('2024-05-02', '2024-05-01', '2024-05-03')))
    _, staging = stage(log, '--include-eid', '1')
    source, = staging.sources
    assert source['first_time'] == '2024-05-01T00:00:00.0000000Z'
    assert source['last_time'] == '2024-05-03T00:00:00.0000000Z'


def test_no_segment_where_nothing_is_selected(stage, log):
    _, staging = stage(log, '-s', 'none')
    assert staging.manifest['segments'] == []
    assert os.listdir(staging.file('segments')) == []
    assert staging.damage == []


def test_standard_output_has_the_lines_of_the_segments(evtxstage, stage,
                                                       logs):
    done = evtxstage('-o', '-', logs)
    _, staging = stage(logs)
    assert done.out == staging.ndjson != b''


# --- the same bytes -------------------------------------------------------

@pytest.mark.parametrize('schema', ['securityevent', 'raw'])
def test_bytes_do_not_depend_on_the_surroundings(stage, logs, schema):
    args = ('-s', 'any', '--schema', schema, logs)
    _, first = stage(*args, '-j', '1', to='first')
    content = first.content()
    others = [
        (('-j', '2'), {}, 0o022), (('-j', '4'), {}, 0o077),
        (('-j', '16'), {}, 0o000), ((), {'TZ': 'Asia/Kathmandu'}, 0o022),
        (('-q',), {'LC_ALL': 'C'}, 0o022),
        (('-v', '--json'), {'LC_ALL': 'tr_TR.UTF-8', 'LANG': 'tr_TR'}, 0o27)]
    for number, (options, env, mask) in enumerate(others):
        before = os.umask(mask)
        try:
            done, staging = stage(*args, *options, env=env,
                                  to='other%d' % number)
        finally:
            os.umask(before)
        assert done.status == 3
        assert staging.content() == content


def test_only_the_run_block_tells_two_runs_apart(stage, log):
    _, one = stage(log, to='one')
    _, two = stage(log, to='two')
    assert one.content() == two.content()
    assert one.manifest['run'] != two.manifest['run']


# --- refused, replaced, discarded -----------------------------------------

def test_finished_directory_is_refused(stage, log):
    _, staging = stage(log)
    before = staging.content(), read(staging.file('manifest.json'))
    done, _ = stage(log, '-s', 'any')
    assert done.status == 2 and '--force' in done.err
    assert staging.path in done.err
    assert (staging.content(), read(staging.file('manifest.json'))) == before


def test_force_replaces_a_finished_directory(stage, log):
    _, fresh = stage(log, '-s', 'any', to='fresh')
    stage(log, '--schema', 'raw')
    done, staging = stage(log, '-s', 'any', '--force')
    assert done.status == 0
    assert staging.content() == fresh.content()


def test_force_keeps_what_the_loader_left(stage, log):
    _, staging = stage(log)
    os.mkdir(staging.file('load'))
    with open(staging.file('load', 'state.db'), 'w') as f:
        f.write('mine')
    done, _ = stage(log, '--force')
    assert done.status == 0
    assert read(staging.file('load', 'state.db')) == b'mine'


def test_unfinished_directory_is_done_again(stage, log):
    _, fresh = stage(log, to='fresh')
    _, staging = stage(log)
    os.remove(staging.file('manifest.json'))
    os.mkdir(staging.file('state'))
    for name in ('state/000002.ndjson', 'segments/000007.ndjson'):
        with open(staging.file(name), 'w') as f:
            f.write('{"half":')
    done, _ = stage(log)
    assert done.status == 0
    assert staging.content() == fresh.content()


@pytest.mark.parametrize('force', [(), ('--force',)])
def test_foreign_directory_is_refused(stage, log, tmp_path, force):
    out = tmp_path / 'staging'
    out.mkdir()
    (out / 'thesis.txt').write_text('years of work')
    done, _ = stage(log, *force)
    assert done.status == 2 and 'thesis.txt' in done.err
    assert os.listdir(out) == ['thesis.txt']
    assert (out / 'thesis.txt').read_text() == 'years of work'


def test_empty_directory_is_taken(stage, log, tmp_path):
    (tmp_path / 'staging').mkdir()
    done, staging = stage(log)
    assert done.status == 0 and staging.finished


def test_output_that_is_a_file(stage, log, tmp_path):
    (tmp_path / 'staging').write_text('a file')
    done, _ = stage(log)
    assert done.status in (1, 2) and 'staging' in done.err
    assert (tmp_path / 'staging').read_text() == 'a file'


def test_output_in_a_folder_that_is_not_there(evtxstage, log, tmp_path):
    done = evtxstage('-o', tmp_path / 'no' / 'such', log)
    assert done.status in (1, 2) and 'No such file' in done.err


def test_segments_behind_a_link_are_not_touched(stage, log, tmp_path):
    """A link in the place of segments/ must not lead out."""
    other = tmp_path / 'other'
    other.mkdir()
    (other / 'keep.txt').write_text('keep')
    out = tmp_path / 'staging'
    out.mkdir()
    os.symlink(other, out / 'segments')
    done, _ = stage(log)
    assert done.status != 0
    assert os.listdir(other) == ['keep.txt']


def test_locked_directory(stage, log, tmp_path):
    out = tmp_path / 'staging'
    out.mkdir()
    fd = os.open(out, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    done, _ = stage(log)
    assert done.status == 11 and str(out) in done.err
    assert os.listdir(out) == []
    os.close(fd)
    assert stage(log)[0].status == 0


def test_moved_staging_directory_is_whole(stage, log, tmp_path):
    """No absolute path of the output is in its reproducible part."""
    _, staging = stage(log)
    for name, data in staging.content().items():
        assert os.fsencode(staging.path) not in data, name
    shutil.move(staging.path, tmp_path / 'moved')


@pytest.mark.parametrize('out', ['', 'nowhere/staging', 'file/staging'])
def test_a_path_that_cannot_be_made_is_a_wrong_operand(
        evtxstage, logons, tmp_path, monkeypatch, out):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'file').write_text('x')
    done = evtxstage('-o', out, logons)
    assert done.status == 2 and '"%s"' % out in done.err


@pytest.mark.parametrize('folder', ['segments', 'state'])
@pytest.mark.parametrize('options', [[], ['--force']])
def test_files_of_others_inside_are_never_removed(
        evtxstage, logons, tmp_path, folder, options):
    mine = tmp_path / 's' / folder / 'mine.ts'
    mine.parent.mkdir(parents=True)
    mine.write_text('x')
    (tmp_path / 's' / 'manifest.json').write_text('{}')
    done = evtxstage('-o', tmp_path / 's', *options, logons)
    assert done.status == 2
    assert not options or folder + '/mine.ts' in done.err
    assert mine.read_text() == 'x'
    assert (tmp_path / 's' / 'manifest.json').exists()


def test_a_folder_that_everybody_can_write_to_is_refused(evtxstage, log,
                                                          tmp_path):
    out = tmp_path / 'open'
    out.mkdir()
    out.chmod(0o757)
    done = evtxstage('-s', 'any', '-o', out, log)
    assert done.status == 2 and str(out) in done.err
    assert 'everybody can write' in done.err and list(out.iterdir()) == []
    out.chmod(0o770)
    done = evtxstage('-s', 'any', '-o', out, log)
    assert done.status == 0 and 'by its group' in done.err


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give files away')
def test_a_folder_of_somebody_else_is_refused(evtxstage, log, tmp_path):
    out = tmp_path / 'theirs'
    out.mkdir()
    os.chown(out, 12345, -1)
    done = evtxstage('-s', 'any', '-o', out, log)
    assert done.status == 2 and 'belongs to user 12345' in done.err
    assert list(out.iterdir()) == []
