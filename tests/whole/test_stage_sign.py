# SPDX-License-Identifier: Apache-2.0
"""--sign-key and verify --public-key: who stood behind a manifest."""
import json
import os
import subprocess

import pytest


def openssl(*words):
    return subprocess.run(['openssl', *map(str, words)], capture_output=True, check=False).returncode


def make_key(folder, name, kind='ed25519'):
    """(private, public)"""
    private, public = folder / (name + '.pem'), folder / (name + '.pub')
    assert openssl('genpkey', '-algorithm', kind, '-out', private) == 0
    os.chmod(private, 0o600)
    assert openssl('pkey', '-in', private, '-pubout', '-out', public) == 0
    return private, public


@pytest.fixture(scope='module')
def keys(tmp_path_factory):
    return make_key(tmp_path_factory.mktemp('keys'), 'mine')


@pytest.fixture
def log(mkevtx, tmp_path):
    return mkevtx(tmp_path / 'a.evtx', '--events', '4624:50')


@pytest.fixture
def signed(evtxstage, log, keys, tmp_path):
    out = tmp_path / 'staging'
    done = evtxstage('-q', '-o', out, '--sign-key', keys[0], log)
    assert done.status == 0, done.err
    return out


def test_it_holds_for_us_and_for_openssl(evtxstage, signed, keys):
    done = evtxstage('verify', '--public-key', keys[1], signed)
    assert done.status == 0 and b'signature 1 of 1 are good' in done.out
    assert (signed / 'manifest.json.sig').stat().st_size == 64
    assert openssl('pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', keys[1], '-in', signed / 'manifest.json',
                   '-sigfile', signed / 'manifest.json.sig') == 0
    text = json.loads(evtxstage('verify', '--json', '--public-key', keys[1], signed).out)
    assert text['signature']['good'] == 1


def test_of_another_key_or_text_it_does_not(evtxstage, signed, keys, tmp_path):
    other = make_key(tmp_path, 'other')[1]
    done = evtxstage('verify', '--public-key', other, signed)
    assert done.status == 1 and 'signature' in done.err
    signature = signed / 'manifest.json.sig'
    whole = signature.read_bytes()
    for bad in whole[:-1], whole + b'x', bytes(64), b'':
        signature.write_bytes(bad)
        assert evtxstage('verify', '--public-key', keys[1], signed).status == 1
    signature.unlink()
    done = evtxstage('verify', '--public-key', keys[1], signed)
    assert done.status == 1 and 'not signed' in done.err
    assert evtxstage('verify', signed).status == 0


def test_another_manifest_has_another_signature_or_none(evtxstage, signed, keys, log, mkevtx, tmp_path):
    more = mkevtx(tmp_path / 'b.evtx', '--events', '4688:50')
    before = (signed / 'manifest.json.sig').read_bytes()
    assert evtxstage('-q', '-o', signed, '--append', '--sign-key', keys[0], more).status == 0
    assert (signed / 'manifest.json.sig').read_bytes() != before
    assert evtxstage('verify', '--public-key', keys[1], signed).status == 0
    assert evtxstage('-q', '-o', signed, '--force', log).status == 0
    assert not (signed / 'manifest.json.sig').exists()


@pytest.mark.parametrize('kind,word', [
    ('others', 'chmod 600'), ('missing', 'No such file'), ('public', 'no usable PEM key'), ('rsa', 'not an Ed25519 key'),
    ('passphrase', 'passphrase'), ('junk', 'no usable PEM key')])
def test_keys_that_are_refused(evtxstage, log, keys, tmp_path, kind, word):
    private, public = make_key(tmp_path, 'bad', 'rsa' if kind == 'rsa' else 'ed25519')
    if kind == 'others':
        os.chmod(private, 0o640)
    elif kind == 'missing':
        private.unlink()
    elif kind == 'public':
        private.write_bytes(public.read_bytes())
    elif kind == 'passphrase':
        assert openssl('pkey', '-in', keys[0], '-aes256', '-passout', 'pass:abcd', '-out', private) == 0
    elif kind == 'junk':
        private.write_text('-----BEGIN PRIVATE KEY-----\nsecret\n')
    done = evtxstage('-o', tmp_path / 'out', '--sign-key', private, log)
    assert done.status == 2 and word in done.err and 'secret' not in done.err
    assert not (tmp_path / 'out' / 'manifest.json').exists()
    if kind not in ('others', 'missing', 'rsa'):
        assert evtxstage('verify', '--public-key', private, tmp_path).status != 0


def test_a_stream_has_nothing_to_sign(evtxstage, log, keys):
    done = evtxstage('-o', '-', '--sign-key', keys[0], log)
    assert done.status == 2 and '--sign-key' in done.err
