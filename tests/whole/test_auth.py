# SPDX-License-Identifier: Apache-2.0
"""The ways to get a token, each against a server that checks the proof."""

import json
import os
import resource
import signal
import subprocess
import urllib.parse

import pytest
from ingest_fixtures import ingest_certs, make_ingest  # noqa: F401
from load_matrix import files_below, forms, secrets_of
from load_run import PROGRAM, clean_env, load, load_start
from load_staging import logon_row, make_staging
from logsapi import identity

QUICK = ["--retry-delay", "0.05"]
FEDERATED = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.federated-0123456789"
PASSWORD = "password of the key 0123456789"
SECRETS = (PASSWORD, FEDERATED, identity.HEADER, identity.RUNNER)


def openssl(*words, text=None):
    subprocess.run(
        ["openssl", *map(str, words)], check=True, capture_output=True, input=text
    )


@pytest.fixture(scope="session")
def client(tmp_path_factory):
    """app.pem (key and certificate), app.p12 (with PASSWORD), app.crt; other.pem
    has the same subject and another key."""
    folder = tmp_path_factory.mktemp("client")
    for name in ("app", "other"):
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=app", "-keyout", folder / f"{name}.key",
            "-out", folder / f"{name}.crt",
        )  # fmt: skip
        text = (folder / f"{name}.key").read_text()
        pem = folder / f"{name}.pem"
        pem.write_text(text + (folder / f"{name}.crt").read_text())
        pem.chmod(0o600)
    openssl(
        "pkcs12", "-export", "-inkey", folder / "app.key", "-in", folder / "app.crt",
        "-out", folder / "app.p12", "-passout", f"pass:{PASSWORD}",
    )  # fmt: skip
    (folder / "app.p12").chmod(0o600)
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "password").chmod(0o600)
    return folder


@pytest.fixture
def server(make_ingest, client, tmp_path):  # noqa: F811
    return make_ingest(
        "--client-certificate", str(client / "app.crt"), "--federated", FEDERATED,
        "--record", str(tmp_path / "requests"),
    )  # fmt: skip


@pytest.fixture
def staging(tmp_path):
    make_staging(tmp_path / "staging", [logon_row(n) for n in range(8)], per_segment=1)
    return tmp_path / "staging"


def base_env(server, **more):
    """Who and where, without a proof."""
    env = dict(server.env, **{name: str(value) for name, value in more.items()})
    if "AZURE_CLIENT_SECRET" not in more:
        del env["AZURE_CLIENT_SECRET"]
    return env


def flow_env(name, server, client, tmp_path):
    """(environment, options) of a flow that works."""
    token = tmp_path / "federated"
    token.write_text(FEDERATED + "\n")
    return {
        "certificate": (
            {"AZURE_CLIENT_CERTIFICATE_PATH": client / "app.p12",
             "AZURE_CLIENT_CERTIFICATE_PASSWORD": PASSWORD}, ()),
        "workload": ({"AZURE_FEDERATED_TOKEN_FILE": token}, ()),
        "imds": (
            {"AZURE_POD_IDENTITY_AUTHORITY_HOST": server.url}, ("--auth", "managed")),
        "app-service": (
            {"IDENTITY_ENDPOINT": server.url + "/msi/token",
             "IDENTITY_HEADER": identity.HEADER}, ()),
        "github": (
            {"ACTIONS_ID_TOKEN_REQUEST_URL": server.url + "/oidc/github?v=1",
             "ACTIONS_ID_TOKEN_REQUEST_TOKEN": identity.RUNNER},
            ("--auth", "github")),
        "pipelines": (
            {"SYSTEM_OIDCREQUESTURI": server.url + "/oidc/pipelines",
             "SYSTEM_ACCESSTOKEN": identity.RUNNER,
             "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": identity.CONNECTION},
            ("--auth", "pipelines")),
    }[name]  # fmt: skip


FLOWS = ["certificate", "workload", "imds", "app-service", "github", "pipelines"]


def probe(server, *words, **env):
    return load("probe", *server.load_options, *words, env=base_env(server, **env))


def configure(tmp_path, server, **settings):
    """The words for a target of a configuration file."""
    target = {
        "type": "sentinel", "endpoint": server.url, "dcr": server.dcr,
        "stream": server.stream, "tenant_id": server.tenant,
        "client_id": server.client_id, "authority_host": server.url,
    }  # fmt: skip
    target.update({name: str(value) for name, value in settings.items()})
    path = tmp_path / "targets.json"
    path.write_text(json.dumps({"targets": {"t": target}}))
    return ["--insecure-http", "--config", path, "--target", "t"]


def requests(tmp_path):
    with open(tmp_path / "requests", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def get_token(server):
    """As somebody else would get one."""
    form = {
        "client_id": server.client_id, "client_secret": server.secret,
        "grant_type": "client_credentials",
        "scope": "https://monitor.azure.com/.default",
    }  # fmt: skip
    connection = server.connect()
    connection.request(
        "POST", f"/{server.tenant}/oauth2/v2.0/token", urllib.parse.urlencode(form),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    return json.loads(connection.getresponse().read())["access_token"]


def expect_no_secret(secrets, *texts, folders=()):
    places = [(text[:40], text.encode()) for text in texts]
    places += files_below(folders)
    for secret in secrets:
        for form in forms(secret):
            for name, data in places:
                assert form[:20] not in data, f"a secret is told in {name}"


# --- each flow ---------------------------------------------------------------


@pytest.mark.parametrize("flow", FLOWS)
def test_records_arrive_and_secrets_stay(flow, server, client, staging, tmp_path):
    env, words = flow_env(flow, server, client, tmp_path)
    # Every service repeats what it was sent, once.
    rule = {"on": "any", "do": "status", "status": 503, "echo": True, "first": 3}
    server.control(faults=[rule])
    done = load(
        *server.load_options, *QUICK, *words, "-v", "--json", staging,
        env=base_env(server, **env),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(server.accepted()) == 8
    # The others send no secret in the first part of a request.
    if flow in ("github", "pipelines"):
        assert "(withheld" in done.stderr
    sent = [r for r in requests(tmp_path) if r["path"].endswith("/oauth2/v2.0/token")]
    assertions = [
        dict(urllib.parse.parse_qsl(r["body"]))["client_assertion"] for r in sent
    ]
    # The first characters are of the header, which is the same everywhere.
    tails = [text[-60:] for text in assertions]
    key = "".join((client / "app.key").read_text().split("\n")[1:-2])
    secrets = [*SECRETS, *tails, key[100:], *secrets_of(server)]
    expect_no_secret(secrets, done.stdout, done.stderr, folders=[staging])


def test_a_certificate_signs_in_each_form(server, client, tmp_path):
    for settings in (
        {"client_certificate_file": client / "app.pem"},
        {"client_certificate_file": client / "app.pem",
         "client_certificate_algorithm": "RS256",
         "client_certificate_send_chain": "1"},
        {"client_certificate_file": client / "app.p12",
         "client_certificate_password_file": client / "password"},
    ):  # fmt: skip
        words = configure(tmp_path, server, **settings)
        done = load("probe", *words)
        assert done.returncode == 0, done.stderr


def test_an_encrypted_certificate_takes_its_password_from_a_descriptor(
    server, client, tmp_path
):
    with open(client / "password", "rb") as file:
        words = configure(
            tmp_path, server, client_certificate_file=client / "app.p12",
            client_certificate_password_fd=file.fileno(),
        )  # fmt: skip
        done = load("probe", *words, pass_fds=(file.fileno(),))
    assert done.returncode == 0, done.stderr


def test_a_foreign_key_is_refused_with_all_that_support_asks_for(server, client):
    done = probe(server, AZURE_CLIENT_CERTIFICATE_PATH=client / "other.pem")
    assert done.returncode == 7
    assert "AADSTS700027" in done.stderr
    assert "trace id" in done.stderr and "correlation id" in done.stderr
    assert "not registered" in done.stderr


def test_every_renewal_has_an_assertion_of_its_own(make_ingest, client, staging):  # noqa: F811
    server = make_ingest(
        "--client-certificate", str(client / "app.crt"), "--token-lifetime", "1"
    )
    env = base_env(server, AZURE_CLIENT_CERTIFICATE_PATH=client / "app.pem")
    done = load(*server.load_options, *QUICK, "--tpslimit", "4", staging, env=env)
    assert done.returncode == 0, done.stderr
    tokens = server.journal("token")
    assert len(tokens) > 1
    assert {entry["status"] for entry in tokens} == {200}


def test_the_machines_identities(server, tmp_path):
    for key in ("managed_client_id", "managed_object_id", "managed_resource_id"):
        words = configure(
            tmp_path, server, auth="managed", **{key: identity.IDENTITY}
        )
        env = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": server.url}
        done = load("probe", *words, env=env)
        assert done.returncode == 0, done.stderr
    words = configure(
        tmp_path, server, auth="managed", managed_client_id=server.client_id
    )
    done = load("probe", *words, env=env)
    assert done.returncode == 7
    assert "Identity not found" in done.stderr
    first, second = requests(tmp_path)[:2]
    assert "Metadata" not in first["headers"]
    assert second["headers"]["Metadata"] == "true"


# A folder of Arc that only this process sees.
ARC = """
mount -t tmpfs tmpfs /var/opt && mkdir -m 700 -p {folder} || exit 99
umask 077 && printf '%s\\n' '{key}' > {file} || exit 99
exec "$@"
"""


def arc_namespace():
    """The words that run a command where the agent's folder exists."""
    folder = os.path.dirname(identity.ARC_FILE)
    script = ARC.format(folder=folder, file=identity.ARC_FILE, key=identity.ARC_KEY)
    enter = ["unshare", "-m", "sh", "-c", script, "sh"]
    if subprocess.run([*enter, "true"], capture_output=True).returncode != 0:
        pytest.skip("no right to mount")
    return enter


def test_a_server_of_azure_arc(server):
    """The real folder, in a mount namespace of its own."""
    enter = arc_namespace()
    env = base_env(
        server, IDENTITY_ENDPOINT=server.url + "/arc/token", IMDS_ENDPOINT=server.url
    )
    words = ["probe", *server.load_options]
    done = subprocess.run(
        [*enter, PROGRAM, *words], env=clean_env(env), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    expect_no_secret([identity.ARC_KEY], done.stdout, done.stderr)
    # Without the file there is no second request.
    before = len(server.journal("identity"))
    done = load(*words, env=env)
    assert done.returncode == 7
    assert "no token" in done.stderr
    assert len(server.journal("identity")) == before + 1


def test_without_a_metadata_service_the_run_ends_soon(server, staging):
    env = base_env(server, AZURE_POD_IDENTITY_AUTHORITY_HOST="http://127.0.0.1:9")
    done = load(
        *server.load_options, *QUICK, "--auth", "managed", staging, env=env, timeout=30
    )
    assert done.returncode == 7
    assert "no managed identity here" in done.stderr


def test_a_proxy_of_the_environment_never_sees_the_machines_services(server):
    env = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": server.url}
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        env[name] = "http://127.0.0.1:9"
    done = probe(server, "--auth", "managed", **env)
    assert done.returncode == 0, done.stderr


def test_plain_http_on_the_machine_needs_no_permission(
    make_ingest, ingest_certs, server  # noqa: F811
):
    target = make_ingest(certs=ingest_certs)
    assert "--insecure-http" not in target.load_options
    env = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": server.url}
    done = probe(target, "--auth", "managed", "--json", **env)
    assert json.loads(done.stdout)["steps"][0]["good"] is True, done.stderr


def test_the_token_proxy_of_aks(make_ingest, ingest_certs, server, tmp_path):  # noqa: F811
    """The name for TLS is another than the address; so is the authority."""
    proxy = make_ingest(
        "--federated", FEDERATED, certs=ingest_certs, leaf="wrong-host"
    )
    (tmp_path / "federated").write_text(FEDERATED)
    env = {
        "AZURE_FEDERATED_TOKEN_FILE": tmp_path / "federated",
        "AZURE_AUTHORITY_HOST": "https://login.invalid",
        "AZURE_KUBERNETES_TOKEN_PROXY": f"https://127.0.0.1:{proxy.port}",
        "AZURE_KUBERNETES_SNI_NAME": "elsewhere.example",
        "AZURE_KUBERNETES_CA_FILE": ingest_certs.ca,
    }
    done = probe(server, "--json", **env)
    assert json.loads(done.stdout)["steps"][0]["good"] is True, done.stderr
    del env["AZURE_KUBERNETES_CA_FILE"]
    env["AZURE_KUBERNETES_CA_DATA"] = open(ingest_certs.ca).read()
    done = probe(server, "--json", **env)
    assert json.loads(done.stdout)["steps"][0]["good"] is True, done.stderr
    # Neither another name nor another authority is trusted.
    for name, value in (
        ("AZURE_KUBERNETES_SNI_NAME", "localhost"),
        ("AZURE_KUBERNETES_CA_DATA", ""),
    ):
        done = probe(server, "--json", **{**env, name: value})
        assert done.returncode == 7
        assert json.loads(done.stdout)["steps"][0]["good"] is False
    assert len(proxy.journal("token")) == 2


# --- az, and a token from elsewhere ------------------------------------------


AZ = """#!/bin/sh
tr '\\0' '\\n' < /proc/$$/cmdline > {folder}/argv
tr '\\0' '\\n' < /proc/$$/environ > {folder}/environ
ls /proc/$$/fd > {folder}/fds
{work}
"""


def make_az(tmp_path, work):
    folder = tmp_path / "bin"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "az").write_text(AZ.format(folder=tmp_path, work=work))
    (folder / "az").chmod(0o700)
    return f"{folder}:/usr/bin:/bin"


ENDS = {
    "new": '"expires_on": \'$(($(date +%s) + 3600))\'',
    # The CLI that Debian has: local time only.
    "old": '"expiresOn": "\'"$(date -d "1 hour" "+%F %T.000000")"\'"',
}


@pytest.mark.parametrize("form", ENDS)
def test_az_gives_a_token(server, tmp_path, form):
    token = get_token(server)
    end = ENDS[form]
    path = make_az(tmp_path, f"""echo '{{"accessToken": "{token}", {end}}}'""")
    hidden = {"AZURE_CLIENT_SECRET": "hush-0123456789", "SYSTEM_ACCESSTOKEN": "hush-2"}
    done = probe(server, "--auth", "cli", PATH=path, **hidden)
    assert done.returncode == 0, done.stderr
    argv = (tmp_path / "argv").read_text().split("\n")
    assert argv[1:-1] == [
        str(tmp_path / "bin" / "az"), "account", "get-access-token",
        "--output", "json", "--resource", "https://monitor.azure.com",
        "--tenant", server.tenant,
    ]  # fmt: skip
    environ = (tmp_path / "environ").read_text()
    assert "hush" not in environ and "AZURE_CLIENT" not in environ
    assert "PATH=" in environ
    # Those from 10 on are the shell's own.
    fds = map(int, (tmp_path / "fds").read_text().split())
    assert {fd for fd in fds if fd < 10} == {0, 1, 2}
    expect_no_secret([token], done.stdout, done.stderr)


def test_az_without_a_login(server, tmp_path):
    path = make_az(tmp_path, "echo \"ERROR: Please run 'az login'.\" >&2; exit 1")
    done = probe(server, "--auth", "cli", PATH=path)
    assert done.returncode == 7
    assert "Please run 'az login'" in done.stderr


def test_az_is_not_run_unasked(server, tmp_path):
    path = make_az(tmp_path, "exit 1")
    done = probe(server, PATH=path)
    assert done.returncode == 2
    assert not (tmp_path / "argv").exists()


def test_a_token_comes_by_a_descriptor(server, staging, tmp_path):
    token = get_token(server)
    (tmp_path / "token").write_text(token + "\n")
    with open(tmp_path / "token", "rb") as file:
        number = file.fileno()
        done = load(
            *server.load_options, "--token-fd", number, staging,
            env={}, pass_fds=(number,),
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(server.accepted()) == 8
    expect_no_secret([token], done.stdout, done.stderr, folders=[staging])


def test_a_token_that_is_refused_ends_the_run(server, staging):
    reader, writer = os.pipe()
    os.write(writer, b"not-a-token-of-this-server")
    os.close(writer)
    done = load(
        *server.load_options, *QUICK, "--token-fd", reader, staging,
        env={}, pass_fds=(reader,),
    )  # fmt: skip
    os.close(reader)
    assert done.returncode == 7
    assert "--token-fd" in done.stderr


# --- the choice --------------------------------------------------------------


def test_nothing_configured_names_the_choices(server):
    done = probe(server)
    assert done.returncode == 2
    for name in ("secret", "certificate", "managed", "workload", "github", "cli"):
        assert name in done.stderr


@pytest.mark.parametrize("words, env, says", [
    ((), {"AZURE_TOKEN_CREDENTIALS": "WorkloadIdentityCredential"},
     "AZURE_FEDERATED_TOKEN_FILE"),
    ((), {"AZURE_TOKEN_CREDENTIALS": "environmentcredential"},
     "AZURE_CLIENT_SECRET"),
    ((), {"AZURE_TOKEN_CREDENTIALS": "AzurePowerShellCredential"},
     "not supported"),
    (("--auth", "kerberos"), {}, "kerberos"),
    (("--auth", "github"), {},
     "ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    (("--auth", "pipelines"), {"AZURE_TENANT_ID": ""},
     "AZURE_TENANT_ID, SYSTEM_OIDCREQUESTURI, SYSTEM_ACCESSTOKEN"),
    (("--auth", "managed"),
     {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://10.0.0.1"}, "https"),
    ((), {"AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere"}, "/nowhere"),
])  # fmt: skip
def test_choices_that_cannot_work(server, words, env, says):
    done = probe(server, *words, **env)
    assert done.returncode == 2
    assert says in done.stderr
    assert server.journal() == []


@pytest.mark.parametrize("name, kind", [
    ("prod", "identity"), ("ManagedIdentityCredential", "identity"),
    ("managedIDENTITYcredential", "identity"),
])  # fmt: skip
def test_the_variable_of_the_sdks_chooses(server, name, kind):
    """As there, AZURE_CLIENT_ID names the managed identity then."""
    done = probe(
        server, AZURE_TOKEN_CREDENTIALS=name, AZURE_CLIENT_ID=identity.IDENTITY,
        AZURE_POD_IDENTITY_AUTHORITY_HOST=server.url,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(server.journal(kind)) == 2


@pytest.mark.parametrize("name, flow", [
    ("", "secret"), ("prod", "secret"), ("EnvironmentCredential", "secret"),
    ("EnvironmentCredential", "certificate"), ("prod", "certificate"),
    ("prod", "workload"), ("WorkloadIdentityCredential", "workload"),
    ("AzureCliCredential", "cli"), ("dev", "cli"),
])  # fmt: skip
def test_each_name_of_the_variable_chooses_its_flow(
    server, client, tmp_path, name, flow
):
    env = {"AZURE_TOKEN_CREDENTIALS": name}
    end = ENDS["new"]
    token = get_token(server)
    env["PATH"] = make_az(tmp_path, f"""echo '{{"accessToken": "{token}", {end}}}'""")
    if flow == "secret":
        env["AZURE_CLIENT_SECRET"] = server.secret
    elif flow != "cli":
        env.update(flow_env(flow, server, client, tmp_path)[0])
    # What the variable does not name is not used.
    if name == "WorkloadIdentityCredential":
        env["AZURE_CLIENT_SECRET"] = "unused"
    done = probe(server, **env)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "argv").exists() == (flow == "cli")
    if flow == "workload":
        body = dict(urllib.parse.parse_qsl(requests(tmp_path)[-1]["body"]))
        assert body["client_assertion"] == FEDERATED


# --- what others can see -----------------------------------------------------


def test_no_file_gets_the_keys_of_connections(make_ingest, ingest_certs, tmp_path):  # noqa: F811
    server = make_ingest(certs=ingest_certs)
    env = {"SSLKEYLOGFILE": str(tmp_path / "keys"), **server.env}
    assert load("probe", *server.load_options, env=env).returncode == 0
    assert not (tmp_path / "keys").exists()


def abort(argv, folder, until, env):
    """Start a program that may write core files in its empty folder, abort it
    after `until`, and return what is in the folder."""
    folder.mkdir()
    most = (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2
    running = subprocess.Popen(
        argv, env=env, cwd=folder, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, most),
    )  # fmt: skip
    while not until():
        assert running.poll() is None
    running.send_signal(signal.SIGABRT)
    assert running.wait() == -signal.SIGABRT
    return list(folder.iterdir())


def test_a_crash_leaves_no_core_file(server, tmp_path):
    if not abort(["sleep", "60"], tmp_path / "sleep", lambda: True, clean_env()):
        pytest.skip("no core files here")
    server.control(faults=[{"on": "token", "do": "hang"}])
    asked = lambda: server.control()["in_flight_most"] > 0  # noqa: E731
    argv = [PROGRAM, "probe", *server.load_options]
    assert abort(argv, tmp_path / "load", asked, clean_env(server.env)) == []


def test_secrets_leave_the_environment(server, client, staging, tmp_path):
    """While it runs, /proc shows none of them; nor could a core."""
    server.control(faults=[{"on": "token", "do": "hang"}])
    env = base_env(
        server, AZURE_CLIENT_CERTIFICATE_PATH=client / "app.p12",
        AZURE_CLIENT_CERTIFICATE_PASSWORD=PASSWORD,
        SYSTEM_ACCESSTOKEN=identity.RUNNER, IDENTITY_HEADER=identity.HEADER,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=identity.RUNNER,
    )  # fmt: skip
    running = load_start(*server.load_options, staging, env=env)
    try:
        while server.control()["in_flight_most"] == 0:
            assert running.poll() is None
        folder = f"/proc/{running.pid}/"
        with open(folder + "environ", "rb") as file:
            environ = file.read()
        with open(folder + "cmdline", "rb") as file:
            environ += file.read()
        with open(folder + "limits", encoding="ascii") as file:
            limits = file.read()
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
        running.stderr.close()
    assert b"AZURE_CLIENT_ID" in environ
    expect_no_secret(SECRETS, environ.decode("latin-1"))
    core = [line for line in limits.split("\n") if "core file" in line][0]
    assert core.split()[4:6] == ["0", "0"]
