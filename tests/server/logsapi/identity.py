# SPDX-License-Identifier: Apache-2.0
"""The services of a machine or a CI job that give tokens.

  GET  /metadata/identity/oauth2/token   IMDS of a virtual machine
  GET  /msi/token                        App Service
  GET  /arc/token                        the agent of Azure Arc
  GET  /oidc/github                      a runner of GitHub Actions
  POST /oidc/pipelines                   Azure Pipelines

The last two give the first federated assertion that the server knows.
"""

import json
import urllib.parse

from .answer import Answer, as_json

HEADER = "the-identity-header-0123456789"
ARC_KEY = "the-text-of-the-arc-file-0123456789"
ARC_FILE = "/var/opt/azcmagent/tokens/test.key"
RUNNER = "the-runner-token-0123456789"
CONNECTION = "00000000-1111-2222-3333-444444444444"
IDENTITY = "77777777-8888-9999-aaaa-bbbbbbbbbbbb"
RESOURCE = "/subscriptions/s-1/resourcegroups/a b/identities/c"
EXCHANGE = "api://AzureADTokenExchange"


def bad(text, status=400):
    return as_json(
        status, {"error": "invalid_request", "error_description": text}, text
    )


def managed(desk, query, ids):
    """A token as managed identities get it: numbers are texts."""
    for name in ids:
        if query.get(name, IDENTITY) not in (IDENTITY, RESOURCE):
            return bad("Identity not found")
    resource = query.get("resource", "")
    answer = desk.refuse_scope(resource + "/.default") or desk.issue(
        resource + "/.default"
    )
    if answer.status != 200:
        return answer
    body = json.loads(answer.body)
    body["expires_in"] = str(body["expires_in"])
    body["client_id"] = IDENTITY
    full = as_json(200, body)
    full.token = answer.token
    return full


def imds(desk, request, query):
    if request.header("Metadata") != "true":
        return bad("Required metadata header not specified")
    if query.get("api-version") != "2018-02-01":
        return bad("The version is not supported")
    return managed(desk, query, ("client_id", "object_id", "msi_res_id"))


def app_service(desk, request, query):
    if request.header("X-IDENTITY-HEADER") != HEADER:
        return bad("The identity header is wrong", 401)
    if query.get("api-version") != "2019-08-01":
        return bad("The version is not supported")
    return managed(desk, query, ("client_id", "object_id", "mi_res_id"))


def arc(desk, request, query):
    """The first answer is a challenge."""
    if request.header("Metadata") != "true":
        return bad("Required metadata header not specified")
    if query.get("api-version") != "2020-06-01":
        return bad("The version is not supported")
    given = request.header("Authorization")
    if not given:
        answer = bad("unauthorized", 401)
        answer.headers["WWW-Authenticate"] = f"Basic realm={ARC_FILE}"
        return answer
    if given != "Basic " + ARC_KEY:
        return bad("The challenge is not met", 401)
    return managed(desk, query, ("client_id",))


def assertion(desk):
    return sorted(desk.judge.federated)[0]


def github(desk, request, query):
    if request.header("Authorization") != "Bearer " + RUNNER:
        return bad("no permission", 403)
    if query.get("audience") != EXCHANGE:
        return bad("unexpected audience")
    return as_json(200, {"count": 1, "value": assertion(desk)})


def pipelines(desk, request, query):
    wanted = {"api-version": "7.1", "serviceConnectionId": CONNECTION}
    if (
        request.method != "POST"
        or request.header("Authorization") != "Bearer " + RUNNER
        or request.header("X-TFS-FedAuthRedirect") != "Suppress"
        or query != wanted
    ):
        return Answer(302, b"", {"Location": "/login", "Content-Length": "0"})
    return as_json(200, {"oidcToken": assertion(desk)})


PATHS = {
    "/metadata/identity/oauth2/token": imds,
    # The SDKs ask for this one.
    "/metadata/identity/oauth2/token/": imds,
    "/msi/token": app_service,
    "/arc/token": arc,
    "/oidc/github": github,
    "/oidc/pipelines": pipelines,
}


def find(path):
    """The service at PATH, or None."""
    return PATHS.get(path)


def answer(site, request):
    query = dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
    work = find(request.path)
    if request.method != "GET" and work is not pipelines:
        return bad("GET only", 405)
    return work(site.desk, request, query)
