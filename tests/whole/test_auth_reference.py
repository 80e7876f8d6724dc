# SPDX-License-Identifier: Apache-2.0
"""evtxload's way to a token beside implementations of other hands.

oidc-provider judges its assertions. @azure/identity makes the same requests to
the same server, and they are compared member by member.

In the full run only: both come from npm.
"""

import base64
import contextlib
import json
import os
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import pytest
from ingest_fixtures import ingest_certs, make_ingest  # noqa: F401
from load_run import PROGRAM, clean_env, load
from logsapi import identity
from logsapi.assertions import decode, thumbprint
from test_auth import FEDERATED, arc_namespace, client  # noqa: F401
from test_azure_sdk import sdk  # noqa: F401

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "66666666-7777-8888-9999-aaaaaaaaaaaa"
SCOPE = "https://monitor.azure.com/.default"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


# --- the judge ---------------------------------------------------------------


class Authority:
    """oidc-provider; `verdicts` are its reasons, in order."""

    def __init__(self, sdk, certificate, certs):  # noqa: F811
        tls_cert, tls_key = certs.leaf("good")
        node = os.path.join(sdk, "node_modules", ".node")
        self.certs = certs
        self.process = subprocess.Popen(
            [node, os.path.join(sdk, "authority.mjs"), TENANT, CLIENT,
             str(certificate), tls_key, tls_cert],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.port = int(self.read())
        self.url = f"https://localhost:{self.port}"
        self.token_url = f"{self.url}/{TENANT}/oauth2/v2.0/token"

    def read(self):
        """The next line that is not advice of the library."""
        for line in self.process.stdout:
            if line[0] in "{0123456789":
                return line
        raise RuntimeError("the authority does not start")

    def verdict(self):
        return json.loads(self.read())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def authority(sdk, client, tmp_path_factory):  # noqa: F811
    import certs as certs_module

    certs = certs_module.make(tmp_path_factory.mktemp("authority"))
    judge = Authority(sdk, client / "app.crt", certs)
    yield judge
    judge.stop()


def ask(judge, **env):
    """A token for evtxload: (whether it got one, the judge's verdict)."""
    full = {
        "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT,
        "AZURE_AUTHORITY_HOST": judge.url,
        **{name: str(value) for name, value in env.items()},
    }  # fmt: skip
    words = ["--target", "sentinel", "--endpoint", "https://localhost:9",
             "--dcr", "dcr-1", "--stream", "Custom-X", "--ca-file", judge.certs.ca]  # fmt: skip
    done = load("probe", *words, "--json", env=full)
    step = json.loads(done.stdout)["steps"][0]
    return step["good"], judge.verdict()["why"]


@pytest.mark.parametrize("name", ["app.pem", "app.p12"])
def test_the_judge_accepts_our_assertions(authority, client, name):  # noqa: F811
    env = {"AZURE_CLIENT_CERTIFICATE_PATH": client / name}
    if name.endswith("p12"):
        env["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = (
            (client / "password").read_text().strip()
        )
    assert ask(authority, **env) == (True, "")
    # Twice: each has a jti of its own.
    assert ask(authority, **env) == (True, "")
    env["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"] = "true"
    assert ask(authority, **env) == (True, "")


def test_the_judge_refuses_a_foreign_key(authority, client):  # noqa: F811
    good, why = ask(
        authority, AZURE_CLIENT_CERTIFICATE_PATH=client / "other.pem"
    )
    assert not good and why.startswith("invalid_client")


def make_assertion(folder, audience, *, key="app", alg="PS256", salt=32, age=0):
    """What evtxload would make, or nearly."""
    now = int(time.time()) - age
    der = ssl.PEM_cert_to_DER_cert((folder / f"{key}.crt").read_text())
    header = {"alg": alg, "typ": "JWT", "x5t#S256": thumbprint(der)}
    claims = {
        "aud": audience, "iss": CLIENT, "sub": CLIENT, "jti": str(uuid.uuid4()),
        "nbf": now, "iat": now, "exp": now + 600,
    }  # fmt: skip
    text = ".".join(encode(json.dumps(x).encode()) for x in (header, claims))
    words = ["openssl", "dgst", "-sha256", "-sign", str(folder / f"{key}.key")]
    if alg == "PS256":
        words += ["-sigopt", "rsa_padding_mode:pss",
                  "-sigopt", f"rsa_pss_saltlen:{salt}"]  # fmt: skip
    signature = subprocess.run(
        words, input=text.encode(), capture_output=True, check=True
    ).stdout
    return f"{text}.{encode(signature)}"


def post(url, assertion, cafile):
    """The status of a token request with this assertion."""
    form = {
        "client_id": CLIENT, "scope": SCOPE, "grant_type": "client_credentials",
        "client_assertion_type": TYPE, "client_assertion": assertion,
    }  # fmt: skip
    context = ssl.create_default_context(cafile=cafile)
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode())
    with contextlib.suppress(urllib.error.HTTPError):
        return urllib.request.urlopen(request, context=context).status
    return 401


BAD = {
    "salt": {"salt": 222},
    "no salt": {"salt": 0},
    "algorithm": {"alg": "RS256"},
    "expired": {"age": 4000},
    "foreign key": {"key": "other"},
}


def test_both_judges_refuse_the_same(
    authority, make_ingest, ingest_certs, client  # noqa: F811
):
    """oidc-provider, and the test server of the quick tests: it is no more
    lenient. Only RS256 is allowed there, as at Entra ID."""
    server = make_ingest(
        "--client-certificate", str(client / "app.crt"), certs=ingest_certs
    )
    own = f"{server.url}/{TENANT}/oauth2/v2.0/token"
    for url, ca in ((authority.token_url, authority.certs.ca), (own, ingest_certs.ca)):
        good = make_assertion(client, url)
        assert post(url, good, ca) == 200
        assert post(url, good, ca) == 401, "a replayed jti"
        other = make_assertion(client, "https://login.example/x/oauth2/v2.0/token")
        assert post(url, other, ca) == 401, "a foreign audience"
        for name, how in BAD.items():
            if name == "algorithm" and url == own:
                continue
            assert post(url, make_assertion(client, url, **how), ca) == 401, name
    verdicts = [authority.verdict() for _ in range(3 + len(BAD))]
    assert [v["granted"] for v in verdicts] == [True] + [False] * (2 + len(BAD))


# --- the requests of the reference client ------------------------------------

# Telemetry of MSAL, and what its HTTP client adds.
THEIRS = {
    "client-request-id", "x-client-sku", "x-client-ver", "x-client-os", "x-client-cpu",
    "x-ms-lib-capability", "x-client-current-telemetry", "x-client-last-telemetry",
    "x-ms-client-request-id", "accept-encoding", "user-agent", "connection",
    "content-length", "host", "accept", "transfer-encoding", "expect",
}  # fmt: skip


def plain(request):
    """What of a request matters, with names in lower case."""
    headers = {k.lower(): v for k, v in request["headers"].items()}
    kind = headers.pop("content-type", "").partition(";")[0].strip()
    kept = {k: v for k, v in headers.items() if k not in THEIRS}
    if request["method"] == "POST":
        kept["content-type"] = kind
    fields = {
        name: dict(urllib.parse.parse_qsl(request[name], keep_blank_values=True))
        for name in ("query", "body")
    }
    fields = {
        name: {k: v for k, v in value.items() if k.lower() not in THEIRS}
        for name, value in fields.items()
    }
    return {
        "method": request["method"], "path": request["path"].rstrip("/"),
        "headers": kept, **fields,
    }  # fmt: skip


def take_assertion(request):
    """(header, claims) of an assertion, taken out of the request."""
    text = request["body"].pop("client_assertion")
    return [json.loads(decode(part)) for part in text.split(".")[:2]]


@pytest.fixture
def compare(make_ingest, ingest_certs, sdk, client, tmp_path):  # noqa: F811
    """compare(FLOW, words, env) -> (requests of the reference, ours)."""
    server = make_ingest(
        "--client-certificate", str(client / "app.crt"), "--federated", FEDERATED,
        "--record", str(tmp_path / "requests"), certs=ingest_certs,
    )  # fmt: skip
    plain_server = make_ingest("--record", str(tmp_path / "requests"))

    def recorded():
        path = tmp_path / "requests"
        lines = path.read_text().splitlines() if path.exists() else []
        path.write_text("")
        found = [json.loads(line) for line in lines]
        return [plain(r) for r in found if "openid-configuration" not in r["path"]]

    def run(flow, words=(), arc=False, **more):
        enter = arc_namespace() if arc else []
        env = {
            **server.env, "NODE_EXTRA_CA_CERTS": ingest_certs.ca,
            **{name: str(value) for name, value in more.items()},
        }  # fmt: skip
        if flow != "secret":
            del env["AZURE_CLIENT_SECRET"]
        node = os.path.join(sdk, "node_modules", ".node")
        done = subprocess.run(
            [*enter, node, os.path.join(sdk, "identity.mjs"), flow],
            env=clean_env(env), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        theirs = recorded()
        words = ["probe", *server.load_options, *words, "--json"]
        done = subprocess.run(
            [*enter, PROGRAM, *map(str, words)],
            env=clean_env(env), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert json.loads(done.stdout)["steps"][0]["good"] is True, done.stderr
        return theirs, recorded()

    run.server = server
    run.plain_server = plain_server
    return run


def test_the_request_with_a_secret_is_the_same(compare):
    theirs, ours = compare("secret")
    assert len(ours) == 1 and ours[0]["body"]["client_secret"]
    assert ours == theirs


@pytest.mark.parametrize("chain", ["0", "1"])
def test_the_request_with_a_certificate_is_the_same(compare, client, chain):  # noqa: F811
    theirs, ours = compare(
        "certificate", AZURE_CLIENT_CERTIFICATE_PATH=client / "app.pem",
        AZURE_CLIENT_SEND_CERTIFICATE_CHAIN=chain,
    )  # fmt: skip
    (their_header, their_claims), (header, claims) = map(
        take_assertion, (theirs[0], ours[0])
    )
    assert ours == theirs
    assert header == their_header
    assert ("x5c" in header) == (chain == "1")
    for name in ("aud", "iss", "sub"):
        assert claims[name] == their_claims[name]
    assert set(claims) >= set(their_claims)
    assert claims["exp"] - claims["nbf"] == their_claims["exp"] - their_claims["nbf"]
    assert len(claims["jti"]) == len(their_claims["jti"])


def test_the_request_of_a_workload_is_the_same(compare, tmp_path):
    (tmp_path / "federated").write_text(FEDERATED)
    theirs, ours = compare(
        "workload", AZURE_FEDERATED_TOKEN_FILE=tmp_path / "federated"
    )
    assert ours[0]["body"]["client_assertion"] == FEDERATED
    assert ours == theirs


def test_the_requests_to_pipelines_are_the_same(compare):
    url = compare.server.url + "/oidc/pipelines"
    theirs, ours = compare(
        "pipelines", ("--auth", "pipelines"), SYSTEM_OIDCREQUESTURI=url,
        SYSTEM_ACCESSTOKEN=identity.RUNNER,
        AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=identity.CONNECTION,
    )  # fmt: skip
    # The reference client asks for the assertion once more than it needs.
    assert [r for r in theirs if r != ours[0]] == ours[1:]
    assert theirs[0] == ours[0]


def test_the_request_to_imds_is_the_same(compare):
    host = compare.plain_server.url
    theirs, ours = compare(
        "managed", ("--auth", "managed"), AZURE_POD_IDENTITY_AUTHORITY_HOST=host
    )
    assert "metadata" not in ours[0]["headers"], "the probe"
    assert ours[1] == theirs[-1]
    assert ours[1]["headers"] == {"metadata": "true"}


IDS = {
    "managed_client_id": ("clientId", identity.IDENTITY),
    "managed_object_id": ("objectId", identity.IDENTITY),
    "managed_resource_id": ("resourceId", identity.RESOURCE),
}


@pytest.mark.parametrize("key", IDS)
@pytest.mark.parametrize("source", ["imds", "app service"])
def test_a_user_assigned_identity_is_named_the_same(compare, tmp_path, source, key):
    theirs_name, value = IDS[key]
    url = compare.plain_server.url
    env = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": url}
    if source != "imds":
        env = {"IDENTITY_ENDPOINT": url + "/msi/token", "IDENTITY_HEADER": identity.HEADER}
    config = tmp_path / "targets.json"
    config.write_text(json.dumps({"targets": {"sentinel": {
        "type": "sentinel", "auth": "managed", key: value}}}))
    theirs, ours = compare(
        "managed", ["--config", config], IDENTITY=json.dumps({theirs_name: value}), **env
    )
    assert value in ours[-1]["query"].values()
    assert ours[-1] == theirs[-1]


def test_the_requests_to_arc_are_the_same(compare):
    """In a mount namespace that has the folder of the agent."""
    url = compare.plain_server.url
    theirs, ours = compare(
        "managed", ("--auth", "managed"), arc=True,
        IDENTITY_ENDPOINT=url + "/arc/token", IMDS_ENDPOINT=url,
    )  # fmt: skip
    assert ours == theirs
    assert ours[1]["headers"]["authorization"] == "Basic " + identity.ARC_KEY


def test_the_request_to_app_service_is_the_same(compare):
    theirs, ours = compare(
        "managed", IDENTITY_ENDPOINT=compare.plain_server.url + "/msi/token",
        IDENTITY_HEADER=identity.HEADER,
    )  # fmt: skip
    assert ours == theirs
    assert ours[0]["headers"] == {"x-identity-header": identity.HEADER}
