# SPDX-License-Identifier: Apache-2.0
"""First tries that were wrong, stagings made again, places that cannot be
written, and a proxy."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

import pytest
from ingest_fixtures import ingest_certs, make_ingest  # noqa: F401
from load_run import PROGRAM, clean_env, load, load_json
from load_staging import logon_row, make_staging


@pytest.fixture
def staging(tmp_path):
    folder = tmp_path / "staging"
    make_staging(folder, [logon_row(n) for n in range(40)], per_segment=10)
    return folder


def push(server, *words, **more):
    return load(*server.load_options, *words, env=server.env, **more)


def test_a_mistyped_rule_does_not_bind_the_checkpoint(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    wrong = push(server, "--dcr", "dcr-" + "f" * 32, staging)
    assert wrong.returncode == 7 and "--dcr" in wrong.stderr
    assert push(server, staging).returncode == 0
    assert len(server.accepted()) == 40
    bound = push(server, "--dcr", "dcr-" + "f" * 32, staging)
    assert bound.returncode == 2 and "another target" in bound.stderr


def test_the_same_staged_again_is_the_same(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    assert push(server, staging).returncode == 0
    state = staging.parent / "kept"
    shutil.move(staging / "load", state)
    shutil.rmtree(staging)
    make_staging(staging, [logon_row(n) for n in range(40)], per_segment=10,
                 run="2026-02-02T22:22:22Z")  # fmt: skip
    done = push(server, "--state", state, staging)
    assert done.returncode == 0, done.stderr
    assert len(server.accepted()) == 40


def test_a_rerun_tells_its_own_share(make_ingest, staging):  # noqa: F811
    server = make_ingest()
    server.control(faults=[{"do": "status", "status": 403, "from": 3}])
    words = [*server.load_options, "-j", "1", staging]
    assert load(*words, env=server.env).returncode == 7
    server.control(faults=[])
    done = load(*words, env=server.env)
    assert done.returncode == 0
    assert "20 acknowledged in this run, 20 before" in done.stderr
    report = load_json(*words, env=server.env)
    assert (report["acked"]["records"], report["acked_before"]) == (40, 40)


@pytest.fixture
def readable(staging):
    """The staging where everybody may read it and nobody write, and a user
    who is not allowed everything."""
    if os.geteuid() != 0:
        pytest.skip("only root can run it as somebody else")
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "staging")
    shutil.move(staging, path)
    shutil.copy(PROGRAM, os.path.join(folder, "evtxload"))
    subprocess.run(["chmod", "-R", "a+rX,a-w", folder], check=True)
    yield path
    shutil.rmtree(folder)


def as_nobody(path, *words, env=None):
    program = os.path.join(os.path.dirname(path), "evtxload")
    return subprocess.run(
        [program, *map(str, words), path], env=clean_env(env), user=65534,
        group=65534, extra_groups=[], capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_staging_that_cannot_be_written_needs_a_state(make_ingest, readable):  # noqa: F811
    server = make_ingest()
    done = as_nobody(readable, *server.load_options, env=server.env)
    assert done.returncode == 2 and "--state" in done.stderr, done.stderr
    assert server.accepted() == []


def test_a_status_needs_to_write_nothing(make_ingest, readable):  # noqa: F811
    server = make_ingest()
    assert push(server, readable).returncode == 0
    subprocess.run(["chmod", "-R", "a+rX,a-w", readable], check=True)
    done = as_nobody(readable, "status", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["acked"]["records"] == 40


def serve_proxy(listener, seen):
    """CONNECT and nothing else; notes what was asked for."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=tunnel, args=(client, seen), daemon=True).start()


def tunnel(client, seen):
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    seen.append(head)
    _, port = head.split()[1].rsplit(b":", 1)
    server = socket.create_connection(("127.0.0.1", int(port)))
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    back = threading.Thread(target=pump, args=(server, client), daemon=True)
    back.start()
    pump(client, server)


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_a_proxy_carries_everything_and_sees_nothing(
    make_ingest, ingest_certs, staging  # noqa: F811
):
    server = make_ingest(certs=ingest_certs)
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(
            target=serve_proxy, args=(listener, seen), daemon=True
        ).start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        done = push(server, "--proxy", proxy, staging)
    assert done.returncode == 0, done.stderr
    assert len(server.accepted()) == 40
    assert seen and all(head.startswith(b"CONNECT localhost:") for head in seen)
    assert not any(b"Bearer" in head or b"secret" in head for head in seen)


def tls_proxy(certs, leaf="good", **versions):
    """A listener of TLS that serves as a proxy; what it saw."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certs.leaf(leaf))
    for name, version in versions.items():
        setattr(context, name, version)
    return context


def push_by_tls_proxy(server, context, *words):
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as plain:
        with context.wrap_socket(plain, server_side=True) as listener:
            port = listener.getsockname()[1]
            threading.Thread(
                target=serve_proxy, args=(listener, seen), daemon=True
            ).start()
            done = push(server, "--proxy", f"https://localhost:{port}",
                        "--max-wait", "1", "--retry-delay", "0.1", *words)
    return done, seen


def test_an_https_proxy_is_trusted_by_the_ca_file(make_ingest, ingest_certs, staging):  # noqa: F811
    server = make_ingest(certs=ingest_certs)
    done, seen = push_by_tls_proxy(server, tls_proxy(ingest_certs), staging)
    assert done.returncode == 0, done.stderr
    assert len(server.accepted()) == 40
    assert seen and all(head.startswith(b"CONNECT localhost:") for head in seen)


@pytest.mark.parametrize("leaf", ["unknown-ca", "wrong-host", "expired"])
def test_an_https_proxy_with_a_bad_certificate_is_not(
    make_ingest, ingest_certs, staging, leaf  # noqa: F811
):
    server = make_ingest(certs=ingest_certs)
    done, seen = push_by_tls_proxy(server, tls_proxy(ingest_certs, leaf), staging)
    assert done.returncode == 7, done.stderr
    assert "certificate" in done.stderr
    assert seen == [] and server.journal() == []


def test_an_https_proxy_needs_tls_1_2(make_ingest, ingest_certs, staging):  # noqa: F811
    server = make_ingest(certs=ingest_certs)
    old = tls_proxy(ingest_certs, minimum_version=ssl.TLSVersion.TLSv1,
                    maximum_version=ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("ALL:@SECLEVEL=0")
    done, seen = push_by_tls_proxy(server, old, staging)
    assert done.returncode in (5, 7), done.stderr
    assert seen == [] and server.journal() == []


@pytest.mark.parametrize("size", [70000, 150000])
def test_a_header_that_is_too_long_has_its_own_words(make_ingest, staging, size):  # noqa: F811
    server = make_ingest()
    long = {"do": "status", "status": 503, "headers": {"X-Long": "x" * size}}
    server.control(faults=[long])
    done = push(server, "-j1", "--max-wait", "1", "--retry-delay", "0.5", staging)
    assert done.returncode == 5
    assert f"the answer of {server.host} has more than 65536 bytes of headers" in \
        " ".join(done.stderr.split())


BAD_PROXIES = [
    "http://user:s3cr3t@", "ht!tp://user:s3cr3t@host:1",
    "http://user:s3cr3t@no such host:1", "socks9://user:s3cr3t@host:1",
    "http://user:s3cr3t@[::1", "http://user:s3cr3t@host:99999",
]  # fmt: skip


@pytest.mark.parametrize("proxy", BAD_PROXIES)
@pytest.mark.parametrize("command", ["push", "probe"])
def test_a_proxy_that_is_no_address_is_not_shown(
    make_ingest, ingest_certs, staging, command, proxy  # noqa: F811
):
    server = make_ingest(certs=ingest_certs)
    staged = [staging] if command == "push" else []
    done = load(command, *server.load_options, "-v", "--proxy", proxy, *staged,
                env=server.env)  # fmt: skip
    assert done.returncode == 2
    assert "proxy" in done.stderr
    assert "s3cr3t" not in done.stderr + done.stdout
    assert server.journal() == []


@pytest.mark.parametrize("proxy", BAD_PROXIES)
def test_nor_is_the_one_of_the_environment(make_ingest, ingest_certs, staging, proxy):  # noqa: F811
    server = make_ingest(certs=ingest_certs)
    done = load("push", *server.load_options, "-v", "--max-wait", "1",
                "--retry-delay", "0.1", staging,
                env=dict(server.env, https_proxy=proxy))  # fmt: skip
    assert done.returncode == 5
    assert "proxy" in done.stderr
    assert "s3cr3t" not in done.stderr + done.stdout


def test_a_proxy_that_is_away_is_temporary(make_ingest, ingest_certs, staging):  # noqa: F811
    server = make_ingest(certs=ingest_certs)
    done = push(server, "--proxy", "http://127.0.0.1:9", "--max-wait", "1",
                "--retry-delay", "0.1", staging)  # fmt: skip
    assert done.returncode == 5
    assert server.journal() == []
