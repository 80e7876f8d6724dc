# SPDX-License-Identifier: Apache-2.0
"""Client assertions, judged as Microsoft Entra ID does (RFC 7523).

One of a federated identity is known by its text. One of a certificate is
verified: header, thumbprint, audience, times, a jti that was never seen, and
the signature (by the openssl command line, with a salt of 32 bytes for PS256).
"""

import base64
import hashlib
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time

LONGEST = 600
SKEW = 5
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PADDING = {
    "PS256": ["rsa_padding_mode:pss", "rsa_pss_saltlen:32", "rsa_mgf1_md:sha256"],
    "RS256": ["rsa_padding_mode:pkcs1"],
}


def decode(text):
    """base64url without padding, strictly."""
    if "=" in text or "+" in text or "/" in text:
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def thumbprint(der, name="sha256"):
    digest = hashlib.new(name, der).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class AssertionJudge:
    def __init__(self, client_id, certificate=None, federated=()):
        """CERTIFICATE is a PEM file without a key."""
        self.client_id = client_id
        self.federated = set(federated)
        self.seen = set()
        self.lock = threading.Lock()
        self.der = self.pem = None
        if certificate:
            with open(certificate, encoding="ascii") as file:
                self.pem = file.read()
            self.der = ssl.PEM_cert_to_DER_cert(self.pem)

    def refusal(self, fields, audience):
        """(number, text) of the refusal that the assertion earns, or None."""
        if fields.get("client_assertion_type") != TYPE:
            return 50027, "client_assertion_type is not supported."
        text = fields["client_assertion"]
        if text in self.federated:
            return None
        if self.der is None:
            return 70021, "No matching federated identity record found."
        try:
            header, claims, signature = map(decode, text.split("."))
            header, claims = json.loads(header), json.loads(claims)
        except ValueError:
            return 50027, "JWT token is invalid or malformed."
        return (
            self.refuse_header(header)
            or self.refuse_claims(claims, audience)
            or self.refuse_signature(header["alg"], text, signature)
            or self.refuse_replay(claims["jti"])
        )

    def refuse_header(self, header):
        if header.get("alg") not in PADDING or header.get("typ") != "JWT":
            return 5002738, "Invalid JWT token: wrong alg or typ."
        if header.get("x5t#S256") != thumbprint(self.der):
            return 700027, "The certificate is not registered."
        if header.get("x5t", thumbprint(self.der, "sha1")) != thumbprint(
            self.der, "sha1"
        ):
            return 700027, "The certificate is not registered."
        own = base64.b64encode(self.der).decode()
        if header.get("x5c", [own])[0] != own:
            return 700027, "The chain does not begin with the certificate."
        return None

    def refuse_claims(self, claims, audience):
        now = time.time()
        if claims.get("aud") != audience:
            return 700023, "Client assertion audience claim does not match."
        if claims.get("iss") != self.client_id or claims.get("sub") != self.client_id:
            return 700021, "Client assertion subject or issuer does not match."
        numbers = [claims.get(name) for name in ("nbf", "iat", "exp")]
        if not all(isinstance(n, int) for n in numbers):
            return 50027, "JWT token has no times."
        if not claims["nbf"] - SKEW <= now < claims["exp"]:
            return 700024, "Client assertion is not within its valid time range."
        if claims["exp"] - claims["nbf"] > LONGEST:
            return 700024, "Client assertion is valid for too long."
        return None

    def refuse_signature(self, alg, text, signature):
        with tempfile.TemporaryDirectory() as folder:
            path = {
                name: os.path.join(folder, name) for name in ("cert", "key", "sig")
            }
            with open(path["cert"], "w", encoding="ascii") as file:
                file.write(self.pem)
            with open(path["sig"], "wb") as file:
                file.write(signature)
            with open(path["key"], "wb") as file:
                subprocess.run(
                    ["openssl", "x509", "-in", path["cert"], "-noout", "-pubkey"],
                    stdout=file,
                    check=True,
                )
            words = ["openssl", "dgst", "-sha256", "-verify", path["key"]]
            for option in PADDING[alg]:
                words += ["-sigopt", option]
            done = subprocess.run(
                [*words, "-signature", path["sig"]],
                input=text.rpartition(".")[0].encode(),
                capture_output=True,
            )
        if done.returncode != 0:
            return 700027, "Client assertion failed signature validation."
        return None

    def refuse_replay(self, jti):
        with self.lock:
            if not isinstance(jti, str) or len(jti) < 16 or jti in self.seen:
                return 700025, "Client assertion was used before."
            self.seen.add(jti)
        return None
