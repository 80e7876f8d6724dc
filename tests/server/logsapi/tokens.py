# SPDX-License-Identifier: Apache-2.0
"""The token endpoint of Microsoft Entra ID: client credentials, proved by a
secret or by an assertion.

Tokens are random, expire, and are known in the journal by a number only.
"""

import hmac
import secrets
import threading
import time
import urllib.parse
import uuid

from .answer import as_json
from .assertions import AssertionJudge

FORM = "application/x-www-form-urlencoded"
AUDIENCES = (
    "https://monitor.azure.com",
    "https://monitor.azure.us",
    "https://monitor.azure.cn",
    "https://api.loganalytics.io",
)


def refusal(status, error, number, text):
    """The error body of the token endpoint."""
    trace = str(uuid.uuid4())
    body = {
        "error": error,
        "error_description": f"AADSTS{number}: {text} Trace ID: {trace}",
        "error_codes": [number],
        "timestamp": time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime()),
        "trace_id": trace,
        "correlation_id": str(uuid.uuid4()),
    }
    return as_json(status, body, f"AADSTS{number}")


def parse_form(body):
    """The form's fields, or None when a name repeats or it is no form."""
    try:
        pairs = urllib.parse.parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True
        )
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None


class TokenDesk:
    """Grants tokens and knows which of them are alive."""

    def __init__(self, tenant, client_id, secret, lifetime, told=None):
        """TOLD is a file that gets every token granted, for those who search
        where it went."""
        self.told = told
        self.judge = AssertionJudge(client_id)
        self.tenant = tenant
        self.client_id = client_id
        self.secret = secret
        self.lifetime = lifetime
        self.live = {}
        self.granted = 0
        self.lock = threading.Lock()

    def grant(self, tenant, content_type, body, address):
        """Answer a token request that came to ADDRESS."""
        if tenant != self.tenant:
            return refusal(
                400, "invalid_request", 90002, f"Tenant '{tenant}' not found."
            )
        if content_type.partition(";")[0].strip().lower() != FORM:
            return refusal(
                400, "invalid_request", 900561, f"Content-Type is not {FORM}."
            )
        fields = parse_form(body)
        if fields is None:
            return refusal(
                400, "invalid_request", 9002012, "The form is malformed."
            )
        return self.refuse(fields, address) or self.issue(fields["scope"])

    def refuse(self, fields, address):
        """The refusal that FIELDS earn, or None."""
        for name in ("grant_type", "client_id", "scope"):
            if not fields.get(name):
                return refusal(
                    400,
                    "invalid_request",
                    900144,
                    f"The request body must contain the parameter: '{name}'.",
                )
        if fields["grant_type"] != "client_credentials":
            return refusal(
                400, "unsupported_grant_type", 70003, "Unsupported grant type."
            )
        if fields["client_id"] != self.client_id:
            return refusal(
                400,
                "unauthorized_client",
                700016,
                "The application was not found in the directory.",
            )
        return self.refuse_proof(fields, address) or self.refuse_scope(fields["scope"])

    def refuse_proof(self, fields, address):
        if not fields.get("client_assertion"):
            return self.refuse_secret(fields)
        problem = self.judge.refusal(fields, address)
        return problem and refusal(401, "invalid_client", *problem)

    def refuse_secret(self, fields):
        given = fields.get("client_secret")
        if not given:
            return refusal(
                401,
                "invalid_client",
                7000216,
                "'client_assertion' or 'client_secret' is required.",
            )
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            return refusal(
                401, "invalid_client", 7000215, "Invalid client secret provided."
            )
        return None

    def refuse_scope(self, scope):
        if not scope.endswith("/.default") or " " in scope:
            return refusal(
                400, "invalid_scope", 70011, f"The scope '{scope}' is not valid."
            )
        audience = scope.removesuffix("/.default")
        if audience not in AUDIENCES:
            return refusal(
                400,
                "invalid_resource",
                500011,
                f"The resource principal named {audience} was not found.",
            )
        return None

    def issue(self, scope):
        """Answer with a new token."""
        token = secrets.token_urlsafe(64)
        audience = scope.removesuffix("/.default")
        with self.lock:
            self.granted += 1
            number = self.granted
            until = time.monotonic() + self.lifetime
            self.live[token] = (number, until, audience)
        if self.told:
            with open(self.told, "a", encoding="ascii") as file:
                file.write(token + "\n")
        body = {
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "ext_expires_in": self.lifetime,
            "access_token": token,
        }
        answer = as_json(200, body, headers={"Cache-Control": "no-store"})
        answer.token = number
        return answer

    def check(self, authorization, audience):
        """(number of the token, None) or (number or None, what is wrong)."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None, "no bearer token"
        with self.lock:
            number, until, granted_for = self.live.get(token, (None, 0, ""))
        if number is None:
            return None, "unknown token"
        if time.monotonic() >= until:
            return number, "expired token"
        if granted_for != audience:
            return number, "token for another audience"
        return number, None

    def revoke_all(self):
        """From now on every token granted so far is unknown."""
        with self.lock:
            self.live.clear()
